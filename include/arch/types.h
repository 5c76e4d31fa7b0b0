/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Number types of the simulated machine.  The type says what a number is:
 * a linear address, a physical address, a frame number, a file page.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

typedef u32 vaddr_t; /* linear address */
typedef u64 paddr_t; /* physical address; above 4 GiB with PAE only */
typedef u32 pfn_t; /* page frame number: paddr >> PAGE_SHIFT */
typedef u32 pgoff_t; /* page index inside a file or an object */

#define PAGE_SHIFT 12
#define PAGE_SIZE (1u << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))

/* Round a byte count up to pages; 64 bits wide, so that it never wraps. */
#define PAGE_ALIGN(x) (((u64)(x) + PAGE_SIZE - 1) & ~(u64)(PAGE_SIZE - 1))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

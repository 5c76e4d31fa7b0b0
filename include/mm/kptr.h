/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * References between kernel objects in simulated RAM.
 *
 * Inside RAM a reference is a kernel linear address: PAGE_OFFSET + physical,
 * 0 is NULL, as on i386.  C code holds host pointers only in locals.  Low
 * memory is 1 GiB aligned on the host (arch/ram.h), so the address of the
 * field that holds the reference gives the base: a mask and an or.
 * Such a field must therefore lie in low memory itself, never on the C stack.
 */
#pragma once

#include "arch/types.h"
#include "arch/ram.h"

#define PAGE_OFFSET 0xc0000000u
#define TASK_SIZE 0xc0000000u

#define LOWMEM_MASK 0x3fffffffu /* offset inside the 1 GiB window */

typedef u32 kva_t; /* kernel linear address of the direct map */

static inline uintptr_t lowmem_base(const void *obj)
{
	return (uintptr_t)obj & ~(uintptr_t)(RAM_ALIGN - 1);
}

/* Host pointer <-> kernel address.  @obj is any object of the same RAM. */
static inline void *kva_ptr(const void *obj, kva_t va)
{
	return va ? (void *)(lowmem_base(obj) | (va & LOWMEM_MASK)) : NULL;
}

static inline kva_t kva_of(const void *p)
{
	return p ? PAGE_OFFSET | (kva_t)((uintptr_t)p & LOWMEM_MASK) : 0;
}

/* A typed reference: 4 bytes in RAM. */
#define KPTR(type)                  \
	struct {                    \
		kva_t va;           \
		type *kptr_type[0]; \
	} __attribute__((packed, aligned(4)))

/* Read, write, test: KGET(vma->vm_next), KSET(vma->vm_next, next), KNULL(vma->vm_next). */
#define KGET(f) ((__typeof__((f).kptr_type[0]))kva_ptr(&(f), (f).va))
#define KSET(f, p)                                         \
	do {                                               \
		__typeof__((f).kptr_type[0]) kset_p = (p); \
		(f).va = kva_of(kset_p);                   \
	} while (0)
#define KNULL(f) ((f).va == 0)

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that are bytes of memory, at offsets that are addresses.
 */
#pragma once

#include "../node.h"

/* ---- bytes.c ---- */
extern const struct node_bytes mem_bytes; /* PID/mem */
extern const struct node_bytes pgd_bytes; /* PID/pgd */

/*
 * User-mode loads or stores of @task at [@addr, +@len), as if it ran them now: the bytes
 * that are done, or the -errno of the first.  A process without memory: ESRCH.
 * => addr + len <= TASK_SIZE
 */
ssize_t mem_access(struct aspacefs *fs, struct task_struct *task, u32 addr, void *buf, size_t len,
		   enum access access);

/* 512-byte blocks of the resident pages in [@start, @end). */
u64 mem_blocks(struct aspacefs *fs, struct task_struct *task, u32 start, u32 end);

/* lseek(2)'s SEEK_DATA and SEEK_HOLE from address @addr: the address, @end for the hole there. */
s64 mem_seek(struct task_struct *task, u32 addr, u32 end, int whence);

/* ---- regions.c: PID/regions ---- */
extern const struct node_bytes region_bytes;
extern const struct node_row region_row;
extern const struct node_row region_links[];

/* "START-END" of a region that is there now.  0 or -ENOENT. */
int region_lookup(struct task_struct *task, const char *name, u32 *ret_start, u32 *ret_end);

/* The first region that ends above @addr, for listings; false: none. */
bool region_next(struct task_struct *task, u32 addr, u32 *ret_start, u32 *ret_end);

/* "START-END", 18 bytes. */
void region_name(char *name, u32 start, u32 end);

/* ---- physmem.c ---- */
extern const struct node_bytes physmem_bytes;
extern const struct node_bytes kmem_bytes;

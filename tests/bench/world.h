/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine of 1 GiB with one process, for benchmarks.  What fails ends the program.
 */
#pragma once

#include "arch/mmu.h"
#include "mm/machine.h"

#define RAM_SIZE (1ull << 30)

struct world {
	struct machine *m;
	struct task_struct *task;
};

struct world world_open(void);
struct world world_open_flex(void); /* mmap goes downwards */
void world_close(struct world *w);

/* Map @len bytes, anonymous or of @file, private; unmap them. */
u32 map(struct world *w, struct file *file, u32 len, u32 prot);
void unmap(struct world *w, u32 addr, u32 len);

/* One 4-byte access to each page of AREA: nanoseconds a page. */
double access_pages(struct world *w, struct task_struct *task, u32 addr, enum access access);

struct task_struct *fork_child(struct world *w);

/* A machine with a swap area of more than AREA bytes, in a file of the host. */
struct world world_open_swap(void);

/* A file of AREA bytes with all pages in the page cache. */
struct file *cached_file(struct world *w);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the root ctl gave out: blocks of frames and slab objects.  Only these may be
 * freed by it, and only their bytes may be written through physmem and kmem.
 */
#pragma once

#include "mm/rbtree.h"
#include "mm/slab.h"

enum handout_kind { HANDOUT_PAGES, HANDOUT_KMALLOC, HANDOUT_CACHE, HANDOUT_VMALLOC, HANDOUT_VMAP };

struct handout {
	struct rb_node rb;
	u64 start, end; /* physical bytes (vmalloc, vmap: linear), exclusive end */
	u8 kind;
	u8 order; /* HANDOUT_PAGES */
	KPTR(struct kmem_cache) cache; /* HANDOUT_CACHE */
};

/* Record; NULL: ENOMEM.  Marks frames with PG_handout; order and cache are the caller's to set. */
struct handout *handout_add(struct machine *m, enum handout_kind kind, u64 start, u64 end);

/* The one that holds physical address @pa, or NULL. */
struct handout *handout_find(struct machine *m, u64 pa);

/* The one of vmalloc or vmap that holds linear address @addr, or NULL. */
struct handout *handout_find_linear(struct machine *m, u32 addr);

/* Forget it and clear PG_handout: before the frames or the object are freed. */
void handout_remove(struct machine *m, struct handout *h);

/* May user space write this byte of RAM?  A user's frame, page cache, or a handout. */
bool physical_write_allowed(struct machine *m, u64 pa);

struct check;
void handout_validate(struct machine *m, struct check *c);

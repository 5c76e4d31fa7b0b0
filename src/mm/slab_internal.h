/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the slabs (slab.c) and the arrays in front of them (array_cache.c).  ULK ch. 8.
 */
#pragma once

#include "mm/machine.h"

#define MIN_ALIGN 8u
#define OBJS_MAX (2 * PAGE_SIZE / MIN_ALIGN) /* on a slab: larger ones hold few large objects */

/* The slab that an object lies on. */
static inline struct slab *page_slab(const struct machine *m, const void *objp)
{
	pfn_t pfn = (pfn_t)(((uintptr_t)objp & LOWMEM_MASK) >> PAGE_SHIFT);
	const struct page *page = m->mem_map + pfn;

	assert(PageSlab(page));
	return kva_ptr(page, page->lru_prev);
}

/* The array of the CPU that executes; NULL while starting. */
static inline struct array_cache *cpu_cache(const struct kmem_cache *cachep)
{
	return KGET(cachep->array[smp_processor_id(machine_of(cachep))]);
}

/* ---- slab.c ---- */

/* Make one more empty slab, if there is memory.  It may shrink every cache on the way. */
void cache_grow(struct kmem_cache *cachep, gfp_t gfp);

/* Take up to @n free objects, those of partial slabs first; returns how many. */
u32 slabs_take(struct kmem_cache *cachep, kva_t *ret, u32 n);

/* Give @n objects back to their slabs, and empty slabs, beyond a few, back to the buddies. */
void free_block(struct kmem_cache *cachep, const kva_t *entry, u32 n);

/* Mark the slab's free objects in @is_free (OBJS_MAX bytes); false when the list is broken. */
bool slab_free_objects(const struct kmem_cache *cachep, const struct slab *slabp, u8 *is_free);

/* ---- array_cache.c ---- */

/* One object for a CPU whose array is empty, or NULL. */
void *cache_alloc_refill(struct kmem_cache *cachep, gfp_t gfp);

/* Make room in a full array. */
void cache_flusharray(struct kmem_cache *cachep, struct array_cache *ac);

/* Empty all arrays into the slabs. */
void drain_cpu_caches(struct kmem_cache *cachep);

/* Do the general caches that arrays come from exist? */
bool cpucaches_possible(struct machine *m);

/* Give a cache its arrays.  0, or -ENOMEM and it has none. */
int enable_cpucache(struct kmem_cache *cachep);
void free_cpucaches(struct kmem_cache *cachep);

u32 array_caches_avail(const struct kmem_cache *cachep); /* objects in all of them */
bool array_caches_hold(const struct kmem_cache *cachep, kva_t obj);
void array_caches_validate(const struct kmem_cache *cachep, struct check *c);

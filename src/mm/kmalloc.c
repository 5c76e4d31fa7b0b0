// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmalloc: memory of any size, from caches of sizes 32, 64, ... 131072.
 * ULK ch. 8, "General Purpose Objects".
 *
 * Each size has a twin whose slabs lie in ZONE_DMA.  Objects are 2^n bytes, at most
 * half of one is wasted; kfree asks the frame's descriptor for the cache.
 */
#include <assert.h>
#include <stdio.h>

#include "mm/machine.h"
#include "mm/page_alloc.h"

#define NR_SIZES 13u /* 32 << 12 is KMALLOC_MAX_SIZE */

_Static_assert(KMALLOC_MIN_SIZE << (NR_SIZES - 1) == KMALLOC_MAX_SIZE, "sizes double");

static int general_cache_create(struct machine *m, u32 size, bool dma, unsigned index)
{
	u32 flags = SLAB_HWCACHE_ALIGN | (dma ? SLAB_CACHE_DMA : 0);
	char name[CACHE_NAMELEN];
	struct kmem_cache *cachep;
	int error;

	snprintf(name, sizeof(name), "size-%u%s", size, dma ? "(DMA)" : "");
	cachep = kmem_cache_create(m, name, size, 0, flags, CTOR_NONE, &error);
	if (!cachep)
		return error;
	cachep->is_kmalloc = true;
	KSET(m->k->malloc_sizes[dma][index], cachep);
	return 0;
}

int kmalloc_init(struct machine *m)
{
	/* Ascending: descriptors of large objects' slabs come from the small sizes. */
	for (unsigned i = 0; i < NR_SIZES; i++) {
		int error = general_cache_create(m, KMALLOC_MIN_SIZE << i, false, i);

		if (!error)
			error = general_cache_create(m, KMALLOC_MIN_SIZE << i, true, i);
		if (error)
			return error;
	}
	return 0;
}

struct kmem_cache *kmem_find_general_cachep(struct machine *m, u32 size, gfp_t gfp)
{
	unsigned index = 0;

	if (size > KMALLOC_MAX_SIZE)
		return NULL;
	if (size > KMALLOC_MIN_SIZE)
		index = 32 - (unsigned)__builtin_clz((size - 1) / KMALLOC_MIN_SIZE);
	return KGET(m->k->malloc_sizes[!!(gfp & __GFP_DMA)][index]);
}

void *kmalloc(struct machine *m, u32 size, gfp_t gfp)
{
	struct kmem_cache *cachep = kmem_find_general_cachep(m, size, gfp);

	return cachep ? kmem_cache_alloc(cachep, gfp) : NULL;
}

/* The cache of the frame that @objp lies in. */
static struct kmem_cache *virt_to_cache(const void *objp)
{
	const struct machine *m = machine_of(objp);
	const struct page *page = m->mem_map + (((uintptr_t)objp & LOWMEM_MASK) >> PAGE_SHIFT);

	assert(PageSlab(page));
	return kva_ptr(page, page->lru_next);
}

void kfree(void *objp)
{
	if (objp)
		kmem_cache_free(virt_to_cache(objp), objp);
}

u32 ksize(const void *objp)
{
	return virt_to_cache(objp)->objsize;
}

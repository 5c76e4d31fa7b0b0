/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The slab allocator and kmalloc.  ULK ch. 8, "Memory Area Management".
 * Caches of equal objects on slabs of 2^gfporder frames of low memory; slabs are full,
 * partial or empty; per-CPU arrays in front; colouring.  Everything, cache
 * descriptors too (cache_cache), lies in simulated RAM.
 */
#pragma once

#include "mm/gfp.h"
#include "mm/list.h"
#include "mm/zone.h"

struct machine;
struct check;

#define SLAB_HWCACHE_ALIGN 0x00002000u
#define SLAB_CACHE_DMA 0x00004000u
#define SLAB_RECLAIM_ACCOUNT 0x00020000u /* reclaim makes it smaller: what is free, in a sense */
#define SLAB_PANIC 0x00040000u

#define CACHE_NAMELEN 20
#define KMALLOC_MIN_SIZE 32u
#define KMALLOC_MAX_SIZE 131072u

#define AC_LIMIT 60 /* most objects in one per-CPU array */
#define SHARED_FACTOR 8 /* batches in the array that all CPUs share */

/* Array of free objects, of one CPU or shared, last in first out. */
struct array_cache {
	u32 avail, limit, batchcount;
	kva_t entry[];
};

typedef u16 kmem_bufctl_t; /* a slab's free list: index of the next free object */
#define BUFCTL_END ((kmem_bufctl_t)~0u)

/* Slab descriptor, followed by one kmem_bufctl_t for each object. */
struct slab {
	struct list_head list; /* in slabs_full, _partial or _free */
	u32 colouroff; /* bytes before the first object (and before an on-slab descriptor) */
	kva_t s_mem; /* first object */
	u32 inuse; /* objects off the slab: with users and in per-CPU arrays */
	kmem_bufctl_t free; /* first free object, or BUFCTL_END */
	kmem_bufctl_t bufctl[];
};

enum slab_ctor { CTOR_NONE, CTOR_ZERO, NR_SLAB_CTORS };

struct kmem_cache {
	struct list_head next; /* in cache_chain, newest first */
	char name[CACHE_NAMELEN];
	u32 objsize; /* as asked for */
	u32 buffer_size; /* with alignment */
	u32 align;
	u32 flags;
	u32 num; /* objects a slab */
	u32 gfporder;
	u32 gfpflags;
	u32 colour, colour_off, colour_next;
	u32 slab_size; /* bytes of a slab's descriptor with its free list */
	bool off_slab; /* descriptors are kmalloc'ed, not on the slab */
	u8 ctor; /* enum slab_ctor, run once when a slab is made */
	bool is_kmalloc;
	struct list_head slabs_full, slabs_partial, slabs_free;
	u32 free_objects; /* on partial and free slabs */
	u32 nr_slabs;
	KPTR(struct array_cache) array[NR_CPUS];
	KPTR(struct array_cache) shared; /* NULL with one CPU, and for large objects */
	/* statistics: most objects off the slabs, requests, slabs made and freed, failures */
	u32 num_active_hwm, num_allocations, grown, reaped, errors;
};

/*
 * Boot: cache_cache, the general caches size-32 ... size-131072 and their DMA twins.
 * 0, or -ENOMEM: RAM is too small for a kernel.
 */
int kmem_cache_init(struct machine *m);

/* The second half of it (kmalloc.c): the general caches.  0 or -ENOMEM. */
int kmalloc_init(struct machine *m);

/*
 * A new cache of objects of @size bytes (1 to KMALLOC_MAX_SIZE), aligned to @align (a power of
 * two up to PAGE_SIZE; 0: 8, so that a u64 in an object is aligned on every host), or NULL
 * with *ret_error -EINVAL, -EEXIST (name taken), -ENOMEM.  @name has 1 to CACHE_NAMELEN - 1
 * characters.  @flags are SLAB_*; SLAB_PANIC is the caller's to obey.
 */
struct kmem_cache *kmem_cache_create(struct machine *m, const char *name, u32 size, u32 align,
				     u32 flags, enum slab_ctor ctor, int *ret_error);

/* 0, or -EBUSY while objects are in use, and always for the kernel's own and general caches. */
int kmem_cache_destroy(struct kmem_cache *cachep);

/* Free all empty slabs (after draining the per-CPU arrays); returns how many frames. */
u32 kmem_cache_shrink(struct kmem_cache *cachep);

/*
 * An object, or NULL.  __GFP_ZERO clears it.  An object of a CTOR_ZERO cache is as its last
 * user left it: give it back zero.
 */
void *kmem_cache_alloc(struct kmem_cache *cachep, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *cachep, void *objp);

void *kmalloc(struct machine *m, u32 size, gfp_t gfp);
static inline void *kzalloc(struct machine *m, u32 size, gfp_t gfp)
{
	return kmalloc(m, size, gfp | __GFP_ZERO);
}
void kfree(void *objp); /* NULL is allowed */
u32 ksize(const void *objp); /* bytes of the buffer behind a kmalloc'ed pointer */

struct kmem_cache *kmem_find_general_cachep(struct machine *m, u32 size, gfp_t gfp);
struct kmem_cache *kmem_cache_find(struct machine *m, const char *name); /* by name or NULL */

/*
 * Shrink every cache and drain the per-CPU frame caches: what exit and reclaim call.  ULK
 * cache_reap.  Returns how many frames the slabs gave.
 */
u32 kmem_cache_reap(struct machine *m);

/*
 * Numbers of one row of slabinfo.  Objects in per-CPU arrays are free here, so that a row
 * moves with every object; Linux counts them as active.
 */
struct slabinfo {
	u32 active_objs, num_objs, active_slabs, num_slabs, shared_avail;
};
void kmem_cache_info(const struct kmem_cache *cachep, struct slabinfo *ret);

void slab_validate(struct machine *m, struct check *c);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arrays of free objects in front of a cache's slabs: one for each CPU, and with several
 * CPUs one that all share.  ULK ch. 8, "Local Caches of Free Slab Objects".
 *
 *   CPU 0's array  CPU 1's array      last in, first out; the oldest batch goes when one is full
 *            \\      /
 *             shared                  what one CPU frees, another may use
 *               |
 *             slabs                   (slab.c)
 *
 * Invariants (array_caches_validate): an object in an array is off its slab, and in one array only.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mm/check.h"

#include "slab_internal.h"

#define SHARED_LIMIT (SHARED_FACTOR * (AC_LIMIT + 1) / 2)

/* All arrays of a cache, one after the other: NR_CPUS and the shared one. */
static struct array_cache *array_of(const struct kmem_cache *cachep, unsigned i)
{
	return i < NR_CPUS ? KGET(cachep->array[i]) : KGET(cachep->shared);
}

#define for_each_array(ac, i, cachep)           \
	for (unsigned i = 0; i <= NR_CPUS; i++) \
		if (((ac) = array_of(cachep, i)))

/* ---- objects on their way ---- */

static u32 lower(u32 a, u32 b)
{
	return a < b ? a : b;
}

static void *array_pop(const struct kmem_cache *cachep, struct array_cache *ac)
{
	return kva_ptr(cachep, ac->entry[--ac->avail]);
}

/* Up to a batch from the new end of the shared array.  Returns how many. */
static u32 transfer_objects(struct array_cache *to, struct array_cache *from)
{
	u32 n = lower(from->avail, to->batchcount);

	from->avail -= n;
	memcpy(to->entry + to->avail, from->entry + from->avail, n * sizeof(from->entry[0]));
	to->avail += n;
	return n;
}

/* The cache has no array yet. */
static void *alloc_from_slab(struct kmem_cache *cachep)
{
	kva_t obj;

	return slabs_take(cachep, &obj, 1) ? kva_ptr(cachep, obj) : NULL;
}

void *cache_alloc_refill(struct kmem_cache *cachep, gfp_t gfp)
{
	struct array_cache *ac = cpu_cache(cachep), *shared = KGET(cachep->shared);
	u32 used;

	if (shared && transfer_objects(ac, shared))
		return array_pop(cachep, ac);
	if (!cachep->free_objects)
		cache_grow(cachep, gfp);
	/* Whether it grew or not: the reclaim it may have caused gives objects back, maybe ours. */
	if (!cachep->free_objects && !(ac && ac->avail)) {
		cachep->errors++;
		return NULL;
	}
	if (!ac)
		return alloc_from_slab(cachep);
	if (!ac->avail)
		ac->avail = slabs_take(cachep, ac->entry, ac->batchcount);
	used = cachep->nr_slabs * cachep->num - cachep->free_objects;
	if (used > cachep->num_active_hwm)
		cachep->num_active_hwm = used;
	return array_pop(cachep, ac);
}

/* The @n objects that lie in the array longest are elsewhere now. */
static void forget_oldest(struct array_cache *ac, u32 n)
{
	ac->avail -= n;
	memmove(ac->entry, ac->entry + n, ac->avail * sizeof(ac->entry[0]));
}

/* Its oldest batch, to the shared array as far as there is room, else to the slabs. */
void cache_flusharray(struct kmem_cache *cachep, struct array_cache *ac)
{
	struct array_cache *shared = KGET(cachep->shared);
	u32 n = ac->batchcount, room = shared ? shared->limit - shared->avail : 0;

	if (room) {
		n = lower(n, room);
		memcpy(shared->entry + shared->avail, ac->entry, n * sizeof(ac->entry[0]));
		shared->avail += n;
	} else {
		free_block(cachep, ac->entry, n);
	}
	forget_oldest(ac, n);
}

void drain_cpu_caches(struct kmem_cache *cachep)
{
	struct array_cache *ac;

	for_each_array(ac, i, cachep)
	{
		free_block(cachep, ac->entry, ac->avail);
		ac->avail = 0;
	}
}

/* ---- the arrays themselves ---- */

static u32 array_limit(u32 size)
{
	return size > PAGE_SIZE ? 8 : size > 1024 ? 24 : size > 256 ? 54 : AC_LIMIT;
}

static u32 array_bytes(u32 limit)
{
	return (u32)(sizeof(struct array_cache) + limit * sizeof(kva_t));
}

bool cpucaches_possible(struct machine *m)
{
	u32 largest = array_bytes(m->nr_cpus > 1 ? SHARED_LIMIT : AC_LIMIT);

	return kmem_find_general_cachep(m, largest, 0);
}

/* Room for @room objects.  NULL: no memory. */
static struct array_cache *alloc_arraycache(struct machine *m, u32 room, u32 limit, u32 batchcount)
{
	struct array_cache *ac = kmalloc(m, array_bytes(room), GFP_KERNEL | __GFP_ZERO);

	if (ac) {
		ac->limit = limit;
		ac->batchcount = batchcount;
	}
	return ac;
}

void free_cpucaches(struct kmem_cache *cachep)
{
	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++) {
		kfree(KGET(cachep->array[cpu]));
		KSET(cachep->array[cpu], NULL);
	}
	kfree(KGET(cachep->shared));
	KSET(cachep->shared, NULL);
}

int enable_cpucache(struct kmem_cache *cachep)
{
	struct machine *m = machine_of(cachep);
	u32 limit = array_limit(cachep->buffer_size), batchcount = (limit + 1) / 2;
	bool share = m->nr_cpus > 1 && cachep->buffer_size <= PAGE_SIZE;

	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++) {
		KSET(cachep->array[cpu], alloc_arraycache(m, AC_LIMIT, limit, batchcount));
		if (KNULL(cachep->array[cpu]))
			goto no_memory;
	}
	if (!share)
		return 0;
	limit = SHARED_FACTOR * batchcount;
	KSET(cachep->shared, alloc_arraycache(m, limit, limit, 0));
	if (!KNULL(cachep->shared))
		return 0;
no_memory:
	free_cpucaches(cachep);
	return -ENOMEM;
}

/* ---- looking ---- */

u32 array_caches_avail(const struct kmem_cache *cachep)
{
	const struct array_cache *ac;
	u32 n = 0;

	for_each_array(ac, i, cachep) n += ac->avail;
	return n;
}

static bool array_has(const struct array_cache *ac, u32 nr, kva_t obj)
{
	for (u32 i = 0; i < nr; i++)
		if (ac->entry[i] == obj)
			return true;
	return false;
}

bool array_caches_hold(const struct kmem_cache *cachep, kva_t obj)
{
	const struct array_cache *ac;

	for_each_array(ac, i, cachep) if (array_has(ac, ac->avail, obj)) return true;
	return false;
}

/* ---- validation ---- */

/* Objects in array @nr are in none before it. */
static void check_other_arrays(const struct kmem_cache *cachep, unsigned nr,
			       const struct array_cache *ac, struct check *c)
{
	const struct array_cache *before;

	for_each_array(before, other, cachep)
	{
		if (other >= nr)
			return;
		for (u32 i = 0; i < ac->avail; i++)
			check_that(c, !array_has(before, before->avail, ac->entry[i]),
				   "%s: %08x is in the arrays %u and %u", cachep->name,
				   ac->entry[i], other, nr);
	}
}

/* A cached object starts where one may, is off its slab and is cached once. */
static void check_entry(const struct kmem_cache *cachep, const struct array_cache *ac, u32 index,
			struct check *c)
{
	const struct machine *m = machine_of(cachep);
	kva_t obj = ac->entry[index];
	const struct page *p = m->mem_map + ((obj & LOWMEM_MASK) >> PAGE_SHIFT);
	u8 is_free[OBJS_MAX];
	const struct slab *slabp;
	u32 i;

	if (!PageSlab(p) || p->lru_next != kva_of(cachep)) {
		check_fail(c, "%s: %08x in the array is no object of it", cachep->name, obj);
		return;
	}
	slabp = kva_ptr(p, p->lru_prev);
	i = (obj - slabp->s_mem) / cachep->buffer_size;
	check_that(c, i < cachep->num && obj == slabp->s_mem + i * cachep->buffer_size,
		   "%s: %08x in the array is not where an object starts", cachep->name, obj);
	check_that(c, !slab_free_objects(cachep, slabp, is_free) || i >= cachep->num || !is_free[i],
		   "%s: %08x is in the array and free on its slab", cachep->name, obj);
	check_that(c, !array_has(ac, index, obj), "%s: %08x is twice in the array", cachep->name,
		   obj);
}

void array_caches_validate(const struct kmem_cache *cachep, struct check *c)
{
	const struct array_cache *ac;

	for_each_array(ac, nr, cachep)
	{
		u32 most = nr < NR_CPUS ? AC_LIMIT : SHARED_LIMIT;

		if (ac->avail > ac->limit || ac->limit > most) {
			check_fail(c, "%s: array %u has %u entries, limit %u", cachep->name, nr,
				   ac->avail, ac->limit);
			continue;
		}
		for (u32 i = 0; i < ac->avail; i++)
			check_entry(cachep, ac, i, c);
		check_other_arrays(cachep, nr, ac, c);
	}
}

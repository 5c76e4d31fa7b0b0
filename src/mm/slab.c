// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The slab allocator.  ULK ch. 8, "Memory Area Management".
 *
 *   kmem_cache_alloc / _free          pop or push in the CPU's array: the hot path
 *     cache_alloc_refill              array empty (array_cache.c): a batch from the slabs
 *       slabs_take                    partial before empty ones
 *       cache_grow                    none left: a new slab of 2^gfporder frames
 *     cache_flusharray                array full: its oldest batch back
 *       free_block                    to the slabs
 *       slab_destroy                  more empty slabs than a cache keeps
 *
 *   on slab    | colour | struct slab, bufctl[num] | obj | obj | ... | rest |
 *   off slab   | colour | obj | obj | ... | rest |     descriptor from kmalloc
 *
 * The free objects of a slab form a list of indices: free -> bufctl[free] -> ... ->
 * BUFCTL_END.  Every frame of a slab has PG_slab, and lru holds the kernel addresses of
 * its cache (lru_next) and slab (lru_prev): that is how kfree finds both.
 *
 * Caches are made from cache_cache, whose own descriptor is struct kernel_data's.
 * A cache that has no array yet (the first ones, while starting) works without.
 *
 * Invariants (slab_validate): a slab is in the list that its inuse says;
 * the index list has num - inuse entries; free_objects is their sum.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mm/check.h"
#include "mm/kasan.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"

#include "slab_internal.h"

#define CACHE_LINE 64u /* today: 64; what colours and SLAB_HWCACHE_ALIGN go by */
#define OFF_SLAB_SIZE (PAGE_SIZE >> 3) /* from here on descriptors are kept off the slabs */
#define MAX_GFP_ORDER 5u /* 32 frames: room for one object of KMALLOC_MAX_SIZE */
#define BREAK_GFP_ORDER 1u /* rather waste memory than ask for larger blocks */
#define SLAB_FLAGS (SLAB_HWCACHE_ALIGN | SLAB_CACHE_DMA | SLAB_RECLAIM_ACCOUNT | SLAB_PANIC)

#define POISON_FREE 0x6b
#define POISON_INUSE 0x5a

/* Where a cache's frames are counted. */
static enum vm_stat slab_stat(const struct kmem_cache *cachep)
{
	return cachep->flags & SLAB_RECLAIM_ACCOUNT ? NR_SLAB_RECLAIMABLE : NR_SLAB_UNRECLAIMABLE;
}

static u32 align_up(u32 x, u32 align)
{
	return (x + align - 1) & ~(align - 1);
}

/* ---- objects of one slab ---- */

static void *slab_get_obj(struct kmem_cache *cachep, struct slab *slabp)
{
	u32 i = slabp->free;

	assert(i < cachep->num);
	slabp->free = slabp->bufctl[i];
	slabp->inuse++;
	cachep->free_objects--;
	return (char *)kva_ptr(slabp, slabp->s_mem) + i * cachep->buffer_size;
}

static void slab_put_obj(struct kmem_cache *cachep, struct slab *slabp, void *objp)
{
	u32 off = kva_of(objp) - slabp->s_mem, i = off / cachep->buffer_size;

	assert(i < cachep->num && off == i * cachep->buffer_size && slabp->inuse);
	slabp->bufctl[i] = slabp->free;
	slabp->free = (kmem_bufctl_t)i;
	slabp->inuse--;
	cachep->free_objects++;
}

/* Into the list that inuse says. */
static void slab_place(struct kmem_cache *cachep, struct slab *slabp)
{
	struct list_head *list = &cachep->slabs_partial;

	if (!slabp->inuse)
		list = &cachep->slabs_free;
	else if (slabp->inuse == cachep->num)
		list = &cachep->slabs_full;
	list_del(&slabp->list);
	list_add(&slabp->list, list);
}

/* ---- slabs ---- */

/* Bytes before the first object that the slab's own descriptor takes. */
static u32 on_slab_bytes(const struct kmem_cache *cachep)
{
	return cachep->off_slab ? 0 : cachep->slab_size;
}

/* The descriptor of a new slab on @page: at its start, or kmalloc'ed. */
static struct slab *alloc_slabmgmt(struct kmem_cache *cachep, struct page *page, u32 colouroff,
				   gfp_t gfp)
{
	char *mem = page_address(page);
	struct slab *slabp = (struct slab *)(mem + colouroff);

	if (cachep->off_slab)
		slabp = kmalloc(machine_of(cachep), cachep->slab_size, gfp);
	if (!slabp)
		return NULL;
	INIT_LIST_HEAD(&slabp->list);
	slabp->colouroff = colouroff;
	slabp->s_mem = kva_of(mem + colouroff + on_slab_bytes(cachep));
	slabp->inuse = 0;
	slabp->free = 0;
	for (u32 i = 0; i < cachep->num; i++)
		slabp->bufctl[i] = i + 1 < cachep->num ? (kmem_bufctl_t)(i + 1) : BUFCTL_END;
	return slabp;
}

static void set_slab_attr(struct kmem_cache *cachep, struct slab *slabp, struct page *page)
{
	for (unsigned i = 0; i < 1u << cachep->gfporder; i++) {
		SetPageSlab(page + i);
		page[i].lru_next = kva_of(cachep);
		page[i].lru_prev = kva_of(slabp);
	}
}

static void cache_init_objs(struct kmem_cache *cachep, struct slab *slabp)
{
	char *mem = kva_ptr(slabp, slabp->s_mem);

	if (cachep->ctor == CTOR_ZERO)
		memset(mem, 0, cachep->num * cachep->buffer_size);
#ifdef ASPACEFS_DEBUG
	else
		memset(mem, POISON_FREE, cachep->num * cachep->buffer_size);
#endif
	kasan_poison(mem, cachep->num * cachep->buffer_size);
}

void cache_grow(struct kmem_cache *cachep, gfp_t gfp)
{
	struct machine *m = machine_of(cachep);
	u32 colouroff = cachep->colour_next * cachep->colour_off;
	struct slab *slabp;
	struct page *page;

	gfp = (gfp & ~(__GFP_HIGHMEM | __GFP_ZERO | __GFP_DMA)) | cachep->gfpflags;
	page = alloc_pages(m, gfp, cachep->gfporder);
	if (!page)
		return;
	slabp = alloc_slabmgmt(cachep, page, colouroff, gfp & ~__GFP_DMA);
	if (!slabp) {
		__free_pages(page, cachep->gfporder);
		return;
	}
	if (++cachep->colour_next >= cachep->colour)
		cachep->colour_next = 0;
	set_slab_attr(cachep, slabp, page);
	cache_init_objs(cachep, slabp);
	list_add_tail(&slabp->list, &cachep->slabs_free);
	cachep->free_objects += cachep->num;
	cachep->nr_slabs++;
	cachep->grown++;
	mod_vm_stat(m, slab_stat(cachep), 1 << cachep->gfporder);
}

/* Free an empty slab's frames and descriptor. */
static void slab_destroy(struct kmem_cache *cachep, struct slab *slabp)
{
	struct machine *m = machine_of(cachep);
	paddr_t pa = (slabp->s_mem - on_slab_bytes(cachep) - slabp->colouroff) & LOWMEM_MASK;
	struct page *page = m->mem_map + (pa >> PAGE_SHIFT);

	assert(!slabp->inuse);
	kasan_unpoison(kva_ptr(slabp, slabp->s_mem), cachep->num * cachep->buffer_size);
	list_del(&slabp->list);
	cachep->free_objects -= cachep->num;
	cachep->nr_slabs--;
	cachep->reaped++;
	mod_vm_stat(m, slab_stat(cachep), -(1 << cachep->gfporder));
	if (cachep->off_slab)
		kfree(slabp);
	for (unsigned i = 0; i < 1u << cachep->gfporder; i++) {
		ClearPageSlab(page + i);
		page[i].lru_next = page[i].lru_prev = 0;
	}
	__free_pages(page, cachep->gfporder);
}

/* ---- between the slabs and the CPUs' arrays ---- */

/* The slab to take an object from: partial before empty; NULL when all are full. */
static struct slab *usable_slab(struct kmem_cache *cachep)
{
	if (!list_empty(&cachep->slabs_partial))
		return list_first_entry(&cachep->slabs_partial, struct slab, list);
	if (!list_empty(&cachep->slabs_free))
		return list_first_entry(&cachep->slabs_free, struct slab, list);
	return NULL;
}

u32 slabs_take(struct kmem_cache *cachep, kva_t *ret, u32 n)
{
	struct slab *slabp;
	u32 taken = 0;

	while (taken < n && (slabp = usable_slab(cachep))) {
		while (taken < n && slabp->inuse < cachep->num)
			ret[taken++] = kva_of(slab_get_obj(cachep, slabp));
		slab_place(cachep, slabp);
	}
	return taken;
}

/* Empty slabs beyond this many free objects are given back at once. */
static u32 free_limit(const struct kmem_cache *cachep)
{
	const struct array_cache *ac = cpu_cache(cachep);

	return cachep->num + (ac ? (1 + machine_of(cachep)->nr_cpus) * ac->batchcount : 0);
}

static void free_to_slab(struct kmem_cache *cachep, void *objp)
{
	struct slab *slabp = page_slab(machine_of(cachep), objp);

	slab_put_obj(cachep, slabp, objp);
	if (!slabp->inuse && cachep->free_objects > free_limit(cachep))
		slab_destroy(cachep, slabp);
	else
		slab_place(cachep, slabp);
}

void free_block(struct kmem_cache *cachep, const kva_t *entry, u32 n)
{
	for (u32 i = 0; i < n; i++)
		free_to_slab(cachep, kva_ptr(cachep, entry[i]));
}

#ifdef ASPACEFS_DEBUG
static void debug_alloc(const struct kmem_cache *cachep, void *objp)
{
	const u8 *p = objp;

	kasan_unpoison(objp, cachep->buffer_size);
	if (cachep->ctor != CTOR_NONE)
		return;
	for (u32 i = 0; i < cachep->objsize; i++)
		assert(p[i] == POISON_FREE && "written after free");
	memset(objp, POISON_INUSE, cachep->objsize);
}

static void debug_free(const struct kmem_cache *cachep, void *objp)
{
	const struct slab *slabp = page_slab(machine_of(cachep), objp);
	u32 i = (kva_of(objp) - slabp->s_mem) / cachep->buffer_size;

	assert(!array_caches_hold(cachep, kva_of(objp)) && "freed twice");
	for (u32 f = slabp->free; f != BUFCTL_END; f = slabp->bufctl[f])
		assert(f != i && "freed twice");
	if (cachep->ctor == CTOR_NONE)
		memset(objp, POISON_FREE, cachep->objsize);
	kasan_poison(objp, cachep->buffer_size);
}
#else
static void debug_alloc(const struct kmem_cache *cachep, void *objp)
{
}

static void debug_free(const struct kmem_cache *cachep, void *objp)
{
}
#endif

void *kmem_cache_alloc(struct kmem_cache *cachep, gfp_t gfp)
{
	struct array_cache *ac = cpu_cache(cachep);
	void *objp;

	if (should_fail_alloc(machine_of(cachep), gfp, 0))
		return NULL;
	if (likely(ac && ac->avail))
		objp = kva_ptr(cachep, ac->entry[--ac->avail]);
	else
		objp = cache_alloc_refill(cachep, gfp);
	if (unlikely(!objp))
		return NULL;
	cachep->num_allocations++;
	debug_alloc(cachep, objp);
	if (gfp & __GFP_ZERO)
		memset(objp, 0, cachep->objsize);
	return objp;
}

void kmem_cache_free(struct kmem_cache *cachep, void *objp)
{
	struct array_cache *ac = cpu_cache(cachep);

	debug_free(cachep, objp);
	if (unlikely(!ac)) {
		free_to_slab(cachep, objp);
		return;
	}
	if (unlikely(ac->avail == ac->limit))
		cache_flusharray(cachep, ac);
	ac->entry[ac->avail++] = kva_of(objp);
}

/* ---- giving memory back ---- */

u32 kmem_cache_shrink(struct kmem_cache *cachep)
{
	u32 before = cachep->nr_slabs;

	drain_cpu_caches(cachep);
	while (!list_empty(&cachep->slabs_free))
		slab_destroy(cachep, list_first_entry(&cachep->slabs_free, struct slab, list));
	return (before - cachep->nr_slabs) << cachep->gfporder;
}

u32 kmem_cache_reap(struct machine *m)
{
	struct kmem_cache *cachep;
	u32 frames = 0;

	/* Newest first: descriptors off the slabs lie in the oldest, the small general caches. */
	list_for_each_entry(cachep, &m->k->cache_chain, next)
		frames += kmem_cache_shrink(cachep);
	drain_all_pages(m);
	return frames;
}

/* ---- making and destroying caches ---- */

static u32 slab_bytes(const struct kmem_cache *cachep, u32 num)
{
	return (u32)(sizeof(struct slab) + num * sizeof(kmem_bufctl_t));
}

/* How many objects fit on a slab of 2^@order frames, and the bytes left over. */
static u32 cache_estimate(const struct kmem_cache *cachep, unsigned order, u32 *ret_left)
{
	u32 room = PAGE_SIZE << order, num = room / cachep->buffer_size, mgmt = 0;

	for (;; num--) {
		if (!cachep->off_slab)
			mgmt = align_up(slab_bytes(cachep, num), cachep->align);
		if (mgmt <= room && num * cachep->buffer_size <= room - mgmt)
			break;
		if (!num)
			break;
	}
	*ret_left = num ? room - mgmt - num * cachep->buffer_size : room;
	return num;
}

/* Find the order whose slabs waste little: one eighth is acceptable.  ULK kmem_cache_create. */
static u32 calculate_slab_order(struct kmem_cache *cachep)
{
	u32 left = 0;

	for (unsigned order = 0; order <= MAX_GFP_ORDER; order++) {
		cachep->num = cache_estimate(cachep, order, &left);
		cachep->gfporder = order;
		if (!cachep->num)
			continue;
		if (order >= BREAK_GFP_ORDER || left * 8 <= PAGE_SIZE << order)
			break;
	}
	assert(cachep->num && cachep->num <= OBJS_MAX);
	return left;
}

/* Layout of a slab: order, number of objects, place of the descriptor, colours. */
static void cache_layout(struct kmem_cache *cachep)
{
	u32 left, aligned;

	cachep->off_slab = cachep->buffer_size >= OFF_SLAB_SIZE;
	left = calculate_slab_order(cachep);
	cachep->slab_size = slab_bytes(cachep, cachep->num);
	aligned = align_up(cachep->slab_size, cachep->align);
	if (cachep->off_slab && left >= aligned) {
		cachep->off_slab = false; /* the waste has room for it */
		left -= aligned;
	}
	if (!cachep->off_slab)
		cachep->slab_size = aligned;
	cachep->colour_off = cachep->align > CACHE_LINE ? cachep->align : CACHE_LINE;
	cachep->colour = left / cachep->colour_off;
}

static u32 object_align(u32 size, u32 align, u32 flags)
{
	u32 line = CACHE_LINE;

	align = align > MIN_ALIGN ? align : MIN_ALIGN;
	if (!(flags & SLAB_HWCACHE_ALIGN))
		return align;
	while (size <= line / 2 && line > MIN_ALIGN)
		line /= 2; /* several to a line, none across two */
	return align > line ? align : line;
}

static void cache_setup(struct kmem_cache *cachep, const char *name, u32 size, u32 align, u32 flags,
			enum slab_ctor ctor)
{
	memset(cachep, 0, sizeof(*cachep));
	strcpy(cachep->name, name);
	cachep->objsize = size;
	cachep->align = object_align(size, align, flags);
	cachep->buffer_size = align_up(size, cachep->align);
	cachep->flags = flags;
	cachep->gfpflags = flags & SLAB_CACHE_DMA ? GFP_DMA : 0;
	cachep->ctor = ctor;
	INIT_LIST_HEAD(&cachep->slabs_full);
	INIT_LIST_HEAD(&cachep->slabs_partial);
	INIT_LIST_HEAD(&cachep->slabs_free);
	cache_layout(cachep);
}

static int cache_args_validate(struct machine *m, const char *name, u32 size, u32 align, u32 flags)
{
	if (!name[0] || strnlen(name, CACHE_NAMELEN) == CACHE_NAMELEN)
		return -EINVAL;
	if (!size || size > KMALLOC_MAX_SIZE || flags & ~SLAB_FLAGS)
		return -EINVAL;
	if (align & (align - 1) || align > PAGE_SIZE)
		return -EINVAL;
	return kmem_cache_find(m, name) ? -EEXIST : 0;
}

struct kmem_cache *kmem_cache_create(struct machine *m, const char *name, u32 size, u32 align,
				     u32 flags, enum slab_ctor ctor, int *ret_error)
{
	int error = cache_args_validate(m, name, size, align, flags);
	struct kmem_cache *cachep;

	if (error)
		goto out;
	error = -ENOMEM;
	cachep = kmem_cache_alloc(&m->k->cache_cache, GFP_KERNEL);
	if (!cachep)
		goto out;
	cache_setup(cachep, name, size, align, flags, ctor);
	/* The first caches get theirs when the general cache that it comes from exists. */
	if (cpucaches_possible(m) && enable_cpucache(cachep)) {
		kmem_cache_free(&m->k->cache_cache, cachep);
		goto out;
	}
	list_add(&cachep->next, &m->k->cache_chain);
	return cachep;
out:
	*ret_error = error;
	return NULL;
}

/* Caches whose users never ask whether they are still there. */
static bool cache_is_kernels(const struct machine *m, const struct kmem_cache *cachep)
{
	for (unsigned i = 0; i < NR_KERNEL_CACHES; i++)
		if (kernel_cache(m, i) == cachep)
			return true;
	return cachep == &m->k->cache_cache || cachep->is_kmalloc;
}

int kmem_cache_destroy(struct kmem_cache *cachep)
{
	struct machine *m = machine_of(cachep);

	if (cache_is_kernels(m, cachep))
		return -EBUSY;
	kmem_cache_shrink(cachep);
	if (cachep->nr_slabs)
		return -EBUSY;
	list_del(&cachep->next);
	free_cpucaches(cachep);
	kmem_cache_free(&m->k->cache_cache, cachep);
	return 0;
}

int kmem_cache_init(struct machine *m)
{
	struct kmem_cache *cache_cache = &m->k->cache_cache, *cachep;

	INIT_LIST_HEAD(&m->k->cache_chain);
	cache_setup(cache_cache, "kmem_cache", sizeof(*cache_cache), 0, SLAB_HWCACHE_ALIGN,
		    CTOR_NONE);
	list_add(&cache_cache->next, &m->k->cache_chain);
	if (kmalloc_init(m))
		return -ENOMEM;
	list_for_each_entry(cachep, &m->k->cache_chain, next)
		if (!cpu_cache(cachep) && enable_cpucache(cachep))
			return -ENOMEM;
	return 0;
}

/* ---- looking ---- */

struct kmem_cache *kmem_cache_find(struct machine *m, const char *name)
{
	struct kmem_cache *cachep;

	list_for_each_entry(cachep, &m->k->cache_chain, next)
		if (!strcmp(cachep->name, name))
			return cachep;
	return NULL;
}

void kmem_cache_info(const struct kmem_cache *cachep, struct slabinfo *ret)
{
	const struct slab *slabp;
	const struct array_cache *shared = KGET(cachep->shared);
	u32 empty = 0;

	list_for_each_entry(slabp, &cachep->slabs_free, list)
		empty++;
	ret->num_objs = cachep->nr_slabs * cachep->num;
	ret->active_objs = ret->num_objs - cachep->free_objects - array_caches_avail(cachep);
	ret->num_slabs = cachep->nr_slabs;
	ret->active_slabs = cachep->nr_slabs - empty;
	ret->shared_avail = shared ? shared->avail : 0;
}

/* ---- validation ---- */

/* What one cache's slabs add up to. */
struct cache_sum {
	u32 slabs, free_objects;
};

/* The frames of the slab name it and its cache. */
static void check_frames(struct check *c, const struct kmem_cache *cachep, const struct slab *slabp)
{
	const struct machine *m = machine_of(cachep);
	u32 first = (slabp->s_mem & LOWMEM_MASK) >> PAGE_SHIFT;

	first &= ~((1u << cachep->gfporder) - 1);
	for (u32 pfn = first; pfn < first + (1u << cachep->gfporder); pfn++) {
		const struct page *p = m->mem_map + pfn;

		check_that(c,
			   PageSlab(p) && p->lru_next == kva_of(cachep) &&
				   p->lru_prev == kva_of(slabp),
			   "%s: frame %u does not name its cache and slab", cachep->name, pfn);
	}
}

bool slab_free_objects(const struct kmem_cache *cachep, const struct slab *slabp, u8 *is_free)
{
	u32 n = 0;

	memset(is_free, 0, cachep->num);
	for (u32 i = slabp->free; i != BUFCTL_END; i = slabp->bufctl[i], n++) {
		if (i >= cachep->num || is_free[i])
			return false;
		is_free[i] = 1;
	}
	return n == cachep->num - slabp->inuse;
}

static void check_slab(struct check *c, const struct kmem_cache *cachep, const struct slab *slabp,
		       struct cache_sum *sum)
{
	u8 is_free[OBJS_MAX];

	sum->slabs++;
	sum->free_objects += cachep->num - slabp->inuse;
	check_that(c, slab_free_objects(cachep, slabp, is_free),
		   "%s: slab %08x: the free list is not %u - %u objects", cachep->name,
		   kva_of(slabp), cachep->num, slabp->inuse);
	check_frames(c, cachep, slabp);
}

/* A list's links hold, and its slabs have between @min and @max objects in use. */
static void check_slabs(struct check *c, const struct kmem_cache *cachep,
			const struct list_head *list, u32 min, u32 max, struct cache_sum *sum)
{
	const struct list_head *prev = list;

	for (const struct list_head *l = list_next(list); l != list; prev = l, l = list_next(l)) {
		const struct slab *slabp = list_entry(l, struct slab, list);

		if (list_prev(l) != prev || sum->slabs >= cachep->nr_slabs) {
			check_fail(c, "%s: a list of slabs is broken at %08x", cachep->name,
				   kva_of(l));
			return;
		}
		check_that(c, slabp->inuse >= min && slabp->inuse <= max,
			   "%s: slab %08x with %u of %u objects in use is in the wrong list",
			   cachep->name, kva_of(slabp), slabp->inuse, cachep->num);
		check_slab(c, cachep, slabp, sum);
	}
}

static void check_cache(struct check *c, const struct kmem_cache *cachep, struct cache_sum *sum)
{
	check_slabs(c, cachep, &cachep->slabs_full, cachep->num, cachep->num, sum);
	check_slabs(c, cachep, &cachep->slabs_partial, 1, cachep->num - 1, sum);
	check_slabs(c, cachep, &cachep->slabs_free, 0, 0, sum);
	check_that(c, sum->slabs == cachep->nr_slabs, "%s: nr_slabs %u, lists have %u",
		   cachep->name, cachep->nr_slabs, sum->slabs);
	check_that(c, sum->free_objects == cachep->free_objects,
		   "%s: free_objects %u, slabs have %u", cachep->name, cachep->free_objects,
		   sum->free_objects);
	array_caches_validate(cachep, c);
}

void slab_validate(struct machine *m, struct check *c)
{
	const struct kmem_cache *cachep;
	u32 frames[NR_VM_STATS] = { 0 };

	list_for_each_entry(cachep, &m->k->cache_chain, next) {
		struct cache_sum sum = { 0 };

		check_cache(c, cachep, &sum);
		frames[slab_stat(cachep)] += sum.slabs << cachep->gfporder;
	}
	for (enum vm_stat i = NR_SLAB_RECLAIMABLE; i <= NR_SLAB_UNRECLAIMABLE; i++)
		check_that(c, frames[i] == (u32)m->k->vm_stat[i], "slabs have %u frames, %s is %d",
			   frames[i], vm_stat_names[i], m->k->vm_stat[i]);
}

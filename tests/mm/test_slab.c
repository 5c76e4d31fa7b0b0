// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The slab allocator: how slabs are laid out, which list they are in, what comes back
 * when objects are freed, and random use against what was written into each object.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mm/check.h"
#include "mm/page_alloc.h"
#include "frame_world.h"

static struct kmem_cache *cache_new(struct machine *m, const char *name, u32 size, u32 align)
{
	int error = 0;
	struct kmem_cache *c = kmem_cache_create(m, name, size, align, 0, CTOR_NONE, &error);

	ck_assert_ptr_nonnull(c);
	return c;
}

static struct slabinfo info_of(const struct kmem_cache *c)
{
	struct slabinfo info;

	kmem_cache_info(c, &info);
	return info;
}

static u32 list_len(const struct list_head *head)
{
	u32 n = 0;

	for (const struct list_head *l = list_next(head); l != head; l = list_next(l))
		n++;
	return n;
}

static void assert_lists(const struct kmem_cache *c, u32 full, u32 partial, u32 empty)
{
	ck_assert_uint_eq(list_len(&c->slabs_full), full);
	ck_assert_uint_eq(list_len(&c->slabs_partial), partial);
	ck_assert_uint_eq(list_len(&c->slabs_free), empty);
}

/* ---- layout ---- */

/* Size and alignment asked for; what a slab then is. */
static const struct {
	u32 size, align, buffer, num, order;
	bool off_slab;
} layouts[] = {
	{ 1, 0, 8, 407, 0, false },
	{ 24, 0, 24, 156, 0, false },
	{ 100, 0, 104, 38, 0, false },
	{ 100, 64, 128, 31, 0, false },
	{ 511, 0, 512, 8, 0, true },
	{ 700, 0, 704, 11, 1, false }, /* in one frame 5 would waste 576 bytes */
	{ 1000, 0, 1000, 4, 0, false }, /* the waste has room for the descriptor */
	{ 1500, 0, 1504, 5, 1, false },
	{ 4096, 4096, 4096, 1, 0, true },
	{ 5000, 0, 5000, 1, 1, false },
	{ 131072, 0, 131072, 1, 5, true },
};

START_TEST(slabs_are_laid_out)
{
	struct machine *m = small_machine(1024);
	struct kmem_cache *c = cache_new(m, "test", layouts[_i].size, layouts[_i].align);
	u8 *objp = kmem_cache_alloc(c, GFP_KERNEL);

	ck_assert_uint_eq(c->objsize, layouts[_i].size);
	ck_assert_uint_eq(c->buffer_size, layouts[_i].buffer);
	ck_assert_uint_eq(c->num, layouts[_i].num);
	ck_assert_uint_eq(c->gfporder, layouts[_i].order);
	ck_assert_uint_eq(c->off_slab, layouts[_i].off_slab);
	ck_assert_uint_eq((uintptr_t)objp % c->align, 0);
	memset(objp, 0xff, c->objsize);
	allocators_check(m);
	kmem_cache_free(c, objp);
	machine_free(m);
}
END_TEST

/* Successive slabs start their objects on different lines. */
START_TEST(slabs_are_coloured)
{
	struct machine *m = small_machine(1024);
	struct kmem_cache *c = cache_new(m, "test", 472, 0);
	u32 seen = 0, colours;

	ck_assert_uint_ge(c->colour, 4);
	for (u32 i = 0; i < 5 * c->num; i++)
		kmem_cache_alloc(c, GFP_KERNEL);
	for (struct list_head *l = list_next(&c->slabs_full); l != &c->slabs_full; l = list_next(l))
		seen |= 1u << list_entry(l, struct slab, list)->colouroff / c->colour_off;
	colours = (u32)__builtin_popcount(seen);
	ck_assert_uint_eq(colours, c->colour < 5 ? c->colour : 5);
	machine_free(m);
}
END_TEST

START_TEST(frames_lead_to_cache_and_slab)
{
	struct machine *m = small_machine(1024);
	struct kmem_cache *c = cache_new(m, "test", 1500, 0);
	u8 *objp = kmem_cache_alloc(c, GFP_KERNEL);
	s32 before = nr_slab_pages(m);

	for (u32 off = 0; off < c->objsize; off += c->objsize - 1) {
		struct page *p = pfn_to_page(m, (pfn_t)((objp + off - m->ram.base) >> PAGE_SHIFT));

		ck_assert(PageSlab(p));
		ck_assert_ptr_eq(kva_ptr(p, p->lru_next), c);
	}
	kmem_cache_free(c, objp);
	ck_assert_uint_eq(kmem_cache_shrink(c), 2);
	ck_assert_int_eq(nr_slab_pages(m), before - 2);
	machine_free(m);
}
END_TEST

/* ---- lists ---- */

START_TEST(slabs_move_between_lists)
{
	struct machine *m = small_machine(1024);
	struct kmem_cache *c = cache_new(m, "test", 1000, 0); /* 4 on a slab */
	void *objp[8];

	ck_assert_uint_eq(c->num, 4);
	KGET(c->array[0])->limit = KGET(c->array[0])->batchcount = 1; /* nearly no array */
	assert_lists(c, 0, 0, 0);
	for (u32 i = 0; i < 8; i++) {
		objp[i] = kmem_cache_alloc(c, GFP_KERNEL);
		assert_lists(c, (i + 1) / 4, (i + 1) % 4 != 0, 0);
	}
	for (u32 i = 0; i < 8; i++) /* one stays in the array */
		kmem_cache_free(c, objp[i]);
	ck_assert_uint_eq(info_of(c).active_objs, 0);
	assert_lists(c, 0, 1, 1);
	allocators_check(m);
	ck_assert_uint_eq(kmem_cache_shrink(c), 2);
	assert_lists(c, 0, 0, 0);
	machine_free(m);
}
END_TEST

START_TEST(partial_slabs_are_used_before_empty_ones)
{
	struct machine *m = small_machine(1024);
	struct kmem_cache *c = cache_new(m, "test", 1000, 0);
	void *objp[8];

	KGET(c->array[0])->limit = KGET(c->array[0])->batchcount = 1;
	for (u32 i = 0; i < 8; i++)
		objp[i] = kmem_cache_alloc(c, GFP_KERNEL);
	for (u32 i = 0; i < 6; i++)
		kmem_cache_free(c, objp[i]);
	assert_lists(c, 0, 1, 1);
	kmem_cache_alloc(c, GFP_KERNEL); /* from the array */
	kmem_cache_alloc(c, GFP_KERNEL);
	assert_lists(c, 1, 0, 1);
	machine_free(m);
}
END_TEST

/* A cache keeps some empty slabs, but not all that a burst leaves. */
START_TEST(empty_slabs_beyond_the_limit_go_back)
{
	struct machine *m = small_machine(2048);
	struct kmem_cache *c = cache_new(m, "test", 1000, 0);
	void *objp[800];
	u32 kept;

	for (u32 i = 0; i < 800; i++)
		objp[i] = kmem_cache_alloc(c, GFP_KERNEL);
	for (u32 i = 0; i < 800; i++)
		kmem_cache_free(c, objp[i]);
	kept = info_of(c).num_slabs;
	ck_assert_uint_gt(kept, 0);
	ck_assert_uint_lt(kept, 800 / c->num / 4);
	allocators_check(m);
	machine_free(m);
}
END_TEST

START_TEST(last_freed_comes_first)
{
	struct machine *m = small_machine(256);
	struct kmem_cache *c = cache_new(m, "test", 100, 0);
	void *a = kmem_cache_alloc(c, GFP_KERNEL), *b = kmem_cache_alloc(c, GFP_KERNEL);

	kmem_cache_free(c, a);
	kmem_cache_free(c, b);
	ck_assert_ptr_eq(kmem_cache_alloc(c, GFP_KERNEL), b);
	ck_assert_ptr_eq(kmem_cache_alloc(c, GFP_KERNEL), a);
	machine_free(m);
}
END_TEST

/* ---- contents ---- */

/* What one CPU frees it gets again, not another; shrinking empties the arrays of all. */
START_TEST(each_cpu_has_its_own_array)
{
	struct machine *m = zoned_machine_cpus(1024, 0, 0, 2);
	struct kmem_cache *c = cache_new(m, "test", 1000, 0);
	void *a = kmem_cache_alloc(c, GFP_KERNEL), *b, *other;

	kmem_cache_free(c, a);
	cpu_enter(m, 1);
	b = kmem_cache_alloc(c, GFP_KERNEL);
	ck_assert_ptr_ne(b, a);
	kmem_cache_free(c, b);
	ck_assert_uint_eq(info_of(c).active_objs, 0);
	allocators_check(m);
	cpu_enter(m, 0);
	ck_assert_ptr_eq(kmem_cache_alloc(c, GFP_KERNEL), a);
	other = kmem_cache_alloc(c, GFP_KERNEL);
	ck_assert_ptr_ne(other, b);
	cpu_enter(m, 1);
	kmem_cache_free(c, a); /* into the array of the one who frees */
	ck_assert_ptr_eq(kmem_cache_alloc(c, GFP_KERNEL), a);
	kmem_cache_free(c, a);
	kmem_cache_free(c, other);
	kmem_cache_shrink(c);
	ck_assert_uint_eq(info_of(c).num_slabs, 0);
	allocators_check(m);
	machine_free(m);
}
END_TEST

/* What one CPU has too much of lies in the shared array, from which another takes a batch. */
START_TEST(cpus_share_an_array)
{
	struct machine *m = zoned_machine_cpus(1024, 0, 0, 2);
	struct kmem_cache *c = cache_new(m, "test", 100, 0);
	const struct array_cache *own = KGET(c->array[0]), *shared = KGET(c->shared);
	u32 nr = own->limit + 1, batch = own->batchcount, slabs;
	void *objp[AC_LIMIT + 1];

	ck_assert_uint_eq(shared->limit, SHARED_FACTOR * batch);
	for (u32 i = 0; i < nr; i++)
		objp[i] = kmem_cache_alloc(c, GFP_KERNEL);
	kmem_cache_free(c, kmem_cache_alloc(c, GFP_KERNEL)); /* the array is not empty */
	while (own->avail)
		kmem_cache_alloc(c, GFP_KERNEL);
	slabs = info_of(c).num_slabs;
	for (u32 i = 0; i < nr; i++)
		kmem_cache_free(c, objp[i]);
	ck_assert_uint_eq(own->avail, nr - batch);
	ck_assert_uint_eq(info_of(c).shared_avail, batch);
	allocators_check(m);
	cpu_enter(m, 1);
	ck_assert_ptr_eq(kmem_cache_alloc(c, GFP_KERNEL), objp[batch - 1]);
	ck_assert_uint_eq(info_of(c).shared_avail, 0);
	ck_assert_uint_eq(KGET(c->array[1])->avail, batch - 1);
	ck_assert_uint_eq(info_of(c).num_slabs, slabs);
	allocators_check(m);
	machine_free(m);
}
END_TEST

/* A full one takes no more: then the slabs do. */
START_TEST(a_full_shared_array)
{
	struct machine *m = zoned_machine_cpus(2048, 0, 0, 2);
	struct kmem_cache *c = cache_new(m, "test", 1000, 0);
	const struct array_cache *shared = KGET(c->shared);
	u32 nr = shared->limit + 200;
	void **objp = calloc(nr, sizeof(*objp));

	for (u32 i = 0; i < nr; i++)
		objp[i] = kmem_cache_alloc(c, GFP_KERNEL);
	for (u32 i = 0; i < nr; i++)
		kmem_cache_free(c, objp[i]);
	ck_assert_uint_eq(shared->avail, shared->limit);
	ck_assert_uint_eq(info_of(c).active_objs, 0);
	ck_assert_uint_lt(info_of(c).num_slabs, nr / c->num);
	allocators_check(m);
	kmem_cache_shrink(c);
	ck_assert_uint_eq(info_of(c).num_slabs, 0);
	ck_assert_int_eq(kmem_cache_destroy(c), 0);
	allocators_check(m);
	free(objp);
	machine_free(m);
}
END_TEST

/* With one CPU, and of large objects, there is none. */
START_TEST(who_shares)
{
	struct machine *one = small_machine(1024), *two = zoned_machine_cpus(1024, 0, 0, 2);

	ck_assert(KNULL(cache_new(one, "test", 100, 0)->shared));
	ck_assert(!KNULL(cache_new(two, "test", PAGE_SIZE, 0)->shared));
	ck_assert(KNULL(cache_new(two, "large", PAGE_SIZE + 1, 0)->shared));
	ck_assert(!KNULL(kmem_cache_find(two, "kmem_cache")->shared));
	machine_free(one);
	machine_free(two);
}
END_TEST

/* A cache without all of its arrays is none, and what it had got is back. */
START_TEST(no_memory_for_the_arrays)
{
	struct machine *m = zoned_machine_cpus(400, 0, 0, 4);
	struct kmem_cache *c = NULL;
	u32 made = 0, active;
	char name[CACHE_NAMELEN];
	int error = 0;

	while (alloc_page(m, GFP_ATOMIC))
		continue;
	do {
		active = info_of(kmem_cache_find(m, "size-256")).active_objs;
		snprintf(name, sizeof(name), "test-%u", made++);
		c = kmem_cache_create(m, name, 40, 0, 0, CTOR_NONE, &error);
	} while (c && made < 1000);
	ck_assert_int_eq(error, -ENOMEM);
	ck_assert_uint_eq(info_of(kmem_cache_find(m, "size-256")).active_objs, active);
	ck_assert_ptr_null(kmem_cache_find(m, name));
	allocators_check(m);
	machine_free(m);
}
END_TEST

START_TEST(constructed_objects_are_zero)
{
	struct machine *m = small_machine(256);
	int error;
	struct kmem_cache *c = kmem_cache_create(m, "test", 100, 0, 0, CTOR_ZERO, &error);
	struct page *page[8];

	/* The frames that come next are not zero. */
	for (u32 i = 0; i < ARRAY_SIZE(page); i++) {
		page[i] = alloc_page(m, GFP_KERNEL);
		memset(page_address(page[i]), 0xff, PAGE_SIZE);
	}
	for (u32 i = 0; i < ARRAY_SIZE(page); i++)
		put_page(page[i]);
	for (u32 i = 0; i < 100; i++) {
		u8 *objp = kmem_cache_alloc(c, GFP_KERNEL);

		for (u32 b = 0; b < 100; b++)
			ck_assert_uint_eq(objp[b], 0);
	}
	machine_free(m);
}
END_TEST

START_TEST(gfp_zero_clears)
{
	struct machine *m = small_machine(256);
	struct kmem_cache *c = cache_new(m, "test", 100, 0);
	u8 *objp = kmem_cache_alloc(c, GFP_KERNEL);

	memset(objp, 0xff, 100);
	kmem_cache_free(c, objp);
	ck_assert_ptr_eq(kmem_cache_alloc(c, GFP_KERNEL | __GFP_ZERO), objp);
	for (u32 i = 0; i < 100; i++)
		ck_assert_uint_eq(objp[i], 0);
	machine_free(m);
}
END_TEST

/* ---- caches come and go ---- */

START_TEST(bad_caches)
{
	struct machine *m = small_machine(256);
	static const struct {
		const char *name;
		u32 size, align, flags;
		int error;
	} bad[] = {
		{ "", 8, 0, 0, -EINVAL },	    { "a-name-of-20-letters", 8, 0, 0, -EINVAL },
		{ "x", 0, 0, 0, -EINVAL },	    { "x", KMALLOC_MAX_SIZE + 1, 0, 0, -EINVAL },
		{ "x", 0xffffffff, 0, 0, -EINVAL }, { "x", 8, 3, 0, -EINVAL },
		{ "x", 8, 8192, 0, -EINVAL },	    { "x", 8, 0, 1, -EINVAL },
		{ "size-32", 8, 0, 0, -EEXIST },    { "kmem_cache", 8, 0, 0, -EEXIST },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		int error = 0;

		ck_assert_ptr_null(kmem_cache_create(m, bad[i].name, bad[i].size, bad[i].align,
						     bad[i].flags, CTOR_NONE, &error));
		ck_assert_int_eq(error, bad[i].error);
	}
	ck_assert_ptr_null(kmem_cache_find(m, "x"));
	allocators_check(m);
	machine_free(m);
}
END_TEST

START_TEST(caches_are_destroyed_when_empty)
{
	struct machine *m = small_machine(256);
	u32 before;
	struct kmem_cache *c;
	void *objp;

	kmem_cache_reap(m);
	before = nr_free_pages(m);
	c = cache_new(m, "test", 100, 0);
	objp = kmem_cache_alloc(c, GFP_KERNEL);
	ck_assert_int_eq(kmem_cache_destroy(c), -EBUSY);
	ck_assert_ptr_eq(kmem_cache_find(m, "test"), c);
	kmem_cache_free(c, objp);
	ck_assert_int_eq(kmem_cache_destroy(c), 0);
	ck_assert_ptr_null(kmem_cache_find(m, "test"));
	kmem_cache_reap(m);
	ck_assert_uint_eq(nr_free_pages(m), before);
	allocators_check(m);
	cache_new(m, "test", 200, 0);
	machine_free(m);
}
END_TEST

START_TEST(the_kernels_caches_stay)
{
	struct machine *m = small_machine(256);
	struct kmem_cache *c;

	list_for_each_entry(c, &m->k->cache_chain, next)
		ck_assert_int_eq(kmem_cache_destroy(c), -EBUSY);
	allocators_check(m);
	machine_free(m);
}
END_TEST

/* ---- running out ---- */

START_TEST(exhaustion_leaves_no_trace)
{
	struct machine *m = small_machine(256);
	struct kmem_cache *c = cache_new(m, "test", 700, 0);
	void **objp = calloc(2000, sizeof(*objp));
	u32 before, n = 0;

	kmem_cache_reap(m);
	before = nr_free_pages(m);
	while ((objp[n] = kmem_cache_alloc(c, GFP_KERNEL)))
		n++;
	ck_assert_uint_ge(n, (before / 2 - 2) * c->num);
	ck_assert_uint_eq(c->errors, 1);
	allocators_check(m);
	while (n)
		kmem_cache_free(c, objp[--n]);
	ck_assert_uint_eq(info_of(c).active_objs, 0);
	kmem_cache_reap(m);
	ck_assert_uint_eq(nr_free_pages(m), before);
	allocators_check(m);
	free(objp);
	machine_free(m);
}
END_TEST

/* A request for frames gets those that caches only keep. */
START_TEST(empty_slabs_are_reclaimed)
{
	struct machine *m = small_machine(256);
	struct kmem_cache *c = cache_new(m, "test", 1000, 0);
	void *objp[40];
	u32 n = 0;

	for (u32 i = 0; i < 40; i++)
		objp[i] = kmem_cache_alloc(c, GFP_KERNEL);
	for (u32 i = 0; i < 40; i++)
		kmem_cache_free(c, objp[i]);
	ck_assert_uint_gt(c->nr_slabs, 0);
	while (alloc_page(m, GFP_ATOMIC)) /* these may not reclaim */
		n++;
	ck_assert_uint_gt(c->nr_slabs, 0);
	ck_assert_ptr_nonnull(alloc_page(m, GFP_KERNEL));
	ck_assert_uint_eq(c->nr_slabs, 0);
	allocators_check(m);
	machine_free(m);
}
END_TEST

/* ---- at random ---- */

#define CACHES 6u
#define OBJS_MAX 3000u

struct model {
	struct machine *m;
	struct kmem_cache *cache[CACHES];
	u32 active[CACHES];
	struct {
		u8 *p;
		u8 cache, tag;
	} obj[OBJS_MAX];
	u32 nr;
};

/* Every byte of an object carries its tag: overlaps show. */
static void assert_tag(const u8 *p, u32 size, u8 tag)
{
	for (u32 i = 0; i < size; i++)
		if (p[i] != tag)
			ck_abort_msg("byte %u of %u is %#x, not %#x", i, size, p[i], tag);
}

static void model_alloc(struct model *t, struct rnd *r)
{
	u8 i = (u8)rnd_below(r, CACHES), tag = (u8)rnd_next(r);
	u8 *p = t->nr < OBJS_MAX ? kmem_cache_alloc(t->cache[i], GFP_KERNEL) : NULL;

	if (!p)
		return;
	ck_assert_uint_eq((uintptr_t)p % t->cache[i]->align, 0);
	memset(p, tag, t->cache[i]->objsize);
	t->obj[t->nr].p = p;
	t->obj[t->nr].cache = i;
	t->obj[t->nr++].tag = tag;
	t->active[i]++;
}

static void model_free(struct model *t, u32 n)
{
	u8 i = t->obj[n].cache;

	assert_tag(t->obj[n].p, t->cache[i]->objsize, t->obj[n].tag);
	kmem_cache_free(t->cache[i], t->obj[n].p);
	t->obj[n] = t->obj[--t->nr];
	t->active[i]--;
}

static void model_check(struct model *t)
{
	for (u32 i = 0; i < CACHES; i++) {
		struct slabinfo info = info_of(t->cache[i]);

		ck_assert_uint_eq(info.active_objs, t->active[i]);
		ck_assert_uint_eq(info.num_objs, info.num_slabs * t->cache[i]->num);
		ck_assert_uint_le(info.active_slabs, info.num_slabs);
	}
	allocators_check(t->m);
}

START_TEST(random_against_what_was_written)
{
	static const struct {
		const char *name;
		u32 size, align;
	} kind[CACHES] = { { "a", 12, 0 },    { "b", 88, 64 },	{ "c", 340, 0 },
			   { "d", 1000, 16 }, { "e", 3000, 0 }, { "f", 9000, 4096 } };
	struct rnd r = rnd_start("random_against_what_was_written");
	struct model *t = calloc(1, sizeof(*t));
	u32 before;

	t->m = zoned_machine_cpus(_i ? 400 : 4096, 0, 0, _i + 1); /* the small one runs out */
	for (u32 i = 0; i < CACHES; i++)
		t->cache[i] = cache_new(t->m, kind[i].name, kind[i].size, kind[i].align);
	kmem_cache_reap(t->m);
	before = nr_free_pages(t->m);
	for (unsigned step = 0; step < 12000; step++) {
		bool grow = step / 2000 % 2 == 0;

		cpu_enter(t->m, rnd_below(&r, t->m->nr_cpus));
		if (t->nr && rnd_below(&r, 3) < (grow ? 1u : 2u))
			model_free(t, rnd_below(&r, t->nr));
		else
			model_alloc(t, &r);
		if (!rnd_below(&r, 500))
			kmem_cache_reap(t->m);
		if (step % 16 == 0)
			model_check(t);
	}
	while (t->nr)
		model_free(t, t->nr - 1);
	model_check(t);
	kmem_cache_reap(t->m);
	ck_assert_uint_eq(nr_free_pages(t->m), before);
	model_check(t);
	machine_free(t->m);
	free(t);
}
END_TEST

/* ---- validation finds what is wrong ---- */

START_TEST(validation_sees)
{
	struct machine *m = zoned_machine_cpus(320, 0, 0, 2);
	struct kmem_cache *c = cache_new(m, "test", 1000, 0);
	struct array_cache *ac = KGET(c->array[0]), *other = KGET(c->array[1]);
	struct array_cache *shared = KGET(c->shared);
	void *objp = kmem_cache_alloc(c, GFP_KERNEL);
	struct check check = { 0 };
	struct slab *slabp = list_first_entry(&c->slabs_full, struct slab, list);
	struct page *p = pfn_to_page(m, (pfn_t)(((u8 *)objp - m->ram.base) >> PAGE_SHIFT));

	ck_assert_uint_eq(list_len(&c->slabs_full), 1);
	slab_validate(m, &check);
	ck_assert_uint_eq(check.failures, 0);
	switch (_i) {
	case 0: slabp->inuse--; break;
	case 1: slabp->free = 0; break;
	case 2: c->free_objects++; break;
	case 3: c->nr_slabs++; break;
	case 4: ClearPageSlab(p); break;
	case 5: p->lru_next = 0; break;
	case 6: ac->entry[0] = ac->entry[1]; break;
	case 7: ac->entry[0] += 4; break;
	case 8: ac->avail = AC_LIMIT + 1; break;
	case 9: m->k->vm_stat[NR_SLAB_UNRECLAIMABLE]--; break;
	case 10: slabp->list.prev = 0; break;
	case 11: /* free and in the array: as after a double free */
		slabp->bufctl[0] = BUFCTL_END;
		slabp->free = 0;
		slabp->inuse--;
		list_del(&slabp->list);
		list_add(&slabp->list, &c->slabs_partial);
		c->free_objects++;
		break;
	case 12: other->entry[other->avail++] = ac->entry[0]; break;
	case 13: shared->entry[shared->avail++] = ac->entry[0]; break;
	case 14: shared->limit = SHARED_FACTOR * AC_LIMIT; break;
	}
	slab_validate(m, &check);
	ck_assert_uint_gt(check.failures, 0);
	machine_free(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slab");
	TCase *tc = tcase_create("slab");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, slabs_are_laid_out, 0, ARRAY_SIZE(layouts));
	tcase_add_test(tc, slabs_are_coloured);
	tcase_add_test(tc, frames_lead_to_cache_and_slab);
	tcase_add_test(tc, slabs_move_between_lists);
	tcase_add_test(tc, partial_slabs_are_used_before_empty_ones);
	tcase_add_test(tc, empty_slabs_beyond_the_limit_go_back);
	tcase_add_test(tc, last_freed_comes_first);
	tcase_add_test(tc, each_cpu_has_its_own_array);
	tcase_add_test(tc, cpus_share_an_array);
	tcase_add_test(tc, a_full_shared_array);
	tcase_add_test(tc, who_shares);
	tcase_add_test(tc, no_memory_for_the_arrays);
	tcase_add_test(tc, constructed_objects_are_zero);
	tcase_add_test(tc, gfp_zero_clears);
	tcase_add_test(tc, bad_caches);
	tcase_add_test(tc, caches_are_destroyed_when_empty);
	tcase_add_test(tc, the_kernels_caches_stay);
	tcase_add_test(tc, exhaustion_leaves_no_trace);
	tcase_add_test(tc, empty_slabs_are_reclaimed);
	tcase_add_loop_test(tc, random_against_what_was_written, 0, 2);
	tcase_add_loop_test(tc, validation_sees, 0, 15);
	return run_suite(s);
}

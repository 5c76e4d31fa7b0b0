// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The zoned page frame allocator, drawn frame by frame in a HighMem zone of 32 frames
 * that nobody else uses, and at random against an array of who holds what.
 */
#include <stdlib.h>
#include <string.h>

#include "mm/check.h"
#include "mm/page_alloc.h"
#include "frame_world.h"

#define HIGH 96u /* first frame of the drawn zone */

static struct machine *drawn_machine(void)
{
	return zoned_machine(HIGH + 32, 32, HIGH);
}

static void assert_strip(struct machine *m, const char *strip)
{
	ck_assert_str_eq(draw_zone(m, ZONE_HIGHMEM), strip);
	allocators_check(m);
}

static struct page *high_pages(struct machine *m, unsigned order)
{
	struct page *p = alloc_pages(m, GFP_HIGHUSER, order);

	ck_assert_ptr_nonnull(p);
	return p;
}

/* ---- buddies ---- */

START_TEST(blocks_split_and_join)
{
	struct machine *m = drawn_machine();
	struct page *a, *b, *c;

	assert_strip(m, "................................");
	a = high_pages(m, 1);
	assert_strip(m, "##1-2---3-------4---------------");
	b = high_pages(m, 2);
	assert_strip(m, "##1-####3-------4---------------");
	c = high_pages(m, 1);
	assert_strip(m, "########3-------4---------------");
	__free_pages(a, 1);
	assert_strip(m, "1-######3-------4---------------");
	__free_pages(b, 2);
	assert_strip(m, "1-##2---3-------4---------------");
	__free_pages(c, 1);
	assert_strip(m, "5-------------------------------");
	machine_free(m);
}
END_TEST

/* Neighbours of one size that are not buddies stay apart: [2,4) and [4,6). */
START_TEST(only_buddies_join)
{
	struct machine *m = drawn_machine();
	struct page *p[16];

	for (unsigned i = 0; i < 16; i++)
		p[i] = high_pages(m, 1);
	assert_strip(m, "################################");
	__free_pages(p[1], 1);
	__free_pages(p[2], 1);
	assert_strip(m, "##1-1-##########################");
	__free_pages(p[3], 1);
	assert_strip(m, "##1-2---########################");
	__free_pages(p[0], 1);
	assert_strip(m, "3-------########################");
	machine_free(m);
}
END_TEST

START_TEST(last_freed_is_used_first)
{
	struct machine *m = drawn_machine();
	struct page *p[16];

	for (unsigned i = 0; i < 16; i++)
		p[i] = high_pages(m, 1);
	__free_pages(p[4], 1);
	__free_pages(p[0], 1);
	__free_pages(p[2], 1);
	ck_assert_ptr_eq(high_pages(m, 1), p[2]);
	ck_assert_ptr_eq(high_pages(m, 1), p[0]);
	ck_assert_ptr_eq(high_pages(m, 1), p[4]);
	machine_free(m);
}
END_TEST

/* A zone of 96 to 117: its untouched blocks are 16, 4 and 1; each is used before RAM is short. */
START_TEST(frontier_at_a_ragged_end)
{
	struct machine *m = zoned_machine(HIGH + 21, 32, HIGH);

	ck_assert_str_eq(draw_blocks(&m->k->zone[ZONE_HIGHMEM]), "1 0 1 0 1");
	high_pages(m, 2);
	assert_strip(m, "####2---3-------.....");
	high_pages(m, 4); /* falls back: nothing above the frontier is so large */
	assert_strip(m, "####2---3-------.....");
	high_pages(m, 3);
	high_pages(m, 2);
	high_pages(m, 2);
	assert_strip(m, "####################.");
	ck_assert_uint_eq(page_to_pfn(high_pages(m, 0)), HIGH + 20);
	machine_free(m);
}
END_TEST

START_TEST(orders_that_do_not_exist)
{
	struct machine *m = drawn_machine();

	ck_assert_ptr_null(alloc_pages(m, GFP_HIGHUSER, MAX_ORDER));
	ck_assert_ptr_null(alloc_pages(m, GFP_HIGHUSER, 6)); /* no zone is so large */
	ck_assert_uint_eq(__get_free_pages(m, GFP_KERNEL, 31), 0);
	allocators_check(m);
	machine_free(m);
}
END_TEST

/* ---- per-CPU caches ---- */

START_TEST(single_frames_pass_through_the_cache)
{
	struct machine *m = drawn_machine();
	struct zone *z = &m->k->zone[ZONE_HIGHMEM];
	struct page *a = high_pages(m, 0), *b = high_pages(m, 0), *c = high_pages(m, 0);

	assert_strip(m, "###02---3-------4---------------");
	ck_assert_uint_eq(z->stat[NR_ALLOC_MISS], 3);
	__free_page(a);
	__free_page(b);
	assert_strip(m, "cc#02---3-------4---------------");
	__free_page(c); /* above high: the one freed longest ago goes back */
	assert_strip(m, "0cc02---3-------4---------------");
	ck_assert_ptr_eq(high_pages(m, 0), c);
	ck_assert_ptr_eq(high_pages(m, 0), b);
	ck_assert_uint_eq(z->stat[NR_ALLOC_HIT], 2);
	__free_page(b);
	__free_page(c);
	drain_local_pages(m);
	assert_strip(m, "5-------------------------------");
	machine_free(m);
}
END_TEST

/* Each CPU has its own, last in, first out; one looks into another's only by draining it. */
START_TEST(each_cpu_has_its_own_cache)
{
	struct machine *m = zoned_machine_cpus(HIGH + 32, 32, HIGH, 2);
	struct zone *z = &m->k->zone[ZONE_HIGHMEM];
	struct page *a = high_pages(m, 0), *b = high_pages(m, 0), *c = high_pages(m, 0);

	__free_page(a);
	__free_page(b);
	cpu_enter(m, 1);
	__free_page(c);
	ck_assert_uint_eq(z->pageset[0].list.nr, 2);
	ck_assert_uint_eq(z->pageset[1].list.nr, 1);
	ck_assert_uint_eq(alloc_page_peek(m, GFP_HIGHUSER, 0), page_to_pfn(c));
	ck_assert_ptr_eq(high_pages(m, 0), c);
	ck_assert_uint_eq(page_to_pfn(high_pages(m, 0)), HIGH + 3); /* not a, not b */
	assert_strip(m, "cc##2---3-------4---------------");
	cpu_enter(m, 0);
	ck_assert_ptr_eq(high_pages(m, 0), b);
	cpu_enter(m, 1);
	drain_local_pages(m);
	ck_assert_uint_eq(z->pageset[0].list.nr, 1);
	drain_all_pages(m);
	ck_assert_uint_eq(z->pageset[0].list.nr, 0);
	allocators_check(m);
	machine_free(m);
}
END_TEST

/* Before a request fails, what lies in other CPUs' caches is given back. */
START_TEST(a_short_cpu_drains_the_others)
{
	struct machine *m = zoned_machine_cpus(HIGH + 32, 32, HIGH, 4);
	struct page *page[NR_CPUS][2];

	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++) {
		cpu_enter(m, cpu);
		for (unsigned i = 0; i < 2; i++)
			page[cpu][i] = high_pages(m, 0);
	}
	while (alloc_page(m, GFP_HIGHUSER))
		continue;
	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++) {
		cpu_enter(m, cpu);
		for (unsigned i = 0; i < 2; i++)
			__free_page(page[cpu][i]);
	}
	cpu_enter(m, 1);
	for (unsigned i = 0; i < 8 - m->k->zone[ZONE_HIGHMEM].pages_min; i++)
		ck_assert_ptr_nonnull(alloc_page(m, GFP_HIGHUSER));
	allocators_check(m);
	machine_free(m);
}
END_TEST

START_TEST(cold_requests_take_the_other_end)
{
	struct machine *m = drawn_machine();
	struct page *a = high_pages(m, 0), *b = high_pages(m, 0);

	__free_page(a);
	__free_page(b);
	ck_assert_ptr_eq(alloc_page(m, GFP_HIGHUSER | __GFP_COLD), a);
	ck_assert_ptr_eq(alloc_page(m, GFP_HIGHUSER), b);
	machine_free(m);
}
END_TEST

START_TEST(a_batch_is_ascending)
{
	struct machine *m = small_machine(1u << 16);
	u32 first = page_to_pfn(alloc_page(m, GFP_KERNEL));

	drain_local_pages(m);
	for (u32 i = 1; i < 31; i++)
		ck_assert_uint_gt(page_to_pfn(alloc_page(m, GFP_KERNEL)), first);
	machine_free(m);
}
END_TEST

/* ---- zones ---- */

/* Every frame that such requests can have, in the order they come. */
static u32 exhaust(struct machine *m, gfp_t gfp, struct page **pages)
{
	u32 n = 0;

	while ((pages[n] = alloc_page(m, gfp)))
		n++;
	return n;
}

static void free_all(struct page **pages, u32 n)
{
	while (n)
		__free_page(pages[--n]);
}

START_TEST(requests_fall_back_to_lower_zones)
{
	struct machine *m = drawn_machine();
	struct page *pages[HIGH + 32];
	u32 n = exhaust(m, GFP_HIGHUSER, pages), zone = ZONE_HIGHMEM;

	for (u32 i = 0; i < n; i++) {
		u32 z = (u32)(page_zone(pages[i]) - m->k->zone);

		ck_assert_uint_le(z, zone);
		zone = z;
	}
	ck_assert_uint_eq(zone, ZONE_DMA);
	/* One frame in 32 of HighMem is kept in Normal for those who can use no other. */
	ck_assert_uint_eq(m->k->zone[ZONE_NORMAL].lowmem_reserve[ZONE_HIGHMEM], 1);
	ck_assert_uint_eq(nr_free_pages(m), 1);
	allocators_check(m);
	free_all(pages, n);
	machine_free(m);
}
END_TEST

START_TEST(requests_never_go_up)
{
	struct machine *m = drawn_machine();
	struct page *pages[HIGH + 32];

	exhaust(m, GFP_DMA, pages);
	ck_assert_uint_eq(m->k->zone[ZONE_DMA].free_pages, 0);
	ck_assert_uint_gt(m->k->zone[ZONE_NORMAL].free_pages, 0);
	exhaust(m, GFP_KERNEL, pages);
	ck_assert_uint_eq(m->k->zone[ZONE_NORMAL].free_pages, 0);
	assert_strip(m, "................................");
	machine_free(m);
}
END_TEST

/* Marks are respected, __GFP_HIGH goes lower, __GFP_NOFAIL to the end. */
START_TEST(watermarks_keep_frames_back)
{
	struct machine *m = small_machine(4096);
	struct zone *z = &m->k->zone[ZONE_DMA];
	struct page **pages = calloc(4096, sizeof(*pages));
	u32 n;

	m->k->sysctl[SYSCTL_MIN_FREE_KBYTES] = 400;
	setup_per_zone_pages_min(m);
	ck_assert_uint_eq(z->pages_min, 100);
	n = exhaust(m, GFP_KERNEL, pages);
	ck_assert_uint_eq(z->free_pages, 100);
	n += exhaust(m, GFP_KERNEL | __GFP_HIGH, pages + n);
	ck_assert_uint_eq(z->free_pages, 50);
	n += exhaust(m, GFP_ATOMIC, pages + n);
	ck_assert_uint_eq(z->free_pages, 38);
	n += exhaust(m, GFP_KERNEL | __GFP_NOFAIL, pages + n);
	ck_assert_uint_eq(nr_free_pages(m), 0);
	allocators_check(m);
	free_all(pages, n);
	allocators_check(m);
	free(pages);
	machine_free(m);
}
END_TEST

START_TEST(lower_zones_are_reserved_for_those_who_need_them)
{
	struct machine *m = small_machine(16384);
	struct page **pages = calloc(16384, sizeof(*pages));
	struct zone *dma = &m->k->zone[ZONE_DMA];
	u32 kept = dma->lowmem_reserve[ZONE_NORMAL];

	ck_assert_uint_gt(kept, 0);
	exhaust(m, GFP_KERNEL, pages);
	ck_assert_uint_eq(dma->free_pages, dma->pages_min + kept);
	ck_assert_ptr_nonnull(alloc_page(m, GFP_KERNEL | GFP_DMA));
	free(pages);
	machine_free(m);
}
END_TEST

/* The state that a shell can see: buddyinfo of each zone. */
static void blocks_of(const struct machine *m, u32 blocks[MAX_NR_ZONES][MAX_ORDER])
{
	for (unsigned z = 0; z < MAX_NR_ZONES; z++)
		for (unsigned o = 0; o < MAX_ORDER; o++)
			blocks[z][o] = zone_free_blocks(&m->k->zone[z], o);
}

/* All of RAM is used up; given back, it is as it was. */
START_TEST(exhaustion_leaves_no_trace)
{
	u32 before[MAX_NR_ZONES][MAX_ORDER], after[MAX_NR_ZONES][MAX_ORDER];
	struct machine *m = zoned_machine(4096, 512, 2048);
	struct page **pages = calloc(4096, sizeof(*pages));
	u32 n;

	kmem_cache_reap(m);
	blocks_of(m, before);
	n = exhaust(m, GFP_HIGHUSER | __GFP_NOFAIL, pages);
	ck_assert_uint_eq(nr_free_pages(m), 0);
	ck_assert_ptr_null(alloc_page(m, GFP_ATOMIC));
	allocators_check(m);
	free_all(pages, n);
	drain_local_pages(m);
	allocators_check(m);
	blocks_of(m, after);
	ck_assert_mem_eq(before, after, sizeof(before));
	free(pages);
	machine_free(m);
}
END_TEST

/* ---- zeroes ---- */

static bool all_zero(const struct page *p)
{
	static const u8 zero[PAGE_SIZE];

	return !memcmp(page_address(p), zero, PAGE_SIZE);
}

START_TEST(zeroed_frames_are_zero)
{
	struct machine *m = drawn_machine();
	struct page *p = high_pages(m, 2);

	ck_assert(all_zero(p) && all_zero(p + 3)); /* never used */
	memset(page_address(p + 3), 0xff, PAGE_SIZE);
	__free_pages(p, 2);
	ck_assert_ptr_eq(high_pages(m, 2), p);
	ck_assert(!all_zero(p + 3)); /* nobody asked */
	__free_pages(p, 2);
	ck_assert_ptr_eq(alloc_pages(m, GFP_HIGHUSER | __GFP_ZERO, 2), p);
	ck_assert(all_zero(p + 3));
	machine_free(m);
}
END_TEST

/* What its last user left zero is believed to be, as this user's lie shows. */
START_TEST(frames_known_to_be_zero_are_not_cleared)
{
	struct machine *m = drawn_machine();
	struct page *p = high_pages(m, 0);

	memset(page_address(p), 0xff, PAGE_SIZE);
	free_zeroed_page(p);
	ck_assert_ptr_eq(alloc_page(m, GFP_HIGHUSER | __GFP_ZERO), p);
	ck_assert(!all_zero(p));
	__free_page(p);
	ck_assert_ptr_eq(alloc_page(m, GFP_HIGHUSER | __GFP_ZERO), p);
	ck_assert(all_zero(p));
	machine_free(m);
}
END_TEST

/* ---- giving memory back to the host ---- */

/* 40 blocks of 4 MiB in HighMem, all written; 16 keep their memory, the rest read zero. */
START_TEST(idle_blocks_go_back_to_the_host)
{
	enum { LOW = 4096, BLOCKS = 40, ORDER = MAX_ORDER - 1 };
	struct machine *m = zoned_machine(LOW + ((BLOCKS + 1) << ORDER), 1024, LOW);
	struct zone *z = &m->k->zone[ZONE_HIGHMEM];
	struct page *block[BLOCKS];
	u32 resident = 0;

	for (unsigned i = 0; i < BLOCKS; i++) {
		block[i] = high_pages(m, ORDER);
		*(u8 *)page_address(block[i] + 1000) = 1;
	}
	ck_assert_uint_eq(z->free_pages, 1u << ORDER); /* the watermarks want one to stay */
	for (unsigned i = 0; i < BLOCKS; i++)
		__free_pages(block[i], ORDER);
	ck_assert_uint_eq(z->idle_used, 16);
	allocators_check(m);
	for (unsigned i = 0; i < BLOCKS; i++) {
		u8 byte = *(u8 *)page_address(block[i] + 1000);

		ck_assert_uint_eq(byte, PageResident(block[i]));
		ck_assert_uint_eq(byte, PageUsed(block[i] + 1000));
		resident += byte;
	}
	ck_assert_uint_eq(resident, 16);
	/* Those that cost nothing come first. */
	for (unsigned i = 0; i < 16; i++)
		ck_assert_uint_eq(*(u8 *)page_address(high_pages(m, ORDER) + 1000), 1);
	ck_assert_uint_eq(z->idle_used, 0);
	allocators_check(m);
	machine_free(m);
}
END_TEST

/* ---- by address ---- */

START_TEST(frames_by_address)
{
	struct machine *m = drawn_machine();
	u32 before = nr_free_pages(m);
	kva_t a = __get_free_pages(m, GFP_KERNEL, 1), b = __get_dma_pages(m, GFP_KERNEL, 0), c;

	ck_assert_uint_eq(a % (2 * PAGE_SIZE), 0);
	ck_assert_uint_ge(a, PAGE_OFFSET);
	ck_assert_uint_lt(b, PAGE_OFFSET + 32 * PAGE_SIZE);
	memset(kva_ptr(m->mem_map, a), 0xff, 2 * PAGE_SIZE);
	free_pages(m, a, 1);
	c = get_zeroed_page(m, GFP_KERNEL);
	ck_assert(all_zero(pfn_to_page(m, (c & LOWMEM_MASK) >> PAGE_SHIFT)));
	free_pages(m, b, 0);
	free_pages(m, c, 0);
	free_pages(m, 0, 3);
	ck_assert_uint_eq(nr_free_pages(m), before);
	allocators_check(m);
	machine_free(m);
}
END_TEST

START_TEST(events_are_counted)
{
	struct machine *m = drawn_machine();
	const u64 *e = m->k->vm_event;
	u64 high = e[PGALLOC_HIGH], normal = e[PGALLOC_NORMAL], dma = e[PGALLOC_DMA],
	    freed = e[PGFREE];

	__free_pages(high_pages(m, 3), 3);
	alloc_page(m, GFP_KERNEL);
	__free_page(alloc_page(m, GFP_DMA));
	ck_assert_uint_eq(e[PGALLOC_HIGH] - high, 8);
	ck_assert_uint_eq(e[PGALLOC_NORMAL] - normal, 1);
	ck_assert_uint_eq(e[PGALLOC_DMA] - dma, 1);
	ck_assert_uint_eq(e[PGFREE] - freed, 9);
	machine_free(m);
}
END_TEST

/* ---- at random ---- */

#define HOLDS_MAX 400u

/* Blocks held, and who holds each frame: 0 nobody, else 1 + index of the hold. */
struct model {
	struct machine *m;
	struct hold {
		struct page *page;
		unsigned order;
	} hold[HOLDS_MAX];
	unsigned nr;
	u32 held;
	bool taken[8192];
};

static const gfp_t kinds[] = { GFP_HIGHUSER, GFP_KERNEL, GFP_DMA | GFP_KERNEL, GFP_ATOMIC,
			       GFP_HIGHUSER | __GFP_ZERO };

static void model_alloc(struct model *t, struct rnd *r)
{
	gfp_t gfp = kinds[rnd_below(r, ARRAY_SIZE(kinds))];
	unsigned order = rnd_below(r, 4) ? rnd_below(r, 3) : rnd_below(r, MAX_ORDER);
	struct page *page = t->nr < HOLDS_MAX ? alloc_pages(t->m, gfp, order) : NULL;
	pfn_t pfn;

	if (!page)
		return;
	pfn = page_to_pfn(page);
	ck_assert_uint_eq(pfn & ((1u << order) - 1), 0);
	ck_assert_uint_le(page_zone(page) - t->m->k->zone, gfp_zone(gfp));
	ck_assert_ptr_eq(page_zone(page), page_zone(page + (1u << order) - 1));
	for (pfn_t i = pfn; i < pfn + (1u << order); i++) {
		ck_assert(!t->taken[i] && !PageReserved(pfn_to_page(t->m, i)));
		ck_assert(!(gfp & __GFP_ZERO) || all_zero(pfn_to_page(t->m, i)));
		memset(page_address(pfn_to_page(t->m, i)), 0x5a, 64);
		t->taken[i] = true;
	}
	t->hold[t->nr++] = (struct hold){ page, order };
	t->held += 1u << order;
}

static void model_free(struct model *t, unsigned i)
{
	struct hold h = t->hold[i];
	pfn_t pfn = page_to_pfn(h.page);

	memset(t->taken + pfn, 0, 1u << h.order);
	__free_pages(h.page, h.order);
	t->hold[i] = t->hold[--t->nr];
	t->held -= 1u << h.order;
}

/* Frames, zone ends of the machines. */
static const u32 worlds[][3] = {
	{ 128, 32, 96 }, { 777, 100, 555 }, { 4096, 300, 2222 }, { 8192, 4096, 6000 }
};

START_TEST(random_against_a_model)
{
	struct rnd r = rnd_start("random_against_a_model");
	const u32 *w = worlds[_i];
	struct model *t = calloc(1, sizeof(*t));
	u32 before[MAX_NR_ZONES][MAX_ORDER], after[MAX_NR_ZONES][MAX_ORDER], all;

	t->m = zoned_machine_cpus(w[0], w[1], w[2], _i % 2 ? 4 : 1);
	kmem_cache_reap(t->m);
	all = nr_free_pages(t->m);
	blocks_of(t->m, before);
	for (unsigned step = 0; step < 4000; step++) {
		bool grow = step / 300 % 2 == 0;

		cpu_enter(t->m, rnd_below(&r, t->m->nr_cpus));
		if (t->nr && rnd_below(&r, 3) < (grow ? 1u : 2u))
			model_free(t, rnd_below(&r, t->nr));
		else
			model_alloc(t, &r);
		if (!rnd_below(&r, 100))
			drain_local_pages(t->m);
		ck_assert_uint_eq(nr_free_pages(t->m), all - t->held);
		allocators_check(t->m);
	}
	while (t->nr)
		model_free(t, t->nr - 1);
	drain_all_pages(t->m);
	blocks_of(t->m, after);
	ck_assert_mem_eq(before, after, sizeof(before));
	allocators_check(t->m);
	machine_free(t->m);
	free(t);
}
END_TEST

/* What alloc_page_peek promises is what the allocator does, whatever happened before. */
START_TEST(peek_tells_the_truth)
{
	struct rnd r = rnd_start("peek_tells_the_truth");
	const u32 *w = worlds[_i];
	struct machine *m = zoned_machine_cpus(w[0], w[1], w[2], 2);
	struct page *held[64];
	u32 told = 0, asked = 0;

	for (unsigned round = 0; round < 300; round++) {
		gfp_t gfp = kinds[rnd_below(&r, ARRAY_SIZE(kinds))];
		pfn_t promised[64];
		unsigned n = rnd_below(&r, 64), got;

		cpu_enter(m, rnd_below(&r, 2));
		for (unsigned i = 0; i < n; i++)
			promised[i] = alloc_page_peek(m, gfp, i);
		for (got = 0; got < n; got++) {
			held[got] = alloc_page(m, gfp);
			if (!held[got])
				break;
			asked++;
			told += promised[got] != 0;
			if (promised[got])
				ck_assert_uint_eq(page_to_pfn(held[got]), promised[got]);
		}
		while (got--)
			if (rnd_below(&r, 40)) /* a few are kept for good */
				__free_page(held[got]);
	}
	ck_assert_uint_gt(told, asked / 2);
	allocators_check(m);
	machine_free(m);
}
END_TEST

/* Down to the mark and over it, where caches are refilled by more than one frame. */
START_TEST(peek_near_the_mark)
{
	struct machine *m = small_machine(24576);
	const struct zone *z = &m->k->zone[ZONE_NORMAL];
	pfn_t promised[200];
	u32 told = 0;

	ck_assert_uint_gt(z->pageset[0].batch, 1);
	while (z->free_pages > z->pages_low + 60)
		alloc_page(m, GFP_KERNEL);
	for (u32 skip = 0; skip < 200; skip++)
		promised[skip] = alloc_page_peek(m, GFP_KERNEL, skip);
	for (u32 skip = 0; skip < 200; skip++) {
		pfn_t pfn = page_to_pfn(alloc_page(m, GFP_KERNEL));

		told += promised[skip] != 0;
		ck_assert(!promised[skip] || promised[skip] == pfn);
	}
	ck_assert_uint_ge(told, 50);
	ck_assert_uint_lt(told, 200); /* the zone changes on the way */
	machine_free(m);
}
END_TEST

/* The same requests make the same bytes: no host address is in RAM. */
START_TEST(two_machines_are_alike)
{
	struct machine *a = small_machine(512), *b = small_machine(512);

	for (unsigned i = 0; i < 40; i++) {
		struct page *pa = alloc_pages(a, GFP_KERNEL, i % 3);
		struct page *pb = alloc_pages(b, GFP_KERNEL, i % 3);

		if (i % 2) {
			__free_pages(pa, i % 3);
			__free_pages(pb, i % 3);
		}
	}
	ck_assert_mem_eq(a->ram.base, b->ram.base, a->ram.size);
	machine_free(a);
	machine_free(b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("page_alloc");
	TCase *tc = tcase_create("page_alloc");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, blocks_split_and_join);
	tcase_add_test(tc, only_buddies_join);
	tcase_add_test(tc, last_freed_is_used_first);
	tcase_add_test(tc, frontier_at_a_ragged_end);
	tcase_add_test(tc, orders_that_do_not_exist);
	tcase_add_test(tc, single_frames_pass_through_the_cache);
	tcase_add_test(tc, each_cpu_has_its_own_cache);
	tcase_add_test(tc, a_short_cpu_drains_the_others);
	tcase_add_test(tc, cold_requests_take_the_other_end);
	tcase_add_test(tc, a_batch_is_ascending);
	tcase_add_test(tc, requests_fall_back_to_lower_zones);
	tcase_add_test(tc, requests_never_go_up);
	tcase_add_test(tc, watermarks_keep_frames_back);
	tcase_add_test(tc, lower_zones_are_reserved_for_those_who_need_them);
	tcase_add_test(tc, exhaustion_leaves_no_trace);
	tcase_add_test(tc, zeroed_frames_are_zero);
	tcase_add_test(tc, frames_known_to_be_zero_are_not_cleared);
	tcase_add_test(tc, idle_blocks_go_back_to_the_host);
	tcase_add_test(tc, frames_by_address);
	tcase_add_test(tc, events_are_counted);
	tcase_add_loop_test(tc, random_against_a_model, 0, ARRAY_SIZE(worlds));
	tcase_add_loop_test(tc, peek_tells_the_truth, 0, ARRAY_SIZE(worlds));
	tcase_add_test(tc, peek_near_the_mark);
	tcase_add_test(tc, two_machines_are_alike);
	return run_suite(s);
}

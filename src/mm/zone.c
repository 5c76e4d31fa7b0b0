// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory zones: their extent, watermarks and reserves.  ULK ch. 8, "Memory Zones",
 * "The Pool of Reserved Page Frames", "The Zone Allocator".
 *
 *   zone_start_pfn          frontier                  zone end
 *       | reserved, in use,    |  free, never touched,   |
 *       | in lists or caches   |  in no list             |
 *
 * Starting a machine touches no descriptor of a free frame: what lies above the
 * frontier counts as the blocks that the buddy system would make of it.
 *
 * Invariants (zone_validate): a block in a list is aligned, lies below the frontier
 * and has no free buddy of its size; lists, per-CPU caches and the frontier add up to
 * free_pages; no descriptor above the frontier was ever written.
 */
#include <string.h>

#include "mm/check.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"

/* A zone smaller than this is drawn by a test: caches and watermarks must leave it visible. */
#define TINY_ZONE 1024u
#define TINY_LOWMEM 4096u /* frames */

struct zone *page_zone(const struct page *p)
{
	struct machine *m = machine_of(p);
	struct zone *zone = m->k->zone;
	pfn_t pfn = (pfn_t)(p - m->mem_map);

	if (pfn >= zone[ZONE_HIGHMEM].zone_start_pfn)
		return &zone[ZONE_HIGHMEM];
	return &zone[pfn >= zone[ZONE_NORMAL].zone_start_pfn ? ZONE_NORMAL : ZONE_DMA];
}

u32 zone_free_blocks(const struct zone *z, unsigned order)
{
	u32 n = z->free_area[order].free_list.nr;
	pfn_t pfn = z->frontier, end = zone_end_pfn(z);

	while (pfn < end) {
		unsigned o = block_order(pfn, end);
		u32 run = o == MAX_ORDER - 1 ? (end - pfn) >> o : 1;

		n += o == order ? run : 0;
		pfn += run << o;
	}
	return n;
}

/* Linux's sizes: a thousandth of the zone, 256 KiB at most, a quarter of it at a time. */
static u32 pageset_batch(u32 present)
{
	u32 batch = present / 1024;

	batch = (batch > 64 ? 64 : batch) / 4;
	if (!batch)
		return 1;
	return (2u << (31 - __builtin_clz(batch + batch / 2))) - 1;
}

static void pagesets_init(struct zone *z)
{
	u32 batch = pageset_batch(z->present_pages);

	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++) {
		z->pageset[cpu].batch = batch;
		z->pageset[cpu].high = z->present_pages < TINY_ZONE ? 2 : 6 * batch;
	}
}

/* Frames of [@start, @end) that are RAM and not a hole. */
static u32 present_frames(const struct machine *m, pfn_t start, pfn_t end)
{
	u32 n = 0;

	for (unsigned i = 0; i < m->e820.nr; i++) {
		const struct e820_entry *e = &m->e820.entry[i];
		u64 from = (e->start + PAGE_SIZE - 1) >> PAGE_SHIFT, to = e->end >> PAGE_SHIFT;

		if (e->type != E820_RAM)
			continue;
		from = from > start ? from : start;
		to = to < end ? to : end;
		n += from < to ? (u32)(to - from) : 0;
	}
	return n;
}

static void zone_init(struct machine *m, enum zone_type type, pfn_t start, pfn_t end)
{
	static const char names[MAX_NR_ZONES][8] = { "DMA", "Normal", "HighMem" };
	struct zone *z = &m->k->zone[type];

	memcpy(z->name, names[type], sizeof(z->name));
	z->zone_start_pfn = z->frontier = start;
	z->spanned_pages = z->managed_pages = z->free_pages = end - start;
	z->present_pages = present_frames(m, start, end);
	pagesets_init(z);
}

/* Frame 0, which no list can hold, and what no RAM answers for, named by the memory map or not. */
static void reserve_holes(struct machine *m)
{
	pfn_t done = 1;

	reserve_frames(m, 0, done);
	for (unsigned i = 0; i < m->e820.nr; i++) {
		const struct e820_entry *e = &m->e820.entry[i];

		if (e->type != E820_RAM)
			continue;
		reserve_frames(m, done, (pfn_t)((e->start + PAGE_SIZE - 1) >> PAGE_SHIFT));
		done = (pfn_t)(e->end >> PAGE_SHIFT);
	}
	reserve_frames(m, done, m->k->nr_frames);
}

void zones_init(struct machine *m, pfn_t dma_end, pfn_t lowmem_end)
{
	pfn_t end = m->k->nr_frames;

	lowmem_end = lowmem_end < end ? lowmem_end : end;
	dma_end = dma_end < lowmem_end ? dma_end : lowmem_end;
	zone_init(m, ZONE_DMA, 0, dma_end);
	zone_init(m, ZONE_NORMAL, dma_end, lowmem_end);
	zone_init(m, ZONE_HIGHMEM, lowmem_end, end);
	reserve_holes(m);
	setup_per_zone_pages_min(m);
}

static u32 lowmem_frames(const struct machine *m)
{
	return m->k->zone[ZONE_DMA].managed_pages + m->k->zone[ZONE_NORMAL].managed_pages;
}

static u32 int_sqrt(u32 x)
{
	u32 root = 0;

	for (u32 bit = 1u << 15; bit; bit >>= 1)
		if ((u64)(root + bit) * (root + bit) <= x)
			root += bit;
	return root;
}

u32 min_free_kbytes(const struct machine *m)
{
	u32 frames = lowmem_frames(m), kbytes;

	if (sysctl(m, SYSCTL_MIN_FREE_KBYTES) != SYSCTL_AS_BOOTED)
		return sysctl(m, SYSCTL_MIN_FREE_KBYTES);
	if (frames < TINY_LOWMEM)
		return frames / 128 * (PAGE_SIZE / 1024);
	kbytes = int_sqrt(frames * (PAGE_SIZE / 1024) * 16);
	return kbytes < 128 ? 128 : kbytes > 65536 ? 65536 : kbytes;
}

/* High memory serves no request of the kernel's own: a token reserve is enough. */
static u32 highmem_pages_min(const struct zone *z)
{
	u32 min = z->managed_pages / 1024, tiny = z->managed_pages / 128;

	min = min < 32 ? 32 : min > 128 ? 128 : min;
	return min < tiny ? min : tiny;
}

/* A lower zone keeps one frame in so many of those above it from requests that they may serve. */
static void setup_lowmem_reserve(struct machine *m)
{
	struct zone *zone = m->k->zone;

	for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
		u32 above = 0, ratio = m->k->sysctl[SYSCTL_LOWMEM_RESERVE_RATIO + i];

		for (unsigned j = 0; j < MAX_NR_ZONES; j++) {
			if (j > i)
				above += zone[j].managed_pages;
			zone[i].lowmem_reserve[j] = j > i && ratio ? above / ratio : 0;
		}
	}
}

void setup_per_zone_pages_min(struct machine *m)
{
	u32 lowmem = lowmem_frames(m), min = min_free_kbytes(m) / (PAGE_SIZE / 1024);

	for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
		struct zone *z = &m->k->zone[i];

		if (i == ZONE_HIGHMEM)
			z->pages_min = highmem_pages_min(z);
		else
			z->pages_min = lowmem ? (u32)((u64)min * z->managed_pages / lowmem) : 0;
		z->pages_low = z->pages_min + z->pages_min / 4;
		z->pages_high = z->pages_min + z->pages_min / 2;
	}
	setup_lowmem_reserve(m);
}

bool zone_watermark_ok(const struct zone *z, unsigned order, u32 mark, enum zone_type classzone,
		       gfp_t gfp)
{
	s64 min = mark, free = (s64)z->free_pages - (1 << order) + 1;

	if (gfp & __GFP_HIGH)
		min -= min / 2;
	if (!(gfp & __GFP_WAIT))
		min -= min / 4;
	if (free <= min + z->lowmem_reserve[classzone])
		return false;
	for (unsigned o = 0; o < order; o++) {
		free -= (s64)zone_free_blocks(z, o) << o;
		min >>= 1;
		if (free <= min)
			return false;
	}
	return true;
}

/* ---- validation ---- */

/* What a walk over the descriptors below the frontier found. */
struct zone_sum {
	u32 blocks[MAX_ORDER];
	u32 pcp, reserved, resident;
};

/* Frames inside a free block: nobody's, and part of no other block. */
static void check_block_inside(const struct machine *m, struct check *c, pfn_t first,
			       unsigned order)
{
	for (pfn_t pfn = first + 1; pfn < first + (1u << order); pfn++) {
		const struct page *p = m->mem_map + pfn;

		check_that(c, !(p->flags & ~(1u << PG_used)) && !p->_count && !p->_mapcount,
			   "frame %u: flags %#x count %d inside the free block at %u", pfn,
			   p->flags, p->_count, first);
	}
}

static bool is_free_block(const struct machine *m, const struct zone *z, pfn_t pfn, unsigned order)
{
	const struct page *p = m->mem_map + pfn;

	return pfn >= z->zone_start_pfn && pfn < z->frontier && PageBuddy(p) && p->private == order;
}

/* Returns the block's frames. */
static u32 check_block(const struct machine *m, struct check *c, const struct zone *z, pfn_t pfn,
		       struct zone_sum *sum)
{
	const struct page *p = m->mem_map + pfn;
	u32 order = p->private;

	if (order >= MAX_ORDER || pfn & ((1u << order) - 1) || z->frontier - pfn < 1u << order) {
		check_fail(c, "%s: free block at %u of order %u is not aligned or too long",
			   z->name, pfn, order);
		return 1;
	}
	check_that(c, !p->_count && !p->_mapcount, "frame %u: free with count %d mapcount %d", pfn,
		   p->_count, p->_mapcount);
	check_that(c, order == MAX_ORDER - 1 || !is_free_block(m, z, pfn ^ (1u << order), order),
		   "%s: blocks at %u and its buddy of order %u are both free", z->name, pfn, order);
	check_that(c, !PageResident(p) || order == MAX_ORDER - 1,
		   "frame %u: PG_resident at order %u", pfn, order);
	check_block_inside(m, c, pfn, order);
	sum->blocks[order]++;
	sum->resident += PageResident(p);
	return 1u << order;
}

/* Walk all descriptors below the frontier. */
static void check_frames(const struct machine *m, struct check *c, const struct zone *z,
			 struct zone_sum *sum)
{
	for (pfn_t pfn = z->zone_start_pfn; pfn < z->frontier;) {
		const struct page *p = m->mem_map + pfn;

		check_that(c, !PagePcp(p) || !(PageBuddy(p) || PageReserved(p) || p->_count),
			   "frame %u: flags %#x count %d in a per-CPU cache", pfn, p->flags,
			   p->_count);
		sum->pcp += PagePcp(p);
		sum->reserved += PageReserved(p);
		pfn += PageBuddy(p) ? check_block(m, c, z, pfn, sum) : 1;
	}
}

/* The list's links and count hold, and every frame in it has @flag (and @order). */
static void check_list(const struct machine *m, struct check *c, const struct zone *z,
		       const struct page_list *l, enum pageflags flag, u32 order)
{
	u32 n = 0, prev = 0;

	for (u32 pfn = l->first; pfn; prev = pfn, pfn = m->mem_map[pfn].lru_next) {
		const struct page *p = m->mem_map + pfn;

		if (pfn < z->zone_start_pfn || pfn >= z->frontier || n++ >= l->nr) {
			check_fail(c, "%s: list of order %u is broken at %u", z->name, order, pfn);
			return;
		}
		check_that(c, p->flags & 1u << flag && p->lru_prev == prev && p->private == order,
			   "%s: frame %u: flags %#x order %u does not belong in list of order %u",
			   z->name, pfn, p->flags, p->private, order);
	}
	check_that(c, n == l->nr && l->last == prev, "%s: list of order %u counts %u, has %u",
		   z->name, order, l->nr, n);
}

static void check_untouched(const struct machine *m, struct check *c, const struct zone *z)
{
	static const struct page never_used;
	pfn_t end = zone_end_pfn(z);

	/* A stray write comes soon behind the frontier; more would touch all of mem_map. */
	for (pfn_t pfn = z->frontier; pfn < end && pfn < z->frontier + 1024; pfn++)
		check_that(c, !memcmp(m->mem_map + pfn, &never_used, sizeof(never_used)),
			   "frame %u: above the frontier %u, but not untouched", pfn, z->frontier);
}

static void check_sums(struct check *c, const struct zone *z, const struct zone_sum *sum)
{
	u32 free = zone_end_pfn(z) - z->frontier, pcp = 0;

	for (unsigned o = 0; o < MAX_ORDER; o++) {
		u32 nr = z->free_area[o].free_list.nr;

		check_that(c, sum->blocks[o] == nr, "%s: %u free blocks of order %u, list has %u",
			   z->name, sum->blocks[o], o, nr);
		free += nr << o;
	}
	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++) /* those that do not exist: none */
		pcp += z->pageset[cpu].list.nr;
	check_that(c, free == z->free_pages, "%s: free_pages %u, blocks hold %u", z->name,
		   z->free_pages, free);
	check_that(c, pcp == sum->pcp, "%s: per-CPU caches hold %u, %u are flagged", z->name, pcp,
		   sum->pcp);
	check_that(c, z->idle_used == sum->resident, "%s: idle_used %u, %u blocks are flagged",
		   z->name, z->idle_used, sum->resident);
	check_that(c, z->managed_pages <= z->present_pages,
		   "%s: managed_pages %u, only %u are present", z->name, z->managed_pages,
		   z->present_pages);
	check_that(c, z->managed_pages + sum->reserved == z->spanned_pages,
		   "%s: managed %u + reserved %u is not spanned %u", z->name, z->managed_pages,
		   sum->reserved, z->spanned_pages);
}

void zone_validate(struct machine *m, struct check *c)
{
	for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
		const struct zone *z = &m->k->zone[i];
		struct zone_sum sum = { 0 };

		if (z->frontier < z->zone_start_pfn || z->frontier > zone_end_pfn(z)) {
			check_fail(c, "%s: frontier %u is outside", z->name, z->frontier);
			continue;
		}
		check_frames(m, c, z, &sum);
		for (unsigned o = 0; o < MAX_ORDER; o++)
			check_list(m, c, z, &z->free_area[o].free_list, PG_buddy, o);
		for (unsigned cpu = 0; cpu < NR_CPUS; cpu++)
			check_list(m, c, z, &z->pageset[cpu].list, PG_pcp, 0);
		check_sums(c, z, &sum);
		check_untouched(m, c, z);
	}
}

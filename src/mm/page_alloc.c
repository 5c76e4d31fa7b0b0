// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The zoned page frame allocator: zone list, per-CPU caches, buddy system.
 * ULK ch. 8, "The Zoned Page Frame Allocator", "The Buddy System Algorithm",
 * "The Per-CPU Page Frame Cache".
 *
 *   alloc_pages     -> get_page_from_zones     which zone? watermarks
 *   buffered_rmqueue                            one frame: per-CPU cache, refilled by batch
 *   __rmqueue       -> expand                   smallest block that fits, upper halves back
 *                   -> take_from_frontier       what was never used
 *
 *   split of order 3 for order 1:   |AA......|  ->  |AA|bb|cccc|   bb, cccc to the lists
 *   coalescing: the buddy of a block of order k at frame n is at n ^ (1 << k)
 *
 * Frames come back last in, first out.  PG_used remembers, free or not, whether a
 * frame's bytes may be other than zero; only such frames are cleared for __GFP_ZERO.
 * Whole blocks of the largest order that lie idle go back to the host beyond the first
 * few of a zone, and come out as never used.
 *
 * Left out: mobility types (ULK's 2.6.11 has none).
 */
#include <assert.h>
#include <string.h>

#include "mm/kasan.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"
#include "mm/trace.h"
#include "mm/vmscan.h"

#define MAX_BLOCK (1u << (MAX_ORDER - 1))
#define IDLE_USED_MAX 16u /* idle blocks of the largest order that keep host memory, a zone */

/* What no frame may still be when it is freed. */
#define FLAGS_AT_FREE                                                                              \
	(1u << PG_locked | 1u << PG_lru | 1u << PG_slab | 1u << PG_reserved | 1u << PG_writeback | \
	 1u << PG_swapcache | 1u << PG_buddy | 1u << PG_pcp | 1u << PG_handout)

/* ---- free lists ---- */

static void link_block(struct zone *z, struct page *page, unsigned order)
{
	page->flags |= 1u << PG_buddy;
	page->private = order;
	page_list_add(&z->free_area[order].free_list, page);
}

static void unlink_block(struct zone *z, struct page *page)
{
	page_list_del(&z->free_area[page->private].free_list, page);
	z->idle_used -= PageResident(page);
	page->flags &= 1u << PG_used;
	page->private = 0;
}

/* The largest blocks that [@pfn, @end) makes, lowest first in each list. */
static void link_range(struct zone *z, struct page *mem_map, pfn_t pfn, pfn_t end)
{
	while (pfn < end) {
		unsigned order = block_order(pfn, end);
		struct page *page = mem_map + pfn;

		page->flags |= 1u << PG_buddy;
		page->private = order;
		page_list_add_tail(&z->free_area[order].free_list, page);
		pfn += 1u << order;
	}
}

/* ---- allocation from the buddy system ---- */

/* Use the first 2^@low frames of a block of order @high; upper halves go to the lists. */
static struct page *expand(struct zone *z, struct page *page, unsigned low, unsigned high)
{
	while (high > low) {
		high--;
		link_block(z, page + (1u << high), high);
	}
	return page;
}

/* The next block above the frontier that is large enough; smaller ones before it get linked. */
static struct page *take_from_frontier(struct zone *z, struct page *mem_map, unsigned order)
{
	pfn_t end = zone_end_pfn(z);

	while (z->frontier < end) {
		pfn_t pfn = z->frontier;
		unsigned o = block_order(pfn, end);

		z->frontier += 1u << o;
		if (o >= order)
			return expand(z, mem_map + pfn, order, o);
		link_range(z, mem_map, pfn, z->frontier);
	}
	return NULL;
}

static struct page *__rmqueue(struct zone *z, struct page *mem_map, unsigned order)
{
	struct page *page = NULL;

	for (unsigned o = order; o < MAX_ORDER && !page; o++) {
		u32 first = z->free_area[o].free_list.first;

		if (first) {
			unlink_block(z, mem_map + first);
			page = expand(z, mem_map + first, order, o);
		}
	}
	if (!page)
		page = take_from_frontier(z, mem_map, order);
	if (page)
		z->free_pages -= 1u << order;
	return page;
}

/* ---- freeing to the buddy system ---- */

/* Give the block's bytes back to the host: its frames are as never used. */
static void discard_block(struct zone *z, struct page *page)
{
	struct machine *m = machine_of(page);

	ram_discard(&m->ram, (paddr_t)page_to_pfn(page) << PAGE_SHIFT, MAX_BLOCK * PAGE_SIZE);
	for (unsigned i = 0; i < MAX_BLOCK; i++)
		ClearPageUsed(page + i);
	page->flags |= 1u << PG_buddy;
	page->private = MAX_ORDER - 1;
	/* Behind those that the host still holds: they are to be used first. */
	page_list_add_tail(&z->free_area[MAX_ORDER - 1].free_list, page);
}

static void link_largest_block(struct zone *z, struct page *page)
{
	if (z->idle_used >= IDLE_USED_MAX) {
		discard_block(z, page);
		return;
	}
	z->idle_used++;
	SetPageResident(page);
	link_block(z, page, MAX_ORDER - 1);
}

/* Join a freed block with its free buddies and put the result into its list. */
static void free_one_block(struct zone *z, struct page *mem_map, struct page *page, unsigned order)
{
	pfn_t pfn = (pfn_t)(page - mem_map);

	z->free_pages += 1u << order;
	for (; order < MAX_ORDER - 1; order++) {
		pfn_t buddy = pfn ^ (1u << order);

		if (buddy < z->zone_start_pfn || buddy >= z->frontier)
			break;
		if (!PageBuddy(mem_map + buddy) || mem_map[buddy].private != order)
			break;
		unlink_block(z, mem_map + buddy);
		pfn &= ~(1u << order);
	}
	if (order == MAX_ORDER - 1)
		link_largest_block(z, mem_map + pfn);
	else
		link_block(z, mem_map + pfn, order);
}

/* ---- per-CPU frame caches ---- */

static void rmqueue_bulk(struct zone *z, struct page *mem_map, struct per_cpu_pages *pcp)
{
	for (u32 i = 0; i < pcp->batch; i++) {
		struct page *page = __rmqueue(z, mem_map, 0);

		if (!page)
			break;
		SetPagePcp(page);
		page_list_add_tail(&pcp->list, page);
	}
}

/* The frames that were freed longest ago. */
static void free_pages_bulk(struct zone *z, struct page *mem_map, struct per_cpu_pages *pcp, u32 n)
{
	while (n-- && pcp->list.last) {
		struct page *page = mem_map + pcp->list.last;

		page_list_del(&pcp->list, page);
		ClearPagePcp(page);
		free_one_block(z, mem_map, page, 0);
	}
}

#define HOST_CACHE_LINE 64u

/*
 * Whoever gets this frame next will clear it or copy into it, and would wait for the host's memory
 * as long as all the rest of a fault takes: it comes into the cache meanwhile.  Always inline, for
 * gcc drops calls of a function that does nothing else.
 */
static inline __attribute__((always_inline)) void prefetch_frame(const struct page *page)
{
	const u8 *p = page_address(page);

	if (!PageUsed(page))
		return; /* its host page may not even exist */
	for (u32 i = 0; i < PAGE_SIZE; i += HOST_CACHE_LINE)
		__builtin_prefetch(p + i, 1);
}

static struct page *rmqueue_pcp(struct machine *m, struct zone *z, gfp_t gfp)
{
	struct per_cpu_pages *pcp = &z->pageset[smp_processor_id(m)];
	struct page *page;

	if (pcp->list.nr) {
		z->stat[NR_ALLOC_HIT]++;
	} else {
		z->stat[NR_ALLOC_MISS]++;
		rmqueue_bulk(z, m->mem_map, pcp);
		if (!pcp->list.nr)
			return NULL;
	}
	page = m->mem_map + (gfp & __GFP_COLD ? pcp->list.last : pcp->list.first);
	page_list_del(&pcp->list, page);
	ClearPagePcp(page);
	if (pcp->list.first)
		prefetch_frame(m->mem_map + pcp->list.first);
	return page;
}

static void drain_pages(struct machine *m, unsigned cpu)
{
	for (struct zone *z = m->k->zone; z < m->k->zone + MAX_NR_ZONES; z++)
		free_pages_bulk(z, m->mem_map, &z->pageset[cpu], z->pageset[cpu].list.nr);
}

void drain_local_pages(struct machine *m)
{
	drain_pages(m, smp_processor_id(m));
}

void drain_all_pages(struct machine *m)
{
	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++)
		drain_pages(m, cpu);
}

/* ---- allocation ---- */

static void prep_new_page(struct page *page, unsigned order, gfp_t gfp)
{
	for (unsigned i = 0; i < 1u << order; i++) {
		assert(!page[i]._count && !(page[i].flags & ~(1u << PG_used)));
		kasan_unpoison(page_address(page + i), PAGE_SIZE);
		if (gfp & __GFP_ZERO && PageUsed(page + i))
			memset(page_address(page + i), 0, PAGE_SIZE);
		page[i].flags = 1u << PG_used;
	}
	page->_count = 1;
}

/* A block of one zone whose watermarks were judged; per-CPU cache for single frames. */
static struct page *buffered_rmqueue(struct machine *m, struct zone *z, gfp_t gfp, unsigned order)
{
	struct page *page = order ? __rmqueue(z, m->mem_map, order) : rmqueue_pcp(m, z, gfp);

	if (page) {
		count_vm_events(m, (enum vm_event)(PGALLOC_DMA + (z - m->k->zone)), 1u << order);
		prep_new_page(page, order, gfp);
	}
	return page;
}

enum mark { MARK_LOW, MARK_MIN };

static bool zone_may_serve(const struct zone *z, gfp_t gfp, unsigned order, enum mark mark)
{
	if (mark == MARK_LOW) /* for everyone alike: below it kswapd is to be woken first */
		return zone_watermark_ok(z, order, z->pages_low, gfp_zone(gfp), GFP_KERNEL);
	return zone_watermark_ok(z, order, z->pages_min, gfp_zone(gfp), gfp);
}

/* The first zone of the list that may serve the request, or NULL. */
static struct zone *choose_zone(struct machine *m, gfp_t gfp, unsigned order, enum mark mark)
{
	for (unsigned i = gfp_zone(gfp) + 1; i-- > 0;)
		if (zone_may_serve(&m->k->zone[i], gfp, order, mark))
			return &m->k->zone[i];
	return NULL;
}

/* Without watermarks a zone may have frames, but no block: try each. */
static struct page *get_any_page(struct machine *m, gfp_t gfp, unsigned order)
{
	struct page *page = NULL;

	for (unsigned i = gfp_zone(gfp) + 1; i-- > 0 && !page;)
		page = buffered_rmqueue(m, &m->k->zone[i], gfp, order);
	return page;
}

static struct page *get_page_from_zones(struct machine *m, gfp_t gfp, unsigned order,
					enum mark mark)
{
	struct zone *z = choose_zone(m, gfp, order, mark);

	return z ? buffered_rmqueue(m, z, gfp, order) : NULL;
}

/* Larger blocks are made by luck: what reclaim frees is seldom side by side. */
static bool is_worth_retrying(gfp_t gfp, unsigned order)
{
	return !(gfp & __GFP_NORETRY) &&
	       (order <= PAGE_ALLOC_COSTLY_ORDER || gfp & (__GFP_REPEAT | __GFP_NOFAIL));
}

/*
 * The zones are low: wake kswapd, go down to the minimum, then give back what caches keep, then
 * reclaim: once, or for as long as that frees anything.
 */
static struct page *alloc_pages_slow(struct machine *m, gfp_t gfp, unsigned order)
{
	struct page *page;
	bool retry;

	wakeup_kswapd(m, gfp, order);
	page = get_page_from_zones(m, gfp, order, MARK_MIN);
	if (page)
		return page;
	if (gfp & __GFP_WAIT) {
		kmem_cache_reap(m);
		page = get_page_from_zones(m, gfp, order, MARK_MIN);
	}
	retry = !page && gfp & __GFP_WAIT;
	while (retry && try_to_free_pages(m, gfp, order)) {
		drain_all_pages(m);
		page = get_page_from_zones(m, gfp, order, MARK_MIN);
		retry = !page && is_worth_retrying(gfp, order);
	}
	if (!page && gfp & __GFP_NOFAIL)
		page = get_any_page(m, gfp, order);
	return page;
}

struct page *alloc_pages(struct machine *m, gfp_t gfp, unsigned order)
{
	struct page *page;

	if (order >= MAX_ORDER || should_fail_alloc(m, gfp, order))
		return NULL;
	page = get_page_from_zones(m, gfp, order, MARK_LOW);
	if (unlikely(!page))
		page = alloc_pages_slow(m, gfp, order);
	if (likely(page))
		trace_current(m, TRACE_PAGE_ALLOC, page_to_pfn(page), order, gfp, 0);
	else
		oom_note(m, gfp, order);
	return page;
}

kva_t __get_free_pages(struct machine *m, gfp_t gfp, unsigned order)
{
	struct page *page;

	assert(!(gfp & __GFP_HIGHMEM));
	page = alloc_pages(m, gfp, order);
	return page ? kva_of(page_address(page)) : 0;
}

kva_t __get_dma_pages(struct machine *m, gfp_t gfp, unsigned order)
{
	return __get_free_pages(m, gfp | __GFP_DMA, order);
}

kva_t get_zeroed_page(struct machine *m, gfp_t gfp)
{
	return __get_free_pages(m, gfp | __GFP_ZERO, 0);
}

/* ---- freeing ---- */

/* A descriptor back to what a free frame's is. */
static void reset_page(struct page *page)
{
	assert(!(page->flags & FLAGS_AT_FREE));
	assert(!page->_count && !page->_mapcount);
	kasan_poison(page_address(page), PAGE_SIZE);
	page->flags &= 1u << PG_used;
	page->private = 0;
	page->mapping = 0;
	page->index = 0;
}

static void free_hot_page(struct machine *m, struct page *page)
{
	struct zone *z = page_zone(page);
	struct per_cpu_pages *pcp = &z->pageset[smp_processor_id(m)];

	reset_page(page);
	SetPagePcp(page);
	page_list_add(&pcp->list, page);
	if (pcp->list.nr > pcp->high)
		free_pages_bulk(z, m->mem_map, pcp, pcp->batch);
}

void __free_pages(struct page *page, unsigned order)
{
	struct machine *m;

	assert(page->_count > 0);
	if (--page->_count)
		return;
	m = machine_of(page);
	assert(order < MAX_ORDER && !((page - m->mem_map) & ((1u << order) - 1)));
	count_vm_events(m, PGFREE, 1u << order);
	trace_current(m, TRACE_PAGE_FREE, page_to_pfn(page), order, 0, 0);
	if (!order) {
		free_hot_page(m, page);
		return;
	}
	for (unsigned i = 0; i < 1u << order; i++)
		reset_page(page + i);
	free_one_block(page_zone(page), m->mem_map, page, order);
}

void free_zeroed_page(struct page *page)
{
	assert(page->_count == 1);
	ClearPageUsed(page);
	__free_page(page);
}

void free_pages(struct machine *m, kva_t addr, unsigned order)
{
	if (addr)
		__free_pages(pfn_to_page(m, (addr & LOWMEM_MASK) >> PAGE_SHIFT), order);
}

/* ---- boot ---- */

/* The free block that holds @pfn. */
static struct page *find_free_block(struct machine *m, pfn_t pfn)
{
	for (unsigned order = 0; order < MAX_ORDER; order++) {
		struct page *page = m->mem_map + (pfn & ~((1u << order) - 1));

		if (PageBuddy(page) && page->private == order)
			return page;
	}
	assert(!"a frame is reserved that was given out");
	return NULL;
}

/* Take the part of free blocks that lies in [@start, @end) out of the lists. */
static void carve(struct machine *m, struct zone *z, pfn_t start, pfn_t end)
{
	pfn_t pfn = start;

	while (pfn < end) {
		struct page *page = m->mem_map + pfn;
		pfn_t first, last;

		if (PageReserved(page)) {
			pfn++;
			continue;
		}
		page = find_free_block(m, pfn);
		first = (pfn_t)(page - m->mem_map);
		last = first + (1u << page->private);
		unlink_block(z, page);
		link_range(z, m->mem_map, first, pfn);
		if (last > end)
			link_range(z, m->mem_map, end, last);
		pfn = last;
	}
}

static void reserve_in_zone(struct machine *m, struct zone *z, pfn_t start, pfn_t end)
{
	pfn_t frontier = z->frontier;

	if (start < frontier)
		carve(m, z, start, end < frontier ? end : frontier);
	if (end > frontier) {
		if (start > frontier)
			link_range(z, m->mem_map, frontier, start);
		z->frontier = end;
	}
	for (pfn_t pfn = start; pfn < end; pfn++) {
		if (PageReserved(m->mem_map + pfn))
			continue;
		SetPageReserved(m->mem_map + pfn);
		m->mem_map[pfn]._count = 1;
		z->free_pages--;
		z->managed_pages--;
		m->k->nr_reserved++;
	}
}

void reserve_frames(struct machine *m, pfn_t start, pfn_t end)
{
	for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
		struct zone *z = &m->k->zone[i];
		pfn_t from = start > z->zone_start_pfn ? start : z->zone_start_pfn;
		pfn_t to = end < zone_end_pfn(z) ? end : zone_end_pfn(z);

		if (from < to)
			reserve_in_zone(m, z, from, to);
	}
	setup_per_zone_pages_min(m);
}

/* ---- looking ---- */

/*
 * Frame @n of those that __rmqueue(z, 0) would give one after the other, or 0: the blocks
 * of the lists, smallest first, then the frontier; each from its start to its end, since
 * a split block's rest is the smallest there is.
 */
static pfn_t peek_rmqueue(const struct machine *m, const struct zone *z, u32 n)
{
	for (unsigned order = 0; order < MAX_ORDER; order++) {
		u32 pfn = z->free_area[order].free_list.first;

		for (; pfn; pfn = m->mem_map[pfn].lru_next) {
			if (n < 1u << order)
				return pfn + n;
			n -= 1u << order;
		}
	}
	return n < zone_end_pfn(z) - z->frontier ? z->frontier + n : 0;
}

/* Will @z still be chosen when @taken frames more are gone from its free lists? */
static bool still_serves(const struct zone *z, gfp_t gfp, enum mark mark, u32 taken)
{
	struct zone later = *z;

	if (later.free_pages < taken)
		return false;
	later.free_pages -= taken;
	return zone_may_serve(&later, gfp, 0, mark);
}

pfn_t alloc_page_peek(struct machine *m, gfp_t gfp, unsigned skip)
{
	enum mark mark = MARK_LOW;
	struct zone *z = choose_zone(m, gfp, 0, mark);
	const struct per_cpu_pages *pcp;
	u32 pfn;

	if (!z)
		z = choose_zone(m, gfp, 0, mark = MARK_MIN);
	if (!z || gfp & __GFP_COLD)
		return 0;
	pcp = &z->pageset[smp_processor_id(m)];
	if (skip >= pcp->list.nr) {
		u32 n = skip - pcp->list.nr;
		u32 taken = (n + pcp->batch - 1) / pcp->batch * pcp->batch; /* by refills */

		return still_serves(z, gfp, mark, taken) ? peek_rmqueue(m, z, n) : 0;
	}
	for (pfn = pcp->list.first; skip; skip--)
		pfn = m->mem_map[pfn].lru_next;
	return pfn;
}

u32 nr_free_highpages(const struct machine *m)
{
	const struct zone *z = &m->k->zone[ZONE_HIGHMEM];
	u32 n = z->free_pages;

	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++)
		n += z->pageset[cpu].list.nr;
	return n;
}

u32 nr_free_pages(const struct machine *m)
{
	u32 n = 0;

	for (const struct zone *z = m->k->zone; z < m->k->zone + MAX_NR_ZONES; z++) {
		n += z->free_pages;
		for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++)
			n += z->pageset[cpu].list.nr;
	}
	return n;
}

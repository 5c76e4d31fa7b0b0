/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The zoned page frame allocator.  ULK ch. 8, "Page Frame Management".
 * Orders are log2 of frames; frames of a block are contiguous and aligned to it.
 */
#pragma once

#include "mm/zone.h"

/*
 * 2^@order frames with _count 1 on the first, or NULL.  With __GFP_ZERO they are
 * cleared, but not those known to be zero.  The zone list is gfp_zone and below.
 * __GFP_HIGH may go below the watermarks' minimum, __GFP_NOFAIL to the last frame; NULL then
 * too, when there is none.  With __GFP_WAIT empty slabs and per-CPU caches are given back
 * before it fails, so caller's objects stay, but a cache's free ones may not; and pages are
 * reclaimed, for as long as that frees any, but only once for blocks above order 3 without
 * __GFP_REPEAT and with __GFP_NORETRY.
 */
struct page *alloc_pages(struct machine *m, gfp_t gfp, unsigned order);

static inline struct page *alloc_page(struct machine *m, gfp_t gfp)
{
	return alloc_pages(m, gfp, 0);
}

/* Drop a reference to a block that alloc_pages gave; the last one frees it. */
void __free_pages(struct page *page, unsigned order);

static inline void __free_page(struct page *page)
{
	__free_pages(page, 0);
}

/* Free a frame whose bytes its last owner left all zero (an emptied page table). */
void free_zeroed_page(struct page *page);

/* The same by kernel linear address; 0 when there is none.  => @gfp without __GFP_HIGHMEM */
kva_t __get_free_pages(struct machine *m, gfp_t gfp, unsigned order);
kva_t __get_dma_pages(struct machine *m, gfp_t gfp, unsigned order);
kva_t get_zeroed_page(struct machine *m, gfp_t gfp);
void free_pages(struct machine *m, kva_t addr, unsigned order);

/*
 * The frame that alloc_pages(m, gfp, 0) would return after @skip others, or 0
 * where that cannot be told without doing it: __GFP_COLD, or the zone of the first one
 * would not serve the last.  Changes nothing.
 */
pfn_t alloc_page_peek(struct machine *m, gfp_t gfp, unsigned skip);

/* Give the per-CPU frame caches back to the buddy system: this CPU's, or all. */
void drain_local_pages(struct machine *m);
void drain_all_pages(struct machine *m);

/*
 * Boot, before the first allocation, in any order: declare frames [@start, @end) reserved.
 * Writes their descriptors and those of the free blocks below @end; all above stays untouched.
 */
void reserve_frames(struct machine *m, pfn_t start, pfn_t end);

/* Free frames in all zones, per-CPU caches included (MemFree). */
u32 nr_free_pages(const struct machine *m);
u32 nr_free_highpages(const struct machine *m);

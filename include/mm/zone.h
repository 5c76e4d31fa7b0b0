/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory zones and their buddy system: DMA, Normal, HighMem.
 * ULK ch. 8, "Memory Zones", "The Buddy System Algorithm", "The Per-CPU Page Frame Cache".
 */
#pragma once

#include "mm/gfp.h"
#include "mm/page.h"

#define MAX_ORDER 11 /* orders 0 to 10 */
#define NR_CPUS 8

struct free_area {
	struct page_list free_list; /* first frames of free blocks, last freed first */
};

/* today: one list with a high mark and a batch, where ULK has a hot and a cold one. */
struct per_cpu_pages {
	struct page_list list;
	u32 high; /* give a batch back above this */
	u32 batch;
};

/* today: anonymous and shared memory apart from files; LRU_ACTIVE is added to an inactive one */
#define LRU_ACTIVE 1
enum lru_list {
	LRU_INACTIVE_ANON,
	LRU_ACTIVE_ANON,
	LRU_INACTIVE_FILE,
	LRU_ACTIVE_FILE,
	LRU_UNEVICTABLE,
	NR_LRU_LISTS
};

extern const char *const lru_names[NR_LRU_LISTS]; /* inactive_anon ... */

enum zone_stat {
	NR_ALLOC_HIT, /* served by the per-CPU cache */
	NR_ALLOC_MISS,
	NR_ZONE_STATS
};

struct zone {
	char name[8];
	pfn_t zone_start_pfn;
	u32 spanned_pages; /* frames between start and end */
	u32 present_pages; /* without holes */
	u32 managed_pages; /* today: given to the buddy system at boot */
	u32 free_pages; /* in free lists and above the frontier, not in per-CPU caches */
	u32 pages_min, pages_low, pages_high; /* watermarks */
	u32 lowmem_reserve[MAX_NR_ZONES]; /* kept from requests for a higher zone */
	pfn_t frontier; /* frames from here to the zone's end are free, never used, not linked */
	struct free_area free_area[MAX_ORDER];
	struct per_cpu_pages pageset[NR_CPUS];
	struct page_list lru[NR_LRU_LISTS];
	u32 scan_cost[2]; /* today: what scanning for anonymous pages, for files did in vain */
	u32 stat[NR_ZONE_STATS];
	u32 idle_used; /* free blocks of the largest order with PG_resident */
};

struct machine;
struct check;

static inline pfn_t zone_end_pfn(const struct zone *z)
{
	return z->zone_start_pfn + z->spanned_pages;
}

/* The zone of a frame. */
struct zone *page_zone(const struct page *p);

/*
 * Order of the block that the buddy system makes of free memory [@pfn, @end) at its
 * start: the largest that is aligned and fits.  => pfn < end
 */
static inline unsigned block_order(pfn_t pfn, pfn_t end)
{
	unsigned fits = 31 - (unsigned)__builtin_clz(end - pfn);
	unsigned aligned = pfn ? (unsigned)__builtin_ctz(pfn) : MAX_ORDER - 1;
	unsigned order = fits < aligned ? fits : aligned;

	return order < MAX_ORDER - 1 ? order : MAX_ORDER - 1;
}

/* Free blocks of @order, those above the frontier included: a column of buddyinfo. */
u32 zone_free_blocks(const struct zone *z, unsigned order);

/*
 * Boot: cut RAM into [0, @dma_end), [@dma_end, @lowmem_end) and the rest (zero-sized where
 * RAM ends before); all but frame 0 and the memory map's holes is free.
 * => mem_map, nr_frames, e820 and sysctls are set
 */
void zones_init(struct machine *m, pfn_t dma_end, pfn_t lowmem_end);

/* Recompute watermarks and lowmem_reserve from min_free_kbytes and lowmem_reserve_ratio. */
void setup_per_zone_pages_min(struct machine *m);

/* The tunable, or where it is 0 what Linux computes from the size of low memory. */
u32 min_free_kbytes(const struct machine *m);

/*
 * May a request for 2^@order frames be served and leave @mark + reserve free?
 * ULK zone_watermark_ok: __GFP_HIGH goes down to half of @mark, a request that cannot wait
 * to 3/4 of that.
 */
bool zone_watermark_ok(const struct zone *z, unsigned order, u32 mark, enum zone_type classzone,
		       gfp_t gfp);

void zone_validate(struct machine *m, struct check *c);

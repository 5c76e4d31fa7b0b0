/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page frame reclaiming.  ULK ch. 17.
 */
#pragma once

#include "mm/gfp.h"

struct machine;
struct task_struct;
struct vm_area_struct;

/*
 * An allocation of 2^@order frames found too few free: reclaim from the zones that may serve
 * @gfp.  Returns how many frames became free; 0: nothing is left that could.
 * => @gfp has __GFP_WAIT; pages that the caller works with have a reference
 */
u32 try_to_free_pages(struct machine *m, gfp_t gfp, unsigned order);

/*
 * madvise(2) MADV_PAGEOUT: give up what of [@start, @end) of @vma can be had again from a file
 * or from swap, or need not be (MADV_FREE), and that nobody else maps.
 */
void reclaim_range(struct vm_area_struct *vma, u32 start, u32 end);

/* ---- kswapd (kswapd.c) ---- */

/* A zone that could serve @gfp is below its low mark: kswapd runs at the next occasion. */
void wakeup_kswapd(struct machine *m, gfp_t gfp, unsigned order);

/*
 * The occasion: if it is awake, reclaim until all zones are above their high marks.  Unused
 * inodes go only between two requests (@at_tick), when nobody has one in hand.
 */
void kswapd(struct machine *m, bool at_tick);

/* It found nothing so often that it is not woken any more, until somebody else finds a page. */
bool kswapd_gave_up(const struct machine *m);

/* ---- drop_caches.c ---- */

#define DROP_PAGECACHE 1u
#define DROP_SLAB 2u

/*
 * Drop clean page cache that nobody maps; unused inodes and empty slabs.  @what: DROP_*, as
 * written.
 */
void drop_caches(struct machine *m, u32 what);

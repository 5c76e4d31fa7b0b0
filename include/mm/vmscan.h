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
 * An allocation of @gfp found too few free frames: drop page cache that nobody maps, oldest
 * first, from the zones that may serve it.  Returns how many frames became free.
 * => @gfp has __GFP_WAIT; no page of the cache is held without a reference
 */
u32 try_to_free_pages(struct machine *m, gfp_t gfp);

/*
 * madvise(2) MADV_PAGEOUT: give up what of [@start, @end) of @vma can be had again from a file,
 * or need not be (MADV_FREE), and that nobody else maps.
 */
void reclaim_range(struct vm_area_struct *vma, u32 start, u32 end);

#define DROP_PAGECACHE 1u
#define DROP_SLAB 2u

/* Drop clean page cache that nobody maps; give back empty slabs.  @what: DROP_*, as written. */
void drop_caches(struct machine *m, u32 what);

/*
 * How much it would bring to kill @task: frames, swap entries and page tables, in frames, and
 * oom_score_adj in thousandths of all memory.  Never: OOM_NEVER.  today: 2.6.11 weighed
 * total_vm, age and niceness.
 */
#define OOM_NEVER INT32_MIN
s32 oom_badness(struct machine *m, const struct task_struct *task);

/* The same as oom_score tells it: 0 (never) to about 2000. */
u32 oom_score(struct machine *m, const struct task_struct *task);

#define OOM_SCORE_ADJ_MIN (-1000)
#define OOM_SCORE_ADJ_MAX 1000

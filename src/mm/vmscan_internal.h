/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one run of reclaim wants and has got so far: shared by vmscan.c and kswapd.c only.
 */
#pragma once

#include "mm/machine.h"

#define DEF_PRIORITY 12
#define SWAP_CLUSTER_MAX 32u /* pages off a list at a time; frames that direct reclaim wants */
#define MAX_RECLAIM_RETRIES 4u /* looks at all pages that find none, before that is believed */

struct scan_control {
	gfp_t gfp; /* __GFP_FS: may write to files, __GFP_IO: to swap */
	int priority; /* looks at 1/2^priority of each list */
	bool kswapd;
	bool whatever_use; /* the process said so itself */
	u32 nr_to_reclaim;
	u32 nr_scanned, nr_reclaimed; /* pages, so far */
};

/* What its use says of a page. */
enum page_references { PAGEREF_RECLAIM, PAGEREF_RECLAIM_CLEAN, PAGEREF_KEEP, PAGEREF_ACTIVATE };

/* What became of it. */
enum page_verdict { PAGE_FREED, PAGE_KEPT, PAGE_ACTIVATED, PAGE_CULLED };

/* today: reading back what was thrown away and looking in vain both cost. */
void lru_note_cost(struct zone *z, bool file, u32 nr_io, u32 nr_rotated);

/* Look at the lists of a zone as @sc says, until enough is freed. */
void shrink_zone(struct zone *z, struct scan_control *sc);

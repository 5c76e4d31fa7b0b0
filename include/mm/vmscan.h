/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page frame reclaiming.  ULK ch. 17.
 */
#pragma once

#include "mm/gfp.h"

struct machine;

/*
 * An allocation of @gfp found too few free frames: drop page cache that nobody maps, oldest
 * first, from the zones that may serve it.  Returns how many frames became free.
 * => @gfp has __GFP_WAIT; no page of the cache is held without a reference
 */
u32 try_to_free_pages(struct machine *m, gfp_t gfp);

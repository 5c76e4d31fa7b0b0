/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page frame reclaiming: page cache that no process maps.  ULK ch. 17, "Low On Memory
 * Reclaiming".
 *
 * Every page of the page cache is on its zone's inactive list, newest first.  It is clean
 * (filemap.c writes through), so dropping it loses nothing.  Frames of processes and
 * shared memory have nowhere to go and are never taken.
 */
#include "mm/vmscan.h"

#include "mm/filemap.h"
#include "mm/machine.h"

#define SWAP_CLUSTER_MAX 32u /* frames that one call tries to free */

static bool page_is_freeable(const struct page *page)
{
	const struct address_space *mapping = kva_ptr(page, page->mapping);

	return page_count(page) == 1 && mapping->a_ops != AOPS_SHMEM;
}

/* From the old end; what cannot go now moves to the new end, so that no call looks twice. */
static u32 shrink_zone(struct zone *z, u32 want)
{
	u32 scan = z->inactive_list.nr, freed = 0;

	while (scan-- && freed < want) {
		struct page *page = page_list_last(&z->inactive_list);

		if (page_is_freeable(page)) {
			remove_from_page_cache(page);
			freed++;
		} else {
			page_list_del(&z->inactive_list, page);
			page_list_add(&z->inactive_list, page);
		}
	}
	return freed;
}

u32 try_to_free_pages(struct machine *m, gfp_t gfp)
{
	u32 freed = 0;

	for (int i = gfp_zone(gfp); i >= 0 && freed < SWAP_CLUSTER_MAX; i--)
		freed += shrink_zone(&m->k->zone[i], SWAP_CLUSTER_MAX - freed);
	return freed;
}

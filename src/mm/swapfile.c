/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slots of swap areas: who holds them, and where the next page goes.
 * ULK ch. 17, "Swap Area Descriptors", "Allocating and Releasing a Page Slot".
 *
 *	info[type] --> swap_info_struct --swap_map--> | bad | 2 | 0 | 1 + page | ...
 *
 * The map lies in a noncontiguous area.  Areas that take pages are in a list, highest
 * priority first; one that gave a slot goes behind the others of its priority.
 * A cluster is filled upwards, so that pages which go out together lie together.
 *
 * Invariants (swap_validate): a slot's count is the number of entries that hold it (check.c);
 * its frame is in the swap cache and names the slot; inuse_pages is the number of slots that
 * are not free; none below lowest_bit or above highest_bit is free.
 */
#include <assert.h>
#include <errno.h>

#include "mm/check.h"
#include "swap_internal.h"

#define SWAPFILE_CLUSTER 256u
#define SLOTS_OF_PAGE (PAGE_SIZE / (u32)sizeof(struct swap_slot))

static struct list_head *area_list(struct machine *m)
{
	return &m->k->swap.areas;
}

void swap_init(struct machine *m)
{
	struct swap_state *swap = &m->k->swap;

	INIT_LIST_HEAD(&swap->areas);
	swap->least_priority = -1;
	swap->ra.hits = 4; /* today: so that the first read is a whole window */
}

/* ---- finding a slot ---- */

/* The first slot in [@offset, @end) that is free, or that is not; else @end. */
static u32 find_slot(const struct swap_info_struct *si, u32 offset, u32 end, bool is_free)
{
	while (offset < end) {
		const struct swap_slot *slot = swap_slot(si, offset);
		u32 stop = (offset | (SLOTS_OF_PAGE - 1)) + 1;

		for (; offset < stop && offset < end; offset++, slot++)
			if (swap_slot_is_free(slot) == is_free)
				return offset;
	}
	return end;
}

/* Where a run of a whole cluster is free; else the lowest slot. */
static u32 find_cluster(const struct swap_info_struct *si)
{
	u32 end = si->highest_bit + 1, at = si->lowest_bit, stop;

	if (si->pages - si->inuse_pages < SWAPFILE_CLUSTER)
		return si->lowest_bit;
	while (at + SWAPFILE_CLUSTER <= end) {
		stop = find_slot(si, at, at + SWAPFILE_CLUSTER, false);
		if (stop == at + SWAPFILE_CLUSTER)
			return at;
		at = find_slot(si, stop, end, true);
	}
	return si->lowest_bit;
}

/* A free slot, or 0.  ULK scan_swap_map. */
static u32 scan_swap_map(struct swap_info_struct *si)
{
	u32 end = si->highest_bit + 1, offset;

	if (si->inuse_pages == si->pages)
		return 0;
	if (!si->cluster_nr) {
		si->cluster_next = find_cluster(si);
		si->cluster_nr = SWAPFILE_CLUSTER;
	}
	if (si->cluster_next < si->lowest_bit)
		si->cluster_next = si->lowest_bit;
	offset = find_slot(si, si->cluster_next, end, true);
	if (offset >= end)
		offset = find_slot(si, si->lowest_bit, end, true);
	assert(offset < end);
	si->cluster_nr--;
	si->cluster_next = offset + 1;
	return offset;
}

static void take_slot(struct swap_info_struct *si, u32 offset)
{
	machine_of(si)->k->swap.nr_free--;
	si->inuse_pages++;
	if (offset == si->lowest_bit)
		si->lowest_bit++;
	if (offset == si->highest_bit)
		si->highest_bit--;
	if (si->inuse_pages == si->pages) {
		si->lowest_bit = si->max;
		si->highest_bit = 0;
	}
}

void swap_slot_freed(struct swap_info_struct *si, u32 offset)
{
	if (offset < si->lowest_bit)
		si->lowest_bit = offset;
	if (offset > si->highest_bit)
		si->highest_bit = offset;
	si->inuse_pages--;
	if (si->flags & SWP_WRITEOK)
		machine_of(si)->k->swap.nr_free++;
}

/* ---- areas ---- */

/* Behind all of its priority or a higher one. */
static void link_area(struct swap_info_struct *si)
{
	struct list_head *areas = area_list(machine_of(si));
	struct swap_info_struct *other;

	list_for_each_entry(other, areas, list)
		if (other->prio < si->prio)
			break;
	list_add_tail(&si->list, &other->list);
}

void swap_area_enable(struct swap_info_struct *si)
{
	struct swap_state *swap = &machine_of(si)->k->swap;

	si->flags |= SWP_WRITEOK;
	link_area(si);
	swap->nr_free += (s32)(si->pages - si->inuse_pages);
	swap->total += si->pages;
}

void swap_area_disable(struct swap_info_struct *si)
{
	struct swap_state *swap = &machine_of(si)->k->swap;

	si->flags &= ~SWP_WRITEOK;
	list_del(&si->list);
	swap->nr_free -= (s32)(si->pages - si->inuse_pages);
	swap->total -= si->pages;
}

swp_entry_t get_swap_page(struct page *page)
{
	struct machine *m = machine_of(page);
	struct swap_info_struct *si;

	list_for_each_entry(si, area_list(m), list) {
		u32 offset = scan_swap_map(si);

		if (!offset)
			continue;
		take_slot(si, offset);
		swap_slot(si, offset)->cached = page_to_pfn(page);
		list_del(&si->list);
		link_area(si);
		return swp_entry(si->type, offset);
	}
	return (swp_entry_t){ 0 };
}

s32 get_nr_swap_pages(const struct machine *m)
{
	return m->k->swap.nr_free;
}

u32 total_swap_pages(const struct machine *m)
{
	return m->k->swap.total;
}

bool vm_swap_full(const struct machine *m)
{
	return (u64)m->k->swap.nr_free * 2 < m->k->swap.total;
}

/* ---- who holds a slot ---- */

u32 swap_count(const struct machine *m, swp_entry_t entry)
{
	const struct swap_slot *slot = swap_entry_slot(m, entry);

	return slot ? slot->count : 0;
}

int swap_duplicate(struct machine *m, swp_entry_t entry)
{
	struct swap_slot *slot = swap_entry_slot(m, entry);

	if (!slot || swap_slot_is_free(slot))
		return -EINVAL;
	slot->count++;
	return 0;
}

void swap_free(struct machine *m, swp_entry_t entry)
{
	struct swap_slot *slot = swap_entry_slot(m, entry);

	assert(slot && slot->count);
	if (--slot->count || swap_slot_frame(slot))
		return;
	slot->cached = 0; /* a shadow is no use any more */
	swap_slot_freed(swap_info(m, swp_type(entry)), swp_offset(entry));
}

void free_swap_and_cache(struct machine *m, swp_entry_t entry)
{
	struct page *page = lookup_swap_cache(m, entry);

	swap_free(m, entry);
	if (page && !page_mapcount(page))
		try_to_free_swap(page);
}

/* ---- validation ---- */

static void slot_validate(const struct swap_info_struct *si, u32 offset, struct check *c)
{
	const struct machine *m = machine_of(si);
	const struct swap_slot *slot = swap_slot(si, offset);
	pfn_t frame = swap_slot_frame(slot);
	const struct page *page = m->mem_map + frame;

	check_that(c,
		   !swap_slot_is_free(slot) ||
			   (offset >= si->lowest_bit && offset <= si->highest_bit),
		   "swap %u: slot %u is free, not in %u to %u", si->type, offset, si->lowest_bit,
		   si->highest_bit);
	check_that(c, slot->count || !(slot->cached & SWAP_SHADOW),
		   "swap %u: slot %u: nobody's, but remembered", si->type, offset);
	if (!frame)
		return;
	check_that(c, slot->count || page_mapcount(page),
		   "swap %u: slot %u: frame %05x is cached for nobody", si->type, offset, frame);
	check_that(c, PageSwapCache(page) && page->private == swp_entry(si->type, offset).val,
		   "swap %u: slot %u: frame %05x is not its page", si->type, offset, frame);
	check_that(c, PageUptodate(page) || PageAnon(page),
		   "swap %u: slot %u: frame %05x is not uptodate", si->type, offset, frame);
}

static void area_validate(const struct swap_info_struct *si, struct check *c, u32 *cached)
{
	u32 inuse = 0;

	check_that(c, swap_slot(si, 0)->count == SWAP_MAP_BAD, "swap %u: the header is a slot",
		   si->type);
	for (u32 offset = 1; offset < si->max; offset++) {
		const struct swap_slot *slot = swap_slot(si, offset);

		inuse += !swap_slot_is_free(slot);
		*cached += swap_slot_frame(slot) != 0;
		slot_validate(si, offset, c);
	}
	check_that(c, inuse == si->inuse_pages, "swap %u: inuse_pages %u, found %u", si->type,
		   si->inuse_pages, inuse);
	check_that(c, si->pages == si->max - 1, "swap %u: pages %u of %u slots", si->type,
		   si->pages, si->max);
}

void swap_validate(struct machine *m, struct check *c)
{
	u32 cached = 0, total = 0, listed = 0;
	struct swap_info_struct *si;
	s32 nr_free = 0, prio = INT32_MAX;

	for (u32 type = 0; type < MAX_SWAPFILES; type++) {
		si = swap_info(m, type);
		if (!si)
			continue;
		area_validate(si, c, &cached);
		listed += !!(si->flags & SWP_WRITEOK);
	}
	list_for_each_entry(si, area_list(m), list) {
		check_that(c, si->flags & SWP_WRITEOK && si->prio <= prio,
			   "swap %u: wrong place in the list", si->type);
		prio = si->prio;
		total += si->pages;
		nr_free += (s32)(si->pages - si->inuse_pages);
		listed--;
	}
	check_that(c, !listed, "swap: an area is not in the list");
	check_that(c, total == m->k->swap.total && nr_free == m->k->swap.nr_free,
		   "swap: %d of %u free, found %d of %u", m->k->swap.nr_free, m->k->swap.total,
		   nr_free, total);
	check_that(c, (s32)cached == m->k->vm_stat[NR_SWAPCACHE], "nr_swapcached %d, found %u",
		   m->k->vm_stat[NR_SWAPCACHE], cached);
}

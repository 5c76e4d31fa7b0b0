/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The swap cache: pages that are in RAM and have a slot, too.  ULK ch. 17, "The Swap Cache".
 *
 * A page enters it when it gets a slot to go out to, or when it is read in.  It leaves it
 * when it has to give its slot back, and with the last who wants it.  In between a page that
 * several processes share is found by all of them, and one that is still as its slot has
 * it needs no second write.
 *
 * A slot is found from its page by page->private, the page from its slot by the map.
 */
#include <assert.h>
#include <errno.h>

#include "mm/lru.h"
#include "mm/page_alloc.h"
#include "swap_internal.h"

void add_to_swap_cache(struct page *page, swp_entry_t entry)
{
	struct machine *m = machine_of(page);

	assert(!PageSwapCache(page));
	get_page(page);
	SetPageSwapCache(page);
	page->private = entry.val;
	mod_vm_stat(m, NR_FILE_PAGES, 1);
	mod_vm_stat(m, NR_SWAPCACHE, 1);
}

int add_to_swap(struct page *page)
{
	swp_entry_t entry;

	assert(PageAnon(page));
	entry = get_swap_page(page);
	if (!entry.val)
		return -ENOSPC;
	add_to_swap_cache(page, entry);
	SetPageDirty(page);
	return 0;
}

void remove_from_swap_cache(struct page *page)
{
	struct machine *m = machine_of(page);

	assert(PageSwapCache(page));
	swap_entry_slot(m, (swp_entry_t){ page->private })->cached = 0;
	ClearPageSwapCache(page);
	ClearPageReadahead(page);
	page->private = 0;
	mod_vm_stat(m, NR_FILE_PAGES, -1);
	mod_vm_stat(m, NR_SWAPCACHE, -1);
}

void delete_from_swap_cache(struct page *page)
{
	struct machine *m = machine_of(page);
	swp_entry_t entry = { page->private };

	remove_from_swap_cache(page);
	if (!swap_count(m, entry))
		swap_slot_freed(swap_info(m, swp_type(entry)), swp_offset(entry));
	put_page(page);
}

void reclaim_from_swap_cache(struct page *page)
{
	struct swap_slot *slot = swap_entry_slot(machine_of(page), (swp_entry_t){ page->private });
	u32 shadow = workingset_eviction(page);

	delete_from_swap_cache(page);
	if (slot->count)
		slot->cached = SWAP_SHADOW | shadow;
}

bool try_to_free_swap(struct page *page)
{
	if (!PageSwapCache(page) || swap_count(machine_of(page), (swp_entry_t){ page->private }))
		return false;
	SetPageDirty(page);
	delete_from_swap_cache(page);
	return true;
}

void free_swap_cache(struct page *page)
{
	if (PageSwapCache(page) && !page_mapcount(page))
		try_to_free_swap(page);
}

struct page *lookup_swap_cache(const struct machine *m, swp_entry_t entry)
{
	const struct swap_slot *slot = swap_entry_slot(m, entry);

	return slot && swap_slot_frame(slot) ? pfn_to_page(m, slot->cached) : NULL;
}

/* ---- read-around ---- */

/*
 * today: how many pages are worth reading at once: more when those read before were wanted,
 * and where the reader goes from slot to slot.  2.6.11 always reads 2^page_cluster.
 */
static u32 window_pages(const struct machine *m, u32 offset)
{
	const struct swap_readahead *ra = &m->k->swap.ra;
	u32 max = 1u << sysctl(m, SYSCTL_PAGE_CLUSTER), pages = 1;

	if (max == 1)
		return 1;
	max = max < SWAP_RW_MAX ? max : SWAP_RW_MAX;
	if (ra->hits)
		for (pages = 4; pages < ra->hits + 2;)
			pages *= 2;
	else if (offset == ra->prev + 1 || offset + 1 == ra->prev)
		pages = 2;
	pages = pages < max ? pages : max;
	/* It shrinks by half at most. */
	return pages < ra->last / 2 ? ra->last / 2 : pages;
}

static void window_used(struct machine *m, u32 offset, u32 pages)
{
	struct swap_readahead *ra = &m->k->swap.ra;

	if (!ra->hits)
		ra->prev = offset;
	ra->hits = 0;
	ra->last = pages;
}

/* Somebody's bytes that are not in RAM. */
static bool is_readable(const struct swap_info_struct *si, u32 offset)
{
	const struct swap_slot *slot = swap_slot(si, offset);

	return slot->count && slot->count != SWAP_MAP_BAD && !swap_slot_frame(slot);
}

/* The run of slots around @offset, inside its aligned window, that can be read at once. */
static u32 readable_run(const struct swap_info_struct *si, u32 offset, u32 window, u32 *ret_first)
{
	u32 start = offset & ~(window - 1), end = start + window, last = offset + 1;

	if (end > si->max)
		end = si->max;
	*ret_first = offset;
	while (*ret_first > start && is_readable(si, *ret_first - 1))
		--*ret_first;
	while (last < end && is_readable(si, last))
		last++;
	return last - *ret_first;
}

u32 swap_read_frames(const struct machine *m, swp_entry_t entry)
{
	u32 offset = swp_offset(entry), first;

	if (lookup_swap_cache(m, entry))
		return 0;
	return readable_run(swap_info(m, swp_type(entry)), offset, window_pages(m, offset), &first);
}

/* A read in the making: pages of slots first, first + 1, ... */
struct swap_read {
	struct machine *m;
	u32 type, first;
	u32 target; /* the slot that is wanted */
	unsigned nr;
	struct page *pages[SWAP_RW_MAX];
};

/* Frames for what is read ahead: none is freed for that.  The run may become shorter. */
static void alloc_neighbours(struct swap_read *r, struct page *page)
{
	unsigned at = r->target - r->first, from = at, to = at + 1;

	r->pages[at] = page;
	while (from && (r->pages[from - 1] = alloc_page(r->m, GFP_HIGHUSER & ~__GFP_WAIT)))
		from--;
	while (to < r->nr && (r->pages[to] = alloc_page(r->m, GFP_HIGHUSER & ~__GFP_WAIT)))
		to++;
	r->first += from;
	r->nr = to - from;
	for (unsigned i = 0; i < r->nr; i++)
		r->pages[i] = r->pages[from + i];
}

/* The transfer; where it fails as a whole, the page alone. */
static int read_run(struct swap_read *r, struct page *page)
{
	int error = swap_readpages(r->m, swp_entry(r->type, r->first), r->pages, r->nr);

	if (!error || r->nr == 1)
		return error;
	for (unsigned i = 0; i < r->nr; i++)
		if (r->pages[i] != page)
			__free_page(r->pages[i]);
	r->first = r->target;
	r->pages[0] = page;
	r->nr = 1;
	return swap_readpages(r->m, swp_entry(r->type, r->first), r->pages, 1);
}

/* What was read is in the cache; the neighbours are the cache's alone. */
static void cache_run(struct swap_read *r, struct page *wanted)
{
	for (unsigned i = 0; i < r->nr; i++) {
		struct page *page = r->pages[i];
		swp_entry_t entry = swp_entry(r->type, r->first + i);
		struct swap_slot *slot = swap_entry_slot(r->m, entry);
		u32 shadow = swap_slot_shadow(slot);

		slot->cached = page_to_pfn(page);
		SetPageUptodate(page);
		SetPageSwapBacked(page);
		add_to_swap_cache(page, entry);
		if (shadow != NO_SHADOW)
			workingset_refault(page, shadow);
		lru_cache_add(page);
		if (page == wanted)
			continue;
		SetPageReadahead(page);
		count_vm_event(r->m, SWAP_RA);
		put_page(page);
	}
}

static int read_missing(struct machine *m, swp_entry_t entry, u32 window, struct page *page)
{
	struct swap_read r = { .m = m, .type = swp_type(entry), .target = swp_offset(entry) };
	int error;

	r.nr = readable_run(swap_info(m, r.type), r.target, window, &r.first);
	alloc_neighbours(&r, page);
	error = read_run(&r, page);
	if (!error)
		cache_run(&r, page);
	return error;
}

/* It is here already; was that foresight? */
static void count_hit(struct machine *m, struct page *page)
{
	if (!PageReadahead(page))
		return;
	ClearPageReadahead(page);
	m->k->swap.ra.hits++;
	count_vm_event(m, SWAP_RA_HIT);
}

int read_swap_page(struct machine *m, swp_entry_t entry, gfp_t gfp, bool readahead,
		   struct page **ret, bool *ret_major)
{
	struct page *page = lookup_swap_cache(m, entry);
	u32 offset = swp_offset(entry), window = readahead ? window_pages(m, offset) : 1;
	int error;

	*ret_major = !page;
	if (page) {
		count_hit(m, page);
		get_page(page);
		*ret = page;
		return 0;
	}
	page = alloc_page(m, gfp);
	if (!page)
		return -ENOMEM;
	if (readahead)
		window_used(m, offset, window);
	error = read_missing(m, entry, window, page);
	if (error)
		__free_page(page);
	else
		*ret = page;
	return error;
}

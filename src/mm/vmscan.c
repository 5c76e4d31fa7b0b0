/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page frame reclaiming: page cache that no process maps.  ULK ch. 17, "Low On Memory
 * Reclaiming".
 *
 * Every page of the page cache is on its zone's inactive list, newest first.  A dirty one
 * is written before it is dropped.  Frames of processes and shared memory have nowhere to go
 * and are never taken, but for those a process said it does not need (MADV_FREE).
 */
#include "mm/vmscan.h"

#include "mm/filemap.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/writeback.h"

#define SWAP_CLUSTER_MAX 32u /* frames that one call tries to free */

/* Nobody holds it and the file has its bytes, or now gets them. */
static bool page_make_freeable(struct page *page)
{
	const struct address_space *mapping = kva_ptr(page, page->mapping);

	if (PageAnon(page) || page_count(page) != 1 || mapping->a_ops == AOPS_SHMEM)
		return false;
	if (!PageDirty(page))
		return true;
	return mapping->a_ops == AOPS_BACKED && write_one_page(page) == 0;
}

/* From the old end; what cannot go now moves to the new end, so that no call looks twice. */
static u32 shrink_list(struct page_list *list, u32 want)
{
	u32 scan = list->nr, freed = 0;

	while (scan-- && freed < want) {
		struct page *page = page_list_last(list);

		if (page_make_freeable(page)) {
			remove_from_page_cache(page);
			freed++;
		} else {
			page_list_del(list, page);
			page_list_add(list, page);
		}
	}
	return freed;
}

static u32 shrink_zone(struct zone *z, u32 want)
{
	u32 freed = shrink_list(&z->lru[LRU_INACTIVE_FILE], want);

	if (freed < want)
		freed += shrink_list(&z->lru[LRU_ACTIVE_FILE], want - freed);
	return freed;
}

u32 try_to_free_pages(struct machine *m, gfp_t gfp)
{
	u32 freed = 0;

	for (int i = gfp_zone(gfp); i >= 0 && freed < SWAP_CLUSTER_MAX; i--)
		freed += shrink_zone(&m->k->zone[i], SWAP_CLUSTER_MAX - freed);
	return freed;
}

/* Not written since the process gave it up: dropped, and zero when it is read again. */
static bool is_lazyfree(const struct page *page, pte_t e)
{
	return PageAnon(page) && !PageSwapBacked(page) && !pte_dirty(e) && !PageDirty(page) &&
	       page_mapcount(page) == 1;
}

/* Pages on their way to swap: unmapped one by one, written together. */
struct swap_batch {
	unsigned nr;
	struct page *pages[SWAP_CLUSTER_MAX];
};

static void swap_out(struct swap_batch *batch)
{
	for (unsigned i = 0; i < batch->nr; i++) {
		struct page *page = batch->pages[i];

		if (!PageDirty(page) || swap_writepage(page) == 0)
			delete_from_swap_cache(page);
		put_page(page);
	}
	batch->nr = 0;
}

/* Anonymous memory and shared memory, where there is a slot for it. */
static void add_to_batch(struct swap_batch *batch, struct page *page)
{
	bool anon = PageAnon(page);

	get_page(page);
	if ((anon && !PageSwapCache(page) && add_to_swap(page)) || !try_to_unmap(page) ||
	    (!anon && shmem_move_to_swap(page))) {
		put_page(page);
		return;
	}
	batch->pages[batch->nr++] = page;
	if (batch->nr == SWAP_CLUSTER_MAX)
		swap_out(batch);
}

static void reclaim_pte(struct vm_area_struct *vma, u32 addr, pte_t e, struct swap_batch *batch)
{
	struct page *page = pte_present(e) ? vm_normal_page(machine_of(vma), e) : NULL;

	if (!page)
		return;
	if (is_lazyfree(page, e)) {
		zap_page_range(vma, addr, addr + PAGE_SIZE);
	} else if (PageSwapBacked(page) && page_mapcount(page) == 1) {
		add_to_batch(batch, page);
	} else if (!PageAnon(page) && page_mapcount(page) == 1) {
		zap_page_range(vma, addr, addr + PAGE_SIZE);
		if (page_make_freeable(page))
			remove_from_page_cache(page);
	}
}

void reclaim_range(struct vm_area_struct *vma, u32 start, u32 end)
{
	struct mm_struct *mm = KGET(vma->vm_mm);
	const struct paging *pg = machine_of(mm)->paging;
	struct swap_batch batch = { 0 };

	for (; start < end; start += PAGE_SIZE) {
		const void *ptep = pte_lookup(mm, start);

		if (ptep)
			reclaim_pte(vma, start, pte_get(pg, ptep), &batch);
	}
	swap_out(&batch);
}

/* Pages of files that only the cache holds, and that the file has as they are. */
static void drop_pagecache(const struct page_list *list)
{
	struct page *page = page_list_first(list), *next;

	for (; page; page = next) {
		const struct address_space *mapping = kva_ptr(page, page->mapping);

		next = page_list_next(page);
		if (!PageAnon(page) && page_count(page) == 1 && !PageDirty(page) &&
		    mapping->a_ops != AOPS_SHMEM)
			remove_from_page_cache(page);
	}
}

void drop_caches(struct machine *m, u32 what)
{
	for (unsigned i = 0; what & DROP_PAGECACHE && i < MAX_NR_ZONES; i++) {
		drop_pagecache(&m->k->zone[i].lru[LRU_INACTIVE_FILE]);
		drop_pagecache(&m->k->zone[i].lru[LRU_ACTIVE_FILE]);
	}
	if (what & DROP_SLAB)
		kmem_cache_reap(m);
}

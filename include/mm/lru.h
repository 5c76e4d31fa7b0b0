/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lists that reclaim takes its pages from.  ULK ch. 17, "The Least Recently Used (LRU) Lists".
 * today: apart for anonymous (and shared) memory and for files, and one more for what cannot
 * be reclaimed.  Every page that a process maps or the page cache holds is on one.
 */
#pragma once

#include "mm/zone.h"

struct vm_area_struct;

/* Pages that are swapped, not written to a file. */
static inline bool page_is_anon_lru(const struct page *page)
{
	return PageSwapBacked(page);
}

/* The list that the page's flags say. */
static inline enum lru_list page_lru(const struct page *page)
{
	if (PageUnevictable(page))
		return LRU_UNEVICTABLE;
	return (page_is_anon_lru(page) ? LRU_INACTIVE_ANON : LRU_INACTIVE_FILE) +
	       (PageActive(page) ? LRU_ACTIVE : 0);
}

/* Pages of one kind of list, all zones. */
u32 nr_lru_pages(const struct machine *m, enum lru_list list);

/* To the young end of its list.  => on none.  ULK lru_cache_add. */
void lru_cache_add(struct page *page);

/* From its list; its flags still say which one.  => on one */
void lru_cache_del(struct page *page);

/* Inactive becomes active. */
void activate_page(struct page *page);

/* Active becomes inactive, and nothing is known of its use.  today: MADV_COLD. */
void deactivate_page(struct page *page);

/* Dropped sooner than it is swapped: to the files' inactive list.  today: MADV_FREE. */
void mark_page_lazyfree(struct page *page);

/*
 * Somebody used it, other than by an entry: the first time is noted, the second makes it
 * active.  ULK mark_page_accessed.
 */
void mark_page_accessed(struct page *page);

/* ---- locked pages ---- */

/*
 * How many entries of VM_LOCKED regions show a page, 0 where it is not PG_mlocked.
 * today: unevictable pages are counted, but not linked; so there is room for this.
 */
static inline u32 page_mlock_count(const struct page *page)
{
	return PageMlocked(page) ? page->lru_prev : 0;
}

/* One more entry of a locked region shows @page: not for reclaim to look at. */
void mlock_vma_page(struct page *page);

/* One less does; if that was the last one the page is like any other again. */
void munlock_vma_page(struct page *page);

/* The same for what is present of [@start, @end).  => @vma's flag says so already */
void mlock_vma_pages_range(struct vm_area_struct *vma, u32 start, u32 end);
void munlock_vma_pages_range(struct vm_area_struct *vma, u32 start, u32 end);

/* May reclaim look at it: nobody locks it, nor the shared memory that it is part of. */
bool page_evictable(const struct page *page);

/* @page, which is evictable no more, goes to the others of its kind.  => on no list */
void cull_page(struct page *page);

/* @page may have become evictable: put it back among the others.  ULK: shmctl SHM_UNLOCK. */
void rescue_page(struct page *page);

void lru_validate(struct machine *m, struct check *c);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The LRU lists, and what moves a page between them but for reclaim itself (vmscan.c).
 * ULK ch. 17, "The Least Recently Used (LRU) Lists", figure 17-5.
 *
 *	             used twice                      mlock
 *	new -> inactive ----> active        any list ----> unevictable
 *	          ^ \          |               inactive <---- munlock, the last one
 *	          |  \         | not used
 *	          +---\--------+                                   (today)
 *	               not used -> reclaimed
 *
 * New pages come in at the head, reclaim looks at the tail.  A list counts no references: the
 * last put_page takes a page off.  Nobody goes through the unevictable pages, so they are counted
 * and not linked.
 *
 * Invariants (lru_validate, check.c): PG_lru pages are on the list that page_lru says, each on
 * one; mapped and cached pages have PG_lru; PG_mlocked pages are unevictable, and those that
 * entries of VM_LOCKED regions show, mlock_count of them.
 */
#include <assert.h>

#include "mm/check.h"
#include "mm/lru.h"
#include "mm/machine.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/shm.h"

const char *const lru_names[NR_LRU_LISTS] = {
	[LRU_INACTIVE_ANON] = "inactive_anon", [LRU_ACTIVE_ANON] = "active_anon",
	[LRU_INACTIVE_FILE] = "inactive_file", [LRU_ACTIVE_FILE] = "active_file",
	[LRU_UNEVICTABLE] = "unevictable",
};

static struct page_list *list_of(const struct page *page)
{
	return &page_zone(page)->lru[page_lru(page)];
}

u32 nr_lru_pages(const struct machine *m, enum lru_list list)
{
	u32 n = 0;

	for (unsigned i = 0; i < MAX_NR_ZONES; i++)
		n += m->k->zone[i].lru[list].nr;
	return n;
}

void lru_cache_add(struct page *page)
{
	assert(!PageLRU(page));
	SetPageLRU(page);
	if (unlikely(PageUnevictable(page)))
		list_of(page)->nr++;
	else
		page_list_add(list_of(page), page);
}

void lru_cache_del(struct page *page)
{
	if (unlikely(PageUnevictable(page)))
		list_of(page)->nr--;
	else
		page_list_del(list_of(page), page);
	ClearPageLRU(page);
}

void activate_page(struct page *page)
{
	if (!PageLRU(page) || PageActive(page) || PageUnevictable(page))
		return;
	lru_cache_del(page);
	SetPageActive(page);
	lru_cache_add(page);
	count_vm_event(machine_of(page), PGACTIVATE);
}

void deactivate_page(struct page *page)
{
	ClearPageReferenced(page);
	if (!PageLRU(page) || !PageActive(page) || PageUnevictable(page))
		return;
	lru_cache_del(page);
	ClearPageActive(page);
	lru_cache_add(page);
	count_vm_event(machine_of(page), PGDEACTIVATE);
}

void mark_page_lazyfree(struct page *page)
{
	if (!PageLRU(page) || !PageAnon(page) || !PageSwapBacked(page) || PageSwapCache(page) ||
	    PageUnevictable(page))
		return;
	lru_cache_del(page);
	ClearPageActive(page);
	ClearPageReferenced(page);
	ClearPageSwapBacked(page);
	lru_cache_add(page);
	count_vm_event(machine_of(page), PGLAZYFREE);
}

void mark_page_accessed(struct page *page)
{
	if (!PageReferenced(page)) {
		SetPageReferenced(page);
	} else if (!PageActive(page) && !PageUnevictable(page)) {
		activate_page(page);
		ClearPageReferenced(page);
		workingset_age(machine_of(page));
	}
}

/* ---- locked pages ---- */

void cull_page(struct page *page)
{
	assert(!PageLRU(page));
	ClearPageActive(page);
	SetPageUnevictable(page);
	page->lru_prev = 0;
	count_vm_event(machine_of(page), UNEVICTABLE_PGCULLED);
}

/* A page that is new may not be on its list yet. */
static void make_unevictable(struct page *page)
{
	bool on_list = PageLRU(page);

	if (on_list)
		lru_cache_del(page);
	cull_page(page);
	if (on_list)
		lru_cache_add(page);
}

void mlock_vma_page(struct page *page)
{
	struct machine *m = machine_of(page);

	if (!PageUnevictable(page))
		make_unevictable(page);
	if (!PageMlocked(page)) {
		SetPageMlocked(page);
		mod_vm_stat(m, NR_MLOCK, 1);
		count_vm_event(m, UNEVICTABLE_PGMLOCKED);
	}
	page->lru_prev++;
}

void munlock_vma_page(struct page *page)
{
	struct machine *m = machine_of(page);

	assert(page_mlock_count(page));
	if (--page->lru_prev)
		return;
	ClearPageMlocked(page);
	mod_vm_stat(m, NR_MLOCK, -1);
	count_vm_event(m, UNEVICTABLE_PGMUNLOCKED);
	rescue_page(page);
}

bool page_evictable(const struct page *page)
{
	const struct address_space *mapping;

	if (PageMlocked(page))
		return false;
	if (PageAnon(page) || !page->mapping)
		return true;
	mapping = kva_ptr(page, page->mapping);
	return !shm_is_locked(KGET(mapping->host));
}

void rescue_page(struct page *page)
{
	bool on_list = PageLRU(page);

	if (!PageUnevictable(page) || !page_evictable(page))
		return;
	if (on_list)
		lru_cache_del(page);
	ClearPageUnevictable(page);
	if (on_list)
		lru_cache_add(page);
	count_vm_event(machine_of(page), UNEVICTABLE_PGRESCUED);
}

static void for_each_page(struct vm_area_struct *vma, u32 start, u32 end,
			  void (*fn)(struct page *page))
{
	struct machine *m = machine_of(vma);

	for_each_pte(KGET(vma->vm_mm), start, end, w) {
		struct page *page = pte_present(w.pte) ? vm_normal_page(m, w.pte) : NULL;

		if (page)
			fn(page);
	}
}

void mlock_vma_pages_range(struct vm_area_struct *vma, u32 start, u32 end)
{
	for_each_page(vma, start, end, mlock_vma_page);
}

void munlock_vma_pages_range(struct vm_area_struct *vma, u32 start, u32 end)
{
	for_each_page(vma, start, end, munlock_vma_page);
}

/* ---- validation ---- */

static void list_validate(const struct machine *m, struct check *c, const struct zone *z,
			  enum lru_list list)
{
	const struct page_list *l = &z->lru[list];
	u32 n = 0, prev = 0;

	for (u32 pfn = l->first; pfn; prev = pfn, pfn = m->mem_map[pfn].lru_next) {
		const struct page *p = m->mem_map + pfn;

		if (pfn < z->zone_start_pfn || pfn >= z->frontier || n++ >= l->nr) {
			check_fail(c, "%s: %s list is broken at %05x", z->name, lru_names[list],
				   pfn);
			return;
		}
		check_that(c,
			   PageLRU(p) && page_lru(p) == list && p->lru_prev == prev &&
				   page_count(p),
			   "%s: frame %05x: flags %08x count %d on the %s list", z->name, pfn,
			   p->flags, page_count(p), lru_names[list]);
	}
	check_that(c, n == l->nr && l->last == prev, "%s: %s list counts %u, has %u", z->name,
		   lru_names[list], l->nr, n);
}

void lru_validate(struct machine *m, struct check *c)
{
	for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
		const struct zone *z = &m->k->zone[i];
		u32 listed = 0, flagged = 0, unevictable = 0;

		for (unsigned list = 0; list < LRU_UNEVICTABLE; list++) {
			list_validate(m, c, z, (enum lru_list)list);
			listed += z->lru[list].nr;
		}
		for (pfn_t pfn = z->zone_start_pfn; pfn < z->frontier; pfn++) {
			const struct page *page = m->mem_map + pfn;

			flagged += PageLRU(page);
			unevictable += PageLRU(page) && PageUnevictable(page);
		}
		check_that(c, listed + unevictable == flagged, "%s: %u pages on lists, %u say so",
			   z->name, listed + unevictable, flagged);
		check_that(c, z->lru[LRU_UNEVICTABLE].nr == unevictable,
			   "%s: %u unevictable pages, %u say so", z->name,
			   z->lru[LRU_UNEVICTABLE].nr, unevictable);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page frame reclaiming: which pages go.  ULK ch. 17, "The Page Frame Reclaiming Algorithm".
 *
 *	try_to_free_pages   an allocation found too little      kswapd (kswapd.c)
 *	                \                                      /
 *	                 shrink_zone, at priority 12 to 0: 1/4096 of each list, ..., all of it
 *	                   get_scan_count        how much of anonymous memory, how much of files
 *	                   shrink_active_list    active -> inactive, where inactive is the shorter
 *	                   shrink_inactive_list  up to 32 pages off the list, each judged:
 *	                     judge_page          used again? a slot, unmap
 *	                     then                write, drop
 *
 * Second chance: a page of the inactive list that was used since reclaim last looked, by one
 * entry, goes round once more; used twice it becomes active (page_check_references).
 *
 * A page at work elsewhere has a reference that neither entries nor caches count: it stays.  So
 * who may cause reclaim while it holds a struct page holds a reference, too.  Nothing here
 * allocates memory.
 */
#include "mm/vmscan.h"

#include "mm/filemap.h"
#include "mm/lru.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/trace.h"
#include "mm/writeback.h"

#include "vmscan_internal.h"

/* ---- one page ---- */

/* The swap cache or the page cache holds a reference, too. */
static s32 cache_references(const struct page *page)
{
	return PageSwapCache(page) || (!PageAnon(page) && page->mapping);
}

/* Nobody but entries, caches and we ourselves holds it. */
static bool is_unheld(const struct page *page)
{
	return page_count(page) == 1 + page_mapcount(page) + cache_references(page);
}

static enum page_references page_check_references(struct page *page)
{
	u32 vm_flags, entries = page_referenced(page, &vm_flags);
	bool before = PageReferenced(page), file = !page_is_anon_lru(page);

	ClearPageReferenced(page);
	if (vm_flags & VM_LOCKED)
		return PAGEREF_ACTIVATE;
	if (!entries)
		return before && file ? PAGEREF_RECLAIM_CLEAN : PAGEREF_RECLAIM;
	SetPageReferenced(page);
	/* Programs' text is worth most: one use is enough. */
	if (before || entries > 1 || (vm_flags & VM_EXEC && file))
		return PAGEREF_ACTIVATE;
	return PAGEREF_KEEP;
}

/* Its bytes to where they are kept.  true: they are there. */
static bool pageout(struct page *page, const struct scan_control *sc)
{
	struct machine *m = machine_of(page);
	int error;

	if (PageSwapCache(page)) {
		if (!(sc->gfp & __GFP_IO))
			return false;
		error = swap_writepage(page);
	} else {
		const struct address_space *mapping = kva_ptr(page, page->mapping);

		if (!(sc->gfp & __GFP_FS) || PageAnon(page) || mapping->a_ops != AOPS_BACKED ||
		    wb_is_deferred(KGET(mapping->host)))
			return false;
		error = write_one_page(page);
		mod_vm_stat(m, NR_VMSCAN_WRITE, !error);
	}
	return !error;
}

/* Out of all page tables and, for shared memory, out of its object: a slot is all that is left. */
static bool unmap_page(struct page *page)
{
	if (!try_to_unmap(page)) {
		/* Written to since MADV_FREE: it is wanted after all. */
		if (PageAnon(page) && !PageSwapCache(page))
			SetPageSwapBacked(page);
		return false;
	}
	if (PageAnon(page) || PageSwapCache(page) || !PageSwapBacked(page))
		return true;
	/* Shared memory that was only read is zeros, and needs no slot. */
	return !PageDirty(page) || !shmem_move_to_swap(page);
}

static void drop_from_cache(struct page *page)
{
	if (PageSwapCache(page))
		reclaim_from_swap_cache(page);
	else if (PageAnon(page))
		count_vm_event(machine_of(page), PGLAZYFREED);
	else if (PageSwapBacked(page))
		remove_from_page_cache(page); /* shared memory that nobody wrote */
	else
		reclaim_from_page_cache(page);
}

/* May a page go that is off its list, with a reference for us?  Then nothing maps it any more. */
static enum page_verdict judge_page(struct page *page, const struct scan_control *sc)
{
	enum page_references use = PAGEREF_RECLAIM;

	if (!page_evictable(page))
		return PAGE_CULLED;
	if (!is_unheld(page))
		return PAGE_KEPT;
	if (!sc->whatever_use)
		use = page_check_references(page);
	if (use == PAGEREF_ACTIVATE)
		return PAGE_ACTIVATED;
	if (use == PAGEREF_KEEP)
		return PAGE_KEPT;
	if (PageAnon(page) && PageSwapBacked(page) && !PageSwapCache(page) &&
	    (!(sc->gfp & __GFP_IO) || add_to_swap(page)))
		return PAGE_ACTIVATED;
	if (!unmap_page(page))
		return PAGE_ACTIVATED;
	return PageDirty(page) && use == PAGEREF_RECLAIM_CLEAN ? PAGE_KEPT : PAGE_FREED;
}

/* Back to the list that its flags say, or freed. */
static void putback_page(struct page *page, enum page_verdict verdict)
{
	struct machine *m = machine_of(page);

	switch (verdict) {
	case PAGE_FREED:
		ClearPageActive(page);
		put_page(page);
		return;
	case PAGE_ACTIVATED:
		if (PageSwapCache(page) && vm_swap_full(m))
			try_to_free_swap(page);
		if (!PageActive(page))
			count_vm_event(m, PGACTIVATE);
		SetPageActive(page);
		break;
	case PAGE_CULLED: cull_page(page); break;
	case PAGE_KEPT: break;
	}
	if (PageActive(page))
		workingset_age(m);
	lru_cache_add(page);
	put_page(page);
}

/*
 * What becomes of pages that are off their lists, up to SWAP_CLUSTER_MAX.  All are unmapped before
 * any is written: slots beside each other go out in one transfer.  Returns how many were freed.
 */
static u32 shrink_page_list(struct page **pages, u32 nr, const struct scan_control *sc)
{
	enum page_verdict verdict[SWAP_CLUSTER_MAX];
	u32 freed = 0;

	for (u32 i = 0; i < nr; i++)
		verdict[i] = judge_page(pages[i], sc);
	for (u32 i = 0; i < nr; i++) {
		if (verdict[i] == PAGE_FREED && PageDirty(pages[i]) && !pageout(pages[i], sc))
			verdict[i] = PAGE_KEPT;
		if (verdict[i] == PAGE_FREED)
			drop_from_cache(pages[i]);
		freed += verdict[i] == PAGE_FREED;
	}
	for (u32 i = 0; i < nr; i++)
		putback_page(pages[i], verdict[i]);
	return freed;
}

/* ---- lists ---- */

/* Take the oldest pages off a list, up to @nr and SWAP_CLUSTER_MAX of them. */
static u32 isolate_lru_pages(struct page_list *list, u32 nr, struct page **pages)
{
	u32 n = 0;

	while (n < nr && n < SWAP_CLUSTER_MAX && list->nr) {
		struct page *page = page_list_last(list);

		get_page(page);
		lru_cache_del(page);
		pages[n++] = page;
	}
	return n;
}

void lru_note_cost(struct zone *z, bool file, u32 nr_io, u32 nr_rotated)
{
	u32 pages = 0;

	z->scan_cost[file] += nr_io * SWAP_CLUSTER_MAX + nr_rotated;
	for (unsigned list = 0; list < LRU_UNEVICTABLE; list++)
		pages += z->lru[list].nr;
	if (z->scan_cost[0] + z->scan_cost[1] > pages / 4) {
		z->scan_cost[0] /= 2;
		z->scan_cost[1] /= 2;
	}
}

static void count_scanned(struct machine *m, const struct scan_control *sc, bool file, u32 scanned,
			  u32 freed)
{
	count_vm_events(m, sc->kswapd ? PGSCAN_KSWAPD : PGSCAN_DIRECT, scanned);
	count_vm_events(m, file ? PGSCAN_FILE : PGSCAN_ANON, scanned);
	count_vm_events(m, sc->kswapd ? PGSTEAL_KSWAPD : PGSTEAL_DIRECT, freed);
	count_vm_events(m, file ? PGSTEAL_FILE : PGSTEAL_ANON, freed);
}

static void shrink_inactive_list(struct zone *z, bool file, u32 nr, struct scan_control *sc)
{
	struct page *pages[SWAP_CLUSTER_MAX];
	struct machine *m = machine_of(z);
	s32 written = m->k->vm_stat[NR_VMSCAN_WRITE];
	u32 n = isolate_lru_pages(&z->lru[file ? LRU_INACTIVE_FILE : LRU_INACTIVE_ANON], nr, pages);
	u32 freed = shrink_page_list(pages, n, sc);

	sc->nr_scanned += n;
	sc->nr_reclaimed += freed;
	count_scanned(m, sc, file, n, freed);
	lru_note_cost(z, file, (u32)(m->k->vm_stat[NR_VMSCAN_WRITE] - written), n - freed);
}

/*
 * ULK refill_inactive_zone.  today: what was used goes to the inactive list all the same, for
 * another look there; only programs' text stays.
 */
static void shrink_active_list(struct zone *z, bool file, u32 nr, struct scan_control *sc)
{
	struct page *pages[SWAP_CLUSTER_MAX];
	struct machine *m = machine_of(z);
	u32 n = isolate_lru_pages(&z->lru[file ? LRU_ACTIVE_FILE : LRU_ACTIVE_ANON], nr, pages);
	u32 rotated = 0;

	for (u32 i = 0; i < n; i++) {
		struct page *page = pages[i];
		u32 vm_flags;

		if (!page_evictable(page)) {
			putback_page(page, PAGE_CULLED);
			continue;
		}
		if (page_referenced(page, &vm_flags) && vm_flags & VM_EXEC && file) {
			rotated++;
		} else {
			ClearPageActive(page);
			SetPageWorkingset(page);
			count_vm_event(m, PGDEACTIVATE);
		}
		putback_page(page, PAGE_KEPT);
	}
	sc->nr_scanned += n;
	count_vm_events(m, PGREFILL, n);
	lru_note_cost(z, file, 0, rotated);
}

/* today: the larger the lists, the smaller the part that has to be inactive. */
static bool inactive_is_low(const struct zone *z, bool file)
{
	u32 inactive = z->lru[file ? LRU_INACTIVE_FILE : LRU_INACTIVE_ANON].nr;
	u32 active = z->lru[file ? LRU_ACTIVE_FILE : LRU_ACTIVE_ANON].nr;
	u32 gb = (inactive + active) >> (30 - PAGE_SHIFT);
	u32 ratio = 1;

	while ((ratio + 1) * (ratio + 1) <= 10 * gb)
		ratio++;
	return (u64)inactive * ratio < active;
}

/* today: also when pages of this kind that came back had to be made active at once. */
static bool may_deactivate(const struct zone *z, bool file)
{
	return inactive_is_low(z, file) || workingset_thrashes(machine_of(z), file);
}

static void shrink_list(struct zone *z, enum lru_list list, u32 nr, struct scan_control *sc)
{
	bool file = list >= LRU_INACTIVE_FILE;

	if (list == LRU_INACTIVE_ANON || list == LRU_INACTIVE_FILE)
		shrink_inactive_list(z, file, nr, sc);
	else if (may_deactivate(z, file) || !sc->priority)
		shrink_active_list(z, file, nr, sc);
}

/* ---- how much of which list ---- */

/* Of 1,000 pages to look at, how many are anonymous? */
static u32 anon_share(const struct zone *z, const struct scan_control *sc)
{
	u64 swappiness = sysctl(machine_of(z), SYSCTL_SWAPPINESS);
	u32 files = z->lru[LRU_INACTIVE_FILE].nr + z->lru[LRU_ACTIVE_FILE].nr;
	u64 total = (u64)z->scan_cost[0] + z->scan_cost[1], anon, file;

	if (get_nr_swap_pages(machine_of(z)) <= 0)
		return 0;
	if (!sc->priority && swappiness)
		return 500;
	/* Without files to speak of, the little there is is what programs are working with. */
	if (files + z->free_pages <= z->pages_high && z->lru[LRU_INACTIVE_ANON].nr >> sc->priority)
		return 1000;
	/* Cache that is not in use first, where files are to go rather than memory. */
	if (swappiness < 100 && z->lru[LRU_INACTIVE_FILE].nr >> sc->priority &&
	    !may_deactivate(z, true))
		return 0;
	anon = swappiness * (2 * total + 1) / (total + z->scan_cost[0] + 1);
	file = (200 - swappiness) * (2 * total + 1) / (total + z->scan_cost[1] + 1);
	return (u32)(1000 * anon / (anon + file + 1));
}

static void get_scan_count(const struct zone *z, const struct scan_control *sc, u32 *nr)
{
	u32 anon = anon_share(z, sc);

	for (unsigned list = 0; list < LRU_UNEVICTABLE; list++) {
		u32 share = list < LRU_INACTIVE_FILE ? anon : 1000 - anon;
		u64 scan = (u64)(z->lru[list].nr >> sc->priority) * share;

		/* At the last priority a half means all, only later. */
		nr[list] = sc->priority ? (u32)((scan + 999) / 1000) : share ? z->lru[list].nr : 0;
	}
}

void shrink_zone(struct zone *z, struct scan_control *sc)
{
	u32 nr[LRU_UNEVICTABLE], left;

	get_scan_count(z, sc, nr);
	do {
		left = 0;
		for (unsigned list = 0; list < LRU_UNEVICTABLE; list++) {
			u32 part = nr[list] < SWAP_CLUSTER_MAX ? nr[list] : SWAP_CLUSTER_MAX;

			nr[list] -= part;
			left += nr[list];
			if (part)
				shrink_list(z, (enum lru_list)list, part, sc);
		}
	} while (left && sc->nr_reclaimed < sc->nr_to_reclaim);
	if (get_nr_swap_pages(machine_of(z)) > 0 && inactive_is_low(z, false))
		shrink_active_list(z, false, SWAP_CLUSTER_MAX, sc);
}

/* ---- direct reclaim ---- */

static void shrink_zones(struct machine *m, struct scan_control *sc)
{
	for (int i = gfp_zone(sc->gfp); i >= 0 && sc->nr_reclaimed < sc->nr_to_reclaim; i--)
		shrink_zone(&m->k->zone[i], sc);
}

u32 try_to_free_pages(struct machine *m, gfp_t gfp, unsigned order)
{
	struct scan_control sc = { .gfp = gfp, .nr_to_reclaim = SWAP_CLUSTER_MAX };

	trace_current(m, TRACE_DIRECT_RECLAIM_BEGIN, order, gfp, 0, 0);
	count_vm_event(m, (enum vm_event)(ALLOCSTALL_DMA + gfp_zone(gfp)));
	workingset_shrink_nodes(m);
	for (sc.priority = DEF_PRIORITY; sc.priority >= 0 && sc.nr_reclaimed < sc.nr_to_reclaim;
	     sc.priority--)
		shrink_zones(m, &sc);
	/* All of it: what was used, active or both has its second chance, and its last. */
	sc.priority = 0;
	for (unsigned i = 0; i < MAX_RECLAIM_RETRIES && !sc.nr_reclaimed; i++)
		shrink_zones(m, &sc);
	workingset_looked(m);
	if (sc.nr_reclaimed)
		m->k->kswapd_failures = 0;
	trace_current(m, TRACE_DIRECT_RECLAIM_END, sc.nr_reclaimed, 0, 0, 0);
	return sc.nr_reclaimed;
}

/* ---- what a process gives up itself ---- */

/* Pages on their way out together. */
struct pageout_batch {
	u32 nr;
	struct page *pages[SWAP_CLUSTER_MAX];
};

static void pageout_batch(struct pageout_batch *batch)
{
	const struct scan_control sc = { .gfp = GFP_KERNEL, .whatever_use = true };

	shrink_page_list(batch->pages, batch->nr, &sc);
	batch->nr = 0;
}

static void reclaim_pte(struct machine *m, const struct pte_walk *w, struct pageout_batch *batch)
{
	struct page *page = pte_present(w->pte) ? vm_normal_page(m, w->pte) : NULL;

	/* What others use, too, is not this process's to judge. */
	if (!page || page_mapcount(page) != 1 || !PageLRU(page) || PageUnevictable(page))
		return;
	get_page(page);
	lru_cache_del(page);
	ClearPageReferenced(page);
	ClearPageActive(page);
	batch->pages[batch->nr++] = page;
	if (batch->nr == SWAP_CLUSTER_MAX)
		pageout_batch(batch);
}

void reclaim_range(struct vm_area_struct *vma, u32 start, u32 end)
{
	struct mm_struct *mm = KGET(vma->vm_mm);
	struct pageout_batch batch = { 0 };

	for_each_pte(mm, start, end, w)
		reclaim_pte(machine_of(mm), &w, &batch);
	pageout_batch(&batch);
}

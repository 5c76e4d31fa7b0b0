/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy on write, both ends of it.  ULK ch. 9, "Copy On Write" and "Creating a Process
 * Address Space".
 *
 *   fork                      write by B
 *   A pte r/o --+             A pte r/o ---> frame (count 1)
 *               +--> frame
 *   B pte r/o --+             B pte r/w ---> copy  (count 1)
 *
 * Invariant: a writable entry of a private region leads to an anonymous frame that no other
 * entry leads to (check.c).
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mm/filemap.h"
#include "mm/lru.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"

#include "fault_internal.h"

/* ---- fork ---- */

/* What one region's copy needs to know, and what it counts. */
struct fork_copy {
	struct machine *m;
	struct mm_struct *dst;
	bool private; /* write-protect both sides */
	bool changed; /* the parent's entries changed */
};

/* One more entry leads to @page. */
static inline void dup_rmap(struct page *page)
{
	page->_count++;
	page->_mapcount++;
	ClearPageAnonExclusive(page);
}

/*
 * One more entry holds the slot; neither of them is alone any more.  What is lost is lost for
 * both.
 */
static __attribute__((noinline)) void copy_swap_entry(struct fork_copy *f, void *src, void *dst)
{
	pte_t e = pte_get(f->m->paging, src);

	if (pte_is_poisoned(e)) {
		pte_put(f->m->paging, dst, e);
		return;
	}
	swap_duplicate(f->m, pte_to_swp_entry(e));
	e.v &= ~(u64)SWP_PTE_EXCLUSIVE;
	pte_put(f->m->paging, src, e);
	pte_put(f->m->paging, dst, e);
	f->dst->rss_stat[MM_SWAPENTS]++;
}

/*
 * The loop that fork's time is made of; @pae is a constant to it.  Entries and descriptors are
 * plain words to the compiler, and any store to them could change what fields of the machine or
 * the mm say: so these are read before the loop and written after it.
 */
static inline __attribute__((always_inline)) void
copy_entries(struct fork_copy *f, const struct pte_range *r, void *dstp, bool pae)
{
	const struct paging pg = { .pae = pae };
	const u64 taken = f->private ? PG_RW : 0, not_copied = f->private ? PG_A : PG_A | PG_D;
	struct page *const mem_map = f->m->mem_map;
	const struct page *zero_page = mem_map + f->m->k->empty_zero_page;
	u32 nr = (r->end - r->addr) >> PAGE_SHIFT, empty = 0, not_anon = 0;
	const u32 size = pae ? 8 : 4;
	u8 *src = r->ptep, *dst = dstp;
	bool changed = false;

	for (u32 i = 0; i < nr; i++) {
		pte_t e = pte_get(&pg, src + i * size);
		struct page *page = mem_map + pte_pfn(e);

		if (pte_none(e)) {
			empty++;
			continue;
		}
		if (unlikely(!pte_present(e))) {
			copy_swap_entry(f, src + i * size, dst + i * size);
			not_anon++;
			continue;
		}
		if (e.v & taken) {
			e.v &= ~taken;
			pte_put(&pg, src + i * size, e);
			changed = true;
		}
		e.v &= ~not_copied;
		pte_put(&pg, dst + i * size, e);
		if (unlikely(page == zero_page)) {
			not_anon++;
			continue;
		}
		dup_rmap(page);
		if (unlikely(!PageAnon(page))) {
			f->dst->rss_stat[PageSwapBacked(page) ? MM_SHMEMPAGES : MM_FILEPAGES]++;
			not_anon++;
		}
	}
	pte_table(f->m, dstp)->private += nr - empty;
	f->dst->rss_stat[MM_ANONPAGES] += (s32)(nr - empty - not_anon);
	f->changed |= changed;
}

static void copy_pte_run(struct fork_copy *f, const struct pte_range *r, void *dstp)
{
	if (f->m->paging->pae)
		copy_entries(f, r, dstp, true);
	else
		copy_entries(f, r, dstp, false);
}

/*
 * today: a region without private pages is not copied, its pages are found again in the page
 * cache; nor is one that the child is to find empty.
 */
static bool has_entries_to_copy(const struct vm_area_struct *vma)
{
	return !KNULL(vma->anon_vma) && !(vma->vm_flags & VM_WIPEONFORK);
}

int reserve_page_range(struct mm_struct *dst, struct vm_area_struct *vma)
{
	struct pte_range r = { .end = vma->vm_start };

	if (!has_entries_to_copy(vma))
		return 0;
	while (pte_range_next(KGET(vma->vm_mm), &r, vma->vm_end))
		if (!pte_alloc(dst, r.addr))
			return -ENOMEM;
	return 0;
}

void copy_page_range(struct mm_struct *dst, struct vm_area_struct *vma)
{
	struct mm_struct *src = KGET(vma->vm_mm);
	struct fork_copy f = { machine_of(src), dst, !(vma->vm_flags & VM_SHARED), false };
	struct pte_range r = { .end = vma->vm_start };

	if (!has_entries_to_copy(vma))
		return;
	while (pte_range_next(src, &r, vma->vm_end))
		copy_pte_run(&f, &r, pte_lookup(dst, r.addr));
	if (f.changed)
		flush_tlb_range(src, vma->vm_start, vma->vm_end);
	update_hiwater(dst);
}

/* ---- a write to a present, read-only entry ---- */

bool reuse_swap_page(const struct page *page)
{
	swp_entry_t slot = { page->private };
	bool cached = PageSwapCache(page);

	if (!PageAnon(page))
		return false;
	if (PageAnonExclusive(page))
		return true;
	return page_mapcount(page) == 1 && page_count(page) == 1 + cached &&
	       !(cached && swap_count(machine_of(page), slot));
}

static pte_t mk_written(struct machine *m, const struct vm_area_struct *vma, struct page *page)
{
	u64 bits = vm_page_prot(m, vma->vm_flags) | PG_A | PG_D;

	return maybe_mkwrite(mk_pte(page_to_pfn(page), bits), vma->vm_flags);
}

/* Put @page, anonymous and this region's alone, behind the entry, writable. */
void set_anon_pte(struct vm_area_struct *vma, u32 addr, void *ptep, struct page *page)
{
	struct mm_struct *mm = KGET(vma->vm_mm);

	page_add_anon_rmap(page, vma, addr);
	SetPageAnonExclusive(page);
	lru_cache_add(page);
	set_pte(mm, ptep, mk_written(machine_of(mm), vma, page));
}

/* A frame of its own with the bytes of @old (NULL: zeros). */
static int wp_page_copy(struct vm_area_struct *vma, u32 addr, void *ptep, struct page *old)
{
	struct mm_struct *mm = KGET(vma->vm_mm);
	struct machine *m = machine_of(mm);
	struct page *page;

	if (old)
		get_page(old); /* what is allocated here may not cost its frame */
	page = anon_vma_prepare(vma) ? NULL : alloc_page(m, GFP_HIGHUSER | (old ? 0 : __GFP_ZERO));
	if (old)
		put_page(old);
	if (!page)
		return -ENOMEM;
	if (old)
		memcpy(page_address(page), page_address(old), PAGE_SIZE);
	/* ULK ptep_clear_flush: no CPU reads the old frame when it is given back. */
	set_pte(mm, ptep, (pte_t){ 0 });
	flush_tlb_page(mm, addr);
	if (old) {
		page_remove_rmap(old, vma);
		free_swap_cache(old);
		put_page(old);
	}
	set_anon_pte(vma, addr, ptep, page);
	return 0;
}

int do_wp_page(struct vm_area_struct *vma, u32 addr, void *ptep, enum fault_branch branch)
{
	struct mm_struct *mm = KGET(vma->vm_mm);
	struct machine *m = machine_of(mm);
	pte_t e = pte_get(m->paging, ptep);
	struct page *page = vm_normal_page(m, e);
	int error = 0;

	if (branch == FB_WP_SHARED)
		error = page_mkwrite(page);
	if (error)
		return error;
	if (branch == FB_COW_REUSE || branch == FB_WP_SHARED) {
		if (branch == FB_COW_REUSE) {
			try_to_free_swap(page);
			page_move_anon_rmap(page, vma);
		}
		e.v |= PG_RW | PG_A | PG_D;
		set_pte(mm, ptep, e);
		flush_tlb_page(mm, addr);
		count_vm_event(m, PGREUSE);
		return 0;
	}
	return wp_page_copy(vma, addr, ptep, page);
}

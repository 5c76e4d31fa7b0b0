/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking pages out of page tables.  ULK ch. 9, "The unmap_region() Function".
 *
 * Costs what is present, not what the interval spans.  The tables themselves are given
 * back by free_pgtables, later, when it is known that no region needs them.
 *
 * A frame is given back when no CPU has its entry in its TLB any more: until then it is kept in
 * an mmu_gather.
 */
#include "mm/filemap.h"
#include "mm/lru.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/writeback.h"

#define FREE_PTE_NR 506u /* as ULK's, which fills a page */

struct mmu_gather {
	struct mm_struct *mm;
	u32 start; /* behind what is flushed */
	bool need_flush;
	u32 nr;
	struct page *pages[FREE_PTE_NR];
};

/* Field by field: the pages need not be cleared. */
static void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm, u32 start)
{
	tlb->mm = mm;
	tlb->start = start;
	tlb->need_flush = false;
	tlb->nr = 0;
}

/* Entries up to @end are gone: from all TLBs, too, and then the frames go. */
static void tlb_flush_mmu(struct mmu_gather *tlb, u32 end)
{
	if (tlb->need_flush)
		flush_tlb_range(tlb->mm, tlb->start, end);
	tlb->need_flush = false;
	tlb->start = end;
	for (u32 i = 0; i < tlb->nr; i++) {
		free_swap_cache(tlb->pages[i]);
		put_page(tlb->pages[i]);
	}
	tlb->nr = 0;
}

/* @e is gone.  The frame that it led to, still with its reference, or NULL. */
static struct page *zap_pte(struct machine *m, struct vm_area_struct *vma, pte_t e)
{
	struct page *page;

	if (unlikely(pte_is_poisoned(e)))
		return NULL;
	if (unlikely(!pte_present(e))) {
		KGET(vma->vm_mm)->rss_stat[MM_SWAPENTS]--;
		free_swap_and_cache(m, pte_to_swp_entry(e));
		return NULL;
	}
	page = vm_normal_page(m, e);
	if (!page)
		return NULL;
	if (!PageAnon(page)) {
		if (pte_dirty(e))
			set_page_dirty(page);
		if (pte_young(e) && !(vma->vm_flags & (VM_SEQ_READ | VM_RAND_READ)))
			mark_page_accessed(page);
	}
	page_remove_rmap(page, vma);
	return page;
}

/* Is this the entry of a private copy? */
static bool is_copy(const struct machine *m, pte_t e)
{
	const struct page *page = pte_present(e) ? vm_normal_page(m, e) : NULL;

	return !page || PageAnon(page);
}

static void zap_range(struct vm_area_struct *vma, u32 start, u32 end, bool copies)
{
	struct mm_struct *mm = KGET(vma->vm_mm);
	struct machine *m = machine_of(mm);
	struct pte_range r = { .end = start };
	u32 step = m->paging->entry_size;
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, mm, start);
	while (pte_range_next(mm, &r, end)) {
		u8 *p = r.ptep;

		for (; r.addr < r.end && r.table->private; r.addr += PAGE_SIZE, p += step) {
			pte_t e = pte_get(m->paging, p);
			struct page *page;

			if (pte_none(e) || (!copies && is_copy(m, e)))
				continue;
			pte_put(m->paging, p, (pte_t){ 0 });
			r.table->private --;
			tlb.need_flush = true;
			page = zap_pte(m, vma, e);
			if (page)
				tlb.pages[tlb.nr++] = page;
			if (tlb.nr == FREE_PTE_NR)
				tlb_flush_mmu(&tlb, r.addr + PAGE_SIZE);
		}
	}
	tlb_flush_mmu(&tlb, end);
}

void zap_page_range(struct vm_area_struct *vma, u32 start, u32 end)
{
	zap_range(vma, start, end, true);
}

void zap_file_pages(struct vm_area_struct *vma, u32 start, u32 end)
{
	zap_range(vma, start, end, false);
}

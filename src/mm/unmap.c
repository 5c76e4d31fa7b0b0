/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking pages out of page tables.  ULK ch. 9, "The unmap_region() Function".
 *
 * Costs what is present, not what the interval spans.  The tables themselves are given
 * back by free_pgtables, later, when it is known that no region needs them.
 */
#include "mm/filemap.h"
#include "mm/lru.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/writeback.h"

static void zap_pte(struct machine *m, struct vm_area_struct *vma, pte_t e)
{
	struct page *page;

	if (unlikely(pte_is_poisoned(e)))
		return;
	if (unlikely(!pte_present(e))) {
		KGET(vma->vm_mm)->rss_stat[MM_SWAPENTS]--;
		free_swap_and_cache(m, pte_to_swp_entry(e));
		return;
	}
	page = vm_normal_page(m, e);
	if (!page)
		return;
	if (!PageAnon(page)) {
		if (pte_dirty(e))
			set_page_dirty(page);
		if (pte_young(e) && !(vma->vm_flags & (VM_SEQ_READ | VM_RAND_READ)))
			mark_page_accessed(page);
	}
	page_remove_rmap(page, vma);
	free_swap_cache(page);
	put_page(page);
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
	bool any = false;

	while (pte_range_next(mm, &r, end)) {
		u8 *p = r.ptep;

		for (; r.addr < r.end && r.table->private; r.addr += PAGE_SIZE, p += step) {
			pte_t e = pte_get(m->paging, p);

			if (pte_none(e) || (!copies && is_copy(m, e)))
				continue;
			pte_put(m->paging, p, (pte_t){ 0 });
			r.table->private --;
			zap_pte(m, vma, e);
			any = true;
		}
	}
	if (any)
		flush_tlb_range(mm, start, end);
}

void zap_page_range(struct vm_area_struct *vma, u32 start, u32 end)
{
	zap_range(vma, start, end, true);
}

void zap_file_pages(struct vm_area_struct *vma, u32 start, u32 end)
{
	zap_range(vma, start, end, false);
}

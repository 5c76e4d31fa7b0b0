/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forget which pages were used, so that the next look tells what was used since.
 * today: proc(5), clear_refs.
 */
#include "mm/machine.h"
#include "mm/pgtable.h"

static void clear_entry(struct mm_struct *mm, void *ptep, pte_t e)
{
	struct page *page = vm_normal_page(machine_of(mm), e);

	if (!page)
		return;
	if (pte_young(e))
		set_pte(mm, ptep, (pte_t){ e.v & ~PG_A });
	ClearPageReferenced(page);
}

static void clear_region(struct mm_struct *mm, const struct vm_area_struct *vma)
{
	const struct paging *pg = machine_of(mm)->paging;
	struct pte_range r = { .end = vma->vm_start };

	while (pte_range_next(mm, &r, vma->vm_end)) {
		u8 *ptep = r.ptep;

		for (u32 addr = r.addr; addr < r.end; addr += PAGE_SIZE, ptep += pg->entry_size) {
			pte_t e = pte_get(pg, ptep);

			if (pte_present(e))
				clear_entry(mm, ptep, e);
		}
	}
}

void clear_refs(struct mm_struct *mm, enum clear_refs what)
{
	for (struct vm_area_struct *vma = KGET(mm->mmap); vma; vma = KGET(vma->vm_next)) {
		bool mapped = !KNULL(vma->vm_file);

		if (what == CLEAR_REFS_ALL || mapped == (what == CLEAR_REFS_MAPPED))
			clear_region(mm, vma);
	}
	flush_tlb_mm(mm);
}

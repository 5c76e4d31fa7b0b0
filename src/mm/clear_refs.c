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
	for_each_pte(mm, vma->vm_start, vma->vm_end, w)
		if (pte_present(w.pte))
			clear_entry(mm, w.ptep, w.pte);
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

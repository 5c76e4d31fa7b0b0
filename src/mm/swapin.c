/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages come back from swap.  ULK ch. 17, "Swapping in Pages".
 *
 *	entry --> slot --cached?--> page of the swap cache		(minor fault)
 *		       --no-------> read, and what stands beside it	(major fault)
 *	then	read, or this process's alone	mapped; writable where nobody else has it
 *		write, others hold the slot	mapped, then do_wp_page copies it
 *
 * A page that is written gives its slot back, if no other entry holds it: the slot's bytes
 * will not be true any more.  One that is only read keeps it, to go out again for nothing.
 */
#include <errno.h>

#include "mm/lru.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "swap_internal.h"

#include "fault_internal.h"

bool swap_is_exclusive(const struct machine *m, pte_t e)
{
	swp_entry_t entry = pte_to_swp_entry(e);
	const struct page *page = lookup_swap_cache(m, entry);

	return pte_swp_exclusive(e) ||
	       (swap_count(m, entry) == 1 && (!page || page_count(page) == 1));
}

u32 swapin_frames(const struct machine *m, pte_t e)
{
	return swap_read_frames(m, pte_to_swp_entry(e));
}

/* today: kept where that saves a write later, unless slots run short. */
static bool should_free_swap(const struct vm_area_struct *vma, const struct page *page, bool write)
{
	if (vm_swap_full(machine_of(vma)) || vma->vm_flags & VM_LOCKED)
		return true;
	return write && page_count(page) == 2; /* the cache's and this fault's */
}

/* Map @page, whose reference becomes the entry's.  Is it this process's alone now? */
static bool map_swapped_page(struct vm_area_struct *vma, u32 addr, void *ptep, struct page *page,
			     bool write)
{
	struct mm_struct *mm = KGET(vma->vm_mm);
	struct machine *m = machine_of(mm);
	pte_t old = pte_get(m->paging, ptep);
	pte_t e = mk_pte(page_to_pfn(page), vm_page_prot(m, vma->vm_flags));
	bool exclusive;

	swap_free(m, pte_to_swp_entry(old));
	if (should_free_swap(vma, page, write))
		try_to_free_swap(page);
	exclusive = pte_swp_exclusive(old) || page_count(page) == 1;
	mm->rss_stat[MM_SWAPENTS]--;
	if (exclusive) {
		SetPageAnonExclusive(page);
		e = maybe_mkwrite(e, vma->vm_flags);
		e.v |= write ? PG_D : 0;
	}
	page_add_anon_rmap(page, vma, addr);
	set_pte(mm, ptep, e);
	return exclusive;
}

int do_swap_page(struct vm_area_struct *vma, u32 addr, void *ptep, bool write, bool *ret_major)
{
	struct machine *m = machine_of(vma);
	swp_entry_t entry = pte_to_swp_entry(pte_get(m->paging, ptep));
	struct page *page;
	int error = read_swap_page(m, entry, GFP_HIGHUSER, true, &page, ret_major);

	if (error)
		return error;
	mark_page_accessed(page);
	if (map_swapped_page(vma, addr, ptep, page, write) || !write)
		return 0;
	return do_wp_page(vma, addr, ptep, FB_COW_COPY);
}

/* ---- madvise(2) MADV_WILLNEED ---- */

bool swapin_entry(struct machine *m, swp_entry_t entry)
{
	struct page *page;
	bool major;

	if (read_swap_page(m, entry, GFP_SWAPIN_TRY, false, &page, &major))
		return false;
	put_page(page);
	return true;
}

void swapin_range(struct vm_area_struct *vma, u32 start, u32 end)
{
	for_each_pte(KGET(vma->vm_mm), start, end, w)
		if (pte_is_swap(w.pte) && !swapin_entry(machine_of(vma), pte_to_swp_entry(w.pte)))
			return;
}

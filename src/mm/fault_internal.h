/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The leaves of handle_mm_fault, shared by fault.c, demand.c and cow.c only.
 */
#pragma once

#include "mm/fault.h"
#include "mm/mm_struct.h"

/* demand.c.  => no entry is at @addr; *ret_major as in handle_mm_fault.  0, -EIO, -ENOMEM. */
int do_anonymous_page(struct vm_area_struct *vma, u32 addr, bool write);
/*
 * today: Linux maps the neighbours of a read, and prepares for the copy of a private write,
 * before it looks for the page itself.  So it does where there is none: the file ends before.
 */
void missed_page(struct vm_area_struct *vma, u32 addr, bool write);

/* *branch becomes FB_NO_STORE where the file takes no store. */
int do_no_page(struct vm_area_struct *vma, u32 addr, enum fault_branch *branch, bool *ret_major);

/*
 * swapin.c.  => *ptep is a swap entry.  *ret_major: it had to be read.  0, -EIO, -ENOMEM.
 */
int do_swap_page(struct vm_area_struct *vma, u32 addr, void *ptep, bool write, bool *ret_major);

/* Would a write to it need no copy?  Frames that bringing it in takes, a copy not counted. */
bool swap_is_exclusive(const struct machine *m, pte_t e);
u32 swapin_frames(const struct machine *m, pte_t e);

/*
 * cow.c.  => *ptep is present and read-only, the region may be written.  0, -ENOMEM; -EIO: the file
 * takes no store.
 */
int do_wp_page(struct vm_area_struct *vma, u32 addr, void *ptep, enum fault_branch branch);

/* Is this entry the only user of an anonymous frame? */
bool reuse_swap_page(const struct page *page);

/* Map a fresh frame writable.  => anon_vma_prepare was done */
void set_anon_pte(struct vm_area_struct *vma, u32 addr, void *ptep, struct page *page);

/* Page of the file that @addr shows. */
static inline pgoff_t linear_page_index(const struct vm_area_struct *vma, u32 addr)
{
	return ((addr - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff;
}

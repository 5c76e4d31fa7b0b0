/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Demand paging: the first access to a page.  ULK ch. 9, "Demand Paging".
 *
 *	anonymous, read		the zero page, read-only
 *	anonymous, write	a fresh zeroed frame
 *	file, read		the page cache's page, and its cached neighbours (fault-around)
 *	private file, write	a copy
 *	shared file, write	the page cache's page, writable
 */
#include <errno.h>
#include <string.h>

#include "mm/filemap.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/shm.h"
#include "mm/rmap.h"

#include "fault_internal.h"

int do_anonymous_page(struct vm_area_struct *vma, u32 addr, bool write)
{
	struct mm_struct *mm = KGET(vma->vm_mm);
	struct machine *m = machine_of(mm);
	void *ptep = pte_alloc(mm, addr);
	struct page *page;

	if (!ptep)
		return -ENOMEM;
	if (!write) {
		u64 prot = vm_page_prot(m, vma->vm_flags) & ~PG_RW;

		set_pte(mm, ptep, mk_pte(m->k->empty_zero_page, prot));
		return 0;
	}
	if (anon_vma_prepare(vma))
		return -ENOMEM;
	page = alloc_page(m, GFP_HIGHUSER | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	set_anon_pte(vma, addr, ptep, page);
	return 0;
}

/*
 * Map a page of the page cache.  Takes over the caller's reference.
 * today: a page of a file is read-only until it is written to, so that the kernel learns of
 * it; what has no file to be written to is writable at once.
 */
static void map_file_page(struct vm_area_struct *vma, void *ptep, struct page *page, bool write)
{
	struct mm_struct *mm = KGET(vma->vm_mm);
	pte_t e = mk_pte(page_to_pfn(page), vma_page_prot(vma));

	if (write)
		e.v |= PG_RW | PG_A | PG_D;
	page_add_file_rmap(page, vma);
	set_pte(mm, ptep, e);
}

/* Bytes of the window: a power of two, at most what one page table spans. */
static u32 fault_around_window(const struct machine *m)
{
	unsigned shift = 31 - (unsigned)__builtin_clz(sysctl(m, SYSCTL_FAULT_AROUND_BYTES));

	return 1u << (shift < m->paging->dir_shift ? shift : m->paging->dir_shift);
}

/*
 * today: a read fault maps what is cached of a window around it, inside the region, the
 * file and one page table.  It begins aligned, or with the region; then it is moved up whole.
 */
static void do_fault_around(struct vm_area_struct *vma, u32 addr)
{
	struct mm_struct *mm = KGET(vma->vm_mm);
	struct machine *m = machine_of(mm);
	struct inode *inode = file_inode(KGET(vma->vm_file));
	u32 window = fault_around_window(m), step = m->paging->entry_size;
	u32 span = 1u << m->paging->dir_shift;
	u32 from = addr & ~(window - 1), table_end = (addr | (span - 1)) + 1, to;
	u32 pages = (u32)(PAGE_ALIGN(inode->i_size) >> PAGE_SHIFT);
	u8 *p;

	if (vma_is_shm(vma)) /* today: System V's own operations have no map_pages */
		return;
	from = from < vma->vm_start ? vma->vm_start : from;
	to = from + window < table_end ? from + window : table_end;
	to = to > vma->vm_end ? vma->vm_end : to;
	p = pte_lookup(mm, from);
	for (; from < to; from += PAGE_SIZE, p += step) {
		pgoff_t index = linear_page_index(vma, from);
		struct page *page;

		if (index >= pages || !pte_none(pte_get(m->paging, p)))
			continue;
		page = find_page(&inode->i_data, index);
		if (!page)
			continue;
		get_page(page);
		map_file_page(vma, p, page, false);
	}
}

void missed_page(struct vm_area_struct *vma, u32 addr, bool write)
{
	if (!write && pte_alloc(KGET(vma->vm_mm), addr))
		do_fault_around(vma, addr);
	if (write && !(vma->vm_flags & VM_SHARED))
		anon_vma_prepare(vma);
}

/* A private copy of @page behind the entry. */
static int map_private_copy(struct vm_area_struct *vma, u32 addr, void *ptep, struct page *page)
{
	struct page *copy;

	if (anon_vma_prepare(vma))
		return -ENOMEM;
	copy = alloc_page(machine_of(vma), GFP_HIGHUSER);
	if (!copy)
		return -ENOMEM;
	memcpy(page_address(copy), page_address(page), PAGE_SIZE);
	set_anon_pte(vma, addr, ptep, copy);
	return 0;
}

int do_no_page(struct vm_area_struct *vma, u32 addr, enum fault_branch *branch, bool *ret_major)
{
	struct mm_struct *mm = KGET(vma->vm_mm);
	struct inode *inode = file_inode(KGET(vma->vm_file));
	void *ptep = pte_alloc(mm, addr);
	pgoff_t index = linear_page_index(vma, addr);
	bool missing = false;
	struct page *page;
	int error;

	if (!ptep)
		return -ENOMEM;
	if (!(vma->vm_flags & VM_RAND_READ))
		missing = page_cache_readahead(&inode->i_data, index, RA_AROUND);
	error = read_cache_page(&inode->i_data, index, &page, ret_major);
	*ret_major |= missing;
	if (error)
		return error;
	switch (*branch) {
	case FB_FILE_COPY:
		error = map_private_copy(vma, addr, ptep, page);
		put_page(page);
		return error;
	case FB_FILE_SHARED:
		error = page_mkwrite(page);
		if (error) {
			*branch = FB_NO_STORE;
			put_page(page);
			return error;
		}
		map_file_page(vma, ptep, page, true);
		return 0;
	default:
		map_file_page(vma, ptep, page, false);
		do_fault_around(vma, addr);
		return 0;
	}
}

/* The pages of one region's part.  0 or -errno of the first that cannot be had. */
static int populate_vma(struct task_struct *task, struct vm_area_struct *vma, u32 start, u32 end)
{
	/* Private writable memory is populated as if written: no second fault later. */
	bool write = (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;

	if (!(vma->vm_flags & VM_RWX))
		return -EFAULT;
	if (vma->vm_flags & VM_LOCKONFAULT)
		return 0;
	for (; start < end; start += PAGE_SIZE) {
		int error = fault_in_page(task, vma, start, write);

		if (error)
			return error == -EIO || error == -EHWPOISON ? -EFAULT : error;
		cond_resched(machine_of(vma));
	}
	return 0;
}

int mm_populate(struct task_struct *task, u32 start, u32 len, bool all)
{
	struct mm_struct *mm = KGET(task->mm);
	u32 end = start + len;
	struct vm_area_struct *vma = find_vma(mm, start);
	int first = 0;

	for (; len && vma && vma->vm_start < end && (all || !first); vma = KGET(vma->vm_next)) {
		u32 from = vma->vm_start > start ? vma->vm_start : start;
		int error = populate_vma(task, vma, from, vma->vm_end < end ? vma->vm_end : end);

		first = first ? first : error;
	}
	return first;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Core files: which part of a region is worth keeping, and its bytes without touching the
 * process.  ULK ch. 20, "Executable Formats" (core_dump); core(5).
 */
#include <errno.h>
#include <string.h>

#include "mm/coredump.h"
#include "mm/filemap.h"
#include "mm/pgtable.h"

/* A mapping of a program's first page: its headers tell a debugger which program it was. */
static bool is_program_head(const struct vm_area_struct *vma, const struct inode *inode)
{
	return vma->vm_pgoff == 0 && vma->vm_flags & VM_READ && inode->i_mode & 0111;
}

u32 vma_dump_size(const struct vm_area_struct *vma)
{
	const struct file *file = KGET(vma->vm_file);
	const struct inode *inode = file ? file_inode(file) : NULL;
	u32 whole = vma->vm_end - vma->vm_start;

	if (vma->vm_flags & VM_DONTDUMP)
		return 0;
	if (vma->vm_flags & VM_SHARED)
		return inode->i_data.a_ops == AOPS_SHMEM ? whole : 0;
	if (!KNULL(vma->anon_vma))
		return whole;
	return inode && is_program_head(vma, inode) ? PAGE_SIZE : 0;
}

static int dump_file_page(const struct vm_area_struct *vma, u32 addr, void *buf)
{
	struct inode *inode = file_inode(KGET(vma->vm_file));
	pgoff_t index = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	int error;

	if ((u64)index << PAGE_SHIFT >= inode->i_size)
		return -EIO;
	error = peek_page(&inode->i_data, index, buf);
	return error ? error : 1;
}

int get_dump_page(const struct vm_area_struct *vma, u32 addr, void *buf)
{
	const struct mm_struct *mm = KGET(vma->vm_mm);
	const struct machine *m = machine_of(mm);
	const void *ptep = pte_lookup(mm, addr);
	pte_t e = ptep ? pte_get(m->paging, ptep) : (pte_t){ 0 };

	if (pte_present(e)) {
		if (!vm_normal_page(m, e))
			return 0;
		memcpy(buf, page_address(vm_normal_page(m, e)), PAGE_SIZE);
		return 1;
	}
	if (pte_is_poisoned(e))
		return -EIO;
	if (pte_is_swap(e))
		return swap_peek(m, pte_to_swp_entry(e), buf) ? -EIO : 1;
	return KNULL(vma->vm_file) ? 0 : dump_file_page(vma, addr, buf);
}

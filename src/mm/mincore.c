// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which pages are in memory.  mincore(2).
 */
#include <errno.h>
#include <string.h>

#include "mm/filemap.h"
#include "mm/machine.h"
#include "mm/pgtable.h"

/* today: only who may write a file learns what of it is cached. */
static bool can_do_mincore(const struct task_struct *task, const struct vm_area_struct *vma)
{
	const struct file *file = KGET(vma->vm_file);
	const struct inode *inode;

	if (!file)
		return true;
	inode = file_inode(file);
	if (inode->i_uid == task->uid)
		return true;
	return inode->i_mode & (inode->i_gid == task->gid ? 0020 : 0002);
}

static u8 page_in_core(const struct vm_area_struct *vma, u32 addr)
{
	const struct mm_struct *mm = KGET(vma->vm_mm);
	const struct machine *m = machine_of(mm);
	const void *ptep = pte_lookup(mm, addr);
	pte_t e = ptep ? pte_get(m->paging, ptep) : (pte_t){ 0 };
	struct file *file = KGET(vma->vm_file);
	const struct address_space *mapping;
	pgoff_t index;

	if (pte_present(e))
		return 1;
	if (pte_is_swap(e))
		return lookup_swap_cache(m, pte_to_swp_entry(e)) != NULL;
	if (!file)
		return 0;
	mapping = &file_inode(file)->i_data;
	index = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	return find_page(mapping, index) || (is_swapped_out(mapping, index) &&
					     lookup_swap_cache(m, shmem_entry(mapping, index)));
}

int sys_mincore(struct task_struct *task, u32 start, u32 len, u8 *vec)
{
	struct mm_struct *mm = KGET(task->mm);
	u64 end = (u64)start + PAGE_ALIGN(len);

	if (start & ~PAGE_MASK)
		return -EINVAL;
	if (len && end > TASK_SIZE)
		return -ENOMEM;
	while (start < end) {
		struct vm_area_struct *vma = find_vma(mm, start);
		bool allowed;

		if (!vma || vma->vm_start > start)
			return -ENOMEM;
		allowed = can_do_mincore(task, vma);
		for (; start < end && start < vma->vm_end; start += PAGE_SIZE)
			*vec++ = allowed ? page_in_core(vma, start) : 1;
	}
	return 0;
}

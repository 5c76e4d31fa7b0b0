// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * msync: what was stored through shared mappings goes to the file.  msync(2); ULK ch. 16,
 * "Flushing Dirty Memory Mapping Pages to Disk".
 */
#include <errno.h>

#include "mm/machine.h"
#include "mm/writeback.h"

static int fsync_inode(const struct inode *inode)
{
	const struct machine *m = machine_of(inode);

	if (inode->i_data.a_ops != AOPS_BACKED || !m->ops->fsync)
		return 0;
	return m->ops->fsync(m->ops_data, inode->i_handle);
}

static int msync_region(struct vm_area_struct *vma, u32 start, u32 end, u32 flags)
{
	struct file *file = KGET(vma->vm_file);
	pgoff_t first = vma->vm_pgoff + ((start - vma->vm_start) >> PAGE_SHIFT);
	int error, late;

	if (flags & MS_INVALIDATE && vma->vm_flags & VM_LOCKED)
		return -EBUSY;
	if (!(flags & MS_SYNC) || !file || !(vma->vm_flags & VM_SHARED))
		return 0;
	error = filemap_write_range(file_inode(file), first,
				    first + ((end - start) >> PAGE_SHIFT) - 1);
	/* What failed before, and this file has not heard of. */
	late = wb_error_check(file_inode(file), &file->f_wb_err);
	if (error || late)
		return error ? error : late;
	return fsync_inode(file_inode(file));
}

int sys_msync(struct task_struct *task, u32 start, u32 len, u32 flags)
{
	struct mm_struct *mm = KGET(task->mm);
	u64 end = (u64)start + PAGE_ALIGN(len);
	struct vm_area_struct *vma;
	int hole = 0;

	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || start & ~PAGE_MASK)
		return -EINVAL;
	if (flags & MS_ASYNC && flags & MS_SYNC)
		return -EINVAL;
	vma = find_vma(mm, start);
	for (; start < end; vma = KGET(vma->vm_next)) {
		u32 stop;
		int error;

		if (!vma || vma->vm_start >= end)
			return -ENOMEM;
		if (vma->vm_start > start)
			hole = -ENOMEM;
		start = vma->vm_start > start ? vma->vm_start : start;
		stop = vma->vm_end < end ? vma->vm_end : (u32)end;
		error = msync_region(vma, start, stop, flags);
		if (error)
			return error;
		start = stop;
	}
	return hole;
}

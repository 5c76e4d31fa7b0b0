// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * remap_file_pages(2): other pages of the file at the same addresses.  ULK ch. 16,
 * "Non-Linear Memory Mappings".
 *
 * today: emulated by a new mapping of the part, with its own offset; 2.6.11 keeps one region
 * and writes file page numbers into the page tables.
 */
#include <errno.h>

#include "mm/machine.h"
#include "mm/shm.h"

/* All of [start, end) shows one file, region after region. */
static bool one_file(struct vm_area_struct *vma, u32 end)
{
	struct vm_area_struct *next = vma;

	while (next->vm_end < end) {
		struct vm_area_struct *prev = next;

		next = KGET(next->vm_next);
		if (!next || next->vm_start != prev->vm_end ||
		    KGET(next->vm_file) != KGET(vma->vm_file) || next->vm_flags != vma->vm_flags)
			return false;
	}
	return true;
}

/*
 * Is [start, end) all that still shows a System V segment that was removed?  The new mapping
 * takes the place of the old one, and so there would be nothing left to map.
 */
static bool is_last_attach(const struct vm_area_struct *vma, u32 start, u32 end)
{
	const struct shmid_kernel *shp = vma_is_shm(vma) ? vma_segment(vma) : NULL;
	u32 attached = 0;

	if (!shp || !(shp->mode & SHM_MODE_DEST) || vma->vm_start != start)
		return false;
	for (; vma && vma->vm_end <= end; vma = KGET(vma->vm_next))
		attached++;
	return attached == shm_nattch(shp);
}

int sys_remap_file_pages(struct task_struct *task, u32 start, u32 len, u32 prot, u32 pgoff,
			 u32 flags)
{
	struct mm_struct *mm = KGET(task->mm);
	u32 size = len & PAGE_MASK, map_flags = MAP_SHARED | MAP_FIXED;
	struct vm_area_struct *vma;
	struct file *file;
	s64 at;

	start &= PAGE_MASK;
	if (prot || !size || size > TASK_SIZE || start > TASK_SIZE - size)
		return -EINVAL;
	if ((u64)pgoff + (size >> PAGE_SHIFT) > ~0u)
		return -EINVAL;
	vma = find_vma(mm, start);
	if (!vma || vma->vm_start > start || !(vma->vm_flags & VM_SHARED) ||
	    !one_file(vma, start + size))
		return -EINVAL;
	if (is_last_attach(vma, start, start + size)) {
		int error = do_munmap(mm, start, size);

		return error ? error : -EINVAL;
	}
	map_flags |= flags & MAP_NONBLOCK;
	map_flags |= vma->vm_flags & VM_LOCKED ? MAP_LOCKED : 0;
	file = get_file(KGET(vma->vm_file));
	at = do_mmap(task, file, start, size, vma->vm_flags & VM_RWX, map_flags | MAP_POPULATE,
		     pgoff);
	fput(file);
	return at < 0 ? (int)at : 0;
}

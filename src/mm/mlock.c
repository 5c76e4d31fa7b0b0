// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Locked memory: pages that stay.  mlock(2); ULK ch. 9, VM_LOCKED and def_flags.
 *
 * Locking flags the regions first and then faults their pages in.  As in Linux, a hole or a
 * page that cannot be had leaves the flags set.
 */
#include <errno.h>

#include "mm/lru.h"
#include "mm/machine.h"

/* No limit at all is asked for where it is 0: no process has CAP_IPC_LOCK. */
static bool can_do_mlock(const struct task_struct *task)
{
	return task->rlim[RLIMIT_MEMLOCK] != 0;
}

static bool below_memlock(const struct task_struct *task, u64 pages)
{
	u32 limit = task->rlim[RLIMIT_MEMLOCK];

	return limit == RLIM_INFINITY || pages <= limit >> PAGE_SHIFT;
}

/* Pages of [start, end) that are locked already. */
static u32 count_locked(struct mm_struct *mm, u32 start, u64 end)
{
	struct vm_area_struct *vma = find_vma(mm, start);
	u32 pages = 0;

	for (; vma && vma->vm_start < end; vma = KGET(vma->vm_next)) {
		u32 from = vma->vm_start > start ? vma->vm_start : start;
		u32 to = vma->vm_end < end ? vma->vm_end : (u32)end;

		if (vma->vm_flags & VM_LOCKED)
			pages += (to - from) >> PAGE_SHIFT;
	}
	return pages;
}

/* Set or clear the lock of one region's part.  *vmap is then the region that holds it. */
static int mlock_fixup(struct vm_area_struct **vmap, u32 start, u32 end, u32 lock_flags)
{
	u32 old = (*vmap)->vm_flags;
	u32 new = (old & ~(VM_LOCKED | VM_LOCKONFAULT)) | lock_flags;
	struct mm_struct *mm = KGET((*vmap)->vm_mm);
	u32 pages = (end - start) >> PAGE_SHIFT;
	bool was_locked = old & VM_LOCKED, locked = new &VM_LOCKED;
	int error;

	if (new == old)
		return 0;
	error = vma_modify(vmap, start, end, new);
	if (error)
		return error;
	if (was_locked && !locked) {
		mm->locked_vm -= pages;
		munlock_vma_pages_range(*vmap, start, end);
	} else if (locked && !was_locked) {
		mm->locked_vm += pages;
		mlock_vma_pages_range(*vmap, start, end);
	}
	return 0;
}

/* All regions of [start, end), up to the first hole.  0 or -ENOMEM. */
static int apply_lock_flags(struct mm_struct *mm, u32 start, u64 end, u32 lock_flags)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	while (start < end) {
		u32 stop;
		int error;

		if (!vma || vma->vm_start > start)
			return -ENOMEM;
		stop = vma->vm_end < end ? vma->vm_end : (u32)end;
		error = mlock_fixup(&vma, start, stop, lock_flags);
		if (error)
			return error;
		start = stop;
		if (vma->vm_end <= start)
			vma = KGET(vma->vm_next);
	}
	return 0;
}

/* No alignment rule: the pages that are touched; also that of @start alone, if it is inside. */
static u64 page_range(u32 *start, u32 len)
{
	u64 end = PAGE_ALIGN((u64)*start + len);

	*start &= PAGE_MASK;
	return end;
}

int sys_mlock(struct task_struct *task, u32 start, u32 len, u32 flags)
{
	struct mm_struct *mm = KGET(task->mm);
	u32 lock = VM_LOCKED | (flags & MLOCK_ONFAULT ? VM_LOCKONFAULT : 0);
	u64 end, pages;
	int error;

	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	if (!can_do_mlock(task))
		return -EPERM;
	end = page_range(&start, len);
	pages = (end - start) >> PAGE_SHIFT;
	if (!below_memlock(task, pages + mm->locked_vm) &&
	    !below_memlock(task, pages + mm->locked_vm - count_locked(mm, start, end)))
		return -ENOMEM;
	error = apply_lock_flags(mm, start, end, lock);
	if (error || flags & MLOCK_ONFAULT)
		return error;
	error = mm_populate(task, start, (u32)(end - start), false);
	/* POSIX wants ENOMEM for what cannot be there, EAGAIN for what cannot be had now. */
	return error == -ENOMEM ? -EAGAIN : error ? -ENOMEM : 0;
}

int sys_munlock(struct task_struct *task, u32 start, u32 len)
{
	u64 end = page_range(&start, len);

	return apply_lock_flags(KGET(task->mm), start, end, 0);
}

/*
 * Each region is done at a door of its own: what cannot be had is nobody's error here, so the
 * call would not be done again.
 */
static void lock_all(struct task_struct *task, struct mm_struct *mm, u32 lock_flags)
{
	struct vm_area_struct *vma = KGET(mm->mmap);
	struct machine *m = machine_of(mm);

	for (; vma; vma = KGET(vma->vm_next)) {
		struct oom_want outer = oom_begin(m);
		int error;

		do
			error = mlock_fixup(&vma, vma->vm_start, vma->vm_end, lock_flags);
		while (error && out_of_memory(m, task));
		oom_end(m, outer);
	}
}

int sys_mlockall(struct task_struct *task, u32 flags)
{
	struct mm_struct *mm = KGET(task->mm);
	u32 lock = VM_LOCKED | (flags & MCL_ONFAULT ? VM_LOCKONFAULT : 0);

	if (!flags || flags == MCL_ONFAULT || flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		return -EINVAL;
	if (!can_do_mlock(task))
		return -EPERM;
	if (flags & MCL_CURRENT && !below_memlock(task, mm->total_vm))
		return -ENOMEM;
	mm->def_flags = flags & MCL_FUTURE ? lock : 0;
	if (flags & MCL_CURRENT) {
		lock_all(task, mm, lock);
		if (!(flags & MCL_ONFAULT))
			mm_populate(task, 0, TASK_SIZE, true);
	}
	return 0;
}

int sys_munlockall(struct task_struct *task)
{
	struct mm_struct *mm = KGET(task->mm);

	mm->def_flags = 0;
	lock_all(task, mm, 0);
	return 0;
}

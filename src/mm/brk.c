/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heap.  ULK ch. 9, "Managing the Heap"; brk(2).
 */
#include <errno.h>

#include "mm/machine.h"

#define BRK_FLAGS (VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_ACCOUNT)

/* Can the region that ends at the old break just become longer? Only if some of it is heap. */
static bool heap_goes_on(const struct mm_struct *mm, struct vm_area_struct *prev, u32 addr)
{
	return prev && prev->vm_end == addr && mm->start_brk && addr > mm->start_brk;
}

static int brk_reserve(struct task_struct *task, u32 vm_flags, u32 len)
{
	struct mm_struct *mm = KGET(task->mm);
	struct machine *m = machine_of(mm);
	u32 limit = task->rlim[RLIMIT_MEMLOCK], pages = len >> PAGE_SHIFT;

	if (!may_expand_vm(task, vm_flags, pages))
		return -ENOMEM;
	if (vm_flags & VM_LOCKED && limit != RLIM_INFINITY &&
	    (u64)mm->locked_vm + pages > limit >> PAGE_SHIFT)
		return -EAGAIN;
	if (mm->map_count > sysctl(m, SYSCTL_MAX_MAP_COUNT))
		return -ENOMEM;
	return vm_enough_memory(m, mm, pages);
}

int do_brk(struct task_struct *task, u32 addr, u32 len, u32 vm_flags)
{
	struct mm_struct *mm = KGET(task->mm);
	struct machine *m = machine_of(mm);
	struct vm_area_struct *prev, *vma = NULL;
	int error;

	len = (u32)PAGE_ALIGN(len);
	if (!len)
		return 0;
	if (addr > TASK_SIZE || len > TASK_SIZE - addr)
		return -ENOMEM;
	vm_flags |= BRK_FLAGS | mm->def_flags | (mm->read_implies_exec ? VM_EXEC : 0);
	if (find_vma_intersection(mm, addr, addr + len)) {
		error = do_munmap(mm, addr, len);
		if (error)
			return error;
	}
	error = brk_reserve(task, vm_flags, len);
	if (error)
		return error;
	find_vma_prev(mm, addr, &prev);
	if (heap_goes_on(mm, prev, addr))
		vma = vma_merge_left(prev, addr + len, vm_flags, addr >> PAGE_SHIFT);
	if (!vma) {
		vma = new_vma(m, addr, addr + len, vm_flags, NULL, addr >> PAGE_SHIFT);
		if (!vma) {
			vm_unacct_memory(m, len >> PAGE_SHIFT);
			return -ENOMEM;
		}
		vma_link(mm, vma, prev);
	}
	vm_stat_account(mm, vm_flags, (s32)(len >> PAGE_SHIFT));
	if (vma_populates(vm_flags))
		mm_populate(task, addr, len, true);
	return 0;
}

/* The heap and the program's data together, against RLIMIT_DATA. */
static bool data_limit_allows(const struct task_struct *task, const struct mm_struct *mm, u32 brk)
{
	u32 limit = task->rlim[RLIMIT_DATA];

	return limit == RLIM_INFINITY ||
	       (u64)(brk - mm->start_brk) + (mm->end_data - mm->start_data) <= limit;
}

static bool brk_shrink(struct mm_struct *mm, u32 newbrk, u32 oldbrk)
{
	return find_vma_intersection(mm, newbrk, oldbrk) &&
	       do_munmap(mm, newbrk, oldbrk - newbrk) == 0;
}

static bool brk_grow(struct task_struct *task, struct mm_struct *mm, u32 oldbrk, u64 newbrk)
{
	struct vm_area_struct *next = find_vma(mm, oldbrk);

	if (newbrk > TASK_SIZE || (next && newbrk + PAGE_SIZE > vm_start_gap(next)))
		return false;
	return do_brk(task, oldbrk, (u32)newbrk - oldbrk, 0) == 0;
}

u32 sys_brk(struct task_struct *task, u32 brk)
{
	struct mm_struct *mm = KGET(task->mm);
	u64 newbrk = PAGE_ALIGN(brk), oldbrk = PAGE_ALIGN(mm->brk);
	bool done = true;

	if (brk < mm->start_brk || !data_limit_allows(task, mm, brk))
		return mm->brk;
	if (newbrk < oldbrk)
		done = brk_shrink(mm, (u32)newbrk, (u32)oldbrk);
	else if (newbrk > oldbrk)
		done = brk_grow(task, mm, (u32)oldbrk, newbrk);
	if (done)
		mm->brk = brk;
	return mm->brk;
}

s64 sys_sbrk(struct task_struct *task, s32 increment)
{
	u32 old = KGET(task->mm)->brk;
	s64 want = (s64)old + increment;

	if (want < 0 || want > 0xffffffffll || sys_brk(task, (u32)want) != (u32)want)
		return -ENOMEM;
	return old;
}

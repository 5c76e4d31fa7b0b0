/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changing the access rights of an interval.  ULK ch. 9, "Memory Region Access Rights";
 * mprotect(2).
 *
 * The interval is done region by region, and Linux stops where one fails: those before it
 * stay changed (HOST: mprotect over a hole).  Within one region nothing is half done.
 */
#include <errno.h>

#include "mm/machine.h"
#include "mm/pgtable.h"

/*
 * today: a private page that is this process's alone, and a shared one that is dirty, may be
 * written at once, without a fault.
 */
static bool can_change_pte_writable(const struct machine *m, const struct vm_area_struct *vma,
				    pte_t e)
{
	struct page *page;

	if (!(vma->vm_flags & VM_WRITE))
		return false;
	if (vma->vm_flags & VM_SHARED)
		return pte_dirty(e);
	page = vm_normal_page(m, e);
	return page && PageAnon(page) && PageAnonExclusive(page);
}

static pte_t pte_modify(const struct machine *m, const struct vm_area_struct *vma, pte_t old,
			u64 prot)
{
	pte_t e = { (old.v & (PG_FRAME_MASK | PG_A | PG_D)) | (prot & ~(u64)(PG_A | PG_D)) };

	if (can_change_pte_writable(m, vma, e))
		e.v |= PG_RW;
	return e;
}

/* Give the present entries of [start, end) the rights of @vma. */
static void change_protection(struct vm_area_struct *vma, u32 start, u32 end)
{
	struct mm_struct *mm = KGET(vma->vm_mm);
	struct machine *m = machine_of(mm);
	u64 prot = vma_page_prot(vma);

	for_each_pte(mm, start, end, w)
		if (pte_present(w.pte))
			set_pte(mm, w.ptep, pte_modify(m, vma, w.pte, prot));
	flush_tlb_range(mm, start, end);
}

/* Memory that becomes writable is promised now; *flags gains or loses VM_ACCOUNT. */
static int mprotect_account(struct task_struct *task, struct vm_area_struct *vma, u32 pages,
			    u32 *flags)
{
	u32 old = vma->vm_flags;
	int error;

	if (*flags & VM_WRITE) {
		if (!may_expand_vm(task, *flags, pages) && may_expand_vm(task, old, pages))
			return -ENOMEM;
		if (old & (VM_ACCOUNT | VM_WRITE | VM_SHARED | VM_NORESERVE))
			return 0;
		error = vm_enough_memory(machine_of(vma), KGET(vma->vm_mm), pages);
		if (error)
			return error;
		*flags |= VM_ACCOUNT;
	} else if (old & VM_ACCOUNT && KNULL(vma->vm_file) && KNULL(vma->anon_vma)) {
		*flags &= ~VM_ACCOUNT;
	}
	return 0;
}

static int mprotect_fixup(struct task_struct *task, struct vm_area_struct **vmap, u32 start,
			  u32 end, u32 newflags)
{
	struct vm_area_struct *vma = *vmap;
	struct mm_struct *mm = KGET(vma->vm_mm);
	u32 oldflags = vma->vm_flags, pages = (end - start) >> PAGE_SHIFT;
	int error;

	if (newflags == oldflags)
		return 0;
	error = mprotect_account(task, vma, pages, &newflags);
	if (error)
		return error;
	error = vma_modify(vmap, start, end, newflags);
	if (error) {
		if (newflags & ~oldflags & VM_ACCOUNT)
			vm_unacct_memory(machine_of(mm), pages);
		return error;
	}
	if (oldflags & ~newflags & VM_ACCOUNT)
		vm_unacct_memory(machine_of(mm), pages);
	change_protection(*vmap, start, end);
	vm_stat_account(mm, oldflags, -(s32)pages);
	vm_stat_account(mm, newflags, (s32)pages);
	/* today: locked memory that becomes writable gets its own pages at once. */
	if ((oldflags & (VM_WRITE | VM_SHARED | VM_LOCKED)) == VM_LOCKED && newflags & VM_WRITE)
		mm_populate(task, start, end - start, false);
	return 0;
}

/* PROT_GROWSDOWN: from the region's start on. */
static int mprotect_start(struct vm_area_struct *vma, u32 *start, u32 end, u32 grows)
{
	if (!vma)
		return -ENOMEM;
	if (grows == PROT_GROWSDOWN) {
		if (vma->vm_start >= end)
			return -ENOMEM;
		*start = vma->vm_start;
		return vma->vm_flags & VM_GROWSDOWN ? 0 : -EINVAL;
	}
	if (vma->vm_start > *start)
		return -ENOMEM;
	return grows ? -EINVAL : 0; /* no region of i386 grows up */
}

static int mprotect_regions(struct task_struct *task, struct vm_area_struct *vma, u32 start,
			    u32 end, u32 vm_rwx)
{
	while (start < end) {
		u32 newflags, stop;
		int error;

		if (!vma || vma->vm_start > start)
			return -ENOMEM;
		newflags = (vma->vm_flags & ~VM_RWX) | vm_rwx;
		if (newflags & ~(newflags >> 4) & VM_RWX)
			return -EACCES;
		stop = vma->vm_end < end ? vma->vm_end : end;
		error = mprotect_fixup(task, &vma, start, stop, newflags);
		if (error)
			return error;
		start = stop;
		if (vma->vm_end <= start)
			vma = KGET(vma->vm_next);
	}
	return 0;
}

int sys_mprotect(struct task_struct *task, u32 start, u32 len, u32 prot)
{
	struct mm_struct *mm = KGET(task->mm);
	u32 grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
	u64 end = (u64)start + PAGE_ALIGN(len);
	struct vm_area_struct *vma;
	int error;

	prot &= ~(PROT_GROWSDOWN | PROT_GROWSUP);
	if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || start & ~PAGE_MASK)
		return -EINVAL;
	if (!len)
		return 0;
	if (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM))
		return -EINVAL;
	/* HOST: lengths are 64 bits wide, an end above 4 GiB does not wrap: it meets a hole. */
	if (end > 0xffffffffull)
		end = 0xfffff000ull;
	vma = find_vma(mm, start);
	error = mprotect_start(vma, &start, (u32)end, grows);
	if (error)
		return error;
	if (prot & PROT_READ && mm->read_implies_exec)
		prot |= PROT_EXEC;
	return mprotect_regions(task, vma, start, (u32)end, prot & VM_RWX);
}

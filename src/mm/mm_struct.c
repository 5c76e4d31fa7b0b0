/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory descriptors: birth, copy at fork, death.
 * ULK ch. 9, "The Memory Descriptor" and "Creating and Deleting a Process Address Space".
 *
 * mm_users counts the tasks that use an address space; all of them together are one mm_count.
 * The regions go with the last user, the descriptor and its page directory with the last count.
 */
#include <assert.h>
#include <errno.h>

#include "mm/machine.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"

struct mm_struct *mm_alloc(struct machine *m)
{
	struct mm_struct *mm =
		kmem_cache_alloc(kernel_cache(m, CACHE_MM_STRUCT), GFP_KERNEL | __GFP_ZERO);

	if (!mm)
		return NULL;
	if (pgd_alloc(m, mm)) {
		kmem_cache_free(kernel_cache(m, CACHE_MM_STRUCT), mm);
		return NULL;
	}
	mm->mm_users = mm->mm_count = 1;
	return mm;
}

/* A processor that still has these tables loaded takes the kernel's own. */
static void unload_mm(struct machine *m, struct mm_struct *mm)
{
	for (unsigned i = 0; i < m->nr_cpus; i++)
		if (KGET(m->k->active_mm[i]) == mm)
			switch_mm(m, i, &m->k->init_mm);
}

void mmdrop(struct mm_struct *mm)
{
	struct machine *m = machine_of(mm);

	assert(mm->mm_count > 0);
	if (--mm->mm_count)
		return;
	unload_mm(m, mm);
	pgd_free(mm);
	kmem_cache_free(kernel_cache(m, CACHE_MM_STRUCT), mm);
}

void mmput(struct mm_struct *mm)
{
	assert(mm->mm_users > 0);
	if (--mm->mm_users)
		return;
	exit_mmap(mm);
	set_mm_exe_file(mm, NULL);
	mmdrop(mm);
}

int set_mm_exe_file(struct mm_struct *mm, struct file *file)
{
	struct file *old = KGET(mm->exe_file);
	int error = file ? deny_write_access(file_inode(file)) : 0;

	if (error)
		return error;
	KSET(mm->exe_file, file ? get_file(file) : NULL);
	if (old)
		allow_write_access(file_inode(old));
	fput(old);
	return 0;
}

void exit_mmap(struct mm_struct *mm)
{
	int error = do_munmap(mm, 0, TASK_SIZE);

	assert(!error && !mm->map_count && !mm->nr_ptes);
	(void)error;
}

void update_hiwater(struct mm_struct *mm)
{
	u32 rss = get_mm_rss(mm);

	if (rss > mm->hiwater_rss)
		mm->hiwater_rss = rss;
	if (mm->total_vm > mm->hiwater_vm)
		mm->hiwater_vm = mm->total_vm;
}

/* today: legacy, or below the stack by its limit, at least 128 MiB and at most five sixths. */
void arch_pick_mmap_layout(struct mm_struct *mm, const struct task_struct *task)
{
	const struct machine *m = machine_of(mm);
	const u32 min = 128u << 20, max = TASK_SIZE / 6 * 5;
	u32 gap = task->rlim[RLIMIT_STACK];
	u32 pad = sysctl(m, SYSCTL_STACK_GUARD_GAP) << PAGE_SHIFT;

	if (sysctl(m, SYSCTL_LEGACY_VA_LAYOUT)) {
		mm->layout = LAYOUT_LEGACY;
		mm->mmap_base = TASK_UNMAPPED_BASE;
		return;
	}
	gap = gap + pad > gap ? gap + pad : gap;
	gap = gap < min ? min : gap > max ? max : gap;
	mm->layout = LAYOUT_FLEX;
	mm->mmap_base = (u32)PAGE_ALIGN(TASK_SIZE - gap);
}

/* ---- fork ---- */

/* What the program is and where its parts lie; not what it has mapped. */
static void copy_descriptor(struct mm_struct *mm, const struct mm_struct *old)
{
	mm->layout = old->layout;
	mm->read_implies_exec = old->read_implies_exec;
	mm->mmap_base = old->mmap_base;
	mm->start_code = old->start_code;
	mm->end_code = old->end_code;
	mm->start_data = old->start_data;
	mm->end_data = old->end_data;
	mm->start_brk = old->start_brk;
	mm->brk = old->brk;
	mm->start_stack = old->start_stack;
	mm->arg_start = old->arg_start;
	mm->arg_end = old->arg_end;
	mm->env_start = old->env_start;
	mm->env_end = old->env_end;
	for (unsigned i = 0; i < AT_VECTOR_SIZE; i++)
		mm->saved_auxv[i] = old->saved_auxv[i];
	set_mm_exe_file(mm, KGET(old->exe_file));
}

/*
 * The child's copy of one region, linked behind *@last, and the tables for its pages; locks
 * are not inherited.
 */
static int dup_region(struct mm_struct *mm, struct vm_area_struct *old,
		      struct vm_area_struct **last)
{
	struct machine *m = machine_of(mm);
	u32 pages = vma_pages(old);
	/* today: what is not copied has no frames of the parent's to look for. */
	bool copied = !(old->vm_flags & VM_WIPEONFORK);
	struct vm_area_struct *vma;

	if (old->vm_flags & VM_ACCOUNT && vm_enough_memory(m, KGET(old->vm_mm), pages))
		return -ENOMEM;
	vma = new_vma(m, old->vm_start, old->vm_end, old->vm_flags & ~(VM_LOCKED | VM_LOCKONFAULT),
		      KGET(old->vm_file), old->vm_pgoff);
	if (!vma || (copied && anon_vma_fork(vma, old))) {
		if (vma)
			free_vma(vma);
		if (old->vm_flags & VM_ACCOUNT)
			vm_unacct_memory(m, pages);
		return -ENOMEM;
	}
	vma_link(mm, vma, *last);
	*last = vma;
	vm_stat_account(mm, vma->vm_flags, (s32)pages);
	return reserve_page_range(mm, old);
}

int dup_mmap(struct mm_struct *mm, struct mm_struct *oldmm)
{
	struct vm_area_struct *old, *last = NULL;

	copy_descriptor(mm, oldmm);
	for (old = KGET(oldmm->mmap); old; old = KGET(old->vm_next)) {
		if (old->vm_flags & VM_DONTCOPY)
			continue;
		if (dup_region(mm, old, &last))
			return -ENOMEM;
	}
	/* Nothing fails any more: only now do the parent's pages become shared. */
	for (old = KGET(oldmm->mmap); old; old = KGET(old->vm_next))
		if (!(old->vm_flags & VM_DONTCOPY))
			copy_page_range(mm, old);
	return 0;
}

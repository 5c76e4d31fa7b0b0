/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * do_page_fault: ULK ch. 9, "Page Fault Exception Handler", figure 9-4 and 9-5.
 *
 *	address >= TASK_SIZE
 *	  kernel mode, no page present, the master tables map it --> vmalloc_fault
 *	  else --------------------------------------------> bad_area
 *	in_atomic, or no mm (kernel mode) -----------------> bad_area
 *	find_vma: no region ends above it -----------------> bad_area
 *	inside that region? no: it grows down, esp is near,
 *	                        limits allow? else --------> bad_area
 *	good_area: does the region allow the access? no ---> bad_area (ACCERR)
 *	handle_mm_fault:
 *	  no entry	anonymous -> do_anonymous_page	file -> do_no_page
 *	  swapped	do_swap_page
 *	  lost		bad_area (SIGBUS)
 *	  read-only	do_wp_page
 *	what is bad in kernel mode: no_context, the exception table or an oops
 *
 * Deciding changes nothing and leaves a trail of its questions; handling follows the
 * decision.  So what explain tells is what would happen.
 */
#include <errno.h>
#include <string.h>

#include "mm/filemap.h"
#include "mm/lru.h"
#include "mm/machine.h"
#include "mm/pgtable.h"
#include "mm/trace.h"
#include "mm/writeback.h"

#include "fault_internal.h"

const struct fault_branch_name fault_branch_names[NR_FAULT_BRANCHES] = {
#define X(id, place, words) [id] = { place, words },
	FAULT_BRANCHES(X)
#undef X
};

const char *const fault_step_names[NR_FAULT_STEPS] = {
#define X(id, words) [id] = words,
	FAULT_STEPS(X)
#undef X
};

/* Write down a question and pass its answer on. */
static bool ask(struct fault_trail *trail, enum fault_step step, bool yes, u32 a, u32 b)
{
	if (trail && trail->nr < FAULT_TRAIL_MAX)
		trail->step[trail->nr++] = (struct fault_trail_step){ (u8)step, yes, 0, a, b };
	return yes;
}

/* Both halves of the entry that was looked at. */
static bool ask_entry(struct fault_trail *trail, enum fault_step step, bool yes, pte_t e)
{
	return ask(trail, step, yes, (u32)e.v, (u32)(e.v >> 32));
}

static void bad_area(struct fault_plan *plan, enum fault_branch branch, int error)
{
	plan->branch = branch;
	plan->error = error;
}

/* ---- handle_pte_fault, as a decision ---- */

static void decide_file_page(struct fault_plan *plan, struct fault_trail *t, u32 addr, bool write)
{
	struct vm_area_struct *vma = plan->vma;
	struct inode *inode = file_inode(KGET(vma->vm_file));
	pgoff_t index = linear_page_index(vma, addr);
	u32 pages = (u32)(PAGE_ALIGN(inode->i_size) >> PAGE_SHIFT);
	bool cached;

	if (!ask(t, FS_IN_FILE, index < pages, index, pages)) {
		bad_area(plan, FB_BEHIND_FILE, -EIO);
		return;
	}
	cached = find_page(&inode->i_data, index);
	ask(t, FS_CACHED, cached, index, 0);
	if (is_swapped_out(&inode->i_data, index) &&
	    ask(t, FS_POISONED, is_poisoned_swp_entry(shmem_entry(&inode->i_data, index)), index,
		0)) {
		bad_area(plan, FB_IO_ERROR, -EIO);
		return;
	}
	plan->frames +=
		vma->vm_flags & VM_RAND_READ ? !cached : readaround_frames(&inode->i_data, index);
	if (!ask(t, FS_WRITE, write, 0, 0)) {
		plan->branch = FB_FILE_READ;
	} else if (ask(t, FS_SHARED, vma->vm_flags & VM_SHARED, vma->vm_flags, 0)) {
		plan->branch = FB_FILE_SHARED;
	} else {
		plan->branch = FB_FILE_COPY;
		plan->frames++;
	}
}

static void decide_no_entry(struct fault_plan *plan, struct fault_trail *t, u32 addr, bool write)
{
	if (ask(t, FS_FILE, !KNULL(plan->vma->vm_file), 0, 0)) {
		decide_file_page(plan, t, addr, write);
	} else if (ask(t, FS_WRITE, write, 0, 0)) {
		plan->branch = FB_ANON_WRITE;
		plan->frames++;
	} else {
		plan->branch = FB_ANON_ZERO;
	}
}

static void decide_write_protected(struct machine *m, struct fault_plan *plan,
				   struct fault_trail *t, pte_t e)
{
	struct page *page = vm_normal_page(m, e);
	u32 pfn = pte_pfn(e);

	if (ask(t, FS_ZERO_PAGE, !page, pfn, 0)) {
		plan->branch = FB_COW_ZERO;
		plan->frames++;
	} else if (ask(t, FS_SHARED, plan->vma->vm_flags & VM_SHARED, plan->vma->vm_flags, 0)) {
		plan->branch = FB_WP_SHARED;
	} else if (ask(t, FS_REUSE, reuse_swap_page(page), pfn, (u32)page_mapcount(page))) {
		plan->branch = FB_COW_REUSE;
	} else {
		plan->branch = FB_COW_COPY;
		plan->frames++;
	}
}

static void decide_swapped(struct machine *m, struct fault_plan *plan, struct fault_trail *t,
			   pte_t e)
{
	swp_entry_t slot = pte_to_swp_entry(e);
	bool cached;

	if (ask(t, FS_POISONED, is_poisoned_swp_entry(slot), swp_type(slot), swp_offset(slot))) {
		bad_area(plan, FB_POISONED, -EIO);
		return;
	}
	cached = lookup_swap_cache(m, slot);
	ask(t, FS_SWAP_CACHE, cached, swp_type(slot), swp_offset(slot));
	plan->frames += swapin_frames(m, e);
	plan->branch = cached ? FB_SWAP_CACHE : FB_SWAP_IN;
	if (!ask(t, FS_WRITE, plan->write, 0, 0) ||
	    ask(t, FS_SWAP_ALONE, swap_is_exclusive(m, e), swap_count(m, slot), 0))
		return;
	plan->branch = FB_SWAP_COPY;
	plan->frames++;
}

static void decide_pte(struct machine *m, struct fault_plan *plan, struct fault_trail *t, u32 addr,
		       bool write)
{
	const void *ptep = pte_lookup(KGET(plan->vma->vm_mm), addr);
	pte_t e = ptep ? pte_get(m->paging, ptep) : (pte_t){ 0 };

	plan->write = write;
	plan->tables = !ptep;
	plan->frames = plan->tables;
	if (!ask_entry(t, FS_PRESENT, pte_present(e), e)) {
		if (ask_entry(t, FS_PTE_NONE, pte_none(e), e))
			decide_no_entry(plan, t, addr, write);
		else
			decide_swapped(m, plan, t, e);
		return;
	}
	plan->branch = FB_SPURIOUS;
	if (ask(t, FS_WRITE, write, 0, 0) && !ask_entry(t, FS_ENTRY_WRITABLE, pte_write(e), e))
		decide_write_protected(m, plan, t, e);
}

/* ---- do_page_fault, as a decision ---- */

/* The address lies below a region: is it its stack that wants to grow? */
static bool decide_stack(struct task_struct *task, struct fault_plan *plan, struct fault_trail *t,
			 u32 addr, unsigned flags)
{
	struct vm_area_struct *vma = plan->vma;
	u32 esp = task->regs.esp;

	if (!ask(t, FS_GROWSDOWN, vma->vm_flags & VM_GROWSDOWN, vma->vm_flags, 0)) {
		bad_area(plan, FB_NO_REGION, -EFAULT);
		return false;
	}
	/* pusha decrements esp after the access: 32 bytes below are still the stack's. */
	if (flags & FAULT_USER && !(flags & FAULT_NO_ESP) &&
	    !ask(t, FS_ESP, (u64)addr + 32 >= esp, addr, esp)) {
		bad_area(plan, FB_STACK_ESP, -EFAULT);
		return false;
	}
	if (!ask(t, FS_EXPAND, stack_may_grow(task, vma, addr & PAGE_MASK) == 0, vma->vm_start,
		 task->rlim[RLIMIT_STACK])) {
		bad_area(plan, FB_STACK_LIMIT, -EFAULT);
		return false;
	}
	plan->grow = true;
	return true;
}

/*
 * today: any of r, w, x lets one read.  A fetch is a read, as in 2.6.11: the page comes in first,
 * and only its entry then says that it is not to be executed (NX).
 */
static bool region_allows(const struct vm_area_struct *vma, u32 error_code)
{
	if (error_code & PF_W)
		return vma->vm_flags & VM_WRITE;
	if (error_code & PF_P)
		return error_code & PF_ID && vma->vm_flags & VM_EXEC;
	return vma->vm_flags & VM_RWX;
}

/* In kernel mode an entry of the directory may be missing that the master has. */
static void decide_kernel_address(struct machine *m, const struct page_fault *fault,
				  struct fault_plan *plan, struct fault_trail *t)
{
	u32 addr = fault->address;
	const struct mm_struct *init_mm = &m->k->init_mm;
	const void *ptep;
	pte_t e;

	bad_area(plan, FB_KERNEL_ADDRESS, -EFAULT);
	if (fault->error_code & PF_U ||
	    !ask(t, FS_VMALLOC, !(fault->error_code & PF_P), fault->error_code, 0))
		return;
	ptep = pte_lookup(init_mm, addr);
	e = ptep ? pte_get(m->paging, ptep) : (pte_t){ 0 };
	if (ask_entry(t, FS_MASTER, e.v & PG_P, e))
		*plan = (struct fault_plan){ .branch = FB_VMALLOC };
}

/* Nobody handles a bad area for the kernel: a known instruction, or a bug. */
static void no_context(struct fault_plan *plan, struct fault_trail *t, unsigned flags)
{
	bool fixup = ask(t, FS_FIXUP, flags & FAULT_FIXUP, 0, 0);

	bad_area(plan, fixup ? FB_FIXUP : FB_OOPS, -EFAULT);
}

static void decide_area(struct machine *m, struct task_struct *task, struct vm_area_struct *vma,
			const struct page_fault *fault, unsigned flags, struct fault_plan *plan,
			struct fault_trail *t)
{
	u32 addr = fault->address;

	if (ask(t, FS_KERNEL_ADDRESS, addr >= TASK_SIZE, addr, TASK_SIZE)) {
		decide_kernel_address(m, fault, plan, t);
		return;
	}
	/* A program is never atomic and has memory: asked for the kernel only. */
	if (!(fault->error_code & PF_U) &&
	    ask(t, FS_ATOMIC, flags & FAULT_ATOMIC || KNULL(task->mm), !!(flags & FAULT_ATOMIC),
		task->mm.va)) {
		bad_area(plan, FB_NO_REGION, -EFAULT);
		return;
	}
	if (!ask(t, FS_FIND_VMA, vma, vma ? vma->vm_start : 0, vma ? vma->vm_end : 0)) {
		bad_area(plan, FB_NO_REGION, -EFAULT);
		return;
	}
	plan->vma = vma;
	if (!ask(t, FS_IN_REGION, vma->vm_start <= addr, vma->vm_start, addr) &&
	    !decide_stack(task, plan, t, addr, flags))
		return;
	if (!ask(t, FS_RIGHTS, region_allows(vma, fault->error_code), vma->vm_flags,
		 fault->error_code)) {
		bad_area(plan, FB_ACCESS, -EACCES);
		return;
	}
	decide_pte(m, plan, t, addr, fault->error_code & PF_W);
}

static void decide(struct machine *m, struct task_struct *task, struct vm_area_struct *vma,
		   const struct page_fault *fault, unsigned flags, struct fault_plan *plan,
		   struct fault_trail *t)
{
	*plan = (struct fault_plan){ 0 };
	decide_area(m, task, vma, fault, flags, plan, t);
	if (plan->error && !(fault->error_code & PF_U))
		no_context(plan, t, flags);
}

void decide_fault(struct machine *m, struct task_struct *task, const struct page_fault *fault,
		  unsigned flags, struct fault_plan *ret_plan, struct fault_trail *ret_trail)
{
	const struct mm_struct *mm = KGET(task->mm);

	ret_trail->nr = 0;
	decide(m, task, mm ? find_vma_quiet(mm, fault->address) : NULL, fault, flags, ret_plan,
	       ret_trail);
}

/* ---- handling ---- */

/* 0 or -errno; a leaf may find that the branch ends in another. */
static int handle_branch(struct fault_plan *plan, u32 addr, bool *ret_major)
{
	struct vm_area_struct *vma = plan->vma;
	struct mm_struct *mm = KGET(vma->vm_mm);

	switch (plan->branch) {
	case FB_ANON_ZERO:
	case FB_ANON_WRITE: return do_anonymous_page(vma, addr, plan->branch == FB_ANON_WRITE);
	case FB_FILE_READ:
	case FB_FILE_COPY:
	case FB_FILE_SHARED: return do_no_page(vma, addr, &plan->branch, ret_major);
	case FB_SWAP_CACHE:
	case FB_SWAP_IN:
	case FB_SWAP_COPY:
		return do_swap_page(vma, addr, pte_lookup(mm, addr), plan->write, ret_major);
	case FB_COW_COPY:
	case FB_COW_ZERO:
	case FB_COW_REUSE:
	case FB_WP_SHARED: return do_wp_page(vma, addr, pte_lookup(mm, addr), plan->branch);
	default: flush_tlb_page(mm, addr); return 0;
	}
}

int handle_mm_fault(struct machine *m, struct vm_area_struct *vma, u32 addr, bool write,
		    enum fault_branch *ret_branch, bool *ret_major)
{
	struct fault_plan plan = { .vma = vma };
	bool major = false;
	int error;

	decide_pte(m, &plan, NULL, addr, write);
	error = plan.error ? plan.error : handle_branch(&plan, addr & PAGE_MASK, &major);
	if (plan.branch == FB_BEHIND_FILE)
		missed_page(vma, addr & PAGE_MASK, write);
	if (ret_branch)
		*ret_branch = plan.branch;
	if (ret_major)
		*ret_major = major;
	return error;
}

/* Which leaf an error of handling means. */
static enum fault_branch failed_branch(enum fault_branch branch, int error)
{
	if (error == -ENOMEM)
		return FB_NO_MEMORY;
	if (error != -EIO || branch == FB_BEHIND_FILE || branch == FB_NO_STORE)
		return branch;
	/* The page is there: nothing had to be read. */
	return branch == FB_WP_SHARED ? FB_NO_STORE : FB_IO_ERROR;
}

/* The frame that kernel address @addr has. */
static pfn_t kernel_pfn(const struct machine *m, u32 addr)
{
	return pte_pfn(pte_get(m->paging, pte_lookup(&m->k->init_mm, addr)));
}

/* Where memory ends, somebody may have to give his. */
static int fault_at_door(struct task_struct *task, struct vm_area_struct *vma, u32 addr, bool write,
			 enum fault_branch *ret_branch, bool *ret_major)
{
	struct machine *m = machine_of(vma);
	struct oom_want outer = oom_begin(m);
	int error;

	do
		error = handle_mm_fault(m, vma, addr, write, ret_branch, ret_major);
	while (error == -ENOMEM && out_of_memory(m, task));
	oom_end(m, outer);
	return error;
}

static void count_fault(struct machine *m, struct task_struct *task, bool major)
{
	if (major) {
		task->maj_flt++;
		count_vm_event(m, PGMAJFAULT);
	} else {
		task->min_flt++;
	}
}

/* The entry's bits stay as they are: the page takes them.  Linux get_user_pages. */
static void seen_by_kernel(const struct vm_area_struct *vma, u32 addr, bool write)
{
	struct machine *m = machine_of(vma);
	pte_t e = pte_get(m->paging, pte_lookup(KGET(vma->vm_mm), addr));
	struct page *page = vm_normal_page(m, e);

	if (!page)
		return;
	if (write && !pte_dirty(e))
		kernel_wrote_page(page);
	mark_page_accessed(page);
}

/* today: get_user_pages counts the faults it makes as the caller's own. */
int fault_in_page(struct task_struct *task, struct vm_area_struct *vma, u32 addr, bool write)
{
	struct machine *m = machine_of(vma);
	enum fault_branch branch;
	bool major;
	int error = fault_at_door(task, vma, addr, write, &branch, &major);

	if (!error)
		seen_by_kernel(vma, addr, write);
	if (!error && branch != FB_SPURIOUS) {
		count_vm_event(m, PGFAULT);
		count_fault(m, task, major);
	}
	return error && branch == FB_POISONED ? -EHWPOISON : error;
}

static void record_end(struct machine *m, struct fault_record *r, const struct fault_plan *plan,
		       int error, bool major)
{
	const struct vm_area_struct *vma = plan->vma;
	const void *ptep;

	r->branch = (u8)(error && !plan->error ? failed_branch(plan->branch, error) : plan->branch);
	r->error = (u8)-error;
	r->major = major;
	r->vm_start = vma ? vma->vm_start : 0;
	r->vm_end = vma ? vma->vm_end : 0;
	r->vm_flags = vma ? vma->vm_flags : 0;
	ptep = vma && !error ? pte_lookup(KGET(vma->vm_mm), r->address) : NULL;
	r->pfn = ptep ? pte_pfn(pte_get(m->paging, ptep)) : 0;
	if (plan->branch == FB_VMALLOC)
		r->pfn = kernel_pfn(m, r->address);
}

/* Expand, then the leaf of the plan.  0 or -errno. */
static int carry_out(struct machine *m, struct task_struct *task, struct fault_plan *plan, u32 addr,
		     bool *ret_major)
{
	bool tried = plan->grow || plan->branch == FB_STACK_LIMIT;

	if (tried && expand_stack(task, plan->vma, addr))
		bad_area(plan, FB_STACK_LIMIT, -EFAULT);
	if (plan->error)
		return plan->error;
	if (plan->branch == FB_VMALLOC) {
		sync_kernel_dir(KGET(m->k->active_mm[smp_processor_id(m)]), addr);
		return 0;
	}
	return handle_branch(plan, addr & PAGE_MASK, ret_major);
}

int do_page_fault(struct machine *m, struct task_struct *task, const struct page_fault *fault,
		  unsigned flags)
{
	struct fault_record *r = &task->fault;
	struct mm_struct *mm = KGET(task->mm);
	u32 addr = fault->address;
	struct fault_plan plan;
	bool major = false;
	int error;

	count_vm_event(m, PGFAULT);
	task->cr2 = addr;
	r->address = addr;
	r->error_code = fault->error_code;
	r->eip = task->regs.eip;
	r->jiffies = m->k->jiffies;
	r->trail.nr = 0;
	trace(m, task, r->error_code & PF_U ? TRACE_PAGE_FAULT_USER : TRACE_PAGE_FAULT_KERNEL, addr,
	      r->eip, r->error_code);
	decide(m, task, mm ? find_vma(mm, addr) : NULL, fault, flags, &plan, &r->trail);
	r->grew = plan.grow;
	error = carry_out(m, task, &plan, addr, &major);
	if (error && !(fault->error_code & PF_U) && plan.branch != FB_FIXUP &&
	    plan.branch != FB_OOPS) {
		no_context(&plan, &r->trail, flags);
		error = plan.error;
	}
	if (plan.branch == FB_BEHIND_FILE)
		missed_page(plan.vma, addr & PAGE_MASK, fault->error_code & PF_W);
	if (!error && plan.branch != FB_VMALLOC)
		count_fault(m, task, major);
	record_end(m, r, &plan, error, major);
	if (plan.branch == FB_OOPS)
		trace(m, task, TRACE_OOPS, addr, r->eip, r->error_code);
	return error;
}

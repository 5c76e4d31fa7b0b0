/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain ADDR r|w|x: the access is tried on paper.  do_page_fault decides without any
 * effect (mm/fault.h), so what is told here is what would happen: to the program, and of a kernel
 * thread, which has none, to its kernel code (kload, kstore).
 */
#include "../proc/regs.h"
#include "../proc/trail.h"
#include "arch/mmu.h"
#include "look.h"
#include "mm/page_alloc.h"
#include "mm/uaccess.h"

/* Would the processor let the access through?  If not: *ret is its fault. */
static bool access_allowed(struct ctl_call *call, u32 addr, enum access access, bool user,
			   struct page_fault *ret)
{
	const struct paging *pg = call->m->paging;
	struct mmu_walk walk;
	u32 code = user ? PF_U : 0;

	mmu_walk(&call->m->ram, pg, tables_of(call), addr, &walk);
	if (walk.mapped && (!user || walk.rights & PG_US) &&
	    (access != ACCESS_WRITE || walk.rights & PG_RW) &&
	    (access != ACCESS_FETCH || !(walk.rights & PG_NX)))
		return true;
	code |= walk.mapped ? PF_P : 0;
	code |= walk.reserved ? PF_P | PF_RSVD : 0;
	code |= access == ACCESS_WRITE ? PF_W : 0;
	code |= access == ACCESS_FETCH && pg->pae ? PF_ID : 0;
	*ret = (struct page_fault){ addr, code };
	return false;
}

/* Frames in the order in which they will be asked for: the tables first. */
static void say_frames(struct ctl_call *call, const struct fault_plan *plan)
{
	g_autoptr(GString) list = g_string_new(NULL);

	for (unsigned i = 0; i < plan->frames; i++) {
		pfn_t pfn = alloc_page_peek(call->m, GFP_HIGHUSER, i);

		if (pfn)
			g_string_append_printf(list, " %05x", pfn);
		else
			g_string_append(list, " unknown");
		if (i < plan->tables)
			g_string_append(list, " (page table)");
	}
	ctl_say(call, "frames:%s", plan->frames ? list->str : " none");
}

int ctl_explain(struct ctl_call *call)
{
	static const enum access accesses[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH };
	const struct fault_branch_name *branch;
	u32 addr = call->arg[0].value;
	bool user = call_mm(call);
	struct page_fault fault;
	struct fault_trail trail;
	struct fault_plan plan;

	if (access_allowed(call, addr, accesses[call->arg[1].value], user, &fault)) {
		g_string_assign(call->reply, "no fault: the page tables allow it");
		return 0;
	}
	decide_fault(call->m, call->task, &fault,
		     user ? FAULT_USER : kernel_access_flags(addr, false), &plan, &trail);
	branch = &fault_branch_names[plan.branch];
	g_string_printf(call->reply, "%s: %s", branch->place, branch->words);
	g_string_append(call->reply, "\n\terror code ");
	error_code_print(fault.error_code, call->reply);
	trail_print(call->m->paging, &trail, "\n\t", call->reply);
	if (plan.grow)
		ctl_say(call, "the stack grows to 0x%08x", fault.address & PAGE_MASK);
	ctl_say(call, "branch: %s: %s", branch->place, branch->words);
	if (plan.error)
		ctl_say(call, "result: %s", errno_name(plan.error));
	else
		say_frames(call, &plan);
	if (!plan.error && plan.vma && fault.error_code & PF_ID && !(plan.vma->vm_flags & VM_EXEC))
		ctl_say(call, "then: EACCES: the entry forbids it, NX");
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CR3 and the TLBs: what the kernel must do to processors when tables change.
 * ULK ch. 2, "Handling the Hardware Cache and the TLB"; ch. 9, switch_mm.
 *
 *   flush_tlb_page/range/mm    this CPU, if the mm's cpu_vm_mask names it, then
 *     flush_tlb_others         an interrupt to each other that it names (a TLB shootdown)
 *       smp_invalidate_interrupt    drop the entries; or, on borrowed tables, leave_mm
 *
 * A CPU that runs a kernel thread, or nobody, needs no user address (lazy TLB): told once, it
 * loads the kernel's own tables, leaves the mask and is told no more.  It still counts as a
 * borrower of its active_mm.
 *
 * Invariants (check.c): the mask of an mm names the CPUs whose CR3 holds its tables; a CPU that
 * left its active_mm is lazy and has init_mm's; no TLB entry disagrees with the tables that its
 * CPU has loaded, except that it may have fewer rights.
 */
#include "mm/machine.h"
#include "mm/pgtable.h"
#include "mm/trace.h"

/* Above this many pages one reload of CR3 is cheaper than single flushes. today: 33 */
#define TLB_SINGLE_PAGES 33u
#define TLB_FLUSH_ALL (~0u) /* as a number of pages */

static u32 pages_to_flush(u32 start, u32 end)
{
	u32 nr = (end - start) >> PAGE_SHIFT;

	return nr > TLB_SINGLE_PAGES ? TLB_FLUSH_ALL : nr;
}

static u32 pid_on(const struct machine *m, unsigned cpu)
{
	const struct task_struct *task = KGET(m->k->current[cpu]);

	return task ? task->pid : 0;
}

/* Who flushes: what runs here, or the process that the kernel here works for. */
static u32 pid_of_flusher(const struct machine *m, const struct mm_struct *mm)
{
	const struct task_struct *task = KGET(m->k->current[smp_processor_id(m)]);

	return task && KGET(task->mm) == mm ? task->pid : mm->owner;
}

static void load_tables(struct machine *m, unsigned cpu, const struct mm_struct *mm)
{
	cpu_load_cr3(&m->cpu[cpu], mm->pgd - PAGE_OFFSET);
	trace_on(m, cpu, pid_on(m, cpu), TRACE_TLB_TASK_SWITCH, TLB_FLUSH_ALL, 0, 0);
}

void leave_mm(struct machine *m, unsigned cpu)
{
	KGET(m->k->active_mm[cpu])->cpu_vm_mask &= ~(1u << cpu);
	load_tables(m, cpu, &m->k->init_mm);
}

/* Drop @nr pages from @start on, or all that is not global. */
static void flush_cpu(struct cpu *cpu, u32 start, u32 nr)
{
	if (nr == TLB_FLUSH_ALL) {
		cpu_load_cr3(cpu, cpu->cr3);
		return;
	}
	for (; nr; nr--, start += PAGE_SIZE)
		cpu_invlpg(cpu, start);
}

/* The same for an mm that @cpu may only borrow; @why for its trace. */
static void flush_or_leave(struct machine *m, unsigned cpu, u32 start, u32 nr, enum trace_id why)
{
	if (cpu_is_lazy(m, cpu)) {
		leave_mm(m, cpu);
		return;
	}
	flush_cpu(&m->cpu[cpu], start, nr);
	trace_on(m, cpu, pid_on(m, cpu), why, nr, 0, 0);
}

static void count_local_flush(struct machine *m, u32 nr)
{
	if (nr == TLB_FLUSH_ALL)
		count_vm_event(m, NR_TLB_LOCAL_FLUSH_ALL);
	else
		count_vm_events(m, NR_TLB_LOCAL_FLUSH_ONE, nr);
}

/* What the other CPU does when the interrupt comes. */
static void smp_invalidate_interrupt(struct machine *m, unsigned cpu, u32 start, u32 nr)
{
	count_vm_event(m, NR_TLB_REMOTE_FLUSH_RECEIVED);
	flush_or_leave(m, cpu, start, nr, TRACE_TLB_REMOTE_SHOOTDOWN);
}

/* An interrupt to each CPU of @mask, and wait until all have done it. */
static void flush_tlb_others(struct mm_struct *mm, u32 mask, u32 start, u32 nr)
{
	struct machine *m = machine_of(mm);

	count_vm_event(m, NR_TLB_REMOTE_FLUSH);
	trace_on(m, smp_processor_id(m), pid_of_flusher(m, mm), TRACE_TLB_REMOTE_SEND_IPI, nr, 0,
		 0);
	for (; mask; mask &= mask - 1)
		smp_invalidate_interrupt(m, (unsigned)__builtin_ctz(mask), start, nr);
}

static void flush_tlb(struct mm_struct *mm, u32 start, u32 nr)
{
	struct machine *m = machine_of(mm);
	unsigned this_cpu = smp_processor_id(m);
	u32 here = mm->cpu_vm_mask & 1u << this_cpu, others = mm->cpu_vm_mask & ~here;

	if (here) {
		count_local_flush(m, nr);
		flush_or_leave(m, this_cpu, start, nr, TRACE_TLB_LOCAL_SHOOTDOWN);
	}
	if (others)
		flush_tlb_others(mm, others, start, nr);
}

void flush_tlb_page(struct mm_struct *mm, u32 addr)
{
	flush_tlb(mm, addr, 1);
}

void flush_tlb_mm(struct mm_struct *mm)
{
	flush_tlb(mm, 0, TLB_FLUSH_ALL);
}

void flush_tlb_range(struct mm_struct *mm, u32 start, u32 end)
{
	flush_tlb(mm, start, pages_to_flush(start, end));
}

/* Kernel addresses are the same in all tables: every CPU, whatever it runs. */
void flush_tlb_kernel_range(struct machine *m, u32 start, u32 end)
{
	u32 nr = pages_to_flush(start, end);

	count_local_flush(m, nr);
	if (m->nr_cpus > 1) {
		count_vm_event(m, NR_TLB_REMOTE_FLUSH);
		count_vm_events(m, NR_TLB_REMOTE_FLUSH_RECEIVED, m->nr_cpus - 1);
	}
	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++)
		flush_cpu(&m->cpu[cpu], start, nr);
}

void switch_mm(struct machine *m, unsigned cpu, struct mm_struct *next)
{
	struct mm_struct *prev = KGET(m->k->active_mm[cpu]);
	u32 bit = 1u << cpu;

	if (prev == next && next->cpu_vm_mask & bit)
		return; /* and if it had left: the tables may have changed since */
	prev->cpu_vm_mask &= ~bit;
	next->cpu_vm_mask |= bit;
	KSET(m->k->active_mm[cpu], next);
	load_tables(m, cpu, next);
}

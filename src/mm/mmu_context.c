/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CR3 and the TLBs: what the kernel must do to a processor when tables change.
 * ULK ch. 2, "Handling the Hardware Cache and the TLB"; ch. 9, switch_mm.
 *
 * Invariant: no TLB entry disagrees with the tables of the mm its CPU has loaded,
 * except that it may have fewer rights.
 */
#include "mm/machine.h"
#include "mm/pgtable.h"

/* Above this many pages one reload of CR3 is cheaper than single flushes. today: 33 */
#define TLB_SINGLE_PAGES 33u

static bool cpu_has_mm(struct machine *m, unsigned cpu, const struct mm_struct *mm)
{
	return m->k->active_mm[cpu].va == kva_of(mm);
}

void flush_tlb_page(struct mm_struct *mm, u32 addr)
{
	struct machine *m = machine_of(mm);

	for (unsigned i = 0; i < m->nr_cpus; i++)
		if (cpu_has_mm(m, i, mm))
			cpu_invlpg(&m->cpu[i], addr);
}

void flush_tlb_mm(struct mm_struct *mm)
{
	struct machine *m = machine_of(mm);

	for (unsigned i = 0; i < m->nr_cpus; i++)
		if (cpu_has_mm(m, i, mm))
			cpu_load_cr3(&m->cpu[i], m->cpu[i].cr3);
}

void flush_tlb_range(struct mm_struct *mm, u32 start, u32 end)
{
	if ((end - start) >> PAGE_SHIFT > TLB_SINGLE_PAGES) {
		flush_tlb_mm(mm);
		return;
	}
	for (; start < end; start += PAGE_SIZE)
		flush_tlb_page(mm, start);
}

/* Kernel addresses are the same in all tables. */
void flush_tlb_kernel_range(struct machine *m, u32 start, u32 end)
{
	bool single = (end - start) >> PAGE_SHIFT <= TLB_SINGLE_PAGES;

	for (unsigned i = 0; i < m->nr_cpus; i++) {
		if (!single)
			cpu_load_cr3(&m->cpu[i], m->cpu[i].cr3);
		for (u32 addr = start; single && addr != end; addr += PAGE_SIZE)
			cpu_invlpg(&m->cpu[i], addr);
	}
}

void switch_mm(struct machine *m, unsigned cpu, struct mm_struct *next)
{
	struct mm_struct *prev = KGET(m->k->active_mm[cpu]);

	if (prev == next)
		return;
	prev->cpu_vm_mask &= ~(1u << cpu);
	next->cpu_vm_mask |= 1u << cpu;
	KSET(m->k->active_mm[cpu], next);
	cpu_load_cr3(&m->cpu[cpu], next->pgd - PAGE_OFFSET);
}

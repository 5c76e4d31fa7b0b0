/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpu: each processor: whom it runs, its control registers, whose tables they name, and what
 * its TLB holds.  One line of the TLB is a page:
 *
 *   tlb 08048000 small set 8 way 0 frame 0012a -U---
 *
 * The letters are the entry's rights: W writable, U user, D dirty, G global, N no-execute.
 */
#include "arch/paging.h"
#include "proc.h"

static void print_entry(const struct paging *pg, const struct tlb_entry *e, unsigned set,
			unsigned way, bool large, GString *out)
{
	u32 addr = e->tag << (large ? pg->dir_shift : PAGE_SHIFT);

	if (!e->valid)
		return;
	g_string_append_printf(out, "tlb %08x %s set %u way %u frame %05x %c%c%c%c%c\n", addr,
			       large ? "large" : "small", set, way, pte_pfn((pte_t){ e->bits }),
			       e->bits & PG_RW ? 'W' : '-', e->bits & PG_US ? 'U' : '-',
			       e->bits & PG_D ? 'D' : '-', e->bits & PG_G ? 'G' : '-',
			       e->bits & PG_NX ? 'N' : '-');
}

static void print_tlb(const struct paging *pg, const struct tlb *tlb, GString *out)
{
	g_string_append_printf(out,
			       "tlb_hits %" G_GUINT64_FORMAT "\ntlb_misses %" G_GUINT64_FORMAT
			       "\ntlb_flushes %" G_GUINT64_FORMAT "\ntlb_invlpgs %" G_GUINT64_FORMAT
			       "\n",
			       tlb->hits, tlb->misses, tlb->flushes, tlb->invlpgs);
	for (unsigned set = 0; set < TLB_SETS; set++)
		for (unsigned way = 0; way < TLB_WAYS; way++)
			print_entry(pg, &tlb->small[set][way], set, way, false, out);
	for (unsigned set = 0; set < TLB_LARGE_SETS; set++)
		for (unsigned way = 0; way < TLB_WAYS; way++)
			print_entry(pg, &tlb->large[set][way], set, way, true, out);
}

/*
 * A kernel thread, or nobody, uses the tables that are there; after a flush it has left them for
 * the kernel's own.
 */
static void print_running(const struct machine *m, unsigned cpu, GString *out)
{
	const struct task_struct *task = KGET(m->k->current[cpu]);
	const struct mm_struct *mm = KGET(m->k->active_mm[cpu]);

	if (task)
		g_string_append_printf(out, "current %u (%.*s)\n", task->pid, TASK_COMM_LEN,
				       task->comm);
	else
		g_string_append(out, "current 0 (idle)\n");
	g_string_append_printf(out, "active_mm 0x%08x%s%s\ntlb_state %s\n", kva_of(mm),
			       mm == &m->k->init_mm ? " (init_mm)" : "",
			       mm->cpu_vm_mask & 1u << cpu ? "" : " (left)",
			       cpu_is_lazy(m, cpu) ? "TLBSTATE_LAZY" : "TLBSTATE_OK");
}

int proc_cpu(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct machine *m = fs->m;

	for (unsigned i = 0; i < m->nr_cpus; i++) {
		const struct cpu *cpu = &m->cpu[i];

		g_string_append_printf(out, "%scpu %u\n", i ? "\n" : "", i);
		print_running(m, i, out);
		g_string_append_printf(out, "cr0 0x%08x\ncr2 0x%08x\ncr3 0x%08x\ncr4 0x%08x\n",
				       cpu->cr0, cpu->cr2, (u32)cpu->cr3, cpu->cr4);
		print_tlb(m->paging, &cpu->tlb, out);
	}
	return 0;
}

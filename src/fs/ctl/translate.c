/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * translate ADDR: the walk that the processor would do, step by step, and what the kernel
 * knows of the page.  No A bit is set, no TLB entry made.  ULK ch. 2, "Paging in Hardware".
 */
#include "../proc/entry.h"
#include "../proc/regs.h"
#include "arch/mmu.h"
#include "look.h"
#include "mm/pgtable.h"

/* Index and name of the table of each level, top first. */
struct level {
	const char *name;
	u32 index;
};

static void levels_of(const struct paging *pg, u32 addr, struct level ret[3])
{
	unsigned n = 0;

	if (pg->pae)
		ret[n++] = (struct level){ "pointers", addr >> 30 };
	ret[n++] = (struct level){ "directory", dir_index(pg, addr) };
	ret[n] = (struct level){ "table", pte_index(pg, addr) };
}

static void say_entry(struct ctl_call *call, const struct level *level, const struct mmu_walk *walk,
		      unsigned i, const struct vm_area_struct *vma)
{
	bool last = i + 1 == walk->levels;
	char flags[ENTRY_FLAGS];

	entry_flags(call->m, walk->entry[i], last && i > 0 && !walk->large ? vma : NULL,
		    last && walk->large, flags);
	ctl_say(call, "%-10s %4u at 0x%08llx: 0x%0*llx %.10s", level->name, level->index,
		(unsigned long long)walk->entry_pa[i], 2 * call->m->paging->entry_size,
		(unsigned long long)walk->entry[i].v, flags);
}

static void say_frame(struct ctl_call *call, const struct mmu_walk *walk)
{
	pfn_t pfn = (pfn_t)(walk->pa >> PAGE_SHIFT);
	const struct page *page;

	if (pfn >= call->m->k->nr_frames)
		return;
	page = pfn_to_page(call->m, pfn);
	ctl_say(call, "%-10s %05x count %d mapcount %d", "frame", pfn, page_count(page),
		page_mapcount(page));
}

static void say_region(struct ctl_call *call, const struct vm_area_struct *vma)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (vma)
		region_print(call, vma, text);
	else
		g_string_append(text, "none");
	ctl_say(call, "%-10s %s", "region", text->str);
}

/* File page, anonymous page, zero page, swap slot: where the last entry holds anything. */
static void say_page(struct ctl_call *call, const struct mmu_walk *walk, u32 addr,
		     const struct vm_area_struct *vma)
{
	g_autoptr(GString) text = g_string_new(NULL);
	pte_t e = walk->entry[walk->levels - 1];

	if (!vma || walk->large || walk->levels < call->m->paging->levels || pte_none(e))
		return;
	if (pte_is_swap(e))
		g_string_append_printf(text, "slot %u:%05x, ", swp_type(pte_to_swp_entry(e)),
				       swp_offset(pte_to_swp_entry(e)));
	entry_what(call->fs, e, vma, addr, text);
	ctl_say(call, "%-10s %s", "page", text->str);
}

u32 tables_of(const struct ctl_call *call)
{
	const struct mm_struct *lent = KGET(call->task->active_mm);

	if (call_mm(call))
		return task_cr3(call->task);
	return (lent ? lent->pgd : call->m->k->init_mm.pgd) - PAGE_OFFSET;
}

static void say_tlb(struct ctl_call *call, u32 addr)
{
	struct machine *m = call->m;
	u32 cpu = call->task->cpu;
	struct tlb_entry *e;
	bool large;

	if (m->cpu[cpu].cr3 != tables_of(call)) {
		ctl_say(call, "%-10s other tables are loaded", "tlb");
		return;
	}
	e = tlb_find(&m->cpu[cpu].tlb, m->paging, addr, &large);
	ctl_say(call, "%-10s %s", "tlb", e ? "hit" : "miss");
}

int ctl_translate(struct ctl_call *call)
{
	u32 addr = call->arg[0].value;
	struct vm_area_struct *vma = region_at(call, addr);
	struct level levels[3];
	struct mmu_walk walk;

	mmu_walk(&call->m->ram, call->m->paging, tables_of(call), addr, &walk);
	if (walk.mapped)
		g_string_printf(call->reply, "0x%08llx", (unsigned long long)walk.pa);
	else
		g_string_assign(call->reply, "none");
	ctl_say(call, "%-10s 0x%08x", "cr3", tables_of(call));
	levels_of(call->m->paging, addr, levels);
	for (unsigned i = 0; i < walk.levels; i++)
		say_entry(call, &levels[i], &walk, i, vma);
	if (walk.mapped)
		say_frame(call, &walk);
	say_region(call, vma);
	say_page(call, &walk, addr, vma);
	say_tlb(call, addr);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold between owners.  Each owner's own truths are in its x_validate().
 *
 * The page tables of all processes are walked once; what they say of every frame is
 * compared with its descriptor, and every frame must be in exactly one place.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "mm/check.h"
#include "mm/handout.h"
#include "mm/highmem.h"
#include "mm/lru.h"
#include "mm/machine.h"
#include "mm/shm.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/vmalloc.h"

#define LINE_MAX_LEN 256

void check_fail(struct check *c, const char *fmt, ...)
{
	char line[LINE_MAX_LEN];
	va_list ap;

	c->failures++;
	if (!c->report)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	c->report(c->data, line);
}

/* What the walk found of each frame. */
struct frame_seen {
	u32 mapcount;
	u32 locked; /* of these, entries of VM_LOCKED regions */
	u32 tables; /* directory entries that name it as a table */
};

struct cross_check {
	struct machine *m;
	struct check *c;
	struct frame_seen *frames;
	u32 *swap[MAX_SWAPFILES]; /* of each slot of an area: entries found that hold it */
	u64 committed;
};

/* ---- one process ---- */

struct mm_seen {
	s32 rss[NR_MM_COUNTERS];
};

/* An entry that holds a slot: in a page table, or in the tree of a shared memory object. */
static void swap_entry_seen(struct cross_check *x, swp_entry_t entry)
{
	u32 type = swp_type(entry);
	const struct swap_info_struct *si =
		type < MAX_SWAPFILES ? KGET(x->m->k->swap.info[type]) : NULL;

	if (si && swp_offset(entry) && swp_offset(entry) < si->max)
		x->swap[si->type][swp_offset(entry)]++;
	else
		check_fail(x->c, "swap entry %u:%05x: no such slot", swp_type(entry),
			   swp_offset(entry));
}

static void swap_pte_validate(struct cross_check *x, const struct vm_area_struct *vma, u32 addr,
			      pte_t e)
{
	swp_entry_t entry = pte_to_swp_entry(e);

	swap_entry_seen(x, entry);
	check_that(x->c, !KNULL(vma->anon_vma), "pte %08x: swapped, the region has no anon_vma",
		   addr);
	check_that(x->c, !pte_swp_exclusive(e) || swap_count(x->m, entry) == 1,
		   "pte %08x: exclusive, but %u entries hold the slot", addr,
		   swap_count(x->m, entry));
}

static void pte_validate(struct cross_check *x, struct vm_area_struct *vma, u32 addr, pte_t e,
			 struct mm_seen *seen)
{
	struct machine *m = x->m;
	struct page *page;

	if (pte_is_poisoned(e))
		check_that(x->c,
			   e.v == swp_entry_to_pte(make_poisoned_swp_entry(), false).v &&
				   !KNULL(vma->anon_vma),
			   "pte %08x: lost, but not as swapoff leaves it: %llx", addr,
			   (unsigned long long)e.v);
	if (pte_is_swap(e)) {
		seen->rss[MM_SWAPENTS]++;
		swap_pte_validate(x, vma, addr, e);
	}
	if (!pte_present(e))
		return;
	if (pte_pfn(e) >= m->k->nr_frames) {
		check_fail(x->c, "pte %08x: no such frame %05x", addr, pte_pfn(e));
		return;
	}
	check_that(x->c, !(e.v & PG_P) || !(e.v & m->paging->reserved_pte),
		   "pte %08x: a reserved bit in %llx", addr, (unsigned long long)e.v);
	check_that(x->c,
		   !(e.v & PG_P) || !m->paging->pae ||
			   !(e.v & PG_NX) == !!(vma->vm_flags & VM_EXEC),
		   "pte %08x: NX is not what the region says", addr);
	page = vm_normal_page(m, e);
	if (!page) {
		check_that(x->c, !pte_write(e), "pte %08x: the zero page is writable", addr);
		return;
	}
	x->frames[pte_pfn(e)].mapcount++;
	x->frames[pte_pfn(e)].locked += !!(vma->vm_flags & VM_LOCKED);
	seen->rss[PageAnon(page)       ? MM_ANONPAGES :
		  PageSwapBacked(page) ? MM_SHMEMPAGES :
					 MM_FILEPAGES]++;
	check_that(x->c, !(e.v & PG_P) || e.v & PG_US, "pte %08x: not a user page", addr);
	check_that(x->c, !pte_write(e) || vma->vm_flags & VM_WRITE,
		   "pte %08x: writable, the region is not", addr);
	if (pte_write(e) && vma->vm_flags & VM_SHARED)
		check_that(x->c, PageSwapBacked(page) || PageDirty(page),
			   "pte %08x: writable, but page %u of its file is clean", addr,
			   page->index);
	if (pte_write(e) && !(vma->vm_flags & VM_SHARED))
		check_that(x->c, PageAnon(page) && page_mapcount(page) == 1,
			   "pte %08x: private, writable, but frame %05x is shared", addr,
			   pte_pfn(e));
}

static void region_ptes_validate(struct cross_check *x, struct vm_area_struct *vma,
				 struct mm_seen *seen)
{
	for_each_pte(KGET(vma->vm_mm), vma->vm_start, vma->vm_end, w)
		pte_validate(x, vma, w.addr, w.pte, seen);
}

/* Entries of one table, in and out of regions: the count that page->private keeps. */
static u32 table_entries(struct cross_check *x, pfn_t pfn)
{
	const struct paging *pg = x->m->paging;
	const u8 *p = ram_at(&x->m->ram, (paddr_t)pfn << PAGE_SHIFT);
	u32 used = 0;

	for (unsigned i = 0; i < pg->entries; i++)
		used += !pte_none(pte_get(pg, p + i * pg->entry_size));
	return used;
}

/* PAE: four pointers without a reserved bit, each to a directory of its own. */
static void directories_validate(struct cross_check *x, struct mm_struct *mm)
{
	const struct paging *pg = x->m->paging;
	const u8 *p = kva_ptr(mm, mm->pgd);

	for (unsigned i = 0; pg->pae && i < 4; i++) {
		pte_t e = pte_get(pg, p + i * pg->entry_size);

		if (!(e.v & PG_P) || e.v & pg->reserved_top || pte_pfn(e) >= x->m->k->nr_frames) {
			check_fail(x->c, "mm: pointer %u is %llx", i, (unsigned long long)e.v);
			continue;
		}
		x->frames[pte_pfn(e)].tables++;
		check_that(x->c, PageTable(pfn_to_page(x->m, pte_pfn(e))),
			   "mm: pointer %u: frame %05x is no directory", i, pte_pfn(e));
	}
}

static void tables_validate(struct cross_check *x, struct mm_struct *mm)
{
	const struct paging *pg = x->m->paging;
	u64 span = 1ull << pg->dir_shift;
	u32 tables = 0;

	for (u64 addr = 0; addr < TASK_SIZE; addr += span) {
		pte_t dir = pte_get(pg, dir_offset(mm, (u32)addr));
		struct page *table;

		if (!(dir.v & PG_P))
			continue;
		tables++;
		table = pfn_to_page(x->m, pte_pfn(dir));
		x->frames[pte_pfn(dir)].tables++;
		check_that(x->c, PageTable(table), "directory %08x: frame %05x is no table",
			   (u32)addr, pte_pfn(dir));
		check_that(x->c, table->private == table_entries(x, pte_pfn(dir)),
			   "table %08x: counts %u entries, has %u", (u32)addr, table->private,
			   table_entries(x, pte_pfn(dir)));
	}
	check_that(x->c, tables == mm->nr_ptes, "mm: nr_ptes %u, directory names %u", mm->nr_ptes,
		   tables);
}

/* Used entries of all tables lie in regions: none may be left outside. */
static u32 entries_in_tables(struct mm_struct *mm)
{
	struct pte_range r = { .end = 0 };
	u32 used = 0;

	while (pte_range_next(mm, &r, TASK_SIZE))
		used += r.table->private;
	return used;
}

static u32 entries_in_regions(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	u32 used = 0;

	for (vma = KGET(mm->mmap); vma; vma = KGET(vma->vm_next))
		for_each_pte(mm, vma->vm_start, vma->vm_end, w)
			used++;
	return used;
}

/* The kernel's part of a directory: the master's entries, which in the vmalloc area may miss. */
static void kernel_dir_validate(struct cross_check *x, const struct mm_struct *mm)
{
	const struct machine *m = x->m;
	const struct paging *pg = m->paging;

	for (u64 addr = TASK_SIZE; addr < 1ull << 32; addr += 1ull << pg->dir_shift) {
		pte_t own = pte_get(pg, dir_offset(mm, (u32)addr));
		pte_t master = pte_get(pg, dir_offset(&m->k->init_mm, (u32)addr));
		bool lazy = addr >= vmalloc_start(m) && addr < vmalloc_end(m);

		check_that(x->c, own.v == master.v || (lazy && pte_none(own)),
			   "mm %08x: directory entry %08x is %llx, the master's %llx", kva_of(mm),
			   (u32)addr, (unsigned long long)own.v, (unsigned long long)master.v);
	}
}

/* The master's own tables: their counts. */
static void master_validate(struct cross_check *x)
{
	const struct paging *pg = x->m->paging;

	for (u64 addr = TASK_SIZE; addr < 1ull << 32; addr += 1ull << pg->dir_shift) {
		pte_t dir = pte_get(pg, dir_offset(&x->m->k->init_mm, (u32)addr));
		const struct page *table;

		if (!(dir.v & PG_P) || dir.v & PG_PS)
			continue;
		table = pfn_to_page(x->m, pte_pfn(dir));
		check_that(x->c, PageTable(table), "master %08x: frame %05x is no table", (u32)addr,
			   pte_pfn(dir));
		check_that(x->c, table->private == table_entries(x, pte_pfn(dir)),
			   "master %08x: counts %u entries, has %u", (u32)addr, table->private,
			   table_entries(x, pte_pfn(dir)));
	}
}

/* The CPUs that will be told of changes. */
static void mask_validate(struct cross_check *x, const struct mm_struct *mm)
{
	for (unsigned i = 0; i < NR_CPUS; i++)
		check_that(x->c, !(mm->cpu_vm_mask & 1u << i) || KGET(x->m->k->active_mm[i]) == mm,
			   "mm %08x: cpu_vm_mask names CPU %u, which has another", kva_of(mm), i);
}

static void mm_cross_validate(struct cross_check *x, struct mm_struct *mm)
{
	static const char *const names[NR_MM_COUNTERS] = { "file", "anon", "swap", "shmem" };
	struct mm_seen seen = { { 0 } };
	struct vm_area_struct *vma;

	mm_validate(mm, x->c);
	mask_validate(x, mm);
	kernel_dir_validate(x, mm);
	directories_validate(x, mm);
	tables_validate(x, mm);
	for (vma = KGET(mm->mmap); vma; vma = KGET(vma->vm_next)) {
		region_ptes_validate(x, vma, &seen);
		if (vma->vm_flags & VM_ACCOUNT)
			x->committed += vma_pages(vma);
	}
	for (unsigned i = 0; i < NR_MM_COUNTERS; i++)
		check_that(x->c, mm->rss_stat[i] == seen.rss[i], "mm: %s rss %d, tables have %d",
			   names[i], mm->rss_stat[i], seen.rss[i]);
	check_that(x->c, entries_in_tables(mm) == entries_in_regions(mm),
		   "mm: entries outside of every region");
}

/* ---- the machine ---- */

/* A task whose mm was not looked at yet: each mm once, also when tasks share it. */
static bool first_user(struct machine *m, struct task_struct *task)
{
	struct task_struct *t;

	if (KGET(task->mm)->mm_users == 1)
		return true;
	list_for_each_entry(t, &m->k->tasks, tasks) {
		if (t == task)
			return true;
		if (KGET(t->mm) == KGET(task->mm))
			return false;
	}
	return true;
}

static void frame_validate(struct cross_check *x, pfn_t pfn)
{
	struct page *page = pfn_to_page(x->m, pfn);
	const struct frame_seen *seen = &x->frames[pfn];
	unsigned places = PageReserved(page) + PageTable(page) + PageSlab(page) +
			  PageHandout(page) + PageLRU(page);

	if (PageReserved(page))
		return;
	check_that(x->c, seen->tables <= 1, "frame %05x: a table of %u directory entries", pfn,
		   seen->tables);
	check_that(x->c, page_mapcount(page) == (s32)seen->mapcount,
		   "frame %05x: mapcount %d, %u entries name it", pfn, page_mapcount(page),
		   seen->mapcount);
	if (page_mapcount(page) == (s32)seen->mapcount)
		rmap_validate(page, x->c);
	check_that(x->c, places <= 1, "frame %05x: in %u places, flags %08x", pfn, places,
		   page->flags);
	check_that(x->c, !seen->mapcount || PageLRU(page), "frame %05x: mapped, on no LRU list",
		   pfn);
	check_that(x->c, PageMlocked(page) == !!seen->locked,
		   "frame %05x: flags %08x, %u entries lock it", pfn, page->flags, seen->locked);
	check_that(x->c, page_mlock_count(page) == seen->locked,
		   "frame %05x: mlock_count %u, %u entries lock it", pfn, page_mlock_count(page),
		   seen->locked);
	check_that(x->c, !PageMlocked(page) || PageUnevictable(page),
		   "frame %05x: locked, but on the %s list", pfn, lru_names[page_lru(page)]);
	if (PageAnon(page) || PageSwapCache(page))
		check_that(x->c, page_count(page) == page_mapcount(page) + PageSwapCache(page),
			   "frame %05x: anonymous, count %d, mapcount %d", pfn, page_count(page),
			   page_mapcount(page));
}

/* Only frames below a zone's frontier were ever used. */
static void frames_validate(struct cross_check *x)
{
	s32 anon = 0, mapped = 0, tables = 0;

	for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
		struct zone *z = &x->m->k->zone[i];

		for (pfn_t pfn = z->zone_start_pfn; pfn < z->frontier; pfn++) {
			struct page *page = pfn_to_page(x->m, pfn);

			frame_validate(x, pfn);
			tables += PageTable(page);
			if (page_mapcount(page) && PageAnon(page))
				anon++;
			else if (page_mapcount(page))
				mapped++;
		}
	}
	check_that(x->c, tables == x->m->k->vm_stat[NR_PAGETABLE],
		   "nr_page_table_pages %d, found %d", x->m->k->vm_stat[NR_PAGETABLE], tables);
	check_that(x->c, anon == x->m->k->vm_stat[NR_ANON_PAGES], "nr_anon_pages %d, found %d",
		   x->m->k->vm_stat[NR_ANON_PAGES], anon);
	check_that(x->c, mapped == x->m->k->vm_stat[NR_FILE_MAPPED], "nr_mapped %d, found %d",
		   x->m->k->vm_stat[NR_FILE_MAPPED], mapped);
}

static void objects_swap_validate(struct cross_check *x)
{
	struct inode *inode;

	list_for_each_entry(inode, &x->m->k->inodes, i_list) {
		u32 next = 0, index;
		void *item;

		while (inode->i_data.nrswapped &&
		       radix_tree_gang_lookup(&inode->i_data.page_tree, &item, &index, next, 1)) {
			if (radix_is_value(item) &&
			    !is_poisoned_swp_entry((swp_entry_t){ radix_value(item) }))
				swap_entry_seen(x, (swp_entry_t){ radix_value(item) });
			next = index + 1;
		}
	}
}

/* After all page tables were walked. */
static void slots_validate(struct cross_check *x)
{
	objects_swap_validate(x);
	for (u32 type = 0; type < MAX_SWAPFILES; type++) {
		const struct swap_info_struct *si = KGET(x->m->k->swap.info[type]);

		for (u32 offset = 1; si && offset < si->max; offset++) {
			u32 count = swap_count(x->m, swp_entry(type, offset));

			check_that(x->c, count == x->swap[type][offset],
				   "swap %u: slot %u: count %u, %u entries hold it", type, offset,
				   count, x->swap[type][offset]);
		}
	}
}

static void committed_validate(struct cross_check *x)
{
	struct machine *m = x->m;
	struct inode *inode;

	list_for_each_entry(inode, &m->k->inodes, i_list)
		if (inode->i_data.a_ops == AOPS_SHMEM && !inode->i_handle)
			x->committed += PAGE_ALIGN(inode->i_size) >> PAGE_SHIFT;
	check_that(x->c, x->committed == m->k->total_committed, "Committed_AS %u pages, found %llu",
		   m->k->total_committed, (unsigned long long)x->committed);
}

static void cpus_validate(struct machine *m, struct check *c)
{
	for (unsigned i = 0; i < m->nr_cpus; i++) {
		struct mm_struct *mm = KGET(m->k->active_mm[i]);
		bool loaded = mm->cpu_vm_mask & 1u << i;
		u32 va;

		check_that(c, loaded || cpu_is_lazy(m, i),
			   "cpu %u: runs without its active_mm's tables", i);
		mm = loaded ? mm : &m->k->init_mm;
		check_that(c, m->cpu[i].cr3 == mm->pgd - PAGE_OFFSET,
			   "cpu %u: CR3 is not what cpu_vm_mask says", i);
		check_that(c, mmu_validate(&m->cpu[i], &va),
			   "cpu %u: the TLB disagrees with the tables at %08x", i, va);
	}
}

static void cross_validate(struct cross_check *x)
{
	struct task_struct *task;

	list_for_each_entry(task, &x->m->k->tasks, tasks)
		if (!KNULL(task->mm) && first_user(x->m, task))
			mm_cross_validate(x, KGET(task->mm));
	master_validate(x);
	frames_validate(x);
	slots_validate(x);
	committed_validate(x);
	cpus_validate(x->m, x->c);
}

/* What the walk finds, of each frame and each slot.  false: the host has no memory. */
static bool seen_new(struct cross_check *x)
{
	bool all;

	x->frames = calloc(x->m->k->nr_frames, sizeof(*x->frames));
	all = x->frames;
	for (u32 type = 0; type < MAX_SWAPFILES; type++) {
		const struct swap_info_struct *si = KGET(x->m->k->swap.info[type]);

		if (!si)
			continue;
		x->swap[type] = calloc(si->max, sizeof(u32));
		all &= x->swap[type] != NULL;
	}
	return all;
}

static void seen_free(struct cross_check *x)
{
	free(x->frames);
	for (u32 type = 0; type < MAX_SWAPFILES; type++)
		free(x->swap[type]);
}

u32 check_machine(struct machine *m, void (*report)(void *data, const char *line), void *data)
{
	struct check c = { report, data, 0 };
	struct cross_check x = { .m = m, .c = &c };

	zone_validate(m, &c);
	slab_validate(m, &c);
	vmalloc_validate(m, &c);
	kmap_validate(m, &c);
	task_validate(m, &c);
	sched_validate(m, &c);
	oom_validate(m, &c);
	inode_validate(m, &c);
	lru_validate(m, &c);
	handout_validate(m, &c);
	shm_validate(m, &c);
	swap_validate(m, &c);
	workingset_validate(m, &c);
	if (seen_new(&x))
		cross_validate(&x);
	else
		check_fail(&c, "the host has no memory for the check");
	seen_free(&x);
	return c.failures;
}

#ifdef ASPACEFS_DEBUG
static void say(void *data, const char *line)
{
	fprintf(stderr, "aspacefs: does not hold: %s\n", line);
}

void debug_check_cpus(struct machine *m)
{
	struct check c = { .report = say };

	cpus_validate(m, &c);
	if (c.failures)
		abort();
}
#endif

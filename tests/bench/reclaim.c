// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reclaim, as bench-core measures it: see reclaim.h.
 */
#include "mm/access.h"
#include "mm/filemap.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/vmscan.h"

#include "bench.h"
#include "host.h"
#include "reclaim.h"
#include "world.h"

#define SHARED_PAGES 1024u
#define FILE_PAGES 64u

static struct page *present_page(struct world *w, u32 addr)
{
	return vm_normal_page(w->m, pte_get(w->m->paging, pte_lookup(KGET(w->task->mm), addr)));
}

/* Look once at each of @nr present pages from @addr on: nanoseconds a page. */
static double referenced(struct world *w, u32 addr, u32 nr)
{
	struct page *page[SHARED_PAGES];
	double start;
	u32 flags;

	for (u32 i = 0; i < nr; i++)
		page[i] = present_page(w, addr + i * PAGE_SIZE);
	start = now_ns();
	for (u32 i = 0; i < nr; i++)
		must(page_referenced(page[i], &flags));
	return (now_ns() - start) / nr;
}

/* Nanoseconds a page that reclaim looks at, taken or not. */
double scan_page(void)
{
	struct world w = world_open();
	const u64 *event = w.m->k->vm_event;
	double start, ns;

	access_pages(&w, w.task, map(&w, cached_file(&w), AREA, PROT_READ), ACCESS_READ);
	start = now_ns();
	while (try_to_free_pages(w.m, GFP_HIGHUSER, 0))
		continue;
	ns = (now_ns() - start) / (double)(event[PGSCAN_DIRECT] + event[PGREFILL]);
	world_close(&w);
	return ns;
}

/* @n processes have SHARED_PAGES pages in common: nanoseconds an entry, Accessed set or not. */
static double scan_shared(u32 n)
{
	struct world w = world_open();
	u32 addr = map(&w, NULL, SHARED_PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE), faults;
	double ns;

	must(!touch_range(w.m, w.task, addr, SHARED_PAGES * PAGE_SIZE, ACCESS_WRITE, &faults));
	for (u32 i = 1; i < n; i++)
		fork_child(&w);
	ns = referenced(&w, addr, SHARED_PAGES) / n;
	world_close(&w);
	return ns;
}

double scan_1(void)
{
	return scan_shared(1);
}

double scan_10(void)
{
	return scan_shared(10);
}

double scan_100(void)
{
	return scan_shared(100);
}

double scan_1000(void)
{
	return scan_shared(1000);
}

/* As many relatives, but each has written its own copy: nanoseconds a page of one of them. */
double scan_unshared_1000(void)
{
	struct world w = world_open();
	u32 addr = map(&w, NULL, PAGE_SIZE * 16, PROT_READ | PROT_WRITE), faults;
	double ns;

	must(!touch_range(w.m, w.task, addr, PAGE_SIZE * 16, ACCESS_WRITE, &faults));
	for (u32 i = 1; i < 1000; i++) {
		struct task_struct *child = fork_child(&w);

		schedule_task(w.m, 0, child);
		must(!touch_range(w.m, child, addr, PAGE_SIZE * 16, ACCESS_WRITE, &faults));
	}
	schedule_task(w.m, 0, w.task);
	must(!touch_range(w.m, w.task, addr, PAGE_SIZE * 16, ACCESS_WRITE, &faults));
	ns = referenced(&w, addr, 16);
	world_close(&w);
	return ns;
}

/* Memory that mprotect has cut into @n regions, which have one anon_vma: nanoseconds a page. */
static double scan_pieces(u32 n)
{
	const u32 len = SHARED_PAGES * PAGE_SIZE, piece = len / n & PAGE_MASK;
	struct world w = world_open();
	u32 addr = map(&w, NULL, len, PROT_READ | PROT_WRITE), faults;
	double ns;

	must(!touch_range(w.m, w.task, addr, len, ACCESS_WRITE, &faults));
	for (u32 at = addr; at + piece <= addr + len; at += 2 * piece)
		must(!sys_mprotect(w.task, at, piece, PROT_READ));
	must((u32)KGET(w.task->mm)->map_count >= n);
	ns = referenced(&w, addr, SHARED_PAGES);
	world_close(&w);
	return ns;
}

double scan_regions_10(void)
{
	return scan_pieces(10);
}

double scan_regions_100(void)
{
	return scan_pieces(100);
}

double scan_regions_1000(void)
{
	return scan_pieces(1000);
}

/* The first pages of a file, mapped @n times: nanoseconds an entry. */
static double scan_mapped_often(u32 n)
{
	struct world w = world_open();
	struct file *file = cached_file(&w);
	u32 addr, faults;
	double ns;

	for (u32 i = 0; i < n; i++) {
		addr = map(&w, file, FILE_PAGES * PAGE_SIZE, PROT_READ);
		must(!touch_range(w.m, w.task, addr, FILE_PAGES * PAGE_SIZE, ACCESS_READ, &faults));
	}
	ns = referenced(&w, addr, FILE_PAGES) / n;
	world_close(&w);
	return ns;
}

double scan_file_10(void)
{
	return scan_mapped_often(10);
}

double scan_file_100(void)
{
	return scan_mapped_often(100);
}

double scan_file_1000(void)
{
	return scan_mapped_often(1000);
}

/* A page written to where every frame has to be taken from a file's clean page first. */
double fault_under_pressure(void)
{
	struct world w = world_open();
	u32 len, addr, faults;
	double start, ns;

	cached_file(&w);
	len = (nr_free_pages(w.m) + PAGES / 4) * PAGE_SIZE;
	addr = map(&w, NULL, len, PROT_READ | PROT_WRITE);
	must(!touch_range(w.m, w.task, addr, len - AREA / 2, ACCESS_WRITE, &faults));
	start = now_ns();
	must(!touch_range(w.m, w.task, addr + len - AREA / 2, AREA / 2, ACCESS_WRITE, &faults));
	ns = (now_ns() - start) / (PAGES / 2);
	must(w.m->k->vm_event[PGSTEAL_KSWAPD] + w.m->k->vm_event[PGSTEAL_DIRECT]);
	world_close(&w);
	return ns;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * meminfo: Linux's rows in today's order, those that something is counted for or that every tool
 * looks for.
 */
#include "mm/kernel_layout.h"
#include "mm/page_alloc.h"
#include "mm/vmalloc.h"
#include "proc.h"
#include "state.h"

struct sums {
	u32 managed, low, high_free; /* frames */
	u32 reserves; /* watermarks and lowmem_reserve: not for users */
	u32 low_marks; /* below these kswapd gives no more */
	u32 lru[NR_LRU_LISTS];
};

/* What must stay free in the zone for others: ULK's lowmem_reserve, and the high mark. */
static u32 zone_reserve(const struct zone *z)
{
	u32 reserve = 0;

	for (unsigned i = 0; i < MAX_NR_ZONES; i++)
		reserve = MAX(reserve, z->lowmem_reserve[i]);
	return MIN(reserve + z->pages_high, z->managed_pages);
}

static struct sums sum_zones(const struct machine *m)
{
	struct sums s = { 0 };

	for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
		const struct zone *z = &m->k->zone[i];

		s.managed += z->managed_pages;
		s.low += i == ZONE_HIGHMEM ? 0 : z->managed_pages;
		s.reserves += zone_reserve(z);
		s.low_marks += z->pages_low;
		for (unsigned list = 0; list < NR_LRU_LISTS; list++)
			s.lru[list] += z->lru[list].nr;
	}
	s.high_free = nr_free_highpages(m);
	return s;
}

/* Of a cache half stays, or as much as the low marks are: some of it is in use. */
static u32 droppable(const struct sums *s, u32 pages)
{
	return pages - MIN(pages / 2, s->low_marks);
}

/* today: an estimate of what programs could get without swapping. */
static u32 available(const struct sums *s, u32 free, u32 slab_reclaimable)
{
	u32 cache = s->lru[LRU_ACTIVE_FILE] + s->lru[LRU_INACTIVE_FILE];
	s64 pages = (s64)free - s->reserves + droppable(s, cache) + droppable(s, slab_reclaimable);

	return pages > 0 ? (u32)pages : 0;
}

static void row(GString *out, const char *name, u64 pages)
{
	g_string_append_printf(out, "%-16s%8" G_GUINT64_FORMAT " kB\n", name, pages_to_kb(pages));
}

/* The noncontiguous area: all of it, what its areas take, the largest hole. */
static void vmalloc_rows(const struct machine *m, GString *out)
{
	u32 used, largest;

	get_vmalloc_info(m, &used, &largest);
	row(out, "VmallocTotal:", (vmalloc_end(m) - vmalloc_start(m)) >> PAGE_SHIFT);
	row(out, "VmallocUsed:", used >> PAGE_SHIFT);
	row(out, "VmallocChunk:", largest >> PAGE_SHIFT);
}

static void print_lists(const struct sums *s, u32 mlocked, GString *out)
{
	const u32 *lru = s->lru;

	row(out, "Active:", lru[LRU_ACTIVE_ANON] + lru[LRU_ACTIVE_FILE]);
	row(out, "Inactive:", lru[LRU_INACTIVE_ANON] + lru[LRU_INACTIVE_FILE]);
	row(out, "Active(anon):", lru[LRU_ACTIVE_ANON]);
	row(out, "Inactive(anon):", lru[LRU_INACTIVE_ANON]);
	row(out, "Active(file):", lru[LRU_ACTIVE_FILE]);
	row(out, "Inactive(file):", lru[LRU_INACTIVE_FILE]);
	row(out, "Unevictable:", lru[LRU_UNEVICTABLE]);
	row(out, "Mlocked:", mlocked);
}

int proc_meminfo(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct machine *m = fs->m;
	const s32 *stat = m->k->vm_stat;
	struct sums s = sum_zones(m);
	u32 free = nr_free_pages(m);

	row(out, "MemTotal:", s.managed);
	row(out, "MemFree:", free);
	row(out, "MemAvailable:", available(&s, free, (u32)stat[NR_SLAB_RECLAIMABLE]));
	row(out, "Buffers:", 0); /* no block device */
	row(out, "Cached:", (u32)(stat[NR_FILE_PAGES] - stat[NR_SWAPCACHE]));
	row(out, "SwapCached:", (u32)stat[NR_SWAPCACHE]);
	print_lists(&s, (u32)stat[NR_MLOCK], out);
	row(out, "HighTotal:", s.managed - s.low);
	row(out, "HighFree:", s.high_free);
	row(out, "LowTotal:", s.low);
	row(out, "LowFree:", free - s.high_free);
	row(out, "SwapTotal:", total_swap_pages(m));
	row(out, "SwapFree:", (u32)get_nr_swap_pages(m));
	row(out, "Dirty:", (u32)stat[NR_FILE_DIRTY]);
	row(out, "Writeback:", 0); /* a write is done when the call returns */
	row(out, "AnonPages:", (u32)stat[NR_ANON_PAGES]);
	row(out, "Mapped:", (u32)stat[NR_FILE_MAPPED]);
	row(out, "Shmem:", (u32)stat[NR_SHMEM]);
	row(out, "KReclaimable:", (u32)stat[NR_SLAB_RECLAIMABLE]);
	row(out, "Slab:", (u32)nr_slab_pages(m));
	row(out, "SReclaimable:", (u32)stat[NR_SLAB_RECLAIMABLE]);
	row(out, "SUnreclaim:", (u32)stat[NR_SLAB_UNRECLAIMABLE]);
	row(out, "PageTables:", (u32)stat[NR_PAGETABLE]);
	row(out, "CommitLimit:", vm_commit_limit(m));
	row(out, "Committed_AS:", m->k->total_committed);
	vmalloc_rows(m, out);
	return 0;
}

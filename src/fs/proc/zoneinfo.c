/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zoneinfo: each zone's watermarks, reserves, lists and per-CPU caches; in front of the first
 * zone, as today, what is counted for all of them together.
 */
#include "mm/lru.h"
#include "mm/vmscan.h"
#include "proc.h"

static void print_node(const struct machine *m, GString *out)
{
	g_string_append(out, "  per-node stats\n");
	for (unsigned i = 0; i < NR_LRU_LISTS; i++) {
		g_autofree char *name = g_strconcat("nr_", lru_names[i], NULL);

		g_string_append_printf(out, "      %-12s %u\n", name,
				       nr_lru_pages(m, (enum lru_list)i));
	}
	for (unsigned i = NR_MLOCK + 1; i < NR_VM_STATS; i++)
		g_string_append_printf(out, "      %-12s %d\n", vm_stat_names[i], m->k->vm_stat[i]);
}

static void print_pages(const struct zone *z, GString *out)
{
	g_string_append_printf(out,
			       "  pages free     %u\n"
			       "        min      %u\n"
			       "        low      %u\n"
			       "        high     %u\n"
			       "        spanned  %u\n"
			       "        present  %u\n"
			       "        managed  %u\n",
			       z->free_pages, z->pages_min, z->pages_low, z->pages_high,
			       z->spanned_pages, z->present_pages, z->managed_pages);
	g_string_append(out, "        protection: (");
	for (unsigned i = 0; i < MAX_NR_ZONES; i++)
		g_string_append_printf(out, i ? ", %u" : "%u", z->lowmem_reserve[i]);
	g_string_append(out, ")\n");
}

static void print_counts(const struct zone *z, GString *out)
{
	g_string_append_printf(out, "      %-12s %u\n", "nr_free_pages", z->free_pages);
	for (unsigned i = 0; i < NR_LRU_LISTS; i++) {
		g_autofree char *name = g_strconcat("nr_zone_", lru_names[i], NULL);

		g_string_append_printf(out, "      %-12s %u\n", name, z->lru[i].nr);
	}
}

static void print_pagesets(const struct machine *m, const struct zone *z, GString *out)
{
	g_string_append(out, "  pagesets\n");
	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++) {
		const struct per_cpu_pages *pcp = &z->pageset[cpu];

		g_string_append_printf(out,
				       "    cpu: %u\n"
				       "              count:    %u\n"
				       "              high:     %u\n"
				       "              batch:    %u\n",
				       cpu, pcp->list.nr, pcp->high, pcp->batch);
	}
}

int proc_zoneinfo(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct machine *m = fs->m;

	for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
		const struct zone *z = &m->k->zone[i];

		if (!z->present_pages)
			continue;
		g_string_append_printf(out, "Node 0, zone %8.8s\n", z->name);
		if (i == ZONE_DMA)
			print_node(m, out);
		print_pages(z, out);
		print_counts(z, out);
		print_pagesets(m, z, out);
		g_string_append_printf(out,
				       "  node_unreclaimable:  %u\n"
				       "  start_pfn:           %u\n",
				       kswapd_gave_up(m), z->zone_start_pfn);
	}
	return 0;
}

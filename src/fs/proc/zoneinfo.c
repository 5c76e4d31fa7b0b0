/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zoneinfo: each zone's watermarks, reserves, lists and per-CPU caches.
 */
#include "proc.h"

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
	for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
		const struct zone *z = &fs->m->k->zone[i];

		if (!z->present_pages)
			continue;
		g_string_append_printf(out, "Node 0, zone %8.8s\n", z->name);
		print_pages(z, out);
		print_counts(z, out);
		print_pagesets(fs->m, z, out);
		g_string_append_printf(out, "  start_pfn:           %u\n", z->zone_start_pfn);
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmstat: frames by use, zones' before the machine's as today, then the events since the machine
 * started.
 */
#include "mm/lru.h"
#include "mm/page_alloc.h"
#include "mm/writeback.h"
#include "proc.h"

static void print_lists(const struct machine *m, const char *prefix, GString *out)
{
	for (unsigned i = 0; i < NR_LRU_LISTS; i++)
		g_string_append_printf(out, "%s_%s %u\n", prefix, lru_names[i],
				       nr_lru_pages(m, (enum lru_list)i));
}

int proc_vmstat(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct kernel_data *k = fs->m->k;
	u32 limit, background;

	g_string_append_printf(out, "nr_free_pages %u\n", nr_free_pages(fs->m));
	print_lists(fs->m, "nr_zone", out);
	g_string_append_printf(out, "nr_zone_write_pending %d\n", k->vm_stat[NR_FILE_DIRTY]);
	g_string_append_printf(out, "%s %d\n", vm_stat_names[NR_MLOCK], k->vm_stat[NR_MLOCK]);
	print_lists(fs->m, "nr", out);
	for (unsigned i = NR_MLOCK + 1; i < NR_VM_STATS; i++)
		g_string_append_printf(out, "%s %d\n", vm_stat_names[i], k->vm_stat[i]);
	dirty_limits(fs->m, &limit, &background);
	g_string_append_printf(out, "nr_dirty_threshold %u\nnr_dirty_background_threshold %u\n",
			       limit, background);
	for (unsigned i = 0; i < NR_VM_EVENTS; i++)
		g_string_append_printf(out, "%s %" G_GUINT64_FORMAT "\n", vm_event_names[i],
				       k->vm_event[i]);
	return 0;
}

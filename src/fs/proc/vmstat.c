/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmstat: frames by use, then the events since the machine started.
 */
#include "mm/lru.h"
#include "mm/page_alloc.h"
#include "proc.h"

int proc_vmstat(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct kernel_data *k = fs->m->k;

	g_string_append_printf(out, "nr_free_pages %u\n", nr_free_pages(fs->m));
	for (unsigned i = 0; i < NR_LRU_LISTS; i++)
		g_string_append_printf(out, "nr_%s %u\n", lru_names[i],
				       nr_lru_pages(fs->m, (enum lru_list)i));
	for (unsigned i = 0; i < NR_VM_STATS; i++)
		g_string_append_printf(out, "%s %d\n", vm_stat_names[i], k->vm_stat[i]);
	for (unsigned i = 0; i < NR_VM_EVENTS; i++)
		g_string_append_printf(out, "%s %" G_GUINT64_FORMAT "\n", vm_event_names[i],
				       k->vm_event[i]);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * buddyinfo: free blocks of each order, zone by zone.
 */
#include "proc.h"

int proc_buddyinfo(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
		const struct zone *z = &fs->m->k->zone[i];

		if (!z->present_pages)
			continue;
		g_string_append_printf(out, "Node 0, zone %8.8s ", z->name);
		for (unsigned order = 0; order < MAX_ORDER; order++)
			g_string_append_printf(out, "%6u ", zone_free_blocks(z, order));
		g_string_append_c(out, '\n');
	}
	return 0;
}

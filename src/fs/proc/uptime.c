/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uptime: seconds since the machine started, by its own clock, and what its CPUs were idle.
 */
#include "proc.h"

static void print_seconds(GString *out, u64 ticks, char end)
{
	g_string_append_printf(out, "%" G_GUINT64_FORMAT ".%02u%c", ticks / HZ,
			       (unsigned)(ticks % HZ * 100 / HZ), end);
}

int proc_uptime(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	u64 ticks = fs->m->k->jiffies;

	print_seconds(out, ticks, ' ');
	print_seconds(out, ticks * fs->m->nr_cpus, '\n');
	return 0;
}

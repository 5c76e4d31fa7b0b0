/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stat of the top level: where the machine's ticks went, and processes.  No instruction is
 * executed, so that all time is idle; rows that nothing is counted for are left out.
 */
#include "proc.h"

static void print_cpu(GString *out, const char *name, u64 ticks)
{
	g_string_append_printf(out, "%s 0 0 0 %" G_GUINT64_FORMAT " 0 0 0 0 0 0\n", name, ticks);
}

int proc_stat(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct machine *m = fs->m;
	unsigned running = 0;
	char name[8];

	print_cpu(out, "cpu ", m->k->jiffies * m->nr_cpus);
	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++) {
		g_snprintf(name, sizeof(name), "cpu%u", cpu);
		print_cpu(out, name, m->k->jiffies);
		running += !KNULL(m->k->current[cpu]);
	}
	g_string_append_printf(out, "btime %" G_GINT64_FORMAT "\n", (gint64)fs->mount_time);
	g_string_append_printf(out, "processes %u\nprocs_running %u\nprocs_blocked 0\n",
			       m->k->task_generation, running);
	return 0;
}

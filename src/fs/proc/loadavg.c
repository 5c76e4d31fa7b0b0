/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loadavg: nobody waits for a CPU, so that the averages are 0; then CPUs that run a process, all
 * processes, and the pid that was given last.
 */
#include "proc.h"

int proc_loadavg(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct kernel_data *k = fs->m->k;
	unsigned running = 0;

	for (unsigned cpu = 0; cpu < fs->m->nr_cpus; cpu++)
		running += !KNULL(k->current[cpu]);
	g_string_append_printf(out, "0.00 0.00 0.00 %u/%u %u\n", running, k->nr_tasks, k->last_pid);
	return 0;
}

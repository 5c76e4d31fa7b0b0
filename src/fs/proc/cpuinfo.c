/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpuinfo: the simulated processors, with the features that their paging has.
 */
#include "proc.h"

static void print_cpu(unsigned cpu, GString *out)
{
	g_string_append_printf(out,
			       "processor\t: %u\n"
			       "vendor_id\t: GenuineIntel\n"
			       "cpu family\t: 6\n"
			       "model name\t: aspacefs simulated i686\n"
			       "wp\t\t: yes\n"
			       "flags\t\t: pse pae pge nx\n"
			       "TLB size\t: %u 4K pages\n"
			       "address sizes\t: 36 bits physical, 32 bits virtual\n\n",
			       cpu, TLB_SETS * TLB_WAYS);
}

int proc_cpuinfo(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	for (unsigned cpu = 0; cpu < fs->m->nr_cpus; cpu++)
		print_cpu(cpu, out);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * version: which kernel is simulated, and by what.
 */
#include "proc.h"

int proc_version(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	g_string_append_printf(out, "Linux version 2.6.11 (aspacefs %s) #1%s i686\n",
			       ASPACEFS_VERSION, fs->m->nr_cpus > 1 ? " SMP" : "");
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/limits, in Linux's columns.  There are no hard limits beside the soft ones; of
 * descriptors a process has NR_OPEN, of processes there are as many as pids.
 */
#include "proc.h"

/* getrlimit(2)'s order. */
static const struct limit_row {
	const char *name, *unit;
	u32 initial; /* what holds where nothing can be set */
	s32 resource; /* enum rlimit_resource, or -1 */
	bool hard; /* initial is the hard limit too */
} limit_rows[] = {
	{ "Max cpu time", "seconds", RLIM_INFINITY, -1, true },
	{ "Max file size", "bytes", RLIM_INFINITY, -1, true },
	{ "Max data size", "bytes", 0, RLIMIT_DATA, false },
	{ "Max stack size", "bytes", 0, RLIMIT_STACK, false },
	{ "Max core file size", "bytes", 0, -1, true },
	{ "Max resident set", "bytes", RLIM_INFINITY, -1, true },
	{ "Max processes", "processes", RLIM_INFINITY, -1, true },
	{ "Max open files", "files", NR_OPEN, -1, true },
	{ "Max locked memory", "bytes", 0, RLIMIT_MEMLOCK, false },
	{ "Max address space", "bytes", 0, RLIMIT_AS, false },
	{ "Max file locks", "locks", RLIM_INFINITY, -1, true },
	{ "Max pending signals", "signals", RLIM_INFINITY, -1, true },
	{ "Max msgqueue size", "bytes", 0, -1, true },
	{ "Max nice priority", "", 0, -1, true },
	{ "Max realtime priority", "", 0, -1, true },
	{ "Max realtime timeout", "us", RLIM_INFINITY, -1, true },
};

static void print_value(u32 value, GString *out)
{
	if (value == RLIM_INFINITY)
		g_string_append_printf(out, "%-20s ", "unlimited");
	else
		g_string_append_printf(out, "%-20u ", value);
}

int proc_pid_limits(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	g_string_append_printf(out, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit",
			       "Hard Limit", "Units");
	for (size_t i = 0; i < G_N_ELEMENTS(limit_rows); i++) {
		const struct limit_row *row = &limit_rows[i];

		g_string_append_printf(out, "%-25s ", row->name);
		print_value(row->resource < 0 ? row->initial : task->rlim[row->resource], out);
		print_value(row->hard ? row->initial : RLIM_INFINITY, out);
		if (*row->unit)
			g_string_append_printf(out, "%-10s", row->unit);
		g_string_append_c(out, '\n');
	}
	return 0;
}

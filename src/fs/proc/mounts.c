/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mounts: what processes inside see: files/ is their root.  filesystems: the kinds there are:
 * that one, and the shared memory's.
 */
#include "proc.h"

int proc_mounts(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	g_string_append(out, "aspacefs / aspacefs rw 0 0\n");
	return 0;
}

int proc_filesystems(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	g_string_append(out, "nodev\taspacefs\nnodev\ttmpfs\n");
	return 0;
}

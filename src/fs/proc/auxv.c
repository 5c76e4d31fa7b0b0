/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/auxv: what exec told the program beside arguments and environment, pairs of 32-bit
 * words up to and with the one whose type is 0.
 */
#include "proc.h"

int proc_pid_auxv(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct mm_struct *mm = KGET(task->mm);
	u32 words = 0;

	if (!mm)
		return 0;
	do
		words += 2;
	while (words < AT_VECTOR_SIZE && mm->saved_auxv[words - 2]);
	g_string_append_len(out, (const char *)mm->saved_auxv, (gssize)(words * sizeof(u32)));
	return 0;
}

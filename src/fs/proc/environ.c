/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/environ: the environment where the program has it, in its own memory.
 */
#include "mm_bytes.h"
#include "proc.h"

#define ENVIRON_MAX (4u << 20)

int proc_pid_environ(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	struct mm_struct *mm = KGET(task->mm);

	if (mm && mm->env_end > mm->env_start)
		mm_bytes_append(mm, mm->env_start, MIN(mm->env_end - mm->env_start, ENVIRON_MAX),
				out);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/oom_score: how much it would bring to end the process when memory does; 0: never chosen.
 * PID/oom_score_adj: what its owner adds, in thousandths of all memory.
 */
#include <errno.h>

#include "mm/oom_kill.h"
#include "mm/oom_kill.h"
#include "proc.h"
#include "value.h"

int proc_pid_oom_score(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	g_string_append_printf(out, "%u\n", oom_score(fs->m, task));
	return 0;
}

int proc_pid_oom_score_adj(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	g_string_append_printf(out, "%d\n", task->oom_score_adj);
	return 0;
}

int proc_pid_oom_score_adj_store(struct aspacefs *fs, const struct node *node, const char *text,
				 size_t len)
{
	s64 value;

	if (value_parse(text, len, &value) || value < OOM_SCORE_ADJ_MIN ||
	    value > OOM_SCORE_ADJ_MAX)
		return -EINVAL;
	oom_set_score_adj(node->task, (s32)value);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/comm: the program's name, 15 bytes of it; the owner may write another
 * (a newline at its end is echo's).
 */
#include <string.h>

#include "proc.h"

int proc_pid_comm(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	g_string_append_printf(out, "%.*s\n", TASK_COMM_LEN, task->comm);
	return 0;
}

int proc_pid_comm_store(struct aspacefs *fs, const struct node *node, const char *text, size_t len)
{
	struct task_struct *task = node->task;

	if (len && text[len - 1] == '\n')
		len--;
	if (len > TASK_COMM_LEN - 1)
		len = TASK_COMM_LEN - 1;
	memset(task->comm, 0, sizeof(task->comm));
	memcpy(task->comm, text, len);
	return 0;
}

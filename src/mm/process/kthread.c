/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel threads.  ULK ch. 3, "Kernel Threads"; ch. 9, "Memory Descriptor of Kernel Threads".
 *
 * A kernel thread has no mm: it uses addresses above TASK_SIZE only, which are the same in all
 * page tables, and so runs on those that are loaded (sched.c).  It has no parent, no files,
 * and is released as soon as it ends.
 */
#include <errno.h>
#include <string.h>

#include "process.h"

int kernel_thread(struct machine *m, const char *name, u32 uid, u32 gid, struct task_struct **ret)
{
	struct task_struct *task = dup_task_struct(m, NULL);
	int error;

	if (!task)
		return -ENOMEM;
	task->flags = PF_KTHREAD;
	task->uid = uid;
	task->gid = gid;
	strncpy(task->comm, name, TASK_COMM_LEN - 1);
	error = attach_pid(m, task);
	if (error) {
		free_task_struct(task);
		return error;
	}
	link_task(m, task, NULL);
	*ret = task;
	return 0;
}

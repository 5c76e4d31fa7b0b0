/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resource limits of a process.  ULK ch. 3, "Process Resource Limits"; getrlimit(2).
 *
 * Values are bytes.  Only the four that memory management asks for can be set; there
 * are no hard limits beside them.
 */
#include <errno.h>

#include "process.h"

#define DEFAULT_STACK_LIMIT (8u << 20)
#define DEFAULT_MEMLOCK_LIMIT (8u << 20) /* today: 8 MiB, where 2.6.11 had 32 KiB */

void rlimits_init(struct task_struct *task)
{
	for (u32 i = 0; i < RLIM_NLIMITS; i++)
		task->rlim[i] = RLIM_INFINITY;
	task->rlim[RLIMIT_STACK] = DEFAULT_STACK_LIMIT;
	task->rlim[RLIMIT_MEMLOCK] = DEFAULT_MEMLOCK_LIMIT;
}

int sys_setrlimit(struct task_struct *task, enum rlimit_resource resource, u32 bytes)
{
	switch (resource) {
	case RLIMIT_DATA:
	case RLIMIT_STACK:
	case RLIMIT_MEMLOCK:
	case RLIMIT_AS: task->rlim[resource] = bytes; return 0;
	default: return -EINVAL;
	}
}

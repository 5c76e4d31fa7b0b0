/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The signal that a bad access sends: SIGSEGV without a right to the address, SIGBUS
 * behind the end of a file.  Out of memory is no fault of the process.
 */
#include <errno.h>
#include <signal.h>

#include "fatal.h"

static u32 signal_of(int error)
{
	switch (error) {
	case -EFAULT:
	case -EACCES: return SIGSEGV;
	case -EIO: return SIGBUS;
	default: return 0;
	}
}

bool fatal_access(struct aspacefs *fs, struct task_struct *task, int error)
{
	u32 signal = signal_of(error);

	(void)fs;
	if (!signal || task->onfault != FATAL_DIE || task->pid == 1)
		return false;
	do_exit(task, signal);
	return true;
}

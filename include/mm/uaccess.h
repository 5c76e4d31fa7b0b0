/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kernel code does with memory while it runs for a process: loads and stores in kernel
 * mode, copies from and to user space.  ULK ch. 9, "Handling a Faulty Address Inside the
 * Kernel"; ch. 10, "Accessing the Process Address Space" and "Dynamic Address Checking".
 */
#pragma once

#include "mm/access.h"
#include "mm/kptr.h"

/*
 * One access of 1, 2 or 4 bytes in kernel mode as @task on CPU 0; @atomic: in_atomic().  On
 * user addresses it is get_user or put_user, which are in the exception table.
 * 0, -EFAULT (task->fault says fixup or oops), -EPERM: such bytes may not be written.
 */
int kernel_load(struct machine *m, struct task_struct *task, u32 addr, u32 *ret, unsigned bytes,
		bool atomic);
int kernel_store(struct machine *m, struct task_struct *task, u32 addr, u32 value, unsigned bytes,
		 bool atomic);

/* FAULT_*: is the instruction that uses @addr in the exception table? */
unsigned kernel_access_flags(u32 addr, bool atomic);

/* Does [@addr, @addr + @size) lie below TASK_SIZE? */
static inline bool access_ok(u32 addr, u32 size)
{
	return (u64)addr + size <= TASK_SIZE;
}

/* Copy between user space of @task and a kernel buffer: how many bytes are left. */
u32 copy_from_user(struct machine *m, struct task_struct *task, void *to, u32 from, u32 n);
u32 copy_to_user(struct machine *m, struct task_struct *task, u32 to, const void *from, u32 n);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own accesses, as in a system call of the process.  ULK ch. 10, "Dynamic Address
 * Checking: The Fix-up Code"; ch. 9, "Handling a Faulty Address Inside the Kernel".
 *
 * Addresses below TASK_SIZE are a user's: the instructions that use them (get_user, put_user,
 * copy_from_user, copy_to_user) are in the exception table, and a bad one ends in EFAULT.  All
 * other kernel code is not: a bad kernel address there is a kernel bug, an oops, which is
 * recorded as the task's last fault.
 *
 * A store to a kernel address writes what kmem may write, else EPERM.
 */
#include <errno.h>
#include <string.h>

#include "mm/machine.h"
#include "mm/physical.h"
#include "mm/pgtable.h"
#include "mm/uaccess.h"

unsigned kernel_access_flags(u32 addr, bool atomic)
{
	return (addr < TASK_SIZE ? FAULT_FIXUP : 0) | (atomic ? FAULT_ATOMIC : 0);
}

int kernel_load(struct machine *m, struct task_struct *task, u32 addr, u32 *ret, unsigned bytes,
		bool atomic)
{
	run_task(m, task);
	if (addr < TASK_SIZE && !access_ok(addr, bytes))
		return -EFAULT;
	return access_word(m, task, addr, ret, bytes, ACCESS_READ,
			   kernel_access_flags(addr, atomic));
}

/* Bytes of a kernel store behind translated addresses: all or none. */
static int store_kernel_bytes(struct machine *m, const paddr_t pa[2], const u8 *p, u32 first,
			      u32 bytes)
{
	u32 rest = bytes - first;
	int error;

	if (physical_writable(m, pa[0], first) < first ||
	    (rest && physical_writable(m, pa[1], rest) < rest))
		return -EPERM;
	error = physical_store(m, pa[0], p, first);
	return error || !rest ? error : physical_store(m, pa[1], p + first, rest);
}

int kernel_store(struct machine *m, struct task_struct *task, u32 addr, u32 value, unsigned bytes,
		 bool atomic)
{
	unsigned flags = kernel_access_flags(addr, atomic);
	u32 first = cpu_access_part(addr, bytes);
	paddr_t pa[2] = { 0 };
	int error;

	run_task(m, task);
	if (access_ok(addr, bytes))
		return access_word(m, task, addr, &value, bytes, ACCESS_WRITE, flags);
	if (addr < TASK_SIZE || (u64)addr + bytes > 1ull << 32)
		return -EFAULT;
	error = translate_address(m, task, addr, ACCESS_WRITE, flags, &pa[0]);
	if (!error && first < bytes)
		error = translate_address(m, task, addr + first, ACCESS_WRITE, flags, &pa[1]);
	return error ? error : store_kernel_bytes(m, pa, (const u8 *)&value, first, bytes);
}

u32 copy_from_user(struct machine *m, struct task_struct *task, void *to, u32 from, u32 n)
{
	u32 done = 0;

	run_task(m, task);
	if (access_ok(from, n))
		access_process_vm(m, task, from, to, n, ACCESS_READ, FAULT_FIXUP, &done);
	memset((u8 *)to + done, 0, n - done);
	return n - done;
}

u32 copy_to_user(struct machine *m, struct task_struct *task, u32 to, const void *from, u32 n)
{
	u32 done = 0;

	run_task(m, task);
	if (access_ok(to, n))
		access_process_vm(m, task, to, (void *)(uintptr_t)from, n, ACCESS_WRITE,
				  FAULT_FIXUP, &done);
	return n - done;
}

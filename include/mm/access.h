/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory accesses of a process: translate, fault, retry.
 */
#pragma once

#include "arch/mmu.h"
#include "mm/fault.h"

struct task_struct;
struct mm_struct;

/*
 * Access [@addr, @addr + @len) as @task, which runs on this CPU, page by page: reads fill @buf,
 * writes take from it, fetches only look.  @flags FAULT_*.  => addr + len <= 4 GiB
 * Returns 0 or the -errno of the first bad page; *ret_done bytes before it are done.
 */
int access_process_vm(struct machine *m, struct task_struct *task, u32 addr, void *buf, u32 len,
		      enum access access, unsigned flags, u32 *ret_done);

/* The physical address behind @addr, after as many faults as it takes.  0 or -errno. */
int translate_address(struct machine *m, struct task_struct *task, u32 addr, enum access access,
		      unsigned flags, paddr_t *ret_pa);

/* One processor access of 1, 2 or 4 bytes: as a whole or not at all.  0 or -errno. */
int access_word(struct machine *m, struct task_struct *task, u32 addr, u32 *value, unsigned bytes,
		enum access access, unsigned flags);

/*
 * Touch one byte in each page of the range: read, write back what is there, or fetch.
 * 0 or -errno of the first bad page; *ret_faults page faults were taken.
 */
int touch_range(struct machine *m, struct task_struct *task, u32 addr, u32 len, enum access access,
		u32 *ret_faults);

/*
 * Copy to or from @mm without a processor: pages are faulted in as the kernel does for
 * others (get_user_pages), no TLB, no A and D bits.  0 or -EFAULT, -EACCES, -EIO, -ENOMEM;
 * bytes before the bad page are copied.
 */
int access_remote_vm(struct machine *m, struct mm_struct *mm, u32 addr, void *buf, u32 len,
		     bool write);

/* push and pop: esp moves only when the access succeeded. */
int push_word(struct machine *m, struct task_struct *task, u32 value);
int pop_word(struct machine *m, struct task_struct *task, u32 *ret_value);

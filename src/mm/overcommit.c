/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Promised memory.  Documentation/mm/overcommit-accounting.rst; ULK ch. 9 do_mmap,
 * security_vm_enough_memory.
 *
 * Invariant (check.c): total_committed is the sum of all regions with VM_ACCOUNT and of all
 * shared memory objects that are not MAP_NORESERVE, in pages.
 */
#include <errno.h>

#include "mm/machine.h"

static u32 total_ram(const struct machine *m)
{
	return m->k->nr_frames - m->k->nr_reserved;
}

u32 vm_commit_limit(const struct machine *m)
{
	u64 limit =
		(u64)total_ram(m) * sysctl(m, SYSCTL_OVERCOMMIT_RATIO) / 100 + total_swap_pages(m);

	return limit < UINT32_MAX ? (u32)limit : UINT32_MAX;
}

bool vm_may_commit(const struct machine *m, u32 pages)
{
	switch (sysctl(m, SYSCTL_OVERCOMMIT_MEMORY)) {
	case OVERCOMMIT_GUESS: return pages <= (u64)total_ram(m) + total_swap_pages(m);
	case OVERCOMMIT_NEVER: return (u64)m->k->total_committed + pages <= vm_commit_limit(m);
	default: return true;
	}
}

void vm_acct_memory(struct machine *m, u32 pages)
{
	m->k->total_committed += pages;
}

int vm_enough_memory(struct machine *m, u32 pages)
{
	if (!vm_may_commit(m, pages))
		return -ENOMEM;
	vm_acct_memory(m, pages);
	return 0;
}

void vm_unacct_memory(struct machine *m, u32 pages)
{
	m->k->total_committed -= pages;
}

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
#include "mm/page_alloc.h"

static u32 total_ram(const struct machine *m)
{
	return m->k->nr_frames - m->k->nr_reserved;
}

static u32 kb_to_pages(u32 kb)
{
	return kb / (PAGE_SIZE / 1024);
}

void overcommit_init(struct machine *m)
{
	u32 some = (u32)((u64)nr_free_pages(m) * (PAGE_SIZE / 1024) / 32);

	m->k->sysctl[SYSCTL_USER_RESERVE_KBYTES] = some < 128u << 10 ? some : 128u << 10;
	m->k->sysctl[SYSCTL_ADMIN_RESERVE_KBYTES] = some < 8u << 10 ? some : 8u << 10;
}

u32 vm_commit_limit(const struct machine *m)
{
	u32 kb = sysctl(m, SYSCTL_OVERCOMMIT_KBYTES);
	u64 limit =
		kb ? kb_to_pages(kb) : (u64)total_ram(m) * sysctl(m, SYSCTL_OVERCOMMIT_RATIO) / 100;

	limit += total_swap_pages(m);
	return limit < UINT32_MAX ? (u32)limit : UINT32_MAX;
}

/*
 * Of the limit, what @mm may not have: something for an administrator to log in with; and so that
 * one process cannot take all, the more the larger it is.
 */
static u64 reserve_from(const struct mm_struct *mm)
{
	const struct machine *m = machine_of(mm);
	u32 user = kb_to_pages(sysctl(m, SYSCTL_USER_RESERVE_KBYTES)), part = mm->total_vm / 32;

	return (u64)kb_to_pages(sysctl(m, SYSCTL_ADMIN_RESERVE_KBYTES)) +
	       (part < user ? part : user);
}

bool vm_may_commit(const struct machine *m, const struct mm_struct *mm, u32 pages)
{
	switch (sysctl(m, SYSCTL_OVERCOMMIT_MEMORY)) {
	case OVERCOMMIT_GUESS: return pages <= (u64)total_ram(m) + total_swap_pages(m);
	case OVERCOMMIT_NEVER:
		return (u64)m->k->total_committed + pages + (mm ? reserve_from(mm) : 0) <
		       vm_commit_limit(m);
	default: return true;
	}
}

void vm_acct_memory(struct machine *m, u32 pages)
{
	m->k->total_committed += pages;
}

int vm_enough_memory(struct machine *m, const struct mm_struct *mm, u32 pages)
{
	if (!vm_may_commit(m, mm, pages))
		return -ENOMEM;
	vm_acct_memory(m, pages);
	return 0;
}

void vm_unacct_memory(struct machine *m, u32 pages)
{
	m->k->total_committed -= pages;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Failure injection: the count of requests, and which of them fail.  ULK has no such thing;
 * Linux's is lib/fault-inject.c.  Compiled with -Dfailure_injection=true only.
 */
#include "mm/fault_inject.h"
#include "mm/machine.h"

void fail_alloc_arm(struct machine *m, u32 first, u32 second)
{
	m->k->fail_alloc = (struct fault_attr){ .nth = { first, second } };
}

void fail_alloc_ends_memory(struct machine *m)
{
	m->k->fail_alloc.ends_memory = true;
}

u32 fail_alloc_left(const struct machine *m)
{
	const struct fault_attr *attr = &m->k->fail_alloc;

	return attr->nth[0] > attr->calls ? attr->nth[0] - attr->calls : 0;
}

bool should_fail_alloc(struct machine *m, gfp_t gfp, unsigned order)
{
	struct fault_attr *attr = &m->k->fail_alloc;

	if (gfp & __GFP_NOFAIL)
		return false;
	attr->calls++;
	if (attr->calls != attr->nth[0] && attr->calls != attr->nth[1])
		return false;
	attr->failed++;
	if (attr->ends_memory) {
		oom_note(m, gfp, order);
		attr->noted |= m->k->oom.want.noted;
	}
	return true;
}

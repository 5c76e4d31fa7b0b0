/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocations that fail on demand, so that a test can walk every way back out of an operation.
 * The page allocator and the slab allocator ask at each request; Linux's counterpart is
 * Documentation/fault-injection (fail_page_alloc, failslab, fail-nth).
 *
 * At a mount sys/vm/fail_nth does it: what is written is which request from now on fails, what is
 * read is how many are left until then (Linux's PID/fail-nth).
 *
 * Only in a build with -Dfailure_injection=true: in any other there is no state, and asking costs
 * nothing.
 */
#pragma once

#include "mm/gfp.h"

struct machine;

#ifdef ASPACEFS_FAILURE_INJECTION

#define FAIL_ALLOC_MAX 2

/* Part of struct kernel_data. */
struct fault_attr {
	u32 calls; /* requests since it was armed */
	u32 nth[FAIL_ALLOC_MAX]; /* which of them fail, from 1; 0: none */
	u32 failed; /* how many did */
	bool ends_memory; /* the OOM killer hears of them */
	bool noted; /* it did, and may do something about it */
};

/*
 * From now on request @first fails, and @second (0: no other), counted from 1 over pages and slab
 * objects alike.  Both 0: none.
 */
void fail_alloc_arm(struct machine *m, u32 first, u32 second);

/* What fails of those armed now is the end of memory: an OOM killer may help. */
void fail_alloc_ends_memory(struct machine *m);

/* How many more until the first one fails; 0: it did, or none is to. */
u32 fail_alloc_left(const struct machine *m);

/*
 * Shall this request fail?  Never one with __GFP_NOFAIL.  A failure made so is not the memory's
 * end, if fail_alloc_ends_memory does not say so: reclaim and the OOM killer are not told.
 */
bool should_fail_alloc(struct machine *m, gfp_t gfp, unsigned order);

#else

static inline bool should_fail_alloc(struct machine *m, gfp_t gfp, unsigned order)
{
	(void)m;
	(void)gfp;
	(void)order;
	return false;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The invariant checker.  Every owner has an x_validate(); check_machine calls them all
 * and adds what only holds between owners.  It reports, it never aborts.
 */
#pragma once

#include "arch/types.h"

struct machine;

struct check {
	void (*report)(void *data, const char *line); /* one line each, without newline */
	void *data;
	u32 failures;
};

/* Report in words, printf-like, what does not hold. */
void check_fail(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define check_that(c, cond, ...)                    \
	do {                                        \
		if (unlikely(!(cond)))              \
			check_fail(c, __VA_ARGS__); \
	} while (0)

/* All invariants of the machine.  Returns the number of failures; @report may be NULL. */
u32 check_machine(struct machine *m, void (*report)(void *data, const char *line), void *data);

/*
 * After each request, in a build that checks itself (meson's debug_kernel): every CPU has the
 * tables that it should, and no TLB entry disagrees with them; else words on stderr and abort.
 */
#ifdef ASPACEFS_DEBUG
void debug_check_cpus(struct machine *m);
#else
static inline void debug_check_cpus(struct machine *m)
{
	(void)m;
}
#endif

/*
 * Nothing is lost: every frame in use and every object of the kernel's own caches belongs to
 * somebody.  Returns the number of failures.  => check_machine found none, and nobody outside
 * mm holds a reference of his own (a test may)
 */
u32 check_owners(struct machine *m, void (*report)(void *data, const char *line), void *data);

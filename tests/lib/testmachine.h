/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small machines for unit tests, pictures of their frames, and random numbers.
 */
#pragma once

#include <check.h>

#include "mm/machine.h"
#include "mode.h"

/* A machine of @frames frames whose zones end where those of a PC do. */
struct machine *testmachine(u32 frames);

/* The same with zones that end at frame @dma and @lowmem. */
struct machine *testmachine_zones(u32 frames, u32 dma, u32 lowmem);

/* What zones, slabs and handouts say of themselves holds, or the test fails. */
void testmachine_check(struct machine *m);

/*
 * Frames as a strip: a digit is the first frame of a free block of that order, '-' the
 * rest of the block, '.' free and never used, 'c' in a per-CPU cache, '#' in use, 's' slab,
 * 'R' reserved.  The text is good until the next call.
 */
const char *draw_frames(struct machine *m, pfn_t start, pfn_t end);
const char *draw_zone(struct machine *m, enum zone_type type);

/* Free blocks of order 0, 1, ... up to the largest there is, as in buddyinfo. */
const char *draw_blocks(const struct zone *z);

/* Random numbers; the seed is printed, and SEED in the environment sets it. */
struct rnd {
	u64 state;
};

struct rnd rnd_start(const char *test);
u32 rnd_next(struct rnd *r);

static inline u32 rnd_below(struct rnd *r, u32 n)
{
	return rnd_next(r) % n;
}

/* Run all and return what main returns. */
int run_suite(Suite *suite);

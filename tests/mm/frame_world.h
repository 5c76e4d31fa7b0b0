/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of frames, slabs and trees: small machines, pictures of their frames,
 * seeded random numbers.
 */
#pragma once

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mm/check.h"
#include "mm/handout.h"
#include "mm/machine.h"
#include "mode.h"

#define STRIP_MAX 8192u

static inline void print_failure(void *data, const char *line)
{
	(void)data;
	fprintf(stderr, "does not hold: %s\n", line);
}

/* All invariants of frames, slabs and handouts hold, or the test fails and says which do not. */
static inline void allocators_check(struct machine *m)
{
	struct check c = { .report = print_failure };

	zone_validate(m, &c);
	slab_validate(m, &c);
	handout_validate(m, &c);
	ck_assert_uint_eq(c.failures, 0);
}

/* A machine of @frames frames without processes; zones end at @dma and @lowmem (0: the PC's). */
static inline struct machine *zoned_machine_cpus(u32 frames, u32 dma, u32 lowmem, unsigned cpus)
{
	struct machine_config config = {
		.ram = (u64)frames * PAGE_SIZE,
		.pae = test_pae(),
		.cpus = cpus,
		.dma_frames = dma,
		.lowmem_frames = lowmem,
	};
	struct machine *m;

	ck_assert_int_eq(machine_new(&config, &m), 0);
	allocators_check(m);
	return m;
}

static inline struct machine *zoned_machine(u32 frames, u32 dma, u32 lowmem)
{
	return zoned_machine_cpus(frames, dma, lowmem, 1);
}

static inline struct machine *small_machine(u32 frames)
{
	return zoned_machine(frames, 0, 0);
}

/* ---- pictures ---- */

static inline char frame_char(const struct machine *m, pfn_t pfn)
{
	const struct page *p = m->mem_map + pfn;

	if (pfn >= page_zone(p)->frontier)
		return '.';
	if (PageReserved(p))
		return 'R';
	if (PagePcp(p))
		return 'c';
	return PageSlab(p) ? 's' : '#';
}

/*
 * One character a frame:
 *   R reserved   # in use   s slab   c in a per-CPU cache   . never used (above the frontier)
 *   0 ... 9, a   first frame of a free block of that order, the others are -
 * The picture is good until the next one.
 */
static inline const char *draw_frames(const struct machine *m, pfn_t start, pfn_t end)
{
	static char strip[STRIP_MAX + 1];
	u32 block = 0; /* frames left of a free block */

	ck_assert_uint_le(end - start, STRIP_MAX);
	for (pfn_t pfn = start; pfn < end; pfn++) {
		const struct page *p = m->mem_map + pfn;

		if (block) {
			strip[pfn - start] = '-';
			block--;
		} else if (PageBuddy(p)) {
			strip[pfn - start] = "0123456789a"[p->private];
			block = (1u << p->private) - 1;
		} else {
			strip[pfn - start] = frame_char(m, pfn);
		}
	}
	strip[end - start] = 0;
	return strip;
}

static inline const char *draw_zone(const struct machine *m, enum zone_type type)
{
	const struct zone *z = &m->k->zone[type];

	return draw_frames(m, z->zone_start_pfn, zone_end_pfn(z));
}

/* Free blocks of each order as buddyinfo shows them, "1 0 2", up to the last that is not 0. */
static inline const char *draw_blocks(const struct zone *z)
{
	static char text[MAX_ORDER * 12];
	unsigned last = MAX_ORDER - 1, n = 0;

	while (last && !zone_free_blocks(z, last))
		last--;
	for (unsigned o = 0; o <= last; o++)
		n += (unsigned)snprintf(text + n, sizeof(text) - n, "%s%u", o ? " " : "",
					zone_free_blocks(z, o));
	return text;
}

/* ---- random numbers ---- */

struct rnd {
	u64 state;
};

/* Seeded by the environment's SEED, else by the clock; says which on stdout. */
static inline struct rnd rnd_start(const char *test)
{
	const char *given = getenv("SEED");
	u64 seed = given ? strtoull(given, NULL, 0) : (u64)time(NULL);

	printf("%s: SEED=%llu\n", test, (unsigned long long)seed);
	fflush(stdout);
	return (struct rnd){ seed };
}

static inline u32 rnd_next(struct rnd *r)
{
	u64 z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (u32)((z ^ z >> 31) >> 32);
}

static inline u32 rnd_below(struct rnd *r, u32 n)
{
	return (u32)(((u64)rnd_next(r) * n) >> 32);
}

/* The rest of main(). */
static inline int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

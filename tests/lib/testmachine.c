// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mm/check.h"
#include "mm/handout.h"
#include "testmachine.h"

#define STRIP_MAX 8192u

/* ---- machines ---- */

struct machine *testmachine_zones(u32 frames, u32 dma, u32 lowmem)
{
	struct machine_config config = {
		.ram = (u64)frames << PAGE_SHIFT,
		.pae = test_pae(),
		.dma_frames = dma,
		.lowmem_frames = lowmem,
	};
	struct machine *m;

	ck_assert_int_eq(machine_new(&config, &m), 0);
	testmachine_check(m);
	return m;
}

struct machine *testmachine(u32 frames)
{
	return testmachine_zones(frames, 0, 0);
}

static void report(void *data, const char *line)
{
	(void)data;
	fprintf(stderr, "does not hold: %s\n", line);
}

void testmachine_check(struct machine *m)
{
	struct check c = { .report = report };

	zone_validate(m, &c);
	slab_validate(m, &c);
	handout_validate(m, &c);
	ck_assert_uint_eq(c.failures, 0);
}

/* ---- pictures ---- */

/* A frame that is not in a free block. */
static char frame_letter(const struct page *page, pfn_t pfn)
{
	if (pfn >= page_zone(page)->frontier)
		return '.';
	if (PageReserved(page))
		return 'R';
	if (PagePcp(page))
		return 'c';
	return PageSlab(page) ? 's' : '#';
}

const char *draw_frames(struct machine *m, pfn_t start, pfn_t end)
{
	static char strip[STRIP_MAX + 1];
	u32 rest = 0;

	ck_assert_uint_le(end - start, STRIP_MAX);
	for (pfn_t pfn = start; pfn < end; pfn++) {
		const struct page *page = &m->mem_map[pfn];
		char *c = &strip[pfn - start];

		if (rest) {
			*c = '-';
			rest--;
		} else if (PageBuddy(page)) {
			*c = "0123456789a"[page->private];
			rest = (1u << page->private) - 1;
		} else {
			*c = frame_letter(page, pfn);
		}
	}
	strip[end - start] = 0;
	return strip;
}

const char *draw_zone(struct machine *m, enum zone_type type)
{
	const struct zone *z = &m->k->zone[type];

	return draw_frames(m, z->zone_start_pfn, zone_end_pfn(z));
}

const char *draw_blocks(const struct zone *z)
{
	static char text[12 * MAX_ORDER];
	unsigned last = MAX_ORDER - 1, n = 0;

	while (last && !zone_free_blocks(z, last))
		last--;
	for (unsigned order = 0; order <= last; order++)
		n += (unsigned)snprintf(text + n, sizeof(text) - n, "%s%u", order ? " " : "",
					zone_free_blocks(z, order));
	return text;
}

/* ---- random numbers ---- */

struct rnd rnd_start(const char *test)
{
	const char *given = getenv("SEED");
	u64 seed = given ? strtoull(given, NULL, 0) : (u64)time(NULL);

	printf("%s: SEED=%llu\n", test, (unsigned long long)seed);
	fflush(stdout);
	return (struct rnd){ seed * 0x9e3779b97f4a7c15ull + 1 };
}

u32 rnd_next(struct rnd *r)
{
	u64 z = r->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (u32)((z ^ z >> 31) >> 32);
}

int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

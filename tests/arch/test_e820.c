// SPDX-License-Identifier: GPL-2.0-or-later
/* The memory map: a PC's, and that of a machine too small to be one. */
#include <check.h>
#include <stdlib.h>

#include "arch/e820.h"

static const u64 sizes[] = {
	PAGE_SIZE,  64 * PAGE_SIZE, (2u << 20) - PAGE_SIZE,   2u << 20,	  16u << 20,
	1ull << 30, 4ull << 30,	    (1ull << 30) + PAGE_SIZE, 64ull << 30
};

START_TEST(is_ascending_and_ends_with_ram)
{
	struct e820_map map;
	paddr_t last = 0;

	e820_init(&map, sizes[_i]);
	ck_assert_uint_ge(map.nr, 1);
	ck_assert_uint_le(map.nr, E820_MAX);
	for (unsigned i = 0; i < map.nr; i++) {
		ck_assert_uint_ge(map.entry[i].start, last);
		ck_assert_uint_lt(map.entry[i].start, map.entry[i].end);
		ck_assert_ptr_nonnull(map.entry[i].name);
		last = map.entry[i].end;
	}
	ck_assert_int_eq(map.entry[map.nr - 1].type, E820_RAM);
	ck_assert_uint_eq(last, sizes[_i]);
}
END_TEST

START_TEST(is_a_pc)
{
	struct e820_map map;

	e820_init(&map, 1u << 30);
	ck_assert_uint_eq(map.entry[0].start, 0);
	ck_assert_uint_eq(map.entry[0].end, 0x9fc00);
	ck_assert_int_eq(map.entry[0].type, E820_RAM);
	for (unsigned i = 1; i < map.nr - 1; i++)
		ck_assert_int_eq(map.entry[i].type, E820_RESERVED);
	ck_assert_uint_eq(map.entry[map.nr - 1].start, 0x100000);

	/* ULK's table: frames 0 to 0x9e and from 0x100 on; the EBDA costs the whole of 0x9f. */
	for (pfn_t pfn = 0; pfn < 0x200; pfn++)
		ck_assert_int_eq(e820_is_ram(&map, pfn), pfn < 0x9f || pfn >= 0x100);
	ck_assert(e820_is_ram(&map, 0x3ffff));
	ck_assert(!e820_is_ram(&map, 0x40000));
	ck_assert(!e820_is_ram(&map, 0xffffffff));
}
END_TEST

START_TEST(small_machine_is_all_ram)
{
	struct e820_map map;

	e820_init(&map, 400 * PAGE_SIZE);
	ck_assert_uint_eq(map.nr, 1);
	for (pfn_t pfn = 0; pfn < 500; pfn++)
		ck_assert_int_eq(e820_is_ram(&map, pfn), pfn < 400);
}
END_TEST

/* Frames above 4 GiB, whose addresses need more than 32 bits. */
START_TEST(large_machine_is_ram_to_the_end)
{
	struct e820_map map;

	e820_init(&map, 64ull << 30);
	ck_assert(e820_is_ram(&map, 0xfffff));
	ck_assert(e820_is_ram(&map, 0x100000));
	ck_assert(e820_is_ram(&map, 0xffffff));
	ck_assert(!e820_is_ram(&map, 0x1000000));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arch/e820");
	TCase *tc = tcase_create("e820");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tc, is_ascending_and_ends_with_ram, 0, ARRAY_SIZE(sizes));
	tcase_add_test(tc, is_a_pc);
	tcase_add_test(tc, small_machine_is_all_ram);
	tcase_add_test(tc, large_machine_is_ram_to_the_end);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

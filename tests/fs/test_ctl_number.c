// SPDX-License-Identifier: GPL-2.0-or-later
/* C integers with K, M, G; what is too large for 32 bits; hexadecimal without 0x. */
#include <check.h>
#include <stdlib.h>

#include "fs/ctl/number.h"

struct row {
	const char *text;
	s64 value;
};

static const struct row good[] = {
	{ "0", 0 },
	{ "00", 0 },
	{ "4096", 4096 },
	{ "0x1000", 4096 },
	{ "0X1f", 31 },
	{ "010000", 4096 },
	{ "4K", 4096 },
	{ "0x4K", 4096 },
	{ "04K", 4096 },
	{ "0K", 0 },
	{ "1M", 1 << 20 },
	{ "3G", 3ll << 30 },
	{ "4G", 1ll << 32 },
	{ "-1", -1 },
	{ "-8K", -8192 },
	{ "-0x10", -16 },
	{ "0xffffffff", 0xffffffff },
	{ "4294967296", 1ll << 32 },
	{ "16383G", 16383ll << 30 },
	{ "0xbffff000", 0xbffff000 },
};

static const char *const bad[] = {
	"",
	"x",
	"0x",
	"08",
	"1e3",
	"4KK",
	"4k",
	"4k4",
	"K",
	"1.5",
	"0b1",
	"+-1",
	"+1",
	"--1",
	"4 096",
	" 1",
	"1 ",
	"-",
	"0x-1",
	"0xfg",
	"1K1",
	"99999999999999999999999",
	"0xfffffffffffffffff",
	"32768G",
	"35184372088832",
	"-99999999999999999999",
};

START_TEST(reads)
{
	s64 value;

	ck_assert_ptr_null(number_parse(good[_i].text, &value));
	ck_assert_int_eq(value, good[_i].value);
}
END_TEST

START_TEST(refuses)
{
	s64 value = 77;

	ck_assert_msg(number_parse(bad[_i], &value) != NULL, "'%s'", bad[_i]);
	ck_assert_int_eq(value, 77);
}
END_TEST

START_TEST(unsigned_range)
{
	u32 value = 77;

	ck_assert_str_eq(number_parse_u32("-1", &value), "is negative");
	ck_assert_str_eq(number_parse_u32("4G", &value), "is larger than 0xffffffff");
	ck_assert_str_eq(number_parse_u32("99999999999999999999", &value),
			 "is larger than 0xffffffff");
	ck_assert_str_eq(number_parse_u32("x", &value), "is not a number");
	ck_assert_uint_eq(value, 77);
	ck_assert_ptr_null(number_parse_u32("0xffffffff", &value));
	ck_assert_uint_eq(value, 0xffffffff);
}
END_TEST

START_TEST(signed_range)
{
	s32 value = 77;

	ck_assert_ptr_nonnull(number_parse_s32("2G", &value));
	ck_assert_ptr_nonnull(number_parse_s32("-0x80000001", &value));
	ck_assert_int_eq(value, 77);
	ck_assert_ptr_null(number_parse_s32("-2G", &value));
	ck_assert_int_eq(value, INT32_MIN);
	ck_assert_ptr_null(number_parse_s32("0x7fffffff", &value));
	ck_assert_int_eq(value, INT32_MAX);
}
END_TEST

START_TEST(hexadecimal_without_0x)
{
	u32 value = 77;

	ck_assert(number_as_hex("40000000", &value));
	ck_assert_uint_eq(value, 0x40000000);
	ck_assert(number_as_hex("bffff000", &value));
	ck_assert_uint_eq(value, 0xbffff000);
	ck_assert(number_as_hex("08048000", &value));
	ck_assert_uint_eq(value, 0x08048000);
	ck_assert(!number_as_hex("0x40000000", &value));
	ck_assert(!number_as_hex("9", &value)); /* the same */
	ck_assert(!number_as_hex("123456789", &value)); /* too long */
	ck_assert(!number_as_hex("4K", &value));
	ck_assert(!number_as_hex("-1", &value));
	ck_assert(!number_as_hex("", &value));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ctl_number");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, reads, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(tcase, refuses, 0, ARRAY_SIZE(bad));
	tcase_add_test(tcase, unsigned_range);
	tcase_add_test(tcase, signed_range);
	tcase_add_test(tcase, hexadecimal_without_0x);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

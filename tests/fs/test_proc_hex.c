// SPDX-License-Identifier: GPL-2.0-or-later
/* Digits by hand, against printf. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "fs/proc/hex.h"

static const u64 values[] = {
	0,	 1,	    9,	       10,	   15,	       16,	    255,
	4095,	 65536,	    0x8048000, 0xbfffffff, 0xffffffff, 0x100000000, 0xfffffffff000,
	5316825, UINT64_MAX
};

START_TEST(same_as_printf)
{
	u64 value = values[_i];
	char want[64], got[64];

	for (unsigned digits = 1; digits <= 16; digits++) {
		snprintf(want, sizeof(want), "%0*llx", (int)digits, (unsigned long long)value);
		*put_hex_min(got, value, digits) = '\0';
		ck_assert_str_eq(got, want);
	}
	snprintf(want, sizeof(want), "%llu", (unsigned long long)value);
	*put_dec(got, value) = '\0';
	ck_assert_str_eq(got, want);
	snprintf(want, sizeof(want), "%08x", (u32)value);
	*put_hex(got, value, 8) = '\0';
	ck_assert_str_eq(got, want);
	snprintf(want, sizeof(want), "%03u", (u32)value % 1000);
	*put_dec_fixed(got, (u32)value % 1000, 3) = '\0';
	ck_assert_str_eq(got, want);
}
END_TEST

START_TEST(columns)
{
	char line[32], *p = put_text(line, "abc");

	p = put_blanks(p, line, 6);
	p = put_text(p, "def");
	*put_blanks(p, line, 4) = '\0';
	ck_assert_str_eq(line, "abc   def");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proc_hex");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, same_as_printf, 0, ARRAY_SIZE(values));
	tcase_add_test(tcase, columns);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The buffer of replies: what belongs to the last write, what is kept, where it is cut. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fs/ctl/replies.h"

static void add_lines(struct replies *r, unsigned count)
{
	while (count--)
		g_string_append(r->text, "0123456789abcde\n");
	replies_trim(r);
}

START_TEST(last_write_and_all)
{
	struct replies *r = replies_new();
	gsize len;

	replies_begin(r);
	g_string_append(r->text, "one\n");
	replies_begin(r);
	g_string_append(r->text, "two\n");
	ck_assert_str_eq(replies_since(r, &len), "two\n");
	ck_assert_uint_eq(len, 4);
	ck_assert_str_eq(replies_all(r, &len), "one\ntwo\n");
	ck_assert_uint_eq(len, 8);
	replies_begin(r);
	replies_since(r, &len);
	ck_assert_uint_eq(len, 0);
	replies_unref(r);
}
END_TEST

START_TEST(whole_lines_are_kept)
{
	struct replies *r = replies_new();
	const char *text;
	gsize len;

	replies_begin(r);
	g_string_append(r->text, "x\n");
	add_lines(r, REPLIES_KEPT / 16);
	text = replies_all(r, &len);
	ck_assert_uint_eq(len, REPLIES_KEPT);
	ck_assert_int_eq(*text, '0');
	g_string_append(r->text, "y\n");
	text = replies_all(r, &len);
	ck_assert_uint_eq(len, REPLIES_KEPT - 14);
	ck_assert_int_eq(*text, '0');
	replies_since(r, &len); /* the writer itself still has all of it */
	ck_assert_uint_eq(len, REPLIES_KEPT + 4);
	replies_unref(r);
}
END_TEST

START_TEST(memory_is_bounded)
{
	struct replies *r = replies_new();
	gsize len;

	replies_begin(r);
	for (unsigned i = 0; i < 1000; i++)
		add_lines(r, 1000);
	ck_assert_uint_le(r->text->len, 2 * REPLIES_MAX);
	ck_assert_int_eq(*replies_since(r, &len), '0');
	ck_assert_uint_ge(len, REPLIES_MAX - 16);
	replies_begin(r);
	ck_assert_uint_le(r->text->len, REPLIES_KEPT);
	add_lines(r, 1);
	ck_assert_str_eq(replies_since(r, &len), "0123456789abcde\n");
	replies_unref(r);
}
END_TEST

START_TEST(one_line_longer_than_all)
{
	struct replies *r = replies_new();
	gsize len;

	for (unsigned i = 0; i <= REPLIES_KEPT; i++)
		g_string_append_c(r->text, 'x');
	g_string_append_c(r->text, '\n');
	replies_all(r, &len);
	ck_assert_uint_eq(len, 0);
	replies_unref(replies_ref(r));
	replies_unref(r);
	replies_unref(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ctl_replies");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, last_write_and_all);
	tcase_add_test(tcase, whole_lines_are_kept);
	tcase_add_test(tcase, memory_is_bounded);
	tcase_add_test(tcase, one_line_longer_than_all);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines as a shell splits them: quotes, backslash, comments, and what cannot be split. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fs/ctl/lexer.h"

struct row {
	const char *line;
	const char *words; /* joined by |, each with one behind; NULL: cannot be split */
};

/* clang-format off */
static const struct row rows[] = {
	{ "", "" },
	{ " \t ", "" },
	{ "# only a comment", "" },
	{ "  # 'behind blanks", "" },
	{ "brk 0", "brk|0|" },
	{ "  munmap\t0x1000  \t 4096  ", "munmap|0x1000|4096|" },
	{ "brk 0 # and a comment", "brk|0|" },
	{ "brk 0#", "brk|0#|" },
	{ "brk \"#\" x", "brk|#|x|" },
	{ "brk \\# x", "brk|#|x|" },
	{ "a 'b c' d", "a|b c|d|" },
	{ "a 'b'\"c\"d", "a|bcd|" },
	{ "a \"b 'c'\"", "a|b 'c'|" },
	{ "a 'b \"c\" \\'", "a|b \"c\" \\|" },
	{ "a \"\\\" \\\\ \\$ \\` \\x\"", "a|\" \\ $ ` \\x|" },
	{ "a b\\ c \\\\", "a|b c|\\|" },
	{ "a '' \"\"", "a|||" },
	{ "a;b|c $d *", "a;b|c|$d|*|" },
	{ "brk 0\r", "brk|0|" },
	{ "brk \"0", NULL },
	{ "brk '0", NULL },
	{ "brk 0\"", NULL },
	{ "brk 0\\", NULL },
	{ "brk \"0\\\"", NULL },
};
/* clang-format on */

START_TEST(splits)
{
	const struct row *row = &rows[_i];
	g_autoptr(GString) joined = g_string_new(NULL);
	const char *why;
	char **words = lexer_split(row->line, strlen(row->line), &why);

	ck_assert_msg(!row->words == !!why, "%s: %s", row->line, why);
	for (char **word = words; *word; word++)
		g_string_append_printf(joined, "%s|", *word);
	if (row->words)
		ck_assert_str_eq(joined->str, row->words);
	else
		ck_assert_str_eq(words[0], "brk");
	g_strfreev(words);
}
END_TEST

START_TEST(ends_at_the_length)
{
	const char *why;
	char **words = lexer_split("brk 012345", 6, &why);

	ck_assert_ptr_null(why);
	ck_assert_str_eq(words[1], "01");
	ck_assert_ptr_null(words[2]);
	g_strfreev(words);
	words = lexer_split("a \\\n", 3, &why);
	ck_assert_ptr_nonnull(why);
	g_strfreev(words);
}
END_TEST

START_TEST(refuses_zero_bytes)
{
	const char *why;
	char **words = lexer_split("br\0k 0", 6, &why);

	ck_assert_ptr_nonnull(why);
	ck_assert_ptr_null(words[0]);
	g_strfreev(words);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ctl_lexer");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, splits, 0, G_N_ELEMENTS(rows));
	tcase_add_test(tcase, ends_at_the_length);
	tcase_add_test(tcase, refuses_zero_bytes);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

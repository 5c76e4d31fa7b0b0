// SPDX-License-Identifier: GPL-2.0-or-later
/* Words and bits: FLAGS, PROT, GFP, what is shown of them and of unknown ones. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/ctl/names.h"
#include "mm/gfp.h"
#include "mm/mman.h"

struct row {
	const char *text;
	u32 bits;
};

static const struct row flags[] = {
	{ "private", MAP_PRIVATE },
	{ "private,anonymous", MAP_PRIVATE | MAP_ANONYMOUS },
	{ "shared,anonymous,fixed_noreplace", MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE },
	{ "shared_validate", 3 },
	{ "0x22", 0x22 },
	{ "34", 0x22 },
	{ "private,0x400", MAP_PRIVATE | 0x400 },
	{ "0", 0 },
};

static const char *const bad_flags[] = {
	"",	     ",",	   "private,", "Private", "map_private", "-1", "private anonymous",
	"anonimous", "0x100000000"
};

static const struct row prots[] = {
	{ "rwx", 7 }, { "rw-", 3 },	{ "r--", 1 }, { "---", 0 }, { "-w-", 2 },
	{ "--x", 4 }, { "r-x", 5 },	{ "rw", 3 },  { "r", 1 },   { "rx", 5 },
	{ "-", 0 },   { "0x13", 0x13 }, { "8", 8 },
};

static const char *const bad_prots[] = { "",   "rwq", "wr", "xr",  "rr", "rwx-",
					 "RW", "bad", "-1", "r w", "0x", "rwxrwx" };

START_TEST(reads_flags)
{
	u32 bits = 77;

	ck_assert_ptr_null(names_parse(map_flag_names, flags[_i].text, &bits));
	ck_assert_uint_eq(bits, flags[_i].bits);
}
END_TEST

START_TEST(refuses_flags)
{
	u32 bits = 77;
	g_autofree char *wrong = names_parse(map_flag_names, bad_flags[_i], &bits);

	ck_assert_msg(wrong != NULL, "'%s'", bad_flags[_i]);
	ck_assert_ptr_nonnull(strstr(wrong, "fixed_noreplace"));
	ck_assert_uint_eq(bits, 77);
}
END_TEST

START_TEST(reads_prot)
{
	u32 bits = 77;

	ck_assert_ptr_null(prot_parse(prots[_i].text, &bits));
	ck_assert_uint_eq(bits, prots[_i].bits);
}
END_TEST

START_TEST(refuses_prot)
{
	u32 bits = 77;
	g_autofree char *wrong = prot_parse(bad_prots[_i], &bits);

	ck_assert_msg(wrong != NULL, "'%s'", bad_prots[_i]);
	ck_assert_uint_eq(bits, 77);
}
END_TEST

START_TEST(gfp_words)
{
	u32 bits;

	ck_assert_ptr_null(names_parse(gfp_names, "kernel,zero", &bits));
	ck_assert_uint_eq(bits, GFP_KERNEL | __GFP_ZERO);
	ck_assert_ptr_null(names_parse(gfp_names, "nowait", &bits));
	ck_assert_uint_eq(bits, GFP_NOWAIT);
	ck_assert_ptr_null(names_parse(gfp_names, "highuser,dma32", &bits));
	ck_assert_uint_eq(bits, GFP_HIGHUSER);
}
END_TEST

START_TEST(prints_bits)
{
	g_autoptr(GString) text = g_string_new(NULL);

	names_print(vm_flag_names, VM_READ | VM_MAYREAD | VM_GROWSDOWN, text);
	ck_assert_str_eq(text->str, "read mayread growsdown");
	g_string_truncate(text, 0);
	names_print(vm_flag_names, 0x80000001u, text);
	ck_assert_str_eq(text->str, "read 0x80000000");
	g_string_truncate(text, 0);
	names_print(vm_flag_names, 0, text);
	ck_assert_str_eq(text->str, "");
}
END_TEST

START_TEST(shows_words)
{
	char longer[200];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	ck_assert_str_eq(shown("mmap"), "mmap");
	ck_assert_str_eq(shown(""), "''");
	ck_assert_str_eq(shown("a\tb\xff"), "a?b?");
	ck_assert_uint_lt(strlen(shown(longer)), 64);
	ck_assert_ptr_nonnull(strstr(shown(longer), "..."));
	ck_assert_str_eq(errno_name(-EINVAL), "EINVAL");
	ck_assert_str_eq(errno_name(-EUCLEAN), "EUCLEAN");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ctl_names");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, reads_flags, 0, ARRAY_SIZE(flags));
	tcase_add_loop_test(tcase, refuses_flags, 0, ARRAY_SIZE(bad_flags));
	tcase_add_loop_test(tcase, reads_prot, 0, ARRAY_SIZE(prots));
	tcase_add_loop_test(tcase, refuses_prot, 0, ARRAY_SIZE(bad_prots));
	tcase_add_test(tcase, gfp_words);
	tcase_add_test(tcase, prints_bits);
	tcase_add_test(tcase, shows_words);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A text file that is open: when its text is made, and what of it is read. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include "fs/snapshot.h"

struct source {
	unsigned made; /* how often */
	int error;
};

/* "text N of M bytes ....": differs each time. */
static int make(void *data, GString *out)
{
	struct source *source = data;

	if (source->error)
		return source->error;
	g_string_append_printf(out, "text %u ", ++source->made);
	for (int i = 0; i < 10000; i++)
		g_string_append_c(out, '.');
	return 0;
}

#define SIZE 10007

static char *part(struct snapshot *s, struct source *source, u64 off, size_t len)
{
	GBytes *bytes = NULL;
	char *text;
	size_t size;

	ck_assert_int_eq(snapshot_read(s, off, len, make, source, &bytes), 0);
	text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	size = g_bytes_get_size(bytes);
	g_bytes_unref(bytes);
	ck_assert_uint_eq(strlen(text), size);
	return text;
}

static void reads(struct snapshot *s, struct source *source, u64 off, size_t len, const char *want)
{
	g_autofree char *got = part(s, source, off, len);

	ck_assert_str_eq(got, want);
}

START_TEST(made_when_first_read)
{
	struct source source = { 0 };
	struct snapshot *s = snapshot_new();

	ck_assert_uint_eq(source.made, 0);
	reads(s, &source, 5, 3, "1 .");
	reads(s, &source, 4, 2, " 1");
	ck_assert_uint_eq(source.made, 1);
	snapshot_free(s);
}
END_TEST

START_TEST(made_anew_at_its_beginning)
{
	struct source source = { 0 };
	struct snapshot *s = snapshot_new();

	reads(s, &source, 0, 6, "text 1");
	reads(s, &source, 5, 1, "1");
	reads(s, &source, 0, 6, "text 2");
	reads(s, &source, 5, 1, "2");
	snapshot_free(s);
}
END_TEST

START_TEST(ends)
{
	struct source source = { 0 };
	struct snapshot *s = snapshot_new();
	g_autofree char *all = part(s, &source, 0, 1 << 20);

	ck_assert_uint_eq(strlen(all), SIZE);
	reads(s, &source, SIZE - 2, 100, "..");
	reads(s, &source, SIZE, 100, "");
	reads(s, &source, 1ull << 62, 100, "");
	snapshot_free(s);
}
END_TEST

/* A reply in flight keeps its bytes while another read makes the text anew. */
START_TEST(bytes_outlive_the_text)
{
	struct source source = { 0 };
	struct snapshot *s = snapshot_new();
	GBytes *old;

	ck_assert_int_eq(snapshot_read(s, 0, 6, make, &source, &old), 0);
	reads(s, &source, 0, 6, "text 2");
	snapshot_free(s);
	ck_assert_mem_eq(g_bytes_get_data(old, NULL), "text 1", 6);
	g_bytes_unref(old);
}
END_TEST

START_TEST(failure_keeps_the_text)
{
	struct source source = { .error = -ESRCH };
	struct snapshot *s = snapshot_new();
	GBytes *bytes;

	ck_assert_int_eq(snapshot_read(s, 3, 6, make, &source, &bytes), -ESRCH);
	source.error = 0;
	reads(s, &source, 0, 6, "text 1");
	source.error = -ESRCH;
	ck_assert_int_eq(snapshot_read(s, 0, 6, make, &source, &bytes), -ESRCH);
	reads(s, &source, 5, 1, "1");
	snapshot_free(s);
	snapshot_free(NULL);
}
END_TEST

START_TEST(seek)
{
	struct source source = { 0 };
	struct snapshot *s = snapshot_new();

	ck_assert_int_eq(snapshot_seek(s, 0, false, make, &source), 0);
	ck_assert_int_eq(snapshot_seek(s, 5, false, make, &source), 5);
	ck_assert_int_eq(snapshot_seek(s, 5, true, make, &source), SIZE);
	ck_assert_int_eq(snapshot_seek(s, SIZE, false, make, &source), -ENXIO);
	ck_assert_int_eq(snapshot_seek(s, SIZE, true, make, &source), -ENXIO);
	ck_assert_uint_eq(source.made, 1);
	snapshot_free(s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("snapshot");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, made_when_first_read);
	tcase_add_test(tcase, made_anew_at_its_beginning);
	tcase_add_test(tcase, ends);
	tcase_add_test(tcase, bytes_outlive_the_text);
	tcase_add_test(tcase, failure_keeps_the_text);
	tcase_add_test(tcase, seek);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

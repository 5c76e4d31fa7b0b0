/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole aspacefs without a mount: 64 MiB of RAM, process 1, a private disk; and short
 * ways to talk to its ctl and read its texts.
 */
#pragma once

#include <check.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/aspacefs.h"
#include "fs/ctl/ctl.h"
#include "fs/disk.h"
#include "fs/proc/proc.h"
#include "mm/check.h"
#include "mode.h"

struct world {
	struct aspacefs *fs;
	struct caller caller;
	int error; /* -errno of the last command, 0 */
};

static struct world world;

static void world_start(void)
{
	struct aspacefs_config config = { .ram = 64u << 20, .pae = test_pae() };
	g_autofree char *what = NULL;

	world.error = aspacefs_new(&config, &world.fs, &what);
	ck_assert_msg(!world.error, "%s", what);
	world.caller = (struct caller){ world.fs->uid, world.fs->gid, 1 };
}

static void world_report(void *data, const char *line)
{
	ck_abort_msg("check: %s", line);
}

static inline void world_check(void)
{
	check_machine(world.fs->m, world_report, NULL);
	check_owners(world.fs->m, world_report, NULL);
}

static void world_stop(void)
{
	world_check();
	aspacefs_free(world.fs);
}

/* Run one line in the ctl of @pid (0: the root's).  Its reply without the newline; g_free. */
static inline char *say(u32 pid, const char *line)
{
	struct task_struct *task = pid ? find_task_by_pid(world.fs->m, pid) : NULL;
	struct ctl_file *file = ctl_file_open(world.fs, task);
	g_autofree char *text = g_malloc0(1 << 20);
	ssize_t done = ctl_file_write(file, &world.caller, line, strlen(line));
	ssize_t len = ctl_file_read(file, text, (1 << 20) - 1, 0);

	world.error = done < 0 ? (int)done : 0;
	ctl_file_release(file, &world.caller);
	if (len)
		text[len - 1] = '\0';
	return g_steal_pointer(&text);
}

/* The reply is @want. */
static inline void says(u32 pid, const char *line, const char *want)
{
	g_autofree char *got = say(pid, line);

	ck_assert_msg(strcmp(got, want) == 0, "%s: got '%s', wanted '%s'", line, got, want);
}

/* The command fails so, and its reply says why. */
static inline void fails(u32 pid, const char *line, int error)
{
	g_autofree char *got = say(pid, line);

	ck_assert_msg(world.error == -error, "%s: got %d (%s), wanted %d", line, world.error, got,
		      -error);
	ck_assert_ptr_nonnull(strstr(got, ": "));
	world_check();
}

/* The number that @line gives. */
static inline u32 number(u32 pid, const char *line)
{
	g_autofree char *got = say(pid, line);

	ck_assert_msg(!world.error, "%s: %s", line, got);
	return (u32)strtoul(got, NULL, 0);
}

typedef int (*text_fn)(struct aspacefs *fs, struct task_struct *task, GString *out);

/* A text file of @pid (0: of the top level); g_free. */
static inline char *text(text_fn show, u32 pid)
{
	GString *out = g_string_new(NULL);

	ck_assert_int_eq(show(world.fs, pid ? find_task_by_pid(world.fs->m, pid) : NULL, out), 0);
	return g_string_free(out, FALSE);
}

/* The line of @text that begins with @start, without its newline; "" when there is none. */
static inline char *line_of(const char *text, const char *start)
{
	for (; text && *text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL)
		if (g_str_has_prefix(text, start))
			return g_strndup(text, strcspn(text, "\n"));
	return g_strdup("");
}

/* One line of a text file is @want. */
static inline void shows(text_fn show, u32 pid, const char *start, const char *want)
{
	g_autofree char *all = text(show, pid);
	g_autofree char *line = line_of(all, start);

	ck_assert_str_eq(line, want);
}

/* A file below files/ with these bytes. */
static inline void make_file(const char *name, const char *bytes, size_t len, int mode)
{
	g_autofree char *path = g_build_filename(disk_private_dir(world.fs->disk), name, NULL);

	ck_assert(g_file_set_contents(path, bytes, (gssize)len, NULL));
	ck_assert_int_eq(g_chmod(path, mode), 0);
}

static inline int run_suite(const char *name, TCase *tcase)
{
	Suite *suite = suite_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* A test case whose tests each have a world of their own. */
static inline TCase *world_tcase(void)
{
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, world_start, world_stop);
	return tcase;
}

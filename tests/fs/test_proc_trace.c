// SPDX-License-Identifier: GPL-2.0-or-later
/* trace: the ring of events as ftrace prints it, and that the oldest give way. */
#include "fs_world.h"
#include "mm/trace.h"

static char *last_line(const char *text)
{
	g_autofree char *copy = g_strchomp(g_strdup(text));
	const char *newline = strrchr(copy, '\n');

	return g_strdup(newline ? newline + 1 : copy);
}

static void last_ends(const char *want)
{
	g_autofree char *all = text(proc_trace, 0), *line = last_line(all);

	ck_assert_msg(g_str_has_suffix(line, want), "'%s', wanted '%s'", line, want);
}

START_TEST(events)
{
	g_autofree char *all = NULL;
	const char *eip = "0x8048094";
	g_autofree char *user =
		g_strdup_printf("page_fault_user: address=0x40000000 ip=%s error_code=0x6", eip);

	says(1, "mmap 0x40000000 4K rw- private,anonymous,fixed", "0x40000000");
	says(1, "store 0x40000000 1", "ok");
	last_ends(user);
	fails(1, "kload 0x30000000", EFAULT);
	last_ends("page_fault_kernel: address=0x30000000 ip=0x8048094 error_code=0x0");
	fails(1, "kload 0xf0000000", EFAULT);
	last_ends("oops: address=0xf0000000 ip=0x8048094 error_code=0x0");
	all = text(proc_trace, 0);
	ck_assert(g_str_has_prefix(all, "# tracer: nop\n#\n# entries-in-buffer/"));
	ck_assert_ptr_nonnull(strstr(all, "            init-1       [000] ..... "));
}
END_TEST

/* After more events than it holds the ring has the last ones. */
START_TEST(oldest_give_way)
{
	g_autofree char *all = NULL, *none = NULL;
	unsigned lines = 0;

	for (unsigned i = 0; i < TRACE_RING + 10; i++)
		trace(world.fs->m, find_task_by_pid(world.fs->m, 1), TRACE_OOPS, i, 0, 0);
	all = text(proc_trace, 0);
	for (const char *c = all; *c; c++)
		lines += *c == '\n';
	ck_assert_uint_eq(lines, 6 + TRACE_RING);
	last_ends("address=0x408 ip=0x0 error_code=0x0");
	none = line_of(strstr(all, "oops: "), "oops: ");
	ck_assert_str_eq(none, "oops: address=0xa ip=0x0 error_code=0x0");
}
END_TEST

int main(void)
{
	TCase *tcase = world_tcase();

	tcase_add_test(tcase, events);
	tcase_add_test(tcase, oldest_give_way);
	return run_suite("proc_trace", tcase);
}

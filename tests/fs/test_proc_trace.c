// SPDX-License-Identifier: GPL-2.0-or-later
/* trace: the ring of events as ftrace prints it, and that the oldest give way. */
#include "fs_world.h"
#include "fs/proc/trace.h"
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
	all = text(proc_trace, 0);
	ck_assert_ptr_nonnull(strstr(all, user));
	ck_assert_ptr_nonnull(strstr(strstr(all, user), " order=0 migratetype=0 "
							"gfp_flags=GFP_HIGHUSER|__GFP_ZERO\n"));
	g_clear_pointer(&all, g_free);
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

/* trace_pipe's: each once, whole lines, and how many nobody took. */
START_TEST(taken_once)
{
	struct task_struct *init = find_task_by_pid(world.fs->m, 1);
	g_autoptr(GString) out = g_string_new(NULL);

	trace_clear(world.fs->m);
	ck_assert(trace_is_empty(world.fs));
	trace_take(world.fs, 100, out);
	ck_assert_uint_eq(out->len, 0);
	trace(world.fs->m, init, TRACE_OOPS, 1, 0, 0);
	trace(world.fs->m, init, TRACE_OOPS, 2, 0, 0);
	trace_take(world.fs, 1, out);
	ck_assert_ptr_nonnull(strstr(out->str, ": oops: address=0x1 "));
	ck_assert_ptr_null(strstr(out->str, ": oops: address=0x2 "));
	ck_assert_int_eq(out->str[out->len - 1], '\n');
	last_ends(": oops: address=0x2 ip=0x0 error_code=0x0");
	for (unsigned i = 0; i < TRACE_RING + 10; i++)
		trace(world.fs->m, init, TRACE_OOPS, i, 0, 0);
	g_string_truncate(out, 0);
	/* A small reader hears of them once. */
	trace_take(world.fs, 1, out);
	ck_assert_str_eq(out->str, "CPU:0 [LOST 11 EVENTS]\n");
	trace_take(world.fs, 1 << 20, out);
	ck_assert_ptr_null(strstr(out->str + 1, "LOST 11 EVENTS]\nCPU:0"));
	ck_assert_ptr_nonnull(strstr(out->str, ": oops: address=0xa "));
	ck_assert(trace_is_empty(world.fs));
}
END_TEST

/* Every format can be printed. */
START_TEST(formats)
{
	g_autofree char *all = NULL, *cache = NULL;

	trace_clear(world.fs->m);
	for (unsigned id = 0; id < NR_TRACE_EVENTS; id++)
		trace_current(world.fs->m, id, 1, 2, 3, 4);
	all = text(proc_trace, 0);
	ck_assert_ptr_nonnull(strstr(
		all, ": mm_filemap_add_to_page_cache: dev 0:1 ino 2 pfn=0x3 ofs=16384 order=0\n"));
	trace_clear(world.fs->m);
	trace_current(world.fs->m, TRACE_PAGE_ALLOC, 5, 0, 0, 0);
	cache = g_strdup_printf(": mm_page_alloc: page=0x%08x pfn=0x5 order=0 migratetype=0 "
				"gfp_flags=GFP_NOWAIT",
				kva_of(pfn_to_page(world.fs->m, 5)));
	last_ends(cache);
}
END_TEST

int main(void)
{
	TCase *tcase = world_tcase();

	tcase_add_test(tcase, events);
	tcase_add_test(tcase, oldest_give_way);
	tcase_add_test(tcase, taken_once);
	tcase_add_test(tcase, formats);
	return run_suite("proc_trace", tcase);
}

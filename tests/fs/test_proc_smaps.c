// SPDX-License-Identifier: GPL-2.0-or-later
/* smaps and smaps_rollup: layout, and each row from page tables and frames. */
#include "fs_world.h"

/* Row @row of the region that begins at @start, without the row's label; g_free. */
static char *row_of(u32 pid, const char *start, const char *row)
{
	g_autofree char *all = text(proc_pid_smaps, pid);
	g_autofree char *head = g_strdup_printf("\n%s-", start);
	g_autofree char *lines = g_strconcat("\n", all, NULL);
	g_autofree char *line = NULL;
	const char *region = strstr(lines, head);

	ck_assert_msg(region != NULL, "no region %s", start);
	line = line_of(region + 1, row);
	return g_strdup(g_strstrip(line + strlen(row)));
}

static void row_is(u32 pid, const char *start, const char *row, const char *want)
{
	g_autofree char *got = row_of(pid, start, row);

	ck_assert_msg(strcmp(got, want) == 0, "%s %s got '%s', wanted '%s'", start, row, got, want);
}

static const char *const labels[] = {
	"Size:",	  "KernelPageSize:", "MMUPageSize:",	 "Rss:",
	"Pss:",		  "Pss_Dirty:",	     "Shared_Clean:",	 "Shared_Dirty:",
	"Private_Clean:", "Private_Dirty:",  "Referenced:",	 "Anonymous:",
	"KSM:",		  "LazyFree:",	     "AnonHugePages:",	 "ShmemPmdMapped:",
	"FilePmdMapped:", "Shared_Hugetlb:", "Private_Hugetlb:", "Swap:",
	"SwapPss:",	  "Locked:",	     "THPeligible:",	 "VmFlags:",
};

START_TEST(layout)
{
	g_autofree char *all = text(proc_pid_smaps, 1), *maps = text(proc_pid_maps, 1);
	g_auto(GStrv) lines = g_strsplit(all, "\n", -1);
	g_auto(GStrv) regions = g_strsplit(maps, "\n", -1);
	const size_t height = 1 + ARRAY_SIZE(labels);

	ck_assert_uint_eq(g_strv_length(lines), (g_strv_length(regions) - 1) * height + 1);
	for (size_t i = 0; *lines[i]; i++) {
		if (i % height == 0)
			ck_assert_str_eq(lines[i], regions[i / height]);
		else
			ck_assert_msg(g_str_has_prefix(lines[i], labels[i % height - 1]), "%s",
				      lines[i]);
	}
	ck_assert_str_eq(lines[1], "Size:                  4 kB");
	ck_assert_str_eq(lines[23], "THPeligible:           0");
}
END_TEST

START_TEST(a_page_shared_by_fork)
{
	says(1, "mmap 0 16K rw- private,anonymous", "0x40000000");
	row_is(1, "40000000", "Rss:", "0 kB");
	says(1, "touch 0x40000000 8K r", "2");
	row_is(1, "40000000", "Rss:", "0 kB");
	says(1, "touch 0x40000000 8K w", "2");
	row_is(1, "40000000", "Rss:", "8 kB");
	row_is(1, "40000000", "Private_Dirty:", "8 kB");
	row_is(1, "40000000", "Anonymous:", "8 kB");
	says(1, "fork", "2");
	row_is(1, "40000000", "Shared_Dirty:", "8 kB");
	row_is(1, "40000000", "Private_Dirty:", "0 kB");
	row_is(2, "40000000", "Pss:", "4 kB");
	says(2, "touch 0x40000000 4K w", "1");
	row_is(2, "40000000", "Pss:", "6 kB");
	row_is(1, "40000000", "Private_Dirty:", "4 kB");
	row_is(1, "40000000", "VmFlags:", "rd wr mr mw me ac");
}
END_TEST

START_TEST(kinds_of_pages)
{
	make_file("f", "0123456789", 10, 0644);
	says(1, "mmap 0 8K rw- shared,anonymous", "0x40000000");
	says(1, "mmap 0 4K r-- private f", "0x40002000");
	says(1, "touch 0x40000000 4K w", "1");
	says(1, "touch 0x40002000 4K r", "1");
	row_is(1, "40000000", "Anonymous:", "0 kB");
	row_is(1, "40000000", "Private_Dirty:", "4 kB");
	row_is(1, "40002000", "Private_Clean:", "4 kB");
	row_is(1, "40002000", "VmFlags:", "rd mr mw me");
	shows(proc_pid_smaps_rollup, 1, "Pss_Shmem:", "Pss_Shmem:             4 kB");
	shows(proc_pid_smaps_rollup, 1, "Pss_File:", "Pss_File:              4 kB");
	shows(proc_pid_smaps_rollup, 1, "08048000",
	      "08048000-c0000000 ---p 00000000 00:00 0                                  [rollup]");
}
END_TEST

START_TEST(locked_and_lazy)
{
	says(1, "mmap 0 8K rw- private,anonymous", "0x40000000");
	says(1, "mlock 0x40000000 4K", "ok");
	row_is(1, "40000000", "Locked:", "4 kB");
	row_is(1, "40000000", "VmFlags:", "rd wr mr mw me lo ac");
	says(1, "touch 0x40001000 4K w", "1");
	row_is(1, "40001000", "LazyFree:", "0 kB");
	says(1, "madvise 0x40001000 4K free", "ok");
	row_is(1, "40001000", "LazyFree:", "4 kB");
	row_is(1, "40001000", "Private_Clean:", "4 kB");
	says(1, "store 0x40001000 1 1", "ok");
	row_is(1, "40001000", "LazyFree:", "0 kB");
}
END_TEST

static int store(int (*write)(struct aspacefs *, const struct node *, const char *, size_t),
		 const char *value)
{
	struct node node = { .task = find_task_by_pid(world.fs->m, 1) };

	return write(world.fs, &node, value, strlen(value));
}

START_TEST(clearing_references)
{
	static const char *const bad[] = { "0", "6", "-1", "", "x", "1x", "\n" };

	make_file("f", "0123456789", 10, 0644);
	says(1, "mmap 0 8K rw- private,anonymous", "0x40000000");
	says(1, "mmap 0 4K r-- shared f", "0x40002000");
	says(1, "touch 0x40000000 8K w", "2");
	says(1, "touch 0x40002000 4K r", "1");
	row_is(1, "40000000", "Referenced:", "8 kB");
	ck_assert_int_eq(store(proc_pid_clear_refs, "3\n"), 0);
	row_is(1, "40000000", "Referenced:", "8 kB");
	row_is(1, "40002000", "Referenced:", "0 kB");
	ck_assert_int_eq(store(proc_pid_clear_refs, "2"), 0);
	row_is(1, "40000000", "Referenced:", "0 kB");
	says(1, "load 0x40000000 1", "0x00");
	row_is(1, "40000000", "Referenced:", "4 kB");
	ck_assert_int_eq(store(proc_pid_clear_refs, " 1 "), 0);
	row_is(1, "40000000", "Referenced:", "0 kB");
	ck_assert_int_eq(store(proc_pid_clear_refs, "4"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_int_eq(store(proc_pid_clear_refs, bad[i]), -EINVAL);
}
END_TEST

START_TEST(the_peak)
{
	const struct mm_struct *mm = KGET(find_task_by_pid(world.fs->m, 1)->mm);

	says(1, "mmap 0 1M rw- private,anonymous,populate", "0x40000000");
	says(1, "munmap 0x40000000 1M", "ok");
	ck_assert_uint_ge(mm->hiwater_rss, 256);
	ck_assert_int_eq(store(proc_pid_clear_refs, "5"), 0);
	ck_assert_uint_eq(mm->hiwater_rss, get_mm_rss(mm));
}
END_TEST

int main(void)
{
	TCase *tcase = world_tcase();

	tcase_add_test(tcase, layout);
	tcase_add_test(tcase, a_page_shared_by_fork);
	tcase_add_test(tcase, kinds_of_pages);
	tcase_add_test(tcase, locked_and_lazy);
	tcase_add_test(tcase, clearing_references);
	tcase_add_test(tcase, the_peak);
	return run_suite("proc_smaps", tcase);
}

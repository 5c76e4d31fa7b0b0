// SPDX-License-Identifier: GPL-2.0-or-later
/* maps: columns, names, [heap] and [stack], odd file names. */
#include "fs_world.h"

START_TEST(anonymous_lines)
{
	says(1, "mmap 0 8K rw- private,anonymous", "0x40000000");
	says(1, "mmap 0 4K rwx private,anonymous", "0x40002000");
	says(1, "mmap 0 4K --- private,anonymous", "0x40003000");
	says(1, "mmap 0 4K -w- private,anonymous", "0x40004000");
	shows(proc_pid_maps, 1, "40000000", "40000000-40002000 rw-p 00000000 00:00 0 ");
	shows(proc_pid_maps, 1, "40002000", "40002000-40003000 rwxp 00000000 00:00 0 ");
	shows(proc_pid_maps, 1, "40003000", "40003000-40004000 ---p 00000000 00:00 0 ");
	shows(proc_pid_maps, 1, "40004000", "40004000-40005000 -w-p 00000000 00:00 0 ");
}
END_TEST

START_TEST(heap_and_stack)
{
	u32 start = KGET(find_task_by_pid(world.fs->m, 1)->mm)->start_brk;
	g_autofree char *begin = g_strdup_printf("%08x-", start);
	g_autofree char *want =
		g_strdup_printf("%08x-%08x rw-p 00000000 00:00 0                      "
				"            [heap]",
				start, start + 3 * PAGE_SIZE);
	g_autofree char *grow = g_strdup_printf("brk 0x%x", start + 3 * PAGE_SIZE - 7);

	number(1, grow);
	shows(proc_pid_maps, 1, begin, want);
	shows(proc_pid_maps, 1, "bffdf000",
	      "bffdf000-c0000000 rw-p 00000000 00:00 0                                  [stack]");
	says(1, "munmap 0xbffdf000 132K", "ok");
	says(1, "mmap 0xbf000000 16M --- private,anonymous,fixed", "0xbf000000");
	shows(proc_pid_maps, 1, "bf000000",
	      "bf000000-c0000000 ---p 00000000 00:00 0                                  [stack]");
}
END_TEST

/* A name begins at column 73, or one blank behind what is longer. */
START_TEST(file_lines)
{
	g_autofree char *maps = NULL, *file = NULL, *shared = NULL;

	make_file("f", "x", 1, 0666);
	make_file("a\nb c\\d", "x", 1, 0666);
	says(1, "mmap 0 4K r-- private f 0x7000", "0x40000000");
	says(1, "mmap 0 4K rw- shared,anonymous", "0x40001000");
	says(1, "mmap 0 4K r-x private f:ro", "0x40002000");
	maps = text(proc_pid_maps, 1);
	file = line_of(maps, "40000000");
	shared = line_of(maps, "40001000");
	ck_assert(g_str_has_prefix(file, "40000000-40001000 r--p 00007000 "));
	ck_assert_str_eq(file + 73, "/f");
	ck_assert_int_eq(file[72], ' ');
	ck_assert(g_str_has_prefix(shared, "40001000-40002000 rw-s 00000000 00:01 "));
	ck_assert_str_eq(shared + 73, "/dev/zero (deleted)");
	ck_assert_ptr_nonnull(strstr(maps, "\n40002000-40003000 r-xp 00000000 "));
}
END_TEST

START_TEST(newline_in_a_name)
{
	g_autofree char *old = NULL, *maps = NULL, *line = NULL;

	/* ctl cannot name it, exec's path can: the file is opened by mm. */
	struct file *file;

	make_file("a\nb c\\d", "x", 1, 0666);
	ck_assert_int_eq(
		disk_open(world.fs, "a\nb c\\d", FMODE_READ, world.fs->uid, world.fs->gid, &file),
		0);
	ck_assert_int_eq(do_mmap(find_task_by_pid(world.fs->m, 1), file, 0, PAGE_SIZE, PROT_READ,
				 MAP_PRIVATE, 0),
			 0x40000000);
	fput(file);
	maps = text(proc_pid_maps, 1);
	line = line_of(maps, "40000000");
	ck_assert_str_eq(line + 73, "/a\\012b c\\d");
}
END_TEST

START_TEST(wide_numbers)
{
	struct task_struct *task = find_task_by_pid(world.fs->m, 1);
	g_autofree char *maps = NULL, *line = NULL;
	struct inode *inode;
	struct file *file;

	make_file("f", "x", 1, 0666);
	ck_assert_int_eq(disk_open(world.fs, "f", FMODE_READ, world.fs->uid, world.fs->gid, &file),
			 0);
	ck_assert_int_eq(do_mmap(task, file, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE, 0xfffff),
			 0x40000000);
	inode = file_inode(file);
	inode->i_dev = 0xfffu << 20 | 0xfffff;
	inode->i_ino = UINT64_MAX;
	maps = text(proc_pid_maps, 1);
	line = line_of(maps, "40000000");
	ck_assert_str_eq(line, "40000000-40001000 r--p fffff000 fff:fffff 18446744073709551615"
			       "           /f");
	fput(file);
}
END_TEST

START_TEST(a_zombie_has_none)
{
	u32 p = number(0, "spawn"), c = number(p, "fork");
	g_autofree char *maps = NULL, *table = NULL, *mm = NULL, *args = NULL;

	says(c, "exit", "ok");
	maps = text(proc_pid_maps, c);
	table = text(proc_pid_pagetable, c);
	mm = text(proc_pid_mm, c);
	args = text(proc_pid_cmdline, c);
	ck_assert_str_eq(maps, "");
	ck_assert_str_eq(table, "");
	ck_assert_str_eq(mm, "");
	ck_assert_str_eq(args, "");
	shows(proc_pid_statm, c, "", "0 0 0 0 0 0 0");
	shows(proc_pid_status, c, "State", "State:\tZ (zombie)");
	shows(proc_pid_status, c, "VmSize", "");
}
END_TEST

int main(void)
{
	TCase *tcase = world_tcase();

	tcase_add_test(tcase, anonymous_lines);
	tcase_add_test(tcase, heap_and_stack);
	tcase_add_test(tcase, file_lines);
	tcase_add_test(tcase, newline_in_a_name);
	tcase_add_test(tcase, wide_numbers);
	tcase_add_test(tcase, a_zombie_has_none);
	return run_suite("proc_maps", tcase);
}

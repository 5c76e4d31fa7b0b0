// SPDX-License-Identifier: GPL-2.0-or-later
/* A process's life by commands, and what a bad access makes of it. */
#include "fs/fatal.h"
#include "fs_world.h"

START_TEST(fork_exit_wait)
{
	u32 p = number(0, "spawn"), a, b;

	ck_assert_uint_eq(number(1, "fork"), p + 1);
	fails(p, "wait", ECHILD);
	a = number(p, "fork");
	b = number(p, "fork");
	says(p, "wait", "0");
	says(b, "exit 300", "ok");
	fails(b, "brk 0", ESRCH);
	{
		g_autofree char *line = g_strdup_printf("wait %u", a);
		g_autofree char *want = g_strdup_printf("%u 44 exited", b);

		says(p, line, "0");
		says(p, "wait", want);
	}
	fails(p, "wait 1", ECHILD);
}
END_TEST

START_TEST(process_1_stays)
{
	fails(1, "exit", EPERM);
	fails(1, "exit 3", EPERM);
	fails(1, "onfault die", EPERM);
	says(1, "onfault report", "ok");
	fails(1, "wait", ECHILD);
}
END_TEST

START_TEST(dies_of_a_bad_access)
{
	u32 p = number(0, "spawn"), c = number(p, "fork");
	g_autofree char *want = g_strdup_printf("%u 11 SIGSEGV", c), *reply = NULL;

	says(c, "onfault die", "ok");
	says(c, "load 0x08048000 1", "0x7f");
	reply = say(c, "load 0x08000000");
	ck_assert_int_eq(world.error, -EFAULT);
	ck_assert_ptr_nonnull(strstr(reply, "no region there (bad_area)"));
	ck_assert_ptr_nonnull(strstr(reply, "dead"));
	fails(c, "brk 0", ESRCH);
	says(p, "wait", want);
}
END_TEST

START_TEST(which_errors_are_fatal)
{
	u32 p = number(0, "spawn"), c = number(p, "fork");
	struct task_struct *task = find_task_by_pid(world.fs->m, c);

	ck_assert(!fatal_access(world.fs, task, -EFAULT)); /* report */
	says(c, "onfault die", "ok");
	ck_assert(!fatal_access(world.fs, task, -ENOMEM));
	ck_assert(!fatal_access(world.fs, task, 0));
	ck_assert(fatal_access(world.fs, task, -EIO));
	ck_assert_int_eq(task->state, TASK_ZOMBIE);
	ck_assert_uint_eq(task->exit_code, 7);
	ck_assert(!fatal_access(world.fs, find_task_by_pid(world.fs->m, 1), -EFAULT));
}
END_TEST

START_TEST(exec_replaces_the_program)
{
	u32 p = number(0, "spawn init one 'two three'");
	g_autofree char *args = text(proc_pid_cmdline, p), *none = NULL;

	ck_assert_str_eq(args, "init");
	ck_assert_int_eq(memcmp(args, "init\0one\0two three", 19), 0);
	says(p, "mmap 0 4K rw- private,anonymous", "0x40000000");
	says(p, "exec /init", "ok");
	says(p, "find_vma_intersection 0x40000000 0x40001000", "none");
	none = text(proc_pid_cmdline, p);
	ck_assert_str_eq(none, "/init");
	make_file("text", "no program", 10, 0755);
	make_file("noexec", "x", 1, 0644);
	fails(p, "exec text", ENOEXEC);
	fails(p, "exec noexec", EACCES);
	fails(p, "exec nothere", ENOENT);
	fails(p, "exec .", EACCES);
	fails(0, "spawn nothere", ENOENT);
	fails(0, "spawn text", ENOEXEC);
	says(p, "open init", "3");
	says(p, "exec fd:3 x", "ok");
}
END_TEST

START_TEST(limits)
{
	u32 p = number(0, "spawn");

	says(p, "setrlimit as 64K", "ok");
	fails(p, "mmap 0 4K rw- private,anonymous", ENOMEM);
	says(p, "setrlimit as unlimited", "ok");
	says(p, "mmap 0 4K rw- private,anonymous", "0x40000000");
}
END_TEST

int main(void)
{
	TCase *tcase = world_tcase();

	tcase_add_test(tcase, fork_exit_wait);
	tcase_add_test(tcase, process_1_stays);
	tcase_add_test(tcase, dies_of_a_bad_access);
	tcase_add_test(tcase, which_errors_are_fatal);
	tcase_add_test(tcase, exec_replaces_the_program);
	tcase_add_test(tcase, limits);
	return run_suite("ctl_process", tcase);
}

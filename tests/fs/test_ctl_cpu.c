// SPDX-License-Identifier: GPL-2.0-or-later
/* load, store, fetch, touch, push, pop, regs. */
#include "fs_world.h"

static void setup(void)
{
	world_start();
	says(1, "mmap 0x40000000 16K rw- private,anonymous,fixed", "0x40000000");
	says(1, "mmap 0x40004000 4K r-- private,anonymous,fixed", "0x40004000");
	says(1, "mmap 0x40005000 4K --- private,anonymous,fixed", "0x40005000");
}

START_TEST(widths)
{
	says(1, "store 0x40000000 0x11223344", "ok");
	says(1, "load 0x40000000", "0x11223344");
	says(1, "load 0x40000000 4", "0x11223344");
	says(1, "load 0x40000000 2", "0x3344");
	says(1, "load 0x40000001 1", "0x33");
	says(1, "store 0x40000000 0xff 1", "ok");
	says(1, "store 0x40000002 -2 2", "ok");
	says(1, "load 0x40000000", "0xfffe33ff");
	says(1, "store 0x40000000 -1", "ok");
	says(1, "load 0x40000000", "0xffffffff");
	says(1, "store 0x40000ffe 0x01020304", "ok");
	says(1, "load 0x40000ffe", "0x01020304");
	fails(1, "store 0x40000000 256 1", EINVAL);
	fails(1, "store 0x40000000 -129 1", EINVAL);
	says(1, "store 0x40000000 -128 1", "ok");
	fails(1, "store 0x40000000 0x10000 2", EINVAL);
	fails(1, "store 0x40000000 0x100000000", EINVAL);
}
END_TEST

START_TEST(bad_accesses)
{
	says(1, "load 0x30000123", "EFAULT: load: 0x30000123: no region there (bad_area)");
	says(1, "load 0x90000123",
	     "EFAULT: load: 0x90000123: more than 32 bytes below esp (bad_area)");
	says(1, "store 0x40004000 1",
	     "EACCES: store: 0x40004000: the region forbids it (bad_area)");
	says(1, "load 0x40005000", "EACCES: load: 0x40005000: the region forbids it (bad_area)");
	says(1, "load 0xc0000000", "EFAULT: load: 0xc0000000: above TASK_SIZE (bad_area)");
	says(1, "fetch 0x40005000", "EACCES: fetch: 0x40005000: the region forbids it (bad_area)");
	says(1, "fetch 0x08048000", "ok");
	fails(1, "store 0x40003ffe 1", EACCES);
	fails(1, "load 0xfffffffe", EFAULT);
	says(1, "load 0x40003ffc", "0x00000000");
}
END_TEST

START_TEST(touches)
{
	says(1, "touch 0x40000000 16K", "4");
	says(1, "touch 0x40000000 16K r", "0");
	says(1, "touch 0x40000000 8K w", "2");
	says(1, "touch 0x40000000 0 w", "0");
	says(1, "touch 0x08048000 4K x", "1");
	fails(1, "touch 0x40003000 8K w", EACCES);
	fails(1, "touch 0xbffff000 0xffffffff r", EFAULT);
}
END_TEST

START_TEST(stack)
{
	u32 esp;

	says(1, "regs esp=0x40002000 eax=7", "ok");
	says(1, "push 0x11", "ok");
	says(1, "push -2", "ok");
	says(1, "load 0x40001ff8", "0xfffffffe");
	says(1, "pop", "0xfffffffe");
	says(1, "pop", "0x00000011");
	shows(proc_pid_regs, 1, "esp=", "esp=0x40002000");
	shows(proc_pid_regs, 1, "eax=", "eax=0x00000007");
	says(1, "regs esp=0x40000000", "ok");
	fails(1, "push 1", EFAULT);
	shows(proc_pid_regs, 1, "esp=", "esp=0x40000000");
	esp = number(1, "load 0x40001ff8");
	ck_assert_uint_eq(esp, 0xfffffffe);
}
END_TEST

START_TEST(registers)
{
	g_autofree char *all = NULL;

	says(1, "regs ebx=1 ecx=0x10K gs=0xffff eflags=-1", "EINVAL: regs: eflags: -1 is negative");
	shows(proc_pid_regs, 1, "ebx=", "ebx=0x00000000"); /* all or none */
	says(1, "regs ebx=1 ecx=0x10K gs=0xffff", "ok");
	all = say(1, "regs");
	ck_assert_ptr_nonnull(strstr(all, " ebx=0x00000001 ecx=0x00004000 "));
	ck_assert_ptr_nonnull(strstr(all, " gs=0xffff "));
	ck_assert_ptr_nonnull(strstr(all, " cr3=0x"));
	ck_assert_ptr_null(strchr(all, '\n'));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, setup, world_stop);
	tcase_add_test(tcase, widths);
	tcase_add_test(tcase, bad_accesses);
	tcase_add_test(tcase, touches);
	tcase_add_test(tcase, stack);
	tcase_add_test(tcase, registers);
	return run_suite("ctl_cpu", tcase);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* mmap and its kin as commands: replies, files by name and by descriptor, reasons. */
#include "fs_world.h"

#define BYTES "some bytes of a file"

static void setup(void)
{
	g_autofree char *folder = NULL;

	world_start();
	folder = g_build_filename(disk_private_dir(world.fs->disk), "folder", NULL);
	ck_assert_int_eq(g_mkdir(folder, 0755), 0);
	make_file("f", BYTES, strlen(BYTES), 0666);
	make_file("a b:ro", "x", 1, 0666);
}

START_TEST(maps_and_unmaps)
{
	says(1, "mmap 0 8192 rw- private,anonymous", "0x40000000");
	says(1, "mmap 0 4K r-- shared,anonymous", "0x40002000");
	says(1, "mprotect 0x40000000 4K r--", "ok");
	says(1, "munmap 0x40000000 8K", "ok");
	says(1, "mmap 0x50000000 4K rw- private,anonymous,fixed", "0x50000000");
	fails(1, "mmap 0x50000000 4K rw- private,anonymous,fixed_noreplace", EEXIST);
	says(1, "mmap 0x50000000 4K rw- 0x32", "0x50000000");
}
END_TEST

START_TEST(files_by_name)
{
	says(1, "mmap 0 4K r-- private f", "0x40000000");
	says(1, "load 0x40000000 1", "0x73");
	says(1, "mmap 0 4K r-- private /f:ro", "0x40001000");
	says(1, "mmap 0 4K r-- private 'a b:ro:rw'", "0x40002000");
	says(1, "mmap 0 4K r-- private f 4096", "0x40003000");
	says(1, "mmap 0 4K r-- private,anonymous f", "0x40004000");
	fails(1, "mmap 0 4K r-- private nothere", ENOENT);
	fails(1, "mmap 0 4K r-- private,anonymous nothere", ENOENT);
	fails(1, "mmap 0 4K r-- private folder", ENODEV);
	fails(1, "mmap 0 4K r-- private f 1", EINVAL);
	fails(1, "mmap 0 4K r-- private f:wo", EACCES);
	fails(1, "mmap 0 4K rw- private", EBADF);
	fails(1, "mmap 0 0 rw- private", EBADF);
	fails(1, "mmap 0 4K r-- private ''", ENOENT);
}
END_TEST

START_TEST(files_by_descriptor)
{
	says(1, "open f", "3");
	says(1, "open f ro", "4");
	says(1, "mmap 0 4K r-- private fd:3", "0x40000000");
	says(1, "close 3", "ok");
	fails(1, "close 3", EBADF);
	fails(1, "mmap 0 4K r-- private fd:3", EBADF);
	fails(1, "mmap 0 4K r-- private fd:x", EINVAL);
	says(1, "open fd:4", "3");
	says(1, "load 0x40000000 2", "0x6f73");
	fails(1, "open nothere", ENOENT);
}
END_TEST

/* What may be mapped shared depends on how the file was opened. */
START_TEST(shared_files)
{
	says(1, "mmap 0x50000000 4K rw- shared,fixed f", "0x50000000");
	says(1, "mmap 0x50001000 4K r-- shared,fixed f:ro", "0x50001000");
	fails(1, "mprotect 0x50001000 4K rw-", EACCES);
	says(1, "mmap 0x50002000 4K rw- shared_validate,fixed f", "0x50002000");
	says(1, "mmap 0x50003000 4K rw- private,fixed f:ro", "0x50003000");
	fails(1, "mmap 0 4K rw- shared f:ro", EACCES);
	fails(1, "mmap 0 4K r-- shared f:wo", EACCES);
	fails(1, "mmap 0 0 rw- shared f", EINVAL);
}
END_TEST

START_TEST(reasons)
{
	says(1, "mmap 0 0 rw- private,anonymous", "EINVAL: mmap: length is 0");
	says(1, "mmap 1 4K rw- private,anonymous,fixed",
	     "EINVAL: mmap: a fixed address must be a multiple of 4096");
	says(1, "mmap 0 4K rw- anonymous", "EINVAL: mmap: FLAGS has neither private nor shared");
	says(1, "mmap 0 4K rw- shared,anonymous,growsdown",
	     "EINVAL: mmap: growsdown is for private anonymous memory");
	says(1, "mmap 0 0xffffffff rw- private,anonymous",
	     "ENOMEM: mmap: length is larger than the address space");
	says(1, "mmap 0xbffff000 8K rw- private,anonymous,fixed",
	     "ENOMEM: mmap: the range ends above 0xc0000000");
	says(1, "munmap 1 4K", "EINVAL: munmap: the address must be a multiple of 4096");
	says(1, "munmap 0x1000 0", "EINVAL: munmap: length is 0");
	says(1, "munmap 0xbffff000 8K", "EINVAL: munmap: the range ends above 0xc0000000");
	says(1, "mprotect 1 4K r--", "EINVAL: mprotect: the address must be a multiple of 4096");
	says(1, "mprotect 0x08048000 4K 0x80",
	     "EINVAL: mprotect: PROT 0x80 has bits that cannot be");
	fails(1, "mprotect 0x90000000 4K r--", ENOMEM);
	fails(1, "mmap 0 4K rw- private,anonymous,fixed", EPERM);
}
END_TEST

START_TEST(breaks)
{
	u32 old = number(1, "brk 0");

	ck_assert_uint_eq(number(1, "sbrk 8K"), old);
	ck_assert_uint_eq(number(1, "brk 0"), old + 8192);
	ck_assert_uint_eq(number(1, "sbrk -8K"), old + 8192);
	ck_assert_uint_eq(number(1, "brk 0xffffffff"), old);
	fails(1, "sbrk 0x7fffffff", ENOMEM);
	fails(1, "sbrk 3G", ENOMEM); /* to a program that is -1G */
	fails(1, "brk -1", EINVAL);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, setup, world_stop);
	tcase_add_test(tcase, maps_and_unmaps);
	tcase_add_test(tcase, files_by_name);
	tcase_add_test(tcase, files_by_descriptor);
	tcase_add_test(tcase, shared_files);
	tcase_add_test(tcase, reasons);
	tcase_add_test(tcase, breaks);
	return run_suite("ctl_map", tcase);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* One open ctl: lines, fragments, short writes, and who reads which replies. */
#include "fs_world.h"

#define AT_ONCE 4096

static struct ctl_file *file, *other;

static void setup(void)
{
	world_start();
	file = ctl_file_open(world.fs, find_task_by_pid(world.fs->m, 1));
	other = ctl_file_open(world.fs, find_task_by_pid(world.fs->m, 1));
}

static void teardown(void)
{
	if (file)
		ctl_file_release(file, &world.caller);
	if (other)
		ctl_file_release(other, &world.caller);
	world_stop();
}

static ssize_t write_len(struct ctl_file *f, const char *bytes, size_t len)
{
	return ctl_file_write(f, &world.caller, bytes, len);
}

static ssize_t write_text(struct ctl_file *f, const char *text)
{
	return write_len(f, text, strlen(text));
}

static void reads(struct ctl_file *f, size_t len, u64 off, const char *want)
{
	static char got[1 << 20];
	ssize_t n = ctl_file_read(f, got, MIN(len, sizeof(got) - 1), off);

	ck_assert_int_ge(n, 0);
	got[n] = '\0';
	ck_assert_str_eq(got, want);
}

/* What a new open file reads. */
static void others_read(const char *want)
{
	struct ctl_file *f = ctl_file_open(world.fs, find_task_by_pid(world.fs->m, 1));

	reads(f, 1 << 20, 0, want);
	ctl_file_release(f, &world.caller);
}

START_TEST(each_line_is_a_command)
{
	ck_assert_int_eq(write_text(file, "mmap 0 4K rw- private,anonymous\n# next\n\n  \n"
					  "munmap 0x40000000 4K\nonfault report\n"),
			 79);
	reads(file, 99, 0, "0x40000000\nok\nok\n");
	ck_assert_int_eq(write_text(file, "# only a comment\n"), 17);
	reads(file, 99, 0, "");
}
END_TEST

START_TEST(failing_line_in_the_middle)
{
	const char *script = "onfault report\nmunmap 1 4K\nmmap 0 4K rw- private,anonymous\n";

	ck_assert_int_eq(write_text(file, script), 15);
	ck_assert_int_eq(write_text(file, script + 15), -EINVAL);
	reads(file, 99, 3, "ok\nEINVAL: munmap: the address must be a multiple of 4096\n");
	ck_assert_int_eq(write_text(file, "find_vma 0x40000000\n"), 20);
	reads(file, 99, 0, "0xbffdf000-0xc0000000\n"); /* the mmap never ran */
}
END_TEST

START_TEST(failing_first_line)
{
	ck_assert_int_eq(write_text(file, "munmap 1 4K\nonfault report\n"), -EINVAL);
	ck_assert_int_eq(write_text(file, "onfault report\n"), 15);
	reads(file, 99, 0, "ok\n");
}
END_TEST

START_TEST(replies_of_the_last_write)
{
	write_text(file, "onfault report\n");
	write_text(file, "brk 0\nonfault report\n");
	reads(file, 4, 7000, "0x08");
	reads(file, 2, 7001, "x0");
	reads(file, 99, 7011, "ok\n");
	reads(file, 99, 7014, "");
	reads(file, 3, 0, "0x0"); /* an offset in front begins anew */
	reads(file, 1, 2, "0");
}
END_TEST

START_TEST(new_file_reads_the_last_writer)
{
	others_read("");
	write_text(file, "onfault report\n");
	write_text(other, "find_vma 0xc0000000\n");
	others_read("none\n");
	write_text(file, "find_vma 0xc0000000\n");
	others_read("ok\nnone\n");
	reads(other, 99, 0, "none\n");
	others_read("ok\nnone\n"); /* reading makes nobody a writer */
	ctl_file_release(file, &world.caller);
	file = NULL;
	others_read("ok\nnone\n");
}
END_TEST

START_TEST(snapshot_until_read_at_0)
{
	struct ctl_file *reader = ctl_file_open(world.fs, find_task_by_pid(world.fs->m, 1));

	write_text(file, "onfault report\n");
	reads(reader, 1, 0, "o");
	write_text(file, "find_vma 0xc0000000\n");
	reads(reader, 99, 1, "k\n");
	reads(reader, 99, 0, "ok\nnone\n");
	ctl_file_release(reader, &world.caller);
}
END_TEST

START_TEST(fragment_runs_at_once)
{
	ck_assert_int_eq(write_text(file, "brk 0\nonfault report"), 20);
	reads(file, 3, 0, "0x0");
	reads(file, 99, 11, "ok\n");
	ck_assert_int_eq(write_text(file, "munmap 1 1"), -EINVAL);
}
END_TEST

/* A comment and the beginning of @line, together so long that the rest is waited for. */
static void write_head(struct ctl_file *f, const char *line, size_t keep)
{
	char head[AT_ONCE + 1];

	memset(head, 'c', AT_ONCE);
	head[0] = '#';
	head[AT_ONCE - keep - 1] = '\n';
	memcpy(head + AT_ONCE - keep, line, keep);
	ck_assert_int_eq(write_len(f, head, AT_ONCE), AT_ONCE);
}

START_TEST(long_write_waits_for_the_rest)
{
	const char *line = "mmap 0x50000000 4K rw- private,anonymous,fixed";

	write_head(file, line, 30);
	reads(file, 99, 0, "");
	ck_assert_int_eq(write_text(file, line + 30), (ssize_t)strlen(line) - 30);
	reads(file, 99, 0, "0x50000000\n");
	write_head(file, "munmap 1 1", 10);
	ck_assert_int_eq(write_text(file, "\nbrk 0\n"), -EINVAL);
	ck_assert_int_eq(write_text(file, "onfault report\n"), 15);
	reads(file, 99, 0, "ok\n");
}
END_TEST

START_TEST(close_runs_the_rest)
{
	write_head(file, "mmap 0x50000000 4K rw- private,anonymous,fixed", 46);
	ctl_file_release(file, &world.caller);
	file = NULL;
	says(1, "find_vma 0x50000000", "0x50000000-0x50001000");
}
END_TEST

START_TEST(process_is_gone)
{
	u32 child = number(1, "fork");
	struct ctl_file *f = ctl_file_open(world.fs, find_task_by_pid(world.fs->m, child));

	ck_assert_int_eq(write_text(f, "onfault report\nexit\n"), 20);
	reads(f, 99, 0, "ok\nok\n");
	ck_assert_int_eq(write_text(f, "brk 0\n"), -ESRCH);
	reads(f, 99, 0, "ESRCH: brk: the process is gone\n");
	ck_assert_int_eq(write_text(f, "# nothing\n"), 10);
	ck_assert_int_eq(write_text(f, "nonsense\n"), -ESRCH);
	ctl_file_release(f, &world.caller);
	ck_assert_uint_eq(g_hash_table_size(world.fs->ctl_nodes), 1);
}
END_TEST

START_TEST(nodes_of_the_dead_go)
{
	for (unsigned i = 0; i < 300; i++) {
		u32 child = number(1, "fork");

		says(child, "onfault report", "ok");
		says(child, "exit", "ok");
	}
	ck_assert_uint_eq(g_hash_table_size(world.fs->ctl_nodes), 1);
	for (unsigned i = 0; i < 300; i++) {
		u32 child = number(1, "fork");

		says(child, "onfault report", "ok"); /* closed before it dies */
		do_exit(find_task_by_pid(world.fs->m, child), 0);
	}
	ck_assert_uint_le(g_hash_table_size(world.fs->ctl_nodes), 66);
}
END_TEST

START_TEST(a_tick_for_each_command)
{
	u64 before = world.fs->m->k->jiffies;

	write_text(file, "brk 0\n\n# x\nbrk 0\nnonsense\n");
	ck_assert_uint_eq(world.fs->m->k->jiffies, before + 3);
}
END_TEST

START_TEST(words_of_errors)
{
	g_autofree char *unknown = say(1, "frobnicate 1 2");
	g_autofree char *noise = say(1, "\xff\xfe\x80");

	ck_assert(g_str_has_prefix(unknown, "EINVAL: frobnicate: is no command\n\tknown: mmap "));
	ck_assert(g_str_has_prefix(noise, "EINVAL: ???: "));
	says(1, "brk \"0", "EINVAL: brk: a double quote is not closed");
	says(1, "'brk", "EINVAL: ctl: a single quote is not closed");
	ck_assert_int_eq(write_len(file, "br\0k 0\n", 7), -EINVAL);
	fails(0, "munmap 0x40000000 4K", EINVAL);
	fails(1, "alloc_pages 0", EINVAL);
}
END_TEST

START_TEST(help)
{
	g_autofree char *all = say(1, "help"), *one = say(1, "help mmap");
	g_autofree char *root = say(0, "help"), *gfp = say(0, "help kmalloc");

	ck_assert_ptr_nonnull(strstr(all, "\n\tmmap ADDR LEN PROT FLAGS [FILE [OFFSET]]"));
	ck_assert_ptr_null(strstr(all, "\n\talloc_pages"));
	ck_assert_ptr_nonnull(strstr(root, "\n\talloc_pages ORDER [GFP]"));
	ck_assert(g_str_has_prefix(one, "mmap ADDR LEN PROT FLAGS [FILE [OFFSET]]\n\t"));
	ck_assert_ptr_nonnull(strstr(one, "\n\tFLAGS: private shared"));
	ck_assert_ptr_nonnull(strstr(one, "\n\tENOMEM "));
	ck_assert_ptr_nonnull(strstr(gfp, "\n\tGFP: kernel atomic"));
	fails(1, "help frobnicate", EINVAL);
	fails(1, "help mmap munmap", EINVAL);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, each_line_is_a_command);
	tcase_add_test(tcase, failing_line_in_the_middle);
	tcase_add_test(tcase, failing_first_line);
	tcase_add_test(tcase, replies_of_the_last_write);
	tcase_add_test(tcase, new_file_reads_the_last_writer);
	tcase_add_test(tcase, snapshot_until_read_at_0);
	tcase_add_test(tcase, fragment_runs_at_once);
	tcase_add_test(tcase, long_write_waits_for_the_rest);
	tcase_add_test(tcase, close_runs_the_rest);
	tcase_add_test(tcase, process_is_gone);
	tcase_add_test(tcase, nodes_of_the_dead_go);
	tcase_add_test(tcase, a_tick_for_each_command);
	tcase_add_test(tcase, words_of_errors);
	tcase_add_test(tcase, help);
	return run_suite("ctl_file", tcase);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The disk: opening by path, names that follow, files that change behind us, files/ itself. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs_world.h"

#include "fs/disk_node.h"
#include "fs/files.h"
#include "mm/filemap.h"

#define ROOT ino_of_files(FILES_ROOT_HANDLE)

static char *host(const char *name)
{
	return g_build_filename(disk_private_dir(world.fs->disk), name, NULL);
}

static void host_write(const char *name, const char *text)
{
	make_file(name, text, strlen(text), 0644);
}

static void host_mkdir(const char *name)
{
	g_autofree char *path = host(name);

	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void host_symlink(const char *target, const char *name)
{
	g_autofree char *path = host(name);

	ck_assert_int_eq(symlink(target, path), 0);
}

/* ---- opening for mm ---- */

static int open_as(const char *path, unsigned mode, uid_t uid, struct file **ret)
{
	return disk_open(world.fs, path, mode, uid, uid, ret);
}

static struct file *opened(const char *path)
{
	struct file *file = NULL;

	ck_assert_msg(open_as(path, FMODE_READ, getuid(), &file) == 0, "%s", path);
	return file;
}

static void refused(const char *path, int error)
{
	struct file *file;
	int got = open_as(path, FMODE_READ, getuid(), &file);

	ck_assert_msg(got == -error, "%s: got %d, wanted %d", path, got, -error);
}

static void opens_as(const char *path, const char *want)
{
	struct file *file = opened(path);

	ck_assert_str_eq(file_path(world.fs, file), want);
	fput(file);
}

START_TEST(paths)
{
	host_mkdir("d");
	host_mkdir("d/e");
	host_write("d/e/f", "text");
	host_symlink("d/e", "relative");
	host_symlink("/d/e/f", "absolute");
	host_symlink("../../../../../../etc/passwd", "out");
	host_symlink("loop", "loop");
	host_symlink("nothing", "dangling");
	host_symlink("../../d/e/f", "d/e/up");
	opens_as("init", "/init");
	opens_as("/init", "/init");
	opens_as("//d//./e/../e/f", "/d/e/f");
	opens_as("relative/f", "/d/e/f");
	opens_as("absolute", "/d/e/f");
	opens_as("d/e/up", "/d/e/f");
	opens_as("../../init", "/init");
	refused("", ENOENT);
	refused("nothing", ENOENT);
	refused("nothing/at/all", ENOENT);
	refused("dangling", ENOENT);
	refused("out", ENOENT);
	refused("loop", ELOOP);
	refused("init/x", ENOTDIR);
	refused("init/", ENOTDIR);
	refused("init/.", ENOTDIR);
	refused("init/..", ENOTDIR);
	refused("d", ENODEV);
	refused("d/", ENODEV);
	refused(".", ENODEV);
	refused("/", ENODEV);
	refused("relative", ENODEV);
}
END_TEST

START_TEST(other_kinds)
{
	g_autofree char *path = host("fifo"), *names = g_strnfill(300, 'n'),
			*long_path = g_strnfill(5000, '/');

	ck_assert_int_eq(mkfifo(path, 0644), 0);
	refused("fifo", EACCES);
	refused(names, ENAMETOOLONG);
	refused(long_path, ENAMETOOLONG);
}
END_TEST

static unsigned mode_of(const char *name, int bits, uid_t uid)
{
	struct file *file;
	unsigned mode;

	make_file(name, "x", 1, bits);
	if (open_as(name, 0, uid, &file))
		return 0;
	mode = file->f_mode;
	fput(file);
	return mode;
}

/* A process has no capabilities, not even root's. */
START_TEST(permissions)
{
	struct file *file;
	uid_t me = getuid();

	ck_assert_int_eq(chmod(disk_private_dir(world.fs->disk), 0755), 0);
	ck_assert_uint_eq(mode_of("a", 0644, me), FMODE_READ | FMODE_WRITE);
	ck_assert_uint_eq(mode_of("b", 0444, me), FMODE_READ);
	ck_assert_uint_eq(mode_of("c", 0000, me), 0);
	ck_assert_uint_eq(mode_of("d", 0644, me + 1), FMODE_READ);
	ck_assert_uint_eq(mode_of("e", 0646, me + 1), FMODE_READ | FMODE_WRITE);
	ck_assert_uint_eq(mode_of("f", 0077, me), 0);
	ck_assert_int_eq(open_as("b", FMODE_WRITE, me, &file), -EACCES);
	ck_assert_int_eq(open_as("b", FMODE_READ | FMODE_WRITE, me, &file), -EACCES);
	host_mkdir("closed");
	host_write("closed/f", "x");
	g_free(say(1, "help"));
	{
		g_autofree char *path = host("closed");

		ck_assert_int_eq(chmod(path, 0600), 0);
		ck_assert_int_eq(open_as("closed/f", FMODE_READ, me, &file), -EACCES);
		ck_assert_int_eq(chmod(path, 0700), 0);
		ck_assert_int_eq(open_as("closed/f", FMODE_READ, me, &file), 0);
		fput(file);
	}
}
END_TEST

/* ---- names follow ---- */

static struct files_entry entry(const char *name)
{
	struct files_entry e;

	ck_assert_int_eq(files_lookup(world.fs, &world.caller, ROOT, name, &e), 0);
	return e;
}

START_TEST(names_follow)
{
	struct file *file;

	host_mkdir("d");
	host_write("f", "text");
	file = opened("f");
	ck_assert_int_eq(files_rename(world.fs, &world.caller, ROOT, "f", ROOT, "g", 0), 0);
	ck_assert_str_eq(file_path(world.fs, file), "/g");
	ck_assert_int_eq(files_rename(world.fs, &world.caller, ROOT, "g", entry("d").ino, "h", 0),
			 0);
	ck_assert_str_eq(file_path(world.fs, file), "/d/h");
	ck_assert_int_eq(files_rename(world.fs, &world.caller, ROOT, "d", ROOT, "D", 0), 0);
	ck_assert_str_eq(file_path(world.fs, file), "/D/h");
	ck_assert_int_eq(files_remove(world.fs, &world.caller, entry("D").ino, "h", false), 0);
	ck_assert_str_eq(file_path(world.fs, file), "/D/h (deleted)");
	fput(file);
}
END_TEST

START_TEST(names_replaced_and_exchanged)
{
	struct file *a, *b;

	host_write("a", "a");
	host_write("b", "b");
	a = opened("a");
	b = opened("b");
	ck_assert_int_eq(
		files_rename(world.fs, &world.caller, ROOT, "a", ROOT, "b", RENAME_NOREPLACE),
		-EEXIST);
	ck_assert_int_eq(
		files_rename(world.fs, &world.caller, ROOT, "a", ROOT, "b", RENAME_EXCHANGE), 0);
	ck_assert_str_eq(file_path(world.fs, a), "/b");
	ck_assert_str_eq(file_path(world.fs, b), "/a");
	ck_assert_int_eq(files_rename(world.fs, &world.caller, ROOT, "b", ROOT, "a", 0), 0);
	ck_assert_str_eq(file_path(world.fs, a), "/a");
	ck_assert_str_eq(file_path(world.fs, b), "/a (deleted)");
	fput(a);
	fput(b);
}
END_TEST

/* Somebody else removed it from the host's folder. */
START_TEST(names_that_vanish)
{
	g_autofree char *path = host("f");
	struct files_entry e;
	struct file *file;

	host_write("f", "text");
	file = opened("f");
	unlink(path);
	ck_assert_int_eq(files_lookup(world.fs, &world.caller, ROOT, "f", &e), -ENOENT);
	ck_assert_str_eq(file_path(world.fs, file), "/f (deleted)");
	host_write("f", "another");
	opens_as("f", "/f");
	ck_assert_str_eq(file_path(world.fs, file), "/f (deleted)");
	fput(file);
}
END_TEST

/* ---- bytes ---- */

static void bytes_are(struct file *file, const char *want)
{
	char buf[64] = "";

	ck_assert_int_eq(generic_file_read(file_inode(file), 0, buf, sizeof(buf) - 1),
			 (s64)strlen(want));
	ck_assert_str_eq(buf, want);
}

START_TEST(hard_links_share_their_pages)
{
	struct files_entry e;
	struct file *a, *b;

	host_write("a", "text");
	ck_assert_int_eq(files_link(world.fs, &world.caller, entry("a").ino, ROOT, "b", &e), 0);
	ck_assert_uint_eq(e.attr.st_nlink, 2);
	ck_assert_uint_eq(e.attr.st_ino, entry("a").attr.st_ino);
	a = opened("a");
	b = opened("b");
	ck_assert_ptr_eq(file_inode(a), file_inode(b));
	ck_assert_str_eq(file_path(world.fs, b), "/b");
	ck_assert_int_eq(files_remove(world.fs, &world.caller, ROOT, "a", false), 0);
	ck_assert_str_eq(file_path(world.fs, a), "/a (deleted)");
	bytes_are(a, "text");
	fput(a);
	fput(b);
}
END_TEST

START_TEST(an_unlinked_file_keeps_its_bytes)
{
	guint inodes = g_hash_table_size(world.fs->disk->numbers);
	struct file *file;

	host_write("f", "text");
	file = opened("f");
	ck_assert_int_eq(files_remove(world.fs, &world.caller, ROOT, "f", false), 0);
	bytes_are(file, "text");
	fput(file);
	ck_assert_uint_eq(g_hash_table_size(world.fs->disk->numbers), inodes);
}
END_TEST

/* There is another name, but nobody has looked it up. */
START_TEST(a_name_that_nobody_knows)
{
	g_autofree char *a = host("a"), *b = host("b");
	struct file *file;

	host_write("a", "text");
	ck_assert_int_eq(link(a, b), 0);
	file = opened("a");
	ck_assert_int_eq(files_remove(world.fs, &world.caller, ROOT, "a", false), 0);
	bytes_are(file, "text");
	fput(file);
	opens_as("b", "/b");
}
END_TEST

START_TEST(changed_behind_us)
{
	g_autofree char *path = host("f");
	struct file *file;
	FILE *out;

	host_write("f", "before");
	file = opened("f");
	bytes_are(file, "before");
	usleep(20000); /* the host's clock ticks */
	out = fopen(path, "w");
	fputs("and after", out);
	fclose(out);
	entry("f");
	bytes_are(file, "and after");
	fput(file);
}
END_TEST

/* Our own writes are no reason to drop what is cached. */
START_TEST(not_changed_behind_us)
{
	struct files_handle *open;
	struct files_entry e = entry("init");
	struct files_entry made;

	ck_assert_int_eq(
		files_create(world.fs, &world.caller, ROOT, "f", 0644, O_RDWR, &made, &open), 0);
	ck_assert_int_eq(files_write(world.fs, &world.caller, open, "12345", 5, 0, false), 5);
	ck_assert_int_eq(files_write(world.fs, &world.caller, open, "678", 3, 0, true), 3);
	e = entry("f");
	ck_assert_int_eq(e.attr.st_size, 8);
	ck_assert_uint_eq(
		disk_node_find(world.fs->disk, e.ino & ~(3ull << 62))->di->inode->i_data.nrpages,
		1);
	files_release(world.fs, open);
}
END_TEST

START_TEST(truncated)
{
	struct files_change change = { .mode = -1,
				       .uid = -1,
				       .gid = -1,
				       .size = 3,
				       .atime.tv_nsec = UTIME_OMIT,
				       .mtime.tv_nsec = UTIME_OMIT };
	struct file *file;
	struct stat st;

	host_write("f", "12345");
	file = opened("f");
	bytes_are(file, "12345");
	ck_assert_int_eq(files_setattr(world.fs, &world.caller, entry("f").ino, NULL, &change, &st),
			 0);
	ck_assert_int_eq(st.st_size, 3);
	bytes_are(file, "123");
	change.size = 1ll << 50;
	ck_assert_int_eq(files_setattr(world.fs, &world.caller, entry("f").ino, NULL, &change, &st),
			 -EFBIG);
	fput(file);
}
END_TEST

/* ---- what the kernel knows ---- */

START_TEST(forgetting)
{
	struct disk *disk = world.fs->disk;
	guint before = g_hash_table_size(disk->nodes);
	struct files_entry e;
	struct stat st;

	host_write("f", "x");
	e = entry("f");
	entry("f");
	ck_assert_uint_eq(g_hash_table_size(disk->nodes), before + 1);
	files_forget(world.fs, e.ino, 1);
	ck_assert_int_eq(files_getattr(world.fs, e.ino, &st), 0);
	files_forget(world.fs, e.ino, 1);
	ck_assert_uint_eq(g_hash_table_size(disk->nodes), before);
	ck_assert_int_eq(files_getattr(world.fs, e.ino, &st), -ESTALE);
	files_forget(world.fs, ROOT, 100);
	ck_assert_int_eq(files_getattr(world.fs, ROOT, &st), 0);
}
END_TEST

/* Many files: no more host fds than the disk keeps. */
START_TEST(few_fds)
{
	for (int i = 0; i < 400; i++) {
		g_autofree char *name = g_strdup_printf("f%d", i);
		struct file *file;

		host_write(name, "text");
		file = opened(name);
		bytes_are(file, "text");
		fput(file);
	}
	ck_assert_uint_eq(g_queue_get_length(&world.fs->disk->fds), 256);
}
END_TEST

/* The number that users see comes from the path, not from the host. */
START_TEST(numbers)
{
	g_autofree char *path = host("f");
	u64 number;

	host_write("f", "1");
	number = entry("f").attr.st_ino;
	ck_assert_uint_ge(number, 1u << 31);
	ck_assert_uint_lt(number, 1ull << 32);
	ck_assert_uint_ne(number, entry("init").attr.st_ino);
	ck_assert_uint_eq(number, disk_number_guess(world.fs->disk, world.fs->disk->root, "f"));
	unlink(path);
	files_forget(world.fs, entry("init").ino, 1);
	host_write("f", "2");
	entry("f");
}
END_TEST

struct names {
	GString *text;
	unsigned room;
	u64 next;
};

static bool take(void *data, const char *name, u64 ino, mode_t mode, u64 next)
{
	struct names *n = data;

	if (!n->room)
		return false;
	n->room--;
	n->next = next;
	g_string_append_printf(n->text, "%s ", name);
	return true;
}

START_TEST(listing)
{
	struct names n = { .text = g_string_new(NULL), .room = 3 };
	struct files_dir *dir;

	host_mkdir("d");
	host_write("d/f", "x");
	ck_assert_int_eq(files_opendir(world.fs, &world.caller, entry("d").ino, &dir), 0);
	ck_assert_int_eq(files_list(world.fs, dir, 0, take, &n), 0);
	ck_assert_str_eq(n.text->str, ". .. f ");
	n.room = 1;
	ck_assert_int_eq(files_list(world.fs, dir, n.next, take, &n), 0);
	ck_assert_uint_eq(n.room, 1);
	g_string_truncate(n.text, 0);
	n.room = 3;
	ck_assert_int_eq(files_list(world.fs, dir, 2, take, &n), 0);
	ck_assert_str_eq(n.text->str, "f ");
	files_releasedir(world.fs, dir);
	g_string_free(n.text, TRUE);
}
END_TEST

int main(void)
{
	TCase *tcase = world_tcase();

	tcase_add_test(tcase, paths);
	tcase_add_test(tcase, other_kinds);
	tcase_add_test(tcase, permissions);
	tcase_add_test(tcase, names_follow);
	tcase_add_test(tcase, names_replaced_and_exchanged);
	tcase_add_test(tcase, names_that_vanish);
	tcase_add_test(tcase, hard_links_share_their_pages);
	tcase_add_test(tcase, an_unlinked_file_keeps_its_bytes);
	tcase_add_test(tcase, a_name_that_nobody_knows);
	tcase_add_test(tcase, changed_behind_us);
	tcase_add_test(tcase, not_changed_behind_us);
	tcase_add_test(tcase, truncated);
	tcase_add_test(tcase, forgetting);
	tcase_add_test(tcase, few_fds);
	tcase_add_test(tcase, numbers);
	tcase_add_test(tcase, listing);
	return run_suite("disk", tcase);
}

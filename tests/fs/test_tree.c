// SPDX-License-Identifier: GPL-2.0-or-later
/* The tree: look-up, attributes, listing, what becomes of nodes whose process ends. */
#include <unistd.h>

#include "fs_world.h"

#include "fs/node.h"
#include "mm/filemap.h"

/* The node at @path below the root, "" for the root itself.  0 or -errno. */
static int walk(const char *path, struct node *ret)
{
	g_auto(GStrv) names = g_strsplit(path, "/", -1);
	int error = node_get(world.fs, INO_ROOT, ret);

	for (char **name = names; *name && !error; name++) {
		struct node dir = *ret;

		if (**name)
			error = node_lookup(world.fs, &dir, *name, ret);
	}
	return error;
}

static struct node node(const char *path)
{
	struct node n;

	ck_assert_msg(walk(path, &n) == 0, "%s is missing", path);
	return n;
}

static void missing(const char *path, int error)
{
	struct node n;

	ck_assert_msg(walk(path, &n) == -error, "%s", path);
}

static struct stat attributes(const char *path)
{
	struct node n = node(path);
	struct stat st;

	node_stat(world.fs, &n, &st);
	return st;
}

/* Each row is found by its name and by its number, and the numbers differ. */
static void rows_are_found(const char *folder, const struct node_row *rows)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_int64_hash, g_int64_equal);
	struct node found[64], again;

	for (size_t i = 0; rows[i].name; i++) {
		g_autofree char *path = g_build_filename(folder, rows[i].name, NULL);

		found[i] = node(path);
		ck_assert_ptr_eq(found[i].row, &rows[i]);
		ck_assert(g_hash_table_add(seen, &found[i].ino));
		if (rows[i].kind == NODE_FILES)
			continue;
		ck_assert_int_eq(node_get(world.fs, found[i].ino, &again), 0);
		ck_assert_ptr_eq(again.row, &rows[i]);
		ck_assert_ptr_eq(again.task, found[i].task);
		ck_assert_ptr_eq(node_row_of(found[i].ino), &rows[i]);
	}
}

START_TEST(rows)
{
	rows_are_found("", root_rows);
	rows_are_found("1", pid_rows);
	rows_are_found("1/regions", node("1/regions").row->children);
}
END_TEST

START_TEST(names_that_are_not_there)
{
	static const char *const names[] = {
		"2",
		"0",
		"01",
		"-1",
		"1x",
		"x",
		"4194304",
		"4294967297",
		"18446744073709551617",
		"1/nothing",
		"1/1",
		"1/physmem",
		"maps",
		"1/regions/1",
		"1/regions/40000000-40001000",
		"1/regions/08048000-0804A000",
		"1/regions/8048000-0804a000",
		"1/regions/08048000-08049000 ",
		"1/regions/08048000x08049000",
		"1/regions/00000000-c0000000",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		missing(names[i], ENOENT);
	missing("1/maps/x", ENOTDIR);
	missing("self/maps", ENOTDIR);
}
END_TEST

START_TEST(kinds_and_sizes)
{
	ck_assert(S_ISDIR(attributes("").st_mode));
	ck_assert(S_ISDIR(attributes("1").st_mode));
	ck_assert(S_ISDIR(attributes("1/regions").st_mode));
	ck_assert(S_ISLNK(attributes("self").st_mode));
	ck_assert(S_ISLNK(attributes("1/regions/heap").st_mode));
	ck_assert_int_eq(attributes("1/maps").st_size, 0);
	ck_assert_int_eq(attributes("1/mem").st_size, TASK_SIZE);
	ck_assert_int_eq(attributes("1/pgd").st_size, (test_pae() ? 4 : 1) * PAGE_SIZE);
	ck_assert_int_eq(attributes("kmem").st_size, 1ll << 32);
	ck_assert_int_eq(attributes("physmem").st_size, 64 << 20);
	ck_assert_uint_eq(attributes("1/mem").st_blksize, PAGE_SIZE);
	ck_assert_uint_eq(attributes("").st_nlink, 2 + 3 + 1);
	ck_assert_uint_eq(attributes("1").st_nlink, 2 + 4);
}
END_TEST

START_TEST(owners)
{
	find_task_by_pid(world.fs->m, 1)->uid = 1234;
	find_task_by_pid(world.fs->m, 1)->gid = 99;
	ck_assert_uint_eq(attributes("1").st_uid, 1234);
	ck_assert_uint_eq(attributes("1/maps").st_gid, 99);
	ck_assert_uint_eq(attributes("1/regions/stack").st_uid, 1234);
	ck_assert_uint_eq(attributes("ctl").st_uid, getuid());
}
END_TEST

START_TEST(a_stale_node)
{
	struct node child, n;

	says(1, "fork", "2");
	child = node("2/maps");
	says(2, "exit", "ok");
	ck_assert_int_eq(node_get(world.fs, child.ino, &n), -ESTALE);
	missing("2", ENOENT);
	ck_assert_int_eq(node_get(world.fs, 2, &n), 0);
	ck_assert_int_eq(node_get(world.fs, 0, &n), -ESTALE);
	ck_assert_int_eq(node_get(world.fs, 200, &n), -ESTALE);
	ck_assert_int_eq(node_get(world.fs, ~0ull, &n), -ESTALE);
}
END_TEST

/* The same pid again is not the same process. */
START_TEST(an_incarnation)
{
	struct node n, maps = node("1/maps");

	find_task_by_pid(world.fs->m, 1)->generation++;
	ck_assert_int_eq(node_get(world.fs, maps.ino, &n), -ESTALE);
	ck_assert_uint_ne(node("1/maps").ino, maps.ino);
}
END_TEST

/* ---- listing ---- */

struct listed {
	GString *names; /* each followed by a blank */
	u64 next;
	unsigned room; /* entries that still fit */
};

static bool take(void *data, const char *name, u64 ino, mode_t mode, u64 next)
{
	struct listed *l = data;

	if (!l->room)
		return false;
	l->room--;
	g_string_append_printf(l->names, "%s ", name);
	ck_assert_uint_gt(next, l->next);
	l->next = next;
	return true;
}

/* All names, in pieces of @room entries. */
static char *list(const char *path, unsigned room)
{
	struct node dir = node(path);
	struct listed l = { .names = g_string_new(NULL) };

	do {
		l.room = room;
		ck_assert_int_eq(node_list(world.fs, &dir, l.next, take, &l), 0);
	} while (l.room < room);
	return g_string_free(l.names, FALSE);
}

static void lists(const char *path, const char *want)
{
	g_autofree char *whole = list(path, 10000);

	ck_assert_str_eq(whole, want);
	for (unsigned room = 1; room < 5; room++) {
		g_autofree char *pieces = list(path, room);

		ck_assert_str_eq(pieces, want);
	}
}

START_TEST(listing)
{
	g_autofree char *root = list("", 100), *pid = list("1", 100);

	ck_assert(g_str_has_prefix(root, ". .. README ctl files self "));
	ck_assert(g_str_has_suffix(root, " 1 "));
	ck_assert(g_str_has_prefix(pid, ". .. README ctl maps "));
	lists("", root);
	lists("1", pid);
	lists("1/regions", ". .. heap stack 08048000-08049000 08049000-0804a000 "
			   "0804a000-0804d000 0804d000-0804e000 bffdf000-c0000000 ");
	says(1, "munmap 0 0xc0000000", "ok");
	lists("1/regions", ". .. ");
	missing("1/regions/heap", ENOENT);
	missing("1/regions/stack", ENOENT);
}
END_TEST

START_TEST(listing_of_processes_goes_on)
{
	struct node root = node("");
	struct listed l = { .names = g_string_new(NULL), .room = 100 };

	for (int i = 2; i <= 5; i++)
		g_free(say(0, "spawn"));
	ck_assert_int_eq(node_list(world.fs, &root, 0, take, &l), 0);
	g_string_truncate(l.names, 0);
	l.next = (1ull << 32) + 3;
	ck_assert_int_eq(node_list(world.fs, &root, l.next, take, &l), 0);
	ck_assert_str_eq(l.names->str, "3 4 5 ");
	g_string_truncate(l.names, 0);
	says(3, "exit", "ok");
	l.next = (1ull << 32) + 3;
	ck_assert_int_eq(node_list(world.fs, &root, l.next, take, &l), 0);
	ck_assert_str_eq(l.names->str, "4 5 ");
	g_string_free(l.names, TRUE);
}
END_TEST

START_TEST(parents)
{
	struct node n;

	n = node("1");
	ck_assert_uint_eq(node_parent(&n), INO_ROOT);
	n = node("1/regions");
	ck_assert_uint_eq(node_parent(&n), node("1").ino);
	n = node("1/regions/heap");
	ck_assert_uint_eq(node_parent(&n), node("1/regions").ino);
	n = node("");
	ck_assert_uint_eq(node_parent(&n), INO_ROOT);
}
END_TEST

/* ---- bytes ---- */

#define HOLE 0x40000000u

static ssize_t read_at(const char *path, void *buf, size_t len, u64 off)
{
	struct node n = node(path);

	return n.row->bytes->read(world.fs, &n, buf, len, off);
}

static ssize_t write_at(const char *path, const void *buf, size_t len, u64 off)
{
	struct node n = node(path);

	return n.row->bytes->write(world.fs, &n, buf, len, off);
}

static s64 seek_at(const char *path, u64 off, int whence)
{
	struct node n = node(path);

	return n.row->bytes->seek(world.fs, &n, off, whence);
}

START_TEST(bytes_of_mem)
{
	char buf[2 * PAGE_SIZE] = "";

	says(1, "mmap 0x40000000 4K rw- private,anonymous,fixed", "0x40000000");
	ck_assert_int_eq(write_at("1/mem", "hello", 5, HOLE), 5);
	ck_assert_int_eq(read_at("1/mem", buf, 5, HOLE), 5);
	ck_assert_str_eq(buf, "hello");
	ck_assert_int_eq(read_at("1/mem", buf, sizeof(buf), HOLE + 4000), 96);
	ck_assert_int_eq(read_at("1/mem", buf, 1, HOLE + PAGE_SIZE), -EFAULT);
	ck_assert_int_eq(read_at("1/mem", buf, sizeof(buf), TASK_SIZE - 10), 10);
	ck_assert_int_eq(read_at("1/mem", buf, 1, TASK_SIZE), 0);
	ck_assert_int_eq(read_at("1/mem", buf, 1, 1ull << 62), 0);
	ck_assert_int_eq(write_at("1/mem", "x", 1, TASK_SIZE), -EFAULT);
	ck_assert_int_eq(write_at("1/mem", "x", 1, 0x08048000), -EACCES);
}
END_TEST

START_TEST(bytes_of_a_region)
{
	char buf[2 * PAGE_SIZE] = "";
	const char *name = "1/regions/40000000-40001000";
	struct node window;

	says(1, "mmap 0x40000000 4K rw- private,anonymous,fixed", "0x40000000");
	window = node(name);
	ck_assert_int_eq(attributes(name).st_size, PAGE_SIZE);
	ck_assert_int_eq(attributes(name).st_blocks, 0);
	ck_assert_int_eq(write_at(name, "hello", 5, 10), 5);
	ck_assert_int_eq(attributes(name).st_blocks, 8);
	ck_assert_int_eq(read_at("1/mem", buf, 5, HOLE + 10), 5);
	ck_assert_str_eq(buf, "hello");
	says(1, "mmap 0x40001000 4K rw- shared,anonymous,fixed", "0x40001000");
	ck_assert_int_eq(read_at(name, buf, sizeof(buf), 0), PAGE_SIZE);
	ck_assert_int_eq(read_at(name, buf, 1, PAGE_SIZE), 0);
	ck_assert_int_eq(write_at(name, "x", 1, PAGE_SIZE), -EFAULT);
	ck_assert_int_eq(write_at(name, buf, 100, PAGE_SIZE - 10), 10);

	/* Its window stays when the region is gone. */
	says(1, "munmap 0x40000000 4K", "ok");
	missing(name, ENOENT);
	ck_assert_int_eq(window.row->bytes->read(world.fs, &window, buf, 1, 0), -EFAULT);
	says(1, "mmap 0x40000000 16K rw- private,anonymous,fixed", "0x40000000");
	ck_assert_int_eq(window.row->bytes->read(world.fs, &window, buf, sizeof(buf), 0),
			 PAGE_SIZE);
}
END_TEST

START_TEST(seeking_in_mem)
{
	says(1, "munmap 0 0xc0000000", "ok");
	ck_assert_int_eq(seek_at("1/mem", 0, SEEK_DATA), -ENXIO);
	ck_assert_int_eq(seek_at("1/mem", 0, SEEK_HOLE), 0);
	says(1, "mmap 0x40000000 4K rw- private,anonymous,fixed", "0x40000000");
	says(1, "mmap 0x40001000 4K -w- private,anonymous,fixed", "0x40001000");
	says(1, "mmap 0x40002000 4K --- private,anonymous,fixed", "0x40002000");
	says(1, "mmap 0x40004000 4K rw- private,anonymous,fixed", "0x40004000");
	ck_assert_int_eq(seek_at("1/mem", 0, SEEK_DATA), HOLE);
	ck_assert_int_eq(seek_at("1/mem", HOLE + 5, SEEK_DATA), HOLE + 5);
	ck_assert_int_eq(seek_at("1/mem", HOLE + 5, SEEK_HOLE), HOLE + 2 * PAGE_SIZE);
	ck_assert_int_eq(seek_at("1/mem", HOLE + 2 * PAGE_SIZE, SEEK_DATA), HOLE + 4 * PAGE_SIZE);
	ck_assert_int_eq(seek_at("1/mem", HOLE + 3 * PAGE_SIZE, SEEK_HOLE), HOLE + 3 * PAGE_SIZE);
	ck_assert_int_eq(seek_at("1/mem", HOLE + 5 * PAGE_SIZE, SEEK_DATA), -ENXIO);
	ck_assert_int_eq(seek_at("1/mem", TASK_SIZE, SEEK_HOLE), -ENXIO);
	says(1, "mmap 0xbffff000 4K rw- private,anonymous,fixed", "0xbffff000");
	ck_assert_int_eq(seek_at("1/mem", TASK_SIZE - 1, SEEK_HOLE), TASK_SIZE);
}
END_TEST

START_TEST(seeking_behind_a_file)
{
	const char *name = "1/regions/40000000-40004000";

	make_file("short", "12345", 5, 0644);
	says(1, "mmap 0x40000000 16K r-- private,fixed short", "0x40000000");
	ck_assert_int_eq(seek_at(name, 0, SEEK_HOLE), PAGE_SIZE);
	ck_assert_int_eq(seek_at(name, PAGE_SIZE, SEEK_DATA), -ENXIO);
	ck_assert_int_eq(seek_at(name, 4 * PAGE_SIZE, SEEK_HOLE), -ENXIO);
}
END_TEST

START_TEST(physmem_writes)
{
	char old[PAGE_SIZE], now[PAGE_SIZE];
	struct kernel_data *k = world.fs->m->k;
	u32 pa;

	pa = number(0, "kmalloc 64") - PAGE_OFFSET;
	ck_assert_int_eq(write_at("physmem", "12345", 5, pa), 5);
	ck_assert_int_eq(read_at("kmem", now, 5, PAGE_OFFSET + pa), 5);
	ck_assert_mem_eq(now, "12345", 5);
	ck_assert_int_eq(write_at("kmem", old, sizeof(old), PAGE_OFFSET + pa + 30), 34);

	/* Page tables, descriptors, the zero page, reserved frames. */
	pa = KGET(find_task_by_pid(world.fs->m, 1)->mm)->pgd - PAGE_OFFSET;
	ck_assert_int_eq(write_at("physmem", "x", 1, pa), -EPERM);
	ck_assert_int_eq(write_at("physmem", "x", 1, k->mem_map - PAGE_OFFSET), -EPERM);
	ck_assert_int_eq(write_at("physmem", "x", 1, (u64)k->empty_zero_page << PAGE_SHIFT),
			 -EPERM);
	ck_assert_int_eq(write_at("physmem", "x", 1, 0), -EPERM);
	ck_assert_int_eq(write_at("physmem", "x", 1, 64 << 20), -EFAULT);
	ck_assert_int_eq(write_at("kmem", "x", 1, 0), -EFAULT);
	ck_assert_int_eq(read_at("kmem", now, 1, PAGE_OFFSET - 1), -EFAULT);
	ck_assert_int_eq(read_at("kmem", now, 1, 1ull << 32), 0);
	ck_assert_int_eq(read_at("physmem", now, sizeof(now), (64 << 20) - 7), 7);
}
END_TEST

/* A write to the page cache is a write to the file. */
START_TEST(physmem_writes_files)
{
	g_autofree char *path = NULL, *bytes = NULL;
	struct mm_struct *mm = KGET(find_task_by_pid(world.fs->m, 1)->mm);
	const struct vm_area_struct *vma;
	const struct page *page;
	gsize len;

	make_file("f", "12345", 5, 0644);
	says(1, "mmap 0x40000000 4K r-- private,fixed f", "0x40000000");
	says(1, "load 0x40000000 1", "0x31");
	vma = find_vma(mm, HOLE);
	page = find_page(&file_inode(KGET(vma->vm_file))->i_data, 0);
	ck_assert_int_eq(write_at("physmem", "x", 1, (u64)page_to_pfn(page) << PAGE_SHIFT), 1);
	says(1, "load 0x40000000 1", "0x78");
	says(0, "sync", "ok");
	path = g_build_filename(disk_private_dir(world.fs->disk), "f", NULL);
	ck_assert(g_file_get_contents(path, &bytes, &len, NULL));
	ck_assert_uint_eq(len, 5);
	ck_assert_str_eq(bytes, "x2345");
}
END_TEST

int main(void)
{
	TCase *tcase = world_tcase();

	tcase_add_test(tcase, rows);
	tcase_add_test(tcase, names_that_are_not_there);
	tcase_add_test(tcase, kinds_and_sizes);
	tcase_add_test(tcase, owners);
	tcase_add_test(tcase, a_stale_node);
	tcase_add_test(tcase, an_incarnation);
	tcase_add_test(tcase, listing);
	tcase_add_test(tcase, listing_of_processes_goes_on);
	tcase_add_test(tcase, parents);
	tcase_add_test(tcase, bytes_of_mem);
	tcase_add_test(tcase, bytes_of_a_region);
	tcase_add_test(tcase, seeking_in_mem);
	tcase_add_test(tcase, seeking_behind_a_file);
	tcase_add_test(tcase, physmem_writes);
	tcase_add_test(tcase, physmem_writes_files);
	return run_suite("tree", tcase);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* sys/, fd, map_files, task: names that come and go; links; what is written to sys/. */
#include "fs_world.h"

#include "fs/node.h"
#include "mm/zone.h"

static int walk(const char *path, struct node *ret)
{
	g_auto(GStrv) names = g_strsplit(path, "/", -1);
	int error = node_get(world.fs, INO_ROOT, ret);

	for (char **name = names; *name && !error; name++) {
		struct node dir = *ret;

		error = node_lookup(world.fs, &dir, *name, ret);
	}
	return error;
}

/* The text or target at @path; g_free. */
static char *content(const char *path)
{
	GString *out = g_string_new(NULL);
	struct node node, again;

	ck_assert_msg(walk(path, &node) == 0, "%s is missing", path);
	ck_assert_int_eq(node_get(world.fs, node.ino, &again), 0);
	ck_assert_ptr_eq(again.row, node.row);
	ck_assert_int_eq(node_show(world.fs, &again, out), 0);
	return g_string_free(out, FALSE);
}

static void is(const char *path, const char *want)
{
	g_autofree char *got = content(path);

	ck_assert_msg(strcmp(got, want) == 0, "%s: got '%s', wanted '%s'", path, got, want);
}

static int put(const char *path, const char *value)
{
	struct node node;

	ck_assert_int_eq(walk(path, &node), 0);
	return node.row->store(world.fs, &node, value, strlen(value));
}

static bool add_name(void *data, const char *name, u64 ino, mode_t mode, u64 next)
{
	g_string_append_printf(data, "%s ", name);
	return true;
}

static void lists(const char *path, const char *want)
{
	GString *names = g_string_new(NULL);
	struct node node;

	ck_assert_int_eq(walk(path, &node), 0);
	ck_assert_int_eq(node_list(world.fs, &node, 0, add_name, names), 0);
	ck_assert_str_eq(names->str, want);
	g_string_free(names, TRUE);
}

START_TEST(tunables)
{
	static const char *const bad[] = { "", "x", "1 2", "301x", "-1", "300", "4194305", "1e3" };

	is("sys/kernel/pid_max", "4194304\n");
	ck_assert_int_eq(put("sys/kernel/pid_max", "1000\n"), 0);
	is("sys/kernel/pid_max", "1000\n");
	ck_assert_int_eq(put("sys/kernel/pid_max", "0x400"), 0);
	is("sys/kernel/pid_max", "1024\n");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_int_eq(put("sys/kernel/pid_max", bad[i]), -EINVAL);
	is("sys/kernel/pid_max", "1024\n");
}
END_TEST

START_TEST(values_hold_at_once)
{
	const struct zone *normal = &world.fs->m->k->zone[ZONE_NORMAL];
	u32 before = normal->pages_min;

	ck_assert_int_eq(put("sys/vm/min_free_kbytes", "8192"), 0);
	is("sys/vm/min_free_kbytes", "8192\n");
	ck_assert_uint_gt(normal->pages_min, before);
	ck_assert_int_eq(put("sys/vm/max_map_count", "5"), 0);
	says(1, "mmap 0x50000000 4K r-- shared,anonymous", "0x50000000");
	fails(1, "mmap 0x60000000 4K r-- shared,anonymous", ENOMEM);
}
END_TEST

START_TEST(dropping_caches)
{
	const s32 *cached = &world.fs->m->k->vm_stat[NR_FILE_PAGES];
	s32 before;

	make_file("f", "0123456789", 10, 0644);
	ck_assert_int_eq(put("sys/vm/drop_caches", "1"), 0);
	before = *cached;
	says(1, "mmap 0 4K r-- private f", "0x40000000");
	says(1, "touch 0x40000000 4K r", "1");
	ck_assert_int_gt(*cached, before);
	ck_assert_int_eq(put("sys/vm/drop_caches", "3"), 0);
	ck_assert_int_gt(*cached, before);
	says(1, "munmap 0x40000000 4K", "ok");
	ck_assert_int_eq(put("sys/vm/drop_caches", "2"), 0);
	ck_assert_int_gt(*cached, before);
	ck_assert_int_eq(put("sys/vm/drop_caches", "1"), 0);
	ck_assert_int_le(*cached, before);
	ck_assert_int_eq(put("sys/vm/drop_caches", "0"), -EINVAL);
}
END_TEST

START_TEST(links)
{
	struct node node;

	is("1/exe", "../files/init");
	is("1/cwd", "../files");
	lists("1/fd", ". .. ");
	make_file("f", "0123456789", 10, 0644);
	says(1, "open f", "3");
	lists("1/fd", ". .. 3 ");
	is("1/fd/3", "../../files/f");
	ck_assert_int_eq(walk("1/fd/03", &node), -ENOENT);
	ck_assert_int_eq(walk("1/fd/4", &node), -ENOENT);
	says(1, "mmap 0 4K r-- private f", "0x40000000");
	says(1, "mmap 0 4K rw- shared,anonymous", "0x40001000");
	is("1/map_files/40000000-40001000", "../../files/f");
	is("1/map_files/40001000-40002000", "/dev/zero (deleted)");
	ck_assert_int_eq(walk("1/map_files/40000000-40002000", &node), -ENOENT);
	ck_assert_int_eq(walk("1/map_files/40000001-40001000", &node), -ENOENT);
	ck_assert_int_eq(walk("1/map_files/bffdf000-c0000000", &node), -ENOENT);
	ck_assert_int_eq(walk("1/fd/3", &node), 0);
	says(1, "close 3", "ok");
	lists("1/fd", ". .. ");
	ck_assert_int_eq(node_get(world.fs, node.ino, &node), -ESTALE);
}
END_TEST

START_TEST(a_task)
{
	struct node own, again;

	lists("1/task", ". .. 1 ");
	is("1/task/1/comm", "init\n");
	ck_assert_int_eq(walk("1/task/2", &own), -ENOENT);
	ck_assert_int_eq(walk("1/task/1/regions", &own), -ENOENT);
	ck_assert_int_eq(walk("1/task/1/maps", &own), 0);
	ck_assert_int_eq(walk("1/maps", &again), 0);
	ck_assert_uint_ne(own.ino, again.ino);
	ck_assert_ptr_eq(own.row, again.row);
	ck_assert_int_eq(walk("1/task/1", &own), 0);
	ck_assert_int_eq(walk("1/task", &again), 0);
	ck_assert_uint_eq(node_parent(&own), again.ino);
	ck_assert_int_eq(walk("sys/vm", &own), 0);
	ck_assert_int_eq(walk("sys", &again), 0);
	ck_assert_uint_eq(node_parent(&own), again.ino);
	ck_assert_uint_eq(node_parent(&again), INO_ROOT);
}
END_TEST

START_TEST(names_and_scores)
{
	ck_assert_int_eq(put("1/comm", "a name longer than fifteen\n"), 0);
	is("1/comm", "a name longer t\n");
	is("1/oom_score", "0\n");
	says(1, "fork", "2");
	is("2/oom_score", "666\n");
	ck_assert_int_eq(put("2/oom_score_adj", "500\n"), 0);
	is("2/oom_score_adj", "500\n");
	ck_assert_int_eq(put("2/oom_score_adj", "1001"), -EINVAL);
	ck_assert_int_eq(put("2/oom_score_adj", "-1000"), 0);
	is("2/oom_score", "0\n");
}
END_TEST

int main(void)
{
	TCase *tcase = world_tcase();

	tcase_add_test(tcase, tunables);
	tcase_add_test(tcase, values_hold_at_once);
	tcase_add_test(tcase, dropping_caches);
	tcase_add_test(tcase, links);
	tcase_add_test(tcase, a_task);
	tcase_add_test(tcase, names_and_scores);
	return run_suite("proc_folders", tcase);
}

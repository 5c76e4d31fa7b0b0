// SPDX-License-Identifier: GPL-2.0-or-later
/* Inode numbers: pack and unpack undo each other, and no two files have the same. */
#include "fs_world.h"

#include "fs/node.h"

static void same(const struct ino_parts *p)
{
	struct ino_parts got;

	ino_unpack(ino_pack(p), &got);
	ck_assert_int_eq(got.tag, p->tag);
	ck_assert_uint_eq(got.row, p->row);
	ck_assert_uint_eq(got.pid, p->pid);
	ck_assert_uint_eq(got.generation, p->generation);
	ck_assert_uint_eq(got.start, p->start);
	ck_assert_uint_eq(got.end, p->end);
	ck_assert_uint_eq(got.handle, p->handle);
}

START_TEST(root_is_one)
{
	struct ino_parts parts;

	ino_unpack(INO_ROOT, &parts);
	ck_assert_int_eq(parts.tag, INO_TREE);
	ck_assert_uint_eq(parts.row, 1);
	ck_assert_uint_eq(parts.pid, 0);
	same(&parts);
}
END_TEST

START_TEST(edges)
{
	static const u32 pids[] = { 0, 1, 32768, PID_MAX_LIMIT - 1 };
	static const u32 generations[] = { 0, 1, 65536, INO_GENERATION_MASK };
	static const u8 rows[] = { 1, 2, 255 };

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
		for (size_t j = 0; j < ARRAY_SIZE(generations); j++)
			for (size_t k = 0; k < ARRAY_SIZE(rows); k++)
				same(&(struct ino_parts){ .tag = INO_TREE,
							  .pid = pids[i],
							  .generation = generations[j],
							  .row = rows[k] });
	same(&(struct ino_parts){ .tag = INO_REGION, .pid = 1, .start = 0, .end = PAGE_SIZE });
	same(&(struct ino_parts){ .tag = INO_REGION,
				  .pid = PID_MAX_LIMIT - 1,
				  .start = TASK_SIZE - PAGE_SIZE,
				  .end = TASK_SIZE });
	same(&(struct ino_parts){ .tag = INO_REGION, .pid = 7, .start = 0, .end = TASK_SIZE });
	same(&(struct ino_parts){ .tag = INO_FILES, .handle = 1 });
	same(&(struct ino_parts){ .tag = INO_FILES, .handle = (1ull << 62) - 1 });
}
END_TEST

/* What maps and stat show of files/ lies from 2^31 to 2^32: nothing of the tree does. */
START_TEST(apart_from_files)
{
	struct ino_parts tree = { .tag = INO_TREE, .pid = PID_MAX_LIMIT - 1, .row = 255 };

	ck_assert_uint_lt(ino_pack(&tree), 1ull << 31);
	tree.generation = 1;
	ck_assert_uint_ge(ino_pack(&tree), 1ull << 32);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("all");

	tcase_add_test(tcase, root_is_one);
	tcase_add_test(tcase, edges);
	tcase_add_test(tcase, apart_from_files);
	return run_suite("inode", tcase);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared anonymous memory: one object for all who inherited it, alive as long as somebody maps
 * it, promised as a whole, and gone without a trace.
 */
#include "mm/page_alloc.h"
#include "space.h"

static struct inode *object(struct space *s, u32 addr)
{
	return file_inode(KGET(find_vma(s->mm, addr)->vm_file));
}

static u32 shmem_inodes(const struct space *s)
{
	struct inode *inode;
	u32 n = 0;

	list_for_each_entry(inode, &s->m->k->inodes, i_list)
		n += inode->i_data.a_ops == AOPS_SHMEM;
	return n;
}

START_TEST(test_object)
{
	struct space *s = space_new(128);
	u32 a = map_pages(s, 0, 3, PROT_RW, SHARED), b = map_pages(s, 0, 2, PROT_RW, SHARED);

	ck_assert_uint_eq(object(s, a)->i_dev, 1); /* 00:01 */
	ck_assert_uint_eq(object(s, a)->i_size, PAGES(3));
	ck_assert_uint_eq(object(s, b)->i_size, PAGES(2));
	ck_assert_uint_gt(object(s, b)->i_ino, object(s, a)->i_ino);
	ck_assert_uint_eq(find_vma(s->mm, a)->vm_pgoff, 0);
	ck_assert_int_eq(store(s, a, 1), 0);
	ck_assert_int_eq(load(s, b), 0);
	space_free(s);
}
END_TEST

START_TEST(test_between_processes)
{
	struct space *s = space_new(256);
	struct task_struct *parent = s->task, *child, *grandchild;

	map_pages(s, BASE, 2, PROT_RW, FIXED_SHARED);
	child = space_fork(s);
	ck_assert_int_eq(store(s, BASE, 9), 0);
	space_run(s, child);
	ck_assert_int_eq(load(s, BASE), 9);
	ck_assert_int_eq(store(s, BASE + PAGES(1), 8), 0);
	grandchild = space_fork(s);
	space_run(s, parent);
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 8);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(2)), 0);
	do_exit(child, 0);
	space_run(s, grandchild); /* the last one has it all */
	ck_assert_int_eq(load(s, BASE), 9);
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 8);
	ck_assert_uint_eq(shmem_inodes(s), 1);
	space_run(s, parent);
	do_exit(grandchild, 0);
	ck_assert_uint_eq(shmem_inodes(s), 0);
	ck_assert_int_eq(s->m->k->vm_stat[NR_SHMEM], 0);
	space_free(s);
}
END_TEST

/* Pieces stay pieces of one object; bytes unmapped here are still in it. */
START_TEST(test_pieces)
{
	struct space *s = space_new(256);
	struct task_struct *parent = s->task, *child;

	map_pages(s, BASE, 5, PROT_RW, FIXED_SHARED);
	for (u32 i = 0; i < 5; i++)
		ck_assert_int_eq(store(s, BASE + PAGES(i), (u8)(10 + i)), 0);
	child = space_fork(s);
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(2), PAGE_SIZE), 0);
	assert_regions(s, BASE, "WW WW");
	ck_assert_uint_eq(find_vma(s->mm, BASE + PAGES(3))->vm_pgoff, 3);
	ck_assert_uint_eq(shmem_inodes(s), 1);
	space_run(s, child);
	for (u32 i = 0; i < 5; i++)
		ck_assert_int_eq(load(s, BASE + PAGES(i)), (int)(10 + i));
	space_run(s, parent);
	space_free(s);
}
END_TEST

/* The whole object is promised, once, until the last page of it is unmapped. */
START_TEST(test_promise)
{
	struct space *s = space_new(256);
	u32 before = s->m->k->total_committed;
	struct task_struct *child;

	map_pages(s, BASE, 6, PROT_READ, FIXED_SHARED);
	ck_assert_uint_eq(s->m->k->total_committed, before + 6);
	child = space_fork(s);
	ck_assert_uint_eq(s->m->k->total_committed, before + 6);
	do_exit(child, 0);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(5)), 0);
	ck_assert_uint_eq(s->m->k->total_committed, before + 6);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(6)), 0);
	ck_assert_uint_eq(s->m->k->total_committed, before);
	map_pages(s, BASE, 6, PROT_RW, FIXED_SHARED | MAP_NORESERVE);
	ck_assert_uint_eq(s->m->k->total_committed, before);
	space_free(s);
}
END_TEST

/* A fork that fails, a mapping that is refused: no object is left. */
START_TEST(test_nothing_left)
{
	struct space *s = space_new(128);
	u32 used = test_used_frames(s->m), before = s->m->k->total_committed;
	struct file *file = shmem_zero_setup(s->m, s->mm, PAGES(3) + 1, false);

	ck_assert_uint_eq(s->m->k->total_committed, before + 4);
	fput(file);
	ck_assert_uint_eq(s->m->k->total_committed, before);
	ck_assert_uint_eq(shmem_inodes(s), 0);
	s->m->k->sysctl[SYSCTL_OVERCOMMIT_MEMORY] = OVERCOMMIT_NEVER;
	s->m->k->sysctl[SYSCTL_OVERCOMMIT_RATIO] = 0;
	ck_assert_ptr_null(shmem_zero_setup(s->m, s->mm, PAGES(1), false));
	ck_assert_int_eq(map(s, BASE, PAGES(1), PROT_RW, FIXED_SHARED), -ENOMEM);
	ck_assert_uint_eq(shmem_inodes(s), 0);
	file = shmem_zero_setup(s->m, s->mm, PAGES(1), true);
	ck_assert_ptr_nonnull(file);
	fput(file);
	ck_assert_uint_eq(test_used_frames(s->m), used);
	space_free(s);
}
END_TEST

/* It is nowhere but in RAM: never given up while somebody maps or could map it. */
START_TEST(test_is_kept)
{
	struct space *s = space_new(256);
	struct hog hog;

	map_pages(s, BASE, 20, PROT_RW, FIXED_SHARED);
	for (u32 i = 0; i < 20; i++)
		ck_assert_int_eq(store(s, BASE + PAGES(i), (u8)i), 0);
	zap_page_range(find_vma(s->mm, BASE), BASE, BASE + PAGES(20));
	hog = hog_all_but(s->m, 0);
	for (u32 i = 0; i < 20; i++)
		ck_assert_int_eq(load(s, BASE + PAGES(i)), (int)i);
	hog_free(&hog);
	space_free(s);
}
END_TEST

TEST_MAIN("shmem", test_object, test_between_processes, test_pieces, test_promise,
	  test_nothing_left, test_is_kept)

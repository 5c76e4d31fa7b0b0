/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that change size, or behind our back, under mappings: what goes at once, what reads
 * as zero later, which copies stay, and that a hole is one.
 */
#include "mm/page_alloc.h"
#include "mm/writeback.h"
#include "space.h"

#define FILE_RW (FMODE_READ | FMODE_WRITE)
#define PRIVATE_MAP (BASE + PAGES(16))

/* A file of @size bytes, shared at BASE and private at PRIVATE_MAP, six pages each. */
static struct space *space_with_both(u32 size)
{
	struct space *s = space_new(256);

	disk_make(s, 0, size, "abcdef");
	map_file(s, 0, FILE_RW, BASE, PAGES(6), PROT_RW, MAP_SHARED | MAP_FIXED, 0);
	map_file(s, 0, FILE_RW, PRIVATE_MAP, PAGES(6), PROT_RW, MAP_PRIVATE | MAP_FIXED, 0);
	return s;
}

START_TEST(test_shrink)
{
	struct space *s = space_with_both(PAGES(6));

	touch_r(s, BASE, 6);
	touch_r(s, PRIVATE_MAP, 6);
	touch_w(s, PRIVATE_MAP + PAGES(1), 3);
	assert_pages(s, PRIVATE_MAP, "fwwwff");
	disk_truncate(s, 0, PAGES(3));
	assert_regions(s, BASE, "WWWWWW ");
	assert_pages(s, BASE, "fff   ");
	assert_pages(s, PRIVATE_MAP, "fww   "); /* written copies go too */
	ck_assert_int_eq(s->mm->rss_stat[MM_ANONPAGES], 2);
	ck_assert_uint_eq(s->file[0].inode->i_data.nrpages, 3);
	test_check(s->m);
	ck_assert_int_eq(load(s, BASE + PAGES(3)), -EIO);
	ck_assert_int_eq(load(s, PRIVATE_MAP + PAGES(3)), -EIO);
	ck_assert_int_eq(store(s, PRIVATE_MAP + PAGES(5), 1), -EIO);
	ck_assert_int_eq(load(s, BASE + PAGES(2)), 'c');
	space_free(s);
}
END_TEST

/* The rest of the last page: zero in the file's page, not in a private copy. */
START_TEST(test_last_page)
{
	struct space *s = space_with_both(PAGES(2));

	ck_assert_int_eq(store(s, PRIVATE_MAP, 'p'), 0);
	ck_assert_int_eq(load(s, BASE + 100), 'a');
	disk_truncate(s, 0, 100);
	ck_assert_int_eq(load(s, BASE + 99), 'a');
	ck_assert_int_eq(load(s, BASE + 100), 0);
	ck_assert_int_eq(load(s, BASE + PAGE_SIZE - 1), 0);
	ck_assert_int_eq(load(s, PRIVATE_MAP), 'p');
	ck_assert_int_eq(load(s, PRIVATE_MAP + 100), 'a');
	ck_assert_int_eq(load(s, BASE + PAGE_SIZE), -EIO);
	space_free(s);
}
END_TEST

START_TEST(test_grow_again)
{
	struct space *s = space_with_both(PAGES(3));

	touch_w(s, PRIVATE_MAP + PAGES(2), 1);
	disk_truncate(s, 0, PAGES(1) + 8);
	disk_truncate(s, 0, PAGES(5));
	ck_assert_int_eq(load(s, BASE + PAGES(1) + 7), 'b');
	ck_assert_int_eq(load(s, BASE + PAGES(1) + 8), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(2)), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(4)), 0);
	ck_assert_int_eq(load(s, PRIVATE_MAP + PAGES(2)), 0); /* also where the copy was */
	ck_assert_int_eq(load(s, BASE + PAGES(5)), -EIO);
	space_free(s);
}
END_TEST

/* A store behind the end can be read back, but is not in the file when it grows. */
START_TEST(test_store_behind_end)
{
	struct space *s = space_with_both(2048);

	ck_assert_int_eq(store(s, BASE + 3000, 'B'), 0);
	ck_assert_int_eq(load(s, BASE + 3000), 'B');
	ck_assert_int_eq(load(s, PRIVATE_MAP + 3000), 'B');
	disk_truncate(s, 0, PAGES(1));
	ck_assert_int_eq(load(s, BASE + 3000), 0);
	ck_assert_int_eq(store(s, BASE + 3000, 'C'), 0);
	ck_assert_int_eq(sync_inodes(s->m), 0);
	ck_assert_int_eq(s->file[0].bytes[3000], 'C'); /* now it belongs to the file */
	space_free(s);
}
END_TEST

/* Mappings with other offsets: each loses what is behind the end in the file. */
START_TEST(test_offsets)
{
	struct space *s = space_new(256);
	u32 at[3];

	disk_make(s, 0, PAGES(6), "abcdef");
	for (u32 i = 0; i < 3; i++) {
		at[i] = (u32)map_file(s, 0, FMODE_READ, 0, PAGES(3), PROT_READ, MAP_PRIVATE,
				      PAGES(i * 2));
		touch_r(s, at[i], i == 2 ? 2 : 3);
	}
	disk_truncate(s, 0, PAGES(3));
	assert_pages(s, at[0], "fff");
	assert_pages(s, at[1], "f  ");
	assert_pages(s, at[2], "   ");
	test_check(s->m);
	disk_truncate(s, 0, 0);
	assert_pages(s, at[0], "   ");
	assert_pages(s, at[1], "   ");
	space_free(s);
}
END_TEST

/* Every process that maps it. */
START_TEST(test_in_child)
{
	struct space *s = space_with_both(PAGES(2));
	struct task_struct *parent = s->task, *child;

	touch_w(s, PRIVATE_MAP, 2);
	child = space_fork(s);
	disk_truncate(s, 0, PAGES(1));
	for (u32 i = 0; i < 2; i++) {
		space_run(s, i ? child : parent);
		ck_assert_int_eq(load(s, PRIVATE_MAP), 'a');
		ck_assert_int_eq(load(s, PRIVATE_MAP + PAGES(1)), -EIO);
	}
	space_free(s);
}
END_TEST

/* ---- holes ---- */

START_TEST(test_punch_hole)
{
	struct space *s = space_with_both(PAGES(4));

	touch_r(s, BASE, 4);
	touch_w(s, PRIVATE_MAP + PAGES(1), 1);
	ck_assert_int_eq(punch_hole(s->file[0].inode, 1, 2), 0);
	ck_assert_uint_eq(s->file[0].inode->i_size, PAGES(4));
	ck_assert_int_eq(load(s, BASE), 'a');
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(2)), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(3)), 'd');
	ck_assert_int_eq(load(s, PRIVATE_MAP + PAGES(1)), 'b'); /* its own copy stays */
	ck_assert_int_eq(load(s, PRIVATE_MAP + PAGES(2)), 0);
	ck_assert_int_eq(s->file[0].bytes[PAGES(1)], 0);
	s->file[0].broken = true;
	ck_assert_int_eq(punch_hole(s->file[0].inode, 0, 1), -EIO);
	ck_assert_int_eq(load(s, BASE), 'a');
	space_free(s);
}
END_TEST

START_TEST(test_punch_shared_memory)
{
	struct space *s = space_new(128);
	struct vm_area_struct *vma;

	map_pages(s, BASE, 3, PROT_RW, FIXED_SHARED);
	for (u32 i = 0; i < 3; i++)
		ck_assert_int_eq(store(s, BASE + PAGES(i), 7), 0);
	vma = find_vma(s->mm, BASE);
	ck_assert_int_eq(punch_hole(file_inode(KGET(vma->vm_file)), 1, 1), 0);
	ck_assert_int_eq(s->m->k->vm_stat[NR_SHMEM], 2);
	test_check(s->m);
	ck_assert_int_eq(load(s, BASE), 7);
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(2)), 7);
	space_free(s);
}
END_TEST

/* ---- the host's file changed behind us ---- */

START_TEST(test_invalidate)
{
	struct space *s = space_with_both(PAGES(4));
	char byte;

	generic_file_read(s->file[0].inode, PAGES(3), &byte, 1);
	touch_r(s, BASE, 1);
	touch_w(s, PRIVATE_MAP + PAGES(1), 1);
	ck_assert_int_eq(store(s, BASE + PAGES(2), 'x'), 0);
	memset(s->file[0].bytes, 'N', PAGES(4));
	invalidate_inode_pages(s->file[0].inode);
	test_check(s->m);
	ck_assert_int_eq(load(s, BASE), 'N'); /* mapped: read anew where it is */
	ck_assert_int_eq(generic_file_read(s->file[0].inode, PAGES(3), &byte, 1), 1);
	ck_assert_int_eq(byte, 'N');
	ck_assert_int_eq(load(s, PRIVATE_MAP + PAGES(1)), 'b'); /* a copy is a copy */
	ck_assert_int_eq(load(s, BASE + PAGES(2)), 'x'); /* the store is younger */
	space_free(s);
}
END_TEST

TEST_MAIN("truncate", test_shrink, test_last_page, test_grow_again, test_store_behind_end,
	  test_offsets, test_in_child, test_punch_hole, test_punch_shared_memory, test_invalidate)

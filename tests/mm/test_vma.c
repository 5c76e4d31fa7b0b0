/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory regions: look-up, splitting, merging.  Each step is drawn (strip.h).  What
 * merges was seen on Linux; the reasons are in mm/vma.c and mm/rmap.c.
 */
#include "space.h"

/* ---- look-up ---- */

static void assert_start(const struct vm_area_struct *vma, u32 start)
{
	ck_assert_uint_eq(vma ? vma->vm_start : 0, start);
}

START_TEST(test_find)
{
	struct space *s = space_new(64);
	struct vm_area_struct *prev;

	ck_assert_ptr_null(find_vma(s->mm, 0));
	map_pages(s, BASE, 2, PROT_READ, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(4), 2, PROT_READ, FIXED_PRIVATE);
	assert_regions(s, BASE, "rr  rr ");

	assert_start(find_vma(s->mm, 0), BASE);
	assert_start(find_vma(s->mm, BASE), BASE);
	assert_start(find_vma(s->mm, BASE + PAGES(2) - 1), BASE);
	assert_start(find_vma(s->mm, BASE + PAGES(2)), BASE + PAGES(4));
	assert_start(find_vma(s->mm, BASE + PAGES(6)), 0);
	assert_start(find_vma(s->mm, 0xffffffff), 0);

	find_vma_prev(s->mm, 0, &prev);
	assert_start(prev, 0);
	find_vma_prev(s->mm, BASE + PAGES(3), &prev);
	assert_start(prev, BASE);
	ck_assert_ptr_null(find_vma_prev(s->mm, BASE + PAGES(6), &prev));
	assert_start(prev, BASE + PAGES(4));

	assert_start(find_vma_intersection(s->mm, 0, BASE), 0);
	assert_start(find_vma_intersection(s->mm, 0, BASE + 1), BASE);
	assert_start(find_vma_intersection(s->mm, BASE + PAGES(2), BASE + PAGES(4)), 0);
	assert_start(find_vma_intersection(s->mm, BASE + PAGES(3), TASK_SIZE), BASE + PAGES(4));
	space_free(s);
}
END_TEST

/* The cache is only a short cut; who only looks leaves it alone. */
START_TEST(test_mmap_cache)
{
	struct space *s = space_new(64);
	struct vm_area_struct *low;

	map_pages(s, BASE, 1, PROT_READ, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(2), 1, PROT_READ, FIXED_PRIVATE);
	low = find_vma(s->mm, BASE);
	ck_assert_ptr_eq(KGET(s->mm->mmap_cache), low);
	find_vma_quiet(s->mm, BASE + PAGES(2));
	ck_assert_ptr_eq(KGET(s->mm->mmap_cache), low);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGE_SIZE), 0);
	ck_assert_ptr_null(KGET(s->mm->mmap_cache));
	assert_start(find_vma(s->mm, BASE), BASE + PAGES(2));
	space_free(s);
}
END_TEST

/* Many regions, mapped and unmapped in a scrambled order: list, tree and gaps stay right. */
START_TEST(test_many)
{
	struct space *s = space_new(512);
	u32 n = 1021;

	for (u32 i = 0; i < n; i++) {
		map_pages(s, BASE + PAGES(i * 397 % n * 2), 1, PROT_READ, FIXED_PRIVATE);
		if (i % 64 == 0)
			test_check(s->m);
	}
	ck_assert_uint_eq(s->mm->map_count, n);
	for (u32 i = 0; i < n; i++) {
		u32 at = BASE + PAGES(i * 611 % n * 2);

		assert_start(find_vma(s->mm, at), at);
		ck_assert_int_eq(do_munmap(s->mm, at, PAGE_SIZE), 0);
		ck_assert_ptr_null(find_vma_intersection(s->mm, at, at + PAGE_SIZE));
		if (i % 64 == 0)
			test_check(s->m);
	}
	ck_assert_ptr_null(KGET(s->mm->mmap));
	space_free(s);
}
END_TEST

/* ---- splitting ---- */

START_TEST(test_split)
{
	struct space *s = space_new(64);
	struct vm_area_struct *vma;

	disk_make(s, 0, PAGES(4), "abcd");
	ck_assert_int_eq(
		map_file(s, 0, FMODE_READ, BASE, PAGES(4), PROT_READ, MAP_PRIVATE | MAP_FIXED, 0),
		BASE);
	vma = find_vma(s->mm, BASE);
	ck_assert_int_eq(split_vma(s->mm, vma, BASE + PAGES(1), true), 0);
	assert_regions(s, BASE, "r|rrr");
	assert_start(vma, BASE + PAGES(1));
	ck_assert_uint_eq(vma->vm_pgoff, 1);
	ck_assert_int_eq(split_vma(s->mm, vma, BASE + PAGES(3), false), 0);
	assert_regions(s, BASE, "r|rr|r");
	assert_start(vma, BASE + PAGES(1));
	ck_assert_uint_eq(find_vma(s->mm, BASE + PAGES(3))->vm_pgoff, 3);
	ck_assert_int_eq(load(s, BASE), 'a');
	ck_assert_int_eq(load(s, BASE + PAGES(2)), 'c');
	ck_assert_int_eq(load(s, BASE + PAGES(3)), 'd');
	s->m->k->sysctl[SYSCTL_MAX_MAP_COUNT] = 3;
	ck_assert_int_eq(split_vma(s->mm, vma, BASE + PAGES(2), false), -ENOMEM);
	assert_regions(s, BASE, "r|rr|r");
	space_free(s);
}
END_TEST

/* ---- merging of fresh memory ---- */

START_TEST(test_merge_both_sides)
{
	struct space *s = space_new(64);

	map_pages(s, BASE, 3, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(6), 3, PROT_RW, FIXED_PRIVATE);
	assert_regions(s, BASE, "www   www ");
	map_pages(s, BASE + PAGES(3), 3, PROT_RW, FIXED_PRIVATE);
	assert_regions(s, BASE, "wwwwwwwww ");
	map_pages(s, BASE + PAGES(9), 1, PROT_READ, FIXED_PRIVATE);
	assert_regions(s, BASE, "wwwwwwwww|r");
	ck_assert_uint_eq(s->mm->map_count, 2);
	space_free(s);
}
END_TEST

START_TEST(test_kinds_stay_apart)
{
	struct space *s = space_new(64);

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(1), 1, PROT_RW, FIXED_SHARED);
	map_pages(s, BASE + PAGES(2), 1, PROT_RW, FIXED_PRIVATE | MAP_NORESERVE);
	map_pages(s, BASE + PAGES(3), 1, PROT_RW, FIXED_PRIVATE | MAP_LOCKED);
	map_pages(s, BASE + PAGES(4), 1, PROT_RW, GROWSDOWN);
	map_pages(s, BASE + PAGES(5), 1, PROT_RW, FIXED_SHARED);
	map_pages(s, BASE + PAGES(6), 1, PROT_RW, FIXED_SHARED);
	assert_regions(s, BASE, "w|W|w|w|w|W|W");
	space_free(s);
}
END_TEST

/* Every way to cut one region: head, tail, middle, exact. */
START_TEST(test_modify)
{
	struct space *s = space_new(64);

	map_pages(s, BASE, 4, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGES(1), PROT_READ), 0);
	assert_regions(s, BASE, "r|www");
	ck_assert_int_eq(sys_mprotect(s->task, BASE + PAGES(3), PAGES(1), PROT_READ), 0);
	assert_regions(s, BASE, "r|ww|r");
	ck_assert_int_eq(sys_mprotect(s->task, BASE + PAGES(1), PAGES(2), PROT_READ), 0);
	assert_regions(s, BASE, "rrrr");
	ck_assert_int_eq(sys_mprotect(s->task, BASE + PAGES(1), PAGES(2), PROT_NONE), 0);
	assert_regions(s, BASE, "r|--|r");
	ck_assert_int_eq(sys_mprotect(s->task, BASE + PAGES(1), PAGES(1), PROT_READ), 0);
	assert_regions(s, BASE, "rr|-|r");
	ck_assert_int_eq(sys_mprotect(s->task, BASE + PAGES(1), PAGES(2), PROT_NONE), 0);
	assert_regions(s, BASE, "r|--|r");
	ck_assert_int_eq(sys_mprotect(s->task, BASE + PAGES(2), PAGES(1), PROT_READ), 0);
	assert_regions(s, BASE, "r|-|rr");
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGES(4), PROT_READ), 0);
	assert_regions(s, BASE, "rrrr");
	space_free(s);
}
END_TEST

START_TEST(test_file_pieces)
{
	struct space *s = space_new(64);
	u32 fixed = MAP_PRIVATE | MAP_FIXED;

	disk_make(s, 0, PAGES(4), "abcd");
	map_file(s, 0, FMODE_READ, BASE, PAGES(4), PROT_READ, fixed, 0);
	ck_assert_int_eq(sys_mprotect(s->task, BASE + PAGES(1), PAGES(1), PROT_NONE), 0);
	assert_regions(s, BASE, "r|-|rr");
	ck_assert_int_eq(sys_mprotect(s->task, BASE + PAGES(1), PAGES(1), PROT_READ), 0);
	assert_regions(s, BASE, "rrrr");
	/* Two opens of the same file, consecutive offsets: the file objects differ. */
	map_file(s, 0, FMODE_READ, BASE + PAGES(4), PAGES(1), PROT_READ, fixed, PAGES(4));
	assert_regions(s, BASE, "rrrr|r");
	/* Mapped over: offsets of the upper rest go on. */
	map_pages(s, BASE + PAGES(1), 1, PROT_READ, FIXED_PRIVATE);
	assert_regions(s, BASE, "r|r|rr|r");
	ck_assert_uint_eq(find_vma(s->mm, BASE + PAGES(2))->vm_pgoff, 2);
	/* Written to and back: the accounted flag stays. */
	ck_assert_int_eq(sys_mprotect(s->task, BASE + PAGES(3), PAGES(1), PROT_RW), 0);
	ck_assert_int_eq(sys_mprotect(s->task, BASE + PAGES(3), PAGES(1), PROT_READ), 0);
	assert_regions(s, BASE, "r|r|r|r|r");
	space_free(s);
}
END_TEST

/* One object, different offsets: nothing to join. */
START_TEST(test_offsets)
{
	struct space *s = space_new(64);
	struct file *file;

	disk_make(s, 0, PAGES(4), "abcd");
	file = file_new(s->m, s->file[0].inode, FMODE_READ, 0);
	for (u32 i = 0; i < 4; i++)
		ck_assert_int_eq(do_mmap(s->task, file, BASE + PAGES(i), PAGE_SIZE, PROT_READ,
					 MAP_PRIVATE | MAP_FIXED, i % 3),
				 BASE + PAGES(i));
	assert_regions(s, BASE, "rrr|r");
	fput(file);
	space_free(s);
}
END_TEST

/* ---- merging when pages are there ---- */

static void mprotect_pages(struct space *s, u32 first, u32 pages, u32 prot)
{
	ck_assert_int_eq(sys_mprotect(s->task, BASE + PAGES(first), PAGES(pages), prot), 0);
}

#define NORESERVE (FIXED_PRIVATE | MAP_NORESERVE)

/* Only one side has pages: its anon_vma is the other's too. */
START_TEST(test_touched_and_untouched)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 10, PROT_RW, NORESERVE);
	mprotect_pages(s, 0, 5, PROT_READ);
	touch_w(s, BASE + PAGES(5), 1);
	mprotect_pages(s, 5, 5, PROT_READ);
	assert_regions(s, BASE, "rrrrrrrrrr");
	space_free(s);

	s = space_new(128);
	map_pages(s, BASE, 9, PROT_RW, NORESERVE);
	mprotect_pages(s, 0, 3, PROT_READ);
	mprotect_pages(s, 6, 3, PROT_READ);
	assert_regions(s, BASE, "rrr|www|rrr");
	touch_w(s, BASE + PAGES(3), 1);
	mprotect_pages(s, 3, 3, PROT_READ);
	assert_regions(s, BASE, "rrrrrrrrr");
	space_free(s);
}
END_TEST

/* Both have pages they got far from each other: never. */
START_TEST(test_two_anon_vmas)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(2), 1, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 1);
	touch_w(s, BASE + PAGES(2), 1);
	map_pages(s, BASE + PAGES(1), 1, PROT_RW, FIXED_PRIVATE);
	assert_regions(s, BASE, "ww|w");
	test_check(s->m);
	mprotect_pages(s, 0, 3, PROT_READ);
	mprotect_pages(s, 0, 3, PROT_RW);
	assert_regions(s, BASE, "ww|w");
	space_free(s);
}
END_TEST

/* A --- page between two that have pages goes to the left one. */
START_TEST(test_middle_goes_left)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 3, PROT_RW, FIXED_PRIVATE);
	mprotect_pages(s, 1, 1, PROT_NONE);
	touch_w(s, BASE, 1);
	touch_w(s, BASE + PAGES(2), 1);
	assert_regions(s, BASE, "w|-|w");
	mprotect_pages(s, 1, 1, PROT_RW);
	assert_regions(s, BASE, "ww|w");
	space_free(s);
}
END_TEST

/* Neighbours that differ in rwx only share an anon_vma from the second fault on. */
START_TEST(test_neighbours_share)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(1), 1, PROT_RWX, FIXED_PRIVATE);
	touch_w(s, BASE, 2);
	assert_regions(s, BASE, "w|a");
	mprotect_pages(s, 1, 1, PROT_RW);
	assert_regions(s, BASE, "ww");
	space_free(s);
}
END_TEST

/* Reading makes no anon_vma. */
START_TEST(test_only_read)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(3), 2, PROT_RW, FIXED_PRIVATE);
	touch_r(s, BASE, 2);
	touch_w(s, BASE + PAGES(3), 2);
	map_pages(s, BASE + PAGES(2), 1, PROT_RW, FIXED_PRIVATE);
	assert_regions(s, BASE, "wwwww");
	space_free(s);
}
END_TEST

/* The accounted flag stays on what has pages, and keeps it apart; without pages it goes. */
START_TEST(test_accounted_flag)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 1);
	mprotect_pages(s, 0, 1, PROT_READ);
	map_pages(s, BASE + PAGES(1), 1, PROT_READ, FIXED_PRIVATE);
	assert_regions(s, BASE, "r|r");
	mprotect_pages(s, 0, 2, PROT_RW);
	assert_regions(s, BASE, "ww");

	map_pages(s, BASE + PAGES(4), 1, PROT_RW, FIXED_PRIVATE);
	mprotect_pages(s, 4, 1, PROT_READ);
	map_pages(s, BASE + PAGES(5), 1, PROT_READ, FIXED_PRIVATE);
	assert_regions(s, BASE, "ww  rr");
	space_free(s);
}
END_TEST

/* ---- merging in a child ---- */

/* What had pages at fork joins no fresh neighbour in the child, in the parent it does. */
START_TEST(test_child_and_fresh)
{
	struct space *s = space_new(256);
	struct task_struct *parent = s->task, *child;

	map_pages(s, BASE, 5, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 1);
	child = space_fork(s);
	space_run(s, child);
	touch_w(s, BASE, 5);
	map_pages(s, BASE + PAGES(5), 5, PROT_RW, FIXED_PRIVATE);
	assert_regions(s, BASE, "wwwww|wwwww");
	touch_w(s, BASE + PAGES(5), 1);
	test_check(s->m);
	space_run(s, parent);
	map_pages(s, BASE + PAGES(5), 5, PROT_RW, FIXED_PRIVATE);
	assert_regions(s, BASE, "wwwwwwwwww");
	space_free(s);
}
END_TEST

/* The same when mprotect makes it like a fresh neighbour below or above. */
START_TEST(test_child_mprotect)
{
	struct space *s = space_new(256);

	map_pages(s, BASE + PAGES(2), 2, PROT_RW, NORESERVE);
	touch_w(s, BASE + PAGES(2), 2);
	space_run(s, space_fork(s));
	map_pages(s, BASE + PAGES(4), 2, PROT_READ, NORESERVE);
	map_pages(s, BASE, 2, PROT_READ, NORESERVE);
	assert_regions(s, BASE, "rr|ww|rr");
	mprotect_pages(s, 2, 2, PROT_READ);
	assert_regions(s, BASE, "rr|rr|rr");
	/* And its own pieces still mend. */
	mprotect_pages(s, 3, 1, PROT_RW);
	assert_regions(s, BASE, "rr|r|w|rr");
	mprotect_pages(s, 3, 1, PROT_READ);
	assert_regions(s, BASE, "rr|rr|rr");
	space_free(s);
}
END_TEST

/* Nothing was there, or only the zero page: the child's region is as new. */
START_TEST(test_child_untouched)
{
	struct space *s = space_new(256);

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	touch_r(s, BASE, 1);
	space_run(s, space_fork(s));
	map_pages(s, BASE + PAGES(2), 2, PROT_RW, FIXED_PRIVATE);
	assert_regions(s, BASE, "wwww");
	space_free(s);
}
END_TEST

/* ---- the validator ---- */

/* A region's start moves by more than half of 32 bits, and its offset with it. */
START_TEST(test_large_head_joins)
{
	struct space *s = space_new(64);
	const u32 start = 0x10000000, size = 0xa0000000, last = start + size - PAGES(1);

	ck_assert_uint_eq(
		do_mmap(s->task, NULL, start, size, PROT_RW, FIXED_PRIVATE | MAP_NORESERVE, 0),
		start);
	ck_assert_int_eq(sys_madvise(s->task, last, PAGES(1), MADV_DONTFORK), 0);
	ck_assert_int_eq(store(s, last, 7), 0);
	ck_assert_int_eq(sys_madvise(s->task, last, PAGES(1), MADV_DOFORK), 0);
	ck_assert_uint_eq(find_vma(s->mm, last)->vm_start, start);
	ck_assert_uint_eq(find_vma(s->mm, last)->vm_pgoff, start >> PAGE_SHIFT);
	space_free(s);
}
END_TEST

START_TEST(test_validation_sees)
{
	struct space *s = space_new(64);
	struct vm_area_struct *a, *b;

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(4), 2, PROT_RW, FIXED_PRIVATE);
	a = find_vma(s->mm, BASE);
	b = find_vma(s->mm, BASE + PAGES(4));
	switch (_i) {
	case 0: a->vm_end = BASE + PAGES(5); break;
	case 1: a->vm_start += 8; break;
	case 2: KSET(b->vm_prev, NULL); break;
	case 3: KSET(a->vm_next, NULL); break;
	case 4: s->mm->map_count++; break;
	case 5: s->mm->total_vm--; break;
	case 6: s->mm->data_vm++; break;
	case 7: s->mm->locked_vm++; break;
	case 8: a->rb_subtree_gap++; break;
	case 9: b->vm_end = TASK_SIZE + PAGE_SIZE; break;
	case 10: a->vm_flags |= VM_GROWSDOWN; break;
	}
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	space_drop(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		test_find,
		test_mmap_cache,
		test_many,
		test_split,
		test_merge_both_sides,
		test_kinds_stay_apart,
		test_modify,
		test_file_pieces,
		test_offsets,
		test_touched_and_untouched,
		test_two_anon_vmas,
		test_middle_goes_left,
		test_neighbours_share,
		test_only_read,
		test_accounted_flag,
		test_child_and_fresh,
		test_child_mprotect,
		test_child_untouched,
		test_large_head_joins,
	};

	return run_loop_tests("vma", tests, ARRAY_SIZE(tests), test_validation_sees, 11);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mprotect: every errno, what stays changed when it stops half-way, promises, and what happens
 * to pages that are there.
 */
#include "mm/page_alloc.h"
#include "space.h"

static int protect(struct space *s, u32 first, u32 pages, u32 prot)
{
	return sys_mprotect(s->task, BASE + PAGES(first), PAGES(pages), prot);
}

START_TEST(test_arguments)
{
	struct space *s = space_new(64);

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(sys_mprotect(s->task, BASE + 1, PAGE_SIZE, PROT_READ), -EINVAL);
	ck_assert_int_eq(sys_mprotect(s->task, BASE + 1, 0, PROT_READ), -EINVAL);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, 0, PROT_READ), 0);
	ck_assert_int_eq(sys_mprotect(s->task, 0x1000, 0, PROT_READ), 0); /* nothing mapped */
	ck_assert_int_eq(protect(s, 0, 1, 0x10), -EINVAL);
	ck_assert_int_eq(protect(s, 9, 1, 0x10), -EINVAL); /* before the hole is seen */
	ck_assert_int_eq(protect(s, 0, 1, PROT_GROWSDOWN | PROT_GROWSUP), -EINVAL);
	assert_regions(s, BASE, "ww");
	ck_assert_int_eq(sys_mprotect(s->task, BASE, 1, PROT_READ), 0); /* rounds up */
	assert_regions(s, BASE, "r|w");
	ck_assert_int_eq(protect(s, 0, 1, PROT_RW | PROT_SEM), 0);
	assert_regions(s, BASE, "ww");
	space_free(s);
}
END_TEST

START_TEST(test_holes)
{
	struct space *s = space_new(64);

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(3), 2, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(sys_mprotect(s->task, 0, PAGE_SIZE + 1, PROT_READ), -ENOMEM);
	ck_assert_int_eq(sys_mprotect(s->task, BASE - PAGE_SIZE, PAGES(3), PROT_READ), -ENOMEM);
	ck_assert_int_eq(sys_mprotect(s->task, TASK_SIZE, PAGE_SIZE, PROT_READ), -ENOMEM);
	assert_regions(s, BASE, "ww ww");
	ck_assert_int_eq(protect(s, 1, 3, PROT_READ), -ENOMEM); /* what is before stays changed */
	assert_regions(s, BASE, "w|r ww");
	ck_assert_int_eq(sys_mprotect(s->task, BASE, 0xffffffff, PROT_READ), -ENOMEM);
	assert_regions(s, BASE, "rr ww");
	ck_assert_int_eq(sys_mprotect(s->task, BASE + PAGES(3), 0xffffffff, PROT_NONE), -ENOMEM);
	assert_regions(s, BASE, "rr --");
	space_free(s);
}
END_TEST

START_TEST(test_several_regions)
{
	struct space *s = space_new(64);

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(1), 1, PROT_RW, FIXED_SHARED);
	map_pages(s, BASE + PAGES(2), 2, PROT_NONE, FIXED_PRIVATE);
	assert_regions(s, BASE, "w|W|--");
	ck_assert_int_eq(protect(s, 0, 3, PROT_READ), 0);
	assert_regions(s, BASE, "r|R|r|-");
	ck_assert_int_eq(protect(s, 0, 4, PROT_RX), 0);
	assert_regions(s, BASE, "x|X|xx");
	space_free(s);
}
END_TEST

/* A shared region of a file opened read-only can never be written. */
START_TEST(test_read_only_file)
{
	struct space *s = space_new(64);

	disk_make(s, 0, PAGES(2), "ab");
	map_pages(s, BASE, 1, PROT_READ, FIXED_PRIVATE);
	map_file(s, 0, FMODE_READ, BASE + PAGES(1), PAGES(2), PROT_READ, MAP_SHARED | MAP_FIXED, 0);
	map_pages(s, BASE + PAGES(3), 1, PROT_READ, FIXED_PRIVATE);
	ck_assert_int_eq(protect(s, 0, 4, PROT_RW), -EACCES);
	assert_regions(s, BASE, "w|RR|r"); /* regions before it are changed */
	ck_assert_int_eq(protect(s, 1, 2, PROT_NONE), 0);
	ck_assert_int_eq(protect(s, 1, 1, PROT_RX), 0);
	assert_regions(s, BASE, "w|X|=|r");
	space_free(s);
}
END_TEST

START_TEST(test_growsdown)
{
	struct space *s = space_new(64);

	map_pages(s, BASE, 4, PROT_RW, GROWSDOWN);
	map_pages(s, BASE + PAGES(6), 2, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(protect(s, 2, 1, PROT_READ | PROT_GROWSDOWN), 0);
	assert_regions(s, BASE, "rrr|w  ww");
	ck_assert_int_eq(protect(s, 7, 1, PROT_READ | PROT_GROWSDOWN), -EINVAL);
	ck_assert_int_eq(protect(s, 0, 1, PROT_READ | PROT_GROWSUP), -EINVAL);
	assert_regions(s, BASE, "rrr|w  ww");
	space_free(s);
}
END_TEST

/* ---- limits and promises ---- */

START_TEST(test_rlimit_data)
{
	struct space *s = space_new(64);

	s->task->rlim[RLIMIT_DATA] = PAGES(3);
	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(2), 2, PROT_READ, FIXED_PRIVATE);
	ck_assert_int_eq(protect(s, 2, 2, PROT_RW), -ENOMEM);
	assert_regions(s, BASE, "ww|rr");
	ck_assert_int_eq(protect(s, 2, 1, PROT_RW), 0);
	ck_assert_int_eq(protect(s, 0, 3, PROT_RWX), 0); /* not more than before */
	assert_regions(s, BASE, "aaa|r");
	space_free(s);
}
END_TEST

START_TEST(test_committed)
{
	struct space *s = space_new(64);
	u32 before = s->m->k->total_committed;

	map_pages(s, BASE, 4, PROT_READ, FIXED_PRIVATE);
	ck_assert_uint_eq(s->m->k->total_committed, before);
	ck_assert_int_eq(protect(s, 0, 3, PROT_RW), 0);
	ck_assert_uint_eq(s->m->k->total_committed, before + 3);
	ck_assert_int_eq(protect(s, 0, 1, PROT_READ), 0); /* never touched: given back */
	ck_assert_uint_eq(s->m->k->total_committed, before + 2);
	touch_w(s, BASE + PAGES(1), 1);
	ck_assert_int_eq(protect(s, 1, 2, PROT_READ), 0);
	ck_assert_uint_eq(s->m->k->total_committed, before + 2);
	s->m->k->sysctl[SYSCTL_OVERCOMMIT_MEMORY] = OVERCOMMIT_NEVER;
	s->m->k->sysctl[SYSCTL_OVERCOMMIT_RATIO] = 0;
	ck_assert_int_eq(protect(s, 1, 2, PROT_RW), 0);
	ck_assert_int_eq(protect(s, 3, 1, PROT_RW), -ENOMEM);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(4)), 0);
	ck_assert_uint_eq(s->m->k->total_committed, before);
	space_free(s);
}
END_TEST

/* ---- pages that are there ---- */

START_TEST(test_there_and_back)
{
	struct space *s = space_new(128);
	pte_t before;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, BASE, 42), 0);
	before = entry(s, BASE);
	ck_assert_int_eq(protect(s, 0, 1, PROT_READ), 0);
	assert_pages(s, BASE, "c");
	ck_assert_int_eq(store(s, BASE, 1), -EACCES);
	ck_assert_int_eq(load(s, BASE), 42);
	ck_assert_int_eq(protect(s, 0, 1, PROT_NONE), 0);
	assert_pages(s, BASE, "-");
	ck_assert_int_eq(load(s, BASE), -EACCES);
	ck_assert_uint_eq(get_mm_rss(s->mm), 1);
	ck_assert_int_eq(protect(s, 0, 1, PROT_RW), 0);
	ck_assert_uint_eq(entry(s, BASE).v, before.v);
	ck_assert_uint_eq(touch_w(s, BASE, 1), 0); /* no fault at all */
	ck_assert_int_eq(load(s, BASE), 42);
	space_free(s);
}
END_TEST

/* What others may have stays read-only: the write faults and copies. */
START_TEST(test_shared_frame)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 1);
	touch_r(s, BASE + PAGES(1), 1);
	space_fork(s);
	ck_assert_int_eq(protect(s, 0, 2, PROT_NONE), 0);
	ck_assert_int_eq(protect(s, 0, 2, PROT_RW), 0);
	assert_pages(s, BASE, "sz");
	ck_assert_uint_eq(touch_w(s, BASE, 2), 2);
	assert_pages(s, BASE, "ww");
	space_free(s);
}
END_TEST

/* A private page of a file is never made writable without a copy. */
START_TEST(test_private_file)
{
	struct space *s = space_new(128);

	disk_make(s, 0, PAGES(1), "a");
	map_file(s, 0, FMODE_READ, BASE, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_FIXED, 0);
	ck_assert_int_eq(load(s, BASE), 'a');
	ck_assert_int_eq(protect(s, 0, 1, PROT_RW), 0);
	assert_pages(s, BASE, "f");
	ck_assert_int_eq(store(s, BASE, 'x'), 0);
	assert_pages(s, BASE, "w");
	ck_assert_int_eq(s->file[0].bytes[0], 'a');
	space_free(s);
}
END_TEST

START_TEST(test_shared_memory)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 1, PROT_RW, FIXED_SHARED);
	touch_w(s, BASE, 1);
	ck_assert_int_eq(protect(s, 0, 1, PROT_READ), 0);
	assert_pages(s, BASE, "f");
	ck_assert_int_eq(store(s, BASE, 1), -EACCES);
	ck_assert_int_eq(protect(s, 0, 1, PROT_RW), 0);
	assert_pages(s, BASE, "F");
	ck_assert_uint_eq(touch_w(s, BASE, 1), 0);
	space_free(s);
}
END_TEST

START_TEST(test_no_execute)
{
	struct space *s = space_new_pae(128);

	map_pages(s, BASE, 1, PROT_RX, FIXED_PRIVATE);
	ck_assert_int_eq(fetch(s, BASE), 0);
	ck_assert_int_eq(protect(s, 0, 1, PROT_RW), 0);
	ck_assert_int_eq(fetch(s, BASE), -EACCES);
	ck_assert_uint_eq(s->task->fault.error_code, PF_P | PF_U | PF_ID);
	ck_assert_int_eq(protect(s, 0, 1, PROT_EXEC), 0);
	ck_assert_int_eq(fetch(s, BASE), 0);
	ck_assert_int_eq(load(s, BASE), 0);
	space_free(s);
}
END_TEST

START_TEST(test_read_implies_exec)
{
	struct space *s = space_new(64);

	s->mm->read_implies_exec = true;
	map_pages(s, BASE, 3, PROT_READ, FIXED_PRIVATE);
	ck_assert_int_eq(protect(s, 1, 1, PROT_RW), 0);
	ck_assert_int_eq(protect(s, 2, 1, PROT_WRITE), 0);
	assert_regions(s, BASE, "x|a|o");
	space_free(s);
}
END_TEST

/* No memory for the split: nothing of that region is changed. */
START_TEST(test_without_memory)
{
	struct space *s = space_new(128);
	u32 committed, refused = 0;
	struct hog hog;

	map_pages(s, BASE, 100, PROT_READ, FIXED_PRIVATE);
	hog = hog_all_but(s->m, 0);
	for (u32 i = 1; i < 98; i += 2) {
		committed = s->m->k->total_committed;
		if (protect(s, i, 1, PROT_RW) == 0)
			continue;
		refused++;
		ck_assert_uint_eq(s->m->k->total_committed, committed);
		test_check(s->m);
	}
	ck_assert_uint_gt(refused, 0);
	hog_free(&hog);
	space_free(s);
}
END_TEST

TEST_MAIN("mprotect", test_arguments, test_holes, test_several_regions, test_read_only_file,
	  test_growsdown, test_rlimit_data, test_committed, test_there_and_back, test_shared_frame,
	  test_private_file, test_shared_memory, test_no_execute, test_read_implies_exec,
	  test_without_memory)

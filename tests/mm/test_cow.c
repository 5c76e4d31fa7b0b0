/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy on write: which entries fork copies and how, who copies at a write and who reuses,
 * and that nobody ever sees another's bytes.
 */
#include "mm/page_alloc.h"
#include "space.h"

static u32 bits(const struct space *s, u32 addr)
{
	return (u32)(entry(s, addr).v & (PG_P | PG_RW | PG_A | PG_D));
}

START_TEST(test_fork_shares)
{
	struct space *s = space_new(256);
	struct task_struct *parent = s->task;
	struct page *page;
	u32 used;

	map_pages(s, BASE, 5, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 2);
	touch_r(s, BASE + PAGES(2), 1);
	ck_assert_int_eq(store(s, BASE, 7), 0);
	page = frame(s, BASE);
	used = test_used_frames(s->m);
	space_run(s, space_fork(s));
	/* directory and table; with PAE pointers, four directories, table */
	ck_assert_uint_eq(test_used_frames(s->m), used + (test_pae() ? 6 : 2));
	assert_pages(s, BASE, "ssz  ");
	ck_assert_ptr_eq(frame(s, BASE), page);
	ck_assert_int_eq(page_mapcount(page), 2);
	ck_assert(!PageAnonExclusive(page));
	ck_assert_uint_eq(bits(s, BASE), PG_P | PG_D); /* not accessed yet by the child */
	ck_assert_int_eq(s->mm->rss_stat[MM_ANONPAGES], 2);
	space_run(s, parent);
	assert_pages(s, BASE, "ssz  ");
	ck_assert_uint_eq(bits(s, BASE), PG_P | PG_A | PG_D);
	space_free(s);
}
END_TEST

/* One fault and a copy for the first, one fault and no copy for the last. */
START_TEST(test_copy_then_reuse)
{
	struct space *s = space_new(256);
	struct task_struct *parent = s->task, *child;
	struct page *page;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, BASE, 1), 0);
	page = frame(s, BASE);
	child = space_fork(s);
	ck_assert_uint_eq(touch_r(s, BASE, 1), 0);
	ck_assert_uint_eq(touch_w(s, BASE, 1), 1);
	ck_assert_int_eq(store(s, BASE, 2), 0);
	ck_assert_ptr_ne(frame(s, BASE), page);
	ck_assert(PageAnonExclusive(frame(s, BASE)));
	ck_assert_int_eq(page_mapcount(page), 1);
	space_run(s, child);
	assert_pages(s, BASE, "s"); /* nobody told it yet */
	ck_assert_int_eq(load(s, BASE), 1);
	ck_assert_uint_eq(touch_w(s, BASE, 1), 1);
	ck_assert_ptr_eq(frame(s, BASE), page);
	assert_pages(s, BASE, "w");
	space_run(s, parent);
	ck_assert_int_eq(load(s, BASE), 2);
	space_free(s);
}
END_TEST

START_TEST(test_last_user_by_exit)
{
	struct space *s = space_new(256);
	struct task_struct *child;
	struct page *page;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, BASE, 1), 0);
	page = frame(s, BASE);
	child = space_fork(s);
	do_exit(child, 0);
	ck_assert_uint_eq(touch_w(s, BASE, 1), 1);
	ck_assert_ptr_eq(frame(s, BASE), page);
	space_free(s);
}
END_TEST

/* Three generations: one frame, three users; each copies until one is left. */
START_TEST(test_generations)
{
	struct space *s = space_new(256);
	struct task_struct *task[3] = { s->task };
	struct page *page;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, BASE, 9), 0);
	page = frame(s, BASE);
	for (u32 i = 1; i < 3; i++) {
		space_run(s, task[i - 1]);
		task[i] = space_fork(s);
	}
	ck_assert_int_eq(page_mapcount(page), 3);
	for (u32 i = 0; i < 3; i++) {
		space_run(s, task[i]);
		ck_assert_int_eq(load(s, BASE), 9);
		ck_assert_int_eq(store(s, BASE, (u8)i), 0);
		ck_assert_int_eq(page_mapcount(page), i < 2 ? 2 - (int)i : 1);
		test_check(s->m);
	}
	ck_assert_ptr_eq(frame(s, BASE), page);
	for (u32 i = 0; i < 3; i++) {
		space_run(s, task[i]);
		ck_assert_int_eq(load(s, BASE), (int)i);
	}
	space_free(s);
}
END_TEST

/* Forked again before the child wrote: the parent's entry was read-only already. */
START_TEST(test_fork_twice)
{
	struct space *s = space_new(256);
	struct task_struct *parent = s->task, *first, *second;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, BASE, 1), 0);
	first = space_fork(s);
	second = space_fork(s);
	ck_assert_int_eq(page_mapcount(frame(s, BASE)), 3);
	ck_assert_int_eq(store(s, BASE, 2), 0);
	space_run(s, first);
	ck_assert_int_eq(store(s, BASE, 3), 0);
	space_run(s, second);
	ck_assert_int_eq(load(s, BASE), 1);
	space_run(s, parent);
	ck_assert_int_eq(load(s, BASE), 2);
	space_free(s);
}
END_TEST

/* Shared memory and untouched files are not copied: the child finds them in the page cache. */
START_TEST(test_not_copied)
{
	struct space *s = space_new(256);

	disk_make(s, 0, PAGES(2), "ab");
	map_pages(s, BASE, 1, PROT_RW, FIXED_SHARED);
	map_file(s, 0, FMODE_READ, BASE + PAGES(1), PAGES(2), PROT_RW, MAP_PRIVATE | MAP_FIXED, 0);
	ck_assert_int_eq(store(s, BASE, 5), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 'a');
	space_run(s, space_fork(s));
	ck_assert_uint_eq(s->mm->nr_ptes, 0);
	ck_assert_uint_eq(get_mm_rss(s->mm), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 'a');
	ck_assert_int_eq(load(s, BASE), 5);
	ck_assert_int_eq(store(s, BASE, 6), 0);
	space_free(s);
}
END_TEST

/* A private file region with a copy is copied whole, its page cache pages too. */
START_TEST(test_file_with_copy)
{
	struct space *s = space_new(256);
	struct task_struct *parent = s->task;

	disk_make(s, 0, PAGES(3), "abc");
	map_file(s, 0, FMODE_READ, BASE, PAGES(3), PROT_RW, MAP_PRIVATE | MAP_FIXED, 0);
	ck_assert_int_eq(load(s, BASE), 'a');
	ck_assert_int_eq(store(s, BASE + PAGES(1), 'x'), 0);
	space_run(s, space_fork(s));
	assert_pages(s, BASE, "fsf");
	ck_assert_int_eq(page_mapcount(frame(s, BASE)), 2);
	ck_assert_int_eq(s->mm->rss_stat[MM_FILEPAGES], 2);
	ck_assert_int_eq(store(s, BASE + PAGES(1), 'y'), 0);
	ck_assert_int_eq(store(s, BASE, 'z'), 0);
	space_run(s, parent);
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 'x');
	ck_assert_int_eq(load(s, BASE), 'a');
	ck_assert_int_eq(s->file[0].bytes[0], 'a');
	space_free(s);
}
END_TEST

/* What is --- at fork is shared all the same, and not writable when it comes back. */
START_TEST(test_fork_under_prot_none)
{
	struct space *s = space_new(256);
	struct task_struct *parent = s->task, *child;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, BASE, 4), 0);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGE_SIZE, PROT_NONE), 0);
	child = space_fork(s);
	for (u32 i = 0; i < 2; i++) {
		space_run(s, i ? child : parent);
		assert_pages(s, BASE, "-");
		ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGE_SIZE, PROT_RW), 0);
		ck_assert_int_eq(load(s, BASE), 4);
		ck_assert_int_eq(store(s, BASE, (u8)(5 + i)), 0);
		test_check(s->m);
	}
	space_run(s, parent);
	ck_assert_int_eq(load(s, BASE), 5);
	space_free(s);
}
END_TEST

/* No memory in the middle of fork: no child, and the parent's memory is its own. */
START_TEST(test_fork_without_memory)
{
	for (u32 left = 0; left < 9; left++) {
		struct space *s = space_new(256);
		struct task_struct *child;
		u32 used, committed;
		struct hog hog;

		for (u32 i = 0; i < 5; i++) {
			map_pages(s, BASE + i * (4u << 20), 1, PROT_RW, FIXED_PRIVATE);
			ck_assert_int_eq(store(s, BASE + i * (4u << 20), (u8)i), 0);
		}
		hog = hog_all_but(s->m, left);
		used = test_used_frames(s->m);
		committed = s->m->k->total_committed;
		if (do_fork(s->task, 0, &child) == 0) {
			ck_assert_uint_ge(left, 6); /* a directory and five tables */
			do_exit(child, 0);
		}
		test_check(s->m);
		ck_assert_uint_eq(test_used_frames(s->m), used);
		ck_assert_uint_eq(s->m->k->total_committed, committed);
		for (u32 i = 0; i < 5; i++) {
			ck_assert_int_eq(load(s, BASE + i * (4u << 20)), (int)i);
			ck_assert_int_eq(store(s, BASE + i * (4u << 20), 9), 0); /* reused */
		}
		hog_free(&hog);
		space_free(s);
	}
}
END_TEST

/* The invariant of cow.c, broken by hand. */
START_TEST(test_check_sees)
{
	struct space *s = space_new(256);

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 1);
	touch_r(s, BASE + PAGES(1), 1);
	space_fork(s);
	for (u32 i = 0; i < 2; i++) {
		pte_t e = entry(s, BASE + PAGES(i));

		set_pte(s->mm, pte_lookup(s->mm, BASE + PAGES(i)), (pte_t){ e.v | PG_RW });
		ck_assert_uint_eq(test_check_quiet(s->m), 1);
		set_pte(s->mm, pte_lookup(s->mm, BASE + PAGES(i)), e);
		test_check(s->m);
	}
	space_free(s);
}
END_TEST

TEST_MAIN("cow", test_fork_shares, test_copy_then_reuse, test_last_user_by_exit, test_generations,
	  test_fork_twice, test_not_copied, test_file_with_copy, test_fork_under_prot_none,
	  test_fork_without_memory, test_check_sees)

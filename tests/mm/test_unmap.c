/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking pages out of page tables: frames, counts, dirty and accessed bits that the page
 * cache inherits, and that it costs what is there and not what is spanned.
 */
#include "mm/page_alloc.h"
#include "space.h"

START_TEST(test_zap)
{
	struct space *s = space_new(128);
	u32 used;

	map_pages(s, BASE, 6, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 4);
	touch_r(s, BASE + PAGES(4), 1);
	used = test_used_frames(s->m);
	zap_page_range(find_vma(s->mm, BASE), BASE + PAGES(1), BASE + PAGES(5));
	assert_pages(s, BASE, "w     ");
	assert_regions(s, BASE, "wwwwww");
	ck_assert_uint_eq(get_mm_rss(s->mm), 1);
	ck_assert_uint_eq(test_used_frames(s->m), used - 3);
	ck_assert_uint_eq(pte_table(s->m, pte_lookup(s->mm, BASE))->private, 1);
	test_check(s->m);
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 0);
	space_free(s);
}
END_TEST

START_TEST(test_shared_frame)
{
	struct space *s = space_new(128);
	struct page *page;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 1);
	page = frame(s, BASE);
	space_fork(s);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGE_SIZE), 0);
	ck_assert_int_eq(page_mapcount(page), 1);
	ck_assert_int_eq(page_count(page), 1);
	space_free(s);
}
END_TEST

/* What the processor noted in the entry, the page cache's page knows afterwards. */
START_TEST(test_dirty_and_accessed)
{
	struct space *s = space_new(128);
	struct page *page[2];

	map_pages(s, BASE, 2, PROT_RW, FIXED_SHARED);
	touch_r(s, BASE, 2);
	ck_assert_uint_eq(touch_w(s, BASE, 1), 0); /* shared memory is writable at once */
	page[0] = frame(s, BASE);
	page[1] = frame(s, BASE + PAGES(1));
	ck_assert(!PageDirty(page[0]) && !PageDirty(page[1]));
	zap_page_range(find_vma(s->mm, BASE), BASE, BASE + PAGES(2));
	ck_assert(PageDirty(page[0]) && !PageDirty(page[1]));
	ck_assert(PageReferenced(page[0]) && PageReferenced(page[1]));
	ck_assert_int_eq(page_count(page[0]), 1);
	ck_assert_int_eq(s->m->k->vm_stat[NR_FILE_MAPPED], 0);
	space_free(s);
}
END_TEST

/* --- entries and the zero page go too. */
START_TEST(test_all_kinds)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 1);
	touch_r(s, BASE + PAGES(1), 1);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGES(2), PROT_NONE), 0);
	assert_pages(s, BASE, "--");
	zap_page_range(find_vma(s->mm, BASE), BASE, BASE + PAGES(2));
	assert_pages(s, BASE, "  ");
	ck_assert_uint_eq(get_mm_rss(s->mm), 0);
	space_free(s);
}
END_TEST

/* Almost 3 GiB with two pages in it: a loop over all of its pages would take seconds. */
START_TEST(test_large_and_empty)
{
	struct space *s = space_new(256);

	for (u32 i = 0; i < 20000; i++) {
		map_pages(s, 0x10000, (TASK_SIZE - 0x10000) / PAGE_SIZE, PROT_READ,
			  FIXED_PRIVATE | MAP_NORESERVE);
		touch_r(s, 0x10000, 1);
		touch_r(s, TASK_SIZE - PAGE_SIZE, 1);
		ck_assert_int_eq(do_munmap(s->mm, 0x10000, TASK_SIZE - 0x10000), 0);
	}
	ck_assert_uint_eq(s->mm->nr_ptes, 0);
	space_free(s);
}
END_TEST

TEST_MAIN("unmap", test_zap, test_shared_frame, test_dirty_and_accessed, test_all_kinds,
	  test_large_and_empty)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advice that changes pages: what is given up by madvise free, alone and with others, and what
 * populating marks.
 */
#include "mm/lru.h"
#include "space.h"

static void advise(struct space *s, u32 pages, u32 advice)
{
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(pages), advice), 0);
	test_check(s->m);
}

static struct space *with_page(void)
{
	struct space *s = space_new(256);

	map_pages(s, BASE, 2, PROT_RW, PRIVATE);
	touch_w(s, BASE, 1);
	return s;
}

START_TEST(test_free)
{
	struct space *s = with_page();
	struct page *page = frame(s, BASE);

	advise(s, 2, MADV_FREE);
	ck_assert(!pte_dirty(entry(s, BASE)) && !pte_young(entry(s, BASE)));
	ck_assert(!PageSwapBacked(page));
	ck_assert_ptr_eq(frame(s, BASE), page);
	store(s, BASE, 'x');
	ck_assert(pte_dirty(entry(s, BASE)));
	space_free(s);
}
END_TEST

/* Each process gives up what it sees; the other's entry still says that it wrote. */
START_TEST(test_free_shared)
{
	struct space *s = with_page();
	struct task_struct *parent = s->task, *child;

	store(s, BASE, 'p');
	child = space_fork(s);
	space_run(s, child);
	advise(s, 1, MADV_FREE);
	ck_assert(!pte_dirty(entry(s, BASE)));
	space_run(s, parent);
	ck_assert(pte_dirty(entry(s, BASE)));
	ck_assert_int_eq(load(s, BASE), 'p');
	space_free(s);
}
END_TEST

/* Dirty as a page, it may be wanted by any of those who map it. */
START_TEST(test_free_dirty_page)
{
	struct space *s = with_page();
	struct task_struct *parent = s->task;
	struct page *page = frame(s, BASE);

	SetPageDirty(page);
	space_run(s, space_fork(s));
	advise(s, 1, MADV_FREE);
	ck_assert(PageDirty(page) && pte_dirty(entry(s, BASE)));
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(2)), 0);
	space_run(s, parent);
	advise(s, 1, MADV_FREE);
	ck_assert(!PageDirty(page) && !pte_dirty(entry(s, BASE)));
	space_free(s);
}
END_TEST

/* The kernel looks at pages without setting the entry's bits: the page itself is marked. */
START_TEST(test_populate_marks)
{
	struct space *s = with_page();
	struct page *page = frame(s, BASE);

	ck_assert(!PageReferenced(page));
	advise(s, 1, MADV_FREE);
	advise(s, 1, MADV_POPULATE_READ);
	ck_assert(PageReferenced(page) && !PageDirty(page));
	advise(s, 1, MADV_POPULATE_WRITE);
	ck_assert(PageDirty(page) && !pte_dirty(entry(s, BASE)));
	space_free(s);
}
END_TEST

START_TEST(test_remove_of_nothing)
{
	struct space *s = with_page();

	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(1), MADV_REMOVE), -EINVAL);
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(3), MADV_FREE), -ENOMEM);
	ck_assert(!pte_dirty(entry(s, BASE))); /* done all the same */
	ck_assert_int_eq(sys_madvise(s->task, BASE + 1, PAGES(1), MADV_FREE), -EINVAL);
	space_free(s);
}
END_TEST

TEST_MAIN("madvise", test_free, test_free_shared, test_free_dirty_page, test_populate_marks,
	  test_remove_of_nothing)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mremap where the new place and the old one meet, and old length 0.
 */
#include "space.h"

static s64 move(struct space *s, u32 from, u32 pages, u32 new_pages, u32 flags, u32 to)
{
	s64 at = sys_mremap(s->task, from, PAGES(pages), PAGES(new_pages), MREMAP_MAYMOVE | flags,
			    to);

	test_check(s->m);
	return at;
}

/* The copy joins the region that it is cut from: no more regions than before. */
START_TEST(test_joins_its_own)
{
	struct space *s = space_new(256);

	map_pages(s, BASE, 8, PROT_RW, FIXED_PRIVATE);
	store(s, BASE + PAGES(3), 'x');
	ck_assert_int_eq(move(s, BASE + PAGES(2), 2, 2, MREMAP_FIXED, BASE + PAGES(8)),
			 BASE + PAGES(8));
	ck_assert_int_eq(load(s, BASE + PAGES(9)), 'x');
	ck_assert_int_eq(load(s, BASE + PAGES(3)), -EFAULT);
	ck_assert_int_eq(load(s, BASE + PAGES(4)), 0);
	space_free(s);
}
END_TEST

/* What joins a region without an anon_vma brings its own. */
START_TEST(test_brings_its_anon_vma)
{
	struct space *s = space_new(256);

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(9), 2, PROT_RW, FIXED_PRIVATE);
	store(s, BASE, 'x');
	store(s, BASE + PAGES(1), 'y');
	ck_assert_int_eq(move(s, BASE, 1, 1, MREMAP_FIXED, BASE + PAGES(8)), BASE + PAGES(8));
	ck_assert_int_eq(load(s, BASE + PAGES(8)), 'x');
	store(s, BASE + PAGES(9), 'z');
	test_check(s->m);
	space_free(s);
}
END_TEST

/* Old length 0: a second mapping of shared pages, the first stays whole. */
START_TEST(test_nothing_to_move)
{
	struct space *s = space_new(256);

	map_pages(s, BASE, 4, PROT_RW, FIXED_SHARED);
	store(s, BASE + PAGES(1), 'x');
	ck_assert_int_eq(move(s, BASE + PAGES(1), 0, 2, 0, 0), BASE + PAGES(4));
	ck_assert_int_eq(load(s, BASE + PAGES(4)), 'x');
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 'x');
	map_pages(s, BASE + PAGES(16), 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(move(s, BASE + PAGES(16), 0, 1, 0, 0), -EINVAL);
	space_free(s);
}
END_TEST

/*
 * The copy joins what has an anon_vma below and what has none above: so do both parts of the
 * region that it came from.
 */
START_TEST(test_all_parts_share)
{
	struct space *s = space_new(256);

	map_pages(s, BASE + PAGES(2), 8, PROT_RW, FIXED_PRIVATE | MAP_NORESERVE);
	map_pages(s, BASE + PAGES(4), 8, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	store(s, BASE, 'x');
	ck_assert_ptr_null(KGET(find_vma(s->mm, BASE + PAGES(10))->anon_vma));
	ck_assert_int_eq(move(s, BASE + PAGES(6), 2, 2, MREMAP_FIXED, BASE + PAGES(2)),
			 BASE + PAGES(2));
	ck_assert_ptr_eq(KGET(find_vma(s->mm, BASE + PAGES(10))->anon_vma),
			 KGET(find_vma(s->mm, BASE)->anon_vma));
	ck_assert_ptr_nonnull(KGET(find_vma(s->mm, BASE)->anon_vma));
	space_free(s);
}
END_TEST

TEST_MAIN("mremap", test_joins_its_own, test_all_parts_share, test_brings_its_anon_vma,
	  test_nothing_to_move)

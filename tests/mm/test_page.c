// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page descriptors: number, address and bytes of a frame; lists of frames.
 */
#include <string.h>

#include "mm/page_alloc.h"
#include "frame_world.h"

START_TEST(frames_have_numbers_and_bytes)
{
	struct machine *m = zoned_machine(128, 32, 64);

	for (pfn_t pfn = 0; pfn < 128; pfn++) {
		struct page *p = pfn_to_page(m, pfn);

		ck_assert_uint_eq(page_to_pfn(p), pfn);
		ck_assert_ptr_eq(page_address(p), ram_at(&m->ram, (paddr_t)pfn << PAGE_SHIFT));
	}
	machine_free(m);
}
END_TEST

/* Frames behind 1 GiB: the descriptor's own address says nothing about where the bytes are. */
START_TEST(bytes_of_high_frames)
{
	struct machine *m = small_machine(3u << 18);
	pfn_t last = (3u << 18) - 1;
	u8 *bytes = page_address(pfn_to_page(m, last));

	ck_assert_ptr_eq(bytes, m->ram.base + m->ram.size - PAGE_SIZE);
	ck_assert_uint_eq(page_to_pfn(pfn_to_page(m, last)), last);
	bytes[PAGE_SIZE - 1] = 1;
	machine_free(m);
}
END_TEST

START_TEST(last_reference_frees)
{
	struct machine *m = small_machine(64);
	u32 before = nr_free_pages(m);
	struct page *p = alloc_page(m, GFP_KERNEL);

	get_page(p);
	put_page(p);
	ck_assert_int_eq(page_count(p), 1);
	ck_assert_uint_eq(nr_free_pages(m), before - 1);
	put_page(p);
	ck_assert_uint_eq(nr_free_pages(m), before);
	machine_free(m);
}
END_TEST

/* ---- lists ---- */

#define N 16u

/* A list in a frame of its own, and N frames to put into it. */
struct lists {
	struct machine *m;
	struct page_list *l;
	struct page *page[N];
};

static struct lists lists_new(void)
{
	struct lists t = { .m = small_machine(128) };
	struct page *home = alloc_page(t.m, GFP_KERNEL | __GFP_ZERO);

	t.l = page_address(home);
	for (unsigned i = 0; i < N; i++)
		t.page[i] = alloc_page(t.m, GFP_KERNEL);
	return t;
}

/* The list is page[want[0]], page[want[1]], ... both ways round. */
static void assert_list(const struct lists *t, const unsigned *want, unsigned n)
{
	const struct page *p = page_list_first(t->l);

	ck_assert_uint_eq(t->l->nr, n);
	for (unsigned i = 0; i < n; i++, p = page_list_next(p))
		if (p != t->page[want[i]] ||
		    p->lru_prev != (i ? page_to_pfn(t->page[want[i - 1]]) : 0))
			ck_abort_msg("entry %u of %u is wrong", i, n);
	ck_assert_ptr_null(p);
	ck_assert_ptr_eq(page_list_last(t->l), n ? t->page[want[n - 1]] : NULL);
}

START_TEST(list_keeps_order)
{
	struct lists t = lists_new();

	assert_list(&t, NULL, 0);
	page_list_add(t.l, t.page[1]);
	assert_list(&t, (unsigned[]){ 1 }, 1);
	page_list_add(t.l, t.page[0]);
	page_list_add_tail(t.l, t.page[2]);
	page_list_add_tail(t.l, t.page[3]);
	assert_list(&t, (unsigned[]){ 0, 1, 2, 3 }, 4);
	page_list_del(t.l, t.page[1]);
	assert_list(&t, (unsigned[]){ 0, 2, 3 }, 3);
	page_list_del(t.l, t.page[0]);
	page_list_del(t.l, t.page[3]);
	assert_list(&t, (unsigned[]){ 2 }, 1);
	page_list_del(t.l, t.page[2]);
	assert_list(&t, NULL, 0);
	machine_free(t.m);
}
END_TEST

START_TEST(list_against_an_array)
{
	struct rnd r = rnd_start("list_against_an_array");
	struct lists t = lists_new();
	unsigned want[N], n = 0;
	bool in[N] = { false };

	for (unsigned step = 0; step < 20000; step++) {
		unsigned i = rnd_below(&r, N), at;

		if (!in[i] && rnd_below(&r, 2)) {
			page_list_add_tail(t.l, t.page[i]);
			want[n++] = i;
		} else if (!in[i]) {
			page_list_add(t.l, t.page[i]);
			memmove(want + 1, want, n++ * sizeof(want[0]));
			want[0] = i;
		} else {
			page_list_del(t.l, t.page[i]);
			for (at = 0; want[at] != i; at++)
				;
			memmove(want + at, want + at + 1, (--n - at) * sizeof(want[0]));
		}
		in[i] = !in[i];
		assert_list(&t, want, n);
	}
	machine_free(t.m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("page");
	TCase *tc = tcase_create("page");

	suite_add_tcase(s, tc);
	tcase_add_test(tc, frames_have_numbers_and_bytes);
	tcase_add_test(tc, bytes_of_high_frames);
	tcase_add_test(tc, last_reference_frees);
	tcase_add_test(tc, list_keeps_order);
	tcase_add_test(tc, list_against_an_array);
	return run_suite(s);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the root ctl gave out: found by any byte, forgotten when given back, and the only
 * thing beside users' pages that may be written.
 */
#include "mm/check.h"
#include "mm/handout.h"
#include "mm/page_alloc.h"
#include "frame_world.h"

static u64 pa_of(const struct machine *m, const void *p)
{
	return (u64)((const u8 *)p - m->ram.base);
}

static struct handout *hand_out_pages(struct machine *m, unsigned order)
{
	struct page *p = alloc_pages(m, GFP_KERNEL, order);
	u64 pa = pa_of(m, page_address(p));
	struct handout *h = handout_add(m, HANDOUT_PAGES, pa, pa + (PAGE_SIZE << order));

	ck_assert_ptr_nonnull(h);
	h->order = (u8)order;
	return h;
}

START_TEST(found_by_any_byte)
{
	struct machine *m = small_machine(256);
	struct handout *a = hand_out_pages(m, 1), *b = hand_out_pages(m, 0);
	u64 start = a->start;

	ck_assert_ptr_eq(handout_find(m, a->start), a);
	ck_assert_ptr_eq(handout_find(m, a->end - 1), a);
	ck_assert_ptr_eq(handout_find(m, b->start + 77), b);
	ck_assert(handout_find(m, a->end) != a);
	ck_assert_ptr_null(handout_find(m, a->start - 1));
	allocators_check(m);
	handout_remove(m, a);
	ck_assert_ptr_null(handout_find(m, start));
	allocators_check(m);
	free_pages(m, PAGE_OFFSET + (kva_t)start, 1);
	machine_free(m);
}
END_TEST

/* Linear addresses of vmalloc are numbers of another kind. */
START_TEST(vmalloc_is_apart)
{
	struct machine *m = small_machine(256);
	struct handout *a = hand_out_pages(m, 0);
	struct handout *v = handout_add(m, HANDOUT_VMALLOC, a->start, a->end);

	ck_assert_ptr_eq(handout_find(m, a->start), a);
	handout_remove(m, a);
	ck_assert_ptr_null(handout_find(m, v->start));
	handout_remove(m, v);
	machine_free(m);
}
END_TEST

START_TEST(what_may_be_written)
{
	struct machine *m = small_machine(256);
	struct handout *h = hand_out_pages(m, 1);
	u8 *object = kmalloc(m, 64, GFP_KERNEL), *other = kmalloc(m, 64, GFP_KERNEL);
	u64 pa = pa_of(m, object);
	struct page *anon = alloc_page(m, GFP_KERNEL), *own = alloc_page(m, GFP_KERNEL);

	handout_add(m, HANDOUT_KMALLOC, pa, pa + 64);
	anon->mapping = kva_of(object) | PAGE_MAPPING_ANON;
	ck_assert(physical_write_allowed(m, h->start));
	ck_assert(physical_write_allowed(m, h->end - 1)); /* a tail frame without a count */
	ck_assert(physical_write_allowed(m, pa));
	ck_assert(physical_write_allowed(m, pa + 63));
	ck_assert(!physical_write_allowed(m, pa_of(m, other)));
	ck_assert(physical_write_allowed(m, pa_of(m, page_address(anon))));
	ck_assert(!physical_write_allowed(m, pa_of(m, page_address(own))));
	ck_assert(!physical_write_allowed(m, 0));
	ck_assert(!physical_write_allowed(m, pa_of(m, m->k)));
	ck_assert(!physical_write_allowed(m, pa_of(m, m->mem_map)));
	ck_assert(!physical_write_allowed(m, m->ram.size - 1)); /* free */
	ck_assert(!physical_write_allowed(m, m->ram.size));
	ck_assert(!physical_write_allowed(m, ~0ull));
	machine_free(m);
}
END_TEST

START_TEST(without_memory)
{
	struct machine *m = small_machine(128);
	u64 start = 1ull << 40;

	while (alloc_page(m, GFP_KERNEL))
		;
	while (handout_add(m, HANDOUT_KMALLOC, start, start + 1))
		start += 2;
	ck_assert_ptr_null(handout_find(m, start));
	allocators_check(m);
	machine_free(m);
}
END_TEST

START_TEST(validation_sees)
{
	struct machine *m = small_machine(256);
	struct handout *a = hand_out_pages(m, 0), *b = hand_out_pages(m, 0);
	struct check c = { 0 };

	if (_i)
		a->end = a->start;
	else
		ClearPageHandout(pfn_to_page(m, (pfn_t)(b->start >> PAGE_SHIFT)));
	handout_validate(m, &c);
	ck_assert_uint_gt(c.failures, 0);
	machine_free(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("handout");
	TCase *tc = tcase_create("handout");

	suite_add_tcase(s, tc);
	tcase_add_test(tc, found_by_any_byte);
	tcase_add_test(tc, vmalloc_is_apart);
	tcase_add_test(tc, what_may_be_written);
	tcase_add_test(tc, without_memory);
	tcase_add_loop_test(tc, validation_sees, 0, 2);
	return run_suite(s);
}

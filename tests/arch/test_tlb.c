// SPDX-License-Identifier: GPL-2.0-or-later
/* The TLB alone: what is found after fills, evictions, flushes and invlpg. */
#include <check.h>
#include <stdlib.h>

#include "arch/tlb.h"

#define FRAME(n) ((u64)(n) << PAGE_SHIFT)
#define SET_STRIDE ((vaddr_t)TLB_SETS * PAGE_SIZE) /* the next page of the same set */

static const struct paging *const forms[] = { &paging_2level, &paging_pae };

/* The bits of the entry for @va, 0 without one. */
static u64 bits_at(struct tlb *tlb, const struct paging *pg, vaddr_t va)
{
	bool large;
	struct tlb_entry *e = tlb_find(tlb, pg, va, &large);

	return e ? e->bits : 0;
}

static unsigned nr_valid(const struct tlb *tlb)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < TLB_SETS * TLB_WAYS; i++)
		nr += tlb->small[i / TLB_WAYS][i % TLB_WAYS].valid;
	for (unsigned i = 0; i < TLB_LARGE_SETS * TLB_WAYS; i++)
		nr += tlb->large[i / TLB_WAYS][i % TLB_WAYS].valid;
	return nr;
}

START_TEST(empty_finds_nothing)
{
	struct tlb tlb = { 0 };

	/* Page 0 has tag 0, as unused entries have. */
	ck_assert_uint_eq(bits_at(&tlb, forms[_i], 0), 0);
	ck_assert_uint_eq(bits_at(&tlb, forms[_i], 0xfffff000), 0);
}
END_TEST

START_TEST(finds_every_byte_of_a_page)
{
	const struct paging *pg = forms[_i];
	vaddr_t va = 0xc0400000, span = 1u << pg->dir_shift;
	struct tlb tlb = { 0 };
	bool large = true;

	tlb_fill(&tlb, pg, 0x40001234, FRAME(5) | PG_P, false);
	ck_assert_uint_eq(bits_at(&tlb, pg, 0x40001000), FRAME(5) | PG_P);
	ck_assert_uint_eq(bits_at(&tlb, pg, 0x40001fff), FRAME(5) | PG_P);
	ck_assert_uint_eq(bits_at(&tlb, pg, 0x40000fff), 0);
	ck_assert_uint_eq(bits_at(&tlb, pg, 0x40002000), 0);
	ck_assert_ptr_nonnull(tlb_find(&tlb, pg, 0x40001000, &large));
	ck_assert(!large);

	tlb_fill(&tlb, pg, va + 0x12345, FRAME(1024) | PG_P, true);
	ck_assert_uint_eq(bits_at(&tlb, pg, va), FRAME(1024) | PG_P);
	ck_assert_uint_eq(bits_at(&tlb, pg, va + span - 1), FRAME(1024) | PG_P);
	ck_assert_uint_eq(bits_at(&tlb, pg, va - 1), 0);
	ck_assert_uint_eq(bits_at(&tlb, pg, va + span), 0);
	ck_assert_ptr_nonnull(tlb_find(&tlb, pg, va, &large));
	ck_assert(large);
}
END_TEST

START_TEST(fill_replaces_the_same_page)
{
	struct tlb tlb = { 0 };

	for (unsigned i = 1; i < 10; i++)
		tlb_fill(&tlb, forms[_i], 0x5000, FRAME(i) | PG_P, false);
	for (unsigned i = 1; i < 10; i++)
		tlb_fill(&tlb, forms[_i], 0x40000000, FRAME(i * 1024) | PG_P, true);
	ck_assert_uint_eq(bits_at(&tlb, forms[_i], 0x5000), FRAME(9) | PG_P);
	ck_assert_uint_eq(bits_at(&tlb, forms[_i], 0x40000000), FRAME(9 * 1024) | PG_P);
	ck_assert_uint_eq(nr_valid(&tlb), 2);
}
END_TEST

/* A set has four ways; the fifth page of a set takes the place of the oldest, and so on. */
START_TEST(full_set_evicts_in_turn)
{
	const struct paging *pg = forms[_i / 2];
	bool large = _i % 2;
	vaddr_t stride = large ? (vaddr_t)TLB_LARGE_SETS << pg->dir_shift : SET_STRIDE;
	vaddr_t neighbour = large ? 1u << pg->dir_shift : PAGE_SIZE;
	struct tlb tlb = { 0 };

	tlb_fill(&tlb, pg, neighbour, FRAME(9) | PG_P, large);
	for (vaddr_t n = 0; n < 11; n++) {
		tlb_fill(&tlb, pg, n * stride, FRAME(0x400 * n) | PG_P, large);
		for (vaddr_t m = 0; m < 11; m++)
			ck_assert_int_eq(bits_at(&tlb, pg, m * stride) != 0,
					 m <= n && m + TLB_WAYS > n);
	}
	ck_assert_uint_eq(bits_at(&tlb, pg, neighbour), FRAME(9) | PG_P);
	ck_assert_uint_eq(nr_valid(&tlb), TLB_WAYS + 1);
}
END_TEST

/* A place that invlpg freed is used before anybody is evicted. */
START_TEST(free_way_is_used_first)
{
	const struct paging *pg = forms[_i];
	struct tlb tlb = { 0 };

	for (vaddr_t n = 0; n < TLB_WAYS; n++)
		tlb_fill(&tlb, pg, n * SET_STRIDE, FRAME(n) | PG_P, false);
	tlb_invlpg(&tlb, pg, 2 * SET_STRIDE);
	tlb_fill(&tlb, pg, 7 * SET_STRIDE, FRAME(7) | PG_P, false);
	ck_assert_uint_ne(bits_at(&tlb, pg, 0), 0);
	ck_assert_uint_ne(bits_at(&tlb, pg, SET_STRIDE), 0);
	ck_assert_uint_ne(bits_at(&tlb, pg, 3 * SET_STRIDE), 0);
	ck_assert_uint_ne(bits_at(&tlb, pg, 7 * SET_STRIDE), 0);
}
END_TEST

START_TEST(holds_64_small_and_8_large)
{
	const struct paging *pg = forms[_i];
	struct tlb tlb = { 0 };

	for (vaddr_t n = 0; n < 64; n++)
		tlb_fill(&tlb, pg, 0x40000000 + n * PAGE_SIZE, FRAME(n) | PG_P, false);
	for (vaddr_t n = 0; n < 8; n++)
		tlb_fill(&tlb, pg, 0xc0000000 + (n << pg->dir_shift), FRAME(n) | PG_P, true);
	ck_assert_uint_eq(nr_valid(&tlb), 72);
	for (vaddr_t n = 0; n < 64; n++)
		ck_assert_uint_eq(bits_at(&tlb, pg, 0x40000000 + n * PAGE_SIZE), FRAME(n) | PG_P);
	for (vaddr_t n = 0; n < 8; n++)
		ck_assert_uint_eq(bits_at(&tlb, pg, 0xc0000000 + (n << pg->dir_shift)),
				  FRAME(n) | PG_P);
}
END_TEST

START_TEST(flush_spares_global_entries)
{
	const struct paging *pg = forms[_i];
	struct tlb tlb = { 0 };

	tlb_fill(&tlb, pg, 0x1000, FRAME(1) | PG_P, false);
	tlb_fill(&tlb, pg, 0x2000, FRAME(2) | PG_P | PG_G, false);
	tlb_fill(&tlb, pg, 0x40000000, FRAME(1024) | PG_P, true);
	tlb_fill(&tlb, pg, 0xc0000000, FRAME(0) | PG_P | PG_G, true);
	tlb_flush(&tlb);
	ck_assert_uint_eq(bits_at(&tlb, pg, 0x1000), 0);
	ck_assert_uint_ne(bits_at(&tlb, pg, 0x2000), 0);
	ck_assert_uint_eq(bits_at(&tlb, pg, 0x40000000), 0);
	ck_assert_uint_ne(bits_at(&tlb, pg, 0xc0000000), 0);
	tlb_flush_all(&tlb);
	ck_assert_uint_eq(nr_valid(&tlb), 0);
	ck_assert_uint_eq(tlb.flushes, 2);
}
END_TEST

START_TEST(invlpg_drops_one_page_of_either_size)
{
	const struct paging *pg = forms[_i];
	struct tlb tlb = { 0 };

	tlb_fill(&tlb, pg, 0xc0001000, FRAME(1) | PG_P | PG_G, false);
	tlb_fill(&tlb, pg, 0xc0002000, FRAME(2) | PG_P, false);
	tlb_fill(&tlb, pg, 0xc0001000, FRAME(0) | PG_P | PG_G, true);
	tlb_invlpg(&tlb, pg, 0xc0001abc);
	ck_assert_uint_eq(bits_at(&tlb, pg, 0xc0001000), 0);
	ck_assert_uint_ne(bits_at(&tlb, pg, 0xc0002000), 0);
	ck_assert_uint_eq(nr_valid(&tlb), 1);
	tlb_invlpg(&tlb, pg, 0x1000); /* nothing there: counted all the same */
	ck_assert_uint_eq(tlb.invlpgs, 2);

	tlb_drop(&tlb, pg, 0xc0002fff);
	ck_assert_uint_eq(nr_valid(&tlb), 0);
	ck_assert_uint_eq(tlb.invlpgs, 2);
	ck_assert_uint_eq(tlb.flushes, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arch/tlb");
	TCase *tc = tcase_create("tlb");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tc, empty_finds_nothing, 0, 2);
	tcase_add_loop_test(tc, finds_every_byte_of_a_page, 0, 2);
	tcase_add_loop_test(tc, fill_replaces_the_same_page, 0, 2);
	tcase_add_loop_test(tc, full_set_evicts_in_turn, 0, 4);
	tcase_add_loop_test(tc, free_way_is_used_first, 0, 2);
	tcase_add_loop_test(tc, holds_64_small_and_8_large, 0, 2);
	tcase_add_loop_test(tc, flush_spares_global_entries, 0, 2);
	tcase_add_loop_test(tc, invlpg_drops_one_page_of_either_size, 0, 2);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

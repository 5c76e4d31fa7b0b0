// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interval trees: who meets an interval, against looking at every one.
 */
#include <stdlib.h>

#include "mm/interval_tree.h"
#include "mm/page_alloc.h"
#include "frame_world.h"

#define N 300u

struct world {
	struct rb_root root;
	struct interval_node node[N];
	bool in[N];
};

static struct machine *machine;

static struct world *world_new(void)
{
	machine = small_machine(256);
	return page_address(alloc_pages(machine, GFP_KERNEL | __GFP_ZERO, 3));
}

static void insert(struct world *w, u32 i, u32 start, u32 last)
{
	w->node[i].start = start;
	w->node[i].last = last;
	interval_tree_insert(&w->root, &w->node[i]);
	w->in[i] = true;
}

static bool meets(const struct interval_node *n, u32 start, u32 last)
{
	return n->start <= last && n->last >= start;
}

/* Everyone who meets [start, last], once each, in the order of starts. */
static void assert_query(struct world *w, u32 start, u32 last)
{
	bool found[N] = { false };
	bool right = true;
	u32 from = 0;

	for (struct interval_node *n = interval_tree_first(&w->root, start, last); n;
	     n = interval_tree_next(n, start, last)) {
		right &= meets(n, start, last) && !found[n - w->node] && n->start >= from;
		found[n - w->node] = true;
		from = n->start;
	}
	for (u32 i = 0; i < N; i++)
		right &= found[i] == (w->in[i] && meets(&w->node[i], start, last));
	ck_assert_msg(right, "who meets [%u, %u]", start, last);
}

/*
 *   page   0 1 2 3 4 5 6 7 8 9
 *   0      A A A
 *   1          B
 *   2            C C C C C
 *   3                  D D
 */
START_TEST(drawn)
{
	struct world *w = world_new();

	ck_assert_ptr_null(interval_tree_first(&w->root, 0, ~0u));
	insert(w, 2, 3, 7);
	insert(w, 0, 0, 2);
	insert(w, 3, 6, 7);
	insert(w, 1, 2, 2);
	ck_assert_ptr_eq(interval_tree_first(&w->root, 2, 3), &w->node[0]);
	ck_assert_ptr_eq(interval_tree_next(&w->node[0], 2, 3), &w->node[1]);
	ck_assert_ptr_eq(interval_tree_next(&w->node[1], 2, 3), &w->node[2]);
	ck_assert_ptr_null(interval_tree_next(&w->node[2], 2, 3));
	ck_assert_ptr_eq(interval_tree_first(&w->root, 7, 9), &w->node[2]);
	ck_assert_ptr_null(interval_tree_first(&w->root, 8, ~0u));
	machine_free(machine);
}
END_TEST

START_TEST(ends_of_the_number_range)
{
	struct world *w = world_new();

	insert(w, 0, 0, ~0u);
	insert(w, 1, 0, 0);
	insert(w, 2, ~0u, ~0u);
	assert_query(w, 0, 0);
	assert_query(w, ~0u, ~0u);
	assert_query(w, 1, ~0u - 1);
	assert_query(w, 0, ~0u);
	interval_tree_remove(&w->root, &w->node[0]);
	w->in[0] = false;
	assert_query(w, 1, ~0u - 1);
	machine_free(machine);
}
END_TEST

START_TEST(random_against_all)
{
	struct rnd r = rnd_start("random_against_all");
	struct world *w = world_new();

	for (unsigned step = 0; step < 6000; step++) {
		u32 i = rnd_below(&r, N), start = rnd_below(&r, 1000), count, want = 0;

		if (w->in[i]) {
			interval_tree_remove(&w->root, &w->node[i]);
			w->in[i] = false;
		} else {
			insert(w, i, start, start + rnd_below(&r, 1u << rnd_below(&r, 9)));
		}
		ck_assert_ptr_null(interval_tree_validate(&w->root, &count));
		for (u32 n = 0; n < N; n++)
			want += w->in[n];
		ck_assert_uint_eq(count, want);
		start = rnd_below(&r, 1100);
		assert_query(w, start, start + rnd_below(&r, 60));
	}
	machine_free(machine);
}
END_TEST

START_TEST(validation_sees)
{
	struct world *w = world_new();

	for (u32 i = 0; i < 20; i++)
		insert(w, i, i, i + 5);
	switch (_i) {
	case 0: w->node[7].start = 100; break;
	case 1: w->node[7].subtree_last = 0; break;
	case 2: w->node[7].last = 6; break;
	}
	ck_assert_ptr_nonnull(interval_tree_validate(&w->root, NULL));
	machine_free(machine);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("interval_tree");
	TCase *tc = tcase_create("interval_tree");

	suite_add_tcase(s, tc);
	tcase_add_test(tc, drawn);
	tcase_add_test(tc, ends_of_the_number_range);
	tcase_add_test(tc, random_against_all);
	tcase_add_loop_test(tc, validation_sees, 0, 3);
	return run_suite(s);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Red-black trees: the five properties after every step, order against a sorted array,
 * and cached values (here: the sum of all keys below) against what they should be.
 */
#include <stdlib.h>
#include <string.h>

#include "mm/page_alloc.h"
#include "mm/rbtree.h"
#include "frame_world.h"

#define N 1000u

struct item {
	struct rb_node rb;
	u32 key, weight, sum; /* sum: weights of the subtree */
};

/* In RAM, as nodes must be. */
struct world {
	struct rb_root root;
	struct item item[N];
};

static struct machine *machine;

static struct world *world_new(void)
{
	u32 order = 0;
	struct page *page;

	while (PAGE_SIZE << order < sizeof(struct world))
		order++;
	machine = small_machine(256);
	page = alloc_pages(machine, GFP_KERNEL | __GFP_ZERO, order);
	return page_address(page);
}

static struct item *item_of(struct rb_node *rb)
{
	return rb_entry(rb, struct item, rb);
}

static bool sum_augment(struct rb_node *rb)
{
	struct rb_node *left = rb_left(rb), *right = rb_right(rb);
	u32 sum = item_of(rb)->weight;

	sum += left ? item_of(left)->sum : 0;
	sum += right ? item_of(right)->sum : 0;
	if (item_of(rb)->sum == sum)
		return false;
	item_of(rb)->sum = sum;
	return true;
}

static void insert(struct world *w, struct item *n, rb_augment_fn augment)
{
	struct rb_node *parent = NULL, *rb = rb_root_node(&w->root);
	kva_t *link = &w->root.node;

	while (rb) {
		parent = rb;
		link = n->key < item_of(rb)->key ? &rb->left : &rb->right;
		rb = kva_ptr(w, *link);
	}
	n->sum = 0xdead;
	rb_insert(&w->root, &n->rb, parent, link, augment);
}

/* The tree holds the keys of present[] in order, both ways round. */
static void assert_tree(struct world *w, const bool *present, rb_augment_fn augment)
{
	struct rb_node *rb = rb_first(&w->root), *last = NULL;
	u32 n = 0, count, depth;
	bool same = true;
	const char *wrong = rb_validate(&w->root, augment, &count, &depth);

	if (wrong)
		ck_abort_msg("%s", wrong);
	for (u32 i = 0; i < N; i++) {
		if (!present[i])
			continue;
		same &= rb == &w->item[i].rb && rb_prev(rb) == last;
		if (!same)
			break;
		last = rb;
		rb = rb_next(rb);
		n++;
	}
	ck_assert(same && !rb);
	ck_assert_ptr_eq(rb_last(&w->root), last);
	ck_assert_uint_eq(count, n);
	ck_assert_uint_le(1u << depth / 2, n + 1);
}

START_TEST(an_empty_tree)
{
	struct world *w = world_new();

	ck_assert_ptr_null(rb_first(&w->root));
	ck_assert_ptr_null(rb_last(&w->root));
	ck_assert_ptr_null(rb_validate(&w->root, sum_augment, NULL, NULL));
	machine_free(machine);
}
END_TEST

static u32 place(u32 i, int order)
{
	switch (order) {
	case 0: return i; /* ascending */
	case 1: return N - 1 - i;
	case 2: return i % 2 ? N - 1 - i / 2 : i / 2; /* from both ends */
	default: return i * 367 % N;
	}
}

/* Fill in one order, empty in another: all 16 pairs. */
START_TEST(fill_and_empty)
{
	struct world *w = world_new();
	bool present[N] = { false };
	rb_augment_fn augment = _i % 2 ? sum_augment : NULL;

	for (u32 i = 0; i < N; i++) {
		struct item *n = &w->item[place(i, _i & 3)];

		n->key = n->weight = (u32)(n - w->item);
		insert(w, n, augment);
		present[n - w->item] = true;
		if (i % 10 == 0)
			assert_tree(w, present, augment);
	}
	for (u32 i = 0; i < N; i++) {
		u32 at = place(i, _i >> 2);

		if (i % 10 == 0)
			assert_tree(w, present, augment);
		rb_erase(&w->root, &w->item[at].rb, augment);
		present[at] = false;
	}
	assert_tree(w, present, augment);
	ck_assert_uint_eq(w->root.node, 0);
	machine_free(machine);
}
END_TEST

/* All shapes that up to 7 nodes can take by insertion, each node erased from each. */
static void permute(struct world *w, u32 *perm, u32 n, u32 fixed)
{
	if (fixed < n) {
		for (u32 i = fixed; i < n; i++) {
			u32 t = perm[fixed];

			perm[fixed] = perm[i], perm[i] = t;
			permute(w, perm, n, fixed + 1);
			perm[i] = perm[fixed], perm[fixed] = t;
		}
		return;
	}
	for (u32 gone = 0; gone < n; gone++) {
		w->root.node = 0;
		for (u32 i = 0; i < n; i++) {
			w->item[perm[i]].key = w->item[perm[i]].weight = perm[i];
			insert(w, &w->item[perm[i]], sum_augment);
		}
		rb_erase(&w->root, &w->item[gone].rb, sum_augment);
		if (rb_validate(&w->root, sum_augment, NULL, NULL))
			ck_abort_msg("%u of %u erased", gone, n);
	}
}

START_TEST(every_small_tree)
{
	struct world *w = world_new();
	u32 perm[7] = { 0, 1, 2, 3, 4, 5, 6 };

	for (u32 n = 1; n <= 7; n++)
		permute(w, perm, n, 0);
	machine_free(machine);
}
END_TEST

START_TEST(random_against_an_array)
{
	struct rnd r = rnd_start("random_against_an_array");
	struct world *w = world_new();
	bool present[N] = { false };
	rb_augment_fn augment = _i ? sum_augment : NULL;

	for (unsigned step = 0; step < 20000; step++) {
		u32 i = rnd_below(&r, step < 10000 ? N : 40);
		struct item *n = &w->item[i];

		if (!present[i]) {
			n->key = i;
			n->weight = rnd_below(&r, 3); /* changes often stop early */
			insert(w, n, augment);
		} else if (augment && rnd_below(&r, 2)) {
			n->weight = rnd_below(&r, 3);
			rb_propagate(&n->rb, augment);
			present[i] = false;
		} else {
			rb_erase(&w->root, &n->rb, augment);
		}
		present[i] = !present[i];
		if (step % 8 == 0)
			assert_tree(w, present, augment);
	}
	machine_free(machine);
}
END_TEST

START_TEST(equal_keys_keep_their_order)
{
	struct world *w = world_new();
	bool present[N] = { false };

	for (u32 i = 0; i < 100; i++) {
		w->item[i].key = 5;
		insert(w, &w->item[i], NULL);
		present[i] = true;
		assert_tree(w, present, NULL);
	}
	machine_free(machine);
}
END_TEST

START_TEST(validation_sees)
{
	struct world *w = world_new();
	struct rb_node *root, *left;

	for (u32 i = 0; i < 20; i++) {
		w->item[i].key = w->item[i].weight = i;
		insert(w, &w->item[i], sum_augment);
	}
	root = rb_root_node(&w->root);
	left = rb_left(root);
	switch (_i) {
	case 0: root->parent_color &= ~RB_BLACK; break;
	case 1: left->parent_color ^= RB_BLACK; break;
	case 2: left->parent_color = kva_of(left) | (left->parent_color & RB_BLACK); break;
	case 3: item_of(left)->sum++; break;
	case 4: root->left = 0; break;
	}
	ck_assert_ptr_nonnull(rb_validate(&w->root, sum_augment, NULL, NULL));
	machine_free(machine);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rbtree");
	TCase *tc = tcase_create("rbtree");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_empty_tree);
	tcase_add_loop_test(tc, fill_and_empty, 0, 16);
	tcase_add_test(tc, every_small_tree);
	tcase_add_loop_test(tc, random_against_an_array, 0, 2);
	tcase_add_test(tc, equal_keys_keep_their_order);
	tcase_add_loop_test(tc, validation_sees, 0, 5);
	return run_suite(s);
}

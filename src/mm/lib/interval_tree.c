// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interval trees: all intervals that meet a given one, in logarithmic time each.
 * today: the place of ULK's priority search tree (ULK ch. 17, "Reverse Mapping for
 * Mapped Pages").
 *
 * Nodes are ordered by start; subtree_last is the largest last in a subtree:
 *
 *               [10,14] 30                 who meets [20,25]?  Left: nothing reaches
 *              /          \                20, not entered.  Right: [16,30] does;
 *        [2,8] 8        [16,30] 30         what starts behind 25 is not entered.
 */
#include "mm/interval_tree.h"

static inline struct interval_node *interval_of(struct rb_node *rb)
{
	return rb_entry(rb, struct interval_node, rb);
}

static inline u32 subtree_last(struct rb_node *rb)
{
	return rb ? interval_of(rb)->subtree_last : 0;
}

static bool augment_last(struct rb_node *rb)
{
	struct interval_node *n = interval_of(rb);
	u32 left = subtree_last(rb_left(rb)), right = subtree_last(rb_right(rb)), last = n->last;

	last = left > last ? left : last;
	last = right > last ? right : last;
	if (n->subtree_last == last)
		return false;
	n->subtree_last = last;
	return true;
}

void interval_tree_insert(struct rb_root *root, struct interval_node *n)
{
	struct rb_node *parent = NULL, *rb = rb_root_node(root);
	kva_t *link = &root->node;

	while (rb) {
		parent = rb;
		link = n->start < interval_of(rb)->start ? &rb->left : &rb->right;
		rb = kva_ptr(root, *link);
	}
	rb_insert(root, &n->rb, parent, link, augment_last);
}

void interval_tree_remove(struct rb_root *root, struct interval_node *n)
{
	rb_erase(root, &n->rb, augment_last);
}

/* The first one in the subtree of @rb.  => subtree_last(rb) >= start */
static struct interval_node *first_below(struct rb_node *rb, u32 start, u32 last)
{
	for (;;) {
		struct interval_node *n = interval_of(rb);
		struct rb_node *left = rb_left(rb);

		/* Something on the left reaches start: if it begins too late, so does all else. */
		if (left && subtree_last(left) >= start) {
			rb = left;
			continue;
		}
		if (n->start > last)
			return NULL;
		if (n->last >= start)
			return n;
		rb = rb_right(rb);
		if (!rb || subtree_last(rb) < start)
			return NULL;
	}
}

struct interval_node *interval_tree_first(const struct rb_root *root, u32 start, u32 last)
{
	struct rb_node *rb = rb_root_node(root);

	return rb && subtree_last(rb) >= start ? first_below(rb, start, last) : NULL;
}

struct interval_node *interval_tree_next(struct interval_node *n, u32 start, u32 last)
{
	struct rb_node *rb = &n->rb, *right = rb_right(rb);

	for (;;) {
		struct rb_node *from;

		if (right && subtree_last(right) >= start)
			return first_below(right, start, last);
		do {
			from = rb;
			rb = rb_parent(rb);
			if (!rb)
				return NULL;
		} while (rb_right(rb) == from);
		n = interval_of(rb);
		if (n->start > last)
			return NULL;
		if (n->last >= start)
			return n;
		right = rb_right(rb);
	}
}

const char *interval_tree_validate(const struct rb_root *root, u32 *ret_count)
{
	const char *wrong = rb_validate(root, augment_last, ret_count, NULL);
	struct interval_node *prev = NULL;

	if (wrong)
		return wrong;
	for (struct rb_node *rb = rb_first(root); rb; rb = rb_next(rb)) {
		struct interval_node *n = interval_of(rb);

		if (n->start > n->last)
			return "an interval ends before it starts";
		if (prev && n->start < prev->start)
			return "intervals are not in order";
		prev = n;
	}
	return NULL;
}

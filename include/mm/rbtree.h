/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Red-black trees in RAM, optionally augmented: each node may cache a value
 * computed from its subtree.  ULK ch. 9, "Memory Region Data Structures".
 * Links are kernel addresses; the colour is bit 0 of parent_color.
 */
#pragma once

#include "mm/kptr.h"

#define RB_RED 0u
#define RB_BLACK 1u

struct rb_node {
	u32 parent_color;
	kva_t left, right;
};

struct rb_root {
	kva_t node;
};

/*
 * Recompute the cached value of @n from @n itself and its two children.
 * Returns true when the value changed: propagation to the root stops at the
 * first node where it did not.
 */
typedef bool (*rb_augment_fn)(struct rb_node *n);

static inline struct rb_node *rb_left(const struct rb_node *n)
{
	return kva_ptr(n, n->left);
}

static inline struct rb_node *rb_right(const struct rb_node *n)
{
	return kva_ptr(n, n->right);
}

static inline struct rb_node *rb_parent(const struct rb_node *n)
{
	return kva_ptr(n, n->parent_color & ~1u);
}

static inline bool rb_is_black(const struct rb_node *n)
{
	return n->parent_color & RB_BLACK;
}

static inline struct rb_node *rb_root_node(const struct rb_root *root)
{
	return kva_ptr(root, root->node);
}

#define rb_entry(ptr, type, member) container_of(ptr, type, member)

/*
 * Insert @n as the child of @parent that *@link is (&parent->left,
 * &parent->right or &root->node), then rebalance.  @augment may be NULL.
 */
void rb_insert(struct rb_root *root, struct rb_node *n, struct rb_node *parent, kva_t *link,
	       rb_augment_fn augment);

/* Take @n out and rebalance. */
void rb_erase(struct rb_root *root, struct rb_node *n, rb_augment_fn augment);

/* The value that @n stands for changed: recompute it and its ancestors. */
void rb_propagate(struct rb_node *n, rb_augment_fn augment);

/* In-order neighbours, NULL at the ends. */
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *n);
struct rb_node *rb_prev(const struct rb_node *n);

/*
 * Do the five red-black properties hold, are parent links right, is every cached
 * value what @augment would compute (it reports a change otherwise)?  NULL, or
 * what does not hold.  *ret_count and *ret_depth may be NULL.
 */
const char *rb_validate(const struct rb_root *root, rb_augment_fn augment, u32 *ret_count,
			u32 *ret_depth);

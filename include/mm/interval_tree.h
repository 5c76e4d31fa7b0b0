/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interval trees: red-black trees ordered by first index, augmented by the largest
 * last index below, over closed intervals of page indices.
 * today: the place of ULK's priority search tree (ULK ch. 17, "Reverse Mapping").
 */
#pragma once

#include "mm/rbtree.h"

struct interval_node {
	struct rb_node rb;
	u32 start, last; /* closed: both ends belong to it */
	u32 subtree_last;
};

void interval_tree_insert(struct rb_root *root, struct interval_node *n);
void interval_tree_remove(struct rb_root *root, struct interval_node *n);

/* First interval (in start order) that meets [@start, @last], the next one after @n, or NULL. */
struct interval_node *interval_tree_first(const struct rb_root *root, u32 start, u32 last);
struct interval_node *interval_tree_next(struct interval_node *n, u32 start, u32 last);

const char *interval_tree_validate(const struct rb_root *root, u32 *ret_count);

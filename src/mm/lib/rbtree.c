// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Red-black trees in RAM.  ULK ch. 9, "Memory Region Data Structures".
 *
 *  1. A node is red or black.
 *  2. The root is black.
 *  3. A missing child counts as black.
 *  4. A red node has no red child.
 *  5. Every path from a node down to a missing child passes equally many black nodes.
 *
 * So no path is more than twice as long as another.      (rb_validate)
 *
 * Nodes are named by kernel address here: the difference between host and kernel
 * addresses is computed once for an operation, and following a link is one add.
 * Mirror images are one piece of code: a side is 0 (left) or 1 (right).
 *
 * In drawings capitals are black, small letters are red, (p) is either.
 */
#include <assert.h>

#include "mm/rbtree.h"

/* One tree while an operation goes on. */
struct tree {
	uintptr_t bias; /* host address - kernel address */
	struct rb_root *root;
	rb_augment_fn augment;
};

static inline struct tree tree_of(struct rb_root *root, rb_augment_fn augment)
{
	return (struct tree){ lowmem_base(root) - PAGE_OFFSET, root, augment };
}

static inline struct rb_node *at(const struct tree *t, kva_t va)
{
	return (struct rb_node *)(t->bias + va);
}

static inline kva_t *child(struct rb_node *n, unsigned side)
{
	return (kva_t *)((char *)n + offsetof(struct rb_node, left) + side * sizeof(kva_t));
}

static inline kva_t parent_va(const struct rb_node *n)
{
	return n->parent_color & ~RB_BLACK;
}

static inline bool is_red(const struct rb_node *n)
{
	return !(n->parent_color & RB_BLACK);
}

static inline void set_parent(struct rb_node *n, kva_t parent)
{
	n->parent_color = parent | (n->parent_color & RB_BLACK);
}

static inline void paint(struct rb_node *n, u32 color)
{
	n->parent_color = parent_va(n) | color;
}

/* A missing child is black. */
static inline bool child_is_red(const struct tree *t, kva_t va)
{
	return va && is_red(at(t, va));
}

/* Let what points to @old, under @parent (0: the root), point to @new. */
static inline void replace_child(const struct tree *t, kva_t parent, kva_t old, kva_t new)
{
	struct rb_node *p;

	if (!parent) {
		t->root->node = new;
		return;
	}
	p = at(t, parent);
	*child(p, p->right == old) = new;
}

/*
 * Rotate x down to @side; its other child y takes its place.  side 0:
 *
 *     x                y
 *    / \              / \
 *   a   y     ->     x   c
 *      / \          / \
 *     b   c        a   b
 *
 * Both stand for the same nodes as before, so what is cached above stays right.
 */
static void rotate(const struct tree *t, kva_t xva, unsigned side)
{
	struct rb_node *x = at(t, xva);
	kva_t yva = *child(x, !side), parent = parent_va(x), b;
	struct rb_node *y = at(t, yva);

	b = *child(y, side);
	*child(x, !side) = b;
	if (b)
		set_parent(at(t, b), xva);
	*child(y, side) = xva;
	replace_child(t, parent, xva, yva);
	set_parent(y, parent);
	set_parent(x, yva);
	if (t->augment) {
		t->augment(x);
		t->augment(y);
	}
}

static void propagate(const struct tree *t, kva_t va)
{
	while (va && t->augment(at(t, va)))
		va = parent_va(at(t, va));
}

void rb_propagate(struct rb_node *n, rb_augment_fn augment)
{
	struct tree t = { lowmem_base(n) - PAGE_OFFSET, NULL, augment };

	propagate(&t, kva_of(n));
}

/*
 * n is red and so may be its parent p; all else holds.  Until p is black:
 *
 *       G            g  <- n
 *      / \          / \
 *     p   u   ->   P   U       the uncle is red: push the fault two levels up
 *    /            /
 *   n            n
 *
 *       G            G               P
 *      / \          / \             / \
 *     p   U   ->   n   U    ->     n   g       inner n is first made outer
 *      \          /                     \
 *       n        p                       U
 */
static void rebalance_after_insert(const struct tree *t, kva_t nva)
{
	for (;;) {
		struct rb_node *n = at(t, nva), *p, *g;
		kva_t pva = parent_va(n), gva, uncle;
		unsigned side;

		if (!pva) {
			n->parent_color = RB_BLACK;
			return;
		}
		p = at(t, pva);
		if (!is_red(p))
			return;
		gva = parent_va(p); /* exists: the root is black */
		g = at(t, gva);
		side = g->right == pva;
		uncle = *child(g, !side);
		if (child_is_red(t, uncle)) {
			paint(at(t, uncle), RB_BLACK);
			paint(p, RB_BLACK);
			paint(g, RB_RED);
			nva = gva;
			continue;
		}
		if (*child(p, !side) == nva) {
			rotate(t, pva, side);
			p = n;
		}
		rotate(t, gva, !side);
		paint(p, RB_BLACK);
		paint(g, RB_RED);
		return;
	}
}

void rb_insert(struct rb_root *root, struct rb_node *n, struct rb_node *parent, kva_t *link,
	       rb_augment_fn augment)
{
	struct tree t = tree_of(root, augment);
	kva_t nva = kva_of(n), pva = kva_of(parent);

	assert(!*link);
	n->left = n->right = 0;
	n->parent_color = pva | RB_RED;
	*link = nva;
	if (augment) {
		augment(n); /* its old value says nothing about the nodes above */
		propagate(&t, pva);
	}
	rebalance_after_insert(&t, nva);
}

/*
 * The paths through p's child on @side lack a black node.  s is the other child, and exists.
 *
 *     (p)                  S
 *     / \                 / \
 *   -1   s      ->       p   R       red s: rotate, then s is black
 *       / \             / \
 *      L   R          -1   L
 *
 *     (p)                 -1 = (p)
 *     / \                 / \
 *   -1   S      ->       .   s       no red nephew: paint s, the fault goes up;
 *       / \                 / \      a red p turns black, and all is well
 *      A   B               A   B
 *
 *     (p)                 (s)
 *     / \                 / \
 *   -1   S      ->       P   B       outer nephew red: rotate, done
 *       / \             / \          (inner one: rotate it outwards first)
 *      a   b           .   a
 */
static void rebalance_after_erase(const struct tree *t, kva_t pva, unsigned side)
{
	while (pva) {
		struct rb_node *p = at(t, pva), *s = at(t, *child(p, !side));
		kva_t outer;

		if (is_red(s)) {
			paint(s, RB_BLACK);
			paint(p, RB_RED);
			rotate(t, pva, side);
			s = at(t, *child(p, !side));
		}
		outer = *child(s, !side);
		if (!child_is_red(t, outer)) {
			kva_t inner = *child(s, side), above = parent_va(p);

			if (!child_is_red(t, inner)) {
				paint(s, RB_RED);
				if (is_red(p)) {
					paint(p, RB_BLACK);
					return;
				}
				side = above && at(t, above)->right == pva;
				pva = above;
				continue;
			}
			rotate(t, *child(p, !side), !side);
			outer = *child(at(t, inner), !side);
			s = at(t, inner);
		}
		paint(s, p->parent_color & RB_BLACK);
		paint(p, RB_BLACK);
		paint(at(t, outer), RB_BLACK);
		rotate(t, pva, side);
		return;
	}
}

/* Take out n, which has at most one child; that child, necessarily red, takes its place. */
static void erase_simple(const struct tree *t, struct rb_node *n, kva_t nva)
{
	kva_t only = n->left ? n->left : n->right, pva = parent_va(n);
	unsigned side = pva && at(t, pva)->right == nva;

	replace_child(t, pva, nva, only);
	if (only)
		at(t, only)->parent_color = pva | RB_BLACK;
	if (t->augment)
		propagate(t, pva);
	if (!only && !is_red(n))
		rebalance_after_erase(t, pva, side);
}

/* Put s, whose own place was closed, where n is, with n's colour. */
static void take_place(const struct tree *t, struct rb_node *n, kva_t nva, struct rb_node *s,
		       kva_t sva)
{
	s->left = n->left;
	set_parent(at(t, n->left), sva);
	s->right = n->right;
	if (n->right)
		set_parent(at(t, n->right), sva);
	replace_child(t, parent_va(n), nva, sva);
	s->parent_color = n->parent_color;
}

/* Two children: the next node in order, which has no left child, takes n's place. */
static void erase_inner(const struct tree *t, struct rb_node *n, kva_t nva)
{
	kva_t sva = n->right, pva, only;
	struct rb_node *s = at(t, sva);
	bool was_red;
	unsigned side;

	while (s->left) {
		sva = s->left;
		s = at(t, sva);
	}
	was_red = is_red(s);
	pva = parent_va(s);
	only = s->right;
	side = pva == nva; /* right child of n itself, else a left child */
	*child(at(t, pva), side) = only;
	if (only)
		at(t, only)->parent_color = pva | RB_BLACK;
	take_place(t, n, nva, s, sva);
	if (pva == nva)
		pva = sva;
	if (t->augment) {
		/* s's own old value tells nothing there: do not stop at it. */
		for (kva_t va = pva; va != sva && t->augment(at(t, va));)
			va = parent_va(at(t, va));
		t->augment(s);
		propagate(t, parent_va(s));
	}
	if (!only && !was_red)
		rebalance_after_erase(t, pva, side);
}

void rb_erase(struct rb_root *root, struct rb_node *n, rb_augment_fn augment)
{
	struct tree t = tree_of(root, augment);
	kva_t nva = kva_of(n);

	if (n->left && n->right)
		erase_inner(&t, n, nva);
	else
		erase_simple(&t, n, nva);
}

/* ---- walking ---- */

/* The last node down one side of the subtree at @va. */
static struct rb_node *outermost(uintptr_t bias, kva_t va, unsigned side)
{
	struct rb_node *n = NULL;

	while (va) {
		n = (struct rb_node *)(bias + va);
		va = *child(n, side);
	}
	return n;
}

struct rb_node *rb_first(const struct rb_root *root)
{
	return outermost(lowmem_base(root) - PAGE_OFFSET, root->node, 0);
}

struct rb_node *rb_last(const struct rb_root *root)
{
	return outermost(lowmem_base(root) - PAGE_OFFSET, root->node, 1);
}

static struct rb_node *neighbour(const struct rb_node *n, unsigned side)
{
	uintptr_t bias = lowmem_base(n) - PAGE_OFFSET;
	kva_t va = side ? n->right : n->left, from = kva_of(n);

	if (va)
		return outermost(bias, va, !side);
	for (va = parent_va(n); va; from = va, va = parent_va((struct rb_node *)(bias + va)))
		if (*child((struct rb_node *)(bias + va), side) != from)
			return (struct rb_node *)(bias + va);
	return NULL;
}

struct rb_node *rb_next(const struct rb_node *n)
{
	return neighbour(n, 1);
}

struct rb_node *rb_prev(const struct rb_node *n)
{
	return neighbour(n, 0);
}

/* ---- validation ---- */

#define DEPTH_MAX 64u /* twice the logarithm of the most nodes that fit in RAM */

struct walk {
	rb_augment_fn augment;
	u32 count, depth;
};

/* Check the subtree at @n, @depth nodes below the root; *ret_black nodes on each path down. */
static const char *validate_subtree(struct walk *w, const struct rb_node *parent, struct rb_node *n,
				    u32 depth, u32 *ret_black)
{
	u32 black[2];
	const char *wrong;

	*ret_black = 0;
	if (!n)
		return NULL;
	if (depth >= DEPTH_MAX)
		return "a path is too long";
	if (rb_parent(n) != parent)
		return "a parent link is wrong";
	if (is_red(n) && (!parent || is_red(parent)))
		return parent ? "a red node has a red child" : "the root is red";
	w->count++;
	w->depth = depth + 1 > w->depth ? depth + 1 : w->depth;
	wrong = validate_subtree(w, n, rb_left(n), depth + 1, &black[0]);
	if (!wrong)
		wrong = validate_subtree(w, n, rb_right(n), depth + 1, &black[1]);
	if (wrong)
		return wrong;
	if (black[0] != black[1])
		return "paths differ in black nodes";
	if (w->augment && w->augment(n))
		return "a cached value is wrong";
	*ret_black = black[0] + rb_is_black(n);
	return NULL;
}

const char *rb_validate(const struct rb_root *root, rb_augment_fn augment, u32 *ret_count,
			u32 *ret_depth)
{
	struct walk w = { augment, 0, 0 };
	u32 black;
	const char *wrong = validate_subtree(&w, NULL, rb_root_node(root), 0, &black);

	if (ret_count)
		*ret_count = w.count;
	if (ret_depth)
		*ret_depth = w.depth;
	return wrong;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Radix trees: index to object, six bits of the index a level.  ULK ch. 15, "The Radix
 * Tree", "The Tags of the Radix Tree".
 *
 *   height 2, index 131 = 2 * 64 + 3:
 *
 *     rnode -> | 0 | 1 | 2 | ... |           tags: one bit a slot, set when anything
 *                        `-> | 0 |...| 3 |   below has it; a search enters no slot
 *                                      `-> item       without its bit
 *
 * The tree is as high as its largest index needs: a height of h holds indices below
 * 64^h, an empty tree has height 0.
 *
 * Invariants (radix_tree_validate): no node is empty; count is the number of slots in
 * use; a node's tag bit is set exactly where the node below has any bit of that tag;
 * a tree higher than 1 has an index that needs it.
 *
 * An insertion takes all its nodes first, so that one that fails changes nothing.
 */
#include <assert.h>
#include <errno.h>

#include "mm/machine.h"

#define MAP_MASK (RADIX_TREE_MAP_SIZE - 1)
#define MAX_HEIGHT 6u /* 36 bits of index */

/* How often the index is shifted for the slots of a node @height levels above the items. */
static inline unsigned shift_of(u32 height)
{
	return (height - 1) * RADIX_TREE_MAP_SHIFT;
}

static inline u32 slot_of(u32 index, u32 height)
{
	return index >> shift_of(height) & MAP_MASK;
}

static inline bool index_fits(u32 index, u32 height)
{
	return (u64)index >> (height * RADIX_TREE_MAP_SHIFT) == 0;
}

static inline struct radix_tree_node *node_at(const void *obj, kva_t va)
{
	return kva_ptr(obj, va);
}

static inline bool tag_get(const struct radix_tree_node *node, unsigned tag, u32 slot)
{
	return node->tags[tag][slot / 32] >> (slot % 32) & 1;
}

static inline void tag_set(struct radix_tree_node *node, unsigned tag, u32 slot)
{
	node->tags[tag][slot / 32] |= 1u << (slot % 32);
}

static inline void tag_clear(struct radix_tree_node *node, unsigned tag, u32 slot)
{
	node->tags[tag][slot / 32] &= ~(1u << (slot % 32));
}

static inline bool any_tag(const struct radix_tree_node *node, unsigned tag)
{
	return node->tags[tag][0] | node->tags[tag][1];
}

void radix_tree_init(struct machine *m)
{
	struct kmem_cache *cachep;
	int error;

	cachep = kmem_cache_create(m, "radix_tree_node", sizeof(struct radix_tree_node), 0,
				   SLAB_RECLAIM_ACCOUNT, CTOR_ZERO, &error);
	KSET(m->k->cache[CACHE_RADIX_TREE_NODE], cachep);
}

/* ---- nodes; a free one is all zero ---- */

static void node_free(struct machine *m, struct radix_tree_node *node)
{
	assert(!node->count && !node->values && !any_tag(node, 0) && !any_tag(node, 1));
	assert(!node->shadows_of);
	kmem_cache_free(kernel_cache(m, CACHE_RADIX_TREE_NODE), node);
}

/* Nodes in stock for one insertion. */
struct stock {
	unsigned nr;
	struct radix_tree_node *node[2 * MAX_HEIGHT];
};

static void stock_free(struct machine *m, struct stock *stock)
{
	while (stock->nr)
		node_free(m, stock->node[--stock->nr]);
}

/* 0, or -ENOMEM and nothing is held. */
static int stock_fill(struct machine *m, struct stock *stock, unsigned nr, gfp_t gfp)
{
	while (stock->nr < nr) {
		struct radix_tree_node *node =
			kmem_cache_alloc(kernel_cache(m, CACHE_RADIX_TREE_NODE), gfp);

		if (!node) {
			stock_free(m, stock);
			return -ENOMEM;
		}
		stock->node[stock->nr++] = node;
	}
	return 0;
}

/* ---- look-up ---- */

struct radix_tree_node *radix_tree_leaf(const struct radix_tree_root *root, u32 index)
{
	struct radix_tree_node *node = node_at(root, root->rnode);

	if (!index_fits(index, root->height))
		return NULL;
	for (u32 h = root->height; node && h > 1; h--)
		node = node_at(node, node->slots[slot_of(index, h)]);
	return node;
}

void *radix_tree_lookup(const struct radix_tree_root *root, u32 index)
{
	struct radix_tree_node *leaf = radix_tree_leaf(root, index);

	return leaf ? kva_ptr(leaf, leaf->slots[index & MAP_MASK]) : NULL;
}

/* ---- insertion ---- */

static u32 height_for(const struct radix_tree_root *root, u32 index)
{
	u32 height = root->height ? root->height : 1;

	while (!index_fits(index, height))
		height++;
	return height;
}

/* New nodes that an insertion at @index into a tree of @height levels takes. */
static unsigned nodes_missing(const struct radix_tree_root *root, u32 index, u32 height)
{
	struct radix_tree_node *node = node_at(root, root->rnode);
	u32 h = root->height;

	if (!node)
		return height;
	if (height > h) /* @index is not below the old top: its path is all new but the top */
		return height - h + height - 1;
	for (; h > 1; h--) {
		node = node_at(node, node->slots[slot_of(index, h)]);
		if (!node)
			return h - 1;
	}
	return 0;
}

/* Put new tops above the old one until the tree is @height high. */
static void extend(struct radix_tree_root *root, u32 height, struct stock *stock)
{
	for (; root->rnode && root->height < height; root->height++) {
		struct radix_tree_node *old = node_at(root, root->rnode);
		struct radix_tree_node *top = stock->node[--stock->nr];

		top->slots[0] = root->rnode;
		top->count = 1;
		for (unsigned tag = 0; tag < RADIX_TAGS; tag++)
			if (any_tag(old, tag))
				tag_set(top, tag, 0);
		root->rnode = kva_of(top);
	}
	root->height = height;
}

/*
 * Enough nodes for an insertion, and the height the tree will have.  Allocating may reclaim,
 * and that may take leaves out of this very tree: look again after each time.
 */
static int stock_for(struct machine *m, struct stock *stock, const struct radix_tree_root *root,
		     u32 index, gfp_t gfp, u32 *ret_height)
{
	for (;;) {
		unsigned nr;

		*ret_height = height_for(root, index);
		nr = nodes_missing(root, index, *ret_height);
		if (stock->nr >= nr)
			return 0;
		if (stock_fill(m, stock, nr, gfp))
			return -ENOMEM;
	}
}

int radix_tree_insert(struct machine *m, struct radix_tree_root *root, u32 index, void *item,
		      gfp_t gfp)
{
	struct stock stock = { 0 };
	u32 height;
	struct radix_tree_node *node = NULL;
	kva_t *slot = &root->rnode;

	assert(item);
	if (radix_tree_lookup(root, index))
		return -EEXIST;
	if (stock_for(m, &stock, root, index, gfp, &height))
		return -ENOMEM;
	extend(root, height, &stock);
	for (u32 h = height; h > 0; h--) {
		if (!*slot) {
			*slot = kva_of(stock.node[--stock.nr]);
			if (node)
				node->count++;
		}
		node = node_at(root, *slot);
		slot = &node->slots[slot_of(index, h)];
	}
	*slot = kva_of(item);
	node->count++;
	node->values += radix_is_value(item);
	stock_free(m, &stock);
	return 0;
}

void radix_tree_replace(struct radix_tree_root *root, u32 index, void *item)
{
	struct radix_tree_node *leaf = radix_tree_leaf(root, index);
	kva_t *slot = leaf->slots + (index & MAP_MASK);

	assert(item && *slot);
	leaf->values += radix_is_value(item);
	leaf->values -= *slot & 1;
	*slot = kva_of(item);
}

/* ---- deletion ---- */

/* Nodes on the way to an index: path[h] is h levels above the items. */
struct path {
	struct radix_tree_node *node[MAX_HEIGHT + 1];
};

/* False: no item there. */
static bool path_to(const struct radix_tree_root *root, u32 index, struct path *path)
{
	struct radix_tree_node *node = node_at(root, root->rnode);

	if (!node || !index_fits(index, root->height))
		return false;
	for (u32 h = root->height; h > 0; h--) {
		path->node[h] = node;
		node = node_at(node, node->slots[slot_of(index, h)]);
		if (!node)
			return false;
	}
	return true;
}

static void path_clear_tag(const struct path *path, u32 height, u32 index, unsigned tag)
{
	for (u32 h = 1; h <= height; h++) {
		tag_clear(path->node[h], tag, slot_of(index, h));
		if (any_tag(path->node[h], tag))
			return;
	}
}

/* Take away tops whose only slot is the first. */
static void shrink(struct machine *m, struct radix_tree_root *root)
{
	while (root->height > 1) {
		struct radix_tree_node *top = node_at(root, root->rnode);

		if (top->count > 1 || !top->slots[0])
			return;
		root->rnode = top->slots[0];
		root->height--;
		*top = (struct radix_tree_node){ 0 };
		node_free(m, top);
	}
}

void *radix_tree_delete(struct machine *m, struct radix_tree_root *root, u32 index)
{
	struct path path;
	void *item;
	u32 h;

	if (!path_to(root, index, &path))
		return NULL;
	item = kva_ptr(root, path.node[1]->slots[index & MAP_MASK]);
	for (unsigned tag = 0; tag < RADIX_TAGS; tag++)
		path_clear_tag(&path, root->height, index, tag);
	for (h = 1; h <= root->height; h++) {
		struct radix_tree_node *node = path.node[h];

		node->slots[slot_of(index, h)] = 0;
		node->values -= h == 1 && radix_is_value(item);
		if (--node->count)
			break;
		node_free(m, node);
	}
	if (h > root->height)
		*root = (struct radix_tree_root){ 0 };
	else
		shrink(m, root);
	return item;
}

/* ---- many at once ---- */

static inline bool slot_wanted(const struct radix_tree_node *node, u32 slot, int tag)
{
	return tag < 0 ? node->slots[slot] != 0 : tag_get(node, (unsigned)tag, slot);
}

/*
 * The leaf of the first wanted item with an index >= *index, which becomes its index; NULL
 * at the end.  @tag -1: any item.
 */
static struct radix_tree_node *next_leaf(const struct radix_tree_root *root, u64 *index, int tag)
{
	struct radix_tree_node *node = node_at(root, root->rnode);
	u32 h = root->height;

	while (node && *index >> 32 == 0 && index_fits((u32)*index, root->height)) {
		u32 slot = slot_of((u32)*index, h);

		if (slot_wanted(node, slot, tag)) {
			if (h == 1)
				return node;
			node = node_at(node, node->slots[slot]);
			h--;
			continue;
		}
		/* The first index of the next slot; behind the last one begin at the top again. */
		*index = ((*index >> shift_of(h)) + 1) << shift_of(h);
		if (slot == MAP_MASK) {
			node = node_at(root, root->rnode);
			h = root->height;
		}
	}
	return NULL;
}

static unsigned gang_lookup(const struct radix_tree_root *root, void **results, u32 *indices,
			    u32 first, unsigned max, int tag)
{
	struct radix_tree_node *leaf = NULL;
	unsigned n = 0;

	for (u64 index = first; n < max; index++) {
		u32 slot = index & MAP_MASK;

		/* Stay in a leaf while it goes on. */
		if (!leaf || !slot || !slot_wanted(leaf, slot, tag)) {
			leaf = next_leaf(root, &index, tag);
			if (!leaf)
				break;
			slot = index & MAP_MASK;
		}
		results[n] = kva_ptr(leaf, leaf->slots[slot]);
		if (indices)
			indices[n] = (u32)index;
		n++;
	}
	return n;
}

unsigned radix_tree_gang_lookup(const struct radix_tree_root *root, void **results, u32 *indices,
				u32 first, unsigned max)
{
	return gang_lookup(root, results, indices, first, max, -1);
}

unsigned radix_tree_gang_lookup_tag(const struct radix_tree_root *root, void **results,
				    u32 *indices, u32 first, unsigned max, enum radix_tag tag)
{
	return gang_lookup(root, results, indices, first, max, (int)tag);
}

/* ---- tags ---- */

void radix_tree_tag_set(struct radix_tree_root *root, u32 index, enum radix_tag tag)
{
	struct path path;
	bool found = path_to(root, index, &path);

	assert(found);
	for (u32 h = root->height; found && h > 0; h--)
		tag_set(path.node[h], tag, slot_of(index, h));
}

void radix_tree_tag_clear(struct radix_tree_root *root, u32 index, enum radix_tag tag)
{
	struct path path;
	bool found = path_to(root, index, &path);

	assert(found);
	if (found)
		path_clear_tag(&path, root->height, index, tag);
}

bool radix_tree_tag_get(const struct radix_tree_root *root, u32 index, enum radix_tag tag)
{
	struct radix_tree_node *leaf = radix_tree_leaf(root, index);

	return leaf && tag_get(leaf, tag, index & MAP_MASK);
}

bool radix_tree_tagged(const struct radix_tree_root *root, enum radix_tag tag)
{
	return root->rnode && any_tag(node_at(root, root->rnode), tag);
}

static u32 nodes_below(const struct radix_tree_node *node, u32 height)
{
	u32 n = 1;

	for (u32 slot = 0; height > 1 && slot < RADIX_TREE_MAP_SIZE; slot++)
		if (node->slots[slot])
			n += nodes_below(node_at(node, node->slots[slot]), height - 1);
	return n;
}

u32 radix_tree_nodes(const struct radix_tree_root *root)
{
	return root->rnode ? nodes_below(node_at(root, root->rnode), root->height) : 0;
}

/* ---- validation ---- */

static const char *validate_node(const struct radix_tree_node *node, u32 height, u32 *items)
{
	u32 used = 0, values = 0;

	if (!node->count)
		return "a node is empty";
	for (u32 slot = 0; slot < RADIX_TREE_MAP_SIZE; slot++) {
		const struct radix_tree_node *below = node_at(node, node->slots[slot]);
		const char *wrong;

		used += below != NULL;
		values += height == 1 && radix_is_value(below);
		for (unsigned tag = 0; tag < RADIX_TAGS; tag++) {
			bool expected = below && (height == 1 ? tag_get(node, tag, slot) :
								any_tag(below, tag));

			if (tag_get(node, tag, slot) != expected)
				return "a tag does not say what is below it";
		}
		if (below && height > 1) {
			wrong = validate_node(below, height - 1, items);
			if (wrong)
				return wrong;
		}
	}
	*items += height == 1 ? used : 0;
	if (values != node->values)
		return "a node's count of values is wrong";
	return used == node->count ? NULL : "a node's count is wrong";
}

const char *radix_tree_validate(const struct radix_tree_root *root, u32 *ret_items)
{
	const struct radix_tree_node *top = node_at(root, root->rnode);
	const char *wrong = NULL;
	u32 items = 0;

	if (root->height > MAX_HEIGHT || !root->height != !top)
		return "the height is wrong";
	if (top)
		wrong = validate_node(top, root->height, &items);
	if (!wrong && root->height > 1 && top->count == 1 && top->slots[0])
		wrong = "the tree is too high";
	if (ret_items)
		*ret_items = items;
	return wrong;
}

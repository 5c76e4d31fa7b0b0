/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Radix trees: from a 32-bit index to a kernel object, 64 slots a node, with
 * tags that are found from the root.  ULK ch. 15, "The Radix Tree".
 * Nodes come from the slab cache radix_tree_node.
 */
#pragma once

#include "mm/gfp.h"
#include "mm/kptr.h"
#include "mm/list.h"

struct machine;

enum radix_tag { RADIX_TAG_DIRTY, RADIX_TAG_WRITEBACK, RADIX_TAGS };

#define RADIX_TREE_MAP_SHIFT 6
#define RADIX_TREE_MAP_SIZE (1u << RADIX_TREE_MAP_SHIFT)

struct radix_tree_node {
	u16 count; /* slots in use */
	u16 values; /* those that hold a value instead of an object */
	kva_t slots[RADIX_TREE_MAP_SIZE];
	u32 tags[RADIX_TAGS][RADIX_TREE_MAP_SIZE / 32];
	/* workingset.c's: zero unless the node holds nothing but shadows of a page tree */
	struct list_head shadow_nodes;
	kva_t shadows_of; /* the address_space */
	u32 shadows_first; /* index of the first slot */
};

struct radix_tree_root {
	u32 height;
	kva_t rnode;
};

/*
 * An item may be a value of at most 29 bits instead of an object: @ram is any object of the same
 * RAM.  Objects have even addresses.
 */
static inline void *radix_value_item(const void *ram, u32 value)
{
	return kva_ptr(ram, PAGE_OFFSET | value << 1 | 1);
}

static inline bool radix_is_value(const void *item)
{
	return (uintptr_t)item & 1;
}

static inline u32 radix_value(const void *item)
{
	return (kva_of(item) & LOWMEM_MASK) >> 1;
}

/* Create the node cache.  At boot, after kmem_cache_init. */
void radix_tree_init(struct machine *m);

/*
 * 0, -EEXIST or -ENOMEM (nothing changed).  @item lies in low memory, not NULL; @gfp: how the
 * nodes are asked for.
 */
int radix_tree_insert(struct machine *m, struct radix_tree_root *root, u32 index, void *item,
		      gfp_t gfp);

/* Put another item in the place of the one at @index.  => there is one */
void radix_tree_replace(struct radix_tree_root *root, u32 index, void *item);

/* The node that holds @index's slot, or NULL: it has no item, nor have its neighbours. */
struct radix_tree_node *radix_tree_leaf(const struct radix_tree_root *root, u32 index);

/* The item, or NULL. */
void *radix_tree_lookup(const struct radix_tree_root *root, u32 index);

/* Remove and return the item, or NULL; empty nodes are freed, the tree shrinks. */
void *radix_tree_delete(struct machine *m, struct radix_tree_root *root, u32 index);

/*
 * Up to @max items with index >= @first, ascending.  Returns how many; their
 * indices in @indices when not NULL.
 */
unsigned radix_tree_gang_lookup(const struct radix_tree_root *root, void **results, u32 *indices,
				u32 first, unsigned max);
unsigned radix_tree_gang_lookup_tag(const struct radix_tree_root *root, void **results,
				    u32 *indices, u32 first, unsigned max, enum radix_tag tag);

/* Tag operations.  => an item is at @index */
void radix_tree_tag_set(struct radix_tree_root *root, u32 index, enum radix_tag tag);
void radix_tree_tag_clear(struct radix_tree_root *root, u32 index, enum radix_tag tag);
bool radix_tree_tag_get(const struct radix_tree_root *root, u32 index, enum radix_tag tag);
bool radix_tree_tagged(const struct radix_tree_root *root, enum radix_tag tag);

/* Nodes that the tree consists of. */
u32 radix_tree_nodes(const struct radix_tree_root *root);

/* NULL, or what does not hold; counts the items. */
const char *radix_tree_validate(const struct radix_tree_root *root, u32 *ret_items);

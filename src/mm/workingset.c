/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The working set: pages that come back soon after they were reclaimed.  today: refault distance;
 * 2.6.11 forgets what it reclaims, and a file a little larger than the inactive list is read anew
 * for ever while the active list is full of what nobody uses.
 *
 *	                      age 7                    age 11
 *	 inactive |  d c b |---> a        ...       a ---> active
 *	                     reclaimed            read again
 *
 * The age counts pages that left the inactive list at its end or for the active one.  Where a page
 * was, its shadow says the age of that time.  When the page comes back, the difference (4) is how
 * many places longer the inactive list had to be to still have it: if the other lists have as
 * many, it belongs among them and becomes active at once.
 *
 * A file's shadow is a value in its page tree, that of a swapped-out page lies in its slot
 * (swap_state.c).  Shadows keep nodes of the tree alive: those that hold nothing else are in a
 * list, and reclaim takes the oldest when there are too many.
 *
 * Invariants (workingset_validate, inode_validate): nrshadows counts a tree's shadows; a node is in
 * the list when and only when it holds shadows and nothing else.
 */
#include "mm/workingset.h"

#include "mm/check.h"
#include "mm/lru.h"
#include "mm/machine.h"

#include "vmscan_internal.h"

#define AGE_MASK ((1u << (SHADOW_BITS - 1)) - 1)
#define NODE_MASK (RADIX_TREE_MAP_SIZE - 1)

static struct workingset *workingset_of(const void *obj)
{
	return &machine_of(obj)->k->workingset;
}

void workingset_init(struct machine *m)
{
	INIT_LIST_HEAD(&m->k->workingset.nodes);
}

/* ---- age ---- */

void workingset_age(struct machine *m)
{
	m->k->workingset.age++;
}

u32 workingset_eviction(const struct page *page)
{
	struct workingset *ws = workingset_of(page);

	return (ws->age++ & AGE_MASK) << 1 | PageWorkingset(page);
}

/* Would it still be there, with the frames of the other lists? */
static bool is_recent(const struct machine *m, u32 shadow, bool file)
{
	u32 distance = (m->k->workingset.age - (shadow >> 1)) & AGE_MASK;
	u32 others = nr_lru_pages(m, LRU_ACTIVE_FILE);

	if (!file)
		others += nr_lru_pages(m, LRU_INACTIVE_FILE);
	if (get_nr_swap_pages(m) > 0) {
		others += nr_lru_pages(m, LRU_ACTIVE_ANON);
		if (file)
			others += nr_lru_pages(m, LRU_INACTIVE_ANON);
	}
	return distance <= others;
}

void workingset_refault(struct page *page, u32 shadow)
{
	struct machine *m = machine_of(page);
	bool file = !page_is_anon_lru(page);

	mod_vm_stat(m, WORKINGSET_REFAULT_ANON + file, 1);
	if (!is_recent(m, shadow, file))
		return;
	SetPageActive(page);
	workingset_age(m);
	mod_vm_stat(m, WORKINGSET_ACTIVATE_ANON + file, 1);
	if (!(shadow & 1))
		return;
	SetPageWorkingset(page);
	lru_note_cost(page_zone(page), file, 1, 0);
	mod_vm_stat(m, WORKINGSET_RESTORE_ANON + file, 1);
}

bool workingset_thrashes(const struct machine *m, bool file)
{
	return m->k->vm_stat[WORKINGSET_ACTIVATE_ANON + file] != m->k->workingset.activated[file];
}

void workingset_looked(struct machine *m)
{
	for (unsigned file = 0; file < 2; file++)
		m->k->workingset.activated[file] = m->k->vm_stat[WORKINGSET_ACTIVATE_ANON + file];
}

/* ---- nodes ---- */

static bool is_listed(const struct radix_tree_node *node)
{
	return node->shadows_of;
}

static void list_node(struct address_space *mapping, struct radix_tree_node *node, pgoff_t index)
{
	node->shadows_of = kva_of(mapping);
	node->shadows_first = index & ~NODE_MASK;
	list_add_tail(&node->shadow_nodes, &workingset_of(mapping)->nodes);
	mod_vm_stat(machine_of(mapping), WORKINGSET_NODES, 1);
}

static void unlist_node(struct radix_tree_node *node)
{
	list_del(&node->shadow_nodes);
	node->shadow_nodes = (struct list_head){ 0 };
	node->shadows_of = 0;
	node->shadows_first = 0;
	mod_vm_stat(machine_of(node), WORKINGSET_NODES, -1);
}

void workingset_update_node(struct address_space *mapping, pgoff_t index)
{
	struct radix_tree_node *node = radix_tree_leaf(&mapping->page_tree, index);
	bool only = node && node->count == node->values;

	if (!node || only == is_listed(node))
		return;
	if (only)
		list_node(mapping, node, index);
	else
		unlist_node(node);
}

void workingset_leave_shadow(struct page *page)
{
	struct address_space *mapping = kva_ptr(page, page->mapping);

	radix_tree_replace(&mapping->page_tree, page->index,
			   radix_value_item(mapping, workingset_eviction(page)));
	mapping->nrshadows++;
	workingset_update_node(mapping, page->index);
}

bool workingset_take_shadow(struct address_space *mapping, pgoff_t index, struct page *page,
			    u32 *ret)
{
	const void *item = radix_tree_lookup(&mapping->page_tree, index);

	if (!radix_is_value(item))
		return false;
	*ret = radix_value(item);
	radix_tree_replace(&mapping->page_tree, index, page);
	mapping->nrshadows--;
	workingset_update_node(mapping, index);
	return true;
}

void workingset_drop_shadow(struct address_space *mapping, pgoff_t index)
{
	struct radix_tree_node *node = radix_tree_leaf(&mapping->page_tree, index);

	/* It may be freed. */
	if (is_listed(node))
		unlist_node(node);
	radix_tree_delete(machine_of(mapping), &mapping->page_tree, index);
	mapping->nrshadows--;
	workingset_update_node(mapping, index);
}

static void reclaim_node(struct machine *m, struct radix_tree_node *node)
{
	struct address_space *mapping = kva_ptr(node, node->shadows_of);
	pgoff_t first = node->shadows_first;
	u32 nr = node->count;

	unlist_node(node);
	mapping->nrshadows -= nr;
	/* The last one frees the node: it is not looked at any more. */
	for (pgoff_t i = 0; nr; i++)
		nr -= radix_tree_delete(m, &mapping->page_tree, first + i) != NULL;
	mod_vm_stat(m, WORKINGSET_NODERECLAIM, 1);
}

/*
 * As many as the whole of RAM needs, if each node has an eighth of what it could: more are of
 * files that nobody reads.
 */
static u32 nodes_too_many(const struct machine *m)
{
	u32 nodes = (u32)m->k->vm_stat[WORKINGSET_NODES], present = 0, max;

	for (unsigned i = 0; i < MAX_NR_ZONES; i++)
		present += m->k->zone[i].present_pages;
	max = present >> (RADIX_TREE_MAP_SHIFT - 3);
	return nodes > max ? nodes - max : 0;
}

void workingset_shrink_nodes(struct machine *m)
{
	u32 nr = (nodes_too_many(m) + 1) / 2;

	count_vm_events(m, SLABS_SCANNED, nr);
	while (nr--)
		reclaim_node(m, list_first_entry(&m->k->workingset.nodes, struct radix_tree_node,
						 shadow_nodes));
}

void workingset_validate(struct machine *m, struct check *c)
{
	const struct radix_tree_node *node;
	s32 nodes = 0;

	list_for_each_entry(node, &m->k->workingset.nodes, shadow_nodes) {
		const struct address_space *mapping = kva_ptr(node, node->shadows_of);

		nodes++;
		check_that(c, node->count && node->count == node->values,
			   "page tree node %08x: %u slots, %u shadows, but in the list",
			   kva_of(node), node->count, node->values);
		check_that(c,
			   node->shadows_of && radix_tree_leaf(&mapping->page_tree,
							       node->shadows_first) == node,
			   "page tree node %08x: not where it says", kva_of(node));
	}
	check_that(c, nodes == m->k->vm_stat[WORKINGSET_NODES], "workingset_nodes %d, found %d",
		   m->k->vm_stat[WORKINGSET_NODES], nodes);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is remembered of pages that reclaim took: were they in use, and would more memory have kept
 * them?  2.6.11 has nothing of it.  today: mm/workingset.c, Documentation/mm/multigen_lru.rst tells
 * of its successor.
 */
#pragma once

#include "mm/inode.h"
#include "mm/list.h"
#include "mm/page.h"
#include "mm/vmstat.h"

struct check;

struct workingset {
	u32 age; /* pages ever reclaimed or made active; wraps */
	s32 activated[2]; /* anonymous, file: those made active at once, when reclaim looked last */
	struct list_head nodes; /* nodes of page trees with nothing but shadows, oldest first */
};

#define NO_SHADOW (~0u)
#define SHADOW_BITS 29 /* what a value item of a page tree has */

void workingset_init(struct machine *m);

/* A page is reclaimed: what its place in a cache keeps instead, of SHADOW_BITS. */
u32 workingset_eviction(const struct page *page);

/*
 * It came back, and left @shadow: counted, and active at once if it would still be there, had the
 * active pages' frames been for all.  => on no list yet
 */
void workingset_refault(struct page *page, u32 shadow);

/* A page became active, or stays so: the inactive ones have moved on by one. */
void workingset_age(struct machine *m);

/* Pages came back too soon since the last look: those that are active may be the wrong ones. */
bool workingset_thrashes(const struct machine *m, bool file);
void workingset_looked(struct machine *m);

/* ---- shadows in the page cache ---- */

/* The page of the cache leaves its place to its shadow.  => clean; the rest is the caller's */
void workingset_leave_shadow(struct page *page);

/* @page takes the place of a shadow: true, and *ret is what it was. */
bool workingset_take_shadow(struct address_space *mapping, pgoff_t index, struct page *page,
			    u32 *ret);

/* Something else changed in the node of @index.  => the tree has shadows */
void workingset_update_node(struct address_space *mapping, pgoff_t index);

/* Forget the shadow at @index.  => there is one */
void workingset_drop_shadow(struct address_space *mapping, pgoff_t index);

/* Nodes that hold nothing but shadows go, oldest first, half of what is too much. */
void workingset_shrink_nodes(struct machine *m);

void workingset_validate(struct machine *m, struct check *c);

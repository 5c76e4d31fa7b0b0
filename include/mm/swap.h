/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Swapping: areas, slots, and the swap cache.  ULK ch. 17, "Swapping".
 *
 * An area is a file below files/ that mkswap(8) wrote; it has a slot for each of its pages.  A
 * swapped-out page-table entry, and a slot of a shared memory object's page tree, holds a
 * swp_entry_t.  The swap cache is the page that holds the same bytes as a slot, if there is
 * one: PG_swapcache, page->private is the entry, and the cache holds one reference.
 */
#pragma once

#include "mm/page.h"

struct machine;
struct mm_struct;
struct vm_area_struct;
struct file;
struct check;

/* A slot of an area; 0 is none, since slot 0 of an area is its header. */
typedef struct {
	u32 val;
} swp_entry_t;

#define MAX_SWAPFILES 32u
#define SWP_TYPE_BITS 5 /* which area */
#define SWP_OFFSET_BITS 24 /* which slot: an area has at most 64 GiB */

static inline swp_entry_t swp_entry(u32 type, u32 offset)
{
	return (swp_entry_t){ offset << SWP_TYPE_BITS | type };
}

static inline u32 swp_type(swp_entry_t e)
{
	return e.val & (MAX_SWAPFILES - 1);
}

static inline u32 swp_offset(swp_entry_t e)
{
	return e.val >> SWP_TYPE_BITS;
}

/* ---- swapping a page out: what reclaim calls ---- */

/*
 * Give anonymous @page a slot and put it into the swap cache (one more reference); it is dirty
 * then, since the slot does not hold its bytes yet.  Allocates nothing.
 * 0, or -ENOSPC: no slot is free.  => not in the swap cache
 */
int add_to_swap(struct page *page);

/*
 * The same for @page of a shared memory object: the object's page tree then holds the entry
 * instead, the tree's reference becomes the swap cache's.  0 or -ENOSPC.
 * => nobody maps it
 */
int shmem_move_to_swap(struct page *page);

/*
 * Write @page of the swap cache to its slot; it is clean then.  Where no one holds the slot
 * any more nothing is written.  0, or -EIO and it stays dirty.
 */
int swap_writepage(struct page *page);

/*
 * Take @page out of the swap cache and drop the cache's reference; the slot goes when no entry
 * holds it.
 */
void delete_from_swap_cache(struct page *page);

/*
 * The slot of @page is needed by nobody but the swap cache: take the page out of it, dirty.
 * True: done.  ULK remove_exclusive_swap_page.
 */
bool try_to_free_swap(struct page *page);

/* ---- entries ---- */

/* One more entry holds the slot.  0, or -EINVAL: there is no such slot in use. */
int swap_duplicate(struct machine *m, swp_entry_t entry);

/* One entry less holds it; the last one frees it, unless the swap cache holds it. */
void swap_free(struct machine *m, swp_entry_t entry);

/* The same; when no entry holds it any more, the swap cache gives it up as well. */
void free_swap_and_cache(struct machine *m, swp_entry_t entry);

/* Entries that hold the slot, the swap cache not counted; 0: none, or no such slot. */
u32 swap_count(const struct machine *m, swp_entry_t entry);

/* The page of the swap cache, without a new reference, or NULL. */
struct page *lookup_swap_cache(const struct machine *m, swp_entry_t entry);

/* Free slots of all areas; all slots.  Pages. */
s32 get_nr_swap_pages(const struct machine *m);
u32 total_swap_pages(const struct machine *m);

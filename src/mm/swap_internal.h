/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slots of swap areas as swapfile.c, swapon.c, swap_state.c and page_io.c see them.
 */
#pragma once

#include "mm/highmem.h"
#include "mm/machine.h"
#include "mm/swap.h"

#define SWAP_MAP_BAD 0xffffffffu /* count of a slot that is none: the header */

/*
 * One slot.  It is free when nothing holds it: no entry and no page of the swap cache.
 * today: a count that any number of entries fits in, and the cache as a table by slot, where
 * 2.6.11 has 16-bit counts, the cache's share counted in, and one radix tree.
 */
struct swap_slot {
	u32 count; /* entries that hold it */
	u32 cached; /* frame of the swap cache's page, or SWAP_SHADOW and its shadow; 0: neither */
};

#define SWAP_SHADOW (1u << 31) /* today: it was reclaimed, and is remembered (workingset.c) */

/* The page in the swap cache; 0: none. */
static inline pfn_t swap_slot_frame(const struct swap_slot *slot)
{
	return slot->cached & SWAP_SHADOW ? 0 : slot->cached;
}

static inline u32 swap_slot_shadow(const struct swap_slot *slot)
{
	return slot->cached & SWAP_SHADOW ? slot->cached & ~SWAP_SHADOW : NO_SHADOW;
}

/* Descriptor of an area, or NULL. */
static inline struct swap_info_struct *swap_info(const struct machine *m, u32 type)
{
	return type < MAX_SWAPFILES ? KGET(m->k->swap.info[type]) : NULL;
}

static inline struct swap_slot *swap_slot(const struct swap_info_struct *si, u32 offset)
{
	return kernel_bytes(machine_of(si), si->swap_map + offset * (u32)sizeof(struct swap_slot));
}

/* The slot of @entry, or NULL: there is no such area or slot. */
static inline struct swap_slot *swap_entry_slot(const struct machine *m, swp_entry_t entry)
{
	const struct swap_info_struct *si = swap_info(m, swp_type(entry));
	u32 offset = swp_offset(entry);

	return si && offset && offset < si->max ? swap_slot(si, offset) : NULL;
}

static inline bool swap_slot_is_free(const struct swap_slot *slot)
{
	return !slot->count && !slot->cached;
}

/* ---- slots (swapfile.c) ---- */

/* A free slot of the best area, taken for @page of the swap cache; 0: none. */
swp_entry_t get_swap_page(struct page *page);

/* Nothing holds the slot any more. */
void swap_slot_freed(struct swap_info_struct *si, u32 offset);

/* Into the list behind all areas of its priority or a higher one, and its slots are counted. */
void swap_area_enable(struct swap_info_struct *si);
void swap_area_disable(struct swap_info_struct *si);

/* ---- the cache (swap_state.c) ---- */

/* @page is the slot's now, with a reference of the cache's.  => the slot says so */
void add_to_swap_cache(struct page *page, swp_entry_t entry);

/* Out of the cache; the slot stays, and the cache's reference becomes the caller's. */
void remove_from_swap_cache(struct page *page);

/*
 * Nobody waits for it: who asks for a page so does not run the machine out of memory.
 */
#define GFP_SWAPIN_TRY (GFP_HIGHUSER | __GFP_NORETRY)

/*
 * The page of @entry, read from the area where it is not cached, into a frame of @gfp; with
 * a reference.  @readahead: with what stands beside it.  0, -ENOMEM, -EIO.
 */
int read_swap_page(struct machine *m, swp_entry_t entry, gfp_t gfp, bool readahead,
		   struct page **ret, bool *ret_major);

/* Frames that reading @entry would take; 0: it is cached. */
u32 swap_read_frames(const struct machine *m, swp_entry_t entry);

/* ---- transfers (page_io.c) ---- */

/* Read slots @entry and the @nr - 1 behind it into @pages.  0 or -EIO. */
int swap_readpages(struct machine *m, swp_entry_t entry, struct page *const *pages, unsigned nr);

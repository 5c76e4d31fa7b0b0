/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of swapping: a machine with an area in use, pages that count their number, and
 * where they are.
 */
#pragma once

#include "space.h"

#define SWAP 0u /* the area's file */
#define FRAMES 512

/* @slots can hold a page. */
static inline struct space *swap_space(u32 slots)
{
	struct space *s = space_new(FRAMES);

	disk_mkswap(s, SWAP, slots);
	ck_assert_int_eq(space_swapon(s, SWAP, -1), 0);
	return s;
}

/* Pages [@addr, +@n) count from 1. */
static inline void fill(struct space *s, u32 addr, u32 n)
{
	for (u32 i = 0; i < n; i++)
		ck_assert_int_eq(store(s, addr + PAGES(i), (u8)(i + 1)), 0);
}

static inline void assert_filled(struct space *s, u32 addr, u32 n)
{
	for (u32 i = 0; i < n; i++)
		ck_assert_int_eq(load(s, addr + PAGES(i)), (u8)(i + 1));
}

/* They go out, those that can. */
static inline void page_out(struct space *s, u32 addr, u32 n)
{
	ck_assert_int_eq(sys_madvise(s->task, addr, PAGES(n), MADV_PAGEOUT), 0);
}

/* New pages, filled, all out.  @flags: FIXED_PRIVATE or FIXED_SHARED. */
static inline void map_out(struct space *s, u32 addr, u32 n, u32 flags)
{
	u32 free = (u32)get_nr_swap_pages(s->m);

	map_pages(s, addr, n, PROT_RW, flags);
	fill(s, addr, n);
	page_out(s, addr, n);
	ck_assert_int_eq(get_nr_swap_pages(s->m), free - n);
	test_check(s->m);
}

static inline bool is_out(const struct space *s, u32 addr)
{
	return pte_is_swap(entry(s, addr));
}

static inline swp_entry_t slot_of(const struct space *s, u32 addr)
{
	ck_assert(is_out(s, addr));
	return pte_to_swp_entry(entry(s, addr));
}

static inline struct page *cached(const struct space *s, u32 addr)
{
	return lookup_swap_cache(s->m, slot_of(s, addr));
}

static inline struct swap_info_struct *area(const struct space *s, u32 type)
{
	return KGET(s->m->k->swap.info[type]);
}

static inline u32 slots_used(const struct space *s)
{
	return total_swap_pages(s->m) - (u32)get_nr_swap_pages(s->m);
}

static inline u64 event(const struct space *s, enum vm_event e)
{
	return s->m->k->vm_event[e];
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page descriptors: one struct page for each frame, in the array mem_map.
 * ULK ch. 8, "Page Descriptors".
 *
 * A descriptor is 32 bytes and all-zero bytes are a valid free frame, so that
 * nothing has to walk mem_map when the machine starts.  Differences that follow:
 * _mapcount counts from 0 (ULK: from -1), the zone is told from the
 * frame number, and lru links are frame numbers (0: none; frame 0 is reserved).
 */
#pragma once

#include "mm/kptr.h"

struct machine;
struct zone;

enum pageflags {
	PG_locked,
	PG_referenced,
	PG_uptodate,
	PG_dirty,
	PG_lru,
	PG_active,
	PG_slab,
	PG_reserved, /* never given out: kernel image, holes */
	PG_private,
	PG_writeback,
	PG_swapcache,
	PG_swapbacked, /* anonymous or shmem */
	PG_buddy, /* first frame of a free block; private is its order */
	PG_pcp, /* free, in a per-CPU frame cache */
	PG_table, /* a page directory or page table; private counts its used entries */
	PG_anon_exclusive, /* today: this anonymous page belongs to one process alone */
	PG_used, /* content is not known to be zero */
	PG_handout, /* given out by the root ctl */
	PG_mlocked, /* an entry of a VM_LOCKED region shows it */
	PG_unevictable, /* reclaim does not look at it */
	PG_resident, /* PG_buddy of the largest order whose bytes the host still holds */
	PG_workingset, /* was active once (workingset.c) */
	PG_readahead, /* read from a swap area ahead of demand, and not wanted yet */
	PG_nr_flags
};

#define PAGE_MAPPING_ANON 1u /* bit 0 of mapping: it is a struct anon_vma */

struct page {
	u32 flags; /* 1 << enum pageflags */
	s32 _count; /* users; 0 is free */
	s32 _mapcount; /* page table entries that map it */
	u32 private; /* order (buddy), entries in use (table), swap entry */
	kva_t mapping; /* address_space, or anon_vma + PAGE_MAPPING_ANON */
	pgoff_t index; /* page of the file, or of the region (linear page) */
	/*
	 * Frame numbers; kernel addresses of cache and slab with PG_slab; lru_prev of an
	 * unevictable page is its mlock_count (mm/lru.h).
	 */
	u32 lru_next, lru_prev;
};

_Static_assert(sizeof(struct page) == 32, "a page descriptor is 32 bytes");

#define PAGE_FLAG_FN(Name, flag)                            \
	static inline bool Page##Name(const struct page *p) \
	{                                                   \
		return p->flags & (1u << PG_##flag);        \
	}                                                   \
	static inline void SetPage##Name(struct page *p)    \
	{                                                   \
		p->flags |= 1u << PG_##flag;                \
	}                                                   \
	static inline void ClearPage##Name(struct page *p)  \
	{                                                   \
		p->flags &= ~(1u << PG_##flag);             \
	}

PAGE_FLAG_FN(Locked, locked)
PAGE_FLAG_FN(Referenced, referenced)
PAGE_FLAG_FN(Uptodate, uptodate)
PAGE_FLAG_FN(Dirty, dirty)
PAGE_FLAG_FN(LRU, lru)
PAGE_FLAG_FN(Active, active)
PAGE_FLAG_FN(Slab, slab)
PAGE_FLAG_FN(Reserved, reserved)
PAGE_FLAG_FN(Private, private)
PAGE_FLAG_FN(Writeback, writeback)
PAGE_FLAG_FN(SwapCache, swapcache)
PAGE_FLAG_FN(SwapBacked, swapbacked)
PAGE_FLAG_FN(Buddy, buddy)
PAGE_FLAG_FN(Pcp, pcp)
PAGE_FLAG_FN(Table, table)
PAGE_FLAG_FN(AnonExclusive, anon_exclusive)
PAGE_FLAG_FN(Used, used)
PAGE_FLAG_FN(Handout, handout)
PAGE_FLAG_FN(Resident, resident)
PAGE_FLAG_FN(Mlocked, mlocked)
PAGE_FLAG_FN(Unevictable, unevictable)
PAGE_FLAG_FN(Readahead, readahead)
PAGE_FLAG_FN(Workingset, workingset)

static inline bool PageAnon(const struct page *p)
{
	return p->mapping & PAGE_MAPPING_ANON;
}

static inline s32 page_count(const struct page *p)
{
	return p->_count;
}

static inline s32 page_mapcount(const struct page *p)
{
	return p->_mapcount;
}

static inline void get_page(struct page *p)
{
	p->_count++;
}

/* Drop a reference; the last one takes the frame off its LRU list and frees it. */
void put_page(struct page *p);

/*
 * Lists of frames, linked through lru by frame number.  Ends are 0: frame 0 is in
 * no list.  => the list itself lies in RAM, a frame is in one list at most
 */
struct page_list {
	u32 first, last; /* frame numbers */
	u32 nr;
};

void page_list_add(struct page_list *l, struct page *p); /* at the head */
void page_list_add_tail(struct page_list *l, struct page *p);
void page_list_del(struct page_list *l, struct page *p);
struct page *page_list_first(const struct page_list *l); /* NULL when empty */
struct page *page_list_last(const struct page_list *l);
struct page *page_list_next(const struct page *p); /* NULL at the end */

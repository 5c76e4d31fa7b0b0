/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel mappings of high-memory page frames.
 * ULK ch. 8, "Kernel Mappings of High-Memory Page Frames".
 */
#pragma once

#include "mm/kernel_layout.h"

struct check;

#define PA_HASH_ORDER 7

/* One permanent mapping, in the hash table by its frame. */
struct page_address_map {
	KPTR(struct page) page;
	u32 virtual;
	struct list_head list; /* in a slot of page_address_htable, or page_address_pool */
};

/* Allocated at boot, where there is high memory. */
struct kmap_state {
	u32 last_pkmap_nr; /* where the search for a free entry goes on */
	u32 total; /* LAST_PKMAP */
	struct list_head page_address_pool;
	struct list_head page_address_htable[1 << PA_HASH_ORDER];
	struct page_address_map page_address_maps[1024];
	u32 pkmap_count[1024]; /* 0 free; 1 unused, maybe in a TLB; n: n - 1 users */
};

/* Boot: the page tables of permanent kernel mappings and of fix-mapped addresses.  0, -ENOMEM. */
int kmap_init(struct machine *m);

/*
 * The linear address of a frame for the kernel; a permanent mapping is made for one in high
 * memory.  0: all are in use (ULK sleeps).  Each kmap is undone by a kunmap.
 */
u32 kmap(struct page *page);
void kunmap(struct page *page);

/* The linear address that a frame has now, or 0. */
u32 page_address_of(const struct page *page);

/* The same by a window of @cpu, which the next one of this type takes over. */
u32 kmap_atomic(struct page *page, unsigned cpu, enum km_type type);
void kunmap_atomic(struct machine *m, unsigned cpu, u32 vaddr, enum km_type type);

/* The bytes behind kernel address @va, by the master tables.  => it is mapped */
void *kernel_bytes(const struct machine *m, u32 va);

/* Zero @len bytes of a frame from @offset on, through a window of CPU 0. */
void zero_highpage(struct page *page, u32 offset, u32 len);

void kmap_validate(struct machine *m, struct check *c);

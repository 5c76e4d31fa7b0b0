/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The translation lookaside buffer of one processor: 64 entries for 4 KiB
 * pages and 8 for large ones, four ways each, as a Pentium has them.
 * ULK ch. 2, "Translation Lookaside Buffers (TLB)".
 */
#pragma once

#include "arch/paging.h"

#define TLB_WAYS 4
#define TLB_SETS 16
#define TLB_LARGE_SETS 2

struct tlb_entry {
	u32 tag; /* linear page number (for a large page: number of the large page) */
	bool valid;
	u64 bits; /* frame of the page and the combined rights: P RW US D G NX */
};

struct tlb {
	struct tlb_entry small[TLB_SETS][TLB_WAYS];
	struct tlb_entry large[TLB_LARGE_SETS][TLB_WAYS];
	u8 next_small[TLB_SETS]; /* round-robin victim of each set */
	u8 next_large[TLB_LARGE_SETS];
	u64 hits; /* translations answered without a walk */
	u64 misses; /* walks: no entry, or not with the right (or the D bit) needed */
	u64 flushes, invlpgs;
};

/* Enter a translation; @bits as in struct tlb_entry.  Replaces one for the same page. */
void tlb_fill(struct tlb *tlb, const struct paging *pg, vaddr_t va, u64 bits, bool large);

/* Drop all but global entries (CR3 load); drop everything (CR4 write). */
void tlb_flush(struct tlb *tlb);
void tlb_flush_all(struct tlb *tlb);

/* Drop the entry of the page that holds @va, global or not; counted as an invlpg. */
void tlb_invlpg(struct tlb *tlb, const struct paging *pg, vaddr_t va);

/* The same by the processor's own decision, on the way to a fault: not counted. */
void tlb_drop(struct tlb *tlb, const struct paging *pg, vaddr_t va);

static inline struct tlb_entry *tlb_find_in(struct tlb_entry set[TLB_WAYS], u32 tag)
{
	for (unsigned way = 0; way < TLB_WAYS; way++)
		if (set[way].tag == tag && set[way].valid)
			return &set[way];
	return NULL;
}

/*
 * The entry that translates @va, or NULL.  Counts nothing.  Inline because
 * every simulated load and store passes here.
 */
static inline struct tlb_entry *tlb_find(struct tlb *tlb, const struct paging *pg, vaddr_t va,
					 bool *ret_large)
{
	u32 tag = va >> PAGE_SHIFT;
	struct tlb_entry *e = tlb_find_in(tlb->small[tag % TLB_SETS], tag);

	*ret_large = !e;
	if (likely(e))
		return e;
	tag = va >> pg->dir_shift;
	return tlb_find_in(tlb->large[tag % TLB_LARGE_SETS], tag);
}

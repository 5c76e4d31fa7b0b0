// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The TLB: which entry goes, which stays.  ULK ch. 2, "Translation Lookaside
 * Buffers (TLB)"; Intel SDM vol. 3, "Translation Lookaside Buffers" and
 * "Invalidation of TLBs and Paging-Structure Caches".
 *
 * Small and large pages have arrays of their own; a page lies in the set its
 * number's low bits name.  Tables can change under the TLB: then a small and
 * a large entry may both cover an address, until one of them is dropped.
 * Invariant: an entry lies in its own set, and no set holds a page twice.
 */
#include <assert.h>
#include <string.h>

#include "arch/tlb.h"

static u32 tlb_tag(const struct paging *pg, vaddr_t va, bool large)
{
	return va >> (large ? pg->dir_shift : PAGE_SHIFT);
}

static struct tlb_entry *small_set(struct tlb *tlb, u32 tag)
{
	return tlb->small[tag % TLB_SETS];
}

static struct tlb_entry *large_set(struct tlb *tlb, u32 tag)
{
	return tlb->large[tag % TLB_LARGE_SETS];
}

/* Where page @tag goes in @set: its own place, a free one, or the oldest's. */
static struct tlb_entry *tlb_place(struct tlb_entry set[TLB_WAYS], u8 *next, u32 tag)
{
	struct tlb_entry *e = tlb_find_in(set, tag);

	if (e)
		return e;
	for (unsigned way = 0; way < TLB_WAYS; way++)
		if (!set[way].valid)
			return &set[way];
	e = &set[*next];
	*next = (u8)((*next + 1) % TLB_WAYS);
	return e;
}

void tlb_fill(struct tlb *tlb, const struct paging *pg, vaddr_t va, u64 bits, bool large)
{
	u32 tag = tlb_tag(pg, va, large);
	struct tlb_entry *e;

	assert(bits & PG_P);
	if (large)
		e = tlb_place(large_set(tlb, tag), &tlb->next_large[tag % TLB_LARGE_SETS], tag);
	else
		e = tlb_place(small_set(tlb, tag), &tlb->next_small[tag % TLB_SETS], tag);
	*e = (struct tlb_entry){ .tag = tag, .valid = true, .bits = bits };
}

static void drop_local(struct tlb_entry *e, unsigned nr)
{
	for (; nr--; e++)
		if (!(e->bits & PG_G))
			*e = (struct tlb_entry){ 0 };
}

void tlb_flush(struct tlb *tlb)
{
	drop_local(tlb->small[0], TLB_SETS * TLB_WAYS);
	drop_local(tlb->large[0], TLB_LARGE_SETS * TLB_WAYS);
	tlb->flushes++;
}

void tlb_flush_all(struct tlb *tlb)
{
	memset(tlb->small, 0, sizeof(tlb->small));
	memset(tlb->large, 0, sizeof(tlb->large));
	tlb->flushes++;
}

static void drop_page(struct tlb_entry set[TLB_WAYS], u32 tag)
{
	struct tlb_entry *e = tlb_find_in(set, tag);

	if (e)
		*e = (struct tlb_entry){ 0 };
}

void tlb_drop(struct tlb *tlb, const struct paging *pg, vaddr_t va)
{
	u32 small = tlb_tag(pg, va, false), large = tlb_tag(pg, va, true);

	drop_page(small_set(tlb, small), small);
	drop_page(large_set(tlb, large), large);
}

void tlb_invlpg(struct tlb *tlb, const struct paging *pg, vaddr_t va)
{
	tlb_drop(tlb, pg, va);
	tlb->invlpgs++;
}

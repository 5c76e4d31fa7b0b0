// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page descriptors and lists of them.  ULK ch. 8, "Page Descriptors".
 *
 * mem_map lies in low memory, so a descriptor's own address leads to the machine and
 * its place in the array is its frame number.  Lists link frame numbers, not
 * addresses: 4 bytes reach any frame of 64 GiB.
 *
 * Who owns which bits of a descriptor: free frames page_alloc.c, PG_slab frames
 * slab.c, PG_table frames pgtable.c, all others whoever mapping names.
 */
#include <assert.h>

#include "mm/lru.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"

void put_page(struct page *p)
{
	if (p->_count == 1 && PageLRU(p))
		lru_cache_del(p);
	__free_page(p);
}

void page_list_add(struct page_list *l, struct page *p)
{
	struct page *mem_map = machine_of(p)->mem_map;
	u32 pfn = (u32)(p - mem_map);

	assert(pfn);
	p->lru_next = l->first;
	p->lru_prev = 0;
	if (l->first)
		mem_map[l->first].lru_prev = pfn;
	else
		l->last = pfn;
	l->first = pfn;
	l->nr++;
}

void page_list_add_tail(struct page_list *l, struct page *p)
{
	struct page *mem_map = machine_of(p)->mem_map;
	u32 pfn = (u32)(p - mem_map);

	assert(pfn);
	p->lru_prev = l->last;
	p->lru_next = 0;
	if (l->last)
		mem_map[l->last].lru_next = pfn;
	else
		l->first = pfn;
	l->last = pfn;
	l->nr++;
}

void page_list_del(struct page_list *l, struct page *p)
{
	struct page *mem_map = machine_of(p)->mem_map;

	assert(l->nr);
	if (p->lru_prev)
		mem_map[p->lru_prev].lru_next = p->lru_next;
	else
		l->first = p->lru_next;
	if (p->lru_next)
		mem_map[p->lru_next].lru_prev = p->lru_prev;
	else
		l->last = p->lru_prev;
	p->lru_next = p->lru_prev = 0;
	l->nr--;
}

struct page *page_list_first(const struct page_list *l)
{
	return l->first ? machine_of(l)->mem_map + l->first : NULL;
}

struct page *page_list_last(const struct page_list *l)
{
	return l->last ? machine_of(l)->mem_map + l->last : NULL;
}

struct page *page_list_next(const struct page *p)
{
	return p->lru_next ? machine_of(p)->mem_map + p->lru_next : NULL;
}

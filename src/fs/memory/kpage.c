/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kpagecount, kpageflags: a u64 for each frame of RAM, at its number times 8, told from its
 * descriptor.
 */
#include "pagemap.h"

#define KPF_WORD sizeof(u64)

/* Linux's numbers (include/uapi/linux/kernel-page-flags.h). */
enum kpf {
	KPF_LOCKED = 0,
	KPF_REFERENCED = 2,
	KPF_UPTODATE = 3,
	KPF_DIRTY = 4,
	KPF_LRU = 5,
	KPF_ACTIVE = 6,
	KPF_SLAB = 7,
	KPF_WRITEBACK = 8,
	KPF_BUDDY = 10,
	KPF_MMAP = 11,
	KPF_ANON = 12,
	KPF_SWAPCACHE = 13,
	KPF_SWAPBACKED = 14,
	KPF_UNEVICTABLE = 18,
	KPF_NOPAGE = 20,
	KPF_ZERO_PAGE = 24,
	KPF_PGTABLE = 26,
	KPF_RESERVED = 32,
	KPF_MLOCKED = 33,
};

/* Flags that say the same in both. */
static const struct flag_pair {
	enum pageflags pg;
	enum kpf kpf;
} flag_pairs[] = {
	{ PG_locked, KPF_LOCKED },
	{ PG_referenced, KPF_REFERENCED },
	{ PG_uptodate, KPF_UPTODATE },
	{ PG_dirty, KPF_DIRTY },
	{ PG_lru, KPF_LRU },
	{ PG_active, KPF_ACTIVE },
	{ PG_slab, KPF_SLAB },
	{ PG_writeback, KPF_WRITEBACK },
	{ PG_swapcache, KPF_SWAPCACHE },
	{ PG_swapbacked, KPF_SWAPBACKED },
	{ PG_unevictable, KPF_UNEVICTABLE },
	{ PG_mlocked, KPF_MLOCKED },
	{ PG_table, KPF_PGTABLE },
	{ PG_reserved, KPF_RESERVED },
};

/* Flags of a free frame are left from its last use. */
static u64 free_frame(const struct page *page)
{
	return PagePcp(page) ? 0 : 1ull << KPF_BUDDY;
}

static u64 flags_word(const struct machine *m, pfn_t pfn)
{
	const struct page *page = &m->mem_map[pfn];
	u64 word = 0;

	if (!e820_is_ram(&m->e820, pfn))
		return 1ull << KPF_NOPAGE;
	/* Of a block only the first frame has a count. */
	if (!page_count(page) && !PageReserved(page) && !PageSlab(page) && !PageHandout(page))
		return free_frame(page);
	for (size_t i = 0; i < G_N_ELEMENTS(flag_pairs); i++)
		if (page->flags & 1u << flag_pairs[i].pg)
			word |= 1ull << flag_pairs[i].kpf;
	if (page_mapcount(page))
		word |= 1ull << KPF_MMAP;
	if (page_mapcount(page) && PageAnon(page))
		word |= 1ull << KPF_ANON;
	if (pfn == m->k->empty_zero_page)
		word |= 1ull << KPF_ZERO_PAGE;
	return word;
}

static u64 count_word(const struct machine *m, pfn_t pfn)
{
	return (u64)page_mapcount(&m->mem_map[pfn]);
}

static u64 kpage_size(struct aspacefs *fs, const struct node *node)
{
	return fs->m->k->nr_frames * KPF_WORD;
}

/* words_fill: @owner is a struct machine. */
static void count_fill(const void *owner, u64 *words, u32 first, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		words[i] = count_word(owner, first + i);
}

static void flags_fill(const void *owner, u64 *words, u32 first, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		words[i] = flags_word(owner, first + i);
}

static ssize_t kpagecount_read(struct aspacefs *fs, const struct node *node, void *buf, size_t len,
			       u64 off)
{
	return (ssize_t)words_read(count_fill, fs->m, fs->m->k->nr_frames, buf, len, off);
}

static ssize_t kpageflags_read(struct aspacefs *fs, const struct node *node, void *buf, size_t len,
			       u64 off)
{
	return (ssize_t)words_read(flags_fill, fs->m, fs->m->k->nr_frames, buf, len, off);
}

const struct node_bytes kpagecount_bytes = { .size = kpage_size, .read = kpagecount_read };
const struct node_bytes kpageflags_bytes = { .size = kpage_size, .read = kpageflags_read };

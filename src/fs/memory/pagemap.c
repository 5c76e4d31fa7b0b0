/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/pagemap: a u64 for each page of the address space, at its page number times 8.
 *
 *   63 present   62 swapped   61 file page or shared memory   56 nobody else maps it
 *   54-0 the frame; of a swapped page its slot, 54-5, and its area, 4-0
 *
 * Any bytes of it can be read: Linux, whose file has no size, gives whole words only.
 */
#include <string.h>

#include "mm/pgtable.h"
#include "pagemap.h"

#define PM_WORD sizeof(u64)
#define PM_PRESENT (1ull << 63)
#define PM_SWAP (1ull << 62)
#define PM_FILE (1ull << 61)
#define PM_EXCLUSIVE (1ull << 56)
#define PM_SWAP_OFFSET_SHIFT 5

#define PART_WORDS 512u

size_t words_read(words_fill fill, const void *owner, u64 total, void *buf, size_t len, u64 off)
{
	u64 words[PART_WORDS];
	size_t done = 0;

	while (done < len && off < total * PM_WORD) {
		u64 first = off / PM_WORD, nr = MIN(PART_WORDS, total - first);
		u32 skip = (u32)(off % PM_WORD);
		size_t part = MIN(len - done, nr * PM_WORD - skip);

		fill(owner, words, (u32)first, (u32)nr);
		memcpy((u8 *)buf + done, (const u8 *)words + skip, part);
		done += part;
		off += part;
	}
	return done;
}

static u64 pagemap_word(const struct machine *m, pte_t e)
{
	const struct page *page;
	u64 word;

	if (!pte_present(e))
		return PM_SWAP | (u64)swp_offset(pte_to_swp_entry(e)) << PM_SWAP_OFFSET_SHIFT |
		       swp_type(pte_to_swp_entry(e));
	page = vm_normal_page(m, e);
	word = PM_PRESENT | pte_pfn(e);
	if (page && !PageAnon(page))
		word |= PM_FILE;
	if (page && page_mapcount(page) == 1)
		word |= PM_EXCLUSIVE;
	return word;
}

/* words_fill: @owner is a struct mm_struct. */
static void pagemap_fill(const void *owner, u64 *words, u32 first, u32 nr)
{
	const struct mm_struct *mm = owner;
	const struct machine *m = machine_of(mm);
	u32 start = first << PAGE_SHIFT, end = start + (nr << PAGE_SHIFT);

	memset(words, 0, nr * PM_WORD);
	for_each_pte(mm, start, end, w)
		words[(w.addr - start) >> PAGE_SHIFT] = pagemap_word(m, w.pte);
}

static u64 pagemap_size(struct aspacefs *fs, const struct node *node)
{
	return (TASK_SIZE >> PAGE_SHIFT) * PM_WORD;
}

static ssize_t pagemap_read(struct aspacefs *fs, const struct node *node, void *buf, size_t len,
			    u64 off)
{
	const struct mm_struct *mm = KGET(node->task->mm);

	return mm ? (ssize_t)words_read(pagemap_fill, mm, TASK_SIZE >> PAGE_SHIFT, buf, len, off) :
		    0;
}

const struct node_bytes pagemap_bytes = { .size = pagemap_size, .read = pagemap_read };

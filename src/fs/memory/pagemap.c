/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/pagemap: a u64 for each page of the address space, at its page number times 8.
 *
 *   63 present   62 swapped   61 file page or shared memory   56 nobody else maps it
 *   54-0 the frame; of a swapped page its slot
 *
 * Words only: an offset or length that is no multiple of 8 is EINVAL, as in Linux.
 */
#include <errno.h>
#include <string.h>

#include "mm/pgtable.h"
#include "pagemap.h"

#define PM_WORD sizeof(u64)
#define PM_PRESENT (1ull << 63)
#define PM_SWAP (1ull << 62)
#define PM_FILE (1ull << 61)
#define PM_EXCLUSIVE (1ull << 56)
#define PM_SWAP_OFFSET_SHIFT 5

static u64 pagemap_word(const struct machine *m, pte_t e)
{
	const struct page *page;
	u64 word;

	if (pte_none(e))
		return 0;
	if (!pte_present(e))
		return PM_SWAP | (u64)pte_pfn(e) << PM_SWAP_OFFSET_SHIFT;
	page = vm_normal_page(m, e);
	word = PM_PRESENT | pte_pfn(e);
	if (page && !PageAnon(page))
		word |= PM_FILE;
	if (page && page_mapcount(page) == 1)
		word |= PM_EXCLUSIVE;
	return word;
}

/* The words of pages [@start, @end), in addresses. */
static void fill_words(const struct mm_struct *mm, u64 *words, u32 start, u32 end)
{
	const struct machine *m = machine_of(mm);
	struct pte_range r = { .end = start };

	while (pte_range_next(mm, &r, end)) {
		const u8 *ptep = r.ptep;

		for (u32 addr = r.addr; addr < r.end;
		     addr += PAGE_SIZE, ptep += m->paging->entry_size)
			words[(addr - start) >> PAGE_SHIFT] =
				pagemap_word(m, pte_get(m->paging, ptep));
	}
}

static u64 pagemap_size(struct aspacefs *fs, const struct node *node)
{
	return (TASK_SIZE >> PAGE_SHIFT) * PM_WORD;
}

static ssize_t pagemap_read(struct aspacefs *fs, const struct node *node, void *buf, size_t len,
			    u64 off)
{
	const struct mm_struct *mm = KGET(node->task->mm);
	u64 size = pagemap_size(fs, node);
	u32 start;

	if (off % PM_WORD || len % PM_WORD)
		return -EINVAL;
	if (!mm || off >= size)
		return 0;
	len = MIN(len, size - off);
	start = (u32)(off / PM_WORD) << PAGE_SHIFT;
	memset(buf, 0, len);
	fill_words(mm, buf, start, start + ((u32)(len / PM_WORD) << PAGE_SHIFT));
	return (ssize_t)len;
}

const struct node_bytes pagemap_bytes = { .size = pagemap_size, .read = pagemap_read };

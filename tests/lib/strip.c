/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "strip.h"

#include <assert.h>

#include "mm/machine.h"
#include "mm/pgtable.h"

#define STRIP_MAX 512

/* One of a few buffers, so that two pictures can stand in one comparison. */
static char *strip_buffer(void)
{
	static char buffer[4][STRIP_MAX];
	static unsigned next;

	return buffer[next++ % 4];
}

u32 strip_len(const char *strip)
{
	u32 pages = 0;

	for (; *strip; strip++)
		pages += *strip != '|';
	return pages;
}

static char rights_letter(u32 vm_flags)
{
	return (vm_flags & VM_MAYSHARE ? "=ROWEXQA" : "-rowexqa")[vm_flags & VM_RWX];
}

const char *strip_regions(const struct mm_struct *mm, u32 start, u32 pages)
{
	char *strip = strip_buffer(), *p = strip;
	const struct vm_area_struct *last = NULL;

	for (u32 i = 0; i < pages; i++) {
		u32 addr = start + (i << PAGE_SHIFT);
		const struct vm_area_struct *vma = find_vma_quiet(mm, addr);

		if (vma && vma->vm_start > addr)
			vma = NULL;
		if (last && vma && vma != last)
			*p++ = '|';
		*p++ = vma ? rights_letter(vma->vm_flags) : ' ';
		last = vma;
		assert(p < strip + STRIP_MAX - 2);
	}
	*p = 0;
	return strip;
}

static char page_letter(const struct machine *m, pte_t e)
{
	const struct page *page;

	if (!pte_present(e))
		return ' ';
	if (!(e.v & PG_P))
		return '-';
	page = vm_normal_page(m, e);
	if (!page)
		return 'z';
	if (!PageAnon(page))
		return pte_write(e) ? 'F' : 'f';
	if (pte_write(e))
		return 'w';
	return PageAnonExclusive(page) ? 'c' : 's';
}

const char *strip_pages(const struct mm_struct *mm, u32 start, u32 pages)
{
	const struct machine *m = machine_of(mm);
	char *strip = strip_buffer();

	assert(pages < STRIP_MAX);
	for (u32 i = 0; i < pages; i++) {
		const void *ptep = pte_lookup(mm, start + (i << PAGE_SHIFT));

		strip[i] = ptep ? page_letter(m, pte_get(m->paging, ptep)) : ' ';
	}
	strip[pages] = 0;
	return strip;
}

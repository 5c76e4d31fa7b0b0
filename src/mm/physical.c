/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing RAM from outside.  A write may not break the machine: it reaches frames of users,
 * the page cache and what the root ctl handed out (mm/handout.h).  A write to the page cache is
 * a write to the file, as write(2) there.
 */
#include <string.h>

#include "mm/filemap.h"
#include "mm/handout.h"
#include "mm/machine.h"
#include "mm/physical.h"

/* Frames are a user's as a whole; one of slabs holds many objects, of which some are handed out. */
u32 physical_writable(struct machine *m, u64 pa, u32 len)
{
	const struct page *page;
	u32 run = 0;

	if (pa >= m->ram.size)
		return 0;
	page = pfn_to_page(m, (pfn_t)(pa >> PAGE_SHIFT));
	if (!PageSlab(page))
		return physical_write_allowed(m, pa) ? len : 0;
	while (run < len && physical_write_allowed(m, pa + run))
		run++;
	return run;
}

/* The inode whose page cache a frame belongs to, when its bytes have a backing file. */
static struct inode *backed_inode(const struct page *page)
{
	const struct address_space *mapping;

	if (!page->mapping || PageAnon(page) || PageSlab(page))
		return NULL;
	mapping = kva_ptr(page, page->mapping);
	return mapping->a_ops == AOPS_BACKED ? KGET(mapping->host) : NULL;
}

int physical_store(struct machine *m, u64 pa, const void *buf, u32 len)
{
	struct page *page = pfn_to_page(m, (pfn_t)(pa >> PAGE_SHIFT));
	struct inode *inode = backed_inode(page);
	u64 pos = ((u64)page->index << PAGE_SHIFT) + (pa & (PAGE_SIZE - 1));
	s64 n;

	memcpy(ram_at(&m->ram, pa), buf, len);
	if (!inode) {
		if (page->mapping && !PageSlab(page))
			SetPageDirty(page);
		return 0;
	}
	if (pos >= inode->i_size)
		return 0;
	if (len > inode->i_size - pos)
		len = (u32)(inode->i_size - pos);
	n = generic_file_write(inode, pos, buf, len);
	return n < 0 ? (int)n : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing RAM from outside.  A write may not break the machine: it reaches frames of users,
 * the page cache and what the root ctl handed out (mm/handout.h).  A write to the page cache is
 * a store through a shared mapping of the file.
 */
#include <string.h>

#include "mm/filemap.h"
#include "mm/handout.h"
#include "mm/machine.h"
#include "mm/physical.h"
#include "mm/writeback.h"

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

int physical_store(struct machine *m, u64 pa, const void *buf, u32 len)
{
	struct page *page = pfn_to_page(m, (pfn_t)(pa >> PAGE_SHIFT));
	bool user = page->mapping && !PageSlab(page);
	int error = user && !PageAnon(page) ? page_mkwrite(page) : 0;

	if (error)
		return error;
	if (user)
		kernel_wrote_page(page);
	memcpy(ram_at(&m->ram, pa), buf, len);
	return 0;
}

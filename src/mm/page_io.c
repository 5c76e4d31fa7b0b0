/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages to and from swap areas.  ULK ch. 17, "Transferring Swap Pages".
 *
 * A transfer is done when the call returns, so there is no PG_writeback and nobody waits.  The
 * host moves whole pages or says -EIO: an area that the host cut short is a broken device.
 * What cannot be written stays dirty in the swap cache, what cannot be read is SIGBUS.
 */
#include <assert.h>
#include <errno.h>

#include "mm/trace.h"
#include "swap_internal.h"

static int swap_rw(struct swap_info_struct *si, u32 offset, void *const *bufs, unsigned nr,
		   bool write)
{
	struct machine *m = machine_of(si);
	const struct inode *inode = file_inode(KGET(si->swap_file));

	return m->ops->swap_rw(m->ops_data, inode->i_handle, (u64)offset << PAGE_SHIFT, bufs, nr,
			       write);
}

int swap_readpages(struct machine *m, swp_entry_t entry, struct page *const *pages, unsigned nr)
{
	struct swap_info_struct *si = swap_info(m, swp_type(entry));
	void *bufs[SWAP_RW_MAX];
	int error;

	assert(nr && nr <= SWAP_RW_MAX);
	for (unsigned i = 0; i < nr; i++)
		bufs[i] = page_address(pages[i]);
	error = swap_rw(si, swp_offset(entry), bufs, nr, false);
	if (error) {
		si->read_errors++;
		trace(m, NULL, TRACE_SWAP_READ_ERROR, si->type, swp_offset(entry), si->read_errors);
		return -EIO;
	}
	count_vm_events(m, PSWPIN, nr);
	count_vm_events(m, PGPGIN, nr * (PAGE_SIZE / 1024));
	return 0;
}

int swap_writepage(struct page *page)
{
	struct machine *m = machine_of(page);
	swp_entry_t entry = { page->private };
	struct swap_info_struct *si = swap_info(m, swp_type(entry));
	void *buf = page_address(page);

	assert(PageSwapCache(page));
	if (swap_count(m, entry) || page_mapcount(page)) {
		if (swap_rw(si, swp_offset(entry), &buf, 1, true)) {
			si->write_errors++;
			trace(m, NULL, TRACE_SWAP_WRITE_ERROR, si->type, swp_offset(entry),
			      si->write_errors);
			return -EIO;
		}
		count_vm_event(m, PSWPOUT);
		count_vm_events(m, PGPGOUT, PAGE_SIZE / 1024);
	}
	ClearPageDirty(page);
	return 0;
}

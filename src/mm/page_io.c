/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages to and from swap areas.  ULK ch. 17, "Transferring Swap Pages".
 *
 * A transfer is done when the call returns, so there is no PG_writeback and nobody waits.  The
 * host moves whole pages or says -EIO: an area that the host cut short is a broken device.
 * What cannot be written stays dirty in the swap cache, what cannot be read is SIGBUS.
 *
 * A page that goes out takes along those beside its slot that wait for the same: a transfer of
 * one page costs the host most of what one of 32 does.  So those who swap out many unmap them all
 * before they write the first.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

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

/* ---- in ---- */

int swap_peek(const struct machine *m, swp_entry_t entry, void *buf)
{
	const struct page *page = lookup_swap_cache(m, entry);

	if (!page)
		return swap_rw(swap_info(m, swp_type(entry)), swp_offset(entry), &buf, 1, false);
	memcpy(buf, page_address(page), PAGE_SIZE);
	return 0;
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

/* ---- out ---- */

/* Pages of slots first, first + 1, ... that go out in one transfer. */
struct swap_write {
	struct swap_info_struct *si;
	u32 first;
	unsigned nr;
	struct page *pages[SWAP_RW_MAX];
};

static int write_pages(const struct swap_write *w)
{
	struct machine *m = machine_of(w->si);
	void *bufs[SWAP_RW_MAX];

	for (unsigned i = 0; i < w->nr; i++)
		bufs[i] = page_address(w->pages[i]);
	if (swap_rw(w->si, w->first, bufs, w->nr, true))
		return -EIO;
	for (unsigned i = 0; i < w->nr; i++)
		ClearPageDirty(w->pages[i]);
	mod_vm_stat(m, NR_VMSCAN_WRITE, (s32)w->nr);
	count_vm_events(m, PSWPOUT, w->nr);
	count_vm_events(m, PGPGOUT, w->nr * (PAGE_SIZE / 1024));
	return 0;
}

/* The page of a slot that waits to be written, too: nobody maps it, so it will not change. */
static struct page *page_to_write(const struct swap_info_struct *si, u32 offset)
{
	const struct swap_slot *slot = swap_slot(si, offset);
	struct page *page = pfn_to_page(machine_of(si), swap_slot_frame(slot));

	return slot->count && swap_slot_frame(slot) && PageDirty(page) && !page_mapcount(page) ?
		       page :
		       NULL;
}

/* What stands beside @page's slot and can go with it. */
static void gather(struct swap_write *w, struct page *page)
{
	u32 offset = swp_offset((swp_entry_t){ page->private }), last = offset + 1;
	u32 low = offset & ~(SWAP_RW_MAX - 1), high = low + SWAP_RW_MAX;

	if (high > w->si->max)
		high = w->si->max;
	for (w->first = offset; w->first > low && page_to_write(w->si, w->first - 1);)
		w->first--;
	while (last < high && page_to_write(w->si, last))
		last++;
	for (u32 i = w->first; i < last; i++)
		w->pages[w->nr++] = i == offset ? page : page_to_write(w->si, i);
}

int swap_writepage(struct page *page)
{
	struct machine *m = machine_of(page);
	swp_entry_t entry = { page->private };
	struct swap_write w = { .si = swap_info(m, swp_type(entry)) };

	assert(PageSwapCache(page) && (swap_count(m, entry) || page_mapcount(page)));
	gather(&w, page);
	if (write_pages(&w) == 0)
		return 0;
	w = (struct swap_write){ w.si, swp_offset(entry), 1, { page } };
	if (write_pages(&w) == 0)
		return 0;
	w.si->write_errors++;
	trace(m, NULL, TRACE_SWAP_WRITE_ERROR, w.si->type, w.first, w.si->write_errors);
	return -EIO;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing dirty pages back.  ULK ch. 15, "Writing Dirty Pages to Disk"; ch. 16, "Writing
 * to a File".
 *
 * The flusher is the machine's own thread; when it runs is in README.md, "Time".  So the same
 * commands write the same pages at the same time.
 *
 * Invariants (inode_validate): a page of a backing file is PG_dirty when and only when
 * it is tagged; nr_dirty counts them.
 */
#include "mm/writeback.h"

#include <errno.h>

#include "mm/filemap.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"
#include "mm/rmap.h"

static struct address_space *mapping_of(const struct page *page)
{
	return kva_ptr(page, page->mapping);
}

static bool is_dirty(const struct inode *inode)
{
	return radix_tree_tagged(&inode->i_data.page_tree, RADIX_TAG_DIRTY);
}

void set_page_dirty(struct page *page)
{
	struct address_space *mapping = mapping_of(page);
	struct inode *inode = KGET(mapping->host);

	if (PageDirty(page))
		return;
	SetPageDirty(page);
	if (mapping->a_ops != AOPS_BACKED)
		return;
	if (!is_dirty(inode))
		inode->dirtied_when = machine_of(page)->k->jiffies;
	radix_tree_tag_set(&mapping->page_tree, page->index, RADIX_TAG_DIRTY);
	mod_vm_stat(machine_of(page), NR_FILE_DIRTY, 1);
}

void kernel_wrote_page(struct page *page)
{
	if (PageAnon(page))
		SetPageDirty(page);
	else
		set_page_dirty(page);
}

void cancel_dirty_page(struct page *page)
{
	struct address_space *mapping = mapping_of(page);

	if (!PageDirty(page))
		return;
	ClearPageDirty(page);
	if (mapping->a_ops != AOPS_BACKED)
		return;
	radix_tree_tag_clear(&mapping->page_tree, page->index, RADIX_TAG_DIRTY);
	mod_vm_stat(machine_of(page), NR_FILE_DIRTY, -1);
}

int write_one_page(struct page *page)
{
	struct machine *m = machine_of(page);
	struct inode *inode = KGET(mapping_of(page)->host);
	u64 pos = (u64)page->index << PAGE_SHIFT;
	u32 len = inode->i_size - pos < PAGE_SIZE ? (u32)(inode->i_size - pos) : PAGE_SIZE;
	int error;

	/* First: a store after this makes the page dirty again. */
	page_mkclean(page);
	/* Stores behind the file's end are nobody's, and gone when the page is. */
	clear_file_tail(inode, pos + len);
	error = m->ops->write(m->ops_data, inode->i_handle, pos, page_address(page), len);
	if (error) {
		wb_failed(inode, error);
		return error;
	}
	cancel_dirty_page(page);
	if (unlikely(inode->wb_retry) && !is_dirty(inode))
		wb_succeeded(inode);
	count_vm_events(m, PGPGOUT, PAGE_SIZE / 1024);
	return 0;
}

int filemap_write_range(struct inode *inode, pgoff_t first, pgoff_t last)
{
	struct radix_tree_root *tree = &inode->i_data.page_tree;
	int result = 0;
	u32 index;
	void *page;

	if (inode->i_data.a_ops != AOPS_BACKED)
		return 0;
	while (radix_tree_gang_lookup_tag(tree, &page, &index, first, 1, RADIX_TAG_DIRTY)) {
		int error = index <= last ? write_one_page(page) : 0;

		result = result ? result : error;
		if (index >= last)
			break;
		first = index + 1;
	}
	return result;
}

int sync_inodes(struct machine *m)
{
	struct inode *inode;
	int result = 0;

	list_for_each_entry(inode, &m->k->inodes, i_list) {
		int error = filemap_write(inode);

		result = result ? result : error;
	}
	return result;
}

/* Frames that kswapd keeps free, or that requests for higher zones may not have. */
static u32 reserved_pages(const struct zone *z)
{
	u32 reserve = 0;

	for (unsigned i = 0; i < MAX_NR_ZONES; i++)
		if (z->lowmem_reserve[i] > reserve)
			reserve = z->lowmem_reserve[i];
	reserve += z->pages_high;
	return reserve < z->managed_pages ? reserve : z->managed_pages;
}

/* Pages that may become dirty: free ones, but for the reserves, and those of files. */
static u32 dirtyable_pages(const struct machine *m)
{
	u32 spare = nr_free_pages(m), reserve = 0, files = 0;

	for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
		const struct zone *z = &m->k->zone[i];

		reserve += reserved_pages(z);
		files += z->lru[LRU_INACTIVE_FILE].nr + z->lru[LRU_ACTIVE_FILE].nr;
	}
	return (spare > reserve ? spare - reserve : 0) + files;
}

void dirty_limits(const struct machine *m, u32 *ret_limit, u32 *ret_background)
{
	u64 pages = dirtyable_pages(m);
	u32 limit = (u32)(pages * sysctl(m, SYSCTL_DIRTY_RATIO) / 100);
	u32 background = (u32)(pages * sysctl(m, SYSCTL_DIRTY_BACKGROUND_RATIO) / 100);

	*ret_limit = limit;
	/* The flusher has to begin before anybody waits for it. */
	*ret_background = background < limit ? background : limit / 2;
}

static u32 nr_dirty(const struct machine *m)
{
	return (u32)m->k->vm_stat[NR_FILE_DIRTY];
}

static bool is_over_limit(const struct machine *m)
{
	u32 limit, background;

	dirty_limits(m, &limit, &background);
	return nr_dirty(m) > limit;
}

static bool is_over_background(const struct machine *m)
{
	u32 limit, background;

	dirty_limits(m, &limit, &background);
	return nr_dirty(m) > background;
}

static void background_writeout(struct machine *m)
{
	struct inode *inode;

	list_for_each_entry(inode, &m->k->inodes, i_list) {
		if (wb_is_deferred(inode))
			continue;
		filemap_write(inode);
		if (!is_over_background(m))
			return;
	}
}

void balance_dirty_pages(struct machine *m)
{
	if (nr_dirty(m) && unlikely(is_over_background(m)))
		background_writeout(m);
}

void throttle_dirty_pages(struct machine *m)
{
	if (nr_dirty(m) && unlikely(is_over_limit(m)))
		background_writeout(m);
}

int may_dirty_pages(struct inode *inode)
{
	struct machine *m = machine_of(inode);

	if (likely(!inode->wb_retry) || !is_over_limit(m))
		return 0;
	background_writeout(m);
	return wb_is_deferred(inode) && is_over_limit(m) ? wb_last_error(inode) : 0;
}

void wb_kupdate(struct machine *m)
{
	u64 expire = sysctl(m, SYSCTL_DIRTY_EXPIRE_CENTISECS);
	struct inode *inode;

	list_for_each_entry(inode, &m->k->inodes, i_list)
		if (is_dirty(inode) && !wb_is_deferred(inode) &&
		    m->k->jiffies - inode->dirtied_when >= expire)
			filemap_write(inode);
}

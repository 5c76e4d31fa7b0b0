/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that leave the page cache because the file changed.  ULK ch. 16, vmtruncate.
 */
#include <errno.h>

#include "mm/filemap.h"
#include "mm/highmem.h"
#include "mm/machine.h"
#include "mm/pgtable.h"

/* Take file pages @first to @last out of every mapping; with @copies private copies too. */
static void unmap_mapping_range(struct address_space *mapping, pgoff_t first, pgoff_t last,
				bool copies)
{
	struct interval_node *n = interval_tree_first(&mapping->i_mmap, first, last);

	for (; n; n = interval_tree_next(n, first, last)) {
		struct vm_area_struct *vma = container_of(n, struct vm_area_struct, shared);
		u32 from = first > n->start ? first - n->start : 0;
		u32 to = (last < n->last ? last : n->last) - n->start;
		u32 start = vma->vm_start + (from << PAGE_SHIFT);
		u32 end = vma->vm_start + ((to + 1) << PAGE_SHIFT);

		if (copies)
			zap_page_range(vma, start, end);
		else
			zap_file_pages(vma, start, end);
	}
}

/* A page, the entry of one that is swapped out, or the shadow of one that was reclaimed. */
static void drop_item(struct address_space *mapping, pgoff_t index, void *item)
{
	if (!radix_is_value(item))
		remove_from_page_cache(item);
	else if (mapping->a_ops == AOPS_SHMEM)
		shmem_free_swap(mapping, index);
	else
		workingset_drop_shadow(mapping, index);
}

void truncate_inode_pages(struct address_space *mapping, pgoff_t first)
{
	u32 index;
	void *p;

	while (radix_tree_gang_lookup(&mapping->page_tree, &p, &index, first, 1))
		drop_item(mapping, index, p);
}

/* Bytes of the last page behind the end read as zero when the file grows again. */
void clear_file_tail(struct inode *inode, u64 size)
{
	u32 off = (u32)(size & (PAGE_SIZE - 1));
	struct page *page = off ? find_page(&inode->i_data, (pgoff_t)(size >> PAGE_SHIFT)) : NULL;

	if (page)
		zero_highpage(page, off, PAGE_SIZE - off);
}

void vmtruncate(struct inode *inode, u64 size)
{
	pgoff_t first = (pgoff_t)(PAGE_ALIGN(size) >> PAGE_SHIFT);
	u64 old = inode->i_size;

	/* Stores through a mapping may have left bytes behind the old end. */
	clear_file_tail(inode, size < old ? size : old);
	inode->i_size = size;
	if (size >= old)
		return;
	unmap_mapping_range(&inode->i_data, first, ~0u, true);
	truncate_inode_pages(&inode->i_data, first);
}

/* A mapped page stays where it is and gets the file's new bytes. */
static void refresh_page(struct address_space *mapping, struct page *page)
{
	struct machine *m = machine_of(mapping);
	struct inode *inode = KGET(mapping->host);

	/* A store that is not written yet is younger than what the host has. */
	if (PageDirty(page))
		return;
	/*
	 * A host that cannot read leaves the old bytes: the next access through read(2) says EIO.
	 */
	m->ops->read(m->ops_data, inode->i_handle, (u64)page->index << PAGE_SHIFT,
		     page_address(page), PAGE_SIZE);
}

void invalidate_inode_pages(struct inode *inode)
{
	struct address_space *mapping = &inode->i_data;
	u32 next = 0, index;
	void *p;

	while (radix_tree_gang_lookup(&mapping->page_tree, &p, &index, next, 1)) {
		if (!radix_is_value(p) && (page_mapcount(p) || PageDirty(p)))
			refresh_page(mapping, p);
		else
			drop_item(mapping, index, p);
		next = index + 1;
		if (!next)
			break;
	}
}

int punch_hole(struct inode *inode, pgoff_t first, u32 pages)
{
	struct address_space *mapping = &inode->i_data;
	struct machine *m = machine_of(inode);
	u32 index;
	void *p;

	if (inode->i_swapfile)
		return -ETXTBSY;
	if (mapping->a_ops == AOPS_BACKED) {
		int error = m->ops->punch(m->ops_data, inode->i_handle, (u64)first << PAGE_SHIFT,
					  (u64)pages << PAGE_SHIFT);

		if (error)
			return error;
	}
	unmap_mapping_range(mapping, first, first + pages - 1, false);
	while (radix_tree_gang_lookup(&mapping->page_tree, &p, &index, first, 1) &&
	       index < first + pages)
		drop_item(mapping, index, p);
	return 0;
}

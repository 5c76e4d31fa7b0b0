/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that leave the page cache because the file changed.  ULK ch. 16, vmtruncate.
 */
#include <string.h>

#include "mm/filemap.h"
#include "mm/machine.h"
#include "mm/pgtable.h"

/* Take file pages from @first on out of every mapping, private copies too. */
static void unmap_mapping_range(struct address_space *mapping, pgoff_t first)
{
	struct interval_node *n = interval_tree_first(&mapping->i_mmap, first, ~0u);

	for (; n; n = interval_tree_next(n, first, ~0u)) {
		struct vm_area_struct *vma = container_of(n, struct vm_area_struct, shared);
		u32 skip = first > vma->vm_pgoff ? first - vma->vm_pgoff : 0;

		zap_page_range(vma, vma->vm_start + (skip << PAGE_SHIFT), vma->vm_end);
	}
}

void truncate_inode_pages(struct address_space *mapping, pgoff_t first)
{
	void *p;

	while (radix_tree_gang_lookup(&mapping->page_tree, &p, NULL, first, 1))
		remove_from_page_cache(p);
}

/* Bytes of the last page behind the end read as zero when the file grows again. */
static void clear_tail(struct inode *inode, u64 size)
{
	u32 off = (u32)(size & (PAGE_SIZE - 1));
	struct page *page = off ? find_page(&inode->i_data, (pgoff_t)(size >> PAGE_SHIFT)) : NULL;

	if (page)
		memset((u8 *)page_address(page) + off, 0, PAGE_SIZE - off);
}

void vmtruncate(struct inode *inode, u64 size)
{
	pgoff_t first = (pgoff_t)(PAGE_ALIGN(size) >> PAGE_SHIFT);
	u64 old = inode->i_size;

	/* Stores through a mapping may have left bytes behind the old end. */
	clear_tail(inode, size < old ? size : old);
	inode->i_size = size;
	if (size >= old)
		return;
	unmap_mapping_range(&inode->i_data, first);
	truncate_inode_pages(&inode->i_data, first);
}

/* A mapped page stays where it is and gets the file's new bytes. */
static void refresh_page(struct address_space *mapping, struct page *page)
{
	struct machine *m = machine_of(mapping);
	struct inode *inode = KGET(mapping->host);

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
		if (page_mapcount(p))
			refresh_page(mapping, p);
		else
			remove_from_page_cache(p);
		next = index + 1;
		if (!next)
			break;
	}
}

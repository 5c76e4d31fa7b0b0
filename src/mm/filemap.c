/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page cache.  ULK ch. 15, "The Page Cache"; ch. 16, "Reading and Writing a File".
 *
 * One tree of pages per file; read(2), write(2), mappings and exec meet there.  A page in the
 * tree is uptodate, counts one reference for the tree and is on its zone's inactive list.
 * Writing goes through to the backing file before it returns, so every page is clean
 * and may be dropped when nobody maps it.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mm/filemap.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"

struct page *find_page(struct address_space *mapping, pgoff_t index)
{
	return radix_tree_lookup(&mapping->page_tree, index);
}

void set_page_dirty(struct page *page)
{
	SetPageDirty(page);
}

static int add_to_page_cache(struct page *page, struct address_space *mapping, pgoff_t index)
{
	struct machine *m = machine_of(mapping);
	int error = radix_tree_insert(m, &mapping->page_tree, index, page);

	if (error)
		return error;
	get_page(page);
	page->mapping = kva_of(mapping);
	page->index = index;
	mapping->nrpages++;
	mod_vm_stat(m, NR_FILE_PAGES, 1);
	if (mapping->a_ops == AOPS_SHMEM) {
		SetPageSwapBacked(page);
		mod_vm_stat(m, NR_SHMEM, 1);
	}
	SetPageLRU(page);
	page_list_add(&page_zone(page)->inactive_list, page);
	return 0;
}

void remove_from_page_cache(struct page *page)
{
	struct address_space *mapping = kva_ptr(page, page->mapping);
	struct machine *m = machine_of(page);

	assert(page_mapcount(page) == 0);
	radix_tree_delete(m, &mapping->page_tree, page->index);
	mapping->nrpages--;
	mod_vm_stat(m, NR_FILE_PAGES, -1);
	if (PageSwapBacked(page))
		mod_vm_stat(m, NR_SHMEM, -1);
	page_list_del(&page_zone(page)->inactive_list, page);
	ClearPageLRU(page);
	page->mapping = 0;
	put_page(page);
}

/* Fill a new page from where the file's bytes are; behind the end it is zero. */
static int read_page(struct address_space *mapping, struct page *page, pgoff_t index)
{
	struct inode *inode = KGET(mapping->host);
	struct machine *m = machine_of(mapping);
	u64 pos = (u64)index << PAGE_SHIFT;
	void *buf = page_address(page);
	u32 size;
	const u8 *image;

	switch ((enum aops)mapping->a_ops) {
	case AOPS_BACKED:
		count_vm_events(m, PGPGIN, PAGE_SIZE / 1024);
		return m->ops->read(m->ops_data, inode->i_handle, pos, buf, PAGE_SIZE);
	case AOPS_INITRAMFS:
		image = initramfs_image(&size);
		memset(buf, 0, PAGE_SIZE);
		if (pos < size)
			memcpy(buf, image + pos, size - pos < PAGE_SIZE ? size - pos : PAGE_SIZE);
		return 0;
	case AOPS_SHMEM: return 0; /* allocated zeroed */
	}
	return -EIO;
}

static int new_cache_page(struct address_space *mapping, pgoff_t index, bool read,
			  struct page **ret)
{
	struct machine *m = machine_of(mapping);
	gfp_t zero = mapping->a_ops == AOPS_SHMEM || !read ? __GFP_ZERO : 0;
	struct page *page = alloc_page(m, GFP_HIGHUSER | zero);
	int error;

	if (!page)
		return -ENOMEM;
	error = read ? read_page(mapping, page, index) : 0;
	if (!error)
		error = add_to_page_cache(page, mapping, index);
	if (error) {
		__free_page(page);
		return error;
	}
	SetPageUptodate(page);
	*ret = page;
	return 0;
}

int read_cache_page(struct address_space *mapping, pgoff_t index, struct page **ret,
		    bool *ret_major)
{
	struct page *page = find_page(mapping, index);
	int error;

	if (ret_major)
		*ret_major = !page && mapping->a_ops == AOPS_BACKED;
	if (page) {
		get_page(page);
	} else {
		error = new_cache_page(mapping, index, true, &page);
		if (error)
			return error;
	}
	*ret = page;
	return 0;
}

s64 generic_file_read(struct inode *inode, u64 pos, void *buf, u32 len)
{
	u32 done = 0;

	if (pos >= inode->i_size)
		return 0;
	if (len > inode->i_size - pos)
		len = (u32)(inode->i_size - pos);
	while (done < len) {
		u32 off = (u32)(pos & (PAGE_SIZE - 1));
		u32 part = PAGE_SIZE - off < len - done ? PAGE_SIZE - off : len - done;
		struct page *page;
		int error =
			read_cache_page(&inode->i_data, (pgoff_t)(pos >> PAGE_SHIFT), &page, NULL);

		if (error)
			return done ? (s64)done : error;
		memcpy((u8 *)buf + done, (u8 *)page_address(page) + off, part);
		put_page(page);
		done += part;
		pos += part;
	}
	return done;
}

/* The page that takes [off, +part): what is not overwritten must be the file's. */
static int page_for_write(struct inode *inode, u64 pos, u32 part, struct page **ret)
{
	pgoff_t index = (pgoff_t)(pos >> PAGE_SHIFT);
	bool whole = part == PAGE_SIZE || (pos & ~(u64)(PAGE_SIZE - 1)) >= inode->i_size;
	int error;

	*ret = find_page(&inode->i_data, index);
	if (*ret) {
		get_page(*ret);
		return 0;
	}
	error = new_cache_page(&inode->i_data, index, !whole, ret);
	return error;
}

/* One page's part: the backing file first, so that a failure leaves the cache true. */
static int write_part(struct inode *inode, u64 pos, const void *buf, u32 part)
{
	struct machine *m = machine_of(inode);
	struct page *page;
	int error = page_for_write(inode, pos, part, &page);

	if (error)
		return error;
	error = m->ops->write(m->ops_data, inode->i_handle, pos, buf, part);
	if (!error) {
		memcpy((u8 *)page_address(page) + (pos & (PAGE_SIZE - 1)), buf, part);
		if (pos + part > inode->i_size)
			inode->i_size = pos + part;
	}
	put_page(page);
	return error;
}

s64 generic_file_write(struct inode *inode, u64 pos, const void *buf, u32 len)
{
	u32 done = 0;

	assert(inode->i_data.a_ops == AOPS_BACKED);
	if (pos > MAX_FILE_SIZE || len > MAX_FILE_SIZE - pos)
		return -EFBIG;
	while (done < len) {
		u32 off = (u32)(pos & (PAGE_SIZE - 1));
		u32 part = PAGE_SIZE - off < len - done ? PAGE_SIZE - off : len - done;
		int error = write_part(inode, pos, (const u8 *)buf + done, part);

		if (error)
			return done ? (s64)done : error;
		done += part;
		pos += part;
	}
	count_vm_events(machine_of(inode), PGPGOUT, (done + 1023) / 1024);
	return done;
}

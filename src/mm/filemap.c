/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page cache.  ULK ch. 15, "The Page Cache"; ch. 16, "Reading and Writing a File".
 *
 * One tree of pages per file; read(2), write(2), mappings and exec meet there.  A page in the
 * tree is uptodate, counts one reference for the tree and is on an LRU list.
 * Writing dirties pages; writeback.c takes them to the backing file, where there is room for
 * them already.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mm/filemap.h"
#include "mm/lru.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"
#include "mm/trace.h"
#include "mm/writeback.h"

#define RA_MAX 32u /* pages read ahead at most: 128 KiB */
#define RA_FIRST 4u

struct page *find_page(const struct address_space *mapping, pgoff_t index)
{
	void *item = radix_tree_lookup(&mapping->page_tree, index);

	return radix_is_value(item) ? NULL : item;
}

bool is_swapped_out(const struct address_space *mapping, pgoff_t index)
{
	return mapping->nrswapped && radix_is_value(radix_tree_lookup(&mapping->page_tree, index));
}

static void trace_cache(struct page *page, struct address_space *mapping, enum trace_id id)
{
	const struct inode *inode = KGET(mapping->host);

	trace_current(machine_of(page), id, inode->i_dev, (u32)inode->i_ino, page_to_pfn(page),
		      page->index);
}

/* Into the tree; *ret_shadow is what was remembered of the page, or NO_SHADOW. */
static int insert_page(struct page *page, struct address_space *mapping, pgoff_t index, gfp_t gfp,
		       u32 *ret_shadow)
{
	int error;

	*ret_shadow = NO_SHADOW;
	if (mapping->nrshadows && workingset_take_shadow(mapping, index, page, ret_shadow))
		return 0;
	error = radix_tree_insert(machine_of(mapping), &mapping->page_tree, index, page,
				  GFP_KERNEL | gfp);
	if (!error && mapping->nrshadows)
		workingset_update_node(mapping, index);
	return error;
}

/* @reads: who asked wants what the page was, not to write it anew. */
static int add_to_page_cache(struct page *page, struct address_space *mapping, pgoff_t index,
			     bool reads, gfp_t gfp)
{
	struct machine *m = machine_of(mapping);
	u32 shadow;
	int error = insert_page(page, mapping, index, gfp, &shadow);

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
		if (!page_evictable(page))
			cull_page(page);
	}
	if (shadow != NO_SHADOW && reads)
		workingset_refault(page, shadow);
	lru_cache_add(page);
	trace_cache(page, mapping, TRACE_CACHE_ADD);
	return 0;
}

/* It is in the tree no more. */
static void forget_page(struct page *page)
{
	struct address_space *mapping = kva_ptr(page, page->mapping);
	struct machine *m = machine_of(page);

	assert(page_mapcount(page) == 0);
	trace_cache(page, mapping, TRACE_CACHE_DELETE);
	mapping->nrpages--;
	mod_vm_stat(m, NR_FILE_PAGES, -1);
	if (PageSwapBacked(page))
		mod_vm_stat(m, NR_SHMEM, -1);
	page->mapping = 0;
	put_page(page);
	if (!mapping->nrpages)
		inode_lru_add(KGET(mapping->host));
}

void remove_from_page_cache(struct page *page)
{
	struct address_space *mapping = kva_ptr(page, page->mapping);

	cancel_dirty_page(page);
	radix_tree_delete(machine_of(page), &mapping->page_tree, page->index);
	if (mapping->nrshadows)
		workingset_update_node(mapping, page->index);
	forget_page(page);
}

void reclaim_from_page_cache(struct page *page)
{
	assert(!PageDirty(page) && !PageSwapBacked(page));
	workingset_leave_shadow(page);
	forget_page(page);
}

/* The bytes of a page from where the file has them; behind the end zero. */
static int read_bytes(struct address_space *mapping, pgoff_t index, void *buf)
{
	struct inode *inode = KGET(mapping->host);
	struct machine *m = machine_of(mapping);
	u64 pos = (u64)index << PAGE_SHIFT;
	u32 size;
	const u8 *image;

	switch ((enum aops)mapping->a_ops) {
	case AOPS_BACKED: return m->ops->read(m->ops_data, inode->i_handle, pos, buf, PAGE_SIZE);
	case AOPS_INITRAMFS:
		image = initramfs_image(&size);
		if (pos < size)
			memcpy(buf, image + pos, size - pos < PAGE_SIZE ? size - pos : PAGE_SIZE);
		return 0;
	case AOPS_SHMEM: return 0; /* zero already */
	}
	return -EIO;
}

/* Fill a new page of the cache. */
static int read_page(struct address_space *mapping, struct page *page, pgoff_t index)
{
	if (mapping->a_ops == AOPS_BACKED)
		count_vm_events(machine_of(mapping), PGPGIN, PAGE_SIZE / 1024);
	else if (mapping->a_ops == AOPS_INITRAMFS)
		memset(page_address(page), 0, PAGE_SIZE);
	return read_bytes(mapping, index, page_address(page));
}

int peek_page(struct address_space *mapping, pgoff_t index, void *buf)
{
	struct page *page = find_page(mapping, index);

	if (page) {
		memcpy(buf, page_address(page), PAGE_SIZE);
		return 0;
	}
	if (is_swapped_out(mapping, index))
		return shmem_peek(mapping, index, buf);
	memset(buf, 0, PAGE_SIZE);
	return read_bytes(mapping, index, buf);
}

/* @gfp: __GFP_NORETRY where the page need not be had. */
static int new_cache_page(struct address_space *mapping, pgoff_t index, bool read, gfp_t gfp,
			  struct page **ret)
{
	struct machine *m = machine_of(mapping);
	gfp_t zero = mapping->a_ops == AOPS_SHMEM || !read ? __GFP_ZERO : 0;
	struct page *page = alloc_page(m, GFP_HIGHUSER | zero | gfp);
	int error;

	if (!page)
		return -ENOMEM;
	error = read ? read_page(mapping, page, index) : 0;
	if (!error)
		error = add_to_page_cache(page, mapping, index, read, gfp);
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
	int error = 0;
	bool major = !page && mapping->a_ops == AOPS_BACKED;

	if (page)
		get_page(page);
	else if (is_swapped_out(mapping, index))
		error = shmem_swapin(mapping, index, GFP_HIGHUSER, &page, &major);
	else
		error = new_cache_page(mapping, index, true, 0, &page);
	if (ret_major)
		*ret_major = major;
	if (!error)
		*ret = page;
	return error;
}

/* ---- read-ahead ---- */

/* The next window of a sequential reader is twice as long; any other begins anew. */
static u32 sequential_window(struct inode *inode, pgoff_t index)
{
	if (index && index != inode->ra_next)
		return 1;
	inode->ra_pages = index && inode->ra_pages ? inode->ra_pages * 2 : RA_FIRST;
	if (inode->ra_pages > RA_MAX)
		inode->ra_pages = RA_MAX;
	return inode->ra_pages;
}

/* The pages that reading a missing page @index brings in: from *ret_first, so many. */
static u32 read_window(struct inode *inode, pgoff_t index, enum readahead how, pgoff_t *ret_first)
{
	if (how == RA_AROUND) {
		*ret_first = index > RA_MAX / 2 ? index - RA_MAX / 2 : 0;
		return RA_MAX;
	}
	*ret_first = index;
	return sequential_window(inode, index);
}

static bool is_missing(struct address_space *mapping, pgoff_t index)
{
	return mapping->a_ops == AOPS_BACKED && !find_page(mapping, index);
}

u32 readaround_frames(struct address_space *mapping, pgoff_t index)
{
	struct inode *inode = KGET(mapping->host);
	u32 pages = (u32)(PAGE_ALIGN(inode->i_size) >> PAGE_SHIFT), window, n = 0;
	pgoff_t first;

	if (!is_missing(mapping, index))
		return !find_page(mapping, index);
	window = read_window(inode, index, RA_AROUND, &first);
	for (pgoff_t i = first; i < pages && i - first < window; i++)
		n += !find_page(mapping, i);
	return n;
}

bool page_cache_readahead(struct address_space *mapping, pgoff_t index, enum readahead how)
{
	struct inode *inode = KGET(mapping->host);
	u32 pages = (u32)(PAGE_ALIGN(inode->i_size) >> PAGE_SHIFT), window;
	pgoff_t first;

	if (!is_missing(mapping, index) || index >= pages)
		return false;
	window = read_window(inode, index, how, &first);
	if (how == RA_SEQUENTIAL)
		inode->ra_next = index + window;
	for (pgoff_t i = first; i < pages && i - first < window; i++) {
		struct page *page;

		if (find_page(mapping, i))
			continue;
		if (new_cache_page(mapping, i, true, __GFP_NORETRY, &page))
			break;
		put_page(page);
	}
	return true;
}

/* ---- read(2) ---- */

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
		pgoff_t index = (pgoff_t)(pos >> PAGE_SHIFT);
		struct page *page;
		int error;

		page_cache_readahead(&inode->i_data, index, RA_SEQUENTIAL);
		error = read_cache_page(&inode->i_data, index, &page, NULL);
		if (error)
			return done ? (s64)done : error;
		memcpy((u8 *)buf + done, (u8 *)page_address(page) + off, part);
		mark_page_accessed(page);
		put_page(page);
		done += part;
		pos += part;
	}
	return done;
}

/* ---- write(2) ---- */

/* The page that takes [pos, +part): what is not overwritten must be the file's. */
static int page_for_write(struct inode *inode, u64 pos, u32 part, struct page **ret)
{
	pgoff_t index = (pgoff_t)(pos >> PAGE_SHIFT);
	bool whole = part == PAGE_SIZE || (pos & ~(u64)(PAGE_SIZE - 1)) >= inode->i_size;

	*ret = find_page(&inode->i_data, index);
	if (!*ret)
		return new_cache_page(&inode->i_data, index, !whole, 0, ret);
	get_page(*ret);
	return 0;
}

static int write_part(struct inode *inode, u64 pos, const void *buf, u32 part)
{
	struct page *page;
	int error = page_for_write(inode, pos, part, &page);

	if (error)
		return error;
	if (pos + part > inode->i_size) {
		clear_file_tail(inode, inode->i_size);
		inode->i_size = pos + part;
	}
	memcpy((u8 *)page_address(page) + (pos & (PAGE_SIZE - 1)), buf, part);
	set_page_dirty(page);
	put_page(page);
	return 0;
}

/*
 * Part after part until done, no frame is left, or the disk refuses what is dirty already;
 * *ret_done bytes are in.  Between two parts the writer waits where too much is dirty.
 */
static int write_parts(struct inode *inode, u64 pos, const u8 *buf, u32 len, u32 *ret_done)
{
	*ret_done = 0;
	while (*ret_done < len) {
		u32 off = (u32)((pos + *ret_done) & (PAGE_SIZE - 1)), left = len - *ret_done;
		u32 part = PAGE_SIZE - off < left ? PAGE_SIZE - off : left;
		int error = may_dirty_pages(inode);

		if (!error)
			error = write_part(inode, pos + *ret_done, buf + *ret_done, part);
		if (error)
			return error;
		*ret_done += part;
		cond_resched(machine_of(inode));
	}
	return 0;
}

/* Room for *len bytes, or for as many as there is: less than all is a short write. */
static int reserve_room(struct inode *inode, u64 pos, u32 *len)
{
	struct machine *m = machine_of(inode);
	int error = m->ops->reserve(m->ops_data, inode->i_handle, pos, *len);

	while ((error == -ENOSPC || error == -EDQUOT) && *len > PAGE_SIZE) {
		*len /= 2;
		error = m->ops->reserve(m->ops_data, inode->i_handle, pos, *len);
	}
	return error;
}

s64 generic_file_write(struct inode *inode, u64 pos, const void *buf, u32 len)
{
	struct machine *m = machine_of(inode);
	u32 done;
	int error;

	assert(inode->i_data.a_ops == AOPS_BACKED);
	if (inode->i_swapfile)
		return -ETXTBSY;
	if (pos > MAX_FILE_SIZE || len > MAX_FILE_SIZE - pos)
		return -EFBIG;
	if (!len)
		return 0;
	error = reserve_room(inode, pos, &len);
	if (error)
		return error;
	error = write_parts(inode, pos, buf, len, &done);
	if (error && pos + len > inode->i_size)
		m->ops->truncate(m->ops_data, inode->i_handle, inode->i_size);
	return done ? (s64)done : error;
}

int page_mkwrite(struct page *page)
{
	struct address_space *mapping = kva_ptr(page, page->mapping);
	struct inode *inode = KGET(mapping->host);
	struct machine *m = machine_of(page);
	u64 pos = (u64)page->index << PAGE_SHIFT, left = inode->i_size - pos;

	if (inode->i_swapfile || (!PageDirty(page) && may_dirty_pages(inode)))
		return -EIO;
	if (mapping->a_ops == AOPS_BACKED &&
	    m->ops->reserve(m->ops_data, inode->i_handle, pos, left < PAGE_SIZE ? left : PAGE_SIZE))
		return -EIO;
	set_page_dirty(page);
	return 0;
}

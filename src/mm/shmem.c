/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared anonymous memory: files without a name whose pages are nowhere but in RAM or swapped
 * out.  ULK ch. 17 and 19; mmap(2) MAP_SHARED | MAP_ANONYMOUS.
 *
 * The place in the object's tree holds the page, or its swap entry (today: in one tree, where
 * 2.6.11 has a table of entries beside it).  So going out needs no memory.
 */
#include <assert.h>
#include <errno.h>

#include "mm/filemap.h"
#include "mm/shm.h"
#include "swap_internal.h"

#define SHMEM_DEV (0u << 20 | 1u) /* 00:01, as maps shows it */
#define SHMEM_MODE 0100777u
#define VM_NORESERVE_HANDLE 1u /* i_handle of an object that is not promised */

static u32 shmem_pages(const struct inode *inode)
{
	return (u32)(PAGE_ALIGN(inode->i_size) >> PAGE_SHIFT);
}

struct file *shmem_zero_setup(struct machine *m, const struct mm_struct *mm, u64 size,
			      bool noreserve)
{
	u32 pages = (u32)(PAGE_ALIGN(size) >> PAGE_SHIFT);
	struct inode *inode;
	struct file *file;

	if (!noreserve && vm_enough_memory(m, mm, pages))
		return NULL;
	inode = inode_new(m, AOPS_SHMEM, SHMEM_DEV, m->k->next_shmem_ino + 1, SHMEM_MODE, size,
			  noreserve ? VM_NORESERVE_HANDLE : 0);
	if (!inode) {
		if (!noreserve)
			vm_unacct_memory(m, pages);
		return NULL;
	}
	file = file_new(m, inode, FMODE_READ | FMODE_WRITE, 0);
	if (file)
		m->k->next_shmem_ino++;
	iput(inode);
	return file;
}

void shmem_evict(struct inode *inode)
{
	if (!KNULL(inode->i_shm))
		shm_destroyed(machine_of(inode), inode);
	if (inode->i_handle != VM_NORESERVE_HANDLE)
		vm_unacct_memory(machine_of(inode), shmem_pages(inode));
}

/* ---- swapping ---- */

static swp_entry_t entry_of_item(const void *item)
{
	return (swp_entry_t){ radix_value(item) };
}

swp_entry_t shmem_entry(const struct address_space *mapping, pgoff_t index)
{
	return entry_of_item(radix_tree_lookup(&mapping->page_tree, index));
}

/* The page of the place cannot be read. */
static void lose_page(struct address_space *mapping, pgoff_t index)
{
	struct machine *m = machine_of(mapping);
	swp_entry_t entry = shmem_entry(mapping, index);

	radix_tree_replace(&mapping->page_tree, index,
			   radix_value_item(m->k, make_poisoned_swp_entry().val));
	swap_free(m, entry);
}

int shmem_move_to_swap(struct page *page)
{
	struct machine *m = machine_of(page);
	struct address_space *mapping = kva_ptr(page, page->mapping);
	swp_entry_t entry;

	assert(!page_mapcount(page) && mapping->a_ops == AOPS_SHMEM);
	entry = get_swap_page(page);
	if (!entry.val)
		return -ENOSPC;
	swap_duplicate(m, entry);
	radix_tree_replace(&mapping->page_tree, page->index, radix_value_item(m->k, entry.val));
	mapping->nrpages--;
	mapping->nrswapped++;
	mod_vm_stat(m, NR_FILE_PAGES, -1);
	mod_vm_stat(m, NR_SHMEM, -1);
	page->mapping = 0;
	page->index = 0;
	add_to_swap_cache(page, entry);
	SetPageDirty(page);
	put_page(page);
	return 0;
}

int shmem_swapin(struct address_space *mapping, pgoff_t index, gfp_t gfp, struct page **ret,
		 bool *ret_major)
{
	struct machine *m = machine_of(mapping);
	swp_entry_t entry = shmem_entry(mapping, index);
	struct page *page;
	int error;

	if (is_poisoned_swp_entry(entry))
		return -EIO;
	error = read_swap_page(m, entry, gfp, true, &page, ret_major);
	if (error == -EIO)
		lose_page(mapping, index);
	if (error)
		return error;
	remove_from_swap_cache(page);
	swap_free(m, entry);
	radix_tree_replace(&mapping->page_tree, index, page);
	page->mapping = kva_of(mapping);
	page->index = index;
	mapping->nrpages++;
	mapping->nrswapped--;
	mod_vm_stat(m, NR_FILE_PAGES, 1);
	mod_vm_stat(m, NR_SHMEM, 1);
	SetPageDirty(page);
	*ret = page;
	return 0;
}

int shmem_peek(const struct address_space *mapping, pgoff_t index, void *buf)
{
	swp_entry_t entry = shmem_entry(mapping, index);

	return is_poisoned_swp_entry(entry) ? -EIO : swap_peek(machine_of(mapping), entry, buf);
}

void shmem_free_swap(struct address_space *mapping, pgoff_t index)
{
	struct machine *m = machine_of(mapping);
	swp_entry_t entry = entry_of_item(radix_tree_delete(m, &mapping->page_tree, index));

	mapping->nrswapped--;
	if (!is_poisoned_swp_entry(entry))
		free_swap_and_cache(m, entry);
}

static int unuse_object(struct address_space *mapping, u32 type)
{
	u32 next = 0, index;
	void *item;

	while (mapping->nrswapped &&
	       radix_tree_gang_lookup(&mapping->page_tree, &item, &index, next, 1)) {
		struct page *page;
		bool major;
		int error;

		next = index + 1;
		if (!radix_is_value(item) || swp_type(entry_of_item(item)) != type)
			continue;
		error = shmem_swapin(mapping, index, GFP_SWAPIN_TRY, &page, &major);
		if (error == -ENOMEM)
			return error;
		if (!error)
			put_page(page);
	}
	return 0;
}

int shmem_unuse(struct machine *m, u32 type)
{
	struct inode *inode;

	list_for_each_entry(inode, &m->k->inodes, i_list) {
		int error =
			inode->i_data.a_ops == AOPS_SHMEM ? unuse_object(&inode->i_data, type) : 0;

		if (error)
			return error;
	}
	return 0;
}

u32 shmem_swapped(const struct address_space *mapping, pgoff_t first, u32 pages)
{
	u32 next = first, index, n = 0;
	void *item;

	while (mapping->nrswapped &&
	       radix_tree_gang_lookup(&mapping->page_tree, &item, &index, next, 1) &&
	       index - first < pages) {
		n += radix_is_value(item) && !is_poisoned_swp_entry(entry_of_item(item));
		next = index + 1;
	}
	return n;
}

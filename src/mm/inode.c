/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inodes and open files in RAM.  ULK ch. 12.
 *
 * An inode lives as long as somebody counts on it: open files, and the host side for as long
 * as it wants the cached pages.  The built-in init program is an inode too, of dev 0:1 like
 * Linux's rootfs, whose pages come from the image in process/init_elf.c.
 */
#include <assert.h>
#include <errno.h>

#include "mm/check.h"
#include "mm/filemap.h"
#include "mm/machine.h"
#include "mm/writeback.h"

#define S_IFREG_0755 0100755u
#define INITRAMFS_DEV (0u << 20 | 2u)

struct inode *inode_new(struct machine *m, enum aops aops, u32 dev, u64 ino, u32 mode, u64 size,
			u32 handle)
{
	struct inode *inode =
		kmem_cache_alloc(kernel_cache(m, CACHE_INODE), GFP_KERNEL | __GFP_ZERO);

	if (!inode)
		return NULL;
	inode->i_ino = ino;
	inode->i_dev = dev;
	inode->i_mode = mode;
	inode->i_size = size;
	inode->i_handle = handle;
	inode->i_count = 1;
	INIT_LIST_HEAD(&inode->i_lru);
	inode->i_data.a_ops = aops;
	KSET(inode->i_data.host, inode);
	list_add_tail(&inode->i_list, &m->k->inodes);
	return inode;
}

/* ---- inodes of no use ---- */

static bool is_unused(const struct inode *inode)
{
	return inode->i_data.a_ops == AOPS_BACKED && inode->i_count == 1 &&
	       !inode->i_data.nrpages && !inode->i_data.i_mmap.node;
}

void inode_lru_add(struct inode *inode)
{
	struct kernel_data *k = machine_of(inode)->k;

	if (!is_unused(inode) || !list_empty(&inode->i_lru))
		return;
	list_add_tail(&inode->i_lru, &k->inode_unused);
	k->nr_inode_unused++;
}

static void inode_lru_del(struct inode *inode)
{
	if (list_empty(&inode->i_lru))
		return;
	list_del(&inode->i_lru);
	INIT_LIST_HEAD(&inode->i_lru);
	machine_of(inode)->k->nr_inode_unused--;
}

/* One may have come into use since it was put on the list: then it only leaves it. */
u32 prune_icache(struct machine *m, u32 nr)
{
	struct kernel_data *k = m->k;
	u32 n = 0;

	if (!m->ops || !m->ops->forget)
		return 0;
	nr = nr < k->nr_inode_unused ? nr : k->nr_inode_unused;
	count_vm_events(m, SLABS_SCANNED, nr);
	while (nr--) {
		struct inode *inode = list_first_entry(&k->inode_unused, struct inode, i_lru);

		inode_lru_del(inode);
		if (!is_unused(inode))
			continue;
		if (m->ops->forget(m->ops_data, inode->i_handle))
			n++;
		else
			inode_lru_add(inode);
	}
	return n;
}

void iput(struct inode *inode)
{
	struct machine *m = machine_of(inode);
	u32 handle = inode->i_handle;
	bool backed = inode->i_data.a_ops == AOPS_BACKED;

	assert(inode->i_count > 0);
	if (--inode->i_count) {
		inode_lru_add(inode);
		return;
	}
	inode_lru_del(inode);
	truncate_inode_pages(&inode->i_data, 0);
	if (inode->i_data.a_ops == AOPS_SHMEM)
		shmem_evict(inode);
	list_del(&inode->i_list);
	kmem_cache_free(kernel_cache(m, CACHE_INODE), inode);
	if (backed && m->ops && m->ops->evict)
		m->ops->evict(m->ops_data, handle);
}

/* ---- who writes, and who must not ---- */

int get_write_access(struct inode *inode)
{
	if (inode->i_writecount < 0)
		return -ETXTBSY;
	inode->i_writecount++;
	return 0;
}

void put_write_access(struct inode *inode)
{
	assert(inode->i_writecount > 0);
	inode->i_writecount--;
}

int deny_write_access(struct inode *inode)
{
	if (inode->i_writecount > 0)
		return -ETXTBSY;
	inode->i_writecount--;
	return 0;
}

void allow_write_access(struct inode *inode)
{
	assert(inode->i_writecount < 0);
	inode->i_writecount++;
}

/* ---- open files ---- */

struct file *file_new(struct machine *m, struct inode *inode, u32 mode, u32 handle)
{
	struct file *file = kmem_cache_alloc(kernel_cache(m, CACHE_FILP), GFP_KERNEL | __GFP_ZERO);

	if (!file)
		return NULL;
	if (mode & FMODE_WRITE) {
		int error = get_write_access(inode);

		assert(!error);
		(void)error;
	}
	file->f_count = 1;
	file->f_mode = mode;
	file->f_handle = handle;
	file->f_wb_err = wb_error_sample(inode);
	KSET(file->f_inode, iget(inode));
	return file;
}

void fput(struct file *f)
{
	struct machine *m;
	struct inode *inode;
	u32 handle;

	if (!f || --f->f_count)
		return;
	m = machine_of(f);
	inode = file_inode(f);
	handle = f->f_handle;
	if (f->f_mode & FMODE_WRITE)
		put_write_access(inode);
	kmem_cache_free(kernel_cache(m, CACHE_FILP), f);
	if (inode->i_data.a_ops == AOPS_BACKED && m->ops && m->ops->release)
		m->ops->release(m->ops_data, handle);
	iput(inode);
}

struct file *initramfs_open(struct machine *m)
{
	struct inode *inode = KGET(m->k->initramfs);
	u32 size;

	if (!inode) {
		initramfs_image(&size);
		inode = inode_new(m, AOPS_INITRAMFS, INITRAMFS_DEV, 1, S_IFREG_0755, size, 0);
		if (!inode)
			return NULL;
		KSET(m->k->initramfs, inode);
	}
	return file_new(m, inode, FMODE_READ, 0);
}

/* A node that holds nothing else is known to reclaim. */
static void shadow_validate(const struct inode *inode, pgoff_t index, struct check *c)
{
	const struct radix_tree_node *node = radix_tree_leaf(&inode->i_data.page_tree, index);
	bool only = inode->i_data.a_ops != AOPS_SHMEM && node->count == node->values;

	check_that(c, (node->shadows_of == kva_of(&inode->i_data)) == only,
		   "inode %llu: node of page %u: %u slots, %u values, and in the list or not",
		   (unsigned long long)inode->i_ino, index, node->count, node->values);
}

/* Count the pages of one cache and compare them with what they say of themselves. */
static void pages_validate(struct inode *inode, struct check *c, s32 *dirty)
{
	struct address_space *mapping = &inode->i_data;
	u32 items = 0, next = 0, values = 0, index;
	const char *bad = radix_tree_validate(&mapping->page_tree, &items);
	bool shmem = mapping->a_ops == AOPS_SHMEM;
	void *p;

	check_that(c, !bad, "inode %llu: page tree: %s", (unsigned long long)inode->i_ino, bad);
	check_that(c, items == mapping->nrpages + mapping->nrswapped + mapping->nrshadows,
		   "inode %llu: nrpages %u, nrswapped %u, nrshadows %u, tree has %u",
		   (unsigned long long)inode->i_ino, mapping->nrpages, mapping->nrswapped,
		   mapping->nrshadows, items);
	while (!bad && radix_tree_gang_lookup(&mapping->page_tree, &p, &index, next, 1)) {
		struct page *page = p;

		next = index + 1;
		if (radix_is_value(p)) {
			values++;
			shadow_validate(inode, index, c);
			continue;
		}
		check_that(c, page->mapping == kva_of(mapping) && page->index == index,
			   "inode %llu: page %u belongs elsewhere",
			   (unsigned long long)inode->i_ino, index);
		check_that(c, page_count(page) == 1 + page_mapcount(page),
			   "frame %05x: page cache, count %d, mapcount %d", page_to_pfn(page),
			   page_count(page), page_mapcount(page));
		check_that(c, PageLRU(page), "frame %05x: page cache, on no LRU list",
			   page_to_pfn(page));
		if (mapping->a_ops == AOPS_BACKED) {
			check_that(c,
				   PageDirty(page) == radix_tree_tag_get(&mapping->page_tree, index,
									 RADIX_TAG_DIRTY),
				   "inode %llu: page %u: flag and tag differ",
				   (unsigned long long)inode->i_ino, index);
			*dirty += PageDirty(page);
		}
	}
	check_that(c, values == (shmem ? mapping->nrswapped : mapping->nrshadows),
		   "inode %llu: nrswapped %u, nrshadows %u, tree has %u",
		   (unsigned long long)inode->i_ino, mapping->nrswapped, mapping->nrshadows,
		   values);
}

void inode_validate(struct machine *m, struct check *c)
{
	struct inode *inode;
	u32 unused = 0;
	s32 dirty = 0;

	list_for_each_entry(inode, &m->k->inodes, i_list) {
		const char *bad = interval_tree_validate(&inode->i_data.i_mmap, NULL);

		unused += !list_empty(&inode->i_lru);

		check_that(c, inode->i_count > 0, "inode %llu: unused but in core",
			   (unsigned long long)inode->i_ino);
		check_that(c, !bad, "inode %llu: i_mmap: %s", (unsigned long long)inode->i_ino,
			   bad);
		pages_validate(inode, c, &dirty);
	}
	check_that(c, unused == m->k->nr_inode_unused, "nr_inode_unused %u, found %u",
		   m->k->nr_inode_unused, unused);
	check_that(c, dirty == m->k->vm_stat[NR_FILE_DIRTY], "nr_dirty %d, found %d",
		   m->k->vm_stat[NR_FILE_DIRTY], dirty);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page cache: read, write, and the pages behind mappings.  ULK ch. 15 and 16.
 */
#pragma once

#include "mm/inode.h"
#include "mm/page.h"

struct mm_struct;

/* Page indices are 32 bits wide: the largest file. */
#define MAX_FILE_SIZE ((u64)~0u << PAGE_SHIFT)

/* The cached page, without a new reference, or NULL (it may be swapped out). */
struct page *find_page(const struct address_space *mapping, pgoff_t index);

/* Is the page of shared memory swapped out? */
bool is_swapped_out(const struct address_space *mapping, pgoff_t index);

/*
 * The uptodate page @index of a file, read in where it is missing (a whole read-ahead
 * window when *ret_major).  0 with a reference taken; -EIO (host cannot read), -ENOMEM.
 * *ret_major (may be NULL): had to read from the backing file.
 */
int read_cache_page(struct address_space *mapping, pgoff_t index, struct page **ret,
		    bool *ret_major);

/*
 * The bytes of page @index as a fault would find them, changing nothing.  => @buf has a page.
 * 0 or -EIO.
 */
int peek_page(struct address_space *mapping, pgoff_t index, void *buf);

/*
 * read(2): bytes from @pos, stopping at i_size.  Returns bytes (0 at the end) or -errno.
 */
s64 generic_file_read(struct inode *inode, u64 pos, void *buf, u32 len);

/*
 * write(2): extends i_size.  Room in the backing file is taken at once, the bytes go there
 * later (writeback.c).  Bytes (less than @len where the room ends), or -errno: -ENOSPC, -EFBIG,
 * -ENOMEM, -ETXTBSY (a swap area in use) ...
 */
s64 generic_file_write(struct inode *inode, u64 pos, const void *buf, u32 len);

#define FALLOC_KEEP_SIZE 1u
#define FALLOC_PUNCH_HOLE 2u

/*
 * fallocate(2).  @mode 0: blocks for @len bytes from @pos on, and the file is that long at least;
 * FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE: they read as zero, and whole pages of them have no
 * blocks.  0, -EOPNOTSUPP (another mode), -EFBIG, -ENOSPC, -ENOMEM, -EIO, -ETXTBSY (a swap area in
 * use).
 */
int generic_file_fallocate(struct inode *inode, u32 mode, u64 pos, u64 len);

/*
 * The file now has @size bytes (the backing file is already so): pages behind it are
 * unmapped everywhere and dropped, the rest of the last page becomes zero.  ULK vmtruncate.
 */
void vmtruncate(struct inode *inode, u64 size);

/* Drop the cached pages from @first on.  => nobody maps them.  ULK truncate_inode_pages. */
void truncate_inode_pages(struct address_space *mapping, pgoff_t first);

/* The backing file changed behind us: drop unmapped pages, read mapped ones anew. */
void invalidate_inode_pages(struct inode *inode);

/*
 * @page of a shared file mapping is about to become writable: it will be dirty.  0, or -EIO
 * when the backing file has no room for it, or is a swap area in use.
 */
int page_mkwrite(struct page *page);

/* How a file is being read, for read-ahead. */
enum readahead { RA_SEQUENTIAL, RA_AROUND };

/* Frames that a fault on page @index of a file takes, with what is read around it. */
u32 readaround_frames(struct address_space *mapping, pgoff_t index);

/*
 * Is page @index of a backing file missing?  Then read it and what is likely to be wanted next;
 * what cannot be read now is left out.
 */
bool page_cache_readahead(struct address_space *mapping, pgoff_t index, enum readahead how);

/* Bytes of the page that holds the file's end @size, behind it, become zero. */
void clear_file_tail(struct inode *inode, u64 size);

/* Make @pages pages from @first read as zero; private copies stay.  0 or -errno. */
int punch_hole(struct inode *inode, pgoff_t first, u32 pages);

/* Drop @page from its cache.  => unmapped, the cache holds one of its references */
void remove_from_page_cache(struct page *page);

/* The same for reclaim, which remembers when it took the page.  => @page is clean, of a file */
void reclaim_from_page_cache(struct page *page);

/*
 * An unlinked shared memory object of @size bytes (MAP_SHARED | MAP_ANONYMOUS), promised in
 * Committed_AS to @mm unless @noreserve; or NULL.
 */
struct file *shmem_zero_setup(struct machine *m, const struct mm_struct *mm, u64 size,
			      bool noreserve);

/* The inode goes: give the promise back. */
void shmem_evict(struct inode *inode);

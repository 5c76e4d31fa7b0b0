/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dirty pages and their way to the backing files.  ULK ch. 15, "Writing Dirty Pages to Disk".
 */
#pragma once

#include "mm/inode.h"
#include "mm/page.h"

/*
 * The page was written, by write(2) or through a mapping.  A page of a backing file is tagged
 * in its tree until it is written back; shared memory has nowhere to go.
 */
void set_page_dirty(struct page *page);

/* It need not be written any more: it was, or the file no longer has it. */
void cancel_dirty_page(struct page *page);

/* Write one dirty page to its backing file.  0, or -errno and it stays dirty. */
int write_one_page(struct page *page);

/*
 * Write the dirty pages @first to @last (inclusive) of a file.  0 or the first -errno; pages
 * that fail stay dirty, the others are written.
 */
int filemap_write_range(struct inode *inode, pgoff_t first, pgoff_t last);

static inline int filemap_write(struct inode *inode)
{
	return filemap_write_range(inode, 0, ~0u);
}

/* sync(2), as far as the host's page cache: all files.  0 or the first -errno. */
int sync_inodes(struct machine *m);

/* Somebody dirtied pages: above vm/dirty_background_ratio, write until below it. */
void balance_dirty_pages(struct machine *m);

/*
 * Between the pages of one long command: above vm/dirty_ratio it waits, that is, the flusher
 * runs.  => no page is about to be mapped for writing
 */
void throttle_dirty_pages(struct machine *m);

/* The flusher's turn: write files that have been dirty for vm/dirty_expire_centisecs. */
void wb_kupdate(struct machine *m);

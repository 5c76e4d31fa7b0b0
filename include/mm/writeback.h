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
/* Written by the kernel through an address of its own: no entry's Dirty bit knows. */
void kernel_wrote_page(struct page *page);

/* It need not be written any more: it was, or the file no longer has it. */
void cancel_dirty_page(struct page *page);

/* Write one dirty page to its backing file.  0, or -errno and it stays dirty (wb_error.c). */
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

/* ---- what the host would not write (wb_error.c) ---- */

/* A page could not be written, for -errno @error; all pages were. */
void wb_failed(struct inode *inode, int error);
void wb_succeeded(struct inode *inode);

/* Who writes of his own accord leaves the file alone for now. */
bool wb_is_deferred(const struct inode *inode);

/* -errno of the last failure, known to somebody or not; 0: there was none. */
int wb_last_error(const struct inode *inode);

/* What an open file knows when it is opened, and what it has not heard of yet: -errno, once. */
u32 wb_error_sample(const struct inode *inode);
int wb_error_check(struct inode *inode, u32 *since);

/* ---- when, and how much ---- */

/* sync(2), as far as the host's page cache: all files.  0 or the first -errno. */
int sync_inodes(struct machine *m);

/*
 * Pages that may be dirty: above the first limit who makes more has to wait, above the second the
 * flusher runs.  vm/dirty_ratio, vm/dirty_background_ratio of what is free or page cache.
 */
void dirty_limits(const struct machine *m, u32 *ret_limit, u32 *ret_background);

/* Somebody dirtied pages: above the background limit, write until below it. */
void balance_dirty_pages(struct machine *m);

/*
 * Between the pages of one long command: above the limit it waits, that is, the flusher
 * runs.  => no page is about to be mapped for writing
 */
void throttle_dirty_pages(struct machine *m);

/*
 * May pages of @inode become dirty?  0, or the error of its disk: that refuses to write them, and
 * there are too many already.
 */
int may_dirty_pages(struct inode *inode);

/* The flusher's turn: write files that have been dirty for vm/dirty_expire_centisecs. */
void wb_kupdate(struct machine *m);

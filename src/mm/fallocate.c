/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Room in a file before it is written, and holes in it.  fallocate(2).
 *
 * The host's file has the blocks; here are the pages: a longer file's last page ends in zeros,
 * and what was in a hole is in no page and in no table.
 */
#include <errno.h>

#include "mm/filemap.h"
#include "mm/machine.h"

static int allocate_blocks(struct inode *inode, u64 pos, u64 len)
{
	struct machine *m = machine_of(inode);
	int error = m->ops->reserve(m->ops_data, inode->i_handle, pos, len);

	if (!error && pos + len > inode->i_size)
		vmtruncate(inode, pos + len);
	return error;
}

/* Less than a page: its bytes are written as zeros. */
static int zero_part(struct inode *inode, u64 pos, u64 end)
{
	static const u8 zeros[PAGE_SIZE];
	s64 n = pos < end ? generic_file_write(inode, pos, zeros, (u32)(end - pos)) : 0;

	return n < 0 ? (int)n : 0;
}

/* The parts of pages at both ends first: they may fail. */
static int make_hole(struct inode *inode, u64 pos, u64 len)
{
	u64 size = inode->i_size, end = pos + len < size ? pos + len : size;
	u64 first = PAGE_ALIGN(pos), last;
	int error;

	if (pos >= end)
		return 0;
	last = end == size ? PAGE_ALIGN(end) : end & ~(u64)(PAGE_SIZE - 1);
	/* Stores through a mapping may have left bytes behind the end. */
	if (end == size)
		clear_file_tail(inode, size);
	error = zero_part(inode, pos, first < end ? first : end);
	if (!error && last >= first && last < end)
		error = zero_part(inode, last, end);
	if (!error && first < last)
		error = punch_hole(inode, (pgoff_t)(first >> PAGE_SHIFT),
				   (u32)((last - first) >> PAGE_SHIFT));
	return error;
}

int generic_file_fallocate(struct inode *inode, u32 mode, u64 pos, u64 len)
{
	if (mode != 0 && mode != (FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE))
		return -EOPNOTSUPP;
	if (inode->i_swapfile)
		return -ETXTBSY;
	if (pos > MAX_FILE_SIZE || len > MAX_FILE_SIZE - pos)
		return -EFBIG;
	return mode ? make_hole(inode, pos, len) : allocate_blocks(inode, pos, len);
}

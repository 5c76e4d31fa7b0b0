/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of a file that the host would not write.  ULK ch. 15; today: errseq, vfs.rst
 * "Handling errors during writeback".
 *
 * Its pages stay dirty.  The flusher and reclaim leave it alone for a second, and twice as long
 * after each further failure, up to a minute; who asks for it (fsync, msync, sync) is not kept
 * waiting.  Every file that was open then hears of the error once, by its next fsync or msync; if
 * none has yet, one opened later does.
 */
#include "mm/machine.h"
#include "mm/writeback.h"

#define MAX_DOUBLINGS 6u /* a second 2^6 times is about a minute */

void wb_failed(struct inode *inode, int error)
{
	struct wb_error *wb = &inode->i_data.wb_error;

	wb->error = error;
	if (wb->seen || !wb->nr)
		wb->nr++;
	wb->seen = false;
	if (wb_is_deferred(inode))
		return; /* one more page of the same attempt, or somebody who would not wait */
	inode->wb_retry = machine_of(inode)->k->jiffies + ((u64)HZ << inode->wb_failures);
	if (inode->wb_failures < MAX_DOUBLINGS)
		inode->wb_failures++;
}

void wb_succeeded(struct inode *inode)
{
	inode->wb_retry = 0;
	inode->wb_failures = 0;
}

bool wb_is_deferred(const struct inode *inode)
{
	return inode->wb_retry > machine_of(inode)->k->jiffies;
}

int wb_last_error(const struct inode *inode)
{
	return inode->i_data.wb_error.error;
}

u32 wb_error_sample(const struct inode *inode)
{
	const struct wb_error *wb = &inode->i_data.wb_error;

	return wb->nr && !wb->seen ? wb->nr - 1 : wb->nr;
}

int wb_error_check(struct inode *inode, u32 *since)
{
	struct wb_error *wb = &inode->i_data.wb_error;

	if (*since == wb->nr)
		return 0;
	*since = wb->nr;
	wb->seen = true;
	return wb->error;
}

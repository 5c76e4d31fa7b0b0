/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests that compare what is in use before and after: what reclaim remembers is neither.
 */
#pragma once

#include "mm/machine.h"

/* Forget the pages of files that were reclaimed. */
static inline void forget_reclaimed(struct machine *m)
{
	struct inode *inode;

	list_for_each_entry(inode, &m->k->inodes, i_list) {
		u32 next = 0, index;
		void *item;

		while (inode->i_data.nrshadows &&
		       radix_tree_gang_lookup(&inode->i_data.page_tree, &item, &index, next, 1)) {
			if (radix_is_value(item))
				workingset_drop_shadow(&inode->i_data, index);
			next = index + 1;
		}
	}
}

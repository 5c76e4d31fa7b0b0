/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/clear_refs: written only.  1 all pages, 2 of regions without a file, 3 of regions with one:
 * clear Accessed bits and PG_referenced.  4 is for soft-dirty bits, of which there are none.
 * 5 makes the peak of resident pages what is resident now.
 */
#include <errno.h>

#include "mm/pgtable.h"
#include "proc.h"
#include "value.h"

enum { CLEAR_SOFT_DIRTY = 4, CLEAR_HIWATER = 5 };

int proc_pid_clear_refs_show(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	return 0;
}

int proc_pid_clear_refs(struct aspacefs *fs, const struct node *node, const char *text, size_t len)
{
	struct mm_struct *mm = KGET(node->task->mm);
	s64 value;

	if (value_parse(text, len, &value) || value < CLEAR_REFS_ALL || value > CLEAR_HIWATER)
		return -EINVAL;
	if (!mm || value == CLEAR_SOFT_DIRTY)
		return 0;
	if (value == CLEAR_HIWATER)
		mm->hiwater_rss = get_mm_rss(mm);
	else
		clear_refs(mm, (enum clear_refs)value);
	return 0;
}

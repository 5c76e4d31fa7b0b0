/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/smaps_rollup: the sums of smaps over all regions, from the first to the end of the last.
 */
#include <errno.h>

#include "proc.h"
#include "smaps.h"

#define NAME_COLUMN 73

int proc_pid_smaps_rollup(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct mm_struct *mm = KGET(task->mm);
	const struct vm_area_struct *vma = mm ? KGET(mm->mmap) : NULL;
	u32 start = vma ? vma->vm_start : 0, end = 0;
	struct smaps_sums sums = { 0 };

	if (!mm)
		return -ESRCH;
	for (; vma; vma = KGET(vma->vm_next)) {
		smaps_count(&sums, vma);
		end = vma->vm_end;
	}
	g_string_append_printf(out, "%08x-%08x ---p 00000000 00:00 0", start, end);
	g_string_append_printf(out, "%*s[rollup]\n", NAME_COLUMN - (int)out->len, "");
	smaps_print(&sums, true, out);
	return 0;
}

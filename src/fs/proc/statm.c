/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/statm, in pages: size, resident, shared, text, 0, data and stack, 0.
 */
#include "proc.h"
#include "state.h"

int proc_pid_statm(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct mm_struct *mm = KGET(task->mm);

	if (!mm) {
		g_string_append(out, "0 0 0 0 0 0 0\n");
		return 0;
	}
	g_string_append_printf(out, "%u %u %u %u 0 %u 0\n", mm->total_vm, get_mm_rss(mm),
			       (u32)(mm->rss_stat[MM_FILEPAGES] + mm->rss_stat[MM_SHMEMPAGES]),
			       mm_text_pages(mm), mm->data_vm + mm->stack_vm);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/status: Linux's rows, as far as a mechanism stands behind them.
 */
#include "mm/pgtable.h"
#include "proc.h"
#include "state.h"

char task_state_letter(const struct machine *m, const struct task_struct *task)
{
	if (task->state == TASK_ZOMBIE)
		return 'Z';
	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++)
		if (KGET(m->k->current[cpu]) == task)
			return 'R';
	return 'S';
}

u32 mm_text_pages(const struct mm_struct *mm)
{
	u64 bytes = PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK);

	return MIN((u32)(bytes >> PAGE_SHIFT), mm->exec_vm);
}

u32 task_ppid(const struct task_struct *task)
{
	const struct task_struct *parent = KGET(task->parent);

	return parent ? parent->pid : 0;
}

static const char *state_words(char letter)
{
	switch (letter) {
	case 'Z': return "Z (zombie)";
	case 'R': return "R (running)";
	default: return "S (sleeping)";
	}
}

static void print_ids(GString *out, const char *name, u32 id)
{
	g_string_append_printf(out, "%s:\t%u\t%u\t%u\t%u\n", name, id, id, id, id);
}

static void print_kb(GString *out, const char *name, u64 pages)
{
	g_string_append_printf(out, "%s:\t%8" G_GUINT64_FORMAT " kB\n", name, pages_to_kb(pages));
}

static void print_memory(const struct mm_struct *mm, GString *out)
{
	u32 text = mm_text_pages(mm);

	print_kb(out, "VmPeak", MAX(mm->hiwater_vm, mm->total_vm));
	print_kb(out, "VmSize", mm->total_vm);
	print_kb(out, "VmLck", mm->locked_vm);
	print_kb(out, "VmHWM", MAX(mm->hiwater_rss, get_mm_rss(mm)));
	print_kb(out, "VmRSS", get_mm_rss(mm));
	print_kb(out, "RssAnon", (u32)mm->rss_stat[MM_ANONPAGES]);
	print_kb(out, "RssFile", (u32)mm->rss_stat[MM_FILEPAGES]);
	print_kb(out, "RssShmem", (u32)mm->rss_stat[MM_SHMEMPAGES]);
	print_kb(out, "VmData", mm->data_vm);
	print_kb(out, "VmStk", mm->stack_vm);
	print_kb(out, "VmExe", text);
	print_kb(out, "VmLib", mm->exec_vm - text);
	print_kb(out, "VmPTE", mm_pgtables(mm));
	print_kb(out, "VmSwap", (u32)mm->rss_stat[MM_SWAPENTS]);
}

int proc_pid_status(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct mm_struct *mm = KGET(task->mm);

	g_string_append_printf(out, "Name:\t%.*s\n", TASK_COMM_LEN, task->comm);
	g_string_append_printf(out, "State:\t%s\n", state_words(task_state_letter(fs->m, task)));
	g_string_append_printf(out, "Tgid:\t%u\nPid:\t%u\nPPid:\t%u\n", task->tgid, task->pid,
			       task_ppid(task));
	print_ids(out, "Uid", task->uid);
	print_ids(out, "Gid", task->gid);
	g_string_append_printf(out, "FDSize:\t%u\n", KNULL(task->files) ? 0 : NR_OPEN);
	g_string_append_printf(out, "Kthread:\t%u\n", task->flags & PF_KTHREAD ? 1 : 0);
	if (mm)
		print_memory(mm, out);
	g_string_append(out, "Threads:\t1\n");
	return 0;
}

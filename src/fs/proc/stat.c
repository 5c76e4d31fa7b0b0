/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/stat: 52 fields in one line, by position; proc(5) numbers them.  A field whose
 * mechanism does not exist is what Linux shows for a process that never used it.
 */
#include <signal.h>

#include "proc.h"
#include "state.h"

#define RSSLIM G_MAXUINT64 /* no limit on resident pages: all ones on a 64-bit host */

static void put(GString *out, u64 value)
{
	g_string_append_printf(out, " %" G_GUINT64_FORMAT, value);
}

static void put_zeros(GString *out, unsigned count)
{
	while (count--)
		g_string_append(out, " 0");
}

/* 4 ppid, 5 to 7 groups and terminal, 8 tpgid, 9 flags, 10 to 13 faults, 14 to 17 times. */
static void print_head(const struct task_struct *task, GString *out)
{
	put(out, task_ppid(task));
	put_zeros(out, 3);
	g_string_append(out, " -1");
	put(out, task->flags);
	put(out, task->min_flt);
	put_zeros(out, 1);
	put(out, task->maj_flt);
	put_zeros(out, 5);
}

/* 23 vsize, 24 rss, 25 rsslim, 26 startcode, 27 endcode, 28 startstack. */
static void print_sizes(const struct mm_struct *mm, GString *out)
{
	put(out, mm ? (u64)mm->total_vm << PAGE_SHIFT : 0);
	put(out, mm ? get_mm_rss(mm) : 0);
	put(out, RSSLIM);
	put(out, mm ? mm->start_code : 0);
	put(out, mm ? mm->end_code : 0);
	put(out, mm ? mm->start_stack : 0);
}

/* 45 start_data to 51 env_end. */
static void print_places(const struct mm_struct *mm, GString *out)
{
	if (!mm) {
		put_zeros(out, 7);
		return;
	}
	put(out, mm->start_data);
	put(out, mm->end_data);
	put(out, mm->start_brk);
	put(out, mm->arg_start);
	put(out, mm->arg_end);
	put(out, mm->env_start);
	put(out, mm->env_end);
}

int proc_pid_stat(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct mm_struct *mm = KGET(task->mm);

	g_string_append_printf(out, "%u (%.*s) %c", task->pid, TASK_COMM_LEN, task->comm,
			       task_state_letter(fs->m, task));
	print_head(task, out);
	g_string_append(out, " 20 0 1 0"); /* priority, nice, num_threads, itrealvalue */
	put(out, task->start_time);
	print_sizes(mm, out);
	put_zeros(out, 9); /* 29 esp and eip, signals, wchan, swap: 0 as for any other's process */
	put(out, SIGCHLD); /* 38 exit_signal */
	put(out, task->cpu); /* 39 processor */
	put_zeros(out, 5); /* 40 scheduling, times */
	print_places(mm, out);
	put(out, task->exit_code);
	g_string_append_c(out, '\n');
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Renderers of the text files: one function and one source file for each file that the
 * tree shows, named like it.  Each writes the whole text; a number is printed only where
 * a mechanism stands behind it.  proc(5).
 */
#pragma once

#include "../aspacefs.h"

/* ---- in a process folder; a zombie's maps and tables are empty ---- */
int proc_pid_maps(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_pagetable(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_mm(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_regs(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_fault(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_status(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_statm(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_stat(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_cmdline(struct aspacefs *fs, struct task_struct *task, GString *out);

/* ---- at the top level; @task is NULL ---- */
int proc_pagetable(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_meminfo(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_buddyinfo(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_zoneinfo(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_slabinfo(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_vmstat(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_iomem(struct aspacefs *fs, struct task_struct *task, GString *out);

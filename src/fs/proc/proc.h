/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Renderers of the text files: one function and one source file for each file that the
 * tree shows, named like it.  Each writes the whole text; a number is printed only where
 * a mechanism stands behind it.  proc(5).
 */
#pragma once

#include "../node.h"

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
int proc_pid_smaps(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_smaps_rollup(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_clear_refs_show(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_comm(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_environ(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_auxv(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_limits(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_oom_score(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_oom_score_adj(struct aspacefs *fs, struct task_struct *task, GString *out);
int map_svg(struct aspacefs *fs, struct task_struct *task, GString *out); /* svg/map.c */
int proc_pid_exe(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pid_root(struct aspacefs *fs, struct task_struct *task, GString *out);

/* Written ones: 0 or -errno. */
int proc_pid_clear_refs(struct aspacefs *fs, const struct node *node, const char *text, size_t len);
int proc_pid_comm_store(struct aspacefs *fs, const struct node *node, const char *text, size_t len);
int proc_pid_oom_score_adj_store(struct aspacefs *fs, const struct node *node, const char *text,
				 size_t len);

/* ---- at the top level; @task is NULL ---- */
int memory_svg(struct aspacefs *fs, struct task_struct *task, GString *out); /* svg/memory.c */
int proc_pagetable(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_meminfo(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_swaps(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_buddyinfo(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_zoneinfo(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_trace(struct aspacefs *fs, struct task_struct *task, GString *out);
void proc_trace_truncate(struct aspacefs *fs);
int proc_trace_store(struct aspacefs *fs, const struct node *node, const char *text, size_t len);
int proc_sysvipc_shm(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_vmallocinfo(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_slabinfo(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_vmstat(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_iomem(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_pagetypeinfo(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_cpu(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_stat(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_uptime(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_loadavg(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_version(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_cpuinfo(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_mounts(struct aspacefs *fs, struct task_struct *task, GString *out);
int proc_filesystems(struct aspacefs *fs, struct task_struct *task, GString *out);

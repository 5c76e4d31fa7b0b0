/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the out-of-memory killer saw and did: reports in RAM, made text when read.
 *
 * The log holds whole reports, the oldest first, each directly behind the one before.  A new one
 * drives out as many of the oldest as it needs room.
 */
#pragma once

#include "mm/task.h"
#include "mm/vmstat.h"
#include "mm/zone.h"

/* A line of the task table. */
struct oom_task {
	u32 pid, tgid, uid;
	u32 total_vm, rss, swapents; /* pages */
	u32 pgtables; /* page tables */
	s32 oom_score_adj;
	char comm[TASK_COMM_LEN];
};

struct oom_zone {
	char name[8];
	u32 present, managed, free, free_pcp; /* frames */
	u32 min, low, high;
	u32 lru[NR_LRU_LISTS];
	u32 lowmem_reserve[MAX_NR_ZONES];
	u32 free_blocks[MAX_ORDER];
};

enum oom_verdict {
	OOM_KILLED,
	OOM_KILLED_ALLOCATING, /* vm/oom_kill_allocating_task */
	OOM_NOBODY, /* no process may be killed */
	OOM_PANIC /* vm/panic_on_oom */
};

struct oom_report {
	u32 size; /* bytes, the tasks included */
	u32 number; /* of all reports ever */
	u32 seq; /* trace events written before it */
	u64 jiffies;
	u32 cpu;
	gfp_t gfp_mask;
	u8 order;
	u8 verdict; /* enum oom_verdict */
	bool dumped; /* the table was asked for: vm/oom_dump_tasks */
	struct oom_task asking; /* pid 0: no process */
	struct oom_zone zone[MAX_NR_ZONES];
	s32 vm_stat[NR_VM_STATS];
	u32 swap_free, swap_total; /* pages */
	struct oom_task victim;
	u32 victim_rss[3]; /* pages: anonymous, of files, of shared memory */
	u32 nr_tasks; /* that might have been chosen */
	u32 nr_listed; /* of them, those that found room here */
	struct oom_task task[];
};

#define OOM_LOG_BYTES 16368u

struct oom_log {
	u32 used; /* bytes */
	u32 written; /* reports ever */
	u32 read; /* of them, those that trace_pipe took, or that trace forgot */
	u32 unused;
	u8 data[OOM_LOG_BYTES];
};

/* Boot: the log, where RAM is LOGS_MIN_RAM or more.  0 or -ENOMEM. */
int oom_log_init(struct machine *m);

/*
 * Write a report: @asking (NULL: no process) wanted what kernel_data.oom says, and @victim
 * (NULL: none) is about to die.
 */
void oom_report(struct machine *m, const struct task_struct *asking,
		const struct task_struct *victim, enum oom_verdict verdict);

/* The report behind @r, or the oldest (@r NULL); NULL: there is no other. */
const struct oom_report *oom_report_next(struct machine *m, const struct oom_report *r);

/* The oldest that was not read, or NULL. */
const struct oom_report *oom_report_unread(struct machine *m);

/* All reports before number @number are read. */
void oom_reports_read(struct machine *m, u32 number);

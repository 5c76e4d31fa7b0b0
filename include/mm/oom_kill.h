/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When memory ends.  ULK ch. 17, "The Out of Memory Killer".
 *
 * Nobody is killed inside an operation.  An allocation that gives up notes what it wanted, and
 * the operation fails with -ENOMEM and leaves everything as it was.  The door it came in by (an
 * access, a ctl command, a request on files/) then asks out_of_memory(), which ends the process
 * that brings most, and does the operation again:
 *
 *	struct oom_want outer = oom_begin(m);
 *
 *	do
 *		error = operation();
 *	while (error == -ENOMEM && out_of_memory(m, task));
 *	oom_end(m, outer);
 *
 * Doors nest: a command that has pages faulted in goes through the door of faults for each.  What
 * the outer one noted is put aside meanwhile.
 *
 * Only the asking process itself cannot end there, on its own way out: it gets the -ENOMEM, and
 * dies where its request ends (oom_deliver), as by a signal on the way back to user mode.
 */
#pragma once

#include "mm/gfp.h"
#include "mm/kptr.h"

struct machine;
struct task_struct;
struct check;
struct oom_log;

#define PAGE_ALLOC_COSTLY_ORDER 3u /* today: for larger blocks nobody is killed */

/* An allocation that gave up; all 0: there was none where a killed process would help. */
struct oom_want {
	gfp_t gfp_mask;
	u8 order;
	bool noted;
};

struct oom_state {
	struct oom_want want; /* of the innermost door */
	bool deferred; /* the asking process was chosen: it dies when its request ends */
	KPTR(struct oom_log) log; /* the reports; NULL: a small machine has none */
};

/* A door: nothing is noted in it yet.  What was before it goes to oom_end. */
struct oom_want oom_begin(struct machine *m);
void oom_end(struct machine *m, struct oom_want outer);

/*
 * An allocation found nothing.  today: requests that may not wait or not use file systems, that
 * say __GFP_NORETRY, for DMA memory or for large blocks kill nobody.
 */
void oom_note(struct machine *m, gfp_t gfp_mask, unsigned order);

/*
 * An operation of @task (NULL: of no process) failed.  If an allocation was noted, choose a
 * process, write the report and end it with SIGKILL, and all that share its memory.
 * True: memory came back, do the operation again.  False: it stays failed; there was no such
 * allocation, nobody could be chosen, vm/panic_on_oom forbids it, or @task itself was chosen.
 * => nothing of any process but @task is in use
 */
bool out_of_memory(struct machine *m, struct task_struct *task);

/* The end of a request: what was chosen in it and could not die yet dies now. */
void oom_deliver(struct machine *m);

/*
 * How much it would bring to kill @task: frames, swap entries and page tables, in frames, and
 * oom_score_adj in thousandths of all memory.  Never: OOM_NEVER.  today: 2.6.11 weighed
 * total_vm, age and niceness.
 */
#define OOM_NEVER INT32_MIN
s32 oom_badness(struct machine *m, const struct task_struct *task);

/* The same as oom_score tells it: 0 (never) to about 2000. */
u32 oom_score(struct machine *m, const struct task_struct *task);

#define OOM_SCORE_ADJ_MIN (-1000)
#define OOM_SCORE_ADJ_MAX 1000

/* today: processes that share memory (but not after vfork) have one oom_score_adj. */
void oom_set_score_adj(struct task_struct *task, s32 adj);

void oom_validate(struct machine *m, struct check *c);

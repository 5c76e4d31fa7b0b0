/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which process is worth most when memory ends, and its end.  ULK ch. 17, "The Out of Memory
 * Killer".
 *
 *   out_of_memory -> select_bad_process   the largest badness; of equals the youngest
 *                 -> oom_report           what was seen and done
 *                 -> oom_kill_process     SIGKILL to it and to all that share its memory
 *
 * Process 1 and kernel threads are never chosen, nor is a vfork child, whose memory is its
 * parent's.
 *
 * Invariants (oom_validate): tasks with PF_MEMDIE are those that oom_deliver is still to end.
 */
#include <signal.h>
#include <stdint.h>

#include "mm/check.h"
#include "mm/machine.h"
#include "mm/oom_report.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/vmscan.h"

struct oom_want oom_begin(struct machine *m)
{
	struct oom_want outer = m->k->oom.want;

	m->k->oom.want = (struct oom_want){ 0 };
	return outer;
}

void oom_end(struct machine *m, struct oom_want outer)
{
	m->k->oom.want = outer;
}

void oom_note(struct machine *m, gfp_t gfp_mask, unsigned order)
{
	if (!(gfp_mask & __GFP_WAIT) || !(gfp_mask & __GFP_FS) || gfp_mask & __GFP_NORETRY)
		return;
	if (order > PAGE_ALLOC_COSTLY_ORDER || gfp_zone(gfp_mask) == ZONE_DMA)
		return;
	m->k->oom.want = (struct oom_want){ gfp_mask, (u8)order, true };
}

/* ---- badness ---- */

/* Frames and slots of swap areas. */
static u32 total_pages(const struct machine *m)
{
	u32 pages = total_swap_pages(m);

	for (unsigned i = 0; i < MAX_NR_ZONES; i++)
		pages += m->k->zone[i].managed_pages;
	return pages;
}

static bool may_be_killed(const struct task_struct *task)
{
	return task->pid != 1 && !(task->flags & PF_KTHREAD) && !KNULL(task->mm);
}

s32 oom_badness(struct machine *m, const struct task_struct *task)
{
	const struct mm_struct *mm = KGET(task->mm);
	s64 points;

	if (!may_be_killed(task) || task->oom_score_adj == OOM_SCORE_ADJ_MIN)
		return OOM_NEVER;
	if (!KNULL(task->vfork_parent))
		return OOM_NEVER;
	points = (s64)get_mm_rss(mm) + mm->rss_stat[MM_SWAPENTS] + mm_pgtables(mm);
	points += (s64)task->oom_score_adj * (total_pages(m) / 1000);
	return (s32)points;
}

u32 oom_score(struct machine *m, const struct task_struct *task)
{
	s64 badness = oom_badness(m, task);

	return badness == OOM_NEVER ? 0 : (u32)((1000 + badness * 1000 / total_pages(m)) * 2 / 3);
}

void oom_set_score_adj(struct task_struct *task, s32 adj)
{
	struct machine *m = machine_of(task);
	struct task_struct *other;

	task->oom_score_adj = adj;
	if (KNULL(task->mm) || !KNULL(task->vfork_parent))
		return;
	list_for_each_entry(other, &m->k->tasks, tasks)
		if (other->mm.va == task->mm.va && may_be_killed(other) &&
		    KNULL(other->vfork_parent))
			other->oom_score_adj = adj;
}

/* ---- choosing ---- */

static struct task_struct *select_bad_process(struct machine *m)
{
	struct task_struct *task, *chosen = NULL;
	s32 most = OOM_NEVER;

	list_for_each_entry(task, &m->k->tasks, tasks) {
		s32 points = oom_badness(m, task);

		if (points == OOM_NEVER || points < most)
			continue;
		chosen = task;
		most = points;
	}
	return chosen;
}

static bool kills_allocating_task(struct machine *m, const struct task_struct *task)
{
	return sysctl(m, SYSCTL_OOM_KILL_ALLOCATING_TASK) && task && may_be_killed(task) &&
	       task->oom_score_adj != OOM_SCORE_ADJ_MIN;
}

/* ---- killing ---- */

/* The first task that has this memory and may be killed, or NULL. */
static struct task_struct *find_user(struct machine *m, kva_t mm)
{
	struct task_struct *task;

	list_for_each_entry(task, &m->k->tasks, tasks)
		if (task->mm.va == mm && may_be_killed(task))
			return task;
	return NULL;
}

/* Those that share memory with the asking process die when its request ends. */
static void defer_kill(struct machine *m, kva_t mm)
{
	struct task_struct *task;

	list_for_each_entry(task, &m->k->tasks, tasks)
		if (task->mm.va == mm && may_be_killed(task))
			task->flags |= PF_MEMDIE;
	m->k->oom.deferred = true;
}

/* True: memory came back. */
static bool oom_kill_process(struct machine *m, struct task_struct *victim,
			     const struct task_struct *asking)
{
	kva_t mm = victim->mm.va;

	count_vm_event(m, OOM_KILL);
	if (asking && asking->mm.va == mm) {
		defer_kill(m, mm);
		return false;
	}
	for (; victim; victim = find_user(m, mm))
		do_exit(victim, SIGKILL);
	return true;
}

/* Nobody dies for inodes that nobody uses: here, too, no one has one in hand. */
static bool drop_unused_inodes(struct machine *m)
{
	u32 free = nr_free_pages(m);

	if (!prune_icache(m, UINT32_MAX))
		return false;
	kmem_cache_reap(m);
	return nr_free_pages(m) > free;
}

bool out_of_memory(struct machine *m, struct task_struct *task)
{
	struct oom_state *oom = &m->k->oom;
	enum oom_verdict verdict = OOM_KILLED;
	struct task_struct *victim = NULL;

	/* Somebody is about to give memory back: no other has to. */
	if (!oom->want.noted || oom->deferred)
		return false;
	if (drop_unused_inodes(m)) {
		oom->want = (struct oom_want){ 0 };
		return true;
	}
	if (sysctl(m, SYSCTL_PANIC_ON_OOM)) {
		verdict = OOM_PANIC;
	} else if (kills_allocating_task(m, task)) {
		victim = task;
		verdict = OOM_KILLED_ALLOCATING;
	} else {
		victim = select_bad_process(m);
		verdict = victim ? OOM_KILLED : OOM_NOBODY;
	}
	oom_report(m, task, victim, verdict);
	oom->want = (struct oom_want){ 0 };
	return victim && oom_kill_process(m, victim, task);
}

static struct task_struct *find_dying(struct machine *m)
{
	struct task_struct *task;

	list_for_each_entry(task, &m->k->tasks, tasks)
		if (task->flags & PF_MEMDIE && task->state != TASK_ZOMBIE)
			return task;
	return NULL;
}

void oom_deliver(struct machine *m)
{
	struct task_struct *task;

	if (!m->k->oom.deferred)
		return;
	m->k->oom.deferred = false;
	while ((task = find_dying(m)))
		do_exit(task, SIGKILL);
}

/* ---- validation ---- */

void oom_validate(struct machine *m, struct check *c)
{
	const struct oom_log *log = KGET(m->k->oom.log);
	const struct oom_report *r = NULL;
	u32 used = 0;

	check_that(c, m->k->oom.deferred || !find_dying(m), "task %u is to die, but nobody ends it",
		   find_dying(m)->pid);
	while (log && (r = oom_report_next(m, r)) && r->size)
		used += r->size;
	check_that(c, !log || used == log->used, "the log of the OOM killer: %u bytes, not %u",
		   used, log->used);
}

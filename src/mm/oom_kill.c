/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which process is worth most when memory ends.  ULK ch. 17, "The Out of Memory Killer".
 * Process 1 is never chosen.
 */
#include <stdint.h>

#include "mm/machine.h"
#include "mm/pgtable.h"
#include "mm/vmscan.h"

static u32 total_frames(const struct machine *m)
{
	u32 frames = 0;

	for (unsigned i = 0; i < MAX_NR_ZONES; i++)
		frames += m->k->zone[i].managed_pages;
	return frames;
}

s32 oom_badness(struct machine *m, const struct task_struct *task)
{
	const struct mm_struct *mm = KGET(task->mm);
	s64 points;

	if (task->pid == 1 || !mm || task->oom_score_adj == OOM_SCORE_ADJ_MIN)
		return OOM_NEVER;
	points = (s64)get_mm_rss(mm) + mm->rss_stat[MM_SWAPENTS] + mm_pgtables(mm);
	points += (s64)task->oom_score_adj * (total_frames(m) / 1000);
	return (s32)points;
}

u32 oom_score(struct machine *m, const struct task_struct *task)
{
	s64 badness = oom_badness(m, task);

	return badness == OOM_NEVER ? 0 : (u32)((1000 + badness * 1000 / total_frames(m)) * 2 / 3);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each CPU runs.  ULK ch. 7, "The schedule() Function"; ch. 2, "TLB handling".
 * There are no time slices: a process runs when somebody asks for it.
 *
 * Owns kernel_data.current and task_struct.active_mm.
 *
 *   current            its mm     active_mm of the CPU
 *   a process          X          X
 *   a kernel thread    none       what ran before, lent to it: one mm_count (lazy TLB)
 *   none (idle)        none       init_mm
 */
#include "mm/pgtable.h"
#include "process.h"

/* Kernel threads borrow the tables that are loaded; init_mm is nobody's to free. */
static void lend_mm(struct machine *m, struct task_struct *task, struct mm_struct *mm)
{
	KSET(task->active_mm, mm);
	if (mm != &m->k->init_mm)
		mm->mm_count++;
}

static void return_mm(struct machine *m, struct task_struct *task)
{
	struct mm_struct *mm = KGET(task->active_mm);

	KSET(task->active_mm, NULL);
	if (mm && mm != &m->k->init_mm)
		mmdrop(mm);
}

void schedule_task(struct machine *m, unsigned cpu, struct task_struct *task)
{
	struct task_struct *prev = KGET(m->k->current[cpu]);

	if (prev == task)
		return;
	if (KNULL(task->mm))
		lend_mm(m, task, KGET(m->k->active_mm[cpu]));
	else
		switch_mm(m, cpu, KGET(task->mm));
	KSET(m->k->current[cpu], task);
	if (prev && KNULL(prev->mm))
		return_mm(m, prev);
}

static void go_idle(struct machine *m, unsigned cpu)
{
	struct task_struct *prev = KGET(m->k->current[cpu]);

	switch_mm(m, cpu, &m->k->init_mm);
	KSET(m->k->current[cpu], NULL);
	if (prev && KNULL(prev->mm))
		return_mm(m, prev);
}

void schedule_away(struct machine *m, struct task_struct *task)
{
	struct task_struct *init = find_task_by_pid(m, 1);

	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++) {
		if (KGET(m->k->current[cpu]) != task)
			continue;
		if (init && init != task)
			schedule_task(m, cpu, init);
		else
			go_idle(m, cpu);
	}
}

void task_set_mm(struct machine *m, struct task_struct *task, struct mm_struct *mm)
{
	KSET(task->mm, mm);
	KSET(task->active_mm, mm);
	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++)
		if (KGET(m->k->current[cpu]) == task)
			switch_mm(m, cpu, mm ? mm : &m->k->init_mm);
}

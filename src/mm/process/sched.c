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
 *
 * Invariants (sched_validate): a task runs on one CPU at most; a kernel thread has an
 * active_mm while it runs; mm_count of a process's mm is one for all its users and one for
 * each kernel thread that borrows it.  The process may be gone: then the borrower's count
 * alone keeps the page directory, which holds the kernel's part only.
 */
#include "mm/check.h"
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

static void go_idle(struct machine *m, unsigned cpu)
{
	struct task_struct *prev = KGET(m->k->current[cpu]);

	switch_mm(m, cpu, &m->k->init_mm);
	KSET(m->k->current[cpu], NULL);
	if (prev && KNULL(prev->mm))
		return_mm(m, prev);
}

void schedule_task(struct machine *m, unsigned cpu, struct task_struct *task)
{
	struct task_struct *prev = KGET(m->k->current[cpu]);

	if (prev == task)
		return;
	for (unsigned i = 0; i < m->nr_cpus; i++)
		if (KGET(m->k->current[i]) == task)
			go_idle(m, i);
	if (KNULL(task->mm))
		lend_mm(m, task, KGET(m->k->active_mm[cpu]));
	else
		switch_mm(m, cpu, KGET(task->mm));
	KSET(m->k->current[cpu], task);
	if (prev && KNULL(prev->mm))
		return_mm(m, prev);
}

/* CPU 0 goes on with process 1, others are idle. */
void schedule_away(struct machine *m, struct task_struct *task)
{
	struct task_struct *init = find_task_by_pid(m, 1);

	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++) {
		if (KGET(m->k->current[cpu]) != task)
			continue;
		if (cpu == 0 && init && init != task)
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

/* ---- validation ---- */

static s32 borrowers_of(const struct machine *m, const struct mm_struct *mm)
{
	s32 n = 0;

	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++) {
		const struct task_struct *task = KGET(m->k->current[cpu]);

		n += task && KNULL(task->mm) && KGET(task->active_mm) == mm;
	}
	return n;
}

static unsigned cpus_of(const struct machine *m, const struct task_struct *task)
{
	unsigned n = 0;

	for (unsigned cpu = 0; cpu < m->nr_cpus; cpu++)
		n += KGET(m->k->current[cpu]) == task;
	return n;
}

void sched_validate(struct machine *m, struct check *c)
{
	struct task_struct *task;

	list_for_each_entry(task, &m->k->tasks, tasks) {
		const struct mm_struct *mm = KGET(task->mm), *lent = KGET(task->active_mm);
		unsigned cpus = cpus_of(m, task);

		check_that(c, cpus <= 1, "task %u runs on %u CPUs", task->pid, cpus);
		if (!mm)
			check_that(c, !lent == !cpus, "task %u: active_mm %08x, on %u CPUs",
				   task->pid, task->active_mm.va, cpus);
		mm = mm ? mm : lent;
		if (mm && mm != &m->k->init_mm)
			check_that(c, mm->mm_count == (mm->mm_users > 0) + borrowers_of(m, mm),
				   "mm %08x: mm_count %d, %d users, %d borrowers", kva_of(mm),
				   mm->mm_count, mm->mm_users, borrowers_of(m, mm));
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each CPU runs.  ULK ch. 7, "The schedule() Function"; ch. 2, "TLB handling".
 * There are no time slices: a process runs when somebody asks for it.  A new task gets the
 * CPU with the fewest living tasks, of several the lowest, and keeps to it until
 * schedule_task names another.
 *
 * Owns kernel_data.current and nr_running, task_struct.active_mm and cpu.
 *
 *   current            its mm     active_mm of the CPU
 *   a process          X          X
 *   a kernel thread    none       what ran before, lent to it: one mm_count (lazy TLB)
 *   none (idle)        none       init_mm
 *
 * Invariants (sched_validate): a task runs on its CPU or not at all; nr_running counts the
 * living tasks of each; a kernel thread has an active_mm while it runs; mm_count of a process's
 * mm is one for all its users and one for each kernel thread that borrows it.  The process may
 * be gone: then the borrower's count alone keeps the page directory, which holds the kernel's
 * part only.
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

bool cpu_is_lazy(const struct machine *m, unsigned cpu)
{
	const struct task_struct *task = KGET(m->k->current[cpu]);

	return !task || KNULL(task->mm);
}

static void go_idle(struct machine *m, unsigned cpu)
{
	struct task_struct *prev = KGET(m->k->current[cpu]);

	switch_mm(m, cpu, &m->k->init_mm);
	KSET(m->k->current[cpu], NULL);
	if (prev && KNULL(prev->mm))
		return_mm(m, prev);
}

static bool runs(const struct machine *m, const struct task_struct *task)
{
	return KGET(m->k->current[task->cpu]) == task;
}

/* ULK's balancing looks at load; here nobody ever waits, and tasks are counted. */
static unsigned find_idlest_cpu(const struct machine *m)
{
	unsigned idlest = 0;

	for (unsigned cpu = 1; cpu < m->nr_cpus; cpu++)
		if (m->k->nr_running[cpu] < m->k->nr_running[idlest])
			idlest = cpu;
	return idlest;
}

void sched_fork(struct machine *m, struct task_struct *task)
{
	task->cpu = find_idlest_cpu(m);
	m->k->nr_running[task->cpu]++;
}

static void set_task_cpu(struct machine *m, struct task_struct *task, unsigned cpu)
{
	if (runs(m, task))
		go_idle(m, task->cpu);
	m->k->nr_running[task->cpu]--;
	task->cpu = cpu;
	m->k->nr_running[cpu]++;
}

/* ULK context_switch: @cpu goes on with @task, which keeps to it. */
static void context_switch(struct machine *m, unsigned cpu, struct task_struct *task)
{
	struct task_struct *prev = KGET(m->k->current[cpu]);

	if (KNULL(task->mm))
		lend_mm(m, task, KGET(m->k->active_mm[cpu]));
	else
		switch_mm(m, cpu, KGET(task->mm));
	KSET(m->k->current[cpu], task);
	if (prev && KNULL(prev->mm))
		return_mm(m, prev);
}

void schedule_task(struct machine *m, unsigned cpu, struct task_struct *task)
{
	cpu_enter(m, cpu);
	if (likely(KGET(m->k->current[cpu]) == task))
		return;
	if (task->cpu != cpu)
		set_task_cpu(m, task, cpu);
	context_switch(m, cpu, task);
}

void sched_exit(struct machine *m, struct task_struct *task)
{
	struct task_struct *init = find_task_by_pid(m, 1);
	unsigned cpu = task->cpu;

	m->k->nr_running[cpu]--;
	if (!runs(m, task))
		return;
	if (init && init != task && init->cpu == cpu)
		context_switch(m, cpu, init);
	else
		go_idle(m, cpu);
}

void task_set_mm(struct machine *m, struct task_struct *task, struct mm_struct *mm)
{
	KSET(task->mm, mm);
	KSET(task->active_mm, mm);
	if (runs(m, task))
		switch_mm(m, task->cpu, mm ? mm : &m->k->init_mm);
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

static void validate_nr_running(struct machine *m, struct check *c)
{
	u32 nr[NR_CPUS] = { 0 };
	struct task_struct *task;

	list_for_each_entry(task, &m->k->tasks, tasks)
		nr[task->cpu] += task->state != TASK_ZOMBIE;
	for (unsigned cpu = 0; cpu < NR_CPUS; cpu++)
		check_that(c, nr[cpu] == m->k->nr_running[cpu], "cpu %u: nr_running %u, tasks %u",
			   cpu, m->k->nr_running[cpu], nr[cpu]);
}

void sched_validate(struct machine *m, struct check *c)
{
	struct task_struct *task;

	list_for_each_entry(task, &m->k->tasks, tasks) {
		const struct mm_struct *mm = KGET(task->mm), *lent = KGET(task->active_mm);
		unsigned cpus = cpus_of(m, task);

		if (task->cpu >= m->nr_cpus) {
			check_fail(c, "task %u keeps to CPU %u", task->pid, task->cpu);
			return;
		}
		check_that(c, cpus <= (runs(m, task) ? 1u : 0u), "task %u of CPU %u runs on %u",
			   task->pid, task->cpu, cpus);
		if (!mm)
			check_that(c, !lent == !cpus, "task %u: active_mm %08x, on %u CPUs",
				   task->pid, task->active_mm.va, cpus);
		mm = mm ? mm : lent;
		if (mm && mm != &m->k->init_mm)
			check_that(c, mm->mm_count == (mm->mm_users > 0) + borrowers_of(m, mm),
				   "mm %08x: mm_count %d, %d users, %d borrowers", kva_of(mm),
				   mm->mm_count, mm->mm_users, borrowers_of(m, mm));
	}
	validate_nr_running(m, c);
}

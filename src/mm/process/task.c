/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Process descriptors: who exists, under which number, whose child.
 * ULK ch. 3, "Process Descriptor", "Identifying a Process", "Relationships Among Processes".
 *
 * Owns kernel_data.tasks, pids, last_pid, nr_tasks, task_generation, and of each
 * task_struct what names it: pid, generation, parent, children, sibling.
 *
 * Invariants (task_validate): list and radix tree hold the same tasks; a task is among its
 * parent's children; a zombie has neither mm nor files; mm_users is the number of tasks
 * with that mm; what a CPU runs is a living task and its tables are loaded.
 *
 * Numbers are given out in order and come back only after a whole round, as in Linux.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mm/check.h"
#include "process.h"

#define RESERVED_PIDS 300u /* after the first round numbers start here */

/* The next free number after last_pid, 0: none. */
static u32 alloc_pid(struct machine *m)
{
	u32 max = sysctl(m, SYSCTL_PID_MAX), pid = m->k->last_pid;
	u32 first = max > RESERVED_PIDS ? RESERVED_PIDS : 1;

	for (u32 tried = 0; tried < max; tried++) {
		if (++pid >= max)
			pid = first;
		if (!radix_tree_lookup(&m->k->pids, pid))
			return pid;
	}
	return 0;
}

int attach_pid(struct machine *m, struct task_struct *task)
{
	u32 pid = alloc_pid(m);
	int error;

	if (!pid)
		return -EAGAIN;
	error = radix_tree_insert(m, &m->k->pids, pid, task, GFP_KERNEL);
	if (error)
		return error;
	task->pid = task->tgid = pid;
	return 0;
}

void detach_pid(struct machine *m, struct task_struct *task)
{
	radix_tree_delete(m, &m->k->pids, task->pid);
}

void link_task(struct machine *m, struct task_struct *task, struct task_struct *parent)
{
	struct kernel_data *k = m->k;

	KSET(task->parent, parent);
	sched_fork(m, task);
	if (parent)
		list_add_tail(&task->sibling, &parent->children);
	list_add_tail(&task->tasks, &k->tasks);
	task->generation = ++k->task_generation;
	k->last_pid = task->pid;
	k->nr_tasks++;
}

void unlink_task(struct machine *m, struct task_struct *task)
{
	if (!KNULL(task->parent))
		list_del(&task->sibling);
	list_del(&task->tasks);
	m->k->nr_tasks--;
}

struct task_struct *find_task_by_pid(struct machine *m, u32 pid)
{
	return radix_tree_lookup(&m->k->pids, pid);
}

struct task_struct *next_task_by_pid(struct machine *m, u32 pid)
{
	void *task;

	return radix_tree_gang_lookup(&m->k->pids, &task, NULL, pid, 1) ? task : NULL;
}

/* ---- validation ---- */

/* The links of a list lead back to its head within @max steps. */
static bool list_sound(const struct list_head *head, u32 max, u32 *ret_nr)
{
	const struct list_head *l = head;

	*ret_nr = 0;
	do {
		const struct list_head *next = list_next(l);

		if (!next || list_prev(next) != l)
			return false;
		l = next;
	} while (l != head && ++*ret_nr <= max);
	return l == head;
}

static void validate_children(struct machine *m, struct task_struct *task, struct check *c,
			      u32 *ret_nr)
{
	struct task_struct *child;

	check_that(c, list_sound(&task->children, m->k->nr_tasks, ret_nr),
		   "task %u: the list of its children is broken", task->pid);
	if (c->failures)
		return;
	list_for_each_entry(child, &task->children, sibling)
		check_that(c, KGET(child->parent) == task,
			   "task %u: child of %u has another parent", child->pid, task->pid);
}

static void validate_one(struct machine *m, struct task_struct *task, struct check *c)
{
	check_that(c, radix_tree_lookup(&m->k->pids, task->pid) == task,
		   "task %u is not found by its pid", task->pid);
	check_that(c, task->pid && task->pid < PID_MAX_LIMIT, "task has the pid %u", task->pid);
	check_that(c, KNULL(task->parent) == (task->pid == 1 || task->flags & PF_KTHREAD),
		   "task %u: parent %08x", task->pid, task->parent.va);
	check_that(c,
		   KNULL(task->vfork_child) || KGET(KGET(task->vfork_child)->vfork_parent) == task,
		   "task %u waits for a vfork child that does not know it", task->pid);
	if (task->state != TASK_ZOMBIE) {
		check_that(c, !KNULL(task->mm) || task->flags & PF_KTHREAD, "task %u has no mm",
			   task->pid);
		return;
	}
	check_that(c, KNULL(task->mm) && KNULL(task->files) && list_empty(&task->children),
		   "zombie %u still owns memory, files or children", task->pid);
	check_that(c, KNULL(task->parent) || KGET(task->parent)->pid != 1,
		   "zombie %u was not reaped by process 1", task->pid);
}

static void validate_cpu(struct machine *m, unsigned cpu, struct check *c)
{
	struct task_struct *task = KGET(m->k->current[cpu]);
	kva_t loaded = m->k->active_mm[cpu].va;

	if (!task) {
		check_that(c, loaded == kva_of(&m->k->init_mm), "cpu %u idles on the mm %08x", cpu,
			   loaded);
		return;
	}
	check_that(c, find_task_by_pid(m, task->pid) == task, "cpu %u runs a task that is gone",
		   cpu);
	check_that(c, loaded == (KNULL(task->mm) ? task->active_mm.va : task->mm.va),
		   "cpu %u runs %u but has the mm %08x", cpu, task->pid, loaded);
}

static int by_value(const void *a, const void *b)
{
	kva_t x = *(const kva_t *)a, y = *(const kva_t *)b;

	return x < y ? -1 : x > y;
}

/* mm_users against the tasks: sort their mm and count equal ones. */
static void validate_mm_users(struct machine *m, struct check *c)
{
	kva_t *mm = calloc(m->k->nr_tasks + 1, sizeof(*mm));
	struct task_struct *task;
	u32 n = 0;

	if (!mm)
		return;
	list_for_each_entry(task, &m->k->tasks, tasks)
		if (!KNULL(task->mm))
			mm[n++] = task->mm.va;
	qsort(mm, n, sizeof(*mm), by_value);
	for (u32 i = 0, same; i < n; i += same) {
		const struct mm_struct *of = kva_ptr(m->k, mm[i]);

		for (same = 1; i + same < n && mm[i + same] == mm[i];)
			same++;
		check_that(c, of->mm_users == (s32)same, "mm %08x: mm_users %d, tasks %u", mm[i],
			   of->mm_users, same);
		check_that(c, of->mm_count > 0, "mm %08x: mm_count %d", mm[i], of->mm_count);
		check_that(c,
			   KNULL(of->exe_file) || file_inode(KGET(of->exe_file))->i_writecount < 0,
			   "mm %08x: its program may be written to", mm[i]);
	}
	free(mm);
}

void task_validate(struct machine *m, struct check *c)
{
	u32 nr, children = 0, orphans = 0, before = c->failures;
	struct task_struct *task;
	const char *broken = radix_tree_validate(&m->k->pids, &nr);

	check_that(c, !broken, "pids: %s", broken);
	check_that(c, nr == m->k->nr_tasks, "pids: %u tasks, not %u", nr, m->k->nr_tasks);
	check_that(c, list_sound(&m->k->tasks, m->k->nr_tasks, &nr) && nr == m->k->nr_tasks,
		   "the list of tasks is broken or has not %u tasks", m->k->nr_tasks);
	if (c->failures != before)
		return;
	list_for_each_entry(task, &m->k->tasks, tasks) {
		struct check own = { c->report, c->data, 0 };

		validate_children(m, task, &own, &nr);
		validate_one(m, task, &own);
		c->failures += own.failures;
		children += nr;
		orphans += KNULL(task->parent);
	}
	check_that(c, children + orphans == m->k->nr_tasks, "%u tasks are nobody's children",
		   m->k->nr_tasks - children - orphans);
	validate_mm_users(m, c);
	for (unsigned i = 0; i < m->nr_cpus; i++)
		validate_cpu(m, i, c);
}

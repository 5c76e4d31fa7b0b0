/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How processes end.  ULK ch. 3, "Destroying Processes"; ch. 9, "Deleting a Process
 * Address Space".
 *
 *   do_exit     files and mm go, children pass to process 1, then
 *     parent is process 1:  release_task at once (it waits for all its children)
 *     else:                 a zombie, until the parent waits
 *
 * Invariant: process 1 has no dead children.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>

#include "process.h"

#define SIGNAL_MAX 64

/*
 * Linux leaves freed frames in the per-CPU caches and empty slabs in their caches, for
 * the next one who asks.  Here somebody compares meminfo, buddyinfo and slabinfo before and
 * after the life of a process: what belonged to it must be seen to be back.
 */
void reap_memory(struct machine *m)
{
	kmem_cache_reap(m);
}

void mm_release(struct task_struct *task)
{
	struct task_struct *parent = KGET(task->vfork_parent);

	if (parent)
		KSET(parent->vfork_child, NULL);
	KSET(task->vfork_parent, NULL);
}

/* A parent that ends while its vfork child still uses the mm waits for nobody any more. */
static void forget_vfork_child(struct task_struct *task)
{
	struct task_struct *child = KGET(task->vfork_child);

	if (child)
		KSET(child->vfork_parent, NULL);
	KSET(task->vfork_child, NULL);
}

static void exit_mm(struct machine *m, struct task_struct *task)
{
	struct mm_struct *mm = KGET(task->mm);

	sched_exit(m, task); /* no CPU may have the tables loaded that go now */
	KSET(task->mm, NULL);
	KSET(task->active_mm, NULL);
	if (mm)
		mmput(mm);
}

static void release_task(struct machine *m, struct task_struct *task)
{
	unlink_task(m, task);
	detach_pid(m, task);
	free_task_struct(task);
}

/* Children go to process 1, which waits for the dead ones at once. */
static void forget_original_parent(struct machine *m, struct task_struct *father)
{
	struct task_struct *init = find_task_by_pid(m, 1), *child, *next;

	list_for_each_entry_safe(child, next, &father->children, sibling) {
		list_del(&child->sibling);
		list_add_tail(&child->sibling, &init->children);
		KSET(child->parent, init);
		if (child->state == TASK_ZOMBIE)
			release_task(m, child);
	}
}

static void exit_notify(struct machine *m, struct task_struct *task)
{
	struct task_struct *parent = KGET(task->parent);

	forget_original_parent(m, task);
	task->state = TASK_ZOMBIE;
	if (!parent || parent->pid == 1)
		release_task(m, task);
}

void do_exit(struct task_struct *task, u32 exit_code)
{
	struct machine *m = machine_of(task);

	assert(task->pid != 1);
	assert(task->state != TASK_ZOMBIE);
	task->exit_code = exit_code;
	mm_release(task);
	forget_vfork_child(task);
	exit_files(task);
	exit_mm(m, task);
	exit_notify(m, task);
	reap_memory(m);
}

/* today: what signal(7) says a signal does to a process that has not asked for anything else. */
static bool signal_is_deadly(u32 signal)
{
	switch (signal) {
	case 0:
	case SIGCHLD:
	case SIGCONT:
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
	case SIGURG:
	case SIGWINCH: return false;
	default: return true;
	}
}

int do_kill(struct task_struct *task, u32 signal)
{
	if (signal > SIGNAL_MAX)
		return -EINVAL;
	/* A kernel thread hears no signals. */
	if (task->pid != 1 && !(task->flags & PF_KTHREAD) && signal_is_deadly(signal))
		do_exit(task, signal);
	return 0;
}

int sys_wait4(struct task_struct *parent, u32 pid, u32 *ret_status)
{
	struct machine *m = machine_of(parent);
	struct task_struct *child;
	bool any = false;

	list_for_each_entry(child, &parent->children, sibling) {
		if (pid && child->pid != pid)
			continue;
		any = true;
		if (child->state != TASK_ZOMBIE)
			continue;
		pid = child->pid;
		*ret_status = child->exit_code;
		release_task(m, child);
		reap_memory(m);
		return (int)pid;
	}
	return any ? 0 : -ECHILD;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How processes come to be: fork, and process 1 and its direct children out of nothing.
 * ULK ch. 3, "The do_fork() Function" and "How copy_process() works"; ch. 9, "Creating a
 * Process Address Space".
 *
 * Everything that can fail comes before link_task: until then nobody can see the child,
 * and what it has got so far is given back.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mm/exec.h"
#include "mm/shm.h"
#include "process.h"

#define INIT_PATH "/init"

struct task_struct *dup_task_struct(struct machine *m, struct task_struct *parent)
{
	struct task_struct *task = kmem_cache_alloc(kernel_cache(m, CACHE_TASK_STRUCT), GFP_KERNEL);

	if (!task)
		return NULL;
	if (parent) {
		*task = *parent;
	} else {
		memset(task, 0, sizeof(*task));
		rlimits_init(task);
	}
	INIT_LIST_HEAD(&task->children);
	INIT_LIST_HEAD(&task->sibling);
	KSET(task->parent, NULL);
	KSET(task->mm, NULL);
	KSET(task->active_mm, NULL);
	KSET(task->files, NULL);
	KSET(task->vfork_parent, NULL);
	KSET(task->vfork_child, NULL);
	task->pid = task->tgid = 0;
	task->state = TASK_RUNNING;
	task->flags |= PF_FORKNOEXEC;
	task->exit_code = 0;
	task->start_time = m->k->jiffies;
	task->min_flt = task->maj_flt = 0;
	task->cr2 = 0;
	memset(&task->fault, 0, sizeof(task->fault));
	return task;
}

void free_task_struct(struct task_struct *task)
{
	kmem_cache_free(kernel_cache(machine_of(task), CACHE_TASK_STRUCT), task);
}

static int dup_mm(struct task_struct *task, struct task_struct *parent, struct mm_struct **ret)
{
	struct mm_struct *mm = mm_alloc(machine_of(parent));
	int error;

	if (!mm)
		return -ENOMEM;
	error = dup_mmap(mm, KGET(parent->mm));
	if (error) {
		mmput(mm);
		return error;
	}
	mm->owner = parent->pid; /* who attaches */
	shm_fork(mm);
	mm->owner = task->pid;
	mm->hiwater_rss = get_mm_rss(mm);
	mm->hiwater_vm = mm->total_vm;
	*ret = mm;
	return 0;
}

/* A kernel thread has no mm, and neither has its child. */
static int copy_mm(struct task_struct *task, struct task_struct *parent, u32 clone_flags)
{
	struct mm_struct *mm = KGET(parent->mm);
	int error = 0;

	if (!mm)
		return 0;
	if (clone_flags & CLONE_VM)
		mm->mm_users++;
	else
		error = dup_mm(task, parent, &mm);
	if (error)
		return error;
	KSET(task->mm, mm);
	KSET(task->active_mm, mm);
	return 0;
}

static int copy_process(struct machine *m, struct task_struct *task, struct task_struct *parent,
			u32 clone_flags)
{
	int error = attach_pid(m, task);

	if (error)
		return error;
	error = copy_files(task, parent);
	if (error)
		goto no_files;
	error = copy_mm(task, parent, clone_flags);
	if (error)
		goto no_mm;
	task->regs.eax = 0; /* what fork returns to the child */
	link_task(m, task, parent);
	return 0;
no_mm:
	exit_files(task);
no_files:
	detach_pid(m, task);
	return error;
}

int do_fork(struct task_struct *parent, u32 clone_flags, struct task_struct **ret_child)
{
	struct machine *m = machine_of(parent);
	struct task_struct *task;
	int error;

	assert(parent->state != TASK_ZOMBIE);
	task = dup_task_struct(m, parent);
	if (!task)
		return -ENOMEM;
	error = copy_process(m, task, parent, clone_flags);
	if (error) {
		free_task_struct(task);
		return error;
	}
	if (clone_flags & CLONE_VFORK) {
		KSET(task->vfork_parent, parent);
		KSET(parent->vfork_child, task);
	}
	*ret_child = task;
	return 0;
}

/* ---- processes without a parent to copy ---- */

/* Run @file; the init program starts with a page of heap, so that there is one to look at. */
static int spawn_program(struct task_struct *task, struct file *file, const char *path,
			 const char *const *argv)
{
	struct file *init = KGET(machine_of(task)->k->init_file);
	const char *const only_path[] = { path, NULL };
	int error = do_execve(task, file, path, argv ? argv : only_path);

	if (error || file != init)
		return error;
	return sys_sbrk(task, PAGE_SIZE) < 0 ? -ENOMEM : 0;
}

/* fork and exec in one: no memory is copied to be thrown away. */
static int new_process(struct machine *m, struct task_struct *parent, struct task_struct *task,
		       struct file *file, const char *path, const char *const *argv)
{
	int error = attach_pid(m, task);

	if (error)
		return error;
	error = spawn_program(task, file, path, argv);
	if (error) {
		struct mm_struct *mm = KGET(task->mm);

		KSET(task->mm, NULL);
		if (mm)
			mmput(mm);
		detach_pid(m, task);
		return error;
	}
	link_task(m, task, parent);
	return 0;
}

static int spawn(struct machine *m, struct task_struct *parent, u32 uid, u32 gid, struct file *file,
		 const char *path, const char *const *argv, struct task_struct **ret)
{
	struct task_struct *task = dup_task_struct(m, parent);
	int error;

	if (!task)
		return -ENOMEM;
	task->uid = uid;
	task->gid = gid;
	error = new_process(m, parent, task, file, path, argv);
	if (error) {
		free_task_struct(task);
		return error;
	}
	*ret = task;
	return 0;
}

int do_spawn(struct machine *m, u32 uid, u32 gid, struct file *file, const char *path,
	     const char *const *argv, struct task_struct **ret)
{
	struct task_struct *init = find_task_by_pid(m, 1);

	assert(init);
	if (!file) {
		file = KGET(m->k->init_file);
		path = INIT_PATH;
	}
	return spawn(m, init, uid, gid, file, path, argv, ret);
}

int start_init(struct machine *m, struct file *file, const char *path, u32 uid, u32 gid)
{
	struct task_struct *init;
	int error;

	assert(list_empty(&m->k->tasks));
	file = file ? get_file(file) : initramfs_open(m);
	if (!file)
		return -ENOMEM;
	KSET(m->k->init_file, file);
	error = spawn(m, NULL, uid, gid, file, path ? path : INIT_PATH, NULL, &init);
	if (error) {
		KSET(m->k->init_file, NULL);
		fput(file);
		return error;
	}
	run_task(m, init);
	reap_memory(m); /* what a user sees at mount is what is seen when others have gone */
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this folder share.  ULK ch. 3, 9 and 20.
 */
#pragma once

#include "mm/machine.h"

/* A new descriptor: a copy of @parent's (NULL: all defaults) that owns nothing yet, or NULL. */
struct task_struct *dup_task_struct(struct machine *m, struct task_struct *parent);
void free_task_struct(struct task_struct *task);

/* Give @task a free process number.  0, -EAGAIN (none is free), -ENOMEM. */
int attach_pid(struct machine *m, struct task_struct *task);
void detach_pid(struct machine *m, struct task_struct *task);

/* Into the list of tasks and the family of @parent (NULL: it is process 1); cannot fail. */
void link_task(struct machine *m, struct task_struct *task, struct task_struct *parent);
void unlink_task(struct machine *m, struct task_struct *task);

/* Descriptors: fork's copy (0 or -ENOMEM), exit's end. */
int copy_files(struct task_struct *task, struct task_struct *parent);
void exit_files(struct task_struct *task);

/* @task leaves the mm it may have borrowed: its parent goes on.  ULK mm_release. */
void mm_release(struct task_struct *task);

/* Default limits of process 1. */
void rlimits_init(struct task_struct *task);

/* A new @task gets its CPU.  ULK sched_fork, wake_up_new_task. */
void sched_fork(struct machine *m, struct task_struct *task);

/* @task runs no more: its CPU goes on with process 1, if that keeps to it, or is idle. */
void sched_exit(struct machine *m, struct task_struct *task);

/* @task's memory is @mm from now on (NULL: none), also in the CPUs that run it. */
void task_set_mm(struct machine *m, struct task_struct *task, struct mm_struct *mm);

/* Give the free frames and empty slabs of @m back to the buddy system. */
void reap_memory(struct machine *m);

/* ---- execve ---- */

#define STACK_TOP TASK_SIZE
#define BINPRM_BUF_SIZE 256 /* bytes of the file that are looked at first */

/* What do_execve collects for the binary format.  ULK ch. 20, struct linux_binprm. */
struct linux_binprm {
	struct machine *m;
	struct task_struct *task; /* while loading, its mm is the new one */
	struct mm_struct *mm, *old_mm; /* the new one; the one it replaces, or NULL */
	struct file *file;
	const char *path;
	const char *const *argv;
	u32 argc; /* at least 1 */
	u32 p; /* lowest byte of the strings on the new stack */
	u32 exec; /* where @path lies there */
	u32 entry; /* first instruction */
	u8 buf[BINPRM_BUF_SIZE]; /* the file's first bytes, zeros behind its end */
};

/* Open what @path names for @task to execute.  0, -EACCES, or as machine_ops.open. */
int open_exec(struct task_struct *task, const char *path, struct file **ret);

/* argv[@i].  today: a program without arguments is given an empty one. */
const char *bprm_arg(const struct linux_binprm *bprm, u32 i);

/* Does PT_GNU_STACK say whether the stack is executable? */
enum exec_stack { EXSTACK_DEFAULT, EXSTACK_DISABLE_X, EXSTACK_ENABLE_X };

/*
 * The stack region, with the strings in it; arg_start to env_end.  0 or -ENOMEM.
 * => it is the first region of the new mm
 */
int setup_arg_pages(struct linux_binprm *bprm, enum exec_stack executable);

/* binfmt_elf.c: build the new mm.  0, with bprm->entry, or -errno as do_execve. */
int load_elf_binary(struct linux_binprm *bprm);

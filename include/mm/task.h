/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes.  ULK ch. 3, and ch. 9 "Creating and Deleting a Process Address Space".
 */
#pragma once

#include "arch/cpu.h"
#include "mm/fault.h"
#include "mm/list.h"

struct machine;
struct mm_struct;
struct file;
struct check;

#define TASK_COMM_LEN 16
#define NR_OPEN 256 /* descriptors of one process */

/* getrlimit(2); the numbers are Linux's. */
enum rlimit_resource {
	RLIMIT_DATA = 2,
	RLIMIT_STACK = 3,
	RLIMIT_MEMLOCK = 8,
	RLIMIT_AS = 9,
	RLIM_NLIMITS = 16
};
#define RLIM_INFINITY 0xffffffffu

enum task_state { TASK_RUNNING, TASK_ZOMBIE };

#define PF_KTHREAD 0x00200000u
#define PF_FORKNOEXEC 0x00000040u
#define PF_MEMDIE 0x00001000u /* killed for its memory, and about to end */

#define FATAL_REPORT 0 /* a bad access is an errno and the process lives */
#define FATAL_DIE 1 /* it is a deadly signal */

struct task_struct {
	struct list_head tasks; /* kernel_data.tasks */
	u32 pid, tgid;
	u32 cpu; /* that it keeps to (ULK: thread_info.cpu) */
	u32 generation; /* tells apart two tasks that had the same pid */
	KPTR(struct task_struct) parent;
	struct list_head children, sibling;
	u8 state; /* enum task_state */
	u8 onfault; /* FATAL_* */
	u32 flags; /* PF_* */
	s32 oom_score_adj; /* today: -1000 to 1000 */
	u32 exit_code; /* as wait(2): status << 8 | signal */
	KPTR(struct mm_struct) mm, active_mm;
	char comm[TASK_COMM_LEN];
	u32 uid, gid;
	u64 start_time; /* jiffies */
	u32 min_flt, maj_flt;
	u32 rlim[RLIM_NLIMITS]; /* bytes, RLIM_INFINITY */
	struct pt_regs regs;
	u32 cr2; /* address of the last fault */
	struct fault_record fault; /* the last one */
	/* vfork: whom the child lets go on when it executes or ends; whom the parent waits for. */
	KPTR(struct task_struct) vfork_parent, vfork_child;
	KPTR(struct files_struct) files; /* NULL until the first file is opened */
};

/* The table of open descriptors.  Numbers start at 3, as after a shell's fork. */
struct files_struct {
	s32 count;
	KPTR(struct file) fd[NR_OPEN];
};

/*
 * Process 1 from @file (NULL: the built-in init), with a page of heap.  At boot.  0 or -errno.
 */
int start_init(struct machine *m, struct file *file, const char *path, u32 uid, u32 gid);

/*
 * A signal's default action, at once: it ends the process, or nothing happens (those that
 * are ignored by default; stop and continue, since nothing runs).  Process 1 and kernel
 * threads are passed by.
 * 0 or -EINVAL (no such signal; 0 is one that only asks).
 */
int do_kill(struct task_struct *task, u32 signal);

/* The task with this pid (zombies too), or NULL. */
struct task_struct *find_task_by_pid(struct machine *m, u32 pid);

/* The task with the lowest pid >= @pid, or NULL: for listings. */
struct task_struct *next_task_by_pid(struct machine *m, u32 pid);

#define CLONE_VM 0x00000100
#define CLONE_VFORK 0x00004000

/*
 * fork(2).  The child shares nothing but what ULK says (copy_mm).
 * CLONE_VM: one mm for both.  CLONE_VFORK: @parent waits until the child executes or ends.
 * 0 with *ret_child, -EAGAIN (pids), -ENOMEM: nothing is left behind.
 */
int do_fork(struct task_struct *parent, u32 clone_flags, struct task_struct **ret_child);

/*
 * A new process, child of 1, that executes @file (NULL: what process 1 was started with, and a
 * page of heap).  0 with *ret, or -errno of fork or exec.
 */
int do_spawn(struct machine *m, u32 uid, u32 gid, struct file *file, const char *path,
	     const char *const *argv, struct task_struct **ret);

/*
 * _exit(2): the mm and the files go, children pass to process 1, the task becomes a zombie,
 * or is released at once when its parent is process 1.  => task is not process 1
 */
void do_exit(struct task_struct *task, u32 exit_code);

/*
 * wait4(2) with WNOHANG: reap one dead child (@pid 0: any).  Returns its pid with
 * *ret_status, 0 when none is dead yet, -ECHILD.
 */
int sys_wait4(struct task_struct *parent, u32 pid, u32 *ret_status);

/* setrlimit(2) on RLIMIT_AS, DATA, STACK, MEMLOCK; bytes.  0 or -EINVAL. */
int sys_setrlimit(struct task_struct *task, enum rlimit_resource resource, u32 bytes);

/* open descriptors: the number, -EMFILE; takes over the reference on success. */
int fd_install(struct task_struct *task, struct file *file);
int sys_close(struct task_struct *task, u32 fd); /* 0 or -EBADF */
struct file *fget(struct task_struct *task, u32 fd); /* with a new reference, or NULL */

/*
 * A kernel thread: no mm, no parent, at most 15 characters of @name.  0 with *ret, -EAGAIN
 * (pids), -ENOMEM.
 */
int kernel_thread(struct machine *m, const char *name, u32 uid, u32 gid, struct task_struct **ret);

/*
 * Run @task on @cpu, which it keeps to from now on: load its CR3 (ULK switch_mm), or lend a kernel
 * thread what is loaded.  A CPU that ran it goes idle.  What follows runs on @cpu.
 * => task is no zombie
 */
void schedule_task(struct machine *m, unsigned cpu, struct task_struct *task);

/* The same on the CPU that it keeps to. */
static inline void run_task(struct machine *m, struct task_struct *task)
{
	schedule_task(m, task->cpu, task);
}

/* Does @cpu run a kernel thread, or nobody, on tables it only borrows?  ULK TLBSTATE_LAZY. */
bool cpu_is_lazy(const struct machine *m, unsigned cpu);

void task_validate(struct machine *m, struct check *c);
void sched_validate(struct machine *m, struct check *c);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * execve: a new program in an old process.  ULK ch. 20, "The exec Functions".
 *
 * The new address space is built completely beside the old one, by the task itself: while
 * it is built, task->mm is the new mm, but the CPUs keep the old tables and whatever is
 * written goes through access_remote_vm.  flush_old_exec is the last act and cannot fail, so
 * a failure leaves the task as it was.  (Linux drops the old mm half-way and kills the
 * process when something fails later.)
 *
 * The top of the stack, as setup_arg_pages leaves it:
 *
 *   0xc0000000  8 bytes 0
 *               path             AT_EXECFN
 *               environment      (empty: env_start == env_end)
 *   arg_end     argv[argc - 1]
 *   arg_start   argv[0]          bprm->p
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "mm/access.h"
#include "mm/exec.h"
#include "mm/filemap.h"
#include "process.h"

#define MAX_ARG_STRLEN 131072u /* one string, with its end */
#define ARG_MAX_ALWAYS 131072u /* all strings, whatever RLIMIT_STACK says */
#define ARG_MAX_EVER (6u << 20)
#define STACK_EXPAND 131072u /* what a new stack has below its strings */

/* today: a null pointer above the strings; it is a 64-bit kernel's, and so are those it counts. */
#define HOST_POINTER 8u

/* User mode segment selectors of an i386 kernel; interrupts on. */
#define USER_CS 0x73
#define USER_DS 0x7b
#define EFLAGS_USER 0x202

/* Only the mode counts: a process has no capabilities, not even root's. */
static int may_exec(const struct task_struct *task, const struct inode *inode)
{
	unsigned shift = 0;

	if (!S_ISREG(inode->i_mode))
		return -EACCES;
	if (inode->i_uid == task->uid)
		shift = 6;
	else if (inode->i_gid == task->gid)
		shift = 3;
	return inode->i_mode >> shift & 1 ? 0 : -EACCES;
}

int open_exec(struct task_struct *task, const char *path, struct file **ret)
{
	const struct machine *m = machine_of(task);
	struct file *file;
	int error = -ENOENT;

	if (m->ops && m->ops->open)
		error = m->ops->open(m->ops_data, path, FMODE_EXEC, task->uid, task->gid, &file);
	if (error)
		return error;
	error = may_exec(task, file_inode(file));
	if (!error && file_inode(file)->i_writecount > 0)
		error = -ETXTBSY;
	if (error)
		fput(file);
	else
		*ret = file;
	return error;
}

const char *bprm_arg(const struct linux_binprm *bprm, u32 i)
{
	return bprm->argv && bprm->argv[0] ? bprm->argv[i] : "";
}

/* Bytes that all strings together may have. */
static u32 arg_limit(const struct task_struct *task)
{
	u32 limit = task->rlim[RLIMIT_STACK] / 4;

	if (limit > ARG_MAX_EVER)
		return ARG_MAX_EVER;
	return limit < ARG_MAX_ALWAYS ? ARG_MAX_ALWAYS : limit;
}

/* Take @s off the room that is left on the stack. */
static int count_string(struct linux_binprm *bprm, const char *s, u32 *room)
{
	u32 len = (u32)strnlen(s, MAX_ARG_STRLEN) + 1;

	if (len > MAX_ARG_STRLEN || len > *room)
		return -E2BIG;
	*room -= len;
	bprm->p -= len;
	return 0;
}

/* Count the arguments and find where their strings will begin: bprm->p.  0 or -E2BIG. */
static int count_args(struct linux_binprm *bprm)
{
	u32 room = arg_limit(bprm->task), size;
	int error;

	while (bprm->argv && bprm->argv[bprm->argc])
		bprm->argc++;
	bprm->argc += !bprm->argc;
	if (bprm->argc >= room / HOST_POINTER)
		return -E2BIG;
	room -= bprm->argc * HOST_POINTER;
	bprm->p = STACK_TOP - HOST_POINTER;
	error = count_string(bprm, bprm->path, &room);
	bprm->exec = bprm->p;
	for (u32 i = 0; i < bprm->argc && !error; i++)
		error = count_string(bprm, bprm_arg(bprm, i), &room);
	size = STACK_TOP - (bprm->p & PAGE_MASK);
	if (!error && size > PAGE_SIZE && size > bprm->task->rlim[RLIMIT_STACK])
		error = -E2BIG;
	return error;
}

static int prepare_binprm(struct linux_binprm *bprm)
{
	int error = count_args(bprm);
	s64 n;

	if (error)
		return error;
	n = generic_file_read(file_inode(bprm->file), 0, bprm->buf, sizeof(bprm->buf));
	return n < 0 ? (int)n : 0;
}

static int copy_string(struct linux_binprm *bprm, u32 addr, const char *s, u32 len)
{
	return access_remote_vm(bprm->m, bprm->mm, addr, (void *)(uintptr_t)s, len, true);
}

static int copy_strings(struct linux_binprm *bprm)
{
	u32 addr = bprm->p;
	int error;

	for (u32 i = 0; i < bprm->argc; i++) {
		const char *s = bprm_arg(bprm, i);
		u32 len = (u32)strlen(s) + 1;

		error = copy_string(bprm, addr, s, len);
		if (error)
			return error;
		addr += len;
	}
	bprm->mm->arg_start = bprm->p;
	bprm->mm->arg_end = bprm->mm->env_start = bprm->mm->env_end = addr;
	return copy_string(bprm, bprm->exec, bprm->path, (u32)strlen(bprm->path) + 1);
}

/* A new stack is 128 KiB larger than its strings, or as large as RLIMIT_STACK lets it be. */
static u32 stack_size(const struct linux_binprm *bprm)
{
	u32 strings = STACK_TOP - (bprm->p & PAGE_MASK);
	u32 limit = bprm->task->rlim[RLIMIT_STACK] & PAGE_MASK;
	u32 size = strings + STACK_EXPAND;

	if (size > limit)
		size = limit;
	return size > strings ? size : strings;
}

int setup_arg_pages(struct linux_binprm *bprm, enum exec_stack executable)
{
	u32 size = stack_size(bprm), prot = PROT_READ | PROT_WRITE;
	s64 at;

	if (executable != EXSTACK_DISABLE_X)
		prot |= PROT_EXEC;
	at = do_mmap(bprm->task, NULL, STACK_TOP - size, size, prot,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, 0);
	return at < 0 ? (int)at : copy_strings(bprm);
}

static void set_comm(struct task_struct *task, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	memset(task->comm, 0, sizeof(task->comm));
	memcpy(task->comm, name, strnlen(name, sizeof(task->comm) - 1));
}

/* ULK start_thread: the registers that the program finds. */
static void start_thread(struct task_struct *task, u32 eip, u32 esp)
{
	task->regs = (struct pt_regs){
		.eip = eip,
		.esp = esp,
		.eflags = EFLAGS_USER,
		.cs = USER_CS,
		.ds = USER_DS,
		.es = USER_DS,
		.ss = USER_DS,
	};
}

/* The point of no return: the new program takes over. */
static void flush_old_exec(struct linux_binprm *bprm)
{
	struct task_struct *task = bprm->task;

	mm_release(task);
	task_set_mm(bprm->m, task, bprm->mm);
	if (bprm->old_mm)
		mmput(bprm->old_mm);
	set_comm(task, bprm->path);
	task->flags &= ~PF_FORKNOEXEC;
	start_thread(task, bprm->entry, bprm->mm->start_stack);
}

/* Load @bprm into a new mm that @task uses while it is built. */
static int exec_binprm(struct linux_binprm *bprm)
{
	struct task_struct *task = bprm->task;
	int error;

	bprm->old_mm = KGET(task->mm);
	bprm->mm = mm_alloc(bprm->m);
	if (!bprm->mm)
		return -ENOMEM;
	bprm->mm->owner = task->pid;
	arch_pick_mmap_layout(bprm->mm, task);
	set_mm_exe_file(bprm->mm, bprm->file);
	KSET(task->mm, bprm->mm);
	error = load_elf_binary(bprm);
	if (error) {
		KSET(task->mm, bprm->old_mm);
		mmput(bprm->mm);
		return error;
	}
	flush_old_exec(bprm);
	return 0;
}

int do_execve(struct task_struct *task, struct file *file, const char *path,
	      const char *const *argv)
{
	struct linux_binprm bprm = {
		.m = machine_of(task),
		.task = task,
		.file = file,
		.path = path,
		.argv = argv,
	};
	int error = may_exec(task, file_inode(file));

	if (!error && file_inode(file)->i_writecount > 0)
		error = -ETXTBSY;
	if (!error)
		error = prepare_binprm(&bprm);
	if (!error)
		error = exec_binprm(&bprm);
	return error;
}

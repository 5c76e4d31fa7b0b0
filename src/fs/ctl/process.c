/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls of a process's life: fork, exec, exit, wait; its limits and open files.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "command.h"
#include "mm/exec.h"

static int ctl_open(struct ctl_call *call)
{
	static const unsigned modes[] = { FMODE_READ, FMODE_WRITE, FMODE_READ | FMODE_WRITE };
	const struct ctl_arg *mode = &call->arg[1];
	struct file *file;
	int fd = ctl_open_file(call, call->arg[0].text, mode->text ? modes[mode->value] : 0, &file);

	if (fd)
		return fd;
	fd = fd_install(call->task, file);
	if (fd < 0) {
		fput(file);
		return fd;
	}
	g_string_printf(call->reply, "%d", fd);
	return 0;
}

static int ctl_close(struct ctl_call *call)
{
	return sys_close(call->task, call->arg[0].value);
}

static int make_child(struct ctl_call *call, u32 flags)
{
	struct task_struct *child;
	int error = do_fork(call->task, flags, &child);

	if (!error)
		g_string_printf(call->reply, "%u", child->pid);
	return error;
}

static int ctl_fork(struct ctl_call *call)
{
	return make_child(call, 0);
}

static int ctl_vfork(struct ctl_call *call)
{
	return make_child(call, CLONE_VM | CLONE_VFORK);
}

static int ctl_clone(struct ctl_call *call)
{
	u32 flags = call->arg[0].value & ~(u32)CSIGNAL; /* the low byte is a signal */

	if (flags & ~(u32)(CLONE_VM | CLONE_VFORK))
		return ctl_fail(call, -EINVAL, "only vm and vfork are known");
	return make_child(call, flags);
}

/* ---- kill SIGNAL ---- */

/* A number, or a name with or without SIG, in any case.  -1: there is none. */
static int signal_number(const char *word)
{
	guint64 number;
	int n;

	if (g_ascii_string_to_unsigned(word, 10, 0, 64, &number, NULL))
		return (int)number;
	if (g_ascii_strncasecmp(word, "SIG", 3) == 0)
		word += 3;
	for (n = 1; n < 32; n++)
		if (g_ascii_strcasecmp(word, sigabbrev_np(n)) == 0)
			return n;
	return -1;
}

static int ctl_kill(struct ctl_call *call)
{
	int signal = signal_number(call->arg[0].text);
	u32 pid = call->task->pid;
	int error;

	if (signal < 0)
		return ctl_fail(call, -EINVAL, "%s is no signal", shown(call->arg[0].text));
	error = do_kill(call->task, (u32)signal);
	if (!find_task_by_pid(call->m, pid) || find_task_by_pid(call->m, pid)->state == TASK_ZOMBIE)
		call->task = NULL;
	return error;
}

static int ctl_exec(struct ctl_call *call)
{
	const char *const *argv;
	struct file *file;
	int error = ctl_open_file(call, call->arg[0].text, FMODE_EXEC, &file);

	if (error)
		return error;
	argv = ctl_file_argv(call, file);
	error = do_execve(call->task, file, argv[0], argv);
	fput(file);
	return error;
}

static int ctl_exit(struct ctl_call *call)
{
	if (call->task->pid == 1)
		return ctl_fail(call, -EPERM, "process 1 cannot exit");
	do_exit(call->task, (call->arg[0].value & 0xff) << 8);
	call->task = NULL;
	return 0;
}

static void reply_death(struct ctl_call *call, int pid, u32 status)
{
	u32 signal = status & 0x7f;

	if (signal)
		g_string_printf(call->reply, "%d %u SIG%s", pid, signal, sigabbrev_np((int)signal));
	else
		g_string_printf(call->reply, "%d %u exited", pid, status >> 8 & 0xff);
}

static int ctl_wait(struct ctl_call *call)
{
	u32 status = 0;
	int pid = sys_wait4(call->task, call->arg[0].value, &status);

	if (pid == 0)
		g_string_assign(call->reply, "0");
	if (pid > 0)
		reply_death(call, pid, status);
	return pid < 0 ? pid : 0;
}

static int ctl_onfault(struct ctl_call *call)
{
	u8 what = call->arg[0].value ? FATAL_DIE : FATAL_REPORT;

	if (what == FATAL_DIE && call->task->pid == 1)
		return ctl_fail(call, -EPERM, "process 1 cannot die");
	call->task->onfault = what;
	return 0;
}

static int ctl_setrlimit(struct ctl_call *call)
{
	static const enum rlimit_resource resources[] = { RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK,
							  RLIMIT_MEMLOCK };
	const struct ctl_arg *value = &call->arg[1];
	u32 bytes = strcmp(value->text, "unlimited") ? value->value : RLIM_INFINITY;

	if (*value->text == '-')
		return ctl_fail(call, -EINVAL, "VALUE %s is negative", value->text);
	return sys_setrlimit(call->task, resources[call->arg[0].value], bytes);
}

static const struct ctl_name clone_names[] = {
	{ "vm", CLONE_VM },
	{ "vfork", CLONE_VFORK },
	{ NULL, 0 },
};

/* A system call's child would return to a program; the kernel makes its threads otherwise. */
#define NO_THREAD_FORKS "runs no program that could go on in a child: kthread makes another"

/* clang-format off */
const struct ctl_command ctl_process_commands[] = {
	{ "open", "FILE [ro|wo|rw]", ctl_open, "open a file -> its descriptor",
	  "ENOENT no such file\n"
	  "EACCES the file may not be opened so\n"
	  "ETXTBSY it is a program that runs, and was to be written\n"
	  "ENODEV FILE is a folder\n"
	  "EMFILE all descriptors are in use",
	  .no_mm = true },
	{ "close", "FD", ctl_close, "close a descriptor", "EBADF it is not open",
	  .no_mm = true },
	{ "fork", "", ctl_fork, "make a child -> its pid",
	  "EAGAIN no pid is left\n"
	  "ENOMEM no memory is left for the child",
	  .no_thread = NO_THREAD_FORKS },
	{ "vfork", "", ctl_vfork,
	  "make a child in the same memory; EBUSY here until it executes or ends -> its pid",
	  "EAGAIN no pid is left\n"
	  "ENOMEM no memory is left for the child",
	  .no_thread = NO_THREAD_FORKS },
	{ "clone", "FLAGS", ctl_clone, "make a child; vm: in the same memory -> its pid",
	  "EINVAL other FLAGS than vm and vfork\n"
	  "EAGAIN no pid is left\n"
	  "ENOMEM no memory is left for the child",
	  clone_names,
	  .no_thread = NO_THREAD_FORKS },
	{ "kill", "SIGNAL", ctl_kill, "send the process a signal: its default action",
	  "EINVAL no such signal",
	  .no_mm = true },
	{ "exec", "FILE [ARG ...]", ctl_exec, "replace the program by an i386 ELF executable",
	  "ENOENT no such file, or its interpreter (PT_INTERP) is not in files/\n"
	  "EACCES it or its interpreter is not an ordinary file, or no x permission\n"
	  "ETXTBSY it or its interpreter is open for writing\n"
	  "ENOEXEC not an ELF executable for i386\n"
	  "ELIBBAD its interpreter is not an ELF file for i386\n"
	  "EINVAL its headers do not make sense\n"
	  "E2BIG the arguments are too long\n"
	  "EIO the file or its interpreter cannot be read, or ends too early\n"
	  "EFAULT a segment lies where none can be\n"
	  "ENOMEM no memory is left, or a limit is reached",
	  .no_thread = "stays one: it cannot become a program" },
	{ "exit", "[STATUS]", ctl_exit, "end the process", "EPERM process 1 cannot exit",
	  .no_mm = true },
	{ "wait", "[PID]", ctl_wait,
	  "ask for a dead child -> pid, status, how it ended; 0: none yet",
	  "ECHILD there is no such child",
	  .no_mm = true },
	{ "onfault", "report|die", ctl_onfault, "what a bad access does: an errno, or a signal",
	  "EPERM process 1 cannot die" },
	{ "setrlimit", "as|data|stack|memlock VALUE|unlimited", ctl_setrlimit,
	  "set a limit, in bytes",
	  "EINVAL not possible",
	  .no_mm = true },
	{}
};
/* clang-format on */

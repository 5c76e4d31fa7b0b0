/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command of a ctl is one row: word, signature, function, help.  The signature drives
 * parsing, arity and help (signature.c), table.c finds the row, line.c runs it.
 */
#pragma once

#include "../aspacefs.h"
#include "names.h"

#define CTL_ARGS_MAX 8 /* words a signature can name */

/* One argument as its word in the signature says.  text NULL: not given. */
struct ctl_arg {
	const char *text;
	u32 value; /* number, address, bits; of alternatives: the number, or which one from 0 */
	u64 wide; /* OFFSET */
};

/* One command on its way: what its function is given. */
struct ctl_call {
	struct aspacefs *fs;
	struct machine *m;
	struct task_struct *task; /* of a process's ctl; NULL: the root's */
	const struct caller *caller;
	const struct ctl_command *command;
	char **words; /* the whole line, NULL-terminated; [0] is the command */
	struct ctl_arg arg[CTL_ARGS_MAX]; /* in the order of the signature */
	GString *reply; /* the result, and further lines; empty means ok */
	GString *why; /* the reason of a failure in words, and further lines */
};

struct ctl_command {
	const char *word;
	const char *signature; /* see signature.h */
	int (*run)(struct ctl_call *call); /* 0 or -errno */
	const char *help; /* one line: what it does -> what it replies */
	const char *errors; /* lines "ERRNO words; words"; one may serve as the reason */
	const struct ctl_name *names; /* what FLAGS can be */
	bool no_mm; /* also of a kernel thread, which has no address space */
	const char *no_thread; /* why not of a kernel thread, where that is not the reason */
};

/* A row with an empty word ends each table. */
extern const struct ctl_command ctl_map_commands[];
extern const struct ctl_command ctl_pages_commands[];
extern const struct ctl_command ctl_shm_commands[];
extern const struct ctl_command ctl_process_commands[];
extern const struct ctl_command ctl_cpu_commands[];
extern const struct ctl_command ctl_kernel_commands[];
extern const struct ctl_command ctl_kernel_root_commands[];
extern const struct ctl_command ctl_look_commands[];
extern const struct ctl_command ctl_root_commands[];
extern const struct ctl_command ctl_alloc_commands[];
extern const struct ctl_command ctl_slab_commands[];
extern const struct ctl_command ctl_swap_commands[];
extern const struct ctl_command ctl_help_commands[];

/* The row of @word, or NULL.  @root: the commands of the root's ctl. */
const struct ctl_command *ctl_command_find(bool root, const char *word);

/* The words of all commands, blanks between. */
void ctl_command_list(bool root, GString *out);

/* Fail with the reason in words, printf-like; the first reason stays.  Returns @error. */
int ctl_fail(struct ctl_call *call, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for an -EINVAL that comes of @addr, which is not a page's.  Returns @error. */
int ctl_fail_unaligned(struct ctl_call *call, int error, u32 addr);

/* Reply with @address, or fail where it is -errno.  0 or -errno. */
int ctl_reply_address(struct ctl_call *call, s64 address);

/* A further line of the reply. */
void ctl_say(struct ctl_call *call, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Run the command in @line (no newline in it) and append its reply to @log, if it is a
 * command at all.  @task NULL with @root false: the process is gone.  0 or -errno.
 */
int ctl_run_line(struct aspacefs *fs, bool root, struct task_struct *task,
		 const struct caller *caller, const char *line, gsize len, GString *log);

static inline struct mm_struct *call_mm(const struct ctl_call *call)
{
	return KGET(call->task->mm);
}

/*
 * The FILE in @text, opened for the caller's process: a path with :ro, :wo or :rw behind, or
 * fd:N.  @mode FMODE_*, where @text says nothing (0: what the file allows).  0 with a new
 * reference, or -errno with a reason.
 */
int ctl_open_file(struct ctl_call *call, const char *text, unsigned mode, struct file **ret);

/*
 * FILE and the words behind it as a program's argv, where the first argument of @call is FILE and
 * opened as @file: [0] is its path alone, which is also what AT_EXECFN names.
 */
const char *const *ctl_file_argv(struct ctl_call *call, const struct file *file);

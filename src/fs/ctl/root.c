/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's own commands: new processes, and the check of everything.
 */
#include <errno.h>

#include "../disk.h"
#include "command.h"
#include "mm/check.h"
#include "mm/writeback.h"

/* ---- spawn [FILE [ARG ...]] ---- */

static int spawn(struct ctl_call *call, struct file *file, const char *const *argv)
{
	const struct caller *caller = call->caller;
	struct task_struct *task;
	int error = do_spawn(call->m, caller->uid, caller->gid, file, argv ? argv[0] : NULL, argv,
			     &task);

	if (!error)
		g_string_printf(call->reply, "%u", task->pid);
	fput(file);
	return error;
}

static int ctl_spawn(struct ctl_call *call)
{
	const char *text = call->arg[0].text;
	struct file *file;
	int error;

	if (!text)
		return spawn(call, NULL, NULL);
	error = ctl_open_file(call, text, FMODE_EXEC, &file);
	if (error)
		return error;
	return spawn(call, file, ctl_file_argv(call, file));
}

/* ---- sync ---- */

static int ctl_sync(struct ctl_call *call)
{
	/* A private folder will not outlive the host. */
	call->fs->host_sync.all = !disk_private_dir(call->fs->disk);
	return sync_inodes(call->m);
}

/* ---- check ---- */

static void report(void *data, const char *line)
{
	struct ctl_call *call = data;

	g_string_append_printf(call->why, "\n\t%s", line);
}

static int ctl_check(struct ctl_call *call)
{
	u32 failures = check_machine(call->m, report, call);
	g_autofree char *first = NULL;

	if (!failures) /* which follows what was found sound */
		failures = check_owners(call->m, report, call);
	if (!failures)
		return 0;
	first = g_strdup_printf("%u invariants do not hold", failures);
	g_string_prepend(call->why, first);
	return -EUCLEAN;
}

/* clang-format off */
const struct ctl_command ctl_root_commands[] = {
	{ "spawn", "[FILE [ARG ...]]", ctl_spawn,
	  "start a process, of init when no FILE is named -> pid",
	  "ENOENT no such file, or its interpreter (PT_INTERP) is not in files/\n"
	  "EACCES it or its interpreter is not an ordinary file, or no x permission\n"
	  "ETXTBSY it or its interpreter is open for writing\n"
	  "ENOEXEC not an ELF executable for i386\n"
	  "ELIBBAD its interpreter is not an ELF file for i386\n"
	  "EAGAIN no pid is left\n"
	  "ENOMEM no memory is left" },
	{ "sync", "", ctl_sync, "write all that is dirty in files/ to the host's files",
	  "EIO the host could not take it\nENOSPC the host is full" },
	{ "check", "", ctl_check, "does every invariant of the machine hold?",
	  "EUCLEAN some do not: one line each" },
	{}
};
/* clang-format on */

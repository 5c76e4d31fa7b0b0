/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line: its words, its command, its reply.  The only place where an error becomes
 * words:  ERRNO: command: why
 */
#include <errno.h>
#include <string.h>

#include "command.h"
#include "lexer.h"
#include "signature.h"

int ctl_fail(struct ctl_call *call, int error, const char *fmt, ...)
{
	va_list args;

	if (call->why->len)
		return error;
	va_start(args, fmt);
	g_string_vprintf(call->why, fmt, args);
	va_end(args);
	return error;
}

int ctl_fail_unaligned(struct ctl_call *call, int error, u32 addr)
{
	if (error == -EINVAL && addr & ~PAGE_MASK)
		ctl_fail(call, error, "the address must be a multiple of 4096");
	return error;
}

int ctl_reply_address(struct ctl_call *call, s64 address)
{
	if (address < 0)
		return (int)address;
	g_string_printf(call->reply, "0x%08x", (u32)address);
	return 0;
}

void ctl_say(struct ctl_call *call, const char *fmt, ...)
{
	va_list args;

	g_string_append(call->reply, "\n\t");
	va_start(args, fmt);
	g_string_append_vprintf(call->reply, fmt, args);
	va_end(args);
}

/* The row's words for @error, where the command gave none: "ENOMEM no frame is left". */
static void default_reason(struct ctl_call *call, const char *name, int error)
{
	const char *line = call->command ? call->command->errors : "";
	gsize len = strlen(name);

	for (; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (strncmp(line, name, len) || line[len] != ' ')
			continue;
		g_string_append_len(call->why, line + len + 1,
				    (gssize)strcspn(line + len + 1, "\n"));
		return;
	}
	g_string_append(call->why, g_strerror(-error));
}

/* Behind the first line of the reason. */
static void add_hint(struct ctl_call *call)
{
	g_autoptr(GString) hint = g_string_new(NULL);

	if (call->command && call->m && signature_hint(call, hint))
		g_string_insert(call->why, (gssize)strcspn(call->why->str, "\n"), hint->str);
}

/* What the command's process is about to die of. */
static void say_killed(struct ctl_call *call, int error)
{
	if (!call->m->k->oom.deferred)
		return;
	if (!error)
		ctl_say(call, "the OOM killer chose this process: it is dead");
	else
		g_string_append(call->why, ", and the OOM killer chose this process: it is dead");
}

static void write_reply(struct ctl_call *call, int error, GString *log)
{
	const char *name = error ? errno_name(error) : NULL;

	if (error && !call->why->len)
		default_reason(call, name, error);
	say_killed(call, error);
	if (!error) {
		g_string_append(log, call->reply->len && *call->reply->str != '\n' ? "" : "ok");
		g_string_append_len(log, call->reply->str, (gssize)call->reply->len);
	} else {
		g_string_append_printf(log, "%s: %s: %s", name,
				       call->words[0] ? shown(call->words[0]) : "ctl",
				       call->why->str);
	}
	g_string_append_c(log, '\n');
}

static int unknown_command(struct ctl_call *call, bool root)
{
	g_autoptr(GString) known = g_string_new(NULL);

	ctl_command_list(root, known);
	return ctl_fail(call, -EINVAL, "is no command\n\tknown: %s", known->str);
}

/*
 * The door of system calls: where memory ends, somebody may have to give his, and the command
 * runs again as if for the first time.
 */
static int run_command(struct ctl_call *call)
{
	struct oom_want outer = oom_begin(call->m);
	int error;

	do {
		g_string_truncate(call->reply, 0);
		g_string_truncate(call->why, 0);
		error = call->command->run(call);
	} while (error && out_of_memory(call->m, call->task));
	oom_end(call->m, outer);
	return error;
}

static int run_call(struct ctl_call *call, bool root, const char *bad_line)
{
	int error;

	if (bad_line)
		return ctl_fail(call, -EINVAL, "%s", bad_line);
	if (!root && !call->task)
		return ctl_fail(call, -ESRCH, "the process is gone");
	call->command = ctl_command_find(root, call->words[0]);
	if (!call->command)
		return unknown_command(call, root);
	if (call->task && !KNULL(call->task->vfork_child) && strcmp(call->words[0], "help") != 0)
		return ctl_fail(call, -EBUSY, "waits for its vfork child %u to execute or end",
				KGET(call->task->vfork_child)->pid);
	error = signature_parse(call);
	if (!error && call->task && KNULL(call->task->mm) && !call->command->no_mm)
		return ctl_fail(call, -EINVAL, "a kernel thread %s",
				call->command->no_thread ? call->command->no_thread :
							   "has no address space");
	if (!error)
		error = run_command(call);
	return error;
}

int ctl_run_line(struct aspacefs *fs, bool root, struct task_struct *task,
		 const struct caller *caller, const char *line, gsize len, GString *log)
{
	struct ctl_call call = { .fs = fs, .m = fs->m, .task = task, .caller = caller };
	const char *bad_line;
	int error = 0;

	call.words = lexer_split(line, len, &bad_line);
	if (bad_line || call.words[0]) {
		call.reply = g_string_new(NULL);
		call.why = g_string_new(NULL);
		cpu_enter(fs->m, task ? task->cpu : fs->m->k->root_cpu);
		machine_tick(fs->m);
		error = run_call(&call, root, bad_line);
		if (error)
			add_hint(&call);
		write_reply(&call, error, log);
		oom_deliver(fs->m);
		g_string_free(call.reply, TRUE);
		g_string_free(call.why, TRUE);
	}
	g_strfreev(call.words);
	return error;
}

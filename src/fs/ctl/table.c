/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All commands, theme by theme, and help, which is made from the rows.
 */
#include <errno.h>
#include <string.h>

#include "command.h"
#include "signature.h"

/* clang-format off */
static const struct ctl_command *const process_tables[] = {
	ctl_map_commands,
	ctl_pages_commands,
	ctl_shm_commands,
	ctl_process_commands,
	ctl_cpu_commands,
	ctl_kernel_commands,
	ctl_look_commands,
	ctl_help_commands,
	NULL
};

static const struct ctl_command *const root_tables[] = {
	ctl_root_commands,
	ctl_alloc_commands,
	ctl_slab_commands,
	ctl_swap_commands,
	ctl_kernel_root_commands,
	ctl_help_commands,
	NULL
};
/* clang-format on */

/* A way through the tables: start with .table set, call until NULL. */
struct command_iter {
	const struct ctl_command *const *table;
	const struct ctl_command *next;
};

static struct command_iter commands_of(bool root)
{
	const struct ctl_command *const *tables = root ? root_tables : process_tables;

	return (struct command_iter){ tables, tables[0] };
}

static const struct ctl_command *next_command(struct command_iter *i)
{
	while (i->next && !i->next->word)
		i->next = *++i->table;
	return i->next ? i->next++ : NULL;
}

const struct ctl_command *ctl_command_find(bool root, const char *word)
{
	struct command_iter i = commands_of(root);
	const struct ctl_command *c;

	while ((c = next_command(&i)))
		if (strcmp(c->word, word) == 0)
			return c;
	return NULL;
}

void ctl_command_list(bool root, GString *out)
{
	struct command_iter i = commands_of(root);
	const struct ctl_command *c;

	while ((c = next_command(&i)))
		g_string_append_printf(out, "%s%s", out->len ? " " : "", c->word);
}

/* ---- help ---- */

static void usage(const struct ctl_command *c, GString *out)
{
	g_string_append_printf(out, "%s%s%s", c->word, *c->signature ? " " : "", c->signature);
}

static int help_all(struct ctl_call *call)
{
	struct command_iter i = commands_of(!call->task);
	const struct ctl_command *c;
	g_autoptr(GString) line = g_string_new(NULL);

	g_string_assign(call->reply, "help COMMAND tells more");
	while ((c = next_command(&i))) {
		g_string_truncate(line, 0);
		usage(c, line);
		ctl_say(call, "%-46s %s", line->str, c->help);
	}
	return 0;
}

/* Each line of @text as a line of the reply. */
static void say_lines(struct ctl_call *call, const char *text)
{
	char **lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++)
		if (**line)
			ctl_say(call, "%s", *line);
	g_strfreev(lines);
}

static void say_names(struct ctl_call *call, const char *kind, const struct ctl_name *names)
{
	g_autoptr(GString) words = g_string_new(NULL);

	names_list(names, words);
	ctl_say(call, "%s: %s", kind, words->str);
}

static int help_one(struct ctl_call *call, const struct ctl_command *c)
{
	usage(c, call->reply);
	ctl_say(call, "%s", c->help);
	if (signature_has(c->signature, "PROT"))
		ctl_say(call, "PROT: rwx, - for what is missing");
	if (signature_has(c->signature, "FLAGS"))
		say_names(call, "FLAGS", c->names);
	if (signature_has(c->signature, "ADVICE"))
		say_names(call, "ADVICE", c->names);
	if (signature_has(c->signature, "GFP"))
		say_names(call, "GFP", gfp_names);
	if (signature_has(c->signature, "FILE"))
		ctl_say(call, "FILE: a path below files/, :ro :wo :rw behind it; fd:N");
	say_lines(call, c->errors);
	return 0;
}

static int ctl_help(struct ctl_call *call)
{
	const char *word = call->arg[0].text;
	const struct ctl_command *c;

	if (!word)
		return help_all(call);
	c = ctl_command_find(!call->task, word);
	if (!c) {
		g_autoptr(GString) known = g_string_new(NULL);

		ctl_command_list(!call->task, known);
		return ctl_fail(call, -EINVAL, "%s is no command\n\tknown: %s", shown(word),
				known->str);
	}
	return help_one(call, c);
}

/* clang-format off */
const struct ctl_command ctl_help_commands[] = {
	{ "help", "[COMMAND]", ctl_help, "the commands; one command's words and errors",
	  "EINVAL no such command", .no_mm = true },
	{}
};
/* clang-format on */

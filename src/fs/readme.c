/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The README files of the mount: a short introduction, then each row's name and help.
 */
#include "node.h"
#include "readme.h"

static const char root_intro[] =
	"aspacefs: process address spaces as files\n"
	"\n"
	"The memory of a simulated i386 machine that runs Linux 2.6.  You are the processor:\n"
	"no instruction is executed; read and write mem, and give commands to ctl.\n"
	"\n"
	"    cat 1/maps\n"
	"    echo 'mmap 0 16K rw- private,anonymous' > 1/ctl; cat 1/ctl\n"
	"    hexdump -C -s 0x40000000 -n 32 1/mem\n"
	"    cat 1/fault; awk '/^40000/' 1/pagetable\n"
	"    echo help > 1/ctl; cat 1/ctl\n"
	"\n";

static const char pid_intro[] = "One simulated process.\n"
				"\n";

static const char unchanged[] =
	"Files whose text is made on reading show the size 0, as in /proc.\n";

static void append_row(GString *out, const char *name, bool folder, const char *help)
{
	char *shown = g_strconcat(name, folder ? "/" : "", NULL);

	g_string_append_printf(out, "%-11s %s\n", shown, help);
	g_free(shown);
}

static void append_rows(GString *out, const struct node_row *rows)
{
	for (; rows->name; rows++)
		if (rows->help)
			append_row(out, rows->name,
				   rows->kind == NODE_FILES || rows->kind == NODE_REGIONS ||
					   rows->kind == NODE_DIR,
				   rows->help);
}

int readme_root_show(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	g_string_append(out, root_intro);
	append_rows(out, root_rows);
	append_row(out, "PID", true, "a folder for each process, in which:");
	for (const struct node_row *row = pid_rows; row->name; row++)
		g_string_append_printf(out, "  %-9s %s\n", row->name, row->help);
	g_string_append_printf(out, "\n%s", unchanged);
	return 0;
}

int readme_pid_show(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	g_string_append(out, pid_intro);
	append_rows(out, pid_rows);
	return 0;
}

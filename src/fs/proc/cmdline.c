/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/cmdline: the arguments where the program has them, in its own memory.  Looking at
 * them sets no A bit and takes no fault of the process.
 */
#include "mm/access.h"
#include "mm_bytes.h"
#include "proc.h"

#define CMDLINE_MAX (4u << 20)

void mm_bytes_append(struct machine *m, struct mm_struct *mm, u32 addr, u32 len, GString *out)
{
	char part[PAGE_SIZE];

	while (len) {
		u32 n = cpu_access_part(addr, MIN(len, (u32)sizeof(part)));

		if (access_remote_vm(m, mm, addr, part, n, false))
			return;
		g_string_append_len(out, part, n);
		addr += n;
		len -= n;
	}
}

int proc_pid_cmdline(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	struct mm_struct *mm = KGET(task->mm);
	gsize end;

	if (!mm || mm->arg_end <= mm->arg_start)
		return 0;
	mm_bytes_append(fs->m, mm, mm->arg_start, MIN(mm->arg_end - mm->arg_start, CMDLINE_MAX),
			out);
	if (!out->len || !out->str[out->len - 1] || mm->env_end <= mm->env_start)
		return 0;
	/* The program wrote its title over the arguments, as far as into the environment. */
	mm_bytes_append(fs->m, mm, mm->env_start, MIN(mm->env_end - mm->env_start, CMDLINE_MAX),
			out);
	end = strlen(out->str);
	g_string_truncate(out, MIN(end + 1, out->len));
	return 0;
}

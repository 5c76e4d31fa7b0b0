/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/cmdline: the arguments where the program has them, in its own memory.  Looking at
 * them changes nothing: no A bit, no fault, no page comes in.
 */
#include "mm/coredump.h"
#include "mm_bytes.h"
#include "proc.h"

#define CMDLINE_MAX (4u << 20)

/* The bytes of the page at @addr.  false: there are none, or they may not be read. */
static bool look_at_page(const struct mm_struct *mm, u32 addr, void *buf)
{
	const struct vm_area_struct *vma = find_vma_quiet(mm, addr);
	int there;

	if (!vma || vma->vm_start > addr || !(vma->vm_flags & VM_RWX))
		return false;
	there = get_dump_page(vma, addr & PAGE_MASK, buf);
	if (!there)
		memset(buf, 0, PAGE_SIZE);
	return there >= 0;
}

void mm_bytes_append(const struct mm_struct *mm, u32 addr, u32 len, GString *out)
{
	char page[PAGE_SIZE];

	while (len) {
		u32 n = MIN(len, PAGE_SIZE - (addr & ~PAGE_MASK));

		if (!look_at_page(mm, addr, page))
			return;
		g_string_append_len(out, page + (addr & ~PAGE_MASK), n);
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
	mm_bytes_append(mm, mm->arg_start, MIN(mm->arg_end - mm->arg_start, CMDLINE_MAX), out);
	if (!out->len || !out->str[out->len - 1] || mm->env_end <= mm->env_start)
		return 0;
	/* The program wrote its title over the arguments, as far as into the environment. */
	mm_bytes_append(mm, mm->env_start, MIN(mm->env_end - mm->env_start, CMDLINE_MAX), out);
	end = strlen(out->str);
	g_string_truncate(out, MIN(end + 1, out->len));
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/regs: name=value lines, the processor's cr2 and cr3 last.
 */
#include "proc.h"
#include "regs.h"

/* clang-format off */
#define REG(name) { #name, offsetof(struct pt_regs, name), sizeof(((struct pt_regs *)0)->name) }

const struct reg_name reg_names[] = {
	REG(eip), REG(esp), REG(eflags),
	REG(eax), REG(ebx), REG(ecx), REG(edx), REG(esi), REG(edi), REG(ebp),
	REG(cs), REG(ss), REG(ds), REG(es), REG(fs), REG(gs),
	{}
};
/* clang-format on */

u32 reg_get(const struct pt_regs *regs, const struct reg_name *reg)
{
	const char *at = (const char *)regs + reg->offset;

	return reg->size == 2 ? *(const u16 *)at : *(const u32 *)at;
}

void reg_set(struct pt_regs *regs, const struct reg_name *reg, u32 value)
{
	char *at = (char *)regs + reg->offset;

	if (reg->size == 2)
		*(u16 *)at = (u16)value;
	else
		*(u32 *)at = value;
}

u32 task_cr3(const struct task_struct *task)
{
	const struct mm_struct *mm = KGET(task->mm);

	return mm ? mm->pgd - PAGE_OFFSET : 0;
}

int proc_pid_regs(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	for (const struct reg_name *reg = reg_names; reg->name; reg++)
		g_string_append_printf(out, "%s=0x%0*x\n", reg->name, 2 * reg->size,
				       reg_get(&task->regs, reg));
	g_string_append_printf(out, "cr2=0x%08x\ncr3=0x%08x\n", task->cr2, task_cr3(task));
	return 0;
}

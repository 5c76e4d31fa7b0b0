/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registers of a process by name: one row each.
 */
#pragma once

#include "../aspacefs.h"

struct reg_name {
	const char *name; /* NULL ends the table */
	u16 offset; /* in struct pt_regs */
	u8 size; /* 4, or 2 for a segment register */
};

extern const struct reg_name reg_names[];

u32 reg_get(const struct pt_regs *regs, const struct reg_name *reg);
void reg_set(struct pt_regs *regs, const struct reg_name *reg, u32 value);

/* The physical address of the process's page directory (PAE: pointer table). */
u32 task_cr3(const struct task_struct *task);

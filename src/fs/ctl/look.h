/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that only look, in files of their own.
 */
#pragma once

#include "command.h"

int ctl_translate(struct ctl_call *call);
int ctl_explain(struct ctl_call *call);

/* The page tables that it runs on: a kernel thread's are those it was lent, or the kernel's own. */
u32 tables_of(const struct ctl_call *call);

/* The region that holds @addr, or NULL.  Changes nothing. */
struct vm_area_struct *region_at(const struct ctl_call *call, u32 addr);

/* "40000000-40004000 rw-p file /f read write ..." */
void region_print(struct ctl_call *call, const struct vm_area_struct *vma, GString *out);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What status, stat and statm tell of the same thing.
 */
#pragma once

#include "../aspacefs.h"

/* R: a CPU runs it; Z: dead and not waited for; S: else. */
char task_state_letter(const struct machine *m, const struct task_struct *task);

/* Pages of the program's own text, as far as any text is mapped. */
u32 mm_text_pages(const struct mm_struct *mm);

/* The parent's pid; 0 for process 1. */
u32 task_ppid(const struct task_struct *task);

static inline u64 pages_to_kb(u64 pages)
{
	return pages << (PAGE_SHIFT - 10);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * swaps: one line for each swap area, in the order of their numbers.  Sizes in kB.
 */
#include "../disk.h"
#include "mm/swap.h"
#include "path.h"
#include "proc.h"
#include "state.h"

#define NAME_WIDTH 40
#define WIDE_KB 10000000u /* takes up the second tab */

static void print_kb(u64 kb, GString *out)
{
	g_string_append_printf(out, "%" G_GUINT64_FORMAT "\t%s", kb, kb < WIDE_KB ? "\t" : "");
}

static void print_area(struct aspacefs *fs, const struct swap_info_struct *si, GString *out)
{
	gsize start = out->len;
	int blanks;

	append_path(out, file_path(fs, KGET(si->swap_file)), " \t\n\\");
	blanks = NAME_WIDTH - (int)(out->len - start);
	g_string_append_printf(out, "%*sfile\t\t", MAX(blanks, 1), " ");
	print_kb(pages_to_kb(si->pages), out);
	print_kb(pages_to_kb(si->inuse_pages), out);
	g_string_append_printf(out, "%d\n", si->prio);
}

int proc_swaps(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	g_string_append(out, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	for (u32 type = 0; type < MAX_SWAPFILES; type++) {
		const struct swap_info_struct *si = KGET(fs->m->k->swap.info[type]);

		if (si)
			print_area(fs, si, out);
	}
	return 0;
}

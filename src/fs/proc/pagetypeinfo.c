/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pagetypeinfo: free blocks of each order by kind.  ULK's buddy system knows one kind, which
 * is shown as Unmovable: the kind of Linux's that promises nothing.
 */
#include "proc.h"

#define KIND "Unmovable"

static void print_zone(const struct zone *z, GString *out)
{
	g_string_append_printf(out, "Node %4d, zone %8s, type %12s ", 0, z->name, KIND);
	for (unsigned order = 0; order < MAX_ORDER; order++)
		g_string_append_printf(out, "%6u ", zone_free_blocks(z, order));
	g_string_append_c(out, '\n');
}

static void print_blocks(const struct zone *z, GString *out)
{
	u32 pages = 1u << (MAX_ORDER - 1);

	g_string_append_printf(out, "Node %d, zone %8s %12u \n", 0, z->name,
			       (z->spanned_pages + pages - 1) / pages);
}

int proc_pagetypeinfo(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct zone *zone = fs->m->k->zone;

	g_string_append_printf(out, "Page block order: %d\nPages per block:  %d\n\n", MAX_ORDER - 1,
			       1 << (MAX_ORDER - 1));
	g_string_append_printf(out, "%-43s ", "Free pages count per migrate type at order");
	for (unsigned order = 0; order < MAX_ORDER; order++)
		g_string_append_printf(out, "%6u ", order);
	g_string_append_c(out, '\n');
	for (unsigned i = 0; i < MAX_NR_ZONES; i++)
		if (zone[i].present_pages)
			print_zone(&zone[i], out);
	g_string_append_printf(out, "\n%-23s%12s \n", "Number of blocks type ", KIND);
	for (unsigned i = 0; i < MAX_NR_ZONES; i++)
		if (zone[i].present_pages)
			print_blocks(&zone[i], out);
	return 0;
}

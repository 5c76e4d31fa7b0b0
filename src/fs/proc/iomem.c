/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iomem: the BIOS memory map, and inside it where the kernel's image lies.
 */
#include "proc.h"

static void print_range(GString *out, const char *indent, u64 start, u64 end, const char *name)
{
	g_string_append_printf(out, "%s%08llx-%08llx : %s\n", indent, (unsigned long long)start,
			       (unsigned long long)end - 1, name);
}

int proc_iomem(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct e820_map *map = &fs->m->e820;
	u64 kernel = (u64)fs->m->k->kernel_start << PAGE_SHIFT;
	u64 kernel_end = (u64)fs->m->k->kernel_end << PAGE_SHIFT;

	for (unsigned i = 0; i < map->nr; i++) {
		const struct e820_entry *e = &map->entry[i];

		print_range(out, "", e->start, e->end, e->name);
		if (e->start <= kernel && kernel < e->end && kernel < kernel_end)
			print_range(out, "  ", kernel, MIN(kernel_end, e->end), "Kernel data");
	}
	return 0;
}

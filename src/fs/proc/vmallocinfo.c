/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmallocinfo: one line for each noncontiguous area, as today's Linux prints it; the guard
 * page counts in the range.  No area here has a caller to name.
 */
#include "mm/vmalloc.h"
#include "proc.h"

int proc_vmallocinfo(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct vm_struct *v = KGET(fs->m->k->vmlist);

	for (; v; v = KGET(v->next)) {
		g_string_append_printf(out, "0x%08x-0x%08x %7u", v->addr, v->addr + v->size,
				       v->size);
		if (v->nr_pages)
			g_string_append_printf(out, " pages=%u", v->nr_pages);
		g_string_append(out, v->flags & VM_ALLOC ? " vmalloc\n" : " vmap\n");
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words for a fault's questions and for the bits of its error code.
 */
#include "arch/paging.h"
#include "../ctl/names.h"
#include "trail.h"

/* How the values of a step are told; two directives at most. */
static const char *const step_values[NR_FAULT_STEPS] = {
	[FS_KERNEL_ADDRESS] = "address 0x%08x, TASK_SIZE 0x%08x",
	[FS_VMALLOC] = "error code 0x%x",
	[FS_ATOMIC] = "in_atomic %u, mm 0x%08x",
	[FS_FIND_VMA] = "0x%08x-0x%08x",
	[FS_IN_REGION] = "vm_start 0x%08x, address 0x%08x",
	[FS_ESP] = "address 0x%08x, esp 0x%08x",
	[FS_EXPAND] = "vm_start 0x%08x, RLIMIT_STACK 0x%x",
	[FS_SWAP_CACHE] = "area %u, slot 0x%x",
	[FS_SWAP_ALONE] = "%u entries hold it",
	[FS_IN_FILE] = "page %u, file of %u pages",
	[FS_CACHED] = "page %u",
	[FS_ZERO_PAGE] = "frame %05x",
	[FS_REUSE] = "frame %05x, mapcount %u",
};

/* These look at vm_flags first. */
static void print_flags(const struct fault_trail_step *s, GString *out)
{
	g_string_append(out, "vm_flags ");
	names_print(vm_flag_names, s->a, out);
	if (s->step == FS_RIGHTS)
		g_string_append_printf(out, ", error code 0x%x", s->b);
}

static bool shows_entry(u8 step)
{
	return step == FS_PRESENT || step == FS_PTE_NONE || step == FS_ENTRY_WRITABLE ||
	       step == FS_MASTER;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void print_values(const struct paging *pg, const struct fault_trail_step *s, GString *out)
{
	const char *format = step_values[s->step];

	if (s->step == FS_GROWSDOWN || s->step == FS_RIGHTS || s->step == FS_SHARED)
		print_flags(s, out);
	else if (shows_entry(s->step))
		g_string_append_printf(out, "entry 0x%0*llx", 2 * pg->entry_size,
				       (unsigned long long)s->b << 32 | s->a);
	else if (format && (s->step != FS_FIND_VMA || s->yes))
		g_string_append_printf(out, format, s->a, s->b);
}
#pragma GCC diagnostic pop

void trail_print(const struct paging *pg, const struct fault_trail *trail, const char *before,
		 GString *out)
{
	u32 nr = MIN(trail->nr, FAULT_TRAIL_MAX);

	for (u32 i = 0; i < nr; i++) {
		const struct fault_trail_step *s = &trail->step[i];
		gsize start;

		g_string_append_printf(out, "%s%-52s %-3s", before, fault_step_names[s->step],
				       s->yes ? "yes" : "no");
		start = out->len;
		g_string_append(out, "  ");
		print_values(pg, s, out);
		if (out->len == start + 2)
			g_string_truncate(out, s->yes ? start : start - 1);
	}
}

void error_code_print(u32 code, GString *out)
{
	const char *what = code & PF_ID ? "an instruction fetch" :
			   code & PF_W	? "a write" :
					  "a read";

	g_string_append_printf(out, "0x%x: %s in %s mode, %s%s", code, what,
			       code & PF_U ? "user" : "kernel",
			       code & PF_P ? "the entry forbids it" : "no page is present",
			       code & PF_RSVD ? ", a reserved bit is set" : "");
}

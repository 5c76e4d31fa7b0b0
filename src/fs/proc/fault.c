/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/fault: the last page fault of the process, what do_page_fault asked and decided.
 */
#include "../ctl/names.h"
#include "proc.h"
#include "trail.h"

static void print_region(const struct fault_record *r, GString *out)
{
	if (!r->vm_end) {
		g_string_append(out, "region:     none\n");
		return;
	}
	g_string_append_printf(out, "region:     %08x-%08x ", r->vm_start, r->vm_end);
	names_print(vm_flag_names, r->vm_flags, out);
	g_string_append(out, r->grew ? ", was grown\n" : "\n");
}

static void print_outcome(const struct fault_record *r, GString *out)
{
	const struct fault_branch_name *branch = &fault_branch_names[r->branch];

	g_string_append_printf(out, "branch:     %s: %s\n", branch->place, branch->words);
	if (r->branch == FB_VMALLOC)
		g_string_append_printf(out, "result:     directory entry copied, frame %05x\n",
				       r->pfn);
	else if (r->error)
		g_string_append_printf(out, "result:     %s\n", errno_name(-r->error));
	else
		g_string_append_printf(out, "result:     %s fault, frame %05x\n",
				       r->major ? "major" : "minor", r->pfn);
}

int proc_pid_fault(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct fault_record *r = &task->fault;

	if (!r->trail.nr) {
		g_string_append(out, "none\n");
		return 0;
	}
	g_string_append_printf(out, "address:    0x%08x\nerror code: ", r->address);
	error_code_print(r->error_code, out);
	g_string_append_printf(out, "\neip:        0x%08x\ntime:       %" G_GUINT64_FORMAT "\n",
			       r->eip, r->jiffies);
	print_region(r, out);
	g_string_append(out, "decision:");
	trail_print(fs->m->paging, &r->trail, "\n  ", out);
	g_string_append_c(out, '\n');
	print_outcome(r, out);
	return 0;
}

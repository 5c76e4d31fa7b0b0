/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * find_vma and its family, asked without leaving a trace: not even mmap_cache moves.
 * ULK ch. 9, "Memory Region Handling".
 */
#include <errno.h>

#include "../disk.h"
#include "../proc/path.h"
#include "look.h"

struct vm_area_struct *region_at(const struct ctl_call *call, u32 addr)
{
	struct mm_struct *mm = call_mm(call);
	struct vm_area_struct *vma = mm ? find_vma_quiet(mm, addr) : NULL;

	return vma && vma->vm_start <= addr ? vma : NULL;
}

void region_print(struct ctl_call *call, const struct vm_area_struct *vma, GString *out)
{
	const struct file *file = KGET(vma->vm_file);

	g_string_append_printf(out, "%08x-%08x ", vma->vm_start, vma->vm_end);
	if (file) {
		append_path(out, file_path(call->fs, file), "\n");
		g_string_append_c(out, ' ');
	}
	names_print(vm_flag_names, vma->vm_flags, out);
}

static int reply_range(struct ctl_call *call, const struct vm_area_struct *vma)
{
	if (vma)
		g_string_append_printf(call->reply, "0x%08x-0x%08x", vma->vm_start, vma->vm_end);
	else
		g_string_append(call->reply, "none");
	return 0;
}

static int ctl_find_vma(struct ctl_call *call)
{
	return reply_range(call, find_vma_quiet(call_mm(call), call->arg[0].value));
}

static struct vm_area_struct *last_region(const struct mm_struct *mm)
{
	struct rb_node *last = rb_last(&mm->mm_rb);

	return last ? rb_entry(last, struct vm_area_struct, vm_rb) : NULL;
}

static int ctl_find_vma_prev(struct ctl_call *call)
{
	struct mm_struct *mm = call_mm(call);
	struct vm_area_struct *vma = find_vma_quiet(mm, call->arg[0].value);

	reply_range(call, vma);
	g_string_append(call->reply, "\n\tprev ");
	return reply_range(call, vma ? KGET(vma->vm_prev) : last_region(mm));
}

static int ctl_find_vma_intersection(struct ctl_call *call)
{
	u32 start = call->arg[0].value, end = call->arg[1].value;
	struct vm_area_struct *vma = find_vma_quiet(call_mm(call), start);

	if (end <= start)
		return ctl_fail(call, -EINVAL, "END must be above START");
	return reply_range(call, vma && vma->vm_start < end ? vma : NULL);
}

static int ctl_get_unmapped_area(struct ctl_call *call)
{
	u64 len = PAGE_ALIGN(call->arg[0].value);
	s64 start;

	if (!len)
		return ctl_fail(call, -EINVAL, "length is 0");
	if (len > TASK_SIZE)
		return ctl_fail(call, -ENOMEM, "length is larger than the address space");
	start = get_unmapped_area(call->task, call->arg[1].value, (u32)len, 0);
	if (start < 0)
		return reply_range(call, NULL);
	g_string_printf(call->reply, "0x%08x-0x%08x", (u32)start, (u32)(start + (s64)len));
	return 0;
}

/* clang-format off */
const struct ctl_command ctl_look_commands[] = {
	{ "find_vma", "ADDR", ctl_find_vma,
	  "the first region that ends above ADDR -> START-END", "" },
	{ "find_vma_prev", "ADDR", ctl_find_vma_prev,
	  "the same, and the region before it", "" },
	{ "find_vma_intersection", "START END", ctl_find_vma_intersection,
	  "the first region that meets the range -> START-END",
	  "EINVAL END is not above START" },
	{ "get_unmapped_area", "LEN [ADDR]", ctl_get_unmapped_area,
	  "the hole that mmap would take -> START-END",
	  "EINVAL length 0\n"
	  "ENOMEM length above 0xc0000000" },
	{ "translate", "ADDR", ctl_translate,
	  "each step of the page walk -> physical address", "", .no_mm = true },
	{ "explain", "ADDR r|w|x", ctl_explain,
	  "what that access would do now: each decision of do_page_fault", "", .no_mm = true },
	{}
};
/* clang-format on */

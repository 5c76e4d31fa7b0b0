/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/mm: the memory descriptor field by field with ULK's names, then each region in
 * address order with its place in the red-black tree.  The addresses in front are where
 * the structs lie: readable through kmem.
 */
#include "../ctl/names.h"
#include "../disk.h"
#include "path.h"
#include "proc.h"

static void put_address(GString *out, const char *name, u32 value)
{
	g_string_append_printf(out, "%-17s 0x%08x\n", name, value);
}

static void put_number(GString *out, const char *name, s64 value)
{
	g_string_append_printf(out, "%-17s %" G_GINT64_FORMAT "\n", name, value);
}

static void print_links(const struct mm_struct *mm, GString *out)
{
	put_address(out, "mmap", mm->mmap.va);
	put_address(out, "mm_rb", mm->mm_rb.node);
	put_address(out, "mmap_cache", mm->mmap_cache.va);
	g_string_append_printf(out, "%-17s %s\n", "layout",
			       mm->layout == LAYOUT_LEGACY ? "legacy" : "flex");
	put_address(out, "mmap_base", mm->mmap_base);
	put_address(out, "pgd", mm->pgd);
	put_number(out, "mm_users", mm->mm_users);
	put_number(out, "mm_count", mm->mm_count);
	put_number(out, "map_count", mm->map_count);
}

static void print_places(const struct mm_struct *mm, GString *out)
{
	put_address(out, "start_code", mm->start_code);
	put_address(out, "end_code", mm->end_code);
	put_address(out, "start_data", mm->start_data);
	put_address(out, "end_data", mm->end_data);
	put_address(out, "start_brk", mm->start_brk);
	put_address(out, "brk", mm->brk);
	put_address(out, "start_stack", mm->start_stack);
	put_address(out, "arg_start", mm->arg_start);
	put_address(out, "arg_end", mm->arg_end);
	put_address(out, "env_start", mm->env_start);
	put_address(out, "env_end", mm->env_end);
}

/* Pages, but for nr_ptes. */
static void print_counts(const struct mm_struct *mm, GString *out)
{
	put_number(out, "rss", get_mm_rss(mm));
	put_number(out, "file_rss", mm->rss_stat[MM_FILEPAGES]);
	put_number(out, "anon_rss", mm->rss_stat[MM_ANONPAGES]);
	put_number(out, "shmem_rss", mm->rss_stat[MM_SHMEMPAGES]);
	put_number(out, "swapents", mm->rss_stat[MM_SWAPENTS]);
	put_number(out, "hiwater_rss", mm->hiwater_rss);
	put_number(out, "hiwater_vm", mm->hiwater_vm);
	put_number(out, "total_vm", mm->total_vm);
	put_number(out, "locked_vm", mm->locked_vm);
	put_number(out, "data_vm", mm->data_vm);
	put_number(out, "exec_vm", mm->exec_vm);
	put_number(out, "stack_vm", mm->stack_vm);
	put_number(out, "nr_ptes", mm->nr_ptes);
}

static void print_rest(const struct mm_struct *mm, GString *out)
{
	g_string_append_printf(out, "%-17s ", "def_flags");
	names_print(vm_flag_names, mm->def_flags, out);
	g_string_append_c(out, '\n');
	put_number(out, "read_implies_exec", mm->read_implies_exec);
	g_string_append_printf(out, "%-17s 0x%x\n", "cpu_vm_mask", mm->cpu_vm_mask);
	put_address(out, "exe_file", mm->exe_file.va);
	g_string_append_printf(out, "%-17s", "saved_auxv");
	for (u32 i = 0; i < AT_VECTOR_SIZE && mm->saved_auxv[i & ~1u]; i++)
		g_string_append_printf(out, i & 1 ? "=0x%x" : " %u", mm->saved_auxv[i]);
	g_string_append_c(out, '\n');
}

static u32 depth_of(const struct rb_node *n)
{
	u32 depth = 0;

	while ((n = rb_parent(n)))
		depth++;
	return depth;
}

static void print_region(struct aspacefs *fs, const struct vm_area_struct *vma, GString *out)
{
	const struct file *file = KGET(vma->vm_file);

	g_string_append_printf(out, "%08x-%08x at 0x%08x depth %u %s gap 0x%x anon_vma 0x%08x ",
			       vma->vm_start, vma->vm_end, kva_of(vma), depth_of(&vma->vm_rb),
			       rb_is_black(&vma->vm_rb) ? "black" : "red", vma->rb_subtree_gap,
			       vma->anon_vma.va);
	g_string_append_printf(out, "pgoff 0x%x flags ", vma->vm_pgoff);
	names_print(vm_flag_names, vma->vm_flags, out);
	if (file) {
		g_string_append(out, " file ");
		append_path(out, file_path(fs, file), "\n");
	}
	g_string_append_c(out, '\n');
}

/* A kernel thread: the mm whose tables it has been lent, while it runs. */
static int print_borrowed(const struct task_struct *task, GString *out)
{
	const struct mm_struct *lent = KGET(task->active_mm);

	if (task->state == TASK_ZOMBIE)
		return 0;
	put_address(out, "mm", 0);
	put_address(out, "active_mm", task->active_mm.va);
	if (!lent)
		return 0;
	put_address(out, "pgd", lent->pgd);
	put_number(out, "mm_users", lent->mm_users);
	put_number(out, "mm_count", lent->mm_count);
	return 0;
}

int proc_pid_mm(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct mm_struct *mm = KGET(task->mm);

	if (!mm)
		return print_borrowed(task, out);
	g_string_append_printf(out, "mm_struct at 0x%08x\n", kva_of(mm));
	print_links(mm, out);
	print_places(mm, out);
	print_counts(mm, out);
	print_rest(mm, out);
	g_string_append(out, "\nvm_area_struct in address order; depth in the tree, largest gap"
			     " below\n");
	for (const struct vm_area_struct *vma = KGET(mm->mmap); vma; vma = KGET(vma->vm_next))
		print_region(fs, vma, out);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links to files: PID/exe, cwd, root; the entries of PID/fd and PID/map_files.
 *
 * A link leads to the file below files/, relative to where it stands, so that it can be
 * followed wherever the file system is mounted.  What has no name there (shared memory) is named
 * as maps does.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../disk.h"
#include "links.h"
#include "proc.h"

/* @up: "../" for each folder between the link and files/. */
static void append_file(struct aspacefs *fs, const struct file *file, const char *up, GString *out)
{
	const char *path = file_path(fs, file);

	if (file_inode(file)->i_data.a_ops == AOPS_SHMEM)
		g_string_append(out, path);
	else
		g_string_append_printf(out, "%sfiles%s", up, path);
}

int proc_pid_exe(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct mm_struct *mm = KGET(task->mm);

	if (!mm || KNULL(mm->exe_file))
		return -ENOENT;
	append_file(fs, KGET(mm->exe_file), "../", out);
	return 0;
}

int proc_pid_root(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	g_string_append(out, "../files");
	return 0;
}

/* ---- fd: the number is the descriptor ---- */

static const struct file *open_file(const struct task_struct *task, u32 fd)
{
	const struct files_struct *files = KGET(task->files);

	return files && fd < NR_OPEN ? KGET(files->fd[fd]) : NULL;
}

static int fd_show(struct aspacefs *fs, const struct node *node, GString *out)
{
	const struct file *file = open_file(node->task, node->index);

	if (!file)
		return -ENOENT;
	append_file(fs, file, "../../", out);
	return 0;
}

static bool fd_next(struct aspacefs *fs, const struct node *dir, u32 from, u32 *ret_index,
		    char ret_name[NODE_NAME_MAX])
{
	while (from < NR_OPEN && !open_file(dir->task, from))
		from++;
	if (from >= NR_OPEN)
		return false;
	*ret_index = from;
	g_snprintf(ret_name, NODE_NAME_MAX, "%u", from);
	return true;
}

static bool number_find(const struct node *dir, const char *name, u32 *ret_index)
{
	return sscanf(name, "%9u", ret_index) == 1;
}

static const struct node_row fd_row = {
	.name = "FD", .kind = NODE_LINK, .mode = 0700, .show_node = fd_show, .owner_only = true
};

const struct node_names fd_names = { &fd_row, fd_next, number_find };

/* ---- map_files: the number is the region's first page ---- */

static const struct vm_area_struct *mapped_region(const struct task_struct *task, u32 addr)
{
	const struct mm_struct *mm = KGET(task->mm);
	const struct vm_area_struct *vma = mm ? find_vma_quiet(mm, addr) : NULL;

	if (vma && vma->vm_start < addr)
		vma = KGET(vma->vm_next);
	while (vma && KNULL(vma->vm_file))
		vma = KGET(vma->vm_next);
	return vma;
}

static int map_file_show(struct aspacefs *fs, const struct node *node, GString *out)
{
	u32 addr = node->index << PAGE_SHIFT;
	const struct vm_area_struct *vma = mapped_region(node->task, addr);

	if (!vma || vma->vm_start != addr)
		return -ENOENT;
	append_file(fs, KGET(vma->vm_file), "../../", out);
	return 0;
}

static bool map_file_next(struct aspacefs *fs, const struct node *dir, u32 from, u32 *ret_index,
			  char ret_name[NODE_NAME_MAX])
{
	const struct vm_area_struct *vma = NULL;

	if (from < TASK_SIZE >> PAGE_SHIFT)
		vma = mapped_region(dir->task, from << PAGE_SHIFT);
	if (!vma)
		return false;
	*ret_index = vma->vm_start >> PAGE_SHIFT;
	g_snprintf(ret_name, NODE_NAME_MAX, "%x-%x", vma->vm_start, vma->vm_end);
	return true;
}

static bool map_file_find(const struct node *dir, const char *name, u32 *ret_index)
{
	u32 start;

	if (sscanf(name, "%8x", &start) != 1)
		return false;
	*ret_index = start >> PAGE_SHIFT;
	return true;
}

static const struct node_row map_file_row = {
	.name = "START-END",
	.kind = NODE_LINK,
	.mode = 0700,
	.show_node = map_file_show,
	.owner_only = true,
};

const struct node_names map_files_names = { &map_file_row, map_file_next, map_file_find };

/* ---- task: one thread, the process ---- */

static bool task_next(struct aspacefs *fs, const struct node *dir, u32 from, u32 *ret_index,
		      char ret_name[NODE_NAME_MAX])
{
	if (from > dir->task->pid)
		return false;
	*ret_index = dir->task->pid;
	g_snprintf(ret_name, NODE_NAME_MAX, "%u", dir->task->pid);
	return true;
}

static const struct node_row task_row = {
	.name = "TID", .kind = NODE_TASK, .mode = 0555, .children = pid_rows
};

const struct node_names task_names = { &task_row, task_next, number_find };

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of open descriptors of a process.  ULK ch. 12, "Files Associated with a Process".
 *
 * Each task has its own; fork copies it with a reference on each file.  It is made when
 * the first file is opened, since most simulated processes never open one.
 * Numbers start at 3: a shell has already opened 0, 1 and 2.
 */
#include <errno.h>
#include <string.h>

#include "process.h"

#define FIRST_FD 3u

static struct files_struct *files_of(struct task_struct *task)
{
	struct files_struct *files = KGET(task->files);

	if (files)
		return files;
	files = kzalloc(machine_of(task), sizeof(*files), GFP_KERNEL);
	if (!files)
		return NULL;
	files->count = 1;
	KSET(task->files, files);
	return files;
}

int fd_install(struct task_struct *task, struct file *file)
{
	struct files_struct *files = files_of(task);

	if (!files)
		return -ENOMEM;
	for (u32 fd = FIRST_FD; fd < NR_OPEN; fd++) {
		if (!KNULL(files->fd[fd]))
			continue;
		KSET(files->fd[fd], file);
		return (int)fd;
	}
	return -EMFILE;
}

int sys_close(struct task_struct *task, u32 fd)
{
	struct files_struct *files = KGET(task->files);
	struct file *file;

	if (!files || fd >= NR_OPEN || KNULL(files->fd[fd]))
		return -EBADF;
	file = KGET(files->fd[fd]);
	KSET(files->fd[fd], NULL);
	fput(file);
	return 0;
}

struct file *fget(struct task_struct *task, u32 fd)
{
	struct files_struct *files = KGET(task->files);

	if (!files || fd >= NR_OPEN || KNULL(files->fd[fd]))
		return NULL;
	return get_file(KGET(files->fd[fd]));
}

int copy_files(struct task_struct *task, struct task_struct *parent)
{
	struct files_struct *old = KGET(parent->files), *files;

	if (!old)
		return 0;
	files = kmalloc(machine_of(task), sizeof(*files), GFP_KERNEL);
	if (!files)
		return -ENOMEM;
	*files = *old;
	files->count = 1;
	for (u32 fd = 0; fd < NR_OPEN; fd++)
		if (!KNULL(files->fd[fd]))
			get_file(KGET(files->fd[fd]));
	KSET(task->files, files);
	return 0;
}

void exit_files(struct task_struct *task)
{
	struct files_struct *files = KGET(task->files);

	if (!files)
		return;
	KSET(task->files, NULL);
	for (u32 fd = 0; fd < NR_OPEN; fd++)
		fput(KGET(files->fd[fd]));
	kfree(files);
}

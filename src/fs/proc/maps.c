/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/maps, as a 64-bit Linux prints it for a 32-bit process:
 *
 *   08048000-08049000 r--p 00000000 fe:00 5316825                            /init
 *
 * Names begin at column 73 or one blank behind what is longer.  Lines are written by
 * hand: a process may have 65531 of them.
 */
#include "../disk.h"
#include "hex.h"
#include "maps.h"
#include "path.h"
#include "proc.h"

#define NAME_COLUMN 72 /* behind it comes one more blank */
#define LINE_ROOM 160 /* a line without its name */

/* today: as fs/proc/task_mmu.c tells them; a region with a file has the file's name. */
static bool is_heap(const struct mm_struct *mm, const struct vm_area_struct *vma)
{
	return vma->vm_start < mm->brk && vma->vm_end > mm->start_brk;
}

static bool is_stack(const struct mm_struct *mm, const struct vm_area_struct *vma)
{
	return vma->vm_start <= mm->start_stack && vma->vm_end >= mm->start_stack;
}

const char *maps_name(struct aspacefs *fs, const struct vm_area_struct *vma)
{
	const struct mm_struct *mm = KGET(vma->vm_mm);

	if (!KNULL(vma->vm_file))
		return file_path(fs, KGET(vma->vm_file));
	if (is_heap(mm, vma))
		return "[heap]";
	return is_stack(mm, vma) ? "[stack]" : NULL;
}

static char *put_rights(char *p, u32 vm_flags)
{
	*p++ = vm_flags & VM_READ ? 'r' : '-';
	*p++ = vm_flags & VM_WRITE ? 'w' : '-';
	*p++ = vm_flags & VM_EXEC ? 'x' : '-';
	*p++ = vm_flags & VM_MAYSHARE ? 's' : 'p';
	return p;
}

/* Offset, device and inode: zeros where there is no file. */
static char *put_file(char *p, const struct vm_area_struct *vma)
{
	const struct file *file = KGET(vma->vm_file);
	const struct inode *inode = file ? file_inode(file) : NULL;
	u32 dev = inode ? inode->i_dev : 0;

	p = put_hex_min(p, inode ? (u64)vma->vm_pgoff << PAGE_SHIFT : 0, 8);
	*p++ = ' ';
	p = put_hex_min(p, dev >> 20, 2);
	*p++ = ':';
	p = put_hex_min(p, dev & 0xfffff, 2);
	*p++ = ' ';
	return put_dec(p, inode ? inode->i_ino : 0);
}

void maps_print(struct aspacefs *fs, const struct vm_area_struct *vma, GString *out)
{
	const char *name = maps_name(fs, vma);
	char line[LINE_ROOM], *p = line;

	p = put_hex(p, vma->vm_start, 8);
	*p++ = '-';
	p = put_hex(p, vma->vm_end, 8);
	*p++ = ' ';
	p = put_rights(p, vma->vm_flags);
	*p++ = ' ';
	p = put_file(p, vma);
	*p++ = ' ';
	if (name) {
		p = put_blanks(p, line, NAME_COLUMN);
		*p++ = ' ';
	}
	g_string_append_len(out, line, p - line);
	if (name)
		append_path(out, name, "\n");
	g_string_append_c(out, '\n');
}

int proc_pid_maps(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct mm_struct *mm = KGET(task->mm);
	const struct vm_area_struct *vma = mm ? KGET(mm->mmap) : NULL;

	for (; vma; vma = KGET(vma->vm_next))
		maps_print(fs, vma, out);
	return 0;
}

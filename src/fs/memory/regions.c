/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/regions: one file for each memory region, named START-END as in maps; the links heap
 * and stack.
 *
 * The names come and go with the regions.  An open one is a window on the addresses
 * of its name, whatever becomes of the region: its bytes are those of mem there.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"

/* ---- names ---- */

static const char digits[] = "0123456789abcdef";

static void put_address(char *p, u32 addr)
{
	for (int i = 7; i >= 0; i--, addr >>= 4)
		p[i] = digits[addr & 15];
}

void region_name(char *name, u32 start, u32 end)
{
	put_address(name, start);
	name[8] = '-';
	put_address(name + 9, end);
	name[17] = '\0';
}

static bool get_address(const char *p, u32 *ret)
{
	*ret = 0;
	for (int i = 0; i < 8; i++) {
		const char *digit = p[i] ? strchr(digits, p[i]) : NULL;

		if (!digit)
			return false;
		*ret = *ret << 4 | (u32)(digit - digits);
	}
	return true;
}

int region_lookup(struct task_struct *task, const char *name, u32 *ret_start, u32 *ret_end)
{
	u32 start, end, there, there_end;

	if (strlen(name) != 17 || name[8] != '-' || !get_address(name, &start) ||
	    !get_address(name + 9, &end))
		return -ENOENT;
	if (!region_next(task, start, &there, &there_end) || there != start || there_end != end)
		return -ENOENT;
	*ret_start = start;
	*ret_end = end;
	return 0;
}

bool region_next(struct task_struct *task, u32 addr, u32 *ret_start, u32 *ret_end)
{
	struct mm_struct *mm = KGET(task->mm);
	struct vm_area_struct *vma = mm ? find_vma_quiet(mm, addr) : NULL;

	if (!vma)
		return false;
	*ret_start = vma->vm_start;
	*ret_end = vma->vm_end;
	return true;
}

/* ---- the bytes ---- */

static u64 region_size(struct aspacefs *fs, const struct node *node)
{
	return node->end - node->start;
}

static u64 region_blocks(struct aspacefs *fs, const struct node *node)
{
	return mem_blocks(fs, node->task, node->start, node->end);
}

static size_t clip(const struct node *node, u64 off, size_t len)
{
	u64 room = node->end - node->start - off;

	return len < room ? len : room;
}

static ssize_t region_read(struct aspacefs *fs, const struct node *node, void *buf, size_t len,
			   u64 off)
{
	if (off >= region_size(fs, node))
		return 0;
	return mem_access(fs, node->task, node->start + (u32)off, buf, clip(node, off, len),
			  ACCESS_READ);
}

static ssize_t region_write(struct aspacefs *fs, const struct node *node, const void *buf,
			    size_t len, u64 off)
{
	if (off >= region_size(fs, node))
		return -EFAULT;
	return mem_access(fs, node->task, node->start + (u32)off, (void *)(uintptr_t)buf,
			  clip(node, off, len), ACCESS_WRITE);
}

static s64 region_seek(struct aspacefs *fs, const struct node *node, u64 off, int whence)
{
	s64 addr;

	if (off >= region_size(fs, node))
		return -ENXIO;
	addr = mem_seek(node->task, node->start + (u32)off, node->end, whence);
	return addr < 0 ? addr : addr - node->start;
}

const struct node_bytes region_bytes = {
	.size = region_size,
	.blocks = region_blocks,
	.read = region_read,
	.write = region_write,
	.seek = region_seek,
};

const struct node_row region_row = {
	.name = "START-END",
	.kind = NODE_REGION,
	.mode = 0600,
	.bytes = &region_bytes,
	.owner_only = true,
};

/* ---- heap and stack ---- */

static int show_region(const struct vm_area_struct *vma, GString *out)
{
	char name[18];

	if (!vma)
		return -ENOENT;
	region_name(name, vma->vm_start, vma->vm_end);
	g_string_append(out, name);
	return 0;
}

/* today: the first region that overlaps the heap, or holds its start while it is empty. */
static int heap_show(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	struct mm_struct *mm = KGET(task->mm);
	struct vm_area_struct *vma = mm ? find_vma_quiet(mm, mm->start_brk) : NULL;
	u32 end = mm && mm->brk > mm->start_brk ? mm->brk : mm ? mm->start_brk + 1 : 0;

	return show_region(vma && vma->vm_start < end ? vma : NULL, out);
}

static int stack_show(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	struct mm_struct *mm = KGET(task->mm);
	struct vm_area_struct *vma = mm ? find_vma_quiet(mm, mm->start_stack) : NULL;

	return show_region(vma && vma->vm_start <= mm->start_stack ? vma : NULL, out);
}

const struct node_row region_links[] = {
	{ .name = "heap", .kind = NODE_LINK, .mode = 0777, .show = heap_show },
	{ .name = "stack", .kind = NODE_LINK, .mode = 0777, .show = stack_show },
	{ .name = NULL },
};

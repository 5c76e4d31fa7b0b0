/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/mem: the address space, offset = linear address.  PID/pgd: the page directory in RAM.
 *
 * A read of mem is a user-mode load, a write a user-mode store: the process is put on its CPU and
 * mm/access.c does the rest.  What a range meets before a bad page is done and reported
 * as a short transfer; the errno comes on the next call.
 *
 * Only looking (st_blocks, SEEK_DATA, SEEK_HOLE) changes nothing: no fault, no TLB entry.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../fatal.h"
#include "memory.h"
#include "mm/access.h"
#include "mm/pgtable.h"

/* ---- loads and stores ---- */

ssize_t mem_access(struct aspacefs *fs, struct task_struct *task, u32 addr, void *buf, size_t len,
		   enum access access)
{
	u32 done;
	int error;

	assert((u64)addr + len <= TASK_SIZE);
	if (KNULL(task->mm))
		return -ESRCH;
	cpu_enter(fs->m, task->cpu);
	machine_tick(fs->m);
	run_task(fs->m, task);
	error = access_process_vm(fs->m, task, addr, buf, (u32)len, access,
				  FAULT_USER | FAULT_NO_ESP, &done);
	if (error && !done)
		fatal_access(fs, task, error);
	oom_deliver(fs->m);
	return done ? (ssize_t)done : error;
}

static size_t clip(u64 off, size_t len)
{
	return len < TASK_SIZE - off ? len : TASK_SIZE - off;
}

static ssize_t mem_read(struct aspacefs *fs, const struct node *node, void *buf, size_t len,
			u64 off)
{
	if (off >= TASK_SIZE)
		return 0;
	return mem_access(fs, node->task, (u32)off, buf, clip(off, len), ACCESS_READ);
}

static ssize_t mem_write(struct aspacefs *fs, const struct node *node, const void *buf, size_t len,
			 u64 off)
{
	if (off >= TASK_SIZE)
		return -EFAULT;
	return mem_access(fs, node->task, (u32)off, (void *)(uintptr_t)buf, clip(off, len),
			  ACCESS_WRITE);
}

static u64 mem_size(struct aspacefs *fs, const struct node *node)
{
	return TASK_SIZE;
}

/* ---- what is resident, or swapped out: tar -S takes a file without blocks for empty ---- */

static bool entry_resident(const struct machine *m, pte_t e)
{
	return pte_is_swap(e) || (pte_present(e) && vm_normal_page(m, e));
}

/* Resident pages of [@start, @end), which one page table serves. */
static u64 table_resident(const struct machine *m, const u8 *ptep, u32 start, u64 end)
{
	u64 pages = 0;

	for (u64 addr = start; addr < end; addr += PAGE_SIZE, ptep += m->paging->entry_size)
		pages += entry_resident(m, pte_get(m->paging, ptep));
	return pages;
}

u64 mem_blocks(struct aspacefs *fs, struct task_struct *task, u32 start, u32 end)
{
	struct mm_struct *mm = KGET(task->mm);
	u64 span = 1ull << fs->m->paging->dir_shift, next, pages = 0;

	for (u64 addr = start; mm && addr < end; addr = next) {
		const void *ptep = pte_lookup(mm, (u32)addr);

		next = (addr | (span - 1)) + 1;
		if (ptep)
			pages += table_resident(fs->m, ptep, (u32)addr, MIN(next, end));
	}
	return pages * (PAGE_SIZE / 512);
}

static u64 mem_all_blocks(struct aspacefs *fs, const struct node *node)
{
	const struct mm_struct *mm = KGET(node->task->mm);

	return mm ? (u64)(get_mm_rss(mm) + (u32)mm->rss_stat[MM_SWAPENTS]) * (PAGE_SIZE / 512) : 0;
}

/* ---- what can be read ---- */

/* The end of what can be read of a region: its own, or its file's.  Start when nothing can. */
static u32 readable_end(const struct vm_area_struct *vma)
{
	const struct file *file = KGET(vma->vm_file);
	u64 pages;

	if (!(vma->vm_flags & VM_RWX))
		return vma->vm_start;
	if (!file)
		return vma->vm_end;
	pages = PAGE_ALIGN(file_inode(file)->i_size) >> PAGE_SHIFT;
	if (pages <= vma->vm_pgoff)
		return vma->vm_start;
	pages -= vma->vm_pgoff;
	return pages < vma_pages(vma) ? vma->vm_start + ((u32)pages << PAGE_SHIFT) : vma->vm_end;
}

/* The first readable stretch that ends above @addr; false: none. */
static bool next_readable(struct mm_struct *mm, u32 addr, u32 *ret_start, u32 *ret_end)
{
	struct vm_area_struct *vma = mm ? find_vma_quiet(mm, addr) : NULL;

	for (; vma; vma = KGET(vma->vm_next)) {
		*ret_start = vma->vm_start;
		*ret_end = readable_end(vma);
		if (*ret_end > addr)
			return true;
	}
	return false;
}

s64 mem_seek(struct task_struct *task, u32 addr, u32 end, int whence)
{
	struct mm_struct *mm = KGET(task->mm);
	u32 start, stop;

	if (whence == SEEK_DATA) {
		if (!next_readable(mm, addr, &start, &stop) || start >= end)
			return -ENXIO;
		return MAX(start, addr);
	}
	while (addr < end && next_readable(mm, addr, &start, &stop) && start <= addr)
		addr = stop;
	return MIN(addr, end);
}

static s64 mem_seek_all(struct aspacefs *fs, const struct node *node, u64 off, int whence)
{
	return off < TASK_SIZE ? mem_seek(node->task, (u32)off, TASK_SIZE, whence) : -ENXIO;
}

const struct node_bytes mem_bytes = {
	.size = mem_size,
	.blocks = mem_all_blocks,
	.read = mem_read,
	.write = mem_write,
	.seek = mem_seek_all,
};

/* ---- pgd ---- */

/* Two levels: the page directory.  PAE: the four, one after the other. */
static u64 pgd_size(struct aspacefs *fs, const struct node *node)
{
	return fs->m->paging->pae ? 4 * PAGE_SIZE : PAGE_SIZE;
}

/* The directory that serves address @index GiB with PAE, all of it else; its host address. */
static const u8 *directory(const struct machine *m, struct mm_struct *mm, u32 index)
{
	const u8 *entry = dir_offset(mm, m->paging->pae ? index << 30 : 0);

	return entry - ((uintptr_t)entry & (PAGE_SIZE - 1));
}

static ssize_t pgd_read(struct aspacefs *fs, const struct node *node, void *buf, size_t len,
			u64 off)
{
	struct mm_struct *mm = KGET(node->task->mm);
	u64 size = pgd_size(fs, node);
	size_t done = 0;

	if (!mm)
		return -ESRCH;
	while (done < len && off < size) {
		u32 in = (u32)off & (PAGE_SIZE - 1);
		size_t part = MIN(len - done, PAGE_SIZE - in);

		memcpy((u8 *)buf + done, directory(fs->m, mm, (u32)(off >> PAGE_SHIFT)) + in, part);
		done += part;
		off += part;
	}
	return (ssize_t)done;
}

const struct node_bytes pgd_bytes = { .size = pgd_size, .read = pgd_read };

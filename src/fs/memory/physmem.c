/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * physmem: the simulated RAM, offset = physical address.  kmem: kernel linear addresses,
 * 0xC0000000 and up, through swapper_pg_dir.  ULK ch. 2, "Physical Memory Layout".
 *
 * Everything in RAM can be read.  A write may not break the machine: what mm/physical.h does
 * not let through is EPERM.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "mm/kasan.h"
#include "mm/physical.h"

/* ---- writing RAM ---- */

static ssize_t write_physical(struct machine *m, u64 pa, const void *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		u32 part = cpu_access_part((vaddr_t)pa, (u32)MIN(len - done, PAGE_SIZE));
		u32 run = physical_writable(m, pa, part);
		int error = run ? physical_store(m, pa, (const u8 *)buf + done, run) : -EPERM;

		if (error)
			return done ? (ssize_t)done : error;
		done += run;
		pa += run;
	}
	return (ssize_t)done;
}

/* ---- physmem ---- */

static u64 physmem_size(struct aspacefs *fs, const struct node *node)
{
	return fs->m->ram.size;
}

static ssize_t physmem_read(struct aspacefs *fs, const struct node *node, void *buf, size_t len,
			    u64 off)
{
	u64 size = fs->m->ram.size;

	if (off >= size)
		return 0;
	len = MIN(len, size - off);
	kasan_copy_raw(buf, ram_at(&fs->m->ram, off), len);
	return (ssize_t)len;
}

static ssize_t physmem_write(struct aspacefs *fs, const struct node *node, const void *buf,
			     size_t len, u64 off)
{
	if (off >= fs->m->ram.size)
		return -EFAULT;
	return write_physical(fs->m, off, buf, MIN(len, fs->m->ram.size - off));
}

const struct node_bytes physmem_bytes = {
	.size = physmem_size,
	.read = physmem_read,
	.write = physmem_write,
};

/* ---- kmem ---- */

#define KMEM_SIZE (1ull << 32)

/* The physical address behind kernel address @va, or -EFAULT.  Looks only. */
static int kernel_translate(const struct machine *m, u64 va, paddr_t *ret_pa)
{
	struct mmu_walk walk;
	paddr_t cr3 = m->k->init_mm.pgd - PAGE_OFFSET;

	if (va < PAGE_OFFSET || va >= KMEM_SIZE)
		return -EFAULT;
	mmu_walk(&m->ram, m->paging, cr3, (vaddr_t)va, &walk);
	if (!walk.mapped || walk.pa >= m->ram.size)
		return -EFAULT;
	*ret_pa = walk.pa;
	return 0;
}

static u64 kmem_size(struct aspacefs *fs, const struct node *node)
{
	return KMEM_SIZE;
}

static ssize_t kmem_read(struct aspacefs *fs, const struct node *node, void *buf, size_t len,
			 u64 off)
{
	struct machine *m = fs->m;
	size_t done = 0;

	while (done < len && off < KMEM_SIZE) {
		u32 part = cpu_access_part((vaddr_t)off, (u32)MIN(len - done, PAGE_SIZE));
		paddr_t pa;
		int error = kernel_translate(m, off, &pa);

		if (error)
			return done ? (ssize_t)done : error;
		kasan_copy_raw((u8 *)buf + done, ram_at(&m->ram, pa), part);
		done += part;
		off += part;
	}
	return (ssize_t)done;
}

static ssize_t kmem_write(struct aspacefs *fs, const struct node *node, const void *buf, size_t len,
			  u64 off)
{
	size_t done = 0;

	while (done < len) {
		u32 part = cpu_access_part((vaddr_t)off, (u32)MIN(len - done, PAGE_SIZE));
		paddr_t pa;
		ssize_t n = kernel_translate(fs->m, off, &pa);

		if (!n)
			n = write_physical(fs->m, pa, (const u8 *)buf + done, part);
		if (n < 0)
			return done ? (ssize_t)done : n;
		done += (size_t)n;
		off += (size_t)n;
		if (n < part)
			break;
	}
	return (ssize_t)done;
}

/* Mapped pages are data. */
static s64 kmem_seek(struct aspacefs *fs, const struct node *node, u64 off, int whence)
{
	bool want = whence == SEEK_DATA;
	paddr_t pa;

	if (off >= KMEM_SIZE)
		return -ENXIO;
	if (off < PAGE_OFFSET && !want)
		return (s64)off;
	off = MAX(off, PAGE_OFFSET);
	while (off < KMEM_SIZE && (kernel_translate(fs->m, off, &pa) == 0) != want)
		off = (off | (PAGE_SIZE - 1)) + 1;
	if (off == KMEM_SIZE && want)
		return -ENXIO;
	return (s64)off;
}

const struct node_bytes kmem_bytes = {
	.size = kmem_size,
	.read = kmem_read,
	.write = kmem_write,
	.seek = kmem_seek,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls that bench-core measures: see calls.h.
 */
#include "mm/exec.h"
#include "mm/filemap.h"
#include "mm/shm.h"

#include "bench.h"
#include "calls.h"
#include "host.h"
#include "world.h"

#define SHARED_PAGES 64u

/* A region of AREA bytes with all pages written. */
static u32 map_present(struct world *w)
{
	u32 addr = map(w, NULL, AREA, PROT_READ | PROT_WRITE);

	access_pages(w, w->task, addr, ACCESS_WRITE);
	return addr;
}

static double per_page(double start)
{
	return (now_ns() - start) / PAGES;
}

double mremap_page(void)
{
	struct world w = world_open();
	u32 addr = map_present(&w), to = map(&w, NULL, AREA, PROT_NONE);
	double start = now_ns(), ns;

	must(sys_mremap(w.task, addr, AREA, AREA, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	ns = per_page(start);
	world_close(&w);
	return ns;
}

double mincore_page(void)
{
	struct world w = world_open();
	u32 addr = map_present(&w);
	u8 *vec = malloc(PAGES);
	double start = now_ns(), ns;

	must(vec && !sys_mincore(w.task, addr, AREA, vec));
	ns = per_page(start);
	free(vec);
	world_close(&w);
	return ns;
}

double dontneed_page(void)
{
	struct world w = world_open();
	u32 addr = map_present(&w);
	double start = now_ns(), ns;

	must(!sys_madvise(w.task, addr, AREA, MADV_DONTNEED));
	ns = per_page(start);
	world_close(&w);
	return ns;
}

static double lock_pages(bool measure_unlock)
{
	struct world w = world_open();
	u32 addr = map(&w, NULL, AREA, PROT_READ | PROT_WRITE);
	double start, locked, end;

	w.task->rlim[RLIMIT_MEMLOCK] = RLIM_INFINITY;
	start = now_ns();
	must(!sys_mlock(w.task, addr, AREA, 0));
	locked = now_ns();
	must(!sys_munlock(w.task, addr, AREA));
	end = now_ns();
	world_close(&w);
	return (measure_unlock ? end - locked : locked - start) / PAGES;
}

double mlock_page(void)
{
	return lock_pages(false);
}

double munlock_page(void)
{
	return lock_pages(true);
}

/* @n processes lock the same pages of a file, then unlock them in turn: nanoseconds an entry. */
static double munlock_shared(u32 n)
{
	struct world w = world_open();
	u32 len = SHARED_PAGES * PAGE_SIZE, addr = map(&w, cached_file(&w), len, PROT_READ);
	struct task_struct **task = malloc(n * sizeof(struct task_struct *));
	double start, ns;

	must(task);
	for (u32 i = 0; i < n; i++) {
		task[i] = i ? fork_child(&w) : w.task;
		must(!sys_mlock(task[i], addr, len, 0));
	}
	start = now_ns();
	for (u32 i = 0; i < n; i++)
		must(!sys_munlock(task[i], addr, len));
	ns = (now_ns() - start) / n / SHARED_PAGES;
	free(task);
	world_close(&w);
	return ns;
}

double munlock_10(void)
{
	return munlock_shared(10);
}

double munlock_1000(void)
{
	return munlock_shared(1000);
}

static void run_program(struct world *w, struct file *program)
{
	struct task_struct *child = fork_child(w);

	must(!do_execve(child, program, "/init", NULL));
	do_exit(child, 0); /* process 1 does not wait for it: it is gone */
}

double exec_program(void)
{
	struct world w = world_open();
	struct file *program = initramfs_open(w.m);
	double start = now_ns(), ns;

	must(program);
	for (u32 i = 0; i < EXECS; i++)
		run_program(&w, program);
	ns = (now_ns() - start) / EXECS;
	fput(program);
	world_close(&w);
	return ns;
}

double shmat_pair(void)
{
	struct world w = world_open();
	s64 id = sys_shmget(w.task, IPC_PRIVATE_KEY, SHM_BYTES, 0600), addr;
	double start = now_ns(), ns;

	must(id >= 0);
	for (u32 i = 0; i < PAIRS; i++) {
		addr = sys_shmat(w.task, (u32)id, 0, 0);
		must(addr > 0 && !sys_shmdt(w.task, (u32)addr));
	}
	ns = (now_ns() - start) / PAIRS;
	world_close(&w);
	return ns;
}

double truncate_page(void)
{
	struct world w = world_open();
	struct file *file = cached_file(&w);
	double start, ns;

	access_pages(&w, w.task, map(&w, file, AREA, PROT_READ), ACCESS_READ);
	start = now_ns();
	vmtruncate(file_inode(file), 0);
	ns = per_page(start);
	world_close(&w);
	return ns;
}

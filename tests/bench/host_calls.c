// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host kernel's own system calls, on memory of the same size: see host.h.
 * With pages of 4 KiB: ours has no larger ones for processes.
 */
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "host.h"

#define PAGE 4096u

static uint8_t *small_pages(void)
{
	uint8_t *p = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(p != MAP_FAILED);
	madvise(p, AREA, MADV_NOHUGEPAGE);
	return p;
}

static void write_pages(uint8_t *p)
{
	for (size_t i = 0; i < AREA; i += PAGE)
		*(volatile uint8_t *)(p + i) = 1;
}

static void read_pages(const uint8_t *p)
{
	for (size_t i = 0; i < AREA; i += PAGE)
		(void)*(const volatile uint8_t *)(p + i);
}

static double per_page(double start)
{
	return (now_ns() - start) / PAGES;
}

double host_mremap_page(void)
{
	uint8_t *from = small_pages(), *to = small_pages();
	double start, ns;

	write_pages(from);
	start = now_ns();
	must(mremap(from, AREA, AREA, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	ns = per_page(start);
	munmap(to, AREA);
	return ns;
}

double host_mincore_page(void)
{
	uint8_t *p = small_pages(), *vec = malloc(PAGES);
	double start, ns;

	write_pages(p);
	start = now_ns();
	must(vec && !mincore(p, AREA, vec));
	ns = per_page(start);
	free(vec);
	munmap(p, AREA);
	return ns;
}

double host_dontneed_page(void)
{
	uint8_t *p = small_pages();
	double start, ns;

	write_pages(p);
	start = now_ns();
	must(!madvise(p, AREA, MADV_DONTNEED));
	ns = per_page(start);
	munmap(p, AREA);
	return ns;
}

static double host_lock(int measure_unlock)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	uint8_t *p = small_pages();
	double start, locked, end;

	setrlimit(RLIMIT_MEMLOCK, &limit);
	start = now_ns();
	if (mlock(p, AREA)) /* not ours to raise: what it does, short of locking */
		must(!madvise(p, AREA, MADV_POPULATE_WRITE));
	locked = now_ns();
	must(!munlock(p, AREA));
	end = now_ns();
	munmap(p, AREA);
	return (measure_unlock ? end - locked : locked - start) / PAGES;
}

double host_mlock_page(void)
{
	return host_lock(0);
}

double host_munlock_page(void)
{
	return host_lock(1);
}

/* The program bench-nothing beside this one. */
static const char *nothing_path(char path[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 32);
	char *slash;

	must(len > 0);
	path[len] = '\0';
	slash = strrchr(path, '/');
	must(slash);
	strcpy(slash + 1, "bench-nothing");
	return path;
}

double host_exec_program(void)
{
	char path[PATH_MAX], *argv[] = { path, NULL }, *envp[] = { NULL };
	double start;

	nothing_path(path);
	start = now_ns();
	for (unsigned i = 0; i < EXECS; i++) {
		int status;
		pid_t pid;

		must(!posix_spawn(&pid, path, NULL, NULL, argv, envp));
		must(waitpid(pid, &status, 0) == pid && !status);
	}
	return (now_ns() - start) / EXECS;
}

double host_shmat_pair(void)
{
	int id = shmget(IPC_PRIVATE, SHM_BYTES, 0600);
	double start, ns;

	must(id >= 0);
	start = now_ns();
	for (unsigned i = 0; i < PAIRS; i++) {
		void *p = shmat(id, NULL, 0);

		must(p != (void *)-1 && !shmdt(p));
	}
	ns = (now_ns() - start) / PAIRS;
	shmctl(id, IPC_RMID, NULL);
	return ns;
}

/* An unlinked file of AREA bytes, all in the page cache. */
static int cached_file(void)
{
	char path[] = "/tmp/bench-core.XXXXXX", page[PAGE] = { 1 };
	int fd = mkstemp(path);

	must(fd >= 0);
	unlink(path);
	for (unsigned i = 0; i < PAGES; i++)
		must(write(fd, page, PAGE) == PAGE);
	return fd;
}

static uint8_t *map_file(int fd)
{
	uint8_t *p = mmap(NULL, AREA, PROT_READ, MAP_PRIVATE, fd, 0);

	must(p != MAP_FAILED);
	return p;
}

double host_file_fault(void)
{
	int fd = cached_file();
	uint8_t *p = map_file(fd);
	double start = now_ns(), ns;

	read_pages(p);
	ns = per_page(start);
	munmap(p, AREA);
	close(fd);
	return ns;
}

double host_truncate_page(void)
{
	int fd = cached_file();
	uint8_t *p = map_file(fd);
	double start, ns;

	read_pages(p);
	start = now_ns();
	must(!ftruncate(fd, 0));
	ns = per_page(start);
	munmap(p, AREA);
	close(fd);
	return ns;
}

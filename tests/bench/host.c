// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the host's processor, memory and kernel need for the same work: see host.h.
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../lib/lcg.h"
#include "bench.h"
#include "host.h"

#define PAGE 4096u
#define PAGE_SHIFT 12
#define RAM_SIZE (1ul << 30)
#define HUGE_PAGE (2ul << 20)

/* Fresh host memory for huge pages. */
static uint8_t *host_area(size_t len)
{
	uint8_t *p = mmap(NULL, len + HUGE_PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *area;

	must(p != MAP_FAILED);
	area = (uint8_t *)(((uintptr_t)p + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1));
	if (area > p)
		munmap(p, (size_t)(area - p));
	munmap(area + len, (size_t)(p + HUGE_PAGE - area));
	madvise(area, len, MADV_HUGEPAGE);
	return area;
}

static __attribute__((noinline)) void clear_page(uint8_t *page)
{
	memset(page, 0, PAGE);
	__asm__ volatile("" : : "r"(page) : "memory");
}

static double clear_area(uint8_t *area)
{
	double start = now_ns();

	for (unsigned i = 0; i < PAGES; i++)
		clear_page(area + i * PAGE);
	return (now_ns() - start) / PAGES;
}

double clear_fresh(void)
{
	uint8_t *area = host_area(AREA);
	double ns = clear_area(area);

	munmap(area, AREA);
	return ns;
}

double clear_recycled(void)
{
	uint8_t *area = host_area(AREA);
	double ns;

	clear_area(area);
	ns = clear_area(area);
	munmap(area, AREA);
	return ns;
}

static __attribute__((noinline)) void copy_bytes(uint8_t *to, const uint8_t *from, size_t len)
{
	memcpy(to, from, len);
	__asm__ volatile("" : : "r"(to) : "memory");
}

double copy_page_limit(void)
{
	uint8_t *area = host_area(2 * AREA);
	double start, ns;

	memset(area, 1, 2 * AREA);
	start = now_ns();
	for (unsigned i = 0; i < PAGES; i++)
		copy_bytes(area + AREA + i * PAGE, area + i * PAGE, PAGE);
	ns = (now_ns() - start) / PAGES;
	munmap(area, 2 * AREA);
	return ns;
}

double copy_mebibyte(void)
{
	uint8_t *area = host_area(AREA), *buf = malloc(1u << 20);
	double start, ns;

	must(buf);
	memset(area, 1, AREA);
	start = now_ns();
	for (size_t i = 0; i < READ_MEBIBYTES; i++)
		copy_bytes(buf, area + ((i << 20) % AREA), 1u << 20);
	ns = (now_ns() - start) / READ_MEBIBYTES;
	free(buf);
	munmap(area, AREA);
	return ns;
}

#define WALK_BYTES (256u << 20)
#define WALK_LINE 64u
#define WALK_STEPS 200000u

/* Lines of memory in one random circle (Sattolo's shuffle). */
static uint8_t *make_walk(void)
{
	unsigned nr = WALK_BYTES / WALK_LINE, *order = malloc(nr * sizeof(*order));
	uint8_t *area = host_area(WALK_BYTES);
	uint64_t seed = 1;

	must(order);
	for (unsigned i = 0; i < nr; i++)
		order[i] = i;
	for (unsigned i = nr - 1; i > 0; i--) {
		unsigned j, t = order[i];

		j = lcg_next(&seed) % i;
		order[i] = order[j];
		order[j] = t;
	}
	for (unsigned i = 0; i < nr; i++)
		*(unsigned *)(area + (size_t)order[i] * WALK_LINE) = order[(i + 1) % nr];
	free(order);
	return area;
}

double dependent_load(void)
{
	static uint8_t *area;
	static unsigned at;
	double start;

	if (!area)
		area = make_walk();
	start = now_ns();
	for (unsigned i = 0; i < WALK_STEPS; i++)
		at = *(volatile unsigned *)(area + (size_t)at * WALK_LINE);
	return (now_ns() - start) / WALK_STEPS;
}

/* An entry and the descriptor of the frame it names, as small as they can be. */
struct frame_like {
	unsigned word[7];
	unsigned count;
};

static __attribute__((noinline)) void copy_and_count(unsigned *to, const unsigned *from,
						     struct frame_like *frames, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++) {
		to[i] = from[i];
		frames[from[i] >> PAGE_SHIFT].count++;
	}
}

/* In the caches it finds what a fork finds: the process has just written to all its pages. */
double copy_count_limit(void)
{
	unsigned *from = malloc(PAGES * sizeof(unsigned)), *to = malloc(PAGES * sizeof(unsigned));
	struct frame_like *frames = calloc(PAGES, sizeof(*frames));
	uint8_t *area = host_area(AREA);
	double start, ns;

	must(from && to && frames);
	for (unsigned i = 0; i < PAGES; i++)
		from[i] = i << PAGE_SHIFT | 7;
	copy_and_count(to, from, frames, PAGES);
	clear_area(area);
	for (unsigned i = 0; i < PAGES; i++) {
		*(volatile uint32_t *)(area + i * PAGE) = i;
		frames[i].word[0] = from[i];
	}
	start = now_ns();
	copy_and_count(to, from, frames, PAGES);
	ns = (now_ns() - start) / PAGES;
	munmap(area, AREA);
	free(from);
	free(to);
	free(frames);
	return ns;
}

/* As core.c's regions: of two side by side one may be written. */
static void *host_map(unsigned i)
{
	int prot = i & 1 ? PROT_READ | PROT_WRITE : PROT_READ;
	void *p = mmap(NULL, PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(p != MAP_FAILED);
	return p;
}

/* The same pairs as real system calls, with as many regions. */
static double host_pair(unsigned regions)
{
	void **region = malloc(regions * sizeof(*region));
	double start, ns;

	must(region);
	for (unsigned i = 0; i < regions; i++)
		region[i] = host_map(i);
	start = now_ns();
	for (unsigned i = 0; i < PAIRS; i++)
		munmap(host_map(regions), PAGE);
	ns = (now_ns() - start) / PAIRS;
	for (unsigned i = 0; i < regions; i++)
		munmap(region[i], PAGE);
	free(region);
	return ns;
}

double host_pair_many(void)
{
	return host_pair(MANY_REGIONS);
}

double host_pair_few(void)
{
	return host_pair(10);
}

double host_map_ram(void)
{
	double start = now_ns();
	void *p = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	must(p != MAP_FAILED);
	*(volatile uint8_t *)p = 1;
	munmap(p, RAM_SIZE);
	return now_ns() - start;
}

/* ---- a file ---- */

#define FILE_SIZE (AREA + (1u << 20))

int host_file(void)
{
	static int fd = -1;
	char name[] = "/tmp/bench-core.XXXXXX";
	uint8_t *buf;

	if (fd >= 0)
		return fd;
	fd = mkstemp(name);
	buf = calloc(1, FILE_SIZE);
	must(fd >= 0 && !unlink(name) && buf);
	must(write(fd, buf, FILE_SIZE) == FILE_SIZE);
	free(buf);
	return fd;
}

static double file_area(ssize_t (*move)(int fd, void *buf, size_t len, off_t pos))
{
	uint8_t *area = host_area(AREA);
	int fd = host_file();
	double start, ns;

	memset(area, 1, AREA);
	start = now_ns();
	for (size_t pos = 0; pos < AREA; pos += 1u << 20)
		must(move(fd, area + pos, 1u << 20, (off_t)pos) == 1 << 20);
	ns = (now_ns() - start) / PAGES;
	munmap(area, AREA);
	return ns;
}

static ssize_t write_part(int fd, void *buf, size_t len, off_t pos)
{
	return pwrite(fd, buf, len, pos);
}

double host_file_write(void)
{
	return file_area(write_part);
}

double host_file_read(void)
{
	return file_area(pread);
}

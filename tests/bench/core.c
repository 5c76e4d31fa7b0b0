// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory manager's own speed, without a mount: each operation beside the machine's limit
 * for it, which this program measures in the same run.
 *
 *	bench-core [WORD]...		only lines whose name contains one of the words
 *
 * Build it optimised, as is the default (buildtype debugoptimized).
 *
 *   clear 4 KiB      memset of a page, over fresh huge pages or over memory used before
 *   dependent load   a step of a random walk through 256 MiB
 *   host's pair      the same mmap and munmap of this very process, with as many regions
 *   copy and count   copying a 4-byte entry and adding 1 to a 32-byte descriptor
 *   host's           the same system call of this very process, on memory of the same size
 */
#include "mm/access.h"
#include "mm/filemap.h"

#include "bench.h"
#include "calls.h"
#include "host.h"
#include "reclaim.h"
#include "world.h"

#define LOOKUPS 65536u

/* ---- page faults ---- */

static double write_fault_fresh(void)
{
	struct world w = world_open();
	double ns =
		access_pages(&w, w.task, map(&w, NULL, AREA, PROT_READ | PROT_WRITE), ACCESS_WRITE);

	world_close(&w);
	return ns;
}

static double write_fault_recycled(void)
{
	struct world w = world_open();
	u32 addr = map(&w, NULL, AREA, PROT_READ | PROT_WRITE);
	double ns;

	access_pages(&w, w.task, addr, ACCESS_WRITE);
	unmap(&w, addr, AREA);
	addr = map(&w, NULL, AREA, PROT_READ | PROT_WRITE);
	ns = access_pages(&w, w.task, addr, ACCESS_WRITE);
	world_close(&w);
	return ns;
}

static double read_fault(void)
{
	struct world w = world_open();
	double ns = access_pages(&w, w.task, map(&w, NULL, AREA, PROT_READ), ACCESS_READ);

	world_close(&w);
	return ns;
}

/* The child writes to all pages of its parent's. */
static double write_in_child(struct world *w, u32 addr)
{
	struct task_struct *child = fork_child(w);
	double ns;

	schedule_task(w->m, 0, child);
	ns = access_pages(w, child, addr, ACCESS_WRITE);
	do_exit(child, 0);
	return ns;
}

static double cow_fault(void)
{
	struct world w = world_open();
	u32 addr = map(&w, NULL, AREA, PROT_READ | PROT_WRITE);
	double ns;

	access_pages(&w, w.task, addr, ACCESS_WRITE);
	write_in_child(&w, addr); /* so that the frames are old */
	ns = write_in_child(&w, addr);
	world_close(&w);
	return ns;
}

/* @around: how many bytes one fault may map. */
static double file_fault(u32 around)
{
	struct world w = world_open();
	struct file *file = cached_file(&w);
	double ns;

	w.m->k->sysctl[SYSCTL_FAULT_AROUND_BYTES] = around;
	ns = access_pages(&w, w.task, map(&w, file, AREA, PROT_READ), ACCESS_READ);
	world_close(&w);
	return ns;
}

static double file_fault_single(void)
{
	return file_fault(PAGE_SIZE);
}

static double file_fault_around(void)
{
	return file_fault(16 * PAGE_SIZE);
}

/* ---- resident memory ---- */

static double read_resident(u32 len, u32 times)
{
	struct world w = world_open();
	u32 addr = map(&w, NULL, AREA, PROT_READ | PROT_WRITE), done;
	u8 *buf = malloc(len);
	double start, ns;

	must(buf);
	access_pages(&w, w.task, addr, ACCESS_WRITE);
	start = now_ns();
	for (u32 i = 0; i < times; i++)
		must(!access_process_vm(w.m, w.task, addr + i * len % AREA, buf, len, ACCESS_READ,
					FAULT_USER, &done));
	ns = (now_ns() - start) / times;
	free(buf);
	world_close(&w);
	return ns;
}

static double read_byte(void)
{
	return read_resident(1, 1u << 20);
}

static double read_mebibyte(void)
{
	return read_resident(1u << 20, READ_MEBIBYTES);
}

/* ---- swap ---- */

/* AREA goes out, and comes back page by page: nanoseconds a page of one of them. */
static double swap_area(bool measure_in)
{
	struct world w = world_open_swap();
	u32 addr = map(&w, NULL, AREA, PROT_READ | PROT_WRITE);
	double start, ns;

	access_pages(&w, w.task, addr, ACCESS_WRITE);
	start = now_ns();
	must(!sys_madvise(w.task, addr, AREA, MADV_PAGEOUT));
	ns = (now_ns() - start) / PAGES;
	must(KGET(w.task->mm)->rss_stat[MM_SWAPENTS] == PAGES);
	if (measure_in)
		ns = access_pages(&w, w.task, addr, ACCESS_READ);
	world_close(&w);
	return ns;
}

static double swap_out(void)
{
	return swap_area(false);
}

static double swap_in(void)
{
	return swap_area(true);
}

/* ---- regions ---- */

/* Of two regions side by side one may be written: they do not join. */
static u32 striped_prot(u32 i)
{
	return i & 1 ? PROT_READ | PROT_WRITE : PROT_READ;
}

/* Regions of a page, side by side. */
static u32 map_stripes(struct world *w, u32 nr)
{
	u32 first = map(w, NULL, PAGE_SIZE, striped_prot(0));

	for (u32 i = 1; i < nr; i++)
		map(w, NULL, PAGE_SIZE, striped_prot(i));
	return first;
}

static double region_pair(struct world w, u32 regions)
{
	double start, ns;

	map_stripes(&w, regions);
	start = now_ns();
	for (u32 i = 0; i < PAIRS; i++)
		unmap(&w, map(&w, NULL, PAGE_SIZE, striped_prot(regions)), PAGE_SIZE);
	ns = (now_ns() - start) / PAIRS;
	world_close(&w);
	return ns;
}

static double region_pair_many(void)
{
	return region_pair(world_open(), MANY_REGIONS);
}

static double region_pair_flex(void)
{
	return region_pair(world_open_flex(), MANY_REGIONS);
}

static double region_pair_few(void)
{
	return region_pair(world_open(), 10);
}

/* Single pages with single pages between them, and a request that fits into no hole. */
static double region_pair_holes(void)
{
	struct world w = world_open();
	u32 first = map_stripes(&w, MANY_REGIONS / 2);
	double start, ns;

	for (u32 i = 0; i < MANY_REGIONS / 2; i++) {
		u32 addr = first + (MANY_REGIONS / 2 + 2 * i + 1) * PAGE_SIZE;

		must(do_mmap(w.task, NULL, addr, PAGE_SIZE, PROT_READ,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0) == addr);
	}
	start = now_ns();
	for (u32 i = 0; i < PAIRS; i++)
		unmap(&w, map(&w, NULL, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE), 2 * PAGE_SIZE);
	ns = (now_ns() - start) / PAIRS;
	world_close(&w);
	return ns;
}

static double find_regions(u32 regions)
{
	struct world w = world_open();
	struct mm_struct *mm = KGET(w.task->mm);
	u32 first = map_stripes(&w, regions), seed = 1, *addr = malloc(LOOKUPS * sizeof(*addr));
	double start, ns;

	must(addr);
	for (u32 i = 0; i < LOOKUPS; i++) {
		seed = seed * 1664525u + 1013904223u;
		addr[i] = first + (u32)((u64)seed * regions >> 32) * PAGE_SIZE;
	}
	start = now_ns();
	for (u32 i = 0; i < LOOKUPS; i++)
		must(find_vma(mm, addr[i])->vm_start == addr[i]);
	ns = (now_ns() - start) / LOOKUPS;
	free(addr);
	world_close(&w);
	return ns;
}

static double find_10(void)
{
	return find_regions(10);
}

static double find_1000(void)
{
	return find_regions(1000);
}

static double find_60000(void)
{
	return find_regions(MANY_REGIONS);
}

/* ---- processes ---- */

/* A fork and the exit of the child with AREA present: nanoseconds a page of one of them. */
static double fork_and_exit(bool measure_exit)
{
	struct world w = world_open();
	u32 addr = map(&w, NULL, AREA, PROT_READ | PROT_WRITE);
	struct task_struct *child;
	double start, forked, end;

	access_pages(&w, w.task, addr, ACCESS_WRITE);
	do_exit(fork_child(&w), 0);
	access_pages(&w, w.task, addr, ACCESS_WRITE); /* so that there is W to take away */
	start = now_ns();
	child = fork_child(&w);
	forked = now_ns();
	do_exit(child, 0);
	end = now_ns();
	world_close(&w);
	return (measure_exit ? end - forked : forked - start) / PAGES;
}

static double fork_page(void)
{
	return fork_and_exit(false);
}

static double exit_page(void)
{
	return fork_and_exit(true);
}

/* A process with nothing but the built-in program. */
static double fork_exit_small(void)
{
	struct world w = world_open();
	double start = now_ns(), ns;

	for (u32 i = 0; i < PAIRS; i++)
		do_exit(fork_child(&w), 0);
	ns = (now_ns() - start) / PAIRS;
	world_close(&w);
	return ns;
}

/* ---- the machine ---- */

static double power_on(void)
{
	struct machine_config config = { .ram = RAM_SIZE };
	double start = now_ns(), ns;
	struct machine *m;

	must(!machine_new(&config, &m));
	ns = now_ns() - start;
	machine_free(m);
	return ns;
}

/* ---- the table ---- */

struct bench {
	const char *name;
	double (*ours)(void);
	const char *limit_name;
	double (*limit)(void);
	double target; /* ours / limit; 0: none */
};

/* clang-format off */
static const struct bench benches[] = {
	{ "write fault, fresh frame", write_fault_fresh, "clear fresh 4 KiB", clear_fresh, 1.5 },
	{ "write fault, old frame", write_fault_recycled, "clear old 4 KiB", clear_recycled, 1.5 },
	{ "read fault, zero page", read_fault, "dependent load", dependent_load, 20 },
	{ "copy-on-write fault", cow_fault, "copy 4 KiB", copy_page_limit, 0 },
	{ "file read fault, alone", file_fault_single, "dependent load", dependent_load, 0 },
	{ "file read fault, 16 pages", file_fault_around, "dependent load", dependent_load, 0 },
	{ "resident read, 1 byte", read_byte, "dependent load", dependent_load, 0 },
	{ "resident read, 1 MiB", read_mebibyte, "copy 1 MiB", copy_mebibyte, 0 },
	{ "swap out, a page", swap_out, "write file, 4 KiB of 1 MiB", host_file_write, 2 },
	{ "swap in, a page", swap_in, "read file, 4 KiB of 1 MiB", host_file_read, 2 },
	{ "reclaim scan, a mapped page", scan_page, "dependent load", dependent_load, 3 },
	{ "page_referenced, 1 process", scan_1, "dependent load", dependent_load, 3 },
	{ " 10 processes, an entry", scan_10, "dependent load", dependent_load, 3 },
	{ " 100 processes, an entry", scan_100, "dependent load", dependent_load, 3 },
	{ " 1000 processes, an entry", scan_1000, "dependent load", dependent_load, 3 },
	{ " 1000, none shared, a page", scan_unshared_1000, "dependent load", dependent_load, 0 },
	{ " 10 regions, a page", scan_regions_10, "dependent load", dependent_load, 3 },
	{ " 100 regions, a page", scan_regions_100, "dependent load", dependent_load, 3 },
	{ " 1000 regions, a page", scan_regions_1000, "dependent load", dependent_load, 3 },
	{ " file in 10 regions, an entry", scan_file_10, "dependent load", dependent_load, 3 },
	{ " file in 100 regions, an entry", scan_file_100, "dependent load", dependent_load, 3 },
	{ " file in 1000 regions, an entry", scan_file_1000, "dependent load", dependent_load, 3 },
	{ "write fault under pressure", fault_under_pressure, "clear old 4 KiB", clear_recycled, 0 },
	{ "mmap + munmap, 10 regions", region_pair_few, "host's pair", host_pair_few, 0 },
	{ "mmap + munmap, 60000 regions", region_pair_many, "host's pair", host_pair_many, .08 },
	{ "mmap + munmap, 60000, flex", region_pair_flex, "host's pair", host_pair_many, .08 },
	{ "mmap + munmap, with holes", region_pair_holes, "host's pair", host_pair_many, 0 },
	{ "find_vma, 10 regions", find_10, "dependent load", dependent_load, 0 },
	{ "find_vma, 1000 regions", find_1000, "dependent load", dependent_load, 0 },
	{ "find_vma, 60000 regions", find_60000, "dependent load", dependent_load, 0 },
	{ "fork, a present page", fork_page, "copy and count", copy_count_limit, 3 },
	{ "exit, a present page", exit_page, "copy and count", copy_count_limit, 0 },
	{ "fork + exit, small process", fork_exit_small, "dependent load", dependent_load, 0 },
	{ "mremap, move a page", mremap_page, "host's", host_mremap_page, 1 },
	{ "mincore, a page", mincore_page, "host's", host_mincore_page, 2 },
	{ "madvise dontneed, a page", dontneed_page, "host's", host_dontneed_page, 1 },
	{ "mlock, a fresh page", mlock_page, "host's", host_mlock_page, 1 },
	{ "munlock, a page", munlock_page, "host's", host_munlock_page, 1 },
	{ " 10 processes, an entry", munlock_10, "dependent load", dependent_load, 3 },
	{ " 1000 processes, an entry", munlock_1000, "dependent load", dependent_load, 3 },
	{ "fork + exec + exit", exec_program, "host's vfork", host_exec_program, 1 },
	{ "shmat + shmdt", shmat_pair, "host's pair", host_shmat_pair, 1 },
	{ "file read fault, as mapped", file_fault_around, "host's", host_file_fault, 1 },
	{ "truncate, a mapped page", truncate_page, "host's", host_truncate_page, 1 },
	{ "machine_new, 1 GiB", power_on, "mmap, touch, munmap", host_map_ram, 0 },
};
/* clang-format on */

static void run(const struct bench *b)
{
	struct series ours = { 0 }, limit = { 0 };

	b->ours();
	b->limit();
	for (unsigned i = 0; i < ROUNDS; i++) {
		series_add(&ours, b->ours());
		series_add(&limit, b->limit());
	}
	print_line(b->name, &ours, b->limit_name, &limit, b->target);
}

/* A processor at rest is slow: keep it busy for a moment. */
static void warm_up(void)
{
	for (double start = now_ns(); now_ns() - start < 3e8;)
		;
}

int main(int argc, char **argv)
{
	(void)argc;
	warm_up();
	table_head("In the process, each operation beside the machine's own limit");
	for (unsigned i = 0; i < ARRAY_SIZE(benches); i++)
		if (wanted(benches[i].name, argv + 1))
			run(&benches[i]);
	return 0;
}

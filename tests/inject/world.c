/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The prepared world: processes 1 to 6 with every kind of memory.
 *
 *   1  init
 *   2  the big one: all below; runs
 *   3  its child by fork, has written some of what they share
 *   4  shares the memory of 2 (clone vm)
 *   5  a child of 2 with a file open and a segment attached
 *   6  a kernel thread
 *
 *   of 2:  50000000  private, written, across a page table's end (503fc000-50404000)
 *          51000000  shared anonymous, half of it touched
 *          52000000  private of data, read and partly written
 *          53000000  shared of data, read and partly written
 *          54000000  locked
 *          55000000  never touched
 *          56000000  grows down
 *          57000000  System V segment 0
 *          58000000  the same rights throughout in parts that mprotect split and can mend
 *
 *   100  WORLD_VICTIM: has anonymous memory, and some of data shared and private
 *        WORLD_SHORT: has most of RAM: anonymous, shared anonymous, of a file, dirty and clean
 */
#include "inject.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "fs/disk.h"
#include "mm/access.h"
#include "mm/elf32.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "mode.h"

#define DATA_PAGES 24u

static void make_file(struct world *w, const char *name, const void *bytes, size_t len, int mode)
{
	g_autofree char *path = g_build_filename(disk_private_dir(w->fs->disk), name, NULL);

	if (!g_file_set_contents(path, bytes, (gssize)len, NULL) || g_chmod(path, mode) != 0)
		g_error("%s cannot be made", path);
}

/* Bytes that differ from page to page. */
static void make_data(struct world *w, const char *name, u32 pages)
{
	g_autofree char *bytes = g_malloc((gsize)pages << PAGE_SHIFT);

	for (u32 i = 0; i < pages << PAGE_SHIFT; i++)
		bytes[i] = (char)('A' + (i >> PAGE_SHIFT) + i % 7);
	make_file(w, name, bytes, (gsize)pages << PAGE_SHIFT, 0666);
}

/* What mkswap(8) writes, in a file of so many pages. */
static void make_swap(struct world *w, const char *name, u32 pages)
{
	g_autofree char *path = g_build_filename(disk_private_dir(w->fs->disk), name, NULL);
	u32 version = 1, last_page = pages - 1;
	char header[PAGE_SIZE] = { 0 };
	int fd;

	memcpy(header + 1024, &version, sizeof(version));
	memcpy(header + 1028, &last_page, sizeof(last_page));
	memcpy(header + PAGE_SIZE - 10, "SWAPSPACE2", 10);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || posix_fallocate(fd, 0, (off_t)pages << PAGE_SHIFT) != 0 ||
	    pwrite(fd, header, PAGE_SIZE, 0) != PAGE_SIZE || close(fd) != 0)
		g_error("%s cannot be made", path);
}

#define TEXT_AT 0x08048000u
#define INTERP_AT 0x100u /* in the file: the path of the interpreter */

/* A program of text, data and bss; with @interp it asks for one, with @base 0 it is one. */
static void make_program(struct world *w, const char *name, u32 base, const char *interp)
{
	g_autofree char *image = g_malloc0(2 * PAGE_SIZE);
	struct elf32_hdr head = {
		.e_ident = { 0x7f, 'E', 'L', 'F', 1, 1, 1 },
		.e_type = base ? ET_EXEC : ET_DYN,
		.e_machine = EM_386,
		.e_version = 1,
		.e_entry = base + 0x200,
		.e_phoff = sizeof(head),
		.e_ehsize = sizeof(head),
		.e_phentsize = sizeof(struct elf32_phdr),
		.e_phnum = interp ? 3 : 2,
	};
	struct elf32_phdr ph[3] = {
		{ .p_type = 1,
		  .p_vaddr = base,
		  .p_filesz = 0x800,
		  .p_memsz = 0x800,
		  .p_flags = 5,
		  .p_align = PAGE_SIZE },
		{ .p_type = 1,
		  .p_offset = PAGE_SIZE,
		  .p_vaddr = base + 2 * PAGE_SIZE,
		  .p_filesz = 0x900,
		  .p_memsz = 0x3800,
		  .p_flags = 6,
		  .p_align = PAGE_SIZE },
		{ .p_type = 3, .p_offset = INTERP_AT, .p_flags = 4, .p_align = 1 },
	};

	if (interp)
		ph[2].p_filesz = ph[2].p_memsz = (u32)strlen(interp) + 1;
	memset(image + PAGE_SIZE, 'd', PAGE_SIZE);
	memcpy(image, &head, sizeof(head));
	memcpy(image + sizeof(head), ph, head.e_phnum * sizeof(ph[0]));
	if (interp)
		strcpy(image + INTERP_AT, interp);
	make_file(w, name, image, 2 * PAGE_SIZE, 0777);
}

static const char *const history[] = {
	"0 spawn",
	"2 mmap 0x503fc000 32K rw- private,anonymous,fixed",
	"2 touch 0x503fc000 32K w",
	"2 mmap 0x51000000 64K rw- shared,anonymous,fixed",
	"2 touch 0x51000000 32K w",
	"2 mmap 0x52000000 64K rw- private,fixed data",
	"2 touch 0x52000000 32K r",
	"2 touch 0x52000000 16K w",
	"2 mmap 0x53000000 64K rw- shared,fixed data",
	"2 touch 0x53000000 32K r",
	"2 touch 0x53004000 16K w",
	"2 mmap 0x54000000 32K rw- private,anonymous,fixed,locked",
	"2 mmap 0x55000000 64K rw- private,anonymous,fixed",
	"2 mmap 0x56000000 16K rw- private,anonymous,fixed,growsdown",
	"2 store 0x56003000 7",
	"2 shmget 5 32K creat,0600",
	"2 shmat 0 0x57000000",
	"2 touch 0x57000000 16K w",
	"2 mmap 0x58000000 48K rw- private,anonymous,fixed",
	"2 touch 0x58000000 48K w",
	"2 mprotect 0x58004000 16K r--",
	"2 sbrk 64K",
	"2 touch 0x0804d000 16K w",
	"2 open data rw",
	"2 fork",
	"3 touch 0x503fc000 16K w",
	"3 store 0x52000000 9",
	"2 store 0x58000000 5",
	"2 clone vm",
	"2 fork",
	"5 open other ro",
	"5 mmap 0x60000000 16K r-x private,fixed other",
	"5 touch 0x60000000 8K r",
	"0 kthread worker",
	"0 alloc_pages 2",
	"0 vmalloc 12K",
	"0 kmalloc 100",
	"0 kmem_cache_create toys 48",
	"0 kmem_cache_alloc toys",
	"0 schedule 2",
};

#define EXTRA_PID 100u

static const char *const victim_history[] = {
	"0 spawn",
	"100 mmap 0x40000000 256K rw- private,anonymous,fixed",
	"100 touch 0x40000000 256K w",
	"100 mmap 0x52000000 64K rw- private,fixed data",
	"100 touch 0x52000000 32K w",
	"100 mmap 0x53000000 64K rw- shared,fixed data",
	"100 touch 0x53000000 64K r",
	"@put 100/oom_score_adj 1000",
	"0 schedule 2",
};

#define SHORT_RAM (6u << 20)
#define RESERVE 16u /* frames that the machine wants free and has not */

static const char *const filler_history[] = {
	/* nothing is written back but by reclaim */
	"@put sys/vm/dirty_writeback_centisecs 0",
	"@put sys/vm/dirty_background_ratio 100",
	"@put sys/vm/dirty_ratio 100",
	"@put sys/vm/swappiness 120", /* memory goes as well as files */
	"0 swapon room",
	"0 spawn",
	"100 mmap 0x40000000 2M rw- private,anonymous,fixed",
	"100 mmap 0x60000000 512K rw- shared,fixed big",
	"100 mmap 0x61000000 512K rw- private,fixed big 512K",
	"100 mmap 0x62000000 512K rw- shared,anonymous,fixed",
	"100 touch 0x60000000 512K r",
	"100 touch 0x61000000 512K r",
};

/* Bytes that are nowhere twice. */
static void fill(struct world *w, u32 addr, u32 len)
{
	struct task_struct *task = find_task_by_pid(w->fs->m, EXTRA_PID);
	u32 page[PAGE_SIZE / 4], done;

	run_task(w->fs->m, task);
	for (u32 end = addr + len; addr < end; addr += PAGE_SIZE) {
		for (u32 i = 0; i < G_N_ELEMENTS(page); i++)
			page[i] = (addr + i) * 2654435761u;
		if (access_process_vm(w->fs->m, task, addr, page, PAGE_SIZE, ACCESS_WRITE,
				      FAULT_USER | FAULT_NO_ESP, &done))
			g_error("%08x cannot be filled", addr);
	}
}

/* A process more, behind those that scenarios make: it takes no pid of theirs. */
static void add_process(struct world *w, const char *const *lines, size_t nr)
{
	struct kernel_data *k = w->fs->m->k;
	u32 last_pid = k->last_pid;

	k->last_pid = EXTRA_PID - 1;
	for (size_t i = 0; i < nr; i++)
		world_must(w, lines[i]);
	k->last_pid = last_pid;
}

static void add_filler(struct world *w)
{
	make_data(w, "big", 256);
	make_swap(w, "room", 2048);
	add_process(w, filler_history, G_N_ELEMENTS(filler_history));
	fill(w, 0x40000000, 2u << 20);
	fill(w, 0x60000000, 256u << 10);
	fill(w, 0x61000000, 128u << 10);
	fill(w, 0x62000000, 512u << 10);
	world_must(w, "@cat other");
	world_must(w, "0 schedule 2");
}

bool world_kill_victim(struct world *w)
{
	struct task_struct *task = find_task_by_pid(w->fs->m, EXTRA_PID);

	if (task)
		do_exit(task, SIGKILL);
	return task;
}

void world_new(struct world *w, enum world_kind kind)
{
	struct aspacefs_config config = {
		.ram = kind == WORLD_SHORT ? SHORT_RAM : 1u << 30,
		.pae = test_pae(),
	};
	char *what = NULL;

	if (aspacefs_new(&config, &w->fs, &what))
		g_error("%s", what);
	w->kind = kind;
	w->caller = (struct caller){ w->fs->uid, w->fs->gid, 1 };
	make_data(w, "data", DATA_PAGES);
	make_data(w, "other", DATA_PAGES);
	make_data(w, "cold", DATA_PAGES);
	make_swap(w, "swap", 256);
	make_program(w, "ld", 0, NULL);
	make_program(w, "static", TEXT_AT, NULL);
	make_program(w, "dynamic", TEXT_AT, "/ld");
	for (size_t i = 0; i < G_N_ELEMENTS(history); i++)
		world_must(w, history[i]);
	if (kind == WORLD_VICTIM)
		add_process(w, victim_history, G_N_ELEMENTS(victim_history));
	if (kind == WORLD_SHORT)
		add_filler(w);
	world_drain(w);
}

void world_drain(struct world *w)
{
	struct machine *m = w->fs->m;
	g_autofree char *line = NULL;

	kmem_cache_reap(m);
	if (w->kind != WORLD_SHORT)
		return;
	drain_all_pages(m);
	line = g_strdup_printf("@put sys/vm/min_free_kbytes %u",
			       (nr_free_pages(m) + RESERVE) * (PAGE_SIZE / 1024));
	world_must(w, line);
}

void world_free(struct world *w)
{
	aspacefs_free(w->fs);
}

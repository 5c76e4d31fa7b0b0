// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A machine with one process, for benchmarks: see world.h.
 */
#include <errno.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "mm/access.h"
#include "mm/filemap.h"

#include "bench.h"
#include "host.h"
#include "world.h"

static int read_zeros(void *data, u32 handle, u64 pos, void *buf, u32 len)
{
	memset(buf, 0, len);
	return 0;
}

static const struct machine_ops zero_files = { .read = read_zeros };

/* mkswap's header, and nothing else. */
static int read_header(void *data, u32 handle, u64 pos, void *buf, u32 len)
{
	u32 info[] = { 1, PAGES + 100, 0 }; /* version, last_page, nr_badpages */

	memset(buf, 0, len);
	memcpy((u8 *)buf + 1024, info, sizeof(info));
	memcpy((u8 *)buf + PAGE_SIZE - 10, "SWAPSPACE2", 10);
	return 0;
}

static int swap_activate(void *data, u32 handle, u64 size)
{
	return 0;
}

/* As the disk of a mount does it. */
static int swap_rw(void *data, u32 handle, u64 pos, void *const *pages, unsigned nr, bool write)
{
	struct iovec iov[SWAP_RW_MAX];
	struct stat st;
	ssize_t n;

	for (unsigned i = 0; i < nr; i++)
		iov[i] = (struct iovec){ pages[i], PAGE_SIZE };
	must(!fstat(host_file(), &st) && (u64)st.st_size >= pos + (u64)nr * PAGE_SIZE);
	n = write ? pwritev(host_file(), iov, (int)nr, (off_t)pos) :
		    preadv(host_file(), iov, (int)nr, (off_t)pos);
	return n == (ssize_t)nr * PAGE_SIZE ? 0 : -EIO;
}

static const struct machine_ops swap_files = {
	.read = read_header,
	.swap_activate = swap_activate,
	.swap_rw = swap_rw,
};

static struct world world_open_config(const struct machine_config *config)
{
	struct world w;

	must(!machine_new(config, &w.m));
	must(!start_init(w.m, NULL, NULL, 0, 0));
	w.task = find_task_by_pid(w.m, 1);
	must(w.task);
	schedule_task(w.m, 0, w.task);
	return w;
}

struct world world_open(void)
{
	struct machine_config config = { .ram = RAM_SIZE, .cpus = 1, .ops = &zero_files };

	return world_open_config(&config);
}

struct world world_open_flex(void)
{
	struct machine_config config = { .ram = RAM_SIZE, .cpus = 1, .flex_layout = true };

	return world_open_config(&config);
}

struct world world_open_swap(void)
{
	struct machine_config config = { .ram = RAM_SIZE, .cpus = 1, .ops = &swap_files };
	struct world w = world_open_config(&config);
	struct inode *inode =
		inode_new(w.m, AOPS_BACKED, 8u << 20, 3, 0100600, AREA + (1u << 20), 2);
	struct file *file = inode ? file_new(w.m, inode, FMODE_READ | FMODE_WRITE, 2) : NULL;
	enum swap_refusal why;

	must(file && !sys_swapon(w.m, file, -1, &why));
	return w;
}

void world_close(struct world *w)
{
	machine_free(w->m);
}

u32 map(struct world *w, struct file *file, u32 len, u32 prot)
{
	u32 flags = MAP_PRIVATE | (file ? 0 : MAP_ANONYMOUS);
	s64 addr = do_mmap(w->task, file, 0, len, prot, flags, 0);

	must(addr > 0);
	return (u32)addr;
}

void unmap(struct world *w, u32 addr, u32 len)
{
	must(!do_munmap(KGET(w->task->mm), addr, len));
}

/* One 4-byte access to each page: nanoseconds a page. */
double access_pages(struct world *w, struct task_struct *task, u32 addr, enum access access)
{
	double start = now_ns();

	for (u32 i = 0; i < PAGES; i++) {
		u32 word = i;

		must(!access_word(w->m, task, addr + i * PAGE_SIZE, &word, 4, access, FAULT_USER));
	}
	return (now_ns() - start) / PAGES;
}

struct task_struct *fork_child(struct world *w)
{
	struct task_struct *child;

	must(!do_fork(w->task, 0, &child));
	return child;
}

struct file *cached_file(struct world *w)
{
	struct inode *inode = inode_new(w->m, AOPS_BACKED, 8u << 20, 2, 0100755, AREA, 1);
	struct file *file;

	must(inode);
	file = file_new(w->m, inode, FMODE_READ, 1);
	must(file);
	for (u32 i = 0; i < PAGES; i++) {
		struct page *page;

		must(!read_cache_page(&inode->i_data, i, &page, NULL));
		put_page(page);
	}
	return file;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random commands on a few processes, seeded: mmap munmap mprotect brk fork exit, loads and
 * stores, locks, advice to page out.  Memory is private, shared or a file's.  A model knows what
 * every page of every address space must read as, in a few words of it.  The RAM is small, and so
 * is the swap area, so that reclaim is always at work and frames run out in the middle of things.
 * check_machine after each command.
 *
 *	random [SEED [COMMANDS [CPUS]]]	the seed is printed; ASPACEFS_LONG: a hundred times as many
 *
 * With several CPUs processes move, some share their address space with one on another CPU,
 * and a kernel thread borrows the tables of one after the other.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/access.h"
#include "mm/check.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"
#include "mm/vmscan.h"
#include "forget.h"
#include "lcg.h"
#include "mode.h"

#define BASE 0x30000000u
#define WINDOW 48u /* pages of each process that the model knows */
#define PROCESSES 6
#define FRAMES 80u
#define SLOTS 48u /* pages of swap; none with every third seed */
#define FRAMES_PER_CPU 8u /* more, for the slabs' arrays */

/* ---- the model ---- */

/* The words of a page that are looked at: what copies a page must copy all of it. */
#define WORDS 4
static const u32 word_offset[WORDS] = { 0, 1356, 2048, PAGE_SIZE - 4 };

/* The words of shared pages are here; those of private ones in the page itself. */
struct model_object {
	struct model_object *next; /* all, to free them at the end */
	u32 value[WINDOW][WORDS];
};

struct model_page {
	bool mapped;
	u32 prot;
	u32 value[WORDS]; /* private */
	struct model_object *object; /* NULL: private */
	u32 offset;
};

/* An address space, which processes made by clone share. */
struct model_mm {
	unsigned users;
	struct model_page page[WINDOW];
};

struct process {
	struct task_struct *task; /* NULL: not there */
	u32 generation; /* of the task: another may get its place */
	struct model_mm *mm;
};

struct world {
	struct machine *m;
	struct process process[PROCESSES];
	struct task_struct *thread; /* a kernel thread */
	struct inode *file; /* WINDOW pages of file_word() */
	u8 swap[(SLOTS + 1) * PAGE_SIZE];
	struct model_object *objects;
	u64 random;
	unsigned long commands, no_memory, killed, failed;
	char what[128]; /* the last command, for a complaint */
};

static u32 random_below(struct world *w, u32 n)
{
	return lcg_next(&w->random) % n;
}

static u32 *model_words(struct model_page *p)
{
	return p->object ? p->object->value[p->offset] : p->value;
}

static struct model_object *model_object_new(struct world *w)
{
	struct model_object *object = calloc(1, sizeof(*object));

	if (!object)
		abort();
	object->next = w->objects;
	return w->objects = object;
}

static struct model_mm *model_mm_new(const struct model_mm *from)
{
	struct model_mm *mm = calloc(1, sizeof(*mm));

	if (!mm)
		abort();
	if (from)
		*mm = *from;
	mm->users = 1;
	return mm;
}

/* ---- the file ---- */

static u32 file_word(u32 page, u32 word)
{
	return 0xf11e0000u + page * WORDS + word;
}

#define SWAP_HANDLE 1u

static int file_read(void *data, u32 handle, u64 pos, void *buf, u32 len)
{
	const struct world *w = data;

	if (handle == SWAP_HANDLE) {
		memcpy(buf, w->swap + pos, len);
		return 0;
	}
	memset(buf, 0, len);
	for (u32 i = 0; i < WORDS; i++) {
		u32 value = file_word((u32)(pos >> PAGE_SHIFT), i);

		memcpy((u8 *)buf + word_offset[i], &value, sizeof(value));
	}
	return 0;
}

static int swap_activate(void *data, u32 handle, u64 size)
{
	(void)data;
	(void)size;
	return handle == SWAP_HANDLE ? 0 : -EINVAL;
}

static int swap_rw(void *data, u32 handle, u64 pos, void *const *pages, unsigned nr, bool write)
{
	struct world *w = data;

	(void)handle;
	for (unsigned i = 0; i < nr; i++, pos += PAGE_SIZE)
		memcpy(write ? w->swap + pos : pages[i], write ? pages[i] : w->swap + pos,
		       PAGE_SIZE);
	return 0;
}

static const struct machine_ops file_ops = {
	.read = file_read,
	.swap_activate = swap_activate,
	.swap_rw = swap_rw,
};

static void complain(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void complain(struct world *w, const char *fmt, ...)
{
	va_list ap;

	w->failed++;
	fprintf(stderr, "random: command %lu, %s: ", w->commands, w->what);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static void report(void *data, const char *line)
{
	complain(data, "%s", line);
}

/* A reply that memory may have made: counted, and nothing is to have changed. */
static bool memory_ended(struct world *w, s64 error)
{
	if (error != -ENOMEM)
		return false;
	w->no_memory++;
	return true;
}

/* ---- commands ---- */

struct range {
	u32 start, len; /* pages */
	u32 addr, bytes;
};

static struct range random_range(struct world *w)
{
	struct range r = { .start = random_below(w, WINDOW) };

	r.len = 1 + random_below(w, WINDOW - r.start < 12 ? WINDOW - r.start : 12);
	r.addr = BASE + r.start * PAGE_SIZE;
	r.bytes = r.len * PAGE_SIZE;
	return r;
}

static u32 random_prot(struct world *w)
{
	static const u32 prots[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE,
				     PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC };

	return prots[random_below(w, ARRAY_SIZE(prots))];
}

enum kind { KIND_PRIVATE, KIND_SHARED, KIND_FILE };

static s64 mmap_kind(struct world *w, struct process *p, const struct range *r, u32 prot,
		     enum kind kind)
{
	u32 flags = MAP_FIXED | (kind == KIND_SHARED ? MAP_SHARED : MAP_PRIVATE);
	struct file *file = NULL;
	s64 at;

	if (kind == KIND_FILE) {
		file = file_new(w->m, w->file, FMODE_READ, 0);
		if (!file)
			return -ENOMEM;
	} else {
		flags |= MAP_ANONYMOUS;
	}
	at = do_mmap(p->task, file, r->addr, r->bytes, prot, flags, r->start);
	fput(file);
	return at;
}

/* Page @i of a range that was mapped as @kind. */
static struct model_page fresh_page(const struct range *r, u32 i, u32 prot, enum kind kind,
				    struct model_object *object)
{
	struct model_page page = { .mapped = true, .prot = prot, .object = object, .offset = i };

	for (u32 n = 0; n < WORDS; n++)
		page.value[n] = kind == KIND_FILE ? file_word(r->start + i, n) : 0;
	return page;
}

static void run_mmap(struct world *w, struct process *p)
{
	static const char *const names[] = { "private", "shared", "file" };
	struct range r = random_range(w);
	u32 prot = random_prot(w);
	enum kind kind = (enum kind)random_below(w, 3);
	struct model_object *object;
	s64 at;

	snprintf(w->what, sizeof(w->what), "%u: mmap %u pages at %u, prot %u, %s", p->task->pid,
		 r.len, r.start, prot, names[kind]);
	at = mmap_kind(w, p, &r, prot, kind);
	if (memory_ended(w, at))
		return;
	if (at != r.addr) {
		complain(w, "replied %lld", (long long)at);
		return;
	}
	object = kind == KIND_SHARED ? model_object_new(w) : NULL;
	for (u32 i = 0; i < r.len; i++)
		p->mm->page[r.start + i] = fresh_page(&r, i, prot, kind, object);
}

static void run_munmap(struct world *w, struct process *p)
{
	struct range r = random_range(w);
	int error;

	snprintf(w->what, sizeof(w->what), "%u: munmap %u pages at %u", p->task->pid, r.len,
		 r.start);
	error = do_munmap(KGET(p->task->mm), r.addr, r.bytes);
	if (memory_ended(w, error))
		return;
	if (error)
		complain(w, "replied %d", error);
	memset(&p->mm->page[r.start], 0, r.len * sizeof(p->mm->page[0]));
}

/* It may stop at any region when memory is short: then the regions say how far it came. */
static void learn_rights(struct process *p)
{
	for (u32 i = 0; i < WINDOW; i++) {
		u32 addr = BASE + i * PAGE_SIZE;
		struct vm_area_struct *vma = find_vma_quiet(KGET(p->task->mm), addr);

		if (vma && vma->vm_start <= addr)
			p->mm->page[i].prot = vma->vm_flags & VM_RWX;
	}
}

static void run_mprotect(struct world *w, struct process *p)
{
	struct range r = random_range(w);
	u32 prot = random_prot(w), i;
	int error;

	snprintf(w->what, sizeof(w->what), "%u: mprotect %u pages at %u, prot %u", p->task->pid,
		 r.len, r.start, prot);
	error = sys_mprotect(p->task, r.addr, r.bytes, prot);
	for (i = r.start; i < r.start + r.len && p->mm->page[i].mapped; i++)
		p->mm->page[i].prot = prot;
	if (i < r.start + r.len) {
		if (error != -ENOMEM)
			complain(w, "a hole at %u, but replied %d", i, error);
	} else if (error && !memory_ended(w, error)) {
		complain(w, "replied %d", error);
	}
	if (error)
		learn_rights(p);
}

/* What a load, store or fetch of the page must answer.  Without NX fetches need what loads do. */
static int expected_error(const struct model_page *p, enum access access)
{
	u32 need = access == ACCESS_WRITE		? PROT_WRITE :
		   access == ACCESS_FETCH && test_pae() ? PROT_EXEC :
							  PROT_READ;

	if (!p->mapped)
		return -EFAULT;
	return p->prot & need ? 0 : -EACCES;
}

static void run_access(struct world *w, struct process *p)
{
	u32 i = random_below(w, WINDOW), n = random_below(w, WORDS);
	u32 value = random_below(w, 1u << 31), *known = &model_words(&p->mm->page[i])[n];
	static const char *const names[] = { "load", "store", "fetch" };
	static const enum access accesses[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH };
	u32 kind = random_below(w, 7) / 3; /* few fetches */
	enum access access = accesses[kind];
	int error, want = expected_error(&p->mm->page[i], access);
	bool comes_in;

	snprintf(w->what, sizeof(w->what), "%u: %s page %u word %u", p->task->pid, names[kind], i,
		 n);
	run_task(w->m, p->task);
	error = access_word(w->m, p->task, BASE + i * PAGE_SIZE + word_offset[n], &value, 4, access,
			    FAULT_USER | FAULT_NO_ESP);
	/* What the entry forbids a fetch is known when the page is there. */
	comes_in = !want || (want == -EACCES && access == ACCESS_FETCH);
	if (comes_in && memory_ended(w, error))
		return;
	if (error != want)
		complain(w, "replied %d, expected %d", error, want);
	else if (!error && access == ACCESS_WRITE)
		*known = value;
	else if (!error && access == ACCESS_READ && value != *known)
		complain(w, "read %08x, expected %08x", value, *known);
}

static void run_brk(struct world *w, struct process *p)
{
	s32 pages = (s32)random_below(w, 9) - 4;
	s64 old;

	snprintf(w->what, sizeof(w->what), "%u: sbrk %d pages", p->task->pid, pages);
	old = sys_sbrk(p->task, pages * (s32)PAGE_SIZE);
	if (old < 0)
		memory_ended(w, old);
}

static struct process *unused_process(struct world *w)
{
	for (unsigned i = 0; i < PROCESSES; i++)
		if (!w->process[i].task)
			return &w->process[i];
	return NULL;
}

static void run_fork(struct world *w, struct process *p)
{
	struct process *child = unused_process(w);
	bool share = random_below(w, 3) == 0;
	struct task_struct *task;
	int error;

	if (!child)
		return;
	snprintf(w->what, sizeof(w->what), "%u: %s", p->task->pid, share ? "clone vm" : "fork");
	error = do_fork(p->task, share ? CLONE_VM : 0, &task);
	if (memory_ended(w, error))
		return;
	if (error) {
		complain(w, "replied %d", error);
		return;
	}
	child->task = task;
	child->generation = task->generation;
	child->mm = share ? p->mm : model_mm_new(p->mm);
	p->mm->users += share;
}

/* Nothing that reads otherwise: pages locked or not, paged out, thought cold; the clock ticks. */
static void run_pressure(struct world *w, struct process *p)
{
	static const struct {
		const char *name;
		u32 advice;
	} calls[] = {
		{ "pageout", MADV_PAGEOUT },
		{ "cold", MADV_COLD },
		{ "willneed", MADV_WILLNEED },
		{ "mlock", 0 },
		{ "munlock", 0 },
		{ "munlockall", 0 },
		{ "tick", 0 },
		{ "drop_caches", 0 },
	};
	struct range r = random_range(w);
	u32 call = random_below(w, ARRAY_SIZE(calls));

	snprintf(w->what, sizeof(w->what), "%u: %s %u pages at %u", p->task->pid, calls[call].name,
		 r.len, r.start);
	switch (call) {
	case 3: sys_mlock(p->task, r.addr, r.bytes, random_below(w, 2)); break;
	case 4: sys_munlock(p->task, r.addr, r.bytes); break;
	case 5: sys_munlockall(p->task); break;
	case 6: machine_tick(w->m); break;
	case 7: sysctl_write(w->m, SYSCTL_DROP_CACHES, 3); break;
	default: sys_madvise(p->task, r.addr, r.bytes, calls[call].advice); break;
	}
}

/* Somebody runs somewhere: it moves there, or the kernel thread borrows what is loaded. */
static void run_schedule(struct world *w, struct process *p)
{
	struct task_struct *task = random_below(w, 2) ? w->thread : p->task;
	unsigned cpu = random_below(w, w->m->nr_cpus);

	snprintf(w->what, sizeof(w->what), "%u: schedule on %u", task->pid, cpu);
	schedule_task(w->m, cpu, task);
}

/* Its parent, if that is one of ours, waits for it. */
static void reap(struct world *w, u32 status)
{
	for (unsigned i = 0; i < PROCESSES; i++) {
		u32 got;
		int pid = w->process[i].task ? sys_wait4(w->process[i].task, 0, &got) : 0;

		if (pid > 0 && got != status)
			complain(w, "%d ended with status %x, expected %x", pid, got, status);
	}
}

/* True: nobody has its memory any more. */
static bool process_gone(struct process *p)
{
	bool last = !--p->mm->users;

	if (last)
		free(p->mm);
	memset(p, 0, sizeof(*p));
	return last;
}

static void run_exit(struct world *w, struct process *p)
{
	snprintf(w->what, sizeof(w->what), "%u: exit", p->task->pid);
	do_exit(p->task, 0);
	process_gone(p);
	reap(w, 0);
}

/* ---- what the OOM killer did ---- */

static bool is_alive(struct world *w, const struct process *p)
{
	struct task_struct *task;

	list_for_each_entry(task, &w->m->k->tasks, tasks)
		if (task == p->task && task->generation == p->generation)
			return task->state != TASK_ZOMBIE;
	return false;
}

/* Processes end by the killer alone, and it counts whose memory it took. */
static void learn_deaths(struct world *w)
{
	u32 gone = 0, killed = 0, counted = (u32)w->m->k->vm_event[OOM_KILL];

	oom_deliver(w->m);
	for (unsigned i = 0; i < PROCESSES; i++) {
		if (!w->process[i].task || is_alive(w, &w->process[i]))
			continue;
		killed += process_gone(&w->process[i]);
		gone++;
	}
	w->killed += killed;
	if (w->killed != counted)
		complain(w, "%u processes are gone, in all %lu; %u were killed", gone, w->killed,
			 counted);
	if (gone)
		reap(w, 9);
}

/* ---- the run ---- */

static void ensure_process(struct world *w)
{
	for (unsigned i = 0; i < PROCESSES; i++)
		if (w->process[i].task)
			return;
	if (do_spawn(w->m, 0, 0, NULL, NULL, NULL, &w->process[0].task))
		complain(w, "no process can be started");
	else
		w->process[0].generation = w->process[0].task->generation;
	w->process[0].mm = model_mm_new(NULL);
}

static struct process *random_process(struct world *w)
{
	struct process *p;

	do
		p = &w->process[random_below(w, PROCESSES)];
	while (!p->task);
	return p;
}

static void run_command(struct world *w)
{
	static void (*const run[])(struct world *, struct process *) = {
		run_mmap,   run_mmap,	  run_munmap,	run_mprotect, run_access,
		run_access, run_access,	  run_access,	run_access,   run_brk,
		run_fork,   run_schedule, run_pressure, run_pressure,
	};
	struct process *p;

	ensure_process(w);
	if (w->failed)
		return;
	p = random_process(w);
	w->commands++;
	cpu_enter(w->m, p->task->cpu);
	if (random_below(w, 40) == 0)
		run_exit(w, p);
	else
		run[random_below(w, ARRAY_SIZE(run))](w, p);
	learn_deaths(w);
	check_machine(w->m, report, w);
}

/* Free frames when the page cache, which may go at any time, is empty, and so is what it was. */
static u32 free_frames(struct machine *m)
{
	while (try_to_free_pages(m, GFP_HIGHUSER, 0))
		continue;
	forget_reclaimed(m);
	kmem_cache_reap(m);
	return nr_free_pages(m);
}

/* After everything every frame is back. */
static void run_end(struct world *w, u32 free_pages)
{
	snprintf(w->what, sizeof(w->what), "the end");
	for (unsigned i = 0; i < PROCESSES; i++)
		if (w->process[i].task)
			run_exit(w, &w->process[i]);
	schedule_task(w->m, 0, w->thread); /* what it borrows goes back */
	schedule_task(w->m, 0, find_task_by_pid(w->m, 1));
	check_machine(w->m, report, w);
	if (free_frames(w->m) != free_pages)
		complain(w, "%u frames are free, at the beginning %u", free_frames(w->m),
			 free_pages);
}

/* The area that mkswap(8) would have made. */
static bool swap_on(struct world *w)
{
	u32 info[] = { 1, SLOTS, 0 }; /* version, last_page, nr_badpages */
	struct inode *inode =
		inode_new(w->m, AOPS_BACKED, 1, 2, 0100600, sizeof(w->swap), SWAP_HANDLE);
	struct file *file;
	enum swap_refusal why;
	int error;

	memcpy(w->swap + 1024, info, sizeof(info));
	memcpy(w->swap + PAGE_SIZE - 10, "SWAPSPACE2", 10);
	file = inode ? file_new(w->m, inode, FMODE_READ | FMODE_WRITE, 2) : NULL;
	error = file ? sys_swapon(w->m, file, -1, &why) : -ENOMEM;
	fput(file);
	return !error;
}

static bool power_on(struct world *w, unsigned cpus)
{
	struct machine_config config = {
		.ram = (FRAMES + (cpus - 1) * FRAMES_PER_CPU) * PAGE_SIZE,
		.pae = test_pae(),
		.cpus = cpus,
		.ops = &file_ops,
		.ops_data = w,
	};

	if (machine_new(&config, &w->m) || start_init(w->m, NULL, NULL, 0, 0))
		return false;
	if (kernel_thread(w->m, "borrower", 0, 0, &w->thread))
		return false;
	w->file = inode_new(w->m, AOPS_BACKED, 1, 1, 0100644, WINDOW * PAGE_SIZE, 0);
	return w->file && (w->random % 3 == 0 || swap_on(w));
}

static void power_off(struct world *w)
{
	struct model_object *object = w->objects, *next;

	for (; object; object = next) {
		next = object->next;
		free(object);
	}
	machine_free(w->m);
}

static unsigned long long events(const struct world *w, enum vm_event e)
{
	return w->m->k->vm_event[e];
}

int main(int argc, char **argv)
{
	u64 seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 0) : 20000;
	unsigned cpus = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 0) : 1;
	static struct world w;
	u32 free_pages;

	w.random = seed;
	if (argc <= 2 && getenv("ASPACEFS_LONG"))
		n *= 100;
	printf("seed %llu, %lu commands, %u CPUs\n", (unsigned long long)seed, n, cpus);
	fflush(stdout);
	if (!power_on(&w, cpus)) {
		fprintf(stderr, "random: no machine\n");
		return 1;
	}
	free_pages = free_frames(w.m);
	while (w.commands < n && !w.failed)
		run_command(&w);
	run_end(&w, free_pages);
	printf("%lu commands, %lu times out of memory, %lu killed, %lu failed\n", w.commands,
	       w.no_memory, w.killed, w.failed);
	printf("%llu pages reclaimed, %llu swapped out\n",
	       events(&w, PGSTEAL_KSWAPD) + events(&w, PGSTEAL_DIRECT), events(&w, PSWPOUT));
	power_off(&w);
	return w.failed != 0;
}

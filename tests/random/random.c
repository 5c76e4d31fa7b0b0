// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random commands on a few processes, seeded: mmap munmap mprotect brk fork exit, loads and
 * stores.  A model knows what every page of every process must read as.  The RAM is small, so
 * that frames run out in the middle of things.  check_machine after each command.
 *
 *	random [SEED [COMMANDS]]	the seed is printed; ASPACEFS_LONG: a hundred times as many
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

#define BASE 0x30000000u
#define WINDOW 48u /* pages of each process that the model knows */
#define PROCESSES 6
#define FRAMES 192u

/* ---- the model ---- */

/* The bytes of shared pages are here; those of private ones in the page itself. */
struct model_object {
	u32 value[WINDOW];
};

struct model_page {
	bool mapped;
	u32 prot;
	u32 value; /* its first word, private */
	struct model_object *object; /* NULL: private */
	u32 offset;
};

struct process {
	struct task_struct *task; /* NULL: not there */
	struct model_page page[WINDOW];
};

struct world {
	struct machine *m;
	struct process process[PROCESSES];
	struct model_object *object; /* never reused: the run is short */
	u32 nr_objects;
	u64 random;
	unsigned long commands, no_memory, failed;
	char what[128]; /* the last command, for a complaint */
};

static u32 random_below(struct world *w, u32 n)
{
	w->random = w->random * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(w->random >> 33) % n;
}

static u32 *model_word(struct model_page *p)
{
	return p->object ? &p->object->value[p->offset] : &p->value;
}

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
static bool out_of_memory(struct world *w, s64 error)
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

static void run_mmap(struct world *w, struct process *p)
{
	struct range r = random_range(w);
	u32 prot = random_prot(w);
	bool shared = random_below(w, 3) == 0;
	u32 flags = MAP_ANONYMOUS | MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE);
	s64 at;

	snprintf(w->what, sizeof(w->what), "%u: mmap %u pages at %u, prot %u%s", p->task->pid,
		 r.len, r.start, prot, shared ? ", shared" : "");
	at = do_mmap(p->task, NULL, r.addr, r.bytes, prot, flags, 0);
	if (out_of_memory(w, at))
		return;
	if (at != r.addr) {
		complain(w, "replied %lld", (long long)at);
		return;
	}
	for (u32 i = 0; i < r.len; i++)
		p->page[r.start + i] = (struct model_page){
			.mapped = true,
			.prot = prot,
			.object = shared ? &w->object[w->nr_objects] : NULL,
			.offset = i,
		};
	w->nr_objects += shared;
}

static void run_munmap(struct world *w, struct process *p)
{
	struct range r = random_range(w);
	int error;

	snprintf(w->what, sizeof(w->what), "%u: munmap %u pages at %u", p->task->pid, r.len,
		 r.start);
	error = do_munmap(KGET(p->task->mm), r.addr, r.bytes);
	if (out_of_memory(w, error))
		return;
	if (error)
		complain(w, "replied %d", error);
	memset(&p->page[r.start], 0, r.len * sizeof(p->page[0]));
}

/* It may stop at any region when memory is short: then the regions say how far it came. */
static void learn_rights(struct process *p)
{
	for (u32 i = 0; i < WINDOW; i++) {
		u32 addr = BASE + i * PAGE_SIZE;
		struct vm_area_struct *vma = find_vma_quiet(KGET(p->task->mm), addr);

		if (vma && vma->vm_start <= addr)
			p->page[i].prot = vma->vm_flags & VM_RWX;
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
	for (i = r.start; i < r.start + r.len && p->page[i].mapped; i++)
		p->page[i].prot = prot;
	if (i < r.start + r.len) {
		if (error != -ENOMEM)
			complain(w, "a hole at %u, but replied %d", i, error);
	} else if (error && !out_of_memory(w, error)) {
		complain(w, "replied %d", error);
	}
	if (error)
		learn_rights(p);
}

/* What a load or store of the page must answer. */
static int expected_error(const struct model_page *p, bool write)
{
	if (!p->mapped)
		return -EFAULT;
	return p->prot & (write ? PROT_WRITE : PROT_READ) ? 0 : -EACCES;
}

static void run_access(struct world *w, struct process *p)
{
	u32 i = random_below(w, WINDOW), value = random_below(w, 1u << 31);
	struct model_page *page = &p->page[i];
	bool write = random_below(w, 2);
	int error, want = expected_error(page, write);

	snprintf(w->what, sizeof(w->what), "%u: %s page %u", p->task->pid, write ? "store" : "load",
		 i);
	schedule_task(w->m, 0, p->task);
	error = access_word(w->m, p->task, BASE + i * PAGE_SIZE, &value, 4,
			    write ? ACCESS_WRITE : ACCESS_READ, FAULT_USER | FAULT_NO_ESP);
	if (!want && out_of_memory(w, error))
		return;
	if (error != want)
		complain(w, "replied %d, expected %d", error, want);
	else if (!error && write)
		*model_word(page) = value;
	else if (!error && value != *model_word(page))
		complain(w, "read %08x, expected %08x", value, *model_word(page));
}

static void run_brk(struct world *w, struct process *p)
{
	s32 pages = (s32)random_below(w, 9) - 4;
	s64 old;

	snprintf(w->what, sizeof(w->what), "%u: sbrk %d pages", p->task->pid, pages);
	old = sys_sbrk(p->task, pages * (s32)PAGE_SIZE);
	if (old < 0)
		out_of_memory(w, old);
}

static void run_fork(struct world *w, struct process *p)
{
	struct process *child = NULL;
	struct task_struct *task;
	int error;

	for (unsigned i = 0; i < PROCESSES; i++)
		if (!w->process[i].task)
			child = &w->process[i];
	if (!child)
		return;
	snprintf(w->what, sizeof(w->what), "%u: fork", p->task->pid);
	error = do_fork(p->task, 0, &task);
	if (out_of_memory(w, error))
		return;
	if (error) {
		complain(w, "replied %d", error);
		return;
	}
	*child = *p;
	child->task = task;
}

static void run_exit(struct world *w, struct process *p)
{
	struct task_struct *parent = KGET(p->task->parent);
	u32 status;

	snprintf(w->what, sizeof(w->what), "%u: exit", p->task->pid);
	do_exit(p->task, 0);
	memset(p, 0, sizeof(*p));
	if (parent && parent->pid != 1)
		sys_wait4(parent, 0, &status);
}

/* ---- the run ---- */

static void ensure_process(struct world *w)
{
	for (unsigned i = 0; i < PROCESSES; i++)
		if (w->process[i].task)
			return;
	if (do_spawn(w->m, 0, 0, NULL, NULL, NULL, &w->process[0].task))
		complain(w, "no process can be started");
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
		run_mmap,   run_mmap,	run_munmap, run_mprotect, run_access, run_access,
		run_access, run_access, run_access, run_brk,	  run_fork,
	};
	struct process *p;

	ensure_process(w);
	if (w->failed)
		return;
	p = random_process(w);
	w->commands++;
	if (random_below(w, 40) == 0)
		run_exit(w, p);
	else
		run[random_below(w, ARRAY_SIZE(run))](w, p);
	check_machine(w->m, report, w);
}

/* Free frames when the page cache, which may go at any time, is empty. */
static u32 free_frames(struct machine *m)
{
	while (try_to_free_pages(m, GFP_HIGHUSER))
		continue;
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
	check_machine(w->m, report, w);
	if (free_frames(w->m) != free_pages)
		complain(w, "%u frames are free, at the beginning %u", free_frames(w->m),
			 free_pages);
}

int main(int argc, char **argv)
{
	u64 seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 0) : 20000;
	struct machine_config config = { .ram = FRAMES * PAGE_SIZE };
	struct world w = { .random = seed };
	u32 free_pages;

	if (argc <= 2 && getenv("ASPACEFS_LONG"))
		n *= 100;
	printf("seed %llu, %lu commands\n", (unsigned long long)seed, n);
	fflush(stdout);
	w.object = calloc(n + 1, sizeof(*w.object));
	if (!w.object || machine_new(&config, &w.m) || start_init(w.m, NULL, NULL, 0, 0)) {
		fprintf(stderr, "random: no machine\n");
		return 1;
	}
	free_pages = free_frames(w.m);
	while (w.commands < n && !w.failed)
		run_command(&w);
	run_end(&w, free_pages);
	printf("%lu commands, %lu times out of memory, %lu failed\n", w.commands, w.no_memory,
	       w.failed);
	machine_free(w.m);
	free(w.object);
	return w.failed != 0;
}

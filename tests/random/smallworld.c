// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The small world: every sequence of three calls of mmap, munmap and mprotect (four when
 * ASPACEFS_LONG is set) on a window of five pages, against an array of pages.
 *
 *	the model's page: nothing, or its rights and, where shared, object and offset
 *	regions are the longest runs of pages that could be one
 *
 * After each sequence: the reply, the pages and where regions begin are those of the model, and
 * the regions of the process hold together; the whole machine is checked now and then.
 * Shorter sequences are prefixes and are looked at on their own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/check.h"
#include "mm/machine.h"
#include "mode.h"

#define BASE 0x30000000u
#define WINDOW 5u
#define MAX_LENGTH 4
#define CHECK_EVERY 4096

/* ---- the model ---- */

struct model_page {
	u8 mapped, prot, shared;
	u8 offset; /* page of the shared object */
	u32 object; /* which mmap made it */
};

struct model {
	struct model_page page[WINDOW];
	u32 objects;
};

enum call { CALL_MMAP, CALL_MMAP_HINT, CALL_MUNMAP, CALL_MPROTECT };

struct operation {
	enum call call;
	u8 start, len; /* pages */
	u8 prot, shared;
};

/* Replies are 0 (done where it was asked for), 1 (mapped elsewhere) or -errno. */
static int model_mmap(struct model *w, const struct operation *op)
{
	for (unsigned i = 0; i < op->len; i++)
		if (op->call == CALL_MMAP_HINT && w->page[op->start + i].mapped)
			return 1;
	w->objects++;
	for (unsigned i = 0; i < op->len; i++)
		w->page[op->start + i] = (struct model_page){
			.mapped = 1,
			.prot = op->prot,
			.shared = op->shared,
			.offset = (u8)(op->shared ? i : 0),
			.object = op->shared ? w->objects : 0,
		};
	return 0;
}

static int model_mprotect(struct model *w, const struct operation *op)
{
	for (unsigned i = op->start; i < op->start + op->len; i++) {
		if (!w->page[i].mapped)
			return -ENOMEM;
		w->page[i].prot = op->prot;
	}
	return 0;
}

static int model_run(struct model *w, const struct operation *op)
{
	switch (op->call) {
	case CALL_MMAP:
	case CALL_MMAP_HINT: return model_mmap(w, op);
	case CALL_MPROTECT: return model_mprotect(w, op);
	case CALL_MUNMAP: break;
	}
	memset(&w->page[op->start], 0, op->len * sizeof(w->page[0]));
	return 0;
}

/* Could two neighbours be one region? */
static bool model_joined(const struct model_page *a, const struct model_page *b)
{
	return a->mapped && b->mapped && a->prot == b->prot && a->shared == b->shared &&
	       a->object == b->object && (!a->shared || b->offset == a->offset + 1);
}

/* ---- the machine ---- */

static struct task_struct *world_new(struct machine **ret)
{
	struct machine_config config = { .ram = 256 * PAGE_SIZE, .pae = test_pae() };
	struct task_struct *task;

	if (machine_new(&config, ret) || start_init(*ret, NULL, NULL, 0, 0) ||
	    do_spawn(*ret, 0, 0, NULL, NULL, NULL, &task)) {
		fprintf(stderr, "smallworld: no machine\n");
		exit(1);
	}
	return task;
}

static int machine_mmap(struct task_struct *task, const struct operation *op, u32 addr)
{
	u32 flags = MAP_ANONYMOUS | (op->shared ? MAP_SHARED : MAP_PRIVATE);
	s64 at;

	flags |= op->call == CALL_MMAP ? MAP_FIXED : 0;
	at = do_mmap(task, NULL, addr, op->len * PAGE_SIZE, op->prot, flags, 0);
	if (at < 0 || at == addr)
		return at < 0 ? (int)at : 0;
	do_munmap(KGET(task->mm), (u32)at, op->len * PAGE_SIZE);
	return 1;
}

static int machine_run(struct task_struct *task, const struct operation *op)
{
	u32 addr = BASE + op->start * PAGE_SIZE;

	switch (op->call) {
	case CALL_MMAP:
	case CALL_MMAP_HINT: return machine_mmap(task, op, addr);
	case CALL_MPROTECT: return sys_mprotect(task, addr, op->len * PAGE_SIZE, op->prot);
	case CALL_MUNMAP: break;
	}
	return do_munmap(KGET(task->mm), addr, op->len * PAGE_SIZE);
}

/* ---- comparing ---- */

/* One page of the window as the machine has it agrees with the model's. */
static bool same_page(const struct model *w, unsigned i, const struct vm_area_struct *vma)
{
	u32 addr = BASE + i * PAGE_SIZE;
	const struct model_page *p = &w->page[i];
	bool begins = i == 0 || !model_joined(p - 1, p);

	if (!vma || vma->vm_start > addr)
		return !p->mapped;
	return p->mapped && (vma->vm_flags & VM_RWX) == p->prot &&
	       !!(vma->vm_flags & VM_SHARED) == p->shared && (vma->vm_start == addr) == begins;
}

static bool same_window(const struct model *w, struct mm_struct *mm)
{
	for (unsigned i = 0; i < WINDOW; i++)
		if (!same_page(w, i, find_vma_quiet(mm, BASE + i * PAGE_SIZE)))
			return false;
	return true;
}

static void complain(void *data, const char *line)
{
	(void)data;
	fprintf(stderr, "  %s\n", line);
}

static void print_operation(const struct operation *op)
{
	static const char *const names[] = { "mmap fixed", "mmap hint", "munmap", "mprotect" };

	fprintf(stderr, "  %s page %u, %u pages, prot %u%s\n", names[op->call], op->start, op->len,
		op->prot, op->shared ? ", shared" : "");
}

static void print_window(struct mm_struct *mm)
{
	struct vm_area_struct *vma = find_vma_quiet(mm, BASE);

	for (; vma && vma->vm_start < BASE + WINDOW * PAGE_SIZE; vma = KGET(vma->vm_next))
		fprintf(stderr, "  has pages %u to %u, flags %08x\n",
			(vma->vm_start - BASE) / PAGE_SIZE, (vma->vm_end - BASE) / PAGE_SIZE - 1,
			vma->vm_flags);
}

/* ---- all sequences ---- */

struct world {
	struct machine *m;
	struct task_struct *task;
	const struct operation *op;
	unsigned nr_ops;
	unsigned long done, failed;
};

static unsigned make_operations(struct operation *op)
{
	static const struct {
		enum call call;
		u8 prot, shared;
	} kinds[] = {
		{ CALL_MMAP, PROT_NONE, 0 },
		{ CALL_MMAP, PROT_READ, 0 },
		{ CALL_MMAP, PROT_READ | PROT_WRITE, 0 },
		{ CALL_MMAP, PROT_READ | PROT_WRITE, 1 },
		{ CALL_MMAP_HINT, PROT_READ | PROT_WRITE, 0 },
		{ CALL_MUNMAP, 0, 0 },
		{ CALL_MPROTECT, PROT_NONE, 0 },
		{ CALL_MPROTECT, PROT_READ, 0 },
		{ CALL_MPROTECT, PROT_READ | PROT_WRITE, 0 },
	};
	unsigned n = 0;

	for (unsigned k = 0; k < ARRAY_SIZE(kinds); k++)
		for (u8 start = 0; start < WINDOW; start++)
			for (u8 len = 1; start + len <= WINDOW; len++)
				op[n++] = (struct operation){ kinds[k].call, start, len,
							      kinds[k].prot, kinds[k].shared };
	return n;
}

/* Run one sequence in an empty window; only its end is new. */
static void run_sequence(struct world *world, const unsigned *which, unsigned length)
{
	struct mm_struct *mm = KGET(world->task->mm);
	struct check c = { complain, NULL, 0 };
	struct model model = { 0 };
	int want = 0, got = 0;

	do_munmap(mm, BASE, WINDOW * PAGE_SIZE);
	for (unsigned i = 0; i < length; i++) {
		want = model_run(&model, &world->op[which[i]]);
		got = machine_run(world->task, &world->op[which[i]]);
	}
	mm_validate(mm, &c);
	if (++world->done % CHECK_EVERY == 0)
		c.failures += check_machine(world->m, complain, NULL);
	if (want == got && same_window(&model, mm) && !c.failures)
		return;
	world->failed++;
	fprintf(stderr, "smallworld: replied %d, expected %d after\n", got, want);
	for (unsigned i = 0; i < length; i++)
		print_operation(&world->op[which[i]]);
	print_window(mm);
}

static void all_sequences(struct world *world, unsigned *which, unsigned depth, unsigned length)
{
	if (depth == length) {
		run_sequence(world, which, length);
		return;
	}
	for (which[depth] = 0; which[depth] < world->nr_ops && world->failed < 5; which[depth]++)
		all_sequences(world, which, depth + 1, length);
}

int main(void)
{
	static struct operation op[9 * WINDOW * (WINDOW + 1) / 2];
	unsigned which[MAX_LENGTH], longest = getenv("ASPACEFS_LONG") ? 4 : 3;
	struct world world = { .op = op, .nr_ops = make_operations(op) };

	world.task = world_new(&world.m);
	for (unsigned length = 1; length <= longest; length++)
		all_sequences(&world, which, 0, length);
	world.failed += check_machine(world.m, complain, NULL);
	printf("%lu sequences of up to %u calls, %lu failed\n", world.done, longest, world.failed);
	machine_free(world.m);
	return world.failed != 0;
}

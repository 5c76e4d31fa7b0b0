/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Too little memory, all the time: processes and files that want several times the RAM, for
 * thousands of seeded steps.  A model on the host knows every byte that they must hold
 * (model.h).  Processes may die, if the OOM killer says that it did it.  check_machine after each
 * step, and at the end every frame is back.
 *
 *	pressure [SEED [STEPS [MIB]]]	the seed is printed; ASPACEFS_LONG: a hundred times as many
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mm/check.h"
#include "mm/filemap.h"
#include "mm/oom_report.h"
#include "mm/page_alloc.h"
#include "lcg.h"
#include "mm/vmscan.h"
#include "pressure.h"

#define COMPARE_EVERY 100u /* steps between readings of everything */

u32 random_below(struct world *w, u32 n)
{
	return lcg_next(&w->random) % n;
}

void complain(struct world *w, const char *fmt, ...)
{
	va_list ap;

	w->failed++;
	fprintf(stderr, "pressure: step %lu, %s: ", w->steps, w->what);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static void report(void *data, const char *line)
{
	if (((struct world *)data)->failed < 10)
		complain(data, "%s", line);
}

bool memory_ended(struct world *w, s64 error)
{
	if (error != -ENOMEM)
		return false;
	w->no_memory++;
	return true;
}

/* ---- processes that go ---- */

void process_gone(struct process *p)
{
	model_forget_all(&p->space);
	p->task = NULL;
}

static bool is_alive(struct world *w, const struct process *p)
{
	struct task_struct *task = find_task_by_pid(w->m, p->pid);

	return task && task == p->task && task->generation == p->generation &&
	       task->state != TASK_ZOMBIE;
}

/* Parents wait for what is dead. */
static void reap(struct world *w, u32 status)
{
	for (unsigned i = 0; i < PROCESSES; i++) {
		u32 got;
		int pid;

		while (w->process[i].task && (pid = sys_wait4(w->process[i].task, 0, &got)) > 0)
			if (got != status)
				complain(w, "%d ended with status %x, not %x", pid, got, status);
	}
}

static void run_exit(struct world *w, struct process *p)
{
	STEP(w, "%u: exit", p->pid);
	do_exit(p->task, 0);
	process_gone(p);
	reap(w, 0);
}

/* The reports since the last step; those that name a victim must name one that is gone. */
static unsigned read_reports(struct world *w)
{
	const struct oom_log *log = KGET(w->m->k->oom.log);
	unsigned fresh = log->written - (unsigned)w->reports, kept = 0, victims = 0;

	w->reports = log->written;
	for (const struct oom_report *r = NULL; (r = oom_report_next(w->m, r));)
		kept++;
	for (const struct oom_report *r = NULL; (r = oom_report_next(w->m, r)); kept--) {
		struct task_struct *task = find_task_by_pid(w->m, r->victim.pid);

		if (kept > fresh || r->verdict != OOM_KILLED)
			continue;
		victims++;
		if (task && task->state != TASK_ZOMBIE)
			complain(w, "%u was killed, but lives", r->victim.pid);
	}
	return victims;
}

void learn_deaths(struct world *w)
{
	unsigned killed = 0, victims;

	oom_deliver(w->m);
	victims = read_reports(w);
	for (unsigned i = 0; i < PROCESSES; i++) {
		if (!w->process[i].task || is_alive(w, &w->process[i]))
			continue;
		process_gone(&w->process[i]);
		killed++;
	}
	w->killed += killed;
	if (killed != victims || w->killed != (unsigned long)w->m->k->vm_event[OOM_KILL])
		complain(w, "%u processes are gone, %u reported, in all %lu of %llu", killed,
			 victims, w->killed, (unsigned long long)w->m->k->vm_event[OOM_KILL]);
	if (killed)
		reap(w, 9);
}

/* ---- the run ---- */

static void ensure_process(struct world *w)
{
	struct process *p = w->process;
	int error;

	for (unsigned i = 0; i < PROCESSES; i++)
		if (w->process[i].task)
			return;
	STEP(w, "spawn");
	AT_DOOR(w, NULL, error, do_spawn(w->m, 0, 0, NULL, NULL, NULL, &p->task));
	if (error) {
		p->task = NULL;
		complain(w, "no process can be started: %d", error);
		return;
	}
	p->pid = p->task->pid;
	p->generation = p->task->generation;
}

static struct process *random_process(struct world *w)
{
	struct process *p;

	do
		p = &w->process[random_below(w, PROCESSES)];
	while (!p->task);
	return p;
}

typedef void (*step_fn)(struct world *w, struct process *p);

static step_fn random_step(struct world *w)
{
	static const struct {
		unsigned share;
		step_fn run;
	} steps[] = {
		{ 24, run_mmap },    { 6, run_munmap },	    { 8, run_mprotect },
		{ 8, run_mremap },   { 12, run_madvise },   { 2, run_mlock },
		{ 80, run_store },   { 30, run_load },	    { 8, run_fork },
		{ 1, run_exec },     { 12, run_file_read }, { 16, run_file_write },
		{ 1, run_truncate }, { 1, run_sync },	    { 1, run_swap },
		{ 1, run_exit },
	};
	unsigned sum = 0, n;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		sum += steps[i].share;
	n = random_below(w, sum);
	for (size_t i = 0;; n -= steps[i++].share)
		if (n < steps[i].share)
			return steps[i].run;
}

static void compare_all(struct world *w)
{
	for (unsigned i = 0; i < PROCESSES && !w->failed; i++) {
		if (w->process[i].task)
			compare_process(w, &w->process[i]);
		learn_deaths(w);
	}
	for (u32 i = 0; i < FILES && !w->failed; i++) {
		compare_file(w, i);
		learn_deaths(w);
	}
}

static void run_step(struct world *w)
{
	w->steps++;
	machine_tick(w->m);
	ensure_process(w);
	learn_deaths(w);
	if (w->failed)
		return;
	random_step(w)(w, random_process(w));
	learn_deaths(w);
	if (w->steps % COMPARE_EVERY == 0)
		compare_all(w);
	check_machine(w->m, report, w);
}

/* Frames in use for anything but slabs when nothing is cached. */
static u32 used_frames(struct world *w)
{
	drop_caches(w->m, DROP_PAGECACHE | DROP_SLAB);
	drain_local_pages(w->m);
	return w->m->k->nr_frames - w->m->k->nr_reserved - nr_free_pages(w->m) -
	       (u32)nr_slab_pages(w->m);
}

static void end_run(struct world *w, u32 used)
{
	for (unsigned i = 0; i < PROCESSES && !w->failed; i++)
		if (w->process[i].task)
			run_exit(w, &w->process[i]);
	for (u32 i = 0; i < SWAPS && !w->failed; i++)
		if (w->swapped_on[i] && swap_off(w, i))
			complain(w, "swap area %u cannot be emptied", i);
	if (!w->failed)
		run_sync(w, NULL);
	STEP(w, "the end");
	if (!w->failed && used_frames(w) != used)
		complain(w, "%u frames are in use, at the beginning %u", used_frames(w), used);
	check_machine(w->m, report, w);
}

/*
 * All areas are on.  Returns how many frames are used without them; the tables of the
 * vmalloc area, where their maps lie, stay.
 */
static u32 start_swaps(struct world *w)
{
	u32 used = 0;

	STEP(w, "the beginning");
	for (unsigned round = 0; round < 2; round++) {
		used = used_frames(w);
		for (u32 i = 0; i < SWAPS; i++)
			if (swap_on(w, i) || (!round && swap_off(w, i)))
				complain(w, "area %u", i);
	}
	return used;
}

static unsigned long number(int argc, char **argv, int i, unsigned long otherwise)
{
	return argc > i ? strtoul(argv[i], NULL, 0) : otherwise;
}

int main(int argc, char **argv)
{
	struct world *w = calloc(1, sizeof(*w));
	unsigned long seed = number(argc, argv, 1, 1), n = number(argc, argv, 2, 4000);
	u64 mib = number(argc, argv, 3, 16u << seed % 3);
	int failed;
	u32 used;

	if (argc <= 2 && getenv("ASPACEFS_LONG"))
		n *= 100;
	w->random = seed;
	printf("seed %lu, %lu steps, %u MiB\n", seed, n, (unsigned)mib);
	fflush(stdout);
	if (!world_start(w, mib << 20)) {
		fprintf(stderr, "pressure: no machine\n");
		return 1;
	}
	used = start_swaps(w);
	while (w->steps < n && !w->failed)
		run_step(w);
	end_run(w, used);
	failed = w->failed != 0;
	printf("%lu steps, %llu pages out, %llu in, ", w->steps,
	       (unsigned long long)w->m->k->vm_event[PSWPOUT],
	       (unsigned long long)w->m->k->vm_event[PSWPIN]);
	printf("%lu times out of memory, %lu killed, %lu failed\n", w->no_memory, w->killed,
	       w->failed);
	world_end(w);
	free(w);
	return failed;
}

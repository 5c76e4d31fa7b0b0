/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reports of the out-of-memory killer.  ULK ch. 17, "The Out of Memory Killer".
 *
 * Invariant (oom_validate): the sizes of the reports add up to the bytes in use.
 */
#include <errno.h>
#include <string.h>

#include "mm/machine.h"
#include "mm/oom_report.h"
#include "mm/pgtable.h"
#include "mm/trace.h"

_Static_assert(sizeof(struct oom_log) <= 16384, "the log is one object of size-16384");
_Static_assert(sizeof(struct oom_report) < OOM_LOG_BYTES / 4, "a report leaves room for tasks");
_Static_assert(sizeof(struct oom_report) % 8 == 0 && sizeof(struct oom_task) % 8 == 0,
	       "one report stands aligned behind the other");

int oom_log_init(struct machine *m)
{
	struct oom_log *log;

	if (m->ram.size < LOGS_MIN_RAM)
		return 0;
	log = kzalloc(m, sizeof(*log), GFP_KERNEL);
	if (!log)
		return -ENOMEM;
	KSET(m->k->oom.log, log);
	return 0;
}

static const struct oom_report *report_at(const struct oom_log *log, u32 offset)
{
	return (const struct oom_report *)(log->data + offset);
}

const struct oom_report *oom_report_next(struct machine *m, const struct oom_report *r)
{
	const struct oom_log *log = KGET(m->k->oom.log);
	u32 next = r ? (u32)((const u8 *)r - log->data) + r->size : 0;

	return log && next < log->used ? report_at(log, next) : NULL;
}

const struct oom_report *oom_report_unread(struct machine *m)
{
	const struct oom_log *log = KGET(m->k->oom.log);
	const struct oom_report *r = oom_report_next(m, NULL);

	while (r && (s32)(r->number - log->read) < 0)
		r = oom_report_next(m, r);
	return r;
}

void oom_reports_read(struct machine *m, u32 number)
{
	struct oom_log *log = KGET(m->k->oom.log);

	if (log)
		log->read = number;
}

/* Room for @size bytes at the end. */
static struct oom_report *log_append(struct oom_log *log, u32 size)
{
	u32 drop = 0;

	while (log->used - drop + size > OOM_LOG_BYTES)
		drop += report_at(log, drop)->size;
	log->used -= drop;
	memmove(log->data, log->data + drop, log->used);
	log->used += size;
	return (struct oom_report *)(log->data + log->used - size);
}

static void fill_task(struct oom_task *t, const struct task_struct *task)
{
	const struct mm_struct *mm = KGET(task->mm);

	t->pid = task->pid;
	t->tgid = task->tgid;
	t->uid = task->uid;
	t->oom_score_adj = task->oom_score_adj;
	memcpy(t->comm, task->comm, sizeof(t->comm));
	if (!mm)
		return;
	t->total_vm = mm->total_vm;
	t->rss = get_mm_rss(mm);
	t->swapents = (u32)mm->rss_stat[MM_SWAPENTS];
	t->pgtables = mm_pgtables(mm);
}

static void fill_zone(struct oom_zone *to, const struct zone *z, unsigned nr_cpus)
{
	memcpy(to->name, z->name, sizeof(to->name));
	to->present = z->present_pages;
	to->managed = z->managed_pages;
	to->free = z->free_pages;
	for (unsigned cpu = 0; cpu < nr_cpus; cpu++)
		to->free_pcp += z->pageset[cpu].list.nr;
	to->min = z->pages_min;
	to->low = z->pages_low;
	to->high = z->pages_high;
	for (unsigned i = 0; i < NR_LRU_LISTS; i++)
		to->lru[i] = z->lru[i].nr;
	memcpy(to->lowmem_reserve, z->lowmem_reserve, sizeof(to->lowmem_reserve));
	for (unsigned order = 0; order < MAX_ORDER; order++)
		to->free_blocks[order] = zone_free_blocks(z, order);
}

static void fill_victim(struct oom_report *r, const struct task_struct *victim)
{
	const struct mm_struct *mm = KGET(victim->mm);

	fill_task(&r->victim, victim);
	r->victim_rss[0] = (u32)mm->rss_stat[MM_ANONPAGES];
	r->victim_rss[1] = (u32)mm->rss_stat[MM_FILEPAGES];
	r->victim_rss[2] = (u32)mm->rss_stat[MM_SHMEMPAGES];
}

/* today: the table has those that might be chosen, whatever their oom_score_adj. */
static bool is_listed(const struct task_struct *task)
{
	return task->pid != 1 && !KNULL(task->mm);
}

static u32 count_listed(struct machine *m)
{
	struct task_struct *task;
	u32 n = 0;

	list_for_each_entry(task, &m->k->tasks, tasks)
		n += is_listed(task);
	return n;
}

static void fill_tasks(struct machine *m, struct oom_report *r)
{
	struct task_struct *task;
	u32 n = 0;

	list_for_each_entry(task, &m->k->tasks, tasks)
		if (n < r->nr_listed && is_listed(task))
			fill_task(&r->task[n++], task);
}

static u32 trace_seq(struct machine *m)
{
	const struct trace_ring *ring = KGET(m->k->trace);

	return ring ? ring->written : 0;
}

/* A zeroed report with room for as many of @nr tasks as the log can hold. */
static struct oom_report *report_new(struct oom_log *log, u32 nr)
{
	u32 most = (OOM_LOG_BYTES - sizeof(struct oom_report)) / sizeof(struct oom_task);
	u32 listed = nr < most ? nr : most;
	u32 size = (u32)(sizeof(struct oom_report) + listed * sizeof(struct oom_task));
	struct oom_report *r = log_append(log, size);

	memset(r, 0, size);
	r->size = size;
	r->number = log->written++;
	r->nr_tasks = nr;
	r->nr_listed = listed;
	return r;
}

void oom_report(struct machine *m, const struct task_struct *asking,
		const struct task_struct *victim, enum oom_verdict verdict)
{
	const struct oom_state *oom = &m->k->oom;
	bool dump = sysctl(m, SYSCTL_OOM_DUMP_TASKS);
	struct oom_report *r;

	if (KNULL(oom->log))
		return;
	r = report_new(KGET(oom->log), dump ? count_listed(m) : 0);
	r->seq = trace_seq(m);
	r->jiffies = m->k->jiffies;
	r->cpu = smp_processor_id(m);
	r->gfp_mask = oom->want.gfp_mask;
	r->order = oom->want.order;
	r->verdict = (u8)verdict;
	r->dumped = dump;
	if (asking)
		fill_task(&r->asking, asking);
	for (unsigned i = 0; i < MAX_NR_ZONES; i++)
		fill_zone(&r->zone[i], &m->k->zone[i], m->nr_cpus);
	memcpy(r->vm_stat, m->k->vm_stat, sizeof(r->vm_stat));
	r->swap_free = (u32)get_nr_swap_pages(m);
	r->swap_total = total_swap_pages(m);
	if (victim)
		fill_victim(r, victim);
	fill_tasks(m, r);
}

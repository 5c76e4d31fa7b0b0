/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The out-of-memory killer's report in Linux's words: who asked for what, what memory there is,
 * the processes that might be chosen, who was.  Numbers that nothing stands behind are left out.
 */
#include "oom_report.h"

#include "trace.h"

struct text {
	const char *head;
	GString *out;
};

static void line(const struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void line(const struct text *t, const char *fmt, ...)
{
	va_list args;

	g_string_append(t->out, t->head);
	va_start(args, fmt);
	g_string_append_vprintf(t->out, fmt, args);
	va_end(args);
	g_string_append_c(t->out, '\n');
}

static unsigned kb(u32 pages)
{
	return pages * (PAGE_SIZE / 1024);
}

/* ---- who asked ---- */

static void print_asking(const struct text *t, const struct oom_report *r)
{
	const struct oom_task *who = &r->asking;
	const char *name = who->pid ? who->comm : "aspacefs";
	g_autoptr(GString) gfp = g_string_new(NULL);

	trace_print_gfp(r->gfp_mask, gfp);
	line(t, "%.*s invoked oom-killer: gfp_mask=0x%x(%s), order=%u, oom_score_adj=%d",
	     TASK_COMM_LEN, name, r->gfp_mask, gfp->str, r->order, who->oom_score_adj);
	line(t, "CPU: %u UID: %u PID: %u Comm: %.*s", r->cpu, who->uid, who->pid, TASK_COMM_LEN,
	     name);
}

/* ---- what memory there is ---- */

static void print_zone(const struct text *t, const struct oom_zone *z)
{
	line(t,
	     "%.*s free:%ukB min:%ukB low:%ukB high:%ukB active_anon:%ukB inactive_anon:%ukB "
	     "active_file:%ukB inactive_file:%ukB unevictable:%ukB present:%ukB managed:%ukB "
	     "free_pcp:%ukB",
	     (int)sizeof(z->name), z->name, kb(z->free), kb(z->min), kb(z->low), kb(z->high),
	     kb(z->lru[LRU_ACTIVE_ANON]), kb(z->lru[LRU_INACTIVE_ANON]),
	     kb(z->lru[LRU_ACTIVE_FILE]), kb(z->lru[LRU_INACTIVE_FILE]),
	     kb(z->lru[LRU_UNEVICTABLE]), kb(z->present), kb(z->managed), kb(z->free_pcp));
	line(t, "lowmem_reserve[]: %u %u %u", z->lowmem_reserve[0], z->lowmem_reserve[1],
	     z->lowmem_reserve[2]);
}

static void print_blocks(const struct text *t, const struct oom_zone *z)
{
	g_autoptr(GString) s = g_string_new(NULL);
	u32 pages = 0;

	for (unsigned order = 0; order < MAX_ORDER; order++) {
		g_string_append_printf(s, "%u*%ukB ", z->free_blocks[order], kb(1u << order));
		pages += z->free_blocks[order] << order;
	}
	line(t, "%.*s: %s= %ukB", (int)sizeof(z->name), z->name, s->str, kb(pages));
}

static void print_sums(const struct text *t, const struct oom_report *r)
{
	u32 lru[NR_LRU_LISTS] = { 0 }, free = 0, free_pcp = 0;
	const s32 *stat = r->vm_stat;

	for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
		for (unsigned list = 0; list < NR_LRU_LISTS; list++)
			lru[list] += r->zone[i].lru[list];
		free += r->zone[i].free;
		free_pcp += r->zone[i].free_pcp;
	}
	line(t, "Mem-Info:");
	line(t, "active_anon:%u inactive_anon:%u", lru[LRU_ACTIVE_ANON], lru[LRU_INACTIVE_ANON]);
	line(t, " active_file:%u inactive_file:%u", lru[LRU_ACTIVE_FILE], lru[LRU_INACTIVE_FILE]);
	line(t, " unevictable:%u dirty:%d", lru[LRU_UNEVICTABLE], stat[NR_FILE_DIRTY]);
	line(t, " slab_reclaimable:%d slab_unreclaimable:%d", stat[NR_SLAB_RECLAIMABLE],
	     stat[NR_SLAB_UNRECLAIMABLE]);
	line(t, " mapped:%d shmem:%d pagetables:%d", stat[NR_FILE_MAPPED], stat[NR_SHMEM],
	     stat[NR_PAGETABLE]);
	line(t, " free:%u free_pcp:%u", free, free_pcp);
}

static void print_memory(const struct text *t, const struct oom_report *r)
{
	u32 present = 0, managed = 0;

	print_sums(t, r);
	for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
		present += r->zone[i].present;
		managed += r->zone[i].managed;
		if (r->zone[i].present)
			print_zone(t, &r->zone[i]);
	}
	for (unsigned i = 0; i < MAX_NR_ZONES; i++)
		if (r->zone[i].present)
			print_blocks(t, &r->zone[i]);
	line(t, "%d total pagecache pages", r->vm_stat[NR_FILE_PAGES]);
	line(t, "%d pages in swap cache", r->vm_stat[NR_SWAPCACHE]);
	line(t, "Free swap  = %ukB", kb(r->swap_free));
	line(t, "Total swap = %ukB", kb(r->swap_total));
	line(t, "%u pages RAM", present);
	line(t, "%u pages HighMem/MovableOnly", r->zone[ZONE_HIGHMEM].present);
	line(t, "%u pages reserved", present - managed);
}

/* ---- who might be chosen ---- */

static void print_task(const struct text *t, const struct oom_task *task)
{
	line(t, "[%7u] %5u %5u %8u %8u %8u %8u         %5d %.*s", task->pid, task->uid, task->tgid,
	     task->total_vm, task->rss, task->pgtables * PAGE_SIZE, task->swapents,
	     task->oom_score_adj, TASK_COMM_LEN, task->comm);
}

static void print_tasks(const struct text *t, const struct oom_report *r)
{
	line(t, "Tasks state (memory values in pages):");
	line(t, "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj "
		"name");
	for (u32 i = 0; i < r->nr_listed; i++)
		print_task(t, &r->task[i]);
	if (r->nr_listed < r->nr_tasks)
		line(t, "(%u tasks more)", r->nr_tasks - r->nr_listed);
}

/* ---- who was ---- */

static void print_killed(const struct text *t, const struct oom_report *r)
{
	const struct oom_task *v = &r->victim;

	line(t, "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=%.*s,pid=%u,uid=%u",
	     TASK_COMM_LEN, v->comm, v->pid, v->uid);
	line(t,
	     "%s: Killed process %u (%.*s) total-vm:%ukB, anon-rss:%ukB, file-rss:%ukB, "
	     "shmem-rss:%ukB, UID:%u pgtables:%ukB oom_score_adj:%d",
	     r->verdict == OOM_KILLED ? "Out of memory" :
					"Out of memory (oom_kill_allocating_task)",
	     v->pid, TASK_COMM_LEN, v->comm, kb(v->total_vm), kb(r->victim_rss[0]),
	     kb(r->victim_rss[1]), kb(r->victim_rss[2]), v->uid, kb(v->pgtables), v->oom_score_adj);
}

void oom_report_print(const struct oom_report *r, const char *head, GString *out)
{
	const struct text t = { head, out };

	print_asking(&t, r);
	print_memory(&t, r);
	if (r->dumped)
		print_tasks(&t, r);
	switch ((enum oom_verdict)r->verdict) {
	case OOM_KILLED:
	case OOM_KILLED_ALLOCATING: print_killed(&t, r); break;
	case OOM_NOBODY: line(&t, "Out of memory and no killable processes..."); break;
	case OOM_PANIC:
		line(&t, "Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is "
			 "enabled");
	}
}

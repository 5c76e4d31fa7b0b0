/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace: the ring of events so far, as ftrace prints it; cut to nothing (> trace), it forgets
 * them.  What trace_pipe took is gone from it, too.  A process that is gone has no name.
 *
 * Among them, where they were written, stand the reports of the out-of-memory killer: what the
 * kernel's log gets is in ftrace an event named console.  They outlive the ring.
 */
#include "mm/trace.h"
#include "oom_report.h"
#include "proc.h"
#include "trace.h"

static const struct {
	const char *name, *format;
} events[NR_TRACE_EVENTS] = {
#define X(id, name, format) [id] = { name, format },
	TRACE_EVENTS(X)
#undef X
};

static void print_head(u64 kept, u64 written, unsigned cpus, GString *out)
{
	g_string_append_printf(out,
			       "# tracer: nop\n#\n"
			       "# entries-in-buffer/entries-written: %" G_GUINT64_FORMAT
			       "/%" G_GUINT64_FORMAT "   #P:%u\n#\n"
			       "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
			       "#              | |         |   |||||     |         |\n",
			       kept, written, cpus);
}

/* ---- one event ---- */

static const struct {
	gfp_t bits;
	const char *name;
} gfp_words[] = {
	{ GFP_HIGHUSER, "GFP_HIGHUSER" },   { GFP_KERNEL, "GFP_KERNEL" },
	{ GFP_NOFS, "GFP_NOFS" },	    { GFP_NOIO, "GFP_NOIO" },
	{ GFP_ATOMIC, "GFP_ATOMIC" },	    { __GFP_DMA, "GFP_DMA" },
	{ __GFP_HIGHMEM, "__GFP_HIGHMEM" }, { __GFP_COLD, "__GFP_COLD" },
	{ __GFP_NOWARN, "__GFP_NOWARN" },   { __GFP_REPEAT, "__GFP_REPEAT" },
	{ __GFP_NOFAIL, "__GFP_NOFAIL" },   { __GFP_NORETRY, "__GFP_NORETRY" },
	{ __GFP_COMP, "__GFP_COMP" },	    { __GFP_ZERO, "__GFP_ZERO" },
};

void trace_print_gfp(gfp_t gfp, GString *out)
{
	const char *between = "";

	if (!gfp)
		g_string_append(out, "GFP_NOWAIT");
	for (size_t i = 0; i < ARRAY_SIZE(gfp_words); i++) {
		if ((gfp & gfp_words[i].bits) != gfp_words[i].bits)
			continue;
		g_string_append_printf(out, "%s%s", between, gfp_words[i].name);
		gfp &= ~gfp_words[i].bits;
		between = "|";
	}
}

/* One number as the letter of a format says. */
static void print_number(const struct machine *m, char letter, u32 number, GString *out)
{
	switch (letter) {
	case 'x': g_string_append_printf(out, "%x", number); break;
	case 'u': g_string_append_printf(out, "%u", number); break;
	case 'd': g_string_append_printf(out, "%d", (int)number); break;
	case 'g': trace_print_gfp(number, out); break;
	case 'v': g_string_append_printf(out, "%u:%u", number >> 20, number & 0xfffff); break;
	case 'o':
		g_string_append_printf(out, "%" G_GUINT64_FORMAT, (u64)number << PAGE_SHIFT);
		break;
	case 'p': g_string_append_printf(out, "%08x", kva_of(pfn_to_page(m, number))); break;
	default: g_assert_not_reached();
	}
}

static void print_numbers(const struct machine *m, const struct trace_event *e, GString *out)
{
	const u32 *number = e->number;

	for (const char *c = events[e->id].format; *c; c++) {
		if (*c != '%') {
			g_string_append_c(out, *c);
			continue;
		}
		c++;
		print_number(m, *c, *number, out);
		number += *c != 'p';
	}
}

static void print_stamp(const char *comm, u32 pid, u32 cpu, u64 jiffies, const char *name,
			GString *out)
{
	g_string_append_printf(out, "%16.*s-%-7u [%03u] ..... %5u.%06u: %s: ", TASK_COMM_LEN, comm,
			       pid, cpu, (unsigned)(jiffies / HZ),
			       (unsigned)(jiffies % HZ) * (1000000 / HZ), name);
}

static void print_event(struct machine *m, const struct trace_event *e, GString *out)
{
	const struct task_struct *task = e->pid ? find_task_by_pid(m, e->pid) : NULL;
	bool thread = e->id == TRACE_KSWAPD_WAKE || e->id == TRACE_KSWAPD_SLEEP;
	const char *nobody = thread ? "kswapd0" : e->pid ? "<...>" : "<idle>";

	print_stamp(task ? task->comm : nobody, e->pid, e->cpu, e->jiffies, events[e->id].name,
		    out);
	print_numbers(m, e, out);
	g_string_append_c(out, '\n');
}

/* ---- the files ---- */

/* Events that can still be read. */
static u32 events_kept(const struct trace_ring *ring)
{
	return ring ? MIN(ring->written - ring->read, TRACE_RING) : 0;
}

static void print_report(const struct oom_report *r, GString *out)
{
	const struct oom_task *who = &r->asking;
	g_autoptr(GString) head = g_string_new(NULL);

	print_stamp(who->pid ? who->comm : "aspacefs", who->pid, r->cpu, r->jiffies, "console",
		    head);
	oom_report_print(r, head->str, out);
}

/* Was it written before event number @number? */
static bool report_is_before(const struct oom_report *r, u32 number)
{
	return r && (s32)(r->seq - number) <= 0;
}

int proc_trace(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	struct machine *m = fs->m;
	const struct trace_ring *ring = KGET(m->k->trace);
	const struct oom_report *report = oom_report_unread(m);
	u32 kept = events_kept(ring), written = ring ? ring->written : 0;

	print_head(kept, written, m->nr_cpus, out);
	for (u32 i = written - kept; i != written + 1; i++) {
		for (; report_is_before(report, i); report = oom_report_next(m, report))
			print_report(report, out);
		if (i != written)
			print_event(m, trace_event(ring, i), out);
	}
	return 0;
}

void proc_trace_truncate(struct aspacefs *fs)
{
	const struct oom_log *log = KGET(fs->m->k->oom.log);

	trace_clear(fs->m);
	oom_reports_read(fs->m, log ? log->written : 0);
}

/* As in tracefs: it is opening with O_TRUNC that forgets, what is written does nothing. */
int proc_trace_store(struct aspacefs *fs, const struct node *node, const char *text, size_t len)
{
	return 0;
}

bool trace_is_empty(struct aspacefs *fs)
{
	return !events_kept(KGET(fs->m->k->trace)) && !oom_report_unread(fs->m);
}

void trace_take(struct aspacefs *fs, size_t size, GString *out)
{
	struct trace_ring *ring = KGET(fs->m->k->trace);
	u32 kept = events_kept(ring), lost = ring ? ring->written - ring->read - kept : 0;

	if (lost) {
		g_string_append_printf(out, "CPU:0 [LOST %u EVENTS]\n", lost);
		ring->read += lost;
	}
	for (u32 written = ring ? ring->written : 0; out->len < size; ring->read = written - kept) {
		const struct oom_report *report = oom_report_unread(fs->m);

		if (report_is_before(report, written - kept)) {
			print_report(report, out);
			oom_reports_read(fs->m, report->number + 1);
		} else if (kept) {
			print_event(fs->m, trace_event(ring, written - kept--), out);
		} else {
			break;
		}
	}
}

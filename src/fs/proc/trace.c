/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace: the ring of events so far, as ftrace prints it.  A process that is gone has no name.
 * Among them, where they were written, the reports of the out-of-memory killer: in ftrace what
 * the kernel's log gets is an event, too, named console.
 */
#include "mm/trace.h"
#include "oom_report.h"
#include "proc.h"

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

static void print_stamp(GString *out, const char *comm, u32 pid, u32 cpu, u64 jiffies,
			const char *name)
{
	g_string_append_printf(out, "%16.*s-%-7u [%03u] ..... %5u.%06u: %s: ", TASK_COMM_LEN, comm,
			       pid, cpu, (unsigned)(jiffies / HZ),
			       (unsigned)(jiffies % HZ) * (1000000 / HZ), name);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void print_event(struct machine *m, const struct trace_event *e, GString *out)
{
	const struct task_struct *task = find_task_by_pid(m, e->pid);

	print_stamp(out, task ? task->comm : "<...>", e->pid, e->cpu, e->jiffies,
		    events[e->id].name);
	g_string_append_printf(out, events[e->id].format, e->a, e->b, e->c);
	g_string_append_c(out, '\n');
}
#pragma GCC diagnostic pop

static void print_report(const struct oom_report *r, GString *out)
{
	const struct oom_task *who = &r->asking;
	g_autoptr(GString) head = g_string_new(NULL);

	print_stamp(head, who->pid ? who->comm : "aspacefs", who->pid, r->cpu, r->jiffies,
		    "console");
	oom_report_print(r, head->str, out);
}

/* From *@r on, those that were written before trace event number @seq. */
static void print_reports(struct machine *m, const struct oom_report **r, u32 seq, GString *out)
{
	for (; *r && (s32)((*r)->seq - seq) <= 0; *r = oom_report_next(m, *r))
		print_report(*r, out);
}

int proc_trace(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct trace_ring *ring = KGET(fs->m->k->trace);
	const struct oom_report *report = oom_report_next(fs->m, NULL);
	u32 written = ring ? ring->written : 0, kept = MIN(written, TRACE_RING);

	print_head(kept, written, fs->m->nr_cpus, out);
	for (u32 i = 0; i < kept; i++) {
		print_reports(fs->m, &report, written - kept + i, out);
		print_event(fs->m, &ring->event[(ring->next + TRACE_RING - kept + i) % TRACE_RING],
			    out);
	}
	print_reports(fs->m, &report, written, out);
	return 0;
}

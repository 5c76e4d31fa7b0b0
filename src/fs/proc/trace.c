/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace: the ring of events so far, as ftrace prints it.  A process that is gone has no name.
 */
#include "mm/trace.h"
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

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void print_event(struct machine *m, const struct trace_event *e, GString *out)
{
	const struct task_struct *task = find_task_by_pid(m, e->pid);
	const char *nobody = e->pid ? "<...>" : "<idle>";

	g_string_append_printf(out, "%16.*s-%-7u [%03u] ..... %5u.%06u: %s: ", TASK_COMM_LEN,
			       task ? task->comm : nobody, e->pid, e->cpu,
			       (unsigned)(e->jiffies / HZ),
			       (unsigned)(e->jiffies % HZ) * (1000000 / HZ), events[e->id].name);
	g_string_append_printf(out, events[e->id].format, e->a, e->b, e->c);
	g_string_append_c(out, '\n');
}
#pragma GCC diagnostic pop

int proc_trace(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct trace_ring *ring = KGET(fs->m->k->trace);
	u64 kept = ring ? MIN(ring->written, TRACE_RING) : 0;

	print_head(kept, ring ? ring->written : 0, fs->m->nr_cpus, out);
	for (u64 i = 0; i < kept; i++)
		print_event(fs->m, &ring->event[(ring->next + TRACE_RING - kept + i) % TRACE_RING],
			    out);
	return 0;
}

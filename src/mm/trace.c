/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring of trace events.  A record costs a few stores, so every fault writes one; the
 * oldest give way.  Small machines, those of unit tests, have no ring.
 */
#include <errno.h>

#include "mm/machine.h"
#include "mm/trace.h"

_Static_assert(sizeof(struct trace_event) == 32, "a record is 32 bytes");
_Static_assert(sizeof(struct trace_ring) <= 32768, "the ring is one object of size-32768");

int trace_init(struct machine *m)
{
	struct trace_ring *ring;

	if (m->ram.size < LOGS_MIN_RAM)
		return 0;
	ring = kzalloc(m, sizeof(*ring), GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	KSET(m->k->trace, ring);
	return 0;
}

/* The place of a new event, or NULL.  It is filled in there: a copy would wait for its stores. */
static struct trace_event *next_event(struct machine *m)
{
	struct trace_ring *ring = KGET(m->k->trace);
	struct trace_event *event;

	if (!ring)
		return NULL;
	event = &ring->event[ring->next];
	ring->written++;
	if (++ring->next == TRACE_RING)
		ring->next = 0;
	return event;
}

void trace_on(struct machine *m, unsigned cpu, u32 pid, enum trace_id id, u32 a, u32 b, u32 c)
{
	struct trace_event *event = next_event(m);

	if (event)
		*event = (struct trace_event){ .jiffies = m->k->jiffies,
					       .pid = pid,
					       .id = (u16)id,
					       .cpu = (u16)cpu,
					       .number = { a, b, c } };
}

void trace(struct machine *m, const struct task_struct *task, enum trace_id id, u32 a, u32 b, u32 c)
{
	trace_on(m, smp_processor_id(m), task ? task->pid : 0, id, a, b, c);
}

void trace_current(struct machine *m, enum trace_id id, u32 a, u32 b, u32 c, u32 d)
{
	unsigned cpu = smp_processor_id(m);
	const struct task_struct *task = KGET(m->k->current[cpu]);
	struct trace_event *event = next_event(m);

	if (event)
		*event = (struct trace_event){ .jiffies = m->k->jiffies,
					       .pid = task ? task->pid : 0,
					       .id = (u16)id,
					       .cpu = (u16)cpu,
					       .number = { a, b, c, d } };
}

void trace_clear(struct machine *m)
{
	struct trace_ring *ring = KGET(m->k->trace);

	if (ring)
		ring->read = ring->written;
}

const struct trace_event *trace_event(const struct trace_ring *ring, u32 number)
{
	u32 back = ring->written - number;

	assert(back >= 1 && back <= TRACE_RING);
	return &ring->event[(ring->next + TRACE_RING - back) % TRACE_RING];
}

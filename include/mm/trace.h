/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trace events: what the memory manager did, as records in a ring, made text when read.
 */
#pragma once

#include "arch/types.h"

struct machine;
struct task_struct;

/*
 * In a format %x, %u and %d take the record's numbers one after the other.  So do %g: allocation
 * flags by name; %v: a device; %o: a page of a file, as the offset in bytes.  %p is the
 * descriptor of the frame that comes next, which it does not take.
 */
#define TRACE_EVENTS_VMSCAN(X)                                                                   \
	X(TRACE_WAKEUP_KSWAPD, "mm_vmscan_wakeup_kswapd", "nid=0 zid=%u order=%u gfp_flags=%g")  \
	X(TRACE_KSWAPD_WAKE, "mm_vmscan_kswapd_wake", "nid=0 order=%u")                          \
	X(TRACE_KSWAPD_SLEEP, "mm_vmscan_kswapd_sleep", "nid=0")                                 \
	X(TRACE_DIRECT_RECLAIM_BEGIN, "mm_vmscan_direct_reclaim_begin", "order=%u gfp_flags=%g") \
	X(TRACE_DIRECT_RECLAIM_END, "mm_vmscan_direct_reclaim_end", "nr_reclaimed=%u")

#define TRACE_EVENTS(X)                                                                         \
	/* id, name, the record's numbers */                                                    \
	X(TRACE_PAGE_FAULT_USER, "page_fault_user", "address=0x%x ip=0x%x error_code=0x%x")     \
	X(TRACE_PAGE_FAULT_KERNEL, "page_fault_kernel", "address=0x%x ip=0x%x error_code=0x%x") \
	X(TRACE_OOPS, "oops", "address=0x%x ip=0x%x error_code=0x%x")                           \
	/* today: pages (-1: all), then why and its number */                                   \
	X(TRACE_TLB_TASK_SWITCH, "tlb_flush", "pages:%d reason:flush on task switch (0)")       \
	X(TRACE_TLB_REMOTE_SHOOTDOWN, "tlb_flush", "pages:%d reason:remote shootdown (1)")      \
	X(TRACE_TLB_LOCAL_SHOOTDOWN, "tlb_flush", "pages:%d reason:local shootdown (2)")        \
	X(TRACE_TLB_REMOTE_SEND_IPI, "tlb_flush", "pages:%d reason:remote ipi send (4)")        \
	X(TRACE_SWAP_READ_ERROR, "swap_read_error", "type=%u slot=0x%x errors=%u")              \
	X(TRACE_SWAP_WRITE_ERROR, "swap_write_error", "type=%u slot=0x%x errors=%u")            \
	TRACE_EVENTS_VMSCAN(X)                                                                  \
	X(TRACE_PAGE_ALLOC, "mm_page_alloc",                                                    \
	  "page=0x%p pfn=0x%x order=%u migratetype=0 gfp_flags=%g")                             \
	X(TRACE_PAGE_FREE, "mm_page_free", "page=0x%p pfn=0x%x order=%u")                       \
	X(TRACE_CACHE_ADD, "mm_filemap_add_to_page_cache",                                      \
	  "dev %v ino %x pfn=0x%x ofs=%o order=0")                                              \
	X(TRACE_CACHE_DELETE, "mm_filemap_delete_from_page_cache",                              \
	  "dev %v ino %x pfn=0x%x ofs=%o order=0")

enum trace_id {
#define X(id, name, format) id,
	TRACE_EVENTS(X)
#undef X
		NR_TRACE_EVENTS
};

struct trace_event {
	u64 jiffies;
	u32 pid;
	u16 id; /* enum trace_id */
	u16 cpu;
	u32 number[4];
};

#define TRACE_RING 1023 /* with its head, one object of size-32768 */

struct trace_ring {
	u32 next; /* the place that is written next */
	u32 written; /* events ever, the last TRACE_RING are here */
	u32 read; /* of them, those that trace_pipe took, or that trace forgot */
	struct trace_event event[TRACE_RING];
};

/* Boot: the ring, where RAM is LOGS_MIN_RAM or more.  0 or -ENOMEM. */
int trace_init(struct machine *m);

/* Note an event of process @pid (0: nobody's) on @cpu; without a ring nothing. */
void trace_on(struct machine *m, unsigned cpu, u32 pid, enum trace_id id, u32 a, u32 b, u32 c);

/* The same of @task (NULL: nobody) on this CPU. */
void trace(struct machine *m, const struct task_struct *task, enum trace_id id, u32 a, u32 b,
	   u32 c);

/* The same of whom this CPU runs; all four numbers. */
void trace_current(struct machine *m, enum trace_id id, u32 a, u32 b, u32 c, u32 d);

/* Forget all events so far. */
void trace_clear(struct machine *m);

/* Event number @number of all ever.  => it is one of the last TRACE_RING */
const struct trace_event *trace_event(const struct trace_ring *ring, u32 number);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tunables, one row for each value: default and limits.  Values lie in RAM.
 */
#pragma once

#include "arch/types.h"

struct machine;

enum sysctl {
	SYSCTL_MAX_MAP_COUNT,
	SYSCTL_MMAP_MIN_ADDR, /* bytes; fixed below it is EPERM */
	SYSCTL_OVERCOMMIT_MEMORY,
	SYSCTL_OVERCOMMIT_RATIO, /* per cent */
	SYSCTL_OVERCOMMIT_KBYTES, /* instead of a ratio, which is 0 then, and the other way round */
	SYSCTL_ADMIN_RESERVE_KBYTES, /* of the limit, kept from processes */
	SYSCTL_USER_RESERVE_KBYTES, /* at most so much is kept from a large one */
	SYSCTL_PANIC_ON_OOM, /* nobody is killed: the request stays refused */
	SYSCTL_OOM_KILL_ALLOCATING_TASK,
	SYSCTL_OOM_DUMP_TASKS, /* the killer's report has the table of tasks */
	SYSCTL_LEGACY_VA_LAYOUT,
	SYSCTL_MIN_FREE_KBYTES,
	SYSCTL_LOWMEM_RESERVE_RATIO, /* one frame in so many, 0: none; of ZONE_DMA */
	SYSCTL_LOWMEM_RESERVE_RATIO_NORMAL,
	SYSCTL_LOWMEM_RESERVE_RATIO_HIGHMEM, /* nothing is above: no effect */
	SYSCTL_STACK_GUARD_GAP, /* pages */
	SYSCTL_FAULT_AROUND_BYTES,
	SYSCTL_DIRTY_BACKGROUND_RATIO, /* per cent of free and cached pages */
	SYSCTL_DIRTY_RATIO,
	SYSCTL_DIRTY_EXPIRE_CENTISECS, /* ticks */
	SYSCTL_DIRTY_WRITEBACK_CENTISECS, /* ticks; 0: the flusher never runs by itself */
	SYSCTL_SWAPPINESS, /* memory against files: 0 when there are none, 100 alike, to 200 */
	SYSCTL_VFS_CACHE_PRESSURE, /* per cent */
	SYSCTL_DROP_CACHES, /* today: what was written last */
	SYSCTL_PAGE_CLUSTER, /* log2 of pages read from swap at once */
	SYSCTL_SHMMAX, /* bytes */
	SYSCTL_SHMALL, /* pages */
	SYSCTL_SHMMNI,
	SYSCTL_PID_MAX,
#ifdef ASPACEFS_FAILURE_INJECTION
	SYSCTL_FAIL_NTH, /* mm/fault_inject.h */
#endif
	NR_SYSCTLS
};

struct sysctl_row {
	const char *path; /* below sys/; NULL: one more number in the file of the row before */
	u32 initial, min, max;
	bool clamp; /* what is less than min becomes it */
	void (*changed)(struct machine *m); /* what else a new value does; or NULL */
};

extern const struct sysctl_row sysctl_table[NR_SYSCTLS];

#define SYSCTL_AS_BOOTED 0xffffffffu /* nobody wrote it yet: the kernel chooses */

/* Boot: set every tunable to its first value. */
void sysctl_init(struct machine *m);

/* The value that holds: where the kernel chooses, what it chose. */
u32 sysctl_read(const struct machine *m, enum sysctl s);

/* How many numbers the file of @s has.  => @s has a path */
unsigned sysctl_nr_values(enum sysctl s);

/* 0 or -EINVAL: outside the limits. */
int sysctl_write(struct machine *m, enum sysctl s, s64 value);

/* The same for the first @nr numbers of a file: all of them or none. */
int sysctl_write_values(struct machine *m, enum sysctl s, const s64 *values, unsigned nr);

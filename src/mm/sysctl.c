/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tunables: their paths, first values and limits.  Documentation/admin-guide/sysctl/vm.rst.
 */
#include <assert.h>
#include <errno.h>

#include "mm/machine.h"
#include "mm/vmscan.h"

/* Two ways to say one thing: who is written holds. */
static void ratio_changed(struct machine *m)
{
	m->k->sysctl[SYSCTL_OVERCOMMIT_KBYTES] = 0;
}

static void kbytes_changed(struct machine *m)
{
	m->k->sysctl[SYSCTL_OVERCOMMIT_RATIO] = 0;
}

static void drop_caches_changed(struct machine *m)
{
	drop_caches(m, sysctl(m, SYSCTL_DROP_CACHES));
}

#ifdef ASPACEFS_FAILURE_INJECTION
static void fail_nth_changed(struct machine *m)
{
	fail_alloc_arm(m, sysctl(m, SYSCTL_FAIL_NTH), 0);
}
#endif

const struct sysctl_row sysctl_table[NR_SYSCTLS] = {
	[SYSCTL_MAX_MAP_COUNT] = { "vm/max_map_count", DEFAULT_MAX_MAP_COUNT, 0, 0x7fffffff },
	[SYSCTL_MMAP_MIN_ADDR] = { "vm/mmap_min_addr", 65536, 0, TASK_SIZE },
	[SYSCTL_OVERCOMMIT_MEMORY] = { "vm/overcommit_memory", 0, 0, 2 },
	[SYSCTL_OVERCOMMIT_RATIO] = { "vm/overcommit_ratio", 50, 0, 0x7fffffff, false,
				      ratio_changed },
	[SYSCTL_OVERCOMMIT_KBYTES] = { "vm/overcommit_kbytes", 0, 0, 0xffffffff, false,
				       kbytes_changed },
	[SYSCTL_ADMIN_RESERVE_KBYTES] = { "vm/admin_reserve_kbytes", 0, 0, 0xffffffff },
	[SYSCTL_USER_RESERVE_KBYTES] = { "vm/user_reserve_kbytes", 0, 0, 0xffffffff },
	[SYSCTL_PANIC_ON_OOM] = { "vm/panic_on_oom", 0, 0, 2 },
	[SYSCTL_OOM_KILL_ALLOCATING_TASK] = { "vm/oom_kill_allocating_task", 0, 0, 0x7fffffff },
	[SYSCTL_OOM_DUMP_TASKS] = { "vm/oom_dump_tasks", 1, 0, 0x7fffffff },
	[SYSCTL_LEGACY_VA_LAYOUT] = { "vm/legacy_va_layout", 1, 0, 1 },
	[SYSCTL_MIN_FREE_KBYTES] = { "vm/min_free_kbytes", SYSCTL_AS_BOOTED, 0, 0x7fffffff, false,
				     setup_per_zone_pages_min },
	[SYSCTL_LOWMEM_RESERVE_RATIO] = { "vm/lowmem_reserve_ratio", 256, 0, 0x7fffffff, true,
					  setup_per_zone_pages_min },
	[SYSCTL_LOWMEM_RESERVE_RATIO_NORMAL] = { NULL, 32, 0, 0x7fffffff, true },
	[SYSCTL_LOWMEM_RESERVE_RATIO_HIGHMEM] = { NULL, 0, 0, 0x7fffffff, true },
	[SYSCTL_STACK_GUARD_GAP] = { "vm/stack_guard_gap", 256, 0, 65536 },
	[SYSCTL_FAULT_AROUND_BYTES] = { "vm/fault_around_bytes", 65536, PAGE_SIZE, 4u << 20 },
	[SYSCTL_DIRTY_BACKGROUND_RATIO] = { "vm/dirty_background_ratio", 10, 0, 100 },
	[SYSCTL_DIRTY_RATIO] = { "vm/dirty_ratio", 20, 0, 100 },
	[SYSCTL_DIRTY_EXPIRE_CENTISECS] = { "vm/dirty_expire_centisecs", 3000, 0, 0x7fffffff },
	[SYSCTL_DIRTY_WRITEBACK_CENTISECS] = { "vm/dirty_writeback_centisecs", 500, 0, 0x7fffffff },
	[SYSCTL_SWAPPINESS] = { "vm/swappiness", 60, 0, 200 },
	[SYSCTL_VFS_CACHE_PRESSURE] = { "vm/vfs_cache_pressure", 100, 0, 0x7fffffff },
	[SYSCTL_DROP_CACHES] = { "vm/drop_caches", 0, 1, 4, false, drop_caches_changed },
	[SYSCTL_PAGE_CLUSTER] = { "vm/page-cluster", 3, 0, 31 },
	/* today: a 32-bit kernel's, all that fits but 16 MiB */
	[SYSCTL_SHMMAX] = { "kernel/shmmax", 0xfeffffff, 0, 0xffffffff },
	[SYSCTL_SHMALL] = { "kernel/shmall", 0xfeffffff, 0, 0xffffffff },
	[SYSCTL_SHMMNI] = { "kernel/shmmni", 4096, 0, 32768 },
	[SYSCTL_PID_MAX] = { "kernel/pid_max", PID_MAX_LIMIT, 301, PID_MAX_LIMIT },
#ifdef ASPACEFS_FAILURE_INJECTION
	[SYSCTL_FAIL_NTH] = { "vm/fail_nth", 0, 0, 0x7fffffff, false, fail_nth_changed },
#endif
};

void sysctl_init(struct machine *m)
{
	for (unsigned i = 0; i < NR_SYSCTLS; i++)
		m->k->sysctl[i] = sysctl_table[i].initial;
}

u32 sysctl_read(const struct machine *m, enum sysctl s)
{
#ifdef ASPACEFS_FAILURE_INJECTION
	if (s == SYSCTL_FAIL_NTH)
		return fail_alloc_left(m);
#endif
	return s == SYSCTL_MIN_FREE_KBYTES ? min_free_kbytes(m) : sysctl(m, s);
}

unsigned sysctl_nr_values(enum sysctl s)
{
	unsigned nr = 1;

	while (s + nr < NR_SYSCTLS && !sysctl_table[s + nr].path)
		nr++;
	return nr;
}

int sysctl_write_values(struct machine *m, enum sysctl s, const s64 *values, unsigned nr)
{
	const struct sysctl_row *row = &sysctl_table[s];

	assert(nr && nr <= sysctl_nr_values(s));
	for (unsigned i = 0; i < nr; i++)
		if ((values[i] < row[i].min && !row[i].clamp) || values[i] > row[i].max)
			return -EINVAL;
	for (unsigned i = 0; i < nr; i++)
		m->k->sysctl[s + i] = values[i] < row[i].min ? row[i].min : (u32)values[i];
	if (row->changed)
		row->changed(m);
	return 0;
}

int sysctl_write(struct machine *m, enum sysctl s, s64 value)
{
	return sysctl_write_values(m, s, &value, 1);
}

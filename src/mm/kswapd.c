/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread that reclaims before memory is short.  ULK ch. 17, "The kswapd Kernel Threads".
 *
 *	free frames of a zone
 *	  high ---- kswapd has done enough
 *	  low  ---- an allocation that finds less wakes it
 *	  min  ---- an allocation that finds less reclaims itself (vmscan.c)
 *
 * It runs at the points that README.md, "Time", names.
 */
#include "mm/lru.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"
#include "mm/trace.h"
#include "mm/vmscan.h"

#include "vmscan_internal.h"

/* So often without a single page: nothing can be had, do not look again until somebody did. */
#define MAX_KSWAPD_FAILURES 16u

static bool is_above(const struct zone *z, u32 mark)
{
	enum zone_type type = (enum zone_type)(z - machine_of(z)->k->zone);

	return !z->managed_pages || zone_watermark_ok(z, 0, mark, type, GFP_KERNEL);
}

bool kswapd_gave_up(const struct machine *m)
{
	return m->k->kswapd_failures >= MAX_KSWAPD_FAILURES;
}

void wakeup_kswapd(struct machine *m, gfp_t gfp, unsigned order)
{
	if (m->k->kswapd_awake || kswapd_gave_up(m))
		return;
	for (unsigned i = 0; i <= gfp_zone(gfp); i++) {
		const struct zone *z = &m->k->zone[i];

		if (is_above(z, z->pages_low))
			continue;
		m->k->kswapd_awake = true;
		m->k->kswapd_order = order;
		trace_current(m, TRACE_WAKEUP_KSWAPD, i, order, gfp, 0);
		return;
	}
}

static u32 balance_zone(struct zone *z, int priority)
{
	u32 missing = z->pages_high > z->free_pages ? z->pages_high - z->free_pages : 0;
	struct scan_control sc = {
		.gfp = GFP_KERNEL,
		.priority = priority,
		.kswapd = true,
		.nr_to_reclaim = missing > SWAP_CLUSTER_MAX ? missing : SWAP_CLUSTER_MAX,
	};

	shrink_zone(z, &sc);
	return sc.nr_reclaimed;
}

/* All zones that have too little.  Returns whether there was one. */
static bool balance_zones(struct machine *m, int priority, u32 *reclaimed)
{
	bool any = false;

	for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
		struct zone *z = &m->k->zone[i];

		if (is_above(z, z->pages_high))
			continue;
		any = true;
		*reclaimed += balance_zone(z, priority);
	}
	return any;
}

/* Until all zones have enough, or nothing is left to try.  False: and not a page was freed. */
static bool balance_pgdat(struct machine *m)
{
	u32 reclaimed = 0;

	count_vm_event(m, PAGEOUTRUN);
	for (int priority = DEF_PRIORITY; priority >= 0; priority--) {
		if (!balance_zones(m, priority, &reclaimed))
			return true;
		workingset_shrink_nodes(m);
		/* What was freed lies in the per-CPU caches, and slabs may have become empty. */
		kmem_cache_reap(m);
	}
	return reclaimed;
}

/* ULK shrink_slab: half of what is unused, for vm/vfs_cache_pressure of 100. */
static void shrink_icache(struct machine *m)
{
	u64 nr = ((u64)m->k->nr_inode_unused * sysctl(m, SYSCTL_VFS_CACHE_PRESSURE) + 199) / 200;

	prune_icache(m, nr > UINT32_MAX ? UINT32_MAX : (u32)nr);
}

void kswapd(struct machine *m, bool at_tick)
{
	if (likely(!m->k->kswapd_awake))
		return;
	m->k->kswapd_awake = false;
	trace(m, NULL, TRACE_KSWAPD_WAKE, m->k->kswapd_order, 0, 0);
	if (at_tick)
		shrink_icache(m);
	m->k->kswapd_failures = balance_pgdat(m) ? 0 : m->k->kswapd_failures + 1;
	workingset_looked(m);
	trace(m, NULL, TRACE_KSWAPD_SLEEP, 0, 0, 0);
}

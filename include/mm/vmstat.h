/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event counters, one row each, with Linux's names.  Kept in RAM.
 */
#pragma once

#include "arch/types.h"

/* Frames: given, and what a request had to wait for. */
#define VM_EVENTS_ALLOC(X)                        \
	X(PGALLOC_DMA, "pgalloc_dma")             \
	X(PGALLOC_NORMAL, "pgalloc_normal")       \
	X(PGALLOC_HIGH, "pgalloc_high")           \
	X(ALLOCSTALL_DMA, "allocstall_dma")       \
	X(ALLOCSTALL_NORMAL, "allocstall_normal") \
	X(ALLOCSTALL_HIGH, "allocstall_high")     \
	X(PGFREE, "pgfree")

/* Pages on their way through the lists (lru.c, vmscan.c). */
#define VM_EVENTS_LRU(X)                                                       \
	X(PGREFILL, "pgrefill")                                                \
	X(PGREUSE, "pgreuse") /* written by the last who has it: not copied */ \
	X(PGSTEAL_KSWAPD, "pgsteal_kswapd")                                    \
	X(PGSTEAL_DIRECT, "pgsteal_direct")                                    \
	X(PGSCAN_KSWAPD, "pgscan_kswapd")                                      \
	X(PGSCAN_DIRECT, "pgscan_direct")                                      \
	X(PGSCAN_ANON, "pgscan_anon")                                          \
	X(PGSCAN_FILE, "pgscan_file")                                          \
	X(PGSTEAL_ANON, "pgsteal_anon")                                        \
	X(PGSTEAL_FILE, "pgsteal_file")                                        \
	X(SLABS_SCANNED, "slabs_scanned")                                      \
	X(PAGEOUTRUN, "pageoutrun")                                            \
	X(DROP_PAGECACHE_EVENTS, "drop_pagecache")                             \
	X(DROP_SLAB_EVENTS, "drop_slab")

/* In today's order. */
#define VM_EVENTS(X)                                                     \
	X(PGPGIN, "pgpgin") /* kB read from backing files */             \
	X(PGPGOUT, "pgpgout")                                            \
	X(PSWPIN, "pswpin") /* pages read from swap areas */             \
	X(PSWPOUT, "pswpout")                                            \
	VM_EVENTS_ALLOC(X)                                               \
	X(PGACTIVATE, "pgactivate")                                      \
	X(PGDEACTIVATE, "pgdeactivate")                                  \
	X(PGLAZYFREE, "pglazyfree")                                      \
	X(PGFAULT, "pgfault")                                            \
	X(PGMAJFAULT, "pgmajfault")                                      \
	X(PGLAZYFREED, "pglazyfreed")                                    \
	VM_EVENTS_LRU(X)                                                 \
	X(OOM_KILL, "oom_kill")                                          \
	X(UNEVICTABLE_PGCULLED, "unevictable_pgs_culled")                \
	X(UNEVICTABLE_PGRESCUED, "unevictable_pgs_rescued")              \
	X(UNEVICTABLE_PGMLOCKED, "unevictable_pgs_mlocked")              \
	X(UNEVICTABLE_PGMUNLOCKED, "unevictable_pgs_munlocked")          \
	/* TLB: requests sent, handled; here: everything, pages */       \
	X(NR_TLB_REMOTE_FLUSH, "nr_tlb_remote_flush")                    \
	X(NR_TLB_REMOTE_FLUSH_RECEIVED, "nr_tlb_remote_flush_received")  \
	X(NR_TLB_LOCAL_FLUSH_ALL, "nr_tlb_local_flush_all")              \
	X(NR_TLB_LOCAL_FLUSH_ONE, "nr_tlb_local_flush_one")              \
	X(SWAP_RA, "swap_ra") /* pages read from swap ahead of demand */ \
	X(SWAP_RA_HIT, "swap_ra_hit")

enum vm_event {
#define X(id, name) id,
	VM_EVENTS(X)
#undef X
		NR_VM_EVENTS
};

extern const char *const vm_event_names[NR_VM_EVENTS];

/* Pages that came back after they were reclaimed, ever (workingset.c). */
#define VM_STATS_WORKINGSET(X)                                                           \
	X(WORKINGSET_NODES, "workingset_nodes") /* page tree nodes that only remember */ \
	X(WORKINGSET_REFAULT_ANON, "workingset_refault_anon")                            \
	X(WORKINGSET_REFAULT_FILE, "workingset_refault_file")                            \
	X(WORKINGSET_ACTIVATE_ANON, "workingset_activate_anon") /* active at once */     \
	X(WORKINGSET_ACTIVATE_FILE, "workingset_activate_file")                          \
	X(WORKINGSET_RESTORE_ANON, "workingset_restore_anon") /* they had been before */ \
	X(WORKINGSET_RESTORE_FILE, "workingset_restore_file")                            \
	X(WORKINGSET_NODERECLAIM, "workingset_nodereclaim")

/* Frames by use, kept where the use changes; in today's order. */
#define VM_STATS(X)                                                                           \
	X(NR_MLOCK, "nr_mlock")                                                               \
	X(NR_SLAB_RECLAIMABLE, "nr_slab_reclaimable") /* caches that reclaim makes smaller */ \
	X(NR_SLAB_UNRECLAIMABLE, "nr_slab_unreclaimable")                                     \
	VM_STATS_WORKINGSET(X)                                                                \
	X(NR_ANON_PAGES, "nr_anon_pages") /* frames */                                        \
	X(NR_FILE_MAPPED, "nr_mapped")                                                        \
	X(NR_FILE_PAGES, "nr_file_pages")                                                     \
	X(NR_FILE_DIRTY, "nr_dirty")                                                          \
	X(NR_SHMEM, "nr_shmem")                                                               \
	X(NR_VMSCAN_WRITE, "nr_vmscan_write") /* written to be reclaimed, ever */             \
	X(NR_PAGETABLE, "nr_page_table_pages")                                                \
	X(NR_SWAPCACHE, "nr_swapcached")

enum vm_stat {
#define X(id, name) id,
	VM_STATS(X)
#undef X
		NR_VM_STATS
};

extern const char *const vm_stat_names[NR_VM_STATS];

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine: all state hangs off it.
 *
 * struct machine lies in host memory, directly in front of RAM, so that any
 * kernel object's host address leads to it (machine_of).  It holds the
 * hardware and the way out to the host.  What the kernel knows, struct kernel_data,
 * lies in RAM like a kernel's data segment: a state is the bytes of RAM.
 *
 * mm is single-threaded by contract: whoever calls anything here holds the
 * machine's lock (src/fs/fuse_ops.c) or owns the machine alone (tests).
 */
#pragma once

#include <assert.h>

#include "arch/cpu.h"
#include "arch/e820.h"
#include "mm/fault_inject.h"
#include "mm/inode.h"
#include "mm/mm_struct.h"
#include "mm/oom_kill.h"
#include "mm/radix_tree.h"
#include "mm/slab.h"
#include "mm/swap.h"
#include "mm/sysctl.h"
#include "mm/task.h"
#include "mm/vmstat.h"
#include "mm/workingset.h"
#include "mm/zone.h"

#define HZ 100 /* ticks a second of the machine's own clock */
#define PID_MAX_LIMIT 4194304
#define LOGS_MIN_RAM (16u << 20) /* with less, a unit test's machine, it keeps no logs */

/* The slab caches of the memory manager's own objects. */
enum kernel_cache {
	CACHE_MM_STRUCT,
	CACHE_VM_AREA_STRUCT,
	CACHE_ANON_VMA,
	CACHE_ANON_VMA_CHAIN,
	CACHE_TASK_STRUCT,
	CACHE_INODE,
	CACHE_FILP,
	CACHE_RADIX_TREE_NODE,
	CACHE_HANDOUT,
	NR_KERNEL_CACHES
};

struct kernel_data {
	/* ULK 8 */
	u32 nr_frames; /* frames of RAM: entries of mem_map */
	kva_t mem_map;
	pfn_t mem_map_start, mem_map_end; /* its frames, end exclusive */
	pfn_t kernel_start, kernel_end; /* kernel image, end exclusive */
	u32 nr_reserved; /* frames never given out */
	struct zone zone[MAX_NR_ZONES];
	struct list_head cache_chain;
	struct kmem_cache cache_cache;
	KPTR(struct kmem_cache) malloc_sizes[2][16]; /* [dma][log2(size / 32)] */
	KPTR(struct kmem_cache) cache[NR_KERNEL_CACHES];

	/* ULK 2, 9 */
	struct mm_struct init_mm; /* its pgd is swapper_pg_dir */
	pfn_t empty_zero_page;
	KPTR(struct vm_struct) vmlist; /* noncontiguous areas, by address */
	KPTR(struct kmap_state) kmaps; /* NULL: there is no high memory */
	KPTR(struct trace_ring) trace; /* NULL: a small machine has none */
	struct oom_state oom;
	u32 total_committed; /* pages promised: Committed_AS */

	/* tasks */
	struct list_head tasks; /* all, in the order they were made; first is init */
	struct radix_tree_root pids; /* pid -> task_struct */
	u32 last_pid, nr_tasks;
	u32 task_generation; /* counts tasks ever made */
	KPTR(struct task_struct) current[NR_CPUS]; /* what each CPU runs, NULL: idle */
	KPTR(struct mm_struct) active_mm[NR_CPUS]; /* whose tables it uses, or may have left */
	u32 nr_running[NR_CPUS]; /* living tasks that keep to it */
	u32 root_cpu; /* runs what no task asks for: the CPU that schedule named last */

	/* files */
	struct list_head inodes; /* all in core */
	struct list_head inode_unused; /* those that reclaim may look at */
	u32 nr_inode_unused;
	KPTR(struct file) init_file; /* what process 1 and a spawn without a file run */
	KPTR(struct inode) initramfs; /* the built-in init program; NULL until first opened */
	struct radix_tree_root shm_segments; /* place -> shmid_kernel */
	struct radix_tree_root shm_keys; /* key -> shmid_kernel, those that have one */
	u32 shm_used, shm_total; /* segments; pages of all of them */
	u32 shm_last_place, shm_sequence; /* where the next id comes from */
	bool shm_used_before;
	u32 next_shmem_ino; /* of shared anonymous memory */
	struct rb_root handouts; /* what the root ctl gave out, by address */
	struct swap_state swap;

	struct workingset workingset;
	bool kswapd_awake; /* it runs at its next occasion */
	u32 kswapd_order; /* what the allocation wanted that woke it */
	u32 kswapd_failures; /* runs in a row that were needed and freed no page */

	u64 jiffies;
	u64 vm_event[NR_VM_EVENTS];
	s32 vm_stat[NR_VM_STATS];
	u32 sysctl[NR_SYSCTLS];
#ifdef ASPACEFS_FAILURE_INJECTION
	struct fault_attr fail_alloc;
#endif
};

/*
 * What mm needs from outside, in the manner of ULK's operation tables
 * (address_space_operations, super_operations, file_operations).  Handles are the
 * owner's names for its own objects; mm only carries them.
 */
struct machine_ops {
	/*
	 * Read the file's bytes [@pos, @pos + @len) into @buf; short at its end: the rest is zero.
	 */
	int (*read)(void *data, u32 inode_handle, u64 pos, void *buf, u32 len);
	int (*write)(void *data, u32 inode_handle, u64 pos, const void *buf, u32 len);
	/*
	 * These bytes will be written: have room for them, make the file that long, note the time.
	 */
	int (*reserve)(void *data, u32 inode_handle, u64 pos, u64 len);
	/* What was written shall be on the disk before who asked is answered.  NULL is allowed. */
	int (*fsync)(void *data, u32 inode_handle);
	/* The file is @size bytes long after all. */
	int (*truncate)(void *data, u32 inode_handle, u64 size);
	/* These bytes read as zero from now on; the size stays. */
	int (*punch)(void *data, u32 inode_handle, u64 pos, u64 len);
	/*
	 * May [0, @size) of the file be a swap area?  0; -EINVAL: it has holes; -errno.
	 */
	int (*swap_activate)(void *data, u32 inode_handle, u64 size);
	/*
	 * Move @nr (up to SWAP_RW_MAX) whole pages between the file from @pos on and @pages: all
	 * of them, never growing the file.  0 or -errno.  Called in the midst of reclaim:
	 * allocates no frames.
	 */
	int (*swap_rw)(void *data, u32 inode_handle, u64 pos, void *const *pages, unsigned nr,
		       bool write);
	/*
	 * Open what @path names below files/, for @uid and @gid.  @mode FMODE_*.
	 * 0 or -errno; it is an ordinary file.
	 */
	int (*open)(void *data, const char *path, unsigned mode, u32 uid, u32 gid,
		    struct file **ret);
	/* The last struct file with this handle, or the inode itself, is gone. */
	void (*release)(void *data, u32 file_handle);
	void (*evict)(void *data, u32 inode_handle);
	/*
	 * Nobody else uses the inode, and it has no pages: drop the reference if that is possible
	 * now: true, evict was called.  NULL: it never is.
	 */
	bool (*forget)(void *data, u32 inode_handle);
};

struct machine_config {
	u64 ram; /* bytes, a multiple of PAGE_SIZE, at least 64 frames */
	bool pae;
	bool flex_layout; /* mmap top-down; default is legacy */
	unsigned cpus; /* 1 to NR_CPUS; 0: 1 */
	/*
	 * For tests that draw small machines: where zones end, in frames.  0: the PC's 16 MiB, 896
	 * MiB.
	 */
	u32 dma_frames, lowmem_frames;
	const struct machine_ops *ops; /* NULL: no files but /init */
	void *ops_data;
};

struct machine {
	struct ram ram;
	const struct paging *paging;
	struct e820_map e820;
	unsigned nr_cpus;
	unsigned this_cpu; /* the one that executes the kernel now */
	struct cpu cpu[NR_CPUS];
	const struct machine_ops *ops;
	void *ops_data;
	struct kernel_data *k; /* in RAM */
	struct page *mem_map; /* k->mem_map as a host pointer */
};

/* Host bytes in front of RAM that hold struct machine. */
#define MACHINE_FRONT (((sizeof(struct machine) + PAGE_SIZE - 1) & ~(size_t)(PAGE_SIZE - 1)))

/* The machine of any object in its low memory. */
static inline struct machine *machine_of(const void *obj)
{
	return (struct machine *)(lowmem_base(obj) - MACHINE_FRONT);
}

/*
 * Power on and boot: RAM, zones, slabs, swapper_pg_dir.  No process exists yet
 * (start_init in mm/task.h makes process 1).
 * 0, -EINVAL (config) or -ENOMEM (host, or RAM too small for the kernel's own data).
 */
int machine_new(const struct machine_config *config, struct machine **ret);
void machine_free(struct machine *m); /* NULL is allowed */

/*
 * One tick of the machine's own clock: a ctl command, a request on mem or files/. Its threads run.
 */
void machine_tick(struct machine *m);

/*
 * Between two pages of a long command: the flusher runs above vm/dirty_ratio, as who dirties
 * memory waits for it, and so does kswapd when it is awake.
 * => no page is in hand without a reference, none is about to be mapped for writing
 */
void cond_resched(struct machine *m);

/* Whose frame lists, slab arrays and TLB what runs now uses; schedule_task and cpu_enter set it. */
static inline unsigned smp_processor_id(const struct machine *m)
{
	return m->this_cpu;
}

/* What follows runs on @cpu. */
static inline void cpu_enter(struct machine *m, unsigned cpu)
{
	assert(cpu < m->nr_cpus);
	m->this_cpu = cpu;
}

/* Frame number of a descriptor, descriptor of a frame, bytes of a frame. */
static inline pfn_t page_to_pfn(const struct page *p)
{
	return (pfn_t)(p - machine_of(p)->mem_map);
}

static inline struct page *pfn_to_page(const struct machine *m, pfn_t pfn)
{
	assert(pfn < m->k->nr_frames);
	return m->mem_map + pfn;
}

static inline void *page_address(const struct page *p) /* host pointer, high memory too */
{
	return (void *)(lowmem_base(p) + ((uintptr_t)page_to_pfn(p) << PAGE_SHIFT));
}

/* First frame that is not low memory. */
static inline pfn_t lowmem_end_pfn(const struct machine *m)
{
	const struct zone *dma = &m->k->zone[ZONE_DMA], *normal = &m->k->zone[ZONE_NORMAL];

	return normal->spanned_pages ? zone_end_pfn(normal) : zone_end_pfn(dma);
}

static inline void count_vm_event(struct machine *m, enum vm_event e)
{
	m->k->vm_event[e]++;
}

static inline void count_vm_events(struct machine *m, enum vm_event e, u32 n)
{
	m->k->vm_event[e] += n;
}

static inline void mod_vm_stat(struct machine *m, enum vm_stat s, s32 n)
{
	m->k->vm_stat[s] += n;
}

/* Frames of all slabs. */
static inline s32 nr_slab_pages(const struct machine *m)
{
	return m->k->vm_stat[NR_SLAB_RECLAIMABLE] + m->k->vm_stat[NR_SLAB_UNRECLAIMABLE];
}

static inline u32 sysctl(const struct machine *m, enum sysctl s)
{
	return m->k->sysctl[s];
}

static inline struct kmem_cache *kernel_cache(const struct machine *m, enum kernel_cache c)
{
	return KGET(m->k->cache[c]);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power on: where everything lies in RAM, and in which order the kernel starts.
 *
 *   0          frame 0, never used (a frame number of 0 ends lists)
 *   0x9f000    EBDA, video memory, ROMs, to 1 MiB (from e820.c)
 *   1 MiB      the kernel image: struct kernel_data, the zero page
 *   16 MiB     mem_map, where ZONE_NORMAL keeps a quarter of itself; else right behind the kernel
 *
 * mem_map of 64 GiB is 512 MiB: it leaves the kernel 368 of its 880 MiB, and ZONE_DMA whole.
 * A machine below 2 MiB is a unit test's: no hole, and the kernel starts at frame 1.
 * ULK ch. 2 "Physical Memory Layout", app. A.
 */
#include <errno.h>

#include "mm/kasan.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/handout.h"
#include "mm/oom_report.h"
#include "mm/trace.h"
#include "mm/vmscan.h"
#include "mm/writeback.h"

#define MIN_FRAMES 64u
#define PC_RAM (2u << 20)
#define DMA_END_PFN (16u << (20 - PAGE_SHIFT))
#define LOWMEM_END_PFN (896u << (20 - PAGE_SHIFT))

static const struct {
	const char *name;
	u32 size, flags;
} kernel_caches[NR_KERNEL_CACHES] = {
	[CACHE_MM_STRUCT] = { "mm_struct", sizeof(struct mm_struct) },
	[CACHE_VM_AREA_STRUCT] = { "vm_area_struct", sizeof(struct vm_area_struct) },
	[CACHE_ANON_VMA] = { "anon_vma", sizeof(struct anon_vma) },
	[CACHE_ANON_VMA_CHAIN] = { "anon_vma_chain", sizeof(struct anon_vma_chain) },
	[CACHE_TASK_STRUCT] = { "task_struct", sizeof(struct task_struct) },
	[CACHE_INODE] = { "inode_cache", sizeof(struct inode), SLAB_RECLAIM_ACCOUNT },
	[CACHE_FILP] = { "filp", sizeof(struct file) },
	[CACHE_HANDOUT] = { "handout", sizeof(struct handout) },
};

static u32 frames_of(u64 bytes)
{
	return (u32)(PAGE_ALIGN(bytes) >> PAGE_SHIFT);
}

static u32 lower(u32 a, u32 b)
{
	return a < b ? a : b;
}

static int config_validate(const struct machine_config *c)
{
	u64 max = c->pae ? 64ull << 30 : 4ull << 30;

	if (c->ram % PAGE_SIZE || c->ram < MIN_FRAMES * PAGE_SIZE || c->ram > max)
		return -EINVAL;
	if (c->cpus > NR_CPUS)
		return -EINVAL;
	return 0;
}

/* Place kernel image and mem_map; -ENOMEM when they do not fit below @lowmem_end. */
static int kernel_place(struct machine *m, pfn_t lowmem_end)
{
	pfn_t start = m->ram.size < PC_RAM ? 1 : frames_of(1u << 20);
	pfn_t end = start + frames_of(sizeof(struct kernel_data)) + 1;
	u32 nr = (u32)(m->ram.size >> PAGE_SHIFT);
	u32 map_frames = frames_of((u64)nr * sizeof(struct page));
	pfn_t map = end;
	struct kernel_data *k;

	if (end <= DMA_END_PFN && DMA_END_PFN + map_frames + map_frames / 3 <= lowmem_end)
		map = DMA_END_PFN;
	if (map + map_frames >= lowmem_end)
		return -ENOMEM;
	k = m->k = ram_at(&m->ram, (paddr_t)start << PAGE_SHIFT);
	k->nr_frames = nr;
	k->kernel_start = start;
	k->kernel_end = end;
	k->empty_zero_page = end - 1;
	k->mem_map_start = map;
	k->mem_map_end = map + map_frames;
	m->mem_map = ram_at(&m->ram, (paddr_t)map << PAGE_SHIFT);
	k->mem_map = kva_of(m->mem_map);
	ram_small_pages(&m->ram, (paddr_t)map << PAGE_SHIFT, (u64)map_frames << PAGE_SHIFT);
	return 0;
}

static void reserve_boot_frames(struct machine *m)
{
	struct kernel_data *k = m->k;

	reserve_frames(m, 0, 1);
	for (unsigned i = 0; i < m->e820.nr; i++) {
		const struct e820_entry *e = &m->e820.entry[i];

		if (e->type != E820_RAM)
			reserve_frames(m, (pfn_t)(e->start >> PAGE_SHIFT), frames_of(e->end));
	}
	reserve_frames(m, k->kernel_start, k->kernel_end);
	reserve_frames(m, k->mem_map_start, k->mem_map_end);
}

static int kernel_caches_init(struct machine *m)
{
	int error;

	for (unsigned i = 0; i < NR_KERNEL_CACHES; i++) {
		struct kmem_cache *c;

		if (!kernel_caches[i].name)
			continue;
		c = kmem_cache_create(m, kernel_caches[i].name, kernel_caches[i].size, 0,
				      kernel_caches[i].flags, CTOR_NONE, &error);
		if (!c)
			return error;
		KSET(m->k->cache[i], c);
	}
	return 0;
}

static void cpus_start(struct machine *m)
{
	struct mm_struct *init_mm = &m->k->init_mm;

	for (unsigned i = 0; i < m->nr_cpus; i++) {
		struct cpu *cpu = &m->cpu[i];

		cpu_load_cr4(cpu, CR4_PSE | CR4_PGE | (m->paging->pae ? CR4_PAE : 0));
		cpu_load_cr3(cpu, init_mm->pgd - PAGE_OFFSET);
		cpu_load_cr0(cpu, CR0_PE | CR0_WP | CR0_PG);
		KSET(m->k->active_mm[i], init_mm);
		init_mm->cpu_vm_mask |= 1u << i;
	}
}

static int kernel_start(struct machine *m, const struct machine_config *c)
{
	struct kernel_data *k;
	u32 nr = (u32)(c->ram >> PAGE_SHIFT);
	pfn_t dma_end = lower(c->dma_frames ? c->dma_frames : DMA_END_PFN, nr);
	pfn_t lowmem_end = lower(c->lowmem_frames ? c->lowmem_frames : LOWMEM_END_PFN, nr);
	int error = kernel_place(m, lowmem_end);

	if (error)
		return error;
	k = m->k;
	INIT_LIST_HEAD(&k->tasks);
	INIT_LIST_HEAD(&k->inodes);
	INIT_LIST_HEAD(&k->inode_unused);
	swap_init(m);
	workingset_init(m);
	sysctl_init(m);
	if (c->flex_layout)
		k->sysctl[SYSCTL_LEGACY_VA_LAYOUT] = 0;
	zones_init(m, dma_end, lowmem_end);
	reserve_boot_frames(m);
	setup_per_zone_pages_min(m);
	error = kmem_cache_init(m);
	if (!error)
		error = kernel_caches_init(m);
	if (error)
		return error;
	radix_tree_init(m);
	error = paging_init(m);
	if (!error)
		error = trace_init(m);
	if (!error)
		error = oom_log_init(m);
	if (error)
		return error;
	overcommit_init(m);
	cpus_start(m);
	return 0;
}

int machine_new(const struct machine_config *config, struct machine **ret)
{
	struct ram ram;
	struct machine *m;
	int error = config_validate(config);

	if (error)
		return error;
	error = ram_init(&ram, config->ram, MACHINE_FRONT);
	if (error)
		return error;
	m = (struct machine *)(ram.base - MACHINE_FRONT);
	m->ram = ram;
	m->paging = config->pae ? &paging_pae : &paging_2level;
	m->nr_cpus = config->cpus ? config->cpus : 1;
	m->ops = config->ops;
	m->ops_data = config->ops_data;
	e820_init(&m->e820, config->ram);
	for (unsigned i = 0; i < m->nr_cpus; i++)
		cpu_init(&m->cpu[i], &m->ram, m->paging);
	error = kernel_start(m, config);
	if (error) {
		machine_free(m);
		return error;
	}
	*ret = m;
	return 0;
}

void machine_tick(struct machine *m)
{
	u32 period = sysctl(m, SYSCTL_DIRTY_WRITEBACK_CENTISECS);

	m->k->jiffies++;
	if (period && m->k->jiffies % period == 0)
		wb_kupdate(m);
	balance_dirty_pages(m);
	kswapd(m, true);
}

void cond_resched(struct machine *m)
{
	throttle_dirty_pages(m);
	kswapd(m, false);
}

/* The host may use the addresses for something else. */
static void forget_poison(struct machine *m)
{
	for (unsigned i = 0; m->k && i < MAX_NR_ZONES; i++) {
		const struct zone *z = &m->k->zone[i];

		kasan_unpoison(ram_at(&m->ram, (paddr_t)z->zone_start_pfn << PAGE_SHIFT),
			       (size_t)(z->frontier - z->zone_start_pfn) << PAGE_SHIFT);
	}
}

void machine_free(struct machine *m)
{
	struct ram ram;

	if (!m)
		return;
	forget_poison(m);
	ram = m->ram;
	ram_deinit(&ram);
}

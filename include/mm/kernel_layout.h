/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies where above PAGE_OFFSET.  ULK ch. 8, figure 8-7.
 *
 *   PAGE_OFFSET     direct map of low memory, to high_memory
 *                   a hole of 8 MiB at least: an access behind low memory faults
 *   VMALLOC_START   noncontiguous areas, a page that is not mapped behind each
 *   VMALLOC_END     8 KiB below
 *   PKMAP_BASE      permanent kernel mappings: one page table
 *   FIXADDR_START   fix-mapped addresses, in the last page table: for each CPU a
 *                   window for each kind of temporary kernel mapping
 *   FIXADDR_TOP     the last page is never mapped
 *
 * The two page tables at the end are made at boot, so that every page directory has them.
 */
#pragma once

#include "mm/machine.h"

#define VMALLOC_OFFSET (8u << 20)

#define FIXADDR_TOP 0xfffff000u

/* Kinds of temporary kernel mappings: ULK table 8-4's windows, as far as they have users. */
enum km_type {
	KM_USER0, /* copying from and to user frames */
	KM_USER1,
	KM_PTE0, /* page tables in high memory */
	KM_PTE1,
	KM_TYPE_NR
};

#define PAGE_KERNEL_TABLE (PG_P | PG_RW | PG_A)

/*
 * Entries of kernel pages: Present, Read/Write, Accessed, Dirty (ULK's 0x63), not global; with
 * PAE No-execute, for no instruction of the kernel lies in RAM.
 */
static inline u64 page_kernel(const struct machine *m)
{
	return PG_P | PG_RW | PG_A | PG_D | (m->paging->pae ? PG_NX : 0);
}

/* The first linear address that is not direct map; 64 bits wide, where low memory is 1 GiB. */
static inline u64 high_memory(const struct machine *m)
{
	return PAGE_OFFSET + ((u64)lowmem_end_pfn(m) << PAGE_SHIFT);
}

static inline u32 vmalloc_start(const struct machine *m)
{
	return (u32)((high_memory(m) + 2 * VMALLOC_OFFSET - 1) & ~(u64)(VMALLOC_OFFSET - 1));
}

static inline u32 last_pkmap(const struct machine *m)
{
	return m->paging->entries;
}

static inline u32 pkmap_base(const struct machine *m)
{
	return 0u - 2 * (1u << m->paging->dir_shift);
}

static inline u32 vmalloc_end(const struct machine *m)
{
	return pkmap_base(m) - 2 * PAGE_SIZE;
}

/* Linear address of a fix-mapped index; they count downwards from the top. */
static inline u32 fix_to_virt(u32 index)
{
	return FIXADDR_TOP - (index << PAGE_SHIFT);
}

/* The index of a CPU's window; index 0 is the hole at the top. */
static inline u32 fix_kmap(unsigned cpu, enum km_type type)
{
	return 1 + cpu * KM_TYPE_NR + type;
}

#define FIXADDR_START (FIXADDR_TOP - ((NR_CPUS * KM_TYPE_NR + 1) << PAGE_SHIFT))

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * i386 paging: the formats of page-directory and page-table entries.
 * Intel SDM vol. 3, ch. "Paging"; ULK ch. 2, "Paging in Hardware".
 *
 * Two forms, chosen when the machine is made: two levels of 1024 32-bit
 * entries, or PAE with three levels of 64-bit entries.  The low twelve bits mean the
 * same in both; a value is handled as 64 bits and stored in the form's width.
 *
 * The processor has PSE, PAE, PGE and NX, 36 bits of physical address, and
 * neither PAT nor PSE-36.  So more bits are reserved than in later processors:
 * tables that this one accepts mean the same to every other.
 */
#pragma once

#include "arch/types.h"

/* Bits of an entry, as the processor reads them. */
#define PG_P 0x001ull /* present */
#define PG_RW 0x002ull /* writable */
#define PG_US 0x004ull /* user */
#define PG_PWT 0x008ull
#define PG_PCD 0x010ull
#define PG_A 0x020ull /* accessed */
#define PG_D 0x040ull /* dirty (leaf entries) */
#define PG_PS 0x080ull /* page size (directory entries) */
#define PG_G 0x100ull /* global (leaf entries, with CR4.PGE) */
#define PG_AVAIL 0xe00ull /* free for the kernel's use */
#define PG_NX (1ull << 63) /* no execute (PAE with EFER.NXE) */

#define PG_FRAME_MASK 0x000ffffffffff000ull

/* Bits of a page fault's error code. */
#define PF_P 0x01u /* 0: not present, 1: protection violation */
#define PF_W 0x02u /* the access was a write */
#define PF_U 0x04u /* in user mode */
#define PF_RSVD 0x08u /* a reserved bit was set in an entry */
#define PF_ID 0x10u /* instruction fetch (with NX only) */

/* CR3's address bits: a page; with PAE 32 bytes, and 32 bits wide in both. */
#define CR3_MASK 0xfffff000ull
#define CR3_PAE_MASK 0xffffffe0ull

#define CR0_PE 0x00000001u
#define CR0_WP 0x00010000u
#define CR0_PG 0x80000000u
#define CR4_PSE 0x00000010u
#define CR4_PAE 0x00000020u
#define CR4_PGE 0x00000080u

typedef struct {
	u64 v;
} pte_t; /* the value of an entry of any level */

/* How a linear address is cut up: constants of the two forms. */
struct paging {
	bool pae;
	u8 levels; /* 2 or 3 */
	u8 entry_size; /* bytes: 4 or 8 */
	u8 dir_shift; /* one directory entry spans 1 << dir_shift bytes: 22 or 21 */
	u16 entries; /* entries in one table: 1024 or 512 */
	u64 reserved_pte; /* bits that must be 0 in a present entry, by kind */
	u64 reserved_large;
	u64 reserved_dir;
	u64 reserved_top; /* of the four entries CR3 points to with PAE: no RW, US, A, NX there */
};

extern const struct paging paging_2level;
extern const struct paging paging_pae;

static inline pte_t mk_pte(pfn_t pfn, u64 bits)
{
	return (pte_t){ ((u64)pfn << PAGE_SHIFT) | bits };
}

static inline pfn_t pte_pfn(pte_t e)
{
	return (pfn_t)((e.v & PG_FRAME_MASK) >> PAGE_SHIFT);
}

/* An entry as it lies in RAM, whatever else the same bytes were read as. */
typedef u32 __attribute__((may_alias)) pte_short;
typedef u64 __attribute__((may_alias)) pte_wide;

/* Read or write one entry at host address @p, in the form's width. */
static inline pte_t pte_get(const struct paging *pg, const void *p)
{
	return (pte_t){ pg->pae ? *(const pte_wide *)p : *(const pte_short *)p };
}

static inline void pte_put(const struct paging *pg, void *p, pte_t e)
{
	if (pg->pae)
		*(pte_wide *)p = e.v;
	else
		*(pte_short *)p = (u32)e.v;
}

/* Index of @va in its page table, and of its directory entry in its directory. */
static inline u32 pte_index(const struct paging *pg, vaddr_t va)
{
	return (va >> PAGE_SHIFT) & (pg->entries - 1u);
}

static inline u32 dir_index(const struct paging *pg, vaddr_t va)
{
	return (va >> pg->dir_shift) & (pg->entries - 1u);
}

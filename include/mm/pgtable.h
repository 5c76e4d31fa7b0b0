/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables of the kernel and of processes: the only writer of entries.
 * ULK ch. 2, "Paging in Linux"; ch. 9, "Memory Region Access Rights".
 *
 * Names of the bits that only Linux gives a meaning: a page kept under PROT_NONE has
 * P clear and PG_PROTNONE set; an entry with P clear, not zero and without PG_PROTNONE is
 * a swap entry (a slot, or the marker of a lost page):
 *
 *	31 (PAE: 63)	        8  7  6  5      1  0
 *	|        slot (24)       | 0| E|   type   | 0|
 *
 * E: the page was this process's alone when it was swapped out (today: the exclusive mark).
 */
#pragma once

#include "arch/paging.h"
#include "mm/machine.h"
#include "mm/swap.h"

#define PG_PROTNONE PG_PS /* with P clear: the frame is kept, access is forbidden */

#define SWP_PTE_TYPE_SHIFT 1
#define SWP_PTE_OFFSET_SHIFT 8
#define SWP_PTE_EXCLUSIVE PG_D

static inline bool pte_none(pte_t e)
{
	return e.v == 0;
}

/* Holds a frame, accessible or not. */
static inline bool pte_present(pte_t e)
{
	return e.v & PG_P || e.v & PG_PROTNONE;
}

/* => neither empty nor present */
static inline swp_entry_t pte_to_swp_entry(pte_t e)
{
	return swp_entry(e.v >> SWP_PTE_TYPE_SHIFT & ((1u << SWP_TYPE_BITS) - 1),
			 (u32)(e.v >> SWP_PTE_OFFSET_SHIFT));
}

/* The page is lost. */
static inline bool pte_is_poisoned(pte_t e)
{
	return !pte_none(e) && !pte_present(e) && is_poisoned_swp_entry(pte_to_swp_entry(e));
}

/* The page is in a slot. */
static inline bool pte_is_swap(pte_t e)
{
	return !pte_none(e) && !pte_present(e) && !is_poisoned_swp_entry(pte_to_swp_entry(e));
}

static inline pte_t swp_entry_to_pte(swp_entry_t entry, bool exclusive)
{
	return (pte_t){ (u64)swp_offset(entry) << SWP_PTE_OFFSET_SHIFT |
			swp_type(entry) << SWP_PTE_TYPE_SHIFT |
			(exclusive ? SWP_PTE_EXCLUSIVE : 0) };
}

static inline bool pte_swp_exclusive(pte_t e)
{
	return e.v & SWP_PTE_EXCLUSIVE;
}

static inline bool pte_write(pte_t e)
{
	return e.v & PG_RW;
}

static inline bool pte_dirty(pte_t e)
{
	return e.v & PG_D;
}

static inline bool pte_young(pte_t e)
{
	return e.v & PG_A;
}

/*
 * The right bits of a page of a region with @vm_flags: ULK's protection_map. Private is never
 * writable.
 */
u64 vm_page_prot(const struct machine *m, u32 vm_flags);

/*
 * The same for pages of @vma: today: shared pages of a backing file are never writable by
 * right alone, so that the first store is seen and makes them dirty.
 */
u64 vma_page_prot(const struct vm_area_struct *vma);

/* The same for an entry that may be written: adds W where the region allows it. */
static inline pte_t maybe_mkwrite(pte_t e, u32 vm_flags)
{
	if (vm_flags & VM_WRITE)
		e.v |= PG_RW;
	return e;
}

/*
 * Entries are named by host pointer; read with pte_get, written only by the functions here
 * (they keep the table's count of used entries).  What every fault does several times is inline.
 */

/* The directory entry for @addr.  Never NULL (PAE's directories always exist). */
static inline void *dir_offset(const struct mm_struct *mm, u32 addr)
{
	const struct machine *m = machine_of(mm);
	const struct paging *pg = m->paging;
	u8 *dir = kva_ptr(mm, mm->pgd);

	if (pg->pae)
		dir = ram_at(&m->ram, pte_get(pg, dir + (addr >> 30) * 8).v & PG_FRAME_MASK);
	return dir + dir_index(pg, addr) * pg->entry_size;
}

/* The entry for @addr in the table that directory entry @dir names. */
static inline void *pte_offset(const struct machine *m, pte_t dir, u32 addr)
{
	u8 *table = ram_at(&m->ram, dir.v & PG_FRAME_MASK);

	return table + pte_index(m->paging, addr) * m->paging->entry_size;
}

/* The page-table entry for @addr, or NULL when there is no table. */
static inline void *pte_lookup(const struct mm_struct *mm, u32 addr)
{
	const struct machine *m = machine_of(mm);
	pte_t dir = pte_get(m->paging, dir_offset(mm, addr));

	if (!(dir.v & PG_P) || dir.v & PG_PS)
		return NULL;
	return pte_offset(m, dir, addr);
}

/* The same, making the table.  NULL: ENOMEM. */
void *pte_alloc(struct mm_struct *mm, u32 addr);

/* The entry for kernel address @addr in the master tables, making the table.  NULL: ENOMEM. */
void *pte_alloc_kernel(struct machine *m, u32 addr);

/* Copy the master's directory entry for kernel address @addr into @mm's directory. */
void sync_kernel_dir(struct mm_struct *mm, u32 addr);

/*
 * Frames of @mm's tables: page tables and PAE's page directories.  today: mm_pgtables_bytes,
 * which counts the top level in neither form.
 */
static inline u32 mm_pgtables(const struct mm_struct *mm)
{
	return mm->nr_ptes + (machine_of(mm)->paging->pae ? 4 : 0);
}

/* The descriptor of the table that an entry lies in. */
static inline struct page *pte_table(const struct machine *m, const void *ptep)
{
	return &m->mem_map[((const u8 *)ptep - m->ram.base) >> PAGE_SHIFT];
}

/* Write an entry (any value, none included).  Does not flush. */
static inline void set_pte(struct mm_struct *mm, void *ptep, pte_t e)
{
	struct machine *m = machine_of(mm);
	pte_t old = pte_get(m->paging, ptep);

	if (pte_none(old) != pte_none(e))
		pte_table(m, ptep)->private += pte_none(e) ? -1u : 1u;
	pte_put(m->paging, ptep, e);
}

/* The page of a present entry, NULL for the zero page. */
static inline struct page *vm_normal_page(const struct machine *m, pte_t e)
{
	pfn_t pfn = pte_pfn(e);

	return pfn == m->k->empty_zero_page ? NULL : &m->mem_map[pfn];
}

/*
 * A run of entries in one table.  Start with .end = the first address, then call
 * pte_range_next for each run below @end; tables that are missing or hold nothing are skipped.
 */
struct pte_range {
	u32 addr, end; /* what the run covers */
	void *ptep; /* entry of addr */
	struct page *table;
};
bool pte_range_next(const struct mm_struct *mm, struct pte_range *r, u32 end);

/* The entries that are not empty, one after the other: for_each_pte. */
struct pte_walk {
	struct pte_range rest; /* of the run */
	u32 addr;
	void *ptep;
	pte_t pte; /* *ptep */
};

static inline bool pte_walk_next(const struct mm_struct *mm, struct pte_walk *w, u32 end)
{
	const struct paging *pg = machine_of(mm)->paging;

	do {
		u8 *p = w->rest.ptep;

		for (; w->rest.addr < w->rest.end; p += pg->entry_size) {
			w->addr = w->rest.addr;
			w->rest.addr += PAGE_SIZE;
			w->pte = pte_get(pg, p);
			if (pte_none(w->pte))
				continue;
			w->ptep = p;
			w->rest.ptep = p + pg->entry_size;
			return true;
		}
	} while (pte_range_next(mm, &w->rest, end));
	return false;
}

/* Each entry of [@from, @to) of @mm that is not empty, as struct pte_walk @w.  It may change. */
#define for_each_pte(mm, from, to, w)                                       \
	for (struct pte_walk w = { .rest = { .addr = from, .end = from } }; \
	     pte_walk_next(mm, &(w), to);)

/*
 * [@start, @end) was just unmapped and no region is in [@floor, @ceiling) around it: give
 * back the page tables that serve the former and lie wholly in the latter; all their
 * entries are 0.  ULK free_pgtables.
 */
void free_pgtables(struct mm_struct *mm, u32 start, u32 end, u32 floor, u32 ceiling);

/* Give back the page tables that serve a part of [@start, @end) and hold no entry. */
void free_empty_pgtables(struct mm_struct *mm, u32 start, u32 end);

/*
 * The page directory of a new mm with the kernel's part copied from swapper_pg_dir: 0 or -ENOMEM.
 */
int pgd_alloc(struct machine *m, struct mm_struct *mm);
void pgd_free(struct mm_struct *mm);

/* Boot: swapper_pg_dir with the direct map of low memory in large pages. ULK paging_init. */
int paging_init(struct machine *m);

/*
 * ---- TLB (mmu_context.c) ----
 *
 * After entries of user addresses lost a right or a frame: no CPU that has @mm's tables loaded
 * keeps what it remembers of them.  Costs an interrupt where another CPU has.
 */
void flush_tlb_page(struct mm_struct *mm, u32 addr);
void flush_tlb_range(struct mm_struct *mm, u32 start, u32 end);
void flush_tlb_mm(struct mm_struct *mm);
void flush_tlb_kernel_range(struct machine *m, u32 start, u32 end); /* on all CPUs */

/* Load @next's tables on @cpu, where they are not. */
void switch_mm(struct machine *m, unsigned cpu, struct mm_struct *next);

/*
 * @cpu, which is lazy, loads the kernel's own tables in place of those it borrows; active_mm
 * stays.
 */
void leave_mm(struct machine *m, unsigned cpu);

/* ---- what lives in tables: unmap.c, cow.c ---- */

/* Drop all pages in [@start, @end) of @mm: counts, rss, TLB.  ULK unmap_vmas, zap_page_range. */
void zap_page_range(struct vm_area_struct *vma, u32 start, u32 end);

/* The same, but private copies stay. */
void zap_file_pages(struct vm_area_struct *vma, u32 start, u32 end);

/*
 * fork: have the tables in @dst, which has the same region as @vma, for the entries of the latter.
 * 0, or -ENOMEM with those that could be had.
 */
int reserve_page_range(struct mm_struct *dst, struct vm_area_struct *vma);

/*
 * fork: copy these entries, write-protected on both sides where they are private.
 * => reserve_page_range.  ULK copy_page_range.
 */
void copy_page_range(struct mm_struct *dst, struct vm_area_struct *vma);

/* What of @mm's pages clear_refs forgets. */
enum clear_refs { CLEAR_REFS_ALL = 1, CLEAR_REFS_ANON, CLEAR_REFS_MAPPED };

/* Clear Accessed and PG_referenced of present pages: as never used.  today: clear_refs. */
void clear_refs(struct mm_struct *mm, enum clear_refs what);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The paging unit: translates, checks rights, sets Accessed and Dirty.
 * A fault is a return value.  ULK ch. 2, "Paging in Hardware".
 */
#pragma once

#include "arch/paging.h"

struct cpu;
struct ram;

enum access {
	ACCESS_READ,
	ACCESS_WRITE,
	ACCESS_FETCH,
};
enum cpu_mode {
	MODE_KERNEL,
	MODE_USER,
};

struct page_fault {
	vaddr_t address;
	u32 error_code; /* PF_* */
};

/*
 * Translate @va on @cpu: TLB, else a walk that sets A (and D on a write) and
 * fills the TLB.  True: *ret_pa is the physical address, which may lie past
 * the end of RAM when an entry says so.  False: *ret_fault is the fault (CR2
 * is the caller's to set, as an exception would).
 */
bool mmu_translate(struct cpu *cpu, vaddr_t va, enum access access, enum cpu_mode mode,
		   paddr_t *ret_pa, struct page_fault *ret_fault);

/* One walk, step by step and without any effect: for those who look. */
struct mmu_walk {
	u8 levels; /* entries read, 1 to 3 */
	paddr_t entry_pa[3]; /* where each entry lies, top first */
	pte_t entry[3];
	bool mapped; /* the last entry maps a page */
	bool large;
	bool reserved; /* not mapped: the last entry has a reserved bit set */
	paddr_t pa; /* where mapped */
	u64 rights; /* PG_RW, PG_US of all levels anded; PG_NX ored */
};

/* As a processor with CR4.PSE set whose CR3 was loaded with @cr3 just now. */
void mmu_walk(const struct ram *ram, const struct paging *pg, paddr_t cr3, vaddr_t va,
	      struct mmu_walk *ret);

/* The entry at @pa as the processor reads it: all ones where no RAM answers. */
pte_t mmu_read_entry(const struct ram *ram, const struct paging *pg, paddr_t pa);

/*
 * Does every TLB entry give the frame a walk would give, no right more, and D only where the
 * table has it?
 * False: *ret_va is the page of one that does not: somebody forgot to flush.
 */
bool mmu_validate(const struct cpu *cpu, vaddr_t *ret_va);

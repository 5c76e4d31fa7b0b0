/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One processor: control registers, TLB.  The general registers of a stopped
 * program are its task's (mm/task.h).  ULK ch. 2.
 */
#pragma once

#include "arch/mmu.h"
#include "arch/ram.h"
#include "arch/tlb.h"

struct cpu {
	struct ram *ram;
	const struct paging *paging;
	u32 cr0, cr2, cr4;
	paddr_t cr3;
	pte_t pdpte[4]; /* PAE: the top level, read when CR3 is loaded and not again */
	struct tlb tlb;
};

/* Power on: paging off, TLB empty. */
void cpu_init(struct cpu *cpu, struct ram *ram, const struct paging *pg);

/*
 * mov to a control register, with what it does to the TLB.  False: a general
 * protection exception, and nothing changed.  That is CR0.PG without CR0.PE,
 * and with PAE a present top-level entry that has a reserved bit set.
 * => CR4.PAE is set before CR0.PG, exactly when the machine's form is PAE
 */
bool cpu_load_cr0(struct cpu *cpu, u32 value);
bool cpu_load_cr3(struct cpu *cpu, paddr_t value);
bool cpu_load_cr4(struct cpu *cpu, u32 value);
void cpu_invlpg(struct cpu *cpu, vaddr_t va);

/* The registers a program sees, saved as the kernel saves them (ULK ch. 4). */
struct pt_regs {
	u32 ebx, ecx, edx, esi, edi, ebp, eax, eip, eflags, esp;
	u16 cs, ds, es, fs, gs, ss;
};

/*
 * Split an access at page ends: the length of the first part of [@va, +@len).
 */
static inline u32 cpu_access_part(vaddr_t va, u32 len)
{
	u32 room = PAGE_SIZE - (va & (PAGE_SIZE - 1));
	return len < room ? len : room;
}

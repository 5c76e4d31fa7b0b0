// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A processor's control registers.  ULK ch. 2, "Paging in Hardware"; Intel
 * SDM vol. 3, "Control Registers", "PDPTE Registers", "Operations that
 * Invalidate TLBs and Paging-Structure Caches".
 *
 * Each register is written through one function here, which does what the
 * instruction does besides: check the value, read the top level of PAE, flush
 * the TLB.  Registers that rule something else than paging are not here.
 */
#include <assert.h>
#include <string.h>

#include "arch/cpu.h"

void cpu_init(struct cpu *cpu, struct ram *ram, const struct paging *pg)
{
	*cpu = (struct cpu){ .ram = ram, .paging = pg };
}

/* Tables of one form read as the other would be nonsense, and are never asked for. */
static bool form_is_right(const struct cpu *cpu, u32 cr0, u32 cr4)
{
	return !(cr0 & CR0_PG) || !(cr4 & CR4_PAE) == !cpu->paging->pae;
}

/* Read the four entries at @cr3.  False: one is present and has a reserved bit set. */
static bool read_pdptes(const struct cpu *cpu, paddr_t cr3, pte_t ret[4])
{
	for (unsigned i = 0; i < 4; i++) {
		paddr_t pa = (cr3 & CR3_PAE_MASK) + i * sizeof(u64);

		ret[i] = mmu_read_entry(cpu->ram, cpu->paging, pa);
		if ((ret[i].v & PG_P) && (ret[i].v & cpu->paging->reserved_top))
			return false;
	}
	return true;
}

/* Reload the top level when paging by PAE will be on under @cr0 and @cr4. */
static bool load_pdptes(struct cpu *cpu, u32 cr0, u32 cr4, paddr_t cr3)
{
	pte_t top[4];

	if (!(cr0 & CR0_PG) || !(cr4 & CR4_PAE))
		return true;
	if (!read_pdptes(cpu, cr3, top))
		return false;
	memcpy(cpu->pdpte, top, sizeof(top));
	return true;
}

bool cpu_load_cr0(struct cpu *cpu, u32 value)
{
	u32 changed = cpu->cr0 ^ value;

	assert(form_is_right(cpu, value, cpu->cr4));

	if ((value & CR0_PG) && !(value & CR0_PE))
		return false;
	if ((changed & CR0_PG) && !load_pdptes(cpu, value, cpu->cr4, cpu->cr3))
		return false;
	cpu->cr0 = value;
	/* WP is looked at in each access, so it may change with the TLB full. */
	if (changed & CR0_PG)
		tlb_flush_all(&cpu->tlb);
	return true;
}

bool cpu_load_cr3(struct cpu *cpu, paddr_t value)
{
	assert(value <= UINT32_MAX);

	if (!load_pdptes(cpu, cpu->cr0, cpu->cr4, value))
		return false;
	cpu->cr3 = value;
	/* Without CR4.PGE no entry is global: fills leave the bit out. */
	tlb_flush(&cpu->tlb);
	return true;
}

bool cpu_load_cr4(struct cpu *cpu, u32 value)
{
	u32 changed = cpu->cr4 ^ value;

	assert(form_is_right(cpu, cpu->cr0, value));

	if (changed & (CR4_PSE | CR4_PAE | CR4_PGE)) {
		if (!load_pdptes(cpu, cpu->cr0, value, cpu->cr3))
			return false;
		tlb_flush_all(&cpu->tlb);
	}
	cpu->cr4 = value;
	return true;
}

void cpu_invlpg(struct cpu *cpu, vaddr_t va)
{
	tlb_invlpg(&cpu->tlb, cpu->paging, va);
}

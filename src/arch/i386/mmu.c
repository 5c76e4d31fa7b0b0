// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The paging unit.  ULK ch. 2, "Paging in Hardware"; Intel SDM vol. 3, ch.
 * "Paging": "32-Bit Paging", "PAE Paging", "Access Rights", "Page-Fault
 * Exceptions", "Accessed and Dirty Flags", "Caching Translation Information".
 *
 *   translate --> TLB entry with the right?  yes --> done
 *                  | no: drop it
 *                 walk --> not present, or reserved bit --> fault
 *                  |
 *                 rights of all levels together --> fault
 *                  |
 *                 set A on the path, D in the leaf on a write; fill the TLB
 *
 * The walk reads and has no effect; what it saw is judged and marked after.
 * So a walk that faults sets no A bit.  The manual allows both (an entry is
 * marked when "used"; a processor may have marked the directory's entry by
 * then); this way a fault leaves RAM as it was.
 *
 * Rights found in the TLB never fault: they may be old, and processors walk
 * again before they fault.  An entry that grants too much, because nobody
 * flushed, is used; that is the kernel's mistake (mmu_validate finds it).
 *
 * Not here: caches of directory entries, and everything younger than NX.
 */
#include <assert.h>

#include "arch/cpu.h"
#include "arch/mmu.h"
#include "arch/ram.h"
#include "arch/tlb.h"

#define RIGHTS (PG_RW | PG_US | PG_NX)

/*
 * Bits that an entry's value with NX inverted must have for an access.  D is
 * asked of TLB entries alone: a write through one without it walks and sets D.
 */
static const u64 access_needs[3][2] = {
	[ACCESS_READ] = { [MODE_KERNEL] = PG_P, [MODE_USER] = PG_P | PG_US },
	[ACCESS_WRITE] = { [MODE_KERNEL] = PG_P | PG_D | PG_RW,
			   [MODE_USER] = PG_P | PG_D | PG_RW | PG_US },
	[ACCESS_FETCH] = { [MODE_KERNEL] = PG_P | PG_NX, [MODE_USER] = PG_P | PG_NX | PG_US },
};

static inline u64 cpu_needs(const struct cpu *cpu, enum access access, enum cpu_mode mode)
{
	u64 needs = access_needs[access][mode];

	if (mode == MODE_KERNEL && !(cpu->cr0 & CR0_WP))
		needs &= ~PG_RW;
	return needs;
}

static inline bool grants(u64 bits, u64 needs)
{
	return ((bits ^ PG_NX) & needs) == needs;
}

static inline u32 page_offset(const struct paging *pg, vaddr_t va, bool large)
{
	return va & ((large ? 1u << pg->dir_shift : PAGE_SIZE) - 1);
}

pte_t mmu_read_entry(const struct ram *ram, const struct paging *pg, paddr_t pa)
{
	if (unlikely(pa >= ram->size))
		return (pte_t){ pg->pae ? ~0ull : ~0u };
	return pte_get(pg, ram_at(ram, pa));
}

/*
 * Take entry @e, which lies at @pa, into the walk.  False: the walk ends here,
 * the entry is not present or has one of the @reserved bits set.
 */
static bool walk_entry(struct mmu_walk *w, paddr_t pa, pte_t e, u64 reserved)
{
	w->entry_pa[w->levels] = pa;
	w->entry[w->levels++] = e;
	if (!(e.v & PG_P))
		return false;
	w->reserved = e.v & reserved;
	return !w->reserved;
}

static void walk_combine(struct mmu_walk *w, pte_t e)
{
	w->rights = (w->rights & e.v & (PG_RW | PG_US)) | ((w->rights | e.v) & PG_NX);
}

static void walk_map(struct mmu_walk *w, const struct paging *pg, pte_t e, vaddr_t va)
{
	u32 offset = page_offset(pg, va, w->large);

	w->mapped = true;
	w->pa = (e.v & PG_FRAME_MASK) + offset;
}

/*
 * The two levels both forms have, from the directory at @dir on.  Without
 * @pse, two-level paging is that of the 80386: PS means nothing, and no bit is
 * reserved.  PAE does not ask for CR4.PSE.
 */
static void walk_dir(const struct ram *ram, const struct paging *pg, bool pse, paddr_t dir,
		     vaddr_t va, struct mmu_walk *w)
{
	u64 checked = pse || pg->pae ? ~0ull : 0; /* reserved bits are */
	paddr_t pa = dir + dir_index(pg, va) * pg->entry_size;
	pte_t e = mmu_read_entry(ram, pg, pa);

	w->rights = PG_RW | PG_US;
	w->large = checked && (e.v & PG_P) && (e.v & PG_PS);
	if (!walk_entry(w, pa, e, checked & (w->large ? pg->reserved_large : pg->reserved_dir)))
		return;
	walk_combine(w, e);
	if (w->large) {
		walk_map(w, pg, e, va);
		return;
	}

	pa = (e.v & PG_FRAME_MASK) + pte_index(pg, va) * pg->entry_size;
	e = mmu_read_entry(ram, pg, pa);
	if (!walk_entry(w, pa, e, checked & pg->reserved_pte))
		return;
	walk_combine(w, e);
	walk_map(w, pg, e, va);
}

/* The whole walk; with PAE, @top is the entry of the top level, at @top_pa. */
static void walk_all(const struct ram *ram, const struct paging *pg, bool pse, paddr_t top_pa,
		     pte_t top, vaddr_t va, struct mmu_walk *w)
{
	paddr_t dir = top_pa;

	*w = (struct mmu_walk){ 0 };
	if (pg->pae) {
		if (!walk_entry(w, top_pa, top, pg->reserved_top))
			return;
		dir = top.v & PG_FRAME_MASK;
	}
	walk_dir(ram, pg, pse, dir, va, w);
}

/* Where @cr3 points: the directory, or with PAE the top-level entry of @va. */
static paddr_t cr3_target(const struct paging *pg, paddr_t cr3, vaddr_t va)
{
	if (pg->pae)
		return (cr3 & CR3_PAE_MASK) + (va >> 30) * sizeof(u64);
	return cr3 & CR3_MASK;
}

void mmu_walk(const struct ram *ram, const struct paging *pg, paddr_t cr3, vaddr_t va,
	      struct mmu_walk *ret)
{
	paddr_t top_pa = cr3_target(pg, cr3, va);
	pte_t top = { 0 };

	if (pg->pae)
		top = mmu_read_entry(ram, pg, top_pa);
	walk_all(ram, pg, true, top_pa, top, va, ret);
}

/* The walk of a running processor, which has the PAE top level in registers. */
static void cpu_walk(const struct cpu *cpu, vaddr_t va, struct mmu_walk *ret)
{
	walk_all(cpu->ram, cpu->paging, cpu->cr4 & CR4_PSE, cr3_target(cpu->paging, cpu->cr3, va),
		 cpu->pdpte[va >> 30], va, ret);
}

/*
 * Set A in each entry of a good walk, D in the leaf on a write, storing only
 * what changes.  The top-level entries of PAE have neither bit.
 */
static void walk_mark(const struct cpu *cpu, struct mmu_walk *w, bool write)
{
	unsigned leaf = w->levels - 1u;

	assert(w->mapped);
	for (unsigned i = cpu->paging->levels - 2u; i <= leaf; i++) {
		u64 marks = write && i == leaf ? PG_A | PG_D : PG_A;

		if ((w->entry[i].v & marks) == marks)
			continue;
		w->entry[i].v |= marks;
		pte_put(cpu->paging, ram_at(cpu->ram, w->entry_pa[i]), w->entry[i]);
	}
}

/* What the TLB remembers of a good, marked walk. */
static u64 walk_tlb_bits(const struct cpu *cpu, const struct mmu_walk *w, vaddr_t va)
{
	u64 leaf = w->entry[w->levels - 1].v;
	u64 kept = cpu->cr4 & CR4_PGE ? PG_D | PG_G : PG_D;

	return (w->pa - page_offset(cpu->paging, va, w->large)) | PG_P | w->rights | (leaf & kept);
}

/* @cause: PF_P and PF_RSVD as the walk found them; the rest describes the access. */
static bool fault(const struct cpu *cpu, vaddr_t va, enum access access, enum cpu_mode mode,
		  u32 cause, struct page_fault *ret_fault)
{
	u32 code = cause;

	if (access == ACCESS_WRITE)
		code |= PF_W;
	if (mode == MODE_USER)
		code |= PF_U;
	if (access == ACCESS_FETCH && cpu->paging->pae)
		code |= PF_ID;
	*ret_fault = (struct page_fault){ .address = va, .error_code = code };
	return false;
}

/* The TLB has no answer: walk. */
static bool translate_by_walk(struct cpu *cpu, vaddr_t va, enum access access, enum cpu_mode mode,
			      paddr_t *ret_pa, struct page_fault *ret_fault)
{
	struct mmu_walk w;

	cpu->tlb.misses++;
	cpu_walk(cpu, va, &w);
	if (!w.mapped)
		return fault(cpu, va, access, mode, w.reserved ? PF_P | PF_RSVD : 0, ret_fault);
	if (!grants(w.rights, cpu_needs(cpu, access, mode) & RIGHTS))
		return fault(cpu, va, access, mode, PF_P, ret_fault);

	walk_mark(cpu, &w, access == ACCESS_WRITE);
	tlb_fill(&cpu->tlb, cpu->paging, va, walk_tlb_bits(cpu, &w, va), w.large);
	*ret_pa = w.pa;
	return true;
}

bool mmu_translate(struct cpu *cpu, vaddr_t va, enum access access, enum cpu_mode mode,
		   paddr_t *ret_pa, struct page_fault *ret_fault)
{
	bool large;
	struct tlb_entry *e = tlb_find(&cpu->tlb, cpu->paging, va, &large);

	if (likely(e && grants(e->bits, cpu_needs(cpu, access, mode)))) {
		cpu->tlb.hits++;
		*ret_pa = (e->bits & PG_FRAME_MASK) + page_offset(cpu->paging, va, large);
		return true;
	}
	if (unlikely(!(cpu->cr0 & CR0_PG))) {
		*ret_pa = va;
		return true;
	}
	if (e)
		tlb_drop(&cpu->tlb, cpu->paging, va);
	return translate_by_walk(cpu, va, access, mode, ret_pa, ret_fault);
}

/* Would a walk now give what TLB entry @e of page @va gives? */
static bool entry_backed(const struct cpu *cpu, const struct tlb_entry *e, vaddr_t va, bool large)
{
	struct mmu_walk w;

	cpu_walk(cpu, va, &w);
	if (!w.mapped || w.large != large || w.pa != (e->bits & PG_FRAME_MASK))
		return false;
	if (e->bits & ~w.entry[w.levels - 1].v & PG_D)
		return false; /* a store would leave the table's entry clean */
	return !(e->bits & ~w.rights & (PG_RW | PG_US)) && !(w.rights & ~e->bits & PG_NX);
}

static bool entries_backed(const struct cpu *cpu, const struct tlb_entry *e, unsigned nr,
			   bool large, vaddr_t *ret_va)
{
	for (; nr--; e++) {
		vaddr_t va = e->tag << (large ? cpu->paging->dir_shift : PAGE_SHIFT);

		if (e->valid && !entry_backed(cpu, e, va, large)) {
			*ret_va = va;
			return false;
		}
	}
	return true;
}

bool mmu_validate(const struct cpu *cpu, vaddr_t *ret_va)
{
	const struct tlb *tlb = &cpu->tlb;

	return entries_backed(cpu, tlb->small[0], TLB_SETS * TLB_WAYS, false, ret_va) &&
	       entries_backed(cpu, tlb->large[0], TLB_LARGE_SETS * TLB_WAYS, true, ret_va);
}

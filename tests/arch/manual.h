/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paging as the Intel SDM tells it (vol. 3, ch. "Paging"): the outcome of one
 * access, given by the manual's sentences one after the other.
 *
 * This is the judge of src/arch/i386/mmu.c and shares nothing with it: it is
 * handed the entries themselves, walks nothing, and names bits by their
 * numbers as the figures do.  Where the manual leaves a choice (whether a walk
 * that faults marks what it passed), it takes the one mmu.c documents.
 */
#pragma once

#include "arch/mmu.h"

/* One access in one world: all that its outcome may depend on, the TLB being empty. */
struct scene {
	bool pae, wp, pse, pge;
	u64 top, dir, table; /* the three entries on the path */
	vaddr_t va;
	enum access access;
	enum cpu_mode mode;
};

/* All that can be seen after it. */
struct outcome {
	bool translated;
	u64 pa;
	u32 error_code;
	u64 dir, table; /* the entries afterwards */
	unsigned nr_cached; /* TLB entries in use, and the one */
	u64 cached;
	bool cached_large;
};

static bool bit(u64 value, unsigned n)
{
	return value >> n & 1;
}

static bool any_of_bits(u64 value, unsigned high, unsigned low)
{
	for (unsigned n = low; n <= high; n++)
		if (bit(value, n))
			return true;
	return false;
}

/* "If the PDE's PS flag is 1, the PDE maps a 4-MByte page" with CR4.PSE; with PAE 2 MByte. */
static bool maps_large(const struct scene *s)
{
	if (!bit(s->dir, 7))
		return false;
	return s->pae ? true : s->pse;
}

static bool dir_has_reserved(const struct scene *s)
{
	if (s->pae && any_of_bits(s->dir, 62, 36))
		return true;
	if (!maps_large(s))
		return false;
	return any_of_bits(s->dir, s->pae ? 20 : 21, 12);
}

/* "If CR4.PSE = 0, no bits are reserved with 32-bit paging." */
static bool table_has_reserved(const struct scene *s)
{
	if (!s->pae && !s->pse)
		return false;
	return bit(s->table, 7) || (s->pae && any_of_bits(s->table, 62, 36));
}

/*
 * "The translation process completes immediately if a P flag is 0 or a
 * reserved bit is set": 0 for a translation, 'p' for not present, 'r' reserved.
 */
static char no_translation(const struct scene *s)
{
	if (s->pae && !bit(s->top, 0))
		return 'p';
	if (!bit(s->dir, 0))
		return 'p';
	if (dir_has_reserved(s))
		return 'r';
	if (maps_large(s))
		return 0;
	if (!bit(s->table, 0))
		return 'p';
	return table_has_reserved(s) ? 'r' : 0;
}

/* "in every paging-structure entry controlling the translation" */
static bool in_every(const struct scene *s, unsigned n)
{
	return bit(s->dir, n) && (maps_large(s) || bit(s->table, n));
}

/* "in any"; only PAE has bit 63. */
static bool execute_disabled(const struct scene *s)
{
	return bit(s->dir, 63) || (!maps_large(s) && bit(s->table, 63));
}

/* "Determination of Access Rights" */
static bool allowed(const struct scene *s)
{
	bool user_address = in_every(s, 2);

	if (s->mode == MODE_USER && !user_address)
		return false; /* "may not be made to supervisor-mode addresses" */
	switch (s->access) {
	case ACCESS_READ: return true;
	case ACCESS_WRITE:
		if (s->mode == MODE_KERNEL && !s->wp)
			return true; /* "If CR0.WP = 0, data may be written" */
		return in_every(s, 1);
	case ACCESS_FETCH: return !s->pae || !execute_disabled(s);
	}
	return false;
}

/* Figure "Page-Fault Error Code", from the right. */
static u32 figure_error_code(const struct scene *s)
{
	char why = no_translation(s);
	u32 code = 0;

	if (why != 'p')
		code += 1;
	if (s->access == ACCESS_WRITE)
		code += 2;
	if (s->mode == MODE_USER)
		code += 4;
	if (why == 'r')
		code += 8;
	if (s->access == ACCESS_FETCH && s->pae)
		code += 16;
	return code;
}

static void manual_accessed_and_dirty(const struct scene *s, struct outcome *o)
{
	u64 *leaf = maps_large(s) ? &o->dir : &o->table;

	o->dir |= 1u << 5;
	*leaf |= 1u << 5;
	if (s->access == ACCESS_WRITE)
		*leaf |= 1u << 6;
}

/* "Details of TLB Use": the frame, the rights together, and of the leaf D and G. */
static void manual_tlb(const struct scene *s, struct outcome *o)
{
	u64 page_size = !maps_large(s) ? 1u << 12 : s->pae ? 1u << 21 : 1u << 22;
	u64 leaf = maps_large(s) ? o->dir : o->table;

	o->nr_cached = 1;
	o->cached_large = maps_large(s);
	o->cached = o->pa / page_size * page_size + 1;
	o->cached += in_every(s, 1) ? 1u << 1 : 0;
	o->cached += in_every(s, 2) ? 1u << 2 : 0;
	o->cached += bit(leaf, 6) ? 1u << 6 : 0;
	o->cached += bit(leaf, 8) && s->pge ? 1u << 8 : 0;
	o->cached += execute_disabled(s) ? 1ull << 63 : 0;
}

/* "the low bits come from the linear address, the others from the entry" */
static u64 manual_address(const struct scene *s)
{
	u64 leaf = maps_large(s) ? s->dir : s->table;
	unsigned low = !maps_large(s) ? 12 : s->pae ? 21 : 22;
	u64 pa = 0;

	for (unsigned n = 0; n < 36; n++)
		pa |= (u64)bit(n < low ? s->va : leaf, n) << n;
	return pa;
}

static struct outcome manual(const struct scene *s)
{
	struct outcome o = { .dir = s->dir, .table = s->table };

	if (no_translation(s) || !allowed(s)) {
		o.error_code = figure_error_code(s);
		return o;
	}
	o.translated = true;
	o.pa = manual_address(s);
	manual_accessed_and_dirty(s, &o);
	manual_tlb(s, &o);
	return o;
}

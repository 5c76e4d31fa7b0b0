// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The paging unit against a second reading of the manual (manual.h).
 *
 * A test describes a scene: one access, the control registers, the entries on
 * its path.  It writes the entries to RAM, lets the paging unit translate, and
 * compares all that can be seen after: result, error code, A and D, TLB.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "arch/cpu.h"
#include "manual.h"

/* Where the tables of the test machine lie. */
#define TOP_PA 0x1000u /* PAE: the four top-level entries */
#define DIR_PA 0x2000u
#define TABLE_PA 0x3000u
#define FRAMES 16u

/* What leaf entries map; nothing is there, for the paging unit does not look. */
#define SMALL_FRAME 0x00765000ull
#define LARGE_FRAME 0x12400000ull

static struct ram ram;
static struct cpu cpu;

static void power_on(void)
{
	ck_assert_int_eq(ram_init(&ram, FRAMES * PAGE_SIZE, 0), 0);
}

static void power_off(void)
{
	ram_deinit(&ram);
}

/* The paging unit's outcome of the same. */

static const struct paging *form(const struct scene *s)
{
	return s->pae ? &paging_pae : &paging_2level;
}

static void *dir_entry(const struct scene *s)
{
	const struct paging *pg = form(s);

	return ram_at(&ram, DIR_PA + dir_index(pg, s->va) * pg->entry_size);
}

static void *table_entry(const struct scene *s)
{
	const struct paging *pg = form(s);

	return ram_at(&ram, TABLE_PA + pte_index(pg, s->va) * pg->entry_size);
}

static void put_tables(const struct scene *s)
{
	if (s->pae)
		pte_put(form(s), ram_at(&ram, TOP_PA + 8 * (s->va >> 30)), (pte_t){ s->top });
	pte_put(form(s), dir_entry(s), (pte_t){ s->dir });
	pte_put(form(s), table_entry(s), (pte_t){ s->table });
}

/* A processor with an empty TLB and this scene's registers. */
static void set_cpu(const struct scene *s)
{
	u32 cr4 = (s->pae ? CR4_PAE : 0) | (s->pse ? CR4_PSE : 0) | (s->pge ? CR4_PGE : 0);

	cpu_init(&cpu, &ram, form(s));
	if (!cpu_load_cr4(&cpu, cr4) || !cpu_load_cr3(&cpu, s->pae ? TOP_PA : DIR_PA) ||
	    !cpu_load_cr0(&cpu, CR0_PE | CR0_PG | (s->wp ? CR0_WP : 0)))
		ck_abort_msg("the processor refuses the scene");
}

static void read_tlb(struct outcome *o)
{
	const struct tlb_entry *small = cpu.tlb.small[0], *large = cpu.tlb.large[0];

	for (unsigned i = 0; i < TLB_SETS * TLB_WAYS; i++)
		if (small[i].valid) {
			o->nr_cached++;
			o->cached = small[i].bits;
		}
	for (unsigned i = 0; i < TLB_LARGE_SETS * TLB_WAYS; i++)
		if (large[i].valid) {
			o->nr_cached++;
			o->cached = large[i].bits;
			o->cached_large = true;
		}
}

/* Let the paging unit do the access of @s on the tables and TLB as they are. */
static struct outcome unit(const struct scene *s)
{
	struct page_fault fault = { 0x5a5a5a5a, 0 };
	struct outcome o = { 0 };

	o.translated = mmu_translate(&cpu, s->va, s->access, s->mode, &o.pa, &fault);
	if (fault.address != (o.translated ? 0x5a5a5a5a : s->va))
		ck_abort_msg("fault address %x", fault.address);
	o.error_code = fault.error_code;
	o.dir = pte_get(form(s), dir_entry(s)).v;
	o.table = pte_get(form(s), table_entry(s)).v;
	read_tlb(&o);
	return o;
}

static void print_outcome(const char *who, const struct outcome *o)
{
	printf("%s: %s pa=%llx code=%x dir=%llx table=%llx tlb=%u %llx %s\n", who,
	       o->translated ? "translated" : "fault", (unsigned long long)o->pa, o->error_code,
	       (unsigned long long)o->dir, (unsigned long long)o->table, o->nr_cached,
	       (unsigned long long)o->cached, o->cached_large ? "large" : "");
}

static void compare(const struct scene *s, const struct outcome *is, const struct outcome *want)
{
	if (is->translated == want->translated && is->pa == want->pa &&
	    is->error_code == want->error_code && is->dir == want->dir &&
	    is->table == want->table && is->nr_cached == want->nr_cached &&
	    is->cached == want->cached && is->cached_large == want->cached_large)
		return;
	printf("%s wp=%d pse=%d pge=%d top=%llx dir=%llx table=%llx va=%x access=%d mode=%d\n",
	       s->pae ? "PAE" : "2-level", s->wp, s->pse, s->pge, (unsigned long long)s->top,
	       (unsigned long long)s->dir, (unsigned long long)s->table, s->va, s->access, s->mode);
	print_outcome("unit  ", is);
	print_outcome("manual", want);
	ck_abort_msg("the paging unit and the manual differ");
}

static void judge(const struct scene *s)
{
	struct outcome is, want = manual(s);

	put_tables(s);
	set_cpu(s);
	is = unit(s);
	compare(s, &is, &want);
}

static void judge_all_accesses(struct scene *s)
{
	for (s->access = ACCESS_READ; s->access <= ACCESS_FETCH; s->access++)
		for (s->mode = MODE_KERNEL; s->mode <= MODE_USER; s->mode++)
			judge(s);
}

/* Nothing in RAM but the three entries of @s was written. */
static void nothing_else_written(struct scene *s)
{
	s->top = s->dir = s->table = 0;
	put_tables(s);
	for (u64 pa = 0; pa < ram.size; pa++)
		if (ram.base[pa])
			ck_abort_msg("byte %llx was written", (unsigned long long)pa);
}

/* Spread the low bits of @n over the bits that @where lists. */
static u64 spread(u64 n, const u64 *where, unsigned nr)
{
	u64 bits = 0;

	for (unsigned i = 0; i < nr; i++)
		bits |= n >> i & 1 ? where[i] : 0;
	return bits;
}

static const u64 dir_bits[] = { PG_P, PG_RW, PG_US, PG_A, PG_D, PG_PS, PG_G, PG_NX };
static const u64 table_bits[] = { PG_P, PG_RW, PG_US, PG_A, PG_D, PG_G, PG_NX };

/* The entries of a scene from two numbers; a large page and a table need other frames. */
static void set_entries(struct scene *s, u64 dir, u64 table)
{
	unsigned without_nx = s->pae ? 0 : 1;

	s->top = DIR_PA | PG_P;
	s->dir = spread(dir, dir_bits, ARRAY_SIZE(dir_bits) - without_nx);
	s->dir |= maps_large(s) ? LARGE_FRAME : TABLE_PA;
	s->table = SMALL_FRAME | spread(table, table_bits, ARRAY_SIZE(table_bits) - without_nx);
}

/* Every combination of the bits of both entries and of WP, PSE, PGE; _i: those and the form. */
START_TEST(every_combination)
{
	struct scene s = { .pae = _i & 1, .wp = _i & 2, .pse = _i & 4, .pge = _i & 8 };
	u64 nr_dir = 1ull << (ARRAY_SIZE(dir_bits) - !s.pae);
	u64 nr_table = 1ull << (ARRAY_SIZE(table_bits) - !s.pae);

	s.va = 0xc8765432;
	for (u64 dir = 0; dir < nr_dir; dir++)
		for (u64 table = 0; table < nr_table; table++) {
			set_entries(&s, dir, table);
			judge_all_accesses(&s);
		}
	nothing_else_written(&s);
}
END_TEST

/* The path is right at every kind of index: first, last, and between. */
START_TEST(every_corner_of_the_address_space)
{
	static const vaddr_t vas[] = { 0,	   0xfff,      0x1000,	   0x1ff000,   0x200000,
				       0x3fffff,   0x400000,   0x3ffff000, 0x40000000, 0x7fffffff,
				       0x80000000, 0xbffff123, 0xc0000000, 0xffc00000, 0xffffffff };
	struct scene s = { .pae = _i & 1, .wp = true, .pse = _i & 2, .pge = true };

	for (unsigned i = 0; i < ARRAY_SIZE(vas); i++) {
		s.va = vas[i];
		for (u64 dir = 0; dir < 64; dir++) {
			set_entries(&s, dir, 7);
			judge_all_accesses(&s);
		}
		nothing_else_written(&s);
	}
}
END_TEST

/* Each other bit of each entry alone: reserved, ignored, or part of an address. */
START_TEST(every_single_bit)
{
	struct scene s = { .pae = _i & 1, .wp = _i & 2, .pse = _i & 4, .va = 0x40001abc };
	unsigned width = s.pae ? 64 : 32;
	static const u64 present[] = { 0, 1, 3, 7, 6 };

	for (unsigned i = 0; i < ARRAY_SIZE(present) * 2; i++) {
		u64 rights = present[i / 2];

		for (unsigned n = 3; n < width; n++) {
			set_entries(&s, rights | (i & 1 ? 32 : 0), rights);
			s.table |= 1ull << n;
			judge_all_accesses(&s);

			set_entries(&s, rights | (i & 1 ? 32 : 0), 7);
			if (n == 7 || (n >= 12 && n < 36 && !maps_large(&s)))
				continue; /* would name another table */
			s.dir |= 1ull << n;
			judge_all_accesses(&s);
		}
	}
	nothing_else_written(&s);
}
END_TEST

START_TEST(pae_top_not_present)
{
	struct scene s = { .pae = true, .wp = true, .va = 0x80001000 };

	set_entries(&s, 7, 7);
	for (unsigned n = 1; n < 64; n++) {
		s.top = 1ull << n;
		judge_all_accesses(&s);
	}
	s.top = DIR_PA | PG_P | PG_PWT | PG_PCD | PG_AVAIL;
	judge_all_accesses(&s);
	nothing_else_written(&s);
}
END_TEST

/* What the TLB holds. */

/* "The processor may use the entry": its rights and D suffice for this access. */
static bool entry_suffices(const struct scene *s, u64 cached)
{
	struct scene as = *s;

	as.dir = as.table = cached; /* of no size: bit 7 is 0 */
	return allowed(&as) && (s->access != ACCESS_WRITE || bit(cached, 6));
}

/* What the second access must give, when @before is in the TLB and @s in the tables. */
static struct outcome manual_with_tlb(const struct scene *s, const struct outcome *before)
{
	struct outcome o;

	if (!before->nr_cached || !entry_suffices(s, before->cached))
		return manual(s); /* the old entry is dropped, whatever the walk gives */
	o = *before;
	o.dir = s->dir;
	o.table = s->table;
	return o;
}

static void judge_stale(const struct scene *first, struct scene *second)
{
	struct outcome before, is, want;

	put_tables(first);
	set_cpu(first);
	before = unit(first);

	put_tables(second); /* and no flush */
	want = manual_with_tlb(second, &before);
	is = unit(second);
	compare(second, &is, &want);
}

/*
 * Two accesses, the tables changed between them and nothing flushed: every
 * pair of leaf rights and D, every pair of accesses.  _i: form, WP, size.
 */
START_TEST(every_stale_entry)
{
	static const u64 leaf[] = { PG_P, PG_RW, PG_US, PG_D, PG_NX };
	struct scene a = { .pae = _i & 1, .wp = _i & 2, .pse = true, .va = 0x08048123 };
	u64 frame = _i & 4 ? LARGE_FRAME | PG_PS : SMALL_FRAME;
	u64 other = _i & 4 ? 2 * LARGE_FRAME | PG_PS : 2 * SMALL_FRAME;
	u64 nr = 1u << (ARRAY_SIZE(leaf) - !a.pae);
	struct scene b;

	a.top = DIR_PA | PG_P;
	a.dir = TABLE_PA | PG_P | PG_RW | PG_US;
	b = a;
	for (u64 n = 0; n < nr * nr * 36; n++) {
		u64 old = frame | spread(n / 36 % nr, leaf, ARRAY_SIZE(leaf));
		u64 new = other | spread(n / 36 / nr, leaf, ARRAY_SIZE(leaf));

		*(_i & 4 ? &a.dir : &a.table) = old;
		*(_i & 4 ? &b.dir : &b.table) = new;
		a.access = n % 3;
		a.mode = n / 3 % 2;
		b.access = n / 6 % 3;
		b.mode = n / 18 % 2;
		judge_stale(&a, &b);
	}
}
END_TEST

/* A small world for the tests below: one user page, writable, with the TLB counting. */
static struct scene one_page(bool pae)
{
	struct scene s = { .pae = pae, .wp = true, .pse = true, .pge = true, .va = 0x40000010 };

	set_entries(&s, 7, 7);
	put_tables(&s);
	set_cpu(&s);
	return s;
}

static bool touch(vaddr_t va, enum access access, enum cpu_mode mode)
{
	struct page_fault fault;
	paddr_t pa;

	return mmu_translate(&cpu, va, access, mode, &pa, &fault);
}

START_TEST(hits_and_misses_are_counted)
{
	struct scene s = one_page(_i);

	ck_assert(touch(s.va, ACCESS_READ, MODE_USER));
	ck_assert_uint_eq(cpu.tlb.misses, 1);
	ck_assert_uint_eq(cpu.tlb.hits, 0);
	ck_assert(touch(s.va + 4, ACCESS_READ, MODE_USER));
	ck_assert(touch(s.va + 8, ACCESS_FETCH, MODE_KERNEL));
	ck_assert_uint_eq(cpu.tlb.hits, 2);

	/* The first write walks to set D, the second need not. */
	ck_assert(touch(s.va, ACCESS_WRITE, MODE_USER));
	ck_assert_uint_eq(cpu.tlb.misses, 2);
	ck_assert(touch(s.va, ACCESS_WRITE, MODE_USER));
	ck_assert_uint_eq(cpu.tlb.misses, 2);
	ck_assert_uint_eq(cpu.tlb.hits, 3);
}
END_TEST

/* A and D cleared in the table are not set again while the TLB answers: so kernels flush. */
START_TEST(marks_are_set_by_walks_alone)
{
	struct scene s = one_page(_i);

	ck_assert(touch(s.va, ACCESS_WRITE, MODE_USER));
	put_tables(&s);
	ck_assert(touch(s.va, ACCESS_WRITE, MODE_USER));
	ck_assert_uint_eq(pte_get(form(&s), table_entry(&s)).v, s.table);
	cpu_invlpg(&cpu, s.va);
	ck_assert(touch(s.va, ACCESS_WRITE, MODE_USER));
	ck_assert_uint_eq(pte_get(form(&s), table_entry(&s)).v, s.table | PG_A | PG_D);
	ck_assert_uint_eq(pte_get(form(&s), dir_entry(&s)).v, s.dir | PG_A);
}
END_TEST

/* CR0.WP works on what the TLB holds, without a flush. */
START_TEST(wp_counts_at_once)
{
	struct scene s = one_page(_i);

	s.table &= ~PG_RW;
	s.table |= PG_D;
	put_tables(&s);
	ck_assert(touch(s.va, ACCESS_READ, MODE_KERNEL));
	ck_assert(!touch(s.va, ACCESS_WRITE, MODE_KERNEL));
	ck_assert(cpu_load_cr0(&cpu, CR0_PE | CR0_PG));
	ck_assert(touch(s.va, ACCESS_WRITE, MODE_KERNEL));
	ck_assert(!touch(s.va, ACCESS_WRITE, MODE_USER));
	ck_assert(cpu_load_cr0(&cpu, CR0_PE | CR0_PG | CR0_WP));
	ck_assert(!touch(s.va, ACCESS_WRITE, MODE_KERNEL));
}
END_TEST

/* Global pages live through a CR3 load, and only with CR4.PGE. */
START_TEST(global_pages_survive_cr3)
{
	struct scene s = one_page(_i & 1);
	bool pge = _i & 2, large = _i & 4;

	set_entries(&s, 7 | (large ? 32 | 64 : 0), 7 | 32);
	s.pge = pge;
	put_tables(&s);
	set_cpu(&s);
	ck_assert(touch(s.va, ACCESS_READ, MODE_USER));
	s.dir = s.table = 0;
	put_tables(&s);
	ck_assert(cpu_load_cr3(&cpu, cpu.cr3));
	ck_assert_int_eq(touch(s.va, ACCESS_READ, MODE_USER), pge);
	cpu_invlpg(&cpu, s.va);
	ck_assert(!touch(s.va, ACCESS_READ, MODE_USER));
}
END_TEST

/* More pages of one set than it has ways: each is walked again, all translate. */
START_TEST(evicted_pages_are_walked_again)
{
	struct scene s = one_page(_i);
	const unsigned pages = TLB_WAYS + 1;

	s.va = 0x40000000;
	for (unsigned i = 0; i < pages; i++, s.va += TLB_SETS * PAGE_SIZE)
		put_tables(&s);
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < pages; i++)
			ck_assert(touch(0x40000000 + i * TLB_SETS * PAGE_SIZE, ACCESS_READ,
					MODE_USER));
	ck_assert_uint_eq(cpu.tlb.misses, 3 * pages);
	ck_assert_uint_eq(cpu.tlb.hits, 0);
}
END_TEST

/* Tables where no RAM is read as all ones, and nothing is stored there. */
START_TEST(tables_outside_ram)
{
	struct scene s = one_page(_i);
	struct page_fault fault;
	paddr_t pa;

	s.dir = (ram.size + 0x5000) | PG_P | PG_RW | PG_US;
	put_tables(&s);
	ck_assert(!mmu_translate(&cpu, s.va, ACCESS_WRITE, MODE_USER, &pa, &fault));
	ck_assert_uint_eq(fault.error_code, PF_P | PF_W | PF_U | PF_RSVD);

	if (s.pae)
		return;
	ck_assert(cpu_load_cr3(&cpu, 0xfffff000));
	ck_assert(!mmu_translate(&cpu, s.va, ACCESS_READ, MODE_KERNEL, &pa, &fault));
	ck_assert_uint_eq(fault.error_code, PF_P | PF_RSVD);
	ck_assert(cpu_load_cr4(&cpu, 0)); /* an 80386 knows no reserved bit */
	ck_assert(mmu_translate(&cpu, s.va, ACCESS_WRITE, MODE_USER, &pa, &fault));
	ck_assert_uint_eq(pa, 0xfffff000 + s.va % PAGE_SIZE);
}
END_TEST

/* PAE reaches frames above 4 GiB. */
START_TEST(pae_frames_are_36_bits)
{
	struct scene s = one_page(true);

	s.table = 0xfedcba000ull | PG_P | PG_US;
	judge_all_accesses(&s);
	s.dir = 0xfedc00000ull | PG_P | PG_US | PG_PS;
	judge_all_accesses(&s);
}
END_TEST

/* Until CR3 is loaded, PAE walks from the top-level entries it read before. */
START_TEST(pae_top_is_in_registers)
{
	struct scene s = one_page(true);

	s.top = 0;
	put_tables(&s);
	ck_assert(touch(s.va, ACCESS_READ, MODE_USER));
	ck_assert(cpu_load_cr3(&cpu, cpu.cr3));
	ck_assert(!touch(s.va, ACCESS_READ, MODE_USER));
}
END_TEST

START_TEST(walk_shows_every_step)
{
	struct scene s = one_page(_i);
	unsigned dir = s.pae ? 1 : 0;
	struct mmu_walk w;

	mmu_walk(&ram, form(&s), cpu.cr3, s.va, &w);
	ck_assert_uint_eq(w.levels, s.pae ? 3 : 2);
	ck_assert(w.mapped && !w.large && !w.reserved);
	ck_assert_uint_eq(w.pa, SMALL_FRAME + s.va % PAGE_SIZE);
	ck_assert_uint_eq(w.rights, PG_RW | PG_US);
	if (s.pae)
		ck_assert_uint_eq(w.entry_pa[0], TOP_PA + 8);
	ck_assert_ptr_eq(ram_at(&ram, w.entry_pa[dir]), dir_entry(&s));
	ck_assert_ptr_eq(ram_at(&ram, w.entry_pa[dir + 1]), table_entry(&s));
	ck_assert_uint_eq(w.entry[dir].v, s.dir);
	ck_assert_uint_eq(w.entry[dir + 1].v, s.table);

	/* No effect: no A bit, no TLB entry, no count. */
	ck_assert_uint_eq(pte_get(form(&s), table_entry(&s)).v, s.table);
	ck_assert_uint_eq(cpu.tlb.misses, 0);
}
END_TEST

START_TEST(walk_ends_where_it_must)
{
	struct scene s = one_page(_i);
	unsigned dir = s.pae ? 1 : 0;
	struct mmu_walk w;

	s.table &= ~PG_P;
	put_tables(&s);
	mmu_walk(&ram, form(&s), cpu.cr3, s.va, &w);
	ck_assert(!w.mapped && !w.reserved);
	ck_assert_uint_eq(w.levels, dir + 2);

	s.dir = LARGE_FRAME | PG_P | PG_PS | PG_US;
	put_tables(&s);
	mmu_walk(&ram, form(&s), cpu.cr3, s.va, &w);
	ck_assert(w.mapped && w.large);
	ck_assert_uint_eq(w.levels, dir + 1);
	ck_assert_uint_eq(w.pa, LARGE_FRAME + s.va % (1u << form(&s)->dir_shift));
	ck_assert_uint_eq(w.rights, PG_US);

	s.dir |= 0x2000;
	put_tables(&s);
	mmu_walk(&ram, form(&s), cpu.cr3, s.va, &w);
	ck_assert(!w.mapped && w.reserved);

	s.dir = s.top = 0;
	put_tables(&s);
	mmu_walk(&ram, form(&s), cpu.cr3, s.va, &w);
	ck_assert(!w.mapped && !w.reserved);
	ck_assert_uint_eq(w.levels, 1);
}
END_TEST

/* A table changed without a flush is found; a right added without one is not wrong. */
START_TEST(validate_finds_what_was_not_flushed)
{
	struct scene s = one_page(_i & 1), good;
	vaddr_t va = 0;

	if (_i & 2)
		set_entries(&s, 7 | 32, 0);
	good = s;
	put_tables(&s);
	ck_assert(touch(s.va, ACCESS_WRITE, MODE_USER));
	ck_assert(mmu_validate(&cpu, &va));

	*(_i & 2 ? &s.dir : &s.table) &= ~PG_RW;
	put_tables(&s);
	ck_assert(!mmu_validate(&cpu, &va));
	ck_assert_uint_eq(va, 0x40000000);
	s = good;
	*(_i & 2 ? &s.dir : &s.table) += 2 * LARGE_FRAME;
	put_tables(&s);
	ck_assert(!mmu_validate(&cpu, &va));
	s.dir = 0;
	put_tables(&s);
	ck_assert(!mmu_validate(&cpu, &va));
	cpu_invlpg(&cpu, s.va);
	ck_assert(mmu_validate(&cpu, &va));

	*(_i & 2 ? &good.dir : &good.table) &= ~PG_RW;
	put_tables(&good);
	ck_assert(touch(good.va, ACCESS_READ, MODE_USER));
	*(_i & 2 ? &good.dir : &good.table) |= PG_RW;
	put_tables(&good);
	ck_assert(mmu_validate(&cpu, &va));
}
END_TEST

/* A large page cut into small ones of the same frames, and nothing flushed. */
START_TEST(validate_finds_a_split_page)
{
	struct scene s = one_page(_i);
	vaddr_t va = 0;

	s.va = 0x40000000;
	s.dir = LARGE_FRAME | PG_P | PG_RW | PG_PS;
	put_tables(&s);
	ck_assert(touch(s.va, ACCESS_READ, MODE_KERNEL));
	s.dir = TABLE_PA | PG_P | PG_RW;
	s.table = LARGE_FRAME | PG_P | PG_RW;
	put_tables(&s);
	ck_assert(!mmu_validate(&cpu, &va));
	ck_assert_uint_eq(va, s.va);
}
END_TEST

static TCase *manual_cases(void)
{
	TCase *tc = tcase_create("manual");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, power_on, power_off);
	tcase_add_loop_test(tc, every_combination, 0, 16);
	tcase_add_loop_test(tc, every_corner_of_the_address_space, 0, 4);
	tcase_add_loop_test(tc, every_single_bit, 0, 8);
	tcase_add_test(tc, pae_top_not_present);
	tcase_add_loop_test(tc, every_stale_entry, 0, 8);
	return tc;
}

static TCase *unit_cases(void)
{
	TCase *tc = tcase_create("unit");

	tcase_add_checked_fixture(tc, power_on, power_off);
	tcase_add_loop_test(tc, hits_and_misses_are_counted, 0, 2);
	tcase_add_loop_test(tc, marks_are_set_by_walks_alone, 0, 2);
	tcase_add_loop_test(tc, wp_counts_at_once, 0, 2);
	tcase_add_loop_test(tc, global_pages_survive_cr3, 0, 8);
	tcase_add_loop_test(tc, evicted_pages_are_walked_again, 0, 2);
	tcase_add_loop_test(tc, tables_outside_ram, 0, 2);
	tcase_add_test(tc, pae_frames_are_36_bits);
	tcase_add_test(tc, pae_top_is_in_registers);
	tcase_add_loop_test(tc, walk_shows_every_step, 0, 2);
	tcase_add_loop_test(tc, walk_ends_where_it_must, 0, 2);
	tcase_add_loop_test(tc, validate_finds_what_was_not_flushed, 0, 4);
	tcase_add_loop_test(tc, validate_finds_a_split_page, 0, 2);
	return tc;
}

int main(void)
{
	Suite *suite = suite_create("arch/mmu");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, manual_cases());
	suite_add_tcase(suite, unit_cases());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

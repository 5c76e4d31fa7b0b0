// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Control registers: what loading each does to the TLB and to the top level of
 * PAE, and which values raise a general protection exception.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "arch/cpu.h"

#define PAGING_ON (CR0_PE | CR0_PG | CR0_WP)
#define LOCAL 0x40000000u /* a page that is entered as not global */
#define GLOBAL 0xc0000000u

static struct ram ram;
static struct cpu cpu;

static void power_on(void)
{
	ck_assert_int_eq(ram_init(&ram, 16 * PAGE_SIZE, 0), 0);
	memset(&cpu, 0xff, sizeof(cpu));
	cpu_init(&cpu, &ram, &paging_2level);
}

static void power_off(void)
{
	ram_deinit(&ram);
}

static void fill_both(void)
{
	tlb_fill(&cpu.tlb, cpu.paging, LOCAL, 0x5000 | PG_P, false);
	tlb_fill(&cpu.tlb, cpu.paging, GLOBAL, 0x6000 | PG_P | PG_G, false);
}

static bool in_tlb(vaddr_t va)
{
	bool large;

	return tlb_find(&cpu.tlb, cpu.paging, va, &large);
}

START_TEST(starts_with_paging_off)
{
	struct page_fault fault;
	paddr_t pa = 0;

	ck_assert_uint_eq(cpu.cr0 | cpu.cr2 | cpu.cr3 | cpu.cr4, 0);
	ck_assert_uint_eq(cpu.tlb.hits | cpu.tlb.misses | cpu.tlb.flushes | cpu.tlb.invlpgs, 0);
	ck_assert(mmu_translate(&cpu, 0xfffff123, ACCESS_WRITE, MODE_USER, &pa, &fault));
	ck_assert_uint_eq(pa, 0xfffff123);
	ck_assert_uint_eq(cpu.tlb.misses, 0);
	ck_assert(!in_tlb(0xfffff123));
}
END_TEST

START_TEST(cr3_keeps_global_entries)
{
	ck_assert(cpu_load_cr4(&cpu, CR4_PSE | CR4_PGE));
	ck_assert(cpu_load_cr0(&cpu, PAGING_ON));
	fill_both();
	ck_assert(cpu_load_cr3(&cpu, 0x3018));
	ck_assert_uint_eq(cpu.cr3, 0x3018);
	ck_assert(!in_tlb(LOCAL));
	ck_assert(in_tlb(GLOBAL));

	/* The same value again flushes too. */
	fill_both();
	ck_assert(cpu_load_cr3(&cpu, 0x3018));
	ck_assert(!in_tlb(LOCAL));
}
END_TEST

START_TEST(cr4_flushes_when_paging_changes)
{
	static const u32 steps[] = { CR4_PGE, CR4_PGE | CR4_PSE, CR4_PSE, 0 };

	ck_assert(cpu_load_cr0(&cpu, PAGING_ON));
	for (unsigned i = 0; i < ARRAY_SIZE(steps); i++) {
		fill_both();
		ck_assert(cpu_load_cr4(&cpu, steps[i]));
		ck_assert_uint_eq(cpu.cr4, steps[i]);
		ck_assert(!in_tlb(LOCAL));
		ck_assert(!in_tlb(GLOBAL));
	}
	fill_both();
	ck_assert(cpu_load_cr4(&cpu, 0x200)); /* OSFXSR is none of paging's business */
	ck_assert(in_tlb(LOCAL));
	ck_assert(in_tlb(GLOBAL));
}
END_TEST

START_TEST(cr0_flushes_when_paging_goes_off)
{
	ck_assert(cpu_load_cr0(&cpu, PAGING_ON));
	fill_both();
	ck_assert(cpu_load_cr0(&cpu, PAGING_ON & ~CR0_WP));
	ck_assert(in_tlb(LOCAL));
	ck_assert(cpu_load_cr0(&cpu, CR0_PE));
	ck_assert(!in_tlb(LOCAL));
	ck_assert(!in_tlb(GLOBAL));
}
END_TEST

START_TEST(paging_needs_protected_mode)
{
	ck_assert(!cpu_load_cr0(&cpu, CR0_PG));
	ck_assert_uint_eq(cpu.cr0, 0);
	ck_assert(cpu_load_cr0(&cpu, CR0_PG | CR0_PE));
}
END_TEST

START_TEST(invlpg_takes_a_global_entry_too)
{
	fill_both();
	cpu_invlpg(&cpu, GLOBAL + 0xfff);
	ck_assert(in_tlb(LOCAL));
	ck_assert(!in_tlb(GLOBAL));
	ck_assert_uint_eq(cpu.tlb.invlpgs, 1);
}
END_TEST

/* A PAE machine: four top-level entries at 0x1020, aligned to 32 bytes and no more. */
#define TOP 0x1020u

static void pae_on(void)
{
	cpu_init(&cpu, &ram, &paging_pae);
	ck_assert(cpu_load_cr4(&cpu, CR4_PAE));
	ck_assert(cpu_load_cr3(&cpu, TOP));
	ck_assert(cpu_load_cr0(&cpu, PAGING_ON));
}

static void put_top(unsigned i, u64 v)
{
	pte_put(&paging_pae, ram_at(&ram, TOP + 8 * i), (pte_t){ v });
}

START_TEST(pae_top_is_read_with_cr3)
{
	for (unsigned i = 0; i < 4; i++)
		put_top(i, (0x2000 + 0x1000 * i) | PG_P);
	pae_on();
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(cpu.pdpte[i].v, (0x2000 + 0x1000 * i) | PG_P);

	/* A store into the table changes nothing until CR3 is loaded again. */
	put_top(3, 0x7000 | PG_P);
	ck_assert_uint_eq(cpu.pdpte[3].v, 0x5000 | PG_P);
	ck_assert(cpu_load_cr3(&cpu, TOP | 0x18)); /* PWT and PCD are no address */
	ck_assert_uint_eq(cpu.pdpte[3].v, 0x7000 | PG_P);
}
END_TEST

START_TEST(pae_top_is_read_with_cr4)
{
	pae_on();
	put_top(1, 0x2000 | PG_P);
	ck_assert(cpu_load_cr4(&cpu, CR4_PAE));
	ck_assert_uint_eq(cpu.pdpte[1].v, 0);
	ck_assert(cpu_load_cr4(&cpu, CR4_PAE | CR4_PGE));
	ck_assert_uint_eq(cpu.pdpte[1].v, 0x2000 | PG_P);
}
END_TEST

START_TEST(pae_top_checks_reserved_bits)
{
	pae_on();
	for (unsigned bit = 1; bit < 64; bit++) {
		bool reserved = (paging_pae.reserved_top >> bit) & 1;
		struct cpu before = cpu;

		put_top(2, 1ull << bit); /* not present: never checked */
		ck_assert(cpu_load_cr3(&cpu, TOP));
		cpu = before;
		put_top(2, 1ull << bit | PG_P);
		ck_assert_int_eq(cpu_load_cr3(&cpu, TOP), !reserved);
		if (reserved)
			ck_assert_mem_eq(&cpu, &before, sizeof(cpu));
		ck_assert_int_eq(cpu_load_cr4(&cpu, CR4_PAE | CR4_PGE), !reserved);
		cpu = before;
	}
	put_top(2, 0);
	ck_assert(!cpu_load_cr3(&cpu, 0xfffff000)); /* no RAM there: all ones */
}
END_TEST

START_TEST(access_is_split_at_page_ends)
{
	ck_assert_uint_eq(cpu_access_part(0x1000, 4), 4);
	ck_assert_uint_eq(cpu_access_part(0x1000, PAGE_SIZE), PAGE_SIZE);
	ck_assert_uint_eq(cpu_access_part(0x1000, PAGE_SIZE + 1), PAGE_SIZE);
	ck_assert_uint_eq(cpu_access_part(0x1ffd, 4), 3);
	ck_assert_uint_eq(cpu_access_part(0x1fff, 4), 1);
	ck_assert_uint_eq(cpu_access_part(0xffffffff, 4), 1);
	ck_assert_uint_eq(cpu_access_part(0x1fff, 0), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arch/cpu");
	TCase *tc = tcase_create("cpu");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, power_on, power_off);
	tcase_add_test(tc, starts_with_paging_off);
	tcase_add_test(tc, cr3_keeps_global_entries);
	tcase_add_test(tc, cr4_flushes_when_paging_changes);
	tcase_add_test(tc, cr0_flushes_when_paging_goes_off);
	tcase_add_test(tc, paging_needs_protected_mode);
	tcase_add_test(tc, invlpg_takes_a_global_entry_too);
	tcase_add_test(tc, pae_top_is_read_with_cr3);
	tcase_add_test(tc, pae_top_is_read_with_cr4);
	tcase_add_test(tc, pae_top_checks_reserved_bits);
	tcase_add_test(tc, access_is_split_at_page_ends);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

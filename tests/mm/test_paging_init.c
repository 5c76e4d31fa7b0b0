/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * swapper_pg_dir: every byte of low memory is mapped where ULK says, by the processor's own
 * reading of the tables, and nothing else is.
 */
#include "space.h"

static struct mmu_walk walk(const struct machine *m, u32 addr)
{
	struct mmu_walk w;

	mmu_walk(&m->ram, m->paging, m->k->init_mm.pgd - PAGE_OFFSET, addr, &w);
	return w;
}

static struct machine *machine_of_frames(u32 frames, u32 lowmem, bool pae)
{
	struct machine_config config = {
		.ram = (u64)frames << PAGE_SHIFT,
		.pae = pae,
		.lowmem_frames = lowmem,
	};
	struct machine *m;

	ck_assert_int_eq(machine_new(&config, &m), 0);
	return m;
}

/* Each frame of low memory at PAGE_OFFSET + its address: supervisor, writable, global, no code. */
static void assert_direct_map(const struct machine *m, u32 lowmem)
{
	u32 large = (1u << m->paging->dir_shift) >> PAGE_SHIFT;
	u64 rights = PG_RW | (m->paging->pae ? PG_NX : 0);

	for (u32 pfn = 0; pfn < lowmem; pfn++) {
		struct mmu_walk w = walk(m, PAGE_OFFSET + PAGES(pfn));
		u64 leaf = w.entry[w.levels - 1].v;

		ck_assert(w.mapped);
		ck_assert_uint_eq(w.pa, PAGES(pfn));
		ck_assert_uint_eq(w.rights & (PG_RW | PG_US | PG_NX), rights);
		ck_assert_uint_eq(leaf & (PG_G | PG_A | PG_D), PG_G | PG_A | PG_D);
		ck_assert_uint_eq(w.large, pfn < lowmem / large * large);
	}
	ck_assert(!walk(m, PAGE_OFFSET + PAGES(lowmem)).mapped);
	ck_assert(!walk(m, PAGE_OFFSET - 1).mapped);
	ck_assert(!walk(m, 0).mapped);
	ck_assert(!walk(m, 0xfffff000).mapped);
}

START_TEST(test_direct_map)
{
	static const u32 frames[] = { 64, 511, 512, 1023, 1024, 1025, 2048, 4096, 5000 };

	for (size_t i = 0; i < 2 * ARRAY_SIZE(frames); i++) {
		struct machine *m = machine_of_frames(frames[i / 2], 0, i % 2);

		assert_direct_map(m, frames[i / 2]);
		test_check(m);
		machine_free(m);
	}
}
END_TEST

/* High memory has no place in the direct map. */
START_TEST(test_highmem_is_not_mapped)
{
	struct machine *m = machine_of_frames(4096, 1500, false);
	struct machine *p = machine_of_frames(4096, 1500, true);

	assert_direct_map(m, 1500);
	assert_direct_map(p, 1500);
	machine_free(m);
	machine_free(p);
}
END_TEST

START_TEST(test_largest_lowmem)
{
	struct machine *m = machine_of_frames(1u << 18, 0, false);

	ck_assert(walk(m, PAGE_OFFSET + (896u << 20) - 1).mapped);
	ck_assert(walk(m, PAGE_OFFSET + (896u << 20) - 1).large);
	ck_assert(!walk(m, PAGE_OFFSET + (896u << 20)).mapped);
	machine_free(m);
}
END_TEST

TEST_MAIN("paging_init", test_direct_map, test_highmem_is_not_mapped, test_largest_lowmem)

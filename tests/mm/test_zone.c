// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Zones: where they lie, what is free in them before anything was used, watermarks.
 */
#include <errno.h>
#include <string.h>

#include "mm/check.h"
#include "mm/page_alloc.h"
#include "frame_world.h"

static const struct zone *zone_of(const struct machine *m, enum zone_type type)
{
	return &m->k->zone[type];
}

static void assert_extent(const struct machine *m, enum zone_type type, const char *name,
			  pfn_t start, pfn_t end)
{
	const struct zone *z = zone_of(m, type);

	ck_assert_str_eq(z->name, name);
	ck_assert_uint_eq(z->spanned_pages, end - start);
	if (end > start)
		ck_assert_uint_eq(z->zone_start_pfn, start);
}

START_TEST(a_pc_has_three_zones)
{
	struct machine *m = small_machine(1u << 18); /* 1 GiB */

	assert_extent(m, ZONE_DMA, "DMA", 0, 4096);
	assert_extent(m, ZONE_NORMAL, "Normal", 4096, 229376);
	assert_extent(m, ZONE_HIGHMEM, "HighMem", 229376, 262144);
	ck_assert_ptr_eq(page_zone(pfn_to_page(m, 4095)), zone_of(m, ZONE_DMA));
	ck_assert_ptr_eq(page_zone(pfn_to_page(m, 4096)), zone_of(m, ZONE_NORMAL));
	ck_assert_ptr_eq(page_zone(pfn_to_page(m, 229375)), zone_of(m, ZONE_NORMAL));
	ck_assert_ptr_eq(page_zone(pfn_to_page(m, 229376)), zone_of(m, ZONE_HIGHMEM));
	/* The hole below 1 MiB: frames 0x9f to 0xff. */
	ck_assert_uint_eq(zone_of(m, ZONE_DMA)->present_pages, 4096 - 97);
	ck_assert(PageReserved(pfn_to_page(m, 0)));
	ck_assert(!PageReserved(pfn_to_page(m, 0x9e)));
	for (pfn_t pfn = 0x9f; pfn < 0x100; pfn++)
		ck_assert(PageReserved(pfn_to_page(m, pfn)));
	machine_free(m);
}
END_TEST

/* Frames of RAM; where the zones then end. */
static const u32 small[][4] = {
	{ 4096, 4096, 4096, 4096 },
	{ 5000, 4096, 5000, 5000 },
	{ 64, 64, 64, 64 },
};

START_TEST(small_ram_leaves_zones_empty)
{
	const u32 *e = small[_i];
	struct machine *m = small_machine(e[0]);

	assert_extent(m, ZONE_DMA, "DMA", 0, e[1]);
	assert_extent(m, ZONE_NORMAL, "Normal", e[1], e[2]);
	assert_extent(m, ZONE_HIGHMEM, "HighMem", e[2], e[3]);
	for (pfn_t pfn = 0; pfn < e[0]; pfn++)
		ck_assert_uint_gt(page_zone(pfn_to_page(m, pfn))->spanned_pages, 0);
	machine_free(m);
}
END_TEST

START_TEST(zones_of_a_drawn_machine)
{
	struct machine *m = zoned_machine(128, 32, 96);

	assert_extent(m, ZONE_DMA, "DMA", 0, 32);
	assert_extent(m, ZONE_NORMAL, "Normal", 32, 96);
	assert_extent(m, ZONE_HIGHMEM, "HighMem", 96, 128);
	ck_assert_str_eq(draw_zone(m, ZONE_HIGHMEM), "................................");
	ck_assert_str_eq(draw_blocks(zone_of(m, ZONE_HIGHMEM)), "0 0 0 0 0 1");
	machine_free(m);
}
END_TEST

/* What the buddy system would make of [start, end), found by trying. */
static void naive_blocks(pfn_t start, pfn_t end, u32 blocks[MAX_ORDER])
{
	memset(blocks, 0, MAX_ORDER * sizeof(blocks[0]));
	while (start < end) {
		unsigned order = MAX_ORDER - 1;

		while (start % (1u << order) || start + (1u << order) > end)
			order--;
		blocks[order]++;
		start += 1u << order;
	}
}

START_TEST(untouched_memory_counts_as_blocks)
{
	struct rnd r = rnd_start("untouched_memory_counts_as_blocks");

	for (unsigned round = 0; round < 200; round++) {
		u32 lowmem = 400 + rnd_below(&r, 300), end = lowmem + 1 + rnd_below(&r, 5000);
		struct machine *m = zoned_machine(end, 64, lowmem);
		u32 want[MAX_ORDER];

		naive_blocks(lowmem, end, want);
		for (unsigned o = 0; o < MAX_ORDER; o++)
			ck_assert_uint_eq(zone_free_blocks(zone_of(m, ZONE_HIGHMEM), o), want[o]);
		machine_free(m);
	}
}
END_TEST

/* Reserve random ranges in any order, overlapping: what is left are the blocks around them. */
START_TEST(reserved_frames_leave_whole_blocks)
{
	struct rnd r = rnd_start("reserved_frames_leave_whole_blocks");
	enum { LOW = 500, END = LOW + 2500 };

	for (unsigned round = 0; round < 100; round++) {
		struct machine *m = zoned_machine(END, 64, LOW);
		u32 want[MAX_ORDER] = { 0 }, gap[MAX_ORDER], start = LOW, reserved = 0;
		bool taken[END + 1] = { false };

		for (unsigned n = 0; n < 5; n++) {
			pfn_t from = LOW + rnd_below(&r, END - LOW);
			pfn_t to = from + rnd_below(&r, END - from < 300 ? END - from : 300);

			reserve_frames(m, from, to);
			memset(taken + from, 1, to - from);
			allocators_check(m);
		}
		taken[END] = true;
		for (pfn_t pfn = LOW; pfn <= END; pfn++) {
			if (!taken[pfn])
				continue;
			naive_blocks(start, pfn, gap);
			for (unsigned o = 0; o < MAX_ORDER; o++)
				want[o] += gap[o];
			start = pfn + 1;
			reserved += pfn < END;
		}
		for (unsigned o = 0; o < MAX_ORDER; o++)
			ck_assert_uint_eq(zone_free_blocks(zone_of(m, ZONE_HIGHMEM), o), want[o]);
		ck_assert_uint_eq(zone_of(m, ZONE_HIGHMEM)->free_pages, END - LOW - reserved);
		machine_free(m);
	}
}
END_TEST

/* ---- watermarks ---- */

/* Linux 2.6 gives these for 896 MiB of low memory; a little less here, mem_map is reserved. */
START_TEST(watermarks_as_linux_computes_them)
{
	struct machine *m = small_machine(1u << 18);
	u32 min = 0;

	ck_assert_uint_ge(min_free_kbytes(m), 3800);
	ck_assert_uint_le(min_free_kbytes(m), 3831);
	for (unsigned i = 0; i <= ZONE_NORMAL; i++) {
		const struct zone *z = zone_of(m, i);

		ck_assert_uint_eq(z->pages_low, z->pages_min + z->pages_min / 4);
		ck_assert_uint_eq(z->pages_high, z->pages_min + z->pages_min / 2);
		min += z->pages_min;
	}
	ck_assert_uint_le(min_free_kbytes(m) / 4 - min, 1);
	ck_assert_uint_eq(zone_of(m, ZONE_HIGHMEM)->pages_min, 32);
	machine_free(m);
}
END_TEST

START_TEST(lowmem_reserve_by_ratio)
{
	struct machine *m = small_machine(1u << 20);
	const struct zone *dma = zone_of(m, ZONE_DMA), *normal = zone_of(m, ZONE_NORMAL);
	u32 high = zone_of(m, ZONE_HIGHMEM)->managed_pages;

	ck_assert_uint_eq(dma->lowmem_reserve[ZONE_DMA], 0);
	ck_assert_uint_eq(dma->lowmem_reserve[ZONE_NORMAL], normal->managed_pages / 256);
	ck_assert_uint_eq(dma->lowmem_reserve[ZONE_HIGHMEM], (normal->managed_pages + high) / 256);
	ck_assert_uint_eq(normal->lowmem_reserve[ZONE_NORMAL], 0);
	ck_assert_uint_eq(normal->lowmem_reserve[ZONE_HIGHMEM], high / 32);
	machine_free(m);
}
END_TEST

START_TEST(lowmem_reserve_ratio_can_be_set)
{
	const s64 ratios[] = { 64, 0, 1 }, bad[] = { 8, 1ll << 31 };
	struct machine *m = small_machine(1u << 20);
	const struct zone *dma = zone_of(m, ZONE_DMA), *normal = zone_of(m, ZONE_NORMAL);
	u32 above = normal->managed_pages + zone_of(m, ZONE_HIGHMEM)->managed_pages;
	u32 min = normal->pages_min;

	ck_assert_uint_eq(sysctl_nr_values(SYSCTL_LOWMEM_RESERVE_RATIO), MAX_NR_ZONES);
	ck_assert_int_eq(sysctl_write_values(m, SYSCTL_LOWMEM_RESERVE_RATIO, ratios, 3), 0);
	ck_assert_uint_eq(dma->lowmem_reserve[ZONE_HIGHMEM], above / 64);
	ck_assert_uint_eq(normal->lowmem_reserve[ZONE_HIGHMEM], 0);
	ck_assert_uint_eq(zone_of(m, ZONE_HIGHMEM)->lowmem_reserve[ZONE_HIGHMEM], 0);
	ck_assert_uint_eq(normal->pages_min, min);
	/* One number is the first zone's; all of them are right, or none holds. */
	ck_assert_int_eq(sysctl_write(m, SYSCTL_LOWMEM_RESERVE_RATIO, 1), 0);
	ck_assert_uint_eq(dma->lowmem_reserve[ZONE_HIGHMEM], above);
	ck_assert_int_eq(sysctl_write_values(m, SYSCTL_LOWMEM_RESERVE_RATIO, bad, 2), -EINVAL);
	ck_assert_uint_eq(dma->lowmem_reserve[ZONE_HIGHMEM], above);
	ck_assert_int_eq(sysctl_write(m, SYSCTL_LOWMEM_RESERVE_RATIO, -5), 0);
	ck_assert_uint_eq(sysctl_read(m, SYSCTL_LOWMEM_RESERVE_RATIO), 0);
	ck_assert_uint_eq(dma->lowmem_reserve[ZONE_HIGHMEM], 0);
	machine_free(m);
}
END_TEST

START_TEST(min_free_kbytes_can_be_set)
{
	struct machine *m = small_machine(8192);

	m->k->sysctl[SYSCTL_MIN_FREE_KBYTES] = 4000;
	setup_per_zone_pages_min(m);
	ck_assert_uint_eq(min_free_kbytes(m), 4000);
	ck_assert_uint_ge(zone_of(m, 0)->pages_min + zone_of(m, 1)->pages_min, 998);
	ck_assert_uint_le(zone_of(m, 0)->pages_min + zone_of(m, 1)->pages_min, 1000);
	machine_free(m);
}
END_TEST

/* 41 frames are free: which requests may take one? */
START_TEST(watermark_rules)
{
	struct zone z = { .free_pages = 41, .lowmem_reserve = { 0, 0, 10 } };

	z.free_area[0].free_list.nr = 1;
	z.free_area[3].free_list.nr = 5;
	ck_assert(zone_watermark_ok(&z, 0, 40, ZONE_NORMAL, GFP_KERNEL));
	ck_assert(!zone_watermark_ok(&z, 0, 41, ZONE_NORMAL, GFP_KERNEL));
	ck_assert(!zone_watermark_ok(&z, 0, 31, ZONE_HIGHMEM, GFP_KERNEL));
	ck_assert(zone_watermark_ok(&z, 0, 30, ZONE_HIGHMEM, GFP_KERNEL));
	/* half for __GFP_HIGH, three quarters of it for those that cannot wait */
	ck_assert(zone_watermark_ok(&z, 0, 80, ZONE_NORMAL, GFP_KERNEL | __GFP_HIGH));
	ck_assert(!zone_watermark_ok(&z, 0, 82, ZONE_NORMAL, GFP_KERNEL | __GFP_HIGH));
	ck_assert(zone_watermark_ok(&z, 0, 104, ZONE_NORMAL, GFP_ATOMIC));
	ck_assert(!zone_watermark_ok(&z, 0, 110, ZONE_NORMAL, GFP_ATOMIC));
	/* blocks that are too small do not count for a large request */
	ck_assert(zone_watermark_ok(&z, 3, 10, ZONE_NORMAL, GFP_KERNEL));
	z.free_area[3].free_list.nr = 0;
	z.free_area[0].free_list.nr = 41;
	ck_assert(!zone_watermark_ok(&z, 3, 0, ZONE_NORMAL, GFP_KERNEL));
	/* beyond each order, half of what had to be there before: 33 > 64 / 2 */
	z.free_pages = 100;
	z.free_area[0].free_list.nr = 60;
	z.free_area[3].free_list.nr = 5;
	ck_assert(zone_watermark_ok(&z, 3, 65, ZONE_NORMAL, GFP_KERNEL));
	ck_assert(!zone_watermark_ok(&z, 3, 66, ZONE_NORMAL, GFP_KERNEL));
	ck_assert(zone_watermark_ok(&z, 0, 66, ZONE_NORMAL, GFP_KERNEL));
}
END_TEST

START_TEST(per_cpu_caches_follow_the_zone)
{
	struct machine *m = small_machine(1u << 18);

	ck_assert_uint_eq(zone_of(m, ZONE_NORMAL)->pageset[0].batch, 31);
	ck_assert_uint_eq(zone_of(m, ZONE_NORMAL)->pageset[0].high, 186);
	ck_assert_uint_eq(zone_of(m, ZONE_DMA)->pageset[0].batch, 1);
	machine_free(m);
	m = small_machine(64);
	ck_assert_uint_eq(zone_of(m, ZONE_DMA)->pageset[0].batch, 1);
	ck_assert_uint_eq(zone_of(m, ZONE_DMA)->pageset[0].high, 2);
	machine_free(m);
}
END_TEST

/* ---- validation finds what is wrong ---- */

static u32 failures(struct machine *m)
{
	struct check c = { 0 };

	zone_validate(m, &c);
	return c.failures;
}

START_TEST(validation_sees)
{
	struct machine *m = zoned_machine(128, 32, 96);
	struct zone *z = &m->k->zone[ZONE_HIGHMEM];
	struct page *held = alloc_page(m, GFP_HIGHUSER),
		    *p = m->mem_map + z->free_area[2].free_list.first;

	ck_assert_uint_eq(failures(m), 0);
	switch (_i) {
	case 0: z->free_pages++; break;
	case 1: p->private = 3; break; /* order wrong */
	case 2: ClearPageBuddy(p); break;
	case 3: p[1]._count = 1; break; /* inside a free block */
	case 4: p->lru_prev = 1; break;
	case 5: z->free_area[1].free_list.nr++; break;
	case 6: z->idle_used = 1; break;
	case 7: z->managed_pages--; break;
	case 8: SetPagePcp(held); break;
	case 9: /* both halves of a block free */
		held->_count = 0;
		SetPageBuddy(held);
		page_list_add(&z->free_area[0].free_list, held);
		z->free_pages++;
		break;
	case 10: z->frontier = 96; break;
	}
	ck_assert_uint_gt(failures(m), 0);
	machine_free(m);
}
END_TEST

START_TEST(validation_sees_a_write_above_the_frontier)
{
	struct machine *m = zoned_machine(128, 32, 96);

	m->mem_map[127].flags = 1u << PG_used;
	ck_assert_uint_eq(failures(m), 1);
	machine_free(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("zone");
	TCase *tc = tcase_create("zone");

	suite_add_tcase(s, tc);
	tcase_add_test(tc, a_pc_has_three_zones);
	tcase_add_loop_test(tc, small_ram_leaves_zones_empty, 0, ARRAY_SIZE(small));
	tcase_add_test(tc, zones_of_a_drawn_machine);
	tcase_add_test(tc, untouched_memory_counts_as_blocks);
	tcase_add_test(tc, reserved_frames_leave_whole_blocks);
	tcase_add_test(tc, watermarks_as_linux_computes_them);
	tcase_add_test(tc, lowmem_reserve_by_ratio);
	tcase_add_test(tc, lowmem_reserve_ratio_can_be_set);
	tcase_add_test(tc, min_free_kbytes_can_be_set);
	tcase_add_test(tc, watermark_rules);
	tcase_add_test(tc, per_cpu_caches_follow_the_zone);
	tcase_add_loop_test(tc, validation_sees, 0, 11);
	tcase_add_test(tc, validation_sees_a_write_above_the_frontier);
	return run_suite(s);
}

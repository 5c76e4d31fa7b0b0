/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where mmap puts things: hints, the lowest hole from TASK_SIZE / 3 up, the highest one below
 * the base, the gap below a stack; and the search in the augmented tree against a search
 * that looks at every page.
 */
#include "space.h"

#define MIB (1u << 20)
#define GAP PAGES(256)

static s64 area(struct space *s, u32 addr, u32 len)
{
	return get_unmapped_area(s->task, addr, len, 0);
}

/* ---- legacy: bottom-up ---- */

START_TEST(test_lowest_hole)
{
	struct space *s = space_new(64);

	ck_assert_int_eq(map(s, 0, 1, PROT_RW, PRIVATE), BASE);
	ck_assert_int_eq(map(s, 0, 8 * MIB, PROT_READ, PRIVATE),
			 BASE + PAGES(1)); /* no alignment */
	map_pages(s, 0x50000000, 1, PROT_READ, FIXED_PRIVATE);
	ck_assert_int_eq(area(s, 0, PAGE_SIZE), BASE + PAGES(1) + 8 * MIB);
	ck_assert_int_eq(area(s, 0, 0x10000000), 0x50001000);
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(7), PAGES(2)), 0);
	ck_assert_int_eq(area(s, 0, PAGES(3)), BASE + PAGES(1) + 8 * MIB);
	ck_assert_int_eq(area(s, 0, PAGES(2)), BASE + PAGES(7)); /* reused at once */
	space_free(s);
}
END_TEST

/* Below TASK_SIZE / 3 only a hint or fixed gets. */
START_TEST(test_nothing_fits)
{
	struct space *s = space_new(64);

	map_pages(s, BASE + PAGES(1), (TASK_SIZE - BASE) / PAGE_SIZE - 1, PROT_NONE,
		  FIXED_PRIVATE | MAP_NORESERVE);
	ck_assert_int_eq(area(s, 0, PAGES(2)), -ENOMEM);
	ck_assert_int_eq(map(s, 0, PAGES(2), PROT_READ, PRIVATE), -ENOMEM);
	ck_assert_int_eq(area(s, 0, PAGES(1)), BASE);
	ck_assert_int_eq(area(s, 0x30000000, PAGES(2)), 0x30000000);
	space_free(s);
}
END_TEST

START_TEST(test_whole_space)
{
	struct space *s = space_new(64);

	ck_assert_int_eq(area(s, 0, TASK_SIZE - BASE), BASE);
	ck_assert_int_eq(area(s, 0, TASK_SIZE - BASE + PAGE_SIZE), -ENOMEM);
	ck_assert_int_eq(area(s, 0x10000, TASK_SIZE - 0x10000), 0x10000);
	ck_assert_int_eq(area(s, 0, TASK_SIZE), -ENOMEM);
	space_free(s);
}
END_TEST

/* ---- hints ---- */

START_TEST(test_hints)
{
	struct space *s = space_new(64);

	ck_assert_int_eq(area(s, 0x30000001, PAGE_SIZE), 0x30000000); /* down */
	ck_assert_int_eq(area(s, 0x30000fff, PAGE_SIZE), 0x30000000);
	ck_assert_int_eq(area(s, 0xfff, PAGE_SIZE), BASE); /* page 0 is no hint */
	ck_assert_int_eq(area(s, 0x1000, PAGE_SIZE), 0x10000); /* lifted to mmap_min_addr */
	ck_assert_int_eq(area(s, 0xffff, PAGE_SIZE), 0x10000);
	ck_assert_int_eq(area(s, TASK_SIZE, PAGE_SIZE), BASE);
	ck_assert_int_eq(area(s, 0xfffff000, PAGE_SIZE), BASE);
	ck_assert_int_eq(area(s, TASK_SIZE - PAGE_SIZE, PAGE_SIZE), TASK_SIZE - PAGE_SIZE);
	ck_assert_int_eq(area(s, TASK_SIZE - PAGE_SIZE, PAGES(2)), BASE);
	map_pages(s, 0x30004000, 2, PROT_READ, FIXED_PRIVATE);
	ck_assert_int_eq(area(s, 0x30003000, PAGE_SIZE), 0x30003000);
	ck_assert_int_eq(area(s, 0x30003000, PAGES(2)), BASE); /* taken: as without */
	ck_assert_int_eq(area(s, 0x30005000, PAGE_SIZE), BASE);
	ck_assert_int_eq(area(s, 0x30006000, PAGE_SIZE), 0x30006000);
	s->m->k->sysctl[SYSCTL_MMAP_MIN_ADDR] = 0;
	ck_assert_int_eq(area(s, 0x1000, PAGE_SIZE), 0x1000);
	space_free(s);
}
END_TEST

/* ---- growsdown keeps 256 pages below it free ---- */

START_TEST(test_guard_gap)
{
	struct space *s = space_new(64);
	u32 stack = BASE + 4 * MIB;

	map_pages(s, stack, 4, PROT_RW, GROWSDOWN);
	ck_assert_int_eq(area(s, 0, 3 * MIB), BASE);
	ck_assert_int_eq(area(s, 0, 3 * MIB + 1), stack + PAGES(4));
	ck_assert_int_eq(area(s, stack - GAP - PAGE_SIZE, PAGE_SIZE), stack - GAP - PAGE_SIZE);
	ck_assert_int_eq(area(s, stack - GAP, PAGE_SIZE), BASE);
	ck_assert_int_eq(area(s, stack + PAGES(4), PAGE_SIZE), stack + PAGES(4)); /* none above */
	/* Fixed does not care. */
	ck_assert_int_eq(map(s, stack - PAGES(1), PAGE_SIZE, PROT_READ, FIXED_PRIVATE),
			 stack - PAGES(1));
	ck_assert_int_eq(
		map(s, stack - PAGES(3), PAGE_SIZE, PROT_READ, PRIVATE | MAP_FIXED_NOREPLACE),
		stack - PAGES(3));
	ck_assert_int_eq(area(s, 0, 4 * MIB - PAGES(3)), BASE);
	space_free(s);
}
END_TEST

/* One growsdown mapping after the other: no gap, and they merge. */
START_TEST(test_growsdown_twice)
{
	struct space *s = space_new(64);

	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_RW, PRIVATE | MAP_GROWSDOWN), BASE);
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_RW, PRIVATE | MAP_GROWSDOWN), BASE + PAGES(1));
	assert_regions(s, BASE, "ww ");
	space_free(s);
}
END_TEST

/* ---- flex: top-down ---- */

#define TOP 0xb8000000u

START_TEST(test_highest_hole)
{
	struct space *s = space_new_flex(64);

	ck_assert_uint_eq(s->mm->mmap_base, TOP);
	ck_assert_int_eq(map(s, 0, PAGES(4), PROT_READ, PRIVATE), TOP - PAGES(4));
	ck_assert_int_eq(map(s, 0, PAGES(1), PROT_RW, PRIVATE), TOP - PAGES(5));
	ck_assert_int_eq(do_munmap(s->mm, TOP - PAGES(2), PAGE_SIZE), 0);
	ck_assert_int_eq(area(s, 0, PAGES(2)), TOP - PAGES(7));
	ck_assert_int_eq(area(s, 0, PAGES(1)), TOP - PAGES(2));
	ck_assert_int_eq(area(s, 0x30000000, PAGES(1)), 0x30000000);
	space_free(s);
}
END_TEST

START_TEST(test_flex_falls_back)
{
	struct space *s = space_new_flex(64);

	map_pages(s, 0x10000, (TOP - 0x10000) / PAGE_SIZE, PROT_NONE,
		  FIXED_PRIVATE | MAP_NORESERVE);
	ck_assert_int_eq(area(s, 0, 128 * MIB), TOP);
	ck_assert_int_eq(area(s, 0, 128 * MIB + 1), -ENOMEM);
	ck_assert_int_eq(do_munmap(s->mm, 0x10000, PAGE_SIZE), 0);
	ck_assert_int_eq(area(s, 0, PAGE_SIZE), 0x10000);
	ck_assert_int_eq(area(s, 0, PAGES(2)), TOP);
	space_free(s);
}
END_TEST

START_TEST(test_flex_guard_gap)
{
	struct space *s = space_new_flex(64);

	map_pages(s, TOP - MIB, 1, PROT_RW, GROWSDOWN);
	ck_assert_int_eq(area(s, 0, MIB - PAGE_SIZE), TOP - MIB + PAGE_SIZE);
	ck_assert_int_eq(area(s, 0, MIB), TOP - 3 * MIB);
	space_free(s);
}
END_TEST

/* The search goes on below the distance of the first stack, past holes that others have. */
START_TEST(test_flex_passes_holes_by)
{
	struct space *s = space_new_flex(64);

	map_pages(s, TOP - PAGES(8), 8, PROT_RW, GROWSDOWN);
	map_pages(s, TOP - PAGES(10), 1, PROT_READ, FIXED_PRIVATE);
	map_pages(s, TOP - PAGES(20), 5, PROT_READ, FIXED_PRIVATE);
	ck_assert_int_eq(area(s, 0, PAGE_SIZE), TOP - PAGES(8) - GAP - PAGE_SIZE);
	ck_assert_int_eq(area(s, 0, PAGES(2)), TOP - PAGES(12)); /* no hole at the stack fits */
	space_free(s);
}
END_TEST

/* The gap for the stack: its limit, at least 128 MiB and at most five sixths of all. */
START_TEST(test_mmap_base)
{
	struct space *s = space_new_flex(64);
	static const struct {
		u32 limit, base;
	} want[] = {
		{ 0, TOP },
		{ 8 * MIB, TOP },
		{ 127 * MIB, TOP },
		{ 512 * MIB, TASK_SIZE - 513 * MIB },
		{ RLIM_INFINITY, 0x20000000 },
		{ 0xfff00000, 0x20000000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		s->task->rlim[RLIMIT_STACK] = want[i].limit;
		arch_pick_mmap_layout(s->mm, s->task);
		ck_assert_uint_eq(s->mm->mmap_base, want[i].base);
		ck_assert_uint_eq(s->mm->layout, LAYOUT_FLEX);
	}
	s->m->k->sysctl[SYSCTL_LEGACY_VA_LAYOUT] = 1;
	arch_pick_mmap_layout(s->mm, s->task);
	ck_assert_uint_eq(s->mm->mmap_base, BASE);
	ck_assert_uint_eq(s->mm->layout, LAYOUT_LEGACY);
	space_free(s);
}
END_TEST

/* ---- against a search page by page ---- */

#define SPAN 4096u /* pages looked at, from BASE */

/* Pages that are mapped. */
static void draw_taken(const struct space *s, bool taken[SPAN])
{
	const struct vm_area_struct *vma;

	memset(taken, 0, SPAN);
	for (vma = KGET(s->mm->mmap); vma; vma = KGET(vma->vm_next))
		for (u32 at = vma->vm_start; at < vma->vm_end; at += PAGE_SIZE)
			taken[(at - BASE) >> PAGE_SHIFT] = true;
}

static s64 slow_hole(const bool taken[SPAN], u32 low, u32 high, u32 pages, bool highest)
{
	s64 found = -ENOMEM;
	u32 room = 0;

	for (u32 i = low; i < high; i++) {
		room = taken[i] ? 0 : room + 1;
		if (room < pages)
			continue;
		found = BASE + PAGES(i + 1 - pages);
		if (!highest)
			break;
	}
	return found;
}

START_TEST(test_against_slow_search)
{
	struct rnd r = rnd_start("test_against_slow_search");
	struct space *s = space_new(1024);
	struct vm_area_struct *above;
	static bool taken[SPAN];

	for (u32 step = 0; step < 3000; step++) {
		u32 first = rnd_below(&r, SPAN - 40), pages = 1 + rnd_below(&r, 40), low, high;

		if (rnd_below(&r, 2))
			do_munmap(s->mm, BASE + PAGES(first), PAGES(pages));
		else
			map_pages(s, BASE + PAGES(first), pages, rnd_below(&r, 8),
				  rnd_below(&r, 60) ? FIXED_PRIVATE : GROWSDOWN);
		draw_taken(s, taken);
		low = rnd_below(&r, SPAN);
		high = low + rnd_below(&r, SPAN + 1 - low);
		pages = 1 + rnd_below(&r, 1u << rnd_below(&r, 9));
		ck_assert_int_eq(lowest_hole(s->mm, BASE + PAGES(low), BASE + PAGES(high),
					     PAGES(pages), &above),
				 slow_hole(taken, low, high, pages, false));
		ck_assert_int_eq(highest_hole(s->mm, BASE + PAGES(low), BASE + PAGES(high),
					      PAGES(pages), &above),
				 slow_hole(taken, low, high, pages, true));
	}
	space_free(s);
}
END_TEST

TEST_MAIN("unmapped_area", test_lowest_hole, test_nothing_fits, test_whole_space, test_hints,
	  test_guard_gap, test_growsdown_twice, test_highest_hole, test_flex_falls_back,
	  test_flex_guard_gap, test_flex_passes_holes_by, test_mmap_base, test_against_slow_search)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heap: which breaks hold, what stands in the way, limits, and when the heap stays one
 * region.  A refused break is the old one, never an errno.
 */
#include "mm/page_alloc.h"
#include "space.h"

#define HEAP 0x0804a000u

static struct space *space_with_heap(u64 frames)
{
	struct space *s = space_new(frames);

	s->mm->start_brk = s->mm->brk = HEAP;
	s->mm->start_data = s->mm->end_data = 0;
	return s;
}

static void grow(struct space *s, u32 pages)
{
	ck_assert_uint_eq(sys_brk(s->task, HEAP + PAGES(pages)), HEAP + PAGES(pages));
}

static void refused(struct space *s, u32 brk)
{
	u32 old = s->mm->brk;

	ck_assert_uint_ne(brk, old);
	ck_assert_uint_eq(sys_brk(s->task, brk), old);
	ck_assert_uint_eq(s->mm->brk, old);
}

START_TEST(test_bytes)
{
	struct space *s = space_with_heap(64);

	ck_assert_uint_eq(sys_brk(s->task, 0), HEAP);
	assert_regions(s, HEAP, "  ");
	ck_assert_uint_eq(sys_brk(s->task, HEAP + 1), HEAP + 1);
	assert_regions(s, HEAP, "w ");
	ck_assert_uint_eq(sys_brk(s->task, HEAP + PAGE_SIZE), HEAP + PAGE_SIZE);
	assert_regions(s, HEAP, "w ");
	ck_assert_uint_eq(sys_brk(s->task, HEAP + PAGE_SIZE + 1), HEAP + PAGE_SIZE + 1);
	assert_regions(s, HEAP, "ww ");
	ck_assert_uint_eq(sys_brk(s->task, HEAP + 5), HEAP + 5);
	assert_regions(s, HEAP, "w  ");
	ck_assert_uint_eq(sys_brk(s->task, HEAP), HEAP);
	assert_regions(s, HEAP, "   ");
	refused(s, HEAP - 1);
	refused(s, 0xffffffff);
	ck_assert_uint_eq(s->mm->total_vm, 0);
	space_free(s);
}
END_TEST

START_TEST(test_shrunk_memory_is_gone)
{
	struct space *s = space_with_heap(64);

	grow(s, 4);
	ck_assert_int_eq(store(s, HEAP + PAGES(4) - 8, 0x12), 0);
	grow(s, 1);
	ck_assert_int_eq(load(s, HEAP + PAGES(4) - 8), -EFAULT);
	grow(s, 4);
	ck_assert_int_eq(load(s, HEAP + PAGES(4) - 8), 0);
	assert_regions(s, HEAP, "wwww ");
	space_free(s);
}
END_TEST

/* The page above the new end must be free too, and the gap of a stack. */
START_TEST(test_room)
{
	struct space *s = space_with_heap(128);

	map_pages(s, HEAP + PAGES(6), 1, PROT_READ, FIXED_PRIVATE);
	refused(s, HEAP + PAGES(6));
	refused(s, HEAP + PAGES(5) + 1);
	grow(s, 5);
	assert_regions(s, HEAP, "wwwww r");
	refused(s, HEAP + PAGES(9));
	space_free(s);

	s = space_with_heap(128);
	map_pages(s, HEAP + PAGES(300), 1, PROT_RW, GROWSDOWN);
	refused(s, HEAP + PAGES(44));
	grow(s, 43);
	space_free(s);
}
END_TEST

START_TEST(test_ends)
{
	struct space *s = space_with_heap(64);

	s->m->k->sysctl[SYSCTL_OVERCOMMIT_MEMORY] = OVERCOMMIT_ALWAYS;
	ck_assert_uint_eq(sys_brk(s->task, 0xbfffffff), 0xbfffffff);
	ck_assert_uint_eq(sys_brk(s->task, TASK_SIZE), TASK_SIZE);
	refused(s, TASK_SIZE + 1);
	ck_assert_uint_eq(sys_brk(s->task, HEAP), HEAP);
	space_free(s);
}
END_TEST

/* Foreign memory in the way of a shrinking break goes; where nothing is mapped it stays put. */
START_TEST(test_foreign)
{
	struct space *s = space_with_heap(64);

	grow(s, 6);
	map_pages(s, HEAP + PAGES(3), 1, PROT_READ, FIXED_PRIVATE);
	assert_regions(s, HEAP, "www|r|ww ");
	grow(s, 2);
	assert_regions(s, HEAP, "ww     ");
	grow(s, 6);
	ck_assert_int_eq(do_munmap(s->mm, HEAP + PAGES(4), PAGES(2)), 0);
	refused(s, HEAP + PAGES(5));
	grow(s, 3);
	assert_regions(s, HEAP, "www   ");
	space_free(s);
}
END_TEST

START_TEST(test_hole_in_heap)
{
	struct space *s = space_with_heap(64);

	grow(s, 4);
	ck_assert_int_eq(do_munmap(s->mm, HEAP + PAGES(1), PAGES(1)), 0);
	ck_assert_int_eq(sys_mprotect(s->task, HEAP + PAGES(3), PAGES(1), PROT_READ), 0);
	assert_regions(s, HEAP, "w w|r ");
	grow(s, 5); /* the region at the old break is r--: no merge */
	assert_regions(s, HEAP, "w w|r|w ");
	ck_assert_int_eq(sys_mprotect(s->task, HEAP + PAGES(3), PAGES(1), PROT_RW), 0);
	assert_regions(s, HEAP, "w www ");
	space_free(s);
}
END_TEST

/* bss ends where the heap starts: two lines; once they are one, the heap goes on as one. */
START_TEST(test_bss_below)
{
	struct space *s = space_with_heap(64);

	map_pages(s, HEAP - PAGES(1), 1, PROT_RW, FIXED_PRIVATE);
	grow(s, 1);
	assert_regions(s, HEAP - PAGES(1), "w|w ");
	ck_assert_int_eq(sys_mprotect(s->task, HEAP, PAGES(1), PROT_READ), 0);
	ck_assert_int_eq(sys_mprotect(s->task, HEAP, PAGES(1), PROT_RW), 0);
	assert_regions(s, HEAP - PAGES(1), "ww ");
	grow(s, 2);
	assert_regions(s, HEAP - PAGES(1), "www ");
	space_free(s);
}
END_TEST

/* A mapping right above or below with the same flags joins the heap. */
START_TEST(test_mmap_beside)
{
	struct space *s = space_with_heap(64);

	grow(s, 2);
	map_pages(s, HEAP + PAGES(2), 1, PROT_RW, FIXED_PRIVATE);
	map_pages(s, HEAP - PAGES(1), 1, PROT_RW, FIXED_PRIVATE);
	assert_regions(s, HEAP - PAGES(1), "wwww ");
	refused(s, HEAP + PAGES(3));
	grow(s, 1);
	assert_regions(s, HEAP - PAGES(1), "ww w ");
	space_free(s);
}
END_TEST

/* brk never merges upward, even where it could. */
START_TEST(test_no_merge_above)
{
	struct space *s = space_with_heap(64);

	grow(s, 1);
	map_pages(s, HEAP + PAGES(3), 1, PROT_RW, FIXED_PRIVATE);
	refused(s, HEAP + PAGES(3));
	grow(s, 2);
	assert_regions(s, HEAP, "ww w");
	space_free(s);
}
END_TEST

/* In a child what was inherited with pages stays its own line; what is grown later joins that. */
START_TEST(test_child)
{
	struct space *s = space_with_heap(128);
	struct task_struct *parent = s->task;

	grow(s, 2);
	ck_assert_int_eq(store(s, HEAP, 1), 0);
	space_run(s, space_fork(s));
	ck_assert_uint_eq(sys_brk(s->task, 0), HEAP + PAGES(2));
	grow(s, 3);
	assert_regions(s, HEAP, "ww|w ");
	ck_assert_int_eq(store(s, HEAP + PAGES(2), 1), 0);
	grow(s, 4);
	assert_regions(s, HEAP, "ww|ww ");
	space_run(s, parent);
	grow(s, 3);
	assert_regions(s, HEAP, "www  ");
	space_free(s);
}
END_TEST

START_TEST(test_limits)
{
	struct space *s = space_with_heap(128);

	s->task->rlim[RLIMIT_DATA] = 0;
	refused(s, HEAP + PAGES(16));
	s->task->rlim[RLIMIT_DATA] = PAGES(2);
	refused(s, HEAP + PAGES(2) + 1);
	grow(s, 2);
	s->task->rlim[RLIMIT_DATA] = PAGES(4);
	s->mm->end_data = PAGES(1); /* data and heap together */
	refused(s, HEAP + PAGES(3) + 1);
	grow(s, 3);
	s->task->rlim[RLIMIT_DATA] = RLIM_INFINITY;
	s->task->rlim[RLIMIT_AS] = PAGES(4);
	refused(s, HEAP + PAGES(5));
	grow(s, 4);
	s->task->rlim[RLIMIT_AS] = RLIM_INFINITY;
	s->m->k->sysctl[SYSCTL_MAX_MAP_COUNT] = 0;
	refused(s, HEAP + PAGES(5));
	grow(s, 3);
	space_free(s);
}
END_TEST

START_TEST(test_locked)
{
	struct space *s = space_with_heap(128);

	s->mm->def_flags = VM_LOCKED;
	s->task->rlim[RLIMIT_MEMLOCK] = PAGES(3);
	refused(s, HEAP + PAGES(4));
	grow(s, 3);
	assert_pages(s, HEAP, "www ");
	ck_assert_uint_eq(s->mm->locked_vm, 3);
	space_free(s);
}
END_TEST

START_TEST(test_sbrk)
{
	struct space *s = space_with_heap(64);

	ck_assert_int_eq(sys_sbrk(s->task, 0), HEAP);
	ck_assert_int_eq(sys_sbrk(s->task, 100), HEAP);
	ck_assert_int_eq(sys_sbrk(s->task, PAGE_SIZE), HEAP + 100);
	assert_regions(s, HEAP, "ww ");
	ck_assert_int_eq(sys_sbrk(s->task, -PAGES(1) - 101), -ENOMEM);
	ck_assert_int_eq(sys_sbrk(s->task, 0x7fffffff), -ENOMEM);
	ck_assert_int_eq(sys_sbrk(s->task, INT32_MIN), -ENOMEM);
	ck_assert_int_eq(sys_sbrk(s->task, -(s32)(PAGE_SIZE + 100)), HEAP + PAGE_SIZE + 100);
	assert_regions(s, HEAP, "   ");
	space_free(s);
}
END_TEST

START_TEST(test_without_memory)
{
	struct space *s = space_with_heap(128);
	struct hog hog;

	grow(s, 1);
	ck_assert_int_eq(sys_mprotect(s->task, HEAP, PAGE_SIZE, PROT_READ), 0);
	while (s->mm->map_count < 70)
		map_pages(s, BASE + PAGES(2 * s->mm->map_count), 1, PROT_READ, FIXED_PRIVATE);
	hog = hog_all_but(s->m, 0);
	for (u32 i = 0; i < 100; i++)
		map(s, BASE + PAGES(1000 + 2 * i), PAGE_SIZE, PROT_READ, FIXED_PRIVATE);
	refused(s, HEAP + PAGES(2));
	test_check(s->m);
	hog_free(&hog);
	space_free(s);
}
END_TEST

TEST_MAIN("brk", test_bytes, test_shrunk_memory_is_gone, test_room, test_ends, test_foreign,
	  test_hole_in_heap, test_bss_below, test_mmap_beside, test_no_merge_above, test_child,
	  test_limits, test_locked, test_sbrk, test_without_memory)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a swap area is asked for, and what not: which slots, how many pages at a time, when a page
 * keeps its slot and when it gives it back.
 */
#include "mm/page_alloc.h"
#include "swap_world.h"

#define SLOTS 64

static u64 allocated(const struct space *s)
{
	return event(s, PGALLOC_DMA) + event(s, PGALLOC_NORMAL) + event(s, PGALLOC_HIGH);
}

/* Read the page at @nr back; how many pages the area was asked for. */
static u32 read_at(struct space *s, u32 nr)
{
	u64 before = event(s, PSWPIN);

	ck_assert_int_eq(load(s, BASE + PAGES(nr)), (u8)(nr + 1));
	return (u32)(event(s, PSWPIN) - before);
}

/* ---- slots ---- */

/* After each cluster the next begins where a whole one is free, not in the holes before. */
START_TEST(test_clusters)
{
	struct space *s = swap_space(1024);

	map_out(s, BASE, 256, FIXED_PRIVATE);
	for (u32 i = 0; i < 256; i += 2)
		ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(i), PAGES(1)), 0);
	map_out(s, BASE + PAGES(512), 4, FIXED_PRIVATE);
	for (u32 i = 0; i < 4; i++)
		ck_assert_uint_eq(swp_offset(slot_of(s, BASE + PAGES(512 + i))), 257 + i);
	space_free(s);
}
END_TEST

START_TEST(test_duplicate)
{
	struct space *s = swap_space(SLOTS);
	swp_entry_t slot;

	ck_assert_int_eq(swap_duplicate(s->m, swp_entry(0, 5)), -EINVAL);
	ck_assert_int_eq(swap_duplicate(s->m, swp_entry(0, SLOTS + 1)), -EINVAL);
	ck_assert_int_eq(swap_duplicate(s->m, swp_entry(1, 5)), -EINVAL);
	map_out(s, BASE, 1, FIXED_PRIVATE);
	slot = slot_of(s, BASE);
	ck_assert_int_eq(swap_duplicate(s->m, slot), 0);
	ck_assert_uint_eq(swap_count(s->m, slot), 2);
	swap_free(s->m, slot);
	space_free(s);
}
END_TEST

/* ---- who keeps the slot ---- */

/* More than half are in use: a page that is read gives its slot back. */
START_TEST(test_slots_run_short)
{
	struct space *s = swap_space(8);

	s->m->k->sysctl[SYSCTL_PAGE_CLUSTER] = 0;
	map_out(s, BASE, 5, FIXED_PRIVATE);
	ck_assert_uint_eq(read_at(s, 0), 1);
	ck_assert_uint_eq(slots_used(s), 4);
	ck_assert(!PageSwapCache(frame(s, BASE)) && PageDirty(frame(s, BASE)));
	ck_assert_uint_eq(read_at(s, 1), 1);
	ck_assert_uint_eq(slots_used(s), 4);
	ck_assert(PageSwapCache(frame(s, BASE + PAGES(1))));
	space_free(s);
}
END_TEST

/* What is locked will not go out again. */
START_TEST(test_locked)
{
	struct space *s = swap_space(SLOTS);

	map_out(s, BASE, 2, FIXED_PRIVATE);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGES(2), PROT_READ), 0);
	ck_assert_int_eq(sys_mlock(s->task, BASE, PAGES(1), 0), 0);
	ck_assert(!PageSwapCache(frame(s, BASE)));
	ck_assert_uint_eq(slots_used(s), 1);
	assert_filled(s, BASE, 2);
	space_free(s);
}
END_TEST

/* The last one who held the slot is gone, and the page that another maps is as the slot has it. */
START_TEST(test_mapped_page_keeps_it)
{
	struct space *s = swap_space(SLOTS);
	struct task_struct *child;

	map_out(s, BASE, 1, FIXED_PRIVATE);
	child = space_fork(s);
	assert_filled(s, BASE, 1);
	do_exit(child, 0);
	ck_assert_uint_eq(slots_used(s), 1);
	page_out(s, BASE, 1);
	ck_assert_uint_eq(event(s, PSWPOUT), 1);
	assert_filled(s, BASE, 1);
	space_free(s);
}
END_TEST

/* Inherited, and the others gone: written where it lies, without a copy. */
START_TEST(test_last_one_writes)
{
	struct space *s = swap_space(SLOTS);
	u64 before;

	map_out(s, BASE, 1, FIXED_PRIVATE);
	do_exit(space_fork(s), 0);
	before = allocated(s);
	ck_assert_int_eq(store(s, BASE + 1, 7), 0);
	ck_assert_uint_eq(allocated(s), before + 1);
	ck_assert_int_eq(s->task->fault.branch, FB_SWAP_IN);
	ck_assert(pte_write(entry(s, BASE)));
	assert_filled(s, BASE, 1);
	space_free(s);
}
END_TEST

/* Whose it was alone, is his alone after swapoff. */
START_TEST(test_swapoff_remembers)
{
	struct space *s = swap_space(SLOTS);

	map_out(s, BASE, 1, FIXED_PRIVATE);
	ck_assert_int_eq(space_swapoff(s, SWAP), 0);
	ck_assert(PageAnonExclusive(frame(s, BASE)));
	space_free(s);
}
END_TEST

/* ---- in ---- */

START_TEST(test_read_is_a_use)
{
	struct space *s = swap_space(SLOTS);

	map_out(s, BASE, 1, FIXED_PRIVATE);
	ck_assert_uint_eq(read_at(s, 0), 1);
	ck_assert(PageReferenced(frame(s, BASE)));
	space_free(s);
}
END_TEST

/*
 * The window: as large as the last one deserved, or two where the reader goes on beside the last
 * page, but never less than half of the last.
 */
START_TEST(test_window)
{
	struct space *s = swap_space(SLOTS);

	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_PAGE_CLUSTER, 5), 0);
	map_out(s, BASE, SLOTS, FIXED_PRIVATE);
	ck_assert_uint_eq(read_at(s, 15), 8); /* slots 16 to 23: the first time */
	for (u32 i = 16; i < 23; i++)
		ck_assert_uint_eq(read_at(s, i), 0);
	ck_assert_uint_eq(read_at(s, 31), 16); /* slots 32 to 47: seven were wanted */
	ck_assert_uint_eq(read_at(s, 55), 8); /* none: half, 56 to 63 */
	ck_assert_uint_eq(read_at(s, 11), 4); /* 12 to 15 */
	ck_assert_uint_eq(read_at(s, 25), 2); /* 26 and 27 */
	ck_assert_uint_eq(read_at(s, 4), 1); /* 5 alone */
	ck_assert_uint_eq(read_at(s, 0), 1);
	ck_assert_uint_eq(read_at(s, 1), 2); /* 2 and 3: beside the last one */
	space_free(s);
}
END_TEST

/* A part of the window cannot be read: the page itself can. */
START_TEST(test_read_alone)
{
	struct space *s = swap_space(SLOTS);

	map_out(s, BASE, 9, FIXED_PRIVATE);
	disk_truncate(s, SWAP, PAGES(6));
	ck_assert_uint_eq(read_at(s, 4), 1);
	ck_assert_int_eq(load(s, BASE + PAGES(5)), -EIO);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(9)), 0);
	space_free(s);
}
END_TEST

/* MADV_WILLNEED ends with the first page that cannot be had. */
START_TEST(test_willneed_ends)
{
	struct space *s = swap_space(SLOTS);

	map_out(s, BASE, 4, FIXED_PRIVATE);
	s->file[SWAP].broken = true;
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(4), MADV_WILLNEED), 0);
	ck_assert_uint_eq(area(s, 0)->read_errors, 1);
	s->file[SWAP].broken = false;
	space_free(s);
}
END_TEST

/* ---- out ---- */

/* What stands beside it in the cache and is as its slot has it is not written again. */
START_TEST(test_clean_neighbours)
{
	struct space *s = swap_space(SLOTS);

	map_out(s, BASE, 4, FIXED_PRIVATE);
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(4), MADV_WILLNEED), 0);
	map_out(s, BASE + PAGES(8), 1, FIXED_PRIVATE);
	ck_assert_uint_eq(swp_offset(slot_of(s, BASE + PAGES(8))), 5);
	ck_assert_uint_eq(event(s, PSWPOUT), 5);
	space_free(s);
}
END_TEST

/* A part of the transfer cannot be written: each page by itself. */
START_TEST(test_write_alone)
{
	struct space *s = swap_space(SLOTS);

	map_pages(s, BASE, 8, PROT_RW, FIXED_PRIVATE);
	fill(s, BASE, 8);
	disk_truncate(s, SWAP, PAGES(5));
	page_out(s, BASE, 8);
	ck_assert_uint_eq(event(s, PSWPOUT), 4);
	ck_assert_uint_eq(area(s, 0)->write_errors, 4);
	assert_filled(s, BASE, 8);
	space_free(s);
}
END_TEST

/* ---- the file ---- */

/* Its pages in the page cache are those of before; of what went out to it they know nothing. */
START_TEST(test_page_cache)
{
	struct space *s = space_new(FRAMES);
	struct inode *inode;
	u8 byte;

	disk_mkswap(s, SWAP, SLOTS);
	inode = s->file[SWAP].inode;
	ck_assert_int_eq(generic_file_read(inode, PAGES(1), &byte, 1), 1);
	ck_assert_int_eq(space_swapon(s, SWAP, -1), 0);
	ck_assert_uint_eq(inode->i_data.nrpages, 0);
	ck_assert_int_eq(generic_file_read(inode, PAGES(1), &byte, 1), 1);
	map_out(s, BASE, 1, FIXED_PRIVATE);
	ck_assert_int_eq(s->file[SWAP].bytes[PAGES(1)], 1);
	ck_assert_int_eq(space_swapoff(s, SWAP), 0);
	ck_assert_int_eq(generic_file_read(inode, PAGES(1), &byte, 1), 1);
	ck_assert_int_eq(byte, 1);
	space_free(s);
}
END_TEST

TEST_MAIN("swap_transfers", test_clusters, test_duplicate, test_slots_run_short, test_locked,
	  test_mapped_page_keeps_it, test_last_one_writes, test_swapoff_remembers,
	  test_read_is_a_use, test_window, test_read_alone, test_willneed_ends,
	  test_clean_neighbours, test_write_alone, test_page_cache)

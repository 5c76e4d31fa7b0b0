/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first access to a page: which frame is behind it then, how many faults it takes, what
 * the page tables and the counters say.  Fault-around.
 */
#include "mm/page_alloc.h"
#include "space.h"

/* ---- anonymous ---- */

START_TEST(test_zero_page)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 4, PROT_RW, FIXED_PRIVATE);
	ck_assert_uint_eq(touch_r(s, BASE, 4), 4);
	assert_pages(s, BASE, "zzzz");
	ck_assert_uint_eq(pte_pfn(entry(s, BASE)), s->m->k->empty_zero_page);
	ck_assert_uint_eq(get_mm_rss(s->mm), 0);
	ck_assert_int_eq(page_mapcount(pfn_to_page(s->m, s->m->k->empty_zero_page)), 0);
	ck_assert_uint_eq(touch_r(s, BASE, 4), 0);
	ck_assert_uint_eq(touch_w(s, BASE, 4), 4);
	assert_pages(s, BASE, "wwww");
	ck_assert_uint_eq(touch_w(s, BASE, 4), 0);
	ck_assert_int_eq(s->mm->rss_stat[MM_ANONPAGES], 4);
	space_free(s);
}
END_TEST

START_TEST(test_written)
{
	struct space *s = space_new(128);
	struct page *page;

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	ck_assert_uint_eq(touch_w(s, BASE, 1), 1);
	page = frame(s, BASE);
	ck_assert(PageAnon(page) && PageAnonExclusive(page) && PageSwapBacked(page));
	ck_assert_int_eq(page_mapcount(page), 1);
	ck_assert_int_eq(page_count(page), 1);
	ck_assert_uint_eq(entry(s, BASE).v & (PG_P | PG_RW | PG_US | PG_A | PG_D),
			  PG_P | PG_RW | PG_US | PG_A | PG_D);
	for (u32 i = 0; i < PAGE_SIZE; i++)
		ck_assert_int_eq(((u8 *)page_address(page))[i], 0);
	ck_assert_uint_eq(touch_r(s, BASE, 1), 0);
	space_free(s);
}
END_TEST

/* A frame that somebody used before is cleared. */
START_TEST(test_fresh_frames_are_zero)
{
	struct space *s = space_new(128);

	for (u32 round = 0; round < 3; round++) {
		map_pages(s, BASE, 40, PROT_RW, FIXED_PRIVATE);
		for (u32 i = 0; i < 40; i++) {
			ck_assert_int_eq(store(s, BASE + PAGES(i) + 77, 0xee), 0);
			ck_assert_int_eq(load(s, BASE + PAGES(i) + 78), 0);
			memset(page_address(frame(s, BASE + PAGES(i))), 0xee, PAGE_SIZE);
		}
		ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(40)), 0);
	}
	space_free(s);
}
END_TEST

/* ---- shared anonymous ---- */

START_TEST(test_shared_anonymous)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 3, PROT_RW, FIXED_SHARED);
	ck_assert_uint_eq(touch_r(s, BASE, 2), 2); /* a page is allocated for reading too */
	ck_assert_int_eq(s->mm->rss_stat[MM_SHMEMPAGES], 2);
	ck_assert_int_eq(s->m->k->vm_stat[NR_SHMEM], 2);
	ck_assert_int_eq(page_mapcount(frame(s, BASE)), 1);
	ck_assert(!PageAnon(frame(s, BASE)));
	ck_assert(!(entry(s, BASE).v & PG_D));
	ck_assert_uint_eq(touch_w(s, BASE, 2), 0); /* and mapped writable at once */
	ck_assert(entry(s, BASE).v & PG_D);
	ck_assert_uint_eq(touch_w(s, BASE + PAGES(2), 1), 1);
	ck_assert_uint_eq(s->task->maj_flt, 0);
	space_free(s);
}
END_TEST

/* The child finds what the parent wrote, with a fault of its own. */
START_TEST(test_shared_in_child)
{
	struct space *s = space_new(256);
	struct page *page;

	map_pages(s, BASE, 20, PROT_RW, FIXED_SHARED);
	ck_assert_int_eq(store(s, BASE, 5), 0);
	touch_w(s, BASE, 20);
	page = frame(s, BASE);
	space_run(s, space_fork(s));
	assert_pages(s, BASE, "    ");
	ck_assert_uint_eq(get_mm_rss(s->mm), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(3)), 0);
	ck_assert_uint_eq(s->task->min_flt, 1);
	ck_assert_int_eq(s->mm->rss_stat[MM_SHMEMPAGES], 16); /* the window around it */
	ck_assert_int_eq(load(s, BASE), 5);
	ck_assert_ptr_eq(frame(s, BASE), page);
	ck_assert_int_eq(page_mapcount(page), 2);
	space_free(s);
}
END_TEST

/* ---- files ---- */

static void cache_all(struct space *s, unsigned nr)
{
	u8 buf[PAGE_SIZE];

	for (u64 pos = 0; pos < s->file[nr].size; pos += PAGE_SIZE)
		ck_assert_int_gt(generic_file_read(s->file[nr].inode, pos, buf, PAGE_SIZE), 0);
}

START_TEST(test_file_read)
{
	struct space *s = space_new(128);
	struct page *page;

	disk_make(s, 0, PAGES(2) + 5, "abc");
	map_file(s, 0, FMODE_READ, BASE, PAGES(3), PROT_RW, MAP_PRIVATE | MAP_FIXED, 0);
	ck_assert_int_eq(load(s, BASE), 'a');
	ck_assert_uint_eq(s->task->maj_flt, 1);
	page = frame(s, BASE);
	ck_assert_ptr_eq(page, find_page(&s->file[0].inode->i_data, 0));
	ck_assert_int_eq(page_mapcount(page), 1);
	ck_assert_int_eq(page_count(page), 2);
	ck_assert_int_eq(s->mm->rss_stat[MM_FILEPAGES], 3); /* read around and mapped around */
	ck_assert_int_eq(load(s, BASE + PAGES(2) + 4), 'c');
	ck_assert_int_eq(load(s, BASE + PAGES(2) + 5), 0); /* the last page's rest */
	space_free(s);
}
END_TEST

/* Private: the file keeps its bytes, and sees the copy no more. */
START_TEST(test_file_copy)
{
	struct space *s = space_new(128);

	disk_make(s, 0, PAGES(2), "ab");
	map_file(s, 0, FMODE_READ, BASE, PAGES(2), PROT_RW, MAP_PRIVATE | MAP_FIXED, 0);
	ck_assert_uint_eq(touch_w(s, BASE, 1), 1);
	assert_pages(s, BASE, "w "); /* one page only */
	ck_assert_int_eq(load(s, BASE + 1), 'a');
	ck_assert_int_eq(s->mm->rss_stat[MM_ANONPAGES], 1);
	ck_assert_int_eq(store(s, BASE, 'x'), 0);
	ck_assert_int_eq(s->file[0].bytes[0], 'a');
	ck_assert_int_eq(*(u8 *)page_address(find_page(&s->file[0].inode->i_data, 0)), 'a');
	space_free(s);
}
END_TEST

START_TEST(test_behind_end)
{
	struct space *s = space_new(128);

	disk_make(s, 0, 2048, "a");
	disk_make(s, 1, 0, "");
	map_file(s, 0, FMODE_READ | FMODE_WRITE, BASE, PAGES(3), PROT_RW, MAP_SHARED | MAP_FIXED,
		 0);
	ck_assert_int_eq(load(s, BASE + 2048), 0);
	ck_assert_int_eq(load(s, BASE + 4095), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(1)), -EIO);
	ck_assert_int_eq(store(s, BASE + PAGES(2), 1), -EIO);
	map_file(s, 1, FMODE_READ, BASE + PAGES(8), PAGES(1), PROT_RW, MAP_PRIVATE | MAP_FIXED, 0);
	ck_assert_int_eq(load(s, BASE + PAGES(8)), -EIO);
	ck_assert_int_eq(store(s, BASE + PAGES(8), 1), -EIO);
	ck_assert_uint_eq(s->task->fault.branch, FB_BEHIND_FILE);
	space_free(s);
}
END_TEST

/* ---- fault-around: what is cached of the aligned window of 16 pages ---- */

static void assert_window(struct space *s, const char *want)
{
	assert_pages(s, BASE, want);
	ck_assert_int_eq(do_munmap(s->mm, 0, TASK_SIZE), 0);
}

START_TEST(test_window)
{
	struct space *s = space_new(256);
	u32 fixed = MAP_PRIVATE | MAP_FIXED;

	disk_make(s, 0, PAGES(24), "abcdefghijklmnopqrstuvwx");
	cache_all(s, 0);
	map_file(s, 0, FMODE_READ, BASE, PAGES(24), PROT_READ, fixed, 0);
	ck_assert_uint_eq(touch_r(s, BASE, 24), 2);
	assert_window(s, "ffffffffffffffffffffffff");

	map_file(s, 0, FMODE_READ, BASE, PAGES(24), PROT_READ, fixed, 0);
	ck_assert_int_eq(load(s, BASE + PAGES(20)), 'u');
	assert_window(s, "                ffffffff");

	/* The window is cut at the region, and aligned in the address space. */
	map_file(s, 0, FMODE_READ, BASE + PAGES(3), PAGES(5), PROT_READ, fixed, 0);
	ck_assert_int_eq(load(s, BASE + PAGES(5)), 'c');
	assert_window(s, "   fffff        ");

	/* Writing maps one page. */
	map_file(s, 0, FMODE_READ, BASE, PAGES(24), PROT_RW, fixed, 0);
	ck_assert_int_eq(store(s, BASE + PAGES(5), 1), 0);
	assert_window(s, "     w          ");
	space_free(s);
}
END_TEST

START_TEST(test_window_maps_what_is_cached)
{
	struct space *s = space_new(256);
	u8 buf[PAGE_SIZE];

	disk_make(s, 0, PAGES(10), "abcdefghij");
	generic_file_read(s->file[0].inode, PAGES(1), buf, PAGE_SIZE);
	generic_file_read(s->file[0].inode, PAGES(9), buf, PAGE_SIZE);
	map_file(s, 0, FMODE_READ, BASE, PAGES(16), PROT_RW, MAP_PRIVATE | MAP_FIXED, 0);
	sys_madvise(s->task, BASE, PAGES(16), MADV_RANDOM);
	ck_assert_int_eq(store(s, BASE + PAGES(1), 'x'), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(4)), 'e');
	assert_pages(s, BASE, " w  f    f      ");
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 'x'); /* a copy is not replaced */
	space_free(s);
}
END_TEST

/* No window reaches into another page table. */
START_TEST(test_window_and_tables)
{
	for (u32 pae = 0; pae < 2; pae++) {
		struct space *s = pae ? space_new_pae(4096) : space_new_2level(4096);
		u32 span = 1u << s->m->paging->dir_shift, at = BASE + span - PAGES(4);

		s->m->k->sysctl[SYSCTL_FAULT_AROUND_BYTES] = 4u << 20;
		disk_make(s, 0, PAGES(8), "abcdefgh");
		cache_all(s, 0);
		map_file(s, 0, FMODE_READ, at, PAGES(8), PROT_READ, MAP_PRIVATE | MAP_FIXED, 0);
		ck_assert_int_eq(load(s, at + PAGES(1)), 'b');
		assert_pages(s, at, "ffff    ");
		ck_assert_int_eq(load(s, at + PAGES(6)), 'g');
		assert_pages(s, at, "ffffffff");
		s->m->k->sysctl[SYSCTL_FAULT_AROUND_BYTES] = 3 * PAGE_SIZE + 5;
		ck_assert_int_eq(do_munmap(s->mm, at, PAGES(8)), 0);
		map_file(s, 0, FMODE_READ, at, PAGES(8), PROT_READ, MAP_PRIVATE | MAP_FIXED, 0);
		ck_assert_int_eq(load(s, at + PAGES(1)), 'b');
		assert_pages(s, at, "ff      "); /* a power of two, rounded down */
		space_free(s);
	}
}
END_TEST

/* ---- populate ---- */

START_TEST(test_populate_stops_where_memory_ends)
{
	struct space *s = space_new(128);
	struct hog hog = hog_all_but(s->m, 12);
	s64 where = map(s, 0, PAGES(30), PROT_RW, PRIVATE | MAP_POPULATE);

	ck_assert_int_eq(where, BASE); /* not an error */
	ck_assert_uint_gt(get_mm_rss(s->mm), 0);
	ck_assert_uint_lt(get_mm_rss(s->mm), 30);
	hog_free(&hog);
	space_free(s);
}
END_TEST

TEST_MAIN("demand", test_zero_page, test_written, test_fresh_frames_are_zero, test_shared_anonymous,
	  test_shared_in_child, test_file_read, test_file_copy, test_behind_end, test_window,
	  test_window_maps_what_is_cached, test_window_and_tables,
	  test_populate_stops_where_memory_ends)

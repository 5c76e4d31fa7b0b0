/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages reclaim takes, and which not yet: what their use says, what the request allows,
 * what the lists and what they cost say.
 */
#include "mm/lru.h"
#include "mm/page_alloc.h"
#include "mm/shm.h"
#include "mm/vmscan.h"
#include "mm/writeback.h"
#include "swap_world.h"

#define SLOTS 400
#define FILE_AT (BASE + PAGES(1024))
#define FILE_PAGES 100

/* File @nr, cached and mapped shared at FILE_AT + @nr * FILE_PAGES. */
static u32 map_cached(struct space *s, unsigned nr, u32 prot)
{
	u32 at = FILE_AT + nr * PAGES(FILE_PAGES);

	disk_make(s, nr, PAGES(FILE_PAGES), "");
	ck_assert_int_gt(map_file(s, nr, FMODE_READ | FMODE_WRITE, at, PAGES(FILE_PAGES), prot,
				  MAP_SHARED | MAP_FIXED, 0),
			 0);
	touch_r(s, at, FILE_PAGES);
	return at;
}

/* Nothing is written before reclaim does it. */
static void keep_dirty(struct space *s)
{
	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_DIRTY_BACKGROUND_RATIO, 100), 0);
	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_DIRTY_RATIO, 100), 0);
}

static u32 cached_pages(const struct space *s, unsigned nr)
{
	return s->file[nr].inode->i_data.nrpages;
}

/* ---- what its use says ---- */

/* Once used it goes round once more; programs' text becomes active, and so does what two use. */
START_TEST(test_used_once)
{
	static const struct {
		u32 prot;
		bool two;
		bool active;
	} cases[] = {
		{ PROT_READ, false, false },
		{ PROT_RX, false, true },
		{ PROT_READ, true, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct space *s = space_new(FRAMES);
		u32 at = map_cached(s, 1, cases[i].prot);
		u64 before;

		if (cases[i].two) {
			struct task_struct *parent = s->task, *child = space_fork(s);

			space_run(s, child);
			touch_r(s, at, FILE_PAGES);
			space_run(s, parent);
		}
		before = event(s, PGACTIVATE);
		try_to_free_pages(s->m, GFP_HIGHUSER, 0);
		ck_assert_uint_gt(event(s, PGSCAN_FILE), 0);
		ck_assert_int_eq(event(s, PGACTIVATE) > before, cases[i].active);
		space_free(s);
	}
}
END_TEST

/* Text that was used again stays active, other pages of files do not. */
START_TEST(test_active_text_stays)
{
	struct space *s = space_new(FRAMES);
	u32 text = map_cached(s, 1, PROT_RX), data = map_cached(s, 2, PROT_READ);
	u32 still[2] = { 0 };

	for (u32 i = 0; i < FILE_PAGES; i++) {
		activate_page(frame(s, text + PAGES(i)));
		activate_page(frame(s, data + PAGES(i)));
	}
	try_to_free_pages(s->m, GFP_HIGHUSER, 0);
	for (u32 i = 0; i < FILE_PAGES; i++) {
		const struct page *page = frame(s, text + PAGES(i));

		still[0] += page && PageActive(page);
		page = frame(s, data + PAGES(i));
		still[1] += page && PageActive(page);
	}
	ck_assert_uint_eq(still[0], FILE_PAGES);
	ck_assert_uint_lt(still[1], FILE_PAGES / 2);
	space_free(s);
}
END_TEST

/* What was read(2) and is dirty gets another round, while there are clean pages. */
START_TEST(test_clean_before_dirty)
{
	struct space *s = space_new(FRAMES);
	char bytes[PAGES(FILE_PAGES)] = { 0 };
	s64 len = (s64)sizeof(bytes);

	keep_dirty(s);
	disk_make(s, 1, PAGES(FILE_PAGES), "");
	disk_make(s, 2, PAGES(FILE_PAGES), "");
	ck_assert_int_eq(generic_file_write(s->file[1].inode, 0, bytes, (u32)len), len);
	ck_assert_int_eq(generic_file_read(s->file[1].inode, 0, bytes, (u32)len), len);
	ck_assert_int_eq(generic_file_read(s->file[2].inode, 0, bytes, (u32)len), len);
	ck_assert_uint_ge(try_to_free_pages(s->m, GFP_HIGHUSER, 0), 32);
	ck_assert_uint_eq(cached_pages(s, 1), FILE_PAGES);
	ck_assert_uint_lt(cached_pages(s, 2), FILE_PAGES);
	ck_assert_uint_eq(event(s, PGPGOUT), 0);
	space_free(s);
}
END_TEST

/* Written to after MADV_FREE: among the others again. */
START_TEST(test_wanted_after_all)
{
	struct space *s = space_new(FRAMES);
	struct page *page;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 1);
	page = frame(s, BASE);
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGE_SIZE, MADV_FREE), 0);
	ck_assert(!PageSwapBacked(page));
	ck_assert_int_eq(store(s, BASE, 7), 0);
	while (try_to_free_pages(s->m, GFP_HIGHUSER, 0))
		continue;
	ck_assert_ptr_eq(frame(s, BASE), page);
	ck_assert(PageSwapBacked(page));
	ck_assert_int_eq(load(s, BASE), 7);
	space_free(s);
}
END_TEST

/* MADV_PAGEOUT: what others use, too, is not this process's to judge. */
START_TEST(test_pageout_of_shared)
{
	struct space *s = swap_space(SLOTS);

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	fill(s, BASE, 2);
	space_fork(s);
	ck_assert_int_eq(store(s, BASE, 1), 0); /* a copy: its own */
	page_out(s, BASE, 2);
	ck_assert(is_out(s, BASE));
	ck_assert(!is_out(s, BASE + PAGES(1)));
	space_free(s);
}
END_TEST

/* It failed: the page is inactive then, and nothing is known of its use. */
START_TEST(test_pageout_that_failed)
{
	struct space *s = space_new(FRAMES);
	u32 at = map_cached(s, 1, PROT_RW);
	struct page *page = frame(s, at);

	touch_w(s, at, 1);
	mark_page_accessed(page);
	activate_page(page);
	s->file[1].broken = true;
	page_out(s, at, 1);
	ck_assert_ptr_eq(find_page(&s->file[1].inode->i_data, 0), page);
	ck_assert(!PageActive(page) && !PageReferenced(page));
	s->file[1].broken = false;
	space_free(s);
}
END_TEST

/* ---- what the request allows ---- */

/* Without __GFP_FS no file is written, without __GFP_IO nothing goes to swap. */
START_TEST(test_gfp)
{
	struct space *s = swap_space(SLOTS);
	u32 at = map_cached(s, 1, PROT_RW);

	keep_dirty(s);
	touch_w(s, at, FILE_PAGES);
	map_pages(s, BASE, 50, PROT_RW, FIXED_PRIVATE);
	fill(s, BASE, 50);
	/* Ten of them have a slot, and are dirty there. */
	s->file[SWAP].broken = true;
	page_out(s, BASE, 10);
	s->file[SWAP].broken = false;
	ck_assert_uint_eq(slots_used(s), 10);
	while (try_to_free_pages(s->m, GFP_NOIO, 0))
		continue;
	ck_assert_uint_gt(event(s, PGSCAN_ANON), 0);
	ck_assert_uint_eq(slots_used(s), 10);
	ck_assert_uint_eq(event(s, PSWPOUT), 0);
	ck_assert_uint_eq(cached_pages(s, 1), FILE_PAGES);
	while (try_to_free_pages(s->m, GFP_NOFS, 0))
		continue;
	ck_assert_uint_eq(event(s, PSWPOUT), 50);
	ck_assert_uint_eq(cached_pages(s, 1), FILE_PAGES);
	while (try_to_free_pages(s->m, GFP_KERNEL, 0))
		continue;
	ck_assert_uint_eq(cached_pages(s, 1), 0);
	assert_filled(s, BASE, 50);
	space_free(s);
}
END_TEST

/* A small block is worth as many rounds as there are pages: one alone frees every other frame. */
START_TEST(test_until_there_is_a_block)
{
	for (u32 once = 0; once < 2; once++) {
		struct space *s = space_new(FRAMES);
		struct hog hog = { calloc(FRAMES, sizeof(struct page *)), 0 };
		struct page *page, *blocks[FRAMES];
		u32 n = 0;

		disk_make(s, 1, PAGES(FILE_PAGES), "");
		disk_make(s, 2, PAGES(FILE_PAGES), "");
		for (u32 i = 0; i < 2 * FILE_PAGES; i++) {
			struct inode *inode = s->file[1 + i % 2].inode;

			ck_assert_int_eq(read_cache_page(&inode->i_data, i / 2, &page, NULL), 0);
			if (i % 2)
				activate_page(page);
			put_page(page);
		}
		while ((hog.pages[hog.nr] = alloc_page(s->m, GFP_ATOMIC)))
			hog.nr++;
		while ((page = alloc_pages(s->m, GFP_KERNEL | (once ? __GFP_NORETRY : 0), 1)))
			blocks[n++] = page;
		ck_assert_msg(once ? n < 20 : n > 60, "%u blocks", n);
		while (n)
			__free_pages(blocks[--n], 1);
		hog_free(&hog);
		space_free(s);
	}
}
END_TEST

/* ---- what the lists say ---- */

/* Where more is inactive than active, nothing active is looked at. */
START_TEST(test_active_is_left_alone)
{
	struct space *s = space_new(FRAMES);

	map_cached(s, 1, PROT_READ);
	map_cached(s, 2, PROT_READ);
	for (u32 i = 0; i < FILE_PAGES / 2; i++)
		activate_page(frame(s, FILE_AT + PAGES(FILE_PAGES + i)));
	ck_assert_int_eq(do_munmap(s->mm, FILE_AT, PAGES(3 * FILE_PAGES)), 0);
	for (u32 i = 0; i < FILE_PAGES; i++)
		ClearPageReferenced(find_page(&s->file[1].inode->i_data, i));
	for (u32 i = 0; i < FILE_PAGES; i++)
		ClearPageReferenced(find_page(&s->file[2].inode->i_data, i));
	ck_assert_uint_ge(try_to_free_pages(s->m, GFP_HIGHUSER, 0), 32);
	ck_assert_uint_eq(event(s, PGREFILL), 0);
	ck_assert_uint_eq(event(s, PGDEACTIVATE), 0);
	space_free(s);
}
END_TEST

/* Files that nobody uses go before memory is looked at, unless swappiness is 100 or more. */
START_TEST(test_unused_files_first)
{
	for (u32 swappiness = 60; swappiness <= 100; swappiness += 40) {
		struct space *s = swap_space(SLOTS);

		ck_assert_int_eq(sysctl_write(s->m, SYSCTL_SWAPPINESS, swappiness), 0);
		map_pages(s, BASE, 100, PROT_RW, FIXED_PRIVATE);
		fill(s, BASE, 100);
		map_cached(s, 1, PROT_READ);
		ck_assert_int_eq(do_munmap(s->mm, FILE_AT, PAGES(2 * FILE_PAGES)), 0);
		try_to_free_pages(s->m, GFP_HIGHUSER, 0);
		ck_assert_uint_gt(event(s, PGSCAN_FILE), 0);
		ck_assert_int_eq(event(s, PGSCAN_ANON) > 0, swappiness == 100);
		space_free(s);
	}
}
END_TEST

/* While files go, memory grows old, too: but only where it could go somewhere. */
START_TEST(test_memory_ages)
{
	for (u32 swap = 0; swap < 2; swap++) {
		struct space *s = swap ? swap_space(SLOTS) : space_new(FRAMES);

		map_pages(s, BASE, 50, PROT_RW, FIXED_PRIVATE);
		fill(s, BASE, 50);
		for (u32 i = 0; i < 50; i++)
			activate_page(frame(s, BASE + PAGES(i)));
		map_cached(s, 1, PROT_READ);
		ck_assert_int_eq(do_munmap(s->mm, FILE_AT, PAGES(2 * FILE_PAGES)), 0);
		try_to_free_pages(s->m, GFP_HIGHUSER, 0);
		ck_assert_uint_eq(event(s, PGSCAN_ANON), 0);
		ck_assert_int_eq(nr_lru_pages(s->m, LRU_INACTIVE_ANON) > 0, swap);
		space_free(s);
	}
}
END_TEST

/* ---- what is being changed meanwhile ---- */

/* Free frames are as few as GFP_KERNEL has to leave: one more, and it would get one. */
static void leave_minimum(struct space *s, struct hog *hog)
{
	const struct zone *z = page_zone(s->m->mem_map + 1);

	kmem_cache_reap(s->m);
	while (!zone_watermark_ok(z, 0, z->pages_min, ZONE_DMA, GFP_KERNEL)) {
		__free_page(hog->pages[--hog->nr]);
		drain_all_pages(s->m);
	}
	while (zone_watermark_ok(z, 0, z->pages_min, ZONE_DMA, GFP_KERNEL)) {
		hog->pages[hog->nr++] = alloc_page(s->m, GFP_ATOMIC);
		drain_all_pages(s->m);
	}
}

/*
 * A node for a page tree costs all other pages of the same tree, and so all of its nodes: shared
 * memory that was only read leaves nothing behind.
 */
START_TEST(test_tree_goes_while_it_grows)
{
	struct space *s = swap_space(SLOTS);
	struct kmem_cache *nodes = kernel_cache(s->m, CACHE_RADIX_TREE_NODE);
	struct page *item = alloc_page(s->m, GFP_KERNEL);
	struct hog hog = { calloc(FRAMES, sizeof(struct page *)), 0 };
	struct address_space *mapping;
	void *held[FRAMES];
	u32 n = 0, items;

	map_pages(s, BASE, 200, PROT_RW, FIXED_SHARED);
	mapping = &file_inode(KGET(find_vma(s->mm, BASE)->vm_file))->i_data;
	touch_r(s, BASE, 1);
	touch_r(s, BASE + PAGES(65), 1);
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(200), MADV_DONTNEED), 0);
	ck_assert_uint_eq(mapping->page_tree.height, 2);
	while ((hog.pages[hog.nr] = alloc_page(s->m, GFP_ATOMIC)))
		hog.nr++;
	while (n < FRAMES && (held[n] = kmem_cache_alloc(nodes, GFP_ATOMIC)))
		n++;
	leave_minimum(s, &hog);
	ck_assert_uint_eq(mapping->nrpages, 2);
	ck_assert_int_eq(radix_tree_insert(s->m, &mapping->page_tree, 130, item, GFP_KERNEL), 0);
	ck_assert_uint_eq(mapping->nrpages, 0);
	ck_assert_ptr_eq(radix_tree_lookup(&mapping->page_tree, 130), item);
	ck_assert_ptr_null(radix_tree_validate(&mapping->page_tree, &items));
	ck_assert_uint_eq(items, 1);
	ck_assert_ptr_eq(radix_tree_delete(s->m, &mapping->page_tree, 130), item);
	while (n)
		kmem_cache_free(nodes, held[--n]);
	hog_free(&hog);
	__free_page(item);
	space_free(s);
}
END_TEST

/* ---- what looking costs ---- */

/* What part of the pages that one run looked at was memory, when looking cost so much before. */
static u64 percent_anon(u32 anon_cost, u32 file_cost)
{
	struct space *s = swap_space(SLOTS);
	struct zone *z = page_zone(s->m->mem_map + 1);
	u64 anon;

	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_SWAPPINESS, 100), 0);
	/* As their slots have them: to let them go costs nothing. */
	map_out(s, BASE, FILE_PAGES, FIXED_PRIVATE);
	touch_r(s, BASE, FILE_PAGES);
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(FILE_PAGES), MADV_COLD), 0);
	map_cached(s, 1, PROT_READ);
	ck_assert_int_eq(
		sys_madvise(s->task, FILE_AT + PAGES(FILE_PAGES), PAGES(FILE_PAGES), MADV_COLD), 0);
	z->scan_cost[0] = anon_cost;
	z->scan_cost[1] = file_cost;
	try_to_free_pages(s->m, GFP_HIGHUSER, 0);
	anon = event(s, PGSCAN_ANON);
	anon = 100 * anon / (anon + event(s, PGSCAN_FILE));
	space_free(s);
	return anon;
}

START_TEST(test_cost_is_weighed)
{
	u64 equal = percent_anon(0, 0);

	ck_assert_uint_lt(percent_anon(40, 0), equal);
	ck_assert_uint_gt(percent_anon(0, 40), equal);
}
END_TEST

/* What is written, and what is looked at in vain, costs; what was long ago counts less. */
START_TEST(test_cost_is_noted)
{
	struct space *s = swap_space(SLOTS);
	struct zone *z = page_zone(s->m->mem_map + 1);

	map_pages(s, BASE, 200, PROT_RW, FIXED_PRIVATE);
	fill(s, BASE, 200);
	ck_assert_uint_eq(z->scan_cost[0] + z->scan_cost[1], 0);
	try_to_free_pages(s->m, GFP_HIGHUSER, 0);
	ck_assert_uint_gt(z->scan_cost[0], 0);
	while (try_to_free_pages(s->m, GFP_HIGHUSER, 0))
		continue;
	ck_assert_uint_eq(event(s, PSWPOUT), 200);
	/* A write of 32 pages costs 32 each; with each one after it the sum is halved. */
	ck_assert_uint_lt(z->scan_cost[0] + z->scan_cost[1], 3 * SWAP_RW_MAX * SWAP_RW_MAX);
	space_free(s);
}
END_TEST

/* ---- kswapd ---- */

/* What the per-CPU lists keep is free for all when it has run. */
START_TEST(test_kswapd_drains)
{
	struct space *s = space_new(FRAMES);
	struct page *held[FRAMES];
	u32 n = 0;

	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_MIN_FREE_KBYTES, 4 * 40), 0);
	while (!s->m->k->kswapd_awake && n < FRAMES)
		held[n++] = alloc_page(s->m, GFP_HIGHUSER | __GFP_NORETRY);
	__free_page(held[--n]);
	ck_assert_uint_gt(s->m->k->zone[ZONE_DMA].pageset[0].list.nr, 0);
	machine_tick(s->m);
	ck_assert_uint_eq(event(s, PAGEOUTRUN), 1);
	ck_assert_uint_eq(s->m->k->zone[ZONE_DMA].pageset[0].list.nr, 0);
	while (n)
		__free_page(held[--n]);
	space_free(s);
}
END_TEST

static u32 asked_to_forget;

static bool forget(void *data, u32 inode_handle)
{
	asked_to_forget++;
	return false;
}

/* Unused inodes go between two requests only: within one, somebody may have them in hand. */
START_TEST(test_kswapd_and_inodes)
{
	struct space *s = space_new(FRAMES);
	struct machine_ops ops = *s->m->ops;
	struct page *held[FRAMES];
	u32 n = 0;

	asked_to_forget = 0;
	ops.forget = forget;
	s->m->ops = &ops;
	map_cached(s, 1, PROT_READ);
	ck_assert_int_eq(do_munmap(s->mm, FILE_AT, PAGES(3 * FILE_PAGES)), 0);
	invalidate_inode_pages(s->file[1].inode);
	ck_assert_uint_eq(s->m->k->nr_inode_unused, 1);
	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_MIN_FREE_KBYTES, 4 * 40), 0);
	for (u32 at_tick = 0; at_tick < 2; at_tick++) {
		while (!s->m->k->kswapd_awake && n < FRAMES)
			held[n++] = alloc_page(s->m, GFP_HIGHUSER | __GFP_NORETRY);
		if (at_tick)
			machine_tick(s->m);
		else
			cond_resched(s->m);
		ck_assert(!s->m->k->kswapd_awake);
		ck_assert_uint_eq(asked_to_forget, at_tick);
	}
	while (n)
		__free_page(held[--n]);
	space_free(s);
}
END_TEST

TEST_MAIN("reclaim_choice", test_used_once, test_active_text_stays, test_clean_before_dirty,
	  test_wanted_after_all, test_pageout_of_shared, test_pageout_that_failed, test_gfp,
	  test_until_there_is_a_block, test_active_is_left_alone, test_unused_files_first,
	  test_memory_ages, test_tree_goes_while_it_grows, test_cost_is_weighed, test_cost_is_noted,
	  test_kswapd_drains, test_kswapd_and_inodes)

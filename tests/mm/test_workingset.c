/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that come back after reclaim: what is remembered of them and where, which become active at
 * once, and that memory for it is bounded.
 */
#include "mm/filemap.h"
#include "mm/lru.h"
#include "mm/page_alloc.h"
#include "mm/vmscan.h"
#include "mm/writeback.h"
#include "swap_world.h"

#define LARGE 1024
#define FILE_AT (BASE + PAGES(4096))
#define NODE 64u /* slots of a node of the page tree */

static s32 stat_of(const struct space *s, enum vm_stat stat)
{
	return s->m->k->vm_stat[stat];
}

static struct address_space *mapping(const struct space *s, unsigned nr)
{
	return &s->file[nr].inode->i_data;
}

/* Read(2) one page of a file. */
static void read_one(const struct space *s, unsigned nr, u32 index)
{
	u8 byte;

	ck_assert_int_eq(generic_file_read(s->file[nr].inode, (u64)index << PAGE_SHIFT, &byte, 1),
			 1);
}

static void read_all(const struct space *s, unsigned nr, u32 pages)
{
	for (u32 i = 0; i < pages; i++)
		read_one(s, nr, i);
}

static bool is_active(const struct space *s, unsigned nr, u32 index)
{
	return PageActive(find_page(mapping(s, nr), index));
}

/* File @nr has @pages pages, mapped at FILE_AT, and reclaim took all of them, in their order. */
static void remember(struct space *s, unsigned nr, u32 pages)
{
	disk_make(s, nr, PAGES(pages), "");
	map_file(s, nr, FMODE_READ | FMODE_WRITE, FILE_AT, PAGES(pages), PROT_RW,
		 MAP_SHARED | MAP_FIXED, 0);
	touch_r(s, FILE_AT, pages);
	ck_assert_int_eq(sys_madvise(s->task, FILE_AT, PAGES(pages), MADV_PAGEOUT), 0);
	ck_assert_uint_eq(mapping(s, nr)->nrpages, 0);
	ck_assert_uint_eq(mapping(s, nr)->nrshadows, pages);
}

/* It comes back: active when the active pages are as many as those that went since. */
START_TEST(test_distance)
{
	struct space *s = space_new(LARGE);

	u32 more = 100 - nr_lru_pages(s->m, LRU_ACTIVE_FILE);

	disk_make(s, 1, PAGES(more), "");
	read_all(s, 1, more);
	read_all(s, 1, more);
	ck_assert_uint_eq(nr_lru_pages(s->m, LRU_ACTIVE_FILE), 100);
	remember(s, 0, 200);
	ck_assert_int_eq(stat_of(s, WORKINGSET_REFAULT_FILE), 0);
	read_one(s, 0, 150); /* 50 went since */
	ck_assert(is_active(s, 0, 150));
	ck_assert_int_eq(stat_of(s, WORKINGSET_REFAULT_FILE), 1);
	ck_assert_int_eq(stat_of(s, WORKINGSET_ACTIVATE_FILE), 1);
	read_one(s, 0, 5); /* 195 */
	ck_assert(!is_active(s, 0, 5));
	read_one(s, 0, 100); /* 100, and the one that became active: exactly as many */
	ck_assert(is_active(s, 0, 100));
	read_one(s, 0, 99); /* 103 of 102 */
	ck_assert(!is_active(s, 0, 99));
	ck_assert_int_eq(stat_of(s, WORKINGSET_REFAULT_FILE), 4);
	ck_assert_int_eq(stat_of(s, WORKINGSET_ACTIVATE_FILE), 2);
	ck_assert_int_eq(stat_of(s, WORKINGSET_RESTORE_FILE), 0);
	ck_assert_uint_eq(mapping(s, 0)->nrshadows, 196);
	ck_assert_int_eq(stat_of(s, WORKINGSET_REFAULT_ANON), 0);
	space_free(s);
}
END_TEST

/* One that was active before it was reclaimed is known again. */
START_TEST(test_restore)
{
	struct space *s = space_new(LARGE);
	u32 cost;

	disk_make(s, 1, PAGES(100), "");
	read_all(s, 1, 100);
	read_all(s, 1, 100);
	disk_make(s, 0, PAGES(2), "");
	map_file(s, 0, FMODE_READ, FILE_AT, PAGES(2), PROT_READ, MAP_SHARED | MAP_FIXED, 0);
	touch_r(s, FILE_AT, 2);
	SetPageWorkingset(frame(s, FILE_AT));
	ck_assert_int_eq(sys_madvise(s->task, FILE_AT, PAGES(2), MADV_PAGEOUT), 0);
	cost = s->m->k->zone[0].scan_cost[1] + s->m->k->zone[1].scan_cost[1];
	read_one(s, 0, 1);
	ck_assert(is_active(s, 0, 1) && !PageWorkingset(find_page(mapping(s, 0), 1)));
	ck_assert_int_eq(stat_of(s, WORKINGSET_RESTORE_FILE), 0);
	read_all(s, 0, 1);
	ck_assert(is_active(s, 0, 0) && PageWorkingset(find_page(mapping(s, 0), 0)));
	ck_assert_int_eq(stat_of(s, WORKINGSET_RESTORE_FILE), 1);
	ck_assert_uint_gt(s->m->k->zone[0].scan_cost[1] + s->m->k->zone[1].scan_cost[1], cost);
	space_free(s);
}
END_TEST

/* Nodes with nothing but memories: how many, and that they go with the last. */
START_TEST(test_nodes)
{
	struct space *s = space_new(LARGE);

	remember(s, 0, 200);
	ck_assert_int_eq(stat_of(s, WORKINGSET_NODES), 4);
	test_check(s->m);
	read_one(s, 0, 70);
	ck_assert_int_eq(stat_of(s, WORKINGSET_NODES), 3);
	test_check(s->m);
	/* A page behind what was there: the node of the last shadows. */
	disk_truncate(s, 0, PAGES(210));
	read_one(s, 0, 209);
	ck_assert_int_eq(stat_of(s, WORKINGSET_NODES), 2);
	disk_truncate(s, 0, PAGES(200));
	ck_assert_int_eq(stat_of(s, WORKINGSET_NODES), 3);
	test_check(s->m);
	disk_truncate(s, 0, PAGES(130));
	ck_assert_int_eq(stat_of(s, WORKINGSET_NODES), 2);
	ck_assert_uint_eq(mapping(s, 0)->nrshadows, 129);
	test_check(s->m);
	ck_assert_int_eq(sys_madvise(s->task, FILE_AT + PAGES(64), PAGES(1), MADV_REMOVE), 0);
	ck_assert_uint_eq(mapping(s, 0)->nrshadows, 128);
	disk_truncate(s, 0, 0);
	ck_assert_uint_eq(mapping(s, 0)->nrshadows, 0);
	ck_assert_int_eq(stat_of(s, WORKINGSET_NODES), 0);
	space_free(s);
}
END_TEST

/* What is written anew, changed behind us or dropped by order is nobody's working set. */
START_TEST(test_not_counted)
{
	static const u8 page[PAGE_SIZE];
	struct space *s = space_new(LARGE);

	remember(s, 0, 10);
	ck_assert_int_eq(generic_file_write(s->file[0].inode, PAGES(3), page, PAGE_SIZE),
			 PAGE_SIZE);
	ck_assert_uint_eq(mapping(s, 0)->nrshadows, 9);
	ck_assert_int_eq(stat_of(s, WORKINGSET_REFAULT_FILE), 0);
	/* Part of a page: the rest is read. */
	ck_assert_int_eq(generic_file_write(s->file[0].inode, PAGES(4), page, 10), 10);
	ck_assert_int_eq(stat_of(s, WORKINGSET_REFAULT_FILE), 1);
	invalidate_inode_pages(s->file[0].inode);
	ck_assert_uint_eq(mapping(s, 0)->nrshadows, 0);
	test_check(s->m);
	ck_assert_int_eq(sync_inodes(s->m), 0);
	drop_caches(s->m, DROP_PAGECACHE);
	ck_assert_uint_eq(mapping(s, 0)->nrpages, 0);
	ck_assert_uint_eq(mapping(s, 0)->nrshadows, 0);
	space_free(s);
}
END_TEST

/* A file that goes takes its memories along. */
START_TEST(test_last_reference)
{
	struct space *s = space_new(LARGE);

	remember(s, 0, 100);
	ck_assert_int_eq(do_munmap(s->mm, FILE_AT, PAGES(100)), 0);
	ck_assert_uint_eq(mapping(s, 0)->nrshadows, 100);
	iput(s->file[0].inode);
	s->file[0].inode = NULL;
	ck_assert_int_eq(stat_of(s, WORKINGSET_NODES), 0);
	space_free(s);
}
END_TEST

/* A swapped-out page is remembered in its slot, as long as somebody has that. */
START_TEST(test_swap)
{
	struct space *s = swap_space(64);

	s->m->k->sysctl[SYSCTL_PAGE_CLUSTER] = 0;
	disk_make(s, 1, PAGES(20), "");
	read_all(s, 1, 20);
	map_out(s, BASE, 10, FIXED_PRIVATE);
	ck_assert_int_eq(stat_of(s, WORKINGSET_REFAULT_ANON), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(9)), 10);
	ck_assert_int_eq(stat_of(s, WORKINGSET_REFAULT_ANON), 1);
	ck_assert_int_eq(stat_of(s, WORKINGSET_ACTIVATE_ANON), 1);
	ck_assert(PageActive(frame(s, BASE + PAGES(9))));
	test_check(s->m);
	/* Long ago: more pages went since than there are others. */
	for (u32 i = 0; i < 100; i++)
		workingset_age(s->m);
	ck_assert_int_eq(load(s, BASE), 1);
	ck_assert_int_eq(stat_of(s, WORKINGSET_REFAULT_ANON), 2);
	ck_assert_int_eq(stat_of(s, WORKINGSET_ACTIVATE_ANON), 1);
	ck_assert(!PageActive(frame(s, BASE)));
	ck_assert_int_eq(stat_of(s, WORKINGSET_REFAULT_FILE), 0);
	/* Those that never come back leave free slots. */
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(10)), 0);
	ck_assert_uint_eq(slots_used(s), 0);
	map_out(s, BASE, 64, FIXED_PRIVATE);
	ck_assert_int_eq(load(s, BASE + PAGES(63)), 64);
	space_free(s);
}
END_TEST

/*
 * What is read round and round fits in RAM, but not beside pages that were active once.  These
 * have to go; forgetting what was reclaimed, all would be read for ever.
 */
START_TEST(test_thrashing_ends)
{
	struct space *s = space_new(LARGE);
	u32 free = nr_free_pages(s->m), stale = free / 2, round = free * 6 / 10, missed = 0;

	disk_make(s, 0, PAGES(stale), "");
	disk_make(s, 1, PAGES(round), "");
	read_all(s, 0, stale);
	read_all(s, 0, stale);
	ck_assert_uint_gt(nr_lru_pages(s->m, LRU_ACTIVE_FILE), stale - 10);
	for (u32 i = 0; i < 6; i++) {
		u64 before = s->m->k->vm_event[PGPGIN];

		read_all(s, 1, round);
		missed = (u32)(s->m->k->vm_event[PGPGIN] - before) / 4;
		machine_tick(s->m);
		test_check(s->m);
	}
	ck_assert_uint_eq(missed, 0);
	ck_assert_uint_lt(mapping(s, 0)->nrpages, stale * 8 / 10);
	space_free(s);
}
END_TEST

/* Also when it is memory of processes that nobody uses: that is swapped out, not looked past. */
START_TEST(test_thrashing_swaps)
{
	struct space *s = space_new(LARGE);
	u32 free = nr_free_pages(s->m), idle = free / 2, round = free * 6 / 10, missed = 0;

	disk_mkswap(s, SWAP, LARGE);
	ck_assert_int_eq(space_swapon(s, SWAP, -1), 0);
	map_pages(s, BASE, idle, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, idle);
	disk_make(s, 1, PAGES(round), "");
	for (u32 i = 0; i < 6; i++) {
		u64 before = s->m->k->vm_event[PGPGIN];

		read_all(s, 1, round);
		missed = (u32)(s->m->k->vm_event[PGPGIN] - before) / 4;
		machine_tick(s->m);
	}
	ck_assert_uint_eq(missed, 0);
	ck_assert_uint_ge(s->mm->rss_stat[MM_SWAPENTS], free / 10);
	space_free(s);
}
END_TEST

/* One that came back too soon: unused files are no longer enough to leave memory alone. */
START_TEST(test_look_at_memory)
{
	struct space *s = space_new(LARGE);

	disk_mkswap(s, SWAP, LARGE);
	ck_assert_int_eq(space_swapon(s, SWAP, -1), 0);
	map_pages(s, BASE, 100, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 100);
	remember(s, 0, 200);
	disk_make(s, 2, PAGES(400), "");
	read_all(s, 2, 400);
	try_to_free_pages(s->m, GFP_HIGHUSER, 0);
	ck_assert_uint_eq(s->m->k->vm_event[PGSCAN_ANON], 0);
	read_one(s, 0, 190);
	ck_assert(is_active(s, 0, 190));
	try_to_free_pages(s->m, GFP_HIGHUSER, 0);
	ck_assert_uint_gt(s->m->k->vm_event[PGSCAN_ANON], 0);
	space_free(s);
}
END_TEST

/* One that came back too soon: the next look is at the active ones, too; the one after is not. */
START_TEST(test_look_at_active)
{
	struct space *s = space_new(LARGE);
	u64 before;

	disk_make(s, 1, PAGES(100), "");
	read_all(s, 1, 100);
	read_all(s, 1, 100);
	remember(s, 0, 200);
	disk_make(s, 2, PAGES(400), "");
	read_all(s, 2, 400);
	before = s->m->k->vm_event[PGDEACTIVATE];
	try_to_free_pages(s->m, GFP_HIGHUSER, 0);
	ck_assert_uint_eq(s->m->k->vm_event[PGDEACTIVATE], before);
	read_one(s, 0, 190);
	ck_assert(is_active(s, 0, 190));
	try_to_free_pages(s->m, GFP_HIGHUSER, 0);
	ck_assert_uint_gt(s->m->k->vm_event[PGDEACTIVATE], before);
	before = s->m->k->vm_event[PGDEACTIVATE];
	try_to_free_pages(s->m, GFP_HIGHUSER, 0);
	ck_assert_uint_eq(s->m->k->vm_event[PGDEACTIVATE], before);
	space_free(s);
}
END_TEST

/* A page in each node: not more than an eighth of RAM's frames are remembered so. */
START_TEST(test_too_many_nodes)
{
	struct space *s = space_new(LARGE);
	u32 nodes = LARGE / 8 + 100, others;

	while (try_to_free_pages(s->m, GFP_HIGHUSER, 0))
		continue;
	others = (u32)stat_of(s, WORKINGSET_NODES); /* /init's */
	disk_make(s, 0, PAGE_SIZE, "");
	for (u32 i = 0; i < nodes; i++) {
		struct page *page;

		ck_assert_int_eq(read_cache_page(mapping(s, 0), i * NODE, &page, NULL), 0);
		put_page(page);
	}
	while (mapping(s, 0)->nrpages)
		ck_assert_uint_gt(try_to_free_pages(s->m, GFP_HIGHUSER, 0), 0);
	for (u32 i = 0; i < 20; i++)
		try_to_free_pages(s->m, GFP_HIGHUSER, 0);
	ck_assert_int_le(stat_of(s, WORKINGSET_NODES), LARGE / 8);
	ck_assert_int_gt(stat_of(s, WORKINGSET_NODES), LARGE / 9);
	ck_assert_int_eq(stat_of(s, WORKINGSET_NODES) + stat_of(s, WORKINGSET_NODERECLAIM),
			 (s32)(nodes + others));
	ck_assert_uint_eq(mapping(s, 0)->nrshadows, (u32)stat_of(s, WORKINGSET_NODES));
	/* The oldest went. */
	ck_assert_ptr_null(radix_tree_lookup(&mapping(s, 0)->page_tree, 0));
	ck_assert_ptr_nonnull(radix_tree_lookup(&mapping(s, 0)->page_tree, (nodes - 1) * NODE));
	space_free(s);
}
END_TEST

START_TEST(test_validation_sees)
{
	struct space *s = swap_space(64);
	struct workingset *ws = &s->m->k->workingset;
	struct radix_tree_node *node;

	remember(s, 1, 200);
	map_out(s, BASE, 3, FIXED_PRIVATE);
	test_check(s->m);
	node = list_first_entry(&ws->nodes, struct radix_tree_node, shadow_nodes);
	switch (_i) {
	case 0: mapping(s, 1)->nrshadows++; break;
	case 1: s->m->k->vm_stat[WORKINGSET_NODES]--; break;
	case 2: node->shadows_first += NODE; break;
	case 3: node->shadows_of = 0; break;
	case 4: list_del(&node->shadow_nodes); break;
	case 5: node->values--; break;
	}
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	space_drop(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		test_distance,	     test_restore,	  test_nodes,	       test_not_counted,
		test_last_reference, test_swap,		  test_thrashing_ends, test_thrashing_swaps,
		test_look_at_active, test_look_at_memory, test_too_many_nodes,
	};

	return run_loop_tests("workingset", tests, ARRAY_SIZE(tests), test_validation_sees, 6);
}

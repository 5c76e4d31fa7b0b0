/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The swap cache and the way back: minor and major faults, read-around, shared slots, reuse at
 * a write, shared memory, broken hosts, and every call that meets swapped pages.
 */
#include "mm/coredump.h"
#include "mm/page_alloc.h"
#include "mm/vmscan.h"
#include "swap_world.h"

#define SLOTS 64

static void out(struct space *s, u32 n)
{
	map_out(s, BASE, n, FIXED_PRIVATE);
	ck_assert_int_eq(s->mm->rss_stat[MM_SWAPENTS], n);
}

START_TEST(test_read_back)
{
	struct space *s = swap_space(SLOTS);

	out(s, 3);
	s->m->k->sysctl[SYSCTL_PAGE_CLUSTER] = 0;
	ck_assert_int_eq(load(s, BASE), 1);
	ck_assert_int_eq(s->task->fault.branch, FB_SWAP_IN);
	ck_assert(s->task->fault.major);
	ck_assert_uint_eq(event(s, PSWPIN), 1);
	ck_assert_uint_eq(event(s, PGMAJFAULT), 1);
	ck_assert_uint_eq(event(s, SWAP_RA), 0);
	/* Alone: writable at once, and the slot is kept, its bytes being true. */
	ck_assert(pte_write(entry(s, BASE)) && !pte_dirty(entry(s, BASE)));
	ck_assert(PageSwapCache(frame(s, BASE)) && PageAnonExclusive(frame(s, BASE)));
	ck_assert_uint_eq(slots_used(s), 3);
	test_check(s->m);
	/* So it goes out again for nothing; */
	page_out(s, BASE, 1);
	ck_assert(is_out(s, BASE));
	ck_assert_uint_eq(event(s, PSWPOUT), 3);
	/* but once it is written, not. */
	ck_assert_int_eq(load(s, BASE), 1);
	ck_assert_int_eq(store(s, BASE, 77), 0);
	page_out(s, BASE, 1);
	ck_assert_uint_eq(event(s, PSWPOUT), 4);
	ck_assert_int_eq(load(s, BASE), 77);
	space_free(s);
}
END_TEST

START_TEST(test_write_back)
{
	struct space *s = swap_space(SLOTS);

	out(s, 1);
	ck_assert_int_eq(store(s, BASE + 1, 9), 0);
	ck_assert_int_eq(s->task->fault.branch, FB_SWAP_IN);
	ck_assert(pte_dirty(entry(s, BASE)) && pte_write(entry(s, BASE)));
	ck_assert(!PageSwapCache(frame(s, BASE)));
	ck_assert_uint_eq(slots_used(s), 0);
	ck_assert_int_eq(load(s, BASE), 1);
	ck_assert_int_eq(load(s, BASE + 1), 9);
	space_free(s);
}
END_TEST

/* Neighbours come along, once; asking for them is a minor fault, and a hit. */
START_TEST(test_read_around)
{
	struct space *s = swap_space(SLOTS);

	out(s, 16);
	ck_assert_int_eq(load(s, BASE + PAGES(8)), 9); /* slot 9: window 8 to 15 */
	ck_assert_uint_eq(event(s, PSWPIN), 8);
	ck_assert_uint_eq(event(s, SWAP_RA), 7);
	ck_assert_int_eq(s->m->k->vm_stat[NR_SWAPCACHE], 8);
	test_check(s->m);
	ck_assert_ptr_nonnull(cached(s, BASE + PAGES(7)));
	ck_assert_ptr_nonnull(cached(s, BASE + PAGES(14)));
	ck_assert_ptr_null(cached(s, BASE + PAGES(6)));
	ck_assert_ptr_null(cached(s, BASE + PAGES(15)));
	ck_assert_int_eq(load(s, BASE + PAGES(9)), 10);
	ck_assert_int_eq(s->task->fault.branch, FB_SWAP_CACHE);
	ck_assert(!s->task->fault.major);
	ck_assert_uint_eq(event(s, SWAP_RA_HIT), 1);
	ck_assert_uint_eq(event(s, PGMAJFAULT), 1);
	ck_assert_uint_eq(event(s, PSWPIN), 8);
	/* What nobody asked for goes with its slot. */
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(16)), 0);
	ck_assert_int_eq(s->m->k->vm_stat[NR_SWAPCACHE], 0);
	ck_assert_uint_eq(slots_used(s), 0);
	space_free(s);
}
END_TEST

/* No foresight was any good, and no neighbour was read before: one page at a time. */
START_TEST(test_read_around_shrinks)
{
	struct space *s = swap_space(SLOTS);
	static const u8 order[] = { 0, 40, 20, 60, 10, 50, 30 };
	u64 before;

	out(s, 64);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		before = event(s, PSWPIN);
		ck_assert_int_eq(load(s, BASE + PAGES(order[i])), order[i] + 1);
	}
	ck_assert_uint_eq(event(s, PSWPIN), before + 1);
	space_free(s);
}
END_TEST

/* page-cluster 0: none ahead, at once, however much was read before. */
START_TEST(test_page_cluster)
{
	struct space *s = swap_space(SLOTS);

	out(s, 64);
	ck_assert_int_eq(load(s, BASE + PAGES(8)), 9);
	ck_assert_uint_eq(event(s, PSWPIN), 8);
	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_PAGE_CLUSTER, 0), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(40)), 41);
	ck_assert_uint_eq(event(s, PSWPIN), 9);
	space_free(s);
}
END_TEST

/* Memory short: the page itself, and none ahead. */
START_TEST(test_read_around_needs_no_memory)
{
	struct space *s = swap_space(SLOTS);
	struct hog hog;

	out(s, 16);
	hog = hog_all_but(s->m, 2);
	ck_assert_int_eq(load(s, BASE + PAGES(8)), 9);
	test_check(s->m);
	hog_free(&hog);
	hog = hog_all_but(s->m, 0);
	ck_assert_int_eq(load(s, BASE), -ENOMEM);
	test_check(s->m);
	hog_free(&hog);
	ck_assert_int_eq(load(s, BASE), 1);
	space_free(s);
}
END_TEST

/* One slot, two processes: read once, found by the other; a write copies; the last one reuses. */
START_TEST(test_fork)
{
	struct space *s = swap_space(SLOTS);
	struct task_struct *parent = s->task, *child;
	swp_entry_t slot;

	out(s, 1);
	slot = pte_to_swp_entry(entry(s, BASE));
	child = space_fork(s);
	ck_assert_int_eq(load(s, BASE), 1);
	ck_assert(!pte_write(entry(s, BASE)));
	space_run(s, child);
	ck_assert_int_eq(s->mm->rss_stat[MM_SWAPENTS], 1);
	ck_assert_ptr_nonnull(lookup_swap_cache(s->m, slot));
	ck_assert_int_eq(store(s, BASE, 2), 0);
	ck_assert_int_eq(s->task->fault.branch, FB_SWAP_COPY);
	ck_assert_int_eq(load(s, BASE), 2);
	test_check(s->m);
	space_run(s, parent);
	ck_assert_int_eq(load(s, BASE), 1);
	ck_assert_uint_eq(swap_count(s->m, slot), 0);
	ck_assert_int_eq(store(s, BASE + 1, 3), 0);
	ck_assert_int_eq(s->task->fault.branch, FB_COW_REUSE);
	ck_assert_uint_eq(slots_used(s), 0);
	ck_assert_int_eq(load(s, BASE), 1);
	test_check(s->m);
	space_run(s, child);
	ck_assert_int_eq(load(s, BASE), 2);
	ck_assert_int_eq(load(s, BASE + 1), 0);
	space_free(s);
}
END_TEST

/* The writer's copy leaves the cached page to the one who still has only the slot. */
START_TEST(test_copy_leaves_slot)
{
	struct space *s = swap_space(SLOTS);
	struct task_struct *parent = s->task, *child;

	out(s, 1);
	child = space_fork(s);
	ck_assert_int_eq(store(s, BASE, 2), 0);
	ck_assert_int_eq(s->task->fault.branch, FB_SWAP_COPY);
	test_check(s->m);
	do_exit(parent == s->task ? child : parent, 0);
	ck_assert_uint_eq(slots_used(s), 0);
	ck_assert_int_eq(s->m->k->vm_stat[NR_SWAPCACHE], 0);
	space_free(s);
}
END_TEST

/* A page that two processes map goes out of both, and comes back to both. */
START_TEST(test_shared_page_goes_out)
{
	struct space *s = swap_space(SLOTS);
	struct task_struct *parent = s->task, *child;
	struct page *page;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, BASE, 5), 0);
	child = space_fork(s);
	page = frame(s, BASE);
	get_page(page);
	ck_assert_int_eq(add_to_swap(page), 0);
	ck_assert(PageDirty(page));
	ck_assert(try_to_unmap(page));
	ck_assert_int_eq(page_mapcount(page), 0);
	ck_assert_int_eq(swap_writepage(page), 0);
	ck_assert(!PageDirty(page));
	delete_from_swap_cache(page);
	put_page(page);
	test_check(s->m);
	ck_assert_uint_eq(swap_count(s->m, pte_to_swp_entry(entry(s, BASE))), 2);
	ck_assert(!pte_swp_exclusive(entry(s, BASE)));
	space_run(s, child);
	ck_assert(is_out(s, BASE));
	ck_assert_int_eq(load(s, BASE), 5);
	space_run(s, parent);
	ck_assert_int_eq(load(s, BASE), 5);
	ck_assert_int_eq(page_mapcount(frame(s, BASE)), 2);
	test_check(s->m);
	ck_assert_int_eq(store(s, BASE, 6), 0);
	space_run(s, child);
	ck_assert_int_eq(load(s, BASE), 5);
	space_free(s);
}
END_TEST

/* ---- hosts ---- */

START_TEST(test_broken_read)
{
	struct space *s = swap_space(SLOTS);

	out(s, 9);
	s->file[SWAP].broken = true;
	ck_assert_int_eq(load(s, BASE), -EIO);
	ck_assert_int_eq(s->task->fault.branch, FB_IO_ERROR);
	ck_assert_uint_gt(area(s, 0)->read_errors, 0);
	ck_assert_int_eq(store(s, BASE + PAGES(1), 1), -EIO);
	test_check(s->m);
	s->file[SWAP].broken = false;
	ck_assert_int_eq(load(s, BASE), 1);
	/* The upper half is cut off: what lies below can still be had. */
	disk_truncate(s, SWAP, PAGES(6));
	ck_assert_int_eq(load(s, BASE + PAGES(4)), 5);
	ck_assert_int_eq(load(s, BASE + PAGES(8)), -EIO);
	test_check(s->m);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(9)), 0);
	ck_assert_uint_eq(slots_used(s), 0);
	space_free(s);
}
END_TEST

START_TEST(test_broken_write)
{
	struct space *s = swap_space(SLOTS);

	map_pages(s, BASE, 4, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 4);
	ck_assert_int_eq(store(s, BASE, 5), 0);
	s->file[SWAP].broken = true;
	page_out(s, BASE, 4);
	test_check(s->m);
	ck_assert_uint_eq(event(s, PSWPOUT), 0);
	ck_assert_uint_eq(area(s, 0)->write_errors, 4);
	ck_assert_int_eq(load(s, BASE), 5); /* from the swap cache, still dirty */
	s->file[SWAP].broken = false;
	page_out(s, BASE, 4);
	ck_assert_int_eq(load(s, BASE), 5);
	space_free(s);
}
END_TEST

/*
 * It was one process's alone when it got its slot, and stayed in the cache: since then a child
 * counts on the slot, too.
 */
START_TEST(test_cached_and_forked)
{
	struct space *s = swap_space(SLOTS);
	struct task_struct *parent = s->task, *child;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	fill(s, BASE, 1);
	s->file[SWAP].broken = true;
	page_out(s, BASE, 1);
	s->file[SWAP].broken = false;
	ck_assert_ptr_nonnull(cached(s, BASE));
	child = space_fork(s);
	ck_assert_int_eq(load(s, BASE), 1);
	ck_assert_int_eq(store(s, BASE, 9), 0);
	space_run(s, child);
	ck_assert_int_eq(load(s, BASE), 1);
	space_run(s, parent);
	ck_assert_int_eq(load(s, BASE), 9);
	space_free(s);
}
END_TEST

/* ---- shared memory ---- */

START_TEST(test_shmem)
{
	struct space *s = swap_space(SLOTS);
	struct task_struct *parent = s->task, *child;
	struct address_space *mapping;

	map_out(s, BASE, 8, FIXED_SHARED);
	mapping = &file_inode(KGET(find_vma(s->mm, BASE)->vm_file))->i_data;
	ck_assert_uint_eq(mapping->nrpages, 0);
	ck_assert_uint_eq(mapping->nrswapped, 8);
	ck_assert_int_eq(s->m->k->vm_stat[NR_SHMEM], 0);
	ck_assert_int_eq(s->mm->rss_stat[MM_SWAPENTS], 0);
	ck_assert_uint_eq(slots_used(s), 8);
	test_check(s->m);
	child = space_fork(s);
	space_run(s, child);
	ck_assert_int_eq(load(s, BASE + PAGES(3)), 4);
	ck_assert(s->task->fault.major);
	ck_assert_int_eq(store(s, BASE + PAGES(3), 44), 0);
	test_check(s->m);
	space_run(s, parent);
	ck_assert_int_eq(load(s, BASE + PAGES(3)), 44);
	/* dontneed unmaps only; remove punches entries out, too. */
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(8), MADV_DONTNEED), 0);
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(2), MADV_REMOVE), 0);
	ck_assert_int_eq(load(s, BASE), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(7)), 8);
	test_check(s->m);
	do_exit(child, 0);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(8)), 0);
	ck_assert_uint_eq(slots_used(s), 0);
	ck_assert_int_eq(s->m->k->vm_stat[NR_SWAPCACHE], 0);
	space_free(s);
}
END_TEST

/* ---- the other calls ---- */

START_TEST(test_calls)
{
	struct space *s = swap_space(SLOTS);
	u32 to = BASE + PAGES(100);
	u8 vec[4];

	out(s, 8);
	ck_assert_int_eq(sys_mincore(s->task, BASE, PAGES(4), vec), 0);
	ck_assert_int_eq(vec[0], 0);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGES(8), PROT_NONE), 0);
	ck_assert_int_eq(load(s, BASE), -EACCES);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGES(8), PROT_RW), 0);
	ck_assert_int_eq(
		sys_mremap(s->task, BASE, PAGES(8), PAGES(8), MREMAP_MAYMOVE | MREMAP_FIXED, to),
		to);
	ck_assert(is_out(s, to));
	test_check(s->m);
	ck_assert_int_eq(sys_madvise(s->task, to, PAGES(1), MADV_WILLNEED), 0);
	ck_assert(is_out(s, to) && cached(s, to));
	ck_assert_int_eq(sys_mincore(s->task, to, PAGES(4), vec), 0);
	ck_assert_int_eq(vec[0], 1);
	ck_assert_int_eq(vec[1], 0);
	ck_assert_int_eq(sys_madvise(s->task, to + PAGES(1), PAGES(1), MADV_FREE), 0);
	ck_assert_int_eq(load(s, to + PAGES(1)), 0);
	ck_assert_int_eq(sys_madvise(s->task, to + PAGES(2), PAGES(1), MADV_DONTNEED), 0);
	ck_assert_int_eq(load(s, to + PAGES(2)), 0);
	ck_assert_int_eq(sys_mlock(s->task, to, PAGES(8), 0), 0);
	ck_assert_int_eq(s->mm->rss_stat[MM_SWAPENTS], 0);
	ck_assert_uint_eq(slots_used(s), 0);
	ck_assert_int_eq(load(s, to), 1);
	ck_assert_int_eq(load(s, to + PAGES(7)), 8);
	test_check(s->m);
	ck_assert_int_eq(sys_munlock(s->task, to, PAGES(8)), 0);
	space_free(s);
}
END_TEST

/* The kernel's own hands, and words across two pages that are both out. */
START_TEST(test_accesses)
{
	struct space *s = swap_space(SLOTS);
	u32 word = 0xaabbccdd, back = 0;
	u8 bytes[2] = { 0 };

	out(s, 8);
	ck_assert_int_eq(access_remote_vm(s->m, s->mm, BASE + PAGES(5), bytes, 1, false), 0);
	ck_assert_int_eq(bytes[0], 6);
	ck_assert_int_eq(access_remote_vm(s->m, s->mm, BASE + PAGES(6), bytes, 1, true), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(6)), 6);
	/* What it wrote is not known to the entry, and goes out all the same. */
	ck_assert_int_eq(load(s, BASE + PAGES(7)), 8);
	bytes[0] = 88;
	ck_assert_int_eq(access_remote_vm(s->m, s->mm, BASE + PAGES(7), bytes, 1, true), 0);
	ck_assert(!pte_dirty(entry(s, BASE + PAGES(7))));
	page_out(s, BASE + PAGES(7), 1);
	ck_assert(is_out(s, BASE + PAGES(7)));
	ck_assert_int_eq(load(s, BASE + PAGES(7)), 88);
	ck_assert_int_eq(
		access_word(s->m, s->task, BASE + PAGES(1) - 2, &word, 4, ACCESS_WRITE, FAULT_USER),
		0);
	ck_assert_int_eq(
		access_word(s->m, s->task, BASE + PAGES(1) - 2, &back, 4, ACCESS_READ, FAULT_USER),
		0);
	ck_assert_uint_eq(back, word);
	ck_assert_int_eq(load(s, BASE), 1);
	space_free(s);
}
END_TEST

/* Looked at, for a core file: nothing comes in for that. */
START_TEST(test_peek)
{
	struct space *s = swap_space(SLOTS);
	u64 before;
	u8 buf[PAGE_SIZE];

	out(s, 8);
	before = event(s, PSWPIN);
	ck_assert_int_eq(get_dump_page(find_vma(s->mm, BASE), BASE + PAGES(4), buf), 1);
	ck_assert_uint_eq(buf[0], 5);
	map_pages(s, BASE + PAGES(8), 1, PROT_RW, FIXED_SHARED);
	ck_assert_int_eq(store(s, BASE + PAGES(8), 9), 0);
	page_out(s, BASE + PAGES(8), 1);
	ck_assert_int_eq(get_dump_page(find_vma(s->mm, BASE + PAGES(8)), BASE + PAGES(8), buf), 1);
	ck_assert_uint_eq(buf[0], 9);
	ck_assert_uint_eq(event(s, PSWPIN), before);
	ck_assert_int_eq(s->m->k->vm_stat[NR_SWAPCACHE], 0);
	ck_assert_int_eq(load(s, BASE + PAGES(5)), 6);
	ck_assert_int_eq(get_dump_page(find_vma(s->mm, BASE), BASE + PAGES(4), buf), 1);
	ck_assert_uint_eq(buf[0], 5);
	s->file[SWAP].broken = true;
	ck_assert_int_lt(get_dump_page(find_vma(s->mm, BASE), BASE + PAGES(7), buf), 1);
	space_free(s);
}
END_TEST

/* fork in the middle of everything, then exit: no slot and no frame is left. */
START_TEST(test_exit)
{
	struct space *s = swap_space(SLOTS);
	struct task_struct *parent = s->task, *child;
	u32 used;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	used = test_used_frames(s->m);
	child = space_fork(s);
	space_run(s, child);
	out(s, 20);
	touch_r(s, BASE + PAGES(3), 2);
	space_fork(s);
	touch_w(s, BASE + PAGES(7), 3);
	space_run(s, parent);
	do_exit(child, 0);
	ck_assert_uint_eq(slots_used(s), 20);
	test_check(s->m);
	do_exit(find_task_by_pid(s->m, s->m->k->last_pid), 0);
	ck_assert_uint_eq(slots_used(s), 0);
	ck_assert_int_eq(s->m->k->vm_stat[NR_SWAPCACHE], 0);
	ck_assert_uint_eq(test_used_frames(s->m), used);
	space_free(s);
}
END_TEST

/* What would happen is what happens. */
START_TEST(test_explained)
{
	struct space *s = swap_space(SLOTS);
	struct page_fault fault = { BASE + PAGES(8), PF_U };
	struct fault_trail trail;
	struct fault_plan plan;
	u32 before;

	out(s, 16);
	decide_fault(s->m, s->task, &fault, FAULT_USER, &plan, &trail);
	ck_assert_int_eq(plan.branch, FB_SWAP_IN);
	before = nr_free_pages(s->m);
	ck_assert_int_eq(load(s, fault.address), 9);
	ck_assert_uint_eq(before - nr_free_pages(s->m), plan.frames);
	fault.address += PAGE_SIZE;
	decide_fault(s->m, s->task, &fault, FAULT_USER, &plan, &trail);
	ck_assert_int_eq(plan.branch, FB_SWAP_CACHE);
	ck_assert_uint_eq(plan.frames, 0);
	space_fork(s);
	fault.error_code |= PF_W;
	decide_fault(s->m, s->task, &fault, FAULT_USER, &plan, &trail);
	ck_assert_int_eq(plan.branch, FB_SWAP_COPY);
	ck_assert_uint_eq(plan.frames, 1);
	space_free(s);
}
END_TEST

/* The checker sees a count that is wrong, and a cache that is. */
START_TEST(test_check_sees)
{
	struct space *s = swap_space(SLOTS);
	swp_entry_t slot;

	out(s, 3);
	slot = pte_to_swp_entry(entry(s, BASE));
	ck_assert_int_eq(swap_duplicate(s->m, slot), 0);
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	swap_free(s->m, slot);
	ck_assert_uint_eq(test_check_quiet(s->m), 0);
	touch_r(s, BASE, 1);
	frame(s, BASE)->private ++;
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	frame(s, BASE)->private --;
	s->mm->rss_stat[MM_SWAPENTS]++;
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	s->mm->rss_stat[MM_SWAPENTS]--;
	area(s, 0)->inuse_pages++;
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	area(s, 0)->inuse_pages--;
	space_free(s);
}
END_TEST

TEST_MAIN("swap_state", test_read_back, test_write_back, test_read_around, test_read_around_shrinks,
	  test_page_cluster, test_read_around_needs_no_memory, test_fork, test_copy_leaves_slot,
	  test_shared_page_goes_out, test_broken_read, test_broken_write, test_cached_and_forked,
	  test_shmem, test_calls, test_peek, test_accesses, test_exit, test_explained,
	  test_check_sees)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that are lost because their slot could not be read: what swapoff leaves in page tables
 * and in shared memory objects, and every call that meets it.
 */
#include "mm/coredump.h"
#include "swap_world.h"

#define SLOTS 64

static bool is_lost(const struct space *s, u32 addr)
{
	return pte_is_poisoned(entry(s, addr));
}

/* The device breaks, and the area is given up. */
static void lose_area(struct space *s)
{
	s->file[SWAP].broken = true;
	ck_assert_int_eq(space_swapoff(s, SWAP), 0);
	ck_assert_uint_eq(total_swap_pages(s->m), 0);
	test_check(s->m);
}

/* @n private pages at BASE, all lost. */
static struct space *space_with_lost(u32 n)
{
	struct space *s = swap_space(SLOTS);

	map_out(s, BASE, n, FIXED_PRIVATE);
	lose_area(s);
	return s;
}

START_TEST(test_swapoff)
{
	struct space *s = swap_space(SLOTS);

	map_out(s, BASE, 20, FIXED_PRIVATE);
	s->m->k->sysctl[SYSCTL_PAGE_CLUSTER] = 0;
	touch_r(s, BASE, 2);
	lose_area(s);
	/* Those that were read before are here. */
	assert_filled(s, BASE, 2);
	ck_assert_int_eq(s->mm->rss_stat[MM_SWAPENTS], 0);
	for (u32 i = 2; i < 20; i++) {
		ck_assert(is_lost(s, BASE + PAGES(i)) && !is_out(s, BASE + PAGES(i)));
		ck_assert_int_eq(load(s, BASE + PAGES(i)), -EIO);
		ck_assert_int_eq(s->task->fault.branch, FB_POISONED);
		ck_assert_int_eq(store(s, BASE + PAGES(i), 1), -EIO);
		ck_assert(is_lost(s, BASE + PAGES(i)));
	}
	/* A device that works again does not bring them back. */
	s->file[SWAP].broken = false;
	ck_assert_int_eq(space_swapon(s, SWAP, -1), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(8)), -EIO);
	page_out(s, BASE, 20);
	ck_assert(is_out(s, BASE) && is_lost(s, BASE + PAGES(8)));
	test_check(s->m);
	ck_assert_int_eq(space_swapoff(s, SWAP), 0);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(20)), 0);
	space_free(s);
}
END_TEST

/* Only what cannot be read is lost. */
START_TEST(test_half_an_area)
{
	struct space *s = swap_space(SLOTS);

	map_out(s, BASE, 20, FIXED_PRIVATE);
	disk_truncate(s, SWAP, PAGES(11));
	ck_assert_int_eq(space_swapoff(s, SWAP), 0);
	test_check(s->m);
	assert_filled(s, BASE, 10);
	for (u32 i = 10; i < 20; i++)
		ck_assert_int_eq(load(s, BASE + PAGES(i)), -EIO);
	space_free(s);
}
END_TEST

/* All who held the slot lose the page, and who is made afterwards. */
START_TEST(test_fork)
{
	struct space *s = swap_space(SLOTS);
	struct task_struct *parent = s->task, *child, *late;

	map_out(s, BASE, 4, FIXED_PRIVATE);
	s->m->k->sysctl[SYSCTL_PAGE_CLUSTER] = 0;
	child = space_fork(s);
	ck_assert_int_eq(store(s, BASE, 9), 0);
	lose_area(s);
	late = space_fork(s);
	test_check(s->m);
	ck_assert_int_eq(load(s, BASE), 9);
	ck_assert_int_eq(load(s, BASE + PAGES(3)), -EIO);
	space_run(s, child);
	ck_assert_int_eq(load(s, BASE + PAGES(3)), -EIO);
	ck_assert_int_eq(sys_madvise(child, BASE, PAGES(4), MADV_DONTNEED), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(3)), 0);
	space_run(s, late);
	ck_assert_int_eq(load(s, BASE), 9);
	ck_assert_int_eq(load(s, BASE + PAGES(3)), -EIO);
	ck_assert_int_eq(KGET(late->mm)->rss_stat[MM_SWAPENTS], 0);
	space_run(s, parent);
	do_exit(late, 0);
	do_exit(child, 0);
	space_free(s);
}
END_TEST

/* The marker stays where it is, moves, or goes. */
START_TEST(test_calls)
{
	struct space *s = space_with_lost(8);
	u32 to = BASE + PAGES(100);
	u8 vec[1];

	ck_assert_int_eq(sys_mincore(s->task, BASE, PAGE_SIZE, vec), 0);
	ck_assert_uint_eq(vec[0], 0);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGES(8), PROT_NONE), 0);
	ck_assert_int_eq(load(s, BASE), -EACCES);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGES(8), PROT_RW), 0);
	ck_assert_int_eq(load(s, BASE), -EIO);
	ck_assert_int_eq(
		sys_mremap(s->task, BASE, PAGES(8), PAGES(8), MREMAP_MAYMOVE | MREMAP_FIXED, to),
		to);
	ck_assert(is_lost(s, to) && is_lost(s, to + PAGES(7)));
	test_check(s->m);
	ck_assert_int_eq(sys_madvise(s->task, to, PAGES(8), MADV_WILLNEED), 0);
	ck_assert_int_eq(sys_madvise(s->task, to, PAGES(8), MADV_COLD), 0);
	ck_assert_int_eq(sys_madvise(s->task, to, PAGES(8), MADV_PAGEOUT), 0);
	ck_assert_int_eq(sys_madvise(s->task, to, PAGES(8), MADV_POPULATE_READ), -EHWPOISON);
	ck_assert_int_eq(sys_madvise(s->task, to, PAGES(8), MADV_POPULATE_WRITE), -EHWPOISON);
	ck_assert_int_eq(sys_mlock(s->task, to, PAGES(8), 0), -ENOMEM);
	ck_assert_int_eq(sys_munlock(s->task, to, PAGES(8)), 0);
	ck_assert(is_lost(s, to) && is_lost(s, to + PAGES(7)));
	ck_assert_int_eq(sys_madvise(s->task, to, PAGE_SIZE, MADV_FREE), 0);
	ck_assert_int_eq(load(s, to), 0);
	ck_assert_int_eq(sys_madvise(s->task, to + PAGES(1), PAGE_SIZE, MADV_DONTNEED), 0);
	ck_assert_int_eq(load(s, to + PAGES(1)), 0);
	ck_assert_int_eq(do_munmap(s->mm, to + PAGES(2), PAGES(3)), 0);
	test_check(s->m);
	do_exit(space_fork(s), 0);
	space_free(s);
}
END_TEST

/* The kernel's own hands find nothing there, either. */
START_TEST(test_accesses)
{
	struct space *s = space_with_lost(2);
	u8 buf[PAGE_SIZE];

	ck_assert_int_eq(access_remote_vm(s->m, s->mm, BASE, buf, 1, false), -EIO);
	ck_assert_int_eq(access_remote_vm(s->m, s->mm, BASE, buf, 1, true), -EIO);
	ck_assert_int_lt(get_dump_page(find_vma(s->mm, BASE), BASE, buf), 1);
	space_free(s);
}
END_TEST

/* A copy of a file's page: the file does not bring it back while it is mapped there. */
START_TEST(test_private_copy)
{
	struct space *s = swap_space(SLOTS);
	u8 vec[1];

	disk_make(s, 1, PAGES(2), "ab");
	ck_assert_int_eq(
		map_file(s, 1, FMODE_READ, BASE, PAGES(2), PROT_RW, MAP_PRIVATE | MAP_FIXED, 0),
		BASE);
	ck_assert_int_eq(store(s, BASE, 'x'), 0);
	page_out(s, BASE, 1);
	lose_area(s);
	ck_assert_int_eq(load(s, BASE), -EIO);
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 'b');
	/* mincore looks through the marker. */
	ck_assert_int_eq(sys_mincore(s->task, BASE, PAGE_SIZE, vec), 0);
	ck_assert_uint_eq(vec[0], !!find_page(&s->file[1].inode->i_data, 0));
	/* A hole in the file leaves private copies, and what stands for them. */
	punch_hole(s->file[1].inode, 0, 2);
	ck_assert_int_eq(load(s, BASE), -EIO);
	disk_truncate(s, 1, PAGES(1));
	ck_assert_int_eq(load(s, BASE), -EIO);
	disk_truncate(s, 1, 0);
	ck_assert(pte_none(entry(s, BASE)));
	disk_truncate(s, 1, PAGES(1));
	ck_assert_int_eq(load(s, BASE), 0);
	space_free(s);
}
END_TEST

/* ---- shared memory ---- */

static struct address_space *mapping_at(struct space *s, u32 addr)
{
	return &file_inode(KGET(find_vma(s->mm, addr)->vm_file))->i_data;
}

START_TEST(test_shmem_swapoff)
{
	struct space *s = swap_space(SLOTS);
	struct task_struct *child;
	u8 buf[PAGE_SIZE];

	map_out(s, BASE, 4, FIXED_SHARED);
	ck_assert_uint_eq(shmem_swapped(mapping_at(s, BASE), 0, 4), 4);
	lose_area(s);
	ck_assert_uint_eq(shmem_swapped(mapping_at(s, BASE), 0, 4), 0);
	ck_assert_int_eq(load(s, BASE), -EIO);
	ck_assert_int_eq(s->task->fault.branch, FB_IO_ERROR);
	ck_assert_int_eq(store(s, BASE, 1), -EIO);
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(4), MADV_POPULATE_READ), -EFAULT);
	ck_assert_int_lt(get_dump_page(find_vma(s->mm, BASE), BASE, buf), 1);
	child = space_fork(s);
	space_run(s, child);
	ck_assert_int_eq(load(s, BASE), -EIO);
	/* It is the object that lost it: only a hole in it helps. */
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(4), MADV_WILLNEED), 0);
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(4), MADV_DONTNEED), 0);
	ck_assert_int_eq(load(s, BASE), -EIO);
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(1), MADV_REMOVE), 0);
	ck_assert_int_eq(load(s, BASE), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(1)), -EIO);
	test_check(s->m);
	space_free(s);
}
END_TEST

/* today: a page of shared memory is lost when the first who needs it finds it unreadable. */
START_TEST(test_shmem_fault)
{
	struct space *s = swap_space(SLOTS);
	u8 vec[2];

	map_out(s, BASE, 4, FIXED_SHARED);
	s->file[SWAP].broken = true;
	/* Advice does not lose it. */
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(4), MADV_WILLNEED), 0);
	ck_assert_uint_eq(slots_used(s), 4);
	ck_assert_int_eq(load(s, BASE), -EIO);
	ck_assert_uint_eq(slots_used(s), 3);
	test_check(s->m);
	s->file[SWAP].broken = false;
	ck_assert_int_eq(load(s, BASE), -EIO);
	/* Where it can be read, it is in the swap cache: in core, and no major fault any more. */
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(2), MADV_WILLNEED), 0);
	ck_assert_int_eq(sys_mincore(s->task, BASE, PAGES(2), vec), 0);
	ck_assert_uint_eq(vec[0], 0);
	ck_assert_uint_eq(vec[1], 1);
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 2);
	ck_assert(!s->task->fault.major);
	ck_assert_int_eq(load(s, BASE + PAGES(3)), 4);
	test_check(s->m);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(4)), 0);
	ck_assert_uint_eq(slots_used(s), 0);
	space_free(s);
}
END_TEST

/* What would happen is what happens. */
START_TEST(test_explained)
{
	struct space *s = swap_space(SLOTS);
	struct page_fault fault = { BASE, PF_U | PF_W };
	struct fault_trail trail;
	struct fault_plan plan;

	map_out(s, BASE, 1, FIXED_PRIVATE);
	map_out(s, BASE + PAGES(1), 1, FIXED_SHARED);
	lose_area(s);
	decide_fault(s->m, s->task, &fault, FAULT_USER, &plan, &trail);
	ck_assert_int_eq(plan.branch, FB_POISONED);
	ck_assert_int_eq(plan.error, -EIO);
	fault.address += PAGE_SIZE;
	decide_fault(s->m, s->task, &fault, FAULT_USER, &plan, &trail);
	ck_assert_int_eq(plan.branch, FB_IO_ERROR);
	ck_assert_int_eq(plan.error, -EIO);
	space_free(s);
}
END_TEST

/* The checker knows a marker, and only the one that there is. */
START_TEST(test_check_sees)
{
	struct space *s = space_with_lost(1);
	void *ptep = pte_lookup(s->mm, BASE);
	pte_t e = entry(s, BASE);

	pte_put(s->m->paging, ptep, (pte_t){ e.v ^ 1u << SWP_PTE_OFFSET_SHIFT });
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	pte_put(s->m->paging, ptep, (pte_t){ e.v | SWP_PTE_EXCLUSIVE });
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	pte_put(s->m->paging, ptep, e);
	space_free(s);
}
END_TEST

TEST_MAIN("poisoned", test_swapoff, test_half_an_area, test_fork, test_calls, test_accesses,
	  test_private_copy, test_shmem_swapoff, test_shmem_fault, test_explained, test_check_sees)

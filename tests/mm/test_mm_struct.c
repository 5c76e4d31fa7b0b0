/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory descriptors: users and counts, what fork copies of one and what it does not, sums and
 * high-water marks, and that the end gives everything back.
 */
#include "mm/page_alloc.h"
#include "space.h"

START_TEST(test_counts)
{
	struct space *s = space_new(128);
	u32 used = test_used_frames(s->m);
	struct mm_struct *mm = mm_alloc(s->m);

	ck_assert_int_eq(mm->mm_users, 1);
	ck_assert_int_eq(mm->mm_count, 1);
	mm->mm_users++;
	mm->mm_count++;
	mmput(mm);
	ck_assert_int_eq(mm->mm_users, 1);
	ck_assert_int_eq(mm->mm_count, 2);
	mmput(mm); /* a borrower is left: only the regions go */
	ck_assert_int_eq(mm->mm_users, 0);
	ck_assert_int_eq(mm->mm_count, 1);
	ck_assert_uint_eq(test_used_frames(s->m), used + (test_pae() ? 5 : 1));
	mmdrop(mm);
	ck_assert_uint_eq(test_used_frames(s->m), used);
	space_free(s);
}
END_TEST

/* The last count goes while a processor has the tables loaded: it takes the kernel's. */
START_TEST(test_loaded_tables)
{
	struct space *s = space_new(128);
	struct mm_struct *mm = mm_alloc(s->m), *before = KGET(s->m->k->active_mm[0]);

	switch_mm(s->m, 0, mm);
	mmput(mm);
	ck_assert_ptr_eq(KGET(s->m->k->active_mm[0]), &s->m->k->init_mm);
	ck_assert_uint_eq(s->m->cpu[0].cr3, s->m->k->init_mm.pgd - PAGE_OFFSET);
	switch_mm(s->m, 0, before);
	space_free(s);
}
END_TEST

START_TEST(test_sums)
{
	struct space *s = space_new(256);
	struct mm_struct *mm = s->mm;

	map_pages(s, BASE, 3, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(3), 5, PROT_RX, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(8), 7, PROT_RW, FIXED_SHARED);
	map_pages(s, BASE + PAGES(400), 2, PROT_RW, GROWSDOWN);
	map_pages(s, BASE + PAGES(500), 4, PROT_READ, FIXED_PRIVATE | MAP_LOCKED);
	ck_assert_uint_eq(mm->total_vm, 21);
	ck_assert_uint_eq(mm->data_vm, 3);
	ck_assert_uint_eq(mm->exec_vm, 5);
	ck_assert_uint_eq(mm->stack_vm, 2);
	ck_assert_uint_eq(mm->locked_vm, 4);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGES(4), PROT_RWX), 0);
	ck_assert_uint_eq(mm->data_vm, 4);
	ck_assert_uint_eq(mm->exec_vm, 4);
	touch_w(s, BASE, 4);
	ck_assert_int_eq(do_munmap(mm, 0, TASK_SIZE), 0);
	ck_assert_uint_eq(mm->total_vm + mm->data_vm + mm->exec_vm, 0);
	ck_assert_uint_eq(mm->stack_vm + mm->locked_vm, 0);
	ck_assert_uint_eq(get_mm_rss(mm), 0);
	ck_assert_uint_ge(mm->hiwater_vm, 21);
	ck_assert_uint_ge(mm->hiwater_rss, 4);
	space_free(s);
}
END_TEST

/* ---- fork ---- */

START_TEST(test_fork_inherits)
{
	struct space *s = space_new(256);
	const struct vm_area_struct *vma;

	s->mm->start_brk = 0x5000000;
	s->mm->brk = 0x5000000;
	ck_assert_uint_eq(sys_brk(s->task, 0x5000100), 0x5000100);
	s->mm->start_stack = 0xbffff000;
	s->mm->saved_auxv[3] = 33;
	s->mm->def_flags = VM_LOCKED;
	s->mm->read_implies_exec = true;
	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE | MAP_LOCKED);
	map_pages(s, BASE + PAGES(400), 2, PROT_RW, GROWSDOWN);
	find_vma(s->mm, BASE)->vm_flags |= VM_RAND_READ | VM_DONTDUMP;
	space_run(s, space_fork(s));
	ck_assert_uint_eq(s->mm->brk, 0x5000100);
	ck_assert_uint_eq(s->mm->start_stack, 0xbffff000);
	ck_assert_uint_eq(s->mm->saved_auxv[3], 33);
	ck_assert(s->mm->read_implies_exec);
	ck_assert_uint_eq(s->mm->locked_vm, 0); /* locks are not inherited */
	ck_assert_uint_eq(s->mm->def_flags, 0);
	vma = find_vma(s->mm, BASE);
	ck_assert_uint_eq(vma->vm_flags & (VM_LOCKED | VM_RAND_READ | VM_DONTDUMP),
			  VM_RAND_READ | VM_DONTDUMP);
	ck_assert(find_vma(s->mm, BASE + PAGES(400))->vm_flags & VM_GROWSDOWN);
	ck_assert_uint_eq(s->mm->total_vm, 5);
	space_free(s);
}
END_TEST

START_TEST(test_fork_leaves_out)
{
	struct space *s = space_new(256);

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(2), 1, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(4), 1, PROT_RW, FIXED_PRIVATE);
	for (u32 i = 0; i < 5; i += 2)
		ck_assert_int_eq(store(s, BASE + PAGES(i), 7), 0);
	find_vma(s->mm, BASE)->vm_flags |= VM_DONTCOPY;
	find_vma(s->mm, BASE + PAGES(2))->vm_flags |= VM_WIPEONFORK;
	space_run(s, space_fork(s));
	assert_regions(s, BASE, "  w w");
	ck_assert_int_eq(load(s, BASE), -EFAULT);
	ck_assert_int_eq(load(s, BASE + PAGES(2)), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(4)), 7);
	space_free(s);
}
END_TEST

START_TEST(test_fork_promises)
{
	struct space *s = space_new(256);
	u32 before = s->m->k->total_committed;
	struct task_struct *child;

	map_pages(s, BASE, 8, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(8), 8, PROT_RW, FIXED_SHARED);
	ck_assert_uint_eq(s->m->k->total_committed, before + 16);
	child = space_fork(s);
	ck_assert_uint_eq(s->m->k->total_committed, before + 24);
	do_exit(child, 0);
	ck_assert_uint_eq(s->m->k->total_committed, before + 16);
	s->m->k->sysctl[SYSCTL_OVERCOMMIT_MEMORY] = OVERCOMMIT_NEVER;
	s->m->k->sysctl[SYSCTL_OVERCOMMIT_RATIO] = 0;
	ck_assert_int_eq(do_fork(s->task, 0, &child), -ENOMEM);
	ck_assert_uint_eq(s->m->k->total_committed, before + 16);
	space_free(s);
}
END_TEST

/* Everything an address space can hold, and nothing of it left. */
START_TEST(test_exit_gives_back)
{
	struct space *s = space_new(512);
	struct task_struct *parent = s->task, *child;
	u32 used = 0, committed = s->m->k->total_committed;

	disk_make(s, 0, PAGES(4), "abcd");
	for (u32 i = 0; i < 2; i++) {
		child = space_fork(s);
		space_run(s, child);
		map_pages(s, BASE, 8, PROT_RW, FIXED_PRIVATE);
		map_pages(s, 0x80000000, 8, PROT_RW, FIXED_SHARED);
		map_pages(s, 0xa0000000, 2, PROT_RW, GROWSDOWN);
		map_file(s, 0, FMODE_READ, BASE + PAGES(100), PAGES(4), PROT_RW,
			 MAP_PRIVATE | MAP_FIXED, 0);
		touch_w(s, BASE, 8);
		touch_w(s, 0x80000000, 8);
		ck_assert_int_eq(store(s, 0xa0000000 - PAGES(3), 1), 0);
		touch_r(s, BASE + PAGES(100), 4);
		touch_w(s, BASE + PAGES(101), 1);
		space_run(s, parent);
		do_exit(child, 0);
		if (i)
			ck_assert_uint_eq(test_used_frames(s->m), used);
		used = test_used_frames(s->m); /* the file stays in the page cache */
	}
	ck_assert_uint_eq(s->m->k->total_committed, committed);
	ck_assert_int_eq(s->m->k->vm_stat[NR_SHMEM], 0);
	space_free(s);
}
END_TEST

TEST_MAIN("mm_struct", test_counts, test_loaded_tables, test_sums, test_fork_inherits,
	  test_fork_leaves_out, test_fork_promises, test_exit_gives_back)

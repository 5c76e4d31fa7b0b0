/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CR3 and TLB flushes: only processors that have the tables loaded are told, small ranges page
 * by page, and no stale entry is left after any change of the tables.
 */
#include "space.h"

static struct tlb *tlb(struct space *s)
{
	return &s->m->cpu[0].tlb;
}

static bool in_tlb(struct space *s, u32 addr)
{
	bool large;

	return tlb_find(tlb(s), s->m->paging, addr, &large);
}

START_TEST(test_flush_page)
{
	struct space *s = space_new(128);
	u64 invlpgs, flushes;

	map_pages(s, BASE, 3, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 3);
	invlpgs = tlb(s)->invlpgs;
	flushes = tlb(s)->flushes;
	flush_tlb_page(s->mm, BASE + PAGES(1));
	ck_assert(in_tlb(s, BASE) && !in_tlb(s, BASE + PAGES(1)) && in_tlb(s, BASE + PAGES(2)));
	ck_assert_uint_eq(tlb(s)->invlpgs, invlpgs + 1);
	flush_tlb_mm(s->mm);
	ck_assert(!in_tlb(s, BASE) && !in_tlb(s, BASE + PAGES(2)));
	ck_assert_uint_eq(tlb(s)->flushes, flushes + 1);
	space_free(s);
}
END_TEST

START_TEST(test_flush_range)
{
	struct space *s = space_new(128);
	u64 invlpgs = tlb(s)->invlpgs, flushes = tlb(s)->flushes;

	flush_tlb_range(s->mm, BASE, BASE + PAGES(33));
	ck_assert_uint_eq(tlb(s)->invlpgs, invlpgs + 33);
	ck_assert_uint_eq(tlb(s)->flushes, flushes);
	flush_tlb_range(s->mm, BASE, BASE + PAGES(34));
	ck_assert_uint_eq(tlb(s)->invlpgs, invlpgs + 33);
	ck_assert_uint_eq(tlb(s)->flushes, flushes + 1);
	space_free(s);
}
END_TEST

/* Somebody else's tables are loaded: nothing to flush. */
START_TEST(test_other_mm)
{
	struct space *s = space_new(128);
	struct task_struct *child = space_fork(s);
	u64 invlpgs = tlb(s)->invlpgs, flushes = tlb(s)->flushes;

	flush_tlb_page(KGET(child->mm), BASE);
	flush_tlb_mm(KGET(child->mm));
	ck_assert_uint_eq(tlb(s)->invlpgs, invlpgs);
	ck_assert_uint_eq(tlb(s)->flushes, flushes);
	space_free(s);
}
END_TEST

START_TEST(test_switch)
{
	struct space *s = space_new(128);
	struct task_struct *parent = s->task, *child;
	struct mm_struct *mm = s->mm;
	u64 flushes;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, BASE, 7), 0);
	child = space_fork(s);
	space_run(s, child);
	ck_assert(!in_tlb(s, BASE));
	ck_assert_uint_eq(s->m->cpu[0].cr3, s->mm->pgd - PAGE_OFFSET);
	ck_assert_uint_eq(mm->cpu_vm_mask, 0);
	ck_assert_uint_eq(s->mm->cpu_vm_mask, 1);
	flushes = tlb(s)->flushes;
	switch_mm(s->m, 0, s->mm);
	ck_assert_uint_eq(tlb(s)->flushes, flushes);
	ck_assert_int_eq(load(s, BASE), 7);
	ck_assert_int_eq(store(s, BASE, 8), 0);
	space_run(s, parent);
	ck_assert_int_eq(load(s, BASE), 7);
	space_free(s);
}
END_TEST

/* After each change of tables the check looks for TLB entries that say more than they. */
START_TEST(test_no_stale_entries)
{
	struct space *s = space_new(256);

	map_pages(s, BASE, 40, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 40);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGES(40), PROT_READ), 0);
	test_check(s->m);
	ck_assert_int_eq(store(s, BASE + PAGES(39), 1), -EACCES);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGES(40), PROT_RW), 0);
	touch_w(s, BASE, 40);
	space_fork(s);
	test_check(s->m);
	touch_r(s, BASE, 40);
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(20), PAGES(3)), 0);
	test_check(s->m);
	ck_assert_int_eq(load(s, BASE + PAGES(21)), -EFAULT);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(40)), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(39)), -EFAULT);
	space_free(s);
}
END_TEST

/* And it would see one. */
START_TEST(test_check_sees_stale_entry)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 1);
	set_pte(s->mm, pte_lookup(s->mm, BASE), (pte_t){ entry(s, BASE).v & ~PG_RW });
	ck_assert_uint_eq(test_check_quiet(s->m), 1);
	flush_tlb_page(s->mm, BASE);
	space_free(s);
}
END_TEST

/* ---- several CPUs ---- */

/* The parent on CPU 0 and one that shares its mm on CPU 1; each has page BASE in its TLB. */
static struct space *two_cpus(struct task_struct **ret_other)
{
	struct space *s = space_new_cpus(256, 2);

	map_pages(s, BASE, 40, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 3);
	ck_assert_int_eq(do_fork(s->task, CLONE_VM, ret_other), 0);
	ck_assert_uint_eq((*ret_other)->cpu, 1);
	run_task(s->m, *ret_other);
	touch_w(s, BASE, 3);
	run_task(s->m, s->task);
	ck_assert_uint_eq(s->mm->cpu_vm_mask, 3);
	return s;
}

static bool in_tlb_of(struct space *s, unsigned cpu, u32 addr)
{
	bool large;

	return tlb_find(&s->m->cpu[cpu].tlb, s->m->paging, addr, &large);
}

static u64 event(struct space *s, enum vm_event e)
{
	return s->m->k->vm_event[e];
}

START_TEST(test_shootdown)
{
	struct task_struct *other;
	struct space *s = two_cpus(&other);
	u64 local = event(s, NR_TLB_LOCAL_FLUSH_ONE);

	ck_assert_uint_eq(event(s, NR_TLB_REMOTE_FLUSH), 0);
	flush_tlb_page(s->mm, BASE + PAGES(1));
	for (unsigned cpu = 0; cpu < 2; cpu++)
		ck_assert(in_tlb_of(s, cpu, BASE) && !in_tlb_of(s, cpu, BASE + PAGES(1)));
	ck_assert_uint_eq(event(s, NR_TLB_LOCAL_FLUSH_ONE), local + 1);
	ck_assert_uint_eq(event(s, NR_TLB_REMOTE_FLUSH), 1);
	ck_assert_uint_eq(event(s, NR_TLB_REMOTE_FLUSH_RECEIVED), 1);
	flush_tlb_mm(s->mm);
	ck_assert_uint_eq(event(s, NR_TLB_LOCAL_FLUSH_ALL), 1);
	ck_assert_uint_eq(event(s, NR_TLB_REMOTE_FLUSH), 2);
	ck_assert(!in_tlb_of(s, 0, BASE) && !in_tlb_of(s, 1, BASE));
	space_free(s);
}
END_TEST

/* A CPU that runs somebody else now is not told, and needs not be. */
START_TEST(test_mask)
{
	struct task_struct *other, *third;
	struct space *s = two_cpus(&other);

	ck_assert_int_eq(do_fork(s->task, 0, &third), 0);
	schedule_task(s->m, 1, third);
	ck_assert_uint_eq(s->mm->cpu_vm_mask, 1);
	ck_assert_uint_eq(KGET(third->mm)->cpu_vm_mask, 2);
	run_task(s->m, s->task);
	s->m->k->vm_event[NR_TLB_REMOTE_FLUSH] = 0;
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(40)), 0);
	ck_assert_uint_eq(event(s, NR_TLB_REMOTE_FLUSH), 0);
	test_check(s->m);
	run_task(s->m, other);
	ck_assert_int_eq(load(s, BASE), -EFAULT);
	space_free(s);
}
END_TEST

/* Every change of the tables on one CPU, looked at from the other. */
START_TEST(test_no_stale_entries_elsewhere)
{
	struct task_struct *other, *child;
	struct space *s = two_cpus(&other);

	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGES(3), PROT_READ), 0);
	test_check(s->m);
	run_task(s->m, other);
	ck_assert_int_eq(store(s, BASE, 1), -EACCES);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGES(40), PROT_RW), 0);
	touch_w(s, BASE, 3);
	test_check(s->m);
	run_task(s->m, s->task);
	touch_w(s, BASE, 3);
	ck_assert_int_eq(do_fork(s->task, 0, &child), 0); /* both CPUs lose their right to write */
	test_check(s->m);
	ck_assert_int_eq(store(s, BASE, 7), 0); /* a copy: both forget the old frame */
	test_check(s->m);
	run_task(s->m, other);
	ck_assert_int_eq(load(s, BASE), 7);
	clear_refs(s->mm, CLEAR_REFS_ALL);
	test_check(s->m);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(2)), 0);
	test_check(s->m);
	run_task(s->m, s->task);
	ck_assert_int_eq(load(s, BASE), -EFAULT);
	space_free(s);
}
END_TEST

/* On borrowed tables: one interrupt, then no more; and nothing old when it is back. */
START_TEST(test_lazy)
{
	struct task_struct *other, *thread;
	struct space *s = two_cpus(&other);

	ck_assert_int_eq(kernel_thread(s->m, "lazy", 0, 0, &thread), 0);
	schedule_task(s->m, 1, thread);
	run_task(s->m, s->task);
	ck_assert(cpu_is_lazy(s->m, 1) && !cpu_is_lazy(s->m, 0));
	ck_assert_uint_eq(s->mm->cpu_vm_mask, 3);
	ck_assert(in_tlb_of(s, 1, BASE)); /* nothing was loaded, nothing flushed */
	flush_tlb_page(s->mm, BASE + PAGES(1));
	ck_assert_uint_eq(event(s, NR_TLB_REMOTE_FLUSH_RECEIVED), 1);
	ck_assert_uint_eq(s->mm->cpu_vm_mask, 1);
	ck_assert_uint_eq(s->m->cpu[1].cr3, s->m->k->init_mm.pgd - PAGE_OFFSET);
	ck_assert_ptr_eq(KGET(s->m->k->active_mm[1]), s->mm);
	ck_assert(!in_tlb_of(s, 1, BASE));
	test_check(s->m);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(1)), 0);
	ck_assert_uint_eq(event(s, NR_TLB_REMOTE_FLUSH_RECEIVED), 1);
	run_task(s->m, other);
	ck_assert_uint_eq(s->mm->cpu_vm_mask, 3);
	ck_assert_uint_eq(s->m->cpu[1].cr3, s->mm->pgd - PAGE_OFFSET);
	ck_assert_int_eq(load(s, BASE), -EFAULT);
	space_free(s);
}
END_TEST

/* The process goes while a CPU has left its tables: the borrower keeps the directory. */
START_TEST(test_lazy_outlives)
{
	struct space *s = space_new_cpus(256, 2);
	struct task_struct *child, *thread;
	struct mm_struct *mm;

	ck_assert_int_eq(do_fork(s->task, 0, &child), 0);
	mm = KGET(child->mm);
	schedule_task(s->m, 1, child);
	ck_assert_int_eq(kernel_thread(s->m, "lazy", 0, 0, &thread), 0);
	schedule_task(s->m, 1, thread);
	flush_tlb_mm(mm);
	do_exit(child, 0);
	ck_assert_ptr_eq(KGET(s->m->k->active_mm[1]), mm);
	ck_assert_int_eq(mm->mm_count, 1);
	test_check(s->m);
	schedule_task(s->m, 0, thread); /* CPU 1 is idle, on the kernel's own */
	ck_assert_ptr_eq(KGET(s->m->k->active_mm[1]), &s->m->k->init_mm);
	test_check(s->m);
	run_task(s->m, s->task);
	space_free(s);
}
END_TEST

/* Kernel addresses are every CPU's. */
START_TEST(test_kernel_range)
{
	struct task_struct *other;
	struct space *s = two_cpus(&other);
	u64 invlpgs = s->m->cpu[1].tlb.invlpgs, flushes = s->m->cpu[1].tlb.flushes;

	flush_tlb_kernel_range(s->m, 0xf8800000, 0xf8802000);
	ck_assert_uint_eq(s->m->cpu[1].tlb.invlpgs, invlpgs + 2);
	ck_assert_uint_eq(event(s, NR_TLB_REMOTE_FLUSH_RECEIVED), 1);
	flush_tlb_kernel_range(s->m, 0xf8800000, 0xf8900000);
	ck_assert_uint_eq(s->m->cpu[1].tlb.flushes, flushes + 1);
	space_free(s);
}
END_TEST

/* What the check would see on a CPU that was not told, and of masks that do not hold. */
START_TEST(test_check_sees_other_cpus)
{
	struct task_struct *other;
	struct space *s = two_cpus(&other);

	s->mm->cpu_vm_mask = 1; /* as if CPU 1 were not told */
	set_pte(s->mm, pte_lookup(s->mm, BASE), (pte_t){ entry(s, BASE).v & ~PG_RW });
	flush_tlb_page(s->mm, BASE);
	s->mm->cpu_vm_mask = 3;
	ck_assert_uint_eq(test_check_quiet(s->m), 1);
	flush_tlb_page(s->mm, BASE);
	test_check(s->m);
	set_pte(s->mm, pte_lookup(s->mm, BASE + PAGES(1)),
		(pte_t){ entry(s, BASE + PAGES(1)).v & ~PG_D });
	ck_assert_uint_eq(test_check_quiet(s->m), 2); /* on both a store would not set D */
	flush_tlb_mm(s->mm);
	s->mm->cpu_vm_mask = 7;
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	s->mm->cpu_vm_mask = 1;
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	s->mm->cpu_vm_mask = 3;
	space_free(s);
}
END_TEST

TEST_MAIN("mmu_context", test_flush_page, test_flush_range, test_other_mm, test_switch,
	  test_no_stale_entries, test_check_sees_stale_entry, test_shootdown, test_mask,
	  test_no_stale_entries_elsewhere, test_lazy, test_lazy_outlives, test_kernel_range,
	  test_check_sees_other_cpus)

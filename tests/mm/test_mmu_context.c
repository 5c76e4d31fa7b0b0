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

TEST_MAIN("mmu_context", test_flush_page, test_flush_range, test_other_mm, test_switch,
	  test_no_stale_entries, test_check_sees_stale_entry)

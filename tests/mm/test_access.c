/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory operands: ranges page by page, words as a whole or not at all, touch, push and pop,
 * and copies without a processor.
 */
#include "mm/page_alloc.h"
#include "space.h"

#define BY_MEM (FAULT_USER | FAULT_NO_ESP)

static int range(struct space *s, u32 addr, void *buf, u32 len, enum access access, u32 *done)
{
	return access_process_vm(s->m, s->task, addr, buf, len, access, BY_MEM, done);
}

static int word(struct space *s, u32 addr, u32 *value, unsigned bytes, enum access access)
{
	return access_word(s->m, s->task, addr, value, bytes, access, BY_MEM);
}

/* ---- ranges ---- */

START_TEST(test_range)
{
	struct space *s = space_new(128);
	u8 out[PAGES(3)], in[PAGES(3)];
	u32 done;

	for (u32 i = 0; i < sizeof(out); i++)
		out[i] = (u8)(i * 7 + (i >> 8));
	map_pages(s, BASE, 5, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(range(s, BASE + 100, out, sizeof(out), ACCESS_WRITE, &done), 0);
	ck_assert_uint_eq(done, sizeof(out));
	assert_pages(s, BASE, "wwww ");
	ck_assert_int_eq(range(s, BASE + 100, in, sizeof(in), ACCESS_READ, &done), 0);
	ck_assert_mem_eq(in, out, sizeof(in));
	ck_assert_int_eq(load(s, BASE + 99), 0);
	ck_assert_int_eq(load(s, BASE + 100 + PAGES(3)), 0);
	ck_assert_mem_eq((u8 *)page_address(frame(s, BASE)) + 100, out, PAGE_SIZE - 100);
	ck_assert_int_eq(range(s, BASE, in, 0, ACCESS_READ, &done), 0);
	space_free(s);
}
END_TEST

/* A bad page ends it: the bytes before are done. */
START_TEST(test_range_stops)
{
	struct space *s = space_new(128);
	u8 buf[PAGES(3)];
	u32 done;

	memset(buf, 'x', sizeof(buf));
	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(range(s, BASE + 10, buf, PAGES(2), ACCESS_WRITE, &done), -EFAULT);
	ck_assert_uint_eq(done, PAGES(2) - 10);
	ck_assert_int_eq(load(s, BASE + PAGES(2) - 1), 'x');
	ck_assert_int_eq(range(s, BASE - 1, buf, 2, ACCESS_READ, &done), -EFAULT);
	ck_assert_uint_eq(done, 0);
	ck_assert_int_eq(sys_mprotect(s->task, BASE + PAGES(1), PAGE_SIZE, PROT_NONE), 0);
	ck_assert_int_eq(range(s, BASE, buf, PAGES(2), ACCESS_READ, &done), -EACCES);
	ck_assert_uint_eq(done, PAGE_SIZE);
	ck_assert_int_eq(range(s, 0xfffffff0, buf, 16, ACCESS_READ, &done), -EFAULT);
	space_free(s);
}
END_TEST

/* ---- words ---- */

START_TEST(test_word)
{
	struct space *s = space_new(128);
	u32 value = 0xa1b2c3d4;

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(word(s, BASE + 1, &value, 4, ACCESS_WRITE), 0);
	ck_assert_int_eq(load(s, BASE + 1), 0xd4);
	ck_assert_int_eq(load(s, BASE + 4), 0xa1);
	ck_assert_int_eq(word(s, BASE + 1, &value, 2, ACCESS_READ), 0);
	ck_assert_uint_eq(value, 0xc3d4);
	ck_assert_int_eq(word(s, BASE + 1, &value, 1, ACCESS_READ), 0);
	ck_assert_uint_eq(value, 0xd4);
	for (u32 first = 1; first < 4; first++) {
		value = 0x11223344;
		ck_assert_int_eq(word(s, BASE + PAGES(1) - first, &value, 4, ACCESS_WRITE), 0);
		value = 0;
		ck_assert_int_eq(word(s, BASE + PAGES(1) - first, &value, 4, ACCESS_READ), 0);
		ck_assert_uint_eq(value, 0x11223344);
	}
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 0x11);
	space_free(s);
}
END_TEST

START_TEST(test_all_or_nothing)
{
	struct space *s = space_new(128);
	u32 value = 0x11111111;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(word(s, BASE + PAGE_SIZE - 4, &value, 4, ACCESS_WRITE), 0);
	value = 0x22222222;
	ck_assert_int_eq(word(s, BASE + PAGE_SIZE - 2, &value, 4, ACCESS_WRITE), -EFAULT);
	ck_assert_int_eq(word(s, BASE - 2, &value, 4, ACCESS_WRITE), -EFAULT);
	map_pages(s, BASE + PAGES(1), 1, PROT_READ, FIXED_PRIVATE);
	ck_assert_int_eq(word(s, BASE + PAGE_SIZE - 2, &value, 4, ACCESS_WRITE), -EACCES);
	ck_assert_int_eq(word(s, BASE + PAGE_SIZE - 4, &value, 4, ACCESS_READ), 0);
	ck_assert_uint_eq(value, 0x11111111);
	ck_assert_int_eq(word(s, 0xfffffffe, &value, 4, ACCESS_READ), -EFAULT);
	ck_assert_int_eq(word(s, TASK_SIZE - 2, &value, 4, ACCESS_READ), -EFAULT);
	space_free(s);
}
END_TEST

/* The second page's fault must not undo the first one's translation. */
START_TEST(test_word_over_two_faults)
{
	struct space *s = space_new(128);
	u32 value = 0x55667788;

	disk_make(s, 0, PAGES(2), "ab");
	map_file(s, 0, FMODE_READ, BASE, PAGES(2), PROT_RW, MAP_PRIVATE | MAP_FIXED, 0);
	ck_assert_int_eq(word(s, BASE + PAGES(1) - 1, &value, 4, ACCESS_WRITE), 0);
	assert_pages(s, BASE, "ww");
	ck_assert_int_eq(load(s, BASE + PAGES(1) - 2), 'a');
	ck_assert_int_eq(load(s, BASE + PAGES(1) - 1), 0x88);
	ck_assert_int_eq(load(s, BASE + PAGES(1) + 2), 0x55);
	ck_assert_int_eq(load(s, BASE + PAGES(1) + 3), 'b');
	space_free(s);
}
END_TEST

START_TEST(test_kernel_mode)
{
	struct space *s = space_new(128);
	u32 value = 7;

	map_pages(s, BASE, 1, PROT_READ, FIXED_PRIVATE);
	ck_assert_int_eq(access_word(s->m, s->task, BASE, &value, 4, ACCESS_READ, 0), 0);
	ck_assert_uint_eq(value, 0);
	/* CR0.WP holds for the kernel too: no exception table, so an oops. */
	ck_assert_int_eq(access_word(s->m, s->task, BASE, &value, 4, ACCESS_WRITE, 0), -EFAULT);
	ck_assert_uint_eq(s->task->fault.branch, FB_OOPS);
	/* The direct map: the kernel may, the user may not. */
	ck_assert_int_eq(access_word(s->m, s->task, PAGE_OFFSET, &value, 4, ACCESS_READ, 0), 0);
	ck_assert_int_eq(word(s, PAGE_OFFSET, &value, 4, ACCESS_READ), -EFAULT);
	space_free(s);
}
END_TEST

/* ---- touch ---- */

START_TEST(test_touch)
{
	struct space *s = space_new(128);
	u32 faults;

	s->task->regs.esp = 0;
	map_pages(s, BASE, 4, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, BASE + PAGES(1), 5), 0);
	ck_assert_int_eq(touch_range(s->m, s->task, BASE, PAGES(4), ACCESS_READ, &faults), 0);
	ck_assert_uint_eq(faults, 3);
	ck_assert_int_eq(touch_range(s->m, s->task, BASE + 4095, 2, ACCESS_WRITE, &faults), 0);
	ck_assert_uint_eq(faults, 1);
	ck_assert_int_eq(touch_range(s->m, s->task, BASE, PAGES(4), ACCESS_WRITE, &faults), 0);
	ck_assert_uint_eq(faults, 2);
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 5); /* what is there stays */
	ck_assert_int_eq(touch_range(s->m, s->task, BASE, PAGES(4), ACCESS_FETCH, &faults),
			 test_pae() ? -EACCES : 0);
	ck_assert_uint_eq(faults, 0);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(1)), 0);
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(3), PAGES(1)), 0);
	map_pages(s, BASE + PAGES(3), 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(
		touch_range(s->m, s->task, BASE + PAGES(2), PAGES(3), ACCESS_WRITE, &faults),
		-EFAULT);
	ck_assert_uint_eq(faults, 1);
	ck_assert_int_eq(touch_range(s->m, s->task, BASE, 0, ACCESS_READ, &faults), 0);
	ck_assert_int_eq(touch_range(s->m, s->task, 0xffffffff, 2, ACCESS_READ, &faults), -EFAULT);
	space_free(s);
}
END_TEST

/* ---- push and pop ---- */

START_TEST(test_push_pop)
{
	struct space *s = space_new(128);
	u32 value, top = BASE + PAGES(10);

	map_pages(s, top - PAGES(1), 1, PROT_RW, GROWSDOWN);
	s->task->regs.esp = top;
	for (u32 i = 0; i < 2000; i++)
		ck_assert_int_eq(push_word(s->m, s->task, i * 3), 0);
	ck_assert_uint_eq(s->task->regs.esp, top - 8000);
	assert_regions(s, top - PAGES(3), " ww");
	for (u32 i = 2000; i-- > 0;) {
		ck_assert_int_eq(pop_word(s->m, s->task, &value), 0);
		ck_assert_uint_eq(value, i * 3);
	}
	ck_assert_int_eq(pop_word(s->m, s->task, &value), -EFAULT);
	ck_assert_uint_eq(s->task->regs.esp, top); /* esp moves only when it worked */
	s->task->regs.esp = 0x1000;
	ck_assert_int_eq(push_word(s->m, s->task, 1), -EFAULT);
	ck_assert_uint_eq(s->task->regs.esp, 0x1000);
	space_free(s);
}
END_TEST

/* ---- without a processor ---- */

START_TEST(test_remote)
{
	struct space *s = space_new(128);
	struct task_struct *child;
	struct mm_struct *mm;
	char buf[] = "across the page end";

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(2), 1, PROT_READ, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(3), 1, PROT_NONE, FIXED_PRIVATE);
	touch_w(s, BASE, 2);
	child = space_fork(s);
	mm = KGET(child->mm);
	ck_assert_int_eq(access_remote_vm(s->m, mm, BASE + PAGES(1) - 7, buf, sizeof(buf), true),
			 0);
	ck_assert_int_eq(load(s, BASE + PAGES(1) - 7), 0); /* a copy was made */
	memset(buf, 0, sizeof(buf));
	ck_assert_int_eq(access_remote_vm(s->m, mm, BASE + PAGES(1) - 7, buf, sizeof(buf), false),
			 0);
	ck_assert_str_eq(buf, "across the page end");
	ck_assert_int_eq(access_remote_vm(s->m, mm, BASE - 1, buf, 2, false), -EFAULT);
	ck_assert_int_eq(access_remote_vm(s->m, mm, BASE + PAGES(2), buf, 1, true), -EACCES);
	ck_assert_int_eq(access_remote_vm(s->m, mm, BASE + PAGES(2), buf, 1, false), 0);
	ck_assert_int_eq(access_remote_vm(s->m, mm, BASE + PAGES(3), buf, 1, false), -EACCES);
	ck_assert_int_eq(access_remote_vm(s->m, mm, BASE + PAGES(4), buf, 1, false), -EFAULT);
	ck_assert_uint_eq(s->m->cpu[0].cr3, s->mm->pgd - PAGE_OFFSET);
	space_free(s);
}
END_TEST

/* While its tables are loaded, too: the TLB must not show the old frame. */
START_TEST(test_remote_on_loaded_tables)
{
	struct space *s = space_new(128);
	u8 byte = 9;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(load(s, BASE), 0);
	ck_assert_int_eq(access_remote_vm(s->m, s->mm, BASE, &byte, 1, true), 0);
	ck_assert_int_eq(load(s, BASE), 9);
	space_free(s);
}
END_TEST

TEST_MAIN("access", test_range, test_range_stops, test_word, test_all_or_nothing,
	  test_word_over_two_faults, test_kernel_mode, test_touch, test_push_pop, test_remote,
	  test_remote_on_loaded_tables)

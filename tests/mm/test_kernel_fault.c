/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * do_page_fault in kernel mode: vmalloc_fault, the exception table, oops; and the copies from
 * and to user space that rest on it.
 */
#include "mm/handout.h"
#include "mm/kernel_layout.h"
#include "mm/page_alloc.h"
#include "mm/uaccess.h"
#include "mm/vmalloc.h"
#include "space.h"

#define FRAMES 1024

static int kload(struct space *s, u32 addr, u32 *value)
{
	return kernel_load(s->m, s->task, addr, value, 4, false);
}

static int kstore(struct space *s, u32 addr, u32 value)
{
	return kernel_store(s->m, s->task, addr, value, 4, false);
}

static enum fault_branch branch(const struct space *s)
{
	return s->task->fault.branch;
}

static bool has_dir(const struct space *s, u32 addr)
{
	return pte_get(s->m->paging, dir_offset(s->mm, addr)).v;
}

static bool answered(const struct space *s, enum fault_step step, bool *ret)
{
	const struct fault_trail *t = &s->task->fault.trail;

	for (u32 i = 0; i < t->nr; i++)
		if (t->step[i].step == step) {
			*ret = t->step[i].yes;
			return true;
		}
	return false;
}

/* First touch copies the directory entry, once for each process. */
START_TEST(test_vmalloc_fault)
{
	struct space *s = _i ? space_new_pae(FRAMES) : space_new_2level(FRAMES);
	struct task_struct *child = space_fork(s);
	u32 addr = vmalloc(s->m, PAGES(2)), value = 7, faults = s->task->min_flt;

	ck_assert(!has_dir(s, addr));
	ck_assert_int_eq(kload(s, addr + PAGES(1), &value), 0);
	ck_assert_uint_eq(branch(s), FB_VMALLOC);
	ck_assert_uint_eq(s->task->fault.pfn, page_to_pfn(vmalloc_to_page(s->m, addr + PAGES(1))));
	ck_assert_uint_eq(s->task->min_flt, faults);
	ck_assert(has_dir(s, addr));
	s->task->fault.branch = FB_NONE;
	ck_assert_int_eq(kload(s, addr, &value), 0);
	ck_assert_uint_eq(branch(s), FB_NONE); /* the table is there now */
	test_check(s->m);
	space_run(s, child);
	ck_assert(!has_dir(s, addr));
	ck_assert_int_eq(kload(s, addr, &value), 0);
	ck_assert_uint_eq(branch(s), FB_VMALLOC);
	ck_assert(has_dir(s, addr));
	ck_assert(has_dir(s, addr));
	test_check(s->m);
	vfree(s->m, addr);
	ck_assert(has_dir(s, addr)); /* stale and harmless: the table has no entry */
	test_check(s->m);
	ck_assert_int_eq(kload(s, addr, &value), -EFAULT);
	ck_assert_uint_eq(branch(s), FB_OOPS);
	ck_assert_uint_eq(vmalloc(s->m, 1), addr);
	ck_assert_int_eq(kload(s, addr, &value), 0);
	vfree(s->m, addr);
	space_free(s);
}
END_TEST

/* A user program gets SIGSEGV for the same address, present or not. */
START_TEST(test_user_mode)
{
	struct space *s = space_new(FRAMES);
	u32 addr = vmalloc(s->m, PAGES(1)), value;

	ck_assert_int_eq(load(s, addr), -EFAULT);
	ck_assert_uint_eq(branch(s), FB_KERNEL_ADDRESS);
	ck_assert(!has_dir(s, addr));
	ck_assert_int_eq(kload(s, addr, &value), 0);
	ck_assert_int_eq(load(s, addr), -EFAULT);
	ck_assert_uint_eq(branch(s), FB_KERNEL_ADDRESS);
	vfree(s->m, addr);
	space_free(s);
}
END_TEST

START_TEST(test_oops)
{
	struct space *s = space_new(FRAMES);
	u32 addr = vmalloc(s->m, PAGES(1)), value;
	bool yes;

	ck_assert_int_eq(kload(s, addr + PAGES(1), &value), -EFAULT); /* the guard page */
	ck_assert_uint_eq(branch(s), FB_OOPS);
	ck_assert_uint_eq(s->task->fault.error, EFAULT);
	ck_assert_uint_eq(s->task->fault.address, addr + PAGES(1));
	ck_assert(answered(s, FS_MASTER, &yes) && !yes);
	ck_assert(answered(s, FS_FIXUP, &yes) && !yes);
	ck_assert_int_eq(kload(s, 0xfffff000, &value), -EFAULT);
	ck_assert_uint_eq(branch(s), FB_OOPS);
	ck_assert_int_eq(kstore(s, vmalloc_start(s->m) - 4, 1), -EFAULT);
	ck_assert_uint_eq(branch(s), FB_OOPS);
	ck_assert_uint_eq(s->task->fault.error_code, PF_W);
	ck_assert_int_eq(kload(s, addr + PAGES(1) - 2, &value), -EFAULT); /* half of it */
	ck_assert_int_eq(kload(s, 0xfffffffe, &value), -EFAULT);
	ck_assert_int_eq(kstore(s, 0xfffffffe, 0), -EFAULT);
	test_check(s->m);
	vfree(s->m, addr);
	space_free(s);
}
END_TEST

/* User addresses: good ones are handled as for the program, bad ones are EFAULT. */
START_TEST(test_fixup)
{
	struct space *s = space_new(FRAMES);
	u32 value = 1;
	bool yes;

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(2), 1, PROT_READ, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(3), 1, PROT_NONE, FIXED_PRIVATE);
	ck_assert_int_eq(kload(s, BASE, &value), 0);
	ck_assert_uint_eq(value, 0);
	ck_assert_uint_eq(branch(s), FB_ANON_ZERO);
	ck_assert(answered(s, FS_ATOMIC, &yes) && !yes);
	ck_assert_int_eq(kstore(s, BASE, 0x11223344), 0); /* CR0.WP: the zero page stays zero */
	ck_assert_uint_eq(branch(s), FB_COW_ZERO);
	ck_assert_int_eq(load(s, BASE), 0x44);
	ck_assert_int_eq(kstore(s, BASE + PAGES(1) - 2, 0x55667788), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 0x66);
	ck_assert_int_eq(kstore(s, BASE + PAGES(2), 1), -EFAULT);
	ck_assert_uint_eq(branch(s), FB_FIXUP);
	ck_assert_int_eq(kload(s, BASE + PAGES(3), &value), -EFAULT);
	ck_assert_uint_eq(branch(s), FB_FIXUP);
	ck_assert(answered(s, FS_RIGHTS, &yes) && !yes);
	ck_assert_int_eq(kload(s, BASE + PAGES(9), &value), -EFAULT);
	ck_assert_uint_eq(branch(s), FB_FIXUP);
	ck_assert_int_eq(kload(s, 0, &value), -EFAULT);
	ck_assert_int_eq(kload(s, TASK_SIZE - 2, &value), -EFAULT);
	ck_assert_int_eq(kstore(s, TASK_SIZE - 2, 1), -EFAULT);
	space_free(s);
}
END_TEST

/* fork made the frame read-only: a store of the kernel copies it as the program's would. */
START_TEST(test_kernel_store_copies)
{
	struct space *s = space_new(FRAMES);
	struct task_struct *child;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, BASE, 'a'), 0);
	child = space_fork(s);
	ck_assert_int_eq(kstore(s, BASE, 'b'), 0);
	ck_assert_uint_eq(branch(s), FB_COW_COPY);
	ck_assert_int_eq(load(s, BASE), 'b');
	space_run(s, child);
	ck_assert_int_eq(load(s, BASE), 'a');
	space_free(s);
}
END_TEST

/* in_atomic(): no region is looked for; what is present can be read, vmalloc_fault works. */
START_TEST(test_atomic)
{
	struct space *s = space_new(FRAMES);
	u32 addr = vmalloc(s->m, 1), value = 0;
	bool yes;

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, BASE, 9), 0);
	ck_assert_int_eq(kernel_load(s->m, s->task, BASE, &value, 1, true), 0);
	ck_assert_uint_eq(value, 9);
	ck_assert_int_eq(kernel_load(s->m, s->task, BASE + PAGES(1), &value, 1, true), -EFAULT);
	ck_assert_uint_eq(branch(s), FB_FIXUP);
	ck_assert(answered(s, FS_ATOMIC, &yes) && yes);
	ck_assert(!answered(s, FS_FIND_VMA, &yes));
	ck_assert_int_eq(kernel_store(s->m, s->task, BASE + PAGES(1), 1, 1, true), -EFAULT);
	ck_assert_int_eq(kernel_load(s->m, s->task, addr, &value, 4, true), 0);
	ck_assert_uint_eq(branch(s), FB_VMALLOC);
	vfree(s->m, addr);
	space_free(s);
}
END_TEST

/* A kernel thread has no mm to look into. */
START_TEST(test_kthread)
{
	struct space *s = space_new(FRAMES);
	struct task_struct *user = s->task, *thread;
	u32 addr = vmalloc(s->m, 1), value = 0;
	bool yes;

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, BASE, 9), 0);
	ck_assert_int_eq(kernel_thread(s->m, "kworker", 0, 0, &thread), 0);
	s->task = thread;
	ck_assert_int_eq(kload(s, addr, &value), 0); /* into the borrowed directory */
	ck_assert_uint_eq(branch(s), FB_VMALLOC);
	ck_assert(has_dir(s, addr));
	ck_assert_int_eq(kload(s, BASE, &value), 0); /* lazy TLB: the lender's page is there */
	ck_assert_uint_eq(value, 9);
	ck_assert_int_eq(kload(s, BASE + PAGES(1), &value), -EFAULT);
	ck_assert_uint_eq(branch(s), FB_FIXUP);
	ck_assert(answered(s, FS_ATOMIC, &yes) && yes);
	ck_assert_int_eq(kload(s, 0xff000000, &value), -EFAULT);
	ck_assert_uint_eq(branch(s), FB_OOPS);
	test_check(s->m);
	do_exit(thread, 0);
	s->task = user;
	test_check(s->m);
	vfree(s->m, addr);
	space_free(s);
}
END_TEST

/* Kernel bytes may be written where kmem may: what was handed out. */
START_TEST(test_kstore_rule)
{
	struct space *s = space_new(FRAMES);
	u32 addr = vmalloc(s->m, 1), value = 0;
	struct handout *h;

	ck_assert_int_eq(kstore(s, PAGE_OFFSET, 1), -EPERM);
	ck_assert_int_eq(kstore(s, kva_of(s->m->k), 1), -EPERM);
	ck_assert_int_eq(kstore(s, s->mm->pgd, 1), -EPERM);
	ck_assert_int_eq(kstore(s, addr, 1), -EPERM);
	h = handout_add(s->m, HANDOUT_VMALLOC, addr, addr + PAGE_SIZE);
	ck_assert_ptr_eq(handout_find_linear(s->m, addr + 77), h);
	ck_assert_ptr_null(handout_find_linear(s->m, addr + PAGE_SIZE));
	ck_assert_int_eq(kstore(s, addr + PAGES(1) - 4, 0xabcd), 0);
	ck_assert_int_eq(kload(s, addr + PAGES(1) - 4, &value), 0);
	ck_assert_uint_eq(value, 0xabcd);
	ck_assert_int_eq(kstore(s, addr + PAGES(1) - 2, 1), -EFAULT);
	test_check(s->m);
	handout_remove(s->m, h);
	ck_assert_int_eq(kstore(s, addr, 1), -EPERM);
	vfree(s->m, addr);
	space_free(s);
}
END_TEST

START_TEST(test_copies)
{
	struct space *s = space_new(FRAMES);
	char buf[12] = "hello world", back[12];
	u32 end = BASE + PAGES(2);

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	ck_assert_uint_eq(copy_to_user(s->m, s->task, BASE + PAGES(1) - 5, buf, 12), 0);
	ck_assert_uint_eq(copy_from_user(s->m, s->task, back, BASE + PAGES(1) - 5, 12), 0);
	ck_assert_str_eq(back, "hello world");
	ck_assert_uint_eq(copy_to_user(s->m, s->task, end - 5, buf, 12), 7);
	ck_assert_uint_eq(branch(s), FB_FIXUP);
	memset(back, 'x', sizeof(back));
	ck_assert_uint_eq(copy_from_user(s->m, s->task, back, end - 5, 12), 7);
	ck_assert_int_eq(memcmp(back, "hello\0\0\0\0\0\0\0", 12), 0); /* the rest is cleared */
	ck_assert_uint_eq(copy_from_user(s->m, s->task, back, BASE - 12, 12), 12);
	ck_assert_uint_eq(copy_from_user(s->m, s->task, back, PAGE_OFFSET, 12), 12);
	ck_assert_uint_eq(copy_to_user(s->m, s->task, TASK_SIZE - 4, buf, 12), 12);
	ck_assert_uint_eq(copy_to_user(s->m, s->task, 0xfffffffe, buf, 12), 12);
	ck_assert_uint_eq(copy_to_user(s->m, s->task, 0, buf, 0), 0);
	space_free(s);
}
END_TEST

/* Out of frames, and behind the end of a file: for the kernel that is EFAULT too. */
START_TEST(test_other_failures)
{
	struct space *s = space_new(FRAMES);
	struct hog hog;
	u32 value;

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, BASE, 1), 0);
	hog = hog_all_but(s->m, 0);
	ck_assert_int_eq(kstore(s, BASE + PAGES(1), 1), -EFAULT);
	ck_assert_uint_eq(branch(s), FB_FIXUP);
	hog_free(&hog);
	disk_make(s, 0, PAGES(1), "f");
	ck_assert_int_eq(map_file(s, 0, FMODE_READ, BASE + PAGES(8), PAGES(2), PROT_READ,
				  MAP_PRIVATE | MAP_FIXED, 0),
			 BASE + PAGES(8));
	ck_assert_int_eq(kload(s, BASE + PAGES(8), &value), 0);
	ck_assert_int_eq(kload(s, BASE + PAGES(9), &value), -EFAULT);
	ck_assert_uint_eq(branch(s), FB_FIXUP);
	space_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { test_user_mode,		 test_oops,   test_fixup,
				       test_kernel_store_copies, test_atomic, test_kthread,
				       test_kstore_rule,	 test_copies, test_other_failures };

	return run_loop_tests("kernel_fault", tests, ARRAY_SIZE(tests), test_vmalloc_fault, 2);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision tree of do_page_fault: each branch is reached, recorded with its trail, and
 * what decide_fault says beforehand is what then happens, to the frame.  Stack growth.
 */
#include "mm/page_alloc.h"
#include "mm/vmscan.h"
#include "space.h"

#define STACK 0xb0000000u
#define BY_MEM (FAULT_USER | FAULT_NO_ESP)

static u32 error_code(enum access access)
{
	return PF_U | (access == ACCESS_WRITE ? PF_W : 0);
}

static u32 frames_taken(const struct machine *m)
{
	return m->k->nr_frames - nr_free_pages(m) - (u32)nr_slab_pages(m);
}

/*
 * Decide, handle, compare.  The error code is that of the access on the entry as it is.
 * Returns the branch.
 */
static enum fault_branch fault_at(struct space *s, u32 addr, enum access access, unsigned flags)
{
	struct page_fault fault = { addr, error_code(access) };
	struct fault_plan plan;
	struct fault_trail trail;
	u32 before = frames_taken(s->m), faults = s->task->min_flt + s->task->maj_flt;
	pte_t e = entry(s, addr);
	int error;

	if (e.v & PG_P && access == ACCESS_WRITE)
		fault.error_code |= PF_P;
	decide_fault(s->m, s->task, &fault, flags, &plan, &trail);
	ck_assert_uint_eq(frames_taken(s->m), before);
	ck_assert_uint_eq(entry(s, addr).v, e.v);
	error = do_page_fault(s->m, s->task, &fault, flags);
	ck_assert_int_eq(error, plan.error);
	ck_assert_uint_eq(s->task->fault.branch, plan.branch);
	ck_assert_uint_eq(s->task->fault.grew, plan.grow);
	ck_assert_uint_eq(s->task->fault.trail.nr, trail.nr);
	ck_assert_mem_eq(s->task->fault.trail.step, trail.step, trail.nr * sizeof(trail.step[0]));
	ck_assert_uint_eq(s->task->fault.error, -error);
	ck_assert_uint_eq(s->task->fault.address, addr);
	ck_assert_uint_eq(s->task->cr2, addr);
	ck_assert_uint_eq(s->task->min_flt + s->task->maj_flt, faults + !error);
	if (plan.branch == FB_BEHIND_FILE && access != ACCESS_WRITE)
		ck_assert_uint_eq(frames_taken(s->m) - before, plan.tables); /* its neighbours' */
	else
		ck_assert_uint_eq(frames_taken(s->m) - before, error ? 0 : plan.frames);
	if (!error)
		ck_assert_uint_eq(s->task->fault.pfn, pte_pfn(entry(s, addr)));
	test_check(s->m);
	return plan.branch;
}

static enum fault_branch reads(struct space *s, u32 addr)
{
	return fault_at(s, addr, ACCESS_READ, BY_MEM);
}

static enum fault_branch writes(struct space *s, u32 addr)
{
	return fault_at(s, addr, ACCESS_WRITE, BY_MEM);
}

/* ---- every branch ---- */

START_TEST(test_anonymous)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 4, PROT_RW, FIXED_PRIVATE);
	ck_assert_uint_eq(writes(s, BASE + 5), FB_ANON_WRITE); /* with a table */
	ck_assert_uint_eq(reads(s, BASE + PAGES(1)), FB_ANON_ZERO);
	ck_assert_uint_eq(writes(s, BASE + PAGES(1)), FB_COW_ZERO);
	ck_assert_uint_eq(reads(s, BASE), FB_SPURIOUS);
	ck_assert_uint_eq(writes(s, BASE), FB_SPURIOUS);
	assert_pages(s, BASE, "ww  ");
	space_free(s);
}
END_TEST

START_TEST(test_file)
{
	struct space *s = space_new(128);

	disk_make(s, 0, PAGES(3) + 1, "abcd");
	map_file(s, 0, FMODE_READ, BASE, PAGES(6), PROT_RW, MAP_PRIVATE | MAP_FIXED, 0);
	sys_madvise(s->task, BASE, PAGES(6), MADV_RANDOM); /* no page but the one asked for */
	ck_assert_uint_eq(reads(s, BASE), FB_FILE_READ); /* table and page */
	ck_assert(s->task->fault.major);
	ck_assert_uint_eq(writes(s, BASE), FB_COW_COPY);
	ck_assert_uint_eq(writes(s, BASE + PAGES(1)), FB_FILE_COPY); /* page and copy */
	ck_assert_uint_eq(reads(s, BASE + PAGES(3)), FB_FILE_READ);
	ck_assert_uint_eq(reads(s, BASE + PAGES(4)), FB_BEHIND_FILE);
	ck_assert_uint_eq(writes(s, BASE + PAGES(5)), FB_BEHIND_FILE);
	ck_assert_uint_eq(s->task->maj_flt, 3);
	s->file[0].broken = true;
	/* The one error that is not known beforehand. */
	ck_assert_int_eq(load(s, BASE + PAGES(2)), -EIO);
	ck_assert_uint_eq(s->task->fault.branch, FB_IO_ERROR);
	space_free(s);
}
END_TEST

/* A page that is missing is read with those around it, 32 in all; and what is there stays. */
START_TEST(test_read_around)
{
	struct space *s = space_new(256);
	struct address_space *mapping;

	disk_make(s, 0, PAGES(60), "");
	mapping = &s->file[0].inode->i_data;
	map_file(s, 0, FMODE_READ, BASE, PAGES(60), PROT_RW, MAP_PRIVATE | MAP_FIXED, 0);
	ck_assert_uint_eq(reads(s, BASE + PAGES(20)), FB_FILE_READ);
	ck_assert(s->task->fault.major);
	ck_assert_uint_eq(mapping->nrpages, 32);
	ck_assert_ptr_nonnull(find_page(mapping, 4));
	ck_assert_ptr_null(find_page(mapping, 36));
	ck_assert_uint_eq(reads(s, BASE + PAGES(35)), FB_FILE_READ);
	ck_assert(!s->task->fault.major);
	ck_assert_uint_eq(writes(s, BASE + PAGES(3)), FB_FILE_COPY); /* 4 pages and the copy */
	ck_assert_uint_eq(mapping->nrpages, 36);
	ck_assert_uint_eq(reads(s, BASE + PAGES(59)), FB_FILE_READ); /* the file ends there */
	ck_assert_uint_eq(mapping->nrpages, 36 + 17);
	space_free(s);
}
END_TEST

START_TEST(test_cached_file)
{
	struct space *s = space_new(128);
	u8 buf[PAGE_SIZE];

	disk_make(s, 0, PAGES(2), "ab");
	generic_file_read(s->file[0].inode, 0, buf, PAGE_SIZE);
	s->m->k->sysctl[SYSCTL_FAULT_AROUND_BYTES] = PAGE_SIZE;
	map_file(s, 0, FMODE_READ | FMODE_WRITE, BASE, PAGES(2), PROT_RW, MAP_SHARED | MAP_FIXED,
		 0);
	ck_assert_uint_eq(reads(s, BASE), FB_FILE_READ);
	ck_assert(!s->task->fault.major);
	ck_assert_uint_eq(writes(s, BASE), FB_WP_SHARED);
	ck_assert_uint_eq(writes(s, BASE + PAGES(1)), FB_FILE_SHARED);
	assert_pages(s, BASE, "FF");
	space_free(s);
}
END_TEST

START_TEST(test_copy_on_write)
{
	struct space *s = space_new(128);
	struct task_struct *parent = s->task, *child;

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	ck_assert_uint_eq(writes(s, BASE), FB_ANON_WRITE);
	child = space_fork(s);
	ck_assert_uint_eq(writes(s, BASE), FB_COW_COPY);
	space_run(s, child);
	ck_assert_uint_eq(writes(s, BASE), FB_COW_REUSE);
	ck_assert_uint_eq(writes(s, BASE + PAGES(1)), FB_ANON_WRITE);
	space_run(s, parent);
	ck_assert_uint_eq(writes(s, BASE + PAGES(1)), FB_ANON_WRITE);
	space_free(s);
}
END_TEST

START_TEST(test_refused)
{
	struct space *s = space_new(128);

	ck_assert_uint_eq(reads(s, BASE), FB_NO_REGION);
	map_pages(s, BASE + PAGES(1), 1, PROT_READ, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(2), 1, PROT_NONE, FIXED_PRIVATE);
	ck_assert_uint_eq(reads(s, BASE), FB_NO_REGION); /* a region above */
	ck_assert_uint_eq(writes(s, BASE + PAGES(1)), FB_ACCESS);
	ck_assert_uint_eq(reads(s, BASE + PAGES(2)), FB_ACCESS);
	ck_assert_uint_eq(reads(s, TASK_SIZE), FB_KERNEL_ADDRESS);
	ck_assert_uint_eq(writes(s, 0xffffffff), FB_KERNEL_ADDRESS);
	ck_assert_uint_eq(reads(s, 0), FB_NO_REGION);
	ck_assert_uint_eq(s->task->min_flt + s->task->maj_flt, 0);
	space_free(s);
}
END_TEST

/* What the processor says of each kind of bad access. */
START_TEST(test_error_codes)
{
	struct space *s = space_new_pae(128);

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(load(s, BASE - 1), -EFAULT);
	ck_assert_uint_eq(s->task->fault.error_code, PF_U);
	ck_assert_int_eq(store(s, BASE - 1, 1), -EFAULT);
	ck_assert_uint_eq(s->task->fault.error_code, PF_U | PF_W);
	ck_assert_int_eq(load(s, TASK_SIZE), -EFAULT);
	ck_assert_uint_eq(s->task->fault.branch, FB_KERNEL_ADDRESS);
	ck_assert_int_eq(fetch(s, BASE), -EACCES); /* the zero page came in first */
	ck_assert_uint_eq(s->task->fault.error_code, PF_U | PF_P | PF_ID);
	ck_assert_uint_eq(s->task->min_flt, 1);
	ck_assert(pte_present(pte_get(s->m->paging, pte_lookup(s->mm, BASE))));
	ck_assert_int_eq(store(s, BASE, 1), 0);
	ck_assert_int_eq(fetch(s, BASE), -EACCES);
	ck_assert_uint_eq(s->task->fault.error_code, PF_U | PF_P | PF_ID);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGE_SIZE, PROT_READ), 0);
	ck_assert_int_eq(store(s, BASE, 1), -EACCES);
	ck_assert_uint_eq(s->task->fault.error_code, PF_U | PF_W | PF_P);
	ck_assert_uint_eq(s->task->fault.vm_start, BASE);
	ck_assert_uint_eq(s->task->fault.vm_end, BASE + PAGE_SIZE);
	space_free(s);
}
END_TEST

START_TEST(test_trail)
{
	struct space *s = space_new(128);
	const struct fault_trail *t = &s->task->fault.trail;
	static const struct {
		u8 step;
		bool yes;
	} want[] = {
		{ FS_KERNEL_ADDRESS, false }, { FS_FIND_VMA, true }, { FS_IN_REGION, true },
		{ FS_RIGHTS, true },	      { FS_PRESENT, false }, { FS_PTE_NONE, true },
		{ FS_FILE, false },	      { FS_WRITE, true },
	};

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	s->task->regs.eip = 0x1234;
	machine_tick(s->m);
	ck_assert_uint_eq(writes(s, BASE + 7), FB_ANON_WRITE);
	ck_assert_uint_eq(t->nr, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		ck_assert_uint_eq(t->step[i].step, want[i].step);
		ck_assert_uint_eq(t->step[i].yes, want[i].yes);
	}
	ck_assert_uint_eq(t->step[2].a, BASE);
	ck_assert_uint_eq(t->step[2].b, BASE + 7);
	ck_assert_uint_eq(s->task->fault.eip, 0x1234);
	ck_assert_uint_eq(s->task->fault.jiffies, 1);
	for (unsigned i = 0; i < NR_FAULT_BRANCHES; i++)
		ck_assert(fault_branch_names[i].place && fault_branch_names[i].words);
	for (unsigned i = 0; i < NR_FAULT_STEPS; i++)
		ck_assert_ptr_nonnull(fault_step_names[i]);
	space_free(s);
}
END_TEST

/* The longest way through the tree fits the trail. */
START_TEST(test_longest_trail)
{
	struct space *s = space_new(128);

	disk_make(s, 0, PAGE_SIZE, "a");
	map_file(s, 0, FMODE_READ, BASE, PAGE_SIZE, PROT_RW, MAP_PRIVATE | MAP_FIXED, 0);
	map_pages(s, STACK, 1, PROT_RW, GROWSDOWN);
	s->task->regs.esp = STACK;
	ck_assert_uint_eq(fault_at(s, STACK - 1, ACCESS_WRITE, FAULT_USER), FB_ANON_WRITE);
	ck_assert_uint_lt(s->task->fault.trail.nr, FAULT_TRAIL_MAX);
	ck_assert_uint_eq(writes(s, BASE), FB_FILE_COPY);
	ck_assert_uint_lt(s->task->fault.trail.nr, FAULT_TRAIL_MAX);
	space_free(s);
}
END_TEST

/* ---- the stack ---- */

START_TEST(test_growth)
{
	struct space *s = space_new(128);

	map_pages(s, STACK, 2, PROT_RW, GROWSDOWN);
	ck_assert_uint_eq(reads(s, STACK - 1), FB_ANON_ZERO); /* reading too */
	assert_regions(s, STACK - PAGES(3), "  www");
	ck_assert_uint_eq(writes(s, STACK - PAGES(3)), FB_ANON_WRITE); /* any step */
	assert_regions(s, STACK - PAGES(4), " wwwww");
	assert_pages(s, STACK - PAGES(4), " w z  "); /* only the page touched */
	ck_assert_uint_eq(find_vma(s->mm, STACK)->vm_pgoff, (STACK - PAGES(3)) >> PAGE_SHIFT);
	ck_assert_uint_eq(s->mm->stack_vm, 5);
	space_free(s);
}
END_TEST

START_TEST(test_esp)
{
	struct space *s = space_new(128);

	map_pages(s, STACK, 2, PROT_RW, GROWSDOWN);
	s->task->regs.esp = STACK + 8;
	ck_assert_uint_eq(fault_at(s, STACK - 25, ACCESS_WRITE, FAULT_USER), FB_STACK_ESP);
	ck_assert_uint_eq(fault_at(s, STACK - 24, ACCESS_WRITE, FAULT_USER), FB_ANON_WRITE);
	ck_assert_uint_eq(fault_at(s, STACK - PAGES(1) - 1, ACCESS_READ, FAULT_USER), FB_STACK_ESP);
	s->task->regs.esp = 0xfffffff0; /* near the top: no wrap */
	ck_assert_uint_eq(fault_at(s, STACK - PAGES(1) - 1, ACCESS_READ, FAULT_USER), FB_STACK_ESP);
	s->task->regs.esp = 16;
	ck_assert_uint_eq(fault_at(s, STACK - PAGES(1) - 1, ACCESS_READ, FAULT_USER), FB_ANON_ZERO);
	space_free(s);
}
END_TEST

START_TEST(test_stack_limit)
{
	struct space *s = space_new(128);

	map_pages(s, STACK, 2, PROT_RW, GROWSDOWN);
	s->task->rlim[RLIMIT_STACK] = PAGES(5);
	ck_assert_uint_eq(writes(s, STACK - PAGES(3) - 1), FB_STACK_LIMIT);
	ck_assert_uint_eq(writes(s, STACK - PAGES(3)), FB_ANON_WRITE);
	ck_assert_uint_eq(writes(s, STACK - PAGES(3) - 1), FB_STACK_LIMIT);
	s->task->rlim[RLIMIT_STACK] = RLIM_INFINITY;
	s->task->rlim[RLIMIT_AS] = PAGES(5);
	ck_assert_uint_eq(writes(s, STACK - PAGES(4)), FB_STACK_LIMIT);
	s->task->rlim[RLIMIT_AS] = PAGES(6);
	ck_assert_uint_eq(writes(s, STACK - PAGES(4)), FB_ANON_WRITE);
	space_free(s);
}
END_TEST

START_TEST(test_default_limit)
{
	struct space *s = space_new(4096);

	map_pages(s, TASK_SIZE - PAGES(33), 33, PROT_RW, GROWSDOWN);
	ck_assert_uint_eq(reads(s, 0xbf7ff000), FB_STACK_LIMIT);
	ck_assert_uint_eq(reads(s, 0xbf800000), FB_ANON_ZERO);
	space_free(s);
}
END_TEST

/* What lies below: accessible memory keeps 256 pages, --- and growsdown none. */
START_TEST(test_below)
{
	struct space *s = space_new(4096);
	u32 at = STACK - PAGES(300);

	map_pages(s, STACK, 1, PROT_RW, GROWSDOWN);
	map_pages(s, at, 1, PROT_READ, FIXED_PRIVATE);
	ck_assert_uint_eq(reads(s, at + PAGES(257) - 1), FB_STACK_LIMIT);
	ck_assert_uint_eq(reads(s, at + PAGES(257)), FB_ANON_ZERO);
	ck_assert_int_eq(sys_mprotect(s->task, at, PAGE_SIZE, PROT_NONE), 0);
	ck_assert_uint_eq(reads(s, at + PAGES(1)), FB_ANON_ZERO);
	assert_regions(s, at, "-|ww");
	ck_assert_uint_eq(reads(s, at), FB_ACCESS);
	space_free(s);

	s = space_new(4096);
	map_pages(s, STACK, 1, PROT_RW, GROWSDOWN);
	map_pages(s, STACK - PAGES(3), 1, PROT_RWX, GROWSDOWN);
	ck_assert_uint_eq(reads(s, STACK - PAGES(2)), FB_ANON_ZERO);
	assert_regions(s, STACK - PAGES(3), "a|www");
	ck_assert_uint_eq(reads(s, STACK - PAGES(5)), FB_ANON_ZERO); /* the lower one grows */
	assert_regions(s, STACK - PAGES(5), "aaa|www");
	space_free(s);
}
END_TEST

START_TEST(test_grows_then_refuses)
{
	struct space *s = space_new(128);

	map_pages(s, STACK, 1, PROT_NONE, GROWSDOWN);
	ck_assert_uint_eq(reads(s, STACK - PAGES(2)), FB_ACCESS);
	assert_regions(s, STACK - PAGES(2), "---");
	map_pages(s, STACK + PAGES(8), 1, PROT_READ, GROWSDOWN);
	ck_assert_uint_eq(writes(s, STACK + PAGES(6)), FB_ACCESS);
	assert_regions(s, STACK + PAGES(5), " rrr");
	space_free(s);
}
END_TEST

/* A part split off below keeps growing with its own protection; what is unmapped grows again. */
START_TEST(test_lowest_part)
{
	struct space *s = space_new(128);

	map_pages(s, STACK, 4, PROT_RW, GROWSDOWN);
	ck_assert_int_eq(sys_mprotect(s->task, STACK, PAGES(1), PROT_READ), 0);
	ck_assert_uint_eq(reads(s, STACK - PAGES(1)), FB_ANON_ZERO);
	assert_regions(s, STACK - PAGES(1), "rr|www");
	ck_assert_int_eq(do_munmap(s->mm, STACK - PAGES(1), PAGES(3)), 0);
	ck_assert_uint_eq(reads(s, STACK), FB_ANON_ZERO);
	assert_regions(s, STACK - PAGES(1), " wwww");
	ck_assert_int_eq(do_munmap(s->mm, STACK + PAGES(2), PAGES(2)), 0);
	ck_assert_uint_eq(reads(s, STACK - PAGES(1)), FB_ANON_ZERO);
	assert_regions(s, STACK - PAGES(1), "www  ");
	space_free(s);
}
END_TEST

START_TEST(test_lowest_address)
{
	struct space *s = space_new(128);

	s->task->rlim[RLIMIT_STACK] = RLIM_INFINITY;
	map_pages(s, 0x20000, 1, PROT_RW, GROWSDOWN);
	ck_assert_uint_eq(reads(s, 0xffff), FB_STACK_LIMIT);
	ck_assert_uint_eq(reads(s, 0x10000), FB_ANON_ZERO);
	space_free(s);
}
END_TEST

START_TEST(test_locked_stack)
{
	struct space *s = space_new(128);

	map_pages(s, STACK, 1, PROT_RW, GROWSDOWN | MAP_LOCKED);
	ck_assert_uint_eq(reads(s, STACK - PAGES(2)), FB_ANON_ZERO);
	assert_pages(s, STACK - PAGES(2), "z w");
	ck_assert_uint_eq(s->mm->locked_vm, 3);
	s->task->rlim[RLIMIT_MEMLOCK] = PAGES(3);
	ck_assert_uint_eq(reads(s, STACK - PAGES(3)), FB_STACK_LIMIT);
	space_free(s);
}
END_TEST

/* A promise that cannot be made is known beforehand too. */
START_TEST(test_stack_promise)
{
	struct space *s = space_new(128);

	map_pages(s, STACK, 1, PROT_RW, GROWSDOWN);
	s->m->k->sysctl[SYSCTL_OVERCOMMIT_MEMORY] = OVERCOMMIT_NEVER;
	s->m->k->sysctl[SYSCTL_OVERCOMMIT_RATIO] = 0;
	ck_assert_uint_eq(writes(s, STACK - PAGES(1)), FB_STACK_LIMIT);
	assert_regions(s, STACK - PAGES(1), " w");
	space_free(s);
}
END_TEST

/* ---- no memory ---- */

START_TEST(test_without_memory)
{
	struct space *s = space_new(128);
	u32 committed = s->m->k->total_committed;
	struct task_struct *child;
	struct hog hog;

	disk_make(s, 0, PAGES(2), "ab");
	map_pages(s, BASE, 3, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(3), 1, PROT_RW, FIXED_SHARED);
	map_file(s, 0, FMODE_READ, BASE + PAGES(4), PAGES(2), PROT_RW, MAP_PRIVATE | MAP_FIXED, 0);
	map_pages(s, 0x80000000, 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, BASE, 1), 0);
	child = space_fork(s);
	child->oom_score_adj = OOM_SCORE_ADJ_MIN; /* nobody is killed */
	touch_r(s, BASE + PAGES(1), 1);
	hog = hog_all_but(s->m, 0);
	ck_assert_int_eq(store(s, BASE, 2), -ENOMEM);
	ck_assert_uint_eq(s->task->fault.branch, FB_NO_MEMORY);
	ck_assert_int_eq(store(s, BASE + PAGES(1), 2), -ENOMEM);
	ck_assert_int_eq(store(s, BASE + PAGES(2), 2), -ENOMEM);
	ck_assert_int_eq(load(s, BASE + PAGES(3)), -ENOMEM);
	ck_assert_int_eq(load(s, BASE + PAGES(4)), -ENOMEM);
	ck_assert_int_eq(store(s, BASE + PAGES(4), 1), -ENOMEM);
	ck_assert_int_eq(load(s, 0x80000000), -ENOMEM); /* not even a table */
	ck_assert_int_eq(load(s, BASE + PAGES(2)), 0); /* the zero page needs none */
	test_check(s->m);
	hog_free(&hog);
	ck_assert_int_eq(load(s, BASE), 1);
	ck_assert_int_eq(store(s, BASE, 2), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(4)), 'a');
	do_exit(child, 0);
	ck_assert_int_eq(do_munmap(s->mm, 0, TASK_SIZE), 0);
	ck_assert_uint_eq(s->m->k->total_committed, committed);
	space_free(s);
}
END_TEST

/* Decided and done, at random: all kinds of memory, of access, of history. */
START_TEST(test_plan_is_kept)
{
	struct rnd r = rnd_start("test_plan_is_kept");
	struct space *s = space_new(1024);
	struct task_struct *parent = s->task, *child = NULL;
	u8 seen[NR_FAULT_BRANCHES] = { 0 };

	disk_make(s, 0, PAGES(12), "abcdefghijkl");
	for (u32 step = 0; step < 4000; step++) {
		u32 at = BASE + PAGES(rnd_below(&r, 64)), n = 1 + rnd_below(&r, 6);
		u32 prot = rnd_below(&r, 8);

		switch (rnd_below(&r, 24)) {
		case 0: map(s, at, PAGES(n), prot, FIXED_PRIVATE); break;
		case 1: map(s, at, PAGES(n), prot, FIXED_SHARED); break;
		case 2:
			map_file(s, 0, FMODE_READ, at, PAGES(n), prot, MAP_PRIVATE | MAP_FIXED,
				 PAGES(rnd_below(&r, 13)));
			break;
		case 3: map(s, at, PAGES(n), prot, GROWSDOWN); break;
		case 4: do_munmap(s->mm, at, PAGES(n)); break;
		case 5: sys_mprotect(s->task, at, PAGES(n), prot | PROT_READ); break;
		case 6:
			space_run(s, parent);
			if (child)
				do_exit(child, 0);
			child = space_fork(s);
			break;
		case 7: space_run(s, child && s->task == parent ? child : parent); break;
		default:
			seen[fault_at(s, at + rnd_below(&r, PAGE_SIZE),
				      rnd_below(&r, 2) ? ACCESS_WRITE : ACCESS_READ, BY_MEM)] = 1;
		}
	}
	for (unsigned b = FB_SPURIOUS; b <= FB_COW_REUSE; b++)
		ck_assert_msg(seen[b], "branch %u was never taken", b);
	space_run(s, parent);
	space_free(s);
}
END_TEST

TEST_MAIN("fault", test_anonymous, test_file, test_read_around, test_cached_file,
	  test_copy_on_write, test_refused, test_error_codes, test_trail, test_longest_trail,
	  test_growth, test_esp, test_stack_limit, test_default_limit, test_below,
	  test_grows_then_refuses, test_lowest_part, test_lowest_address, test_locked_stack,
	  test_stack_promise, test_without_memory, test_plan_is_kept)

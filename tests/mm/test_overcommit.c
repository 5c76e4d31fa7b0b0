/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Promised memory: the three modes at their borders, what counts and what does not, and that
 * every promise is given back.
 */
#include "mm/page_alloc.h"
#include "space.h"

static u32 *tunable(struct space *s, enum sysctl which)
{
	return &s->m->k->sysctl[which];
}

static u32 total(const struct space *s)
{
	return s->m->k->nr_frames - s->m->k->nr_reserved;
}

/* Mode 2, with nothing kept from anybody. */
static void never(struct space *s)
{
	*tunable(s, SYSCTL_OVERCOMMIT_MEMORY) = OVERCOMMIT_NEVER;
	*tunable(s, SYSCTL_ADMIN_RESERVE_KBYTES) = 0;
	*tunable(s, SYSCTL_USER_RESERVE_KBYTES) = 0;
}

/* The most that may be promised: less than the limit. */
static u32 most(const struct space *s)
{
	return vm_commit_limit(s->m) - 1;
}

static u32 promised(const struct space *s)
{
	return s->m->k->total_committed;
}

/* Mode 0: only a single request larger than all of RAM is refused. */
START_TEST(test_guess)
{
	struct space *s = space_new(128);

	ck_assert_int_eq(map(s, 0, PAGES(total(s) + 1), PROT_RW, PRIVATE), -ENOMEM);
	for (u32 i = 0; i < 5; i++)
		map_pages(s, 0, total(s), PROT_RW, PRIVATE);
	ck_assert_uint_eq(promised(s), 5 * total(s));
	map_pages(s, 0, 5 * total(s), PROT_READ, PRIVATE);
	map_pages(s, 0, 5 * total(s), PROT_RW, PRIVATE | MAP_NORESERVE);
	space_free(s);
}
END_TEST

START_TEST(test_always)
{
	struct space *s = space_new(128);

	*tunable(s, SYSCTL_OVERCOMMIT_MEMORY) = OVERCOMMIT_ALWAYS;
	map_pages(s, 0, 400000, PROT_RW, PRIVATE);
	ck_assert_uint_eq(promised(s), 400000);
	space_free(s);
}
END_TEST

/* Mode 2: all promises together stay below the limit; noreserve is not heard. */
START_TEST(test_never)
{
	struct space *s = space_new(256);
	u32 limit;

	never(s);
	ck_assert_uint_eq(vm_commit_limit(s->m), total(s) / 2);
	*tunable(s, SYSCTL_OVERCOMMIT_RATIO) = 25;
	limit = most(s);
	ck_assert_uint_eq(limit + 1, total(s) / 4);
	ck_assert_int_eq(map(s, 0, PAGES(limit + 1), PROT_RW, PRIVATE), -ENOMEM);
	ck_assert_int_eq(map(s, 0, PAGES(limit + 1), PROT_RW, PRIVATE | MAP_NORESERVE), -ENOMEM);
	map_pages(s, BASE, limit - 1, PROT_RW, FIXED_PRIVATE | MAP_NORESERVE);
	ck_assert_int_eq(map(s, 0, PAGES(2), PROT_RW, SHARED), -ENOMEM);
	map_pages(s, 0, 1, PROT_RW, SHARED);
	ck_assert_uint_eq(promised(s), limit);
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_RW, PRIVATE), -ENOMEM);
	map_pages(s, 0, 9, PROT_READ, PRIVATE);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGE_SIZE), 0);
	map_pages(s, 0, 1, PROT_RW, PRIVATE);
	*tunable(s, SYSCTL_OVERCOMMIT_RATIO) = 0xffffffff; /* no overflow */
	ck_assert_uint_gt(vm_commit_limit(s->m), 0);
	space_free(s);
}
END_TEST

/* Instead of a part of RAM a size: who was written last holds. */
START_TEST(test_kbytes)
{
	struct space *s = space_new(256);

	never(s);
	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_OVERCOMMIT_KBYTES, 403), 0);
	ck_assert_uint_eq(sysctl_read(s->m, SYSCTL_OVERCOMMIT_RATIO), 0);
	ck_assert_uint_eq(vm_commit_limit(s->m), 100);
	map_pages(s, BASE, 99, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_RW, PRIVATE), -ENOMEM);
	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_OVERCOMMIT_RATIO, 50), 0);
	ck_assert_uint_eq(sysctl_read(s->m, SYSCTL_OVERCOMMIT_KBYTES), 0);
	ck_assert_uint_eq(vm_commit_limit(s->m), total(s) / 2);
	space_free(s);
}
END_TEST

/* What is kept from processes: for an administrator, and from the large for the others. */
START_TEST(test_reserves)
{
	struct space *s = space_new(4096);
	u32 free_kb = nr_free_pages(s->m) * 4, limit = vm_commit_limit(s->m);

	ck_assert_uint_le(*tunable(s, SYSCTL_ADMIN_RESERVE_KBYTES), free_kb / 32 + 8);
	ck_assert_uint_ge(*tunable(s, SYSCTL_ADMIN_RESERVE_KBYTES), free_kb / 32);
	ck_assert_uint_eq(*tunable(s, SYSCTL_USER_RESERVE_KBYTES),
			  *tunable(s, SYSCTL_ADMIN_RESERVE_KBYTES));
	never(s);
	*tunable(s, SYSCTL_ADMIN_RESERVE_KBYTES) = 40;
	ck_assert(!vm_may_commit(s->m, s->mm, limit - 10));
	ck_assert(vm_may_commit(s->m, s->mm, limit - 11));
	ck_assert(vm_may_commit(s->m, NULL, limit - 1));
	*tunable(s, SYSCTL_USER_RESERVE_KBYTES) = 80;
	map_pages(s, BASE, 320, PROT_READ, FIXED_PRIVATE); /* a 32nd of it is 10 */
	ck_assert(!vm_may_commit(s->m, s->mm, limit - 20));
	ck_assert(vm_may_commit(s->m, s->mm, limit - 21));
	map_pages(s, BASE, 3200, PROT_READ, FIXED_PRIVATE); /* no more than 20 */
	ck_assert(!vm_may_commit(s->m, s->mm, limit - 30));
	ck_assert(vm_may_commit(s->m, s->mm, limit - 31));
	space_free(s);
}
END_TEST

START_TEST(test_ask_only)
{
	struct space *s = space_new(128);
	u32 before = promised(s);

	ck_assert(vm_may_commit(s->m, s->mm, total(s)));
	ck_assert(!vm_may_commit(s->m, s->mm, total(s) + 1));
	ck_assert_uint_eq(promised(s), before);
	ck_assert_int_eq(vm_enough_memory(s->m, s->mm, 3), 0);
	ck_assert_uint_eq(promised(s), before + 3);
	ck_assert_int_eq(vm_enough_memory(s->m, NULL, 3), 0); /* a kernel thread */
	vm_unacct_memory(s->m, 6);
	ck_assert_int_eq(vm_enough_memory(s->m, s->mm, total(s) + 1), -ENOMEM);
	ck_assert_uint_eq(promised(s), before);
	space_free(s);
}
END_TEST

/* Who is counted: private and writable at some time; shared memory as an object. */
START_TEST(test_what_counts)
{
	struct space *s = space_new(256);

	disk_make(s, 0, PAGES(4), "abcd");
	map_pages(s, BASE, 4, PROT_READ, FIXED_PRIVATE);
	ck_assert_uint_eq(promised(s), 0);
	map_file(s, 0, FMODE_READ, BASE + PAGES(8), PAGES(4), PROT_RW, MAP_PRIVATE | MAP_FIXED, 0);
	ck_assert_uint_eq(promised(s), 4);
	map_file(s, 0, FMODE_READ | FMODE_WRITE, BASE + PAGES(16), PAGES(4), PROT_RW,
		 MAP_SHARED | MAP_FIXED, 0);
	ck_assert_uint_eq(promised(s), 4); /* the file has room for it */
	map_pages(s, BASE + PAGES(24), 4, PROT_READ, FIXED_SHARED);
	ck_assert_uint_eq(promised(s), 8);
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(9), PAGES(1)), 0);
	ck_assert_uint_eq(promised(s), 7);
	map_pages(s, BASE + PAGES(8), 4, PROT_READ, FIXED_PRIVATE);
	ck_assert_uint_eq(promised(s), 4);
	ck_assert_int_eq(do_munmap(s->mm, 0, TASK_SIZE), 0);
	ck_assert_uint_eq(promised(s), 0);
	space_free(s);
}
END_TEST

/* A fixed mapping over promised pages needs no second promise for them. */
START_TEST(test_replaced)
{
	struct space *s = space_new(256);
	u32 limit;

	never(s);
	limit = most(s);
	map_pages(s, BASE, limit - 2, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE, limit - 2, PROT_RWX, FIXED_PRIVATE);
	ck_assert_uint_eq(promised(s), limit - 2);
	map_pages(s, BASE + PAGES(4), limit - 4, PROT_RW, FIXED_PRIVATE); /* 2 pages behind it */
	ck_assert_uint_eq(promised(s), limit);
	ck_assert_int_eq(map(s, BASE + PAGES(4), PAGES(limit - 3), PROT_RW, FIXED_PRIVATE),
			 -ENOMEM);
	ck_assert_uint_eq(promised(s), limit);
	/* What was never promised counts in full. */
	map_pages(s, BASE + PAGES(4000), 4, PROT_READ, FIXED_PRIVATE);
	ck_assert_int_eq(map(s, BASE + PAGES(4000), PAGES(4), PROT_RW, FIXED_PRIVATE), -ENOMEM);
	map_pages(s, BASE, 1, PROT_READ, FIXED_PRIVATE);
	ck_assert_uint_eq(promised(s), limit - 1);
	test_check(s->m);
	space_free(s);
}
END_TEST

/* A refusal in the middle of a fork gives back what the regions before it were promised. */
START_TEST(test_fork)
{
	struct space *s = space_new(256);
	struct task_struct *child;

	never(s);
	for (u32 i = 0; i < 5; i++)
		map_pages(s, BASE + PAGES(20 * i), 10, PROT_RW, FIXED_PRIVATE);
	while (vm_commit_limit(s->m) >= 80)
		--*tunable(s, SYSCTL_OVERCOMMIT_RATIO);
	ck_assert_uint_ge(vm_commit_limit(s->m), 60);
	ck_assert_int_eq(do_fork(s->task, 0, &child), -ENOMEM);
	ck_assert_uint_eq(promised(s), 50);
	test_check(s->m);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(50)), 0);
	ck_assert_int_eq(do_fork(s->task, 0, &child), 0);
	ck_assert_uint_eq(promised(s), 40);
	space_free(s);
}
END_TEST

TEST_MAIN("overcommit", test_guess, test_always, test_never, test_kbytes, test_reserves,
	  test_ask_only, test_what_counts, test_replaced, test_fork)

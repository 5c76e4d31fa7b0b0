/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits: defaults, which can be set, that they are inherited.
 */
#include "process_world.h"

#define RAM (16u << 20)

START_TEST(test_defaults)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = world_init(w);

	ck_assert_uint_eq(task->rlim[RLIMIT_STACK], 8u << 20);
	ck_assert_uint_eq(task->rlim[RLIMIT_MEMLOCK], 8u << 20);
	ck_assert_uint_eq(task->rlim[RLIMIT_AS], RLIM_INFINITY);
	ck_assert_uint_eq(task->rlim[RLIMIT_DATA], RLIM_INFINITY);
	world_free(w);
}
END_TEST

START_TEST(test_set)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = world_spawn(w);
	enum rlimit_resource r;

	for (u32 i = 0; i < RLIM_NLIMITS + 4; i++) {
		bool ours = i == RLIMIT_AS || i == RLIMIT_DATA || i == RLIMIT_STACK ||
			    i == RLIMIT_MEMLOCK;

		r = (enum rlimit_resource)i;
		ck_assert_int_eq(sys_setrlimit(task, r, 4096 + i), ours ? 0 : -EINVAL);
		if (i < RLIM_NLIMITS)
			ck_assert_uint_eq(task->rlim[i], ours ? 4096 + i : RLIM_INFINITY);
	}
	ck_assert_int_eq(sys_setrlimit(task, (enum rlimit_resource)0xffffffff, 0), -EINVAL);
	ck_assert_int_eq(sys_setrlimit(task, RLIMIT_AS, RLIM_INFINITY), 0);
	ck_assert_uint_eq(world_fork(task)->rlim[RLIMIT_STACK], 4096 + RLIMIT_STACK);
	world_free(w);
}
END_TEST

TEST_MAIN("rlimit", test_defaults, test_set)

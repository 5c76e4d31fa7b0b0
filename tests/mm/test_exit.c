/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exit and wait: zombies, orphans, process 1.
 */
#include "process_world.h"

#define RAM (16u << 20)

START_TEST(test_zombie)
{
	struct world *w = world_new(RAM);
	struct task_struct *parent = world_spawn(w), *child = world_fork(parent);
	u32 status = 0;

	ck_assert_int_eq(sys_wait4(parent, 0, &status), 0);
	do_exit(child, 3 << 8);
	ck_assert_ptr_eq(find_task_by_pid(w->m, 3), child);
	ck_assert_uint_eq(child->state, TASK_ZOMBIE);
	ck_assert(KNULL(child->mm));
	world_check(w);
	ck_assert_int_eq(sys_wait4(parent, 3, &status), 3);
	ck_assert_uint_eq(status, 3 << 8);
	ck_assert_ptr_null(find_task_by_pid(w->m, 3));
	ck_assert_int_eq(sys_wait4(parent, 0, &status), -ECHILD);
	world_free(w);
}
END_TEST

START_TEST(test_wait_for_one)
{
	struct world *w = world_new(RAM);
	struct task_struct *parent = world_spawn(w), *a = world_fork(parent);
	struct task_struct *b = world_fork(parent), *other = world_spawn(w);
	u32 status = 99;

	do_exit(b, 9);
	ck_assert_int_eq(sys_wait4(parent, a->pid, &status), 0);
	ck_assert_int_eq(sys_wait4(parent, other->pid, &status), -ECHILD);
	ck_assert_int_eq(sys_wait4(parent, 1, &status), -ECHILD);
	ck_assert_int_eq(sys_wait4(parent, 5000, &status), -ECHILD);
	ck_assert_int_eq(sys_wait4(other, b->pid, &status), -ECHILD);
	ck_assert_uint_eq(status, 99);
	ck_assert_int_eq(sys_wait4(parent, 0, &status), 4);
	ck_assert_uint_eq(status, 9);
	world_free(w);
}
END_TEST

START_TEST(test_process_1_reaps)
{
	struct world *w = world_new(RAM);
	struct task_struct *child = world_spawn(w);
	u32 status;

	ck_assert_int_eq(sys_wait4(world_init(w), 0, &status), 0);
	do_exit(child, 0);
	ck_assert_ptr_null(find_task_by_pid(w->m, 2));
	ck_assert_int_eq(sys_wait4(world_init(w), 0, &status), -ECHILD);
	world_free(w);
}
END_TEST

START_TEST(test_orphans)
{
	struct world *w = world_new(RAM);
	struct task_struct *parent = world_spawn(w), *alive = world_fork(parent);
	struct task_struct *dead = world_fork(parent), *grandchild = world_fork(alive);

	do_exit(dead, 0);
	do_exit(parent, 0);
	ck_assert_ptr_null(find_task_by_pid(w->m, 2));
	ck_assert_ptr_null(find_task_by_pid(w->m, 4));
	ck_assert_ptr_eq(KGET(alive->parent), world_init(w));
	ck_assert_ptr_eq(KGET(grandchild->parent), alive);
	world_check(w);
	do_exit(alive, 0);
	ck_assert_ptr_null(find_task_by_pid(w->m, 3));
	do_exit(grandchild, 0);
	ck_assert_uint_eq(w->m->k->nr_tasks, 1);
	world_free(w);
}
END_TEST

/* A zombie's frames are back at once; only its descriptor waits for the parent. */
START_TEST(test_memory_returns)
{
	struct world *w = world_new(RAM);
	struct task_struct *parent = world_spawn(w), *child;
	struct memory_state before = memory_state(w), zombie;
	u32 status;

	do_exit(world_fork(parent), 0); /* pages shared at fork are read-only from now on */
	ck_assert_int_gt(sys_wait4(parent, 0, &status), 0);
	before = memory_state(w);
	child = world_fork(parent);
	for (u32 i = 0; i < 4; i++)
		poke(child, 0x0804a000 + i * PAGE_SIZE, i);
	do_exit(child, 0);
	zombie = memory_state(w);
	ck_assert_uint_eq(zombie.cache[CACHE_MM_STRUCT].active_objs,
			  before.cache[CACHE_MM_STRUCT].active_objs);
	ck_assert_uint_ge(zombie.free + 1, before.free);
	ck_assert_uint_eq(zombie.committed, before.committed);
	ck_assert_int_gt(sys_wait4(parent, 0, &status), 0);
	assert_same_memory(w, &before);
	world_free(w);
}
END_TEST

START_TEST(test_many)
{
	struct world *w = world_new(64u << 20);
	struct memory_state before;

	do_exit(world_spawn(w), 0);
	before = memory_state(w);
	for (u32 i = 0; i < 1000; i++)
		world_spawn(w);
	world_check(w);
	for (u32 pid = 3; pid < 1003; pid++)
		do_exit(find_task_by_pid(w->m, 3 + (pid - 3) * 7 % 1000), 0);
	assert_same_memory(w, &before);
	world_free(w);
}
END_TEST

TEST_MAIN("exit", test_zombie, test_wait_for_one, test_process_1_reaps, test_orphans,
	  test_memory_returns, test_many)

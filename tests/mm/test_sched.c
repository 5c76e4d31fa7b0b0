/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who runs where, and whose tables: mm_users and mm_count rise and fall as ULK says.
 */
#include "process_world.h"

#define RAM (8u << 20)

static struct task_struct *thread_new(struct world *w, const char *name)
{
	struct task_struct *task;

	ck_assert_int_eq(kernel_thread(w->m, name, 0, 0, &task), 0);
	return task;
}

START_TEST(test_kthread)
{
	struct world *w = world_new(RAM);
	struct memory_state before = memory_state(w);
	struct task_struct *t = thread_new(w, "kworker_with_a_long_name");

	ck_assert_uint_eq(t->pid, 2);
	ck_assert_str_eq(t->comm, "kworker_with_a_");
	ck_assert(t->flags == PF_KTHREAD && KNULL(t->mm) && KNULL(t->active_mm));
	ck_assert(KNULL(t->parent));
	world_check(w);
	do_exit(t, 0); /* nobody waits for it */
	ck_assert_ptr_null(find_task_by_pid(w->m, 2));
	assert_same_memory(w, &before);
	world_free(w);
}
END_TEST

/* No number is left; no memory is left. */
START_TEST(test_kthread_fails)
{
	struct world *w = world_new(RAM);
	struct task_struct *t = NULL;
	struct hog hog;
	int error = 0;

	w->m->k->sysctl[SYSCTL_PID_MAX] = 2;
	ck_assert_int_eq(kernel_thread(w->m, "k", 0, 0, &t), -EAGAIN);
	w->m->k->sysctl[SYSCTL_PID_MAX] = 32768;
	hog = hog_all_but(w->m, 0);
	while (!error)
		error = kernel_thread(w->m, "k", 0, 0, &t);
	ck_assert_int_eq(error, -ENOMEM);
	hog_free(&hog);
	world_free(w);
}
END_TEST

/* Lent from task to task: always one count for the borrower, none when it is given back. */
START_TEST(test_counts)
{
	struct world *w = world_new(RAM);
	struct task_struct *init = world_init(w), *a = world_spawn(w);
	struct task_struct *k1 = thread_new(w, "k1"), *k2 = thread_new(w, "k2");
	struct mm_struct *mm = KGET(a->mm), *init_mm = KGET(init->mm);
	u64 flushes;

	schedule_task(w->m, 0, a);
	ck_assert_int_eq(mm->mm_count, 1);
	flushes = w->m->cpu[0].tlb.flushes;
	schedule_task(w->m, 0, k1);
	ck_assert_int_eq(mm->mm_count, 2);
	ck_assert_int_eq(mm->mm_users, 1);
	world_check(w);
	schedule_task(w->m, 0, k2);
	ck_assert(KNULL(k1->active_mm) && KGET(k2->active_mm) == mm);
	ck_assert_int_eq(mm->mm_count, 2);
	world_check(w);
	schedule_task(w->m, 0, a);
	ck_assert_uint_eq(w->m->cpu[0].tlb.flushes, flushes); /* CR3 was never loaded */
	ck_assert_int_eq(mm->mm_count, 1);
	schedule_task(w->m, 0, k1);
	schedule_task(w->m, 0, init);
	ck_assert_int_eq(mm->mm_count, 1);
	ck_assert_int_eq(init_mm->mm_count, 1);
	ck_assert_uint_eq(w->m->cpu[0].tlb.flushes, flushes + 1);
	world_free(w);
}
END_TEST

/* The process dies while its tables are lent. */
START_TEST(test_lender_dies)
{
	struct world *w = world_new(RAM);
	struct memory_state before = memory_state(w);
	struct task_struct *a = world_spawn(w), *k = thread_new(w, "k");
	struct mm_struct *mm = KGET(a->mm);

	schedule_task(w->m, 0, a);
	schedule_task(w->m, 0, k);
	do_exit(a, 0);
	ck_assert_int_eq(mm->mm_users, 0);
	ck_assert_int_eq(mm->mm_count, 1);
	ck_assert_uint_eq(mm->map_count, 0);
	world_check(w);
	do_exit(k, 0); /* the last count: the directory goes */
	ck_assert_uint_eq(w->m->k->current[0].va, kva_of(world_init(w)));
	assert_same_memory(w, &before);
	world_free(w);
}
END_TEST

/* exec replaces the lender's mm. */
START_TEST(test_lender_execs)
{
	struct world *w = world_new(RAM);
	struct task_struct *a = world_spawn(w), *k = thread_new(w, "k");
	static const char *const argv[] = { "/init", NULL };
	struct mm_struct *mm = KGET(a->mm);

	schedule_task(w->m, 0, a);
	schedule_task(w->m, 0, k);
	ck_assert_int_eq(do_execve(a, KGET(w->m->k->init_file), "/init", argv), 0);
	ck_assert_ptr_eq(KGET(k->active_mm), mm);
	ck_assert(KGET(a->mm) != mm);
	world_check(w);
	schedule_task(w->m, 0, a);
	world_check(w);
	world_free(w);
}
END_TEST

/* Two CPUs: a task moves, the one it left is idle on init_mm; idle CPUs lend init_mm. */
START_TEST(test_cpus)
{
	struct world *w = world_new(RAM);
	struct task_struct *a = world_spawn(w), *k = thread_new(w, "k");
	struct kernel_data *kd = w->m->k;
	struct mm_struct *mm = KGET(a->mm);

	schedule_task(w->m, 1, k);
	ck_assert_ptr_eq(KGET(k->active_mm), &kd->init_mm);
	ck_assert_int_eq(kd->init_mm.mm_count, 1);
	world_check(w);
	schedule_task(w->m, 0, a);
	schedule_task(w->m, 1, a);
	ck_assert(KNULL(kd->current[0]) && KGET(kd->current[1]) == a);
	ck_assert(KNULL(k->active_mm));
	ck_assert_uint_eq(kd->active_mm[0].va, kva_of(&kd->init_mm));
	ck_assert_uint_eq(mm->cpu_vm_mask, 2);
	world_check(w);
	schedule_task(w->m, 1, k);
	schedule_task(w->m, 0, k); /* takes nothing along */
	ck_assert_int_eq(mm->mm_count, 1);
	ck_assert_ptr_eq(KGET(k->active_mm), &kd->init_mm);
	world_free(w);
}
END_TEST

static u32 failures(struct world *w)
{
	return check_machine(w->m, NULL, NULL);
}

/* A new task gets the CPU with the fewest; it stays there; the dead do not count. */
START_TEST(test_placement)
{
	struct world *w = world_new_cpus(RAM, 3);
	struct task_struct *init = world_init(w), *a = world_spawn(w), *b = world_spawn(w), *c, *d;
	struct task_struct *k = thread_new(w, "k");
	u32 *nr = w->m->k->nr_running;

	ck_assert_uint_eq(init->cpu, 0);
	ck_assert(a->cpu == 1 && b->cpu == 2 && k->cpu == 0);
	ck_assert(nr[0] == 2 && nr[1] == 1 && nr[2] == 1);
	ck_assert_int_eq(do_fork(b, 0, &c), 0);
	ck_assert_uint_eq(c->cpu, 1);
	schedule_task(w->m, 0, c);
	ck_assert(c->cpu == 0 && nr[0] == 3 && nr[1] == 1);
	run_task(w->m, c);
	ck_assert_ptr_eq(KGET(w->m->k->current[0]), c);
	ck_assert_uint_eq(smp_processor_id(w->m), 0);
	run_task(w->m, b);
	ck_assert_uint_eq(smp_processor_id(w->m), 2);
	world_check(w);
	do_exit(c, 0); /* a zombie: process 1 goes on there */
	ck_assert(nr[0] == 2 && KGET(w->m->k->current[0]) == init);
	do_exit(b, 0); /* nobody goes on there */
	ck_assert(nr[2] == 0 && KNULL(w->m->k->current[2]));
	d = world_spawn(w);
	ck_assert_uint_eq(d->cpu, 2);
	world_check(w);
	nr[2]++;
	ck_assert_uint_gt(failures(w), 0);
	nr[2]--;
	d->cpu = 3;
	ck_assert_uint_gt(failures(w), 0);
	d->cpu = 2;
	world_free(w);
}
END_TEST

/* The check counts for itself. */
START_TEST(test_validate)
{
	struct world *w = world_new(RAM);
	struct task_struct *a = world_spawn(w), *k = thread_new(w, "k");
	struct mm_struct *mm = KGET(a->mm);

	schedule_task(w->m, 0, a);
	schedule_task(w->m, 0, k);
	ck_assert_uint_eq(failures(w), 0);
	mm->mm_count++;
	ck_assert_uint_gt(failures(w), 0);
	mm->mm_count--;
	KSET(w->m->k->current[1], k);
	ck_assert_uint_gt(failures(w), 0);
	KSET(w->m->k->current[1], NULL);
	KSET(k->active_mm, NULL);
	ck_assert_uint_gt(failures(w), 0);
	KSET(k->active_mm, mm);
	world_free(w);
}
END_TEST

TEST_MAIN("sched", test_kthread, test_kthread_fails, test_counts, test_lender_dies,
	  test_lender_execs, test_cpus, test_placement, test_validate)

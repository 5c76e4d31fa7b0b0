/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The out-of-memory killer: who is chosen, how it ends, what the asking process gets, which
 * requests kill nobody, and the report.
 */
#include <signal.h>

#include "mm/oom_report.h"
#include "mm/pgtable.h"
#include "mm/slab.h"
#include "process_world.h"

#define AREA 0x40000000u
#define PAGES(n) ((u32)(n) << PAGE_SHIFT)
#define ROOM (PAGES(5000))

static u32 kills(const struct world *w)
{
	return (u32)w->m->k->vm_event[OOM_KILL];
}

static void set(struct world *w, enum sysctl which, u32 value)
{
	w->m->k->sysctl[which] = value;
}

static void map_area(struct task_struct *task, u32 bytes)
{
	ck_assert_int_eq(do_mmap(task, NULL, AREA, bytes, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, 0),
			 AREA);
}

static int touch(struct world *w, struct task_struct *task, u32 bytes)
{
	u32 faults;

	schedule_task(w->m, 0, task);
	return touch_range(w->m, task, AREA, bytes, ACCESS_WRITE, &faults);
}

/* A process that has written so many pages. */
static struct task_struct *eater(struct world *w, u32 pages)
{
	struct task_struct *task = world_spawn(w);

	map_area(task, ROOM);
	ck_assert_int_eq(touch(w, task, PAGES(pages)), 0);
	return task;
}

static bool is_gone(struct world *w, u32 pid)
{
	return !find_task_by_pid(w->m, pid);
}

/* ---- badness ---- */

START_TEST(test_badness)
{
	struct world *w = world_new(16 << 20);
	struct task_struct *task = eater(w, 100), *child, *kthread;
	struct mm_struct *mm = KGET(task->mm);
	u32 frames = w->m->k->zone[ZONE_DMA].managed_pages;
	s32 badness = oom_badness(w->m, task);

	ck_assert_int_eq(badness, (s32)(get_mm_rss(mm) + mm_pgtables(mm)));
	ck_assert_int_gt(badness, 100);
	ck_assert_uint_eq(oom_score(w->m, task), (1000 + (u32)badness * 1000 / frames) * 2 / 3);
	mm->rss_stat[MM_SWAPENTS] += 7;
	ck_assert_int_eq(oom_badness(w->m, task), badness + 7);
	mm->rss_stat[MM_SWAPENTS] -= 7;
	task->oom_score_adj = 500;
	ck_assert_int_eq(oom_badness(w->m, task), badness + 500 * (s32)(frames / 1000));
	task->oom_score_adj = -999;
	ck_assert_int_lt(oom_badness(w->m, task), 0);
	task->oom_score_adj = OOM_SCORE_ADJ_MIN;
	ck_assert_int_eq(oom_badness(w->m, task), OOM_NEVER);
	ck_assert_uint_eq(oom_score(w->m, task), 0);
	task->oom_score_adj = 0;
	ck_assert_int_eq(oom_badness(w->m, world_init(w)), OOM_NEVER);
	ck_assert_int_eq(kernel_thread(w->m, "kthread", 0, 0, &kthread), 0);
	ck_assert_int_eq(oom_badness(w->m, kthread), OOM_NEVER);
	ck_assert_int_eq(do_fork(task, CLONE_VM | CLONE_VFORK, &child), 0);
	ck_assert_int_eq(oom_badness(w->m, child), OOM_NEVER);
	ck_assert_int_eq(oom_badness(w->m, task), badness);
	world_free(w);
}
END_TEST

/* Those who share memory have one adj, a vfork child its own. */
START_TEST(test_set_score_adj)
{
	struct world *w = world_new(4 << 20);
	struct task_struct *task = world_spawn(w), *thread, *child, *vforked;

	child = world_fork(task);
	ck_assert_int_eq(do_fork(task, CLONE_VM, &thread), 0);
	ck_assert_int_eq(do_fork(task, CLONE_VM | CLONE_VFORK, &vforked), 0);
	oom_set_score_adj(thread, 300);
	ck_assert_int_eq(task->oom_score_adj, 300);
	ck_assert_int_eq(thread->oom_score_adj, 300);
	ck_assert_int_eq(child->oom_score_adj, 0);
	ck_assert_int_eq(vforked->oom_score_adj, 0);
	oom_set_score_adj(vforked, -5);
	ck_assert_int_eq(task->oom_score_adj, 300);
	world_free(w);
}
END_TEST

/* ---- choice ---- */

/* The largest dies, and the process that asked goes on as if nothing had been. */
START_TEST(test_largest)
{
	struct world *w = world_new(16 << 20);
	struct task_struct *asking = eater(w, 10), *large = eater(w, 1500);
	u32 pid = large->pid, small = eater(w, 1000)->pid;
	struct memory_state before = memory_state(w);

	ck_assert_int_eq(touch(w, asking, PAGES(1400)), 0);
	ck_assert_uint_eq(kills(w), 1);
	ck_assert(is_gone(w, pid));
	ck_assert(!is_gone(w, small));
	ck_assert_int_eq(get_mm_rss(KGET(asking->mm)) >= 1400, true);
	ck_assert_uint_gt(memory_state(w).free, before.free);
	world_free(w);
}
END_TEST

START_TEST(test_adj_chooses)
{
	struct world *w = world_new(16 << 20);
	struct task_struct *asking = eater(w, 10), *large = eater(w, 1800), *small = eater(w, 1400);
	u32 pid = small->pid;

	large->oom_score_adj = OOM_SCORE_ADJ_MIN;
	ck_assert_int_eq(touch(w, asking, PAGES(900)), 0);
	ck_assert_uint_eq(kills(w), 1);
	ck_assert(is_gone(w, pid));
	ck_assert_uint_eq(large->state, TASK_RUNNING);
	world_free(w);
}
END_TEST

/* Of equals the one that was made last. */
START_TEST(test_youngest_of_equals)
{
	struct world *w = world_new(16 << 20);
	struct task_struct *asking = eater(w, 10);
	u32 first = eater(w, 1600)->pid, second = eater(w, 1600)->pid;

	ck_assert_int_eq(touch(w, asking, PAGES(1100)), 0);
	ck_assert(is_gone(w, second));
	ck_assert(!is_gone(w, first));
	world_free(w);
}
END_TEST

/* ---- the end ---- */

/* A child stays as a zombie that was killed by signal 9; its memory is back already. */
START_TEST(test_child_stays_dead)
{
	struct world *w = world_new(16 << 20);
	struct task_struct *parent = eater(w, 10), *child = world_fork(parent);
	u32 pid = child->pid, status = 0;

	ck_assert_int_eq(touch(w, child, PAGES(2000)), 0);
	ck_assert_int_eq(touch(w, parent, PAGES(2500)), 0);
	ck_assert_uint_eq(kills(w), 1);
	ck_assert_uint_eq(child->state, TASK_ZOMBIE);
	world_check(w);
	ck_assert_int_eq(sys_wait4(parent, 0, &status), (int)pid);
	ck_assert_uint_eq(status, SIGKILL);
	world_free(w);
}
END_TEST

/* All who share the memory die, or it would not come back; process 1 does not. */
START_TEST(test_sharers)
{
	struct world *w = world_new(16 << 20);
	struct task_struct *asking = eater(w, 10), *large = eater(w, 2000), *thread, *vforked;
	u32 pids[3] = { large->pid };

	ck_assert_int_eq(do_fork(large, CLONE_VM, &thread), 0);
	ck_assert_int_eq(do_fork(large, CLONE_VM | CLONE_VFORK, &vforked), 0);
	pids[1] = thread->pid;
	pids[2] = vforked->pid;
	thread->oom_score_adj = -500;
	ck_assert_int_eq(touch(w, asking, PAGES(1900)), 0);
	ck_assert_uint_eq(kills(w), 1);
	for (unsigned i = 0; i < 3; i++)
		ck_assert(is_gone(w, pids[i]));
	world_free(w);
}
END_TEST

START_TEST(test_shares_with_init)
{
	struct world *w = world_new(16 << 20);
	struct task_struct *init = world_init(w), *thread;
	u32 pid;

	map_area(init, ROOM);
	ck_assert_int_eq(do_fork(init, CLONE_VM, &thread), 0);
	pid = thread->pid;
	ck_assert_int_eq(touch(w, init, ROOM), -ENOMEM);
	ck_assert_uint_eq(init->state, TASK_RUNNING);
	ck_assert(!is_gone(w, pid)); /* it is the asking memory: at the end of the request */
	oom_deliver(w->m);
	ck_assert(is_gone(w, pid));
	ck_assert_int_eq(touch(w, init, ROOM), -ENOMEM);
	ck_assert_uint_eq(kills(w), 1);
	world_free(w);
}
END_TEST

/* The asking process itself: -ENOMEM, and nobody else has to die until it has. */
START_TEST(test_asking_is_chosen)
{
	struct world *w = world_new(16 << 20);
	struct task_struct *other = eater(w, 500), *asking = eater(w, 100);
	u32 pid = asking->pid;

	ck_assert_int_eq(touch(w, asking, ROOM), -ENOMEM);
	ck_assert_uint_eq(asking->state, TASK_RUNNING);
	ck_assert_int_eq(touch(w, asking, ROOM), -ENOMEM);
	ck_assert_uint_eq(kills(w), 1);
	world_check(w);
	oom_deliver(w->m);
	ck_assert(is_gone(w, pid));
	ck_assert_int_eq(touch(w, other, PAGES(3000)), 0);
	ck_assert_uint_eq(kills(w), 1);
	world_free(w);
}
END_TEST

/* A child asked: it stays as a zombie, and dies once. */
START_TEST(test_asking_child_is_chosen)
{
	struct world *w = world_new(16 << 20);
	struct task_struct *parent = eater(w, 10), *child = world_fork(parent);
	u32 pid = child->pid, status = 0;

	ck_assert_int_eq(touch(w, child, ROOM), -ENOMEM);
	ck_assert_uint_eq(child->state, TASK_RUNNING);
	oom_deliver(w->m);
	ck_assert_uint_eq(child->state, TASK_ZOMBIE);
	oom_deliver(w->m);
	world_check(w);
	ck_assert_int_eq(sys_wait4(parent, 0, &status), (int)pid);
	ck_assert_uint_eq(status, SIGKILL);
	world_free(w);
}
END_TEST

/* populate and mlock are as good as accesses. */
START_TEST(test_populate)
{
	struct world *w = world_new(16 << 20);
	struct task_struct *asking = eater(w, 10);

	eater(w, 2500);
	asking->rlim[RLIMIT_MEMLOCK] = RLIM_INFINITY;
	ck_assert_int_eq(sys_mlock(asking, AREA, PAGES(2000), 0), 0);
	ck_assert_uint_eq(kills(w), 1);
	ck_assert_uint_ge(get_mm_rss(KGET(asking->mm)), 2000);
	world_free(w);
}
END_TEST

/* ---- who kills nobody ---- */

static void refused(struct world *w, gfp_t gfp, unsigned order, bool wanted)
{
	oom_begin(w->m);
	ck_assert_ptr_null(alloc_pages(w->m, gfp, order));
	ck_assert_msg(w->m->k->oom.want.noted == wanted, "gfp %x, order %u", gfp, order);
}

START_TEST(test_requests)
{
	struct world *w = world_new(16 << 20);
	struct hog hog;

	memory_state(w); /* nothing is cached */
	hog = hog_all_but(w->m, 0);
	refused(w, GFP_KERNEL, 0, true);
	refused(w, GFP_HIGHUSER, 0, true);
	refused(w, GFP_KERNEL, PAGE_ALLOC_COSTLY_ORDER, true);
	refused(w, GFP_KERNEL, PAGE_ALLOC_COSTLY_ORDER + 1, false);
	refused(w, GFP_KERNEL | __GFP_NORETRY, 0, false);
	refused(w, GFP_KERNEL | __GFP_DMA, 0, false);
	refused(w, GFP_NOFS, 0, false);
	refused(w, GFP_ATOMIC, 0, false);
	refused(w, GFP_NOWAIT, 0, false);
	ck_assert(!out_of_memory(w->m, NULL));
	hog_free(&hog);
	world_free(w);
}
END_TEST

/* Nobody may be killed: the request is refused, again and again. */
START_TEST(test_nobody)
{
	struct world *w = world_new(16 << 20);
	struct task_struct *task = eater(w, 10);

	task->oom_score_adj = OOM_SCORE_ADJ_MIN;
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(touch(w, task, ROOM), -ENOMEM);
	task->oom_score_adj = 0;
	set(w, SYSCTL_PANIC_ON_OOM, 1);
	ck_assert_int_eq(touch(w, task, ROOM), -ENOMEM);
	ck_assert_uint_eq(kills(w), 0);
	ck_assert_uint_eq(KGET(w->m->k->oom.log)->written, 4);
	world_free(w);
}
END_TEST

START_TEST(test_kill_allocating_task)
{
	struct world *w = world_new(16 << 20);
	struct task_struct *large = eater(w, 2000), *asking = eater(w, 10);
	u32 pid = asking->pid;

	set(w, SYSCTL_OOM_KILL_ALLOCATING_TASK, 1);
	ck_assert_int_eq(touch(w, asking, PAGES(1950)), -ENOMEM);
	oom_deliver(w->m);
	ck_assert(is_gone(w, pid));
	ck_assert_uint_eq(large->state, TASK_RUNNING);
	world_free(w);
}
END_TEST

/* What one door could not have is not the other's. */
START_TEST(test_door_in_a_door)
{
	struct world *w = world_new(16 << 20);
	u32 pid = eater(w, 100)->pid;
	struct oom_want outer = oom_begin(w->m), inner;

	oom_note(w->m, GFP_KERNEL, 1);
	inner = oom_begin(w->m);
	ck_assert(!out_of_memory(w->m, NULL));
	oom_note(w->m, GFP_HIGHUSER, 0);
	oom_end(w->m, inner);
	ck_assert_uint_eq(w->m->k->oom.want.gfp_mask, GFP_KERNEL);
	ck_assert_uint_eq(w->m->k->oom.want.order, 1);
	ck_assert(out_of_memory(w->m, NULL));
	ck_assert(is_gone(w, pid));
	ck_assert(!out_of_memory(w->m, NULL));
	oom_note(w->m, GFP_KERNEL, 0);
	oom_end(w->m, outer);
	ck_assert(!w->m->k->oom.want.noted);
	world_free(w);
}
END_TEST

/* ---- low memory ---- */

/* The kernel's own memory ends while high memory is free: it is asked for in vain, and survives. */
START_TEST(test_lowmem)
{
	struct machine_config config = {
		.ram = PAGES(2048), .dma_frames = 16, .lowmem_frames = 512, .ops = &world_ops
	};
	struct world *w = calloc(1, sizeof(*w));
	struct task_struct *task, *child;
	u32 regions = 0, pid;
	int error;

	ck_assert_int_eq(machine_new(&config, &w->m), 0);
	ck_assert_int_eq(start_init(w->m, NULL, NULL, USER_ID, USER_ID), 0);
	task = world_spawn(w);
	pid = task->pid;
	do {
		oom_begin(w->m);
		error = (int)do_mmap(task, NULL, AREA + PAGES(2 * regions), PAGE_SIZE,
				     regions % 2 ? PROT_READ : PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0);
		regions++;
	} while (error > 0);
	ck_assert_int_eq(error, -ENOMEM);
	ck_assert_uint_gt(nr_free_highpages(w->m), 1000);
	ck_assert_int_eq(w->m->k->oom.want.gfp_mask & __GFP_HIGHMEM, 0);
	world_check(w);
	ck_assert(!out_of_memory(w->m, task));
	oom_deliver(w->m);
	ck_assert(is_gone(w, pid));
	ck_assert_int_eq(do_fork(world_init(w), 0, &child), 0);
	world_free(w);
}
END_TEST

/* ---- the report ---- */

START_TEST(test_report)
{
	struct world *w = world_new(16 << 20);
	struct task_struct *asking = eater(w, 10), *large = eater(w, 2000);
	u32 pid = large->pid;
	const struct oom_report *r;

	ck_assert_ptr_null(oom_report_next(w->m, NULL));
	ck_assert_int_eq(touch(w, asking, PAGES(1900)), 0);
	r = oom_report_next(w->m, NULL);
	ck_assert_ptr_nonnull(r);
	ck_assert_ptr_null(oom_report_next(w->m, r));
	ck_assert_uint_eq(r->verdict, OOM_KILLED);
	ck_assert_uint_eq(r->gfp_mask, GFP_HIGHUSER | __GFP_ZERO);
	ck_assert_uint_eq(r->asking.pid, asking->pid);
	ck_assert_uint_eq(r->victim.pid, pid);
	ck_assert_uint_ge(r->victim_rss[0], 2000);
	ck_assert_uint_eq(r->nr_tasks, 2);
	ck_assert_uint_eq(r->task[0].pid, asking->pid);
	ck_assert_uint_eq(r->task[1].pid, pid);
	ck_assert_uint_lt(r->zone[ZONE_DMA].free, r->zone[ZONE_DMA].low);
	world_free(w);
}
END_TEST

/* The oldest give way, a table too long for the log is cut. */
START_TEST(test_log)
{
	struct world *w = world_new(32 << 20);
	u32 n = 0, nr_tasks = 600;

	for (unsigned i = 0; i < 100; i++)
		oom_report(w->m, NULL, NULL, OOM_NOBODY);
	for (const struct oom_report *r = NULL; (r = oom_report_next(w->m, r));)
		n++;
	ck_assert_uint_gt(n, 10);
	ck_assert_uint_lt(n, 100);
	world_check(w);
	set(w, SYSCTL_OOM_DUMP_TASKS, 1);
	for (u32 i = 0; i < nr_tasks; i++) {
		struct task_struct *task;

		ck_assert_int_eq(do_fork(world_init(w), CLONE_VM, &task), 0);
	}
	oom_report(w->m, NULL, NULL, OOM_NOBODY);
	ck_assert_uint_eq(oom_report_next(w->m, NULL)->nr_tasks, nr_tasks);
	ck_assert_uint_lt(oom_report_next(w->m, NULL)->nr_listed, nr_tasks);
	ck_assert_uint_gt(oom_report_next(w->m, NULL)->nr_listed, 200);
	world_free(w);
}
END_TEST

TEST_MAIN("oom_kill", test_badness, test_set_score_adj, test_largest, test_adj_chooses,
	  test_youngest_of_equals, test_child_stays_dead, test_sharers, test_shares_with_init,
	  test_asking_is_chosen, test_asking_child_is_chosen, test_populate, test_requests,
	  test_nobody, test_kill_allocating_task, test_door_in_a_door, test_lowmem, test_report,
	  test_log)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Process numbers, listings, descriptors of files, CPUs.
 */
#include "process_world.h"

#define RAM (16u << 20)

START_TEST(test_process_1)
{
	struct world *w = world_new(RAM);
	struct task_struct *init = world_init(w);
	struct mm_struct *mm = KGET(init->mm);

	ck_assert_uint_eq(init->pid, 1);
	ck_assert_str_eq(init->comm, "init");
	ck_assert_uint_eq(init->uid, USER_ID);
	ck_assert(KNULL(init->parent));
	ck_assert_ptr_eq(KGET(w->m->k->current[0]), init);
	ck_assert(KNULL(w->m->k->current[1]));
	ck_assert_str_eq(regions_text(init), "08048000-08049000 r-xp 00000000 F\n"
					     "08049000-0804a000 rw-p 00001000 F\n"
					     "0804a000-0804d000 rw-p -\n"
					     "0804d000-0804e000 rw-p -\n"
					     "bffdf000-c0000000 rw-p -\n");
	ck_assert_uint_eq(mm->brk, mm->start_brk + PAGE_SIZE);
	world_free(w);
}
END_TEST

START_TEST(test_init_from_a_file)
{
	struct world w = { 0 };
	struct machine_config config = {
		.ram = RAM,
		.pae = test_pae(),
		.ops = &world_ops,
		.ops_data = &w,
	};

	ck_assert_int_eq(machine_new(&config, &w.m), 0);
	world_program(&w);
	w.broken = true;
	ck_assert_int_eq(start_init(w.m, w.file, "prog", 7, 8), -EIO);
	ck_assert_uint_eq(w.m->k->nr_tasks, 0);
	ck_assert_ptr_null(find_task_by_pid(w.m, 1));
	world_check(&w);
	w.broken = false;
	ck_assert_int_eq(start_init(w.m, w.file, "prog", USER_ID, 8), 0);
	ck_assert_str_eq(regions_text(find_task_by_pid(w.m, 1)),
			 "08048000-08049000 r-xp 00000000 F\n"
			 "08049000-0804a000 rw-p 00001000 F\n"
			 "0804a000-0804d000 rw-p -\n"
			 "0804d000-0804e000 rw-p -\n" /* a page of heap */
			 "bffdf000-c0000000 rw-p -\n");
	world_check(&w);
	machine_free(w.m);
	free(w.bytes);
}
END_TEST

/* The built-in program is a real file: exec of its bytes gives the same regions. */
START_TEST(test_init_image)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = world_spawn(w);
	u32 size;
	const void *image = initramfs_image(&size);
	u8 *copy = malloc(size);
	u8 bytes[64];

	memcpy(copy, image, size);
	world_file(w, copy, size);
	ck_assert_int_eq(do_execve(task, w->file, "init", NULL), 0);
	ck_assert_ptr_null(strstr(regions_text(task), "0804d000-0804e000"));
	peek_string(task, 0x08048000, (char *)bytes, sizeof(bytes));
	ck_assert_int_eq(memcmp(bytes, image, sizeof(bytes)), 0);
	ck_assert_uint_gt(size, PAGE_SIZE);
	peek_string(task, 0x08049000, (char *)bytes, sizeof(bytes));
	ck_assert_int_eq(memcmp(bytes, (const u8 *)image + PAGE_SIZE, size - PAGE_SIZE), 0);
	world_free(w);
}
END_TEST

START_TEST(test_numbers_in_order)
{
	struct world *w = world_new(RAM);

	for (u32 i = 2; i < 6; i++)
		ck_assert_uint_eq(world_spawn(w)->pid, i);
	do_exit(find_task_by_pid(w->m, 5), 0);
	ck_assert_uint_eq(world_spawn(w)->pid, 6); /* 5 comes back only after a round */
	ck_assert_ptr_null(find_task_by_pid(w->m, 5));
	ck_assert_uint_eq(next_task_by_pid(w->m, 5)->pid, 6);
	ck_assert_uint_eq(next_task_by_pid(w->m, 0)->pid, 1);
	ck_assert_ptr_null(next_task_by_pid(w->m, 7));
	ck_assert_ptr_null(next_task_by_pid(w->m, 0xffffffff));
	world_free(w);
}
END_TEST

START_TEST(test_numbers_wrap)
{
	struct world *w = world_new(RAM);
	struct task_struct *kept, *task;
	u32 generation;

	w->m->k->sysctl[SYSCTL_PID_MAX] = 303;
	w->m->k->last_pid = 300;
	kept = world_spawn(w);
	ck_assert_uint_eq(kept->pid, 301);
	generation = kept->generation;
	ck_assert_uint_eq(world_spawn(w)->pid, 302);
	ck_assert_uint_eq(world_spawn(w)->pid, 300);
	ck_assert_int_eq(do_fork(kept, 0, &task), -EAGAIN);
	ck_assert_int_eq(do_spawn(w->m, 1, 1, NULL, NULL, NULL, &task), -EAGAIN);
	do_exit(kept, 0);
	task = world_spawn(w);
	ck_assert_uint_eq(task->pid, 301);
	ck_assert_uint_gt(task->generation, generation);
	/* pid_max was lowered below the last number */
	w->m->k->last_pid = 5000;
	do_exit(task, 0);
	ck_assert_uint_eq(world_spawn(w)->pid, 301);
	world_free(w);
}
END_TEST

START_TEST(test_descriptors)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = world_spawn(w);
	struct file *file = world_program(w);

	ck_assert_int_eq(sys_close(task, 3), -EBADF);
	ck_assert_ptr_null(fget(task, 3));
	for (int fd = 3; fd < NR_OPEN; fd++)
		ck_assert_int_eq(fd_install(task, get_file(file)), fd);
	ck_assert_int_eq(fd_install(task, file), -EMFILE);
	ck_assert_int_eq(sys_close(task, 100), 0);
	ck_assert_int_eq(sys_close(task, 100), -EBADF);
	ck_assert_int_eq(sys_close(task, NR_OPEN), -EBADF);
	ck_assert_int_eq(sys_close(task, 0xffffffff), -EBADF);
	ck_assert_int_eq(sys_close(task, 0), -EBADF);
	ck_assert_ptr_null(fget(task, NR_OPEN));
	ck_assert_int_eq(fd_install(task, get_file(file)), 100);
	ck_assert_ptr_eq(fget(task, 100), file);
	fput(file);
	ck_assert_int_eq(file->f_count, 1 + NR_OPEN - 3);
	do_exit(task, 0);
	ck_assert_int_eq(file->f_count, 1);
	world_free(w);
}
END_TEST

START_TEST(test_schedule)
{
	struct world *w = world_new(RAM);
	struct task_struct *a = world_spawn(w), *b = world_spawn(w);
	struct kernel_data *k = w->m->k;

	schedule_task(w->m, 0, a);
	schedule_task(w->m, 1, b);
	ck_assert_uint_eq(k->active_mm[0].va, a->mm.va);
	ck_assert_uint_eq(w->m->cpu[0].cr3 & CR3_MASK, (KGET(a->mm)->pgd - PAGE_OFFSET) & CR3_MASK);
	world_check(w);
	schedule_task(w->m, 0, b);
	world_check(w);
	ck_assert(KNULL(k->current[1])); /* it moved, and CPU 1 is idle */
	schedule_task(w->m, 1, a);
	do_exit(b, 0); /* CPU 0 goes on with process 1 */
	ck_assert_uint_eq(k->current[0].va, kva_of(world_init(w)));
	ck_assert_uint_eq(k->current[1].va, kva_of(a));
	do_exit(a, 0); /* CPU 1 is idle */
	ck_assert_uint_eq(k->active_mm[1].va, kva_of(&k->init_mm));
	world_free(w);
}
END_TEST

/* A thread without an mm runs on what is loaded, and keeps the descriptor alive. */
START_TEST(test_lazy_tlb)
{
	struct world *w = world_new(RAM);
	struct task_struct *a = world_spawn(w), *init = world_init(w), *thread;
	struct mm_struct *mm = KGET(a->mm);
	struct memory_state before;

	thread = kmem_cache_alloc(kernel_cache(w->m, CACHE_TASK_STRUCT), GFP_KERNEL | __GFP_ZERO);
	thread->flags = PF_KTHREAD;
	before = memory_state(w);
	schedule_task(w->m, 0, a);
	schedule_task(w->m, 0, thread);
	ck_assert_ptr_eq(KGET(thread->active_mm), mm);
	ck_assert_int_eq(mm->mm_count, 2);
	ck_assert_uint_eq(w->m->k->active_mm[0].va, kva_of(mm));
	do_exit(a, 0);
	ck_assert_int_eq(mm->mm_count, 1); /* regions are gone, the directory is not */
	ck_assert_uint_eq(w->m->k->active_mm[0].va, kva_of(mm));
	schedule_task(w->m, 0, init);
	ck_assert(KNULL(thread->active_mm));
	ck_assert_uint_eq(memory_state(w).cache[CACHE_MM_STRUCT].active_objs + 1,
			  before.cache[CACHE_MM_STRUCT].active_objs);
	kmem_cache_free(kernel_cache(w->m, CACHE_TASK_STRUCT), thread);
	world_free(w);
}
END_TEST

static void count_line(void *data, const char *line)
{
	(void)line;
	++*(u32 *)data;
}

static bool broken(struct world *w)
{
	u32 lines = 0;

	return check_machine(w->m, count_line, &lines) && lines;
}

/* The checker sees what it is there for. */
START_TEST(test_validate)
{
	struct world *w = world_new(RAM);
	struct task_struct *a = world_spawn(w), *b = world_fork(a);
	struct mm_struct *mm = KGET(a->mm);

	world_check(w);
	mm->mm_users++;
	ck_assert(broken(w));
	mm->mm_users--;
	w->m->k->nr_tasks++;
	ck_assert(broken(w));
	w->m->k->nr_tasks--;
	KSET(b->parent, world_init(w));
	ck_assert(broken(w));
	KSET(b->parent, a);
	b->pid = 9;
	ck_assert(broken(w));
	b->pid = 3;
	b->state = TASK_ZOMBIE;
	ck_assert(broken(w));
	b->state = TASK_RUNNING;
	world_free(w);
}
END_TEST

TEST_MAIN("task", test_process_1, test_init_from_a_file, test_init_image, test_numbers_in_order,
	  test_numbers_wrap, test_descriptors, test_schedule, test_lazy_tlb, test_validate)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork: what the child has, what it does not share, and that nothing is left of one that
 * fails.
 */
#include "process_world.h"

#define RAM (16u << 20)

#define DATA 0x08049000u
#define BSS 0x0804a000u

START_TEST(test_child)
{
	struct world *w = world_new(RAM);
	struct task_struct *parent = world_spawn(w), *child;

	machine_tick(w->m);
	parent->regs.eax = 77;
	parent->regs.ebx = 78;
	parent->min_flt = 5;
	parent->rlim[RLIMIT_AS] = 12345678;
	parent->fault.address = 0x1234;
	child = world_fork(parent);
	ck_assert_uint_eq(child->pid, 3);
	ck_assert_uint_eq(child->tgid, 3);
	ck_assert_ptr_eq(KGET(child->parent), parent);
	ck_assert_uint_eq(child->uid, USER_ID);
	ck_assert_uint_eq(child->regs.eax, 0);
	ck_assert_uint_eq(child->regs.ebx, 78);
	ck_assert_uint_eq(child->regs.eip, parent->regs.eip);
	ck_assert_uint_eq(child->min_flt, 0);
	ck_assert_uint_eq(child->rlim[RLIMIT_AS], 12345678);
	ck_assert_uint_eq(child->fault.address, 0);
	ck_assert_uint_eq(child->start_time, w->m->k->jiffies);
	ck_assert_uint_eq(child->flags & PF_FORKNOEXEC, PF_FORKNOEXEC);
	ck_assert_str_eq(child->comm, "init");
	world_free(w);
}
END_TEST

START_TEST(test_memory_is_apart)
{
	struct world *w = world_new(RAM);
	struct task_struct *parent = world_spawn(w), *child;
	char *regions = strdup(regions_text(parent));

	poke(parent, BSS, 1);
	poke(parent, DATA, 2);
	child = world_fork(parent);
	ck_assert_str_eq(regions_text(child), regions);
	ck_assert_uint_eq(KGET(child->mm)->brk, KGET(parent->mm)->brk);
	ck_assert_uint_eq(KGET(child->mm)->start_stack, KGET(parent->mm)->start_stack);
	ck_assert_uint_eq(peek(child, BSS), 1);
	poke(child, BSS, 11);
	poke(parent, DATA, 12);
	ck_assert_uint_eq(peek(parent, BSS), 1);
	ck_assert_uint_eq(peek(child, DATA), 2);
	world_check(w);
	free(regions);
	world_free(w);
}
END_TEST

START_TEST(test_clone_vm)
{
	struct world *w = world_new(RAM);
	struct task_struct *parent = world_spawn(w), *child;
	u32 free_pages = nr_free_pages(w->m);

	ck_assert_int_eq(do_fork(parent, CLONE_VM, &child), 0);
	ck_assert_uint_eq(child->mm.va, parent->mm.va);
	poke(child, BSS, 4);
	ck_assert_uint_eq(peek(parent, BSS), 4);
	world_check(w);
	do_exit(parent, 0);
	ck_assert_uint_eq(peek(child, BSS), 4);
	world_check(w);
	do_exit(child, 0);
	ck_assert_uint_gt(nr_free_pages(w->m), free_pages);
	world_free(w);
}
END_TEST

START_TEST(test_descriptors_are_copied)
{
	struct world *w = world_new(RAM);
	struct task_struct *parent = world_spawn(w), *child;
	struct file *file = world_program(w);

	ck_assert_int_eq(fd_install(parent, get_file(file)), 3);
	ck_assert_int_eq(fd_install(parent, get_file(file)), 4);
	child = world_fork(parent);
	ck_assert_int_eq(file->f_count, 5);
	ck_assert_int_eq(sys_close(parent, 3), 0);
	ck_assert_ptr_eq(fget(child, 3), file);
	fput(file);
	do_exit(child, 0);
	do_exit(parent, 0);
	ck_assert_int_eq(file->f_count, 1);
	world_free(w);
}
END_TEST

/* Generations of processes leave nothing: frames, slabs, promises. */
START_TEST(test_no_leak)
{
	struct world *w = world_new(RAM);
	struct memory_state before;

	do_exit(world_spawn(w), 0); /* the pages of init's file are in the cache now */
	before = memory_state(w);
	for (u32 i = 0; i < 30; i++) {
		struct task_struct *a = world_spawn(w), *b, *c;
		u32 status;

		poke(a, BSS, i);
		b = world_fork(a);
		poke(b, DATA, i);
		c = world_fork(b);
		poke(c, BSS + PAGE_SIZE, i);
		do_exit(b, 0);
		do_exit(a, 0);
		ck_assert_int_eq(sys_wait4(c, 0, &status), -ECHILD);
		do_exit(c, 0);
		assert_same_memory(w, &before);
	}
	world_free(w);
}
END_TEST

/* Pages in far places: each needs a page table of its own. */
static void scatter(struct task_struct *task)
{
	for (u32 addr = 0x10000000; addr < 0x20000000; addr += 0x2000000) {
		ck_assert_int_eq(do_mmap(task, NULL, addr, PAGE_SIZE, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0),
				 addr);
		poke(task, addr, addr);
	}
}

static void fork_short_of_memory(bool pae, u32 left, bool *ret_done)
{
	struct world *w = world_new_flags(512 * PAGE_SIZE, pae, false);
	struct task_struct *parent = world_spawn(w), *child;
	struct file *file = world_program(w);
	struct memory_state before, after;
	struct hog hog;
	int error;

	poke(parent, BSS, 1);
	scatter(parent);
	ck_assert_int_eq(fd_install(parent, get_file(file)), 3);
	hog = hog_all_but(w->m, left);
	before = memory_state(w);
	error = do_fork(parent, 0, &child);
	*ret_done = !error;
	if (error) {
		ck_assert_int_eq(error, -ENOMEM);
		after = memory_state(w);
		for (u32 i = 0; i < NR_KERNEL_CACHES; i++)
			ck_assert_uint_eq(after.cache[i].active_objs, before.cache[i].active_objs);
		ck_assert_uint_eq(after.committed, before.committed);
		ck_assert_uint_eq(w->m->k->last_pid, 2);
		ck_assert_int_eq(file->f_count, 2);
		ck_assert(list_empty(&parent->children));
	}
	world_check(w);
	hog_free(&hog);
	ck_assert_int_eq(do_fork(parent, 0, &child), 0);
	ck_assert_uint_eq(peek(child, BSS), 1);
	ck_assert_uint_eq(peek(child, 0x1e000000), 0x1e000000);
	world_free(w);
}

static void fork_with_every_shortage(bool pae)
{
	bool done = false;
	u32 left = 0;

	for (; !done; left++) {
		ck_assert_uint_lt(left, 100);
		fork_short_of_memory(pae, left, &done);
	}
	ck_assert_uint_gt(left, 8);
}

START_TEST(test_no_memory)
{
	fork_with_every_shortage(false);
}
END_TEST

START_TEST(test_no_memory_pae)
{
	fork_with_every_shortage(true);
}
END_TEST

/* A machine forks until it is full, and is as before when all are gone. */
START_TEST(test_fork_until_full)
{
	struct world *w = world_new(400 * PAGE_SIZE);
	struct task_struct *parent = world_spawn(w), *child;
	struct memory_state before;
	u32 n = 0;
	int error;

	do_exit(world_fork(parent), 0);
	ck_assert_int_gt(sys_wait4(parent, 0, &n), 0);
	before = memory_state(w);
	for (n = 0; !(error = do_fork(parent, 0, &child)); n++)
		;
	ck_assert_int_eq(error, -ENOMEM);
	ck_assert_uint_gt(n, 10);
	world_check(w);
	while (!list_empty(&parent->children)) {
		child = list_first_entry(&parent->children, struct task_struct, sibling);
		do_exit(child, 0);
		ck_assert_int_gt(sys_wait4(parent, 0, &n), 0);
	}
	assert_same_memory(w, &before);
	world_free(w);
}
END_TEST

START_TEST(test_spawn_fails)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = NULL;
	struct file *file = world_program(w);
	struct memory_state before;

	do_exit(world_spawn(w), 0);
	before = memory_state(w);
	file_inode(file)->i_mode = 0100644;
	ck_assert_int_eq(do_spawn(w->m, USER_ID, USER_ID, file, "x", NULL, &task), -EACCES);
	ck_assert_ptr_null(task);
	assert_same_memory(w, &before);
	file_inode(file)->i_mode = 0100755;
	ck_assert_int_eq(do_spawn(w->m, 4, 5, file, "x", NULL, &task), 0);
	ck_assert_uint_eq(task->uid, 4);
	ck_assert_uint_eq(task->gid, 5);
	ck_assert_str_eq(task->comm, "x");
	world_free(w);
}
END_TEST

TEST_MAIN("fork", test_child, test_memory_is_apart, test_clone_vm, test_descriptors_are_copied,
	  test_no_leak, test_no_memory, test_no_memory_pae, test_fork_until_full, test_spawn_fails)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * execve: arguments and their limits, the new stack, permissions, and that a failure
 * leaves everything as it was.  Numbers were seen on Linux 6.18, for a program ./tiny.
 */
#include "process_world.h"

#define RAM (64u << 20)

static struct task_struct *program(struct world *w)
{
	world_program(w);
	return world_spawn(w);
}

static int exec_args(struct world *w, struct task_struct *task, const char *const *argv)
{
	return do_execve(task, w->file, "./tiny", argv);
}

/* @n arguments of @len letters each. */
static int exec_many(struct world *w, struct task_struct *task, u32 n, u32 len)
{
	char *s = malloc(len + 1);
	const char **argv = calloc(n + 1, sizeof(*argv));
	int error;

	memset(s, 'a', len);
	s[len] = 0;
	for (u32 i = 0; i < n; i++)
		argv[i] = s;
	error = exec_args(w, task, argv);
	free(s);
	free(argv);
	return error;
}

static u32 stack_start(const struct task_struct *task)
{
	struct mm_struct *mm = KGET(task->mm);

	return find_vma(mm, 0xbfffffff)->vm_start;
}

START_TEST(test_regions_and_registers)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = program(w);
	const char *const argv[] = { "./tiny", NULL };

	task->regs.ebx = 5;
	ck_assert_int_eq(exec_args(w, task, argv), 0);
	ck_assert_str_eq(regions_text(task), PROGRAM_REGIONS);
	ck_assert_uint_eq(task->regs.eip, 0x08048100);
	ck_assert_uint_eq(task->regs.esp, 0xbffffef0);
	ck_assert_uint_eq(task->regs.ebx, 0);
	ck_assert_uint_eq(task->regs.eflags, 0x202);
	ck_assert_uint_eq(task->regs.cs, 0x73);
	ck_assert_uint_eq(task->regs.ss, 0x7b);
	ck_assert_str_eq(task->comm, "tiny");
	ck_assert_uint_eq(task->flags & PF_FORKNOEXEC, 0);
	ck_assert_ptr_eq(KGET(KGET(task->mm)->exe_file), w->file);
	world_free(w);
}
END_TEST

/* Each word from esp up, as Linux leaves it. */
START_TEST(test_stack_words)
{
	static const u32 head[] = { 2, 0xbfffffe8, 0xbfffffef, 0, 0 };
	static const u32 auxv[] = {
		51, 2048,	16, ELF_HWCAP, 6,  4096,       17, 100,	       3,  0x08048034,
		4,  32,		5,  3,	       7,  0,	       8,  0,	       9,  0x08048100,
		11, USER_ID,	12, USER_ID,   13, USER_ID,    14, USER_ID,    23, 0,
		25, 0xbfffffcb, 26, 0,	       31, 0xbffffff1, 15, 0xbfffffdb, 27, 28,
		28, 32,		0,  0,	       0,  0,	       0,  0,
	};
	struct world *w = world_new(RAM);
	struct task_struct *task = program(w);
	const char *const argv[] = { "./tiny", "x", NULL };
	char s[8];
	u32 at;

	ck_assert_int_eq(exec_args(w, task, argv), 0);
	at = task->regs.esp;
	ck_assert_uint_eq(at, KGET(task->mm)->start_stack);
	ck_assert_uint_eq(at & 15, 0);
	for (u32 i = 0; i < ARRAY_SIZE(head); i++, at += 4)
		ck_assert_uint_eq(peek(task, at), head[i]);
	for (u32 i = 0; i < ARRAY_SIZE(auxv); i++, at += 4) {
		ck_assert_uint_eq(peek(task, at), auxv[i]);
		ck_assert_uint_eq(KGET(task->mm)->saved_auxv[i], auxv[i]);
	}
	peek_string(task, 0xbfffffdb, s, 5);
	ck_assert_str_eq(s, "i686");
	peek_string(task, 0xbfffffe8, s, 7);
	ck_assert_str_eq(s, "./tiny");
	peek_string(task, 0xbffffff1, s, 7);
	ck_assert_str_eq(s, "./tiny");
	ck_assert_uint_eq(peek(task, 0xbffffff8) | peek(task, 0xbffffffc), 0);
	ck_assert_uint_eq(KGET(task->mm)->arg_start, 0xbfffffe8);
	ck_assert_uint_eq(KGET(task->mm)->arg_end, 0xbffffff1);
	ck_assert_uint_eq(KGET(task->mm)->env_end, 0xbffffff1);
	world_free(w);
}
END_TEST

START_TEST(test_no_arguments)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = program(w);

	ck_assert_int_eq(exec_many(w, task, 0, 0), 0);
	ck_assert_uint_eq(task->regs.esp, 0xbfffff00);
	ck_assert_uint_eq(peek(task, task->regs.esp), 1);
	ck_assert_uint_eq(peek(task, task->regs.esp + 4), 0xbffffff0);
	ck_assert_uint_eq(KGET(task->mm)->arg_end, 0xbffffff1);
	world_free(w);
}
END_TEST

START_TEST(test_long_arguments)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = program(w);

	ck_assert_int_eq(exec_many(w, task, 1, 100000), 0);
	ck_assert_uint_eq(task->regs.esp, 3221125216u);
	ck_assert_uint_eq(stack_start(task), 0xbffc7000);
	ck_assert_int_eq(exec_many(w, task, 1, 131071), 0);
	ck_assert_uint_eq(task->regs.esp, 0xbffdff00);
	ck_assert_int_eq(exec_many(w, task, 1, 131072), -E2BIG);
	ck_assert_int_eq(exec_many(w, task, 15, 131071), 0);
	ck_assert_uint_eq(task->regs.esp, 0xbfe1fed0);
	ck_assert_int_eq(exec_many(w, task, 16, 131071), -E2BIG);
	world_free(w);
}
END_TEST

/* A quarter of RLIMIT_STACK, pointers of eight bytes included; 6 MiB at most. */
START_TEST(test_argument_limit)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = program(w);

	ck_assert_int_eq(exec_many(w, task, 2080, 999), 0);
	ck_assert_int_eq(exec_many(w, task, 2081, 999), -E2BIG);
	ck_assert_int_eq(exec_many(w, task, 233016, 0), 0);
	ck_assert_uint_eq(peek(task, task->regs.esp), 233016);
	ck_assert_int_eq(exec_many(w, task, 233017, 0), -E2BIG);
	ck_assert_int_eq(exec_many(w, task, 1000000, 0), -E2BIG);
	task->rlim[RLIMIT_STACK] = RLIM_INFINITY;
	ck_assert_int_eq(exec_many(w, task, 6241, 999), 0);
	ck_assert_int_eq(exec_many(w, task, 6242, 999), -E2BIG);
	world_free(w);
}
END_TEST

/* Small stacks: the longest argument that works, and what the next ones give. */
static const struct {
	u32 limit, fits;
	int error; /* one byte more */
	u32 start; /* of the stack region with the longest */
} small_stacks[] = {
	{ 0, 3840, -EFAULT, 0xbffff000 },	{ 1, 3840, -EFAULT, 0xbffff000 },
	{ 4096, 3840, -EFAULT, 0xbffff000 },	{ 8192, 7936, -EFAULT, 0xbfffe000 },
	{ 65536, 65280, -EFAULT, 0xbfff0000 },	{ 135168, 131056, -E2BIG, 0xbffdf000 },
	{ 200000, 131056, -E2BIG, 0xbffd0000 },
};

START_TEST(test_small_stack)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = program(w);

	for (u32 i = 0; i < ARRAY_SIZE(small_stacks); i++) {
		task->rlim[RLIMIT_STACK] = small_stacks[i].limit;
		ck_assert_int_eq(exec_many(w, task, 1, small_stacks[i].fits), 0);
		ck_assert_uint_eq(stack_start(task), small_stacks[i].start);
		ck_assert_int_eq(exec_many(w, task, 1, small_stacks[i].fits + 1),
				 small_stacks[i].error);
	}
	task->rlim[RLIMIT_STACK] = 65536;
	ck_assert_int_eq(exec_many(w, task, 1, 70000), -E2BIG);
	world_free(w);
}
END_TEST

START_TEST(test_permission)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = program(w);
	struct inode *inode = file_inode(w->file);

	static const struct {
		u32 mode, uid, gid;
		int error;
	} t[] = {
		{ 0100755, 1, 1, 0 },
		{ 0100644, 1, 1, -EACCES },
		{ 0100644, USER_ID, 1, -EACCES },
		{ 0100700, USER_ID, 1, 0 },
		{ 0100700, 1, USER_ID, -EACCES },
		{ 0100710, 1, USER_ID, 0 },
		{ 0100611, USER_ID, 1, -EACCES },
		{ 0100111, 1, 1, 0 },
		{ 0040755, USER_ID, 1, -EACCES },
		{ 0010755, USER_ID, 1, -EACCES },
	};

	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		inode->i_mode = t[i].mode;
		inode->i_uid = t[i].uid;
		inode->i_gid = t[i].gid;
		ck_assert_int_eq(exec_many(w, task, 0, 0), t[i].error);
	}
	/* root has no capabilities here */
	inode->i_mode = 0100744;
	task->uid = task->gid = 0;
	ck_assert_int_eq(exec_many(w, task, 0, 0), -EACCES);
	world_free(w);
}
END_TEST

START_TEST(test_unreadable)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = program(w);

	w->broken = true;
	ck_assert_int_eq(exec_many(w, task, 0, 0), -EIO);
	w->broken = false;
	ck_assert_int_eq(exec_many(w, task, 0, 0), 0);
	world_free(w);
}
END_TEST

START_TEST(test_comm)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = program(w);

	ck_assert_int_eq(do_execve(task, w->file, "a/b/fifteen_letters_and_more", NULL), 0);
	ck_assert_str_eq(task->comm, "fifteen_letters");
	ck_assert_int_eq(do_execve(task, w->file, "x", NULL), 0);
	ck_assert_str_eq(task->comm, "x");
	world_free(w);
}
END_TEST

/* Only programs that say nothing about their stack make data executable; their heirs too. */
START_TEST(test_read_implies_exec)
{
	static const struct elf32_phdr ph[] = { LOAD(0, 0x08048000, 0x200, 0x200, ELF_READ) };
	struct elf32_hdr h = elf_header(ET_EXEC, 0x08048100, 1);
	struct world *w = world_new(RAM);
	struct task_struct *task = world_spawn(w), *child;

	world_file(w, elf_bytes(&h, ph, 1, 0x1000), 0x1000);
	ck_assert_int_eq(do_execve(task, w->file, "old", NULL), 0);
	ck_assert_str_eq(regions_text(task), "08048000-08049000 r-xp 00000000 F\n"
					     "bffdf000-c0000000 rwxp -\n");
	child = world_fork(task);
	world_program(w);
	ck_assert_int_eq(do_execve(child, w->file, "new", NULL), 0);
	ck_assert_str_eq(regions_text(child), "08048000-08049000 r-xp 00000000 F\n"
					      "08049000-0804a000 rwxp 00001000 F\n"
					      "0804a000-0804d000 rwxp -\n"
					      "bffdf000-c0000000 rw-p -\n");
	world_free(w);
}
END_TEST

START_TEST(test_limits_of_the_process)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = program(w);

	task->rlim[RLIMIT_AS] = 36 * PAGE_SIZE; /* it needs 38 */
	ck_assert_int_eq(exec_many(w, task, 0, 0), -ENOMEM);
	task->rlim[RLIMIT_AS] = 38 * PAGE_SIZE;
	ck_assert_int_eq(exec_many(w, task, 0, 0), 0);
	task->rlim[RLIMIT_DATA] = 3 * PAGE_SIZE; /* one of data, three of bss */
	ck_assert_int_eq(exec_many(w, task, 0, 0), -ENOMEM);
	task->rlim[RLIMIT_DATA] = 4 * PAGE_SIZE;
	ck_assert_int_eq(exec_many(w, task, 0, 0), 0);
	world_free(w);
}
END_TEST

/* What a user sees of the task must not change when exec fails. */
static void exec_short_of_memory(bool pae, u32 left, bool *ret_done)
{
	struct world *w = world_new_flags(512 * PAGE_SIZE, pae, false);
	struct task_struct *task = program(w), before = *task;
	const char *const argv[] = { "./tiny", "argument", NULL };
	char *regions = strdup(regions_text(task));
	struct hog hog = hog_all_but(w->m, left);
	int error;

	run_task(w->m, task);
	error = exec_args(w, task, argv);
	*ret_done = !error;
	if (error) {
		ck_assert_int_eq(error, -ENOMEM);
		ck_assert_int_eq(memcmp(&before, task, sizeof(before)), 0);
		ck_assert_str_eq(regions_text(task), regions);
	} else {
		ck_assert_str_eq(regions_text(task), PROGRAM_REGIONS);
	}
	world_check(w);
	hog_free(&hog);
	free(regions);
	ck_assert_int_eq(exec_args(w, task, argv), 0);
	ck_assert_str_eq(regions_text(task), PROGRAM_REGIONS);
	world_free(w);
}

static void exec_with_every_shortage(bool pae)
{
	bool done = false;
	u32 left = 0;

	for (; !done; left++) {
		ck_assert_uint_lt(left, 100);
		exec_short_of_memory(pae, left, &done);
	}
	ck_assert_uint_gt(left, 4);
}

START_TEST(test_no_memory)
{
	exec_with_every_shortage(false);
}
END_TEST

START_TEST(test_no_memory_pae)
{
	exec_with_every_shortage(true);
}
END_TEST

START_TEST(test_exec_of_the_running)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = program(w);
	struct memory_state before;

	schedule_task(w->m, 0, world_init(w));
	schedule_task(w->m, 1, task);
	ck_assert_int_eq(exec_many(w, task, 0, 0), 0);
	ck_assert_uint_eq(w->m->k->active_mm[0].va, world_init(w)->mm.va);
	ck_assert_uint_eq(w->m->k->active_mm[1].va, task->mm.va);
	before = memory_state(w);
	for (u32 i = 0; i < 20; i++)
		ck_assert_int_eq(exec_many(w, task, 0, 0), 0);
	ck_assert_uint_eq(memory_state(w).cache[CACHE_VM_AREA_STRUCT].active_objs,
			  before.cache[CACHE_VM_AREA_STRUCT].active_objs);
	ck_assert_uint_eq(memory_state(w).free, before.free);
	world_free(w);
}
END_TEST

/* With CLONE_VM the others keep the old address space. */
START_TEST(test_exec_of_a_sharer)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = program(w), *child;
	struct mm_struct *mm = KGET(task->mm);

	ck_assert_int_eq(do_fork(task, CLONE_VM, &child), 0);
	ck_assert_int_eq(mm->mm_users, 2);
	ck_assert_int_eq(exec_many(w, child, 0, 0), 0);
	ck_assert_int_eq(mm->mm_users, 1);
	ck_assert_ptr_eq(KGET(task->mm), mm);
	world_free(w);
}
END_TEST

TEST_MAIN("exec", test_regions_and_registers, test_stack_words, test_no_arguments,
	  test_long_arguments, test_argument_limit, test_small_stack, test_permission,
	  test_unreadable, test_comm, test_read_implies_exec, test_limits_of_the_process,
	  test_no_memory, test_no_memory_pae, test_exec_of_the_running, test_exec_of_a_sharer)

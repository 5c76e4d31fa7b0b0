/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine of a few hundred frames with processes that have several times as many pages, at
 * random: each page of each process is remembered, private and shared, and read back after
 * stores, forks, exits, moves, advice, and areas that come and go under load or fail.  What runs
 * short is told by ENOMEM, what is lost with an area by EIO, never by other bytes.
 */
#include "mm/vmscan.h"
#include "swap_world.h"

#define PAGES_PRIVATE 256u
#define PAGES_SHARED 64u
#define PAGES_ALL (PAGES_PRIVATE + PAGES_SHARED)
#define TASKS 6
#define AREAS 2
#define AREA_SLOTS 1200
#define STEPS 6000

/* What must be there: words, each at a place of its own in its page. */
struct memory {
	struct task_struct *task; /* NULL: no such process */
	u32 base; /* where its private pages are */
	u32 word[PAGES_PRIVATE];
	bool lost[PAGES_PRIVATE];
};

struct stress {
	struct space *s;
	struct rnd rnd;
	struct memory memory[TASKS];
	u32 shared[PAGES_SHARED];
	bool shared_lost[PAGES_SHARED];
	bool on[AREAS];
	u32 refused, lost; /* accesses that got no memory; pages that were lost */
};

#define SHARED_AT 0x60000000u

static u32 address(const struct memory *mem, u32 page)
{
	u32 at = (page * 68u) % (PAGE_SIZE - 4) & ~3u;

	if (page < PAGES_PRIVATE)
		return mem->base + PAGES(page) + at;
	return SHARED_AT + PAGES(page - PAGES_PRIVATE) + at;
}

static u32 *want(struct stress *t, struct memory *mem, u32 page)
{
	return page < PAGES_PRIVATE ? &mem->word[page] : &t->shared[page - PAGES_PRIVATE];
}

static bool *lost(struct stress *t, struct memory *mem, u32 page)
{
	return page < PAGES_PRIVATE ? &mem->lost[page] : &t->shared_lost[page - PAGES_PRIVATE];
}

static int access_page(struct stress *t, struct memory *mem, u32 page, u32 *value,
		       enum access access)
{
	int error;

	space_run(t->s, mem->task);
	error = access_word(t->s->m, mem->task, address(mem, page), value, 4, access,
			    FAULT_USER | FAULT_NO_ESP);
	ck_assert(!error || error == -ENOMEM || error == -EIO);
	ck_assert_int_eq(error == -EIO, *lost(t, mem, page));
	t->refused += error == -ENOMEM;
	return error;
}

static void check_page(struct stress *t, struct memory *mem, u32 page)
{
	u32 value = 0;

	if (access_page(t, mem, page, &value, ACCESS_READ) == 0)
		ck_assert_msg(value == *want(t, mem, page), "page %u: %08x, not %08x", page, value,
			      *want(t, mem, page));
}

static void store_page(struct stress *t, struct memory *mem, u32 page)
{
	u32 value = rnd_next(&t->rnd);

	if (access_page(t, mem, page, &value, ACCESS_WRITE) == 0)
		*want(t, mem, page) = value;
}

static struct memory *any_process(struct stress *t)
{
	struct memory *mem;

	do
		mem = &t->memory[rnd_below(&t->rnd, TASKS)];
	while (!mem->task);
	return mem;
}

static void do_random_fork(struct stress *t, struct memory *mem)
{
	struct task_struct *child;

	for (unsigned i = 1; i < TASKS; i++) {
		if (t->memory[i].task)
			continue;
		if (do_fork(mem->task, 0, &child) == 0) {
			t->memory[i] = *mem;
			t->memory[i].task = child;
		}
		return;
	}
}

/* The pages go to another place, or back. */
static void move(struct stress *t, struct memory *mem)
{
	u32 to = mem->base == BASE ? BASE + PAGES(4096 + 7) : BASE;
	s64 got = sys_mremap(mem->task, mem->base, PAGES(PAGES_PRIVATE), PAGES(PAGES_PRIVATE),
			     MREMAP_MAYMOVE | MREMAP_FIXED, to);

	ck_assert(got == to || got == -ENOMEM);
	if (got == to)
		mem->base = to;
}

static void advise(struct stress *t, struct memory *mem)
{
	static const u32 advice[] = { MADV_PAGEOUT, MADV_PAGEOUT, MADV_WILLNEED, MADV_COLD };
	u32 first = rnd_below(&t->rnd, PAGES_PRIVATE), nr = 1 + rnd_below(&t->rnd, 40);
	u32 what = advice[rnd_below(&t->rnd, ARRAY_SIZE(advice))];

	nr = nr < PAGES_PRIVATE - first ? nr : PAGES_PRIVATE - first;
	ck_assert_int_eq(sys_madvise(mem->task, mem->base + PAGES(first), PAGES(nr), what), 0);
	if (what != MADV_COLD)
		sys_madvise(mem->task, SHARED_AT, PAGES(PAGES_SHARED), what);
}

static void dontneed(struct stress *t, struct memory *mem)
{
	u32 page = rnd_below(&t->rnd, PAGES_PRIVATE);

	ck_assert_int_eq(sys_madvise(mem->task, mem->base + PAGES(page), PAGE_SIZE, MADV_DONTNEED),
			 0);
	mem->word[page] = 0;
	mem->lost[page] = false;
}

static void switch_area(struct stress *t, unsigned nr)
{
	int error = t->on[nr] ? space_swapoff(t->s, nr) :
				space_swapon(t->s, nr, (s32)rnd_below(&t->rnd, 3));

	ck_assert(error == 0 || error == -ENOMEM);
	if (!error)
		t->on[nr] = !t->on[nr];
}

/* The host takes nothing for a while: what should have gone out stays. */
static void fail_writes(struct stress *t)
{
	struct memory *mem = any_process(t);

	for (unsigned i = 0; i < AREAS; i++)
		t->s->file[i].full = true;
	for (unsigned i = 0; i < 20; i++)
		store_page(t, mem, rnd_below(&t->rnd, PAGES_ALL));
	for (unsigned i = 0; i < AREAS; i++)
		t->s->file[i].full = false;
}

static void check_all(struct stress *t)
{
	for (unsigned i = 0; i < TASKS; i++)
		for (u32 page = 0; t->memory[i].task && page < PAGES_ALL; page++)
			check_page(t, &t->memory[i], page);
	test_check(t->s->m);
}

static bool is_lost_now(struct stress *t, struct memory *mem, u32 page)
{
	u32 addr = address(mem, page) & PAGE_MASK, index = page - PAGES_PRIVATE;
	struct mm_struct *mm = KGET(mem->task->mm);
	const struct address_space *mapping;
	const void *ptep = pte_lookup(mm, addr);

	if (page < PAGES_PRIVATE)
		return ptep && pte_is_poisoned(pte_get(t->s->m->paging, ptep));
	mapping = &file_inode(KGET(find_vma_quiet(mm, addr)->vm_file))->i_data;
	return is_swapped_out(mapping, index) && is_poisoned_swp_entry(shmem_entry(mapping, index));
}

/* Call @fn for each page of each process; those that are shared are the first one's. */
static void for_all(struct stress *t, void (*fn)(struct stress *t, struct memory *mem, u32 page))
{
	for (unsigned i = 0; i < TASKS; i++)
		for (u32 page = 0; page < (i ? PAGES_PRIVATE : PAGES_ALL); page++)
			if (t->memory[i].task)
				fn(t, &t->memory[i], page);
}

/* A marker does not go by itself. */
static void learn_loss(struct stress *t, struct memory *mem, u32 page)
{
	bool *known = lost(t, mem, page), now = is_lost_now(t, mem, page);

	ck_assert(now || !*known);
	t->lost += now && !*known;
	*known = now;
}

static void forget_loss(struct stress *t, struct memory *mem, u32 page)
{
	u32 advice = page < PAGES_PRIVATE ? MADV_DONTNEED : MADV_REMOVE;

	if (!*lost(t, mem, page))
		return;
	ck_assert_int_eq(sys_madvise(mem->task, address(mem, page) & PAGE_MASK, PAGE_SIZE, advice),
			 0);
	*want(t, mem, page) = 0;
	*lost(t, mem, page) = false;
}

/* An area cannot be read any more, and is given up; then there is a new device for it. */
static void lose_area(struct stress *t)
{
	unsigned nr = rnd_below(&t->rnd, AREAS);

	if (!t->on[nr])
		return;
	t->s->file[nr].broken = true;
	switch_area(t, nr);
	t->s->file[nr].broken = false;
	if (!t->on[nr])
		switch_area(t, nr);
	for_all(t, learn_loss);
	check_all(t);
	if (rnd_below(&t->rnd, 2))
		for_all(t, forget_loss);
}

/* @losing: areas may go for good, and much of what fills the memory with them. */
static void step(struct stress *t, bool losing)
{
	struct memory *mem = any_process(t);
	u32 what = rnd_below(&t->rnd, 1000);

	if (what < 480)
		store_page(t, mem, rnd_below(&t->rnd, PAGES_ALL));
	else if (what < 950)
		check_page(t, mem, rnd_below(&t->rnd, PAGES_ALL));
	else if (what < 960)
		do_random_fork(t, mem);
	else if (what < 965 && mem != &t->memory[0])
		do_exit(mem->task, 0), mem->task = NULL;
	else if (what < 970)
		move(t, mem);
	else if (what < 985)
		advise(t, mem);
	else if (what < 990)
		dontneed(t, mem);
	else if (what < 994)
		switch_area(t, rnd_below(&t->rnd, AREAS));
	else if (what < 996)
		fail_writes(t);
	else if (losing && what < 998)
		lose_area(t);
}

START_TEST(test_everything)
{
	struct space *s = space_new(FRAMES);
	struct stress t = { .s = s, .rnd = rnd_start("swap_random") };

	s->m->k->sysctl[SYSCTL_PANIC_ON_OOM] = 1; /* that is: nobody is killed */
	for (unsigned nr = 0; nr < AREAS; nr++)
		disk_mkswap(s, nr, AREA_SLOTS);
	ck_assert_int_eq(space_swapon(s, 0, -1), 0);
	t.on[0] = true;
	map_pages(s, BASE, PAGES_PRIVATE, PROT_RW, FIXED_PRIVATE);
	map_pages(s, SHARED_AT, PAGES_SHARED, PROT_RW, FIXED_SHARED);
	t.memory[0] = (struct memory){ .task = s->task, .base = BASE };
	for (u32 i = 0; i < STEPS; i++) {
		step(&t, i > STEPS * 2 / 3);
		if (i % 500 == 0)
			check_all(&t);
	}
	check_all(&t);
	printf("%u accesses of %u steps got no memory; %u pages lost, %llu out, %llu in\n",
	       t.refused, STEPS, t.lost, (unsigned long long)s->m->k->vm_event[PSWPOUT],
	       (unsigned long long)s->m->k->vm_event[PSWPIN]);
	for (unsigned i = 1; i < TASKS; i++)
		if (t.memory[i].task)
			do_exit(t.memory[i].task, 0);
	space_run(s, t.memory[0].task);
	ck_assert_int_eq(do_munmap(s->mm, 0, TASK_SIZE), 0);
	ck_assert_int_eq((s32)total_swap_pages(s->m), get_nr_swap_pages(s->m));
	space_free(s);
}
END_TEST

TEST_MAIN("swap_random", test_everything)

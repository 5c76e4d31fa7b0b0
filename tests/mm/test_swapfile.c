/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Swap areas: what header is taken and what is not, who may not touch the file, which slot is
 * next, priorities, counts, and swapoff.
 */
#include "swap_world.h"

/* ---- swapon ---- */

struct header_case {
	u32 at, value; /* a word of the header */
	int error;
};

START_TEST(test_header)
{
	static const struct header_case cases[] = {
		{ PAGE_SIZE - 4, 0x31454341, -EINVAL }, /* ACE1 */
		{ PAGE_SIZE - 10, 0, -EINVAL },
		{ 1024, 0, -EINVAL }, /* version */
		{ 1024, 2, -EINVAL },
		{ 1028, 0, -EINVAL }, /* last_page */
		{ 1028, 11, -EINVAL }, /* behind the file's end */
		{ 1028, 0xffffffff, -EINVAL },
		{ 1028, 5, 0 },
		{ 1032, 1, -EINVAL }, /* nr_badpages */
		{ 1036, 0x12345678, 0 }, /* uuid */
		{ 1052, 0x12345678, 0 }, /* label */
		{ 0, 0x12345678, 0 }, /* boot bits */
	};
	struct space *s = space_new(FRAMES);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct header_case *c = &cases[i];

		disk_mkswap(s, SWAP, 10);
		memcpy(s->file[SWAP].bytes + c->at, &c->value, 4);
		ck_assert_int_eq(space_swapon(s, SWAP, -1), c->error);
		ck_assert_uint_eq(total_swap_pages(s->m), c->error ? 0 : c->at == 1028 ? 5 : 10);
		ck_assert_int_eq(space_swapoff(s, SWAP), c->error);
		test_check(s->m);
	}
	space_free(s);
}
END_TEST

static void swap_words(u8 *bytes)
{
	u32 words[3];

	memcpy(words, bytes, sizeof(words));
	for (unsigned i = 0; i < 3; i++)
		words[i] = __builtin_bswap32(words[i]);
	memcpy(bytes, words, sizeof(words));
}

START_TEST(test_other_byte_order)
{
	struct space *s = space_new(FRAMES);

	disk_mkswap(s, SWAP, 10);
	swap_words(s->file[SWAP].bytes + 1024);
	ck_assert_int_eq(space_swapon(s, SWAP, -1), 0);
	ck_assert_uint_eq(total_swap_pages(s->m), 10);
	space_free(s);
}
END_TEST

START_TEST(test_refusals)
{
	struct space *s = space_new(FRAMES);
	u32 used = test_used_frames(s->m);
	struct file *shm;
	enum swap_refusal why;

	disk_mkswap(s, SWAP, 10);
	ck_assert_int_eq(space_swapoff(s, SWAP), -EINVAL);
	s->file[SWAP].sparse = true;
	ck_assert_int_eq(space_swapon(s, SWAP, -1), -EINVAL);
	s->file[SWAP].sparse = false;
	s->file[SWAP].broken = true;
	ck_assert_int_eq(space_swapon(s, SWAP, -1), -EIO);
	s->file[SWAP].broken = false;
	ck_assert_int_eq(space_swapon(s, SWAP, -1), 0);
	ck_assert_int_eq(space_swapon(s, SWAP, -1), -EBUSY);
	ck_assert_int_eq(space_swapoff(s, SWAP), 0);
	ck_assert_int_eq(space_swapoff(s, SWAP), -EINVAL);
	shm = shmem_zero_setup(s->m, s->mm, PAGES(10), false);
	ck_assert_int_eq(sys_swapon(s->m, shm, -1, &why), -EINVAL);
	ck_assert_int_eq(why, SWAP_NO_FILE);
	fput(shm);
	invalidate_inode_pages(s->file[SWAP].inode);
	test_check(s->m);
	ck_assert_uint_le(test_used_frames(s->m), used + 1); /* a table of the vmalloc area stays */
	space_free(s);
}
END_TEST

/* What was written and is not on the disk yet is the header that counts, and goes there. */
START_TEST(test_written_header)
{
	struct space *s = space_new(FRAMES);
	u8 *header;

	disk_mkswap(s, SWAP, 10);
	header = malloc(PAGE_SIZE);
	memcpy(header, s->file[SWAP].bytes, PAGE_SIZE);
	memset(s->file[SWAP].bytes, 0, PAGE_SIZE);
	ck_assert_int_eq(generic_file_write(s->file[SWAP].inode, 0, header, PAGE_SIZE), PAGE_SIZE);
	ck_assert_int_eq(space_swapon(s, SWAP, -1), 0);
	ck_assert_int_eq(memcmp(s->file[SWAP].bytes, header, PAGE_SIZE), 0);
	ck_assert_int_eq(s->m->k->vm_stat[NR_FILE_DIRTY], 0);
	free(header);
	space_free(s);
}
END_TEST

/* Nobody else writes the file while it is in use. */
START_TEST(test_nobody_writes)
{
	struct space *s = space_new(FRAMES);
	struct inode *inode;
	s64 at;

	disk_mkswap(s, SWAP, 10);
	inode = s->file[SWAP].inode;
	at = map_file(s, SWAP, FMODE_READ | FMODE_WRITE, 0, PAGE_SIZE, PROT_RW, MAP_SHARED, 0);
	ck_assert_int_ge(at, 0);
	ck_assert_int_eq(store(s, (u32)at, 5), 0);
	ck_assert_int_eq(space_swapon(s, SWAP, -1), 0);
	ck_assert_int_eq(s->file[SWAP].bytes[0], 5);
	ck_assert_int_eq(store(s, (u32)at, 6), -EIO);
	ck_assert_int_eq(load(s, (u32)at), 5);
	ck_assert_int_eq(sys_madvise(s->task, (u32)at, PAGE_SIZE, MADV_REMOVE), -ETXTBSY);
	ck_assert_int_eq(s->file[SWAP].bytes[0], 5);
	ck_assert_int_eq(generic_file_write(inode, 0, "x", 1), -ETXTBSY);
	ck_assert_int_eq(
		map_file(s, SWAP, FMODE_READ | FMODE_WRITE, 0, PAGE_SIZE, PROT_RW, MAP_SHARED, 0),
		-ETXTBSY);
	ck_assert_int_ge(
		map_file(s, SWAP, FMODE_READ | FMODE_WRITE, 0, PAGE_SIZE, PROT_RW, MAP_PRIVATE, 0),
		0);
	ck_assert_int_eq(space_swapoff(s, SWAP), 0);
	ck_assert_int_eq(store(s, (u32)at, 6), 0);
	ck_assert_int_eq(generic_file_write(inode, 0, "x", 1), 1);
	space_free(s);
}
END_TEST

START_TEST(test_too_many)
{
	struct space *s = space_new(1024);

	/* One file for all of them: each type is forced to look free of it. */
	for (u32 type = 0; type < MAX_SWAPFILES; type++) {
		disk_mkswap(s, SWAP, 1);
		ck_assert_int_eq(space_swapon(s, SWAP, -1), 0);
		ck_assert_int_eq(area(s, type)->prio, -2 - (s32)type);
	}
	disk_mkswap(s, SWAP, 1);
	ck_assert_int_eq(space_swapon(s, SWAP, -1), -EPERM);
	ck_assert_int_eq(get_nr_swap_pages(s->m), MAX_SWAPFILES);
	space_free(s);
}
END_TEST

/* ---- slots ---- */

START_TEST(test_slots_ascend)
{
	struct space *s = swap_space(20);

	map_out(s, BASE, 10, FIXED_PRIVATE);
	assert_pages(s, BASE, "          ");
	for (u32 i = 0; i < 10; i++)
		ck_assert_uint_eq(swp_offset(slot_of(s, BASE + PAGES(i))), i + 1);
	ck_assert_uint_eq(area(s, 0)->inuse_pages, 10);
	ck_assert_int_eq(get_nr_swap_pages(s->m), 10);
	ck_assert_int_eq(s->mm->rss_stat[MM_SWAPENTS], 10);
	ck_assert_int_eq(s->mm->rss_stat[MM_ANONPAGES], 0);
	ck_assert_uint_eq(s->m->k->vm_event[PSWPOUT], 10);
	test_check(s->m);
	assert_filled(s, BASE, 10);
	space_free(s);
}
END_TEST

/* A full area takes no more; what is freed is used again. */
START_TEST(test_full)
{
	struct space *s = swap_space(4);

	map_pages(s, BASE, 6, PROT_RW, FIXED_PRIVATE);
	fill(s, BASE, 6);
	page_out(s, BASE, 6);
	ck_assert_int_eq(get_nr_swap_pages(s->m), 0);
	assert_pages(s, BASE, "    ww");
	test_check(s->m);
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(1), PAGES(2)), 0);
	ck_assert_int_eq(get_nr_swap_pages(s->m), 2);
	page_out(s, BASE + PAGES(4), 2);
	ck_assert_int_eq(get_nr_swap_pages(s->m), 0);
	ck_assert_uint_eq(swp_offset(slot_of(s, BASE + PAGES(4))), 2);
	ck_assert_uint_eq(swp_offset(slot_of(s, BASE + PAGES(5))), 3);
	ck_assert_int_eq(load(s, BASE + PAGES(5)), 6);
	ck_assert_int_eq(load(s, BASE + PAGES(3)), 4);
	space_free(s);
}
END_TEST

/* Highest priority first; equal ones take turns; without one the later is lower. */
START_TEST(test_priorities)
{
	struct space *s = space_new(FRAMES);
	static const u8 want[] = { 1, 2, 1, 2, 1, 2, 0, 0, 3 };

	for (unsigned nr = 0; nr < 4; nr++)
		disk_mkswap(s, nr, nr == 0 ? 2 : 3);
	ck_assert_int_eq(space_swapon(s, 0, -1), 0);
	ck_assert_int_eq(space_swapon(s, 1, 7), 0);
	ck_assert_int_eq(space_swapon(s, 2, 7), 0);
	ck_assert_int_eq(space_swapon(s, 3, -1), 0);
	ck_assert_int_eq(area(s, 0)->prio, -2);
	ck_assert_int_eq(area(s, 3)->prio, -3);
	map_pages(s, BASE, 9, PROT_RW, FIXED_PRIVATE);
	fill(s, BASE, 9);
	page_out(s, BASE, 9);
	for (u32 i = 0; i < 9; i++)
		ck_assert_uint_eq(swp_type(slot_of(s, BASE + PAGES(i))), want[i]);
	test_check(s->m);
	ck_assert_int_eq(space_swapoff(s, 0), 0);
	ck_assert_int_eq(area(s, 3)->prio, -2);
	assert_filled(s, BASE, 9);
	space_free(s);
}
END_TEST

/* A slot that many processes share: as many entries as it counts. */
START_TEST(test_counts)
{
	struct space *s = space_new(2048);
	struct task_struct *parent = s->task, *child[100];
	swp_entry_t slot;

	disk_mkswap(s, SWAP, 10);
	ck_assert_int_eq(space_swapon(s, SWAP, -1), 0);
	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	fill(s, BASE, 1);
	page_out(s, BASE, 1);
	slot = slot_of(s, BASE);
	ck_assert(pte_swp_exclusive(entry(s, BASE)));
	for (u32 i = 0; i < 100; i++) {
		child[i] = space_fork(s);
		ck_assert_uint_eq(swap_count(s->m, slot), i + 2);
	}
	ck_assert(!pte_swp_exclusive(entry(s, BASE)));
	test_check(s->m);
	for (u32 i = 0; i < 50; i++)
		do_exit(child[i], 0);
	ck_assert_uint_eq(swap_count(s->m, slot), 51);
	space_run(s, child[99]);
	ck_assert_int_eq(store(s, BASE, 9), 0);
	ck_assert_uint_eq(swap_count(s->m, slot), 50);
	space_run(s, parent);
	ck_assert_int_eq(load(s, BASE), 1);
	ck_assert_int_eq(space_swapoff(s, SWAP), 0);
	space_run(s, child[98]);
	ck_assert_int_eq(load(s, BASE), 1);
	ck_assert_int_eq(page_mapcount(frame(s, BASE)), 50);
	space_free(s);
}
END_TEST

/* ---- swapoff ---- */

START_TEST(test_swapoff)
{
	struct space *s = swap_space(40);
	struct task_struct *parent = s->task, *child;

	disk_mkswap(s, 1, 40);
	map_pages(s, BASE, 20, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(20), 10, PROT_RW, FIXED_SHARED);
	fill(s, BASE, 30);
	page_out(s, BASE, 30);
	ck_assert_int_eq(get_nr_swap_pages(s->m), 10);
	child = space_fork(s);
	ck_assert_int_eq(space_swapon(s, 1, 5), 0);
	test_check(s->m);
	ck_assert_int_eq(space_swapoff(s, 0), 0);
	test_check(s->m);
	ck_assert_int_eq(s->mm->rss_stat[MM_SWAPENTS], 0);
	ck_assert_int_eq(s->m->k->vm_stat[NR_SWAPCACHE], 0);
	assert_filled(s, BASE, 30);
	space_run(s, child);
	assert_filled(s, BASE, 30);
	ck_assert_int_eq(get_nr_swap_pages(s->m), 40);
	space_run(s, parent);
	space_free(s);
}
END_TEST

/* RAM is full, but another area has room: all comes back, and most goes out again at once. */
START_TEST(test_swapoff_to_another)
{
	struct space *s = space_new(FRAMES);
	u32 n = 2 * FRAMES;

	disk_mkswap(s, SWAP, n);
	disk_mkswap(s, 1, 2 * n);
	ck_assert_int_eq(space_swapon(s, SWAP, 5), 0);
	ck_assert_int_eq(space_swapon(s, 1, 1), 0);
	map_pages(s, BASE, n, PROT_RW, FIXED_PRIVATE);
	fill(s, BASE, n);
	ck_assert_uint_gt(area(s, 0)->inuse_pages, FRAMES);
	ck_assert_int_eq(space_swapoff(s, SWAP), 0);
	test_check(s->m);
	assert_filled(s, BASE, n);
	space_free(s);
}
END_TEST

/* No frames for what is there: it stays, readable, and the area goes on. */
START_TEST(test_swapoff_without_memory)
{
	struct space *s = swap_space(40);
	struct hog hog;

	map_out(s, BASE, 20, FIXED_PRIVATE);
	hog = hog_all_but(s->m, 5);
	ck_assert_int_eq(space_swapoff(s, SWAP), -ENOMEM);
	test_check(s->m);
	hog_free(&hog);
	ck_assert_uint_eq(total_swap_pages(s->m), 40);
	page_out(s, BASE, 20);
	ck_assert_int_eq(get_nr_swap_pages(s->m), 20);
	assert_filled(s, BASE, 20);
	space_free(s);
}
END_TEST

/* Promised memory: swap counts, and may not go while it is needed. */
START_TEST(test_promises)
{
	struct space *s = space_new(FRAMES);
	u32 limit;

	disk_mkswap(s, SWAP, 1000);
	s->m->k->sysctl[SYSCTL_OVERCOMMIT_MEMORY] = OVERCOMMIT_NEVER;
	limit = vm_commit_limit(s->m);
	ck_assert_int_eq(space_swapon(s, SWAP, -1), 0);
	ck_assert_uint_eq(vm_commit_limit(s->m), limit + 1000);
	map_pages(s, BASE, 900, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(space_swapoff(s, SWAP), -ENOMEM);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(900)), 0);
	ck_assert_int_eq(space_swapoff(s, SWAP), 0);
	ck_assert_int_eq(map(s, BASE, PAGES(900), PROT_RW, FIXED_PRIVATE), -ENOMEM);
	space_free(s);
}
END_TEST

TEST_MAIN("swapfile", test_header, test_other_byte_order, test_refusals, test_written_header,
	  test_nobody_writes, test_too_many, test_slots_ascend, test_full, test_priorities,
	  test_counts, test_swapoff, test_swapoff_to_another, test_swapoff_without_memory,
	  test_promises)

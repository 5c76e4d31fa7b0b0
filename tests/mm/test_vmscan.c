/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reclaim: what goes first, what stays, who does it and when; nothing that is wanted is lost.
 */
#include "mm/filemap.h"
#include "mm/lru.h"
#include "mm/access.h"
#include "mm/page_alloc.h"
#include "mm/vmscan.h"
#include "mm/writeback.h"
#include "space.h"

#define FRAMES 1024
#define FILE_AT (BASE + PAGES(2048))
#define FILE_PAGES 200

static char letter(u32 page)
{
	return (char)('a' + page % 26);
}

/* A file of FILE_PAGES pages, mapped shared at FILE_AT. */
static void map_letters(struct space *s, unsigned nr, u32 at, u32 prot)
{
	char letters[FILE_PAGES + 1] = { 0 };

	for (u32 i = 0; i < FILE_PAGES; i++)
		letters[i] = letter(i);
	disk_make(s, nr, PAGES(FILE_PAGES), letters);
	ck_assert_int_gt(map_file(s, nr, FMODE_READ | FMODE_WRITE, at, PAGES(FILE_PAGES), prot,
				  MAP_SHARED | MAP_FIXED, 0),
			 0);
}

static u32 cached(const struct space *s, unsigned nr)
{
	return s->file[nr].inode->i_data.nrpages;
}

static u64 events(const struct space *s, enum vm_event e)
{
	return s->m->k->vm_event[e];
}

/* Anonymous memory for which everything else has to go. */
static void press(struct space *s, u32 leave)
{
	u32 pages = nr_free_pages(s->m) + (u32)s->m->k->vm_stat[NR_FILE_PAGES] - leave;

	map_pages(s, BASE, pages, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, pages);
}

START_TEST(test_mapped_files_go)
{
	struct space *s = space_new(FRAMES);
	struct task_struct *parent = s->task, *child;

	map_letters(s, 0, FILE_AT, PROT_RW);
	touch_r(s, FILE_AT, FILE_PAGES);
	child = space_fork(s);
	space_run(s, child);
	touch_r(s, FILE_AT, FILE_PAGES);
	ck_assert_int_eq(page_mapcount(frame(s, FILE_AT)), 2);
	space_run(s, parent);
	press(s, 100);
	ck_assert_uint_lt(cached(s, 0), FILE_PAGES / 2);
	ck_assert_uint_gt(events(s, PGSTEAL_FILE), 0);
	ck_assert_uint_eq(events(s, PGSTEAL_FILE),
			  events(s, PGSTEAL_KSWAPD) + events(s, PGSTEAL_DIRECT));
	test_check(s->m);
	for (u32 i = 0; i < FILE_PAGES; i++)
		ck_assert_int_eq(load(s, FILE_AT + PAGES(i)), letter(i));
	space_run(s, child);
	for (u32 i = 0; i < FILE_PAGES; i++)
		ck_assert_int_eq(load(s, FILE_AT + PAGES(i)), letter(i));
	space_free(s);
}
END_TEST

START_TEST(test_dirty_pages_are_written)
{
	struct space *s = space_new(FRAMES);

	map_letters(s, 0, FILE_AT, PROT_RW);
	for (u32 i = 0; i < FILE_PAGES; i++)
		ck_assert_int_eq(store(s, FILE_AT + PAGES(i), (u8)i), 0);
	press(s, 100);
	ck_assert_uint_lt(cached(s, 0), FILE_PAGES / 2);
	for (u32 i = 0; i < FILE_PAGES; i++)
		ck_assert_int_eq(load(s, FILE_AT + PAGES(i)), (u8)i);
	space_free(s);
}
END_TEST

/* The host does not take them: they stay, and so does every byte. */
START_TEST(test_disk_is_broken)
{
	struct space *s = space_new(FRAMES);
	u32 faults;

	map_letters(s, 0, FILE_AT, PROT_RW);
	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_DIRTY_BACKGROUND_RATIO, 100), 0);
	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_DIRTY_RATIO, 100), 0);
	touch_w(s, FILE_AT, FILE_PAGES);
	s->file[0].broken = true;
	map_pages(s, BASE, FRAMES - 200, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(
		touch_range(s->m, s->task, BASE, PAGES(FRAMES - 200), ACCESS_WRITE, &faults),
		-ENOMEM);
	ck_assert_uint_eq(cached(s, 0), FILE_PAGES);
	ck_assert_uint_eq(s->file[0].writes, 1); /* and was not asked for each page, at each look */
	test_check(s->m);
	s->file[0].broken = false;
	space_free(s);
}
END_TEST

/* What is used between two looks outlives what is not. */
START_TEST(test_second_chance)
{
	struct space *s = space_new(FRAMES);
	u32 used = 0, unused = 0;

	map_letters(s, 0, FILE_AT, PROT_READ);
	map_letters(s, 1, FILE_AT + PAGES(FILE_PAGES), PROT_READ);
	touch_r(s, FILE_AT, 2 * FILE_PAGES);
	map_pages(s, BASE, FRAMES - 420, PROT_RW, FIXED_PRIVATE);
	for (u32 i = 0; i < FRAMES - 420; i++) {
		touch_r(s, FILE_AT, 100);
		touch_w(s, BASE + PAGES(i), 1);
	}
	for (u32 i = 0; i < 100; i++) {
		used += !!find_page(&s->file[0].inode->i_data, i);
		unused += !!find_page(&s->file[1].inode->i_data, i);
	}
	ck_assert_uint_ge(used, 95);
	ck_assert_uint_lt(unused, 90);
	ck_assert_uint_gt(events(s, PGACTIVATE), 0);
	space_free(s);
}
END_TEST

START_TEST(test_locked_and_held_stay)
{
	struct space *s = space_new(FRAMES);
	struct page *held, *locked;
	u32 left = 3, freed;

	map_letters(s, 0, FILE_AT, PROT_READ);
	touch_r(s, FILE_AT, FILE_PAGES);
	ck_assert_int_eq(sys_mlock(s->task, FILE_AT + PAGES(7), PAGES(3), 0), 0);
	locked = frame(s, FILE_AT + PAGES(8));
	held = frame(s, FILE_AT + PAGES(50));
	get_page(held);
	while (try_to_free_pages(s->m, GFP_HIGHUSER, 0))
		continue;
	ck_assert_ptr_eq(frame(s, FILE_AT + PAGES(8)), locked);
	ck_assert_ptr_eq(frame(s, FILE_AT + PAGES(50)), held);
	ck_assert_uint_eq(cached(s, 0), 4);
	put_page(held);
	ck_assert_uint_eq(try_to_free_pages(s->m, GFP_HIGHUSER, 0), 1);
	ck_assert_uint_eq(try_to_free_pages(s->m, GFP_HIGHUSER, 0), 0);
	ck_assert_int_eq(sys_munlockall(s->task), 0);
	while ((freed = try_to_free_pages(s->m, GFP_HIGHUSER, 0)))
		left -= freed;
	ck_assert_uint_eq(left, 0);
	space_free(s);
}
END_TEST

/* Down to the low mark allocations only wake it; at its occasion it works up to the high one. */
START_TEST(test_kswapd)
{
	struct space *s = space_new(FRAMES);
	struct zone *z = &s->m->k->zone[ZONE_DMA];
	struct page *page[FRAMES];
	u32 n = 0;

	map_letters(s, 0, FILE_AT, PROT_READ);
	touch_r(s, FILE_AT, FILE_PAGES);
	while (!s->m->k->kswapd_awake) {
		ck_assert_uint_eq(cached(s, 0), FILE_PAGES);
		page[n++] = alloc_page(s->m, GFP_HIGHUSER);
	}
	ck_assert_uint_le(z->free_pages, z->pages_low);
	ck_assert_uint_eq(events(s, ALLOCSTALL_DMA) + events(s, ALLOCSTALL_HIGH), 0);
	machine_tick(s->m);
	ck_assert(!s->m->k->kswapd_awake);
	ck_assert_uint_gt(z->free_pages, z->pages_high);
	ck_assert_uint_eq(events(s, PAGEOUTRUN), 1);
	ck_assert_uint_gt(events(s, PGSTEAL_KSWAPD), 0);
	ck_assert_uint_eq(events(s, PGSTEAL_DIRECT), 0);
	ck_assert_uint_lt(cached(s, 0), FILE_PAGES);
	machine_tick(s->m);
	ck_assert_uint_eq(events(s, PAGEOUTRUN), 1);
	/* More is wanted free: the next allocation wakes it. */
	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_MIN_FREE_KBYTES, 4 * 60), 0);
	ck_assert_uint_ge(z->pages_low, 60);
	page[n++] = alloc_page(s->m, GFP_HIGHUSER);
	machine_tick(s->m);
	ck_assert_uint_gt(z->free_pages, z->pages_high);
	while (n)
		__free_page(page[--n]);
	space_free(s);
}
END_TEST

/* With nothing to be had it gives up, until somebody freed something. */
START_TEST(test_kswapd_gives_up)
{
	struct space *s = space_new(FRAMES);
	struct hog hog;

	map_letters(s, 0, FILE_AT, PROT_READ);
	touch_r(s, FILE_AT, FILE_PAGES);
	ck_assert_int_eq(sys_mlockall(s->task, MCL_CURRENT), 0);
	hog = hog_all_but(s->m, 0);
	for (u32 i = 0; i < 40; i++) {
		ck_assert_ptr_null(alloc_page(s->m, GFP_HIGHUSER));
		machine_tick(s->m);
	}
	ck_assert_uint_le(events(s, PAGEOUTRUN), 17);
	ck_assert_int_eq(sys_munlockall(s->task), 0);
	ck_assert_uint_gt(try_to_free_pages(s->m, GFP_HIGHUSER, 0), 0);
	ck_assert_uint_eq(s->m->k->kswapd_failures, 0);
	hog_free(&hog);
	space_free(s);
}
END_TEST

/* What freed itself before it came is no failure: it comes as often as it is woken. */
START_TEST(test_kswapd_needed_no_more)
{
	struct space *s = space_new(FRAMES);
	struct page *page[FRAMES];
	u32 n;

	map_letters(s, 0, FILE_AT, PROT_READ);
	touch_r(s, FILE_AT, FILE_PAGES);
	for (u32 i = 0; i < 40; i++) {
		for (n = 0; !s->m->k->kswapd_awake && n < FRAMES; n++) {
			page[n] = alloc_page(s->m, GFP_HIGHUSER | __GFP_NORETRY);
			ck_assert_ptr_nonnull(page[n]);
		}
		ck_assert(s->m->k->kswapd_awake);
		ck_assert_uint_eq(events(s, PAGEOUTRUN), i);
		while (n)
			__free_page(page[--n]);
		drain_all_pages(s->m);
		machine_tick(s->m);
		ck_assert_uint_eq(s->m->k->kswapd_failures, 0);
	}
	ck_assert_uint_eq(events(s, PGSTEAL_KSWAPD) + events(s, PGSTEAL_DIRECT), 0);
	space_free(s);
}
END_TEST

/* Given up by MADV_FREE: it goes before anything is written, unless it is written to again. */
START_TEST(test_lazyfree)
{
	struct space *s = space_new(FRAMES);

	map_pages(s, FILE_AT, 100, PROT_RW, FIXED_PRIVATE);
	for (u32 i = 0; i < 100; i++)
		ck_assert_int_eq(store(s, FILE_AT + PAGES(i), 1), 0);
	ck_assert_int_eq(sys_madvise(s->task, FILE_AT, PAGES(100), MADV_FREE), 0);
	ck_assert_int_eq(store(s, FILE_AT + PAGES(3), 2), 0);
	press(s, (u32)-80);
	ck_assert_int_eq(load(s, FILE_AT + PAGES(3)), 2);
	ck_assert_int_eq(load(s, FILE_AT + PAGES(60)), 0);
	ck_assert_uint_gt(events(s, PGSTEAL_FILE), 0);
	space_free(s);
}
END_TEST

/* Four times RAM, private and shared, in two processes: every byte comes back. */
static u32 value_of(u32 page, u32 who)
{
	return page * 2654435761u + who;
}

static void write_all(struct space *s, u32 pages, u32 step, u32 who)
{
	for (u32 i = 0; i < pages; i += step) {
		u32 word = value_of(i, who);

		ck_assert_int_eq(access_word(s->m, s->task, BASE + PAGES(i), &word, 4, ACCESS_WRITE,
					     FAULT_USER | FAULT_NO_ESP),
				 0);
		cond_resched(s->m);
	}
}

static void read_all(struct space *s, u32 pages, u32 step, u32 who)
{
	for (u32 i = 0; i < pages; i++) {
		u32 word;

		ck_assert_int_eq(access_word(s->m, s->task, BASE + PAGES(i), &word, 4, ACCESS_READ,
					     FAULT_USER | FAULT_NO_ESP),
				 0);
		ck_assert_uint_eq(word, value_of(i, i % step ? 0 : who));
	}
}

START_TEST(test_larger_than_ram)
{
	struct space *s = space_new(FRAMES);
	u32 pages = 4 * FRAMES;
	struct task_struct *parent = s->task, *child;

	disk_mkswap(s, 0, 2 * pages);
	ck_assert_int_eq(space_swapon(s, 0, -1), 0);
	map_pages(s, BASE, pages / 2, PROT_RW, FIXED_PRIVATE | MAP_NORESERVE);
	map_pages(s, BASE + PAGES(pages / 2), pages / 2, PROT_RW, FIXED_SHARED | MAP_NORESERVE);
	write_all(s, pages, 1, 0);
	test_check(s->m);
	ck_assert_uint_gt(events(s, PGSTEAL_ANON), pages / 2);
	read_all(s, pages, 1, 0);
	child = space_fork(s);
	space_run(s, child);
	write_all(s, pages / 2, 3, 7);
	test_check(s->m);
	read_all(s, pages / 2, 3, 7);
	space_run(s, parent);
	read_all(s, pages, 1, 0);
	do_exit(child, 0);
	test_check(s->m);
	read_all(s, pages, 1, 0);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(pages)), 0);
	ck_assert_int_eq(get_nr_swap_pages(s->m), (s32)total_swap_pages(s->m));
	space_free(s);
}
END_TEST

/* 0: files go, and memory only when there are none left; 200: it does before them. */
START_TEST(test_swappiness)
{
	u32 stolen[2], files[2];

	for (u32 i = 0; i < 2; i++) {
		struct space *s = space_new(FRAMES);

		disk_mkswap(s, 1, FRAMES);
		ck_assert_int_eq(space_swapon(s, 1, -1), 0);
		ck_assert_int_eq(sysctl_write(s->m, SYSCTL_SWAPPINESS, i ? 200 : 0), 0);
		map_pages(s, BASE, 300, PROT_RW, FIXED_PRIVATE);
		touch_w(s, BASE, 300);
		map_letters(s, 0, FILE_AT, PROT_READ);
		for (u32 round = 0; round < 3; round++)
			touch_r(s, FILE_AT, FILE_PAGES);
		map_pages(s, BASE + PAGES(512), 550, PROT_RW, FIXED_PRIVATE);
		touch_w(s, BASE + PAGES(512), 550);
		stolen[i] = (u32)events(s, PGSTEAL_ANON);
		files[i] = cached(s, 0);
		map_pages(s, BASE + PAGES(1200), 200, PROT_RW, FIXED_PRIVATE);
		touch_w(s, BASE + PAGES(1200), 200); /* more than there are files */
		ck_assert_uint_gt(events(s, PGSTEAL_ANON), 0);
		space_free(s);
	}
	ck_assert_uint_eq(stolen[0], 0);
	ck_assert_uint_gt(stolen[1], 50);
	ck_assert_uint_gt(files[1], files[0]);
}
END_TEST

/* A large block, or who says norepeat, is worth one round of reclaim, not all that is swappable. */
START_TEST(test_one_round)
{
	static const struct {
		gfp_t gfp;
		unsigned order;
	} cases[] = { { GFP_KERNEL, 8 }, { GFP_KERNEL | __GFP_NORETRY, 3 } };
	struct space *s = space_new(FRAMES);
	struct page *held[FRAMES + 1];
	u32 n = 0;
	u64 out;

	disk_mkswap(s, 1, 2 * FRAMES);
	ck_assert_int_eq(space_swapon(s, 1, -1), 0);
	map_pages(s, BASE, FRAMES, PROT_RW, FIXED_PRIVATE);
	/* Every other frame is the kernel's: there are no blocks. */
	for (u32 i = 0; i < 300; i++) {
		ck_assert_int_eq(store(s, BASE + PAGES(i), (u8)i), 0);
		held[n++] = alloc_page(s->m, GFP_ATOMIC);
		ck_assert_ptr_nonnull(held[n - 1]);
	}
	while ((held[n] = alloc_page(s->m, GFP_ATOMIC)))
		n++;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		out = events(s, PSWPOUT);
		ck_assert_ptr_null(alloc_pages(s->m, cases[i].gfp, cases[i].order));
		ck_assert_uint_le(events(s, PSWPOUT) - out, 64);
	}
	while (n)
		__free_page(held[--n]);
	space_free(s);
}
END_TEST

START_TEST(test_pageout)
{
	struct space *s = space_new(FRAMES);

	map_letters(s, 0, FILE_AT, PROT_RW);
	touch_r(s, FILE_AT, 32);
	ck_assert_int_eq(store(s, FILE_AT + PAGES(1), 7), 0);
	ck_assert_int_eq(sys_madvise(s->task, FILE_AT, PAGES(4), MADV_PAGEOUT), 0);
	assert_pages(s, FILE_AT, "    f");
	ck_assert_ptr_null(find_page(&s->file[0].inode->i_data, 1));
	ck_assert_int_eq(s->file[0].bytes[PAGES(1)], 7);
	ck_assert_int_eq(load(s, FILE_AT + PAGES(1)), 7);
	space_free(s);
}
END_TEST

/* Without swap: what was stored stays, and is as referenced as before; zeros need no swap. */
START_TEST(test_pageout_without_swap)
{
	struct space *s = space_new(FRAMES);
	const struct machine *m = s->m;
	pte_t e;

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(2), 3, PROT_RW, FIXED_SHARED);
	touch_w(s, BASE, 2);
	touch_r(s, BASE + PAGES(2), 3);
	ck_assert_int_eq(store(s, BASE + PAGES(3), 7), 0);
	ck_assert_int_eq(m->k->vm_stat[NR_SHMEM], 3);
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(5), MADV_PAGEOUT), 0);
	e = pte_get(m->paging, pte_lookup(s->mm, BASE));
	ck_assert(pte_present(e) && e.v & PG_A);
	ck_assert_int_eq(m->k->vm_stat[NR_SHMEM], 1);
	assert_pages(s, BASE + PAGES(2), "   ");
	ck_assert_int_eq(load(s, BASE + PAGES(3)), 7);
	ck_assert_int_eq(load(s, BASE + PAGES(2)), 0);
	space_free(s);
}
END_TEST

START_TEST(test_drop_caches)
{
	struct space *s = space_new(FRAMES);
	char byte;

	disk_make(s, 0, PAGES(8), "abcdefgh");
	ck_assert_int_eq(generic_file_read(s->file[0].inode, 0, &byte, 1), 1);
	ck_assert_int_eq(generic_file_read(s->file[0].inode, 0, &byte, 1), 1);
	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_DROP_CACHES, 3), 0);
	ck_assert_uint_eq(cached(s, 0), 0);
	ck_assert_uint_eq(events(s, DROP_PAGECACHE_EVENTS), 1);
	ck_assert_uint_eq(events(s, DROP_SLAB_EVENTS), 1);
	space_free(s);
}
END_TEST

/* The same commands, the same bytes of RAM: also when memory is short. */
START_TEST(test_deterministic)
{
	struct space *s[2];

	for (u32 i = 0; i < 2; i++) {
		s[i] = space_new(FRAMES);
		map_letters(s[i], 0, FILE_AT, PROT_RW);
		touch_w(s[i], FILE_AT, FILE_PAGES);
		press(s[i], 100);
		machine_tick(s[i]->m);
		s[i]->file[0].inode->i_ino = 1; /* the tests' disk counts on */
	}
	ck_assert_mem_eq(s[0]->m->ram.base, s[1]->m->ram.base, PAGES(FRAMES));
	space_free(s[0]);
	space_free(s[1]);
}
END_TEST

TEST_MAIN("vmscan", test_mapped_files_go, test_dirty_pages_are_written, test_disk_is_broken,
	  test_second_chance, test_locked_and_held_stay, test_kswapd, test_kswapd_gives_up,
	  test_kswapd_needed_no_more, test_lazyfree, test_larger_than_ram, test_swappiness,
	  test_one_round, test_pageout, test_pageout_without_swap, test_drop_caches,
	  test_deterministic)

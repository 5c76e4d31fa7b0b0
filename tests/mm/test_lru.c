/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The LRU lists: on which one a page is, what moves it, and that locked pages are on their own.
 */
#include "mm/filemap.h"
#include "mm/lru.h"
#include "mm/rmap.h"
#include "mm/shm.h"
#include "space.h"

#define FILE_AT (BASE + PAGES(32))

#define assert_list(page, list) ck_assert_str_eq(lru_names[page_lru(page)], list)

static struct page *anon_page(struct space *s)
{
	map_pages(s, BASE, 4, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 2);
	return frame(s, BASE);
}

static struct page *file_page(struct space *s)
{
	disk_make(s, 0, PAGES(4), "abcd");
	ck_assert_int_gt(map_file(s, 0, FMODE_READ | FMODE_WRITE, FILE_AT, PAGES(4), PROT_RW,
				  MAP_SHARED | MAP_FIXED, 0),
			 0);
	touch_r(s, FILE_AT, 1);
	return frame(s, FILE_AT);
}

START_TEST(test_where_pages_start)
{
	struct space *s = space_new(256);
	u32 files = nr_lru_pages(s->m, LRU_INACTIVE_FILE);

	assert_list(anon_page(s), "inactive_anon");
	assert_list(file_page(s), "inactive_file");
	map_pages(s, BASE + PAGES(8), 1, PROT_RW, FIXED_SHARED);
	touch_w(s, BASE + PAGES(8), 1);
	assert_list(frame(s, BASE + PAGES(8)), "inactive_anon");
	ck_assert_uint_eq(nr_lru_pages(s->m, LRU_INACTIVE_ANON), 3);
	ck_assert_uint_eq(nr_lru_pages(s->m, LRU_INACTIVE_FILE),
			  files + 4); /* with what was read around */
	test_check(s->m);
	ck_assert_int_eq(do_munmap(s->mm, 0, TASK_SIZE), 0);
	ck_assert_uint_eq(nr_lru_pages(s->m, LRU_INACTIVE_ANON), 0);
	space_free(s);
}
END_TEST

/* read(2) twice, or a mapping that was used and is gone. */
START_TEST(test_used_twice)
{
	struct space *s = space_new(256);
	u64 before = s->m->k->vm_event[PGACTIVATE];
	struct page *page;
	char byte;

	disk_make(s, 0, PAGES(2), "ab");
	ck_assert_int_eq(generic_file_read(s->file[0].inode, 0, &byte, 1), 1);
	page = find_page(&s->file[0].inode->i_data, 0);
	ck_assert(PageReferenced(page));
	assert_list(page, "inactive_file");
	ck_assert_int_eq(generic_file_read(s->file[0].inode, 0, &byte, 1), 1);
	assert_list(page, "active_file");
	ck_assert(!PageReferenced(page));
	ck_assert_uint_eq(s->m->k->vm_event[PGACTIVATE], before + 1);

	page = find_page(&s->file[0].inode->i_data, 1);
	for (u32 i = 0; i < 2; i++) {
		map_file(s, 0, FMODE_READ, FILE_AT, PAGES(2), PROT_READ, MAP_SHARED | MAP_FIXED, 0);
		touch_r(s, FILE_AT + PAGES(1), 1);
		assert_list(page, "inactive_file");
		do_munmap(s->mm, FILE_AT, PAGES(2));
	}
	assert_list(page, "active_file");
	space_free(s);
}
END_TEST

START_TEST(test_advice)
{
	struct space *s = space_new(256);
	struct page *page = anon_page(s);

	activate_page(page);
	assert_list(page, "active_anon");
	SetPageReferenced(page);
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(1), MADV_COLD), 0);
	assert_list(page, "inactive_anon");
	ck_assert(!pte_young(entry(s, BASE)) && !PageReferenced(page));
	SetPageReferenced(page);
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(1), MADV_FREE), 0);
	assert_list(page, "inactive_file");
	ck_assert(!PageReferenced(page));
	ck_assert_uint_eq(s->m->k->vm_event[PGLAZYFREE], 1);
	space_free(s);
}
END_TEST

/* What another process locks is not free because this one says so. */
START_TEST(test_advice_on_locked)
{
	struct space *s = space_new(256);
	struct task_struct *parent = s->task;
	struct page *page = anon_page(s);

	ck_assert_int_eq(sys_mlock(s->task, BASE, PAGES(1), 0), 0);
	space_run(s, space_fork(s));
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGES(1), MADV_FREE), 0);
	ck_assert(PageSwapBacked(page));
	ck_assert_uint_eq(s->m->k->vm_event[PGLAZYFREE], 0);
	space_run(s, parent);
	space_free(s);
}
END_TEST

START_TEST(test_mlock)
{
	struct space *s = space_new(512);
	struct task_struct *parent = s->task, *child;
	struct page *anon = anon_page(s), *file = file_page(s);

	activate_page(anon);
	ck_assert_int_eq(sys_mlock(s->task, BASE, PAGES(4), 0), 0);
	assert_list(anon, "unevictable");
	assert_list(frame(s, BASE + PAGES(3)), "unevictable"); /* came with the lock */
	ck_assert_int_eq(s->m->k->vm_stat[NR_MLOCK], 4);
	ck_assert_int_eq(sys_mlock(s->task, FILE_AT, PAGES(1), MLOCK_ONFAULT), 0);
	assert_list(file, "unevictable");
	test_check(s->m);

	/* The child has no lock, but the page is the parent's, too. */
	child = space_fork(s);
	space_run(s, child);
	ck_assert_int_eq(load(s, FILE_AT), 'a');
	ck_assert_int_eq(sys_mlock(s->task, FILE_AT, PAGES(1), MLOCK_ONFAULT), 0);
	touch_w(s, BASE, 1);
	assert_list(frame(s, BASE), "inactive_anon");
	space_run(s, parent);
	test_check(s->m);
	ck_assert_int_eq(sys_munlockall(s->task), 0);
	assert_list(anon, "inactive_anon");
	assert_list(file, "unevictable");
	ck_assert_uint_eq(page_mlock_count(file), 1);
	do_exit(child, 0);
	assert_list(file, "inactive_file");
	ck_assert_int_eq(s->m->k->vm_stat[NR_MLOCK], 0);
	ck_assert_uint_eq(nr_lru_pages(s->m, LRU_UNEVICTABLE), 0);
	space_free(s);
}
END_TEST

/* Copied, moved, unmapped, cut: the lock goes with the region's pages. */
START_TEST(test_mlock_moves)
{
	struct space *s = space_new(512);
	struct task_struct *child;
	struct page *page = anon_page(s);

	ck_assert_int_eq(sys_mlock(s->task, BASE, PAGES(4), 0), 0);
	child = space_fork(s);
	touch_w(s, BASE, 1);
	ck_assert_ptr_ne(frame(s, BASE), page);
	assert_list(frame(s, BASE), "unevictable");
	assert_list(page, "inactive_anon"); /* the child's now */
	ck_assert_int_eq(sys_mremap(s->task, BASE, PAGES(2), PAGES(2),
				    MREMAP_MAYMOVE | MREMAP_FIXED, FILE_AT),
			 FILE_AT);
	test_check(s->m);
	ck_assert_int_eq(sys_mremap(s->task, BASE + PAGES(2), PAGES(2), PAGES(2),
				    MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
				    FILE_AT + PAGES(8)),
			 FILE_AT + PAGES(8));
	test_check(s->m);
	ck_assert_int_eq(do_munmap(s->mm, FILE_AT + PAGES(1), PAGES(1)), 0);
	ck_assert_int_eq(s->m->k->vm_stat[NR_MLOCK], 3);
	ck_assert_int_eq(sys_munlock(s->task, FILE_AT + PAGES(8), PAGES(1)), 0);
	ck_assert_int_eq(s->m->k->vm_stat[NR_MLOCK], 2);
	do_exit(child, 0);
	space_free(s);
}
END_TEST

/* New pages of a locked segment are unevictable at once; those that were there before, when met. */
START_TEST(test_shm_lock)
{
	struct space *s = space_new(512);
	const u64 *culled = &s->m->k->vm_event[UNEVICTABLE_PGCULLED];
	u32 id = (u32)sys_shmget(s->task, 1, PAGES(4), SHM_R_CREAT | 0600);

	ck_assert_int_eq(sys_shmat(s->task, id, BASE, 0), BASE);
	touch_w(s, BASE, 1);
	ck_assert_int_eq(sys_shmctl(s->task, id, SHM_CONTROL_LOCK), 0);
	assert_list(frame(s, BASE), "inactive_anon");
	touch_r(s, BASE + PAGES(1), 1);
	touch_w(s, BASE + PAGES(2), 1);
	assert_list(frame(s, BASE + PAGES(1)), "unevictable");
	assert_list(frame(s, BASE + PAGES(2)), "unevictable");
	ck_assert_int_eq(s->m->k->vm_stat[NR_MLOCK], 0);
	ck_assert_uint_eq(*culled, 2);
	test_check(s->m);
	/* Locked by a region, too: the segment's lock still holds when that is gone. */
	ck_assert_int_eq(sys_mlock(s->task, BASE, PAGES(4), 0), 0);
	ck_assert_uint_eq(*culled, 4);
	test_check(s->m);
	ck_assert_int_eq(sys_munlock(s->task, BASE, PAGES(4)), 0);
	assert_list(frame(s, BASE + PAGES(2)), "unevictable");
	ck_assert_uint_eq(nr_lru_pages(s->m, LRU_UNEVICTABLE), 4);
	ck_assert_int_eq(sys_shmctl(s->task, id, SHM_CONTROL_UNLOCK), 0);
	assert_list(frame(s, BASE + PAGES(2)), "inactive_anon");
	ck_assert_uint_eq(nr_lru_pages(s->m, LRU_UNEVICTABLE), 0);
	space_free(s);
}
END_TEST

START_TEST(test_validation_sees)
{
	struct space *s = space_new(256);
	struct page *page = anon_page(s);

	switch (_i) {
	case 0: SetPageActive(page); break;
	case 1: SetPageMlocked(page); break;
	case 2: lru_cache_del(page); break;
	case 3: page_zone(page)->lru[LRU_INACTIVE_ANON].nr++; break;
	case 4: find_vma(s->mm, BASE)->vm_flags |= VM_LOCKED; break;
	case 5: mlock_vma_page(page); break;
	case 6:
		find_vma(s->mm, BASE)->vm_flags |= VM_LOCKED;
		mlock_vma_page(page);
		mlock_vma_page(page);
		mlock_vma_page(frame(s, BASE + PAGES(1)));
		break;
	case 7:
		lru_cache_del(page);
		cull_page(page);
		lru_cache_add(page);
		page_zone(page)->lru[LRU_UNEVICTABLE].nr++;
		break;
	}
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	space_drop(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { test_where_pages_start, test_used_twice, test_advice,
				       test_advice_on_locked,  test_mlock,	test_mlock_moves,
				       test_shm_lock };

	return run_loop_tests("lru", tests, ARRAY_SIZE(tests), test_validation_sees, 8);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anonymous regions: who has an anon_vma, whose it is after splits, merges and forks, that none
 * is lost or left over, and the counts of frames.
 */
#include "mm/page_alloc.h"
#include "space.h"

static struct vm_area_struct *region(struct space *s, u32 page)
{
	return find_vma(s->mm, BASE + PAGES(page));
}

static struct anon_vma *anon_of(struct space *s, u32 page)
{
	return KGET(region(s, page)->anon_vma);
}

static u32 links(struct vm_area_struct *vma)
{
	struct anon_vma_chain *link;
	u32 n = 0;

	list_for_each_entry(link, &vma->anon_vma_chain, same_vma)
		n++;
	return n;
}

static u32 objects(const struct space *s, enum kernel_cache cache)
{
	struct slabinfo info;

	kmem_cache_info(kernel_cache(s->m, cache), &info);
	return info.active_objs;
}

START_TEST(test_first_private_page)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 3, PROT_RW, FIXED_PRIVATE);
	touch_r(s, BASE, 3);
	ck_assert_ptr_null(anon_of(s, 0));
	touch_w(s, BASE, 1);
	ck_assert_ptr_nonnull(anon_of(s, 0));
	ck_assert_uint_eq(links(region(s, 0)), 1);
	ck_assert_uint_eq(frame(s, BASE)->mapping, kva_of(anon_of(s, 0)) | PAGE_MAPPING_ANON);
	ck_assert_uint_eq(frame(s, BASE)->index, BASE >> PAGE_SHIFT);
	ck_assert_int_eq(anon_vma_prepare(region(s, 0)), 0);
	ck_assert_uint_eq(links(region(s, 0)), 1);
	space_free(s);
}
END_TEST

START_TEST(test_pieces_share)
{
	struct space *s = space_new(128);
	u32 anon = objects(s, CACHE_ANON_VMA), chain = objects(s, CACHE_ANON_VMA_CHAIN);

	map_pages(s, BASE, 5, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 5);
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(2), PAGE_SIZE), 0);
	ck_assert_ptr_eq(anon_of(s, 0), anon_of(s, 3));
	ck_assert_uint_eq(objects(s, CACHE_ANON_VMA), anon + 1);
	ck_assert_uint_eq(objects(s, CACHE_ANON_VMA_CHAIN), chain + 2);
	/* Both ends have the same, so what is mapped between them joins both. */
	map_pages(s, BASE + PAGES(2), 1, PROT_RW, FIXED_PRIVATE);
	assert_regions(s, BASE, "wwwww");
	ck_assert_uint_eq(objects(s, CACHE_ANON_VMA_CHAIN), chain + 1);
	ck_assert_int_eq(do_munmap(s->mm, 0, TASK_SIZE), 0);
	ck_assert_uint_eq(objects(s, CACHE_ANON_VMA), anon);
	ck_assert_uint_eq(objects(s, CACHE_ANON_VMA_CHAIN), chain);
	space_free(s);
}
END_TEST

START_TEST(test_neighbours_anon_vma_is_taken)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(1), 1, PROT_RWX, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(2), 1, PROT_RW, FIXED_PRIVATE | MAP_NORESERVE);
	touch_w(s, BASE, 3);
	ck_assert_ptr_eq(anon_of(s, 0), anon_of(s, 1)); /* differ in rwx only */
	ck_assert_ptr_ne(anon_of(s, 0), anon_of(s, 2));
	space_free(s);
}
END_TEST

/* But not that of what was inherited with pages: it is linked to the parent's as well. */
START_TEST(test_inherited_anon_vma_is_not_taken)
{
	struct space *s = space_new(128);
	struct task_struct *parent = s->task;

	map_pages(s, BASE + PAGES(1), 1, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE + PAGES(1), 1);
	space_run(s, space_fork(s));
	map_pages(s, BASE, 1, PROT_RWX, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(2), 1, PROT_RWX, FIXED_PRIVATE);
	touch_w(s, BASE, 3);
	ck_assert_ptr_ne(anon_of(s, 0), anon_of(s, 1));
	ck_assert_ptr_ne(anon_of(s, 2), anon_of(s, 1));
	space_run(s, parent);
	space_free(s);
}
END_TEST

/*
 * The child is linked to its own and to what it inherited; the parent's frames name the parent's.
 */
START_TEST(test_fork)
{
	struct space *s = space_new(256);
	struct task_struct *parent = s->task, *child;
	struct anon_vma *of_parent;

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(4), 2, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 1);
	of_parent = anon_of(s, 0);
	child = space_fork(s);
	ck_assert_uint_eq(links(region(s, 0)), 1);
	space_run(s, child);
	ck_assert_uint_eq(links(region(s, 0)), 2);
	ck_assert_ptr_ne(anon_of(s, 0), of_parent);
	ck_assert_ptr_null(anon_of(s, 4));
	ck_assert_uint_eq(frame(s, BASE)->mapping, kva_of(of_parent) | PAGE_MAPPING_ANON);
	touch_w(s, BASE, 2);
	ck_assert_uint_eq(frame(s, BASE)->mapping, kva_of(anon_of(s, 0)) | PAGE_MAPPING_ANON);
	ck_assert_uint_eq(frame(s, BASE + PAGES(1))->mapping, frame(s, BASE)->mapping);

	space_run(s, space_fork(s));
	ck_assert_uint_eq(links(region(s, 0)), 3);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGE_SIZE), 0);
	ck_assert_uint_eq(links(region(s, 1)), 3);
	space_run(s, parent);
	space_free(s);
}
END_TEST

/* The parent's region goes first: its anon_vma lives on for the child's frames. */
START_TEST(test_outlives_its_region)
{
	struct space *s = space_new(256);
	u32 anon = objects(s, CACHE_ANON_VMA), chain = objects(s, CACHE_ANON_VMA_CHAIN);
	struct task_struct *child;

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, BASE, 3), 0);
	child = space_fork(s);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(2)), 0);
	ck_assert_uint_eq(objects(s, CACHE_ANON_VMA), anon + 2);
	test_check(s->m);
	space_run(s, child);
	ck_assert_int_eq(load(s, BASE), 3);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(2)), 0);
	ck_assert_uint_eq(objects(s, CACHE_ANON_VMA), anon);
	ck_assert_uint_eq(objects(s, CACHE_ANON_VMA_CHAIN), chain);
	space_free(s);
}
END_TEST

START_TEST(test_counts)
{
	struct space *s = space_new(256);
	struct task_struct *child;

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(2), 1, PROT_RW, FIXED_SHARED);
	touch_w(s, BASE, 3);
	ck_assert_int_eq(s->mm->rss_stat[MM_ANONPAGES], 2);
	ck_assert_int_eq(s->mm->rss_stat[MM_SHMEMPAGES], 1);
	ck_assert_int_eq(s->m->k->vm_stat[NR_ANON_PAGES], 2);
	child = space_fork(s);
	ck_assert_int_eq(page_mapcount(frame(s, BASE)), 2);
	ck_assert_int_eq(page_mapcount(frame(s, BASE + PAGES(2))), 1);
	ck_assert_int_eq(s->m->k->vm_stat[NR_ANON_PAGES], 2);
	touch_w(s, BASE, 1);
	ck_assert_int_eq(page_mapcount(frame(s, BASE)), 1);
	ck_assert_int_eq(s->m->k->vm_stat[NR_ANON_PAGES], 3);
	do_exit(child, 0);
	ck_assert_int_eq(s->m->k->vm_stat[NR_ANON_PAGES], 2);
	ck_assert_int_eq(page_mapcount(frame(s, BASE + PAGES(1))), 1);
	ck_assert_uint_eq(s->mm->hiwater_rss, 3);
	space_free(s);
}
END_TEST

/* fork fails at any step of linking: nothing is left over. */
START_TEST(test_fork_without_memory)
{
	for (u32 left = 0; left < 14; left++) {
		struct space *s = space_new(128);
		u32 anon, chain, regions;
		struct task_struct *child;
		struct hog hog;
		int error;

		for (u32 i = 0; i < 60; i++) {
			map_pages(s, BASE + PAGES(2 * i), 1, PROT_RW, FIXED_PRIVATE);
			if (i < 12)
				touch_w(s, BASE + PAGES(2 * i), 1);
		}
		anon = objects(s, CACHE_ANON_VMA);
		chain = objects(s, CACHE_ANON_VMA_CHAIN);
		regions = objects(s, CACHE_VM_AREA_STRUCT);
		hog = hog_all_but(s->m, left);
		error = do_fork(s->task, 0, &child);
		if (error) {
			ck_assert_int_eq(error, -ENOMEM);
			ck_assert_uint_eq(objects(s, CACHE_ANON_VMA), anon);
			ck_assert_uint_eq(objects(s, CACHE_ANON_VMA_CHAIN), chain);
			ck_assert_uint_eq(objects(s, CACHE_VM_AREA_STRUCT), regions);
		}
		ck_assert_int_eq(load(s, BASE), 0);
		test_check(s->m);
		hog_free(&hog);
		space_free(s);
	}
}
END_TEST

/* The same for each of the links and anon_vmas that one region's fork needs. */
START_TEST(test_fork_without_objects)
{
	static const enum kernel_cache caches[] = { CACHE_ANON_VMA, CACHE_ANON_VMA_CHAIN };
	static void *taken[4096];

	for (u32 left = 0; left < 14; left++) {
		struct space *s = space_new(128);
		struct kmem_cache *cache = kernel_cache(s->m, caches[left / 7]);
		struct task_struct *child;
		u32 anon, chain, n = 0;
		struct hog hog;

		map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
		map_pages(s, BASE + PAGES(2), 1, PROT_RW, FIXED_PRIVATE);
		touch_w(s, BASE, 1);
		touch_w(s, BASE + PAGES(2), 1);
		hog = hog_all_but(s->m, 0);
		while (n < ARRAY_SIZE(taken) && (taken[n] = kmem_cache_alloc(cache, GFP_ATOMIC)))
			n++;
		ck_assert_uint_lt(n, ARRAY_SIZE(taken));
		hog_free(&hog);
		hog = hog_all_but(s->m, 1); /* the directory's */
		for (u32 i = 0; i < left % 7 && n; i++)
			kmem_cache_free(cache, taken[--n]);
		anon = objects(s, CACHE_ANON_VMA);
		chain = objects(s, CACHE_ANON_VMA_CHAIN);
		if (do_fork(s->task, 0, &child) == -ENOMEM) {
			ck_assert_uint_eq(objects(s, CACHE_ANON_VMA), anon);
			ck_assert_uint_eq(objects(s, CACHE_ANON_VMA_CHAIN), chain);
		}
		while (n)
			kmem_cache_free(cache, taken[--n]);
		hog_free(&hog);
		space_free(s);
	}
}
END_TEST

START_TEST(test_validation_sees)
{
	struct space *s = space_new(128);
	struct vm_area_struct *vma;
	struct anon_vma_chain *link;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(2), 1, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 1);
	touch_w(s, BASE + PAGES(2), 1);
	vma = region(s, 0);
	link = list_first_entry(&vma->anon_vma_chain, struct anon_vma_chain, same_vma);
	switch (_i) {
	case 0: KSET(vma->anon_vma, NULL); break;
	case 1: KSET(vma->anon_vma, anon_of(s, 2)); break;
	case 2: KSET(link->vma, region(s, 2)); break;
	case 3: frame(s, BASE)->_mapcount = 2; break;
	case 4: s->mm->rss_stat[MM_ANONPAGES]--; break;
	case 5: s->m->k->vm_stat[NR_ANON_PAGES]++; break;
	}
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	space_drop(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		test_first_private_page,
		test_pieces_share,
		test_neighbours_anon_vma_is_taken,
		test_inherited_anon_vma_is_not_taken,
		test_fork,
		test_outlives_its_region,
		test_counts,
		test_fork_without_memory,
		test_fork_without_objects,
	};

	return run_loop_tests("rmap", tests, ARRAY_SIZE(tests), test_validation_sees, 6);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a frame to its entries: the walk finds each one once wherever its region went, Accessed
 * is tested and cleared, and a page is taken out of all tables.  Each test ends with the checker,
 * which walks from every mapped frame.
 */
#include "mm/page_alloc.h"
#include "mm/rmap.h"
#include "space.h"

#define AWAY (BASE + PAGES(64))

static bool count(struct page *page, const struct rmap_entry *entry, void *arg)
{
	ck_assert_uint_eq(pte_pfn(entry->pte), page_to_pfn(page));
	*(u32 *)arg += 1;
	return true;
}

static u32 entries(struct page *page)
{
	u32 n = 0;

	rmap_walk(page, count, &n);
	return n;
}

static u32 referenced(struct page *page)
{
	u32 vm_flags;

	return page_referenced(page, &vm_flags);
}

/* As reclaim does it: with a reference of its own. */
static bool unmap(struct page *page)
{
	bool gone;

	get_page(page);
	gone = try_to_unmap(page);
	put_page(page);
	return gone;
}

START_TEST(test_anonymous)
{
	struct space *s = space_new(256);
	struct task_struct *parent = s->task, *child;
	struct page *page;

	map_pages(s, BASE, 4, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 4);
	page = frame(s, BASE + PAGES(1));
	ck_assert_uint_eq(entries(page), 1);
	child = space_fork(s);
	ck_assert_uint_eq(entries(page), 2);
	/* Each side cuts its region elsewhere. */
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(1)), 0);
	space_run(s, child);
	ck_assert_int_eq(sys_mprotect(s->task, BASE + PAGES(1), PAGES(1), PROT_READ), 0);
	ck_assert_uint_eq(entries(page), 2);
	test_check(s->m);
	/* The child moves its part away. */
	ck_assert_int_eq(sys_mremap(s->task, BASE + PAGES(1), PAGES(1), PAGES(1),
				    MREMAP_MAYMOVE | MREMAP_FIXED, AWAY),
			 AWAY);
	ck_assert_uint_eq(entries(page), 2);
	space_run(s, parent);
	touch_w(s, BASE + PAGES(1), 1);
	ck_assert_uint_eq(entries(page), 1);
	space_free(s);
}
END_TEST

/* Moved to where it joins a region that has no anonymous page yet. */
START_TEST(test_moved_and_joined)
{
	struct space *s = space_new(256);
	u32 at = AWAY & ~(PAGES(1) - 1);

	map_pages(s, BASE, 2, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE + PAGES(1), 1);
	map_pages(s, at, 1, PROT_RW, FIXED_PRIVATE);
	/* What is at the new place has the offset that what comes needs before it. */
	ck_assert_int_eq(sys_mremap(s->task, BASE + PAGES(1), PAGES(1), PAGES(1),
				    MREMAP_MAYMOVE | MREMAP_FIXED, at + PAGES(4)),
			 at + PAGES(4));
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(1)), 0);
	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(sys_mremap(s->task, at + PAGES(4), PAGES(1), PAGES(1),
				    MREMAP_MAYMOVE | MREMAP_FIXED, BASE + PAGES(1)),
			 BASE + PAGES(1));
	assert_regions(s, BASE, "ww");
	ck_assert_uint_eq(entries(frame(s, BASE + PAGES(1))), 1);
	ck_assert_int_eq(store(s, BASE + PAGES(1), 7), 0);
	space_free(s);
}
END_TEST

/* Who forks and ends leaves its anon_vma to the next: no chain grows with the generations. */
START_TEST(test_generations)
{
	struct space *s = space_new(256);
	struct task_struct *first = s->task;
	struct anon_vma_chain *link;
	u32 links = 0;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 1);
	for (u32 i = 0; i < 20; i++) {
		struct task_struct *old = s->task, *child = space_fork(s);

		space_run(s, child);
		if (old != first)
			do_exit(old, 0);
		touch_w(s, BASE, 1);
		ck_assert_uint_eq(entries(frame(s, BASE)), 1);
		test_check(s->m);
	}
	list_for_each_entry(link, &find_vma(s->mm, BASE)->anon_vma_chain, same_vma)
		links++;
	ck_assert_uint_le(links, 4);
	space_run(s, first);
	space_free(s);
}
END_TEST

/* But not one that two children are linked to: their pages would all be asked for. */
START_TEST(test_no_reuse_of_shared)
{
	struct space *s = space_new(256);
	struct task_struct *first = s->task, *child;
	struct anon_vma_chain *link;
	struct anon_vma *own;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 1);
	child = space_fork(s);
	space_fork(s);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(1)), 0);
	space_run(s, child);
	child = space_fork(s);
	own = KGET(find_vma(KGET(child->mm), BASE)->anon_vma);
	list_for_each_entry(link, &find_vma(s->mm, BASE)->anon_vma_chain, same_vma)
		ck_assert_ptr_ne(KGET(link->anon_vma), own);
	space_run(s, first);
	space_free(s);
}
END_TEST

/* The last one to write has the page for itself: the walk need not ask its relatives. */
START_TEST(test_reused_page_moves)
{
	struct space *s = space_new(256);
	struct task_struct *parent = s->task, *child;
	struct page *page;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 1);
	page = frame(s, BASE);
	child = space_fork(s);
	touch_w(s, BASE, 1);
	space_run(s, child);
	touch_w(s, BASE, 1);
	ck_assert_ptr_eq(frame(s, BASE), page);
	ck_assert_uint_eq(page->mapping,
			  kva_of(KGET(find_vma(s->mm, BASE)->anon_vma)) | PAGE_MAPPING_ANON);
	ck_assert_uint_eq(entries(page), 1);
	space_run(s, parent);
	space_free(s);
}
END_TEST

START_TEST(test_files)
{
	struct space *s = space_new(512);
	struct task_struct *parent = s->task, *child;
	struct page *page;

	disk_make(s, 0, PAGES(4), "abcd");
	map_file(s, 0, FMODE_READ | FMODE_WRITE, BASE, PAGES(4), PROT_RW, MAP_SHARED | MAP_FIXED,
		 0);
	map_file(s, 0, FMODE_READ, AWAY, PAGES(2), PROT_RW, MAP_PRIVATE | MAP_FIXED, PAGES(1));
	touch_r(s, BASE, 4);
	touch_r(s, AWAY, 2);
	page = frame(s, BASE + PAGES(2));
	ck_assert_ptr_eq(frame(s, AWAY + PAGES(1)), page);
	ck_assert_uint_eq(entries(page), 2);
	child = space_fork(s);
	space_run(s, child);
	touch_r(s, BASE, 4);
	ck_assert_uint_eq(entries(page), 3);
	touch_w(s, BASE + PAGES(2), 1);
	space_run(s, parent);
	touch_w(s, AWAY + PAGES(1), 1);
	ck_assert_uint_eq(entries(page), 2);

	ck_assert(unmap(page));
	ck_assert_uint_eq(entries(page), 0);
	ck_assert(PageDirty(page));
	test_check(s->m);
	ck_assert_int_eq(load(s, BASE + PAGES(2)), 'c');
	ck_assert_int_eq(load(s, AWAY + PAGES(1)), 'c');
	space_free(s);
}
END_TEST

START_TEST(test_referenced)
{
	struct space *s = space_new(256);
	struct task_struct *parent = s->task, *child;
	struct page *page;
	u32 vm_flags;

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 1);
	page = frame(s, BASE);
	ck_assert_uint_eq(referenced(page), 1);
	ck_assert_uint_eq(referenced(page), 0);
	ck_assert_int_eq(load(s, BASE), 0); /* a TLB that still knew it would not tell */
	child = space_fork(s);
	space_run(s, child);
	ck_assert_int_eq(load(s, BASE), 0);
	ck_assert_uint_eq(page_referenced(page, &vm_flags), 2);
	ck_assert_uint_eq(vm_flags & (VM_READ | VM_LOCKED), VM_READ);
	ck_assert_uint_eq(referenced(page), 0);
	ck_assert_int_eq(sys_mlock(s->task, BASE, PAGES(1), MLOCK_ONFAULT), 0);
	page_referenced(page, &vm_flags);
	ck_assert(vm_flags & VM_LOCKED);
	space_run(s, parent);
	space_free(s);
}
END_TEST

/* What is locked stays, and so does what is nowhere else. */
START_TEST(test_what_stays)
{
	struct space *s = space_new(256);
	struct page *page;
	u8 byte = 4;

	disk_make(s, 0, PAGES(1), "a");
	map_file(s, 0, FMODE_READ | FMODE_WRITE, BASE, PAGES(1), PROT_RW, MAP_SHARED | MAP_FIXED,
		 0);
	touch_r(s, BASE, 1);
	ck_assert_int_eq(sys_mlock(s->task, BASE, PAGES(1), 0), 0);
	ck_assert(!unmap(frame(s, BASE)));
	ck_assert_int_eq(sys_munlock(s->task, BASE, PAGES(1)), 0);
	ck_assert(unmap(frame(s, BASE)));
	ck_assert_ptr_null(frame(s, BASE));

	map_pages(s, AWAY, 1, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(store(s, AWAY, 1), 0);
	page = frame(s, AWAY);
	ck_assert(!unmap(page));
	ck_assert_int_eq(sys_madvise(s->task, AWAY, PAGES(1), MADV_FREE), 0);
	ck_assert_int_eq(store(s, AWAY, 2), 0);
	ck_assert(!unmap(page));
	ck_assert_int_eq(sys_madvise(s->task, AWAY, PAGES(1), MADV_FREE), 0);
	ck_assert(unmap(page));
	ck_assert_int_eq(load(s, AWAY), 0);
	/* Written to by the kernel, which no entry knows of. */
	ck_assert_int_eq(store(s, AWAY, 3), 0);
	ck_assert_int_eq(sys_madvise(s->task, AWAY, PAGES(1), MADV_FREE), 0);
	ck_assert_int_eq(access_remote_vm(s->m, s->mm, AWAY, &byte, 1, true), 0);
	ck_assert(!pte_dirty(entry(s, AWAY)));
	ck_assert(!unmap(frame(s, AWAY)));
	ck_assert_int_eq(load(s, AWAY), 4);
	space_free(s);
}
END_TEST

/* What only the entry knows of a store, the page knows when the entry is gone. */
START_TEST(test_dirty_entry)
{
	struct space *s = space_new(256);
	struct page *page;

	map_pages(s, BASE, 1, PROT_RW, FIXED_SHARED);
	touch_w(s, BASE, 1);
	page = frame(s, BASE);
	ClearPageDirty(page);
	ck_assert(pte_dirty(entry(s, BASE)));
	ck_assert(unmap(page));
	ck_assert(PageDirty(page));
	space_free(s);
}
END_TEST

TEST_MAIN("rmap_walk", test_anonymous, test_moved_and_joined, test_generations,
	  test_no_reuse_of_shared, test_reused_page_moves, test_files, test_referenced,
	  test_what_stays, test_dirty_entry)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmap and munmap: every errno of mmap(2) and munmap(2) as Linux answers it, which one wins
 * where two meet, limits, and that a refused call changes nothing.
 */
#include "mm/page_alloc.h"
#include "space.h"

#define RO FMODE_READ
#define WO FMODE_WRITE
#define RW (FMODE_READ | FMODE_WRITE)

static struct space *space_with_file(u64 frames)
{
	struct space *s = space_new(frames);

	disk_make(s, 0, PAGES(2), "ab");
	return s;
}

/* ---- mmap: errno ---- */

START_TEST(test_arguments)
{
	struct space *s = space_new(64);

	ck_assert_int_eq(map(s, 0, 0, PROT_READ, PRIVATE), -EINVAL);
	ck_assert_int_eq(map(s, 0, TASK_SIZE + 1, PROT_READ, PRIVATE), -ENOMEM);
	ck_assert_int_eq(map(s, 0, 0xfffff001, PROT_READ, PRIVATE), -ENOMEM);
	ck_assert_int_eq(map(s, 0, 0xffffffff, PROT_READ, PRIVATE), -ENOMEM);
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE), -EBADF);
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_READ, MAP_ANONYMOUS), -EINVAL);
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_READ, PRIVATE | MAP_SHARED), -EINVAL);
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_READ, MAP_ANONYMOUS | 4), -EINVAL);
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_RW, SHARED | MAP_GROWSDOWN), -EINVAL);
	ck_assert_uint_eq(s->mm->map_count, 0);
	/* Unknown bits of PROT and FLAGS do not matter. */
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, 0x1f8 | PROT_READ, PRIVATE | 0x2000000), BASE);
	assert_regions(s, BASE, "r ");
	space_free(s);
}
END_TEST

START_TEST(test_order_of_errors)
{
	struct space *s = space_with_file(64);

	/* EBADF, EINVAL (length), ENOMEM, EINVAL (address), EPERM, EEXIST, EINVAL (kind) */
	ck_assert_int_eq(map(s, 1, 0, PROT_READ, MAP_PRIVATE | MAP_FIXED), -EBADF);
	ck_assert_int_eq(map(s, 1, 0, PROT_READ, MAP_ANONYMOUS | MAP_FIXED), -EINVAL);
	ck_assert_int_eq(map(s, 1, 0xffffffff, PROT_READ, MAP_ANONYMOUS | MAP_FIXED), -ENOMEM);
	ck_assert_int_eq(map(s, 0xbffff001, PAGES(2), PROT_READ, MAP_ANONYMOUS | MAP_FIXED),
			 -ENOMEM);
	ck_assert_int_eq(map(s, 1, PAGE_SIZE, PROT_READ, MAP_ANONYMOUS | MAP_FIXED), -EINVAL);
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_READ, MAP_ANONYMOUS | MAP_FIXED), -EPERM);
	map_pages(s, BASE, 1, PROT_READ, FIXED_PRIVATE);
	ck_assert_int_eq(map(s, BASE, PAGE_SIZE, 0, MAP_ANONYMOUS | MAP_FIXED_NOREPLACE), -EEXIST);
	ck_assert_int_eq(map(s, BASE, PAGE_SIZE, 0, MAP_ANONYMOUS | MAP_FIXED), -EINVAL);
	/* Kind and open mode before the limits of the address space. */
	s->task->rlim[RLIMIT_AS] = 0;
	ck_assert_int_eq(map_file(s, 0, RO, 0, PAGE_SIZE, PROT_RW, MAP_SHARED, 0), -EACCES);
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_READ, MAP_ANONYMOUS), -EINVAL);
	/* A lock that is not allowed before the kind. */
	s->task->rlim[RLIMIT_MEMLOCK] = 0;
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, 0, MAP_ANONYMOUS | MAP_LOCKED), -EPERM);
	assert_regions(s, BASE, "r ");
	space_free(s);
}
END_TEST

START_TEST(test_fixed)
{
	struct space *s = space_new(64);

	ck_assert_int_eq(map(s, 0x30000001, PAGE_SIZE, 0, FIXED_PRIVATE), -EINVAL);
	ck_assert_int_eq(map(s, 0x30000001, PAGE_SIZE, 0, PRIVATE | MAP_FIXED_NOREPLACE), -EINVAL);
	ck_assert_int_eq(map(s, 0xfffff000, PAGE_SIZE, 0, FIXED_PRIVATE), -ENOMEM);
	ck_assert_int_eq(map(s, TASK_SIZE, PAGE_SIZE, 0, FIXED_PRIVATE), -ENOMEM);
	ck_assert_int_eq(map(s, TASK_SIZE - PAGE_SIZE, PAGES(2), 0, FIXED_PRIVATE), -ENOMEM);
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, 0, FIXED_PRIVATE), -EPERM);
	ck_assert_int_eq(map(s, 0xf000, PAGE_SIZE, 0, FIXED_PRIVATE), -EPERM);
	ck_assert_int_eq(map(s, 0x10000, PAGE_SIZE, 0, FIXED_PRIVATE), 0x10000);
	ck_assert_int_eq(map(s, TASK_SIZE - PAGE_SIZE, 1, 0, FIXED_PRIVATE), TASK_SIZE - PAGE_SIZE);
	s->m->k->sysctl[SYSCTL_MMAP_MIN_ADDR] = 4096;
	ck_assert_int_eq(map(s, 0x1000, PAGE_SIZE, 0, FIXED_PRIVATE), 0x1000);
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, 0, FIXED_PRIVATE), -EPERM);
	s->m->k->sysctl[SYSCTL_MMAP_MIN_ADDR] = 0;
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_READ, FIXED_PRIVATE), 0);
	ck_assert_int_eq(load(s, 0), 0);
	space_free(s);
}
END_TEST

START_TEST(test_fixed_replaces)
{
	struct space *s = space_new(128);

	map_pages(s, BASE, 5, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 5);
	ck_assert_int_eq(store(s, BASE + PAGES(3), 9), 0);
	ck_assert_int_eq(map(s, BASE + PAGES(1), PAGES(2), 0, PRIVATE | MAP_FIXED_NOREPLACE),
			 -EEXIST);
	ck_assert_int_eq(map(s, BASE + PAGES(4), PAGES(2), 0, PRIVATE | MAP_FIXED_NOREPLACE),
			 -EEXIST);
	assert_regions(s, BASE, "wwwww ");
	map_pages(s, BASE + PAGES(1), 2, PROT_READ, FIXED_PRIVATE);
	assert_regions(s, BASE, "w|rr|ww");
	assert_pages(s, BASE, "w  ww");
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(3)), 9);
	map_pages(s, BASE + PAGES(5), 1, PROT_RW, PRIVATE | MAP_FIXED_NOREPLACE);
	assert_regions(s, BASE, "w|rr|www");
	/* Over several regions and holes. */
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(4), PAGE_SIZE), 0);
	map_pages(s, BASE, 6, PROT_RX, FIXED_PRIVATE);
	assert_regions(s, BASE, "xxxxxx");
	assert_pages(s, BASE, "      ");
	space_free(s);
}
END_TEST

START_TEST(test_open_modes)
{
	struct space *s = space_with_file(64);

	ck_assert_int_eq(map_file(s, 0, WO, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE, 0), -EACCES);
	ck_assert_int_eq(map_file(s, 0, WO, 0, PAGE_SIZE, PROT_READ, MAP_SHARED, 0), -EACCES);
	ck_assert_int_eq(map_file(s, 0, WO, 0, PAGE_SIZE, PROT_WRITE, MAP_PRIVATE, 0), -EACCES);
	ck_assert_int_eq(map_file(s, 0, RO, 0, PAGE_SIZE, PROT_RW, MAP_SHARED, 0), -EACCES);
	ck_assert_int_eq(map_file(s, 0, RW, 0, PAGE_SIZE, PROT_READ, 0, 0), -EINVAL);
	ck_assert_int_eq(
		map_file(s, 0, RW, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN, 0),
		-EINVAL);
	ck_assert_int_eq(map_file(s, 0, RW, 0, PAGE_SIZE, PROT_READ, MAP_SHARED | MAP_GROWSDOWN, 0),
			 -EINVAL);
	ck_assert_uint_eq(s->mm->map_count, 0);
	ck_assert_int_eq(map_file(s, 0, RO, 0, PAGE_SIZE, PROT_RW, MAP_PRIVATE, 0), BASE);
	ck_assert_int_eq(map_file(s, 0, RO, 0, PAGE_SIZE, PROT_READ, MAP_SHARED, 0),
			 BASE + PAGES(1));
	ck_assert_int_eq(map_file(s, 0, RW, 0, PAGE_SIZE, PROT_RW, MAP_SHARED_VALIDATE, 0),
			 BASE + PAGES(2));
	ck_assert_int_eq(map_file(s, 0, RW, 0, PAGE_SIZE, PROT_RW, PRIVATE, 0), BASE + PAGES(3));
	assert_regions(s, BASE, "w|R|W|w");
	ck_assert_ptr_null(KGET(find_vma(s->mm, BASE + PAGES(3))->vm_file));
	/* Shared, but never to be written: rd mr me ms. */
	ck_assert_uint_eq(find_vma(s->mm, BASE + PAGES(1))->vm_flags,
			  VM_READ | VM_MAYREAD | VM_MAYEXEC | VM_MAYSHARE);
	space_free(s);
}
END_TEST

/* Flags that are not known: nobody cares, but for shared_validate of a file. */
START_TEST(test_unknown_flags)
{
	static const u32 unknown[] = { 0x200, 0x400, 0x80000, 0x200000, 0x800000, 0x80000000 };
	static const u32 known[] = { 0x40,	 0x80,	       MAP_DENYWRITE, MAP_EXECUTABLE,
				     MAP_LOCKED, MAP_POPULATE, MAP_STACK,     0x7c000000 };
	struct space *s = space_with_file(64);
	const u32 validate = MAP_SHARED_VALIDATE | MAP_FIXED;

	for (u32 i = 0; i < ARRAY_SIZE(unknown); i++) {
		ck_assert_int_eq(
			map_file(s, 0, RO, BASE, PAGE_SIZE, PROT_RW, validate | unknown[i], 0),
			-EOPNOTSUPP);
		ck_assert_int_eq(map_file(s, 0, RO, BASE, PAGE_SIZE, PROT_READ,
					  MAP_SHARED | MAP_FIXED | unknown[i], 0),
				 BASE);
	}
	for (u32 i = 0; i < ARRAY_SIZE(known); i++)
		ck_assert_int_eq(
			map_file(s, 0, RW, BASE, PAGE_SIZE, PROT_RW, validate | known[i], 0), BASE);
	ck_assert_int_eq(map_file(s, 0, RW, BASE + PAGES(4), PAGE_SIZE, PROT_RW,
				  MAP_SHARED_VALIDATE | MAP_FIXED_NOREPLACE, 0),
			 -EOPNOTSUPP);
	ck_assert_int_eq(map_file(s, 0, RW, BASE, PAGE_SIZE, PROT_RW,
				  MAP_SHARED_VALIDATE | MAP_FIXED_NOREPLACE, 0),
			 -EEXIST);
	ck_assert_int_eq(map_file(s, 0, RW, BASE, PAGE_SIZE, PROT_RW, validate | MAP_GROWSDOWN, 0),
			 -EINVAL);
	ck_assert_int_eq(map_file(s, 0, RW, BASE, PAGE_SIZE, PROT_RW, MAP_SHARED | MAP_HUGETLB, 0),
			 -EINVAL);
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_RW, PRIVATE | MAP_HUGETLB), -ENOMEM);
	assert_regions(s, BASE, "W");
	space_free(s);
}
END_TEST

/* Any offset can be mapped; only the access says that nothing is there. */
START_TEST(test_offsets)
{
	struct space *s = space_with_file(64);

	ck_assert_int_eq(map_file(s, 0, RO, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE, PAGES(10)), BASE);
	ck_assert_int_eq(load(s, BASE), -EIO);
	ck_assert_int_eq(map_file(s, 0, RO, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE, 1ull << 32),
			 BASE + PAGES(1));
	ck_assert_int_eq(load(s, BASE + PAGES(1)), -EIO);
	ck_assert_int_eq(map_file(s, 0, RO, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE, 0xffffffff000),
			 BASE + PAGES(2));
	ck_assert_int_eq(load(s, BASE + PAGES(2)), -EIO);
	/* Page numbers are 32 bits wide here. */
	ck_assert_int_eq(map_file(s, 0, RO, 0, PAGES(2), PROT_READ, MAP_PRIVATE, 0xffffffff000),
			 -EOVERFLOW);
	space_free(s);
}
END_TEST

/* ---- limits ---- */

START_TEST(test_rlimit_as)
{
	struct space *s = space_new(256);
	u32 *limit = &s->task->rlim[RLIMIT_AS];

	map_pages(s, BASE, 10, PROT_RW, FIXED_PRIVATE);
	*limit = PAGES(12) + 100;
	ck_assert_int_eq(map(s, 0, PAGES(3), PROT_READ, PRIVATE), -ENOMEM);
	ck_assert_int_eq(map(s, 0, PAGES(2), PROT_READ, PRIVATE), BASE + PAGES(10));
	/* What is replaced does not count. */
	ck_assert_int_eq(map(s, BASE + PAGES(1), PAGES(3), PROT_READ, FIXED_PRIVATE),
			 BASE + PAGES(1));
	ck_assert_int_eq(map(s, BASE + PAGES(10), PAGES(3), PROT_READ, FIXED_PRIVATE), -ENOMEM);
	assert_regions(s, BASE, "w|rrr|wwwwww|rr ");
	*limit = PAGES(1);
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(5), PAGE_SIZE), 0); /* splits: no need */
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_READ, PRIVATE), -ENOMEM);
	space_free(s);
}
END_TEST

/* Private writable memory only, and not what grows down. */
START_TEST(test_rlimit_data)
{
	struct space *s = space_new(256);

	s->task->rlim[RLIMIT_DATA] = PAGES(4);
	ck_assert_int_eq(map(s, 0, PAGES(5), PROT_RW, PRIVATE), -ENOMEM);
	map_pages(s, BASE, 4, PROT_RW, FIXED_PRIVATE);
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_RW, PRIVATE), -ENOMEM);
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_WRITE, PRIVATE | MAP_NORESERVE), -ENOMEM);
	map_pages(s, 0, 9, PROT_READ, PRIVATE);
	map_pages(s, 0, 9, PROT_RW, SHARED);
	map_pages(s, 0x50000000, 9, PROT_RW, GROWSDOWN);
	ck_assert_uint_eq(s->mm->data_vm, 4);
	ck_assert_uint_eq(s->mm->stack_vm, 9);
	ck_assert_int_eq(map(s, BASE, PAGES(4), PROT_RW, FIXED_PRIVATE), BASE);
	space_free(s);
}
END_TEST

START_TEST(test_memlock)
{
	struct space *s = space_new(256);
	u32 *limit = &s->task->rlim[RLIMIT_MEMLOCK];

	*limit = 0;
	ck_assert_int_eq(map(s, 0, PAGE_SIZE, PROT_RW, PRIVATE | MAP_LOCKED), -EPERM);
	*limit = PAGES(3);
	ck_assert_int_eq(map(s, 0, PAGES(4), PROT_RW, PRIVATE | MAP_LOCKED), -EAGAIN);
	ck_assert_int_eq(map(s, 0, PAGES(2), PROT_RW, PRIVATE | MAP_LOCKED), BASE);
	assert_pages(s, BASE, "ww ");
	ck_assert_uint_eq(s->mm->locked_vm, 2);
	ck_assert_int_eq(map(s, 0, PAGES(2), PROT_RW, PRIVATE | MAP_LOCKED), -EAGAIN);
	s->mm->def_flags = VM_LOCKED;
	ck_assert_int_eq(map(s, 0, PAGES(2), PROT_RW, PRIVATE), -EAGAIN);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(2)), 0);
	ck_assert_uint_eq(s->mm->locked_vm, 0);
	space_free(s);
}
END_TEST

START_TEST(test_max_map_count)
{
	struct space *s = space_new(256);
	u32 *max = &s->m->k->sysctl[SYSCTL_MAX_MAP_COUNT];

	*max = 3;
	for (u32 i = 0; i < 4; i++)
		map_pages(s, BASE + PAGES(4 * i), 3, PROT_READ, FIXED_PRIVATE);
	assert_regions(s, BASE, "rrr rrr rrr rrr ");
	/* Also what would merge or replace. */
	ck_assert_int_eq(map(s, BASE + PAGES(20), PAGE_SIZE, PROT_READ, FIXED_PRIVATE), -ENOMEM);
	ck_assert_int_eq(map(s, BASE + PAGES(3), PAGE_SIZE, PROT_READ, FIXED_PRIVATE), -ENOMEM);
	ck_assert_int_eq(map(s, BASE, PAGE_SIZE, PROT_RW, FIXED_PRIVATE), -ENOMEM);
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(1), PAGE_SIZE), -ENOMEM);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGE_SIZE, PROT_RW), -ENOMEM);
	assert_regions(s, BASE, "rrr rrr rrr rrr ");
	/* An end and whole regions can go. */
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(2), PAGES(3)), 0);
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(8), PAGES(3)), 0);
	assert_regions(s, BASE, "rr   rr     rrr ");
	/* One below the limit: a fixed mapping may still go over an end. */
	ck_assert_int_eq(map(s, BASE + PAGES(1), PAGE_SIZE, PROT_RW, FIXED_PRIVATE),
			 BASE + PAGES(1));
	ck_assert_uint_eq(s->mm->map_count, 4);
	space_free(s);
}
END_TEST

START_TEST(test_fixed_at_the_limit)
{
	struct space *s = space_new(256);

	s->m->k->sysctl[SYSCTL_MAX_MAP_COUNT] = 1;
	map_pages(s, BASE, 3, PROT_READ, FIXED_PRIVATE);
	ck_assert_int_eq(map(s, BASE + PAGES(1), PAGE_SIZE, PROT_RW, FIXED_PRIVATE), -ENOMEM);
	assert_regions(s, BASE, "rrr");
	ck_assert_int_eq(map(s, BASE, PAGE_SIZE, PROT_RW, FIXED_PRIVATE), BASE);
	assert_regions(s, BASE, "w|rr");
	space_free(s);
}
END_TEST

/* ---- populate ---- */

START_TEST(test_populate)
{
	struct space *s = space_with_file(256);
	u32 a = map_pages(s, 0, 3, PROT_RW, PRIVATE | MAP_POPULATE);
	u32 b = map_pages(s, 0, 3, PROT_READ, PRIVATE | MAP_POPULATE);
	u32 c = map_pages(s, 0, 3, PROT_NONE, PRIVATE | MAP_POPULATE);
	u32 d = map_pages(s, 0, 3, PROT_RW, PRIVATE | MAP_POPULATE | MAP_NONBLOCK);
	u32 e = map_pages(s, 0, 3, PROT_RW, SHARED | MAP_POPULATE);
	s64 f = map_file(s, 0, RO, 0, PAGES(3), PROT_RW, MAP_PRIVATE | MAP_POPULATE, 0);

	assert_pages(s, a, "www");
	assert_pages(s, b, "zzz");
	assert_pages(s, c, "   ");
	assert_pages(s, d, "   ");
	ck_assert_int_eq(s->mm->rss_stat[MM_SHMEMPAGES], 3);
	ck_assert_ptr_nonnull(frame(s, e + PAGES(2)));
	assert_pages(s, (u32)f, "ww "); /* the third is behind the file */
	ck_assert_int_eq(load(s, (u32)f), 'a');
	ck_assert_uint_eq(touch_w(s, a, 3), 0);
	space_free(s);
}
END_TEST

/* ---- munmap ---- */

START_TEST(test_munmap_errno)
{
	struct space *s = space_new(64);

	ck_assert_int_eq(do_munmap(s->mm, BASE + 1, PAGE_SIZE), -EINVAL);
	ck_assert_int_eq(do_munmap(s->mm, BASE, 0), -EINVAL);
	ck_assert_int_eq(do_munmap(s->mm, TASK_SIZE + PAGE_SIZE, PAGE_SIZE), -EINVAL);
	ck_assert_int_eq(do_munmap(s->mm, TASK_SIZE - PAGE_SIZE, PAGE_SIZE + 1), -EINVAL);
	ck_assert_int_eq(do_munmap(s->mm, 0, 0xffffffff), -EINVAL);
	ck_assert_int_eq(do_munmap(s->mm, TASK_SIZE, 0), -EINVAL);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGE_SIZE), 0); /* nothing there */
	ck_assert_int_eq(do_munmap(s->mm, 0, TASK_SIZE), 0);
	space_free(s);
}
END_TEST

START_TEST(test_munmap)
{
	struct space *s = space_new(128);
	u32 used = test_used_frames(s->m);

	map_pages(s, BASE, 6, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 6);
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(1), PAGES(1)), 0);
	assert_regions(s, BASE, "w wwww");
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(3), 1), 0); /* rounded up */
	assert_regions(s, BASE, "w w ww");
	assert_pages(s, BASE, "w w ww");
	ck_assert_int_eq(load(s, BASE + PAGES(3)), -EFAULT);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(5)), 0);
	assert_regions(s, BASE, "     w");
	ck_assert_int_eq(do_munmap(s->mm, 0, TASK_SIZE), 0);
	ck_assert_uint_eq(test_used_frames(s->m), used);
	ck_assert_uint_eq(s->mm->total_vm, 0);
	space_free(s);
}
END_TEST

/* A file's last mapping closes it. */
START_TEST(test_file_reference)
{
	struct space *s = space_with_file(64);

	map_file(s, 0, RO, BASE, PAGES(2), PROT_READ, MAP_PRIVATE | MAP_FIXED, 0);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGE_SIZE), 0);
	ck_assert_uint_eq(s->file[0].released, 0);
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(1), PAGE_SIZE), 0);
	ck_assert_uint_eq(s->file[0].released, 1);
	ck_assert_int_eq(map_file(s, 0, WO, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE, 0), -EACCES);
	ck_assert_uint_eq(s->file[0].released, 2);
	space_free(s);
}
END_TEST

/* ---- no memory ---- */

/* Whatever step fails: the regions, the promises and the frames are as before. */
START_TEST(test_mmap_without_memory)
{
	static const u32 flags[] = { FIXED_PRIVATE, FIXED_SHARED };
	struct space *s = space_new(128);
	struct hog hog;

	map_pages(s, BASE, 5, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 5);
	while (s->mm->map_count < 60) /* slabs without a free object */
		map_pages(s, BASE + PAGES(100 + 2 * s->mm->map_count), 1, PROT_READ, FIXED_PRIVATE);
	hog = hog_all_but(s->m, 0);
	for (u32 i = 0, n = 0; n < 400; n++) {
		u32 committed = s->m->k->total_committed, regions = s->mm->map_count;
		s64 where = map(s, BASE + PAGES(1), PAGES(3), PROT_READ, flags[i++ % 2]);

		if (where == -ENOMEM) {
			ck_assert_uint_eq(s->m->k->total_committed, committed);
			ck_assert_uint_eq(s->mm->map_count, regions);
		} else {
			map(s, BASE + PAGES(1000 + 2 * n), PAGE_SIZE, PROT_READ, flags[i % 2]);
		}
		test_check(s->m);
	}
	/* Those above cut a region in two: one that is just new may still have had room. */
	for (u32 n = 0; n < 100; n++)
		map(s, BASE + PAGES(3000 + 2 * n), PAGE_SIZE, PROT_READ, FIXED_PRIVATE);
	ck_assert_int_eq(map(s, BASE + PAGES(4000), PAGES(3), PROT_RW, FIXED_PRIVATE), -ENOMEM);
	ck_assert_int_eq(map(s, BASE + PAGES(4000), PAGES(3), PROT_RW, FIXED_SHARED), -ENOMEM);
	hog_free(&hog);
	space_free(s);
}
END_TEST

TEST_MAIN("mmap", test_arguments, test_order_of_errors, test_fixed, test_fixed_replaces,
	  test_open_modes, test_unknown_flags, test_offsets, test_rlimit_as, test_rlimit_data,
	  test_memlock, test_max_map_count, test_fixed_at_the_limit, test_populate,
	  test_munmap_errno, test_munmap, test_file_reference, test_mmap_without_memory)

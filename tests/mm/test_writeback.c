/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dirty pages: who makes them, what cleans them, and disks that are full or broken. */
#include "mm/lru.h"
#include "mm/page_alloc.h"
#include "mm/writeback.h"
#include "space.h"

#define FILE_RW (FMODE_READ | FMODE_WRITE)

static s32 dirty(const struct space *s)
{
	return s->m->k->vm_stat[NR_FILE_DIRTY];
}

static u8 on_disk(const struct space *s, u32 at)
{
	return s->file[0].bytes[at];
}

static s64 write_file(struct space *s, u64 pos, const char *text)
{
	return generic_file_write(s->file[0].inode, pos, text, (u32)strlen(text));
}

static struct space *space_with_mapping(u32 size)
{
	struct space *s = space_new(256);

	disk_make(s, 0, size, "abcd");
	map_file(s, 0, FILE_RW, BASE, PAGES(4), PROT_RW, MAP_SHARED | MAP_FIXED, 0);
	return s;
}

START_TEST(test_store)
{
	struct space *s = space_with_mapping(PAGES(4));
	struct task_struct *parent = s->task;

	ck_assert_int_eq(load(s, BASE), 'a');
	ck_assert_int_eq(dirty(s), 0);
	ck_assert_int_eq(store(s, BASE, 'x'), 0);
	ck_assert_int_eq(dirty(s), 1);
	assert_pages(s, BASE, "Ffff");
	space_run(s, space_fork(s));
	ck_assert_int_eq(store(s, BASE + 1, 'y'), 0); /* the child's own entry */
	ck_assert_int_eq(dirty(s), 1);
	ck_assert_int_eq(on_disk(s, 0), 'a');
	ck_assert_int_eq(sync_inodes(s->m), 0);
	ck_assert_int_eq(dirty(s), 0);
	ck_assert_int_eq(on_disk(s, 0), 'x');
	ck_assert_int_eq(on_disk(s, 1), 'y');
	/* Neither can store unnoticed now. */
	assert_pages(s, BASE, "f   ");
	ck_assert_uint_eq(entry(s, BASE).v & PG_D, 0);
	space_run(s, parent);
	assert_pages(s, BASE, "ffff");
	ck_assert_int_eq(store(s, BASE, 'z'), 0);
	ck_assert_int_eq(dirty(s), 1);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(4)), 0);
	ck_assert_int_eq(dirty(s), 1);
	ck_assert_int_eq(sync_inodes(s->m), 0);
	ck_assert_int_eq(on_disk(s, 0), 'z');
	space_free(s);
}
END_TEST

/* Stored to, then read-only: what was written once is not dirty again when it is unmapped. */
START_TEST(test_written_once)
{
	struct space *s = space_with_mapping(PAGES(4));

	ck_assert_int_eq(store(s, BASE, 'x'), 0);
	ck_assert_int_eq(sys_mprotect(s->task, BASE, PAGES(4), PROT_READ), 0);
	ck_assert(pte_dirty(entry(s, BASE)));
	ck_assert_int_eq(sync_inodes(s->m), 0);
	ck_assert(!pte_dirty(entry(s, BASE)));
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(4)), 0);
	ck_assert_int_eq(dirty(s), 0);
	space_free(s);
}
END_TEST

START_TEST(test_write_and_size)
{
	struct space *s = space_with_mapping(5);
	struct inode *inode = s->file[0].inode;
	char buf[8];

	ck_assert_int_eq(load(s, BASE + 10), 0);
	ck_assert_int_eq(store(s, BASE + 10, 'T'), 0); /* behind the end */
	ck_assert_int_eq(write_file(s, 20, "text"), 4);
	ck_assert_uint_eq(inode->i_size, 24);
	ck_assert_uint_eq(s->file[0].size, 24); /* at once */
	ck_assert_int_eq(load(s, BASE + 10), 0); /* it is in the file now, as zero */
	ck_assert_int_eq(load(s, BASE + 20), 't');
	ck_assert_int_eq(on_disk(s, 20), 0);
	ck_assert_int_eq(store(s, BASE + 30, 'T'), 0);
	ck_assert_int_eq(sync_inodes(s->m), 0);
	ck_assert_uint_eq(s->file[0].size, 24);
	ck_assert_int_eq(on_disk(s, 20), 't');
	ck_assert_int_eq(load(s, BASE + 30), 0); /* what was behind the end went when written */
	ck_assert_int_eq(write_file(s, MAX_FILE_SIZE - 2, "abc"), -EFBIG);
	ck_assert_int_eq(generic_file_read(inode, 20, buf, 8), 4);
	ck_assert_int_eq(generic_file_read(inode, MAX_FILE_SIZE + 1, buf, 8), 0);
	space_free(s);
}
END_TEST

START_TEST(test_truncate_and_punch)
{
	struct space *s = space_with_mapping(PAGES(4));

	touch_w(s, BASE, 4);
	ck_assert_int_eq(dirty(s), 4);
	disk_truncate(s, 0, PAGES(1) + 7);
	ck_assert_int_eq(dirty(s), 2);
	test_check(s->m);
	ck_assert_int_eq(load(s, BASE + PAGES(2)), -EIO);
	ck_assert_int_eq(sys_madvise(s->task, BASE, PAGE_SIZE, MADV_REMOVE), 0);
	ck_assert_int_eq(dirty(s), 1);
	ck_assert_int_eq(load(s, BASE), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(1)), 'b');
	disk_truncate(s, 0, PAGES(4));
	ck_assert_int_eq(load(s, BASE + PAGES(1) + 7), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(3)), 0);
	ck_assert_int_eq(sync_inodes(s->m), 0);
	ck_assert_int_eq(on_disk(s, PAGES(1) + 6), 'b');
	ck_assert_int_eq(on_disk(s, PAGES(1) + 7), 0);
	space_free(s);
}
END_TEST

/* A full disk says so before anything is changed. */
START_TEST(test_full)
{
	struct space *s = space_with_mapping(PAGES(2));
	struct inode *inode = s->file[0].inode;

	s->file[0].full = true;
	ck_assert_int_eq(write_file(s, PAGES(2), "more"), -ENOSPC);
	ck_assert_uint_eq(inode->i_size, PAGES(2));
	ck_assert_int_eq(store(s, BASE, 'x'), -EIO); /* no entry yet */
	ck_assert_uint_eq(s->task->fault.branch, FB_NO_STORE);
	ck_assert_int_eq(load(s, BASE), 'a');
	ck_assert_int_eq(store(s, BASE, 'x'), -EIO); /* one that forbids it */
	ck_assert_uint_eq(s->task->fault.branch, FB_NO_STORE);
	ck_assert_int_eq(store(s, BASE + PAGES(1), 'x'), -EIO);
	ck_assert_int_eq(load(s, BASE), 'a');
	ck_assert_int_eq(dirty(s), 0);
	s->file[0].full = false;
	ck_assert_int_eq(store(s, BASE, 'x'), 0);
	ck_assert_int_eq(dirty(s), 1);
	space_free(s);
}
END_TEST

/* A broken one keeps the page dirty, until it can be written. */
START_TEST(test_broken)
{
	struct space *s = space_with_mapping(PAGES(2));

	touch_r(s, BASE, 2);
	ck_assert_int_eq(store(s, BASE, 'x'), 0);
	s->file[0].broken = true;
	ck_assert_int_eq(sync_inodes(s->m), -EIO);
	ck_assert_int_eq(dirty(s), 1);
	ck_assert_int_eq(load(s, BASE), 'x');
	ck_assert_int_eq(sys_msync(s->task, BASE, PAGES(2), MS_SYNC), -EIO);
	ck_assert_int_eq(sys_msync(s->task, BASE, PAGES(2), MS_ASYNC), 0);
	test_check(s->m);
	s->file[0].broken = false;
	ck_assert_int_eq(sys_msync(s->task, BASE, PAGES(2), MS_SYNC), 0);
	ck_assert_int_eq(on_disk(s, 0), 'x');
	ck_assert_int_eq(dirty(s), 0);
	space_free(s);
}
END_TEST

/* msync waits for the disk when asked to, and only for files that others see. */
START_TEST(test_msync_waits)
{
	struct space *s = space_with_mapping(PAGES(2));

	ck_assert_int_eq(sys_msync(s->task, BASE, PAGES(2), MS_ASYNC), 0);
	ck_assert_int_eq(sys_msync(s->task, BASE, PAGES(2), MS_INVALIDATE), 0);
	ck_assert_uint_eq(s->file[0].fsyncs, 0);
	ck_assert_int_eq(sys_msync(s->task, BASE, PAGES(2), MS_SYNC), 0);
	ck_assert_uint_eq(s->file[0].fsyncs, 1);
	map_file(s, 0, FMODE_READ, BASE + PAGES(8), PAGES(1), PROT_RW, MAP_PRIVATE | MAP_FIXED, 0);
	map_pages(s, BASE + PAGES(9), 1, PROT_RW, FIXED_SHARED);
	ck_assert_int_eq(sys_msync(s->task, BASE + PAGES(8), PAGES(2), MS_SYNC), 0);
	ck_assert_uint_eq(s->file[0].fsyncs, 1);
	space_free(s);
}
END_TEST

/* A write that must read the rest of its page first, and cannot. */
START_TEST(test_part_of_a_page)
{
	struct space *s = space_with_mapping(PAGES(2));
	struct inode *inode = s->file[0].inode;
	struct hog hog;

	ck_assert_int_eq(write_file(s, 3, "xy"), 2);
	ck_assert_int_eq(load(s, BASE + 2), 'a');
	ck_assert_int_eq(load(s, BASE + 4), 'y');
	ck_assert_int_eq(load(s, BASE + 5), 'a');
	hog = hog_all_but(s->m, 0);
	ck_assert_int_eq(write_file(s, PAGES(3), "x"), -ENOMEM);
	ck_assert_uint_eq(inode->i_size, PAGES(2));
	ck_assert_uint_eq(s->file[0].size, PAGES(2)); /* as long as before */
	hog_free(&hog);
	ck_assert_int_eq(write_file(s, PAGES(3), "x"), 1);
	space_free(s);
}
END_TEST

/* The flusher runs when its period ends, and takes what is old enough. */
START_TEST(test_flusher)
{
	struct space *s = space_with_mapping(PAGES(2));
	u32 ticks = 0;

	s->m->k->sysctl[SYSCTL_DIRTY_WRITEBACK_CENTISECS] = 100;
	s->m->k->sysctl[SYSCTL_DIRTY_EXPIRE_CENTISECS] = 250;
	while (s->m->k->jiffies % 100 != 10)
		machine_tick(s->m);
	ck_assert_int_eq(store(s, BASE, 'x'), 0);
	for (; dirty(s) && ticks < 1000; ticks++)
		machine_tick(s->m);
	ck_assert_uint_eq(ticks, 290); /* 10 + 290 is the first end of a period after 10 + 250 */
	ck_assert_int_eq(on_disk(s, 0), 'x');
	s->m->k->sysctl[SYSCTL_DIRTY_BACKGROUND_RATIO] = 0;
	ck_assert_int_eq(store(s, BASE, 'y'), 0);
	machine_tick(s->m);
	ck_assert_int_eq(on_disk(s, 0), 'y');
	space_free(s);
}
END_TEST

/* One long command may not make more dirty than dirty_ratio says. */
START_TEST(test_throttle)
{
	struct space *s = space_new(1024);

	disk_make(s, 0, PAGES(400), "");
	map_file(s, 0, FILE_RW, BASE, PAGES(400), PROT_RW, MAP_SHARED | MAP_FIXED, 0);
	touch_w(s, BASE, 400);
	ck_assert_int_lt(dirty(s), 1024 / 5 + 1);
	ck_assert_int_gt(dirty(s), 0);
	s->m->k->sysctl[SYSCTL_DIRTY_BACKGROUND_RATIO] = 0;
	s->m->k->sysctl[SYSCTL_DIRTY_RATIO] = 0;
	touch_w(s, BASE, 400);
	ck_assert_int_eq(dirty(s), 0);
	space_free(s);
}
END_TEST

static u32 limit(const struct space *s)
{
	u32 ret, background;

	dirty_limits(s->m, &ret, &background);
	return ret;
}

/* The limits are those that writers meet; the flusher begins before. */
START_TEST(test_limits)
{
	struct space *s = space_new(1024);
	u32 kept = s->m->k->zone[ZONE_DMA].pages_high, most, background, dirtyable, files;

	disk_make(s, 0, PAGES(40), "");
	map_file(s, 0, FILE_RW, BASE, PAGES(40), PROT_READ, MAP_SHARED | MAP_FIXED, 0);
	touch_r(s, BASE, 40);
	map_pages(s, BASE + PAGES(50), 50, PROT_RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED);
	touch_w(s, BASE + PAGES(50), 50); /* in no file */
	files = nr_lru_pages(s->m, LRU_INACTIVE_FILE) + nr_lru_pages(s->m, LRU_ACTIVE_FILE);
	ck_assert_uint_ge(files, 40); /* and /init's */
	dirtyable = nr_free_pages(s->m) - kept + files;
	dirty_limits(s->m, &most, &background);
	ck_assert_uint_eq(most, dirtyable / 5);
	ck_assert_uint_eq(background, dirtyable / 10);
	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_MIN_FREE_KBYTES, 4096), 0);
	dirty_limits(s->m, &most, &background);
	ck_assert_uint_eq(most, files / 5); /* nothing that is free may be used */
	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_DIRTY_BACKGROUND_RATIO, 50), 0);
	dirty_limits(s->m, &most, &background);
	ck_assert_uint_eq(background, most / 2);
	space_free(s);
}
END_TEST

/* Nor may one write, however long it is. */
START_TEST(test_throttle_write)
{
	static u8 buf[PAGES(400)];
	struct space *s = space_new(1024);

	disk_make(s, 0, 0, "");
	ck_assert_int_eq(generic_file_write(s->file[0].inode, 0, buf, sizeof(buf)), sizeof(buf));
	ck_assert_int_le(dirty(s), (s32)limit(s));
	ck_assert_int_gt(dirty(s), 0);
	ck_assert_uint_ge(s->file[0].writes, 200);
	space_free(s);
}
END_TEST

/* A host that refuses is asked again after one second, two, four ... to 64; sync asks at once. */
START_TEST(test_back_off)
{
	static const u32 waits[] = { 100, 200, 400, 800, 1600, 3200, 6400, 6400 };
	struct space *s = space_with_mapping(PAGES(2));
	struct disk_file *f = &s->file[0];

	ck_assert_int_eq(sysctl_write(s->m, SYSCTL_DIRTY_BACKGROUND_RATIO, 0), 0);
	f->refuses = -EIO;
	touch_w(s, BASE, 2);
	ck_assert_int_eq(store(s, BASE, 'x'), 0);
	machine_tick(s->m);
	ck_assert_uint_eq(f->writes, 2);
	for (u32 i = 0; i < ARRAY_SIZE(waits); i++) {
		for (u32 t = 1; t < waits[i]; t++)
			machine_tick(s->m);
		ck_assert_uint_eq(f->writes, 2 * (i + 1));
		machine_tick(s->m);
		ck_assert_uint_eq(f->writes, 2 * (i + 2));
	}
	ck_assert_int_eq(dirty(s), 2);
	ck_assert_int_eq(load(s, BASE), 'x');
	f->writes = 0;
	ck_assert_int_eq(sync_inodes(s->m), -EIO);
	ck_assert_uint_eq(f->writes, 2);
	f->refuses = 0;
	machine_tick(s->m);
	ck_assert_uint_eq(f->writes, 2);
	ck_assert_int_eq(sync_inodes(s->m), 0);
	ck_assert_int_eq(dirty(s), 0);
	/* All is well: no wait, and the next failure is a first one. */
	ck_assert_int_eq(store(s, BASE, 'y'), 0);
	machine_tick(s->m);
	ck_assert_int_eq(on_disk(s, 0), 'y');
	f->refuses = -EIO;
	ck_assert_int_eq(store(s, BASE, 'z'), 0);
	machine_tick(s->m);
	f->refuses = 0;
	for (u32 t = 0; t < 100; t++)
		machine_tick(s->m);
	ck_assert_int_eq(on_disk(s, 0), 'z');
	test_check(s->m);
	space_free(s);
}
END_TEST

/* Each file that was open hears once of an error; of one nobody heard of, a later one too. */
START_TEST(test_error_is_told_once)
{
	struct space *s = space_with_mapping(PAGES(2));
	struct disk_file *f = &s->file[0];
	u32 early = wb_error_sample(f->inode), late;

	f->refuses = -ENOSPC;
	ck_assert_int_eq(store(s, BASE, 'x'), 0);
	ck_assert_int_eq(sync_inodes(s->m), -ENOSPC);
	f->refuses = 0;
	ck_assert_int_eq(sync_inodes(s->m), 0);
	ck_assert_int_eq(dirty(s), 0);
	late = wb_error_sample(f->inode);
	ck_assert_int_eq(sys_msync(s->task, BASE, PAGES(2), MS_SYNC), -ENOSPC);
	ck_assert_int_eq(sys_msync(s->task, BASE, PAGES(2), MS_SYNC), 0);
	ck_assert_int_eq(wb_error_check(f->inode, &early), -ENOSPC);
	ck_assert_int_eq(wb_error_check(f->inode, &early), 0);
	ck_assert_int_eq(wb_error_check(f->inode, &late), -ENOSPC);
	late = wb_error_sample(f->inode);
	ck_assert_int_eq(wb_error_check(f->inode, &late), 0);
	/* The next failure is another one. */
	f->refuses = -EIO;
	ck_assert_int_eq(store(s, BASE, 'y'), 0);
	ck_assert_int_eq(sys_msync(s->task, BASE, PAGES(2), MS_SYNC), -EIO);
	ck_assert_int_eq(wb_error_check(f->inode, &late), -EIO);
	ck_assert_int_eq(wb_error_check(f->inode, &early), -EIO);
	ck_assert_int_eq(wb_error_check(f->inode, &early), 0);
	/* And the next: nobody has heard of it yet, so who opens the file now does. */
	f->refuses = -ENOSPC;
	ck_assert_int_eq(sync_inodes(s->m), -ENOSPC);
	f->refuses = 0;
	late = wb_error_sample(f->inode);
	ck_assert_int_eq(wb_error_check(f->inode, &late), -ENOSPC);
	space_free(s);
}
END_TEST

/* Too much is dirty and the disk refuses: who would wait for ever is told why; others go on. */
START_TEST(test_refused_at_the_limit)
{
	static u8 buf[PAGES(400)];
	struct space *s = space_new(1024);
	struct disk_file *bad = &s->file[0], *good = &s->file[1];
	s64 n;

	disk_make(s, 0, 0, "");
	disk_make(s, 1, 0, "");
	map_file(s, 0, FILE_RW, BASE, PAGES(400), PROT_RW, MAP_SHARED | MAP_FIXED, 0);
	bad->refuses = -EIO;
	n = generic_file_write(bad->inode, 0, buf, sizeof(buf));
	ck_assert_int_gt(n, PAGES(50));
	ck_assert_int_lt(n, PAGES(300));
	ck_assert_int_le(dirty(s), (s32)limit(s) + 1);
	ck_assert_uint_lt(bad->writes, 1000);
	ck_assert_uint_eq(bad->inode->i_size, n);
	ck_assert_int_eq(generic_file_write(bad->inode, (u64)n, buf, PAGE_SIZE), -EIO);
	ck_assert_uint_eq(bad->size, n);
	touch_r(s, BASE, 1);
	ck_assert_int_eq(store(s, BASE, 'x'), 0); /* dirty already */
	ck_assert_int_eq(generic_file_write(good->inode, 0, buf, sizeof(buf)), sizeof(buf));
	ck_assert_int_le(dirty(s), (s32)(n / PAGE_SIZE) + 1);
	test_check(s->m);
	bad->refuses = 0;
	ck_assert_int_eq(sync_inodes(s->m), 0);
	ck_assert_int_eq(on_disk(s, 0), 'x');
	ck_assert_int_eq(generic_file_write(bad->inode, (u64)n, buf, PAGE_SIZE), PAGE_SIZE);
	space_free(s);
}
END_TEST

/* A file that goes takes its dirty pages along. */
START_TEST(test_last_reference)
{
	struct space *s = space_new(256);

	disk_make(s, 0, PAGES(2), "ab");
	ck_assert_int_eq(write_file(s, 0, "x"), 1);
	s->file[0].broken = true;
	iput(s->file[0].inode);
	s->file[0].inode = NULL;
	ck_assert_int_eq(dirty(s), 0);
	space_free(s);
}
END_TEST

TEST_MAIN("writeback", test_store, test_written_once, test_write_and_size, test_truncate_and_punch,
	  test_full, test_msync_waits, test_broken, test_part_of_a_page, test_flusher,
	  test_throttle, test_limits, test_throttle_write, test_back_off, test_error_is_told_once,
	  test_refused_at_the_limit, test_last_reference)

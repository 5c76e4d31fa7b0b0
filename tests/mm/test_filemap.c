/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page cache: read and write against an array of bytes, one page for all who look,
 * read-ahead, what a failing disk leaves behind, and memory that runs out.  Write-back
 * is in test_writeback.c.
 */
#include "mm/page_alloc.h"
#include "mm/writeback.h"
#include "space.h"

#define FILE_RW (FMODE_READ | FMODE_WRITE)

static struct inode *inode(struct space *s)
{
	return s->file[0].inode;
}

static s64 read_file(struct space *s, u64 pos, void *buf, u32 len)
{
	return generic_file_read(inode(s), pos, buf, len);
}

static s64 write_file(struct space *s, u64 pos, const void *buf, u32 len)
{
	return generic_file_write(inode(s), pos, buf, len);
}

/* Which pages of the file are cached: one letter each. */
static const char *cached(struct space *s, u32 pages)
{
	static char strip[128];

	for (u32 i = 0; i < pages; i++)
		strip[i] = find_page(&inode(s)->i_data, i) ? 'c' : ' ';
	strip[pages] = 0;
	return strip;
}

START_TEST(test_read)
{
	struct space *s = space_new(128);
	s32 before = s->m->k->vm_stat[NR_FILE_PAGES];
	char buf[PAGES(3)];

	disk_make(s, 0, PAGES(2) + 100, "abc");
	ck_assert_int_eq(read_file(s, PAGES(1) - 2, buf, 4), 4);
	ck_assert_mem_eq(buf, "aabb", 4);
	ck_assert_int_eq(read_file(s, PAGES(2), buf, sizeof(buf)), 100);
	ck_assert_int_eq(buf[99], 'c');
	ck_assert_int_eq(read_file(s, PAGES(2) + 100, buf, 1), 0);
	ck_assert_int_eq(read_file(s, ~0ull, buf, 1), 0);
	ck_assert_int_eq(read_file(s, 0, buf, 0), 0);
	ck_assert_int_eq(read_file(s, 0, buf, sizeof(buf)), PAGES(2) + 100);
	ck_assert_int_eq(s->m->k->vm_stat[NR_FILE_PAGES] - before, 3);
	ck_assert_uint_eq(inode(s)->i_data.nrpages, 3);
	space_free(s);
}
END_TEST

START_TEST(test_write)
{
	struct space *s = space_new(128);
	char buf[4] = "????";

	disk_make(s, 0, 0, "");
	ck_assert_int_eq(write_file(s, 0, "hello", 5), 5);
	ck_assert_uint_eq(inode(s)->i_size, 5);
	ck_assert_int_eq(write_file(s, PAGES(2) - 1, "xy", 2), 2);
	ck_assert_uint_eq(inode(s)->i_size, PAGES(2) + 1);
	ck_assert_int_eq(read_file(s, 4, buf, 2), 2);
	ck_assert_mem_eq(buf, "o\0", 2);
	ck_assert_int_eq(write_file(s, 3, "", 0), 0);
	ck_assert_int_eq(write_file(s, ~0ull, "", 1), -EFBIG);
	ck_assert_int_eq(write_file(s, MAX_FILE_SIZE, "x", 1), -EFBIG);
	ck_assert_int_eq(sync_inodes(s->m), 0);
	ck_assert_mem_eq(s->file[0].bytes, "hello", 6);
	ck_assert_mem_eq(s->file[0].bytes + PAGES(2) - 1, "xy", 2);
	space_free(s);
}
END_TEST

/* A write is seen by mappings at once, a store through a shared one by read. */
START_TEST(test_one_page_for_all)
{
	struct space *s = space_new(128);
	u32 private = BASE + PAGES(2);
	char buf[4];

	disk_make(s, 0, PAGES(2), "ab");
	map_file(s, 0, FILE_RW, BASE, PAGES(2), PROT_RW, MAP_SHARED | MAP_FIXED, 0);
	map_file(s, 0, FMODE_READ, private, PAGES(2), PROT_RW, MAP_PRIVATE | MAP_FIXED, 0);
	ck_assert_int_eq(load(s, private), 'a');
	ck_assert_int_eq(write_file(s, 4094, "ZZZZ", 4), 4);
	ck_assert_int_eq(load(s, BASE + 4094), 'Z');
	ck_assert_int_eq(load(s, BASE + PAGES(1) + 1), 'Z');
	ck_assert_int_eq(load(s, private + 4094), 'Z'); /* private, not yet written */
	ck_assert_int_eq(store(s, BASE, 'Q'), 0);
	ck_assert_int_eq(read_file(s, 0, buf, 2), 2);
	ck_assert_mem_eq(buf, "Qa", 2);
	ck_assert_int_eq(load(s, private), 'Q');
	ck_assert_int_eq(store(s, private + 1, 'P'), 0);
	ck_assert_int_eq(write_file(s, 0, "M", 1), 1);
	ck_assert_int_eq(load(s, BASE), 'M');
	ck_assert_int_eq(load(s, private), 'Q'); /* its own by now */
	ck_assert_int_eq(load(s, BASE + 1), 'a');
	space_free(s);
}
END_TEST

/* Two mappings show one frame. */
START_TEST(test_two_mappings)
{
	struct space *s = space_new(128);

	disk_make(s, 0, PAGES(1), "a");
	map_file(s, 0, FILE_RW, BASE, PAGE_SIZE, PROT_RW, MAP_SHARED | MAP_FIXED, 0);
	map_file(s, 0, FILE_RW, BASE + PAGES(4), PAGE_SIZE, PROT_RW, MAP_SHARED | MAP_FIXED, 0);
	ck_assert_int_eq(store(s, BASE, 1), 0);
	ck_assert_int_eq(load(s, BASE + PAGES(4)), 1);
	ck_assert_ptr_eq(frame(s, BASE), frame(s, BASE + PAGES(4)));
	ck_assert_int_eq(page_mapcount(frame(s, BASE)), 2);
	ck_assert_int_eq(page_count(frame(s, BASE)), 3);
	space_free(s);
}
END_TEST

/* What a store left behind the end does not come to light when a write makes the file longer. */
START_TEST(test_write_behind_end)
{
	struct space *s = space_new(128);
	char buf[8];

	disk_make(s, 0, 100, "a");
	map_file(s, 0, FILE_RW, BASE, PAGE_SIZE, PROT_RW, MAP_SHARED | MAP_FIXED, 0);
	ck_assert_int_eq(store(s, BASE + 200, 'B'), 0);
	ck_assert_int_eq(load(s, BASE + 200), 'B');
	ck_assert_int_eq(write_file(s, 300, "ZZ", 2), 2);
	ck_assert_int_eq(load(s, BASE + 200), 0);
	ck_assert_int_eq(load(s, BASE + 99), 'a');
	ck_assert_int_eq(store(s, BASE + 400, 'B'), 0);
	ck_assert_int_eq(write_file(s, 4500, "ZZ", 2), 2);
	ck_assert_int_eq(load(s, BASE + 400), 0);
	ck_assert_int_eq(read_file(s, 399, buf, 3), 3);
	ck_assert_mem_eq(buf, "\0\0\0", 3);
	ck_assert_int_eq(load(s, BASE + 300), 'Z');
	space_free(s);
}
END_TEST

/* ---- read-ahead ---- */

/* A reader from the start gets 4 pages, then 8, 16, 32; one that jumps gets its page. */
START_TEST(test_sequential)
{
	struct space *s = space_new(512);
	char byte;

	disk_make(s, 0, PAGES(100), "");
	read_file(s, 0, &byte, 1);
	ck_assert_str_eq(cached(s, 16), "cccc            ");
	read_file(s, PAGES(4), &byte, 1);
	ck_assert_str_eq(cached(s, 16), "cccccccccccc    ");
	read_file(s, PAGES(12), &byte, 1);
	ck_assert_uint_eq(inode(s)->i_data.nrpages, 28);
	read_file(s, PAGES(60), &byte, 1);
	ck_assert_uint_eq(inode(s)->i_data.nrpages, 29);
	read_file(s, PAGES(99), &byte, 1); /* never behind the end */
	ck_assert_uint_eq(inode(s)->i_data.nrpages, 30);
	space_free(s);
}
END_TEST

/* A fault reads around it; how many frames that takes is known before. */
START_TEST(test_read_around)
{
	struct space *s = space_new(512);
	u32 frames, used;

	disk_make(s, 0, PAGES(100), "");
	map_file(s, 0, FMODE_READ, BASE, PAGES(100), PROT_READ, MAP_PRIVATE | MAP_FIXED, 0);
	for (u32 i = 0; i < 100; i += 33) {
		frames = readaround_frames(&inode(s)->i_data, i);
		used = test_used_frames(s->m) - s->mm->nr_ptes;
		ck_assert_int_eq(load(s, BASE + PAGES(i)), 0);
		ck_assert_uint_eq(test_used_frames(s->m) - s->mm->nr_ptes, used + frames);
		ck_assert_uint_eq(readaround_frames(&inode(s)->i_data, i), 0);
	}
	ck_assert_uint_le(s->task->maj_flt, 4);
	space_free(s);
}
END_TEST

/* ---- a disk that fails ---- */

START_TEST(test_broken_read)
{
	struct space *s = space_new(128);
	u32 used = test_used_frames(s->m);
	char buf[PAGES(8)];

	disk_make(s, 0, PAGES(8), "abcdefgh");
	s->file[0].broken = true;
	ck_assert_int_eq(read_file(s, 0, buf, 10), -EIO);
	ck_assert_uint_eq(inode(s)->i_data.nrpages, 0);
	ck_assert_uint_eq(test_used_frames(s->m), used);
	s->file[0].broken = false;
	ck_assert_int_eq(read_file(s, PAGES(1), buf, 10), 10);
	s->file[0].broken = true;
	ck_assert_int_eq(read_file(s, PAGES(1), buf, sizeof(buf)), PAGE_SIZE); /* short */
	ck_assert_int_eq(buf[0], 'b');
	space_free(s);
}
END_TEST

/* The cache never says what the disk does not. */
START_TEST(test_refused_write)
{
	struct space *s = space_new(128);
	char page[PAGE_SIZE], buf[PAGE_SIZE];

	memset(page, 'x', sizeof(page));
	disk_make(s, 0, PAGES(2), "ab");
	for (u32 round = 0; round < 2; round++) { /* not cached, cached */
		s->file[0].broken = true;
		ck_assert_int_eq(write_file(s, 0, page, PAGE_SIZE), -EIO);
		ck_assert_int_eq(write_file(s, 5, page, 5), -EIO);
		ck_assert_int_eq(write_file(s, PAGES(2), page, 5), -EIO);
		ck_assert_uint_eq(inode(s)->i_size, PAGES(2));
		s->file[0].broken = false;
		ck_assert_int_eq(read_file(s, 0, buf, PAGE_SIZE), PAGE_SIZE);
		ck_assert_int_eq(buf[0], 'a');
		ck_assert_int_eq(buf[5], 'a');
		ck_assert_int_eq(buf[PAGE_SIZE - 1], 'a');
	}
	space_free(s);
}
END_TEST

/* ---- short of memory ---- */

/* Pages that nobody maps make room: a large file goes through a small machine. */
START_TEST(test_cache_gives_way)
{
	struct space *s = space_new(256);
	char byte;

	disk_make(s, 0, PAGES(1000), "");
	for (u32 i = 0; i < 1000; i++) {
		s->file[0].bytes[PAGES(i)] = (u8)i;
		ck_assert_int_eq(read_file(s, PAGES(i) + 1, &byte, 1), 1);
	}
	for (u32 i = 0; i < 1000; i++) {
		byte = (char)(i + 1);
		ck_assert_int_eq(write_file(s, PAGES(i), &byte, 1), 1);
	}
	for (u32 i = 0; i < 1000; i++) {
		ck_assert_int_eq(read_file(s, PAGES(i), &byte, 1), 1);
		ck_assert_int_eq(byte, (char)(i + 1));
	}
	test_check(s->m);
	map_pages(s, BASE, 150, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE, 150);
	ck_assert_uint_lt(inode(s)->i_data.nrpages, 100);
	space_free(s);
}
END_TEST

START_TEST(test_without_memory)
{
	struct space *s = space_new(128);
	char buf[4];
	struct hog hog;

	disk_make(s, 0, PAGES(8), "abcdefgh");
	ck_assert_int_eq(read_file(s, 0, buf, 4), 4);
	map_file(s, 0, FMODE_READ, BASE, PAGES(4), PROT_READ, MAP_PRIVATE | MAP_FIXED, 0);
	touch_r(s, BASE, 4);
	ck_assert_int_eq(sys_mlock(s->task, BASE, PAGES(4), 0), 0);
	hog = hog_all_but(s->m, 0);
	ck_assert_int_eq(read_file(s, PAGES(7), buf, 4), -ENOMEM);
	ck_assert_int_eq(write_file(s, PAGES(7), buf, 4), -ENOMEM);
	ck_assert_int_eq(write_file(s, 0, "q", 1), 1); /* is there */
	ck_assert_int_eq(load(s, BASE), 'q');
	test_check(s->m);
	hog_free(&hog);
	space_free(s);
}
END_TEST

/* ---- at random ---- */

#define SIZE PAGES(9)

/* What the file must hold; all behind its size is 0. */
struct bytes {
	u8 byte[SIZE];
	u32 size;
};

static void random_write(struct space *s, struct bytes *want, u32 pos, u32 len, u8 value)
{
	static u8 buf[SIZE];

	memset(buf, value, len);
	ck_assert_int_eq(write_file(s, pos, buf, len), len);
	memcpy(want->byte + pos, buf, len);
	if (len && pos + len > want->size)
		want->size = pos + len;
}

static void random_read(struct space *s, const struct bytes *want, u32 pos, u32 len)
{
	u32 there = pos < want->size ? want->size - pos : 0;
	static u8 buf[SIZE];

	there = there < len ? there : len;
	ck_assert_int_eq(read_file(s, pos, buf, len), there);
	ck_assert_mem_eq(buf, want->byte + pos, there);
}

static void random_truncate(struct space *s, struct bytes *want, u32 size)
{
	ck_assert_int_eq(sync_inodes(s->m), 0);
	disk_truncate(s, 0, size);
	memset(want->byte + size, 0, SIZE - size);
	want->size = size;
}

START_TEST(test_against_bytes)
{
	struct rnd r = rnd_start("test_against_bytes");
	struct space *s = space_new(256);
	static struct bytes want;

	disk_make(s, 0, 0, "");
	for (u32 step = 0; step < 4000; step++) {
		u32 pos = rnd_below(&r, SIZE), len = rnd_below(&r, 2 * PAGE_SIZE);

		len = len < SIZE - pos ? len : SIZE - pos;
		switch (rnd_below(&r, 32)) {
		case 0 ... 14: random_write(s, &want, pos, len, (u8)rnd_next(&r)); break;
		case 15 ... 29: random_read(s, &want, pos, len); break;
		case 30: random_truncate(s, &want, pos); break;
		default:
			ck_assert_int_eq(sync_inodes(s->m), 0);
			ck_assert_mem_eq(s->file[0].bytes, want.byte, want.size);
		}
		ck_assert_uint_eq(inode(s)->i_size, want.size);
		ck_assert_uint_eq(s->file[0].size, want.size);
		if (step % 64 == 0)
			test_check(s->m);
	}
	space_free(s);
}
END_TEST

TEST_MAIN("filemap", test_read, test_write, test_one_page_for_all, test_two_mappings,
	  test_write_behind_end, test_sequential, test_read_around, test_broken_read,
	  test_refused_write, test_cache_gives_way, test_without_memory, test_against_bytes)

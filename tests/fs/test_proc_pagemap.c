// SPDX-License-Identifier: GPL-2.0-or-later
/* pagemap, kpagecount, kpageflags: words for pages and frames. */
#include "fs_world.h"

#include "fs/memory/pagemap.h"

#define PRESENT (1ull << 63)
#define FILE_PAGE (1ull << 61)
#define EXCLUSIVE (1ull << 56)
#define FRAME ((1ull << 55) - 1)

static u64 word_at(const struct node_bytes *bytes, u32 pid, u64 index)
{
	struct node node = { .task = pid ? find_task_by_pid(world.fs->m, pid) : NULL };
	u64 word;

	ck_assert_int_eq(bytes->read(world.fs, &node, &word, 8, index * 8), 8);
	return word;
}

static u64 page_word(u32 pid, u32 addr)
{
	return word_at(&pagemap_bytes, pid, addr >> PAGE_SHIFT);
}

/* The word is these bits and a frame; returns the frame. */
static u64 has_bits(u32 pid, u32 addr, u64 bits)
{
	u64 word = page_word(pid, addr);

	ck_assert_msg((word & ~FRAME) == bits, "%08x: %016llx", addr, (unsigned long long)word);
	return word & FRAME;
}

static bool flag(u64 pfn, unsigned bit)
{
	return word_at(&kpageflags_bytes, 0, pfn) >> bit & 1;
}

START_TEST(anonymous_pages)
{
	u64 pfn;

	says(1, "mmap 0 12K rw- private,anonymous", "0x40000000");
	ck_assert_uint_eq(page_word(1, 0x40000000), 0);
	says(1, "touch 0x40000000 4K r", "1");
	pfn = has_bits(1, 0x40000000, PRESENT);
	ck_assert_uint_eq(pfn, world.fs->m->k->empty_zero_page);
	ck_assert(flag(pfn, 24));
	ck_assert_uint_eq(word_at(&kpagecount_bytes, 0, pfn), 0);
	says(1, "touch 0x40001000 4K w", "1");
	pfn = has_bits(1, 0x40001000, PRESENT | EXCLUSIVE);
	ck_assert_uint_eq(word_at(&kpagecount_bytes, 0, pfn), 1);
	ck_assert(flag(pfn, 11) && flag(pfn, 12) && flag(pfn, 14) && !flag(pfn, 10));
	says(1, "fork", "2");
	ck_assert_uint_eq(has_bits(2, 0x40001000, PRESENT), pfn);
	has_bits(1, 0x40001000, PRESENT);
	ck_assert_uint_eq(word_at(&kpagecount_bytes, 0, pfn), 2);
	says(2, "touch 0x40001000 4K w", "1");
	ck_assert_uint_ne(has_bits(2, 0x40001000, PRESENT | EXCLUSIVE), pfn);
	has_bits(1, 0x40001000, PRESENT | EXCLUSIVE);
	says(1, "mprotect 0x40001000 4K ---", "ok");
	has_bits(1, 0x40001000, PRESENT | EXCLUSIVE);
}
END_TEST

START_TEST(file_pages)
{
	make_file("f", "0123456789", 10, 0644);
	says(1, "mmap 0 4K rw- private f", "0x40000000");
	says(1, "touch 0x40000000 4K r", "1");
	has_bits(1, 0x40000000, PRESENT | FILE_PAGE | EXCLUSIVE);
	says(1, "touch 0x40000000 4K w", "1");
	has_bits(1, 0x40000000, PRESENT | EXCLUSIVE);
}
END_TEST

/* Odd offsets and lengths give the same bytes, also across the parts that are made at once. */
START_TEST(any_bytes)
{
	struct node node = { .task = find_task_by_pid(world.fs->m, 1) };
	u64 from = (0xbffff000ull >> PAGE_SHIFT) * 8 - 8000;
	u8 whole[8008], part[8008];

	ck_assert_int_eq(pagemap_bytes.read(world.fs, &node, whole, 8008, from), 8008);
	ck_assert_int_eq(pagemap_bytes.read(world.fs, &node, part, 7991, from + 13), 7991);
	ck_assert_mem_eq(part, whole + 13, 7991);
	ck_assert_int_eq(pagemap_bytes.read(world.fs, &node, part, 8008, from + 8001), 7);
	ck_assert_mem_eq(part, whole + 8001, 7);
}
END_TEST

START_TEST(reads)
{
	struct node node = { .task = find_task_by_pid(world.fs->m, 1) };
	u64 end = pagemap_bytes.size(world.fs, &node), word[4];

	ck_assert_uint_eq(end, 6 << 20);
	ck_assert_int_eq(pagemap_bytes.read(world.fs, &node, word, 8, end), 0);
	ck_assert_int_eq(pagemap_bytes.read(world.fs, &node, word, 32, end - 8), 8);
	ck_assert_uint_ne(word[0], 0); /* the stack's last page */
	ck_assert_uint_eq(kpagecount_bytes.size(world.fs, &node), 64 << 20 >> 12 << 3);
	ck_assert_int_eq(kpagecount_bytes.read(world.fs, &node, word, 8, 64 << 20 >> 12 << 3), 0);
}
END_TEST

/* As many frames are free, tables and slabs as the counters say. */
START_TEST(frames_by_kind)
{
	const struct kernel_data *k = world.fs->m->k;
	u32 buddy = 0, table = 0, slab = 0, nopage = 0, free = 0;

	for (u32 pfn = 0; pfn < k->nr_frames; pfn++) {
		buddy += flag(pfn, 10);
		slab += flag(pfn, 7);
		nopage += flag(pfn, 20);
		table += flag(pfn, 26);
	}
	for (unsigned i = 0; i < MAX_NR_ZONES; i++)
		free += k->zone[i].free_pages;
	ck_assert_uint_eq(buddy, free);
	ck_assert_uint_eq(table, (u32)k->vm_stat[NR_PAGETABLE]);
	ck_assert_uint_eq(slab, (u32)nr_slab_pages(world.fs->m));
	ck_assert_uint_gt(nopage, 0);
}
END_TEST

int main(void)
{
	TCase *tcase = world_tcase();

	tcase_add_test(tcase, anonymous_pages);
	tcase_add_test(tcase, file_pages);
	tcase_add_test(tcase, any_bytes);
	tcase_add_test(tcase, reads);
	tcase_add_test(tcase, frames_by_kind);
	return run_suite("proc_pagemap", tcase);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kmalloc: the cache for each size, zones, bounds, random use.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/page_alloc.h"
#include "frame_world.h"

/* Sizes at both sides of every border between two caches. */
START_TEST(sizes_find_their_cache)
{
	struct machine *m = small_machine(2048);

	for (u32 size = KMALLOC_MIN_SIZE; size <= KMALLOC_MAX_SIZE; size *= 2) {
		u32 low = size == KMALLOC_MIN_SIZE ? 0 : size / 2 + 1;
		char name[CACHE_NAMELEN];

		snprintf(name, sizeof(name), "size-%u", size);
		ck_assert_str_eq(kmem_find_general_cachep(m, size, 0)->name, name);
		ck_assert_str_eq(kmem_find_general_cachep(m, low, 0)->name, name);
		strcat(name, "(DMA)");
		ck_assert_str_eq(kmem_find_general_cachep(m, low, GFP_DMA)->name, name);
	}
	ck_assert_ptr_null(kmem_find_general_cachep(m, KMALLOC_MAX_SIZE + 1, 0));
	machine_free(m);
}
END_TEST

START_TEST(buffers_are_as_large_as_they_say)
{
	struct machine *m = small_machine(2048);

	for (u32 size = 1; size <= KMALLOC_MAX_SIZE; size = size * 3 + 1) {
		u8 *p = kmalloc(m, size, GFP_KERNEL);

		ck_assert_uint_ge(ksize(p), size);
		ck_assert_uint_lt(ksize(p), size > 16 ? 2 * size : 33);
		memset(p, 0xff, ksize(p));
		kfree(p);
		allocators_check(m);
	}
	machine_free(m);
}
END_TEST

START_TEST(bounds)
{
	struct machine *m = small_machine(256);
	void *p = kmalloc(m, 0, GFP_KERNEL);

	ck_assert_ptr_nonnull(p); /* the smallest buffer, as in 2.6.11 */
	kfree(p);
	kfree(NULL);
	ck_assert_ptr_null(kmalloc(m, KMALLOC_MAX_SIZE + 1, GFP_KERNEL));
	ck_assert_ptr_null(kmalloc(m, 0xffffffff, GFP_KERNEL));
	allocators_check(m);
	machine_free(m);
}
END_TEST

START_TEST(kzalloc_clears)
{
	struct machine *m = small_machine(256);
	u8 *p = kmalloc(m, 500, GFP_KERNEL);

	memset(p, 0xff, 500);
	kfree(p);
	ck_assert_ptr_eq(kzalloc(m, 500, GFP_KERNEL), p);
	for (u32 i = 0; i < 500; i++)
		ck_assert_uint_eq(p[i], 0);
	machine_free(m);
}
END_TEST

/* Objects never lie in high memory, which has no linear address; DMA's lie below its end. */
START_TEST(zones)
{
	struct machine *m = zoned_machine(1024, 400, 700);

	for (u32 i = 0; i < 50; i++) {
		u8 *dma = kmalloc(m, 2000, GFP_KERNEL | GFP_DMA);
		u8 *low = kmalloc(m, 2000, GFP_KERNEL | __GFP_HIGHMEM);

		ck_assert_uint_lt((dma - m->ram.base) >> PAGE_SHIFT, 400);
		ck_assert_uint_lt((low - m->ram.base) >> PAGE_SHIFT, 700);
	}
	allocators_check(m);
	machine_free(m);
}
END_TEST

#define HELD 500u

START_TEST(random_use)
{
	struct rnd r = rnd_start("random_use");
	struct machine *m = small_machine(3000);
	struct {
		u8 *p;
		u32 size;
		u8 tag;
	} held[HELD] = { 0 };
	u32 before;

	kmem_cache_reap(m);
	before = nr_free_pages(m);
	for (unsigned step = 0; step < 30000; step++) {
		u32 i = rnd_below(&r, HELD);

		if (held[i].p) {
			for (u32 b = 0; b<held[i].size; b += held[i].size> 64 ? 61 : 1)
				ck_assert_uint_eq(held[i].p[b], held[i].tag);
			kfree(held[i].p);
			held[i].p = NULL;
		} else {
			held[i].size = 1 + rnd_below(&r, 1u << rnd_below(&r, 17));
			held[i].tag = (u8)rnd_next(&r);
			held[i].p = kmalloc(m, held[i].size, GFP_KERNEL);
			if (held[i].p)
				memset(held[i].p, held[i].tag, held[i].size);
		}
		if (step % 64 == 0)
			allocators_check(m);
	}
	for (u32 i = 0; i < HELD; i++)
		kfree(held[i].p);
	kmem_cache_reap(m);
	ck_assert_uint_eq(nr_free_pages(m), before);
	allocators_check(m);
	machine_free(m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kmalloc");
	TCase *tc = tcase_create("kmalloc");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, sizes_find_their_cache);
	tcase_add_test(tc, buffers_are_as_large_as_they_say);
	tcase_add_test(tc, bounds);
	tcase_add_test(tc, kzalloc_clears);
	tcase_add_test(tc, zones);
	tcase_add_test(tc, random_use);
	return run_suite(s);
}

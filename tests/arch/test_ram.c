// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RAM as a host mapping: where it lies, what is mapped around it, that it is
 * zero, small and very large, and how blocks go back to the host.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arch/ram.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)

static bool is_mapped(const u8 *page)
{
	unsigned char resident;

	return mincore((void *)(uintptr_t)page, 1, &resident) == 0;
}

static bool is_resident(const u8 *page)
{
	unsigned char resident;

	return mincore((void *)(uintptr_t)page, 1, &resident) == 0 && (resident & 1);
}

/* A host under a limit (valgrind's, or a user's) has no room for the largest machines. */
static bool host_has_room(u64 size)
{
	void *p = mmap(NULL, size + 2 * GIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	if (p == MAP_FAILED)
		return false;
	munmap(p, size + 2 * GIB);
	return true;
}

static const u64 sizes[] = { PAGE_SIZE, 64 * PAGE_SIZE, 2 * MIB, 100 * MIB + PAGE_SIZE,
			     GIB,	4 * GIB,	64 * GIB };

START_TEST(lies_aligned_and_bounded)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	u64 size = sizes[_i];
	struct ram ram;

	if (!host_has_room(size))
		return;
	ck_assert_int_eq(ram_init(&ram, size, 2 * page), 0);
	ck_assert_uint_eq((uintptr_t)ram.base % RAM_ALIGN, 0);
	ck_assert_uint_eq(ram.size, size);
	ck_assert_uint_eq(ram.front, 2 * page);

	ck_assert(is_mapped(ram.base));
	ck_assert(is_mapped(ram.base + size - PAGE_SIZE));
	ck_assert(is_mapped(ram.base - 2 * page));
	ck_assert(!is_mapped(ram.base - 3 * page));
	ck_assert(!is_mapped(ram.base + (size + page - 1) / page * page));
	ck_assert(!is_resident(ram.base));
	ram_deinit(&ram);
}
END_TEST

START_TEST(is_zero_and_holds_bytes)
{
	struct ram ram;
	u64 size = sizes[_i];

	if (!host_has_room(size))
		return;
	ck_assert_int_eq(ram_init(&ram, size, 0), 0);
	for (u64 pa = 0; pa < size; pa += size / 2 + 1)
		ck_assert_uint_eq(*(u8 *)ram_at(&ram, pa), 0);
	ck_assert_uint_eq(*(u8 *)ram_at(&ram, size - 1), 0);
	memset(ram_at(&ram, size - PAGE_SIZE), 0xa5, PAGE_SIZE);
	ck_assert_uint_eq(ram.base[size - 1], 0xa5);
	ram_deinit(&ram);
}
END_TEST

/* The front can hold the description of RAM itself: found from any RAM address by a mask. */
START_TEST(front_is_found_by_a_mask)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct ram ram, copy, *found;
	uintptr_t base;

	ck_assert_int_eq(ram_init(&ram, 64 * PAGE_SIZE, page), 0);
	memcpy(ram.base - page, &ram, sizeof(ram));
	base = (uintptr_t)ram_at(&ram, 12345) & ~(uintptr_t)(RAM_ALIGN - 1);
	found = (struct ram *)(base - page);
	ck_assert_ptr_eq(found->base, ram.base);
	copy = *found;
	ram_deinit(&copy);
	ck_assert(!is_mapped((u8 *)base));
	ck_assert(!is_mapped((u8 *)base - page));
}
END_TEST

START_TEST(two_machines_stand_side_by_side)
{
	struct ram a, b;

	ck_assert_int_eq(ram_init(&a, 64 * PAGE_SIZE, 0), 0);
	ck_assert_int_eq(ram_init(&b, 64 * PAGE_SIZE, 0), 0);
	ck_assert_ptr_ne(a.base, b.base);
	memset(a.base, 1, a.size);
	ck_assert_uint_eq(b.base[0], 0);
	ram_deinit(&a);
	ck_assert_uint_eq(b.base[b.size - 1], 0);
	ram_deinit(&b);
	ram_deinit(&b); /* a second time does nothing */
}
END_TEST

/* More than the host can address is refused, and the caller's struct untouched. */
START_TEST(too_much_is_refused)
{
	static const u64 huge[] = { 1ull << 62, ~0ull << PAGE_SHIFT };
	struct ram ram = { .size = 42 };

	for (unsigned i = 0; i < ARRAY_SIZE(huge); i++)
		ck_assert_int_eq(ram_init(&ram, huge[i], 0), -ENOMEM);
	ck_assert_ptr_null(ram.base);
	ck_assert_uint_eq(ram.size, 42);
}
END_TEST

START_TEST(discarded_blocks_read_as_zero)
{
	struct ram ram;

	ck_assert_int_eq(ram_init(&ram, 8 * MIB, 0), 0);
	memset(ram.base, 0x5a, ram.size);
	ram_discard(&ram, 2 * MIB, 4 * MIB);
	ck_assert_uint_eq(ram.base[2 * MIB - 1], 0x5a);
	ck_assert(!is_resident(ram.base + 2 * MIB));
	for (u64 pa = 2 * MIB; pa < 6 * MIB; pa++)
		if (ram.base[pa])
			ck_abort_msg("byte %llx is not zero", (unsigned long long)pa);
	ck_assert_uint_eq(ram.base[6 * MIB], 0x5a);
	ram_discard(&ram, 0, 0);
	ram_deinit(&ram);
}
END_TEST

/* Has the mapping that starts at @start this flag in /proc/self/smaps? */
static bool mapping_has(const u8 *start, const char *flag)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	bool here = false, has = false;
	char line[512];

	ck_assert_ptr_nonnull(smaps);
	while (fgets(line, sizeof(line), smaps)) {
		char *end;
		unsigned long from = strtoul(line, &end, 16);

		if (end > line && *end == '-')
			here = from == (uintptr_t)start;
		else if (here && !strncmp(line, "VmFlags:", 8))
			has = strstr(line + 8, flag);
	}
	fclose(smaps);
	return has;
}

START_TEST(advises_the_host_on_page_size)
{
	struct ram ram;

	if (access("/sys/kernel/mm/transparent_hugepage", F_OK))
		return; /* a host without them takes no advice */
	ck_assert_int_eq(ram_init(&ram, 16 * MIB, (size_t)sysconf(_SC_PAGESIZE)), 0);
	ck_assert(mapping_has(ram.base, " hg"));
	ram_small_pages(&ram, 4 * MIB, 64 * PAGE_SIZE);
	ck_assert(mapping_has(ram.base, " hg"));
	ck_assert(mapping_has(ram.base + 4 * MIB, " nh"));
	ck_assert(mapping_has(ram.base + 4 * MIB + 64 * PAGE_SIZE, " hg"));
	ram_deinit(&ram);

	ck_assert_int_eq(ram_init(&ram, 64 * PAGE_SIZE, 0), 0);
	ck_assert(!mapping_has(ram.base, " hg"));
	ram_deinit(&ram);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arch/ram");
	TCase *tc = tcase_create("ram");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tc, lies_aligned_and_bounded, 0, ARRAY_SIZE(sizes));
	tcase_add_loop_test(tc, is_zero_and_holds_bytes, 0, ARRAY_SIZE(sizes));
	tcase_add_test(tc, front_is_found_by_a_mask);
	tcase_add_test(tc, two_machines_stand_side_by_side);
	tcase_add_test(tc, too_much_is_refused);
	tcase_add_test(tc, discarded_blocks_read_as_zero);
	tcase_add_test(tc, advises_the_host_on_page_size);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

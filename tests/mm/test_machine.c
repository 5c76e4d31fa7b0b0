/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power on: sizes that are refused, where the kernel's own frames lie, that starting touches
 * little memory, and that machines do not share anything.
 */
#include "mm/page_alloc.h"
#include "space.h"

#define MIB (1ull << 20)

static int try_config(u64 ram, bool pae, unsigned cpus)
{
	struct machine_config config = { .ram = ram, .pae = pae, .cpus = cpus };
	struct machine *m = NULL;
	int error = machine_new(&config, &m);

	if (!error) {
		test_check(m);
		machine_free(m);
	}
	return error;
}

START_TEST(test_bad_configs)
{
	ck_assert_int_eq(try_config(0, false, 1), -EINVAL);
	ck_assert_int_eq(try_config(63 * PAGE_SIZE, false, 1), -EINVAL);
	ck_assert_int_eq(try_config(64 * PAGE_SIZE + 1, false, 1), -EINVAL);
	ck_assert_int_eq(try_config((4ull << 30) + PAGE_SIZE, false, 1), -EINVAL);
	ck_assert_int_eq(try_config((64ull << 30) + PAGE_SIZE, true, 1), -EINVAL);
	ck_assert_int_eq(try_config(64 * PAGE_SIZE, false, NR_CPUS + 1), -EINVAL);
}
END_TEST

START_TEST(test_sizes)
{
	static const u64 frames[] = { 64, 65, 100, 511, 512, 513, 1000, 4095, 4096, 4097, 8192 };

	for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
		ck_assert_int_eq(try_config(frames[i] * PAGE_SIZE, false, 1), 0);
		ck_assert_int_eq(try_config(frames[i] * PAGE_SIZE, true, NR_CPUS), 0);
	}
}
END_TEST

START_TEST(test_largest)
{
	ck_assert_int_eq(try_config(1ull << 30, false, 1), 0);
	ck_assert_int_eq(try_config(4ull << 30, false, 1), 0);
	ck_assert_int_eq(try_config(16ull << 30, true, 1), 0);
	ck_assert_int_eq(try_config(64ull << 30, true, NR_CPUS), 0);
}
END_TEST

/* The kernel lies where machine.c draws it, and none of its frames is ever given out. */
START_TEST(test_places)
{
	static const u64 sizes[] = { 64 * PAGE_SIZE, 4 * MIB, 64 * MIB, 1024 * MIB };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct machine *m = testmachine((u32)(sizes[i] >> PAGE_SHIFT));
		const struct kernel_data *k = m->k;
		u32 reserved =
			1 + k->kernel_end - k->kernel_start + k->mem_map_end - k->mem_map_start;

		ck_assert_uint_eq(k->kernel_start, sizes[i] < 2 * MIB ? 1 : 256);
		ck_assert_ptr_eq(m->k, ram_at(&m->ram, (paddr_t)k->kernel_start << PAGE_SHIFT));
		if (sizes[i] == 1024 * MIB)
			ck_assert_uint_eq(k->mem_map_start, 4096);
		else
			ck_assert_uint_ge(k->mem_map_start, k->kernel_end);
		reserved += sizes[i] < 2 * MIB ? 0 : 256 - 0x9f;
		ck_assert_uint_eq(k->nr_reserved, reserved);
		ck_assert(PageReserved(pfn_to_page(m, 0)));
		ck_assert(PageReserved(pfn_to_page(m, k->empty_zero_page)));
		ck_assert(PageReserved(pfn_to_page(m, k->mem_map_end - 1)));
		ck_assert(!PageReserved(pfn_to_page(m, k->mem_map_end)));
		test_check(m);
		machine_free(m);
	}
}
END_TEST

/* The descriptors of 64 GiB leave the kernel enough of low memory, and all of ZONE_DMA. */
START_TEST(test_mem_map_of_64_gib)
{
	struct machine_config config = { .ram = 64ull << 30, .pae = true };
	struct machine *m;

	ck_assert_int_eq(machine_new(&config, &m), 0);
	ck_assert_uint_eq(m->k->mem_map_start, 4096);
	ck_assert_uint_eq(m->k->mem_map_end - m->k->mem_map_start, (512ull << 20) >> PAGE_SHIFT);
	ck_assert_uint_ge(m->k->zone[ZONE_NORMAL].free_pages, (360ull << 20) >> PAGE_SHIFT);
	ck_assert_uint_ge(m->k->zone[ZONE_DMA].free_pages, 3900);
	ck_assert(PageReserved(pfn_to_page(m, m->k->mem_map_end - 1)));
	ck_assert(!PageReserved(pfn_to_page(m, m->k->mem_map_end)));
	test_check(m);
	machine_free(m);
}
END_TEST

START_TEST(test_processor)
{
	struct machine_config config = { .ram = 128 * PAGE_SIZE, .pae = test_pae(), .cpus = 3 };
	struct machine *m;

	ck_assert_int_eq(machine_new(&config, &m), 0);
	ck_assert_uint_eq(m->nr_cpus, 3);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(m->cpu[i].cr0, CR0_PE | CR0_WP | CR0_PG);
		ck_assert_uint_eq(m->cpu[i].cr3, m->k->init_mm.pgd - PAGE_OFFSET);
		ck_assert_ptr_eq(KGET(m->k->active_mm[i]), &m->k->init_mm);
	}
	test_check(m);
	machine_free(m);
}
END_TEST

/* From any object in low memory to its machine; two machines know nothing of each other. */
START_TEST(test_two_machines)
{
	struct space *a = space_new(128), *b = space_new(128);

	ck_assert_ptr_eq(machine_of(a->mm), a->m);
	ck_assert_ptr_eq(machine_of(b->task), b->m);
	map_pages(a, 0, 3, PROT_RW, PRIVATE);
	ck_assert_int_eq(store(a, BASE, 1), 0);
	ck_assert_int_eq(load(b, BASE), -EFAULT);
	ck_assert_int_eq(load(a, BASE), 1);
	space_free(a);
	map_pages(b, 0, 3, PROT_RW, PRIVATE);
	ck_assert_int_eq(load(b, BASE), 0);
	space_free(b);
}
END_TEST

/* The same commands give the same bytes: no host address, no chance. */
START_TEST(test_deterministic)
{
	struct space *s[2];

	for (unsigned i = 0; i < 2; i++) {
		s[i] = space_new(256);
		map_pages(s[i], 0, 40, PROT_RW, PRIVATE);
		map_pages(s[i], 0, 4, PROT_RW, SHARED);
		touch_w(s[i], BASE, 44);
		space_run(s[i], space_fork(s[i]));
		touch_w(s[i], BASE, 30);
		ck_assert_int_eq(do_munmap(s[i]->mm, BASE + PAGES(7), PAGES(5)), 0);
	}
	ck_assert_mem_eq(s[0]->m->ram.base, s[1]->m->ram.base, s[0]->m->ram.size);
	space_free(s[0]);
	space_free(s[1]);
}
END_TEST

START_TEST(test_sysctls)
{
	struct machine *m = testmachine(64);

	ck_assert_uint_eq(sysctl(m, SYSCTL_MAX_MAP_COUNT), 65530);
	ck_assert_uint_eq(sysctl(m, SYSCTL_MMAP_MIN_ADDR), 65536);
	ck_assert_uint_eq(sysctl(m, SYSCTL_STACK_GUARD_GAP), 256);
	ck_assert_uint_eq(sysctl(m, SYSCTL_LEGACY_VA_LAYOUT), 1);
	ck_assert_uint_eq(m->k->jiffies, 0);
	machine_tick(m);
	ck_assert_uint_eq(m->k->jiffies, 1);
	test_check(m);
	machine_free(m);
	machine_free(NULL);
}
END_TEST

TEST_MAIN("machine", test_bad_configs, test_sizes, test_largest, test_places,
	  test_mem_map_of_64_gib, test_processor, test_two_machines, test_deterministic,
	  test_sysctls)

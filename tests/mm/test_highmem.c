/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Permanent and temporary kernel mappings of high-memory frames.
 */
#include "mm/highmem.h"
#include "mm/page_alloc.h"
#include "mode.h"
#include "space.h"

#define LOW 1024u
#define MANY 1100u /* more frames than there are permanent mappings */

static struct machine *high_machine(void)
{
	struct machine_config config = { .ram = (u64)PAGES(4096),
					 .lowmem_frames = LOW,
					 .pae = test_pae() };
	struct machine *m;

	ck_assert_int_eq(machine_new(&config, &m), 0);
	return m;
}

static struct page *high_page(struct machine *m)
{
	struct page *page = alloc_page(m, GFP_HIGHUSER);

	ck_assert_uint_ge(page_to_pfn(page), LOW);
	return page;
}

static u32 count_at(const struct machine *m, u32 vaddr)
{
	return KGET(m->k->kmaps)->pkmap_count[(vaddr - pkmap_base(m)) >> PAGE_SHIFT];
}

START_TEST(test_low_memory_has_addresses)
{
	struct machine *m = high_machine();
	struct page *page = alloc_page(m, GFP_KERNEL);
	u32 direct = PAGE_OFFSET + PAGES(page_to_pfn(page));

	ck_assert_uint_eq(page_address_of(page), direct);
	ck_assert_uint_eq(kmap(page), direct);
	ck_assert_uint_eq(kmap_atomic(page, 0, KM_USER0), direct);
	ck_assert_ptr_eq(kernel_bytes(m, direct + 5), (u8 *)page_address(page) + 5);
	kunmap_atomic(m, 0, direct, KM_USER0);
	kunmap(page);
	test_check(m);
	machine_free(m);
}
END_TEST

/* pkmap_count: 0 free, 1 unused but perhaps in a TLB, n: n - 1 users. */
START_TEST(test_counts)
{
	struct machine *m = high_machine();
	struct page *a = high_page(m), *b = high_page(m);
	u32 vaddr;

	ck_assert_uint_eq(page_address_of(a), 0);
	vaddr = kmap(a);
	ck_assert_uint_eq(vaddr, pkmap_base(m) + PAGES(1));
	ck_assert_uint_eq(count_at(m, vaddr), 2);
	ck_assert_uint_eq(kmap(a), vaddr);
	ck_assert_uint_eq(count_at(m, vaddr), 3);
	ck_assert_uint_eq(kmap(b), vaddr + PAGES(1));
	memcpy(kernel_bytes(m, vaddr), "bytes", 5);
	ck_assert_int_eq(memcmp(page_address(a), "bytes", 5), 0);
	test_check(m);
	kunmap(a);
	kunmap(a);
	ck_assert_uint_eq(count_at(m, vaddr), 1);
	ck_assert_uint_eq(page_address_of(a), vaddr); /* still: nobody flushed */
	test_check(m);
	ck_assert_uint_eq(kmap(a), vaddr);
	kunmap(a);
	kunmap(b);
	test_check(m);
	machine_free(m);
}
END_TEST

/* The search goes round: unused entries become free all at once. */
START_TEST(test_goes_round)
{
	struct machine *m = high_machine();
	struct page *first = high_page(m), *held = high_page(m);
	u64 flushes;
	u32 vaddr;

	kmap(first);
	kunmap(first);
	vaddr = kmap(held);
	flushes = m->cpu[0].tlb.flushes;
	for (u32 i = 0; i < last_pkmap(m) + 10; i++) {
		struct page *page = high_page(m);

		ck_assert_uint_ne(kmap(page), vaddr);
		kunmap(page);
		if (i % 97 == 0)
			test_check(m);
	}
	ck_assert_uint_eq(page_address_of(held), vaddr);
	ck_assert_uint_eq(page_address_of(first), 0);
	ck_assert_uint_gt(m->cpu[0].tlb.flushes, flushes);
	kunmap(held);
	test_check(m);
	machine_free(m);
}
END_TEST

/* All in use: no address (ULK sleeps), and one that is given back serves the next. */
START_TEST(test_all_in_use)
{
	struct machine *m = high_machine();
	struct page *page[MANY];
	u32 nr = 0;

	while (nr < MANY) {
		page[nr] = high_page(m);
		if (!kmap(page[nr]))
			break;
		nr++;
	}
	ck_assert_uint_eq(nr, last_pkmap(m));
	test_check(m);
	ck_assert_uint_eq(kmap(page[nr]), 0);
	kunmap(page[77]);
	ck_assert_uint_ne(kmap(page[nr]), 0);
	ck_assert_uint_eq(page_address_of(page[77]), 0);
	test_check(m);
	machine_free(m);
}
END_TEST

/* A window for each type and CPU, in the last page table; the next user takes it over. */
START_TEST(test_atomic)
{
	struct machine *m = high_machine();
	struct page *a = high_page(m), *b = high_page(m);
	u32 va = kmap_atomic(a, 0, KM_USER0), vb = kmap_atomic(b, 0, KM_USER1);

	ck_assert_uint_eq(va, FIXADDR_TOP - PAGES(1));
	ck_assert_uint_eq(vb, FIXADDR_TOP - PAGES(2));
	ck_assert_uint_eq(fix_to_virt(fix_kmap(1, KM_USER0)), FIXADDR_TOP - PAGES(1 + KM_TYPE_NR));
	ck_assert_ptr_eq(kernel_bytes(m, va), page_address(a));
	ck_assert_ptr_eq(kernel_bytes(m, vb), page_address(b));
	ck_assert_uint_eq(page_address_of(a), 0);
	ck_assert_uint_eq(kmap_atomic(b, 0, KM_USER0), va);
	ck_assert_ptr_eq(kernel_bytes(m, va), page_address(b));
	kunmap_atomic(m, 0, va, KM_USER0);
	kunmap_atomic(m, 0, vb, KM_USER1);
	memset(page_address(a), 'x', PAGE_SIZE);
	zero_highpage(a, 4000, 90);
	ck_assert_int_eq(((u8 *)page_address(a))[3999], 'x');
	ck_assert_int_eq(((u8 *)page_address(a))[4000], 0);
	ck_assert_int_eq(((u8 *)page_address(a))[4090], 'x');
	test_check(m);
	machine_free(m);
}
END_TEST

/* What another process holds in high memory is copied through a mapping. */
START_TEST(test_users)
{
	struct machine *m = high_machine();
	struct task_struct *init;
	char text[6] = "";
	u32 addr, last;

	ck_assert_int_eq(start_init(m, NULL, NULL, 0, 0), 0);
	init = find_task_by_pid(m, 1);
	addr = KGET(init->mm)->arg_start;
	last = KGET(m->k->kmaps)->last_pkmap_nr;
	ck_assert_uint_gt(last, 0); /* exec's arguments went that way */
	ck_assert_int_eq(access_remote_vm(m, KGET(init->mm), addr, text, 5, false), 0);
	ck_assert_str_eq(text, "/init");
	test_check(m);
	machine_free(m);
}
END_TEST

/* The check sees counts, entries and the hash table that do not agree. */
START_TEST(test_validate)
{
	struct machine *m = high_machine();
	struct page *page = high_page(m);
	u32 vaddr = kmap(page);
	struct kmap_state *s = KGET(m->k->kmaps);

	test_check(m);
	s->pkmap_count[500] = 1;
	ck_assert_uint_gt(test_check_quiet(m), 0);
	s->pkmap_count[500] = 0;
	s->pkmap_count[1] = 0;
	ck_assert_uint_gt(test_check_quiet(m), 0);
	s->pkmap_count[1] = 2;
	set_pte(&m->k->init_mm, pte_lookup(&m->k->init_mm, vaddr), (pte_t){ 0 });
	ck_assert_uint_gt(test_check_quiet(m), 0);
	machine_free(m);
}
END_TEST

TEST_MAIN("highmem", test_low_memory_has_addresses, test_counts, test_goes_round, test_all_in_use,
	  test_atomic, test_users, test_validate)

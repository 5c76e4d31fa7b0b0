/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Noncontiguous areas: where they lie, guard pages, frames, the master tables; and the address
 * space of the kernel they lie in.
 */
#include "mm/kernel_layout.h"
#include "mm/page_alloc.h"
#include "mm/vmalloc.h"
#include "space.h"

#define FRAMES 1024

/* Areas as "offset+pages" from VMALLOC_START, in pages; the guard is not counted. */
static const char *areas(const struct machine *m)
{
	static char text[256];
	size_t n = 0;

	text[0] = 0;
	for (const struct vm_struct *v = KGET(m->k->vmlist); v; v = KGET(v->next))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u+%u", n ? " " : "",
				      (v->addr - vmalloc_start(m)) >> PAGE_SHIFT,
				      (v->size >> PAGE_SHIFT) - 1);
	return text;
}

static bool mapped(const struct machine *m, u32 addr)
{
	struct mmu_walk w;

	mmu_walk(&m->ram, m->paging, m->k->init_mm.pgd - PAGE_OFFSET, addr, &w);
	return w.mapped;
}

static struct machine *big_machine(u64 mib, bool pae)
{
	struct machine_config config = { .ram = mib << 20, .pae = pae };
	struct machine *m;

	ck_assert_int_eq(machine_new(&config, &m), 0);
	return m;
}

/* ULK figure 8-7, and Linux's formulas. */
START_TEST(test_layout)
{
	struct machine *m = big_machine(1024, false), *p = big_machine(1024, true);

	ck_assert_uint_eq(high_memory(m), 0xf8000000);
	ck_assert_uint_eq(vmalloc_start(m), 0xf8800000);
	ck_assert_uint_eq(vmalloc_end(m), 0xff7fe000);
	ck_assert_uint_eq(pkmap_base(m), 0xff800000);
	ck_assert_uint_eq(last_pkmap(m), 1024);
	ck_assert_uint_eq(pkmap_base(p), 0xffc00000);
	ck_assert_uint_eq(last_pkmap(p), 512);
	ck_assert_uint_eq(vmalloc_end(p), 0xffbfe000);
	ck_assert_uint_ge(FIXADDR_START, pkmap_base(p) + PAGES(last_pkmap(p)));
	machine_free(m);
	m = big_machine(64, false);
	ck_assert_uint_eq(vmalloc_start(m), 0xc4800000);
	machine_free(m);
	machine_free(p);
}
END_TEST

static void areas_come_and_go(struct space *s)
{
	struct machine *m = s->m;
	u32 base = vmalloc_start(m), a, b, c;

	a = vmalloc(m, 1);
	b = vmalloc(m, PAGES(3));
	c = vmalloc_32(m, PAGES(1) + 1);
	ck_assert_uint_eq(a, base);
	ck_assert_str_eq(areas(m), "0+1 2+3 6+2");
	ck_assert(mapped(m, b) && mapped(m, b + PAGES(2)) && !mapped(m, b + PAGES(3)));
	ck_assert(!mapped(m, a + PAGES(1)) && !mapped(m, c + PAGES(2)) && !mapped(m, base - 1));
	test_check(m);
	vfree(m, b);
	ck_assert_str_eq(areas(m), "0+1 6+2");
	ck_assert(!mapped(m, b));
	test_check(m);
	ck_assert_uint_eq(vmalloc(m, PAGES(4)), base + PAGES(9)); /* with its guard: five */
	ck_assert_uint_eq(vmalloc(m, PAGES(3)), b);
	ck_assert_str_eq(areas(m), "0+1 2+3 6+2 9+4");
	test_check(m);
	vfree(m, a);
	vfree(m, base + PAGES(9));
	ck_assert_uint_eq(vmalloc(m, PAGES(1)), a);
	test_check(m);
	vfree(m, a);
	vfree(m, b);
	vfree(m, c);
	ck_assert_str_eq(areas(m), "");
}

START_TEST(test_areas)
{
	struct space *s = _i ? space_new_pae(FRAMES) : space_new_2level(FRAMES);

	areas_come_and_go(s);
	space_free(s);
}
END_TEST

/* All frames come back; the page table stays. */
START_TEST(test_frames)
{
	struct space *s = space_new(FRAMES);
	u32 before, tables = (u32)s->m->k->vm_stat[NR_PAGETABLE];

	vfree(s->m, vmalloc(s->m, PAGES(8)));
	ck_assert_int_eq(s->m->k->vm_stat[NR_PAGETABLE], tables + 1);
	before = test_used_frames(s->m);
	for (u32 i = 0; i < 50; i++)
		vfree(s->m, vmalloc(s->m, PAGES(40)));
	ck_assert_uint_eq(test_used_frames(s->m), before);
	ck_assert_int_eq(s->m->k->vm_stat[NR_PAGETABLE], tables + 1);
	space_free(s);
}
END_TEST

/* More than there is, in frames, in size, in room: 0, and nothing is lost. */
START_TEST(test_no_memory)
{
	struct space *s = space_new(FRAMES);
	struct hog hog;
	u32 before;

	vfree(s->m, vmalloc(s->m, 1));
	kmem_cache_reap(s->m);
	before = test_used_frames(s->m);
	ck_assert_uint_eq(vmalloc(s->m, 0), 0);
	ck_assert_uint_eq(vmalloc(s->m, PAGES(FRAMES) - 1), 0);
	ck_assert_uint_eq(vmalloc(s->m, PAGES(FRAMES) + 1), 0);
	ck_assert_uint_eq(vmalloc(s->m, 0xffffffff), 0);
	ck_assert_uint_eq(vmalloc_32(s->m, 0xfffff000), 0);
	kmem_cache_reap(s->m);
	ck_assert_uint_le(test_used_frames(s->m), before); /* slabs may have given some back */
	test_check(s->m);
	for (u32 left = 0; left < 6; left++) {
		hog = hog_all_but(s->m, left);
		ck_assert_uint_eq(vmalloc(s->m, PAGES(7)), 0);
		hog_free(&hog);
		test_check(s->m);
	}
	space_free(s);
}
END_TEST

/* 896 MiB of low memory leave 110 MiB of the area. */
START_TEST(test_no_room)
{
	struct machine *m = big_machine(1024, false);
	u32 used, largest, a, b;

	a = vmalloc(m, 60u << 20);
	b = vmalloc(m, 60u << 20);
	ck_assert(a && !b);
	get_vmalloc_info(m, &used, &largest);
	ck_assert_uint_eq(used, (60u << 20) + PAGE_SIZE);
	ck_assert_uint_eq(largest, vmalloc_end(m) - a - used);
	b = vmalloc(m, largest - PAGE_SIZE);
	ck_assert(b);
	ck_assert_uint_eq(vmalloc(m, 1), 0);
	get_vmalloc_info(m, &used, &largest);
	ck_assert_uint_eq(largest, 0);
	test_check(m);
	vfree(m, a);
	vfree(m, b);
	test_check(m);
	machine_free(m);
}
END_TEST

/* vmalloc likes high memory, vmalloc_32 takes low memory only. */
START_TEST(test_zones)
{
	struct machine *m = testmachine_zones(2048, 0, 1024);
	u32 a = vmalloc(m, PAGES(2)), b = vmalloc_32(m, PAGES(2));

	ck_assert_uint_ge(page_to_pfn(vmalloc_to_page(m, a)), 1024);
	ck_assert_uint_lt(page_to_pfn(vmalloc_to_page(m, b + PAGES(1))), 1024);
	ck_assert_ptr_null(vmalloc_to_page(m, b + PAGES(2)));
	ck_assert_ptr_null(vmalloc_to_page(m, PAGE_OFFSET));
	vfree(m, a);
	vfree(m, b);
	machine_free(m);
}
END_TEST

/* Any frames in any order, twice too; they stay their owner's. */
START_TEST(test_vmap)
{
	struct space *s = space_new(FRAMES);
	struct page *page = alloc_page(s->m, GFP_KERNEL);
	pfn_t pfns[3] = { page_to_pfn(page), 7, page_to_pfn(page) };
	u32 addr = vmap(s->m, pfns, 3);

	ck_assert_uint_eq(addr, vmalloc_start(s->m));
	ck_assert_str_eq(areas(s->m), "0+3");
	ck_assert_ptr_eq(vmalloc_to_page(s->m, addr), page);
	ck_assert_ptr_eq(vmalloc_to_page(s->m, addr + PAGES(2)), page);
	ck_assert_uint_eq(page_to_pfn(vmalloc_to_page(s->m, addr + PAGES(1))), 7);
	test_check(s->m);
	vunmap(s->m, addr);
	ck_assert_int_eq(page_count(page), 1);
	ck_assert_uint_eq(vmap(s->m, pfns, 0), 0);
	ck_assert(!mapped(s->m, addr));
	__free_page(page);
	space_free(s);
}
END_TEST

/* The check sees an area without its frame, a mapped guard, a foreign directory entry. */
START_TEST(test_validate)
{
	struct space *s = space_new(FRAMES);
	struct mm_struct *init_mm = &s->m->k->init_mm;
	u32 addr = vmalloc(s->m, PAGES(2));
	void *ptep = pte_lookup(init_mm, addr), *guard = pte_lookup(init_mm, addr + PAGES(2));
	pte_t e = pte_get(s->m->paging, ptep);
	struct vm_struct *area = KGET(s->m->k->vmlist);

	set_pte(init_mm, ptep, (pte_t){ 0 });
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	set_pte(init_mm, ptep, e);
	set_pte(init_mm, guard, e);
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	set_pte(init_mm, guard, (pte_t){ 0 });
	area->addr += 1u << 30;
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	area->addr -= 1u << 30;
	pte_put(s->m->paging, dir_offset(s->mm, addr), e);
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	sync_kernel_dir(s->mm, addr);
	test_check(s->m);
	vfree(s->m, addr);
	space_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { test_layout, test_frames, test_no_memory, test_no_room,
				       test_zones,  test_vmap,	 test_validate };

	return run_loop_tests("vmalloc", tests, ARRAY_SIZE(tests), test_areas, 2);
}

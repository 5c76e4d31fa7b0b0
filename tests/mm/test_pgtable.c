/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables: protection_map against the MMU, tables that come and go, their counts, and the
 * kernel's part of every directory.
 */
#include "mm/page_alloc.h"
#include "space.h"

/* What Linux lets a program do in a region: any right lets it read, without NX fetch too. */
static bool may(u32 prot, enum access access, bool nx)
{
	if (access == ACCESS_WRITE)
		return prot & PROT_WRITE;
	if (access == ACCESS_FETCH && nx)
		return prot & PROT_EXEC;
	return prot;
}

static int try_access(struct space *s, u32 addr, enum access access)
{
	if (access == ACCESS_WRITE)
		return store(s, addr, 5);
	return access == ACCESS_FETCH ? fetch(s, addr) : load(s, addr);
}

/* The 16 combinations, each accessed on an untouched page and on one that is there. */
static void protections(struct space *s, bool nx)
{
	for (u32 i = 0; i < 16 * 3; i++) {
		u32 prot = i & 7, flags = i & 8 ? SHARED : PRIVATE;
		enum access access = (enum access)(i / 16);
		int want = may(prot, access, nx) ? 0 : -EACCES;
		u32 fresh = map_pages(s, 0, 1, prot, flags);
		u32 there = map_pages(s, 0, 1, PROT_RWX, flags);

		ck_assert_int_eq(store(s, there, 5), 0);
		ck_assert_int_eq(sys_mprotect(s->task, there, PAGE_SIZE, prot), 0);
		ck_assert_int_eq(try_access(s, fresh, access) < 0 ? -EACCES : 0, want);
		ck_assert_int_eq(try_access(s, there, access) < 0 ? -EACCES : 0, want);
		test_check(s->m);
		ck_assert_int_eq(do_munmap(s->mm, 0, TASK_SIZE), 0);
	}
}

START_TEST(test_protection_map)
{
	struct space *s = space_new_2level(128);

	protections(s, false);
	space_free(s);
}
END_TEST

START_TEST(test_protection_map_pae)
{
	struct space *s = space_new_pae(128);

	protections(s, true);
	space_free(s);
}
END_TEST

/* The bits themselves: private memory is never writable at first, --- keeps P clear. */
START_TEST(test_page_prot_bits)
{
	struct space *s = space_new_2level(64), *p = space_new_pae(64);

	for (u32 i = 0; i < 16; i++) {
		u32 vm_flags = (i & 7) | (i & 8 ? VM_SHARED : 0);
		u64 two = vm_page_prot(s->m, vm_flags), pae = vm_page_prot(p->m, vm_flags);

		if (!(vm_flags & VM_RWX)) {
			ck_assert_uint_eq(two, PG_PROTNONE);
			ck_assert_uint_eq(pae, PG_PROTNONE);
			continue;
		}
		ck_assert_uint_eq(two & (PG_P | PG_US), PG_P | PG_US);
		ck_assert_uint_eq(!!(two & PG_RW),
				  (vm_flags & (VM_SHARED | VM_WRITE)) == (VM_SHARED | VM_WRITE));
		ck_assert_uint_eq(two & PG_NX, 0);
		ck_assert_uint_eq(pae & ~PG_NX, two);
		ck_assert_uint_eq(!!(pae & PG_NX), !(vm_flags & VM_EXEC));
	}
	space_free(s);
	space_free(p);
}
END_TEST

/* What an entry of a table keeps of @e: the form's width. */
static pte_t stored(const struct paging *pg, pte_t e)
{
	u64 room = 0;

	pte_put(pg, &room, e);
	return pte_get(pg, &room);
}

/* Every area, the first and the last slot: told apart from all other kinds, and read back. */
static void swap_entries(const struct paging *pg)
{
	static const u32 offsets[] = { 1, 2, 0x7f, 0x80, (1u << SWP_OFFSET_BITS) - 1 };

	for (u32 i = 0; i < MAX_SWAPFILES * ARRAY_SIZE(offsets) * 2; i++) {
		u32 type = i / 2 % MAX_SWAPFILES, offset = offsets[i / 2 / MAX_SWAPFILES];
		pte_t e = stored(pg, swp_entry_to_pte(swp_entry(type, offset), i & 1));

		ck_assert(pte_is_swap(e));
		ck_assert(!pte_none(e) && !pte_present(e));
		ck_assert_uint_eq(swp_type(pte_to_swp_entry(e)), type);
		ck_assert_uint_eq(swp_offset(pte_to_swp_entry(e)), offset);
		ck_assert_int_eq(pte_swp_exclusive(e), i & 1);
	}
	ck_assert(!pte_is_swap(stored(pg, mk_pte(5, PG_PROTNONE | PG_D))));
}

START_TEST(test_swap_entries)
{
	swap_entries(&paging_2level);
	swap_entries(&paging_pae);
}
END_TEST

static u32 table_count(const struct space *s, u32 addr)
{
	return pte_table(s->m, pte_lookup(s->mm, addr))->private;
}

/* A table is made at the first entry and goes with the last region in its reach. */
static void tables_come_and_go(struct space *s)
{
	u32 span = 1u << s->m->paging->dir_shift, used = test_used_frames(s->m);
	u32 a = BASE + span - PAGES(2);

	map_pages(s, a, 4, PROT_RW, FIXED_PRIVATE);
	ck_assert_uint_eq(s->mm->nr_ptes, 0);
	ck_assert_ptr_null(pte_lookup(s->mm, a));
	touch_w(s, a, 1);
	ck_assert_uint_eq(s->mm->nr_ptes, 1);
	ck_assert_uint_eq(table_count(s, a), 1);
	touch_r(s, a, 4);
	ck_assert_uint_eq(s->mm->nr_ptes, 2);
	ck_assert_uint_eq(table_count(s, a), 2);
	ck_assert_uint_eq(table_count(s, BASE + span), 2);
	ck_assert_int_eq(do_munmap(s->mm, a, PAGES(1)), 0);
	ck_assert_uint_eq(table_count(s, a), 1);
	ck_assert_int_eq(do_munmap(s->mm, a, PAGES(3)), 0);
	ck_assert_uint_eq(s->mm->nr_ptes, 1);
	ck_assert_ptr_null(pte_lookup(s->mm, a));
	test_check(s->m);
	ck_assert_int_eq(do_munmap(s->mm, BASE + span, PAGES(9)), 0);
	ck_assert_uint_eq(s->mm->nr_ptes, 0);
	ck_assert_uint_eq(test_used_frames(s->m), used);
}

START_TEST(test_tables)
{
	struct space *s = space_new_2level(128), *p = space_new_pae(128);

	tables_come_and_go(s);
	tables_come_and_go(p);
	space_free(s);
	space_free(p);
}
END_TEST

/* A neighbour in the same table's reach keeps it, on either side. */
START_TEST(test_table_is_kept_for_a_neighbour)
{
	struct space *s = space_new(128);
	u32 last = BASE + PAGES(s->m->paging->entries - 1);

	map_pages(s, BASE, 1, PROT_RW, FIXED_PRIVATE);
	map_pages(s, BASE + PAGES(500), 1, PROT_RW, FIXED_PRIVATE);
	map_pages(s, last, 1, PROT_RW, FIXED_PRIVATE);
	touch_w(s, BASE + PAGES(500), 1);
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(500), PAGE_SIZE), 0);
	ck_assert_uint_eq(s->mm->nr_ptes, 1);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGE_SIZE), 0);
	ck_assert_uint_eq(s->mm->nr_ptes, 1);
	ck_assert_int_eq(do_munmap(s->mm, last, PAGE_SIZE), 0);
	ck_assert_uint_eq(s->mm->nr_ptes, 0);
	space_free(s);
}
END_TEST

/* Runs of entries: tables that are missing or empty are stepped over. */
START_TEST(test_ranges)
{
	struct space *s = space_new(128);
	struct pte_range r = { .end = BASE + PAGE_SIZE };
	u32 span = 1u << s->m->paging->dir_shift, a = BASE + span * 3, end = BASE + span * 9;

	ck_assert(!pte_range_next(s->mm, &r, end));
	map_pages(s, BASE, span / PAGE_SIZE * 10, PROT_READ, FIXED_PRIVATE);
	touch_r(s, a + PAGES(5), 1);
	touch_r(s, a + span * 2, 1);
	r.end = BASE + PAGE_SIZE;
	ck_assert(pte_range_next(s->mm, &r, end));
	ck_assert_uint_eq(r.addr, a);
	ck_assert_uint_eq(r.end, a + span);
	ck_assert_ptr_eq(r.ptep, pte_lookup(s->mm, a));
	ck_assert_uint_eq(r.table->private, 1);
	ck_assert(pte_range_next(s->mm, &r, a + span * 2 + PAGE_SIZE));
	ck_assert_uint_eq(r.addr, a + span * 2);
	ck_assert_uint_eq(r.end, r.addr + PAGE_SIZE);
	ck_assert(!pte_range_next(s->mm, &r, r.end));
	space_free(s);
}
END_TEST

START_TEST(test_kernel_part_is_shared)
{
	struct space *s = space_new_2level(128), *p = space_new_pae(128);

	for (u32 addr = PAGE_OFFSET; addr >= PAGE_OFFSET; addr += 1u << 21) {
		const struct paging *two = s->m->paging, *pae = p->m->paging;

		ck_assert_uint_eq(pte_get(two, dir_offset(s->mm, addr)).v,
				  pte_get(two, dir_offset(&s->m->k->init_mm, addr)).v);
		ck_assert_uint_eq(pte_get(pae, dir_offset(p->mm, addr)).v,
				  pte_get(pae, dir_offset(&p->m->k->init_mm, addr)).v);
	}
	space_free(s);
	space_free(p);
}
END_TEST

/* Directories come back with their mm: one frame, with PAE five. */
START_TEST(test_pgd)
{
	struct space *s[2] = { space_new_2level(128), space_new_pae(128) };

	for (unsigned i = 0; i < 2; i++) {
		struct machine *m = s[i]->m;
		u32 used = test_used_frames(m), tables = (u32)m->k->vm_stat[NR_PAGETABLE];
		struct mm_struct *mm = mm_alloc(m);

		ck_assert_ptr_nonnull(mm);
		ck_assert_uint_eq(test_used_frames(m) - used, i ? 5 : 1);
		ck_assert_uint_eq((u32)m->k->vm_stat[NR_PAGETABLE] - tables, i ? 5 : 1);
		mmput(mm);
		ck_assert_uint_eq(test_used_frames(m), used);
		space_free(s[i]);
	}
}
END_TEST

/* Without memory for all five of PAE's frames none stays taken. */
START_TEST(test_pgd_without_memory)
{
	struct space *s = space_new_pae(128);

	for (u32 left = 0; left < 5; left++) {
		struct hog hog;
		struct mm_struct *mm = mm_alloc(s->m); /* the object's slab is there */

		mmput(mm);
		hog = hog_all_but(s->m, left);
		ck_assert_ptr_null(mm_alloc(s->m));
		test_check(s->m);
		hog_free(&hog);
	}
	space_free(s);
}
END_TEST

/* What a process's directories were is known to be zero: nobody clears it again. */
static void directories_leave_zeros(struct space *s)
{
	struct mm_struct *mm = mm_alloc(s->m);
	u8 *dirs[5] = { kva_ptr(mm, mm->pgd) };
	unsigned nr = 1;

	for (; s->m->paging->pae && nr < 5; nr++)
		dirs[nr] = dir_offset(mm, (nr - 1) << 30);
	ck_assert_ptr_nonnull(pte_alloc(mm, 0x08048000));
	free_empty_pgtables(mm, 0, TASK_SIZE);
	mmdrop(mm);
	for (unsigned i = 0; i < nr; i++) {
		ck_assert(!PageUsed(pte_table(s->m, dirs[i])));
		for (u32 byte = 0; byte < PAGE_SIZE; byte++)
			ck_assert_uint_eq(dirs[i][byte], 0);
	}
	test_check(s->m);
	space_free(s);
}

START_TEST(test_directories_leave_zeros)
{
	directories_leave_zeros(space_new_2level(128));
	directories_leave_zeros(space_new_pae(128));
}
END_TEST

TEST_MAIN("pgtable", test_protection_map, test_protection_map_pae, test_page_prot_bits,
	  test_swap_entries, test_tables, test_table_is_kept_for_a_neighbour, test_ranges,
	  test_kernel_part_is_shared, test_pgd, test_pgd_without_memory,
	  test_directories_leave_zeros)

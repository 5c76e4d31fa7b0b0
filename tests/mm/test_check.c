/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checker checked: on a machine that has some of everything, each truth between owners is
 * broken by hand, one at a time, and that must be reported; on the sound one nothing is.
 */
#include "mm/page_alloc.h"
#include "space.h"

#define PRIVATE_AT BASE
#define SHARED_AT (BASE + PAGES(8))
#define FILE_AT (BASE + PAGES(16))

/* Private pages, shared with a child; shared memory; a file; a page with an empty table. */
static struct space *some_of_everything(void)
{
	struct space *s = space_new(256);

	disk_make(s, 0, PAGES(4), "abcd");
	map_pages(s, PRIVATE_AT, 4, PROT_RW, FIXED_PRIVATE);
	map_pages(s, SHARED_AT, 4, PROT_RW, FIXED_SHARED);
	map_file(s, 0, FMODE_READ | FMODE_WRITE, FILE_AT, PAGES(4), PROT_RW, MAP_SHARED | MAP_FIXED,
		 0);
	touch_w(s, PRIVATE_AT, 2);
	touch_r(s, PRIVATE_AT + PAGES(2), 1);
	touch_w(s, SHARED_AT, 2);
	touch_r(s, FILE_AT, 4);
	touch_w(s, FILE_AT, 1);
	space_fork(s);
	touch_w(s, PRIVATE_AT, 1);
	return s;
}

static void change_entry(struct space *s, u32 addr, u64 clear, u64 set)
{
	pte_t e = entry(s, addr);

	set_pte(s->mm, pte_lookup(s->mm, addr), (pte_t){ (e.v & ~clear) | set });
	flush_tlb_page(s->mm, addr);
}

/* An entry where no region is, in a table that is there. */
static void stray_entry(struct space *s)
{
	set_pte(s->mm, pte_lookup(s->mm, PRIVATE_AT + PAGES(6)),
		mk_pte(s->m->k->empty_zero_page, PG_P | PG_US | PG_A));
}

static struct inode *file_of(struct space *s, u32 addr)
{
	return file_inode(KGET(find_vma(s->mm, addr)->vm_file));
}

static void break_frames(struct space *s, int how)
{
	struct page *own = frame(s, PRIVATE_AT);

	switch (how) {
	case 0: own->_mapcount++; break;
	case 1: own->_count++; break;
	case 2: SetPageTable(own); break;
	case 3: ClearPageLRU(own); break;
	case 4: frame(s, FILE_AT)->_mapcount = 0; break;
	case 5: frame(s, FILE_AT)->_count++; break;
	case 6: frame(s, FILE_AT)->index++; break;
	case 7: s->m->k->vm_stat[NR_ANON_PAGES]--; break;
	case 8: s->m->k->vm_stat[NR_FILE_MAPPED]++; break;
	case 9: pfn_to_page(s->m, s->m->k->zone[0].frontier)->_count = 1; break;
	}
}

static void break_tables(struct space *s, int how)
{
	switch (how) {
	case 0: stray_entry(s); break;
	case 1: pte_table(s->m, pte_lookup(s->mm, PRIVATE_AT))->private ++; break;
	case 2: s->mm->nr_ptes++; break;
	case 3: ClearPageTable(pte_table(s->m, pte_lookup(s->mm, PRIVATE_AT))); break;
	case 4: change_entry(s, PRIVATE_AT + PAGES(1), 0, PG_RW); break; /* shared with the child */
	case 5: change_entry(s, PRIVATE_AT + PAGES(2), 0, PG_RW); break; /* the zero page */
	case 6: change_entry(s, PRIVATE_AT, PG_US, 0); break;
	case 7: change_entry(s, PRIVATE_AT, 0, PG_FRAME_MASK & 0xfffff000u); break;
	case 8: change_entry(s, FILE_AT + PAGES(1), 0, PG_RW); break; /* its page is clean */
	case 9: find_vma(s->mm, PRIVATE_AT)->vm_flags &= ~VM_WRITE; break;
	}
}

static void break_sums(struct space *s, int how)
{
	switch (how) {
	case 0: s->mm->rss_stat[MM_ANONPAGES]++; break;
	case 1: s->mm->rss_stat[MM_FILEPAGES]--; break;
	case 2: s->mm->rss_stat[MM_SHMEMPAGES]++; break;
	case 3: s->m->k->total_committed++; break;
	case 4: find_vma(s->mm, PRIVATE_AT)->vm_flags &= ~VM_ACCOUNT; break;
	case 5: s->mm->mm_users++; break;
	case 6: file_of(s, SHARED_AT)->i_size += PAGE_SIZE; break;
	case 7: file_of(s, FILE_AT)->i_data.nrpages--; break;
	case 8: s->m->k->nr_tasks++; break;
	case 9: file_of(s, FILE_AT)->i_count = 0; break;
	}
}

static void break_cpu(struct space *s, int how)
{
	switch (how) {
	case 0: s->m->cpu[0].cr3 = s->m->k->init_mm.pgd - PAGE_OFFSET; break;
	case 1: KSET(s->m->k->active_mm[0], &s->m->k->init_mm); break;
	case 2: /* a right taken away, and nobody told the processor */
		touch_w(s, PRIVATE_AT, 1);
		set_pte(s->mm, pte_lookup(s->mm, PRIVATE_AT),
			(pte_t){ entry(s, PRIVATE_AT).v & ~PG_RW });
		break;
	case 3: /* the kernel's part of this directory is not the master's */
		pte_put(s->m->paging, dir_offset(s->mm, PAGE_OFFSET), (pte_t){ 0 });
		break;
	case 4: s->m->k->vm_stat[NR_PAGETABLE]++; break;
	case 5: change_entry(s, PRIVATE_AT, 0, PG_PS); break; /* reserved in a table */
	case 6: /* one table, named twice */
		pte_put(s->m->paging, dir_offset(s->mm, 0x80000000u),
			pte_get(s->m->paging, dir_offset(s->mm, PRIVATE_AT)));
		s->mm->nr_ptes++;
		break;
	case 7: change_entry(s, PRIVATE_AT, PG_NX, 0); break; /* PAE from here on */
	case 8: ((u64 *)kva_ptr(s->mm, s->mm->pgd))[2] |= PG_RW; break;
	}
}

START_TEST(test_sees)
{
	static void (*const broken[])(struct space * s, int how) = { break_frames, break_tables,
								     break_sums, break_cpu };
	struct space *s = some_of_everything();

	test_check(s->m);
	broken[_i / 10](s, _i % 10);
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	space_drop(s);
}
END_TEST

/* Looking changes nothing. */
START_TEST(test_only_looks)
{
	struct space *s = some_of_everything();
	u8 *before = malloc(s->m->ram.size);

	memcpy(before, s->m->ram.base, s->m->ram.size);
	test_check(s->m);
	ck_assert_mem_eq(s->m->ram.base, before, s->m->ram.size);
	free(before);
	space_free(s);
}
END_TEST

static void keep_line(void *data, const char *line)
{
	snprintf(data, 300, "%s", line);
}

START_TEST(test_words)
{
	struct space *s = some_of_everything();
	char line[300] = "", want[300];

	snprintf(want, sizeof(want), "frame %05x: anonymous, count 2, mapcount 1",
		 pte_pfn(entry(s, PRIVATE_AT)));
	frame(s, PRIVATE_AT)->_count++;
	ck_assert_uint_eq(check_machine(s->m, keep_line, line), 1);
	ck_assert_str_eq(line, want);
	frame(s, PRIVATE_AT)->_count--;
	space_free(s);
}
END_TEST

/* Tasks that share one address space: it is counted once. */
START_TEST(test_shared_mm)
{
	struct space *s = some_of_everything();
	struct task_struct *thread;

	ck_assert_int_eq(do_fork(s->task, CLONE_VM, &thread), 0);
	test_check(s->m);
	s->mm->rss_stat[MM_ANONPAGES]++;
	ck_assert_uint_eq(test_check_quiet(s->m), 1);
	s->mm->rss_stat[MM_ANONPAGES]--;
	space_free(s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { test_only_looks, test_words, test_shared_mm };

	return run_loop_tests("check", tests, ARRAY_SIZE(tests), test_sees, test_pae() ? 39 : 37);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* pagetable: the columns, each kind of entry, and that every line is what RAM holds. */
#include "fs_world.h"
#include "fs/proc/regs.h"
#include "mm/pgtable.h"

static char *entry(u32 pid, const char *start)
{
	g_autofree char *table = text(proc_pid_pagetable, pid);

	return line_of(table, start);
}

/* A column where it is with two levels; with PAE all behind DIR stands two places on. */
static unsigned col(unsigned column)
{
	return column + (test_pae() ? 2 : 0);
}

/* The line that begins with @start is @two or @pae, where ? stands for a digit of the frame. */
static void entry_is(u32 pid, const char *start, const char *two, const char *pae)
{
	g_autofree char *line = entry(pid, start);
	const char *want = test_pae() ? pae : two;

	for (size_t i = 0; want[i] && line[i]; i++)
		if (want[i] == '?')
			line[i] = '?';
	ck_assert_str_eq(line, want);
}

START_TEST(header)
{
	g_autofree char *table = text(proc_pid_pagetable, 1), *head = NULL;
	u32 cr3 = task_cr3(find_task_by_pid(world.fs->m, 1));

	head = g_strdup_printf(test_pae() ?
				       "# cr3=%08x levels=3 tables=2\n"
				       "# LINEAR   DIR   TBL  FRAME    FLAGS       REFS WHAT\n" :
				       "# cr3=%08x levels=2 tables=2\n"
				       "# LINEAR   DIR TBL  FRAME    FLAGS       REFS WHAT\n",
			       cr3);
	ck_assert(g_str_has_prefix(table, head));
	/* Nothing of the kernel half: no entry of the vmalloc area yet. */
	ck_assert_ptr_null(strstr(table, "\nc"));
	ck_assert_ptr_null(strstr(table, "\nf"));
}
END_TEST

START_TEST(kinds_of_entries)
{
	make_file("f", "text", 4, 0666);
	says(1, "mmap 0x40000000 16K rw- private,anonymous,fixed", "0x40000000");
	says(1, "mmap 0x403ff000 8K rw- private,anonymous,fixed", "0x403ff000");
	says(1, "mmap 0x50000000 4K r-- private,fixed f", "0x50000000");
	says(1, "mmap 0x60000000 4K rw- private,fixed f", "0x60000000");
	says(1, "mmap 0x70000000 8K rw- shared,anonymous,fixed", "0x70000000");
	says(1, "mmap 0xb0000000 4K r-- private,anonymous,fixed", "0xb0000000");
	says(1, "touch 0x40000000 4K r", "1");
	entry_is(1, "40000000", "40000000   256 000  ?????    P-UA----CZ  -    zero page",
		 "40000000   1.000 000  ?????    P-UA---NCZ  -    zero page");
	says(1, "touch 0x40001000 4K w", "1");
	entry_is(1, "40001000", "40001000   256 001  ?????    PWUAD-----  1    anon",
		 "40001000   1.000 001  ?????    PWUAD--N--  1    anon");
	says(1, "touch 0x403ff000 8K w", "2");
	entry_is(1, "403ff000", "403ff000   256 1023 ?????    PWUAD-----  1    anon",
		 "403ff000   1.001 511  ?????    PWUAD--N--  1    anon");
	entry_is(1, "40400000", "40400000   257 000  ?????    PWUAD-----  1    anon",
		 "40400000   1.002 000  ?????    PWUAD--N--  1    anon");
	says(1, "touch 0x50000000 4K r", "1");
	entry_is(1, "50000000", "50000000   320 000  ?????    P-UA------  1    file /f+0",
		 "50000000   1.128 000  ?????    P-UA---N--  1    file /f+0");
	says(1, "touch 0x60000000 4K r", "1");
	entry_is(1, "60000000", "60000000   384 000  ?????    P-UA----C-  2    file /f+0",
		 "60000000   1.256 000  ?????    P-UA---NC-  2    file /f+0");
	says(1, "touch 0x60000000 4K w", "1");
	entry_is(1, "60000000", "60000000   384 000  ?????    PWUAD-----  1    anon",
		 "60000000   1.256 000  ?????    PWUAD--N--  1    anon");
	says(1, "touch 0x70001000 4K w", "1");
	entry_is(
		1, "70001000",
		"70001000   448 001  ?????    PWUAD-----  1    shmem /dev/zero (deleted)+0x1000",
		"70001000   1.384 001  ?????    PWUAD--N--  1    shmem /dev/zero (deleted)+0x1000");
	says(1, "touch 0xb0000000 4K r", "1");
	entry_is(1, "b0000000", "b0000000   704 000  ?????    P-UA-----Z  -    zero page",
		 "b0000000   2.384 000  ?????    P-UA---N-Z  -    zero page");
	says(1, "mprotect 0x40001000 4K ---", "ok");
	{
		g_autofree char *line = entry(1, "40001000");

		ck_assert_int_eq(line[col(29)], 'p');
		ck_assert_int_eq(line[col(30)], '-');
		ck_assert_int_eq(line[col(34)], '-'); /* the bit that marks it is not S here */
	}
}
END_TEST

START_TEST(forked)
{
	u32 child;
	g_autofree char *mine = NULL, *its = NULL;

	says(1, "mmap 0x40000000 4K rw- private,anonymous,fixed", "0x40000000");
	says(1, "store 0x40000000 1", "ok");
	child = number(1, "fork");
	mine = entry(1, "40000000");
	its = entry(child, "40000000");
	ck_assert_int_eq(strncmp(mine, its, col(25)), 0); /* one frame */
	ck_assert_int_eq(mine[col(37)], 'C');
	ck_assert_str_eq(mine + col(41), "2    anon");
}
END_TEST

START_TEST(a_table_that_holds_nothing)
{
	struct mm_struct *mm = KGET(find_task_by_pid(world.fs->m, 1)->mm);

	says(1, "mmap 0x40000000 4K rw- private,anonymous,fixed", "0x40000000");
	ck_assert_ptr_nonnull(pte_alloc(mm, 0x40000000));
	entry_is(1, "40000000", "40000000   256 ---  ?????    PWU-------  -    empty table",
		 "40000000   1.000 ---  ?????    PWU-------  -    empty table");
	says(1, "munmap 0x40000000 4K", "ok");
}
END_TEST

START_TEST(kernel)
{
	g_autofree char *table = text(proc_pagetable, 0), *first = NULL, *last = NULL;
	unsigned lines = 0;

	for (const char *c = table; *c; c++)
		lines += *c == '\n';
	/* 64 MiB in pages of 4 or 2 MiB; the empty tables of kmaps and fixmaps */
	ck_assert_uint_eq(lines, 2 + (test_pae() ? 32 : 16) + 2);
	first = line_of(table, "c0000000");
	last = line_of(table, "c3c00000");
	ck_assert(g_str_has_prefix(first, test_pae() ? "c0000000   3.000 ---  00000    PW-" :
						       "c0000000   768 ---  00000    PW-"));
	ck_assert_str_eq(first + col(34),
			 test_pae() ? "SGN--  -    direct map" : "SG---  -    direct map");
	ck_assert(g_str_has_prefix(last, test_pae() ? "c3c00000   3.030 ---  03c00    PW-" :
						      "c3c00000   783 ---  03c00    PW-"));
}
END_TEST

/* Each line against a walk of its own. */
static void line_is_true(const char *line, u32 cr3)
{
	u32 addr = (u32)strtoul(line, NULL, 16), frame = (u32)strtoul(line + col(20), NULL, 16);
	struct mmu_walk walk;

	mmu_walk(&world.fs->m->ram, world.fs->m->paging, cr3, addr, &walk);
	if (line[col(29)] != 'P')
		return;
	ck_assert(walk.mapped);
	ck_assert_uint_eq(walk.pa >> PAGE_SHIFT, frame);
	ck_assert_int_eq(!!(walk.rights & PG_RW), line[col(30)] == 'W');
	ck_assert_int_eq(!!(walk.entry[walk.levels - 1].v & PG_A), line[col(32)] == 'A');
	ck_assert_int_eq(!!(walk.entry[walk.levels - 1].v & PG_D), line[col(33)] == 'D');
	ck_assert_int_eq(!!(walk.rights & PG_NX), line[col(36)] == 'N');
}

START_TEST(every_line_is_true)
{
	u32 cr3 = task_cr3(find_task_by_pid(world.fs->m, 1)), present = 0, lines = 0;
	g_autofree char *table = NULL;
	struct mmu_walk walk;

	says(1, "mmap 0x40000000 8M rw- private,anonymous,fixed", "0x40000000");
	number(1, "touch 0x40000000 3M w");
	number(1, "touch 0x40400000 1M r");
	number(1, "munmap 0x40100000 1M");
	number(1, "fork");
	table = text(proc_pid_pagetable, 1);
	for (char *line = table; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (!*line || *line == '#')
			continue;
		line_is_true(line, cr3);
		lines++;
	}
	for (u32 addr = 0; addr < TASK_SIZE; addr += PAGE_SIZE) {
		mmu_walk(&world.fs->m->ram, world.fs->m->paging, cr3, addr, &walk);
		present += walk.mapped;
	}
	ck_assert_uint_eq(lines, present);
}
END_TEST

int main(void)
{
	TCase *tcase = world_tcase();

	tcase_add_test(tcase, header);
	tcase_add_test(tcase, kinds_of_entries);
	tcase_add_test(tcase, forked);
	tcase_add_test(tcase, a_table_that_holds_nothing);
	tcase_add_test(tcase, kernel);
	tcase_add_test(tcase, every_line_is_true);
	return run_suite("proc_pagetable", tcase);
}

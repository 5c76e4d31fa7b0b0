// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands that only look: what they say, and that nothing has changed. */
#include "fs_world.h"

static void setup(void)
{
	world_start();
	says(1, "mmap 0x40000000 8K rw- private,anonymous,fixed", "0x40000000");
	says(1, "mmap 0x40003000 4K r-- private,anonymous,fixed", "0x40003000");
}

START_TEST(family_of_find_vma)
{
	says(1, "find_vma 0x40000000", "0x40000000-0x40002000");
	says(1, "find_vma 0x40002000", "0x40003000-0x40004000");
	says(1, "find_vma 0xbfffffff", "0xbffdf000-0xc0000000");
	says(1, "find_vma 0xc0000000", "none");
	says(1, "find_vma_prev 0x40003000", "0x40003000-0x40004000\n\tprev 0x40000000-0x40002000");
	says(1, "find_vma_prev 0xc0000000", "none\n\tprev 0xbffdf000-0xc0000000");
	says(1, "find_vma_intersection 0x40002000 0x40003000", "none");
	says(1, "find_vma_intersection 0x40001fff 0x40003000", "0x40000000-0x40002000");
	fails(1, "find_vma_intersection 1 1", EINVAL);
}
END_TEST

START_TEST(holes)
{
	says(1, "get_unmapped_area 4K", "0x40002000-0x40003000");
	says(1, "get_unmapped_area 1", "0x40002000-0x40003000");
	says(1, "get_unmapped_area 8K", "0x40004000-0x40006000");
	says(1, "get_unmapped_area 4K 0x60000000", "0x60000000-0x60001000");
	says(1, "get_unmapped_area 3G", "none");
	fails(1, "get_unmapped_area 0", EINVAL);
	fails(1, "get_unmapped_area 0xffffffff", ENOMEM);
}
END_TEST

static char *everything(void)
{
	g_autofree char *maps = text(proc_pid_maps, 1), *table = text(proc_pid_pagetable, 1);
	g_autofree char *mm = text(proc_pid_mm, 1), *fault = text(proc_pid_fault, 1);
	g_autofree char *memory = text(proc_meminfo, 0), *buddies = text(proc_buddyinfo, 0);

	return g_strconcat(maps, table, mm, fault, memory, buddies, NULL);
}

static const char *const lookers[] = {
	"find_vma 0x40000000",	"find_vma_prev 0x08048000", "find_vma_intersection 0 1",
	"get_unmapped_area 4K", "translate 0x40000000",	    "translate 0",
	"translate 0xffffffff", "translate 0xc0000000",	    "translate 0xbffff000",
	"explain 0x40000000 r", "explain 0x40000000 w",	    "explain 0x40003000 w",
	"explain 0 x",		"explain 0xc0000000 r",	    "explain 0xbff00000 w",
	"explain 0x08049000 w", "explain 0x08048000 x",	    "help",
};

START_TEST(changes_nothing)
{
	g_autofree char *before = everything(), *after = NULL, *reply = NULL;

	reply = say(1, lookers[_i]);
	ck_assert_msg(!world.error, "%s", reply);
	after = everything();
	ck_assert_str_eq(before, after);
}
END_TEST

static void tells(const char *line, const char *const *parts)
{
	g_autofree char *reply = say(1, line);

	for (; *parts; parts++)
		ck_assert_msg(strstr(reply, *parts) != NULL, "%s: no '%s' in\n%s", line, *parts,
			      reply);
}

#define PARTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(translates)
{
	u32 pa;

	tells("translate 0x40000000",
	      PARTS("none\n\tcr3 ", test_pae() ? "directory     0 at 0x" : "directory   256 at 0x",
		    "region     "
		    "40000000-40002000"));
	says(1, "store 0x40000000 5", "ok");
	tells("translate 0x40000123",
	      PARTS("table         0 at 0x", test_pae() ? " PWUAD--N--" : " PWUAD-----",
		    "mapcount 1", "page       anon", "tlb        hit"));
	pa = number(1, "translate 0x40000000");
	ck_assert_uint_eq(*(u32 *)ram_at(&world.fs->m->ram, pa), 5);
	tells("translate 0xc0001234", PARTS("0x00001234\n", "region     none"));
	says(number(1, "fork"), "load 0x40000000", "0x00000005");
	tells("translate 0x40000000", PARTS("P-U", "mapcount 2", "other tables are loaded"));
}
END_TEST

START_TEST(explains)
{
	tells("explain 0x40000000 r",
	      PARTS("do_anonymous_page: zero page", "is it a write?", "frames: "));
	tells("explain 0x40000000 w",
	      PARTS("do_anonymous_page: fresh zeroed frame", "find_vma", "(page table) "));
	tells("explain 0x40003000 w", PARTS("bad_area: the region forbids it", "EACCES"));
	tells("explain 0x08048000 r",
	      PARTS("is the page inside the file?", "page 0, file of 2 pages"));
	tells("explain 0x30000000 w", PARTS("bad_area: no region there", "EFAULT"));
	tells("explain 0xc0000000 w", PARTS("bad_area: above TASK_SIZE", "the entry forbids it"));
	tells("explain 0xbffdefff w", PARTS("more than 32 bytes below esp"));
	says(1, "regs esp=0xbff00000", "ok");
	tells("explain 0xbff00ffc w", PARTS("the stack grows to 0xbff00000"));
	says(1, "store 0x40000000 5", "ok");
	tells("explain 0x40000000 w", PARTS("no fault"));
	number(1, "fork");
	tells("explain 0x40000000 w", PARTS("do_wp_page: copied", "mapcount 2"));
}
END_TEST

/* What explain foretells is what happens. */
START_TEST(the_frame_it_names_is_taken)
{
	g_autofree char *plan = say(1, "explain 0x40001000 w"), *line = NULL, *table = NULL;
	const char *frame = strstr(plan, "(page table) ");

	ck_assert_ptr_nonnull(frame);
	says(1, "store 0x40001000 1", "ok");
	table = text(proc_pid_pagetable, 1);
	line = line_of(table, "40001000");
	ck_assert_int_eq(strncmp(line + (test_pae() ? 22 : 20), frame + strlen("(page table) "), 5),
			 0);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, setup, world_stop);
	tcase_add_test(tcase, family_of_find_vma);
	tcase_add_test(tcase, holes);
	tcase_add_loop_test(tcase, changes_nothing, 0, ARRAY_SIZE(lookers));
	tcase_add_test(tcase, translates);
	tcase_add_test(tcase, explains);
	tcase_add_test(tcase, the_frame_it_names_is_taken);
	return run_suite("ctl_look", tcase);
}

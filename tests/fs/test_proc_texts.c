// SPDX-License-Identifier: GPL-2.0-or-later
/* The other texts: Linux's rows and widths, and that their numbers follow what is done. */
#include "fs_world.h"
#include "mm/page_alloc.h"

/* The number behind "@name" at the beginning of a line. */
static u32 value(text_fn show, u32 pid, const char *name)
{
	g_autofree char *all = text(show, pid);
	g_autofree char *line = line_of(all, name);

	ck_assert_msg(*line, "no row %s", name);
	return (u32)strtoul(line + strlen(name), NULL, 10);
}

static u32 kb(const char *name)
{
	return value(proc_meminfo, 0, name);
}

START_TEST(meminfo)
{
	u32 free = kb("MemFree:"), tables = kb("PageTables:"), anon = kb("AnonPages:");
	g_autofree char *all = text(proc_meminfo, 0), *first = line_of(all, "MemTotal");

	ck_assert_uint_eq(strlen(first), 27);
	ck_assert(g_str_has_suffix(first, " kB"));
	ck_assert_uint_le(kb("MemTotal:"), 65536);
	ck_assert_uint_eq(kb("LowTotal:") + kb("HighTotal:"), kb("MemTotal:"));
	ck_assert_uint_eq(kb("LowFree:") + kb("HighFree:"), free);
	ck_assert_uint_le(kb("MemAvailable:"), kb("MemTotal:"));
	says(1, "mmap 0x40000000 1M rw- private,anonymous,fixed", "0x40000000");
	ck_assert_uint_eq(kb("MemFree:"), free);
	says(1, "touch 0x40000000 1M w", "256");
	ck_assert_uint_eq(kb("AnonPages:"), anon + 1024);
	ck_assert_uint_eq(kb("PageTables:"), tables + 4);
	ck_assert_uint_le(kb("MemFree:"), free - 1028);
	says(1, "munmap 0x40000000 1M", "ok");
	ck_assert_uint_eq(kb("AnonPages:"), anon);
	ck_assert_uint_eq(kb("PageTables:"), tables);
}
END_TEST

START_TEST(buddyinfo_is_what_is_free)
{
	g_autofree char *all = text(proc_buddyinfo, 0);
	char **lines = g_strsplit(all, "\n", -1);
	u32 frames = 0;

	ck_assert(g_str_has_prefix(lines[0], "Node 0, zone      DMA "));
	ck_assert(g_str_has_prefix(lines[1], "Node 0, zone   Normal "));
	for (char **line = lines; **line; line++) {
		ck_assert_uint_eq(strlen(*line), 22 + 11 * 7);
		for (unsigned order = 0; order < MAX_ORDER; order++)
			frames += (u32)strtoul(*line + 22 + 7 * order, NULL, 10) << order;
	}
	for (unsigned i = 0; i < MAX_NR_ZONES; i++)
		frames += world.fs->m->k->zone[i].pageset[0].list.nr;
	ck_assert_uint_eq(frames, nr_free_pages(world.fs->m));
	g_strfreev(lines);
}
END_TEST

START_TEST(zoneinfo)
{
	g_autofree char *all = text(proc_zoneinfo, 0);

	ck_assert(g_str_has_prefix(all, "Node 0, zone      DMA\n  per-node stats\n"));
	ck_assert_ptr_nonnull(strstr(all, "\n  pages free     "));
	ck_assert_ptr_nonnull(strstr(all, "Node 0, zone   Normal\n"));
	ck_assert_ptr_null(strstr(all, "HighMem")); /* 64 MiB has none */
	ck_assert_ptr_nonnull(strstr(all, "\n        protection: ("));
	ck_assert_ptr_nonnull(strstr(all, "\n  start_pfn:           4096\n"));
}
END_TEST

START_TEST(slabinfo)
{
	g_autofree char *all = text(proc_slabinfo, 0);
	u32 before = value(proc_slabinfo, 0, "task_struct ");
	u32 child = number(1, "fork");

	ck_assert(
		g_str_has_prefix(all, "slabinfo - version: 2.1\n# name            <active_objs> "));
	ck_assert_uint_eq(value(proc_slabinfo, 0, "task_struct "), before + 1);
	says(child, "exit", "ok");
	ck_assert_uint_eq(value(proc_slabinfo, 0, "task_struct "), before);
}
END_TEST

START_TEST(vmstat)
{
	u32 faults = value(proc_vmstat, 0, "pgfault ");

	says(1, "touch 0x08049000 4K w", "0");
	ck_assert_uint_eq(value(proc_vmstat, 0, "pgfault "), faults);
	says(1, "touch 0x0804b000 4K w", "1");
	ck_assert_uint_eq(value(proc_vmstat, 0, "pgfault "), faults + 1);
	ck_assert_uint_eq(value(proc_vmstat, 0, "nr_free_pages "), nr_free_pages(world.fs->m));
}
END_TEST

START_TEST(iomem)
{
	shows(proc_iomem, 0, "00000000", "00000000-0009fbff : System RAM");
	shows(proc_iomem, 0, "00100000", "00100000-03ffffff : System RAM");
	shows(proc_iomem, 0, "  00100000", "  00100000-00101fff : Kernel data");
}
END_TEST

START_TEST(status_stat_statm)
{
	u32 rss = value(proc_pid_status, 1, "VmRSS:"), data = value(proc_pid_status, 1, "VmData:");
	g_autofree char *stat = NULL;
	char **fields;

	shows(proc_pid_status, 1, "Name", "Name:\tinit");
	shows(proc_pid_status, 1, "Pid", "Pid:\t1");
	shows(proc_pid_status, 1, "VmStk", "VmStk:\t     132 kB");
	says(1, "mmap 0x50000000 1M rw- private,anonymous,fixed", "0x50000000");
	says(1, "touch 0x50000000 1M w", "256");
	shows(proc_pid_status, 1, "State", "State:\tR (running)");
	ck_assert_uint_eq(value(proc_pid_status, 1, "VmRSS:"), rss + 1024);
	ck_assert_uint_eq(value(proc_pid_status, 1, "VmHWM:"), rss + 1024);
	ck_assert_uint_eq(value(proc_pid_status, 1, "VmData:"), data + 1024);
	says(1, "munmap 0x50000000 1M", "ok");
	ck_assert_uint_eq(value(proc_pid_status, 1, "VmRSS:"), rss);
	ck_assert_uint_eq(value(proc_pid_status, 1, "VmHWM:"), rss + 1024);
	stat = text(proc_pid_stat, 1);
	fields = g_strsplit(g_strchomp(stat), " ", -1);
	ck_assert_uint_eq(g_strv_length(fields), 52);
	ck_assert_str_eq(fields[1], "(init)");
	ck_assert_uint_eq(strtoul(fields[22], NULL, 10) >> 10,
			  value(proc_pid_status, 1, "VmSize:"));
	ck_assert_uint_eq(strtoul(fields[23], NULL, 10) * 4, rss);
	ck_assert_uint_eq(value(proc_pid_statm, 1, ""), value(proc_pid_status, 1, "VmSize:") / 4);
	g_strfreev(fields);
}
END_TEST

START_TEST(fault)
{
	u32 p = number(0, "spawn");
	g_autofree char *text_1 = NULL, *text_2 = NULL;

	shows(proc_pid_fault, p, "", "none");
	says(p, "mmap 0x40000000 8K r-- private,anonymous,fixed", "0x40000000");
	says(p, "load 0x40001234", "0x00000000");
	text_1 = text(proc_pid_fault, p);
	ck_assert(g_str_has_prefix(text_1,
				   "address:    0x40001234\n"
				   "error code: 0x4: a read in user mode, no page is present\n"));
	ck_assert_ptr_nonnull(strstr(text_1,
				     "\nbranch:     do_anonymous_page: zero page, read-only\n"
				     "result:     minor fault, frame "));
	fails(p, "store 0x40001234 1", EACCES);
	text_2 = text(proc_pid_fault, p);
	ck_assert_ptr_nonnull(
		strstr(text_2, "error code: 0x7: a write in user mode, the entry forbids it\n"));
	ck_assert_ptr_nonnull(strstr(text_2,
				     "  good_area: does the region allow the access?         no   "
				     "vm_flags read mayread maywrite mayexec, error code 0x7\n"));
	ck_assert_ptr_nonnull(strstr(text_2, "\nresult:     EACCES\n"));
	shows(proc_pid_regs, p, "cr2=", "cr2=0x40001234");
}
END_TEST

START_TEST(mm)
{
	g_autofree char *all = NULL, *region = NULL;
	unsigned lines = 0;

	says(1, "mmap 0x40000000 8K r-- private,anonymous,fixed", "0x40000000");
	all = text(proc_pid_mm, 1);
	region = line_of(all, "40000000-40002000 at 0xc");
	ck_assert_ptr_nonnull(strstr(region, " depth "));
	ck_assert_ptr_nonnull(strstr(region, " flags read mayread maywrite mayexec"));
	for (const char *c = strstr(all, "vm_area_struct in"); *c; c++)
		lines += *c == '\n';
	ck_assert_uint_eq(lines - 1, value(proc_pid_mm, 1, "map_count "));
	ck_assert_ptr_nonnull(strstr(all, "\nstart_code        0x08048000\n"));
}
END_TEST

/* Looking at the arguments takes no fault and sets no bit; without them there are none. */
START_TEST(cmdline)
{
	u32 p = number(0, "spawn");
	struct task_struct *task = find_task_by_pid(world.fs->m, p);
	u32 faults = task->min_flt;
	g_autofree char *before = text(proc_pid_pagetable, p), *args = text(proc_pid_cmdline, p);
	g_autofree char *after = text(proc_pid_pagetable, p), *none = NULL;

	ck_assert_str_eq(args, "/init");
	ck_assert_str_eq(before, after);
	ck_assert_uint_eq(task->min_flt, faults);
	says(p, "munmap 0xbffdf000 132K", "ok");
	none = text(proc_pid_cmdline, p);
	ck_assert_str_eq(none, "");
}
END_TEST

int main(void)
{
	TCase *tcase = world_tcase();

	tcase_add_test(tcase, meminfo);
	tcase_add_test(tcase, buddyinfo_is_what_is_free);
	tcase_add_test(tcase, zoneinfo);
	tcase_add_test(tcase, slabinfo);
	tcase_add_test(tcase, vmstat);
	tcase_add_test(tcase, iomem);
	tcase_add_test(tcase, status_stat_statm);
	tcase_add_test(tcase, fault);
	tcase_add_test(tcase, mm);
	tcase_add_test(tcase, cmdline);
	return run_suite("proc_texts", tcase);
}

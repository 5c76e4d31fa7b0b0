/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF files, good, odd and lying.  What each gives was seen on Linux 6.18
 * (tests/programs/maps_after_exec); where Linux kills the process after the point of no
 * return, this is the errno it had inside.
 */
#include "process_world.h"

#define RAM (64u << 20)
#define TEXT LOAD(0, 0x08048000, 0x200, 0x200, RX)
#define NOTE STACK_NOTE(RW)
#define STACK_LINE "bffdf000-c0000000 rw-p -\n"
#define TEXT_LINE "08048000-08049000 r-xp 00000000 F\n"

struct elf_case {
	const char *name;
	struct elf32_phdr ph[3];
	u16 type; /* 0: ET_EXEC */
	u32 entry; /* 0: in the text */
	int error;
	const char *regions;
};

/* clang-format off */
static const struct elf_case cases[] = {
	{ "text only", { TEXT, NOTE }, .regions = TEXT_LINE STACK_LINE },
	{ "no segment", { NOTE }, .regions = STACK_LINE },
	{ "no segment, anywhere", { NOTE }, .type = ET_DYN, .regions = STACK_LINE },
	{ "no segment, entry too high", { NOTE }, .entry = 0xc0000000, .error = -EINVAL },
	{ "more in the file than in memory", { LOAD(0, 0x08048000, 0x200, 0x100, RX), NOTE },
	  .error = -EINVAL },
	{ "bss of 3 GiB", { LOAD(0, 0x08048000, 0x200, 0xc0000000, RX), NOTE }, .error = -ENOMEM },
	{ "bss past 4 GiB", { LOAD(0, 0x08048000, 0x200, 0xf0000000, RX), NOTE }, .error = -ENOMEM },
	{ "file part of 4 GiB", { LOAD(0, 0x08048000, 0xffffff00, 0xffffff00, RX), NOTE },
	  .error = -ENOMEM },
	{ "file part longer than the file", { LOAD(0, 0x08048000, 0x10000000, 0x10000000, RX), NOTE },
	  .regions = "08048000-18048000 r-xp 00000000 F\n" STACK_LINE },
	{ "page 0", { LOAD(0, 0, 0x200, 0x200, RX), NOTE }, .error = -EPERM },
	{ "below mmap_min_addr", { LOAD(0, 0x1000, 0x200, 0x200, RX), NOTE }, .error = -EPERM },
	{ "bss at page 0", { LOAD(0, 0, 0, 0x200, RW), NOTE }, .error = -EPERM },
	{ "at mmap_min_addr", { LOAD(0, 0x10000, 0x200, 0x200, RX), NOTE },
	  .regions = "00010000-00011000 r-xp 00000000 F\n" STACK_LINE },
	{ "over the stack's top", { LOAD(0, 0xbffff000, 0x200, 0x200, RX), NOTE }, .error = -EEXIST },
	{ "over the stack's end", { LOAD(0, 0xbffdf000, 0x200, 0x200, RX), NOTE }, .error = -EEXIST },
	{ "right below the stack", { LOAD(0, 0xbffde000, 0x200, 0x200, RX), NOTE },
	  .regions = "bffde000-bffdf000 r-xp 00000000 F\n" STACK_LINE },
	{ "above user space", { LOAD(0, 0xc0000000, 0x200, 0x200, RX), NOTE }, .error = -ENOMEM },
	{ "last page", { LOAD(0, 0xfffff000, 0x200, 0x200, RX), NOTE }, .error = -ENOMEM },
	{ "offset and address differ in the page", { LOAD(0x10, 0x08048000, 0x200, 0x200, RX), NOTE },
	  .error = -EINVAL },
	{ "offset before the file", { LOAD(0, 0x08048010, 0x200, 0x200, RX), NOTE },
	  .error = -EINVAL },
	{ "offset behind the file", { LOAD(0x10000, 0x08048000, 0x200, 0x200, RX), NOTE },
	  .regions = "08048000-08049000 r-xp 00010000 F\n" STACK_LINE },
	{ "the second over the first", { TEXT, LOAD(0x1000, 0x08048000, 0x200, 0x200, RW), NOTE },
	  .regions = "08048000-08049000 rw-p 00001000 F\n" STACK_LINE },
	{ "the second over the strings", { TEXT, LOAD(0x1000, 0xbffff000, 0x200, 0x200, RW), NOTE },
	  .error = -EINVAL },
	{ "the second over the middle of the stack",
	  { TEXT, LOAD(0x1000, 0xbfff0000, 0x200, 0x200, RW), NOTE },
	  .regions = TEXT_LINE "bffdf000-bfff0000 rw-p -\nbfff0000-bfff1000 rw-p 00001000 F\n"
		     "bfff1000-c0000000 rw-p -\n" },
	{ "the second inside the first",
	  { LOAD(0, 0x08048000, 0x3000, 0x3000, RX),
	    LOAD(0x1000, 0x08049000, 0x100, 0x3000, RW), NOTE },
	  .regions = TEXT_LINE "08049000-0804a000 rw-p 00001000 F\n0804a000-0804c000 rw-p -\n"
		     STACK_LINE },
	{ "descending", { LOAD(0, 0x0804a000, 0x200, 0x200, RX),
			  LOAD(0x1000, 0x08048000, 0x200, 0x5000, RW), NOTE },
	  .regions = "08048000-08049000 rw-p 00001000 F\n08049000-0804d000 rw-p -\n" STACK_LINE },
	{ "entry above user space", { TEXT, NOTE }, .entry = 0xc0000000, .error = -EINVAL },
	{ "entry at the last byte", { TEXT, NOTE }, .entry = 0xffffffff, .error = -EINVAL },
	{ "entry where nothing is", { TEXT, NOTE }, .entry = 0x1000,
	  .regions = TEXT_LINE STACK_LINE },
	{ "bss of a read-only segment", { LOAD(0, 0x08048000, 0x200, 0x3000, ELF_READ), NOTE },
	  .regions = "08048000-08049000 r--p 00000000 F\n08049000-0804b000 rw-p -\n" STACK_LINE },
	{ "bss of the text", { LOAD(0, 0x08048000, 0x200, 0x3000, RX), NOTE },
	  .regions = TEXT_LINE "08049000-0804b000 rwxp -\n" STACK_LINE },
	{ "tail to clear behind the file", { TEXT, LOAD(0x8000, 0x0804a000, 0x200, 0x300, RW), NOTE },
	  .error = -EFAULT },
	{ "the same, read-only", { TEXT, LOAD(0x8000, 0x0804a000, 0x200, 0x300, ELF_READ), NOTE },
	  .regions = TEXT_LINE "0804a000-0804b000 r--p 00008000 F\n" STACK_LINE },
	{ "write only", { TEXT, LOAD(0x1000, 0x0804a000, 0x200, 0x3000, ELF_WRITE), NOTE },
	  .regions = TEXT_LINE "0804a000-0804b000 -w-p 00001000 F\n0804b000-0804d000 rw-p -\n"
		     STACK_LINE },
	{ "no rights", { TEXT, LOAD(0x1000, 0x0804a000, 0x200, 0x3000, 0), NOTE },
	  .regions = TEXT_LINE "0804a000-0804b000 ---p 00001000 F\n0804b000-0804d000 rw-p -\n"
		     STACK_LINE },
	{ "an empty segment", { TEXT, LOAD(0, 0x0804a123, 0, 0, RX), NOTE },
	  .regions = TEXT_LINE STACK_LINE },
	{ "an empty segment first", { LOAD(0, 0x0804a000, 0, 0, RX), TEXT, NOTE },
	  .regions = TEXT_LINE STACK_LINE },
	{ "bss only, inside a page", { TEXT, LOAD(0, 0x0804a123, 0, 0x1000, RW), NOTE },
	  .regions = TEXT_LINE "0804a000-0804c000 rw-p -\n" STACK_LINE },
	{ "bss only, over the text", { TEXT, LOAD(0, 0x08048100, 0, 0x1000, RW), NOTE },
	  .regions = "08048000-0804a000 rw-p -\n" STACK_LINE },
	{ "bss only, first", { LOAD(0, 0x08047000, 0, 0x1000, RW), TEXT, NOTE },
	  .regions = "08047000-08048000 rw-p -\n" TEXT_LINE STACK_LINE },
	{ "executable stack", { TEXT, STACK_NOTE(RW | ELF_EXEC) },
	  .regions = TEXT_LINE "bffdf000-c0000000 rwxp -\n" },
	{ "two notes: the last counts", { TEXT, STACK_NOTE(RW | ELF_EXEC), NOTE },
	  .regions = TEXT_LINE STACK_LINE },
	{ "no note", { LOAD(0, 0x08048000, 0x200, 0x200, ELF_READ),
		       LOAD(0x1000, 0x0804a000, 0x200, 0x3000, RW) },
	  .regions = TEXT_LINE "0804a000-0804b000 rwxp 00001000 F\n0804b000-0804d000 rwxp -\n"
		     "bffdf000-c0000000 rwxp -\n" },
	{ "anywhere", { LOAD(0, 0, 0x200, 0x200, RX), NOTE }, .type = ET_DYN, .entry = 0x74,
	  .regions = "40000000-40001000 r-xp 00000000 F\n" STACK_LINE },
	{ "anywhere, not from 0", { LOAD(0, 0x10000, 0x200, 0x200, RX), NOTE }, .type = ET_DYN,
	  .entry = 0x10074, .regions = "40000000-40001000 r-xp 00000000 F\n" STACK_LINE },
	{ "anywhere, descending", { LOAD(0, 0x3000, 0x200, 0x200, RX),
				    LOAD(0x1000, 0x1000, 0x200, 0x200, RW), NOTE },
	  .type = ET_DYN, .entry = 0x3074,
	  .regions = "3fffe000-3ffff000 rw-p 00001000 F\n40000000-40001000 r-xp 00000000 F\n"
		     STACK_LINE },
	{ "anywhere, below 0 afterwards", { LOAD(0, 0x50000000, 0x200, 0x200, RX),
					    LOAD(0x1000, 0, 0x200, 0x200, RW), NOTE },
	  .type = ET_DYN, .entry = 0x50000074, .error = -ENOMEM },
	{ "anywhere, too large", { LOAD(0, 0, 0x200, 0x200, RX),
				   LOAD(0x1000, 0x90000000, 0x200, 0x200, RW), NOTE },
	  .type = ET_DYN, .entry = 0x74, .error = -ENOMEM },
	{ "anywhere, larger than user space", { LOAD(0, 0, 0x200, 0x200, RX),
						LOAD(0x1000, 0xf0000000, 0x200, 0x200, RW), NOTE },
	  .type = ET_DYN, .entry = 0x74, .error = -ENOMEM },
	{ "anywhere, entry too high", { LOAD(0, 0, 0x200, 0x200, RX), NOTE }, .type = ET_DYN,
	  .entry = 0x80000000, .error = -EINVAL },
	{ "anywhere, bss over the break", { LOAD(0, 0, 0x200, 0x200, RX),
					    LOAD(0x1000, 0x1000, 0x200, 0x2000000, RW), NOTE },
	  .type = ET_DYN, .entry = 0x74,
	  .regions = "40000000-40001000 r-xp 00000000 F\n40001000-40002000 rw-p 00001000 F\n"
		     "40002000-42001000 rw-p -\n" STACK_LINE },
};
/* clang-format on */

static u32 count_phdrs(const struct elf_case *t)
{
	u32 n = 0;

	while (n < ARRAY_SIZE(t->ph) && t->ph[n].p_type)
		n++;
	return n;
}

static int exec_case(struct world *w, struct task_struct *task, const struct elf_case *t)
{
	u32 n = count_phdrs(t);
	struct elf32_hdr hdr =
		elf_header(t->type ? t->type : ET_EXEC, t->entry ? t->entry : 0x08048100, (u16)n);

	world_file(w, elf_bytes(&hdr, t->ph, n, 0x3000), 0x3000);
	return do_execve(task, w->file, "prog", NULL);
}

START_TEST(test_cases)
{
	struct world *w = world_new(RAM);

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct task_struct *task = world_spawn(w);
		kva_t mm = task->mm.va;
		int error = exec_case(w, task, &cases[i]);

		ck_assert_msg(error == cases[i].error, "%s: error %d, not %d", cases[i].name, error,
			      cases[i].error);
		if (error)
			ck_assert_msg(task->mm.va == mm, "%s: another mm", cases[i].name);
		else
			ck_assert_msg(!strcmp(regions_text(task), cases[i].regions), "%s:\n%s",
				      cases[i].name, regions_text(task));
		world_check(w);
		do_exit(task, 0);
	}
	world_free(w);
}
END_TEST

/* One header field wrong at a time. */
static int exec_header(struct world *w, const struct elf32_hdr *hdr, u32 size)
{
	static const struct elf32_phdr ph[] = { TEXT, NOTE };
	struct task_struct *task = world_spawn(w);
	u8 *bytes = elf_bytes(hdr, ph, 2, 0x3000);
	int error;

	memset(bytes + sizeof(*hdr) + sizeof(ph), 0, 0x3000 - sizeof(*hdr) - sizeof(ph));
	world_file(w, bytes, size);
	error = do_execve(task, w->file, "prog", NULL);
	do_exit(task, 0);
	world_check(w);
	return error;
}

static struct elf32_hdr good(void)
{
	return elf_header(ET_EXEC, 0x08048100, 2);
}

#define HEADER_CASE(change, expected)                                                   \
	do {                                                                            \
		struct elf32_hdr h = good();                                            \
		h.change;                                                               \
		ck_assert_msg(exec_header(w, &h, 0x3000) == (expected), "%s", #change); \
	} while (0)

START_TEST(test_header)
{
	struct world *w = world_new(RAM);

	HEADER_CASE(e_ident[3] = 'G', -ENOEXEC);
	HEADER_CASE(e_type = 0, -ENOEXEC);
	HEADER_CASE(e_type = 1, -ENOEXEC);
	HEADER_CASE(e_type = 4, -ENOEXEC);
	HEADER_CASE(e_machine = 0, -ENOEXEC);
	HEADER_CASE(e_machine = 62, -ENOEXEC);
	HEADER_CASE(e_machine = EM_486, 0);
	HEADER_CASE(e_phentsize = 31, -ENOEXEC);
	HEADER_CASE(e_phentsize = 56, -ENOEXEC);
	HEADER_CASE(e_phentsize = 0, -ENOEXEC);
	HEADER_CASE(e_phnum = 0, -ENOEXEC);
	HEADER_CASE(e_phnum = 2049, -ENOEXEC);
	HEADER_CASE(e_phnum = 0xffff, -ENOEXEC);
	HEADER_CASE(e_phnum = 2048, -ENOEXEC); /* the file is shorter than the table */
	HEADER_CASE(e_phoff = 0x10000, -ENOEXEC);
	HEADER_CASE(e_phoff = 0x2ff0, -ENOEXEC);
	HEADER_CASE(e_phoff = 0xfffffff0, -ENOEXEC);
	HEADER_CASE(e_phoff = 0, 0); /* the header as its own segments: none is PT_LOAD */
	/* Linux looks at none of these. */
	HEADER_CASE(e_ident[4] = 2, 0);
	HEADER_CASE(e_ident[5] = 2, 0);
	HEADER_CASE(e_ident[6] = 0, 0);
	HEADER_CASE(e_version = 0, 0);
	HEADER_CASE(e_ehsize = 0, 0);
	world_free(w);
}
END_TEST

START_TEST(test_truncated)
{
	struct world *w = world_new(RAM);
	struct elf32_hdr h = good();

	for (u32 size = 0; size < sizeof(h) + 2 * sizeof(struct elf32_phdr); size++)
		ck_assert_int_eq(exec_header(w, &h, size), -ENOEXEC);
	/* The whole table, nothing of the text: mapped all the same. */
	ck_assert_int_eq(exec_header(w, &h, sizeof(h) + 2 * sizeof(struct elf32_phdr)), 0);
	world_free(w);
}
END_TEST

/* 2048 headers that all map the same page: slow work, but finite. */
START_TEST(test_longest_table)
{
	struct world *w = world_new(RAM);
	struct task_struct *task = world_spawn(w);
	struct elf32_hdr h = elf_header(ET_EXEC, 0x08048100, 2048);
	static const struct elf32_phdr one = TEXT;
	struct elf32_phdr *ph = calloc(2048, sizeof(*ph));

	for (u32 i = 0; i < 2048; i++)
		ph[i] = one;
	world_file(w, elf_bytes(&h, ph, 2048, 0x20000), 0x20000);
	free(ph);
	ck_assert_int_eq(do_execve(task, w->file, "prog", NULL), 0);
	ck_assert_str_eq(regions_text(task), TEXT_LINE "bffdf000-c0000000 rwxp -\n");
	world_free(w);
}
END_TEST

static int exec_interp(struct world *w, u32 offset, u32 size, char last)
{
	struct elf32_phdr ph[] = { { .p_type = PT_INTERP, .p_offset = offset, .p_filesz = size },
				   TEXT };
	struct elf32_hdr h = good();
	struct task_struct *task = world_spawn(w);
	u8 *bytes = elf_bytes(&h, ph, 2, 0x3000);
	int error;

	if (offset + size <= 0x3000)
		bytes[offset + size - 1] = (u8)last;
	world_file(w, bytes, 0x3000);
	error = do_execve(task, w->file, "prog", NULL);
	do_exit(task, 0);
	return error;
}

START_TEST(test_interp)
{
	struct world *w = world_new(RAM);

	ck_assert_int_eq(exec_interp(w, 0x1000, 1, 0), -ENOEXEC);
	ck_assert_int_eq(exec_interp(w, 0x1000, 4097, 0), -ENOEXEC);
	ck_assert_int_eq(exec_interp(w, 0x1000, 20, 'x'), -ENOEXEC);
	ck_assert_int_eq(exec_interp(w, 0x8000, 20, 0), -EIO);
	ck_assert_int_eq(exec_interp(w, 0x1000, 20, 0), -ELIBBAD);
	world_free(w);
}
END_TEST

/* Positions of a program that may lie anywhere, by layout and alignment. */
static const struct {
	bool flex;
	u32 align, start;
	int error;
} placings[] = {
	{ false, 0x1000, 0x40000000, 0 },   { false, 0x3000, 0x40000000, 0 },
	{ false, 0x200000, 0x40000000, 0 }, { false, 0x80000000, 0, -EPERM },
	{ true, 0x1000, 0xb7ffe000, 0 },    { true, 0x200000, 0xb7e00000, 0 },
};

START_TEST(test_anywhere)
{
	for (u32 i = 0; i < ARRAY_SIZE(placings); i++) {
		struct elf32_phdr ph[] = { LOAD(0, 0, 0x200, 0x200, RX),
					   LOAD(0x1000, 0x1000, 0x200, 0x200, RW), NOTE };
		struct elf32_hdr h = elf_header(ET_DYN, 0x74, 3);
		struct world *w = world_new_flags(RAM, false, placings[i].flex);
		struct task_struct *task = world_spawn(w);
		struct mm_struct *mm;

		ph[0].p_align = ph[1].p_align = placings[i].align;
		world_file(w, elf_bytes(&h, ph, 3, 0x3000), 0x3000);
		ck_assert_int_eq(do_execve(task, w->file, "prog", NULL), placings[i].error);
		mm = KGET(task->mm);
		if (!placings[i].error) {
			ck_assert_uint_eq(KGET(mm->mmap)->vm_start, placings[i].start);
			ck_assert_uint_eq(task->regs.eip, placings[i].start + 0x74);
			ck_assert_uint_eq(mm->start_code, placings[i].start);
			ck_assert_uint_eq(mm->brk, 0x41000000);
		}
		world_free(w);
	}
}
END_TEST

/* What a program's mm says of it: as /proc/PID/stat of the same program on Linux. */
START_TEST(test_descriptor)
{
	static const struct elf32_phdr ph[] = {
		LOAD(0x1000, 0x08049000, 0x0c, 0x0c, RX),
		LOAD(0x2017, 0x0804b017, 0x964, 0x39cd, RW),
		NOTE,
	};
	struct elf32_hdr h = elf_header(ET_EXEC, 0x08049000, 3);
	struct world *w = world_new(RAM);
	struct task_struct *task = world_spawn(w);
	struct mm_struct *mm;

	world_file(w, elf_bytes(&h, ph, 3, 0x3000), 0x3000);
	ck_assert_int_eq(do_execve(task, w->file, "./tiny", NULL), 0);
	mm = KGET(task->mm);
	ck_assert_uint_eq(mm->start_code, 134516736);
	ck_assert_uint_eq(mm->end_code, 134516748);
	ck_assert_uint_eq(mm->start_data, 134524951);
	ck_assert_uint_eq(mm->end_data, 134527355);
	ck_assert_uint_eq(mm->start_brk, 134541312);
	ck_assert_uint_eq(mm->brk, 134541312);
	/* One page of stack, and the page whose tail became bss: bytes before it are the file's. */
	ck_assert_int_eq(mm->rss_stat[MM_ANONPAGES], 2);
	ck_assert_int_eq(mm->rss_stat[MM_FILEPAGES], 0);
	ck_assert_uint_eq(peek(task, 0x0804b977), 0x90909090);
	ck_assert_uint_eq(peek(task, 0x0804b97b), 0);
	ck_assert_uint_eq(peek(task, 0x0804bffc), 0);
	world_free(w);
}
END_TEST

TEST_MAIN("binfmt_elf", test_cases, test_header, test_truncated, test_longest_table, test_interp,
	  test_anywhere, test_descriptor)

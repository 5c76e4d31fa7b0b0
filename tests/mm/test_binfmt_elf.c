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
	ck_assert_int_eq(exec_interp(w, 0x2fff, 20, 0), -EIO);
	ck_assert_int_eq(exec_interp(w, 0x1000, 20, 0), -ENOENT); /* the path is rubbish */
	ck_assert_int_eq(exec_interp(w, 0x1000, 4096, 0), -ENOENT);
	ck_assert_int_eq(exec_interp(w, 0x18, 2, 0), -EACCES); /* an empty path */
	world_free(w);
}
END_TEST

/* ---- with an interpreter ---- */

#define INTERP(len)                                                       \
	{                                                                 \
		.p_type = PT_INTERP, .p_offset = 0x180, .p_filesz = (len) \
	}
#define LD_TEXT LOAD(0, 0, 0x200, 0x200, RX)
#define LD_DATA LOAD(0x1000, 0x1000, 0x100, 0x3000, RW)

/* A program of text and data at @base that names WORLD_INTERP. */
static void dynamic_program(struct world *w, u16 type, u32 base, u32 align)
{
	struct elf32_phdr ph[] = {
		LOAD(0, base, 0x200, 0x200, RX),
		LOAD(0x1000, base + 0x2000, 0x300, 0x3000, RW),
		INTERP(sizeof(WORLD_INTERP)),
		{ .p_type = PT_INTERP, .p_offset = 0x2fff, .p_filesz = 5000 }, /* never read */
		NOTE,
	};
	struct elf32_hdr h = elf_header(type, base + 0x100, 5);
	u8 *bytes;

	ph[0].p_align = align;
	bytes = elf_bytes(&h, ph, 5, 0x3000);
	memcpy(bytes + 0x180, WORLD_INTERP, sizeof(WORLD_INTERP));
	world_file(w, bytes, 0x3000);
}

static void set_interp(struct world *w, u16 type, u32 entry, const struct elf32_phdr *ph, u32 n)
{
	struct elf32_hdr h = elf_header(type, entry, (u16)n);

	world_set_interp(w, elf_bytes(&h, ph, n, 0x3000), 0x3000);
}

static void usual_interp(struct world *w)
{
	static const struct elf32_phdr ph[] = { LD_TEXT, LD_DATA, NOTE };

	set_interp(w, ET_DYN, 0x104, ph, 3);
}

struct interp_case {
	const char *name;
	struct elf32_phdr ph[2];
	u16 type; /* of the interpreter; 0: ET_DYN */
	u32 entry; /* of the interpreter; 0: 0x100 */
	u32 base; /* of the program; 0: 0x08048000 */
	u16 program; /* 0: ET_EXEC */
	u32 align; /* of the program */
	u32 eip;
	int error;
	const char *regions;
};

#define PROGRAM                               \
	"08048000-08049000 r-xp 00000000 F\n" \
	"0804a000-0804b000 rw-p 00001000 F\n" \
	"0804b000-0804d000 rw-p -\n"
#define PIE                                   \
	"41000000-41001000 r-xp 00000000 F\n" \
	"41002000-41003000 rw-p 00001000 F\n" \
	"41003000-41005000 rw-p -\n"
#define LD                                    \
	"40000000-40001000 r-xp 00000000 I\n" \
	"40001000-40002000 rw-p 00001000 I\n" \
	"40002000-40004000 rw-p -\n"
#define LD_TEXT_ONLY "40000000-40001000 r-xp 00000000 I\n"

/* clang-format off */
static const struct interp_case interp_cases[] = {
	{ "usual", { LD_TEXT, LD_DATA }, .eip = 0x40000100, .regions = PROGRAM LD STACK_LINE },
	{ "fixed", { LOAD(0, 0x20000000, 0x200, 0x200, RX) }, .type = ET_EXEC, .entry = 0x20000100,
	  .eip = 0x20000100,
	  .regions = PROGRAM "20000000-20001000 r-xp 00000000 I\n" STACK_LINE },
	{ "fixed, over the program", { LOAD(0, 0x08048000, 0x200, 0x200, RX),
				       LOAD(0x1000, 0x0804b000, 0x200, 0x200, RX) },
	  .type = ET_EXEC, .entry = 0x08048100, .eip = 0x08048100,
	  .regions = "08048000-08049000 r-xp 00000000 I\n0804b000-0804c000 r-xp 00001000 I\n"
		     "0804c000-0804d000 rw-p -\n" STACK_LINE },
	{ "fixed, over the strings", { LOAD(0, 0xbffff000, 0x200, 0x200, RX) }, .type = ET_EXEC,
	  .entry = 0xbffff100, .error = -EINVAL },
	{ "fixed, above user space", { LOAD(0, 0xc0000000, 0x200, 0x200, RX) }, .type = ET_EXEC,
	  .entry = 0x100, .error = -ENOMEM },
	{ "with a wish", { LOAD(0, 0x20000000, 0x200, 0x200, RX),
			   LOAD(0x1000, 0x20003000, 0x200, 0x200, RW) },
	  .entry = 0x20000100, .eip = 0x20000100,
	  .regions = PROGRAM "20000000-20001000 r-xp 00000000 I\n"
		     "20003000-20004000 rw-p 00001000 I\n" STACK_LINE },
	{ "with a wish that is taken", { LOAD(0, 0x08049000, 0x200, 0x200, RX),
					 LOAD(0x1000, 0x0804b000, 0x200, 0x200, RW) },
	  .entry = 0x08049100, .eip = 0x40000100,
	  .regions = PROGRAM LD_TEXT_ONLY "40002000-40003000 rw-p 00001000 I\n" STACK_LINE },
	{ "with a wish below mmap_min_addr", { LOAD(0, 0x1000, 0x200, 0x200, RX) },
	  .entry = 0x1100, .eip = 0x10100,
	  .regions = "00010000-00011000 r-xp 00000000 I\n" PROGRAM STACK_LINE },
	{ "with a wish above user space", { LOAD(0, 0xd0000000, 0x200, 0x200, RX) },
	  .entry = 0xd0000100, .eip = 0x40000100, .regions = PROGRAM LD_TEXT_ONLY STACK_LINE },
	{ "descending below mmap_min_addr",
	  { LOAD(0, 0x3000, 0x200, 0x200, RX), LOAD(0x1000, 0x1000, 0x200, 0x200, RW) },
	  .entry = 0x3100, .error = -EPERM },
	{ "descending", { LOAD(0, 0x20003000, 0x200, 0x200, RX),
			  LOAD(0x1000, 0x20001000, 0x200, 0x200, RW) },
	  .entry = 0x20003100, .eip = 0x20003100,
	  .regions = PROGRAM "20001000-20002000 rw-p 00001000 I\n"
		     "20003000-20004000 r-xp 00000000 I\n" STACK_LINE },
	{ "no segment", { NOTE }, .error = -EINVAL },
	{ "more in the file than in memory", { LOAD(0, 0, 0x200, 0x100, RX) }, .error = -ENOMEM },
	{ "bss at page 0", { LOAD(0, 0, 0, 0x2000, RW) }, .error = -EPERM },
	{ "too large", { LD_TEXT, LOAD(0x1000, 0xb0000000, 0x200, 0x200, RW) }, .error = -ENOMEM },
	{ "larger than user space", { LD_TEXT, LOAD(0x1000, 0xf0000000, 0x200, 0x200, RW) },
	  .error = -ENOMEM },
	{ "tail to clear behind the file", { LD_TEXT, LOAD(0x9000, 0x2000, 0x200, 0x3000, RW) },
	  .error = -EFAULT },
	{ "offset and address differ in the page", { LOAD(0x10, 0, 0x200, 0x200, RX) },
	  .error = -EINVAL },
	{ "entry above user space", { LD_TEXT }, .entry = 0x80000000, .error = -EINVAL },
	{ "executable stack: not its matter", { LD_TEXT, STACK_NOTE(RW | ELF_EXEC) },
	  .eip = 0x40000100, .regions = PROGRAM LD_TEXT_ONLY STACK_LINE },
	{ "PIE", { LD_TEXT, LD_DATA }, .program = ET_DYN, .base = 0x10000, .eip = 0x40000100,
	  .regions = LD PIE STACK_LINE },
	{ "PIE, aligned to 2M", { LD_TEXT, LD_DATA }, .program = ET_DYN, .base = 0x200000,
	  .align = 0x200000, .eip = 0x40000100, .regions = LD PIE STACK_LINE },
	{ "PIE, aligned to 32M", { LD_TEXT, LD_DATA }, .program = ET_DYN, .base = 0x2000000,
	  .align = 0x2000000, .eip = 0x40005100,
	  .regions = "40000000-40001000 r-xp 00000000 F\n40002000-40003000 rw-p 00001000 F\n"
		     "40003000-40005000 rw-p -\n40005000-40006000 r-xp 00000000 I\n"
		     "40006000-40007000 rw-p 00001000 I\n40007000-40009000 rw-p -\n" STACK_LINE },
	{ "PIE, aligned to 2G", { LD_TEXT }, .program = ET_DYN, .base = 0x10000,
	  .align = 0x80000000, .error = -EPERM },
	{ "PIE, no power of two", { LD_TEXT, LD_DATA }, .program = ET_DYN, .base = 0x10000,
	  .align = 0x3000, .eip = 0x40000100, .regions = LD PIE STACK_LINE },
	{ "PIE that need not move", { LOAD(0, 0x20000000, 0x200, 0x200, RX) }, .entry = 0x20000100,
	  .program = ET_DYN, .base = 0x41000000, .eip = 0x20000100,
	  .regions = "20000000-20001000 r-xp 00000000 I\n" PIE STACK_LINE },
	{ "PIE, a wish beside it", { LOAD(0, 0x20000000, 0x200, 0x200, RX) }, .entry = 0x20000100,
	  .program = ET_DYN, .base = 0x10000, .eip = 0x40000100,
	  .regions = LD_TEXT_ONLY PIE STACK_LINE },
	{ "PIE, a wish above user space", { LOAD(0, 0xd0000000, 0x200, 0x200, RX) },
	  .entry = 0xd0000100, .program = ET_DYN, .base = 0x10000, .eip = 0x40000100,
	  .regions = LD_TEXT_ONLY PIE STACK_LINE },
	{ "PIE, fixed over it", { LOAD(0, 0x41000000, 0x200, 0x200, RX) }, .type = ET_EXEC,
	  .entry = 0x41000100, .program = ET_DYN, .base = 0x10000, .eip = 0x41000100,
	  .regions = "41000000-41001000 r-xp 00000000 I\n41002000-41003000 rw-p 00001000 F\n"
		     "41003000-41005000 rw-p -\n" STACK_LINE },
};
/* clang-format on */

static int exec_interp_case(struct world *w, struct task_struct *task, const struct interp_case *t)
{
	set_interp(w, t->type ? t->type : ET_DYN, t->entry ? t->entry : 0x100, t->ph,
		   t->ph[1].p_type ? 2 : 1);
	dynamic_program(w, t->program ? t->program : ET_EXEC, t->base ? t->base : 0x08048000,
			t->align ? t->align : PAGE_SIZE);
	return do_execve(task, w->file, "prog", NULL);
}

START_TEST(test_interp_cases)
{
	struct world *w = world_new(RAM);

	for (u32 i = 0; i < ARRAY_SIZE(interp_cases); i++) {
		const struct interp_case *t = &interp_cases[i];
		struct task_struct *task = world_spawn(w);
		kva_t mm = task->mm.va;
		int error = exec_interp_case(w, task, t);

		ck_assert_msg(error == t->error, "%s: error %d, not %d", t->name, error, t->error);
		if (error) {
			ck_assert_msg(task->mm.va == mm, "%s: another mm", t->name);
		} else {
			ck_assert_msg(!strcmp(regions_text(task), t->regions), "%s:\n%s", t->name,
				      regions_text(task));
			ck_assert_msg(task->regs.eip == t->eip, "%s: eip %08x", t->name,
				      task->regs.eip);
		}
		world_check(w);
		do_exit(task, 0);
	}
	world_free(w);
}
END_TEST

static int exec_dynamic(struct world *w)
{
	struct task_struct *task = world_spawn(w);
	int error;

	dynamic_program(w, ET_DYN, 0x10000, PAGE_SIZE);
	error = do_execve(task, w->file, "prog", NULL);
	do_exit(task, 0);
	world_check(w);
	return error;
}

/* Its file: not there, closed, cut off. */
START_TEST(test_interp_file)
{
	struct world *w = world_new(RAM);

	ck_assert_int_eq(exec_dynamic(w), -ENOENT);
	usual_interp(w);
	w->interp.error = -ELOOP;
	ck_assert_int_eq(exec_dynamic(w), -ELOOP);
	w->interp.error = 0;
	w->interp.mode = 0100644;
	ck_assert_int_eq(exec_dynamic(w), -EACCES);
	w->interp.mode = 0010755;
	ck_assert_int_eq(exec_dynamic(w), -EACCES);
	w->interp.mode = 0100111;
	ck_assert_int_eq(exec_dynamic(w), 0);
	ck_assert_uint_eq(w->opened_uid, USER_ID);
	ck_assert_uint_eq(w->opened_gid, USER_ID);
	/* The table of 3 headers ends at 52 + 3 * 32. */
	for (u32 size = 0; size < 52 + 3 * 32; size++) {
		usual_interp(w);
		w->interp.size = size;
		ck_assert_int_eq(exec_dynamic(w), size < 52 ? -EIO : -ELIBBAD);
	}
	usual_interp(w);
	w->interp.broken = true;
	try_to_free_pages(w->m, GFP_HIGHUSER, 0);
	ck_assert_int_eq(exec_dynamic(w), -EIO);
	world_free(w);
}
END_TEST

static int exec_interp_header(struct world *w, const struct elf32_hdr *h)
{
	static const struct elf32_phdr ph[] = { LD_TEXT, NOTE };

	world_set_interp(w, elf_bytes(h, ph, 2, 0x3000), 0x3000);
	return exec_dynamic(w);
}

#define INTERP_HEADER_CASE(change, expected)                                           \
	do {                                                                           \
		struct elf32_hdr h = elf_header(ET_DYN, 0x100, 2);                     \
		h.change;                                                              \
		ck_assert_msg(exec_interp_header(w, &h) == (expected), "%s", #change); \
	} while (0)

START_TEST(test_interp_header)
{
	struct world *w = world_new(RAM);

	INTERP_HEADER_CASE(e_version = 0, 0);
	INTERP_HEADER_CASE(e_ident[3] = 'G', -ELIBBAD);
	INTERP_HEADER_CASE(e_type = 0, -ELIBBAD);
	INTERP_HEADER_CASE(e_type = 1, -ELIBBAD);
	INTERP_HEADER_CASE(e_type = 4, -ELIBBAD);
	INTERP_HEADER_CASE(e_machine = 62, -ELIBBAD);
	INTERP_HEADER_CASE(e_machine = EM_486, 0);
	INTERP_HEADER_CASE(e_phentsize = 56, -ELIBBAD);
	INTERP_HEADER_CASE(e_phnum = 0, -ELIBBAD);
	INTERP_HEADER_CASE(e_phnum = 2049, -ELIBBAD);
	INTERP_HEADER_CASE(e_phnum = 2048, -ELIBBAD); /* longer than the file */
	INTERP_HEADER_CASE(e_phoff = 0xfffffff0, -ELIBBAD);
	world_free(w);
}
END_TEST

static u32 auxv(const struct task_struct *task, u32 key)
{
	const u32 *at = KGET(task->mm)->saved_auxv;

	while (at[0] && at[0] != key)
		at += 2;
	ck_assert_uint_eq(at[0], key);
	return at[1];
}

static void check_dynamic(struct world *w, u16 type, u32 base, u32 at, u32 interp)
{
	struct task_struct *task = world_spawn(w);
	struct mm_struct *mm;

	usual_interp(w);
	dynamic_program(w, type, base, PAGE_SIZE);
	ck_assert_int_eq(do_execve(task, w->file, "prog", NULL), 0);
	mm = KGET(task->mm);
	ck_assert_uint_eq(task->regs.eip, interp + 0x104);
	ck_assert_uint_eq(auxv(task, AT_BASE), interp);
	ck_assert_uint_eq(auxv(task, AT_ENTRY), at + 0x100);
	ck_assert_uint_eq(auxv(task, AT_PHDR), at + 52);
	ck_assert_uint_eq(auxv(task, AT_PHNUM), 5);
	ck_assert_uint_eq(mm->start_code, at);
	ck_assert_uint_eq(mm->end_data, at + 0x2300);
	ck_assert_uint_eq(mm->start_brk, at + 0x5000);
	ck_assert_uint_eq(mm->brk, at + 0x5000);
	ck_assert_ptr_eq(KGET(mm->exe_file), w->file);
	/* The stack, and the pages whose tails became bss. */
	ck_assert_int_eq(mm->rss_stat[MM_ANONPAGES], 3);
	ck_assert_uint_eq(peek(task, at + 0x22fc), 0x90909090);
	ck_assert_uint_eq(peek(task, at + 0x2300), 0);
	ck_assert_uint_eq(peek(task, interp + 0x10fc), 0x90909090);
	ck_assert_uint_eq(peek(task, interp + 0x1100), 0);
	do_exit(task, 0);
}

/* Where all is, in both layouts, with both kinds of page tables. */
START_TEST(test_dynamic)
{
	for (int pae = 0; pae < 2; pae++) {
		for (int flex = 0; flex < 2; flex++) {
			struct world *w = world_new_flags(RAM, pae, flex);
			u32 interp = flex ? 0xb7ffc000 : 0x40000000;

			check_dynamic(w, ET_EXEC, 0x08048000, 0x08048000, interp);
			check_dynamic(w, ET_DYN, 0, 0x41000000, interp);
			check_dynamic(w, ET_DYN, 0x5000, 0x41000000, interp);
			world_free(w);
		}
	}
}
END_TEST

/* Nothing of a failed exec stays, wherever the frames end. */
static int exec_dynamic_short_of_memory(bool pae, u32 left)
{
	struct world *w = world_new_flags(512 * PAGE_SIZE, pae, false);
	struct task_struct *task = world_spawn(w), before;
	struct memory_state memory;
	struct hog hog;
	int error;

	usual_interp(w);
	dynamic_program(w, ET_DYN, 0, PAGE_SIZE);
	memory = memory_state(w);
	before = *task;
	hog = hog_all_but(w->m, left);
	error = do_execve(task, w->file, "prog", NULL);
	world_check(w);
	hog_free(&hog);
	if (error) {
		ck_assert_int_eq(memcmp(&before, task, sizeof(before)), 0);
		assert_same_memory(w, &memory);
	} else {
		ck_assert_str_eq(regions_text(task), LD PIE STACK_LINE);
	}
	world_free(w);
	return error;
}

START_TEST(test_dynamic_no_memory)
{
	for (int pae = 0; pae < 2; pae++) {
		u32 left = 0;
		int error;

		while ((error = exec_dynamic_short_of_memory(pae, left++))) {
			ck_assert_int_eq(error, -ENOMEM);
			ck_assert_uint_lt(left, 100);
		}
		ck_assert_uint_gt(left, 4);
	}
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
	  test_anywhere, test_descriptor, test_interp_cases, test_interp_file, test_interp_header,
	  test_dynamic, test_dynamic_no_memory)

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading ELF executables.  ULK ch. 20, "Executable Formats" and load_elf_binary; elf(5).
 *
 * What Linux checks and what it lets pass, in its order, is what this file does: it asks
 * for the magic number, type, machine and a sensible program header table, and does not look
 * at class, byte order or version.  Everything else is found out by mapping.
 *
 *   segment     |<- p_filesz ->|<- rest of p_memsz ->|
 *   pages   |--------|--------|--------|--------|--------|
 *            file page  file page ^    anonymous: map_bss
 *                                 padzero: the tail of the last file page
 *
 * Below the strings of exec.c the stack begins with:
 *
 *               "i686", 16 random bytes (always the same)
 *   sp          argc, argv[0] ... NULL, NULL (environment), auxiliary vector
 *
 * A program with PT_INTERP is started by the ELF file that it names: both are mapped, the
 * interpreter gets control, and AT_PHDR, AT_ENTRY and AT_BASE tell it where the program and
 * it itself lie.
 */
#include <errno.h>
#include <string.h>

#include "mm/access.h"
#include "mm/exec.h"
#include "mm/filemap.h"
#include "mm/elf32.h"
#include "process.h"

#define PHDRS_MAX 65536u /* bytes of a program header table */
#define INTERP_MAX 4096u /* PATH_MAX */

/*
 * Above the mmap base: where a program that may lie anywhere goes when it has an interpreter,
 * and where it has its break when it has none.  today; 2.6.11 puts all at 0x80000000.
 */
#define ELF_ET_DYN_BASE (TASK_SIZE / 3 + (16u << 20))

/* An ELF file on its way into memory: the program, or its interpreter. */
struct elf_image {
	struct file *file;
	struct elf_image *interp; /* what starts it; NULL: it starts itself */
	struct elf32_hdr hdr;
	struct elf32_phdr *phdr; /* kmalloc'ed */
	s64 load_bias; /* address in memory - address in the file */
	bool started; /* a PT_LOAD has been mapped */
	/* as the file says them, without load_bias */
	u32 start_code, end_code, start_data, end_data;
	u32 brk;
	u32 phdr_addr;
};

/* ---- what the headers say ---- */

static int elf_check_header(const struct elf32_hdr *hdr)
{
	u32 size = hdr->e_phnum * (u32)sizeof(struct elf32_phdr);

	if (memcmp(hdr->e_ident, ELF_MAGIC, strlen(ELF_MAGIC)))
		return -ENOEXEC;
	if (hdr->e_type != ET_EXEC && hdr->e_type != ET_DYN)
		return -ENOEXEC;
	if (hdr->e_machine != EM_386 && hdr->e_machine != EM_486)
		return -ENOEXEC;
	if (hdr->e_phentsize != sizeof(struct elf32_phdr))
		return -ENOEXEC;
	return size && size <= PHDRS_MAX ? 0 : -ENOEXEC;
}

/* Read all of [@pos, @pos + @len) or fail: short is @short_errno. */
static int elf_read(const struct elf_image *elf, u64 pos, void *buf, u32 len, int short_errno)
{
	s64 n = generic_file_read(file_inode(elf->file), pos, buf, len);

	if (n < 0)
		return (int)n;
	return n == len ? 0 : -short_errno;
}

static int load_elf_phdrs(struct machine *m, struct elf_image *elf, int short_errno)
{
	u32 size = elf->hdr.e_phnum * (u32)sizeof(struct elf32_phdr);

	elf->phdr = kmalloc(m, size, GFP_KERNEL);
	if (!elf->phdr)
		return -ENOMEM;
	return elf_read(elf, elf->hdr.e_phoff, elf->phdr, size, short_errno);
}

/* The last PT_GNU_STACK counts. */
static enum exec_stack stack_note(const struct elf_image *elf)
{
	enum exec_stack stack = EXSTACK_DEFAULT;

	for (u32 i = 0; i < elf->hdr.e_phnum; i++)
		if (elf->phdr[i].p_type == PT_GNU_STACK)
			stack = elf->phdr[i].p_flags & ELF_EXEC ? EXSTACK_ENABLE_X :
								  EXSTACK_DISABLE_X;
	return stack;
}

/* ---- the interpreter: found and read ---- */

/* Read the path that @ph holds into @path and open what it names. */
static int open_interp_path(struct linux_binprm *bprm, const struct elf_image *elf,
			    const struct elf32_phdr *ph, char *path, struct file **ret)
{
	int error = elf_read(elf, ph->p_offset, path, ph->p_filesz, EIO);

	if (error)
		return error;
	if (path[ph->p_filesz - 1])
		return -ENOEXEC;
	return *path ? open_exec(bprm->task, path, ret) : -EACCES; /* "" is the current folder */
}

static int open_interp(struct linux_binprm *bprm, const struct elf_image *elf,
		       const struct elf32_phdr *ph, struct file **ret)
{
	char *path;
	int error;

	if (ph->p_filesz < 2 || ph->p_filesz > INTERP_MAX)
		return -ENOEXEC;
	path = kmalloc(bprm->m, ph->p_filesz, GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	error = open_interp_path(bprm, elf, ph, path, ret);
	kfree(path);
	return error;
}

/* What an interpreter says of itself.  today: short of a header EIO, else wrong ELIBBAD. */
static int read_interp(struct linux_binprm *bprm, struct elf_image *interp)
{
	int error = elf_read(interp, 0, &interp->hdr, sizeof(interp->hdr), EIO);

	if (error)
		return error;
	if (elf_check_header(&interp->hdr))
		return -ELIBBAD;
	return load_elf_phdrs(bprm->m, interp, ELIBBAD);
}

/* Open the interpreter that @elf names first, if it names one, as @interp. */
static int find_interp(struct linux_binprm *bprm, struct elf_image *elf, struct elf_image *interp)
{
	const struct elf32_phdr *ph = elf->phdr, *end = ph + elf->hdr.e_phnum;
	int error;

	while (ph < end && ph->p_type != PT_INTERP)
		ph++;
	if (ph == end)
		return 0;
	error = open_interp(bprm, elf, ph, &interp->file);
	if (error)
		return error;
	elf->interp = interp;
	return read_interp(bprm, interp);
}

/* Bytes from the lowest to the highest address of all segments. */
static u64 total_mapping_size(const struct elf_image *elf)
{
	u64 min = UINT64_MAX, max = 0;

	for (u32 i = 0; i < elf->hdr.e_phnum; i++) {
		const struct elf32_phdr *ph = &elf->phdr[i];
		u64 end = (u64)ph->p_vaddr + ph->p_memsz;

		if (ph->p_type != PT_LOAD)
			continue;
		if ((ph->p_vaddr & PAGE_MASK) < min)
			min = ph->p_vaddr & PAGE_MASK;
		if (end > max)
			max = end;
	}
	return max - min;
}

/* The largest alignment that a segment asks for; what is not a power of two asks nothing. */
static u32 maximum_alignment(const struct elf_image *elf)
{
	u32 alignment = PAGE_SIZE;

	for (u32 i = 0; i < elf->hdr.e_phnum; i++) {
		u32 align = elf->phdr[i].p_align;

		if (elf->phdr[i].p_type == PT_LOAD && !(align & (align - 1)) && align > alignment)
			alignment = align;
	}
	return alignment;
}

/* ---- segments ---- all return the address, or -errno */

static u32 segment_prot(const struct elf32_phdr *ph)
{
	return (ph->p_flags & ELF_READ ? PROT_READ : 0) |
	       (ph->p_flags & ELF_WRITE ? PROT_WRITE : 0) |
	       (ph->p_flags & ELF_EXEC ? PROT_EXEC : 0);
}

/*
 * Map the file's part of @ph at @addr; with @total (bytes), first claim room for all
 * segments, so that the others find their place behind it.
 */
static s64 elf_map(struct linux_binprm *bprm, struct file *file, s64 addr,
		   const struct elf32_phdr *ph, u32 flags, u64 total)
{
	u32 in_page = ph->p_vaddr & ~PAGE_MASK;
	s64 offset = (s64)ph->p_offset - in_page, at;
	u64 size = PAGE_ALIGN((u64)ph->p_filesz + in_page),
	    claim = total ? PAGE_ALIGN(total) : size;

	addr &= ~(s64)(PAGE_SIZE - 1);
	if (offset & (PAGE_SIZE - 1))
		return -EINVAL;
	if (addr < 0 || addr > TASK_SIZE || claim > TASK_SIZE)
		return -ENOMEM;
	at = do_mmap(bprm->task, file, (u32)addr, (u32)claim, segment_prot(ph), flags,
		     (pgoff_t)(offset >> PAGE_SHIFT));
	if (at >= 0 && claim > size)
		do_munmap(bprm->mm, (u32)(at + (s64)size), (u32)(claim - size));
	return at;
}

/*
 * Zero the rest of the page that @addr lies in.  0, -EFAULT, -ENOMEM.
 * today: in a segment that cannot be written the file's bytes stay.
 */
static int padzero(struct linux_binprm *bprm, s64 addr, const struct elf32_phdr *ph)
{
	static const u8 zeros[PAGE_SIZE];
	u32 used = (u32)addr & ~PAGE_MASK;
	int error;

	if (!used || !(ph->p_flags & ELF_WRITE))
		return 0;
	error = access_remote_vm(bprm->m, bprm->mm, (u32)addr, (void *)(uintptr_t)zeros,
				 PAGE_SIZE - used, true);
	return error && error != -ENOMEM ? -EFAULT : error;
}

/* Anonymous memory for the pages of [@start, @end).  today: writable whatever p_flags say. */
static int map_bss(struct linux_binprm *bprm, s64 start, s64 end, const struct elf32_phdr *ph)
{
	start = (s64)PAGE_ALIGN(start);
	end = (s64)PAGE_ALIGN(end);
	if (start == end)
		return 0;
	if (start < 0 || end > TASK_SIZE)
		return -ENOMEM;
	if (start < sysctl(bprm->m, SYSCTL_MMAP_MIN_ADDR))
		return -EPERM;
	return do_brk(bprm->task, (u32)start, (u32)(end - start),
		      ph->p_flags & ELF_EXEC ? VM_EXEC : 0);
}

/* One segment of @file at @addr, bss included. */
static s64 elf_load(struct linux_binprm *bprm, struct file *file, s64 addr,
		    const struct elf32_phdr *ph, u32 flags, u64 total)
{
	u32 in_page = ph->p_vaddr & ~PAGE_MASK;
	s64 at = addr & ~(s64)(PAGE_SIZE - 1), bss = at;
	int error = 0;

	if (ph->p_filesz) {
		at = elf_map(bprm, file, addr, ph, flags, total);
		if (at < 0)
			return at;
		bss = at + in_page + ph->p_filesz;
	}
	if (ph->p_memsz <= ph->p_filesz)
		return at;
	if (ph->p_filesz)
		error = padzero(bprm, bss, ph);
	if (!error)
		error = map_bss(bprm, bss, at + in_page + ph->p_memsz, ph);
	return error ? error : at;
}

static int bad_address(s64 at)
{
	if (at < 0 && at > -4096)
		return (int)at;
	return at < 0 || at >= TASK_SIZE ? -EINVAL : 0;
}

/*
 * For more than a page of alignment mmap chooses once, and what it chose is rounded down.
 * The address, or -errno.
 */
static s64 choose_aligned(struct linux_binprm *bprm, struct elf_image *elf,
			  const struct elf32_phdr *ph, u64 total, u32 alignment)
{
	s64 at = elf_load(bprm, elf->file, 0, ph, MAP_PRIVATE, total);
	int error = bad_address(at);

	if (!error)
		error = do_munmap(bprm->mm, (u32)at, (u32)PAGE_ALIGN(total));
	return error ? error : at & ~((s64)alignment - 1);
}

/*
 * A program that may lie anywhere.  With an interpreter it has its place; without, it may be
 * one itself, and mmap chooses.
 */
static int place_anywhere(struct linux_binprm *bprm, struct elf_image *elf,
			  const struct elf32_phdr *ph, u64 total, u32 *flags)
{
	u32 alignment = maximum_alignment(elf);
	s64 at = 0;

	if (!total)
		return -EINVAL;
	if (elf->interp)
		at = ELF_ET_DYN_BASE & ~(alignment - 1);
	else if (alignment > PAGE_SIZE)
		at = choose_aligned(bprm, elf, ph, total, alignment);
	if (at < 0)
		return (int)at;
	if (elf->interp || alignment > PAGE_SIZE)
		*flags |= MAP_FIXED_NOREPLACE;
	elf->load_bias = (at - ph->p_vaddr) & ~(s64)(PAGE_SIZE - 1);
	return 0;
}

/* Later segments replace what is there; the first of a fixed program must find it free. */
static int map_segment(struct linux_binprm *bprm, struct elf_image *elf,
		       const struct elf32_phdr *ph)
{
	u32 flags = MAP_PRIVATE;
	u64 total = 0;
	s64 addr, at;
	int error;

	if (elf->started) {
		flags |= MAP_FIXED;
	} else if (elf->hdr.e_type == ET_EXEC) {
		flags |= MAP_FIXED_NOREPLACE;
	} else {
		total = total_mapping_size(elf);
		error = place_anywhere(bprm, elf, ph, total, &flags);
		if (error)
			return error;
	}
	addr = elf->load_bias + ph->p_vaddr;
	at = elf_load(bprm, elf->file, addr, ph, flags, total);
	error = bad_address(at);
	if (!error && !elf->started && elf->hdr.e_type == ET_DYN)
		elf->load_bias += at - (addr & ~(s64)(PAGE_SIZE - 1));
	elf->started = true;
	return error;
}

/* Which part of the program is @ph?  -EINVAL when it passes the end of user space. */
static int note_segment(struct elf_image *elf, const struct elf32_phdr *ph)
{
	u32 start = ph->p_vaddr, phoff = elf->hdr.e_phoff;

	if (phoff >= ph->p_offset && phoff - ph->p_offset < ph->p_filesz)
		elf->phdr_addr = phoff - ph->p_offset + start;
	if (start >= TASK_SIZE || ph->p_filesz > ph->p_memsz || ph->p_memsz > TASK_SIZE - start)
		return -EINVAL;
	if (ph->p_flags & ELF_EXEC && start < elf->start_code)
		elf->start_code = start;
	if (elf->start_data < start)
		elf->start_data = start;
	if (ph->p_flags & ELF_EXEC && elf->end_code < start + ph->p_filesz)
		elf->end_code = start + ph->p_filesz;
	if (elf->end_data < start + ph->p_filesz)
		elf->end_data = start + ph->p_filesz;
	if (elf->brk < start + ph->p_memsz)
		elf->brk = start + ph->p_memsz;
	return 0;
}

static int load_segments(struct linux_binprm *bprm, struct elf_image *elf)
{
	int error;

	for (u32 i = 0; i < elf->hdr.e_phnum; i++) {
		const struct elf32_phdr *ph = &elf->phdr[i];

		if (ph->p_type != PT_LOAD)
			continue;
		error = map_segment(bprm, elf, ph);
		if (!error)
			error = note_segment(elf, ph);
		if (error)
			return error;
	}
	return 0;
}

/* ---- the interpreter: mapped ---- */

/* Where a segment of an interpreter would like to lie.  A first one beside a moved program: 0. */
static s64 interp_address(const struct elf_image *elf, const struct elf32_phdr *ph)
{
	const struct elf_image *interp = elf->interp;
	s64 addr = interp->load_bias + ph->p_vaddr;

	if (interp->started || interp->hdr.e_type == ET_EXEC)
		return addr;
	return elf->load_bias || addr >= TASK_SIZE ? 0 : addr;
}

static int map_interp_segment(struct linux_binprm *bprm, const struct elf_image *elf,
			      const struct elf32_phdr *ph)
{
	struct elf_image *interp = elf->interp;
	bool fixed = interp->started || interp->hdr.e_type == ET_EXEC;
	u64 total = interp->started ? 0 : total_mapping_size(interp);
	s64 at = elf_load(bprm, interp->file, interp_address(elf, ph), ph,
			  MAP_PRIVATE | (fixed ? MAP_FIXED : 0), total);
	int error = bad_address(at);

	if (error)
		return error;
	if (!fixed)
		interp->load_bias = at - (ph->p_vaddr & PAGE_MASK);
	interp->started = true;
	at = interp->load_bias + ph->p_vaddr;
	if (at < 0 || at >= TASK_SIZE || ph->p_filesz > ph->p_memsz || ph->p_memsz > TASK_SIZE - at)
		return -ENOMEM;
	return 0;
}

static int load_interp(struct linux_binprm *bprm, const struct elf_image *elf)
{
	const struct elf_image *interp = elf->interp;
	int error = 0;

	for (u32 i = 0; i < interp->hdr.e_phnum && !error; i++)
		if (interp->phdr[i].p_type == PT_LOAD)
			error = map_interp_segment(bprm, elf, &interp->phdr[i]);
	if (!error && !interp->started)
		error = -EINVAL;
	return error;
}

/* ---- what is known of all segments ---- */

static void describe_mm(struct mm_struct *mm, const struct elf_image *elf)
{
	u32 bias = (u32)elf->load_bias;

	mm->start_code = elf->start_code + bias;
	mm->end_code = elf->end_code + bias;
	mm->start_data = elf->start_data + bias;
	mm->end_data = elf->end_data + bias;
	if (elf->hdr.e_type == ET_DYN && !elf->interp)
		mm->brk = ELF_ET_DYN_BASE;
	else
		mm->brk = (u32)PAGE_ALIGN(elf->brk + bias);
	mm->start_brk = mm->brk;
}

/* ---- the stack below the strings ---- */

#define AUXV_WORDS 48u

_Static_assert(AUXV_WORDS <= AT_VECTOR_SIZE, "saved_auxv holds it");

/*
 * Linux's entries in Linux's order, without the two that name the vdso: there is
 * none.  Two more empty ones behind AT_NULL keep their room, so that esp is Linux's too.
 */
static void fill_auxv(struct linux_binprm *bprm, const struct elf_image *elf, u32 platform,
		      u32 random)
{
	const struct task_struct *task = bprm->task;
	/* clang-format off */
	const u32 auxv[] = {
		AT_MINSIGSTKSZ,	2048, /* frame of a signal without SSE, rounded up: the constant */
		AT_HWCAP,	ELF_HWCAP,
		AT_PAGESZ,	PAGE_SIZE,
		AT_CLKTCK,	HZ,
		AT_PHDR,	elf->phdr_addr + (u32)elf->load_bias,
		AT_PHENT,	sizeof(struct elf32_phdr),
		AT_PHNUM,	elf->hdr.e_phnum,
		AT_BASE,	elf->interp ? (u32)elf->interp->load_bias : 0,
		AT_FLAGS,	0,
		AT_ENTRY,	(u32)elf->load_bias + elf->hdr.e_entry,
		AT_UID,		task->uid,
		AT_EUID,	task->uid,
		AT_GID,		task->gid,
		AT_EGID,	task->gid,
		AT_SECURE,	0,
		AT_RANDOM,	random,
		AT_HWCAP2,	0,
		AT_EXECFN,	bprm->exec,
		AT_PLATFORM,	platform,
		AT_RSEQ_SIZE,	28,
		AT_RSEQ_ALIGN,	32,
	};
	/* clang-format on */

	_Static_assert(ARRAY_SIZE(auxv) + 6 == AUXV_WORDS, "AT_NULL and the room of two");
	memset(bprm->mm->saved_auxv, 0, sizeof(bprm->mm->saved_auxv));
	memcpy(bprm->mm->saved_auxv, auxv, sizeof(auxv));
}

/* Write @len bytes at *@addr and step over them. */
static int put_user(struct linux_binprm *bprm, u32 *addr, const void *bytes, u32 len)
{
	int error = access_remote_vm(bprm->m, bprm->mm, *addr, (void *)(uintptr_t)bytes, len, true);

	*addr += len;
	return error && error != -ENOMEM ? -EFAULT : error;
}

/* The pointers to the argument strings, by the handful. */
static int put_argv(struct linux_binprm *bprm, u32 *addr)
{
	u32 word[64], n = 0, string = bprm->mm->arg_start;
	int error = 0;

	for (u32 i = 0; i < bprm->argc && !error; i++) {
		word[n++] = string;
		string += (u32)strlen(bprm_arg(bprm, i)) + 1;
		if (n < ARRAY_SIZE(word) && i + 1 < bprm->argc)
			continue;
		error = put_user(bprm, addr, word, n * (u32)sizeof(*word));
		n = 0;
	}
	return error;
}

/* A segment may have been mapped over the strings. */
static bool strings_intact(struct linux_binprm *bprm)
{
	struct vm_area_struct *vma = find_vma(bprm->mm, bprm->p);

	return vma && vma->vm_start <= bprm->p && vma->vm_end == STACK_TOP &&
	       vma->vm_flags & VM_GROWSDOWN;
}

/* Make sure that the stack region reaches down to @sp. */
static int stack_reach(struct linux_binprm *bprm, u32 sp)
{
	struct vm_area_struct *vma = find_vma(bprm->mm, sp);

	if (vma && vma->vm_start <= sp)
		return 0;
	if (!vma || !(vma->vm_flags & VM_GROWSDOWN))
		return -EFAULT;
	return expand_stack(bprm->task, vma, sp) ? -EFAULT : 0;
}

static int put_vectors(struct linux_binprm *bprm, u32 sp)
{
	static const u32 ends[2]; /* of argv and of the environment */
	int error = stack_reach(bprm, sp);

	bprm->mm->start_stack = sp;
	if (!error)
		error = put_user(bprm, &sp, &bprm->argc, sizeof(bprm->argc));
	if (!error)
		error = put_argv(bprm, &sp);
	if (!error)
		error = put_user(bprm, &sp, ends, sizeof(ends));
	if (!error)
		error = put_user(bprm, &sp, bprm->mm->saved_auxv, AUXV_WORDS * sizeof(u32));
	return error;
}

static int create_elf_tables(struct linux_binprm *bprm, const struct elf_image *elf)
{
	static const u8 random[16] = "0123456789abcdef";
	u32 platform = (bprm->p & ~15u) - (u32)sizeof(ELF_PLATFORM);
	u32 at_random = platform - (u32)sizeof(random), addr = at_random;
	u32 vectors = 1 + bprm->argc + 1 + 1; /* argc, argv, environment */
	int error;

	if (!strings_intact(bprm))
		return -EINVAL;
	error = stack_reach(bprm, addr);
	if (!error)
		error = put_user(bprm, &addr, random, sizeof(random));
	if (!error)
		error = put_user(bprm, &addr, ELF_PLATFORM, sizeof(ELF_PLATFORM));
	if (error)
		return error;
	fill_auxv(bprm, elf, platform, at_random);
	return put_vectors(bprm, (at_random - (AUXV_WORDS + vectors) * (u32)sizeof(u32)) & ~15u);
}

/* ---- */

/*
 * today: a program that says nothing about its stack comes from times without NX; all that
 * it can read it can execute.  The programs it executes inherit that.
 */
static bool read_implies_exec(enum exec_stack stack, const struct mm_struct *old)
{
	return stack == EXSTACK_DEFAULT || (old && old->read_implies_exec);
}

/* Where the processor begins: in the interpreter, when there is one. */
static int find_entry(struct linux_binprm *bprm, const struct elf_image *elf)
{
	const struct elf_image *first = elf->interp ? elf->interp : elf;
	s64 entry = first->load_bias + first->hdr.e_entry;

	if (entry < 0 || entry >= TASK_SIZE)
		return -EINVAL;
	bprm->entry = (u32)entry;
	return 0;
}

static int build_mm(struct linux_binprm *bprm, struct elf_image *elf)
{
	enum exec_stack stack = stack_note(elf);
	int error = setup_arg_pages(bprm, stack);

	if (error)
		return error;
	bprm->mm->read_implies_exec = read_implies_exec(stack, bprm->old_mm);
	error = load_segments(bprm, elf);
	if (!error && elf->interp)
		error = load_interp(bprm, elf);
	if (!error)
		error = find_entry(bprm, elf);
	if (error)
		return error;
	describe_mm(bprm->mm, elf);
	return create_elf_tables(bprm, elf);
}

int load_elf_binary(struct linux_binprm *bprm)
{
	struct elf_image interp = {}, elf = { .file = bprm->file, .start_code = ~0u };
	int error;

	memcpy(&elf.hdr, bprm->buf, sizeof(elf.hdr));
	error = elf_check_header(&elf.hdr);
	if (error)
		return error;
	error = load_elf_phdrs(bprm->m, &elf, ENOEXEC);
	if (!error)
		error = find_interp(bprm, &elf, &interp);
	if (!error)
		error = build_mm(bprm, &elf);
	kfree(interp.phdr);
	fput(interp.file);
	kfree(elf.phdr);
	return error;
}

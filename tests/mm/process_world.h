/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small machine with process 1 and files that lie in memory, for the tests of
 * processes and programs.
 */
#pragma once

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/access.h"
#include "mm/check.h"
#include "mm/exec.h"
#include "mm/machine.h"
#include "mm/vmscan.h"
#include "mm/page_alloc.h"
#include "forget.h"
#include "mode.h"
#include "mm/elf32.h"

#define USER_ID 1000u

#define WORLD_INTERP "/lib/ld.so"
#define INTERP_INO 78u
#define INTERP_HANDLE 2u

/* What lies at WORLD_INTERP. */
struct world_interp {
	u8 *bytes; /* NULL: nothing */
	u32 size, mode;
	int error; /* of looking it up */
	bool broken;
};

/* The one file of a world, and the interpreter that it may name. */
struct world {
	struct machine *m;
	u8 *bytes;
	u32 size;
	bool broken; /* reading fails */
	struct file *file;
	struct world_interp interp;
	u32 opened_uid, opened_gid; /* who opened the interpreter last */
};

static inline int world_read(void *data, u32 handle, u64 pos, void *buf, u32 len)
{
	struct world *w = data;
	const u8 *bytes = handle == INTERP_HANDLE ? w->interp.bytes : w->bytes;
	u32 size = handle == INTERP_HANDLE ? w->interp.size : w->size;
	u32 n = pos < size ? size - (u32)pos : 0;

	if (handle == INTERP_HANDLE ? w->interp.broken : w->broken)
		return -EIO;
	n = n < len ? n : len;
	memset(buf, 0, len);
	if (n)
		memcpy(buf, bytes + pos, n);
	return 0;
}

static inline int world_open(void *data, const char *path, unsigned mode, u32 uid, u32 gid,
			     struct file **ret)
{
	struct world *w = data;
	struct inode *inode;

	ck_assert_uint_eq(mode, FMODE_EXEC);
	w->opened_uid = uid;
	w->opened_gid = gid;
	if (w->interp.error)
		return w->interp.error;
	if (!w->interp.bytes || strcmp(path, WORLD_INTERP) != 0)
		return -ENOENT;
	inode = inode_new(w->m, AOPS_BACKED, 8u << 20 | 1, INTERP_INO, w->interp.mode,
			  w->interp.size, INTERP_HANDLE);
	if (!inode)
		return -ENOMEM;
	*ret = file_new(w->m, inode, FMODE_READ, INTERP_HANDLE);
	iput(inode);
	return *ret ? 0 : -ENOMEM;
}

static const struct machine_ops world_ops = { .read = world_read, .open = world_open };

static inline void world_report(void *data, const char *line)
{
	(void)data;
	fprintf(stderr, "check: %s\n", line);
}

static inline void world_check(struct world *w)
{
	ck_assert_uint_eq(check_machine(w->m, world_report, NULL), 0);
}

static inline struct world *world_new_config(struct machine_config *config)
{
	struct world *w = calloc(1, sizeof(*w));

	config->ops = &world_ops;
	config->ops_data = w;
	ck_assert_int_eq(machine_new(config, &w->m), 0);
	ck_assert_int_eq(start_init(w->m, NULL, NULL, USER_ID, USER_ID), 0);
	return w;
}

static inline struct world *world_new_flags(u64 ram, bool pae, bool flex)
{
	struct machine_config config = { .ram = ram, .cpus = 2, .pae = pae, .flex_layout = flex };

	return world_new_config(&config);
}

static inline struct world *world_new_cpus(u64 ram, unsigned cpus)
{
	struct machine_config config = { .ram = ram, .pae = test_pae(), .cpus = cpus };

	return world_new_config(&config);
}

static inline struct world *world_new(u64 ram)
{
	return world_new_flags(ram, test_pae(), false);
}

/* Open the world's file with @size bytes (taken over). */
static inline struct file *world_file(struct world *w, void *bytes, u32 size)
{
	struct inode *inode;

	fput(w->file);
	free(w->bytes);
	w->bytes = bytes;
	w->size = size;
	inode = inode_new(w->m, AOPS_BACKED, 8u << 20 | 1, 77, 0100755, size, 1);
	ck_assert_ptr_nonnull(inode);
	inode->i_uid = inode->i_gid = USER_ID;
	w->file = file_new(w->m, inode, FMODE_READ, 1);
	ck_assert_ptr_nonnull(w->file);
	iput(inode);
	return w->file;
}

/* @size bytes (taken over) lie at WORLD_INTERP. */
static inline void world_set_interp(struct world *w, void *bytes, u32 size)
{
	free(w->interp.bytes);
	w->interp = (struct world_interp){ .bytes = bytes, .size = size, .mode = 0100755 };
}

static inline void world_free(struct world *w)
{
	world_check(w);
	machine_free(w->m);
	free(w->bytes);
	free(w->interp.bytes);
	free(w);
}

static inline struct task_struct *world_init(struct world *w)
{
	return find_task_by_pid(w->m, 1);
}

static inline struct task_struct *world_spawn(struct world *w)
{
	struct task_struct *task;

	ck_assert_int_eq(do_spawn(w->m, USER_ID, USER_ID, NULL, NULL, NULL, &task), 0);
	return task;
}

static inline struct task_struct *world_fork(struct task_struct *parent)
{
	struct task_struct *child;

	ck_assert_int_eq(do_fork(parent, 0, &child), 0);
	return child;
}

/* Which file does @vma map: F the program, I its interpreter? */
static inline char file_letter(const struct vm_area_struct *vma)
{
	return file_inode(KGET(vma->vm_file))->i_ino == INTERP_INO ? 'I' : 'F';
}

/* Regions as text: "START-END rwxp OFFSET F" for a file's, "... -" for anonymous ones. */
static inline char *regions_text(const struct task_struct *task)
{
	static char text[4096];
	size_t n = 0;
	const struct mm_struct *mm = KGET(task->mm);

	text[0] = 0;
	for (const struct vm_area_struct *vma = KGET(mm->mmap); vma; vma = KGET(vma->vm_next)) {
		u32 f = vma->vm_flags;

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%08x-%08x %c%c%c%c ",
				      vma->vm_start, vma->vm_end, f & VM_READ ? 'r' : '-',
				      f & VM_WRITE ? 'w' : '-', f & VM_EXEC ? 'x' : '-',
				      f & VM_SHARED ? 's' : 'p');
		if (KNULL(vma->vm_file))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "-\n");
		else
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%08x %c\n",
					      vma->vm_pgoff << PAGE_SHIFT, file_letter(vma));
	}
	return text;
}

static inline u32 peek(const struct task_struct *task, u32 addr)
{
	u32 word = 0xdeadbeef;
	struct mm_struct *mm = KGET(task->mm);

	ck_assert_int_eq(access_remote_vm(machine_of(mm), mm, addr, &word, 4, false), 0);
	return word;
}

static inline void poke(const struct task_struct *task, u32 addr, u32 word)
{
	struct mm_struct *mm = KGET(task->mm);

	ck_assert_int_eq(access_remote_vm(machine_of(mm), mm, addr, &word, 4, true), 0);
}

static inline void peek_string(const struct task_struct *task, u32 addr, char *buf, u32 len)
{
	struct mm_struct *mm = KGET(task->mm);

	ck_assert_int_eq(access_remote_vm(machine_of(mm), mm, addr, buf, len, false), 0);
}

/* What must be as before when nothing is left of a process. */
struct memory_state {
	u32 free, nr_tasks, committed;
	struct slabinfo cache[NR_KERNEL_CACHES];
};

static inline struct memory_state memory_state(const struct world *w)
{
	struct memory_state s;

	/* Page cache may go whenever frames are short: leave it out by having none. */
	while (try_to_free_pages(w->m, GFP_HIGHUSER, 0))
		continue;
	forget_reclaimed(w->m);
	kmem_cache_reap(w->m);
	memset(&s, 0, sizeof(s));
	s.free = nr_free_pages(w->m);
	s.nr_tasks = w->m->k->nr_tasks;
	s.committed = w->m->k->total_committed;
	for (unsigned i = 0; i < NR_KERNEL_CACHES; i++)
		if (kernel_cache(w->m, i))
			kmem_cache_info(kernel_cache(w->m, i), &s.cache[i]);
	return s;
}

static inline void assert_same_memory(const struct world *w, const struct memory_state *before)
{
	struct memory_state now = memory_state(w);

	ck_assert_uint_eq(now.free, before->free);
	ck_assert_uint_eq(now.nr_tasks, before->nr_tasks);
	ck_assert_uint_eq(now.committed, before->committed);
	for (unsigned i = 0; i < NR_KERNEL_CACHES; i++) {
		ck_assert_uint_eq(now.cache[i].active_objs, before->cache[i].active_objs);
		ck_assert_uint_eq(now.cache[i].num_slabs, before->cache[i].num_slabs);
	}
}

/* Frames taken out of the machine, to make it run short. */
struct hog {
	struct page **pages;
	u32 nr;
};

/* Take all but @left frames. */
static inline struct hog hog_all_but(struct machine *m, u32 left)
{
	struct hog h = { calloc(m->k->nr_frames, sizeof(*h.pages)), 0 };
	struct page *page;

	while ((page = alloc_page(m, GFP_ATOMIC)))
		h.pages[h.nr++] = page;
	while (left-- && h.nr)
		__free_page(h.pages[--h.nr]);
	return h;
}

static inline void hog_free(struct hog *h)
{
	while (h->nr)
		__free_page(h->pages[--h->nr]);
	free(h->pages);
}

/* ---- ELF files ---- */

#define LOAD(off, va, fsz, msz, fl)                                                      \
	{                                                                                \
		.p_type = PT_LOAD, .p_offset = (off), .p_vaddr = (va), .p_paddr = (va),  \
		.p_filesz = (fsz), .p_memsz = (msz), .p_flags = (fl), .p_align = 0x1000, \
	}
#define STACK_NOTE(fl)                                   \
	{                                                \
		.p_type = PT_GNU_STACK, .p_flags = (fl), \
	}

#define RX (ELF_READ | ELF_EXEC)
#define RW (ELF_READ | ELF_WRITE)

static inline struct elf32_hdr elf_header(u16 type, u32 entry, u16 phnum)
{
	return (struct elf32_hdr){
		.e_ident = { 0x7f, 'E', 'L', 'F', 1, 1, 1 },
		.e_type = type,
		.e_machine = EM_386,
		.e_version = 1,
		.e_entry = entry,
		.e_phoff = sizeof(struct elf32_hdr),
		.e_ehsize = sizeof(struct elf32_hdr),
		.e_phentsize = sizeof(struct elf32_phdr),
		.e_phnum = phnum,
	};
}

/* A file of @size bytes with this header, these segments and 0x90 everywhere else. */
static inline u8 *elf_bytes(const struct elf32_hdr *hdr, const struct elf32_phdr *ph, u32 nr,
			    u32 size)
{
	u8 *bytes = malloc(size);

	memset(bytes, 0x90, size);
	memcpy(bytes, hdr, sizeof(*hdr));
	memcpy(bytes + sizeof(*hdr), ph, nr * sizeof(*ph));
	return bytes;
}

/* Text, data with 0x100 bytes in the file and three pages of bss. */
static inline struct file *world_program(struct world *w)
{
	static const struct elf32_phdr ph[] = {
		LOAD(0, 0x08048000, 0x1000, 0x1000, RX),
		LOAD(0x1000, 0x08049000, 0x100, 0x4000, RW),
		STACK_NOTE(RW),
	};
	struct elf32_hdr hdr = elf_header(ET_EXEC, 0x08048100, 3);

	return world_file(w, elf_bytes(&hdr, ph, 3, 0x2000), 0x2000);
}

#define PROGRAM_REGIONS                       \
	"08048000-08049000 r-xp 00000000 F\n" \
	"08049000-0804a000 rw-p 00001000 F\n" \
	"0804a000-0804d000 rw-p -\n"          \
	"bffdf000-c0000000 rw-p -\n"

static inline int run_suite(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define TEST_MAIN(name, ...)                                   \
	int main(void)                                         \
	{                                                      \
		const TTest *const tests[] = { __VA_ARGS__ };  \
		Suite *s = suite_create(name);                 \
		TCase *tc = tcase_create(name);                \
                                                               \
		for (size_t i = 0; i < ARRAY_SIZE(tests); i++) \
			tcase_add_test(tc, tests[i]);          \
		tcase_set_timeout(tc, 60);                     \
		suite_add_tcase(s, tc);                        \
		return run_suite(s);                           \
	}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One process with an empty address space on a small machine, a disk of a few files in
 * host memory, and short words for what tests do with them.
 */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/access.h"
#include "mm/check.h"
#include "mm/filemap.h"
#include "mm/fault.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "strip.h"
#include "testmachine.h"

#define BASE 0x40000000u /* where mmap looks first */
#define PAGES(n) ((u32)(n) << PAGE_SHIFT)

#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARED (MAP_SHARED | MAP_ANONYMOUS)
#define FIXED_PRIVATE (PRIVATE | MAP_FIXED)
#define FIXED_SHARED (SHARED | MAP_FIXED)
#define GROWSDOWN (FIXED_PRIVATE | MAP_GROWSDOWN)

#define PROT_RW (PROT_READ | PROT_WRITE)
#define PROT_RX (PROT_READ | PROT_EXEC)
#define PROT_RWX (PROT_READ | PROT_WRITE | PROT_EXEC)

#define DISK_FILES 4

struct disk_file {
	u8 *bytes;
	u64 size;
	bool broken; /* the host cannot read or write it */
	bool sparse; /* it has holes */
	int refuses; /* -errno of every write-back, though there was room */
	u32 writes; /* write-backs tried */
	bool full; /* nor has it room for what will be written */
	unsigned reserved; /* how often room was asked for, and given */
	u32 fsyncs; /* how often it was asked to be really written */
	struct inode *inode; /* as long as the disk knows it */
	unsigned released; /* open files that are gone */
};

struct space {
	struct machine *m;
	struct task_struct *task; /* runs on CPU 0 */
	struct mm_struct *mm;
	struct disk_file file[DISK_FILES];
};

/* Process 1 with nothing mapped.  Legacy layout, the form of paging of mode.h. */
struct space *space_new(u64 frames);
struct space *space_new_2level(u64 frames);
struct space *space_new_cpus(u64 frames, unsigned cpus);
struct space *space_new_pae(u64 frames);
struct space *space_new_flex(u64 frames);
void space_free(struct space *s); /* all invariants hold */
void space_drop(struct space *s); /* whatever holds */

/* Run another process: what follows is done by it. */
void space_run(struct space *s, struct task_struct *task);
struct task_struct *space_fork(struct space *s);

/* mmap without a file. */
s64 map(struct space *s, u32 addr, u32 len, u32 prot, u32 flags);

/* The same where it must succeed, in pages; returns the address. */
u32 map_pages(struct space *s, u32 addr, u32 pages, u32 prot, u32 flags);

/*
 * File @nr gets a new inode and content: page n is filled with the n-th letter, the last one
 * up to @size bytes.  Nothing of it is cached.
 */
void disk_make(struct space *s, unsigned nr, u32 size, const char *letters);
void disk_truncate(struct space *s, unsigned nr, u32 size);

/*
 * File @nr becomes a swap area of @slots slots behind its header, as mkswap(8) writes it.
 */
void disk_mkswap(struct space *s, unsigned nr, u32 slots);

/* swapon and swapoff of file @nr: 0 or -errno.  @prio -1: none. */
int space_swapon(struct space *s, unsigned nr, s32 prio);
int space_swapoff(struct space *s, unsigned nr);

/* mmap of a file opened anew with @mode, from byte @offset. */
s64 map_file(struct space *s, unsigned nr, u32 mode, u32 addr, u32 len, u32 prot, u32 flags,
	     u64 offset);

/* One byte, as the program would: the value, or -errno. */
int load(struct space *s, u32 addr);
int store(struct space *s, u32 addr, u8 value);
int fetch(struct space *s, u32 addr);

/* Page faults that touching [@addr, +@pages) took, all of which were handled. */
u32 touch_r(struct space *s, u32 addr, u32 pages);
u32 touch_w(struct space *s, u32 addr, u32 pages);

/* The entry at @addr, 0 where there is no table; the frame's descriptor, NULL: none. */
pte_t entry(const struct space *s, u32 addr);
struct page *frame(const struct space *s, u32 addr);

/* Draw from @addr on as far as @want goes (strip.h) and compare. */
#define assert_regions(s, addr, want) \
	ck_assert_str_eq(strip_regions((s)->mm, addr, strip_len(want)), want)
#define assert_pages(s, addr, want) \
	ck_assert_str_eq(strip_pages((s)->mm, addr, strip_len(want)), want)

/* All invariants hold, else the test fails and prints what does not. */
void test_check(struct machine *m);

/* check_machine without printing: how many invariants do not hold? */
u32 test_check_quiet(struct machine *m);

/* Frames that are not free and serve anything but slabs. */
u32 test_used_frames(const struct machine *m);

/* Frames taken out of the machine, to make it run short. */
struct hog {
	struct page **pages;
	u32 nr;
};

/* Take all but @left of the frames that a process could get. */
struct hog hog_all_but(struct machine *m, u32 left);
void hog_free(struct hog *h);

/* Frame of a Check program: run these tests. */
int run_tests(const char *name, const TTest *const *tests, size_t nr);

/* The same, and one more test @loops times with _i counting. */
int run_loop_tests(const char *name, const TTest *const *tests, size_t nr, const TTest *looped,
		   int loops);

#define TEST_MAIN(name, ...)                                      \
	int main(void)                                            \
	{                                                         \
		const TTest *const tests[] = { __VA_ARGS__ };     \
                                                                  \
		return run_tests(name, tests, ARRAY_SIZE(tests)); \
	}

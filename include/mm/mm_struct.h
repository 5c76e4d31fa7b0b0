/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory descriptor and its memory regions.
 * ULK ch. 9, "The Memory Descriptor" and "Memory Regions".
 */
#pragma once

#include "mm/interval_tree.h"
#include "mm/list.h"
#include "mm/mman.h"
#include "mm/page.h"

struct machine;
struct task_struct;
struct file;
struct anon_vma;
struct check;
struct mm_struct;

struct vm_area_struct {
	/* The first cache line: all that look-up, hole search and faults read. */
	u32 vm_start, vm_end; /* bytes; end is exclusive, up to TASK_SIZE */
	struct rb_node vm_rb;
	u32 rb_subtree_gap; /* largest hole right below a region of this subtree, bytes */
	KPTR(struct vm_area_struct) vm_next, vm_prev;
	KPTR(struct mm_struct) vm_mm;
	u32 vm_flags; /* VM_* */
	KPTR(struct anon_vma) anon_vma; /* NULL until the first private page */
	KPTR(struct file) vm_file; /* NULL: anonymous */
	pgoff_t vm_pgoff; /* of vm_start in the file; anonymous: vm_start's page when made */
	struct list_head anon_vma_chain; /* struct anon_vma_chain.same_vma */

	struct interval_node shared; /* in the file's i_mmap, by file page */
	u32 vm_private; /* for the owner of a special kind of region */
};

/* Frames and entries of an mm by kind. */
enum rss_kind { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES, NR_MM_COUNTERS };

/* Where mmap looks for a hole. */
enum mmap_layout { LAYOUT_LEGACY, LAYOUT_FLEX };

#define AT_VECTOR_SIZE 50 /* words of saved_auxv */

struct mm_struct {
	KPTR(struct vm_area_struct) mmap; /* the list, in address order */
	struct rb_root mm_rb;
	KPTR(struct vm_area_struct) room; /* today: the hole below it is not in the tree (vma.c) */
	KPTR(struct vm_area_struct) mmap_cache; /* the last one find_vma, or mmap, found */
	u8 layout; /* enum mmap_layout: ULK's get_unmapped_area */
	bool read_implies_exec; /* today: programs without PT_GNU_STACK: what can be read can run */
	u32 highest_vm_end; /* of the last region, 0: there is none */
	u32 mmap_base; /* legacy: lowest; flex: end of the highest hole */
	kva_t pgd; /* what CR3 names; 2 levels: page directory, PAE: pointer table */
	s32 mm_users; /* tasks that use it */
	s32 mm_count; /* references: one for all users, one for each borrower */
	u32 map_count;
	u32 owner; /* today: the process that does what is done to it, a pid; 0: fork copies it */
	u32 start_code, end_code, start_data, end_data;
	u32 start_brk, brk, start_stack;
	u32 arg_start, arg_end, env_start, env_end;
	s32 rss_stat[NR_MM_COUNTERS];
	u32 hiwater_rss, hiwater_vm; /* pages */
	u32 total_vm, locked_vm, data_vm, exec_vm, stack_vm; /* pages */
	u32 def_flags; /* VM_LOCKED for mlockall(MCL_FUTURE) */
	u32 nr_ptes; /* page tables, directories not counted */
	u32 cpu_vm_mask; /* CPUs whose TLB may hold entries */
	KPTR(struct file) exe_file;
	u32 saved_auxv[AT_VECTOR_SIZE];
};

/* ---- memory descriptor (mm_struct.c) ---- */

/*
 * A new mm with mm_users and mm_count 1, a page directory with the kernel's part, no regions; or
 * NULL.
 */
struct mm_struct *mm_alloc(struct machine *m);

/* Drop a user: the last one tears down all regions (exit_mmap) and drops the last count. */
void mmput(struct mm_struct *mm);

/* Drop a count: the last one frees the descriptor and its page directory. */
void mmdrop(struct mm_struct *mm);

/*
 * The program that runs, or NULL: it cannot be opened for writing meanwhile.  0 or -ETXTBSY (it
 * is open for writing; another running program's file never is).
 */
int set_mm_exe_file(struct mm_struct *mm, struct file *file);

/* Resident pages. */
static inline u32 get_mm_rss(const struct mm_struct *mm)
{
	return (u32)(mm->rss_stat[MM_FILEPAGES] + mm->rss_stat[MM_ANONPAGES] +
		     mm->rss_stat[MM_SHMEMPAGES]);
}

/* rss went up or total_vm did: keep the high-water marks. */
void update_hiwater(struct mm_struct *mm);

/*
 * Copy all regions and page tables of @oldmm into the empty @mm (fork).  0 or -ENOMEM. ULK
 * dup_mmap.
 */
int dup_mmap(struct mm_struct *mm, struct mm_struct *oldmm);

/* Unmap everything, free all page tables.  ULK exit_mmap. */
void exit_mmap(struct mm_struct *mm);

/*
 * Choose the layout for a new program from the tunable and RLIMIT_STACK. ULK
 * arch_pick_mmap_layout.
 */
void arch_pick_mmap_layout(struct mm_struct *mm, const struct task_struct *task);

/* ---- memory regions (vma.c) ---- */

/* First region with vm_end > @addr, or NULL. */
struct vm_area_struct *find_vma(struct mm_struct *mm, u32 addr);

/* The same, and the region before it (the last one where find_vma is NULL). */
struct vm_area_struct *find_vma_prev(struct mm_struct *mm, u32 addr,
				     struct vm_area_struct **ret_prev);

/* First region that meets [@start, @end), or NULL. */
struct vm_area_struct *find_vma_intersection(struct mm_struct *mm, u32 start, u32 end);

/* Find as find_vma does, but leave mmap_cache alone: for those who only look. */
struct vm_area_struct *find_vma_quiet(const struct mm_struct *mm, u32 addr);

/* @vma's lowest address that a neighbour below must keep away from: growsdown keeps a guard gap. */
u32 vm_start_gap(const struct vm_area_struct *vma);

/* Pages of a region. */
static inline u32 vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

/*
 * Link a region behind @prev (NULL: as the first) into list, tree, the file's i_mmap; counts
 * map_count, total_vm-like sums are the caller's.
 */
void vma_link(struct mm_struct *mm, struct vm_area_struct *vma, struct vm_area_struct *prev);
void remove_vm_struct(struct mm_struct *mm, struct vm_area_struct *vma);

/* A region that is not linked yet, with its own reference on @file; or NULL. */
struct vm_area_struct *new_vma(struct machine *m, u32 start, u32 end, u32 vm_flags,
			       struct file *file, pgoff_t pgoff);

/* Free a region's struct and drop what it holds.  => not linked */
void free_vma(struct vm_area_struct *vma);

/* Move an end or the offset of a linked region, keeping tree and i_mmap right.  ULK vma_adjust. */
void vma_adjust(struct vm_area_struct *vma, u32 start, u32 end, pgoff_t pgoff);

/*
 * Split at @addr; the new region is the part below when @new_below.  0, -ENOMEM (also map_count).
 */
int split_vma(struct mm_struct *mm, struct vm_area_struct *vma, u32 addr, bool new_below);

/* @vma takes back the part above that split_vma cut off it, whose marks are still the same. */
void unsplit_vma(struct mm_struct *mm, struct vm_area_struct *vma);

/*
 * Can [@addr, @end) with these attributes join its neighbours?  Does so and returns the
 * joined region, or NULL.  @prev is the region before @addr.  => nothing is mapped there, or
 * it is @prev->vm_next itself changing its flags
 */
struct vm_area_struct *vma_merge(struct mm_struct *mm, struct vm_area_struct *prev, u32 addr,
				 u32 end, u32 vm_flags, struct anon_vma *anon_vma,
				 struct file *file, pgoff_t pgoff);

/* The same for an area without a region that is to have the pages of @source. */
struct vm_area_struct *vma_merge_copy(struct mm_struct *mm, struct vm_area_struct *prev, u32 addr,
				      u32 end, const struct vm_area_struct *source, pgoff_t pgoff);

/* The same for memory right above @prev only: @prev up to @end, or NULL. */
struct vm_area_struct *vma_merge_left(struct vm_area_struct *prev, u32 end, u32 vm_flags,
				      pgoff_t pgoff);

/*
 * [@start, @end), a part of *@vmap, gets other flags: merge it with neighbours or split it
 * off.  *@vmap is then the region that holds it.  0 or -ENOMEM (a split may stay).
 */
int vma_modify(struct vm_area_struct **vmap, u32 start, u32 end, u32 vm_flags);

/*
 * The lowest, the highest hole of @len bytes in [@low, @high): its address, or -ENOMEM.
 * *@ret_above: the region that ends the hole, NULL: none does.  Stacks get no distance here.
 */
s64 lowest_hole(const struct mm_struct *mm, u32 low, u32 high, u32 len,
		struct vm_area_struct **ret_above);
s64 highest_hole(const struct mm_struct *mm, u32 low, u32 high, u32 len,
		 struct vm_area_struct **ret_above);

/* A hole for @len bytes: the address, or -ENOMEM.  Units bytes. ULK get_unmapped_area. */
s64 get_unmapped_area(struct task_struct *task, u32 addr, u32 len, u32 flags);

void mm_validate(struct mm_struct *mm, struct check *c);

/* ---- mapping (mmap.c, brk.c, mprotect.c) ---- all: bytes; 0 or an address >= 0, or -errno */

/*
 * mmap(2).  @file NULL for anonymous memory; @pgoff in pages; @prot PROT_*, @flags MAP_*.
 * Takes its own reference on @file.  Errors and their order: mmap(2) as Linux does it.
 */
s64 do_mmap(struct task_struct *task, struct file *file, u32 addr, u32 len, u32 prot, u32 flags,
	    pgoff_t pgoff);

int do_munmap(struct mm_struct *mm, u32 start, u32 len);
int sys_mprotect(struct task_struct *task, u32 start, u32 len, u32 prot);

/* mremap(2): the address, or -errno.  @flags MREMAP_*.  (mremap.c) */
s64 sys_mremap(struct task_struct *task, u32 addr, u32 old_len, u32 new_len, u32 flags,
	       u32 new_addr);

/* madvise(2), @advice MADV_*.  (madvise.c) */
int sys_madvise(struct task_struct *task, u32 start, u32 len, u32 advice);

/* mlock(2), mlock2(2), munlock(2), mlockall(2), munlockall(2).  (mlock.c) */
int sys_mlock(struct task_struct *task, u32 start, u32 len, u32 flags);
int sys_munlock(struct task_struct *task, u32 start, u32 len);
int sys_mlockall(struct task_struct *task, u32 flags);
int sys_munlockall(struct task_struct *task);

/*
 * mincore(2): one byte a page into @vec, 1: resident.  @vec holds @len in pages.  (mincore.c)
 */
int sys_mincore(struct task_struct *task, u32 start, u32 len, u8 *vec);

/* msync(2), @flags MS_*.  (msync.c) */
int sys_msync(struct task_struct *task, u32 start, u32 len, u32 flags);

/* remap_file_pages(2): today's emulation by a mapping of its own.  (fremap.c) */
int sys_remap_file_pages(struct task_struct *task, u32 start, u32 len, u32 prot, u32 pgoff,
			 u32 flags);

/* brk(2): the break that holds afterwards. */
u32 sys_brk(struct task_struct *task, u32 brk);

/* sbrk(3): the old break, or -ENOMEM. */
s64 sys_sbrk(struct task_struct *task, s32 increment);

/* Anonymous memory [@addr, +@len) for a break or a bss; 0 or -errno.  ULK do_brk. */
int do_brk(struct task_struct *task, u32 addr, u32 len, u32 vm_flags);

/* Grow a growsdown region so that it holds @addr.  0, -ENOMEM (limits, guard gap). */
int expand_stack(struct task_struct *task, struct vm_area_struct *vma, u32 addr);

/*
 * Move the limits of regions' accounting; may @pages more be mapped with @vm_flags? ULK
 * may_expand_vm.
 */
bool may_expand_vm(const struct task_struct *task, u32 vm_flags, u32 pages);
void vm_stat_account(struct mm_struct *mm, u32 vm_flags, s32 pages);

/* Which sums a region counts in: data (RLIMIT_DATA), text. */
bool is_data_mapping(u32 vm_flags);
bool is_exec_mapping(u32 vm_flags);

/* Limits and guard gap: may @vma begin at @start?  0 or -ENOMEM; changes nothing. */
int stack_may_grow(const struct task_struct *task, const struct vm_area_struct *vma, u32 start);

/*
 * Fault in the pages of all regions in [@start, +@len).  A region ends at its first page that
 * cannot be had; with @all the next one is tried.  0 or the first -EFAULT, -ENOMEM.
 */
int mm_populate(struct task_struct *task, u32 start, u32 len, bool all);

/* Does a region with @vm_flags get its pages at once? */
static inline bool vma_populates(u32 vm_flags)
{
	return (vm_flags & (VM_LOCKED | VM_LOCKONFAULT)) == VM_LOCKED;
}

/* Boot: what overcommit mode 2 keeps from processes, by what is free. */
void overcommit_init(struct machine *m);

/*
 * Overcommit: promise @pages more to @mm; NULL: to a kernel thread.  0 or -ENOMEM.
 * ULK security_vm_enough_memory.
 */
int vm_enough_memory(struct machine *m, const struct mm_struct *mm, u32 pages);
void vm_acct_memory(struct machine *m, u32 pages); /* asks nobody */
void vm_unacct_memory(struct machine *m, u32 pages);
/* Would it?  Changes nothing.  @mm NULL: no reserve is kept from who asks. */
bool vm_may_commit(const struct machine *m, const struct mm_struct *mm, u32 pages);
u32 vm_commit_limit(const struct machine *m); /* pages: CommitLimit */

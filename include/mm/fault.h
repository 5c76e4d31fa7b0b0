/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page fault exception handler.  ULK ch. 9, "Page Fault Exception Handler".
 *
 * do_page_fault decides (fault.c, without any effect) and then handles (demand.c,
 * cow.c, mmap.c).  Since deciding changes nothing, explain can ask the same code.
 */
#pragma once

#include "arch/mmu.h"

struct machine;
struct task_struct;
struct vm_area_struct;

/* The leaf of the decision tree that a fault ends in. */
#define FAULT_BRANCHES(X)                                                        \
	/* id, ULK's place, words */                                             \
	X(FB_NONE, "none", "no fault")                                           \
	X(FB_SPURIOUS, "spurious", "the entry already allows it")                \
	X(FB_ANON_ZERO, "do_anonymous_page", "zero page, read-only")             \
	X(FB_ANON_WRITE, "do_anonymous_page", "fresh zeroed frame")              \
	X(FB_FILE_READ, "do_no_page", "page of the file")                        \
	X(FB_FILE_COPY, "do_no_page", "private copy of a page of the file")      \
	X(FB_FILE_SHARED, "do_no_page", "page of the file, shared and writable") \
	X(FB_COW_COPY, "do_wp_page", "copied, the frame is shared")              \
	X(FB_COW_ZERO, "do_wp_page", "fresh zeroed frame for the zero page")     \
	X(FB_COW_REUSE, "do_wp_page", "made writable, this is the last user")    \
	X(FB_WP_SHARED, "do_wp_page", "shared page made writable")               \
	X(FB_SWAP_CACHE, "do_swap_page", "page of the swap cache")               \
	X(FB_SWAP_IN, "do_swap_page", "page read from its swap slot")            \
	X(FB_SWAP_COPY, "do_swap_page", "page from swap, copied: it is shared")  \
	X(FB_VMALLOC, "vmalloc_fault", "master kernel page table entry copied")  \
	X(FB_NO_REGION, "bad_area", "no region there")                           \
	X(FB_KERNEL_ADDRESS, "bad_area", "above TASK_SIZE")                      \
	X(FB_STACK_ESP, "bad_area", "more than 32 bytes below esp")              \
	X(FB_STACK_LIMIT, "bad_area", "the stack may not grow so far")           \
	X(FB_ACCESS, "bad_area", "the region forbids it")                        \
	X(FB_BEHIND_FILE, "do_sigbus", "behind the end of the file")             \
	X(FB_IO_ERROR, "do_sigbus", "the file or swap area cannot be read")      \
	X(FB_NO_STORE, "do_sigbus", "the file takes no stores")                  \
	X(FB_POISONED, "do_sigbus", "the page was lost with its swap area")      \
	X(FB_NO_MEMORY, "out_of_memory", "no frame left")                        \
	X(FB_FIXUP, "no_context", "exception table: EFAULT")                     \
	X(FB_OOPS, "no_context", "kernel oops")

enum fault_branch {
#define X(id, place, words) id,
	FAULT_BRANCHES(X)
#undef X
		NR_FAULT_BRANCHES
};

struct fault_branch_name {
	const char *place; /* ULK's label or function */
	const char *words;
};
extern const struct fault_branch_name fault_branch_names[NR_FAULT_BRANCHES];

/* The questions of the tree, in the order they are asked. */
#define FAULT_STEPS(X)                                                    \
	X(FS_KERNEL_ADDRESS, "address >= TASK_SIZE?")                     \
	X(FS_VMALLOC, "was no page present?")                             \
	X(FS_MASTER, "vmalloc_fault: do the kernel's tables map it?")     \
	X(FS_ATOMIC, "in_atomic(), or no mm?")                            \
	X(FS_FIND_VMA, "find_vma: a region that ends above the address?") \
	X(FS_IN_REGION, "vm_start <= address?")                           \
	X(FS_GROWSDOWN, "does that region grow down?")                    \
	X(FS_ESP, "address + 32 >= esp?")                                 \
	X(FS_EXPAND, "may the stack grow so far?")                        \
	X(FS_RIGHTS, "good_area: does the region allow the access?")      \
	X(FS_PRESENT, "handle_pte_fault: is the page present?")           \
	X(FS_PTE_NONE, "is the entry empty?")                             \
	X(FS_POISONED, "is there a marker of a lost page?")               \
	X(FS_SWAP_CACHE, "is the slot's page in the swap cache?")         \
	X(FS_SWAP_ALONE, "is this process the slot's only user?")         \
	X(FS_FILE, "does the region map a file?")                         \
	X(FS_IN_FILE, "is the page inside the file?")                     \
	X(FS_CACHED, "is it in the page cache?")                          \
	X(FS_WRITE, "is it a write?")                                     \
	X(FS_SHARED, "is the region shared?")                             \
	X(FS_ENTRY_WRITABLE, "does the entry allow writing?")             \
	X(FS_ZERO_PAGE, "is it the zero page?")                           \
	X(FS_REUSE, "is this process the only user of the frame?")        \
	X(FS_FIXUP, "no_context: an instruction of the exception table?")

enum fault_step {
#define X(id, words) id,
	FAULT_STEPS(X)
#undef X
		NR_FAULT_STEPS
};
extern const char *const fault_step_names[NR_FAULT_STEPS];

/* One answered question with the values it looked at (meaning depends on the step). */
struct fault_trail_step {
	u8 step; /* enum fault_step */
	bool yes;
	u16 unused; /* 0: no byte of RAM is left to chance */
	u32 a, b;
};

#define FAULT_TRAIL_MAX 16

/* The way through the tree, for explain and the fault file. */
struct fault_trail {
	u32 nr;
	struct fault_trail_step step[FAULT_TRAIL_MAX];
};

/* What do_page_fault remembers of the last fault: in the task, in RAM. */
struct fault_record {
	u32 address;
	u32 error_code; /* PF_* */
	u32 eip; /* where the program stood */
	u8 branch; /* enum fault_branch */
	bool grew; /* the stack was grown on the way */
	bool major; /* a backing file or swap had to be read */
	u8 error; /* errno, 0: handled */
	u32 vm_start, vm_end, vm_flags; /* the region, after growing; 0: none */
	u32 pfn; /* the frame the entry names afterwards */
	u64 jiffies; /* when; count of faults is min_flt + maj_flt */
	struct fault_trail trail;
};

/* How the access was made. */
#define FAULT_USER 0x1u /* in user mode */
#define FAULT_NO_ESP 0x2u /* through mem: the stack rule does not look at esp */
#define FAULT_ATOMIC 0x4u /* kernel mode, in_atomic() */
#define FAULT_FIXUP 0x8u /* kernel mode, by an instruction that the exception table names */

/*
 * Handle one page fault of @task, which CPU 0 runs.  Returns 0: retry the access;
 * -EFAULT (SEGV_MAPERR), -EACCES (SEGV_ACCERR), -EIO (SIGBUS), -ENOMEM.  In kernel mode there
 * is only -EFAULT, and the branch says whether by the exception table or as an oops.
 * Writes task->fault and cr2, counts pgfault, min_flt, maj_flt.
 */
int do_page_fault(struct machine *m, struct task_struct *task, const struct page_fault *fault,
		  unsigned flags);

/*
 * Bring in the page at @addr of @vma for reading or writing, as a fault there would (rights
 * are the caller's to check).  0, -EIO, -ENOMEM.  *ret_major may be NULL.
 */
int handle_mm_fault(struct machine *m, struct vm_area_struct *vma, u32 addr, bool write,
		    enum fault_branch *ret_branch, bool *ret_major);

/*
 * The same for a call that wants the page now; it counts as a fault of @task if it is one.  Where
 * memory ends, another process may have to give his (mm/oom_kill.h).  0, -EIO, -ENOMEM;
 * today: -EHWPOISON, there is a marker of a lost page.
 */
int fault_in_page(struct task_struct *task, struct vm_area_struct *vma, u32 addr, bool write);

/* What a fault at @address would be decided as; nothing changes. */
struct fault_plan {
	enum fault_branch branch;
	int error; /* -errno where it is fatal */
	struct vm_area_struct *vma; /* NULL: none */
	bool grow; /* expand_stack comes first */
	bool write;
	unsigned frames; /* frames that handling takes, page tables included */
	unsigned tables; /* of these, page tables */
};

void decide_fault(struct machine *m, struct task_struct *task, const struct page_fault *fault,
		  unsigned flags, struct fault_plan *ret_plan, struct fault_trail *ret_trail);

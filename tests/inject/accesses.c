/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests that are not commands: loads and stores through mem, each kind of fault; the
 * text of every file; files/; what is written to files of the tree.
 *
 * A transfer that stops at a page is short and keeps what it did: HALFWAY.
 */
#include "inject.h"

/* clang-format off */
const struct scenario access_scenarios[] = {
	/* anonymous: zero page, fresh frame, after the zero page; a new page table */
	{ "@read 2 0x55000000 4" },
	{ "@write 2 0x55000000 4", FAULT },
	{ "@write 2 0x55000000 4", FAULT, AFTER("2 touch 0x55000000 4K r") },
	{ "@write 2 0x55000000 65536", FAULT | HALFWAY},
	{ "@write 2 0x703ff000 8192", FAULT | HALFWAY,
	  AFTER("2 mmap 0x703ff000 8K rw- private,anonymous,fixed") },
	/* copy-on-write: of the parent, of the child, of a file's page */
	{ "@write 2 0x50402000 4", FAULT },
	{ "@write 3 0x50402000 4", FAULT, AFTER("0 schedule 3") },
	{ "@write 3 0x503fc000 32768", FAULT | HALFWAY, AFTER("0 schedule 3") },
	{ "@write 3 0x52001000 4", FAULT, AFTER("0 schedule 3") },
	{ "@write 2 0x52006000 4", FAULT },
	{ "@write 2 0x5200a000 4", FAULT },
	/* files: in core, not in core, private, shared; behind what was read */
	{ "@read 2 0x5200a000 4", FEWER },
	{ "@read 3 0x53000000 4", FEWER, AFTER("0 schedule 3") },
	{ "@read 2 0x70000000 4", FEWER, AFTER("2 mmap 0x70000000 64K r-- private,fixed cold") },
	{ "@read 2 0x70005000 40000", FEWER | HALFWAY,
	  AFTER("2 mmap 0x70000000 64K r-- shared,fixed cold") },
	{ "@write 2 0x70005000 4", FAULT | FRESH, AFTER("2 mmap 0x70000000 64K rw- shared,fixed cold") },
	{ "@write 2 0x70005000 4", FAULT, AFTER("2 mmap 0x70000000 64K rw- private,fixed cold") },
	{ "@write 2 0x53000000 4", FAULT | FRESH},
	{ "@write 3 0x5300c000 4", FAULT | FRESH, AFTER("0 schedule 3") },
	/* shared memory */
	{ "@read 2 0x5100a000 4", FEWER },
	{ "@write 2 0x5100a000 4", FAULT },
	{ "@write 3 0x51001000 4", FAULT, AFTER("0 schedule 3") },
	{ "@write 5 0x57006000 4", FAULT, AFTER("0 schedule 5") },
	/* the stack; a region that grows down; code */
	{ "@write 2 0xbff00000 4", HALFWAY },
	{ "@read 2 0xbffc0000 4", HALFWAY },
	{ "@write 2 0x55fff000 4", HALFWAY },
	{ "@write 2 0x59fff000 4", HALFWAY,
	  AFTER("2 mmap 0x5a000000 8K rw- private,anonymous,fixed,growsdown"), -EFAULT },
	{ "2 fetch 0x08048200", FAULT },
	{ "5 fetch 0x60003000", FAULT | FEWER, AFTER("0 schedule 5") },
	{ "2 touch 0x08048000 16K r", FAULT | FEWER | HALFWAY},
	{ "4 push 7", FAULT, AFTER("0 schedule 4") },
	/* swapped pages: alone, shared after fork, of shared memory */
	{ "@read 2 0x5b3fc000 4", FAULT, SWAPPED },
	{ "@write 2 0x5b3fc000 4", FAULT, SWAPPED },
	{ "@write 2 0x5b402000 4", FAULT, SWAPPED },
	{ "@write 2 0x5b3fc000 32768", FAULT | HALFWAY, SWAPPED },
	{ "@read 2 0x51002000 4", FAULT, SWAPPED },
	{ "@write 2 0x51002000 4", FAULT, SWAPPED },
	{ "@read 2 0x5b3fc000 4", FAULT, SWAPPED_BY_TWO },
	{ "@write 2 0x5b3fc000 4", HALFWAY, SWAPPED_BY_TWO }, /* in, not copied */
	{ "@write 2 0x5b402000 20000", FAULT | HALFWAY, SWAPPED_BY_TWO },
	/* a vmalloc address that the process's directory has not yet */
	{ "2 kload 0xf8000000", FAULT, AFTER(NULL), -EFAULT },
	/* every text; bytes */
	{ "@show README" },
	{ "@show meminfo" },
	{ "@show 2/maps" },
	{ "@show 2/smaps" },
	{ "@show 2/pagetable" },
	{ "@show 2/mm" },
	{ "@show 2/cmdline" },
	{ "@show 2/environ" },
	{ "@show 2/auxv" },
	{ "@show 3/cmdline" },
	{ "@show 2/cmdline", 0, AFTER("0 swapon swap 5", "2 madvise 0xbffff000 4K pageout") },
	{ "@show physmem" },
	{ "@show pagetable" },
	/* written to files of the tree */
	{ "@put 2/clear_refs 1" },
	{ "@put 2/clear_refs 4" },
	{ "@put 2/comm name" },
	{ "@put 2/oom_score_adj 10" },
	{ "@put sys/vm/drop_caches 3" },
	{ "@put sys/vm/min_free_kbytes 2000" },
	/* files/ */
	{ "@cat data" },
	{ "@cat cold", HALFWAY },
	{ "@fill data 100 200", FRESH },
	{ "@fill data 0 200000", FRESH | HALFWAY },
	{ "@fill cold 5000 10", FRESH },
	{ "@fill cold 98304 8192", FRESH | HALFWAY },
	{ "@fill cold 100000 100", FRESH },
	{ "@fill cold 500000 100", FRESH },
	{ "@fill fresh 0 20000", FRESH | HALFWAY, AFTER("@new fresh") },
	{ "@cut data 10000", FRESH },
	{ "@cut data 200000", FRESH },
	{ "@cut cold 10001", FRESH },
	{ "@punch cold 5000 100", FRESH },
	{ "@punch cold 5000 20000", FRESH | HALFWAY },
	{ "@trunc data", FRESH },
	{ "@trunc cold", FRESH },
	{ "@sync data", FRESH },
	{ "@new fresh", FRESH },
	{ "@rm data", FRESH },
	{ "@rm cold", FRESH },
	{ "@mv cold data", FRESH },
	{ "@mv data cold", FRESH },
	{ "@ln data again", FRESH },
	{ "@mkdir folder", FRESH },
	/* the flusher */
	{ "@tick 4000", FRESH },
	{ NULL },
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A page-table entry in words: the ten letters and what its frame holds.  What
 * pagetable, translate and explain show.
 */
#pragma once

#include "../aspacefs.h"

#define ENTRY_FLAGS 10

/*
 * The letters of @e: P W U A D S G N C Z or - ; p first: kept under PROT_NONE; s first: a swap
 * entry.  @vma NULL: no region (a kernel entry, a directory entry).  @large: maps a large page.
 */
void entry_flags(const struct machine *m, pte_t e, const struct vm_area_struct *vma, bool large,
		 char ret[ENTRY_FLAGS]);

/*
 * What the frame behind the entry for @addr of @vma holds: "anon", "file /init+0x1000"; of a swap
 * entry the slot: "swap /swapfile count 2 cached 01234".  => the entry is not empty
 */
void entry_what(struct aspacefs *fs, pte_t e, const struct vm_area_struct *vma, u32 addr,
		GString *out);

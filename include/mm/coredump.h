/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a process's memory belongs into a core file, and its bytes.  core(5).
 */
#pragma once

#include "mm/mm_struct.h"

/*
 * How many bytes of the region, from its start, a core file holds: those of core(5)'s default
 * coredump_filter 0x33 -- anonymous memory, private files that were written to, shared
 * memory, and the first page of a program.  0: only that the region exists.
 */
u32 vma_dump_size(const struct vm_area_struct *vma);

/*
 * The bytes of the page at @addr as the process would read them, whatever it may read, with no
 * fault, no entry and no frame more than before.  1 with @buf (a page) filled; 0: all zero and
 * never touched; -EIO: behind the file's end, or the host cannot read it.
 */
int get_dump_page(const struct vm_area_struct *vma, u32 addr, void *buf);

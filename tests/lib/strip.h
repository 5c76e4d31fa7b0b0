/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pictures of an address window, one character a page, to compare with expected ones.
 *
 * strip_regions: what may be done there.  A bar stands where two regions touch.
 *	blank nothing   - none   r r--   o -w-   w rw-   e --x   x r-x   q -wx   a rwx
 *	shared regions: the same in capitals, = for none
 *	"ww|r  WW"  two pages rw-, one r--, a hole of two, two shared rw-
 *
 * strip_pages: what the page tables hold.
 *	blank nothing   z the zero page   - kept, but not accessible
 *	anonymous: w writable   c read-only, this process's alone   s read-only, others may have it
 *	page cache: f read-only   F writable
 */
#pragma once

#include <stddef.h>

#include "arch/types.h"

struct mm_struct;

/* Both are good until the fourth next call. */
const char *strip_regions(const struct mm_struct *mm, u32 start, u32 pages);
const char *strip_pages(const struct mm_struct *mm, u32 start, u32 pages);

/* Pages that a picture shows. */
u32 strip_len(const char *strip);

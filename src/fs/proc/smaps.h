/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What regions use, for smaps and smaps_rollup.
 */
#pragma once

#include "../aspacefs.h"

/* Bytes; those of pss, swap_pss and locked in 2^-12 bytes. */
struct smaps_sums {
	u64 rss, anonymous, lazyfree, referenced, swap;
	u64 shared_clean, shared_dirty, private_clean, private_dirty;
	u64 pss, pss_dirty, pss_anon, pss_file, pss_shmem, swap_pss, locked;
};

/* Add what @vma uses. */
void smaps_count(struct smaps_sums *s, const struct vm_area_struct *vma);

/* The rows from Rss on; @rollup: with Pss by kind. */
void smaps_print(const struct smaps_sums *s, bool rollup, GString *out);

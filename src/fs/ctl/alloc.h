/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the root ctl gives out and takes back: shared by alloc.c and slab.c.
 */
#pragma once

#include "command.h"
#include "mm/handout.h"

/*
 * Give out @len bytes at physical address @pa.  NULL: no memory for the note of it; the
 * caller takes them back.
 */
struct handout *hand_out(struct ctl_call *call, enum handout_kind kind, u64 pa, u64 len);

/* What of @kind was given out and begins at @pa, which the user wrote as @word; NULL: a reason. */
struct handout *handed_out(struct ctl_call *call, enum handout_kind kind, u64 pa, const char *word);

/* Physical address behind a kernel address of the direct map; no RAM is there: beyond all RAM. */
u64 direct_pa(const struct ctl_call *call, u32 addr);

/* GFP argument @arg, kernel when it is not given.  0, or -EINVAL where @direct cannot be. */
int gfp_argument(struct ctl_call *call, unsigned arg, bool direct, gfp_t *ret);

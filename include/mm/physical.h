/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing RAM from outside, by physical address, where it can do no harm.
 */
#pragma once

#include "arch/types.h"

struct machine;

/* Bytes from @pa on, within its frame, that may be written: at most @len. */
u32 physical_writable(struct machine *m, u64 pa, u32 len);

/*
 * Write within one frame what physical_writable allows; a page of a file's cache is written
 * as write(2) there.  0 or -errno.  => it was asked
 */
int physical_store(struct machine *m, u64 pa, const void *buf, u32 len);

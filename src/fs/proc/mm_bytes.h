/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings that a program has in its own memory.
 */
#pragma once

#include "../aspacefs.h"

/* Up to @len bytes from @addr; what cannot be read ends it. */
void mm_bytes_append(const struct mm_struct *mm, u32 addr, u32 len, GString *out);

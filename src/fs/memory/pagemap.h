/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of 64-bit words: one for each page of a process, for each frame.
 */
#pragma once

#include "../node.h"

/* Words [@first, @first + @nr) of @owner's table. */
typedef void (*words_fill)(const void *owner, u64 *words, u32 first, u32 nr);

/* Bytes [@off, @off + @len) of a table of @total words, any offset and length. */
size_t words_read(words_fill fill, const void *owner, u64 total, void *buf, size_t len, u64 off);

extern const struct node_bytes pagemap_bytes; /* PID/pagemap */
extern const struct node_bytes kpagecount_bytes;
extern const struct node_bytes kpageflags_bytes;

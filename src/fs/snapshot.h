/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of one open file that is made on reading.
 */
#pragma once

#include <glib.h>

#include "arch/types.h"

struct snapshot;

/* Write the whole text to @out.  0 or -errno. */
typedef int (*snapshot_make)(void *data, GString *out);

struct snapshot *snapshot_new(void);
void snapshot_free(struct snapshot *s); /* NULL is allowed */

/*
 * Up to @len bytes from @off: the text is made by the first read, and anew by each later one
 * at offset 0.  0 with *ret_part, which holds its own reference (g_bytes_unref), or -errno
 * of @make, and the text stays what it was.
 */
int snapshot_read(struct snapshot *s, u64 off, size_t len, snapshot_make make, void *data,
		  GBytes **ret_part);

/* lseek(2) with SEEK_DATA or SEEK_HOLE in that text: all data.  The offset or -errno. */
s64 snapshot_seek(struct snapshot *s, u64 off, bool hole, snapshot_make make, void *data);

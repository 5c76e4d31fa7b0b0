/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/core: an ELF core file of a living process.
 */
#pragma once

#include "../node.h"

extern const struct node_bytes core_bytes; /* the size it would have now; reads are core_read's */

struct core_file;

/* The whole of it as it is at this moment: 0 with *ret, or -ESRCH: the process has no memory. */
int core_open(struct aspacefs *fs, struct task_struct *task, struct core_file **ret);
void core_free(struct core_file *core); /* NULL is allowed */

/* Bytes from @off; 0 at the end. */
ssize_t core_read(const struct core_file *core, void *buf, size_t len, u64 off);

/* lseek(2)'s SEEK_DATA and SEEK_HOLE: pages that are zero are holes. */
s64 core_seek(const struct core_file *core, u64 off, int whence);

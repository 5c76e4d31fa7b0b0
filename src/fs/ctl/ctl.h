/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ctl files: lines in, replies out.  INTERFACE: one reply a command; replies belong to the
 * open file that wrote, and a new open file reads those of the last writer.
 */
#pragma once

#include "../aspacefs.h"

struct ctl_file; /* one open ctl */

/* Open the ctl of a process, or the root's (@task NULL). */
struct ctl_file *ctl_file_open(struct aspacefs *fs, struct task_struct *task);

/*
 * Run the commands in @buf.  Bytes taken (short: the next line failed and will be met by the
 * next write), or -errno of the first line.  ESRCH: the process is gone.
 */
ssize_t ctl_file_write(struct ctl_file *file, const struct caller *caller, const char *buf,
		       size_t len);

/* Replies from @off, as INTERFACE tells. Returns bytes; 0 at the end. */
ssize_t ctl_file_read(struct ctl_file *file, char *buf, size_t len, u64 off);

/* Run what is left of an unfinished line, then forget the file. */
void ctl_file_release(struct ctl_file *file, const struct caller *caller);

/* Forget all replies, at unmount.  => no ctl is open */
void ctl_nodes_free(struct aspacefs *fs);

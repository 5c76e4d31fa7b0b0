/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host folder behind files/: the simulated machine's disk.
 * Every host path is resolved with openat2 beneath the folder, never across a mount point.
 * Implements machine_ops.  All calls: => the machine's lock is held, unless said otherwise.
 */
#pragma once

#include "aspacefs.h"

extern const struct machine_ops disk_machine_ops; /* ops_data is the struct disk */

/*
 * The disk over folder @dir; NULL: over a new private folder, which goes with the disk.
 * 0 with *ret, or -errno.
 */
int disk_new(const char *dir, struct disk **ret);
void disk_free(struct disk *disk); /* NULL is allowed. => the machine is gone already */

/* In which mount it serves: before the first call below. */
void disk_attach(struct disk *disk, struct aspacefs *fs);

/* The private folder's path, or NULL: the folder is the user's, who alone creates in it. */
const char *disk_private_dir(const struct disk *disk);

/*
 * Open @path (below files/, a leading / is fine) as the mapped or executed file of a
 * process with @uid, @gid: ENOENT, ENODEV (a folder: Linux's answer for mmap), EACCES,
 * ELOOP ...  @mode FMODE_*; 0: read-write where the file allows, else read-only, else
 * write-only; FMODE_EXEC: EACCES for a folder, too.  0 with a new struct file, or -errno.
 */
int disk_open(struct aspacefs *fs, const char *path, unsigned mode, uid_t uid, gid_t gid,
	      struct file **ret);

/*
 * At the end of a request: what we did to the host's files is done, what they become after this
 * is another's work.  A file whose pages were written back gets the times again that it had:
 * its user wrote earlier.
 */
void disk_settle(struct disk *disk);

/*
 * What the request's commands want the host to have on its disk, and the wait for it, which is
 * without the lock.  0 or -errno.
 */
struct host_sync disk_take_sync(struct disk *disk);
int disk_finish_sync(const struct disk *disk, struct host_sync *sync);

/*
 * The name of an open file as maps shows it: /path below files/, with " (deleted)" when
 * unlinked; /init for the built-in program; "/dev/zero (deleted)" for shared memory.
 * The string lives until the next call.
 */
const char *file_path(struct aspacefs *fs, const struct file *file);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * files/ as a file system: ordinary files and folders over the disk's host folder.
 * All calls: => the machine's lock is held, unless said otherwise; 0 or -errno.
 */
#pragma once

#include <sys/statvfs.h>

#include "node.h"

struct files_handle; /* an open file */
struct files_dir; /* an open folder */

/* A file that was looked up, made or changed. */
struct files_entry {
	u64 ino;
	struct stat attr;
};

/* New attributes; what is not to change: mode and ids -1, size -1, times UTIME_OMIT. */
struct files_change {
	s64 mode, uid, gid, size;
	struct timespec atime, mtime;
};

/* ---- names ---- each entry counts as one look-up, which files_forget takes back */
int files_lookup(struct aspacefs *fs, const struct caller *caller, u64 dir, const char *name,
		 struct files_entry *ret);
void files_forget(struct aspacefs *fs, u64 ino, u64 nlookup);
int files_mkdir(struct aspacefs *fs, const struct caller *caller, u64 dir, const char *name,
		mode_t mode, struct files_entry *ret);
int files_symlink(struct aspacefs *fs, const struct caller *caller, u64 dir, const char *name,
		  const char *target, struct files_entry *ret);
int files_link(struct aspacefs *fs, const struct caller *caller, u64 ino, u64 dir, const char *name,
	       struct files_entry *ret);
int files_remove(struct aspacefs *fs, const struct caller *caller, u64 dir, const char *name,
		 bool folder);
int files_rename(struct aspacefs *fs, const struct caller *caller, u64 dir, const char *name,
		 u64 new_dir, const char *new_name, unsigned flags);

/* ---- attributes ---- */
int files_getattr(struct aspacefs *fs, u64 ino, struct stat *ret);
int files_setattr(struct aspacefs *fs, const struct caller *caller, u64 ino,
		  const struct files_handle *open, const struct files_change *change,
		  struct stat *ret);
int files_access(struct aspacefs *fs, const struct caller *caller, u64 ino, unsigned want);
int files_readlink(struct aspacefs *fs, u64 ino, char *buf, size_t size); /* ends with 0 */
int files_statfs(struct aspacefs *fs, struct statvfs *ret);

/* ---- open files ---- */
int files_open(struct aspacefs *fs, const struct caller *caller, u64 ino, int flags,
	       struct files_handle **ret);
int files_create(struct aspacefs *fs, const struct caller *caller, u64 dir, const char *name,
		 mode_t mode, int flags, struct files_entry *ret_entry, struct files_handle **ret);
/* close(2) was called for a descriptor of it. */
void files_flush(struct aspacefs *fs, struct files_handle *open);
/* Wait, with the lock released, until what was closed is; not long.  => no request is under way */
void files_await_releases(struct aspacefs *fs);
void files_release(struct aspacefs *fs, struct files_handle *open);
ssize_t files_read(struct aspacefs *fs, struct files_handle *open, void *buf, size_t len, u64 off);
ssize_t files_write(struct aspacefs *fs, const struct caller *caller, struct files_handle *open,
		    const void *buf, size_t len, u64 off, bool append);
int files_fallocate(struct aspacefs *fs, const struct caller *caller, struct files_handle *open,
		    int mode, u64 off, u64 len);
s64 files_seek(struct aspacefs *fs, struct files_handle *open, u64 off, int whence);

/* A copy of the host's fd, to sync without the lock (close it), or -errno. */
int files_sync_fd(struct aspacefs *fs, struct files_handle *open);

/* ---- open folders ---- */
int files_opendir(struct aspacefs *fs, const struct caller *caller, u64 ino,
		  struct files_dir **ret);
void files_releasedir(struct aspacefs *fs, struct files_dir *dir);
int files_list(struct aspacefs *fs, struct files_dir *dir, u64 from, node_fill fill, void *data);

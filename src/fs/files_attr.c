/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes of what is below files/: mode, owner, times and size.
 *
 * => the machine's lock is held.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "files_node.h"
#include "mm/filemap.h"
#include "permission.h"

int files_getattr(struct aspacefs *fs, u64 ino, struct stat *ret)
{
	struct disk_node *node = node_of(fs, ino);

	return node ? disk_stat(fs->disk, node, ret) : -ESTALE;
}

int files_access(struct aspacefs *fs, const struct caller *caller, u64 ino, unsigned want)
{
	struct disk_node *node = node_of(fs, ino);
	struct stat st;
	int error = node ? disk_stat(fs->disk, node, &st) : -ESTALE;

	if (error)
		return error;
	return permission_mode(&st, caller, want) ? 0 : -EACCES;
}

int files_readlink(struct aspacefs *fs, u64 ino, char *buf, size_t size)
{
	struct disk_node *node = node_of(fs, ino);
	struct stat st;
	int fd = node ? disk_node_open(fs->disk, node, O_PATH | O_NOFOLLOW, &st) : -ESTALE;
	ssize_t n;

	if (fd < 0)
		return fd;
	n = readlinkat(fd, "", buf, size - 1);
	if (n < 0)
		n = -errno;
	else
		buf[n] = '\0';
	close(fd);
	return n < 0 ? (int)n : 0;
}

int files_statfs(struct aspacefs *fs, struct statvfs *ret)
{
	return fstatvfs(fs->disk->root_fd, ret) == 0 ? 0 : -errno;
}

int truncate_file(struct aspacefs *fs, struct disk_node *node, u64 size)
{
	int fd;

	if (size > MAX_FILE_SIZE)
		return -EFBIG;
	if (is_swap_area(node) || (node->di->inode && node->di->inode->i_writecount < 0))
		return -ETXTBSY;
	fd = disk_inode_fd(fs->disk, node->di, true);
	if (fd < 0)
		return fd == -EIO ? -EACCES : fd;
	machine_tick(fs->m);
	disk_inode_written(fs->disk, node->di);
	if (ftruncate(fd, (off_t)size) != 0)
		return -errno;
	if (node->di->inode)
		vmtruncate(node->di->inode, size);
	return 0;
}

void drop_privileges(const struct caller *caller, struct disk_node *node)
{
	struct inode *inode = node->di->inode;
	mode_t mode = inode ? inode->i_mode : 0;

	if (caller->uid == 0 || !(mode & (S_ISUID | S_ISGID)) || node->di->fd < 0)
		return;
	mode &= ~(mode_t)(S_ISUID | (mode & S_IXGRP ? S_ISGID : 0));
	if (fchmod(node->di->fd, mode & 07777) == 0)
		inode->i_mode = mode;
}

static bool wants_ids(const struct files_change *change)
{
	return change->uid >= 0 || change->gid >= 0;
}

static bool wants_times(const struct files_change *change)
{
	return change->atime.tv_nsec != UTIME_OMIT || change->mtime.tv_nsec != UTIME_OMIT;
}

static bool times_are_now(const struct files_change *change)
{
	return (change->atime.tv_nsec == UTIME_NOW || change->atime.tv_nsec == UTIME_OMIT) &&
	       (change->mtime.tv_nsec == UTIME_NOW || change->mtime.tv_nsec == UTIME_OMIT);
}

/* May @caller make this change to a file that has @st?  0 or -errno. */
static int check_change(struct aspacefs *fs, const struct caller *caller, const struct stat *st,
			const struct files_handle *open, const struct files_change *change)
{
	bool owner = check_owner(fs, caller, st) == 0;

	if (change->size >= 0 && !open && !permission_mode(st, caller, MAY_WRITE))
		return -EACCES;
	if (permission_trusted(fs, caller))
		return 0;
	if (change->mode >= 0 && !owner)
		return -EPERM;
	if (change->uid >= 0 && change->uid != st->st_uid)
		return -EPERM;
	if (change->gid >= 0 && (!owner || !caller_in_group(caller, (gid_t)change->gid)))
		return -EPERM;
	if (wants_times(change) && !owner) {
		if (!times_are_now(change))
			return -EPERM;
		return permission_mode(st, caller, MAY_WRITE) ? 0 : -EACCES;
	}
	return 0;
}

/* Mode, owner, times by an O_PATH @fd.  0 or -errno. */
static int change_by_fd(int fd, const struct files_change *change)
{
	struct timespec times[2] = { change->atime, change->mtime };
	char link[32];

	g_snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (wants_ids(change) &&
	    fchownat(fd, "", (uid_t)change->uid, (gid_t)change->gid, AT_EMPTY_PATH) != 0)
		return -errno;
	if (change->mode >= 0 && chmod(link, (mode_t)change->mode & 07777) != 0)
		return -errno;
	if (wants_times(change) && utimensat(AT_FDCWD, link, times, 0) != 0)
		return -errno;
	return 0;
}

/* The same on whatever leads to the file: its open fd where it is unlinked. */
static int change_node(struct aspacefs *fs, struct disk_node *node,
		       const struct files_change *change)
{
	struct stat st;
	int fd, error;

	if (change->mode < 0 && !wants_ids(change) && !wants_times(change))
		return 0;
	fd = disk_node_open(fs->disk, node, O_PATH | O_NOFOLLOW, &st);
	if (fd < 0 && node->di->fd < 0)
		return fd;
	if (fd >= 0 && S_ISLNK(st.st_mode) && change->mode >= 0) {
		close(fd);
		return -EOPNOTSUPP;
	}
	disk_inode_written(fs->disk, node->di);
	error = change_by_fd(fd >= 0 ? fd : node->di->fd, change);
	if (fd >= 0)
		close(fd);
	return error;
}

int files_setattr(struct aspacefs *fs, const struct caller *caller, u64 ino,
		  const struct files_handle *open, const struct files_change *change,
		  struct stat *ret)
{
	struct disk_node *node = node_of(fs, ino);
	int error = node ? disk_stat(fs->disk, node, ret) : -ESTALE;

	if (!error)
		error = check_change(fs, caller, ret, open, change);
	if (!error && change->size >= 0) {
		error = truncate_file(fs, node, (u64)change->size);
		if (!error)
			drop_privileges(caller, node);
	}
	if (!error)
		error = change_node(fs, node, change);
	return error ? error : disk_stat(fs->disk, node, ret);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files and folders that the calls on files/ name: who may, and the host folder of one.
 *
 * Permission is by the caller's identity: for the user who mounted and for root the
 * host checks the daemon; for others (allow_other) this file does, as Linux would.
 * What a daemon of root makes belongs to the caller.
 *
 * => the machine's lock is held.
 */
#include "files_node.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "permission.h"

/* ---- who may ---- */

int check_mode(struct aspacefs *fs, const struct caller *caller, struct disk_node *node,
	       unsigned want)
{
	struct stat st;
	int error;

	if (permission_trusted(fs, caller))
		return 0;
	error = disk_stat(fs->disk, node, &st);
	if (error)
		return error;
	return permission_mode(&st, caller, want) ? 0 : -EACCES;
}

int check_owner(struct aspacefs *fs, const struct caller *caller, const struct stat *st)
{
	return permission_trusted(fs, caller) || caller->uid == st->st_uid ? 0 : -EPERM;
}

int check_remove(struct aspacefs *fs, const struct caller *caller, struct disk_node *dir,
		 const struct stat *victim)
{
	struct stat st;
	int error = check_mode(fs, caller, dir, MAY_WRITE | MAY_EXEC);

	if (error || permission_trusted(fs, caller))
		return error;
	error = disk_stat(fs->disk, dir, &st);
	if (!error && st.st_mode & S_ISVTX && caller->uid != st.st_uid &&
	    caller->uid != victim->st_uid)
		error = -EPERM;
	return error;
}

bool is_swap_area(const struct disk_node *node)
{
	return node->di->inode && node->di->inode->i_swapfile;
}

struct disk_node *node_of(const struct aspacefs *fs, u64 ino)
{
	struct ino_parts parts;

	ino_unpack(ino, &parts);
	return parts.tag == INO_FILES ? disk_node_find(fs->disk, parts.handle) : NULL;
}

/* ---- folders on the host ---- */

int open_folder(struct aspacefs *fs, struct disk_node *dir)
{
	struct stat st;
	int fd = disk_node_open(fs->disk, dir, O_PATH | O_DIRECTORY, &st);

	return fd == -ESTALE ? -ENOENT : fd;
}

int open_folder_to_write(struct aspacefs *fs, const struct caller *caller, u64 ino,
			 struct disk_node **ret)
{
	struct disk_node *dir = node_of(fs, ino);
	int error = dir ? check_mode(fs, caller, dir, MAY_WRITE | MAY_EXEC) : -ESTALE;

	if (error)
		return error;
	*ret = dir;
	return open_folder(fs, dir);
}

void give_to_caller(const struct caller *caller, int dir_fd, const char *name)
{
	struct stat dir;
	gid_t gid = caller->gid;

	if (geteuid() != 0 || (caller->uid == 0 && caller->gid == 0))
		return;
	if (fstat(dir_fd, &dir) == 0 && dir.st_mode & S_ISGID)
		gid = (gid_t)-1;
	if (fchownat(dir_fd, name, caller->uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
		g_debug("%s: cannot be given to its maker", name);
}

int entry_of(struct aspacefs *fs, struct disk_node *dir, const char *name, struct files_entry *ret)
{
	struct disk_node *node;
	int error = disk_lookup(fs->disk, dir, name, &node, &ret->attr);

	if (error)
		return error;
	ret->ino = ino_of_files(node->id);
	node->nlookup++;
	disk_node_unref(fs->disk, node);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names below files/: look-up, new ones, those that go, and those that change.
 *
 * => the machine's lock is held.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "files_node.h"
#include "permission.h"

/* ---- look-up ---- */

int files_lookup(struct aspacefs *fs, const struct caller *caller, u64 dir, const char *name,
		 struct files_entry *ret)
{
	struct disk_node *node = node_of(fs, dir);
	int error = node ? check_mode(fs, caller, node, MAY_EXEC) : -ESTALE;

	return error ? error : entry_of(fs, node, name, ret);
}

void files_forget(struct aspacefs *fs, u64 ino, u64 nlookup)
{
	struct disk_node *node = node_of(fs, ino);

	/* The root folder's number is given without a count. */
	if (node && node != fs->disk->root)
		disk_node_forget(fs->disk, node, nlookup);
}

/* ---- new names ---- */

/* A symbolic link to @target, or where that is NULL a folder. */
static int make_name(struct aspacefs *fs, const struct caller *caller, u64 dir, const char *name,
		     const char *target, mode_t mode, struct files_entry *ret)
{
	struct disk_node *node;
	int fd = open_folder_to_write(fs, caller, dir, &node), error = 0;

	if (fd < 0)
		return fd;
	machine_tick(fs->m);
	if ((target ? symlinkat(target, fd, name) : mkdirat(fd, name, mode)) != 0)
		error = -errno;
	if (!error)
		give_to_caller(caller, fd, name);
	close(fd);
	return error ? error : entry_of(fs, node, name, ret);
}

int files_mkdir(struct aspacefs *fs, const struct caller *caller, u64 dir, const char *name,
		mode_t mode, struct files_entry *ret)
{
	return make_name(fs, caller, dir, name, NULL, mode, ret);
}

int files_symlink(struct aspacefs *fs, const struct caller *caller, u64 dir, const char *name,
		  const char *target, struct files_entry *ret)
{
	return make_name(fs, caller, dir, name, target, 0, ret);
}

int files_link(struct aspacefs *fs, const struct caller *caller, u64 ino, u64 dir, const char *name,
	       struct files_entry *ret)
{
	struct disk_node *node = node_of(fs, ino), *folder;
	int from, to, error;

	if (!node || !node->parent || !node->hashed)
		return node ? -EPERM : -ESTALE;
	to = open_folder_to_write(fs, caller, dir, &folder);
	if (to < 0)
		return to;
	from = open_folder(fs, node->parent);
	error = from < 0 ? from : 0;
	machine_tick(fs->m);
	if (!error && linkat(from, node->name, to, name, 0) != 0)
		error = -errno;
	if (!error)
		disk_inode_written(fs->disk, node->di); /* ctime */
	if (from >= 0)
		close(from);
	close(to);
	return error ? error : entry_of(fs, folder, name, ret);
}

/* ---- names that go ---- */

/* The file under a name that is to go, with a reference; and may it?  0 or -errno. */
static int find_victim(struct aspacefs *fs, const struct caller *caller, struct disk_node *dir,
		       const char *name, struct disk_node **ret, struct stat *st)
{
	int error = disk_lookup(fs->disk, dir, name, ret, st);

	if (error)
		return error;
	error = check_remove(fs, caller, dir, st);
	if (!error && is_swap_area(*ret))
		error = -EPERM;
	if (!error && S_ISREG(st->st_mode))
		disk_inode_rescue(fs->disk, (*ret)->di);
	if (error)
		disk_node_unref(fs->disk, *ret);
	return error;
}

/* It went. */
static void drop_victim(struct aspacefs *fs, struct disk_node *victim, const struct stat *st)
{
	bool last = S_ISDIR(st->st_mode) || st->st_nlink == 1;

	if (!last)
		disk_inode_written(fs->disk, victim->di); /* ctime */
	disk_node_drop(fs->disk, victim, last);
}

int files_remove(struct aspacefs *fs, const struct caller *caller, u64 dir, const char *name,
		 bool folder)
{
	struct disk_node *node, *victim;
	struct stat st;
	int fd = open_folder_to_write(fs, caller, dir, &node), error;

	if (fd < 0)
		return fd;
	error = find_victim(fs, caller, node, name, &victim, &st);
	if (!error) {
		machine_tick(fs->m);
		if (unlinkat(fd, name, folder ? AT_REMOVEDIR : 0) != 0)
			error = -errno;
		if (!error)
			drop_victim(fs, victim, &st);
		disk_node_unref(fs->disk, victim);
	}
	close(fd);
	return error;
}

/* Both names of a rename, as they were before it. */
struct renaming {
	struct disk_node *from_dir, *to_dir;
	const char *from_name, *to_name;
	struct disk_node *from, *to; /* to: NULL when the name is free */
	struct stat from_st, to_st;
	unsigned flags;
};

static void rename_nodes(struct aspacefs *fs, struct renaming *r)
{
	struct disk *disk = fs->disk;

	disk_inode_written(disk, r->from->di); /* ctime */
	if (r->to && r->from->di == r->to->di)
		return; /* two names of one file: rename(2) does nothing */
	if (r->to && !(r->flags & RENAME_EXCHANGE))
		drop_victim(fs, r->to, &r->to_st);
	if (r->to && r->flags & RENAME_EXCHANGE) {
		disk_node_move(disk, r->from, r->to_dir, "");
		disk_node_move(disk, r->to, r->from_dir, r->from_name);
	}
	disk_node_move(disk, r->from, r->to_dir, r->to_name);
}

/* Both ends are found and allowed.  0 or -errno. */
static int rename_on_host(struct aspacefs *fs, struct renaming *r)
{
	int from = open_folder(fs, r->from_dir), to = open_folder(fs, r->to_dir), error = 0;

	if (from < 0 || to < 0)
		error = from < 0 ? from : to;
	else if (renameat2(from, r->from_name, to, r->to_name, r->flags) != 0)
		error = -errno;
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return error;
}

static int rename_found(struct aspacefs *fs, const struct caller *caller, struct renaming *r)
{
	int error = find_victim(fs, caller, r->to_dir, r->to_name, &r->to, &r->to_st);

	if (error == -ENOENT)
		error = check_mode(fs, caller, r->to_dir, MAY_WRITE | MAY_EXEC);
	if (error)
		return error;
	machine_tick(fs->m);
	error = rename_on_host(fs, r);
	if (!error)
		rename_nodes(fs, r);
	if (r->to)
		disk_node_unref(fs->disk, r->to);
	return error;
}

int files_rename(struct aspacefs *fs, const struct caller *caller, u64 dir, const char *name,
		 u64 new_dir, const char *new_name, unsigned flags)
{
	struct renaming r = {
		.from_dir = node_of(fs, dir),
		.to_dir = node_of(fs, new_dir),
		.from_name = name,
		.to_name = new_name,
		.flags = flags,
	};
	int error;

	if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	if (!r.from_dir || !r.to_dir)
		return -ESTALE;
	error = disk_lookup(fs->disk, r.from_dir, name, &r.from, &r.from_st);
	if (error)
		return error;
	error = is_swap_area(r.from) ? -EPERM : check_remove(fs, caller, r.from_dir, &r.from_st);
	if (!error)
		error = rename_found(fs, caller, &r);
	disk_node_unref(fs->disk, r.from);
	return error;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * files/ as a file system: ordinary files and folders over the disk's host folder.
 *
 * Bytes go through the simulated page cache in both directions (mm/filemap.h): a store
 * through a mapping and a write here are one.  The host's file has room for a write before it
 * returns, and the bytes when the machine's flusher, sync, fsync(2) or the unmount take them
 * there (mm/writeback.c).  What the host's own users change behind us is seen at the next
 * look-up.
 *
 * Permission is by the caller's identity: for the user who mounted and for root the
 * host checks the daemon; for others (allow_other) this file does, as Linux would.
 * What a daemon of root makes belongs to the caller.
 *
 * => the machine's lock is held.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "disk_node.h"
#include "files.h"
#include "mm/filemap.h"
#include "mm/writeback.h"
#include "permission.h"

struct files_handle {
	struct disk_node *node;
	struct inode *inode;
	bool writes; /* opened for writing: write access is its own */
	bool closing; /* counted in fs->closing of this round */
	unsigned closing_round;
};

#define CLOSING_WAIT_MS 20

/* ---- who may ---- */

static int check_mode(struct aspacefs *fs, const struct caller *caller, struct disk_node *node,
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

/* Only the owner: EPERM for others. */
static int check_owner(struct aspacefs *fs, const struct caller *caller, const struct stat *st)
{
	return permission_trusted(fs, caller) || caller->uid == st->st_uid ? 0 : -EPERM;
}

/* May a name be taken out of @dir?  In a sticky folder only its own owner's. */
static int check_remove(struct aspacefs *fs, const struct caller *caller, struct disk_node *dir,
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

/* In use: nobody writes it, cuts it short, or takes its name away. */
static bool is_swap_area(const struct disk_node *node)
{
	return node->di->inode && node->di->inode->i_swapfile;
}

static struct disk_node *node_of(const struct aspacefs *fs, u64 ino)
{
	struct ino_parts parts;

	ino_unpack(ino, &parts);
	return parts.tag == INO_FILES ? disk_node_find(fs->disk, parts.handle) : NULL;
}

/* ---- folders on the host ---- */

/* A folder to make or remove names in.  fd (to be closed) or -errno. */
static int open_folder(struct aspacefs *fs, struct disk_node *dir)
{
	struct stat st;
	int fd = disk_node_open(fs->disk, dir, O_PATH | O_DIRECTORY, &st);

	return fd == -ESTALE ? -ENOENT : fd;
}

/* The same, when @caller may write there. */
static int open_folder_to_write(struct aspacefs *fs, const struct caller *caller, u64 ino,
				struct disk_node **ret)
{
	struct disk_node *dir = node_of(fs, ino);
	int error = dir ? check_mode(fs, caller, dir, MAY_WRITE | MAY_EXEC) : -ESTALE;

	if (error)
		return error;
	*ret = dir;
	return open_folder(fs, dir);
}

/* A new file of a daemon that is root belongs to whoever asked for it. */
static void give_to_caller(const struct caller *caller, int dir_fd, const char *name)
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

/* ---- look-up ---- */

static int entry_of(struct aspacefs *fs, struct disk_node *dir, const char *name,
		    struct files_entry *ret)
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

int files_mkdir(struct aspacefs *fs, const struct caller *caller, u64 dir, const char *name,
		mode_t mode, struct files_entry *ret)
{
	struct disk_node *node;
	int fd = open_folder_to_write(fs, caller, dir, &node), error;

	if (fd < 0)
		return fd;
	machine_tick(fs->m);
	error = mkdirat(fd, name, mode) == 0 ? 0 : -errno;
	if (!error)
		give_to_caller(caller, fd, name);
	close(fd);
	return error ? error : entry_of(fs, node, name, ret);
}

int files_symlink(struct aspacefs *fs, const struct caller *caller, u64 dir, const char *name,
		  const char *target, struct files_entry *ret)
{
	struct disk_node *node;
	int fd = open_folder_to_write(fs, caller, dir, &node), error;

	if (fd < 0)
		return fd;
	machine_tick(fs->m);
	error = symlinkat(target, fd, name) == 0 ? 0 : -errno;
	if (!error)
		give_to_caller(caller, fd, name);
	close(fd);
	return error ? error : entry_of(fs, node, name, ret);
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

/* ---- attributes ---- */

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

static int truncate_file(struct aspacefs *fs, struct disk_node *node, u64 size)
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

/* A write or truncation by somebody else than root takes set-user-id away. */
static void drop_privileges(const struct caller *caller, struct disk_node *node)
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

/* ---- open files ---- */

/* Make it empty where @flags say so.  0 or -errno. */
static int open_truncate(struct aspacefs *fs, const struct caller *caller, struct disk_node *node,
			 int flags)
{
	int error;

	if (!(flags & O_TRUNC) || (flags & O_ACCMODE) == O_RDONLY)
		return 0;
	error = truncate_file(fs, node, 0);
	if (!error)
		drop_privileges(caller, node);
	return error;
}

static struct inode *hold_inode(struct aspacefs *fs, struct disk_node *node, const struct stat *st)
{
	struct inode *inode;

	do {
		oom_begin(fs->m);
		inode = disk_inode_hold(fs->disk, node->di, st);
	} while (!inode && out_of_memory(fs->m, NULL));
	return inode;
}

/* The node is as it should be, the caller may: open it. */
static int open_node(struct aspacefs *fs, const struct caller *caller, struct disk_node *node,
		     const struct stat *st, int flags, struct files_handle **ret)
{
	bool write = (flags & O_ACCMODE) != O_RDONLY;
	int fd = disk_inode_fd(fs->disk, node->di, write), error;
	struct inode *inode;

	if (fd < 0)
		return fd;
	inode = hold_inode(fs, node, st);
	if (!inode)
		return -ENOMEM;
	error = write ? get_write_access(inode) : 0;
	if (error)
		return error;
	disk_inode_pin(fs->disk, node->di);
	error = open_truncate(fs, caller, node, flags);
	if (error) {
		disk_inode_unpin(fs->disk, node->di);
		if (write)
			put_write_access(inode);
		return error;
	}
	*ret = g_new(struct files_handle, 1);
	**ret = (struct files_handle){ disk_node_ref(node), inode, .writes = write };
	return 0;
}

int files_open(struct aspacefs *fs, const struct caller *caller, u64 ino, int flags,
	       struct files_handle **ret)
{
	struct disk_node *node = node_of(fs, ino);
	struct stat st;
	int error = node ? disk_stat(fs->disk, node, &st) : -ESTALE;

	if (!error && !S_ISREG(st.st_mode))
		error = S_ISDIR(st.st_mode) ? -EISDIR : -ENXIO;
	/* Always: the fd may be open already, and the host not asked. */
	if (!error && !permission_mode(&st, caller, permission_of_flags(flags)))
		error = -EACCES;
	return error ? error : open_node(fs, caller, node, &st, flags, ret);
}

/* A file that was made just now by @fd, which is taken over. */
static int open_new(struct aspacefs *fs, const struct caller *caller, struct disk_node *dir,
		    const char *name, int flags, int fd, struct files_entry *ret_entry,
		    struct files_handle **ret)
{
	struct disk_node *node;
	int error = entry_of(fs, dir, name, ret_entry);

	if (error) {
		close(fd);
		return error;
	}
	node = node_of(fs, ret_entry->ino);
	disk_inode_adopt_fd(fs->disk, node->di, fd);
	error = open_node(fs, caller, node, &ret_entry->attr, flags & ~O_TRUNC, ret);
	if (error)
		disk_node_forget(fs->disk, node, 1);
	return error;
}

/* The name was taken meanwhile: open what is there. */
static int open_existing(struct aspacefs *fs, const struct caller *caller, u64 dir,
			 const char *name, int flags, struct files_entry *ret_entry,
			 struct files_handle **ret)
{
	int error = files_lookup(fs, caller, dir, name, ret_entry);

	if (error)
		return error;
	error = files_open(fs, caller, ret_entry->ino, flags, ret);
	if (!error)
		error = files_getattr(fs, ret_entry->ino, &ret_entry->attr);
	if (error)
		files_forget(fs, ret_entry->ino, 1);
	return error;
}

int files_create(struct aspacefs *fs, const struct caller *caller, u64 dir, const char *name,
		 mode_t mode, int flags, struct files_entry *ret_entry, struct files_handle **ret)
{
	struct disk_node *node;
	int folder = open_folder_to_write(fs, caller, dir, &node), fd, error;

	if (folder < 0)
		return folder;
	machine_tick(fs->m);
	fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 07777);
	if (fd < 0)
		fd = -errno;
	else
		give_to_caller(caller, folder, name);
	error = fd < 0 ? fd : open_new(fs, caller, node, name, flags, fd, ret_entry, ret);
	if (fd >= 0 && error) /* what cannot be opened was not made either */
		unlinkat(folder, name, 0);
	close(folder);
	if (fd == -EEXIST && !(flags & O_EXCL))
		return open_existing(fs, caller, dir, name, flags, ret_entry, ret);
	return error;
}

/* ---- closing ---- */

/*
 * The kernel releases a file some time after close(2) returned, when the program may be executing
 * what it wrote: that must not be "text file busy".  But close(2) itself is heard of
 * (files_flush), and a command waits for the releases that must be on their way.  A file that is
 * open by a second descriptor is not released: one wait is too long, and then it is known.
 */

static void not_closing(struct aspacefs *fs, struct files_handle *open)
{
	if (!open->closing)
		return;
	open->closing = false;
	if (open->closing_round == fs->closing_round && --fs->closing == 0)
		pthread_cond_broadcast(&fs->released);
}

void files_flush(struct aspacefs *fs, struct files_handle *open)
{
	if (!open->writes)
		return;
	not_closing(fs, open);
	open->closing = true;
	open->closing_round = fs->closing_round;
	fs->closing++;
}

void files_await_releases(struct aspacefs *fs)
{
	struct timespec until;

	if (!fs->closing)
		return;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += CLOSING_WAIT_MS * 1000000l;
	if (until.tv_nsec >= 1000000000l) {
		until.tv_nsec -= 1000000000l;
		until.tv_sec++;
	}
	while (fs->closing && pthread_cond_timedwait(&fs->released, &fs->lock, &until) == 0)
		;
	if (fs->closing) {
		fs->closing = 0;
		fs->closing_round++;
	}
}

void files_release(struct aspacefs *fs, struct files_handle *open)
{
	struct disk_node *node = open->node;

	not_closing(fs, open);
	if (open->writes)
		put_write_access(open->inode);
	disk_inode_unpin(fs->disk, node->di);
	disk_node_unref(fs->disk, node);
	g_free(open);
}

/* The door of read(2) and write(2): where memory ends, a process may have to give its own. */
ssize_t files_read(struct aspacefs *fs, struct files_handle *open, void *buf, size_t len, u64 off)
{
	size_t done = 0;
	s64 n;

	machine_tick(fs->m);
	do {
		oom_begin(fs->m);
		n = generic_file_read(open->inode, off + done, (u8 *)buf + done, (u32)(len - done));
		done += n > 0 ? (size_t)n : 0;
	} while (done < len && out_of_memory(fs->m, NULL));
	return done ? (ssize_t)done : (ssize_t)n;
}

ssize_t files_write(struct aspacefs *fs, const struct caller *caller, struct files_handle *open,
		    const void *buf, size_t len, u64 off, bool append)
{
	u64 pos = append ? open->inode->i_size : off;
	size_t done = 0;
	s64 n;

	not_closing(fs, open);
	machine_tick(fs->m);
	do {
		oom_begin(fs->m);
		n = generic_file_write(open->inode, pos + done, (const u8 *)buf + done,
				       (u32)(len - done));
		done += n > 0 ? (size_t)n : 0;
	} while (done < len && out_of_memory(fs->m, NULL));
	if (done)
		drop_privileges(caller, open->node);
	return done ? (ssize_t)done : (ssize_t)n;
}

int files_fallocate(struct aspacefs *fs, const struct caller *caller, struct files_handle *open,
		    int mode, u64 off, u64 len)
{
	int error;

	not_closing(fs, open);
	machine_tick(fs->m);
	error = generic_file_fallocate(open->inode, (u32)mode, off, len);
	if (!error)
		drop_privileges(caller, open->node);
	return error;
}

/* Write what is dirty, so that the host's file says all.  Its fd (not to be closed) or -errno. */
static int sync_to_host(struct aspacefs *fs, struct files_handle *open)
{
	int error = filemap_write(open->inode);

	return error ? error : disk_inode_fd(fs->disk, open->node->di, false);
}

s64 files_seek(struct aspacefs *fs, struct files_handle *open, u64 off, int whence)
{
	off_t at;
	int fd = sync_to_host(fs, open);

	if (fd < 0)
		return fd;
	at = lseek(fd, (off_t)off, whence);
	return at < 0 ? -errno : at;
}

int files_sync_fd(struct aspacefs *fs, struct files_handle *open)
{
	int fd = sync_to_host(fs, open);

	if (fd < 0)
		return fd;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

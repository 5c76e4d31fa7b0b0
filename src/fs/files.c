/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open files below files/: opening, reading, writing, closing.
 *
 * Bytes go through the simulated page cache in both directions (mm/filemap.h): a store
 * through a mapping and a write here are one.  The host's file has room for a write before it
 * returns, and the bytes when the machine's flusher, sync, fsync(2) or the unmount take them
 * there (mm/writeback.c).  What the host's own users change behind us is seen at the next
 * look-up.
 *
 * => the machine's lock is held.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "files_node.h"
#include "mm/filemap.h"
#include "mm/writeback.h"
#include "permission.h"

struct files_handle {
	struct disk_node *node;
	struct inode *inode;
	bool writes; /* opened for writing: write access is its own */
	u32 wb_err; /* the failed write-back that it knows of */
	bool closing; /* counted in fs->closing of this round */
	unsigned closing_round;
};

#define CLOSING_WAIT_MS 20

/* ---- opening ---- */

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
	struct oom_want outer = oom_begin(fs->m);
	struct inode *inode;

	do
		inode = disk_inode_hold(fs->disk, node->di, st);
	while (!inode && out_of_memory(fs->m, NULL));
	oom_end(fs->m, outer);
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
	**ret = (struct files_handle){ disk_node_ref(node), inode, .writes = write,
				       .wb_err = wb_error_sample(inode) };
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

/* ---- reading and writing ---- */

/*
 * The door of read(2) and write(2): where memory ends, a process may have to give its own.  Only
 * the call that moved nothing tells why; what came short may be all there is.
 */
static bool goes_on(struct machine *m, s64 n, size_t left)
{
	return left && (n > 0 || (n == -ENOMEM && out_of_memory(m, NULL)));
}

ssize_t files_read(struct aspacefs *fs, struct files_handle *open, void *buf, size_t len, u64 off)
{
	struct oom_want outer = oom_begin(fs->m);
	size_t done = 0;
	s64 n;

	machine_tick(fs->m);
	do {
		n = generic_file_read(open->inode, off + done, (u8 *)buf + done, (u32)(len - done));
		done += n > 0 ? (size_t)n : 0;
	} while (goes_on(fs->m, n, len - done));
	oom_end(fs->m, outer);
	return done ? (ssize_t)done : (ssize_t)n;
}

ssize_t files_write(struct aspacefs *fs, const struct caller *caller, struct files_handle *open,
		    const void *buf, size_t len, u64 off, bool append)
{
	struct oom_want outer = oom_begin(fs->m);
	u64 pos = append ? open->inode->i_size : off;
	size_t done = 0;
	s64 n;

	not_closing(fs, open);
	machine_tick(fs->m);
	do {
		n = generic_file_write(open->inode, pos + done, (const u8 *)buf + done,
				       (u32)(len - done));
		done += n > 0 ? (size_t)n : 0;
	} while (goes_on(fs->m, n, len - done));
	oom_end(fs->m, outer);
	if (done)
		drop_privileges(caller, open->node);
	return done ? (ssize_t)done : (ssize_t)n;
}

int files_fallocate(struct aspacefs *fs, const struct caller *caller, struct files_handle *open,
		    int mode, u64 off, u64 len)
{
	struct oom_want outer = oom_begin(fs->m);
	int error;

	not_closing(fs, open);
	machine_tick(fs->m);
	do
		error = generic_file_fallocate(open->inode, (u32)mode, off, len);
	while (error == -ENOMEM && out_of_memory(fs->m, NULL));
	oom_end(fs->m, outer);
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
	int late = wb_error_check(open->inode, &open->wb_err); /* also when fd says the same */

	if (fd < 0 || late)
		return fd < 0 ? fd : late;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

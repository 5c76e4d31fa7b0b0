/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host folder behind files/ as mm sees it: machine_ops, open(2) of a simulated process,
 * and the names that maps shows.
 *
 * The folder is the user's (-o files=DIR; nothing is created in it), or a private temporary one
 * that lives as long as the mount.
 *
 * => the machine's lock is held.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "disk_node.h"
#include "mm/filemap.h"
#include "permission.h"

#define MAX_LINKS 40 /* symbolic links on one path, as Linux */

/* ---- machine_ops ---- */

static struct disk_inode *inode_of_handle(const struct disk *disk, u32 handle)
{
	struct disk_inode *di = g_hash_table_lookup(disk->i_handles, GUINT_TO_POINTER(handle));

	assert(di);
	return di;
}

static int op_read(void *data, u32 handle, u64 pos, void *buf, u32 len)
{
	struct disk *disk = data;
	int fd = disk_inode_fd(disk, inode_of_handle(disk, handle), false);
	u32 done = 0;

	while (fd >= 0 && done < len) {
		ssize_t n = pread(fd, (u8 *)buf + done, len - done, (off_t)(pos + done));

		if (n < 0 && errno != EINTR)
			return -EIO;
		if (n == 0)
			break;
		done += n > 0 ? (u32)n : 0;
	}
	if (fd < 0)
		return -EIO;
	memset((u8 *)buf + done, 0, len - done);
	return 0;
}

static int op_write(void *data, u32 handle, u64 pos, const void *buf, u32 len)
{
	struct disk *disk = data;
	struct disk_inode *di = inode_of_handle(disk, handle);
	int fd = disk_inode_fd(disk, di, true);
	u32 done = 0;

	if (fd < 0)
		return fd;
	disk_inode_flushing(disk, di);
	while (done < len) {
		ssize_t n = pwrite(fd, (const u8 *)buf + done, len - done, (off_t)(pos + done));

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (u32)n : 0;
	}
	return 0;
}

/* Room for these bytes where the host's file system cannot be asked for it: touch each block. */
static int touch_blocks(int fd, u64 pos, u64 end)
{
	for (; pos < end; pos = (pos | (PAGE_SIZE - 1)) + 1) {
		char byte = 0;

		if (pread(fd, &byte, 1, (off_t)pos) < 0 || pwrite(fd, &byte, 1, (off_t)pos) != 1)
			return -errno;
	}
	return 0;
}

static int make_room(int fd, u64 pos, u64 len)
{
	struct stat st;
	int error;

	do
		error = fallocate(fd, 0, (off_t)pos, (off_t)len) == 0 ? 0 : -errno;
	while (error == -EINTR);
	if (error != -EOPNOTSUPP && error != -ENOSYS)
		return error;
	error = touch_blocks(fd, pos, pos + len);
	if (error || fstat(fd, &st) != 0 || (u64)st.st_size >= pos + len)
		return error;
	return ftruncate(fd, (off_t)(pos + len)) == 0 ? 0 : -errno;
}

static int op_reserve(void *data, u32 handle, u64 pos, u64 len)
{
	struct disk *disk = data;
	struct disk_inode *di = inode_of_handle(disk, handle);
	static const struct timespec now[2] = { { 0, UTIME_OMIT }, { 0, UTIME_NOW } };
	int fd = disk_inode_fd(disk, di, true), error;
	struct stat before, after;

	if (fd < 0)
		return fd;
	if (fstat(fd, &before) != 0)
		return -errno;
	disk_inode_written(disk, di);
	error = make_room(fd, pos, len);
	if (!error)
		futimens(fd, now);
	else if (fstat(fd, &after) == 0 && after.st_size > before.st_size &&
		 ftruncate(fd, before.st_size) != 0)
		g_debug("a file stays longer than what was written to it");
	return error;
}

/* Waiting for the host is the request's, when the lock is free (disk_finish_sync). */
static int op_fsync(void *data, u32 handle)
{
	struct disk *disk = data;
	int fd = disk_inode_fd(disk, inode_of_handle(disk, handle), false);

	if (fd < 0 || disk->private_dir)
		return fd < 0 ? fd : 0;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	g_array_append_val(disk->fs->host_sync.fds, fd);
	return 0;
}

/* The host's file, which is about to be changed.  A descriptor or -errno. */
static int fd_to_change(struct disk *disk, u32 handle)
{
	struct disk_inode *di = inode_of_handle(disk, handle);
	int fd = disk_inode_fd(disk, di, true);

	if (fd >= 0)
		disk_inode_written(disk, di);
	return fd;
}

static int op_truncate(void *data, u32 handle, u64 size)
{
	int fd = fd_to_change(data, handle);

	if (fd < 0)
		return fd;
	return ftruncate(fd, (off_t)size) == 0 ? 0 : -errno;
}

static int op_punch(void *data, u32 handle, u64 pos, u64 len)
{
	int how = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, fd = fd_to_change(data, handle);

	if (fd < 0)
		return fd;
	return fallocate(fd, how, (off_t)pos, (off_t)len) == 0 ? 0 : -errno;
}

/* Its blocks are there, if not always written yet: st_blocks counts both. */
static int op_swap_activate(void *data, u32 handle, u64 size)
{
	struct disk *disk = data;
	int fd = disk_inode_fd(disk, inode_of_handle(disk, handle), true);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) != 0)
		return -errno;
	return (u64)st.st_blocks * 512 < size ? -EINVAL : 0;
}

static int op_swap_rw(void *data, u32 handle, u64 pos, void *const *pages, unsigned nr, bool write)
{
	struct disk *disk = data;
	struct disk_inode *di = inode_of_handle(disk, handle);
	int fd = disk_inode_fd(disk, di, true);
	struct iovec iov[SWAP_RW_MAX];
	ssize_t n;
	struct stat st;

	assert(nr <= SWAP_RW_MAX);
	if (fd < 0 || fstat(fd, &st) != 0 || (u64)st.st_size < pos + (u64)nr * PAGE_SIZE)
		return -EIO;
	for (unsigned i = 0; i < nr; i++)
		iov[i] = (struct iovec){ pages[i], PAGE_SIZE };
	if (write)
		disk_inode_flushing(disk, di);
	do
		n = write ? pwritev(fd, iov, (int)nr, (off_t)pos) :
			    preadv(fd, iov, (int)nr, (off_t)pos);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)nr * PAGE_SIZE ? 0 : -EIO;
}

static void op_release(void *data, u32 f_handle)
{
	struct disk *disk = data;
	struct disk_node *node = g_hash_table_lookup(disk->f_handles, GUINT_TO_POINTER(f_handle));

	assert(node);
	g_hash_table_remove(disk->f_handles, GUINT_TO_POINTER(f_handle));
	disk_node_unref(disk, node);
}

static void op_evict(void *data, u32 i_handle)
{
	struct disk *disk = data;

	disk_inode_evicted(disk, inode_of_handle(disk, i_handle));
}

static bool op_forget(void *data, u32 i_handle)
{
	struct disk *disk = data;

	return disk_inode_let_go(disk, inode_of_handle(disk, i_handle));
}

/* ---- the way along a path ---- */

struct walk {
	struct disk *disk;
	uid_t uid;
	gid_t gid;
	struct disk_node *at; /* a reference is ours */
	struct stat st; /* of at */
	GString *rest; /* what is still to go */
	bool folder; /* a slash follows: it must be a folder */
	unsigned links;
};

static void walk_step_to(struct walk *w, struct disk_node *node)
{
	disk_node_unref(w->disk, w->at);
	w->at = node;
}

/* Go up; the root folder is its own parent.  0 or -errno. */
static int walk_up(struct walk *w)
{
	if (w->at->parent)
		walk_step_to(w, disk_node_ref(w->at->parent));
	return disk_stat(w->disk, w->at, &w->st);
}

/* Put the target of link @node in front of what is left.  0 or -errno. */
static int walk_link(struct walk *w, struct disk_node *node)
{
	char target[4096];
	struct stat st;
	ssize_t n;
	int fd;

	if (++w->links > MAX_LINKS)
		return -ELOOP;
	fd = disk_node_open(w->disk, node, O_PATH | O_NOFOLLOW, &st);
	if (fd < 0)
		return fd;
	n = readlinkat(fd, "", target, sizeof(target));
	close(fd);
	if (n <= 0)
		return n < 0 ? -errno : -ENOENT;
	if (w->folder)
		g_string_prepend_c(w->rest, '/');
	g_string_prepend_len(w->rest, target, n);
	if (target[0] != '/')
		return 0;
	walk_step_to(w, disk_node_ref(w->disk->root));
	return disk_stat(w->disk, w->at, &w->st);
}

/* One component, which is not "" or ".".  0 or -errno. */
static int walk_name(struct walk *w, const char *name)
{
	struct disk_node *node;
	struct stat st;
	int error;

	if (!S_ISDIR(w->st.st_mode))
		return -ENOTDIR;
	if (!permission_process(&w->st, w->uid, w->gid, MAY_EXEC))
		return -EACCES;
	if (strcmp(name, "..") == 0)
		return walk_up(w);
	error = disk_lookup(w->disk, w->at, name, &node, &st);
	if (error)
		return error;
	if (S_ISLNK(st.st_mode)) {
		error = walk_link(w, node);
		disk_node_unref(w->disk, node);
		return error;
	}
	walk_step_to(w, node);
	w->st = st;
	return 0;
}

/* Take the first component off the rest (g_free); a slash behind it makes it a folder. */
static char *take_component(GString *rest, bool *ret_slash)
{
	const char *slash = strchr(rest->str, '/');
	gsize len = slash ? (gsize)(slash - rest->str) : rest->len;
	char *name = g_strndup(rest->str, len);

	*ret_slash = slash;
	g_string_erase(rest, 0, (gssize)(len + (slash ? 1 : 0)));
	return name;
}

/* To the end of the path.  0, and w->at is it. */
static int walk_path(struct walk *w)
{
	int error = disk_stat(w->disk, w->at, &w->st);

	while (!error && w->rest->len) {
		char *name = take_component(w->rest, &w->folder);

		if (strcmp(name, "") != 0 && strcmp(name, ".") != 0)
			error = walk_name(w, name);
		else if (!S_ISDIR(w->st.st_mode))
			error = -ENOTDIR;
		g_free(name);
	}
	if (!error && w->folder && !S_ISDIR(w->st.st_mode))
		error = -ENOTDIR;
	return error;
}

/* ---- opening for mm ---- */

static unsigned modes_allowed(const struct stat *st, uid_t uid, gid_t gid)
{
	return (permission_process(st, uid, gid, MAY_READ) ? FMODE_READ : 0) |
	       (permission_process(st, uid, gid, MAY_WRITE) ? FMODE_WRITE : 0);
}

/* A running program cannot be opened for writing. */
static bool is_running(const struct disk_node *node)
{
	return node->di->inode && node->di->inode->i_writecount < 0;
}

/* The mode to open with: as asked, or what the file allows.  0: EACCES. */
static unsigned choose_mode(const struct walk *w, unsigned mode)
{
	unsigned allowed = modes_allowed(&w->st, w->uid, w->gid);

	if (!mode && is_running(w->at))
		allowed &= ~FMODE_WRITE;
	if (mode == FMODE_EXEC)
		return permission_process(&w->st, w->uid, w->gid, MAY_EXEC) ? FMODE_READ : 0;
	if (mode)
		return (mode & allowed) == mode ? mode : 0;
	return allowed;
}

static int open_node(struct disk *disk, struct disk_node *node, const struct stat *st,
		     unsigned mode, struct file **ret)
{
	struct inode *inode;
	struct file *file;
	int fd = disk_inode_fd(disk, node->di, false);

	if (fd < 0 && mode & FMODE_READ)
		return fd;
	inode = disk_inode_hold(disk, node->di, st);
	file = inode ? file_new(disk->fs->m, inode, mode, disk->last_f_handle + 1) : NULL;
	if (!file)
		return -ENOMEM;
	g_hash_table_insert(disk->f_handles, GUINT_TO_POINTER(++disk->last_f_handle),
			    disk_node_ref(node));
	*ret = file;
	return 0;
}

static int open_end(struct walk *w, unsigned mode, struct file **ret)
{
	if (S_ISDIR(w->st.st_mode) && mode != FMODE_EXEC)
		return mode & FMODE_WRITE ? -EISDIR : -ENODEV;
	if (!S_ISREG(w->st.st_mode))
		return -EACCES;
	mode = choose_mode(w, mode);
	if (mode & FMODE_WRITE && is_running(w->at))
		return -ETXTBSY;
	return mode ? open_node(w->disk, w->at, &w->st, mode, ret) : -EACCES;
}

int disk_open(struct aspacefs *fs, const char *path, unsigned mode, uid_t uid, gid_t gid,
	      struct file **ret)
{
	struct disk *disk = fs->disk;
	struct walk w = { .disk = disk, .uid = uid, .gid = gid };
	int error;

	if (!*path)
		return -ENOENT;
	if (strlen(path) >= 4096)
		return -ENAMETOOLONG;
	w.at = disk_node_ref(disk->root);
	w.rest = g_string_new(path + strspn(path, "/"));
	error = walk_path(&w);
	if (!error)
		error = open_end(&w, mode, ret);
	disk_node_unref(disk, w.at);
	g_string_free(w.rest, TRUE);
	return error;
}

static int op_open(void *data, const char *path, unsigned mode, u32 uid, u32 gid, struct file **ret)
{
	struct disk *disk = data;

	return disk_open(disk->fs, path, mode, uid, gid, ret);
}

const struct machine_ops disk_machine_ops = {
	.read = op_read,
	.write = op_write,
	.reserve = op_reserve,
	.fsync = op_fsync,
	.truncate = op_truncate,
	.punch = op_punch,
	.swap_activate = op_swap_activate,
	.swap_rw = op_swap_rw,
	.open = op_open,
	.release = op_release,
	.evict = op_evict,
	.forget = op_forget,
};

/* ---- names ---- */

/* Shared memory has no name but the one it was made with. */
static const char *shmem_path(struct disk *disk, const struct inode *inode)
{
	if (KNULL(inode->i_shm))
		return "/dev/zero (deleted)";
	g_string_printf(disk->path, "/SYSV%08x (deleted)", inode->i_shm_key);
	return disk->path->str;
}

const char *file_path(struct aspacefs *fs, const struct file *file)
{
	const struct inode *inode = file_inode(file);
	struct disk *disk = fs->disk;
	struct disk_node *node;
	char *path;

	switch ((enum aops)inode->i_data.a_ops) {
	case AOPS_INITRAMFS: return "/init";
	case AOPS_SHMEM: return shmem_path(disk, inode);
	case AOPS_BACKED: break;
	}
	node = g_hash_table_lookup(disk->f_handles, GUINT_TO_POINTER(file->f_handle));
	assert(node);
	path = disk_node_path(node);
	g_string_printf(disk->path, "/%s%s", path, node->hashed ? "" : " (deleted)");
	g_free(path);
	return disk->path->str;
}

/* ---- the private folder ---- */

/* Remove all that is in the folder behind @fd, which is closed. */
static void empty_folder(int fd)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		int child;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(dir), entry->d_name, 0) == 0)
			continue;
		fchmodat(dirfd(dir), entry->d_name, 0700, 0);
		child = openat(dirfd(dir), entry->d_name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child >= 0)
			empty_folder(child);
		unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	}
	if (dir)
		closedir(dir);
}

static int make_private_dir(struct disk *disk)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = g_strconcat(tmp && *tmp ? tmp : "/tmp", "/aspacefs-XXXXXX", NULL);

	if (!mkdtemp(dir)) {
		int error = -errno;

		g_free(dir);
		return error;
	}
	disk->private_dir = dir;
	return 0;
}

static void remove_private_dir(struct disk *disk)
{
	int fd = open(disk->private_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0) {
		fchmod(fd, 0700);
		empty_folder(fd);
	}
	rmdir(disk->private_dir);
}

const char *disk_private_dir(const struct disk *disk)
{
	return disk->private_dir;
}

/* A copy of the built-in program, to look at and to exec. */
static int write_init(const struct disk *disk)
{
	u32 size;
	const void *image = initramfs_image(&size);
	int fd = openat(disk->root_fd, "init", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, image, size) != (ssize_t)size || fchmod(fd, 0755) != 0)
		error = errno ? -errno : -EIO;
	close(fd);
	return error;
}

/* ---- beginning and end ---- */

static int disk_begin(struct disk *disk, const char *dir)
{
	int error = dir ? 0 : make_private_dir(disk);

	if (error)
		return error;
	disk->root_fd = open(dir ? dir : disk->private_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (disk->root_fd < 0)
		return -errno;
	if (!dir)
		error = write_init(disk);
	return error ? error : disk_nodes_init(disk);
}

int disk_new(const char *dir, struct disk **ret)
{
	struct disk *disk = g_new0(struct disk, 1);
	int error;

	disk->root_fd = -1;
	disk->path = g_string_new(NULL);
	error = disk_begin(disk, dir);
	if (error) {
		disk_free(disk);
		return error;
	}
	*ret = disk;
	return 0;
}

void disk_free(struct disk *disk)
{
	if (!disk)
		return;
	disk_nodes_deinit(disk);
	if (disk->root_fd >= 0)
		close(disk->root_fd);
	if (disk->private_dir)
		remove_private_dir(disk);
	g_string_free(disk->path, TRUE);
	g_free(disk->private_dir);
	g_free(disk);
}

struct host_sync disk_take_sync(struct disk *disk)
{
	struct host_sync *asked = &disk->fs->host_sync, taken = *asked;

	if (!taken.all && !taken.fds->len)
		return (struct host_sync){ 0 };
	*asked = (struct host_sync){ .fds = g_array_new(FALSE, FALSE, sizeof(int)) };
	return taken;
}

int disk_finish_sync(const struct disk *disk, struct host_sync *sync)
{
	int error = sync->all && syncfs(disk->root_fd) != 0 ? -errno : 0;

	if (!sync->fds)
		return 0;
	for (guint i = 0; i < sync->fds->len; i++) {
		int fd = g_array_index(sync->fds, int, i);

		if (fsync(fd) != 0 && !error)
			error = -errno;
		close(fd);
	}
	g_array_free(sync->fds, TRUE);
	return error;
}

void disk_attach(struct disk *disk, struct aspacefs *fs)
{
	disk->fs = fs;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Callbacks of libfuse: the bytes of open files.
 *
 * A request is at most 1 MiB and its copy is made under the lock; the reply is sent after it.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "disk.h"
#include "files.h"
#include "fuse_request.h"
#include "memory/core.h"
#include "snapshot.h"

/* The node of an open file: its process must still be the one it was opened for. */
static int open_node_get(struct aspacefs *fs, u64 ino, const struct fuse_file_info *fi,
			 struct node *ret)
{
	int error = node_get(fs, ino, ret);

	if (error)
		return -ESRCH;
	if (ret->row->kind == NODE_REGION && ret->task->generation != (u32)fi->fh)
		return -ESRCH;
	return 0;
}

static ssize_t read_bytes(struct aspacefs *fs, u64 ino, const struct fuse_file_info *fi, void *buf,
			  size_t len, u64 off)
{
	struct node node;
	int error;

	switch (open_kind(ino)) {
	case NODE_FILES: return files_read(fs, fh_pointer(fi), buf, len, off);
	case NODE_CTL:
		return ctl_file_read(((struct open_ctl *)fh_pointer(fi))->file, buf, len, off);
	case NODE_CORE: return core_read(fh_pointer(fi), buf, len, off);
	case NODE_BYTES:
	case NODE_REGION:
		error = open_node_get(fs, ino, fi, &node);
		return error ? error : node.row->bytes->read(fs, &node, buf, len, off);
	default: return -EINVAL;
	}
}

/* The whole write is one value. */
static ssize_t write_text(struct aspacefs *fs, u64 ino, const char *text, size_t len)
{
	struct node node;
	int error = node_get(fs, ino, &node);

	if (error)
		return -ESRCH;
	error = node.row->store ? node.row->store(fs, &node, text, len) : -EACCES;
	return error ? error : (ssize_t)len;
}

static ssize_t write_bytes(struct aspacefs *fs, const struct caller *caller, u64 ino,
			   const struct fuse_file_info *fi, const void *buf, size_t len, u64 off)
{
	bool append = fi->flags & O_APPEND;
	struct node node;
	int error;

	switch (open_kind(ino)) {
	case NODE_FILES: return files_write(fs, caller, fh_pointer(fi), buf, len, off, append);
	case NODE_CTL:
		files_await_releases(fs);
		return ctl_file_write(((struct open_ctl *)fh_pointer(fi))->file, caller, buf, len);
	case NODE_BYTES:
	case NODE_REGION:
		error = open_node_get(fs, ino, fi, &node);
		if (!error && (append || !node.row->bytes->write))
			error = append ? -EFAULT : -EACCES;
		return error ? error : node.row->bytes->write(fs, &node, buf, len, off);
	case NODE_TEXT: return write_text(fs, ino, buf, len);
	default: return -EINVAL;
	}
}

struct text_source {
	struct aspacefs *fs;
	u64 ino;
};

/* snapshot_make: the text of a node as it is now. */
static int make_text(void *data, GString *out)
{
	const struct text_source *source = data;
	struct node node;

	if (node_get(source->fs, source->ino, &node))
		return -ESRCH;
	return node_show(source->fs, &node, out);
}

static void read_text(fuse_req_t req, u64 ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	struct text_source source = { fs, ino };
	GBytes *part = NULL;
	int error = snapshot_read(fh_pointer(fi), (u64)off, size, make_text, &source, &part);
	const char *bytes;

	fs_unlock(fs);
	if (error) {
		reply_error(req, error);
		return;
	}
	bytes = g_bytes_get_data(part, &size);
	fuse_reply_buf(req, bytes, size);
	g_bytes_unref(part);
}

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct caller caller;
	struct aspacefs *fs;
	ssize_t n;
	void *buf;

	if (open_kind(ino) == NODE_TEXT) {
		read_text(req, ino, size, off, fi);
		return;
	}
	if (open_kind(ino) == NODE_PIPE) {
		trace_pipe_read(req, size, fi);
		return;
	}
	buf = reply_buffer(size);
	if (!buf) {
		reply_error(req, -ENOMEM);
		return;
	}
	fs = fs_lock(req, &caller);
	n = read_bytes(fs, ino, fi, buf, size, (u64)off);
	fs_unlock(fs);
	if (n < 0)
		reply_error(req, (int)n);
	else
		fuse_reply_buf(req, buf, (size_t)n);
}

static void reply_written(fuse_req_t req, ssize_t n)
{
	if (n < 0)
		reply_error(req, (int)n);
	else
		fuse_reply_write(req, (size_t)n);
}

/* What commands asked of the host's disk (msync, sync) is waited for without the lock. */
static ssize_t unlock_and_sync(struct aspacefs *fs, ssize_t n)
{
	struct host_sync sync = disk_take_sync(fs->disk);
	int error;

	fs_unlock(fs);
	error = disk_finish_sync(fs->disk, &sync);
	return error && n >= 0 ? error : n;
}

void op_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t off,
	      struct fuse_file_info *fi)
{
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	ssize_t n = write_bytes(fs, &caller, ino, fi, buf, size, (u64)off);

	reply_written(req, unlock_and_sync(fs, n));
}

/* Without it the kernel would copy through its page cache, which knows nothing of faults. */
void op_copy_file_range(fuse_req_t req, fuse_ino_t ino_in, off_t off_in,
			struct fuse_file_info *fi_in, fuse_ino_t ino_out, off_t off_out,
			struct fuse_file_info *fi_out, size_t len, int flags)
{
	size_t part = MIN(len, REQUEST_MAX);
	void *buf = reply_buffer(part);
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	ssize_t n = buf ? read_bytes(fs, ino_in, fi_in, buf, part, (u64)off_in) : -ENOMEM;

	if (n > 0)
		n = write_bytes(fs, &caller, ino_out, fi_out, buf, (size_t)n, (u64)off_out);
	reply_written(req, unlock_and_sync(fs, n));
}

static s64 seek_in_tree(struct aspacefs *fs, u64 ino, u64 off, int whence,
			const struct fuse_file_info *fi)
{
	struct text_source source = { fs, ino };
	struct node node;
	u64 size;
	int error;

	if (open_kind(ino) == NODE_TEXT)
		return snapshot_seek(fh_pointer(fi), off, whence == SEEK_HOLE, make_text, &source);
	if (open_kind(ino) == NODE_CORE)
		return core_seek(fh_pointer(fi), off, whence);
	error = open_node_get(fs, ino, fi, &node);
	if (error)
		return error;
	if (node.row->bytes && node.row->bytes->seek)
		return node.row->bytes->seek(fs, &node, off, whence);
	size = node.row->bytes ? node.row->bytes->size(fs, &node) : 0;
	if (off >= size)
		return -ENXIO;
	return (s64)(whence == SEEK_HOLE ? size : off);
}

void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence, struct fuse_file_info *fi)
{
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	s64 at = -EINVAL;

	if (whence == SEEK_DATA || whence == SEEK_HOLE)
		at = in_files(ino) ? files_seek(fs, fh_pointer(fi), (u64)off, whence) :
				     seek_in_tree(fs, ino, (u64)off, whence, fi);
	fs_unlock(fs);
	if (at < 0)
		reply_error(req, (int)at);
	else
		fuse_reply_lseek(req, at);
}

void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off, off_t len,
		  struct fuse_file_info *fi)
{
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	int error = -EOPNOTSUPP;

	if (in_files(ino))
		error = files_fallocate(fs, &caller, fh_pointer(fi), mode, (u64)off, (u64)len);
	fs_unlock(fs);
	reply_error(req, error);
}

/* Waiting for the host's disk is done without the lock. */
void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	struct caller caller;
	struct aspacefs *fs;
	int fd, error = 0;

	if (!in_files(ino)) {
		reply_error(req, 0);
		return;
	}
	fs = fs_lock(req, &caller);
	fd = files_sync_fd(fs, fh_pointer(fi));
	fs_unlock(fs);
	if (fd < 0)
		error = fd;
	else if ((datasync ? fdatasync(fd) : fsync(fd)) != 0)
		error = -errno;
	if (fd >= 0)
		close(fd);
	reply_error(req, error);
}

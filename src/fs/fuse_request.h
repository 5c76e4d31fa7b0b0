/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the callbacks of libfuse share: one request, from the lock to the reply.
 * For fuse_*.c only.
 */
#pragma once

#include "fuse_ops.h"
#include "node.h"

#define REQUEST_MAX (1u << 20)

/* Take the lock for a request. */
struct aspacefs *fs_lock(fuse_req_t req, struct caller *caller);
void fs_unlock(struct aspacefs *fs);

void reply_error(fuse_req_t req, int error); /* 0 or -errno */

bool in_files(u64 ino);

/* What an open file is: of files/, or the kind of its row. */
enum node_kind open_kind(u64 ino);

static inline void *fh_pointer(const struct fuse_file_info *fi)
{
	return (void *)(uintptr_t)fi->fh;
}

/* Bytes for a reply: one buffer a thread, which only grows.  NULL: no memory. */
void *reply_buffer(size_t size);

/* ---- fuse_open.c ---- */
void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi);
void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void op_destroy(void *userdata);

/* ---- fuse_io.c ---- */
void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void op_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t off,
	      struct fuse_file_info *fi);
void op_copy_file_range(fuse_req_t req, fuse_ino_t ino_in, off_t off_in,
			struct fuse_file_info *fi_in, fuse_ino_t ino_out, off_t off_out,
			struct fuse_file_info *fi_out, size_t len, int flags);
void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence, struct fuse_file_info *fi);
void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off, off_t len,
		  struct fuse_file_info *fi);
void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi);

/* ---- fuse_pipe.c ---- */
int trace_pipe_open(struct aspacefs *fs); /* 0 or -EBUSY */
void trace_pipe_close(struct aspacefs *fs);
void trace_pipe_read(fuse_req_t req, size_t size, const struct fuse_file_info *fi);
void trace_pipe_end(struct aspacefs *fs); /* the mount is gone: nobody waits any more */

/* A reader who waited, and its text; req NULL: nobody, or there is nothing new. */
struct pipe_reply {
	fuse_req_t req;
	GString *text;
};

/* Who is to be answered at the end of a request (with the lock), and the answer (without). */
struct pipe_reply trace_pipe_next(struct aspacefs *fs);
void trace_pipe_reply(struct pipe_reply *reply);

/* An open ctl. */
struct open_ctl {
	struct ctl_file *file;
	struct caller opener; /* closing has no caller of its own */
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Callbacks of libfuse: opening and closing, of files and folders; listing.
 *
 * What an open file's fh holds follows from its inode number alone (open_kind), so that it can
 * be released after its process died:
 *
 *   text      struct snapshot *     region    the generation of its process
 *   ctl       struct open_ctl *     files/    struct files_handle *, struct files_dir *
 *   core      struct core_file *
 *   the rest  nothing: the inode number says all
 */
#include <errno.h>
#include <fcntl.h>

#include "ctl/ctl.h"
#include "files.h"
#include "fuse_request.h"
#include "memory/core.h"
#include "permission.h"
#include "snapshot.h"

/* ---- files ---- */

static struct open_ctl *open_ctl(struct aspacefs *fs, const struct node *node,
				 const struct caller *caller)
{
	struct open_ctl *ctl = g_new(struct open_ctl, 1);

	*ctl = (struct open_ctl){ ctl_file_open(fs, node->task), *caller };
	return ctl;
}

/* A text with what O_TRUNC does to it. */
static struct snapshot *open_text(struct aspacefs *fs, const struct node *node, int flags)
{
	if (node->row->truncate && flags & O_TRUNC && (flags & O_ACCMODE) != O_RDONLY)
		node->row->truncate(fs);
	return snapshot_new();
}

/* What fh holds of a node of the tree.  0 or -errno. */
static int open_node(struct aspacefs *fs, const struct node *node, const struct caller *caller,
		     int flags, u64 *ret_fh)
{
	struct core_file *core = NULL;
	int error = 0;

	*ret_fh = 0;
	switch (node->row->kind) {
	case NODE_TEXT: *ret_fh = (uintptr_t)open_text(fs, node, flags); break;
	case NODE_CTL: *ret_fh = (uintptr_t)open_ctl(fs, node, caller); break;
	case NODE_REGION: *ret_fh = node->task->generation; break;
	case NODE_PIPE: error = trace_pipe_open(fs); break;
	case NODE_CORE:
		error = core_open(fs, node->task, &core);
		*ret_fh = (uintptr_t)core;
		break;
	default: break;
	}
	return error;
}

static int open_in_tree(struct aspacefs *fs, const struct caller *caller, u64 ino,
			struct fuse_file_info *fi)
{
	struct node node;
	int error = node_get(fs, ino, &node);

	if (!error)
		error = permission_node(fs, &node, caller, permission_of_flags(fi->flags));
	if (!error)
		error = open_node(fs, &node, caller, fi->flags, &fi->fh);
	return error;
}

static int open_in_files(struct aspacefs *fs, const struct caller *caller, u64 ino,
			 struct fuse_file_info *fi)
{
	struct files_handle *open = NULL;
	int error = files_open(fs, caller, ino, fi->flags, &open);

	fi->fh = (uintptr_t)open;
	return error;
}

/* => the lock is held */
static void close_file(struct aspacefs *fs, u64 ino, void *fh)
{
	struct open_ctl *ctl = fh;

	g_hash_table_remove(fs->open_files, fh);
	switch (open_kind(ino)) {
	case NODE_TEXT: snapshot_free(fh); break;
	case NODE_CTL:
		ctl_file_release(ctl->file, &ctl->opener);
		g_free(ctl);
		break;
	case NODE_CORE: core_free(fh); break;
	case NODE_PIPE: trace_pipe_close(fs); break;
	case NODE_FILES: files_release(fs, fh); break;
	default: break;
	}
}

/* What is still open when the mount ends is closed then.  => the lock is held */
static void remember(GHashTable *open, u64 ino, const struct fuse_file_info *fi)
{
	_Static_assert(sizeof(void *) == sizeof(u64), "a pointer holds an inode number");
	enum node_kind kind = open_kind(ino);

	if (kind == NODE_TEXT || kind == NODE_CTL || kind == NODE_CORE || kind == NODE_FILES)
		g_hash_table_insert(open, fh_pointer(fi), (void *)(uintptr_t)ino);
}

/* A request for each close(2) is worth it only where it matters: a program that was written. */
static bool flushes(u64 ino, int flags)
{
	return in_files(ino) && (flags & O_ACCMODE) != O_RDONLY;
}

/* What the kernel does not want any more is closed with @close. */
static void reply_open(fuse_req_t req, struct aspacefs *fs, u64 ino,
		       const struct fuse_file_info *fi, int error,
		       void (*close)(struct aspacefs *fs, u64 ino, void *fh))
{
	if (error) {
		reply_error(req, error);
	} else if (fuse_reply_open(req, fi) != 0) {
		pthread_mutex_lock(&fs->lock);
		close(fs, ino, fh_pointer(fi));
		fs_unlock(fs);
	}
}

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	int error = in_files(ino) ? open_in_files(fs, &caller, ino, fi) :
				    open_in_tree(fs, &caller, ino, fi);

	if (!error)
		remember(fs->open_files, ino, fi);
	fs_unlock(fs);
	fi->direct_io = 1;
	fi->noflush = !flushes(ino, fi->flags);
	fi->nonseekable = open_kind(ino) == NODE_PIPE;
	reply_open(req, fs, ino, fi, error, close_file);
}

void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi)
{
	struct files_handle *open = NULL;
	struct files_entry entry = { 0 };
	struct fuse_entry_param e;
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	int error = in_files(parent) ? files_create(fs, &caller, parent, name, mode, fi->flags,
						    &entry, &open) :
				       -EPERM;

	fi->fh = (uintptr_t)open;
	fi->direct_io = 1;
	fi->noflush = !flushes(entry.ino, fi->flags);
	if (!error)
		remember(fs->open_files, entry.ino, fi);
	fs_unlock(fs);
	e = (struct fuse_entry_param){ .ino = entry.ino, .attr = entry.attr };
	if (error) {
		reply_error(req, error);
	} else if (fuse_reply_create(req, &e, fi) != 0) {
		pthread_mutex_lock(&fs->lock);
		close_file(fs, entry.ino, fh_pointer(fi));
		files_forget(fs, entry.ino, 1);
		fs_unlock(fs);
	}
}

void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct caller caller;
	struct aspacefs *fs;

	if (in_files(ino)) {
		fs = fs_lock(req, &caller);
		files_flush(fs, fh_pointer(fi));
		fs_unlock(fs);
	}
	reply_error(req, 0);
}

void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);

	close_file(fs, ino, fh_pointer(fi));
	fs_unlock(fs);
	reply_error(req, 0);
}

/* ---- folders ---- */

struct dir_reply {
	fuse_req_t req;
	char *buf;
	size_t size, used;
};

/* node_fill into a reply. */
static bool add_entry(void *data, const char *name, u64 ino, mode_t mode, u64 next)
{
	struct dir_reply *r = data;
	struct stat st = { .st_ino = ino, .st_mode = mode };
	size_t room = r->size - r->used;
	size_t need = fuse_add_direntry(r->req, r->buf + r->used, room, name, &st, (off_t)next);

	if (need > room)
		return false;
	r->used += need;
	return true;
}

static int open_folder(struct aspacefs *fs, const struct caller *caller, u64 ino,
		       struct fuse_file_info *fi)
{
	struct files_dir *dir = NULL;
	struct node node;
	int error;

	if (in_files(ino)) {
		error = files_opendir(fs, caller, ino, &dir);
		fi->fh = (uintptr_t)dir;
		return error;
	}
	error = node_get(fs, ino, &node);
	return error ? error : permission_node(fs, &node, caller, MAY_READ);
}

static void close_folder(struct aspacefs *fs, u64 ino, void *fh)
{
	g_hash_table_remove(fs->open_folders, fh);
	if (in_files(ino))
		files_releasedir(fs, fh);
}

void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	int error = open_folder(fs, &caller, ino, fi);

	if (!error)
		remember(fs->open_folders, ino, fi);
	fs_unlock(fs);
	reply_open(req, fs, ino, fi, error, close_folder);
}

void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);

	close_folder(fs, ino, fh_pointer(fi));
	fs_unlock(fs);
	reply_error(req, 0);
}

static int list_in_tree(struct aspacefs *fs, u64 ino, u64 from, struct dir_reply *r)
{
	struct node node;
	int error = node_get(fs, ino, &node);

	return error ? error : node_list(fs, &node, from, add_entry, r);
}

void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct dir_reply r = { .req = req, .buf = reply_buffer(size), .size = size };
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	int error = -ENOMEM;

	if (r.buf)
		error = in_files(ino) ? files_list(fs, fh_pointer(fi), (u64)off, add_entry, &r) :
					list_in_tree(fs, ino, (u64)off, &r);
	fs_unlock(fs);
	if (error)
		reply_error(req, error);
	else
		fuse_reply_buf(req, r.buf, r.used);
}

/* ---- the end ---- */

typedef void (*close_fn)(struct aspacefs *fs, u64 ino, void *fh);

static void close_all(struct aspacefs *fs, GHashTable *open, close_fn close)
{
	GHashTableIter iter;
	void *fh, *ino;

	for (;;) {
		g_hash_table_iter_init(&iter, open);
		if (!g_hash_table_iter_next(&iter, &fh, &ino))
			return;
		close(fs, (uintptr_t)ino, fh);
	}
}

/* A mount that is ended while files are open: the kernel sends no releases. */
void op_destroy(void *userdata)
{
	struct aspacefs *fs = userdata;

	trace_pipe_end(fs);
	close_all(fs, fs->open_files, close_file);
	close_all(fs, fs->open_folders, close_folder);
}

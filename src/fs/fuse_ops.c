/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only callbacks of libfuse: here those of names and attributes, in fuse_open.c those of
 * open files and folders, in fuse_io.c those of bytes.  Each takes the machine's lock, asks
 * the tree (tree.c) or files/ (files*.c), releases the lock and replies.
 *
 * After fuse_reply_* nothing of an open file may be touched: another thread may be
 * releasing it already.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "files.h"
#include "fuse_request.h"
#include "mm/check.h"
#include "permission.h"

/* ---- requests ---- */

struct aspacefs *fs_lock(fuse_req_t req, struct caller *caller)
{
	struct aspacefs *fs = fuse_req_userdata(req);
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	*caller = (struct caller){ ctx->uid, ctx->gid, ctx->pid };
	pthread_mutex_lock(&fs->lock);
	cpu_enter(fs->m, fs->m->k->root_cpu); /* a task's own requests go to its CPU */
	return fs;
}

void fs_unlock(struct aspacefs *fs)
{
	struct pipe_reply reply;

	disk_settle(fs->disk);
	debug_check_cpus(fs->m);
	reply = trace_pipe_next(fs);
	pthread_mutex_unlock(&fs->lock);
	trace_pipe_reply(&reply);
}

void reply_error(fuse_req_t req, int error)
{
	fuse_reply_err(req, -error);
}

bool in_files(u64 ino)
{
	struct ino_parts parts;

	ino_unpack(ino, &parts);
	return parts.tag == INO_FILES;
}

enum node_kind open_kind(u64 ino)
{
	const struct node_row *row = node_row_of(ino);

	return row ? row->kind : NODE_FILES;
}

void *reply_buffer(size_t size)
{
	static GPrivate buffer = G_PRIVATE_INIT(free);
	static __thread size_t room;

	if (size > room) {
		free(g_private_get(&buffer));
		g_private_set(&buffer, NULL);
		room = 0;
		g_private_set(&buffer, malloc(size));
		if (!g_private_get(&buffer))
			return NULL;
		room = size;
	}
	return g_private_get(&buffer);
}

/* ---- entries ---- */

static void entry_from_files(struct fuse_entry_param *e, const struct files_entry *entry)
{
	*e = (struct fuse_entry_param){ .ino = entry->ino, .attr = entry->attr };
}

static int entry_from_node(struct aspacefs *fs, const struct node *node, struct fuse_entry_param *e)
{
	*e = (struct fuse_entry_param){
		.ino = node->ino,
		.entry_timeout = node_entry_timeout(node),
		.attr_timeout = node_attr_timeout(node),
	};
	if (node->row->kind == NODE_FILES)
		return files_getattr(fs, node->ino, &e->attr);
	node_stat(fs, node, &e->attr);
	return 0;
}

/* The kernel counts a look-up; where the reply does not reach it, we do not. */
static void reply_entry(fuse_req_t req, int error, const struct fuse_entry_param *e)
{
	struct aspacefs *fs = fuse_req_userdata(req);

	if (error) {
		reply_error(req, error);
		return;
	}
	if (fuse_reply_entry(req, e) == 0 || !in_files(e->ino))
		return;
	pthread_mutex_lock(&fs->lock);
	files_forget(fs, e->ino, 1);
	fs_unlock(fs);
}

static void reply_files_entry(fuse_req_t req, int error, const struct files_entry *entry)
{
	struct fuse_entry_param e;

	entry_from_files(&e, entry);
	reply_entry(req, error, &e);
}

static int lookup_in_tree(struct aspacefs *fs, const struct caller *caller, u64 parent,
			  const char *name, struct fuse_entry_param *e)
{
	struct node dir, node;
	int error = node_get(fs, parent, &dir);

	if (!error && dir.row->owner_only)
		error = permission_node(fs, &dir, caller, MAY_EXEC);
	if (!error)
		error = node_lookup(fs, &dir, name, &node);
	return error ? error : entry_from_node(fs, &node, e);
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e;
	struct files_entry entry;
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	int error;

	if (in_files(parent)) {
		error = files_lookup(fs, &caller, parent, name, &entry);
		entry_from_files(&e, &entry);
	} else {
		error = lookup_in_tree(fs, &caller, parent, name, &e);
	}
	fs_unlock(fs);
	reply_entry(req, error, &e);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	struct caller caller;
	struct aspacefs *fs;

	if (in_files(ino)) {
		fs = fs_lock(req, &caller);
		files_forget(fs, ino, nlookup);
		fs_unlock(fs);
	}
	fuse_reply_none(req);
}

/* ---- attributes ---- */

static int stat_in_tree(struct aspacefs *fs, u64 ino, struct stat *st, double *timeout)
{
	struct node node;
	int error = node_get(fs, ino, &node);

	if (error)
		return error;
	node_stat(fs, &node, st);
	*timeout = node_attr_timeout(&node);
	return 0;
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	double timeout = 0;
	struct stat st;
	int error =
		in_files(ino) ? files_getattr(fs, ino, &st) : stat_in_tree(fs, ino, &st, &timeout);

	fs_unlock(fs);
	if (error)
		reply_error(req, error);
	else
		fuse_reply_attr(req, &st, timeout);
}

/* Truncation is accepted where writing is, and does nothing; all else of the tree is fixed. */
static int setattr_in_tree(struct aspacefs *fs, const struct caller *caller, u64 ino, int to_set,
			   struct stat *st, double *timeout)
{
	struct node node;
	int error = node_get(fs, ino, &node);

	if (!error && !(to_set & FUSE_SET_ATTR_SIZE))
		error = -EPERM;
	if (!error)
		error = permission_node(fs, &node, caller, MAY_WRITE);
	return error ? error : stat_in_tree(fs, ino, st, timeout);
}

static struct timespec time_to_set(int to_set, int bit, int now_bit, struct timespec value)
{
	if (to_set & now_bit)
		value.tv_nsec = UTIME_NOW;
	else if (!(to_set & bit))
		value.tv_nsec = UTIME_OMIT;
	return value;
}

static struct files_change change_to_set(const struct stat *attr, int to_set)
{
	return (struct files_change){
		.mode = to_set & FUSE_SET_ATTR_MODE ? (s64)attr->st_mode : -1,
		.uid = to_set & FUSE_SET_ATTR_UID ? (s64)attr->st_uid : -1,
		.gid = to_set & FUSE_SET_ATTR_GID ? (s64)attr->st_gid : -1,
		.size = to_set & FUSE_SET_ATTR_SIZE ? (s64)attr->st_size : -1,
		.atime = time_to_set(to_set, FUSE_SET_ATTR_ATIME, FUSE_SET_ATTR_ATIME_NOW,
				     attr->st_atim),
		.mtime = time_to_set(to_set, FUSE_SET_ATTR_MTIME, FUSE_SET_ATTR_MTIME_NOW,
				     attr->st_mtim),
	};
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		       struct fuse_file_info *fi)
{
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	struct files_change change = change_to_set(attr, to_set);
	double timeout = 0;
	struct stat st;
	int error;

	if (in_files(ino))
		error = files_setattr(fs, &caller, ino, fi ? fh_pointer(fi) : NULL, &change, &st);
	else
		error = setattr_in_tree(fs, &caller, ino, to_set, &st, &timeout);
	fs_unlock(fs);
	if (error)
		reply_error(req, error);
	else
		fuse_reply_attr(req, &st, timeout);
}

static void op_access(fuse_req_t req, fuse_ino_t ino, int mask)
{
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	unsigned want = (unsigned)mask & (MAY_READ | MAY_WRITE | MAY_EXEC);
	struct node node;
	int error;

	if (in_files(ino)) {
		error = files_access(fs, &caller, ino, want);
	} else {
		error = node_get(fs, ino, &node);
		if (!error)
			error = permission_node(fs, &node, &caller, want);
	}
	fs_unlock(fs);
	reply_error(req, error);
}

static int link_in_tree(struct aspacefs *fs, const struct caller *caller, u64 ino, char *buf,
			size_t size)
{
	GString *target = g_string_new(NULL);
	struct node node;
	int error = node_get(fs, ino, &node);

	if (!error && node.row->kind != NODE_LINK)
		error = -EINVAL;
	if (!error && node.row->owner_only)
		error = permission_node(fs, &node, caller, MAY_READ);
	if (!error)
		error = node_show(fs, &node, target);
	g_strlcpy(buf, target->str, size);
	g_string_free(target, TRUE);
	return error;
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	char target[4096];
	int error = in_files(ino) ? files_readlink(fs, ino, target, sizeof(target)) :
				    link_in_tree(fs, &caller, ino, target, sizeof(target));

	fs_unlock(fs);
	if (error)
		reply_error(req, error);
	else
		fuse_reply_readlink(req, target);
}

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	struct statvfs st = { .f_bsize = PAGE_SIZE, .f_frsize = PAGE_SIZE, .f_namemax = 255 };
	int error = in_files(ino) ? files_statfs(fs, &st) : 0;

	fs_unlock(fs);
	if (error)
		reply_error(req, error);
	else
		fuse_reply_statfs(req, &st);
}

/* ---- names: only files/ has some that can be made and removed ---- */

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	struct files_entry entry = { 0 };
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	int error =
		in_files(parent) ? files_mkdir(fs, &caller, parent, name, mode, &entry) : -EPERM;

	fs_unlock(fs);
	reply_files_entry(req, error, &entry);
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev)
{
	reply_error(req, -EPERM);
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	struct files_entry entry = { 0 };
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	int error = in_files(parent) ? files_symlink(fs, &caller, parent, name, target, &entry) :
				       -EPERM;

	fs_unlock(fs);
	reply_files_entry(req, error, &entry);
}

static void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
	struct files_entry entry = { 0 };
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	int error = in_files(ino) && in_files(parent) ?
			    files_link(fs, &caller, ino, parent, name, &entry) :
			    -EPERM;

	fs_unlock(fs);
	reply_files_entry(req, error, &entry);
}

static void remove_name(fuse_req_t req, u64 parent, const char *name, bool folder)
{
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	int error = in_files(parent) ? files_remove(fs, &caller, parent, name, folder) : -EPERM;

	fs_unlock(fs);
	reply_error(req, error);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	remove_name(req, parent, name, false);
}

static void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	remove_name(req, parent, name, true);
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
		      const char *newname, unsigned int flags)
{
	struct caller caller;
	struct aspacefs *fs = fs_lock(req, &caller);
	int error = -EPERM;

	if (in_files(parent) && in_files(newparent))
		error = files_rename(fs, &caller, parent, name, newparent, newname, flags);
	fs_unlock(fs);
	reply_error(req, error);
}

/* ---- beginning ---- */

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct aspacefs *fs = userdata;

	/* Splicing costs more than a copy. */
	conn->want &=
		~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
	conn->max_write = REQUEST_MAX;
	conn->time_gran = 1;
	if (fs->ready)
		fs->ready(fs);
}

const struct fuse_lowlevel_ops fuse_ops = {
	.init = op_init,
	.destroy = op_destroy,
	.lookup = op_lookup,
	.forget = op_forget,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.access = op_access,
	.readlink = op_readlink,
	.statfs = op_statfs,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.symlink = op_symlink,
	.link = op_link,
	.unlink = op_unlink,
	.rmdir = op_rmdir,
	.rename = op_rename,
	.open = op_open,
	.create = op_create,
	.flush = op_flush,
	.release = op_release,
	.read = op_read,
	.write = op_write,
	.copy_file_range = op_copy_file_range,
	.lseek = op_lseek,
	.fallocate = op_fallocate,
	.fsync = op_fsync,
	.opendir = op_opendir,
	.releasedir = op_releasedir,
	.readdir = op_readdir,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file system that does nothing, as fast as libfuse lets it: what bench-mount compares with.
 *
 *	bench-emptyfs [-f] MOUNTPOINT
 *
 * Low-level API, stock multi-threaded loop, all timeouts zero, no lock.  It has the names of
 * aspacefs that the benchmark uses, 1/mem, 1/ctl and 1/maps; reads are answered from one static
 * buffer, writes are thrown away.
 */
#define FUSE_USE_VERSION 314

#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdlib.h>
#include <string.h>

#define MAX_READ (1u << 20)

enum { INO_ROOT = FUSE_ROOT_ID, INO_PID, INO_MEM, INO_CTL, INO_MAPS, NR_INOS };

/* text: how many bytes a read from the start gives, 0: as many as are wanted. */
static const struct {
	fuse_ino_t parent;
	const char *name;
	mode_t mode;
	off_t size;
	size_t text;
} nodes[NR_INOS] = {
	[INO_ROOT] = { 0, "", S_IFDIR | 0755, 0, 0 },
	[INO_PID] = { INO_ROOT, "1", S_IFDIR | 0755, 0, 0 },
	[INO_MEM] = { INO_PID, "mem", S_IFREG | 0644, 0xc0000000, 0 },
	[INO_CTL] = { INO_PID, "ctl", S_IFREG | 0644, 0, 3 },
	[INO_MAPS] = { INO_PID, "maps", S_IFREG | 0444, 0, 400 },
};

static char bytes[MAX_READ];

static void fill_stat(fuse_ino_t ino, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_ino = ino;
	st->st_mode = nodes[ino].mode;
	st->st_nlink = 1;
	st->st_size = nodes[ino].size;
}

static void empty_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e = { 0 };

	for (fuse_ino_t ino = INO_PID; ino < NR_INOS; ino++) {
		if (nodes[ino].parent != parent || strcmp(nodes[ino].name, name) != 0)
			continue;
		e.ino = ino;
		fill_stat(ino, &e.attr);
		fuse_reply_entry(req, &e);
		return;
	}
	fuse_reply_err(req, ENOENT);
}

static void empty_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct stat st;

	(void)fi;
	fill_stat(ino, &st);
	fuse_reply_attr(req, &st, 0);
}

static void empty_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	fi->direct_io = 1;
	fuse_reply_open(req, fi);
}

static void empty_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		       struct fuse_file_info *fi)
{
	(void)off;
	(void)fi;
	if (nodes[ino].text && size > nodes[ino].text)
		size = nodes[ino].text;
	fuse_reply_buf(req, bytes, size < MAX_READ ? size : MAX_READ);
}

static void empty_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t off,
			struct fuse_file_info *fi)
{
	(void)ino;
	(void)buf;
	(void)off;
	(void)fi;
	fuse_reply_write(req, size);
}

static const struct fuse_lowlevel_ops empty_ops = {
	.lookup = empty_lookup,
	.getattr = empty_getattr,
	.open = empty_open,
	.read = empty_read,
	.write = empty_write,
};

static int serve(struct fuse_session *se, const struct fuse_cmdline_opts *opts)
{
	struct fuse_loop_config *config;
	int error;

	if (fuse_set_signal_handlers(se))
		return 1;
	if (fuse_session_mount(se, opts->mountpoint))
		return 1;
	fuse_daemonize(opts->foreground);
	config = fuse_loop_cfg_create();
	error = fuse_session_loop_mt(se, config);
	fuse_loop_cfg_destroy(config);
	fuse_session_unmount(se);
	fuse_remove_signal_handlers(se);
	return error != 0;
}

int main(int argc, char **argv)
{
	struct fuse_args args = FUSE_ARGS_INIT(argc, argv);
	struct fuse_cmdline_opts opts;
	struct fuse_session *se;
	int status = 1;

	memset(bytes, 'x', sizeof(bytes));
	if (fuse_parse_cmdline(&args, &opts) || !opts.mountpoint)
		return 2;
	se = fuse_session_new(&args, &empty_ops, sizeof(empty_ops), NULL);
	if (se) {
		status = serve(se, &opts);
		fuse_session_destroy(se);
	}
	free(opts.mountpoint);
	fuse_opt_free_args(&args);
	return status;
}

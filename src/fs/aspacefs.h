/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One mounted aspacefs: the machine, its lock, and the host's side of it.
 */
#pragma once

#include <glib.h>
#include <pthread.h>
#include <sys/types.h>
#include <time.h>

#include "mm/machine.h"

struct disk;
struct trace_pipe;
struct ctl_table;

/* Who makes a request. */
struct caller {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

/* Commands of one request: what the host shall have on its disk before the reply. */
struct host_sync {
	bool all; /* the whole folder's file system */
	GArray *fds; /* int, of the host's files: ours to close */
};

struct aspacefs {
	struct machine *m;
	/*
	 * The machine's lock: fuse_ops.c takes it around each request.  Not GLib's: TSan knows
	 * this one.
	 */
	pthread_mutex_t lock;
	struct disk *disk; /* the host folder behind files/ (disk.h) */
	GHashTable *ctl_nodes; /* struct ctl_node by pid and generation (ctl/ctl.h) */
	GHashTable *open_files, *open_folders; /* inode number by what fh holds (fuse_open.c) */
	uid_t uid; /* the mounting user */
	gid_t gid;
	bool allow_other;
	/*
	 * Files that close(2) was called for and whose release may be on its way (files.c): so many
	 * of this round, and what tells that one came.
	 */
	unsigned closing, closing_round;
	pthread_cond_t released;
	struct host_sync host_sync;
	struct trace_pipe *pipe; /* who waits for trace events (fuse_pipe.c) */
	time_t mount_time;
	void (*ready)(struct aspacefs *fs); /* called when the mount answers; or NULL */
	int ready_fd; /* main.c's */
};

/* What the command line asked for. */
struct aspacefs_config {
	u64 ram; /* bytes */
	bool pae;
	bool flex_layout;
	const char *files; /* NULL: a private temporary folder */
	unsigned cpus; /* 0: 1 */
};

/*
 * A machine with process 1 running, and its disk.  0 with *ret, or -errno and *ret_what
 * (g_free) says what could not be done.
 */
int aspacefs_new(const struct aspacefs_config *config, struct aspacefs **ret, char **ret_what);
void aspacefs_free(struct aspacefs *fs); /* NULL is allowed */

/* ---- fuse_pipe.c ---- */
struct trace_pipe *trace_pipe_new(void);
void trace_pipe_free(struct trace_pipe *pipe); /* NULL is allowed. => nobody waits */

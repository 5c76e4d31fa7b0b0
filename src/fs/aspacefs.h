/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One mounted aspacefs: the machine, its lock, and the host's side of it.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "mm/machine.h"

struct disk;
struct ctl_table;

/* Who makes a request. */
struct caller {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

struct aspacefs {
	struct machine *m;
	GMutex lock; /* the machine's lock: fuse_ops.c takes it around each request */
	struct disk *disk; /* the host folder behind files/ (disk.h) */
	GHashTable *ctl_nodes; /* struct ctl_node by pid and generation (ctl/ctl.h) */
	uid_t uid; /* the mounting user */
	gid_t gid;
	bool allow_other;
	time_t mount_time;
};

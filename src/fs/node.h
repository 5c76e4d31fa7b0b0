/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of the tree is one row; look-up, listing, attributes and permission come from the row.
 * tree.c holds the tables; inode.c packs a node into an inode number and back.
 */
#pragma once

#include <sys/stat.h>

#include "aspacefs.h"

struct node;

/* Bytes at offsets, for files that are not text made on reading. */
struct node_bytes {
	/* True st_size; st_blocks counts resident pages where blocks is not NULL. */
	u64 (*size)(struct aspacefs *fs, const struct node *node);
	u64 (*blocks)(struct aspacefs *fs, const struct node *node);
	/* Bytes moved (short: stopped at a bad place after some), 0 at or behind the end, or -errno. */
	ssize_t (*read)(struct aspacefs *fs, const struct node *node, void *buf, size_t len, u64 off);
	ssize_t (*write)(struct aspacefs *fs, const struct node *node, const void *buf, size_t len,
			 u64 off);
	/* SEEK_DATA, SEEK_HOLE: the offset or -ENXIO; NULL: all data. */
	s64 (*seek)(struct aspacefs *fs, const struct node *node, u64 off, int whence);
};

enum node_kind {
	NODE_TEXT, /* show */
	NODE_BYTES, /* bytes */
	NODE_CTL, /* ctl/ctl.h */
	NODE_DIR, /* a folder with fixed rows (children) */
	NODE_PID, /* a process folder */
	NODE_REGIONS, /* PID/regions */
	NODE_REGION, /* one region's window */
	NODE_LINK, /* symlink: show gives the target */
	NODE_FILES, /* files/ and all below: files.c */
};

struct node_row {
	const char *name;
	enum node_kind kind;
	mode_t mode; /* permission bits */
	/* Write the whole text; task is NULL at the top level.  0 or -errno. */
	int (*show)(struct aspacefs *fs, struct task_struct *task, GString *out);
	const struct node_bytes *bytes;
	const struct node_row *children; /* NODE_DIR; ends with name NULL */
	const char *help; /* one line for the README files */
	bool owner_only; /* not for another user, even with allow_other */
};

/* A node that was looked up: a row, and the process it belongs to. */
struct node {
	const struct node_row *row;
	u64 ino;
	struct task_struct *task; /* NULL at the top level; valid under the lock only */
	u32 start; /* NODE_REGION: first and end address of the name */
	u32 end;
};

extern const struct node_row root_rows[]; /* ends with name NULL */
extern const struct node_row pid_rows[];

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
	/* Bytes moved (short: a bad place after some), 0 at or behind the end, or -errno. */
	ssize_t (*read)(struct aspacefs *fs, const struct node *node, void *buf, size_t len,
			u64 off);
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

/* ---- inode.c: what an inode number says ---- */

enum ino_tag { INO_TREE, INO_REGION, INO_FILES };

struct ino_parts {
	enum ino_tag tag;
	u8 row; /* INO_TREE: place in the tables, depth first; 1 is the folder itself */
	u32 pid; /* 0: the top level */
	u32 generation; /* INO_TREE: of the process, INO_GENERATION_MASK bits */
	u32 start, end; /* INO_REGION: addresses of whole pages */
	u64 handle; /* INO_FILES: disk_node.h's id */
};

#define INO_ROOT 1ull /* FUSE's root */
#define INO_GENERATION_MASK 0x3fffffffu

u64 ino_pack(const struct ino_parts *parts);
void ino_unpack(u64 ino, struct ino_parts *ret);

static inline u64 ino_of_files(u64 handle)
{
	return ino_pack(&(struct ino_parts){ .tag = INO_FILES, .handle = handle });
}

#define FILES_ROOT_HANDLE 1ull /* the folder files/ itself */

/* ---- tree.c ---- */

/* The node behind an inode number.  0, or -ESTALE: its process is gone. */
int node_get(struct aspacefs *fs, u64 ino, struct node *ret);

/* The row behind an inode number, whether its process lives or not; NULL for files/. */
const struct node_row *node_row_of(u64 ino);

/* A name in folder @dir.  0, -ENOENT, -ENOTDIR. */
int node_lookup(struct aspacefs *fs, const struct node *dir, const char *name, struct node *ret);

/* The folder's own folder, for "..". */
u64 node_parent(const struct node *node);

void node_stat(struct aspacefs *fs, const struct node *node, struct stat *ret);

/* Seconds that the kernel may remember the name, the attributes. */
double node_entry_timeout(const struct node *node);
double node_attr_timeout(const struct node *node);

/* One entry of a listing; @next is where the listing goes on behind it.  False: no room. */
typedef bool (*node_fill)(void *data, const char *name, u64 ino, mode_t mode, u64 next);

/* List @dir from @from on (0: the beginning).  Costs what it lists. */
int node_list(struct aspacefs *fs, const struct node *dir, u64 from, node_fill fill, void *data);

static inline bool node_is_dir(const struct node *node)
{
	return node->row->kind >= NODE_DIR && node->row->kind <= NODE_REGIONS;
}

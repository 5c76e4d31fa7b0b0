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

#define NODE_NAME_MAX 32

/* Names of a folder beside its rows, each with a number of 32 bits. */
struct node_names {
	const struct node_row *row; /* of every entry */
	/* The first entry with a number >= @from: its number and its name. */
	bool (*next)(struct aspacefs *fs, const struct node *dir, u32 from, u32 *ret_index,
		     char ret_name[NODE_NAME_MAX]);
	/* Which number an entry of that name would have; false: none. */
	bool (*find)(const struct node *dir, const char *name, u32 *ret_index);
};

enum node_kind {
	NODE_TEXT, /* show or show_node; store */
	NODE_BYTES, /* bytes */
	NODE_CTL, /* ctl/ctl.h */
	NODE_PIPE, /* trace_pipe: fuse_pipe.c */
	NODE_CORE, /* memory/core.h; bytes says the size */
	NODE_DIR, /* a folder: fixed rows (children), names that come and go (names) */
	NODE_TASK, /* PID/task/PID: the process's plain files once more */
	NODE_PID, /* a process folder */
	NODE_REGIONS, /* PID/regions */
	NODE_REGION, /* one region's window */
	NODE_LINK, /* symlink: show or show_node gives the target */
	NODE_FILES, /* files/ and all below: files*.c */
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
	/* show for a text or link that depends on the node's index. */
	int (*show_node)(struct aspacefs *fs, const struct node *node, GString *out);
	/* NODE_TEXT: one write(2) as a whole.  0 or -errno. */
	int (*store)(struct aspacefs *fs, const struct node *node, const char *text, size_t len);
	/* NODE_TEXT: open(2) for writing with O_TRUNC; NULL: that does nothing. */
	void (*truncate)(struct aspacefs *fs);
	const struct node_names *names; /* NODE_DIR; or NULL */
};

/* A node that was looked up: a row, and the process it belongs to. */
struct node {
	const struct node_row *row;
	u64 ino;
	struct task_struct *task; /* NULL at the top level; valid under the lock only */
	u32 start; /* NODE_REGION: first and end address of the name */
	u32 end;
	u32 index; /* of a folder's node_names: its number */
};

extern const struct node_row root_rows[]; /* ends with name NULL */
extern const struct node_row pid_rows[];

/* ---- inode.c: what an inode number says ---- */

enum ino_tag { INO_TREE, INO_REGION, INO_FILES, INO_NAMED };

struct ino_parts {
	enum ino_tag tag;
	/* INO_TREE: place in the tables, depth first, 1 is the top; INO_NAMED: its folder's. */
	u8 row;
	u32 pid; /* 0: the top level */
	u32 generation; /* INO_TREE: of the process, INO_GENERATION_MASK bits */
	u32 start, end; /* INO_REGION: addresses of whole pages */
	u32 index; /* INO_NAMED */
	u64 handle; /* INO_FILES: disk_node.h's id */
};

#define INO_ROOT 1ull /* FUSE's root */
#define INO_IN_TASK 0x80u /* with row and pid: the file as PID/task/PID shows it */
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

/* The text of a NODE_TEXT, the target of a NODE_LINK.  0 or -errno. */
static inline int node_show(struct aspacefs *fs, const struct node *node, GString *out)
{
	return node->row->show_node ? node->row->show_node(fs, node, out) :
				      node->row->show(fs, node->task, out);
}

static inline bool node_is_dir(const struct node *node)
{
	return node->row->kind >= NODE_DIR && node->row->kind <= NODE_REGIONS;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the disk knows of the host's files: names (ULK's dentries) and inodes.
 * For disk*.c and files*.c only.
 */
#pragma once

#include <sys/stat.h>

#include "disk.h"

/* When a file was last seen: it changed behind us when this differs. */
struct disk_stamp {
	off_t size;
	struct timespec mtime, ctime;
};

/* One file of the host.  Hard links are one. */
struct disk_inode {
	struct {
		u64 dev, ino;
	} host; /* key of disk->inodes */
	u32 number; /* its inode number as users see it */
	u32 i_handle; /* mm's name for it; 0: it has none yet */
	struct inode *inode; /* of mm, with the page cache; NULL: nothing was cached yet */
	bool held; /* one reference on it is ours */
	struct disk_stamp stamp;
	struct disk_times {
		struct timespec mtime, ctime; /* as users see them, from before the flushing */
		struct timespec host_ctime; /* what flushing made of it on the host */
		bool foreign; /* somebody else had changed the file, too */
	} flushed;
	int fd; /* of the host; -1: closed */
	bool fd_writable;
	unsigned pins; /* open files: the fd stays open */
	bool deleted; /* no name is left on the host: the fd stays open while it is used */
	GSList *names; /* struct disk_node */
	GList lru; /* in disk->fds while the fd may be closed */
	bool queued;
};

/* One name. */
struct disk_node {
	u64 id; /* its inode number as FUSE knows it */
	struct disk_node *parent; /* NULL: the root folder */
	char *name;
	struct disk_inode *di;
	bool hashed; /* still the file of that name; false: unlinked or replaced */
	u64 nlookup; /* how often the kernel was told it */
	unsigned refs; /* open files, mm's files, names below it, whoever holds it now */
};

struct disk {
	struct aspacefs *fs;
	int root_fd;
	char *private_dir; /* NULL: the folder is the user's */
	struct disk_node *root;
	GHashTable *nodes; /* by id */
	GHashTable *names; /* by parent and name */
	GHashTable *inodes; /* by host.dev, host.ino; not deleted ones */
	GHashTable *numbers; /* struct disk_inode by number */
	GHashTable *i_handles; /* struct disk_inode by mm's name for it */
	GHashTable *f_handles; /* struct disk_node by mm's name of an open file: a reference each */
	u64 last_id;
	u32 last_i_handle, last_f_handle;
	GQueue fds; /* struct disk_inode whose fd may be closed, least recently used first */
	struct disk_inode *written; /* its stamp is older than our own last write */
	struct disk_inode *flushing; /* pages are being written back: its times are not right */
	GString *path; /* file_path's answer */
};

/* Make and take down the tables.  => root_fd is open */
int disk_nodes_init(struct disk *disk);
void disk_nodes_deinit(struct disk *disk);

/* ---- names ---- */

/* The node with this id, or NULL. */
struct disk_node *disk_node_find(const struct disk *disk, u64 id);

struct disk_node *disk_node_ref(struct disk_node *node);
void disk_node_unref(struct disk *disk, struct disk_node *node);
void disk_node_forget(struct disk *disk, struct disk_node *node, u64 nlookup);

/*
 * The file @name in folder @dir as the host has it now.  0 with a reference and its
 * attributes (as users see them), or -errno.
 */
int disk_lookup(struct disk *disk, struct disk_node *dir, const char *name, struct disk_node **ret,
		struct stat *st);

/* Attributes now.  0, or -ESTALE: it is no longer there. */
int disk_stat(struct disk *disk, struct disk_node *node, struct stat *st);

/* The name is gone: rmdir, unlink, replaced.  @last: it was the file's only one. */
void disk_node_drop(struct disk *disk, struct disk_node *node, bool last);

/* It has another name now, in @dir. => no other node has it */
void disk_node_move(struct disk *disk, struct disk_node *node, struct disk_node *dir,
		    const char *name);

/* The node of that name as far as known, without a reference, or NULL. */
struct disk_node *disk_node_peek(const struct disk *disk, struct disk_node *dir, const char *name);

/* The inode number that users would see for a name not looked up yet. */
u32 disk_number_guess(const struct disk *disk, const struct disk_node *dir, const char *name);

/* Its path below the folder, "." for the folder itself; (g_free). */
char *disk_node_path(const struct disk_node *node);

/*
 * Open the host's file: @flags as openat2(2) takes them, O_PATH or not.  fd with its
 * attributes, or -errno (ESTALE: it is no longer there).
 */
int disk_node_open(const struct disk *disk, const struct disk_node *node, int flags,
		   struct stat *st);

/* Open beneath the root folder, not following links nor crossing mounts.  fd or -errno. */
int disk_host_open(const struct disk *disk, const char *path, int flags, mode_t mode);

/* ---- inodes ---- */

/* mm's inode, kept in core from now on.  NULL: ENOMEM. */
struct inode *disk_inode_hold(struct disk *disk, struct disk_inode *di, const struct stat *st);

/* An fd for reading, or for writing too.  fd (not to be closed) or -errno. */
int disk_inode_fd(struct disk *disk, struct disk_inode *di, bool write);

/* An open file more, or less: while there is one the fd stays open. */
void disk_inode_pin(struct disk *disk, struct disk_inode *di);
void disk_inode_unpin(struct disk *disk, struct disk_inode *di);

/* Take over an fd, open for reading and writing, if there is none. */
void disk_inode_adopt_fd(struct disk *disk, struct disk_inode *di, int fd);

/* Keep the bytes of a file that is about to lose a name, perhaps its last, if anybody uses them. */
void disk_inode_rescue(struct disk *disk, struct disk_inode *di);

/* We are changing the host's file: what is there afterwards is no surprise. */
void disk_inode_written(struct disk *disk, struct disk_inode *di);

/*
 * Pages of it are about to be written back, by the open fd: bytes that users wrote before.
 * Its times are to stay as they are (disk_settle).
 */
void disk_inode_flushing(struct disk *disk, struct disk_inode *di);

/* Nobody refers to mm's inode but we, and it has no pages: drop it, if no file is open; did we? */
bool disk_inode_let_go(struct disk *disk, struct disk_inode *di);

/* mm dropped its inode. */
void disk_inode_evicted(struct disk *disk, struct disk_inode *di);

/*
 * @st is what the host says now: take over mode and size, and drop pages that are no
 * longer true.  @st gets the number that users see.
 */
void disk_inode_refresh(struct disk *disk, struct disk_inode *di, struct stat *st);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the disk knows of the host's files.
 *
 *   disk_node   a name, ULK's dentry: the kernel's look-ups and mm's open files hold it, so
 *               maps follows a rename and says (deleted)
 *   disk_inode  a file: hard links share one, and with it the page cache
 *
 * Invariants: a hashed node is the only one of its parent and name; a node lives while
 * the kernel knows it (nlookup) or somebody refers to it (refs); an inode lives while it has
 * names, open files or pages.  A file's pages stay in core until it is deleted or reclaimed: not
 * what the kernel forgets but only what users do decides over frames.  An fd is open while
 * a file is open or deleted and in use; the others, at most FDS_KEPT, may be closed.
 *
 * Names that mm and users see (handles, inode numbers) are counted or come from the path,
 * never from the host: the same commands give the same bytes everywhere.
 *
 * => the machine's lock is held.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "disk_node.h"
#include "mm/filemap.h"
#include "mm/writeback.h"
#include "node.h"

#define FDS_KEPT 256
#define DISK_DEV (8u << 20 | 1) /* 08:01, the first partition of the first disk */
#define NUMBER_BIT 0x80000000u /* keeps numbers apart from the tree's (inode.c) */

static void inode_settle(struct disk *disk, struct disk_inode *di);

/* ---- host paths ---- */

int disk_host_open(const struct disk *disk, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (u64)(flags | O_CLOEXEC),
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_SYMLINKS,
	};
	int fd = (int)syscall(SYS_openat2, disk->root_fd, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

static void append_path(GString *path, const struct disk_node *node)
{
	if (!node->parent)
		return;
	append_path(path, node->parent);
	if (path->len)
		g_string_append_c(path, '/');
	g_string_append(path, node->name);
}

char *disk_node_path(const struct disk_node *node)
{
	GString *path = g_string_new(NULL);

	append_path(path, node);
	if (!path->len)
		g_string_append_c(path, '.');
	return g_string_free(path, FALSE);
}

static char *child_path(const struct disk_node *dir, const char *name)
{
	GString *path = g_string_new(NULL);

	append_path(path, dir);
	if (path->len)
		g_string_append_c(path, '/');
	g_string_append(path, name);
	return g_string_free(path, FALSE);
}

/* Does its path lead to it, as far as we know? */
static bool node_is_linked(const struct disk_node *node)
{
	for (; node; node = node->parent)
		if (!node->hashed)
			return false;
	return true;
}

static bool same_file(const struct disk_inode *di, const struct stat *st)
{
	return di->host.dev == st->st_dev && di->host.ino == st->st_ino;
}

int disk_node_open(const struct disk *disk, const struct disk_node *node, int flags,
		   struct stat *st)
{
	char *path;
	int fd;

	if (!node_is_linked(node))
		return -ESTALE;
	path = disk_node_path(node);
	fd = disk_host_open(disk, path, flags, 0);
	g_free(path);
	if (fd == -ENOENT || fd == -ENOTDIR || (fd == -ELOOP && flags & O_PATH))
		return -ESTALE;
	if (fd >= 0 && (fstat(fd, st) != 0 || !same_file(node->di, st))) {
		close(fd);
		return -ESTALE;
	}
	return fd;
}

/* ---- numbers ---- */

static u32 hash_bytes(u32 hash, const void *bytes, size_t len)
{
	const u8 *p = bytes;

	while (len--)
		hash = (hash ^ *p++) * 16777619u; /* FNV-1a */
	return hash;
}

static u32 number_of_name(const struct disk_node *dir, const char *name)
{
	u32 hash = 2166136261u;

	if (dir)
		hash = hash_bytes(hash, &dir->di->number, sizeof(dir->di->number));
	return hash_bytes(hash, name, strlen(name)) | NUMBER_BIT;
}

u32 disk_number_guess(const struct disk *disk, const struct disk_node *dir, const char *name)
{
	return number_of_name(dir, name);
}

static u32 number_new(const struct disk *disk, const struct disk_node *dir, const char *name)
{
	u32 number = number_of_name(dir, name);

	while (g_hash_table_contains(disk->numbers, GUINT_TO_POINTER(number)))
		number = (number + 1) | NUMBER_BIT;
	return number;
}

/* ---- inodes: the fd ---- */

static void inode_close(struct disk_inode *di)
{
	if (di->fd >= 0)
		close(di->fd);
	di->fd = -1;
	di->fd_writable = false;
}

static void inode_dequeue(struct disk *disk, struct disk_inode *di)
{
	if (di->queued)
		g_queue_unlink(&disk->fds, &di->lru);
	di->queued = false;
}

/* Could the fd be had again?  A file that nobody refers to any more will be looked up first. */
static bool inode_can_reopen(const struct disk_inode *di)
{
	for (const GSList *l = di->names; l; l = l->next)
		if (((const struct disk_node *)l->data)->hashed)
			return true;
	return !di->names;
}

/* Close the fd.  What is dirty goes first: the name may lead nowhere when it is wanted again. */
static void inode_retire(struct disk *disk, struct disk_inode *di)
{
	inode_dequeue(disk, di);
	if (di->inode)
		filemap_write(di->inode);
	if (disk->flushing == di)
		disk_settle(disk);
	inode_dequeue(disk, di);
	inode_close(di);
}

/* The fd was used just now, or may be closed from now on. */
static void inode_queue(struct disk *disk, struct disk_inode *di)
{
	inode_dequeue(disk, di);
	if (di->fd < 0 || di->pins || di->deleted || !inode_can_reopen(di))
		return;
	di->lru.data = di;
	g_queue_push_tail_link(&disk->fds, &di->lru);
	di->queued = true;
	if (g_queue_get_length(&disk->fds) > FDS_KEPT)
		inode_retire(disk, g_queue_peek_head(&disk->fds));
}

/* By any name that still leads to it; a deleted one through the fd it has. */
static int inode_open(const struct disk *disk, const struct disk_inode *di, int flags)
{
	char link[32];
	struct stat st;
	int fd = -EIO;

	if (di->deleted) {
		g_snprintf(link, sizeof(link), "/proc/self/fd/%d", di->fd);
		fd = di->fd >= 0 ? open(link, flags | O_CLOEXEC) : -1;
		return fd < 0 ? -EIO : fd;
	}
	for (const GSList *l = di->names; l && fd < 0; l = l->next)
		fd = disk_node_open(disk, l->data, flags | O_NONBLOCK | O_NOCTTY, &st);
	if (fd >= 0 && !S_ISREG(st.st_mode)) {
		close(fd);
		return -ENXIO;
	}
	return fd;
}

int disk_inode_fd(struct disk *disk, struct disk_inode *di, bool write)
{
	int fd;

	if (di->fd >= 0 && (di->fd_writable || !write)) {
		if (di->queued)
			inode_queue(disk, di);
		return di->fd;
	}
	fd = inode_open(disk, di, write ? O_RDWR : O_RDONLY);
	if (fd == -EACCES && write)
		fd = inode_open(disk, di, O_WRONLY);
	if (fd < 0)
		return fd;
	inode_close(di);
	di->fd = fd;
	di->fd_writable = write;
	inode_queue(disk, di);
	return fd;
}

void disk_inode_adopt_fd(struct disk *disk, struct disk_inode *di, int fd)
{
	if (di->fd >= 0 && di->fd_writable) {
		close(fd);
		return;
	}
	inode_close(di);
	di->fd = fd;
	di->fd_writable = true;
	inode_queue(disk, di);
}

void disk_inode_pin(struct disk *disk, struct disk_inode *di)
{
	di->pins++;
	inode_dequeue(disk, di);
}

void disk_inode_unpin(struct disk *disk, struct disk_inode *di)
{
	assert(di->pins > 0);
	if (!--di->pins)
		inode_settle(disk, di);
}

void disk_inode_rescue(struct disk *disk, struct disk_inode *di)
{
	if (di->fd < 0 && di->inode && di->inode->i_count > 1)
		disk_inode_fd(disk, di, false);
}

/* ---- inodes: mm's ---- */

static u64 size_in_core(const struct stat *st)
{
	return MIN((u64)st->st_size, MAX_FILE_SIZE);
}

struct inode *disk_inode_hold(struct disk *disk, struct disk_inode *di, const struct stat *st)
{
	if (di->inode && !di->held)
		iget(di->inode);
	if (!di->inode) {
		u32 handle = disk->last_i_handle + 1;

		di->inode = inode_new(disk->fs->m, AOPS_BACKED, DISK_DEV, di->number, st->st_mode,
				      size_in_core(st), handle);
		if (!di->inode)
			return NULL;
		di->inode->i_uid = st->st_uid;
		di->inode->i_gid = st->st_gid;
		di->i_handle = disk->last_i_handle = handle;
		g_hash_table_insert(disk->i_handles, GUINT_TO_POINTER(handle), di);
	}
	di->held = true;
	return di->inode;
}

bool disk_inode_let_go(struct disk *disk, struct disk_inode *di)
{
	if (!di->held || di->pins || di->inode->i_count != 1)
		return false;
	di->held = false;
	iput(di->inode); /* the last one: disk_inode_evicted is next */
	return true;
}

void disk_inode_evicted(struct disk *disk, struct disk_inode *di)
{
	g_hash_table_remove(disk->i_handles, GUINT_TO_POINTER(di->i_handle));
	di->inode = NULL;
	di->i_handle = 0;
	di->held = false;
	inode_settle(disk, di);
}

static struct disk_stamp stamp_of(const struct stat *st)
{
	return (struct disk_stamp){ st->st_size, st->st_mtim, st->st_ctim };
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same_stamp(const struct disk_stamp *a, const struct disk_stamp *b)
{
	return a->size == b->size && same_time(a->mtime, b->mtime) && same_time(a->ctime, b->ctime);
}

/* A file that was flushed gets its times again. */
static void settle_flushed(struct disk *disk)
{
	struct disk_inode *di = disk->flushing;
	struct stat st;

	disk->flushing = NULL;
	if (!di || di->fd < 0)
		return;
	/* Where only the owner may set times, the file shows when it was written back. */
	futimens(di->fd, (struct timespec[2]){ { 0, UTIME_OMIT }, di->flushed.mtime });
	if (fstat(di->fd, &st) != 0)
		return;
	di->flushed.host_ctime = st.st_ctim;
	if (di->flushed.foreign)
		return; /* the next look-up sees that the file changed */
	di->stamp = stamp_of(&st);
	if (disk->written == di)
		disk->written = NULL;
}

/* What we did to it is done: the host's file is as it should be now. */
static void settle_written(struct disk *disk)
{
	struct disk_inode *di = disk->written;
	struct stat st;

	if (!di || di->fd < 0 || fstat(di->fd, &st) != 0)
		return;
	di->stamp = stamp_of(&st);
	disk->written = NULL;
}

void disk_inode_written(struct disk *disk, struct disk_inode *di)
{
	if (disk->flushing == di)
		settle_flushed(disk);
	if (disk->written != di)
		settle_written(disk);
	disk->written = di;
}

/* The ctime that users see: that of the last change, not of the write-back. */
static struct timespec shown_ctime(const struct disk_inode *di, const struct stat *st)
{
	return same_time(st->st_ctim, di->flushed.host_ctime) ? di->flushed.ctime : st->st_ctim;
}

void disk_inode_flushing(struct disk *disk, struct disk_inode *di)
{
	struct disk_stamp now;
	struct stat st;

	if (disk->flushing == di)
		return;
	settle_flushed(disk);
	if (fstat(di->fd, &st) != 0)
		return;
	now = stamp_of(&st);
	di->flushed.ctime = shown_ctime(di, &st);
	di->flushed.mtime = st.st_mtim;
	di->flushed.foreign = disk->written != di && !same_stamp(&now, &di->stamp);
	disk->flushing = di;
}

void disk_settle(struct disk *disk)
{
	settle_flushed(disk);
	settle_written(disk);
}

/* The host's file is another than the one we read: what was read of it is no longer true. */
static void inode_changed(struct disk_inode *di, const struct stat *st)
{
	struct inode *inode = di->inode;

	if (size_in_core(st) != inode->i_size)
		vmtruncate(inode, size_in_core(st));
	invalidate_inode_pages(inode);
}

void disk_inode_refresh(struct disk *disk, struct disk_inode *di, struct stat *st)
{
	struct disk_stamp now;
	bool ours = disk->written == di;

	if (disk->flushing == di) {
		settle_flushed(disk);
		if (fstat(di->fd, st) != 0)
			return;
	}
	now = stamp_of(st);
	st->st_ino = di->number;
	if (di->inode) {
		di->inode->i_mode = st->st_mode;
		di->inode->i_uid = st->st_uid;
		di->inode->i_gid = st->st_gid;
		if (!ours && !same_stamp(&now, &di->stamp))
			inode_changed(di, st);
	}
	st->st_ctim = shown_ctime(di, st);
	di->stamp = now;
	if (ours)
		disk->written = NULL;
}

/* ---- inodes: life ---- */

static guint host_hash(gconstpointer key)
{
	return hash_bytes(2166136261u, key, sizeof(((struct disk_inode *)NULL)->host));
}

static gboolean host_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(((struct disk_inode *)NULL)->host)) == 0;
}

/* The inode of a file of the host; a new one takes its number from @dir and @name. */
static struct disk_inode *inode_get(struct disk *disk, const struct stat *st,
				    const struct disk_node *dir, const char *name)
{
	struct disk_inode probe = { .host = { st->st_dev, st->st_ino } };
	struct disk_inode *di = g_hash_table_lookup(disk->inodes, &probe.host);

	if (di)
		return di;
	di = g_new0(struct disk_inode, 1);
	di->host = probe.host;
	di->number = number_new(disk, dir, name);
	di->fd = -1;
	di->stamp = stamp_of(st);
	g_hash_table_insert(disk->inodes, &di->host, di);
	g_hash_table_insert(disk->numbers, GUINT_TO_POINTER(di->number), di);
	return di;
}

static void inode_free(struct disk *disk, struct disk_inode *di)
{
	assert(!di->names && !di->pins);
	inode_dequeue(disk, di);
	inode_close(di);
	if (!di->deleted)
		g_hash_table_remove(disk->inodes, &di->host);
	g_hash_table_remove(disk->numbers, GUINT_TO_POINTER(di->number));
	if (disk->written == di)
		disk->written = NULL;
	if (disk->flushing == di)
		disk->flushing = NULL;
	g_free(di);
}

/* Something that kept it, or its fd, or its pages, is gone. */
static void inode_settle(struct disk *disk, struct disk_inode *di)
{
	if (di->deleted && !di->pins && di->held) {
		bool last = di->inode->i_count == 1;

		di->held = false;
		iput(di->inode);
		if (last)
			return; /* disk_inode_evicted has settled it */
	}
	if (!di->names && !di->pins && !di->inode) {
		inode_free(disk, di);
		return;
	}
	if (di->deleted && !di->pins && !di->inode)
		inode_close(di);
	inode_queue(disk, di);
}

static void inode_delete(struct disk *disk, struct disk_inode *di)
{
	if (!di->deleted)
		g_hash_table_remove(disk->inodes, &di->host);
	di->deleted = true;
	inode_settle(disk, di);
}

/* ---- nodes ---- */

static guint name_hash(gconstpointer key)
{
	const struct disk_node *node = key;

	return hash_bytes(g_direct_hash(node->parent), node->name, strlen(node->name));
}

static gboolean name_equal(gconstpointer a, gconstpointer b)
{
	const struct disk_node *x = a, *y = b;

	return x->parent == y->parent && strcmp(x->name, y->name) == 0;
}

static struct disk_node *node_new(struct disk *disk, struct disk_node *dir, const char *name,
				  struct disk_inode *di)
{
	struct disk_node *node = g_new0(struct disk_node, 1);

	node->id = ++disk->last_id;
	node->parent = dir ? disk_node_ref(dir) : NULL;
	node->name = g_strdup(name);
	node->di = di;
	node->hashed = true;
	di->names = g_slist_prepend(di->names, node);
	g_hash_table_insert(disk->nodes, &node->id, node);
	g_hash_table_add(disk->names, node);
	return node;
}

static void node_unhash(struct disk *disk, struct disk_node *node)
{
	if (node->hashed)
		g_hash_table_remove(disk->names, node);
	node->hashed = false;
}

static void node_free_if_unused(struct disk *disk, struct disk_node *node)
{
	while (node && !node->refs && !node->nlookup) {
		struct disk_node *parent = node->parent;
		struct disk_inode *di = node->di;

		node_unhash(disk, node);
		g_hash_table_remove(disk->nodes, &node->id);
		di->names = g_slist_remove(di->names, node);
		g_free(node->name);
		g_free(node);
		inode_settle(disk, di);
		if (parent)
			parent->refs--;
		node = parent;
	}
}

struct disk_node *disk_node_find(const struct disk *disk, u64 id)
{
	return g_hash_table_lookup(disk->nodes, &id);
}

struct disk_node *disk_node_ref(struct disk_node *node)
{
	node->refs++;
	return node;
}

void disk_node_unref(struct disk *disk, struct disk_node *node)
{
	assert(node->refs > 0);
	node->refs--;
	node_free_if_unused(disk, node);
}

void disk_node_forget(struct disk *disk, struct disk_node *node, u64 nlookup)
{
	assert(node->nlookup >= nlookup);
	node->nlookup -= nlookup;
	node_free_if_unused(disk, node);
}

struct disk_node *disk_node_peek(const struct disk *disk, struct disk_node *dir, const char *name)
{
	struct disk_node probe = { .parent = dir, .name = (char *)(uintptr_t)name };

	return g_hash_table_lookup(disk->names, &probe);
}

void disk_node_drop(struct disk *disk, struct disk_node *node, bool last)
{
	struct disk_inode *di = node->di;

	disk_node_ref(node);
	node_unhash(disk, node);
	if (last)
		inode_delete(disk, di);
	else
		inode_settle(disk, di);
	disk_node_unref(disk, node);
}

/* Somebody else took the name from the file. */
static void node_vanished(struct disk *disk, struct disk_node *node)
{
	struct stat st;
	int fd = node->di->fd;

	disk_node_drop(disk, node, fd >= 0 && fstat(fd, &st) == 0 && st.st_nlink == 0);
}

void disk_node_move(struct disk *disk, struct disk_node *node, struct disk_node *dir,
		    const char *name)
{
	struct disk_node *before = node->parent;

	node_unhash(disk, node);
	node->parent = disk_node_ref(dir);
	g_free(node->name);
	node->name = g_strdup(name);
	node->hashed = true;
	g_hash_table_add(disk->names, node);
	disk_node_unref(disk, before);
}

/* ---- look-up ---- */

static int stat_path(const struct disk *disk, const char *path, struct stat *st)
{
	int fd = disk_host_open(disk, path, O_PATH | O_NOFOLLOW, 0);
	int error = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, st) != 0)
		error = -errno;
	close(fd);
	return error;
}

int disk_lookup(struct disk *disk, struct disk_node *dir, const char *name, struct disk_node **ret,
		struct stat *st)
{
	struct disk_node *node = disk_node_peek(disk, dir, name);
	char *path = child_path(dir, name);
	int error = node_is_linked(dir) ? stat_path(disk, path, st) : -ENOENT;

	g_free(path);
	if (node && (error == -ENOENT || (!error && !same_file(node->di, st)))) {
		node_vanished(disk, node);
		node = NULL;
	}
	if (error)
		return error;
	if (!node)
		node = node_new(disk, dir, name, inode_get(disk, st, dir, name));
	*ret = disk_node_ref(node);
	disk_inode_refresh(disk, node->di, st);
	return 0;
}

int disk_stat(struct disk *disk, struct disk_node *node, struct stat *st)
{
	int fd = node->di->fd, error = 0;

	if (fd >= 0)
		error = fstat(fd, st) == 0 ? 0 : -errno;
	else
		fd = disk_node_open(disk, node, O_PATH | O_NOFOLLOW, st);
	if (fd < 0)
		return fd;
	if (fd != node->di->fd)
		close(fd);
	if (!error)
		disk_inode_refresh(disk, node->di, st);
	return error;
}

/* ---- beginning and end ---- */

int disk_nodes_init(struct disk *disk)
{
	struct stat st;

	if (fstat(disk->root_fd, &st) != 0)
		return -errno;
	disk->nodes = g_hash_table_new(g_int64_hash, g_int64_equal);
	disk->names = g_hash_table_new(name_hash, name_equal);
	disk->inodes = g_hash_table_new(host_hash, host_equal);
	disk->numbers = g_hash_table_new(NULL, NULL);
	disk->i_handles = g_hash_table_new(NULL, NULL);
	disk->f_handles = g_hash_table_new(NULL, NULL);
	g_queue_init(&disk->fds);
	disk->root = disk_node_ref(node_new(disk, NULL, "", inode_get(disk, &st, NULL, "")));
	assert(disk->root->id == FILES_ROOT_HANDLE);
	return 0;
}

static gboolean free_node(gpointer key, gpointer value, gpointer data)
{
	struct disk_node *node = value;

	g_free(node->name);
	g_free(node);
	return TRUE;
}

static gboolean free_inode(gpointer key, gpointer value, gpointer data)
{
	struct disk_inode *di = value;

	inode_close(di);
	g_slist_free(di->names);
	g_free(di);
	return TRUE;
}

void disk_nodes_deinit(struct disk *disk)
{
	if (!disk->nodes)
		return;
	g_hash_table_destroy(disk->names);
	g_hash_table_destroy(disk->inodes);
	g_hash_table_destroy(disk->i_handles);
	g_hash_table_destroy(disk->f_handles);
	g_hash_table_foreach_remove(disk->nodes, free_node, NULL);
	g_hash_table_destroy(disk->nodes);
	g_hash_table_foreach_remove(disk->numbers, free_inode, NULL);
	g_hash_table_destroy(disk->numbers);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open folders of files/.
 *
 * A listing is taken as a whole when it begins, so that removing files while reading it
 * skips none; its places are numbers of entries: 0 and 1 are . and ..
 *
 * => the machine's lock is held.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "disk_node.h"
#include "files.h"
#include "permission.h"

struct dir_entry {
	mode_t type;
	char name[];
};

struct files_dir {
	struct disk_node *node;
	GPtrArray *entries; /* struct dir_entry; NULL: not read yet */
};

int files_opendir(struct aspacefs *fs, const struct caller *caller, u64 ino, struct files_dir **ret)
{
	struct ino_parts parts;
	struct disk_node *node;
	struct stat st;
	int error;

	ino_unpack(ino, &parts);
	node = disk_node_find(fs->disk, parts.handle);
	error = node ? disk_stat(fs->disk, node, &st) : -ESTALE;
	if (error)
		return error;
	if (!permission_trusted(fs, caller) && !permission_mode(&st, caller, MAY_READ))
		return -EACCES;
	*ret = g_new0(struct files_dir, 1);
	(*ret)->node = disk_node_ref(node);
	return 0;
}

void files_releasedir(struct aspacefs *fs, struct files_dir *dir)
{
	if (dir->entries)
		g_ptr_array_free(dir->entries, TRUE);
	disk_node_unref(fs->disk, dir->node);
	g_free(dir);
}

static void add_entry(GPtrArray *entries, const struct dirent *d)
{
	size_t size = strlen(d->d_name) + 1;
	struct dir_entry *e;

	if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
		return;
	e = g_malloc(sizeof(*e) + size);
	e->type = DTTOIF(d->d_type);
	memcpy(e->name, d->d_name, size);
	g_ptr_array_add(entries, e);
}

/* Read the names anew.  0 or -errno. */
static int read_entries(struct aspacefs *fs, struct files_dir *dir)
{
	struct stat st;
	int fd = disk_node_open(fs->disk, dir->node, O_RDONLY | O_DIRECTORY, &st);
	DIR *host = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *d;

	if (dir->entries)
		g_ptr_array_free(dir->entries, TRUE);
	dir->entries = g_ptr_array_new_with_free_func(g_free);
	if (fd == -ESTALE)
		return 0; /* a removed folder is empty */
	if (!host)
		return fd < 0 ? fd : -ENOMEM;
	while ((d = readdir(host)))
		add_entry(dir->entries, d);
	closedir(host);
	return 0;
}

/* The number that stat would show. */
static u64 entry_ino(const struct aspacefs *fs, struct disk_node *dir, const char *name)
{
	const struct disk_node *node = disk_node_peek(fs->disk, dir, name);

	return node ? node->di->number : disk_number_guess(fs->disk, dir, name);
}

int files_list(struct aspacefs *fs, struct files_dir *dir, u64 from, node_fill fill, void *data)
{
	const struct disk_node *up = dir->node->parent;
	int error = from == 0 || !dir->entries ? read_entries(fs, dir) : 0;

	if (error)
		return error;
	if (from < 1 && !fill(data, ".", dir->node->di->number, S_IFDIR, 1))
		return 0;
	if (from < 2 && !fill(data, "..", up ? up->di->number : INO_ROOT, S_IFDIR, 2))
		return 0;
	for (u64 i = from > 2 ? from - 2 : 0; i < dir->entries->len; i++) {
		const struct dir_entry *e = g_ptr_array_index(dir->entries, (guint)i);

		if (!fill(data, e->name, entry_ino(fs, dir->node, e->name), e->type, i + 3))
			break;
	}
	return 0;
}

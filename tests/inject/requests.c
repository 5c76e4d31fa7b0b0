/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests in words, as a user makes them at a mount, without the mount:
 *
 *   PID COMMAND ...              a line in the ctl of PID; 0: the root's
 *   @read PID ADDR LEN           bytes of PID/mem; each request says what it did as its reply
 *   @write PID ADDR LEN
 *   @show PATH                   the text of a file of the tree (or a link's target), or all of a
 *                                file of bytes up to 64 KiB
 *   @put PATH TEXT               write(2) of TEXT to it
 *   @cat NAME  @fill NAME OFF LEN  @cut NAME SIZE  @punch NAME OFF LEN  @new NAME  @rm NAME
 *   @mv NAME NAME  @ln NAME NAME  @mkdir NAME  @sync NAME
 *                                what cat, dd, truncate, fallocate ... do in files/
 *   @drain                       give back what caches keep
 *   @tick N                      N ticks of the machine's clock
 */
#include "inject.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <unistd.h>

#include "fs/ctl/ctl.h"
#include "fs/files.h"
#include "fs/node.h"

#define BYTES_MAX (64u << 10)

/* ---- ctl ---- */

static int do_ctl(struct world *w, u32 pid, const char *line, GString *reply)
{
	struct task_struct *task = pid ? find_task_by_pid(w->fs->m, pid) : NULL;
	struct ctl_file *file;
	g_autofree char *text = g_malloc0(1 << 20);
	ssize_t done, len;

	if (pid && !task)
		return -ESRCH;
	file = ctl_file_open(w->fs, task);
	done = ctl_file_write(file, &w->caller, line, strlen(line));
	len = ctl_file_read(file, text, 1 << 20, 0);
	ctl_file_release(file, &w->caller);
	if (len > 0)
		g_string_append_len(reply, text, len);
	return done < 0 ? (int)done : 0;
}

/* ---- the tree ---- */

static int find_node(struct world *w, const char *path, struct node *ret)
{
	g_auto(GStrv) names = g_strsplit(path, "/", -1);
	int error = node_get(w->fs, INO_ROOT, ret);

	for (char **name = names; *name && !error; name++) {
		struct node dir = *ret;

		error = node_lookup(w->fs, &dir, *name, ret);
	}
	return error;
}

static int show_bytes(struct world *w, const struct node *node, GString *reply)
{
	g_autofree char *buf = g_malloc(BYTES_MAX);
	ssize_t n = node->row->bytes->read(w->fs, node, buf, BYTES_MAX, 0);

	if (n > 0)
		g_string_append_printf(reply, "%zd bytes\n", n);
	return n < 0 ? (int)n : 0;
}

static int do_show(struct world *w, char **word, GString *reply)
{
	struct node node;
	int error = find_node(w, word[1], &node);

	if (error)
		return error;
	if (node.row->bytes)
		return show_bytes(w, &node, reply);
	return node_show(w->fs, &node, reply);
}

static int do_put(struct world *w, char **word, GString *reply)
{
	struct node node;
	int error = find_node(w, word[1], &node);

	if (error)
		return error;
	return node.row->store(w->fs, &node, word[2], strlen(word[2]));
}

/* ---- mem ---- */

static int move(struct world *w, char **word, bool write, GString *reply)
{
	g_autofree char *path = g_strdup_printf("%s/mem", word[1]);
	size_t len = (size_t)strtoul(word[3], NULL, 0);
	g_autofree char *buf = g_malloc(len);
	u64 off = strtoull(word[2], NULL, 0);
	struct node node;
	int error = find_node(w, path, &node);
	ssize_t n;

	if (error)
		return error;
	memset(buf, 'w', len);
	n = write ? node.row->bytes->write(w->fs, &node, buf, len, off) :
		    node.row->bytes->read(w->fs, &node, buf, len, off);
	g_string_append_printf(reply, "%zd bytes\n", n);
	return n < 0 ? (int)n : 0;
}

static int do_read(struct world *w, char **word, GString *reply)
{
	return move(w, word, false, reply);
}

static int do_write(struct world *w, char **word, GString *reply)
{
	return move(w, word, true, reply);
}

/* ---- files/ ---- */

#define ROOT_FOLDER ino_of_files(FILES_ROOT_HANDLE)

/* Open, use, close; @use NULL: nothing.  0 or -errno. */
typedef int (*use_fn)(struct world *w, struct files_handle *open, u64 ino, char **word,
		      GString *reply);

static int with_open(struct world *w, char **word, int flags, use_fn use, GString *reply)
{
	struct files_handle *open;
	struct files_entry entry;
	int error = files_lookup(w->fs, &w->caller, ROOT_FOLDER, word[1], &entry);

	if (error)
		return error;
	error = files_open(w->fs, &w->caller, entry.ino, flags, &open);
	if (!error) {
		error = use ? use(w, open, entry.ino, word, reply) : 0;
		files_release(w->fs, open);
	}
	files_forget(w->fs, entry.ino, 1);
	return error;
}

static int use_cat(struct world *w, struct files_handle *open, u64 ino, char **word, GString *reply)
{
	g_autofree char *buf = g_malloc(BYTES_MAX);
	u64 off = 0;
	ssize_t n;

	do {
		n = files_read(w->fs, open, buf, BYTES_MAX, off);
		off += n > 0 ? (u64)n : 0;
	} while (n > 0);
	g_string_append_printf(reply, "%" G_GUINT64_FORMAT " bytes\n", off);
	return n < 0 ? (int)n : 0;
}

static int use_fill(struct world *w, struct files_handle *open, u64 ino, char **word,
		    GString *reply)
{
	u64 off = strtoull(word[2], NULL, 0);
	size_t len = (size_t)strtoul(word[3], NULL, 0);
	g_autofree char *buf = g_malloc(len);
	ssize_t n;

	memset(buf, 'f', len);
	n = files_write(w->fs, &w->caller, open, buf, len, off, false);
	g_string_append_printf(reply, "%zd bytes\n", n);
	return n < 0 ? (int)n : 0;
}

static int use_cut(struct world *w, struct files_handle *open, u64 ino, char **word, GString *reply)
{
	struct files_change change = {
		.mode = -1,
		.uid = -1,
		.gid = -1,
		.size = strtoll(word[2], NULL, 0),
		.atime.tv_nsec = UTIME_OMIT,
		.mtime.tv_nsec = UTIME_OMIT,
	};
	struct stat st;

	return files_setattr(w->fs, &w->caller, ino, open, &change, &st);
}

static int use_punch(struct world *w, struct files_handle *open, u64 ino, char **word,
		     GString *reply)
{
	return files_fallocate(w->fs, &w->caller, open, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			       strtoull(word[2], NULL, 0), strtoull(word[3], NULL, 0));
}

static int use_sync(struct world *w, struct files_handle *open, u64 ino, char **word,
		    GString *reply)
{
	int fd = files_sync_fd(w->fs, open);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int do_cat(struct world *w, char **word, GString *reply)
{
	return with_open(w, word, O_RDONLY, use_cat, reply);
}

static int do_fill(struct world *w, char **word, GString *reply)
{
	return with_open(w, word, O_RDWR, use_fill, reply);
}

static int do_cut(struct world *w, char **word, GString *reply)
{
	return with_open(w, word, O_RDWR, use_cut, reply);
}

static int do_punch(struct world *w, char **word, GString *reply)
{
	return with_open(w, word, O_RDWR, use_punch, reply);
}

static int do_trunc(struct world *w, char **word, GString *reply)
{
	return with_open(w, word, O_RDWR | O_TRUNC, NULL, reply);
}

static int do_sync(struct world *w, char **word, GString *reply)
{
	return with_open(w, word, O_RDWR, use_sync, reply);
}

static int do_new(struct world *w, char **word, GString *reply)
{
	struct files_entry entry;
	struct files_handle *open;
	int error =
		files_create(w->fs, &w->caller, ROOT_FOLDER, word[1], 0644, O_RDWR, &entry, &open);

	if (error)
		return error;
	files_release(w->fs, open);
	files_forget(w->fs, entry.ino, 1);
	return 0;
}

static int do_rm(struct world *w, char **word, GString *reply)
{
	return files_remove(w->fs, &w->caller, ROOT_FOLDER, word[1], false);
}

static int do_mv(struct world *w, char **word, GString *reply)
{
	return files_rename(w->fs, &w->caller, ROOT_FOLDER, word[1], ROOT_FOLDER, word[2], 0);
}

static int do_ln(struct world *w, char **word, GString *reply)
{
	struct files_entry entry, made;
	int error = files_lookup(w->fs, &w->caller, ROOT_FOLDER, word[1], &entry);

	if (error)
		return error;
	error = files_link(w->fs, &w->caller, entry.ino, ROOT_FOLDER, word[2], &made);
	if (!error)
		files_forget(w->fs, made.ino, 1);
	files_forget(w->fs, entry.ino, 1);
	return error;
}

static int do_mkdir(struct world *w, char **word, GString *reply)
{
	struct files_entry entry;
	int error = files_mkdir(w->fs, &w->caller, ROOT_FOLDER, word[1], 0755, &entry);

	if (!error)
		files_forget(w->fs, entry.ino, 1);
	return error;
}

/* ---- the machine ---- */

static int do_drain(struct world *w, char **word, GString *reply)
{
	world_drain(w);
	return 0;
}

static int do_tick(struct world *w, char **word, GString *reply)
{
	for (long n = atol(word[1]); n; n--)
		machine_tick(w->fs->m);
	return 0;
}

static const struct request {
	const char *word;
	int (*run)(struct world *w, char **word, GString *reply);
} requests[] = {
	{ "@read", do_read }, { "@write", do_write }, { "@show", do_show },
	{ "@put", do_put },   { "@cat", do_cat },     { "@fill", do_fill },
	{ "@cut", do_cut },   { "@trunc", do_trunc }, { "@sync", do_sync },
	{ "@new", do_new },   { "@rm", do_rm },	      { "@mv", do_mv },
	{ "@ln", do_ln },     { "@mkdir", do_mkdir }, { "@drain", do_drain },
	{ "@tick", do_tick }, { "@punch", do_punch },
};

int world_do(struct world *w, const char *line, GString *reply)
{
	g_auto(GStrv) word = g_strsplit(line, " ", -1);

	if (line[0] != '@')
		return do_ctl(w, (u32)atoi(line), strchr(line, ' ') + 1, reply);
	for (size_t i = 0; i < G_N_ELEMENTS(requests); i++)
		if (strcmp(requests[i].word, word[0]) == 0)
			return requests[i].run(w, word, reply);
	g_error("%s: no such request", word[0]);
}

void world_must(struct world *w, const char *line)
{
	g_autoptr(GString) reply = g_string_new(NULL);
	int error = world_do(w, line, reply);

	if (error)
		g_error("%s: %d %s", line, error, reply->str);
}

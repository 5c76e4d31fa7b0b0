/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One open ctl: writes become lines, lines become replies, reads take them.
 *
 *   write "brk 0\nmunmap 1 1\nbrk 0\n"   -> 6      brk ran, munmap ran and failed
 *   write "munmap 1 1\nbrk 0\n"          -> EINVAL the error that waited; nothing runs
 *   read                                 -> both replies
 *
 * A node is the ctl of one process, or the root's: it knows whose replies a new open
 * file reads.  It goes when its process is gone and nobody has it open.
 */
#include <errno.h>
#include <string.h>

#include "command.h"
#include "ctl.h"
#include "replies.h"

#define AT_ONCE 4096u /* a fragment at the end of a shorter write is a whole line */
#define LINE_MAX_BYTES (8u << 20)
#define SWEEP_FROM 64u

struct ctl_node {
	gint64 key; /* pid, and its generation above; 0: the root's */
	unsigned openers;
	struct replies *last; /* of the open file that wrote last; NULL: none did */
};

struct ctl_file {
	struct aspacefs *fs;
	struct ctl_node *node;
	struct replies *own; /* NULL: has not written */
	GString *fragment; /* the beginning of a line that is to go on */
	int pending; /* -errno of a line that ran and failed: the next write's */
	bool fresh; /* not read since the last write */
	u64 base; /* the offset that read the first of its replies */
	GString *snapshot; /* what is read by a file that has not written */
};

/* ---- nodes ---- */

static gint64 node_key(const struct task_struct *task)
{
	return task ? (gint64)((u64)task->generation << 32 | task->pid) : 0;
}

/* The process of a node that is not the root's, or NULL when it is gone or a zombie. */
static struct task_struct *node_task(const struct aspacefs *fs, const struct ctl_node *node)
{
	struct task_struct *task = find_task_by_pid(fs->m, (u32)node->key);

	if (!task || node_key(task) != node->key || task->state == TASK_ZOMBIE)
		return NULL;
	return task;
}

static void node_free(gpointer data)
{
	struct ctl_node *node = data;

	replies_unref(node->last);
	g_free(node);
}

static gboolean node_is_useless(gpointer key, gpointer value, gpointer data)
{
	const struct ctl_node *node = value;

	return !node->openers && node->key && !node_task(data, node);
}

/* Processes die without telling us: look for them each time the number has doubled. */
static void nodes_sweep(struct aspacefs *fs)
{
	guint n = g_hash_table_size(fs->ctl_nodes);

	if (n >= SWEEP_FROM && (n & (n - 1)) == 0)
		g_hash_table_foreach_remove(fs->ctl_nodes, node_is_useless, fs);
}

static struct ctl_node *node_get(struct aspacefs *fs, const struct task_struct *task)
{
	gint64 key = node_key(task);
	struct ctl_node *node;

	if (!fs->ctl_nodes)
		fs->ctl_nodes = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, node_free);
	node = g_hash_table_lookup(fs->ctl_nodes, &key);
	if (!node) {
		nodes_sweep(fs);
		node = g_new0(struct ctl_node, 1);
		node->key = key;
		g_hash_table_insert(fs->ctl_nodes, &node->key, node);
	}
	node->openers++;
	return node;
}

static void node_put(struct aspacefs *fs, struct ctl_node *node)
{
	node->openers--;
	if (node_is_useless(NULL, node, fs))
		g_hash_table_remove(fs->ctl_nodes, &node->key);
}

void ctl_nodes_free(struct aspacefs *fs)
{
	g_clear_pointer(&fs->ctl_nodes, g_hash_table_destroy);
}

/* ---- open files ---- */

struct ctl_file *ctl_file_open(struct aspacefs *fs, struct task_struct *task)
{
	struct ctl_file *file = g_new0(struct ctl_file, 1);

	file->fs = fs;
	file->node = node_get(fs, task);
	file->fragment = g_string_new(NULL);
	return file;
}

/* A write begins a new set of replies, and this file's are now the last. */
static void begin_replies(struct ctl_file *file)
{
	if (!file->own)
		file->own = replies_new();
	replies_begin(file->own);
	if (file->node->last == file->own)
		return;
	replies_unref(file->node->last);
	file->node->last = replies_ref(file->own);
}

/* Run a line, of which the fragment is the beginning.  0 or -errno. */
static int run_line(struct ctl_file *file, const struct caller *caller, const char *line,
		    size_t len)
{
	bool root = file->node->key == 0;
	struct task_struct *task = root ? NULL : node_task(file->fs, file->node);
	int error;

	if (file->fragment->len) {
		g_string_append_len(file->fragment, line, (gssize)len);
		line = file->fragment->str;
		len = file->fragment->len;
	}
	error = ctl_run_line(file->fs, root, task, caller, line, len, file->own->text);
	replies_trim(file->own);
	g_string_truncate(file->fragment, 0);
	return error;
}

static int refuse_line(struct ctl_file *file)
{
	g_string_append(file->own->text, "E2BIG: ctl: the line is longer than 8 MiB\n");
	g_string_truncate(file->fragment, 0);
	return -E2BIG;
}

/* The bytes behind the last newline of a write of @whole bytes: run or keep them. */
static int run_rest(struct ctl_file *file, const struct caller *caller, const char *rest,
		    size_t len, size_t whole)
{
	if (!len && !file->fragment->len)
		return 0;
	if (whole < AT_ONCE)
		return run_line(file, caller, rest, len);
	if (file->fragment->len + len > LINE_MAX_BYTES)
		return refuse_line(file);
	g_string_append_len(file->fragment, rest, (gssize)len);
	return 0;
}

ssize_t ctl_file_write(struct ctl_file *file, const struct caller *caller, const char *buf,
		       size_t len)
{
	int error = file->pending;
	size_t done = 0;

	file->pending = 0;
	file->fresh = true;
	if (error)
		return error;
	begin_replies(file);
	while (!error && done < len) {
		const char *line = buf + done, *newline = memchr(line, '\n', len - done);

		error = newline ? run_line(file, caller, line, (size_t)(newline - line)) :
				  run_rest(file, caller, line, len - done, len);
		if (!error)
			done = newline ? (size_t)(newline + 1 - buf) : len;
	}
	if (!error || done == 0)
		return error ? error : (ssize_t)len;
	file->pending = error;
	return (ssize_t)done;
}

static ssize_t copy_from(const char *text, size_t size, char *buf, size_t len, u64 off)
{
	if (off >= size)
		return 0;
	len = MIN(len, size - off);
	memcpy(buf, text + off, len);
	return (ssize_t)len;
}

/* What a file that has not written reads: one moment of the last writer's replies. */
static void take_snapshot(struct ctl_file *file)
{
	const struct replies *last = file->node->last;
	gsize len = 0;
	const char *text = last ? replies_all(last, &len) : "";

	if (!file->snapshot)
		file->snapshot = g_string_new(NULL);
	g_string_truncate(file->snapshot, 0);
	g_string_append_len(file->snapshot, text, (gssize)len);
}

ssize_t ctl_file_read(struct ctl_file *file, char *buf, size_t len, u64 off)
{
	const char *text;
	gsize size;

	if (!file->own) {
		if (!file->snapshot || off == 0)
			take_snapshot(file);
		return copy_from(file->snapshot->str, file->snapshot->len, buf, len, off);
	}
	if (file->fresh || off < file->base)
		file->base = off;
	file->fresh = false;
	text = replies_since(file->own, &size);
	return copy_from(text, size, buf, len, off - file->base);
}

void ctl_file_release(struct ctl_file *file, const struct caller *caller)
{
	if (file->fragment->len)
		run_line(file, caller, "", 0);
	node_put(file->fs, file->node);
	replies_unref(file->own);
	if (file->snapshot)
		g_string_free(file->snapshot, TRUE);
	g_string_free(file->fragment, TRUE);
	g_free(file);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace_pipe: events as they come, each line to one reader once.  tracefs.
 *
 * A reader who finds nothing does not wait in a thread: its request stays here and is
 * answered at the end of the request that made the next event (fs_unlock), or with EINTR when
 * the reader was interrupted.  One may have it open at a time, as in Linux today.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "fuse_request.h"
#include "proc/trace.h"

struct trace_pipe {
	bool open;
	GString *rest; /* lines that were taken and found no room in a reply */
	GQueue waiting; /* struct pipe_reader, who came first is first */
};

struct pipe_reader {
	fuse_req_t req;
	size_t size;
};

struct trace_pipe *trace_pipe_new(void)
{
	struct trace_pipe *pipe = g_new0(struct trace_pipe, 1);

	pipe->rest = g_string_new(NULL);
	g_queue_init(&pipe->waiting);
	return pipe;
}

void trace_pipe_free(struct trace_pipe *pipe)
{
	if (!pipe)
		return;
	g_string_free(pipe->rest, TRUE);
	g_free(pipe);
}

int trace_pipe_open(struct aspacefs *fs)
{
	if (fs->pipe->open)
		return -EBUSY;
	fs->pipe->open = true;
	return 0;
}

void trace_pipe_close(struct aspacefs *fs)
{
	fs->pipe->open = false;
	g_string_truncate(fs->pipe->rest, 0);
}

/* ---- readers ---- */

static bool has_text(struct aspacefs *fs)
{
	return fs->pipe->rest->len || !trace_is_empty(fs);
}

/* Up to @size bytes; what is more stays for the next reader. */
static GString *take_text(struct aspacefs *fs, size_t size)
{
	GString *rest = fs->pipe->rest, *text;

	trace_take(fs, size, rest);
	text = g_string_new_len(rest->str, (gssize)MIN(size, rest->len));
	g_string_erase(rest, 0, (gssize)text->len);
	return text;
}

struct pipe_reply trace_pipe_next(struct aspacefs *fs)
{
	struct pipe_reader *reader;
	struct pipe_reply reply = { NULL, NULL };

	if (g_queue_is_empty(&fs->pipe->waiting) || !has_text(fs))
		return reply;
	reader = g_queue_pop_head(&fs->pipe->waiting);
	reply = (struct pipe_reply){ reader->req, take_text(fs, reader->size) };
	g_free(reader);
	return reply;
}

void trace_pipe_reply(struct pipe_reply *reply)
{
	if (!reply->req)
		return;
	fuse_reply_buf(reply->req, reply->text->str, reply->text->len);
	g_string_free(reply->text, TRUE);
}

static int is_of(const void *reader, const void *req)
{
	return ((const struct pipe_reader *)reader)->req != req;
}

/* libfuse: the reader got a signal.  It may have its answer already, or is just getting it. */
static void interrupted(fuse_req_t req, void *data)
{
	struct aspacefs *fs = data;
	GList *found;

	pthread_mutex_lock(&fs->lock);
	found = g_queue_find_custom(&fs->pipe->waiting, req, is_of);
	if (found) {
		g_free(found->data);
		g_queue_delete_link(&fs->pipe->waiting, found);
	}
	pthread_mutex_unlock(&fs->lock);
	if (found)
		reply_error(req, -EINTR);
}

/* Text now, or the reader waits.  -EAGAIN, -EINTR.  => the lock is held */
static int read_or_wait(struct aspacefs *fs, fuse_req_t req, size_t size, int flags,
			struct pipe_reply *ret)
{
	struct pipe_reader *reader;

	if (has_text(fs)) {
		*ret = (struct pipe_reply){ req, take_text(fs, size) };
		return 0;
	}
	if (flags & O_NONBLOCK)
		return -EAGAIN;
	if (fuse_req_interrupted(req))
		return -EINTR;
	reader = g_new(struct pipe_reader, 1);
	*reader = (struct pipe_reader){ req, size };
	g_queue_push_tail(&fs->pipe->waiting, reader);
	return 0;
}

void trace_pipe_read(fuse_req_t req, size_t size, const struct fuse_file_info *fi)
{
	struct pipe_reply reply = { NULL, NULL };
	struct caller caller;
	struct aspacefs *fs = fuse_req_userdata(req);
	int error;

	/* Before the lock: libfuse may call it at once, with locks of its own. */
	fuse_req_interrupt_func(req, interrupted, fs);
	fs = fs_lock(req, &caller);
	error = read_or_wait(fs, req, size, fi->flags, &reply);
	fs_unlock(fs);
	if (error)
		reply_error(req, error);
	else
		trace_pipe_reply(&reply);
}

void trace_pipe_end(struct aspacefs *fs)
{
	struct pipe_reader *reader;

	while ((reader = g_queue_pop_head(&fs->pipe->waiting))) {
		reply_error(reader->req, -ENODEV);
		g_free(reader);
	}
}

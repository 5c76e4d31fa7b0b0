/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A read sees one moment: an open text file keeps the whole text that its first read made.
 * The bytes are counted, so that a reply can be sent from them after the lock is released
 * while another reader of the same open file makes them anew.
 */
#include <errno.h>

#include "snapshot.h"

struct snapshot {
	GBytes *text; /* NULL: not made yet */
};

struct snapshot *snapshot_new(void)
{
	return g_new0(struct snapshot, 1);
}

void snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	g_bytes_unref(s->text);
	g_free(s);
}

static int take(struct snapshot *s, snapshot_make make, void *data)
{
	GString *out = g_string_sized_new(4096);
	int error = make(data, out);

	if (error) {
		g_string_free(out, TRUE);
		return error;
	}
	g_bytes_unref(s->text);
	s->text = g_string_free_to_bytes(out);
	return 0;
}

int snapshot_read(struct snapshot *s, u64 off, size_t len, snapshot_make make, void *data,
		  GBytes **ret_part)
{
	int error = !s->text || off == 0 ? take(s, make, data) : 0;
	size_t size;

	if (error)
		return error;
	size = g_bytes_get_size(s->text);
	if (off > size)
		off = size;
	*ret_part = g_bytes_new_from_bytes(s->text, off, MIN(len, size - off));
	return 0;
}

s64 snapshot_seek(struct snapshot *s, u64 off, bool hole, snapshot_make make, void *data)
{
	int error = s->text ? 0 : take(s, make, data);
	size_t size;

	if (error)
		return error;
	size = g_bytes_get_size(s->text);
	if (off >= size)
		return -ENXIO;
	return (s64)(hole ? size : off);
}

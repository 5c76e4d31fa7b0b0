/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The buffer of replies.  The front is cut off at the beginning of a line.
 */
#include <string.h>

#include "replies.h"

struct replies *replies_new(void)
{
	struct replies *r = g_new0(struct replies, 1);

	r->refs = 1;
	r->text = g_string_new(NULL);
	return r;
}

struct replies *replies_ref(struct replies *r)
{
	r->refs++;
	return r;
}

void replies_unref(struct replies *r)
{
	if (!r || --r->refs)
		return;
	g_string_free(r->text, TRUE);
	g_free(r);
}

/* How much to leave out in front, so that at most @max bytes of whole lines stay. */
static gsize surplus(const struct replies *r, gsize max)
{
	const char *text = r->text->str, *line;
	gsize len = r->text->len;

	if (len <= max)
		return 0;
	line = memchr(text + len - max - 1, '\n', max + 1);
	return line ? (gsize)(line + 1 - text) : len;
}

static void keep(struct replies *r, gsize max)
{
	gsize cut = surplus(r, max);

	g_string_erase(r->text, 0, (gssize)cut);
	r->since -= MIN(r->since, cut);
}

void replies_begin(struct replies *r)
{
	keep(r, REPLIES_KEPT);
	r->since = r->text->len;
}

void replies_trim(struct replies *r)
{
	if (r->text->len > 2 * REPLIES_MAX)
		keep(r, REPLIES_MAX);
}

const char *replies_since(const struct replies *r, gsize *ret_len)
{
	*ret_len = r->text->len - r->since;
	return r->text->str + r->since;
}

const char *replies_all(const struct replies *r, gsize *ret_len)
{
	gsize cut = surplus(r, REPLIES_KEPT);

	*ret_len = r->text->len - cut;
	return r->text->str + cut;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The replies of one open ctl, oldest first; counted, since the last writer's outlive it.
 */
#pragma once

#include <glib.h>

#define REPLIES_KEPT (64u << 10) /* bytes a new open file reads */
#define REPLIES_MAX (1u << 20) /* bytes kept of one write's */

struct replies {
	unsigned refs;
	GString *text; /* whole lines */
	gsize since; /* where those of the last write begin */
};

struct replies *replies_new(void);
struct replies *replies_ref(struct replies *r);
void replies_unref(struct replies *r); /* NULL is allowed */

/* A write begins: what it replies counts from here. */
void replies_begin(struct replies *r);

/* After appending to text: keep it within bounds. */
void replies_trim(struct replies *r);

/* Those of the last write; the last of all, at most REPLIES_KEPT bytes of whole lines. */
const char *replies_since(const struct replies *r, gsize *ret_len);
const char *replies_all(const struct replies *r, gsize *ret_len);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shortest script that still differs: leave out ever smaller pieces, as long as a
 * difference remains.
 */
#include <string.h>

#include "compare.h"

static GPtrArray *without(const GPtrArray *lines, guint from, guint n)
{
	GPtrArray *rest = g_ptr_array_new();

	for (guint i = 0; i < lines->len; i++)
		if (i < from || i >= from + n)
			g_ptr_array_add(rest, lines->pdata[i]);
	return rest;
}

/* One pass with pieces of @n lines, from the end on.  True: something could go. */
static bool pass(GPtrArray **lines, guint n, differs_fn differs, void *data)
{
	bool shorter = false;

	for (guint from = (*lines)->len; from > 0;) {
		GPtrArray *rest;

		from = from > n ? from - n : 0;
		rest = without(*lines, from, n);
		if (rest->len && rest->len < (*lines)->len && differs(rest, data)) {
			g_ptr_array_free(*lines, TRUE);
			*lines = rest;
			shorter = true;
		} else {
			g_ptr_array_free(rest, TRUE);
		}
	}
	return shorter;
}

GPtrArray *shrink(GPtrArray *lines, differs_fn differs, void *data)
{
	GPtrArray *best = without(lines, 0, 0);

	for (guint n = MAX(best->len / 2, 1); n > 1; n = (n + 1) / 2 < n ? (n + 1) / 2 : 1)
		pass(&best, n, differs, data);
	while (pass(&best, 1, differs, data))
		;
	return best;
}

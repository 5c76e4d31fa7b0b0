/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line split into words as a shell does it.
 */
#pragma once

#include <glib.h>

/*
 * The words of @line, NULL-terminated, for g_strfreev; empty when there is only a comment.
 * A line that no shell could split: the words before the bad one, and *ret_why says
 * what is wrong (else it is NULL).
 */
char **lexer_split(const char *line, gsize len, const char **ret_why);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words as a POSIX shell splits them: blanks separate; '...' keeps everything; "..." keeps
 * all but a backslash before " \ $ and `; a backslash outside keeps the next character;
 * # at the beginning of a word starts a comment.  Nothing is expanded, and a line ends
 * where it ends: neither quote nor backslash joins it to the next.
 */
#include <stdbool.h>
#include <string.h>

#include "lexer.h"

struct lexer {
	const char *at, *end;
	GString *word;
	const char *why;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* at: the opening quote.  Leaves at behind the closing one. */
static void single_quotes(struct lexer *l)
{
	const char *close = memchr(l->at + 1, '\'', (size_t)(l->end - l->at - 1));

	if (!close) {
		l->why = "a single quote is not closed";
		return;
	}
	g_string_append_len(l->word, l->at + 1, close - l->at - 1);
	l->at = close + 1;
}

static void double_quotes(struct lexer *l)
{
	const char *p = l->at + 1;

	for (; p < l->end && *p != '"'; p++) {
		if (*p == '\\' && p + 1 < l->end && strchr("\"\\$`", p[1]) && p[1])
			p++;
		g_string_append_c(l->word, *p);
	}
	if (p == l->end)
		l->why = "a double quote is not closed";
	l->at = p + 1;
}

static void backslash(struct lexer *l)
{
	if (l->at + 1 == l->end) {
		l->why = "nothing stands behind the backslash";
		return;
	}
	g_string_append_c(l->word, l->at[1]);
	l->at += 2;
}

/* One word from at; false: it cannot be ended. */
static bool one_word(struct lexer *l)
{
	g_string_truncate(l->word, 0);
	while (!l->why && l->at < l->end && !is_blank(*l->at)) {
		switch (*l->at) {
		case '\'': single_quotes(l); break;
		case '"': double_quotes(l); break;
		case '\\': backslash(l); break;
		default: g_string_append_c(l->word, *l->at++);
		}
	}
	return !l->why;
}

static bool next_word(struct lexer *l)
{
	while (l->at < l->end && is_blank(*l->at))
		l->at++;
	return l->at < l->end && *l->at != '#' && one_word(l);
}

char **lexer_split(const char *line, gsize len, const char **ret_why)
{
	struct lexer l = { .at = line, .end = line + len };
	GPtrArray *words = g_ptr_array_new();

	l.word = g_string_new(NULL);
	if (memchr(line, '\0', len))
		l.why = "a zero byte is in the line";
	while (!l.why && next_word(&l))
		g_ptr_array_add(words, g_strndup(l.word->str, l.word->len));
	g_ptr_array_add(words, NULL);
	g_string_free(l.word, TRUE);
	*ret_why = l.why;
	return (char **)g_ptr_array_free(words, FALSE);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of a script: words of ctl, "2:" before them for another process than the first,
 * and a comment.  Which of them would end the agent rather than tell something.
 */
#include <stdlib.h>
#include <string.h>

#include "compare.h"

bool step_parse(const char *line, struct step *ret)
{
	g_autofree char *text = g_strdup(line);
	char *comment = strchr(text, '#'), *colon;

	*ret = (struct step){ .process = 1 };
	if (comment) {
		ret->number = (unsigned)atoi(comment + 1);
		*comment = '\0';
	}
	g_strstrip(text);
	if (g_ascii_isdigit(*text) && (colon = strchr(text, ':'))) {
		ret->process = (unsigned)atoi(text);
		memmove(text, colon + 1, strlen(colon));
		g_strstrip(text);
	}
	if (ret->process == 0 || ret->process >= AGENT_CHANNELS)
		return false;
	ret->words = g_strsplit_set(text, " \t", -1);
	for (char **to = ret->words, **from = to; *from || (*to = NULL); from++) {
		if (**from)
			*to++ = *from;
		else
			g_free(*from);
	}
	return true;
}

void step_clear(struct step *step)
{
	g_strfreev(step->words);
	step->words = NULL;
}

const char *step_word(const struct step *step, unsigned n)
{
	return n < g_strv_length(step->words) ? step->words[n] : "";
}

bool step_is(const struct step *step, const char *word)
{
	return strcmp(step_word(step, 0), word) == 0;
}

bool number_of(const char *text, u32 *ret)
{
	char *end;
	u64 value = strtoull(text, &end, 0);
	const char *units = "KMG", *unit = *end ? strchr(units, *end) : NULL;

	if (end == text)
		return false;
	if (unit) {
		value <<= 10 * (unit - units + 1);
		end++;
	}
	*ret = (u32)value;
	return !*end && (*text == '-' || value <= UINT32_MAX);
}

/* ---- the agent's own memory ---- */

static bool touches(const struct home *home, u64 start, u64 len)
{
	u64 end = (start + len + PAGE - 1) & ~(u64)(PAGE - 1);

	start &= ~(u64)(PAGE - 1);
	return start < end && ((start < home->image_end && end > home->image_start) ||
			       (start < ADDRESS_END && end > home->stack_start));
}

static bool has_flag(const char *flags, const char *flag)
{
	g_auto(GStrv) words = g_strsplit(flags, ",", -1);

	return g_strv_contains((const char *const *)words, flag);
}

/* An instruction there may end in the next page, which the processor then fetches, too. */
static bool crosses(u32 addr)
{
	return addr % PAGE > PAGE - 16;
}

bool step_is_deadly(const struct step *step, const struct home *home)
{
	static const char *const ranged[] = { "munmap", "mprotect",	    "madvise", "touch",
					      "mlock",	"mlock2",	    "munlock", "mincore",
					      "msync",	"remap_file_pages", NULL };
	const char *word = step_word(step, 0), *flags = step_word(step, 4);
	u32 a = 0, b = 0, c = 0, d = 0;

	number_of(step_word(step, 1), &a);
	number_of(step_word(step, 2), &b);
	number_of(step_word(step, 3), &c);
	number_of(step_word(step, 5), &d);
	if (strcmp(word, "store") == 0 || strcmp(word, "load") == 0)
		return touches(home, a, 4);
	if (strcmp(word, "fetch") == 0)
		return touches(home, a, 1) || crosses(a);
	if (strcmp(word, "touch") == 0 && strcmp(step_word(step, 3), "x") == 0 && crosses(a))
		return true;
	if (g_strv_contains(ranged, word))
		return touches(home, a, b);
	if (strcmp(word, "mmap") == 0)
		return (has_flag(flags, "fixed") || !g_ascii_isalpha(*flags)) &&
		       touches(home, a, b);
	if (strcmp(word, "mremap") == 0)
		return touches(home, a, MAX(b, 1)) || touches(home, a, MAX(b, c)) ||
		       touches(home, d, MAX(c, 1));
	if (strcmp(word, "shmat") == 0)
		return touches(home, b, 64 << 20) && strchr(step_word(step, 3), 'm');
	return false;
}

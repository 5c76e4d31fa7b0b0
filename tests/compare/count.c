/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many steps of which kind were run, and what they answered: so that it can be seen that
 * a run without a difference has compared something.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

/* "mmap shared file", "madvise remove", else the word. */
static void kind_of(const struct step *step, char *ret, size_t size)
{
	const char *word = step_word(step, 0), *flags = step_word(step, 4);

	if (strcmp(word, "mmap") == 0)
		g_snprintf(ret, size, "mmap %s%s%s", strstr(flags, "shared") ? "shared" : "private",
			   *step_word(step, 5) ? " file" : "",
			   strstr(flags, "fixed") ? " fixed" : "");
	else if (strcmp(word, "madvise") == 0)
		g_snprintf(ret, size, "madvise %s", step_word(step, 3));
	else if (strcmp(word, "mremap") == 0)
		g_snprintf(ret, size, "mremap %s", flags);
	else if (strcmp(word, "touch") == 0)
		g_snprintf(ret, size, "touch %s", step_word(step, 3));
	else
		g_strlcpy(ret, word, size);
}

void count_step(struct counts *counts, const struct step *step, bool ran,
		const struct answer *answer)
{
	char name[COUNT_NAME];
	struct count *c = counts->kind;

	if (!step->words || !*step_word(step, 0))
		return;
	kind_of(step, name, sizeof(name));
	while (c < counts->kind + counts->nr && strcmp(c->name, name))
		c++;
	if (c == counts->kind + counts->nr) {
		if (counts->nr == COUNT_KINDS)
			return;
		g_strlcpy(c->name, name, sizeof(c->name));
		counts->nr++;
	}
	if (!ran)
		c->left_out++;
	else if (g_ascii_isupper(*answer->text))
		c->refused++;
	else
		c->done++;
	c->faults += ran ? answer->faults : 0;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(((const struct count *)a)->name, ((const struct count *)b)->name);
}

void count_show(struct counts *counts)
{
	qsort(counts->kind, counts->nr, sizeof(counts->kind[0]), by_name);
	printf("pages swapped out by aspacefs: %" G_GUINT64_FORMAT
	       ", scripts for which its memory was not enough: %" G_GUINT64_FORMAT "\n",
	       counts->swapped_out, counts->out_of_memory);
	printf("%-36s %8s %8s %8s %8s\n", "kind of step", "done", "an errno", "left out", "faults");
	for (unsigned i = 0; i < counts->nr; i++) {
		const struct count *c = &counts->kind[i];

		printf("%-36s %8u %8u %8u %8u\n", c->name, c->done, c->refused, c->left_out,
		       c->faults);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * smaps of both sides, region by region, field by field.
 *
 * LazyFree is left out: the host marks pages when a batch of them is full.
 * Of a file's regions Clean and Dirty are summed: all pages of the host's files are dirty, on
 * tmpfs.  Referenced is compared of anonymous memory.  Not after madvise free, which ends it when
 * a batch of pages is full; nor with locks and forks, since a page that waits in a batch to be
 * unlocked is copied where it might be taken over.
 */
#include <stdlib.h>
#include <string.h>

#include "compare.h"

/* clang-format off */
static const char *const fields[] = {
	"Shared_Clean", "Shared_Dirty", "Private_Clean", "Private_Dirty", "Referenced", "Anonymous",
	"Swap", "Rss", "Pss", "SwapPss", "Locked",
};
/* clang-format on */
enum { SHARED_CLEAN, SHARED_DIRTY, PRIVATE_CLEAN, PRIVATE_DIRTY, REFERENCED, ANONYMOUS, SWAP };
#define NR_FIELDS G_N_ELEMENTS(fields)

struct smaps {
	struct region region;
	u64 kb[NR_FIELDS];
	char flags[80];
};

static void add_field(struct smaps *s, const char *line)
{
	const char *colon = strchr(line, ':');
	size_t n = colon ? (size_t)(colon - line) : 0;

	if (g_str_has_prefix(line, "VmFlags: "))
		g_strlcpy(s->flags, line + 9, MIN(sizeof(s->flags), strcspn(line, "\n") - 8));
	for (unsigned f = 0; n && f < NR_FIELDS; f++)
		if (strlen(fields[f]) == n && memcmp(fields[f], line, n) == 0)
			s->kb[f] = strtoull(colon + 1, NULL, 10);
}

static void sum(u64 *clean, u64 *dirty)
{
	*dirty += *clean;
	*clean = 0;
}

static GArray *parse(const struct home *home, const char *text)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(struct smaps));
	struct smaps *last = NULL;

	for (; *text; text = strchr(text, '\n') + 1) {
		if (!g_ascii_isupper(*text)) {
			struct smaps s = { 0 };

			region_parse(text, &s.region);
			last = NULL;
			if (!region_is_ours(home, &s.region))
				continue;
			g_array_append_val(all, s);
			last = &g_array_index(all, struct smaps, all->len - 1);
		} else if (last) {
			add_field(last, text);
		}
	}
	for (guint i = 0; i < all->len; i++) {
		struct smaps *s = &g_array_index(all, struct smaps, i);

		if (!region_of_file(&s->region))
			continue;
		sum(&s->kb[SHARED_CLEAN], &s->kb[SHARED_DIRTY]);
		sum(&s->kb[PRIVATE_CLEAN], &s->kb[PRIVATE_DIRTY]);
	}
	return all;
}

static bool is_compared(const struct run *run, const struct region *r, unsigned field)
{
	bool file = region_of_file(r);

	if (field == REFERENCED)
		return !file && !run->bytes_each_step && !run->freed &&
		       !(run->locked && run->forked);
	return !(file && run->straddled);
}

/* What is swapped out was in RAM: their sum does not depend on pressure. */
static bool same_anonymous(const struct run *run, const struct smaps *host, const struct smaps *sim,
			   GString *why)
{
	u64 there = host->kb[ANONYMOUS] + host->kb[SWAP], here = sim->kb[ANONYMOUS] + sim->kb[SWAP];

	/* of shared memory Swap tells what no process has to have touched */
	if (there == here || run->freed || host->region.rights[3] == 's')
		return true;
	g_string_append_printf(
		why, "smaps of %08x: Anonymous and Swap Linux %llu kB, aspacefs %llu kB\n",
		host->region.start, (unsigned long long)there, (unsigned long long)here);
	return false;
}

static bool same_region(const struct run *run, const struct smaps *host, const struct smaps *sim,
			GString *why)
{
	bool same = !run->pressure || same_anonymous(run, host, sim, why);

	for (unsigned f = 0; f < NR_FIELDS && !run->pressure; f++) {
		if (host->kb[f] == sim->kb[f] || !is_compared(run, &host->region, f))
			continue;
		g_string_append_printf(why, "smaps of %08x: %s Linux %llu kB, aspacefs %llu kB\n",
				       host->region.start, fields[f],
				       (unsigned long long)host->kb[f],
				       (unsigned long long)sim->kb[f]);
		same = false;
	}
	if (strcmp(host->flags, sim->flags) == 0)
		return same;
	g_string_append_printf(why, "smaps of %08x: VmFlags Linux '%s', aspacefs '%s'\n",
			       host->region.start, host->flags, sim->flags);
	return false;
}

bool smaps_same(struct run *run, unsigned k, GString *why)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GArray) host = NULL, sim = NULL;
	bool same = true;

	host_text(run->host, k, "smaps", text);
	host = parse(&run->home, text->str);
	sim_text(run->sim, k, "smaps", text);
	sim = parse(&run->home, text->str);
	for (guint i = 0; same && i < MIN(host->len, sim->len); i++)
		same = same_region(run, &g_array_index(host, struct smaps, i),
				   &g_array_index(sim, struct smaps, i), why);
	return same;
}

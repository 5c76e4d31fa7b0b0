/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers that differ on purpose, or because of the host: one row each.  The section
 * "Compared with the running kernel" of docs/linux-differences.md has the reasons.
 */
#include <string.h>

#include "compare.h"

/* Does [addr, addr + len) touch a region for which @is says yes? */
static bool hits(const struct run *run, const struct step *step, u32 len,
		 bool (*is)(const struct region *r))
{
	u32 addr = 0;
	u64 end;

	number_of(step_word(step, 1), &addr);
	end = (u64)addr + len;
	for (guint i = 0; i < run->regions->len; i++) {
		const struct region *r = &g_array_index(run->regions, struct region, i);

		if (r->start < end && r->end > addr && is(r))
			return true;
	}
	return false;
}

bool region_of_file(const struct region *r)
{
	return *r->name && *r->name != '[';
}

static bool is_shared_file(const struct region *r)
{
	return r->rights[3] == 's' && region_of_file(r) && strcmp(r->name, "zero") != 0 &&
	       !g_str_has_prefix(r->name, "SYSV");
}

bool known_straddles(const struct region *r)
{
	u32 place = (r->start | 0x1fffff) + 1; /* the first end of a host's table behind it */

	return region_of_file(r) && place < r->end && place & 0x200000;
}

static bool table_ends(const struct run *run, const struct step *step, const struct answer *host,
		       const struct answer *sim)
{
	return run->straddled && host->faults != sim->faults &&
	       (strcmp(host->text, sim->text) == 0 || step_is(step, "touch"));
}

/*
 * The host's files lie on tmpfs, which does not ask to be told of the first write to a page
 * that is mapped already.  A disk's file system does, and here it costs a fault, too.
 */
static bool write_notice(const struct run *run, const struct step *step, const struct answer *host,
			 const struct answer *sim)
{
	bool touch = step_is(step, "touch") || step_is(step, "madvise");
	u32 len = 4;

	if (touch)
		number_of(step_word(step, 2), &len);
	return (touch || step_is(step, "store")) && sim->faults > host->faults &&
	       (touch || strcmp(host->text, sim->text) == 0) &&
	       hits(run, step, len, is_shared_file);
}

/* A disk's file system clears what lies behind a file's end when it writes the page. */
static bool behind_end(const struct run *run, const struct step *step, const struct answer *host,
		       const struct answer *sim)
{
	u32 addr = 0, bytes = 4;

	number_of(step_word(step, 1), &addr);
	number_of(step_word(step, 2), &bytes);
	for (guint i = 0; i < run->regions->len && run->written_back && step_is(step, "load");
	     i++) {
		const struct region *r = &g_array_index(run->regions, struct region, i);

		if (r->start < (u64)addr + bytes && r->end > addr &&
		    files_end(run, r) < (u64)addr + bytes &&
		    (run->pressure || host->faults == sim->faults))
			return true;
	}
	return false;
}

/* clang-format off */
static const struct known all_known[] = {
	{ "a host's page table ends, and what a fault maps around it", table_ends },
	{ "tmpfs wants no notice of the first write", write_notice },
	{ "tmpfs keeps what is behind a file's end", behind_end },
	{ NULL, NULL }
};
/* clang-format on */

const struct known *known_find(const struct run *run, const struct step *step,
			       const struct answer *host, const struct answer *sim)
{
	for (const struct known *k = all_known; k->what; k++)
		if (k->is(run, step, host, sim))
			return k;
	return NULL;
}

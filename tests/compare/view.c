/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is compared besides the answers.
 *
 * After each step: maps and pagemap of the process that made it.  At the end, of each
 * process: maps, pagemap, smaps, mapcounts, and the bytes.  Only between the agent's image
 * and its stack: what those hold is the agent's own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

#define HEAD_PAGES 192u /* of a region that are looked at */
#define TAIL_PAGES 32u
#define SHOWN_DIFFERENCES 12

/* present, swapped, file or shared, mapped once */
#define PAGEMAP_BITS (1ull << 63 | 1ull << 62 | 1ull << 61 | 1ull << 56)
#define PAGEMAP_PRESENT (1ull << 63)
#define PAGEMAP_SWAPPED (1ull << 62)
#define PAGEMAP_FILE (1ull << 61)
#define PAGEMAP_PFN ((1ull << 55) - 1)

/* ---- maps ---- */

static void set_name(struct region *r, const char *text)
{
	const char *slash = strrchr(text, '/');

	if (g_str_has_prefix(text, "/dev/zero"))
		text = "zero";
	else if (slash)
		text = slash + 1;
	g_strlcpy(r->name, text, sizeof(r->name));
	slash = strstr(r->name, " (deleted)");
	if (slash && g_str_has_prefix(r->name, "SYSV"))
		r->name[slash - r->name] = '\0';
}

const char *region_parse(const char *line, struct region *r)
{
	const char *end = strchr(line, '\n');
	char *at;

	memset(r, 0, sizeof(*r));
	r->start = (u32)strtoul(line, &at, 16);
	r->end = (u32)strtoul(at + 1, &at, 16);
	memcpy(r->rights, at + 1, 4);
	r->offset = strtoull(at + 6, &at, 16);
	for (int blanks = 0; blanks < 2; at++)
		blanks += *at == ' ';
	while (*at != ' ' && *at != '\n')
		at++;
	while (*at == ' ')
		at++;
	if (*at != '\n') {
		char name[256];

		g_strlcpy(name, at, MIN((size_t)(end - at) + 1, sizeof(name)));
		set_name(r, name);
	}
	return end + 1;
}

GArray *regions_parse(const char *text)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(struct region));

	while (*text) {
		struct region r;

		text = region_parse(text, &r);
		g_array_append_val(all, r);
	}
	return all;
}

bool region_is_ours(const struct home *home, const struct region *r)
{
	return r->end <= home->image_start ||
	       (r->start >= home->image_end && r->end <= home->stack_start);
}

static GArray *only_ours(const struct home *home, GArray *all)
{
	guint n = 0;

	for (guint i = 0; i < all->len; i++) {
		struct region r = g_array_index(all, struct region, i);

		/* the part of a region that has joined the agent's last one */
		if (r.start < home->image_end && r.end > home->image_end)
			r.start = home->image_end;
		if (region_is_ours(home, &r))
			g_array_index(all, struct region, n++) = r;
	}
	g_array_set_size(all, n);
	return all;
}

static bool same_region(const struct region *a, const struct region *b)
{
	return a->start == b->start && a->end == b->end && a->offset == b->offset &&
	       strcmp(a->rights, b->rights) == 0 && strcmp(a->name, b->name) == 0;
}

static void tell_regions(GString *why, const char *side, const GArray *a, const GArray *b)
{
	g_string_append_printf(why, "  %s:\n", side);
	for (guint i = 0; i < a->len; i++) {
		const struct region *r = &g_array_index(a, struct region, i);
		bool found = false;

		for (guint j = 0; j < b->len && !found; j++)
			found = same_region(r, &g_array_index(b, struct region, j));
		g_string_append_printf(why, "  %c %08x-%08x %s %08llx %s\n", found ? ' ' : '*',
				       r->start, r->end, r->rights, (unsigned long long)r->offset,
				       r->name);
	}
}

static bool same_maps(const GArray *host, const GArray *sim, GString *why)
{
	bool same = host->len == sim->len;

	for (guint i = 0; same && i < host->len; i++)
		same = same_region(&g_array_index(host, struct region, i),
				   &g_array_index(sim, struct region, i));
	if (same)
		return true;
	g_string_append(why, "maps differ\n");
	tell_regions(why, "Linux", host, sim);
	tell_regions(why, "aspacefs", sim, host);
	return false;
}

/* ---- pagemap ---- */

static const char *bits_text(u64 e)
{
	static char text[2][8];
	static int turn;
	char *t = text[turn ^= 1];

	sprintf(t, "%c%c%c%c", e >> 63 & 1 ? 'P' : '-', e >> 62 & 1 ? 's' : '-',
		e >> 61 & 1 ? 'f' : '-', e >> 56 & 1 ? 'x' : '-');
	return t;
}

/* The pages of a region that are looked at: its head and its tail. */
static u32 parts_of(const struct region *r, u32 start[2], u32 pages[2])
{
	u32 all = (r->end - r->start) / PAGE;

	start[0] = r->start;
	pages[0] = MIN(all, HEAD_PAGES);
	pages[1] = MIN(all - pages[0], TAIL_PAGES);
	start[1] = r->end - pages[1] * PAGE;
	return pages[1] ? 2 : 1;
}

static bool read_pagemap(struct run *run, unsigned k, u32 start, u32 pages, u64 *host, u64 *sim)
{
	size_t len = 8 * pages;
	u64 off = (u64)start / PAGE * 8;

	return host_bytes(run->host, k, "pagemap", host, len, off) == (ssize_t)len &&
	       sim_bytes(run->sim, k, "pagemap", sim, len, off) == (ssize_t)len;
}

/* How many bytes of the page at @addr are compared. */
static size_t sure_bytes(const struct run *run, const struct region *r, u32 addr)
{
	u64 end = run->written_back ? files_end(run, r) : r->end;

	return end > addr ? (size_t)MIN(end - addr, PAGE) : 0;
}

/* ---- bytes of what is present, which changes nothing in aspacefs ---- */

static bool same_present(struct run *run, unsigned k, const struct region *r, u32 start, u32 pages,
			 const u64 *host, const u64 *sim, GString *why)
{
	static u8 there[PAGE], here[PAGE];

	for (u32 i = 0; i < pages; i++) {
		u64 at = start + (u64)i * PAGE, frame = sim[i] & PAGEMAP_PFN;
		u32 byte = 0;

		if (!(host[i] >> 63 && sim[i] >> 63) ||
		    host_bytes(run->host, k, "mem", there, PAGE, at) != PAGE ||
		    sim_bytes(run->sim, 0, "physmem", here, PAGE, frame * PAGE) != PAGE ||
		    memcmp(there, here, sure_bytes(run, r, (u32)at)) == 0)
			continue;
		while (there[byte] == here[byte])
			byte++;
		g_string_append_printf(why, "bytes at %08x differ: Linux %02x, aspacefs %02x\n",
				       (u32)at + byte, there[byte], here[byte]);
		return false;
	}
	return true;
}

/* Not of a file, in RAM or swapped out. */
static bool is_own(u64 entry)
{
	return entry & PAGEMAP_SWAPPED ||
	       (entry & (PAGEMAP_PRESENT | PAGEMAP_FILE)) == PAGEMAP_PRESENT;
}

/* Under pressure a page may be gone, but not become another kind of page. */
static bool same_entries(const struct run *run, u64 host, u64 sim)
{
	if (!run->pressure)
		return ((host ^ sim) & PAGEMAP_BITS) == 0;
	return run->freed || is_own(host) == is_own(sim);
}

static bool same_pages(struct run *run, unsigned k, const struct region *r, GString *why)
{
	u64 host[HEAD_PAGES], sim[HEAD_PAGES];
	u32 start[2], pages[2], n = parts_of(r, start, pages);
	bool same = true;

	for (u32 part = 0; part < n; part++) {
		if (!read_pagemap(run, k, start[part], pages[part], host, sim))
			continue;
		if (run->bytes_each_step && same)
			same = same_present(run, k, r, start[part], pages[part], host, sim, why);
		for (u32 i = 0; i < pages[part]; i++) {
			if (same_entries(run, host[i], sim[i]))
				continue;
			if (same)
				g_string_append(why, "pagemap differs (Present, swapped, file or "
						     "shared, exclusive)\n");
			same = false;
			g_string_append_printf(why, "  %08x %s%s Linux %s aspacefs %s\n",
					       start[part] + i * PAGE, r->rights, r->name,
					       bits_text(host[i]), bits_text(sim[i]));
		}
	}
	return same;
}

static bool same_pagemap(struct run *run, unsigned k, const GArray *regions, GString *why)
{
	bool same = true;

	if (!sim_has(run->sim, k, "pagemap"))
		return true;
	for (guint i = 0; same && i < regions->len; i++) {
		const struct region *r = &g_array_index(regions, struct region, i);

		run->straddled |= !run->pae && known_straddles(r);
		if (!(run->straddled && region_of_file(r)))
			same = same_pages(run, k, r, why);
	}
	return same;
}

/* ---- mapcounts ---- */

static bool count_of(struct run *run, bool host, u64 entry, u64 *ret)
{
	u64 pfn = entry & PAGEMAP_PFN;
	ssize_t n = host ? host_bytes(run->host, 0, "kpagecount", ret, 8, 8 * pfn) :
			   sim_bytes(run->sim, 0, "kpagecount", ret, 8, 8 * pfn);

	return n == 8;
}

static bool same_mapcounts(struct run *run, unsigned k, const struct region *r, GString *why)
{
	u64 host[HEAD_PAGES], sim[HEAD_PAGES], a, b;
	u32 pages = MIN((r->end - r->start) / PAGE, HEAD_PAGES);
	bool same = true;

	if (run->straddled || run->pressure || !run->host->root ||
	    !sim_has(run->sim, 0, "kpagecount") ||
	    !read_pagemap(run, k, r->start, pages, host, sim))
		return true;
	for (u32 i = 0; i < pages; i++) {
		if (!(host[i] >> 63 && sim[i] >> 63) || !count_of(run, true, host[i], &a) ||
		    !count_of(run, false, sim[i], &b) || a == b)
			continue;
		g_string_append_printf(why,
				       "mapcount of the frame at %08x: Linux %llu, "
				       "aspacefs %llu\n",
				       r->start + i * PAGE, (unsigned long long)a,
				       (unsigned long long)b);
		same = false;
	}
	return same;
}

/* ---- segments ---- */

bool view_same_segments(struct run *run, GString *why)
{
	char host[32], sim[32];
	u32 id;

	for (guint n = 0; host_segment(run->host, n, &id, host); n++) {
		sim_segment(run->sim, id, sim);
		if (strcmp(host, sim) == 0)
			continue;
		g_string_append_printf(why,
				       "segment %u differs (bytes, attaches): Linux '%s', "
				       "aspacefs '%s'\n",
				       id, host, sim);
		return false;
	}
	return true;
}

/* ---- bytes ---- */

static bool same_bytes(struct run *run, unsigned k, const struct region *r, GString *why)
{
	static u8 host[PAGE], sim[PAGE];
	u32 start[2], pages[2], parts = parts_of(r, start, pages);

	if (r->rights[0] != 'r')
		return true;
	for (u32 part = 0; part < parts; part++) {
		for (u32 i = 0; i < MIN(pages[part], 64); i++) {
			u32 at = start[part] + i * PAGE, byte = 0;
			ssize_t a = host_bytes(run->host, k, "mem", host, PAGE, at);
			ssize_t b = sim_bytes(run->sim, k, "mem", sim, PAGE, at);

			if ((a > 0) == (b > 0) &&
			    (a <= 0 || memcmp(host, sim, sure_bytes(run, r, at)) == 0))
				continue;
			while (a > 0 && b > 0 && host[byte] == sim[byte])
				byte++;
			g_string_append_printf(why,
					       "bytes at %08x differ: Linux %zd bytes, %02x; "
					       "aspacefs %zd bytes, %02x\n",
					       at + byte, a, host[byte], b, sim[byte]);
			return false;
		}
	}
	return true;
}

/* ---- all together ---- */

static GArray *sim_regions(struct run *run, unsigned k)
{
	g_autoptr(GString) text = g_string_sized_new(4096);

	sim_text(run->sim, k, "maps", text);
	return only_ours(&run->home, regions_parse(text->str));
}

static GArray *host_regions(struct run *run, unsigned k)
{
	g_autoptr(GString) text = g_string_sized_new(4096);

	host_text(run->host, k, "maps", text);
	return only_ours(&run->home, regions_parse(text->str));
}

void view_straddles(struct run *run, unsigned k)
{
	g_autoptr(GArray) all = sim_regions(run, k);

	for (guint i = 0; i < all->len && !run->pae; i++)
		run->straddled |= known_straddles(&g_array_index(all, struct region, i));
}

void view_look(struct run *run, unsigned k)
{
	if (run->regions)
		g_array_free(run->regions, TRUE);
	run->regions = sim_regions(run, k);
}

bool view_same(struct run *run, unsigned k, GString *why)
{
	g_autoptr(GArray) host = host_regions(run, k);

	view_look(run, k);
	return same_maps(host, run->regions, why) && same_pagemap(run, k, run->regions, why);
}

bool view_same_at_end(struct run *run, unsigned k, GString *why)
{
	g_autoptr(GArray) all = NULL;
	bool same = view_same(run, k, why) && smaps_same(run, k, why);

	all = g_array_copy(run->regions);
	for (guint i = 0; same && i < all->len; i++)
		same = same_mapcounts(run, k, &g_array_index(all, struct region, i), why);
	return same;
}

bool view_same_bytes(struct run *run, unsigned k, GString *why)
{
	g_autoptr(GArray) all = sim_regions(run, k);
	bool same = true;

	for (guint i = 0; same && i < all->len; i++)
		same = same_bytes(run, k, &g_array_index(all, struct region, i), why);
	return same;
}

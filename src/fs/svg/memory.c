/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory.svg: physical memory as a picture, every frame by zone and owner, told from its page
 * descriptor.  ULK ch. 8.
 *
 * A cell is a frame, or as many as make a picture that can be looked at; then it shows who has
 * most of it, and a cell is free only where all of it is.  Above a zone's frontier nothing
 * was ever used: it is not walked.
 */
#include "mm/page_alloc.h"
#include "proc/proc.h"
#include "svg.h"

#define CELLS_MAX (1u << 18)
#define ACROSS 476 /* cells of a row, 2 wide each */
#define SIDE 2
#define KEY_ROWS 7

enum owner {
	OWNER_FREE,
	OWNER_PCP,
	OWNER_KERNEL,
	OWNER_MEM_MAP,
	OWNER_HOLE,
	OWNER_SLAB,
	OWNER_TABLE,
	OWNER_ANON,
	OWNER_CACHE,
	OWNER_SHMEM,
	OWNER_SWAPCACHE,
	OWNER_HANDOUT,
	OWNER_OTHER,
	NR_OWNERS
};

static const struct svg_kind owners[NR_OWNERS] = {
	[OWNER_FREE] = { "#e8eaed", "free" },
	[OWNER_PCP] = { "#b9c0c7", "free, in a per-CPU list" },
	[OWNER_KERNEL] = { "#4d4d4d", "kernel image" },
	[OWNER_MEM_MAP] = { "#7f6a93", "mem_map" },
	[OWNER_HOLE] = { "#ffffff", "hole, no RAM" },
	[OWNER_SLAB] = { "#b07aa1", "slabs" },
	[OWNER_TABLE] = { "#e15759", "page tables" },
	[OWNER_ANON] = { "#4e79a7", "anonymous" },
	[OWNER_CACHE] = { "#59a14f", "page cache" },
	[OWNER_SHMEM] = { "#76b7b2", "shared memory" },
	[OWNER_SWAPCACHE] = { "#d4a6c8", "swap cache, mapped by nobody" },
	[OWNER_HANDOUT] = { "#f28e2b", "handed out by ctl" },
	[OWNER_OTHER] = { "#edc948", "kernel, other" },
};

static enum owner reserved_owner(const struct machine *m, pfn_t pfn)
{
	if (!e820_is_ram(&m->e820, pfn))
		return OWNER_HOLE;
	return pfn >= m->k->mem_map_start && pfn < m->k->mem_map_end ? OWNER_MEM_MAP : OWNER_KERNEL;
}

static enum owner frame_owner(const struct machine *m, pfn_t pfn)
{
	const struct page *page = &m->mem_map[pfn];

	if (PageReserved(page))
		return reserved_owner(m, pfn);
	if (PageSlab(page))
		return OWNER_SLAB;
	if (PageHandout(page))
		return OWNER_HANDOUT;
	if (!page_count(page)) /* of a block only the first frame has a count */
		return PagePcp(page) ? OWNER_PCP : OWNER_FREE;
	if (PageTable(page))
		return OWNER_TABLE;
	if (PageSwapCache(page) && !page_mapcount(page))
		return OWNER_SWAPCACHE;
	if (PageAnon(page))
		return OWNER_ANON;
	if (page->mapping)
		return PageSwapBacked(page) ? OWNER_SHMEM : OWNER_CACHE;
	return OWNER_OTHER;
}

/* A zone on its way into the picture. */
struct zone_cells {
	const struct machine *m;
	const struct zone *zone;
	u32 frames; /* of one cell */
	u8 *owner; /* of each cell */
	u32 count[NR_OWNERS]; /* frames of each owner */
};

static u8 cell_owner(struct zone_cells *z, pfn_t pfn, pfn_t end)
{
	u32 count[NR_OWNERS] = { 0 };

	for (; pfn < end && pfn < z->zone->frontier; pfn++)
		count[frame_owner(z->m, pfn)]++;
	count[OWNER_FREE] += end - pfn;
	for (unsigned i = 0; i < NR_OWNERS; i++)
		z->count[i] += count[i];
	return (u8)svg_most(count, NR_OWNERS);
}

static unsigned fill_cells(struct zone_cells *z)
{
	pfn_t end = zone_end_pfn(z->zone);
	unsigned cells = 0;

	z->owner = g_malloc(z->zone->spanned_pages / z->frames + 1);
	for (pfn_t pfn = z->zone->zone_start_pfn; pfn < end; pfn += z->frames)
		z->owner[cells++] = cell_owner(z, pfn, MIN(pfn + z->frames, end));
	return cells;
}

static int cell_kind(const void *data, unsigned cell)
{
	const struct zone_cells *z = data;

	return z->owner[cell] == OWNER_FREE ? -1 : z->owner[cell];
}

static void zone_title(const struct zone_cells *z, double y, GString *out)
{
	const struct zone *zone = z->zone;
	u64 start = (u64)zone->zone_start_pfn << PAGE_SHIFT, end = (u64)zone_end_pfn(zone) << 12;
	g_autofree char *size = svg_size(zone->spanned_pages);
	g_autofree char *free = svg_size(z->count[OWNER_FREE] + z->count[OWNER_PCP]);

	svg_textf(out, SVG_MARGIN, y, "font-weight=\"bold\" font-size=\"14\"", "%s", zone->name);
	svg_textf(out, SVG_MARGIN + 80, y, "fill=\"" SVG_FAINT "\"",
		  "%s from 0x%08" G_GINT64_MODIFIER "x to 0x%08" G_GINT64_MODIFIER "x, %s free",
		  size, start, end, free);
}

/* One zone below @y; the y behind it. */
static double draw_zone(struct zone_cells *z, double y, GString *out)
{
	unsigned cells = fill_cells(z);
	const struct svg_grid grid = {
		.x = SVG_MARGIN,
		.y = y + 24,
		.side = SIDE,
		.across = ACROSS,
		.cells = cells,
		.kinds = owners,
		.kind = cell_kind,
		.data = z,
	};
	double height = svg_grid_height(&grid);
	unsigned last = cells % ACROSS ? cells % ACROSS : ACROSS;

	zone_title(z, y + 14, out);
	svg_rect(out, grid.x, grid.y, ACROSS * SIDE, height - SIDE, owners[OWNER_FREE].colour);
	svg_rect(out, grid.x, grid.y + height - SIDE, last * SIDE, SIDE, owners[OWNER_FREE].colour);
	svg_cells(out, &grid);
	g_free(z->owner);
	return y + 24 + height + 16;
}

/* Each owner's colour, name and size; the y behind it. */
static double draw_key(const u32 *count, double y, GString *out)
{
	for (unsigned i = 0; i < NR_OWNERS; i++) {
		double x = SVG_MARGIN + i / KEY_ROWS * 460.0, top = y + i % KEY_ROWS * 19.0;
		g_autofree char *size = svg_size(count[i]);

		g_string_append_printf(out,
				       "<rect x=\"%g\" y=\"%g\" width=\"13\" height=\"13\" "
				       "fill=\"%s\" stroke=\"" SVG_FAINT
				       "\" stroke-width=\".5\"/>\n",
				       x, top, owners[i].colour);
		svg_text(out, x + 22, top + 11, "", owners[i].name);
		svg_textf(out, x + 300, top + 11, "text-anchor=\"end\"", "%u", count[i]);
		svg_textf(out, x + 400, top + 11, "text-anchor=\"end\" fill=\"" SVG_FAINT "\"",
			  "%s", size);
	}
	return y + KEY_ROWS * 19.0 + 12;
}

int memory_svg(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct machine *m = fs->m;
	g_autoptr(GString) zones = g_string_new(NULL), body = g_string_new(NULL);
	u32 count[NR_OWNERS] = { 0 }, frames = 1;
	double y = 86 + KEY_ROWS * 19.0;

	while (m->k->nr_frames / frames > CELLS_MAX)
		frames *= 2;
	for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
		struct zone_cells z = { .m = m, .zone = &m->k->zone[i], .frames = frames };

		if (!z.zone->spanned_pages)
			continue;
		y = draw_zone(&z, y, zones);
		for (unsigned o = 0; o < NR_OWNERS; o++)
			count[o] += z.count[o];
	}
	svg_text(body, SVG_MARGIN, 36, "font-size=\"20\" font-weight=\"bold\"", "Physical memory");
	svg_textf(body, SVG_MARGIN, 56, "fill=\"" SVG_FAINT "\"",
		  "%u frames of 4 KiB, a dot is %u of them; addresses grow to the right and down. "
		  "Frames and size of each owner:",
		  m->k->nr_frames, frames);
	draw_key(count, 72, body);
	g_string_append_len(body, zones->str, (gssize)zones->len);
	svg_finish(out, (unsigned)y, "Physical memory", body);
	return 0;
}

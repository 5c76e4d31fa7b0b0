/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/map.svg: the address space as a picture.  ULK ch. 9.
 *
 * On the left all of it to scale; on the right each region, with a cell for each page, or for
 * as many as make it MAX_CELLS cells: then the cell shows what most of its present pages are.
 * A cell that is not there is a page that no entry names.
 */
#include "mm/kernel_layout.h"
#include "mm/pgtable.h"
#include "proc/maps.h"
#include "proc/proc.h"
#include "svg.h"

#define ACROSS 64 /* cells of a row */
#define SIDE 10
#define MAX_CELLS 256
#define MAX_REGIONS 2000 /* more make no picture */
#define ROWS_X 190 /* where regions begin */
#define SCALE_X 104 /* the strip to scale */
#define SCALE_WIDTH 44
#define TOP 132

enum state {
	STATE_NONE,
	STATE_ANON,
	STATE_COW,
	STATE_ZERO,
	STATE_FILE,
	STATE_SHARED,
	STATE_SWAP,
	STATE_LOST,
	NR_STATES
};

static const struct svg_kind states[NR_STATES] = {
	[STATE_NONE] = { "#eceef0", "not there" },
	[STATE_ANON] = { "#4e79a7", "anonymous, its own" },
	[STATE_COW] = { "#f28e2b", "copied when written" },
	[STATE_ZERO] = { "#ffd9a8", "zero page" },
	[STATE_FILE] = { "#59a14f", "page cache, private" },
	[STATE_SHARED] = { "#76b7b2", "shared" },
	[STATE_SWAP] = { "#b07aa1", "swapped out" },
	[STATE_LOST] = { "#e15759", "lost" },
};

static enum state page_state(const struct machine *m, const struct vm_area_struct *vma, pte_t e)
{
	const struct page *page;

	if (pte_none(e))
		return STATE_NONE;
	if (pte_is_poisoned(e))
		return STATE_LOST;
	if (!pte_present(e))
		return STATE_SWAP;
	page = vm_normal_page(m, e);
	if (!page)
		return STATE_ZERO;
	if (vma->vm_flags & VM_MAYSHARE)
		return STATE_SHARED;
	if (!pte_write(e) && vma->vm_flags & VM_WRITE)
		return STATE_COW;
	return PageAnon(page) ? STATE_ANON : STATE_FILE;
}

/* ---- cells ---- */

struct cells {
	u32 pages; /* of one cell */
	unsigned nr;
	u32 count[MAX_CELLS][NR_STATES];
};

static void count_cells(const struct vm_area_struct *vma, struct cells *c)
{
	const struct machine *m = machine_of(vma);

	*c = (struct cells){ .pages = 1 };
	while (vma_pages(vma) > c->pages * MAX_CELLS)
		c->pages *= 2;
	c->nr = (vma_pages(vma) + c->pages - 1) / c->pages;
	for_each_pte(KGET(vma->vm_mm), vma->vm_start, vma->vm_end, w) {
		u32 cell = ((w.addr - vma->vm_start) >> PAGE_SHIFT) / c->pages;

		c->count[cell][page_state(m, vma, w.pte)]++;
	}
}

static int cell_kind(const void *data, unsigned cell)
{
	return (int)svg_most(((const struct cells *)data)->count[cell], NR_STATES);
}

/* Lines between the cells, where each is a page. */
static void draw_lines(const struct svg_grid *g, GString *out)
{
	double height = svg_grid_height(g);
	unsigned columns = MIN(g->cells, g->across);

	g_string_append(out, "<path stroke=\"#fdfdfb\" d=\"");
	for (unsigned i = 1; i <= columns; i++)
		g_string_append_printf(out, "M%g %gv%g", g->x + i * g->side, g->y, height);
	for (unsigned i = 1; i * g->side <= height; i++)
		g_string_append_printf(out, "M%g %gh%g", g->x, g->y + i * g->side,
				       columns * g->side);
	g_string_append(out, "\"/>\n");
}

/* ---- regions ---- */

struct drawing {
	struct aspacefs *fs;
	GString *out;
	double y; /* the next row's */
	u32 count[NR_STATES]; /* pages of all regions */
};

static void draw_words(struct drawing *d, const struct vm_area_struct *vma, const struct cells *c)
{
	g_autofree char *size = svg_size(vma_pages(vma));
	g_autofree char *cell = svg_size(c->pages);
	const char *name = maps_name(d->fs, vma);

	svg_textf(d->out, ROWS_X, d->y + 12,
		  "font-family=\"DejaVu Sans Mono, monospace\" xml:space=\"preserve\"",
		  "%08x-%08x %c%c%c%c  %s", vma->vm_start, vma->vm_end,
		  vma->vm_flags & VM_READ ? 'r' : '-', vma->vm_flags & VM_WRITE ? 'w' : '-',
		  vma->vm_flags & VM_EXEC ? 'x' : '-', vma->vm_flags & VM_MAYSHARE ? 's' : 'p',
		  name ? name : "");
	svg_textf(d->out, SVG_WIDTH - SVG_MARGIN, d->y + 12,
		  "text-anchor=\"end\" fill=\"" SVG_FAINT "\"",
		  c->pages > 1 ? "%s, a cell is %s" : "%s", size, cell);
}

static void draw_region(struct drawing *d, const struct vm_area_struct *vma)
{
	struct cells c;
	struct svg_grid grid = {
		.x = ROWS_X,
		.y = d->y + 18,
		.side = SIDE,
		.across = ACROSS,
		.kinds = states,
		.kind = cell_kind,
		.data = &c,
	};

	count_cells(vma, &c);
	grid.cells = c.nr;
	for (unsigned i = 0; i < c.nr; i++)
		for (unsigned s = 0; s < NR_STATES; s++)
			d->count[s] += c.count[i][s];
	draw_words(d, vma, &c);
	svg_cells(d->out, &grid);
	if (c.pages == 1)
		draw_lines(&grid, d->out);
	d->y += 18 + svg_grid_height(&grid) + 8;
}

static void draw_hole(struct drawing *d, u32 start, u32 end)
{
	g_autofree char *size = svg_size((end - start) >> PAGE_SHIFT);

	if (start == end)
		return;
	svg_textf(d->out, ROWS_X, d->y + 10,
		  "font-size=\"10\" font-style=\"italic\" fill=\"" SVG_FAINT "\"",
		  "%s without a region", size);
	d->y += 20;
}

/* ---- the strip ---- */

static double scale_y(u32 addr, double height)
{
	return TOP + (double)addr / TASK_SIZE * height;
}

static void draw_strip(const struct mm_struct *mm, double height, GString *out)
{
	svg_rect(out, SCALE_X, TOP, SCALE_WIDTH, height, states[STATE_NONE].colour);
	for (const struct vm_area_struct *vma = mm ? KGET(mm->mmap) : NULL; vma;
	     vma = KGET(vma->vm_next)) {
		double y = scale_y(vma->vm_start, height);
		double tall = (double)(vma->vm_end - vma->vm_start) / TASK_SIZE * height;

		svg_rect(out, SCALE_X, MIN(y, TOP + height - 1.5), SCALE_WIDTH, MAX(tall, 1.5),
			 "#57606a");
	}
	for (u64 addr = 0; addr <= TASK_SIZE; addr += TASK_SIZE / 6)
		svg_textf(out, SCALE_X - 8, scale_y((u32)addr, height) + 4,
			  "text-anchor=\"end\" font-size=\"10\" fill=\"" SVG_FAINT
			  "\" font-family=\"DejaVu Sans Mono, monospace\"",
			  "%08" G_GINT64_MODIFIER "x", addr);
}

/* From each region's place on the strip to its row. */
static void draw_links(const struct mm_struct *mm, const GArray *rows, double height, GString *out)
{
	const struct vm_area_struct *vma = mm ? KGET(mm->mmap) : NULL;

	for (guint i = 0; vma && i < rows->len; vma = KGET(vma->vm_next), i++) {
		double y = scale_y((u32)(((u64)vma->vm_start + vma->vm_end) / 2), height);
		double row = g_array_index(rows, double, i) + 8;

		g_string_append_printf(out,
				       "<path d=\"M%d %gC%d %g %d %g %d %g\" fill=\"none\" "
				       "stroke=\"#c0c6cc\"/>\n",
				       SCALE_X + SCALE_WIDTH, y, SCALE_X + SCALE_WIDTH + 20, y,
				       ROWS_X - 26, row, ROWS_X - 6, row);
	}
}

/* ---- the whole ---- */

static void draw_key(const struct drawing *d, GString *out)
{
	for (unsigned i = 0; i < NR_STATES; i++) {
		double x = SVG_MARGIN + i % 4 * 240.0, y = 70 + i / 4 * 20.0;
		g_autofree char *size = svg_size(d->count[i]);

		svg_rect(out, x, y, 13, 13, states[i].colour);
		if (i == STATE_NONE)
			svg_text(out, x + 20, y + 11, "", states[i].name);
		else
			svg_textf(out, x + 20, y + 11, "", "%s: %s", states[i].name, size);
	}
}

static void draw_title(const struct task_struct *task, GString *out)
{
	const struct mm_struct *mm = KGET(task->mm);
	g_autofree char *size = svg_size(mm ? mm->total_vm : 0);
	g_autofree char *rss = svg_size(mm ? get_mm_rss(mm) : 0);
	g_autofree char *tables = svg_size(mm ? mm->nr_ptes : 0);

	svg_textf(out, SVG_MARGIN, 36, "font-size=\"20\" font-weight=\"bold\"",
		  "Address space of %u, %.*s", task->pid, TASK_COMM_LEN, task->comm);
	svg_textf(out, SVG_MARGIN, 56, "fill=\"" SVG_FAINT "\"",
		  "%u regions of %s, %s resident, %s of page tables", mm ? mm->map_count : 0, size,
		  rss, tables);
}

/* All rows from TOP on; where each began. */
static void draw_regions(struct drawing *d, const struct mm_struct *mm, GArray *rows)
{
	u32 at = 0;

	for (const struct vm_area_struct *vma = mm ? KGET(mm->mmap) : NULL; vma;
	     vma = KGET(vma->vm_next)) {
		if (rows->len == MAX_REGIONS) {
			svg_textf(d->out, ROWS_X, d->y + 10, "font-style=\"italic\"",
				  "and %u regions more", mm->map_count - MAX_REGIONS);
			d->y += 20;
			return;
		}
		draw_hole(d, at, vma->vm_start);
		g_array_append_val(rows, d->y);
		draw_region(d, vma);
		at = vma->vm_end;
	}
	draw_hole(d, at, TASK_SIZE);
}

int map_svg(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct mm_struct *mm = KGET(task->mm);
	g_autoptr(GString) regions = g_string_new(NULL), body = g_string_new(NULL);
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(double));
	struct drawing d = { .fs = fs, .out = regions, .y = TOP };
	double height;

	draw_regions(&d, mm, rows);
	height = MAX(d.y - TOP, 300);
	draw_title(task, body);
	draw_key(&d, body);
	draw_links(mm, rows, height, body);
	draw_strip(mm, height, body);
	g_string_append_len(body, regions->str, (gssize)regions->len);
	svg_finish(out, (unsigned)(TOP + height + SVG_MARGIN), "Address space", body);
	return 0;
}

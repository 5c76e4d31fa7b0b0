/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pictures as SVG text: the paper, words, cells in a grid, the key.  Colours can be told
 * apart by people who see few colours, and on grey paper.
 */
#pragma once

#include <glib.h>

#include "arch/types.h"

#define SVG_WIDTH 1000
#define SVG_MARGIN 24
#define SVG_INK "#24292f"
#define SVG_FAINT "#6e7781"

/* A kind of thing, its colour and its name in the key. */
struct svg_kind {
	const char *colour, *name;
};

/* The picture is put together back to front: its height is known when the body is. */
void svg_finish(GString *out, unsigned height, const char *title, const GString *body);

/* Words with their base line at @y; "start" or "end" is at @x.  @attributes as in SVG, or "". */
void svg_text(GString *out, double x, double y, const char *attributes, const char *words);
void svg_textf(GString *out, double x, double y, const char *attributes, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

void svg_rect(GString *out, double x, double y, double width, double height, const char *colour);

/* The words with < & > " replaced (g_free). */
char *svg_escape(const char *words);

/* "4 KiB", "1.5 MiB": @pages in the largest unit (g_free). */
char *svg_size(u64 pages);

/* The kind with most of @count; 0, which is nothing, only where there is nothing else. */
unsigned svg_most(const u32 *count, unsigned nr);

/*
 * Cells side by side, @across in a row, from the top left; each has the side @side.  Runs of
 * the same kind are one rectangle.  @kind gives each cell's, or -1: left out.
 */
struct svg_grid {
	double x, y, side;
	unsigned across, cells;
	const struct svg_kind *kinds;
	int (*kind)(const void *data, unsigned cell);
	const void *data;
};
void svg_cells(GString *out, const struct svg_grid *grid);

/* The height of the grid. */
double svg_grid_height(const struct svg_grid *grid);

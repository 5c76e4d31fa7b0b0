/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SVG, as far as map.svg and memory.svg need it.
 */
#include "svg.h"

#include <stdarg.h>

#define FONT "font-family=\"DejaVu Sans, Verdana, sans-serif\""

void svg_finish(GString *out, unsigned height, const char *title, const GString *body)
{
	g_autofree char *escaped = svg_escape(title);

	g_string_append_printf(out,
			       "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
			       "height=\"%u\" viewBox=\"0 0 %u %u\" " FONT
			       " font-size=\"12\" fill=\"" SVG_INK "\">\n"
			       "<title>%s</title>\n"
			       "<rect width=\"100%%\" height=\"100%%\" fill=\"#fdfdfb\"/>\n",
			       SVG_WIDTH, height, SVG_WIDTH, height, escaped);
	g_string_append_len(out, body->str, (gssize)body->len);
	g_string_append(out, "</svg>\n");
}

void svg_text(GString *out, double x, double y, const char *attributes, const char *words)
{
	g_autofree char *escaped = svg_escape(words);

	g_string_append_printf(out, "<text x=\"%g\" y=\"%g\" %s>%s</text>\n", x, y, attributes,
			       escaped);
}

void svg_textf(GString *out, double x, double y, const char *attributes, const char *fmt, ...)
{
	va_list args;
	g_autofree char *words = NULL;

	va_start(args, fmt);
	words = g_strdup_vprintf(fmt, args);
	va_end(args);
	svg_text(out, x, y, attributes, words);
}

void svg_rect(GString *out, double x, double y, double width, double height, const char *colour)
{
	g_string_append_printf(out,
			       "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" fill=\"%s\"/>\n",
			       x, y, width, height, colour);
}

unsigned svg_most(const u32 *count, unsigned nr)
{
	unsigned most = 0;

	for (unsigned i = 1; i < nr; i++)
		if (count[i] > (most ? count[most] : 0))
			most = i;
	return most;
}

/* Names may hold any byte: what is not UTF-8 is shown as such, and control characters, too. */
char *svg_escape(const char *words)
{
	g_autofree char *valid = g_utf8_make_valid(words, -1);

	for (char *c = valid; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = '?';
	return g_markup_escape_text(valid, -1);
}

char *svg_size(u64 pages)
{
	static const char *const units[] = { "KiB", "MiB", "GiB" };
	double size = (double)pages * 4;
	unsigned unit = 0;

	for (; size >= 1024 && unit < G_N_ELEMENTS(units) - 1; unit++)
		size /= 1024;
	return g_strdup_printf(size < 10 && unit ? "%.3g %s" : "%.0f %s", size, units[unit]);
}

double svg_grid_height(const struct svg_grid *grid)
{
	return (grid->cells + grid->across - 1) / grid->across * grid->side;
}

/* [@from, @to) of one kind: up to three rectangles, the whole rows among them as one. */
static void put_run(GString *out, const struct svg_grid *g, unsigned from, unsigned to,
		    const char *colour)
{
	while (from < to) {
		unsigned row = from / g->across, column = from % g->across;
		unsigned rows = column ? 1 : (to - from) / g->across, cells;

		rows = rows ? rows : 1;
		cells = rows > 1 || !column ? g->across : g->across - column;
		cells = MIN(cells, to - from);
		svg_rect(out, g->x + column * g->side, g->y + row * g->side, cells * g->side,
			 rows * g->side, colour);
		from += rows > 1 ? rows * g->across : cells;
	}
}

void svg_cells(GString *out, const struct svg_grid *g)
{
	unsigned from = 0;
	int kind = -1;

	for (unsigned i = 0; i <= g->cells; i++) {
		int next = i < g->cells ? g->kind(g->data, i) : -1;

		if (next == kind)
			continue;
		if (kind >= 0)
			put_run(out, g, from, i, g->kinds[kind].colour);
		kind = next;
		from = i;
	}
}

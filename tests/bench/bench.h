/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the benchmarks share: time, series of rounds, lines of the table.
 *
 * A line compares an operation of ours with a limit of the machine that is measured in the
 * same run, round by round in turn.  Of each the least and the median round are told.  The ratio,
 * and the verdict, is the median of the rounds' own ratios, since a busy moment strikes both;
 * behind it that of the least rounds.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef ROUNDS
#define ROUNDS 11 /* after one that is not counted */
#endif

/* What must not fail in a benchmark. */
#define must(cond)                                                                 \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			exit(1);                                                   \
		}                                                                  \
	} while (0)

static inline double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Is a line asked for by one of @words?  None: all are. */
static inline bool wanted(const char *name, char **words)
{
	if (!*words)
		return true;
	for (; *words; words++)
		if (strstr(name, *words))
			return true;
	return false;
}

/* Nanoseconds of each round; sorted by series_sort. */
struct series {
	double v[ROUNDS];
	unsigned nr;
};

static inline void series_add(struct series *s, double v)
{
	if (s->nr < ROUNDS)
		s->v[s->nr++] = v;
}

static inline int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static inline void series_sort(struct series *s)
{
	qsort(s->v, s->nr, sizeof(s->v[0]), by_size);
}

static inline double series_min(const struct series *s)
{
	return s->v[0];
}

static inline double series_median(const struct series *s)
{
	return s->v[s->nr / 2];
}

/* "12.3 ns", "4.56 us" in a buffer of the caller's. */
static inline const char *time_text(double ns, char buf[16])
{
	static const char *const unit[] = { "ns", "us", "ms", "s" };
	unsigned i = 0;

	for (; ns >= 1000 && i < 3; i++)
		ns /= 1000;
	snprintf(buf, 16, "%.3g %s", ns < 999 ? ns : 999, unit[i]);
	return buf;
}

static inline void table_head(const char *title)
{
	printf("\n%s\n", title);
	printf("%-34s %8s %8s  %-22s %8s %8s  %6s %6s  %s\n", "operation", "min", "median",
	       "beside", "min", "median", "ratio", "of min", "target");
}

/* The verdict on the end of a line; a @target of 0 is none. */
static inline void print_verdict(double ratio, double target)
{
	if (target > 0)
		printf("  <= %-6.3g %s\n", target, ratio <= target ? "met" : "MISSED");
	else
		printf("  -\n");
}

/* The median of what each round of @a is to the same round of @b. */
static inline double median_ratio(const struct series *a, const struct series *b)
{
	struct series ratio = { 0 };

	for (unsigned i = 0; i < a->nr; i++)
		series_add(&ratio, a->v[i] / b->v[i]);
	series_sort(&ratio);
	return series_median(&ratio);
}

/* One line; sorts both series, which have equally many rounds. */
static inline void print_line(const char *what, struct series *ours, const char *limit_name,
			      struct series *limit, double target)
{
	double ratio = median_ratio(ours, limit);
	char text[4][16];

	series_sort(ours);
	series_sort(limit);
	printf("%-34s %8s %8s  %-22s %8s %8s  %6.3g %6.3g", what,
	       time_text(series_min(ours), text[0]), time_text(series_median(ours), text[1]),
	       limit_name, time_text(series_min(limit), text[2]),
	       time_text(series_median(limit), text[3]), ratio,
	       series_min(ours) / series_min(limit));
	print_verdict(ratio, target);
	fflush(stdout);
}

/* One line of a value that has a limit of its own, not another measurement: @unit of both. */
static inline void print_value(const char *what, double value, const char *unit, double target)
{
	printf("%-34s %8.3g %-8s %65s", what, value, unit, "");
	if (target > 0)
		printf("  <= %-6.3g %s\n", target, value <= target ? "met" : "MISSED");
	else
		printf("  -\n");
	fflush(stdout);
}

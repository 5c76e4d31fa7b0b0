/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * aspacefs-compare: my script on my own kernel, and the first difference.
 *
 *   aspacefs-compare SCRIPT              0: no difference, 1: the first one is shown
 *   aspacefs-compare --steps N --seed S  so many generated steps, script after script
 *
 * Scripts run in children, which may crash; what a child was about to do is in memory that
 * it shares.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "compare.h"

#ifndef AGENT_PATH
#define AGENT_PATH "compare-agent"
#endif

#define SCRIPT_STEPS 150 /* of a generated script */
#define LINE_BYTES 128
#define MAX_LINES 4096

struct options {
	const char *agent, *script;
	u64 steps, seed;
	bool flex, keep_going, here, counts;
};

/* Shared by a child and its parent. */
struct report {
	u64 steps, scripts; /* done so far */
	u64 seed; /* of the script that runs */
	bool flex;
	unsigned nr_lines, line; /* of that script; the line that differs */
	char lines[MAX_LINES][LINE_BYTES];
	char why[1 << 16];
	struct counts counts;
};

static struct report *report;
static struct options options = { .agent = AGENT_PATH, .seed = 1 };

static void remember(const char *line)
{
	if (report->nr_lines < MAX_LINES)
		g_strlcpy(report->lines[report->nr_lines++], line, LINE_BYTES);
}

static void explain(const char *why)
{
	g_strlcpy(report->why, why, sizeof(report->why));
}

/* ---- in children ---- */

enum { SAME = 0, DIFFERENT = 1, CANNOT = 77 };

static bool generated_script(struct host *host, u64 seed, u64 steps)
{
	struct generator g;
	struct sim sim = { 0 };
	struct run run;
	unsigned process = 1;
	bool same;

	generator_start(&g, seed);
	report->seed = seed;
	report->flex = options.flex || seed % 4 == 3;
	report->nr_lines = 0;
	same = run_start(&run, host, &sim, options.agent, report->flex);
	run.counts = &report->counts;
	for (u64 n = 0; same && n < steps; n++) {
		unsigned next = generate_process(&g, &run, process);
		g_autofree char *line = NULL;

		if (next != process)
			view_look(&run, next);
		process = next;
		line = generate_line(&g, &run, process);
		remember(line);
		same = run_line(&run, line);
	}
	report->line = report->nr_lines;
	same = same && run_end(&run);
	report->steps += run.steps;
	report->scripts++;
	explain(run.why->str);
	run_stop(&run);
	return same;
}

static int generated_scripts(u64 first, u64 until)
{
	struct host host;

	if (host_init(&host, options.agent) != 0)
		return CANNOT;
	for (u64 seed = first; report->steps < until; seed++) {
		if (!generated_script(&host, seed, MIN(SCRIPT_STEPS, until - report->steps))) {
			host_done(&host);
			return DIFFERENT;
		}
	}
	host_done(&host);
	return SAME;
}

static int given_script(GPtrArray *lines, bool flex)
{
	struct host host;
	struct sim sim = { 0 };
	struct run run;
	bool same;

	if (host_init(&host, options.agent) != 0)
		return CANNOT;
	same = run_script(&run, &host, &sim, options.agent, flex, lines, &report->line);
	report->steps = run.steps;
	explain(run.why->str);
	run_stop(&run);
	host_done(&host);
	return same ? SAME : DIFFERENT;
}

/* ---- the parent ---- */

/* In a child.  A crash is a difference, too. */
static int in_child(int (*work)(void *data), void *data, bool quiet)
{
	pid_t pid;
	int status;

	fflush(NULL);
	report->why[0] = '\0';
	if (options.here)
		return work(data);
	pid = fork();
	if (pid == 0) {
		if (quiet && !freopen("/dev/null", "w", stderr))
			_exit(CANNOT);
		_exit(work(data));
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	g_snprintf(report->why, sizeof(report->why), "aspacefs: %s\n", strsignal(WTERMSIG(status)));
	return DIFFERENT;
}

struct script {
	GPtrArray *lines;
	bool flex;
};

static int run_given(void *data)
{
	struct script *s = data;

	return given_script(s->lines, s->flex);
}

static int run_generated(void *data)
{
	return generated_scripts(*(u64 *)data, options.steps);
}

static bool differs(GPtrArray *lines, void *data)
{
	struct script s = { lines, *(bool *)data };

	return in_child(run_given, &s, true) == DIFFERENT;
}

static GPtrArray *reported_lines(void)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);

	for (unsigned i = 0; i < report->nr_lines; i++)
		g_ptr_array_add(lines, g_strdup(report->lines[i]));
	return lines;
}

static void show(GPtrArray *lines, bool flex)
{
	struct script s = { lines, flex };

	in_child(run_given, &s, false);
	printf("%s", flex ? "# --flex\n" : "");
	for (guint i = 0; i < lines->len; i++)
		printf("%s%s\n", (char *)lines->pdata[i], i == report->line ? "   # <-" : "");
	printf("%s", report->why);
}

/* A generated script differs: again, shorter and shorter. */
static void shrink_and_show(void)
{
	g_autoptr(GPtrArray) lines = reported_lines(), best = NULL;
	g_autofree char *why = g_strdup(report->why);
	bool flex = report->flex;
	u64 steps = report->steps, seed = report->seed, scripts = report->scripts;

	if (differs(lines, &flex)) {
		best = shrink(lines, differs, &flex);
		printf("\nscript of seed %" G_GUINT64_FORMAT ", %u of its %u lines:\n", seed,
		       best->len, lines->len);
		show(best, flex);
	} else {
		printf("\nscript of seed %" G_GUINT64_FORMAT ": not seen again when repeated\n%s",
		       seed, why);
	}
	report->steps = steps;
	report->scripts = scripts;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int compare_generated(void)
{
	double start = seconds();
	u64 first = options.seed, differences = 0;
	int status;

	for (;;) {
		status = in_child(run_generated, &first, false);
		if (status != DIFFERENT)
			break;
		differences++;
		shrink_and_show();
		if (!options.keep_going)
			break;
		first = report->seed + 1;
	}
	if (options.counts)
		count_show(&report->counts);
	printf("%" G_GUINT64_FORMAT " steps in %" G_GUINT64_FORMAT
	       " scripts, seed %" G_GUINT64_FORMAT ", %.1f s: %" G_GUINT64_FORMAT " differences\n",
	       report->steps, report->scripts, options.seed, seconds() - start, differences);
	return status == CANNOT ? CANNOT : differences != 0;
}

static int compare_script(void)
{
	g_autofree char *text = NULL;
	g_autoptr(GPtrArray) lines = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) split = NULL;
	struct script s = { lines, options.flex };
	int status;

	if (!g_file_get_contents(options.script, &text, NULL, &error)) {
		fprintf(stderr, "aspacefs-compare: %s\n", error->message);
		return 2;
	}
	split = g_strsplit(text, "\n", -1);
	for (char **line = split; *line; line++)
		g_ptr_array_add(lines, *line);
	s.flex = options.flex || g_str_has_prefix(text, "# --flex\n");
	status = in_child(run_given, &s, false);
	if (status == DIFFERENT) {
		if (report->line < lines->len)
			printf("line %u: %s\n", report->line + 1,
			       (char *)lines->pdata[report->line]);
		printf("%s", report->why);
	} else if (status == SAME) {
		printf("no difference in %" G_GUINT64_FORMAT " steps\n", report->steps);
	}
	return status;
}

static void usage(FILE *out)
{
	fprintf(out,
		"Usage: aspacefs-compare [--flex] SCRIPT\n"
		"       aspacefs-compare --steps N [--seed S] [--keep-going]\n"
		"Runs commands of a process's ctl as system calls of a real 32-bit process and\n"
		"on aspacefs, and shows the first difference.\n");
}

static bool parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "agent", required_argument, NULL, 'a' },
		{ "steps", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "flex", no_argument, NULL, 'f' },
		{ "here", no_argument, NULL, 'H' }, /* no child: for a debugger */
		{ "keep-going", no_argument, NULL, 'k' },
		{ "counts", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (c) {
		case 'a': options.agent = optarg; break;
		case 'n': options.steps = strtoull(optarg, NULL, 0); break;
		case 's': options.seed = strtoull(optarg, NULL, 0); break;
		case 'f': options.flex = true; break;
		case 'H': options.here = true; break;
		case 'k': options.keep_going = true; break;
		case 'c': options.counts = true; break;
		case 'h': usage(stdout); exit(0);
		default: return false;
		}
	}
	options.script = argv[optind];
	return (options.steps == 0) == (options.script != NULL) &&
	       (!options.script || !argv[optind + 1]);
}

int main(int argc, char **argv)
{
	int status;

	if (!parse(argc, argv)) {
		usage(stderr);
		return 2;
	}
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (report == MAP_FAILED || access(options.agent, X_OK) != 0) {
		fprintf(stderr, "aspacefs-compare: %s: %s\n", options.agent, strerror(errno));
		return CANNOT;
	}
	status = options.script ? compare_script() : compare_generated();
	if (status == CANNOT)
		fprintf(stderr, "aspacefs-compare: no 32-bit process can be started here\n");
	return status;
}

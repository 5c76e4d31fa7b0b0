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

#define SCRIPT_STEPS 150 /* of a generated script */
#define LINE_BYTES 128
#define MAX_LINES 4096

struct options {
	const char *agent, *script;
	u64 steps, seed;
	const char *lie;
	struct manner manner;
	bool keep_going, here, counts;
};

/* Shared by a child and its parent. */
struct report {
	u64 steps, scripts; /* done so far */
	u64 seed; /* of the script that runs */
	struct manner manner;
	unsigned nr_lines, line; /* of that script; the line that differs */
	char lines[MAX_LINES][LINE_BYTES];
	char why[1 << 16];
	bool mapcounts; /* are compared */
	struct counts counts;
};

static struct report *report;
static struct options options = { .seed = 1 };

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

static int result(bool same, const struct run *run)
{
	return same ? SAME : run->cannot ? CANNOT : DIFFERENT;
}

static int generated_script(struct host *host, u64 seed, u64 steps)
{
	struct generator g;
	struct sim sim = { 0 };
	struct run run;
	unsigned process = 1;
	bool same;
	int status;

	generator_start(&g, seed);
	report->seed = seed;
	report->manner.flex = options.manner.flex || seed % 4 == 3;
	report->manner.pae = options.manner.pae || seed % 3 == 1;
	report->manner.bytes = options.manner.bytes || seed % 8 < 4;
	report->manner.pressure = options.manner.pressure;
	report->manner.cpus = options.manner.cpus;
	report->nr_lines = 0;
	same = run_start(&run, host, &sim, options.agent, report->manner);
	run.counts = &report->counts;
	for (u64 n = 0; same && !run.over && n < steps; n++) {
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
	if (sim.fs)
		report->counts.swapped_out += sim_event(&sim, SIM_SWAPPED_OUT);
	report->counts.out_of_memory += run.over;
	explain(run.why->str);
	status = result(same, &run);
	run_stop(&run);
	return status;
}

static bool start_host(struct host *host)
{
	int error = host_init(host, options.agent);

	if (error)
		g_snprintf(report->why, sizeof(report->why), "%s: %s\n", options.agent,
			   g_strerror(-error));
	host->lie = options.lie;
	report->mapcounts = host->kpagecount >= 0;
	return !error;
}

static int generated_scripts(u64 first, u64 until)
{
	struct host host;
	int status = SAME;

	if (!start_host(&host))
		return CANNOT;
	for (u64 seed = first; status == SAME && report->steps < until; seed++)
		status = generated_script(&host, seed, MIN(SCRIPT_STEPS, until - report->steps));
	host_done(&host);
	return status;
}

static int given_script(GPtrArray *lines, struct manner manner)
{
	struct host host;
	struct sim sim = { 0 };
	struct run run;
	int status;

	if (!start_host(&host))
		return CANNOT;
	status = result(run_script(&run, &host, &sim, options.agent, manner, lines, &report->line),
			&run);
	report->steps = run.steps;
	explain(run.why->str);
	run_stop(&run);
	host_done(&host);
	return status;
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
	struct manner manner;
};

static int run_given(void *data)
{
	struct script *s = data;

	return given_script(s->lines, s->manner);
}

static int run_generated(void *data)
{
	return generated_scripts(*(u64 *)data, options.steps);
}

static bool differs(GPtrArray *lines, void *data)
{
	struct script s = { lines, *(struct manner *)data };

	return in_child(run_given, &s, true) == DIFFERENT;
}

static GPtrArray *reported_lines(void)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);

	for (unsigned i = 0; i < report->nr_lines; i++)
		g_ptr_array_add(lines, g_strdup(report->lines[i]));
	return lines;
}

static void show(GPtrArray *lines, struct manner manner)
{
	struct script s = { lines, manner };

	in_child(run_given, &s, false);
	printf("%s%s%s%s", manner.flex ? "# --flex\n" : "", manner.pae ? "# --pae\n" : "",
	       manner.bytes ? "# --bytes\n" : "", manner.pressure ? "# --pressure\n" : "");
	if (manner.cpus)
		printf("# --cpus=%u\n", manner.cpus);
	for (guint i = 0; i < lines->len; i++)
		printf("%s%s\n", (char *)lines->pdata[i], i == report->line ? "   # <-" : "");
	if (report->line >= lines->len)
		printf("# at the end   # <-\n");
	printf("%s", report->why);
}

#define REPEATS 3

/* aspacefs does the same each time: what comes once only is the running kernel's own business. */
static bool differs_again(GPtrArray *lines, struct manner *manner)
{
	for (unsigned i = 0; i < REPEATS; i++)
		if (differs(lines, manner))
			return true;
	return false;
}

/* A generated script differs: again, shorter and shorter.  False: it came once only. */
static bool shrink_and_show(void)
{
	g_autoptr(GPtrArray) lines = reported_lines(), best = NULL;
	g_autofree char *why = g_strdup(report->why);
	struct manner manner = report->manner;
	u64 steps = report->steps, seed = report->seed, scripts = report->scripts;
	bool again = differs_again(lines, &manner);

	if (again) {
		best = shrink(lines, differs, &manner);
		printf("\nscript of seed %" G_GUINT64_FORMAT ", %u of its %u lines:\n", seed,
		       best->len, lines->len);
		show(best, manner);
	} else {
		printf("\nscript of seed %" G_GUINT64_FORMAT
		       ": not seen again when repeated\n%s   # <-\n%s",
		       seed, lines->len ? (char *)lines->pdata[lines->len - 1] : "", why);
	}
	report->steps = steps;
	report->scripts = scripts;
	report->seed = seed;
	return again;
}

static const char *what_is_missing(void)
{
	return report->mapcounts ? "" : " (not root: no mapcounts)";
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
	u64 first = options.seed, differences = 0, once = 0;
	int status;

	for (;;) {
		status = in_child(run_generated, &first, false);
		if (status != DIFFERENT)
			break;
		if (shrink_and_show())
			differences++;
		else
			once++;
		if (differences && !options.keep_going)
			break;
		first = report->seed + 1;
	}
	if (options.counts)
		count_show(&report->counts);
	if (status != CANNOT)
		printf("%" G_GUINT64_FORMAT " steps in %" G_GUINT64_FORMAT
		       " scripts, seed %" G_GUINT64_FORMAT ", %.1f s: %" G_GUINT64_FORMAT
		       " differences, %" G_GUINT64_FORMAT " that came once only%s\n",
		       report->steps, report->scripts, options.seed, seconds() - start, differences,
		       once, what_is_missing());
	return status == CANNOT ? CANNOT : differences != 0;
}

/* "# --flex", "# --pae" ... at the head of a script, as this program prints them. */
static void read_head(char **lines)
{
	for (; g_str_has_prefix(*lines ? *lines : "", "# --"); lines++) {
		options.manner.flex |= strcmp(*lines, "# --flex") == 0;
		options.manner.pae |= strcmp(*lines, "# --pae") == 0;
		options.manner.bytes |= strcmp(*lines, "# --bytes") == 0;
		options.manner.pressure |= strcmp(*lines, "# --pressure") == 0;
		if (g_str_has_prefix(*lines, "# --cpus="))
			options.manner.cpus = (unsigned)atoi(*lines + strlen("# --cpus="));
	}
}

/* Twice, unless told how: with the bytes seen after each step, and with Referenced untouched. */
static int compare_script(void)
{
	g_autofree char *text = NULL;
	g_autoptr(GPtrArray) lines = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) split = NULL;
	struct script s = { lines };
	int status;

	if (!g_file_get_contents(options.script, &text, NULL, &error)) {
		fprintf(stderr, "aspacefs-compare: %s\n", error->message);
		return 2;
	}
	split = g_strsplit(text, "\n", -1);
	for (char **line = split; *line; line++)
		g_ptr_array_add(lines, *line);
	read_head(split);
	s.manner = options.manner;
	s.manner.bytes = true;
	status = in_child(run_given, &s, false);
	if (status == SAME && !options.manner.bytes) {
		s.manner.bytes = false;
		status = in_child(run_given, &s, false);
	}
	if (status == DIFFERENT) {
		if (report->line < lines->len)
			printf("line %u: %s\n", report->line + 1,
			       (char *)lines->pdata[report->line]);
		printf("%s", report->why);
	} else if (status == SAME) {
		printf("no difference in %" G_GUINT64_FORMAT " steps%s\n", report->steps,
		       what_is_missing());
	}
	return status;
}

static void usage(FILE *out)
{
	fputs("Usage: aspacefs-compare [--flex] [--pae] SCRIPT\n"
	      "       aspacefs-compare --steps N [--seed S] [--keep-going] [--counts]\n"
	      "Run commands of a process's ctl as system calls of a real 32-bit process, and on\n"
	      "aspacefs, and show the first difference.\n"
	      "\n"
	      "  --steps N     generate scripts, N steps in all; one that differs is shrunk\n"
	      "  --seed S      the first script's seed (default 1)\n"
	      "  --keep-going  all scripts that differ, not only the first\n"
	      "  --counts      how many steps of which kind were run\n"
	      "  --flex        the top-down layout\n"
	      "  --pae         aspacefs with three levels of page tables\n"
	      "  --cpus N      aspacefs with N processors\n"
	      "  --pressure    aspacefs with too little RAM, and swap: all is compared but\n"
	      "                what is in RAM\n"
	      "  --bytes       bytes after each step in every script, Referenced in none\n"
	      "  --lie WORD    the real process does WORD (munmap, mprotect, store, madvise,\n"
	      "                pageout, fetch, vfork or clone) wrongly: is it found?\n"
	      "  --agent FILE  the program that the real process runs\n"
	      "\n"
	      "Exit status: 0 no difference, 1 a difference, 2 usage, 77 impossible here.\n"
	      "Mapcounts are compared when root runs it; the real process is user 65534 then.\n",
	      out);
}

static bool parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "agent", required_argument, NULL, 'a' },
		{ "steps", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "lie", required_argument, NULL, 'l' },
		{ "flex", no_argument, NULL, 'f' },
		{ "pae", no_argument, NULL, 'p' },
		{ "bytes", no_argument, NULL, 'b' },
		{ "pressure", no_argument, NULL, 'P' },
		{ "cpus", required_argument, NULL, 'C' },
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
		case 'l': options.lie = optarg; break;
		case 'f': options.manner.flex = true; break;
		case 'p': options.manner.pae = true; break;
		case 'b': options.manner.bytes = true; break;
		case 'P': options.manner.pressure = true; break;
		case 'C': options.manner.cpus = (unsigned)atoi(optarg); break;
		case 'H': options.here = true; break;
		case 'k': options.keep_going = true; break;
		case 'c': options.counts = true; break;
		case 'h': usage(stdout); exit(0);
		default: return false;
		}
	}
	options.script = argv[optind];
	return (options.steps == 0) == (options.script != NULL) &&
	       (!options.script || !argv[optind + 1]) &&
	       (!options.lie || lie_is_known(options.lie));
}

/* Beside this program, where it was built, or where it is installed. */
static const char *find_agent(void)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *dir = g_path_get_dirname(self ? self : "");
	char *beside = g_build_filename(dir, "compare-agent", NULL);

	if (access(beside, F_OK) == 0)
		return beside;
	g_free(beside);
	return g_build_filename(dir, AGENT_FROM_BINDIR, NULL);
}

int main(int argc, char **argv)
{
	int status;

	if (!parse(argc, argv)) {
		usage(stderr);
		return 2;
	}
	if (!options.agent)
		options.agent = find_agent();
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (report == MAP_FAILED) {
		fprintf(stderr, "aspacefs-compare: %s\n", strerror(errno));
		return CANNOT;
	}
	status = options.script ? compare_script() : compare_generated();
	if (status == CANNOT)
		fprintf(stderr, "aspacefs-compare: %s", report->why);
	return status;
}

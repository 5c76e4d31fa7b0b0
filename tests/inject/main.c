/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Failure injection: README.md.
 *
 *   inject ctl|access|pairs|kill|reclaim [-v] [TEXT]     only scenarios whose line has TEXT
 *
 * Every attempt runs in a process of its own, forked from the prepared world, so that each
 * begins from the same bytes of RAM and a crash is one attempt's.
 */
#include "inject.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/ctl/command.h"

#define SHOWN_MAX 3 /* failed attempts a scenario that are told in full */
#define ATTEMPTS_MAX 20000u
#define SAMPLES 2u /* requests of a scenario that fail in the modes that do not try all */

enum verdict { PASSED, FAILED, NOT_REACHED, ONLY_FIRST };

enum mode { EACH, EACH_PAIR, SOME };

/* What the line does when nothing fails. */
struct outcome {
	int error;
	u32 requests, reclaimed;
	GString *before; /* the state, as in every world of this kind */
	GString *reply, *state, *holdings;
};

struct attempt {
	const struct scenario *s;
	struct world *w;
	u32 first, second;
	const struct outcome *dry;
	GString *before, *holdings;
	GString *trouble; /* what is wrong, in lines */
};

static bool verbose;

/* ---- what is wrong ---- */

static void trouble(struct attempt *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void trouble(struct attempt *a, const char *fmt, ...)
{
	va_list args;

	g_string_append(a->trouble, "  ");
	va_start(args, fmt);
	g_string_append_vprintf(a->trouble, fmt, args);
	va_end(args);
	g_string_append_c(a->trouble, '\n');
}

static void compare(struct attempt *a, const char *what, const GString *want, GString *got)
{
	if (!g_string_equal(want, got)) {
		trouble(a, "%s:", what);
		state_diff(want, got, 8, a->trouble);
	}
	g_string_free(got, TRUE);
}

static void report(void *data, const char *line)
{
	trouble(data, "check: %s", line);
}

static void check(struct attempt *a)
{
	if (!check_machine(a->w->fs->m, report, a))
		check_owners(a->w->fs->m, report, a);
}

/* ---- one attempt ---- */

static enum detail before_detail(const struct world *w, const struct scenario *s)
{
	if (w->kind == WORLD_SHORT)
		return STATE_BYTES;
	return s->flags & FAULT ? STATE_CONTENTS : STATE_FULL;
}

/* Compared with a world where nothing failed. */
static enum detail after_detail(const struct world *w)
{
	return w->kind == WORLD_SHORT ? STATE_BYTES : STATE_LOGICAL;
}

/* Every attempt has a world of its own, with its own files of the host. */
static bool has_own_world(const struct world *w, const struct scenario *s)
{
	return s->flags & FRESH || w->kind == WORLD_SHORT;
}

/* Is the state after @s the same in each world? */
static bool is_comparable(const struct world *w, const struct scenario *s)
{
	return w->kind == WORLD_SHORT || !(s->flags & (FEWER | FRESH));
}

/* Answers that tell which pages are resident, which memory is used, how much work it was. */
static bool tells_residency(const char *line)
{
	static const char *const words[] = { "0 ",    " touch ",   " mincore ", " translate ",
					     "@show", " explain ", " kload ",	" shmctl " };

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (words[i][0] == ' ' ? !!strstr(line, words[i]) :
					 g_str_has_prefix(line, words[i]))
			return true;
	return false;
}

static bool same_reply(const struct attempt *a, const GString *reply)
{
	if (a->w->kind == WORLD_SHORT && tells_residency(a->s->line))
		return true;
	return a->s->flags & HALFWAY || g_string_equal(reply, a->dry->reply);
}

static void verify_refused(struct attempt *a, int error, const GString *reply)
{
	if (error != -ENOMEM && error != a->s->error)
		trouble(a, "answers %d: %s", error, reply->str);
	if (error == -ENOMEM && a->s->line[0] != '@' && !g_str_has_prefix(reply->str, "ENOMEM: "))
		trouble(a, "says: %s", reply->str);
	if (a->s->flags & HALFWAY)
		return;
	compare(a, "changed by a failure", a->before, state_of(a->w, before_detail(a->w, a->s)));
	if (!(a->s->flags & FAULT))
		compare(a, "lost by a failure", a->holdings, holdings_of(a->w));
}

/* It got by without. */
static void verify_done(struct attempt *a, int error, const GString *reply)
{
	if (error != a->dry->error || !same_reply(a, reply))
		trouble(a, "is done and answers %d: %s", error, reply->str);
	if (!(a->s->flags & HALFWAY) && is_comparable(a->w, a->s))
		compare(a, "done otherwise", a->dry->state, state_of(a->w, after_detail(a->w)));
}

/* The same once more, with nothing failing, is as if nothing ever had. */
static void verify_again(struct attempt *a)
{
	g_autoptr(GString) reply = g_string_new(NULL);
	int error = world_do(a->w, a->s->line, reply);

	if (error != a->dry->error || !same_reply(a, reply))
		trouble(a, "the same again: %d: %s    instead of: %s", error, reply->str,
			a->dry->reply->str);
	if (is_comparable(a->w, a->s))
		compare(a, "the same again", a->dry->state, state_of(a->w, after_detail(a->w)));
	compare(a, "left after the same again", a->dry->holdings, holdings_of(a->w));
}

/* ---- one attempt whose failure is the end of memory ---- */

/* The victim is gone, and all is as if it had gone by itself afterwards. */
static void verify_killed(struct attempt *a, int error, const GString *reply, bool noted)
{
	bool same = a->s->flags & MEMORY || g_string_equal(reply, a->dry->reply);

	if (error != a->dry->error || !same)
		trouble(a, "answers %d: %s    instead of: %s", error, reply->str,
			a->dry->reply->str);
	if (noted || !(a->s->flags & FEWER))
		compare(a, "done otherwise", a->dry->state, state_of(a->w, STATE_LOGICAL));
	compare(a, "left", a->dry->holdings, holdings_of(a->w));
}

static enum verdict attempt_killed(struct attempt *a)
{
	struct machine *m = a->w->fs->m;
	g_autoptr(GString) reply = g_string_new(NULL);
	bool noted, killed;
	int error;

	fail_alloc_arm(m, a->first, 0);
	fail_alloc_ends_memory(m);
	error = world_do(a->w, a->s->line, reply);
	noted = m->k->fail_alloc.noted;
	if (!m->k->fail_alloc.failed)
		return NOT_REACHED;
	fail_alloc_arm(m, 0, 0);
	check(a);
	killed = !world_kill_victim(a->w);
	if (killed && !noted)
		trouble(a, "somebody was killed for nothing");
	if (noted && error == -ENOMEM && !killed)
		trouble(a, "nobody was killed: %s", reply->str);
	/* What may not wait, or is of DMA memory, is refused as ever. */
	if (noted || !error)
		verify_killed(a, error, reply, noted);
	check(a);
	return a->trouble->len ? FAILED : PASSED;
}

/* ---- one attempt ---- */

static enum verdict attempt(struct attempt *a)
{
	struct machine *m = a->w->fs->m;
	g_autoptr(GString) reply = g_string_new(NULL);
	int error;
	u32 failed;

	fail_alloc_arm(m, a->first, a->second);
	error = world_do(a->w, a->s->line, reply);
	failed = m->k->fail_alloc.failed;
	fail_alloc_arm(m, 0, 0);
	if (failed < 1 + !!a->second)
		return failed ? ONLY_FIRST : NOT_REACHED;
	check(a);
	if (m->k->vm_event[OOM_KILL])
		trouble(a, "somebody was killed");
	if (error && !(error == a->dry->error && g_string_equal(reply, a->dry->reply))) {
		verify_refused(a, error, reply);
		if (!(a->s->flags & ONCE))
			verify_again(a);
	} else {
		verify_done(a, error, reply);
	}
	check(a);
	return a->trouble->len ? FAILED : PASSED;
}

/* ---- worlds ---- */

static void prepare(struct world *w, const struct scenario *s)
{
	for (size_t i = 0; i < PREPARE_MAX && s->prepare[i]; i++)
		world_must(w, s->prepare[i]);
	world_drain(w);
}

/* ---- processes ---- */

/* Bytes that a child leaves for its parent. */
static void leave(int fd, const GString *text)
{
	gsize len = text->len;

	if (write(fd, &len, sizeof(len)) != sizeof(len) ||
	    write(fd, text->str, len) != (ssize_t)len)
		g_error("the outcome cannot be written");
}

static GString *take(int fd)
{
	GString *text = g_string_new(NULL);
	gsize len;

	if (read(fd, &len, sizeof(len)) != sizeof(len))
		g_error("no outcome");
	g_string_set_size(text, len);
	if (read(fd, text->str, len) != (ssize_t)len)
		g_error("half an outcome");
	return text;
}

/* 0 to 255, or -1: it crashed. */
static int wait_for(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child)
		g_error("waitpid failed");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static u32 pages_reclaimed(const struct machine *m)
{
	return (u32)(m->k->vm_event[PGSTEAL_KSWAPD] + m->k->vm_event[PGSTEAL_DIRECT]);
}

static void dry_run(struct world *w, const struct scenario *s, int fd)
{
	g_autoptr(GString) head = g_string_new(NULL);
	GString *reply = g_string_new(NULL);
	struct machine *m = w->fs->m;
	int error;

	u32 reclaimed = pages_reclaimed(m);

	leave(fd, state_of(w, before_detail(w, s)));
	fail_alloc_arm(m, 0, 0);
	error = world_do(w, s->line, reply);
	g_string_printf(head, "%d %u %u", error, m->k->fail_alloc.calls,
			pages_reclaimed(m) - reclaimed);
	if (w->kind == WORLD_VICTIM)
		world_kill_victim(w);
	leave(fd, head);
	leave(fd, reply);
	leave(fd, state_of(w, after_detail(w)));
	leave(fd, holdings_of(w));
}

/* In a child: @w is its own copy; a FRESH scenario gets a new one. */
static void own_world(struct world *w, const struct scenario *s)
{
	if (!has_own_world(w, s))
		return;
	world_new(w, w->kind);
	prepare(w, s);
}

static void leave_world(struct world *w, const struct scenario *s)
{
	if (has_own_world(w, s))
		world_free(w);
}

static struct outcome outcome_of(struct world *w, const struct scenario *s)
{
	int fd = memfd_create("outcome", MFD_CLOEXEC);
	struct outcome o;
	GString *head;
	pid_t child = fork();

	if (child == 0) {
		own_world(w, s);
		dry_run(w, s, fd);
		leave_world(w, s);
		_exit(0);
	}
	if (wait_for(child) != 0)
		g_error("%s: fails without failures", s->line);
	lseek(fd, 0, SEEK_SET);
	o.before = take(fd);
	head = take(fd);
	if (sscanf(head->str, "%d %u %u", &o.error, &o.requests, &o.reclaimed) != 3)
		g_error("half an outcome");
	o.reply = take(fd);
	o.state = take(fd);
	o.holdings = take(fd);
	g_string_free(head, TRUE);
	close(fd);
	return o;
}

static enum verdict attempt_in_child(const struct attempt *like, bool tell)
{
	struct world world = *like->w;
	struct attempt a = *like;
	enum verdict v;
	pid_t child = fork();
	int status;

	if (child) {
		status = wait_for(child);
		if (status < 0 || status > ONLY_FIRST)
			g_printerr("%s\n  crashed at %u %u\n", a.s->line, a.first, a.second);
		return status < 0 || status > ONLY_FIRST ? FAILED : (enum verdict)status;
	}
	a.w = &world;
	a.trouble = g_string_new(NULL);
	own_world(a.w, a.s);
	if (has_own_world(a.w, a.s)) {
		a.before = a.w->kind == WORLD_SHORT ? a.dry->before :
						      state_of(a.w, before_detail(a.w, a.s));
		a.holdings = holdings_of(a.w);
	}
	v = a.w->kind == WORLD_VICTIM ? attempt_killed(&a) : attempt(&a);
	if (v == FAILED && tell)
		g_printerr("%s\n  request %u %u fails:\n%s", a.s->line, a.first, a.second,
			   a.trouble->str);
	leave_world(a.w, a.s);
	_exit((int)v);
}

/* ---- one scenario ---- */

struct tally {
	u32 attempts, failed;
	u32 allocating, reclaiming; /* scenarios */
};

static enum verdict count(struct tally *t, const struct attempt *a)
{
	enum verdict v = attempt_in_child(a, t->failed < SHOWN_MAX);

	t->attempts += v == PASSED || v == FAILED;
	t->failed += v == FAILED;
	return v;
}

/* Request 1 fails, 2 fails, ... until there are not so many. */
static void run_single(struct attempt *a, struct tally *t)
{
	for (a->first = 1; a->first < ATTEMPTS_MAX && count(t, a) != NOT_REACHED;)
		a->first++;
}

/* The same with every later one: those that the way back makes, or making do without. */
static void run_pairs(struct attempt *a, struct tally *t)
{
	enum verdict v = PASSED;

	for (a->first = 1; a->first < ATTEMPTS_MAX && v != NOT_REACHED; a->first++) {
		a->second = a->first;
		do {
			a->second++;
			v = count(t, a);
		} while (v == PASSED || v == FAILED);
	}
}

/* The last request, and one half-way: much has happened before both. */
static void run_samples(struct attempt *a, struct tally *t)
{
	u32 last = a->dry->requests;

	for (u32 i = 0; i < SAMPLES && last; i++) {
		u32 request = last - last * i / SAMPLES;

		if (request == a->first)
			continue;
		a->first = request;
		count(t, a);
	}
}

static void run_scenario(struct world *w, const struct scenario *s, enum mode mode, int fd)
{
	struct attempt a = { .s = s, .w = w };
	struct outcome dry;
	struct tally t = { 0 };

	if (!has_own_world(w, s)) {
		prepare(w, s);
		a.holdings = holdings_of(w);
	}
	dry = outcome_of(w, s);
	a.dry = &dry;
	a.before = dry.before;
	switch (mode) {
	case EACH: run_single(&a, &t); break;
	case EACH_PAIR: run_pairs(&a, &t); break;
	case SOME: run_samples(&a, &t); break;
	}
	t.allocating = dry.requests > 0;
	t.reclaiming = dry.reclaimed > 0;
	if (verbose || t.failed)
		g_printerr("%5u attempts, %u failed: %s -> %d %s\n", t.attempts, t.failed, s->line,
			   dry.error, dry.reply->str);
	if (write(fd, &t, sizeof(t)) != sizeof(t))
		_exit(1);
}

static bool selected(const struct scenario *s, enum mode mode, const char *text)
{
	return (mode != EACH_PAIR || s->flags & PAIRS) && (!text || strstr(s->line, text));
}

static void run_table(struct world *w, const struct scenario *s, enum mode mode, const char *text,
		      struct tally *sum)
{
	struct tally t;

	for (; s->line; s++) {
		int fd[2];
		pid_t child;

		if (!selected(s, mode, text))
			continue;
		if (pipe(fd) != 0)
			g_error("no pipe");
		child = fork();
		if (child == 0) {
			run_scenario(w, s, mode, fd[1]);
			_exit(0);
		}
		close(fd[1]);
		if (read(fd[0], &t, sizeof(t)) != sizeof(t)) {
			g_printerr("%s: cannot be tried\n", s->line);
			t = (struct tally){ .failed = 1 };
		}
		close(fd[0]);
		wait_for(child);
		sum->attempts += t.attempts;
		sum->failed += t.failed;
		sum->allocating += t.allocating;
		sum->reclaiming += t.reclaiming;
	}
}

/* ---- every command has a scenario ---- */

static bool has_scenario(bool root, const char *word)
{
	for (const struct scenario *s = ctl_scenarios; s->line; s++) {
		g_auto(GStrv) words = g_strsplit(s->line, " ", -1);

		if (s->line[0] != '@' && (strcmp(words[0], "0") == 0) == root &&
		    strcmp(words[1], word) == 0)
			return true;
	}
	return false;
}

static unsigned missing_scenarios(bool root)
{
	g_autoptr(GString) list = g_string_new(NULL);
	unsigned missing = 0;

	ctl_command_list(root, list);
	g_auto(GStrv) words = g_strsplit(list->str, " ", -1);

	for (char **word = words; *word; word++) {
		if (has_scenario(root, *word))
			continue;
		g_printerr("%s command %s: has no scenario\n", root ? "root" : "process", *word);
		missing++;
	}
	return missing;
}

static const struct mode_row {
	const char *name;
	enum mode mode;
	enum world_kind world;
	const struct scenario *tables[3];
} modes[] = {
	{ "ctl", EACH, WORLD_PLENTY, { ctl_scenarios } },
	{ "access", EACH, WORLD_PLENTY, { access_scenarios } },
	{ "pairs", EACH_PAIR, WORLD_PLENTY, { ctl_scenarios } },
	{ "kill", SOME, WORLD_VICTIM, { ctl_scenarios, access_scenarios } },
	{ "reclaim", SOME, WORLD_SHORT, { ctl_scenarios, access_scenarios } },
};

static struct tally run_mode(const struct mode_row *row, const char *text)
{
	struct tally t = { 0 };
	struct world w;

	world_new(&w, row->world);
	for (size_t i = 0; row->tables[i]; i++)
		run_table(&w, row->tables[i], row->mode, text, &t);
	if (strcmp(row->name, "ctl") == 0 && !text)
		t.failed += missing_scenarios(false) + missing_scenarios(true);
	world_free(&w);
	if (row->world == WORLD_SHORT) {
		g_print("%u scenarios ask for memory, %u of them reclaim\n", t.allocating,
			t.reclaiming);
		t.failed += !text && t.reclaiming < t.allocating * 2 / 3;
	}
	return t;
}

int main(int argc, char **argv)
{
	const char *text = NULL;
	struct tally t;

	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "-v") == 0)
			verbose = true;
		else
			text = argv[i];
	}
	for (size_t i = 0; i < G_N_ELEMENTS(modes) && argc > 1; i++) {
		if (strcmp(modes[i].name, argv[1]) != 0)
			continue;
		t = run_mode(&modes[i], text);
		g_print("%u attempts, %u failed\n", t.attempts, t.failed);
		return t.failed ? 1 : 0;
	}
	g_printerr("inject ctl|access|pairs|kill|reclaim [-v] [TEXT]\n");
	return 2;
}

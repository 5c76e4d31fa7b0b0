/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One script: a fresh process on each side, line after line, until the answers or what can
 * be seen of the processes differ.
 *
 * Processes have numbers of their own, in the order of the forks, or as "#3" behind a fork
 * says; a line for a process that is not there is left out.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "compare.h"

/* Where image and stack are; they are the same on both sides. */
static bool find_home(struct run *run)
{
	g_autoptr(GString) host = g_string_new(NULL), sim = g_string_new(NULL);
	g_autoptr(GArray) a = NULL, b = NULL;
	bool same;

	host_text(run->host, 1, "maps", host);
	sim_text(run->sim, 1, "maps", sim);
	a = regions_parse(host->str);
	b = regions_parse(sim->str);
	same = a->len == b->len && a->len >= 2;
	for (guint i = 0; same && i < a->len; i++)
		same = g_array_index(a, struct region, i).start ==
			       g_array_index(b, struct region, i).start &&
		       g_array_index(a, struct region, i).end ==
			       g_array_index(b, struct region, i).end;
	if (!same) {
		g_string_printf(run->why, "maps after exec differ\nLinux:\n%saspacefs:\n%s",
				host->str, sim->str);
		return false;
	}
	run->home.image_start = g_array_index(a, struct region, 0).start;
	run->home.image_end = g_array_index(a, struct region, a->len - 2).end;
	run->home.stack_start = g_array_index(a, struct region, a->len - 1).start;
	return true;
}

/* What the agent has touched of its own memory is touched here, too. */
static void touch_home(struct run *run)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GArray) regions = NULL;

	host_text(run->host, 1, "maps", text);
	regions = regions_parse(text->str);
	for (guint i = 0; i < regions->len; i++) {
		const struct region *r = &g_array_index(regions, struct region, i);

		for (u32 at = r->start; at < r->end; at += PAGE) {
			u64 entry = 0;

			host_bytes(run->host, 1, "pagemap", &entry, 8, (u64)at / PAGE * 8);
			if (entry >> 63)
				sim_touch(run->sim, 1, at,
					  r->rights[1] == 'w' && !(entry >> 61 & 1));
		}
	}
}

bool run_start(struct run *run, struct host *host, struct sim *sim, const char *agent,
	       struct manner manner)
{
	int error;

	*run = (struct run){ .host = host,
			     .sim = sim,
			     .why = g_string_new(NULL),
			     .bytes_each_step = manner.bytes,
			     .pae = manner.pae,
			     .pressure = manner.pressure,
			     .written_back = manner.pressure,
			     .cannot = true };
	error = host_start(host, manner.flex);
	if (error) {
		g_string_printf(run->why, "a 32-bit process cannot be run or looked at: %s\n",
				g_strerror(-error));
		return false;
	}
	error = sim_start(sim, agent, manner);
	if (error) {
		g_string_printf(run->why, "aspacefs does not start: %s\n", g_strerror(-error));
		return false;
	}
	run->cannot = false;
	run->alive[1] = true;
	touch_home(run);
	if (!find_home(run) || !files_make(run))
		return false;
	return view_same(run, 1, run->why);
}

void run_stop(struct run *run)
{
	host_stop(run->host);
	if (run->sim->fs) {
		files_unmake(run);
		sim_stop(run->sim);
	}
	if (run->regions)
		g_array_free(run->regions, TRUE);
	g_string_free(run->why, TRUE);
}

/* ---- steps of processes ---- */

static unsigned free_number(const struct run *run, unsigned wanted)
{
	unsigned k = wanted ? wanted : 1;

	while (k < AGENT_CHANNELS && (run->alive[k] || run->parent[k]))
		k++;
	return k == wanted || !wanted ? k : AGENT_CHANNELS;
}

static bool is_errno(const char *text)
{
	return g_ascii_isupper(*text);
}

bool run_can(const struct run *run, unsigned k)
{
	return run->alive[k] && !run->host->process[k].waits_for;
}

static u32 clone_flags(const struct step *step)
{
	return step_is(step, "vfork") ? CLONE_VM | CLONE_VFORK :
	       step_is(step, "clone") ? CLONE_VM :
					0;
}

/* False: not possible here. */
static bool run_fork(struct run *run, const struct step *step, struct answer *host,
		     struct answer *sim)
{
	unsigned child = free_number(run, step->number), parent = step->process;
	g_autofree char *words = g_strjoinv(" ", step->words);
	g_autofree char *line = g_strdup_printf("%s\n", words);
	int pid;

	if (child >= AGENT_CHANNELS)
		return false;
	run->forked = true;
	pid = host_fork(run->host, step, child, clone_flags(step));
	sim_say(run->sim, run->sim->pid[parent], line, sim);
	if (pid < 0)
		g_strlcpy(host->text, strerrorname_np(-pid), sizeof(host->text));
	else
		sprintf(host->text, "process %u", child);
	if (is_errno(sim->text))
		return true;
	run->sim->pid[child] = (u32)atoi(sim->text);
	sprintf(sim->text, "process %u", child);
	run->alive[child] = pid > 0;
	run->parent[child] = parent;
	return true;
}

static bool run_exit(struct run *run, const struct step *step, struct answer *host,
		     struct answer *sim)
{
	unsigned k = step->process, parent = run->parent[k];
	g_autofree char *line = g_strdup_printf("exit %s\n", step_word(step, 1));
	u32 status = 0;

	number_of(step_word(step, 1), &status);
	if (parent >= AGENT_CHANNELS || !run->alive[parent])
		parent = 0;
	host_exit(run->host, k, parent, status);
	sim_say(run->sim, run->sim->pid[k], line, sim);
	strcpy(host->text, "ok");
	run->alive[k] = false;
	for (unsigned child = 1; child < AGENT_CHANNELS; child++) {
		if (run->parent[child] != k)
			continue;
		if (run->alive[child]) /* an orphan: its new parent reaps it at once */
			run->parent[child] = UINT32_MAX;
		else
			run->parent[child] = 0;
	}
	if (!parent)
		run->parent[k] = 0;
	return true;
}

static unsigned number_of_pid(const struct run *run, bool host, u32 pid)
{
	for (unsigned k = 1; k < AGENT_CHANNELS; k++)
		if ((host ? (u32)run->host->process[k].pid : run->sim->pid[k]) == pid)
			return k;
	return 0;
}

static bool run_wait(struct run *run, const struct step *step, struct answer *host,
		     struct answer *sim)
{
	unsigned k = step->process, which = (unsigned)atoi(step_word(step, 1)), dead;
	g_autofree char *line = NULL;
	pid_t pid = -1;
	int status = 0;

	if (which) {
		if (which >= AGENT_CHANNELS || !run->parent[which])
			return false;
		pid = run->host->process[which].pid;
		line = g_strdup_printf("wait %u\n", run->sim->pid[which]);
	}
	pid = host_wait(run->host, k, pid, &status);
	sim_say(run->sim, run->sim->pid[k], line ? line : "wait\n", sim);
	if (pid < 0)
		g_strlcpy(host->text, strerrorname_np(-pid), sizeof(host->text));
	else if (!pid)
		strcpy(host->text, "0");
	else
		sprintf(host->text, "process %u %d exited", number_of_pid(run, true, (u32)pid),
			WEXITSTATUS(status));
	if (is_errno(sim->text) || strcmp(sim->text, "0") == 0)
		return true;
	dead = number_of_pid(run, false, (u32)atoi(sim->text));
	line = g_strdup(strchr(sim->text, ' ') ? strchr(sim->text, ' ') : "");
	sprintf(sim->text, "process %u%s", dead, line);
	run->parent[dead] = 0;
	return true;
}

/* ---- lines ---- */

/* Is there a system call of this name on both sides, as it is written? */
static bool is_comparable(struct run *run, const struct step *step)
{
	static struct translated t;
	const char *word = step_word(step, 0);
	int error;

	return sim_knows(run->sim, word) &&
	       (strcmp(word, "sbrk") == 0 || words_translate(step, &t, &error));
}

/* mlockall is about the agent's own memory, too; sbrk is made of other calls. */
static bool counts_faults(const struct step *step)
{
	static const char *const not_counted[] = { "mlockall", "sbrk", NULL };

	return !g_strv_contains(not_counted, step_word(step, 0));
}

static bool is_number(const char *text)
{
	return g_ascii_isdigit(*text);
}

/* Ids of segments differ: from here on the host's is known by aspacefs'. */
static void note_segment(struct run *run, struct answer *host, const struct answer *sim)
{
	if (!is_number(host->text) || !is_number(sim->text))
		return;
	host_add_segment(run->host, atoi(host->text), (u32)atoi(sim->text));
	strcpy(host->text, sim->text);
}

static bool is_pageout(const struct step *step)
{
	return strcmp(step_word(step, 3), "pageout") == 0;
}

/* False: the host's hard limit is in the way. */
static bool run_plain(struct run *run, const struct step *step, struct answer *host,
		      struct answer *sim)
{
	g_autofree char *words = g_strjoinv(" ", step->words);
	g_autofree char *line = g_strdup_printf("%s\n", words);
	u32 before = sim_faults(run->sim, step->process);

	run->freed |= strcmp(step_word(step, 3), "free") == 0;
	run->locked |= g_str_has_prefix(step_word(step, 0), "mlock") ||
		       strstr(step_word(step, 4), "locked");
	host_run(run->host, step, host);
	if (strcmp(step_word(step, 0), "setrlimit") == 0 && is_errno(host->text))
		return false;
	sim_say(run->sim, run->sim->pid[step->process], line, sim);
	sim->faults = sim_faults(run->sim, step->process) - before;
	if (is_pageout(step) || strcmp(step_word(step, 3), "remove") == 0)
		files_fill(run);
	run->pressure |= is_pageout(step) && run->host->has_swap;
	run->written_back |= is_pageout(step);
	if (strcmp(step_word(step, 0), "msync") == 0 && strcmp(sim->text, "EINVAL") &&
	    strcmp(sim->text, "EBUSY") && g_strrstr(step_word(step, 3), "sync") &&
	    !g_str_has_prefix(step_word(step, 3), "async"))
		files_synced(run, step);
	if (!counts_faults(step))
		sim->faults = host->faults = 0;
	if (strcmp(step_word(step, 0), "shmget") == 0)
		note_segment(run, host, sim);
	return true;
}

/* Linux never takes what it counted as locked back when it unlocks the old place. */
static bool leaks_locked(struct run *run, const struct step *step)
{
	u32 addr = 0, len = 0;

	number_of(step_word(step, 1), &addr);
	number_of(step_word(step, 2), &len);
	return strcmp(step_word(step, 0), "mremap") == 0 &&
	       strstr(step_word(step, 4), "dontunmap") &&
	       sim_is_locked(run->sim, step->process, addr, len);
}

/* Two levels of page tables know no NX: what can be read can be executed, not so on the host. */
static bool executes_data(struct run *run, const struct step *step)
{
	bool touch = step_is(step, "touch") && strcmp(step_word(step, 3), "x") == 0;
	u32 addr = 0, len = 1;

	number_of(step_word(step, 1), &addr);
	if (touch)
		number_of(step_word(step, 2), &len);
	if (run->pae || !(touch || step_is(step, "fetch")))
		return false;
	for (guint i = 0; i < run->regions->len; i++) {
		const struct region *r = &g_array_index(run->regions, struct region, i);

		if (r->end <= addr)
			continue;
		if (r->rights[2] != 'x' && strncmp(r->rights, "---", 3))
			return true;
		if (r->start >= (u64)addr + len) /* it may have been one that grows down */
			break;
	}
	return false;
}

/* False: the line is left out, on both sides. */
static bool run_step(struct run *run, const struct step *step, struct answer *host,
		     struct answer *sim)
{
	g_autofree char *words = step->words ? g_strjoinv(" ", step->words) : g_strdup("");

	host->faults = sim->faults = 0;
	if (!*words || step_is_deadly(step, &run->home))
		return false;
	if (files_step(run, step, host, sim))
		return true;
	if (!run_can(run, step->process))
		return false;
	if (step_is(step, "fork") || step_is(step, "vfork") || strcmp(words, "clone vm") == 0)
		return run_fork(run, step, host, sim);
	if (step_is(step, "exit"))
		return run_exit(run, step, host, sim);
	if (step_is(step, "wait"))
		return run_wait(run, step, host, sim);
	if (!is_comparable(run, step) || leaks_locked(run, step) || executes_data(run, step) ||
	    (run->pressure && strcmp(step_word(step, 3), "free") == 0)) /* who knows when? */
		return false;
	return run_plain(run, step, host, sim);
}

static void tell_regions(struct run *run)
{
	g_string_append(run->why, "  maps before it:\n");
	for (guint i = 0; i < run->regions->len; i++) {
		const struct region *r = &g_array_index(run->regions, struct region, i);

		g_string_append_printf(run->why, "    %08x-%08x %s %08" G_GINT64_MODIFIER "x %s\n",
				       r->start, r->end, r->rights, r->offset, r->name);
	}
}

static bool tells_residency(const struct step *step)
{
	return step_is(step, "touch") || step_is(step, "mincore");
}

static bool same_answers(struct run *run, const struct step *step, const struct answer *host,
			 const struct answer *sim)
{
	if (run->host->died) {
		g_string_append_printf(run->why, "the agent died\n  aspacefs: %s\n", sim->text);
		return false;
	}
	if (strcmp(host->text, sim->text) == 0 && host->faults == sim->faults)
		return true;
	if (run->pressure &&
	    (strcmp(host->text, sim->text) == 0 ||
	     (tells_residency(step) && !is_errno(host->text) && !is_errno(sim->text))))
		return true;
	view_straddles(run, step->process);
	if (known_find(run, step, host, sim))
		return true;
	if (strcmp(host->text, sim->text)) {
		g_string_append_printf(run->why, "answers differ\n  Linux:    %s\n  aspacefs: %s\n",
				       host->text, sim->text);
		tell_regions(run);
		return false;
	}
	g_string_append_printf(run->why, "page faults differ\n  Linux:    %u\n  aspacefs: %u\n",
			       host->faults, sim->faults);
	return false;
}

bool run_line(struct run *run, const char *line)
{
	static struct answer host, sim;
	struct step step;
	bool same = true, ran;

	if (run->over || !step_parse(line, &step))
		return true;
	ran = run_step(run, &step, &host, &sim);
	if (run->counts)
		count_step(run->counts, &step, ran, &sim);
	run->over = run->pressure && sim_event(run->sim, SIM_OOM_KILLS);
	if (ran && !run->over) {
		run->steps++;
		same = same_answers(run, &step, &host, &sim) &&
		       (!run->alive[step.process] || view_same(run, step.process, run->why));
	}
	step_clear(&step);
	return same;
}

bool run_end(struct run *run)
{
	bool same = true;

	for (unsigned k = 1; same && !run->over && k < AGENT_CHANNELS; k++)
		if (run->alive[k]) {
			same = view_same_at_end(run, k, run->why);
			if (!same)
				g_string_append_printf(run->why, "  (process %u)\n", k);
		}
	same = same && (run->over || view_same_segments(run, run->why));
	for (unsigned k = 1; same && !run->over && k < AGENT_CHANNELS; k++)
		if (run->alive[k])
			same = view_same_bytes(run, k, run->why);
	if (same && !sim_check(run->sim, run->why)) {
		g_string_prepend(run->why, "aspacefs: an invariant does not hold\n");
		same = false;
	}
	return same;
}

bool run_script(struct run *run, struct host *host, struct sim *sim, const char *agent,
		struct manner manner, GPtrArray *lines, unsigned *ret_line)
{
	*ret_line = 0;
	if (!run_start(run, host, sim, agent, manner))
		return false;
	for (; *ret_line < lines->len; ++*ret_line)
		if (!run_line(run, lines->pdata[*ret_line]))
			return false;
	return run_end(run);
}

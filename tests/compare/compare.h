/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same commands on the running Linux and on aspacefs, and the first difference.
 *
 *   script.c    lines of text, and what is safe to run
 *   words.c     a line of ctl as a system call
 *   host.c      the real process: agents, /proc
 *   sim.c       aspacefs without a mount: ctl, and any file of its tree
 *   files.c     the files of a script, on both sides
 *   view.c      what is compared, after each step and at the end; smaps.c
 *   known.c     what differs on purpose
 *   run.c       one script from a fresh process on
 *   generate.c  seeded scripts
 *   shrink.c    the shortest script that still differs
 *   count.c     how many steps of which kind
 *   main.c      command line, workers
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol.h"

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;

#define PAGE 4096u
#define ADDRESS_END 0xc0000000u

/* What a step answered, in words that do not depend on the side. */
struct answer {
	char text[AGENT_DATA];
	u32 faults;
};

/* How a script is run. */
struct manner {
	bool flex; /* the top-down layout */
	bool pae; /* aspacefs with three levels of page tables */
	bool bytes; /* bytes are compared after each step, Referenced is not */
	bool pressure; /* aspacefs has too little RAM, and swap: all is compared but residency */
	unsigned cpus; /* of aspacefs; 0: 1 */
};

/* ---- script.c ---- */

/* "2: munmap 0x40000000 4096   # why": process 2 is the second one that was made. */
struct step {
	unsigned process; /* 1: the first one */
	char **words; /* NULL-terminated; none: an empty line */
	unsigned number; /* of a fork: the child's, when the line says "#3" behind it; or 0 */
};

bool step_parse(const char *line, struct step *ret);
void step_clear(struct step *step);
const char *step_word(const struct step *step, unsigned n); /* "" behind the end */
bool number_of(const char *text, u32 *ret);
bool step_is(const struct step *step, const char *word); /* the command */

/* Where the agent lives: its image and its stack. */
struct home {
	u32 image_start, image_end; /* image_end is where the heap begins */
	u32 stack_start;
};

/* Does the step destroy the agent, or show what is in it or its processor?  Left out. */
bool step_is_deadly(const struct step *step, const struct home *home);

/* ---- words.c ---- */

enum how_shown { SHOWN_OK, SHOWN_ADDRESS, SHOWN_NUMBER, SHOWN_BITS, SHOWN_VALUE, SHOWN_TOUCHED };

/* A step as one message to the agent. */
struct translated {
	struct agent_request request;
	u32 data_bytes; /* of request.data that are sent */
	enum how_shown shown;
	const char *file; /* open this first; its descriptor becomes arg[file_arg] */
	unsigned file_arg;
	unsigned segment_arg; /* or 0: the argument that is the id of a segment */
	u32 bits; /* SHOWN_BITS: pages; SHOWN_VALUE: bytes */
};

/* False: no system call of this name is known here. *ret_error: an errno found on the way. */
bool words_translate(const struct step *step, struct translated *ret, int *ret_error);

/* ---- host.c ---- */

struct host_process {
	pid_t pid;
	int maps, pagemap, mem;
	unsigned waits_for; /* 0, or the process that it made by vfork */
};

struct segment {
	int host; /* ids of the same segment on both sides */
	u32 sim;
};

struct host {
	int agent; /* its executable */
	volatile int error; /* of exec, told by the child that shares our memory */
	char *dir; /* working folder: the script's files */
	bool root, flex, has_swap;
	uid_t user; /* of the agents, and owner of the files */
	int driver_fd[AGENT_CHANNELS], agent_fd[AGENT_CHANNELS];
	struct host_process process[AGENT_CHANNELS]; /* [1] is the first */
	pid_t group; /* of all agents, or 0 */
	int kpagecount;
	GArray *segments; /* of struct segment */
	const char *lie; /* or NULL: what an agent does wrongly */
	bool died; /* an agent ended where it should not */
};

int host_init(struct host *host, const char *agent); /* once, path of the executable; 0, -errno */
bool lie_is_known(const char *lie);
void host_done(struct host *host);
int host_start(struct host *host, bool flex); /* a fresh process 1; 0 or -errno */
void host_stop(struct host *host);
void host_run(struct host *host, const struct step *step, struct answer *ret);
/* By clone(2) with @flags: pid or -errno. */
int host_fork(struct host *host, const struct step *step, unsigned child, u32 flags);
void host_exit(struct host *host, unsigned k, unsigned parent, u32 status);
/* wait4 of @parent: 0, pid or -errno */
int host_wait(struct host *host, unsigned parent, pid_t pid, int *ret_status);
void host_add_segment(struct host *host, int id, u32 of_sim);
/* Segment @n: its id in aspacefs, and "bytes attaches" or nothing.  False: no more. */
bool host_segment(struct host *host, guint n, u32 *ret_id, char ret_text[32]);
/* A file of /proc/PID, as text to its end. */
void host_text(struct host *host, unsigned k, const char *name, GString *out);
ssize_t host_bytes(struct host *host, unsigned k, const char *name, void *buf, size_t len, u64 off);

/* ---- sim.c ---- */

enum sim_event { SIM_SWAPPED_OUT, SIM_OOM_KILLS };

struct sim {
	struct aspacefs *fs;
	u32 pid[AGENT_CHANNELS];
	GHashTable *commands; /* that help tells */
	void *open_files; /* files.c */
};

int sim_start(struct sim *sim, const char *agent, struct manner manner); /* 0 or -errno */
void sim_stop(struct sim *sim);
u64 sim_event(struct sim *sim, enum sim_event event); /* so far */
bool sim_knows(struct sim *sim, const char *command);
/* A line to a ctl: the first word of its reply, or the errno's name. */
void sim_say(struct sim *sim, u32 pid, const char *line, struct answer *ret);
u32 sim_faults(struct sim *sim, unsigned k);
/* Touch the page, as the agent has touched its own. */
void sim_touch(struct sim *sim, unsigned k, u32 addr, bool write);
bool sim_has(struct sim *sim, unsigned k, const char *name);
bool sim_text(struct sim *sim, unsigned k, const char *name, GString *out);
bool sim_is_locked(struct sim *sim, unsigned k, u32 addr, u32 len); /* any of it */
/* The segment as host_segment tells it. */
void sim_segment(struct sim *sim, u32 id, char ret_text[32]);
ssize_t sim_bytes(struct sim *sim, unsigned k, const char *name, void *buf, size_t len, u64 off);
bool sim_check(struct sim *sim, GString *out); /* every invariant; false: @out says what */

/* ---- files.c ---- */

struct run;
struct region;
bool files_make(struct run *run); /* f0, f1, ... on both sides */
/* mkfile, put, cat, truncate, unlink.  False: no such word. */
bool files_step(struct run *run, const struct step *step, struct answer *host, struct answer *sim);
void files_fill(struct run *run); /* after a hole was made */
void files_synced(struct run *run, const struct step *msync);
bool words_of_files(const char *word);
u64 files_end(const struct run *run, const struct region *r); /* where in it its file ends */
void files_unmake(struct run *run);
void sim_files_close(struct sim *sim);

/* ---- view.c ---- */

struct region {
	u32 start, end;
	u64 offset;
	char rights[5];
	char name[43];
};

GArray *regions_parse(const char *text); /* of struct region */
const char *region_parse(const char *line, struct region *r); /* the next line */
bool region_is_ours(const struct home *home, const struct region *r); /* not the agent's own */


/* True: the same; else @why says what and how. */
bool view_same(struct run *run, unsigned k, GString *why);
void view_look(struct run *run, unsigned k); /* sets run->regions */
void view_straddles(struct run *run, unsigned k); /* sets run->straddled */
bool view_same_at_end(struct run *run, unsigned k, GString *why);
bool view_same_segments(struct run *run, GString *why); /* size and attaches */
bool view_same_bytes(struct run *run, unsigned k, GString *why); /* touches all: last */

/* ---- smaps.c ---- */

bool smaps_same(struct run *run, unsigned k, GString *why);

/* ---- count.c ---- */

#define COUNT_NAME 36
#define COUNT_KINDS 200

struct count {
	char name[COUNT_NAME];
	u32 done, refused, left_out, faults;
};

struct counts {
	unsigned nr;
	u64 swapped_out; /* pages, of aspacefs */
	u64 out_of_memory; /* scripts that ended so */
	struct count kind[COUNT_KINDS];
};

/* Not @ran: left out on both sides. */
void count_step(struct counts *counts, const struct step *step, bool ran,
		const struct answer *answer);
void count_show(struct counts *counts);

/* ---- run.c ---- */

struct run {
	struct host *host;
	struct sim *sim;
	struct home home;
	unsigned parent[AGENT_CHANNELS]; /* 0: not there */
	bool alive[AGENT_CHANNELS];
	GArray *regions; /* of the process that made the last step */
	GString *why; /* the first difference */
	unsigned steps; /* that ran on both sides */
	bool freed, locked, forked; /* there was a madvise free, a lock, a fork (smaps.c) */
	bool pae;
	bool pressure; /* what is in RAM is not compared (after a pageout, where the host swaps) */
	bool over; /* aspacefs had to kill one, under pressure: nothing can be compared any more */
	bool written_back; /* aspacefs may have cleared what was stored behind a file's end */
	bool bytes_each_step; /* seeing them on the host marks pages as accessed */
	bool straddled; /* known.c: a file was mapped over the end of a host's page table */
	bool cannot; /* not a difference: a side does not start */
	struct counts *counts; /* or NULL */
};

bool run_start(struct run *run, struct host *host, struct sim *sim, const char *agent,
	       struct manner manner);
/* False: a difference, told in run->why. */
bool run_line(struct run *run, const char *line);
bool run_end(struct run *run);
void run_stop(struct run *run);
/* Does process @k live, and not wait for a child that it made by vfork? */
bool run_can(const struct run *run, unsigned k);
/* A whole script; false and *ret_line (from 0): where it differs. */
bool run_script(struct run *run, struct host *host, struct sim *sim, const char *agent,
		struct manner manner, GPtrArray *lines, unsigned *ret_line);

/* ---- known.c ---- */

/* A difference on purpose; docs/linux-differences.md tells of each. */
struct known {
	const char *what;
	bool (*is)(const struct run *run, const struct step *step, const struct answer *host,
		   const struct answer *sim);
};

/*
 * A page table of the host ends at each 2 MiB, of two levels here at each 4 MiB, and there
 * ends what a fault maps of a file around it.  Is @r mapped over such a place?
 */
bool known_straddles(const struct region *r);
bool region_of_file(const struct region *r); /* or shared memory: what has a page cache */

/* Which of them these answers are, or NULL.  run->regions are those before the step. */
const struct known *known_find(const struct run *run, const struct step *step,
			       const struct answer *host, const struct answer *sim);

/* ---- generate.c ---- */

struct generator {
	u64 state;
	u32 themes; /* bits: what this script is about */
};

void generator_start(struct generator *g, u64 seed);
unsigned generate_process(struct generator *g, const struct run *run, unsigned last);
char *generate_line(struct generator *g, const struct run *run, unsigned process);

/* ---- shrink.c ---- */

/* Does this script differ?  Runs it in a child. */
typedef bool (*differs_fn)(GPtrArray *lines, void *data);
GPtrArray *shrink(GPtrArray *lines, differs_fn differs, void *data);

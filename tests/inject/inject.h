/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the failure-injection test share: README.md says how it works.
 */
#pragma once

#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>

#include "fs/aspacefs.h"
#include "mm/check.h"

/* ---- world.c: the prepared machine ---- */

enum world_kind {
	WORLD_PLENTY, /* memory enough for everything */
	WORLD_VICTIM, /* and a process that the OOM killer takes first */
	WORLD_SHORT, /* none is free: what is needed is reclaimed first */
};

struct world {
	enum world_kind kind;
	struct aspacefs *fs;
	struct caller caller;
};

/* A machine with several processes and all kinds of memory; files/ is private. */
void world_new(struct world *w, enum world_kind kind);
void world_free(struct world *w);

/* WORLD_VICTIM: it ends as the OOM killer would end it.  False: it did already. */
bool world_kill_victim(struct world *w);

/*
 * Caches as empty as can be, so that what follows has to allocate; and no more frames free than
 * the machine wants for itself, where memory is short.
 */
void world_drain(struct world *w);

/* ---- requests.c ---- */

/*
 * Do what @line says: "PID COMMAND ..." in the ctl of PID (0: the root's), or "@..." for another
 * request (requests.c has them).  The reply is appended to @reply; 0 or -errno.
 */
int world_do(struct world *w, const char *line, GString *reply);

/* The same where nothing may go wrong. */
void world_must(struct world *w, const char *line);

/* ---- state.c: what a user can read ---- */

enum detail {
	STATE_BYTES, /* what there is, wherever it is: resident, swapped out, in a file */
	STATE_CONTENTS, /* without what page tables cost */
	STATE_LOGICAL, /* as far as it does not depend on which frames and objects are used */
	STATE_FULL, /* with frames and kernel addresses */
};

/* One line a fact, "PLACE: FACT"; g_string_free.  Reads without faulting anything in. */
GString *state_of(struct world *w, enum detail detail);

/* What @old has and @new has not, and the other way round: at most @max lines each. */
void state_diff(const GString *old, const GString *new, unsigned max, GString *out);

/* Objects of each slab cache and frames in use, host handles: what must not be lost. */
GString *holdings_of(struct world *w);

/* ---- scenarios.c, accesses.c ---- */

#define PREPARE_MAX 12

enum scenario_flag {
	/* Linux stops half-way: what is done so far stays, and only has to be consistent. */
	HALFWAY = 1,
	/* It changes the host's files: each attempt starts from a world of its own. */
	FRESH = 2,
	/* A page less than wanted is no error: the result may have fewer resident pages. */
	FEWER = 4,
	/* A failed fault leaves the page table and the anon_vma that it has made, as Linux does. */
	FAULT = 8,
	PAIRS = 16, /* also with two failures */
	/* Half done, it cannot be done again: what has moved is not there any more. */
	ONCE = 32,
	/* Its answer is memory: which, depends on what is free. */
	MEMORY = 64,
};

struct scenario {
	const char *line; /* what is done with failures */
	unsigned flags;
	const char *prepare[PREPARE_MAX]; /* what is done before */
	int error; /* what Linux answers instead of ENOMEM; 0 */
};

/* Columns of their tables: done before; with two regions of process 2 swapped out. */
/* clang-format off */
#define AFTER(...) .prepare = { __VA_ARGS__ }

#define SWAP_OUT \
	"0 swapon swap 5", "2 mmap 0x5b3fc000 32K rw- private,anonymous,fixed", \
	"2 touch 0x5b3fc000 32K w", "2 store 0x5b3fe000 7", \
	"2 madvise 0x5b3fc000 32K pageout", "2 madvise 0x51000000 32K pageout"
#define SWAPPED AFTER(SWAP_OUT)
#define SWAPPED_BY_TWO AFTER(SWAP_OUT, "2 fork")
/* clang-format on */

extern const struct scenario ctl_scenarios[]; /* each ends with line NULL */
extern const struct scenario access_scenarios[];

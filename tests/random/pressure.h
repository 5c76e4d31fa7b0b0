/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world of the pressure test: a machine with too little memory, processes, files in host
 * memory, and the model of what all of them must hold.
 */
#pragma once

#include <stdio.h>

#include "mm/machine.h"
#include "pressure_model.h"

#define BASE 0x30000000u
#define PROCESSES 6u
#define FILES 4u
#define SWAPS 2u
#define FILE_BYTES (OBJECT_PAGES_MAX * PAGE_SIZE) /* at most */

/* A file on the host's disk. */
struct backing {
	u8 *bytes;
	u64 size, room; /* room: of bytes */
};

struct process {
	struct task_struct *task; /* NULL: not there */
	u32 pid, generation; /* the task's: another may get its place */
	struct model_space space;
};

struct world {
	struct machine *m;
	struct process process[PROCESSES];
	struct backing backing[FILES + SWAPS]; /* by handle - 1 */
	struct inode *file[FILES + SWAPS]; /* the last ones are swap areas */
	bool swapped_on[SWAPS];
	struct model_object *object[FILES]; /* of the files */
	struct model_object *objects; /* all */
	u64 random;
	unsigned long steps, no_memory, killed, reports, failed;
	char what[160]; /* the last step, for a complaint */
};

u32 random_below(struct world *w, u32 n);

void complain(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Say what the step is, printf-like. */
#define STEP(w, ...) snprintf((w)->what, sizeof((w)->what), __VA_ARGS__)

/* Do @operation as at a door: where memory ends, somebody may be killed and it is done again. */
#define AT_DOOR(w, task, result, operation) \
	do {                                \
		oom_begin((w)->m);          \
		(result) = (operation);     \
	} while ((s64)(result) < 0 && out_of_memory((w)->m, (task)))

/* A reply that memory may have made: counted, and nothing is to have changed. */
bool memory_ended(struct world *w, s64 error);

bool world_start(struct world *w, u64 ram);
void world_end(struct world *w);

/* A process is there no more: by itself, or by the killer. */
void process_gone(struct process *p);

/* After each step: who was killed, and does the killer's report say so? */
void learn_deaths(struct world *w);

/* ---- steps (pressure_memory.c, pressure_files.c) ---- */
void run_mmap(struct world *w, struct process *p);
void run_munmap(struct world *w, struct process *p);
void run_mprotect(struct world *w, struct process *p);
void run_mremap(struct world *w, struct process *p);
void run_madvise(struct world *w, struct process *p);
void run_mlock(struct world *w, struct process *p);
void run_store(struct world *w, struct process *p);
void run_load(struct world *w, struct process *p);
void run_fork(struct world *w, struct process *p);
void run_exec(struct world *w, struct process *p);
void run_file_read(struct world *w, struct process *p);
void run_file_write(struct world *w, struct process *p);
void run_truncate(struct world *w, struct process *p);
void run_sync(struct world *w, struct process *p);
void run_swap(struct world *w, struct process *p);

/* The area comes, or goes when there is room for what it holds.  0 or -errno. */
int swap_on(struct world *w, u32 area);
int swap_off(struct world *w, u32 area);

/* Read all that @p can read and compare. */
void compare_process(struct world *w, struct process *p);
/* The same of a file, by read(2). */
void compare_file(struct world *w, u32 file);

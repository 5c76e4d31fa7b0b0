/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line.
 */
#pragma once

#include "aspacefs.h"
#include "fuse_ops.h"

enum exit_status { EXIT_MOUNTED = 0, EXIT_NOT_MOUNTED = 1, EXIT_USAGE = 2 };

struct options {
	struct aspacefs_config config;
	char *mountpoint; /* absolute, without links */
	bool foreground, single_thread, clone_fd;
	bool help, version;
	int max_idle_threads, max_threads; /* -1: as libfuse likes */
	struct fuse_args fuse; /* what fuse_session_new is given */
};

/* Say what is wrong, with the program's name before it, in one line on stderr. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Options that are not understood are said to be so.  0 or an exit status. */
int options_parse(struct options *o, int argc, char **argv);
void options_free(struct options *o);

void options_help(void);

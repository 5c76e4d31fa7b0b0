/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trace events as text, for trace_pipe: each is given once.
 */
#pragma once

#include "../aspacefs.h"

bool trace_is_empty(struct aspacefs *fs);

/*
 * Append the oldest events, line by line, until there are at least @size bytes or no more events;
 * they are gone then.  What the ring lost before anybody took it is told first.
 */
void trace_take(struct aspacefs *fs, size_t size, GString *out);

/* Allocation flags by name. */
void trace_print_gfp(gfp_t gfp, GString *out);

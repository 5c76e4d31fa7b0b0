/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of 64-bit words: one for each page of a process, for each frame.
 */
#pragma once

#include "../node.h"

extern const struct node_bytes pagemap_bytes; /* PID/pagemap */
extern const struct node_bytes kpagecount_bytes;
extern const struct node_bytes kpageflags_bytes;

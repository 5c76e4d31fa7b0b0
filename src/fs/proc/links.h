/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folders of a process whose entries come and go.
 */
#pragma once

#include "../node.h"

extern const struct node_names fd_names; /* PID/fd */
extern const struct node_names map_files_names; /* PID/map_files */
extern const struct node_names task_names; /* PID/task */

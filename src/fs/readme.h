/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The README files of the mount, made from the tables of tree.c.
 */
#pragma once

#include "aspacefs.h"

int readme_root_show(struct aspacefs *fs, struct task_struct *task, GString *out);
int readme_pid_show(struct aspacefs *fs, struct task_struct *task, GString *out);

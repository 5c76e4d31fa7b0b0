/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The notes of a core file: what PT_NOTE holds.
 */
#pragma once

#include "../aspacefs.h"

/* All notes of @task one after the other.  => it has memory */
void core_notes(struct aspacefs *fs, struct task_struct *task, GByteArray *out);

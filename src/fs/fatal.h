/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of a process after a bad access: the other half of `onfault die`.
 */
#pragma once

#include "aspacefs.h"

/*
 * An access of @task (load, store, mem ...) failed with @error, a -errno.  True: the
 * process was to die of it and is dead, by SIGSEGV or SIGBUS; @task may be gone.
 * False: nothing happened, the process lives on.
 */
bool fatal_access(struct aspacefs *fs, struct task_struct *task, int error);

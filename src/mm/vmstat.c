/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of the counters; the counters themselves are in struct kernel_data.
 */
#include "mm/vmstat.h"

const char *const vm_event_names[NR_VM_EVENTS] = {
#define X(id, name) [id] = name,
	VM_EVENTS(X)
#undef X
};

const char *const vm_stat_names[NR_VM_STATS] = {
#define X(id, name) [id] = name,
	VM_STATS(X)
#undef X
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's own limits on the host.
 */
#include <sys/resource.h>

#include "host.h"

void host_raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

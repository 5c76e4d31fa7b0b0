/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon asks of its host.  (Apart, since the machine has rlimits of the same names.)
 */
#pragma once

/* Files of the disk stay open while they are in use: as many as the host allows. */
void host_raise_file_limit(void);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/: a file for each row of mm's table of tunables.
 */
#pragma once

#include "node.h"

extern const struct node_names sysctl_names; /* of sys/vm and the other folders of sys/ */

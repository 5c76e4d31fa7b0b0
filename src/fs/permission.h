/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may open what.
 */
#pragma once

#include "node.h"

#define MAY_EXEC 1u
#define MAY_WRITE 2u
#define MAY_READ 4u

/* MAY_* of open(2) flags. */
unsigned permission_of_flags(int flags);

/* Is @gid the caller's group, or one of its supplementary ones? */
bool caller_in_group(const struct caller *caller, gid_t gid);

/*
 * May @caller, by a file's owner and mode, as Linux decides (root may, but executes only
 * what somebody may)?
 */
bool permission_mode(const struct stat *st, const struct caller *caller, unsigned want);

/* The same for a simulated process: no capabilities, no supplementary groups. */
bool permission_process(const struct stat *st, uid_t uid, gid_t gid, unsigned want);

/*
 * Does the host, when it checks the daemon, check the caller too?  True for the user who
 * mounted, and for root.
 */
bool permission_trusted(const struct aspacefs *fs, const struct caller *caller);

/* May @caller use a node of the tree like that?  0 or -EACCES. */
int permission_node(struct aspacefs *fs, const struct node *node, const struct caller *caller,
		    unsigned want);

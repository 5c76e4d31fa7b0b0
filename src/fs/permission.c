/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may open what: mode bits, as Linux reads them, and rows that are their owner's alone.
 *
 * Without allow_other the kernel lets nobody in but the user who mounted.  With it everybody
 * comes here.  Two things are the daemon's own: a row without any write bit cannot be opened
 * for writing by anybody, root included; and an owner_only row refuses everybody
 * but the owner of the process (at the top: the user who mounted) and root.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "permission.h"

unsigned permission_of_flags(int flags)
{
	switch (flags & O_ACCMODE) {
	case O_RDONLY: return MAY_READ;
	case O_WRONLY: return MAY_WRITE;
	default: return MAY_READ | MAY_WRITE;
	}
}

static bool groups_line_has(const char *line, gid_t gid)
{
	char *end;

	for (;;) {
		unsigned long group = strtoul(line, &end, 10);

		if (end == line)
			return false;
		if (group == gid)
			return true;
		line = end;
	}
}

/* Requests do not carry supplementary groups: the host's /proc has them. */
bool caller_in_group(const struct caller *caller, gid_t gid)
{
	char *path, *text = NULL;
	const char *line;
	bool found;

	if (caller->gid == gid)
		return true;
	if (caller->pid <= 0)
		return false;
	path = g_strdup_printf("/proc/%d/status", (int)caller->pid);
	g_file_get_contents(path, &text, NULL, NULL);
	line = text ? strstr(text, "\nGroups:") : NULL;
	found = line && groups_line_has(line + strlen("\nGroups:"), gid);
	g_free(text);
	g_free(path);
	return found;
}

static bool mode_allows(mode_t mode, unsigned shift, unsigned want)
{
	return (mode >> shift & want) == want;
}

bool permission_mode(const struct stat *st, const struct caller *caller, unsigned want)
{
	if (caller->uid == 0)
		return !(want & MAY_EXEC) || S_ISDIR(st->st_mode) || st->st_mode & 0111;
	if (caller->uid == st->st_uid)
		return mode_allows(st->st_mode, 6, want);
	if (mode_allows(st->st_mode, 3, want) == mode_allows(st->st_mode, 0, want))
		return mode_allows(st->st_mode, 0, want);
	return mode_allows(st->st_mode, caller_in_group(caller, st->st_gid) ? 3 : 0, want);
}

bool permission_process(const struct stat *st, uid_t uid, gid_t gid, unsigned want)
{
	unsigned shift = uid == st->st_uid ? 6 : gid == st->st_gid ? 3 : 0;

	return mode_allows(st->st_mode, shift, want);
}

bool permission_trusted(const struct aspacefs *fs, const struct caller *caller)
{
	return caller->uid == 0 || caller->uid == fs->uid;
}

int permission_node(struct aspacefs *fs, const struct node *node, const struct caller *caller,
		    unsigned want)
{
	struct stat st;

	node_stat(fs, node, &st);
	if (want & MAY_WRITE && !(st.st_mode & 0222))
		return -EACCES;
	if (node->row->owner_only && caller->uid != 0 && caller->uid != st.st_uid)
		return -EACCES;
	return permission_mode(&st, caller, want) ? 0 : -EACCES;
}

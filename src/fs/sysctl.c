/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/FOLDER/NAME: the tunables of mm/sysctl.c, whose rows are "FOLDER/NAME".  The number of an
 * entry is its enum sysctl; a value holds from the next command on.  Of several numbers in a file
 * the first may be written alone.
 */
#include <string.h>

#include "proc/value.h"
#include "sysctl.h"

#define SYSCTL_VALUES_MAX MAX_NR_ZONES /* numbers in a file */

/* What is behind "FOLDER/" in the tunable's path, when it is of folder @dir; or NULL. */
static const char *name_in(const struct node *dir, u32 index)
{
	const char *path = sysctl_table[index].path;
	size_t len = strlen(dir->row->name);

	return path && strncmp(path, dir->row->name, len) == 0 && path[len] == '/' ?
		       path + len + 1 :
		       NULL;
}

static bool sysctl_next(struct aspacefs *fs, const struct node *dir, u32 from, u32 *ret_index,
			char ret_name[NODE_NAME_MAX])
{
	while (from < NR_SYSCTLS && !name_in(dir, from))
		from++;
	if (from >= NR_SYSCTLS)
		return false;
	*ret_index = from;
	g_strlcpy(ret_name, name_in(dir, from), NODE_NAME_MAX);
	return true;
}

static bool sysctl_find(const struct node *dir, const char *name, u32 *ret_index)
{
	for (u32 i = 0; i < NR_SYSCTLS; i++) {
		const char *found = name_in(dir, i);

		*ret_index = i;
		if (found && strcmp(found, name) == 0)
			return true;
	}
	return false;
}

static int sysctl_show(struct aspacefs *fs, const struct node *node, GString *out)
{
	unsigned nr = sysctl_nr_values((enum sysctl)node->index);

	for (unsigned i = 0; i < nr; i++)
		g_string_append_printf(out, i ? "\t%u" : "%u",
				       sysctl_read(fs->m, (enum sysctl)(node->index + i)));
	g_string_append_c(out, '\n');
	return 0;
}

static int sysctl_store(struct aspacefs *fs, const struct node *node, const char *text, size_t len)
{
	enum sysctl s = (enum sysctl)node->index;
	s64 values[SYSCTL_VALUES_MAX];
	unsigned nr;
	int error = values_parse(text, len, values, sysctl_nr_values(s), &nr);

	return error ? error : sysctl_write_values(fs->m, s, values, nr);
}

static const struct node_row sysctl_row = {
	.name = "TUNABLE",
	.kind = NODE_TEXT,
	.mode = 0644,
	.show_node = sysctl_show,
	.store = sysctl_store,
};

const struct node_names sysctl_names = { &sysctl_row, sysctl_next, sysctl_find };

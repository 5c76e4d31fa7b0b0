/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of files in lines of text: a name may have any character, a line must stay one.
 */
#include "path.h"

#include <string.h>

void append_path(GString *out, const char *path, const char *escaped)
{
	for (size_t len; *path; path += len + 1) {
		len = strcspn(path, escaped);
		g_string_append_len(out, path, (gssize)len);
		if (!path[len])
			return;
		g_string_append_printf(out, "\\%03o", (unsigned char)path[len]);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers that users write to files.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

#define VALUE_MAX 64 /* longer is no number */

int values_parse(const char *text, size_t len, s64 *values, unsigned max, unsigned *ret_nr)
{
	char copy[VALUE_MAX + 1], *at = copy, *end;
	unsigned nr = 0;

	if (len > VALUE_MAX || memchr(text, '\0', len))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	for (g_strstrip(copy); *at && nr < max; at = end, nr++) {
		errno = 0;
		values[nr] = strtoll(at, &end, 0);
		if (errno || end == at || (*end && !g_ascii_isspace(*end)))
			return -EINVAL;
	}
	if (!nr || *at)
		return -EINVAL;
	*ret_nr = nr;
	return 0;
}

int value_parse(const char *text, size_t len, s64 *ret)
{
	unsigned nr;

	return values_parse(text, len, ret, 1, &nr);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers that users write to files.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

#define VALUE_MAX 64 /* longer is no number */

int value_parse(const char *text, size_t len, s64 *ret)
{
	char copy[VALUE_MAX + 1], *number, *end;
	s64 value;

	if (len > VALUE_MAX || memchr(text, '\0', len))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	number = g_strstrip(copy);
	errno = 0;
	value = strtoll(number, &end, 0);
	if (errno || end == number || *end)
		return -EINVAL;
	*ret = value;
	return 0;
}

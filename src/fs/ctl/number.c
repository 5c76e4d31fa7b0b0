/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers as C writes them.  A value that does not fit is an error and never wraps.
 */
#include <glib.h>
#include <string.h>

#include "number.h"

#define LIMIT (1ull << 45) /* digits and unit may not go beyond; all types end below */

static const char not_a_number[] = "is not a number";
static const char too_large[] = "is larger than 0xffffffff";

static unsigned base_of(const char **text)
{
	const char *t = *text;

	if (t[0] != '0' || !t[1] || strchr("KMG", t[1]))
		return 10;
	*text += t[1] == 'x' || t[1] == 'X' ? 2 : 1;
	return t[1] == 'x' || t[1] == 'X' ? 16 : 8;
}

/* Digits of @base from *text on; the value stops growing at LIMIT.  False: there are none. */
static bool digits(const char **text, unsigned base, u64 *ret)
{
	const char *start = *text;

	for (*ret = 0;; (*text)++) {
		int digit = g_ascii_xdigit_value(**text);

		if (digit < 0 || (unsigned)digit >= base)
			return *text > start;
		*ret = MIN(*ret * base + (unsigned)digit, LIMIT);
	}
}

static unsigned unit_shift(const char **text)
{
	static const char units[] = "KMG";
	const char *unit = **text ? strchr(units, **text) : NULL;

	if (!unit)
		return 0;
	(*text)++;
	return 10 * (unsigned)(unit - units + 1);
}

const char *number_parse(const char *text, s64 *ret)
{
	bool negative = *text == '-';
	u64 value;
	unsigned shift;

	text += negative;
	if (!digits(&text, base_of(&text), &value))
		return not_a_number;
	shift = unit_shift(&text);
	if (*text)
		return not_a_number;
	value = value > LIMIT >> shift ? LIMIT : value << shift;
	if (value >= LIMIT)
		return negative ? "is less than -0x80000000" : too_large;
	*ret = negative ? -(s64)value : (s64)value;
	return NULL;
}

const char *number_parse_u32(const char *text, u32 *ret)
{
	s64 value;
	const char *wrong = number_parse(text, &value);

	if (!wrong && value > UINT32_MAX)
		wrong = too_large;
	if (!wrong && value < 0)
		wrong = "is negative";
	if (!wrong)
		*ret = (u32)value;
	return wrong;
}

const char *number_parse_u64(const char *text, u64 *ret)
{
	s64 value;
	const char *wrong = number_parse(text, &value);

	if (wrong == too_large)
		wrong = "is larger than any file";
	if (!wrong && value < 0)
		wrong = "is negative";
	if (!wrong)
		*ret = (u64)value;
	return wrong;
}

const char *number_parse_s32(const char *text, s32 *ret)
{
	s64 value;
	const char *wrong = number_parse(text, &value);

	if (!wrong && value > INT32_MAX)
		wrong = "is larger than 0x7fffffff";
	if (!wrong && value < INT32_MIN)
		wrong = "is less than -0x80000000";
	if (!wrong)
		*ret = (s32)value;
	return wrong;
}

bool number_fits(u32 value, bool negative, u32 bytes)
{
	u32 high = negative ? ~0u << (8 * bytes - 1) : ~0u << (8 * bytes - 1) << 1;

	return (value & high) == (negative ? high : 0);
}

bool number_as_hex(const char *text, u32 *ret)
{
	const char *at = text;
	u32 plain;
	u64 value;

	if (strlen(text) > 8 || !digits(&at, 16, &value) || *at)
		return false;
	if (!number_parse_u32(text, &plain) && plain == value)
		return false;
	*ret = (u32)value;
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers written by hand, for text that has thousands of lines.  Each function writes
 * at @p and returns the place behind; nothing ends with a zero byte.
 */
#pragma once

#include <string.h>

#include "arch/types.h"

/* Exactly @digits hex digits: those of the low end. */
static inline char *put_hex(char *p, u64 value, unsigned digits)
{
	for (unsigned i = digits; i-- > 0; value >>= 4)
		p[i] = "0123456789abcdef"[value & 15];
	return p + digits;
}

/* At least @digits hex digits, more where the value needs them. */
static inline char *put_hex_min(char *p, u64 value, unsigned digits)
{
	while (digits < 16 && value >> (4 * digits))
		digits++;
	return put_hex(p, value, digits);
}

static inline char *put_dec(char *p, u64 value)
{
	char digits[20];
	unsigned n = 0;

	do
		digits[n++] = (char)('0' + value % 10);
	while (value /= 10);
	while (n)
		*p++ = digits[--n];
	return p;
}

/* Exactly @digits decimal digits. */
static inline char *put_dec_fixed(char *p, u32 value, unsigned digits)
{
	for (unsigned i = digits; i-- > 0; value /= 10)
		p[i] = (char)('0' + value % 10);
	return p + digits;
}

static inline char *put_text(char *p, const char *text)
{
	size_t len = strlen(text);

	memcpy(p, text, len);
	return p + len;
}

/* Blanks up to column @column of the line that began at @line; none where it is behind. */
static inline char *put_blanks(char *p, const char *line, unsigned column)
{
	while (p < line + column)
		*p++ = ' ';
	return p;
}

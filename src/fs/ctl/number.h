/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers as C writes them, optionally with K, M or G behind.
 */
#pragma once

#include "arch/types.h"

/*
 * Read the whole of @text: decimal, 0x hexadecimal, 0 octal; one minus sign in front.
 * NULL with *ret, or what is wrong with it, to be put behind the text ("is not a number").
 * *ret is within (-2^45, 2^45).
 */
const char *number_parse(const char *text, s64 *ret);

/* The same for what a 32-bit program calls unsigned: 0 to 0xffffffff. */
const char *number_parse_u32(const char *text, u32 *ret);

/* The same for a place in a file. */
const char *number_parse_u64(const char *text, u64 *ret);

/* The same for a signed one. */
const char *number_parse_s32(const char *text, s32 *ret);

/* Has @value, written unsigned or as a negative number, at most so many bytes? */
bool number_fits(u32 value, bool negative, u32 bytes);

/* @text without 0x read as hexadecimal, as a hint; false: that is no other reading. */
bool number_as_hex(const char *text, u32 *ret);

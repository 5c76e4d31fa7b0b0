/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A number written to a file: decimal, 0x hex or 0 octal, blanks around it.
 */
#pragma once

#include "../node.h"

/* 0 or -EINVAL. */
int value_parse(const char *text, size_t len, s64 *ret);

/* Up to @max numbers with blanks between, one at least.  0 and how many, or -EINVAL. */
int values_parse(const char *text, size_t len, s64 *values, unsigned max, unsigned *ret_nr);

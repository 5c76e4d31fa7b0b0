/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of files in lines of text.
 */
#pragma once

#include <glib.h>

/* @path, with each character that @escaped has as a backslash and three octal digits. */
void append_path(GString *out, const char *path, const char *escaped);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words for bits: MAP_*, GFP_*, PROT_*, VM_*, and the names of errors.
 */
#pragma once

#include <glib.h>

#include "arch/types.h"

struct ctl_name {
	const char *word; /* NULL ends a table */
	u32 bits; /* of the last row, NAMES_OCTAL or 0: how numbers without 0x are read */
};

#define NAMES_OCTAL 8u

extern const struct ctl_name map_flag_names[];
extern const struct ctl_name gfp_names[];
extern const struct ctl_name vm_flag_names[];

/*
 * Words of @table, or numbers for the bits themselves, joined by commas.  NULL with *ret,
 * or a message that names the bad word and lists the known ones (g_free).
 */
char *names_parse(const struct ctl_name *table, const char *text, u32 *ret);

/* rwx with - for what is missing, or shorter, or the bits as a number.  As names_parse. */
char *prot_parse(const char *text, u32 *ret);

/* All words of @table; the words of @bits, and what is left of them as a number. */
void names_list(const struct ctl_name *table, GString *out);
void names_print(const struct ctl_name *table, u32 bits, GString *out);

/* "EINVAL"; @error is a -errno. */
const char *errno_name(int error);

/* A user's word as a reply may show it: printable, not long.  Lives until the next call. */
const char *shown(const char *word);

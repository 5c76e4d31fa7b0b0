/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of maps: smaps begins each region with it.
 */
#pragma once

#include "../aspacefs.h"

/* The name column, or NULL.  The string lives until the next call. */
const char *maps_name(struct aspacefs *fs, const struct vm_area_struct *vma);

void maps_print(struct aspacefs *fs, const struct vm_area_struct *vma, GString *out);

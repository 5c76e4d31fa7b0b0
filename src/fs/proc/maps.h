/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of maps: smaps begins each region with it.
 */
#pragma once

#include "../aspacefs.h"

void maps_print(struct aspacefs *fs, const struct vm_area_struct *vma, GString *out);

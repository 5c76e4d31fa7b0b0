/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of the out-of-memory killer's report, as Linux's log has them.
 */
#pragma once

#include <glib.h>

#include "mm/oom_report.h"

/* The whole report, each line begun by @head. */
void oom_report_print(const struct oom_report *r, const char *head, GString *out);

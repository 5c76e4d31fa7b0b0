/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way through do_page_fault in words, for fault and explain.
 */
#pragma once

#include <glib.h>

#include "arch/paging.h"
#include "mm/fault.h"

/*
 * One line for each question: @before it, the question, yes or no, the values looked at; entries
 * in the form of @pg.
 */
void trail_print(const struct paging *pg, const struct fault_trail *trail, const char *before,
		 GString *out);

/* A page fault's error code bit by bit: "0x6: a write in user mode, no page present". */
void error_code_print(u32 error_code, GString *out);

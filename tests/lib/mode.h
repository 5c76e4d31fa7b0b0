/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The form of paging that machines of tests have: two levels, or PAE when the environment has
 * ASPACEFS_TEST_PAE=1.  Each test is registered for both (tests/meson.build).  Tests that speak
 * of one form alone say so where they make their machine.
 */
#pragma once

#include <stdbool.h>
#include <stdlib.h>

static inline bool test_pae(void)
{
	const char *asked = getenv("ASPACEFS_TEST_PAE");

	return asked && *asked;
}

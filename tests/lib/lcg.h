/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers by chance, the same ones for the same seed: Knuth's linear congruential generator
 * (MMIX), of which the upper bits are good.
 */
#pragma once

#include "arch/types.h"

/* 31 bits. */
static inline u32 lcg_next(u64 *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(*state >> 33);
}

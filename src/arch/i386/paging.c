// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The two forms of paging as constants: how an address is cut up and which
 * bits of an entry must be zero.  Intel SDM vol. 3, "32-Bit Paging" and "PAE
 * Paging"; ULK ch. 2, "Regular Paging", "Extended Paging", "The Physical
 * Address Extension (PAE) Paging Mechanism".
 *
 *   two levels      directory 31:22   table 21:12   offset 11:0
 *                   directory 31:22   offset in 4 MiB 21:0
 *   PAE    top 31:30  directory 29:21   table 20:12   offset 11:0
 *          top 31:30  directory 29:21   offset in 2 MiB 20:0
 */
#include "arch/paging.h"

/* Bits @hi to @lo of an entry. */
#define BITS(hi, lo) ((~0ull >> (63 - (hi))) & (~0ull << (lo)))

/* Without PAT, its bit is reserved: 7 in a table's entry, 12 in a large page's. */
#define PAT BITS(7, 7)
#define PAT_LARGE BITS(12, 12)

/* What lies above the 36 bits of a physical address; bit 63 is NX. */
#define PAE_HIGH BITS(62, 36)

const struct paging paging_2level = {
	.pae = false,
	.levels = 2,
	.entry_size = 4,
	.dir_shift = 22,
	.entries = 1024,
	.reserved_pte = PAT,
	.reserved_large = BITS(21, 13) | PAT_LARGE,
	.reserved_dir = 0,
	.reserved_top = 0,
};

const struct paging paging_pae = {
	.pae = true,
	.levels = 3,
	.entry_size = 8,
	.dir_shift = 21,
	.entries = 512,
	.reserved_pte = PAE_HIGH | PAT,
	.reserved_large = PAE_HIGH | BITS(20, 13) | PAT_LARGE,
	.reserved_dir = PAE_HIGH,
	.reserved_top = BITS(63, 36) | BITS(8, 5) | BITS(2, 1),
};

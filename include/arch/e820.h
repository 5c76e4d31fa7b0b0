/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BIOS memory map (int 15h, E820): which physical addresses are RAM.
 * ULK ch. 2, "Physical Memory Layout".
 */
#pragma once

#include "arch/types.h"

enum e820_type {
	E820_RAM = 1,
	E820_RESERVED = 2,
};

struct e820_entry {
	paddr_t start;
	paddr_t end; /* exclusive */
	enum e820_type type;
	const char *name; /* as /proc/iomem prints it */
};

#define E820_MAX 8

struct e820_map {
	unsigned nr;
	struct e820_entry entry[E820_MAX]; /* ascending, not overlapping */
};

/*
 * The map of a PC with @ram_size bytes: RAM to 0x9fc00, then the EBDA, video
 * memory and ROMs up to 1 MiB, then RAM.  A machine with less than 2 MiB is a
 * unit test's and is RAM throughout.
 */
void e820_init(struct e820_map *map, u64 ram_size);

/* Is the whole frame usable RAM? */
bool e820_is_ram(const struct e820_map *map, pfn_t pfn);

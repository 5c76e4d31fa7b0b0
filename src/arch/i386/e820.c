// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The BIOS memory map of a PC.  ULK ch. 2, "Physical Memory Layout".
 *
 *   0        9fc00  a0000       c0000  c8000     f0000   100000          end
 *   | RAM      |EBDA|   video     | ROM |   hole   | BIOS  |      RAM      |
 *
 * There is no window for PCI devices below 4 GiB, as the machine has none:
 * RAM goes on from 1 MiB to its end without a break.
 */
#include <assert.h>

#include "arch/e820.h"

/* Below this, a machine is a unit test's: every frame counts, none is lost to a BIOS. */
#define E820_PC_MIN (2u << 20)
#define HIGH_MEMORY 0x100000u

static void add(struct e820_map *map, paddr_t start, paddr_t end, enum e820_type type,
		const char *name)
{
	assert(map->nr < E820_MAX);
	assert(start < end);
	assert(!map->nr || map->entry[map->nr - 1].end <= start);

	map->entry[map->nr++] = (struct e820_entry){ start, end, type, name };
}

void e820_init(struct e820_map *map, u64 ram_size)
{
	assert(ram_size && ram_size % PAGE_SIZE == 0);

	map->nr = 0;
	if (ram_size < E820_PC_MIN) {
		add(map, 0, ram_size, E820_RAM, "System RAM");
		return;
	}
	add(map, 0, 0x9fc00, E820_RAM, "System RAM");
	add(map, 0x9fc00, 0xa0000, E820_RESERVED, "Reserved");
	add(map, 0xa0000, 0xc0000, E820_RESERVED, "Video RAM area");
	add(map, 0xc0000, 0xc8000, E820_RESERVED, "Video ROM");
	add(map, 0xf0000, HIGH_MEMORY, E820_RESERVED, "System ROM");
	add(map, HIGH_MEMORY, ram_size, E820_RAM, "System RAM");
}

bool e820_is_ram(const struct e820_map *map, pfn_t pfn)
{
	paddr_t start = (paddr_t)pfn << PAGE_SHIFT;
	paddr_t end = start + PAGE_SIZE;

	for (unsigned i = 0; i < map->nr; i++) {
		const struct e820_entry *e = &map->entry[i];

		if (e->type == E820_RAM && e->start <= start && end <= e->end)
			return true;
	}
	return false;
}

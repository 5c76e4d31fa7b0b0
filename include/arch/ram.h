/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RAM: bytes by physical address.  Hardware does not know who owns a frame.
 *
 * The whole of RAM is one host mapping whose first byte lies on a 1 GiB
 * boundary of the host.  The host address of any byte of low memory, masked,
 * is therefore the base of its own RAM: references between kernel objects
 * rest on that (mm/kptr.h).  A few host pages in front of the base are the
 * caller's, for what must be found from a RAM address but is not RAM.
 */
#pragma once

#include "arch/types.h"

#define RAM_ALIGN (1ul << 30)

struct ram {
	u8 *base; /* host address of physical address 0; 1 GiB aligned */
	u64 size; /* bytes, a multiple of PAGE_SIZE */
	u64 front; /* bytes of host memory mapped before base */
};

/*
 * Map @size bytes of RAM, all zero, and @front bytes (a multiple of the host's
 * page size) before it.  Nothing is touched: host memory follows use.
 * Returns 0 or -ENOMEM (host).
 */
int ram_init(struct ram *ram, u64 size, size_t front);

/* Unmap all of it, the front included.  => @ram is a copy, not in the front. */
void ram_deinit(struct ram *ram);

/* The host address of physical address @pa.  => pa < ram->size */
static inline void *ram_at(const struct ram *ram, paddr_t pa)
{
	return ram->base + pa;
}

/*
 * Give whole 2 MiB blocks of [@pa, @pa + @len) back to the host.
 * They read as zero afterwards.  => both are multiples of 2 MiB
 */
void ram_discard(struct ram *ram, paddr_t pa, u64 len);

/*
 * Let the host back [@pa, @pa + @len) by its small pages, so that touching one
 * byte costs 4 KiB and not 2 MiB: for large arrays that are sparsely used.
 */
void ram_small_pages(struct ram *ram, paddr_t pa, u64 len);

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RAM: one private anonymous host mapping, which the host fills with zero
 * pages as they are touched.  ULK ch. 2, "Physical Memory Layout".
 *
 *   start      base - front     base (1 GiB aligned)        base + size
 *     | excess      |    front     |          RAM               | excess |
 *
 * The mapping is made with 1 GiB to spare, so that an aligned address lies in
 * it, and the excess goes back at once.  Anonymous memory, not a memfd: only
 * that gets huge pages on every host, and they make first touches cheap.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arch/ram.h"

#define HUGE_BLOCK (2ull << 20)

static u64 host_page_size(void)
{
	return (u64)sysconf(_SC_PAGESIZE);
}

static u64 round_up(u64 x, u64 to)
{
	return (x + to - 1) / to * to;
}

/* Bytes the mapping keeps from base on: RAM to the end of the last host page. */
static u64 mapped_size(const struct ram *ram)
{
	return round_up(ram->size, host_page_size());
}

static void give_back(u8 *from, u8 *to)
{
	if (from < to)
		munmap(from, (size_t)(to - from));
}

int ram_init(struct ram *ram, u64 size, size_t front)
{
	struct ram new = { .size = size, .front = front };
	u64 room;
	u8 *start;

	assert(size && size % PAGE_SIZE == 0);
	assert(front % host_page_size() == 0);

	if (__builtin_add_overflow(mapped_size(&new), front + RAM_ALIGN, &room))
		return -ENOMEM;
	start = mmap(NULL, room, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (start == MAP_FAILED)
		return -ENOMEM;

	new.base = start + (round_up((uintptr_t)start + front, RAM_ALIGN) - (uintptr_t)start);
	give_back(start, new.base - front);
	give_back(new.base + mapped_size(&new), start + room);
	if (size >= HUGE_BLOCK) /* advice: a host without huge pages is only slower */
		madvise(new.base, size, MADV_HUGEPAGE);
	*ram = new;
	return 0;
}

void ram_deinit(struct ram *ram)
{
	if (!ram->base)
		return;
	munmap(ram->base - ram->front, ram->front + mapped_size(ram));
	ram->base = NULL;
}

void ram_discard(struct ram *ram, paddr_t pa, u64 len)
{
	assert(pa % HUGE_BLOCK == 0 && len % HUGE_BLOCK == 0);
	assert(len <= ram->size && pa <= ram->size - len);

	/* Memory the host has locked cannot be given back, but must read as zero. */
	if (madvise(ram_at(ram, pa), len, MADV_DONTNEED) < 0)
		memset(ram_at(ram, pa), 0, len);
}

void ram_small_pages(struct ram *ram, paddr_t pa, u64 len)
{
	paddr_t end = (pa + len) / host_page_size() * host_page_size();

	assert(len <= ram->size && pa <= ram->size - len);

	pa = round_up(pa, host_page_size());
	if (pa < end)
		madvise(ram_at(ram, pa), end - pa, MADV_NOHUGEPAGE);
}

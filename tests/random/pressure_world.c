/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pressure test's machine and its disk: files in host memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pressure.h"

static struct backing *backing_of(void *data, u32 handle)
{
	struct world *w = data;

	return &w->backing[handle - 1];
}

static int disk_read(void *data, u32 handle, u64 pos, void *buf, u32 len)
{
	const struct backing *b = backing_of(data, handle);
	u64 there = pos < b->size ? b->size - pos : 0;

	if (there > len)
		there = len;
	memcpy(buf, b->bytes + (there ? pos : 0), there);
	memset((u8 *)buf + there, 0, len - there);
	return 0;
}

static int disk_write(void *data, u32 handle, u64 pos, const void *buf, u32 len)
{
	struct backing *b = backing_of(data, handle);

	if (pos + len > b->size) /* room was reserved, and no more is written than that */
		return -EIO;
	memcpy(b->bytes + pos, buf, len);
	return 0;
}

static int disk_reserve(void *data, u32 handle, u64 pos, u64 len)
{
	struct backing *b = backing_of(data, handle);

	if (pos + len > b->room)
		return -ENOSPC;
	if (pos + len > b->size)
		b->size = pos + len;
	return 0;
}

static int disk_truncate(void *data, u32 handle, u64 size)
{
	struct backing *b = backing_of(data, handle);

	if (size < b->size)
		memset(b->bytes + size, 0, b->size - size);
	b->size = size;
	return 0;
}

static int disk_punch(void *data, u32 handle, u64 pos, u64 len)
{
	struct backing *b = backing_of(data, handle);

	if (pos < b->size)
		memset(b->bytes + pos, 0, b->size - pos < len ? b->size - pos : len);
	return 0;
}

static int disk_swap_activate(void *data, u32 handle, u64 size)
{
	return size <= backing_of(data, handle)->size ? 0 : -EINVAL;
}

static int disk_swap_rw(void *data, u32 handle, u64 pos, void *const *pages, unsigned nr,
			bool write)
{
	struct backing *b = backing_of(data, handle);

	if (pos + (u64)nr * PAGE_SIZE > b->size)
		return -EIO;
	for (unsigned i = 0; i < nr; i++, pos += PAGE_SIZE)
		memcpy(write ? b->bytes + pos : pages[i], write ? pages[i] : b->bytes + pos,
		       PAGE_SIZE);
	return 0;
}

static const struct machine_ops disk_ops = {
	.read = disk_read,
	.write = disk_write,
	.reserve = disk_reserve,
	.truncate = disk_truncate,
	.punch = disk_punch,
	.swap_activate = disk_swap_activate,
	.swap_rw = disk_swap_rw,
};

static bool make_file(struct world *w, u32 i)
{
	w->backing[i] = (struct backing){ calloc(1, FILE_BYTES), 0, FILE_BYTES };
	w->file[i] = inode_new(w->m, AOPS_BACKED, 1, 1 + i, 0100644, 0, 1 + i);
	w->object[i] = model_object_new(&w->objects, 0);
	return w->backing[i].bytes && w->file[i];
}

/* As mkswap(8) writes it: version, last page, signature. */
static bool make_swap(struct world *w, u32 i, u32 pages)
{
	static const char magic[] = "SWAPSPACE2";
	struct backing *b = &w->backing[i];
	u32 version = 1, last = pages - 1;

	*b = (struct backing){ calloc(pages, PAGE_SIZE), pages * PAGE_SIZE, pages * PAGE_SIZE };
	if (!b->bytes)
		return false;
	memcpy(b->bytes + 1024, &version, 4);
	memcpy(b->bytes + 1028, &last, 4);
	memcpy(b->bytes + PAGE_SIZE - 10, magic, 10);
	w->file[i] = inode_new(w->m, AOPS_BACKED, 1, 1 + i, 0100600, b->size, 1 + i);
	return w->file[i];
}

bool world_start(struct world *w, u64 ram)
{
	struct machine_config config = {
		.ram = ram, .pae = getenv("ASPACEFS_TEST_PAE"), .ops = &disk_ops, .ops_data = w
	};
	u32 ram_pages = (u32)(ram >> PAGE_SHIFT);

	if (machine_new(&config, &w->m) || start_init(w->m, NULL, NULL, 0, 0))
		return false;
	/* A larger machine keeps its kswapd busy, too: of more than 16 MiB most is to be free. */
	if (sysctl_write(w->m, SYSCTL_MIN_FREE_KBYTES, (s64)((ram - (16u << 20)) >> 10) * 2 / 3))
		return false;
	for (u32 i = 0; i < FILES; i++)
		if (!make_file(w, i))
			return false;
	for (u32 i = 0; i < SWAPS; i++)
		if (!make_swap(w, FILES + i, ram_pages / 8 + random_below(w, ram_pages / 2)))
			return false;
	return true;
}

void world_end(struct world *w)
{
	for (u32 i = 0; i < PROCESSES; i++)
		process_gone(&w->process[i]);
	model_objects_free(w->objects);
	machine_free(w->m);
	for (u32 i = 0; i < FILES + SWAPS; i++)
		free(w->backing[i].bytes);
}

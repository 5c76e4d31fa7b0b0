/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps of the pressure test on files: read(2), write(2), truncation, sync(2).  They take the
 * machine's door for files as src/fs/files.c does.
 */
#include <errno.h>
#include <string.h>

#include "mm/filemap.h"
#include "mm/swap.h"
#include "mm/writeback.h"
#include "pressure.h"

#define CHUNK (256u << 10)

static u8 *chunk_buffer(void)
{
	static u8 buffer[CHUNK];

	return buffer;
}

/* Bytes read, -errno when there were none. */
static s64 read_at_door(struct world *w, u32 file, u64 pos, u8 *buf, u32 len)
{
	u32 done = 0;
	s64 n;

	do {
		oom_begin(w->m);
		n = generic_file_read(w->file[file], pos + done, buf + done, len - done);
		done += n > 0 ? (u32)n : 0;
	} while (done < len && out_of_memory(w->m, NULL));
	return done ? done : n;
}

static void compare_chunk(struct world *w, u32 file, u64 pos, u32 len)
{
	u8 *buf = chunk_buffer();
	u64 size = w->object[file]->size;
	u32 want = pos >= size ? 0 : size - pos < len ? (u32)(size - pos) : len;
	s64 n = read_at_door(w, file, pos, buf, len);

	if (n < 0) {
		if (!memory_ended(w, n))
			complain(w, "replied %lld", (long long)n);
	} else if ((u32)n > want || (u32)n < want) {
		/* Short for want of memory alone: then the next byte cannot be had either. */
		if ((u32)n > want || read_at_door(w, file, pos + (u64)n, buf + n, 1) != -ENOMEM)
			complain(w, "%lld bytes, not %u", (long long)n, want);
	}
	for (s64 i = 0; i < n && i < want; i++)
		if (buf[i] != w->object[file]->bytes[pos + (u64)i]) {
			complain(w, "file %u: wrong byte at %llx: %02x, not %02x", file,
				 (unsigned long long)pos + (unsigned long long)i, buf[i],
				 w->object[file]->bytes[pos + (u64)i]);
			return;
		}
}

void run_file_read(struct world *w, struct process *p)
{
	u32 file = random_below(w, FILES);
	u64 pos = random_below(w, FILE_BYTES);
	u32 len = 1 + random_below(w, random_below(w, 2) ? 5000 : CHUNK - 1);

	(void)p;
	STEP(w, "read %u bytes at %llx of file %u", len, (unsigned long long)pos, file);
	compare_chunk(w, file, pos, len);
}

void compare_file(struct world *w, u32 file)
{
	STEP(w, "compare file %u", file);
	for (u64 pos = 0; pos < w->object[file]->size && !w->failed; pos += CHUNK)
		compare_chunk(w, file, pos, CHUNK);
}

void run_file_write(struct world *w, struct process *p)
{
	struct model_object *o;
	u32 file = random_below(w, FILES), done = 0, word = random_below(w, 1u << 31);
	u32 len = 1 + random_below(w, random_below(w, 2) ? 5000 : CHUNK - 1);
	u64 pos = random_below(w, FILE_BYTES - len);
	u8 *buf = chunk_buffer();
	s64 n;

	(void)p;
	o = w->object[file];
	STEP(w, "write %u bytes at %llx of file %u", len, (unsigned long long)pos, file);
	for (u32 i = 0; i + 4 <= len; i += 4, word = word * 1664525 + 1013904223)
		memcpy(buf + i, &word, 4);
	do {
		oom_begin(w->m);
		n = generic_file_write(w->file[file], pos + done, buf + done, len - done);
		done += n > 0 ? (u32)n : 0;
	} while (done < len && out_of_memory(w->m, NULL));
	if (done < len && n < 0 && !memory_ended(w, n))
		complain(w, "replied %lld", (long long)n);
	memcpy(o->bytes + pos, buf, done);
	if (done && pos + done > o->size)
		o->size = pos + done;
}

/* Private copies of pages behind the end go, too. */
static void cut_copies(struct world *w, const struct model_object *o)
{
	for (u32 i = 0; i < PROCESSES; i++)
		for (u32 n = 0; n < WINDOW; n++) {
			struct model_page *page = &w->process[i].space.page[n], cut = *page;

			if (!page->mapped || page->object != o ||
			    page->offset < model_object_pages(o))
				continue;
			cut.own = cut.lazy = false;
			cut.content = NULL;
			model_forget(page);
			*page = cut;
		}
}

void run_truncate(struct world *w, struct process *p)
{
	u32 file = random_below(w, FILES);
	struct model_object *o = w->object[file];
	struct backing *b = &w->backing[file];
	u64 size = random_below(w, FILE_BYTES);

	(void)p;
	STEP(w, "truncate file %u to %llx", file, (unsigned long long)size);
	if (size < b->size)
		memset(b->bytes + size, 0, b->size - size);
	b->size = size;
	vmtruncate(w->file[file], size);
	if (size < o->size)
		memset(o->bytes + size, 0, o->size - size);
	o->size = size;
	cut_copies(w, o);
}

void run_sync(struct world *w, struct process *p)
{
	(void)p;
	STEP(w, "sync");
	if (sync_inodes(w->m))
		complain(w, "not all could be written");
	for (u32 i = 0; i < FILES; i++)
		if (w->backing[i].size != w->object[i]->size ||
		    memcmp(w->backing[i].bytes, w->object[i]->bytes, w->object[i]->size) != 0)
			complain(w, "file %u is not on the disk as it is", i);
}

/* ---- swap areas ---- */

static int change_area(struct world *w, u32 area, bool on)
{
	struct file *file = file_new(w->m, w->file[FILES + area], FMODE_READ | FMODE_WRITE, 0);
	enum swap_refusal why;
	int error;

	if (!file)
		return -ENOMEM;
	error = on ? sys_swapon(w->m, file, (s32)random_below(w, 3) - 1, &why) :
		     sys_swapoff(w->m, file, &why);
	fput(file);
	if (!error)
		w->swapped_on[area] = on;
	return error;
}

int swap_on(struct world *w, u32 area)
{
	int error;

	AT_DOOR(w, NULL, error, change_area(w, area, true));
	return error;
}

int swap_off(struct world *w, u32 area)
{
	int error;

	AT_DOOR(w, NULL, error, change_area(w, area, false));
	return error;
}

void run_swap(struct world *w, struct process *p)
{
	u32 area = random_below(w, SWAPS);
	bool on = w->swapped_on[area];
	int error;

	(void)p;
	if (on && random_below(w, 4))
		return;
	STEP(w, "swap%s %u", on ? "off" : "on", area);
	error = on ? swap_off(w, area) : swap_on(w, area);
	if (error && !memory_ended(w, error))
		complain(w, "replied %d", error);
}

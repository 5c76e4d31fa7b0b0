/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inode numbers are computed, not stored: 64 bits say which file it is, so that looking up
 * simulated files keeps no table.
 *
 *             63 62 61            32 31 30 29        8 7    0
 *   tree       0 0  generation (30)  0  0  pid (22)    row     a row of the tables
 *   region     0 1  pid (22)  start page (20)  end page (20)   one window of PID/regions
 *   files      1 0  handle (62)                                files/ and below (disk_node.h)
 *   named      1 1  row of the folder (8)  pid (22)  number (32)   struct node_names
 *
 * Invariants: the root folder is 1, FUSE's root; pack and unpack undo each other; a number
 * of the tree below 2^32 has bit 31 clear (the numbers that users see of files/ have it set).
 *
 * Two processes that had the same pid differ by the generation.  A region has no room for it:
 * who opens one keeps it in the open file.  A named entry has none either: what the kernel
 * remembers of it is asked for anew each time.
 */
#include <assert.h>

#include "node.h"

#define TAG_SHIFT 62
#define PID_BITS 22
#define PAGE_BITS 20

#define LOW(value, bits) ((u64)(value) & ((1ull << (bits)) - 1))

_Static_assert(PID_MAX_LIMIT <= 1 << PID_BITS, "a pid fits");
_Static_assert(TASK_SIZE >> PAGE_SHIFT < 1 << PAGE_BITS, "a page number fits");

static u64 pack_tree(const struct ino_parts *p)
{
	return LOW(p->generation, 30) << 32 | LOW(p->pid, PID_BITS) << 8 | p->row;
}

static u64 pack_region(const struct ino_parts *p)
{
	assert(p->start < p->end && p->end <= TASK_SIZE);
	return LOW(p->pid, PID_BITS) << 2 * PAGE_BITS | (u64)(p->start >> PAGE_SHIFT) << PAGE_BITS |
	       p->end >> PAGE_SHIFT;
}

static u64 pack_named(const struct ino_parts *p)
{
	return (u64)p->row << 54 | LOW(p->pid, PID_BITS) << 32 | p->index;
}

u64 ino_pack(const struct ino_parts *p)
{
	u64 tag = (u64)p->tag << TAG_SHIFT;

	assert(p->pid < 1 << PID_BITS);
	switch (p->tag) {
	case INO_TREE: return tag | pack_tree(p);
	case INO_REGION: return tag | pack_region(p);
	case INO_FILES: return tag | LOW(p->handle, TAG_SHIFT);
	case INO_NAMED: return tag | pack_named(p);
	}
	return 0;
}

void ino_unpack(u64 ino, struct ino_parts *ret)
{
	*ret = (struct ino_parts){ .tag = (enum ino_tag)(ino >> TAG_SHIFT) };
	switch (ret->tag) {
	case INO_TREE:
		ret->row = (u8)ino;
		ret->pid = (u32)LOW(ino >> 8, PID_BITS);
		ret->generation = (u32)LOW(ino >> 32, 30);
		break;
	case INO_REGION:
		ret->pid = (u32)LOW(ino >> 2 * PAGE_BITS, PID_BITS);
		ret->start = (u32)LOW(ino >> PAGE_BITS, PAGE_BITS) << PAGE_SHIFT;
		ret->end = (u32)LOW(ino, PAGE_BITS) << PAGE_SHIFT;
		break;
	case INO_FILES: ret->handle = LOW(ino, TAG_SHIFT); break;
	case INO_NAMED:
		ret->row = (u8)(ino >> 54);
		ret->pid = (u32)LOW(ino >> 32, PID_BITS);
		ret->index = (u32)ino;
		break;
	}
}

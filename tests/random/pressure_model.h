/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What processes and files must hold, byte by byte, on the host: the judge of the pressure test.
 *
 * An object is a file or shared memory: its bytes, and its size.  A page of a process shows a page
 * of an object, zeros, or, where it is private and was written, a content of its own.  Processes
 * that were forked share contents until one writes.
 */
#pragma once

#include "arch/types.h"
#include "mm/kptr.h"

#define WINDOW 2048u /* pages of a process that the model knows */
#define OBJECT_PAGES_MAX 512u

struct model_content {
	unsigned users;
	u8 bytes[4096];
};

struct model_object {
	struct model_object *next; /* all, to free them at the end */
	u8 *bytes; /* OBJECT_PAGES_MAX pages */
	u64 size;
};

struct model_page {
	bool mapped, shared;
	bool own; /* private and written */
	bool lazy; /* given up by MADV_FREE: its bytes, or zeros */
	u32 prot;
	struct model_content *content; /* own: NULL is zeros */
	struct model_object *object; /* NULL: anonymous */
	u32 offset; /* page of the object */
};

struct model_space {
	struct model_page page[WINDOW];
};

struct model_object *model_object_new(struct model_object **all, u64 size);
void model_objects_free(struct model_object *all);

/* Pages of an object that are inside its size. */
static inline u32 model_object_pages(const struct model_object *o)
{
	return (u32)((o->size + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

/* No longer mapped. */
void model_forget(struct model_page *p);
void model_forget_all(struct model_space *s);

/* What page @p reads as, without regard to rights. */
const u8 *model_bytes(const struct model_page *p);

/* Bytes [@off, @off + @len) of the page are written. */
void model_write(struct model_page *p, u32 off, const u8 *bytes, u32 len);

/* What an access to the page must answer, memory left aside: 0 or -errno. */
int model_error(const struct model_page *p, bool write);

/* Do the bytes match what the page may read as?  A lazy one is known better afterwards. */
bool model_matches(struct model_page *p, u32 off, const u8 *bytes, u32 len);

/* fork: the same pages, private ones shared until written. */
void model_copy(struct model_space *to, const struct model_space *from);

/* The page moves: @from is no longer mapped. */
void model_move(struct model_page *to, struct model_page *from);

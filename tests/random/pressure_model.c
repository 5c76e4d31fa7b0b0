/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mm/mman.h"
#include "pressure_model.h"

static const u8 zeros[PAGE_SIZE];

static void *must_have(void *p)
{
	if (!p)
		abort();
	return p;
}

struct model_object *model_object_new(struct model_object **all, u64 size)
{
	struct model_object *o = must_have(calloc(1, sizeof(*o)));

	o->bytes = must_have(calloc(OBJECT_PAGES_MAX, PAGE_SIZE));
	o->size = size;
	o->next = *all;
	return *all = o;
}

void model_objects_free(struct model_object *all)
{
	while (all) {
		struct model_object *next = all->next;

		free(all->bytes);
		free(all);
		all = next;
	}
}

static void content_put(struct model_content *c)
{
	if (c && --c->users == 0)
		free(c);
}

void model_forget(struct model_page *p)
{
	content_put(p->content);
	*p = (struct model_page){ 0 };
}

void model_forget_all(struct model_space *s)
{
	for (u32 i = 0; i < WINDOW; i++)
		model_forget(&s->page[i]);
}

const u8 *model_bytes(const struct model_page *p)
{
	if (p->own || !p->object)
		return p->content ? p->content->bytes : zeros;
	return p->object->bytes + (size_t)p->offset * PAGE_SIZE;
}

/* Bytes of its own that nobody shares. */
static u8 *private_bytes(struct model_page *p)
{
	struct model_content *c = p->content;

	if (!c || c->users > 1) {
		c = must_have(malloc(sizeof(*c)));
		c->users = 1;
		memcpy(c->bytes, model_bytes(p), PAGE_SIZE);
		content_put(p->content);
		p->content = c;
	}
	p->own = true;
	return c->bytes;
}

void model_write(struct model_page *p, u32 off, const u8 *bytes, u32 len)
{
	u8 *to = p->shared ? p->object->bytes + (size_t)p->offset * PAGE_SIZE : private_bytes(p);

	memcpy(to + off, bytes, len);
}

int model_error(const struct model_page *p, bool write)
{
	if (!p->mapped)
		return -EFAULT;
	if (!(p->prot & (write ? PROT_WRITE : PROT_READ | PROT_WRITE | PROT_EXEC)))
		return -EACCES;
	return p->object && p->offset >= model_object_pages(p->object) ? -EIO : 0;
}

bool model_matches(struct model_page *p, u32 off, const u8 *bytes, u32 len)
{
	if (memcmp(model_bytes(p) + off, bytes, len) == 0)
		return true;
	if (!p->lazy || memcmp(zeros, bytes, len) != 0)
		return false;
	content_put(p->content);
	p->content = NULL;
	p->lazy = false;
	return true;
}

void model_copy(struct model_space *to, const struct model_space *from)
{
	*to = *from;
	for (u32 i = 0; i < WINDOW; i++)
		if (to->page[i].content)
			to->page[i].content->users++;
}

void model_move(struct model_page *to, struct model_page *from)
{
	model_forget(to);
	*to = *from;
	*from = (struct model_page){ 0 };
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the root ctl gave out.  ULK has no such thing: there, those who ask for frames are
 * part of the kernel and are trusted.  Here a shell asks, so what it may free and write is
 * remembered.
 *
 * Handouts lie in a tree by address; they do not overlap.  Frames given out have
 * PG_handout, those of vmalloc too; vmap's stay their owner's.  Linear addresses of vmalloc and
 * vmap are kept apart from physical ones.
 *
 * Invariant (handout_validate): every frame of a HANDOUT_PAGES has PG_handout.
 */
#include <assert.h>

#include "mm/check.h"
#include "mm/handout.h"
#include "mm/machine.h"
#include "mm/vmalloc.h"

static struct handout *handout_of(struct rb_node *rb)
{
	return rb_entry(rb, struct handout, rb);
}

static bool is_linear(u8 kind)
{
	return kind == HANDOUT_VMALLOC || kind == HANDOUT_VMAP;
}

/* Where in the tree: all physical ones, then the linear ones. */
static u64 key(enum handout_kind kind, u64 start)
{
	return start | (u64)is_linear(kind) << 63;
}

static u64 handout_key(const struct handout *h)
{
	return key(h->kind, h->start);
}

/* The frame at @at of a handout, which may be none. */
static struct page *handout_page(struct machine *m, const struct handout *h, u64 at)
{
	if (h->kind == HANDOUT_PAGES)
		return pfn_to_page(m, (pfn_t)(at >> PAGE_SHIFT));
	return vmalloc_to_page(m, (u32)at);
}

static void mark_frames(struct machine *m, const struct handout *h, bool handed_out)
{
	if (h->kind != HANDOUT_PAGES && h->kind != HANDOUT_VMALLOC)
		return;
	for (u64 at = h->start; at < h->end; at += PAGE_SIZE) {
		struct page *page = handout_page(m, h, at);

		if (!page)
			continue;
		if (handed_out)
			SetPageHandout(page);
		else
			ClearPageHandout(page);
	}
}

struct handout *handout_add(struct machine *m, enum handout_kind kind, u64 start, u64 end)
{
	struct rb_root *root = &m->k->handouts;
	struct rb_node *parent = NULL, *rb = rb_root_node(root);
	kva_t *link = &root->node;
	struct handout *h;

	assert(start < end);
	h = kmem_cache_alloc(kernel_cache(m, CACHE_HANDOUT), GFP_KERNEL | __GFP_ZERO);
	if (!h)
		return NULL;
	h->start = start;
	h->end = end;
	h->kind = kind;
	while (rb) {
		parent = rb;
		link = handout_key(h) < handout_key(handout_of(rb)) ? &rb->left : &rb->right;
		rb = kva_ptr(root, *link);
	}
	rb_insert(root, &h->rb, parent, link, NULL);
	mark_frames(m, h, true);
	return h;
}

struct handout *handout_find(struct machine *m, u64 pa)
{
	struct rb_node *rb = rb_root_node(&m->k->handouts);

	while (rb) {
		struct handout *h = handout_of(rb);

		if (is_linear(h->kind) || pa < h->start)
			rb = rb_left(rb);
		else if (pa >= h->end)
			rb = rb_right(rb);
		else
			return h;
	}
	return NULL;
}

struct handout *handout_find_linear(struct machine *m, u32 addr)
{
	struct rb_node *rb = rb_root_node(&m->k->handouts);

	while (rb) {
		struct handout *h = handout_of(rb);

		if (is_linear(h->kind) && addr < h->start)
			rb = rb_left(rb);
		else if (!is_linear(h->kind) || addr >= h->end)
			rb = rb_right(rb);
		else
			return h;
	}
	return NULL;
}

void handout_remove(struct machine *m, struct handout *h)
{
	mark_frames(m, h, false);
	rb_erase(&m->k->handouts, &h->rb, NULL);
	kmem_cache_free(kernel_cache(m, CACHE_HANDOUT), h);
}

bool physical_write_allowed(struct machine *m, u64 pa)
{
	const struct page *page;

	if (pa >= (u64)m->k->nr_frames << PAGE_SHIFT)
		return false;
	page = pfn_to_page(m, (pfn_t)(pa >> PAGE_SHIFT));
	if (PageHandout(page))
		return true;
	if (PageSlab(page)) /* tail frames of a slab have no count */
		return handout_find(m, pa);
	return page_count(page) && page->mapping && !PageReserved(page) && !PageTable(page);
}

void handout_validate(struct machine *m, struct check *c)
{
	const char *wrong = rb_validate(&m->k->handouts, NULL, NULL, NULL);
	u64 last = 0;

	check_that(c, !wrong, "handouts: %s", wrong);
	if (wrong)
		return;
	for (struct rb_node *rb = rb_first(&m->k->handouts); rb; rb = rb_next(rb)) {
		const struct handout *h = handout_of(rb);
		u64 end = h->kind == HANDOUT_PAGES ? h->end : 0;

		check_that(c, h->start < h->end && handout_key(h) >= last,
			   "handout at %#llx overlaps another", (unsigned long long)h->start);
		last = key(h->kind, h->end);
		for (u64 pa = h->start; pa < end; pa += PAGE_SIZE)
			check_that(c, PageHandout(pfn_to_page(m, (pfn_t)(pa >> PAGE_SHIFT))),
				   "frame %#llx: handed out without PG_handout",
				   (unsigned long long)pa >> PAGE_SHIFT);
	}
}

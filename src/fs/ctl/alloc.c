/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page frames and kmalloc for the user of the root ctl.  What is given out is noted
 * (mm/handout.h), and only that is taken back.  ULK ch. 8, "The Zoned Page Frame Allocator".
 */
#include <errno.h>

#include "alloc.h"
#include "mm/page_alloc.h"

struct handout *hand_out(struct ctl_call *call, enum handout_kind kind, u64 pa, u64 len)
{
	struct handout *h = handout_add(call->m, kind, pa, pa + len);

	if (!h)
		ctl_fail(call, -ENOMEM, "no memory is left");
	return h;
}

struct handout *handed_out(struct ctl_call *call, enum handout_kind kind, u64 pa, const char *word)
{
	struct handout *h = handout_find(call->m, pa);

	if (h && h->kind == kind && h->start == pa)
		return h;
	ctl_fail(call, -EINVAL, "%s was not handed out by this command's allocator", shown(word));
	return NULL;
}

u64 direct_pa(const struct ctl_call *call, u32 addr)
{
	return addr >= PAGE_OFFSET ? addr - PAGE_OFFSET : UINT64_MAX;
}

int gfp_argument(struct ctl_call *call, unsigned arg, bool direct, gfp_t *ret)
{
	gfp_t gfp = call->arg[arg].text ? call->arg[arg].value : GFP_KERNEL;

	if (direct && gfp & __GFP_HIGHMEM)
		return ctl_fail(call, -EINVAL, "high memory has no kernel address");
	*ret = gfp;
	return 0;
}

/* ---- frames ---- */

static int check_order(struct ctl_call *call, u32 order)
{
	if (order < MAX_ORDER)
		return 0;
	return ctl_fail(call, -EINVAL, "ORDER is above %u", MAX_ORDER - 1);
}

/* Note the block; on failure it is free again. */
static int give_pages(struct ctl_call *call, struct page *page, u32 order)
{
	struct handout *h;

	if (!page)
		return -ENOMEM;
	h = hand_out(call, HANDOUT_PAGES, (u64)page_to_pfn(page) << PAGE_SHIFT,
		     (u64)PAGE_SIZE << order);
	if (!h) {
		__free_pages(page, order);
		return -ENOMEM;
	}
	h->order = (u8)order;
	return 0;
}

static int ctl_alloc_pages(struct ctl_call *call)
{
	u32 order = call->arg[0].value;
	struct page *page;
	gfp_t gfp;
	int error = check_order(call, order);

	if (error)
		return error;
	gfp_argument(call, 1, false, &gfp);
	page = alloc_pages(call->m, gfp, order);
	error = give_pages(call, page, order);
	if (!error)
		g_string_printf(call->reply, "0x%05x", page_to_pfn(page));
	return error;
}

/* Frames by the kernel address @addr that an allocator gave. */
static int give_address(struct ctl_call *call, kva_t addr, u32 order)
{
	int error;

	if (!addr)
		return -ENOMEM;
	error = give_pages(call, pfn_to_page(call->m, (addr - PAGE_OFFSET) >> PAGE_SHIFT), order);
	if (!error)
		g_string_printf(call->reply, "0x%08x", addr);
	return error;
}

static int ctl_get_free_pages(struct ctl_call *call)
{
	u32 order = call->arg[0].value;
	gfp_t gfp;
	int error = check_order(call, order);

	if (!error)
		error = gfp_argument(call, 1, true, &gfp);
	return error ? error : give_address(call, __get_free_pages(call->m, gfp, order), order);
}

static int ctl_get_dma_pages(struct ctl_call *call)
{
	u32 order = call->arg[0].value;
	gfp_t gfp;
	int error = check_order(call, order);

	if (!error)
		error = gfp_argument(call, 1, true, &gfp);
	return error ? error : give_address(call, __get_dma_pages(call->m, gfp, order), order);
}

static int ctl_get_zeroed_page(struct ctl_call *call)
{
	gfp_t gfp;
	int error = gfp_argument(call, 0, true, &gfp);

	return error ? error : give_address(call, get_zeroed_page(call->m, gfp), 0);
}

static int take_pages(struct ctl_call *call, u64 pa)
{
	u32 order = call->arg[1].value;
	struct handout *h = handed_out(call, HANDOUT_PAGES, pa, call->arg[0].text);

	if (!h)
		return -EINVAL;
	if (h->order != order)
		return ctl_fail(call, -EINVAL, "it was handed out with order %u", h->order);
	handout_remove(call->m, h);
	__free_pages(pfn_to_page(call->m, (pfn_t)(pa >> PAGE_SHIFT)), order);
	return 0;
}

static int ctl___free_pages(struct ctl_call *call)
{
	return take_pages(call, (u64)call->arg[0].value << PAGE_SHIFT);
}

static int ctl_free_pages(struct ctl_call *call)
{
	return take_pages(call, direct_pa(call, call->arg[0].value));
}

/* ---- kmalloc ---- */

static int ctl_kmalloc(struct ctl_call *call)
{
	u32 size = call->arg[0].value;
	gfp_t gfp;
	void *p;
	int error = gfp_argument(call, 1, true, &gfp);

	if (error)
		return error;
	if (size == 0 || size > KMALLOC_MAX_SIZE)
		return ctl_fail(call, -EINVAL, "SIZE must be 1 to %u", KMALLOC_MAX_SIZE);
	p = kmalloc(call->m, size, gfp);
	if (!p)
		return -ENOMEM;
	if (!hand_out(call, HANDOUT_KMALLOC, kva_of(p) - PAGE_OFFSET, ksize(p))) {
		kfree(p);
		return -ENOMEM;
	}
	g_string_printf(call->reply, "0x%08x", kva_of(p));
	return 0;
}

static int ctl_kfree(struct ctl_call *call)
{
	u64 pa = direct_pa(call, call->arg[0].value);
	struct handout *h = handed_out(call, HANDOUT_KMALLOC, pa, call->arg[0].text);

	if (!h)
		return -EINVAL;
	handout_remove(call->m, h);
	kfree(ram_at(&call->m->ram, pa));
	return 0;
}

static const char alloc_errors[] = "EINVAL ORDER above 10; high memory where an address is wanted\n"
				   "ENOMEM no block of this order is left for these GFP";
static const char free_errors[] = "EINVAL not handed out here, or with another ORDER";

/* clang-format off */
const struct ctl_command ctl_alloc_commands[] = {
	{ "alloc_pages", "ORDER [GFP]", ctl_alloc_pages, "2^ORDER frames -> the first one's number",
	  alloc_errors },
	{ "__free_pages", "PFN ORDER", ctl___free_pages, "give them back", free_errors },
	{ "__get_free_pages", "ORDER [GFP]", ctl_get_free_pages, "2^ORDER frames -> kernel address",
	  alloc_errors },
	{ "__get_dma_pages", "ORDER [GFP]", ctl_get_dma_pages, "the same from ZONE_DMA",
	  alloc_errors },
	{ "get_zeroed_page", "[GFP]", ctl_get_zeroed_page, "a frame of zeros -> kernel address",
	  alloc_errors },
	{ "free_pages", "ADDR ORDER", ctl_free_pages, "give them back", free_errors },
	{ "kmalloc", "SIZE [GFP]", ctl_kmalloc, "an object of a general cache -> kernel address",
	  "EINVAL SIZE is 0 or above 131072; high memory\n"
	  "ENOMEM no memory is left" },
	{ "kfree", "ADDR", ctl_kfree, "give it back", "EINVAL not handed out by kmalloc here" },
	{}
};
/* clang-format on */

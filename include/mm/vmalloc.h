/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Noncontiguous memory areas.  ULK ch. 8, "Noncontiguous Memory Area Management".
 */
#pragma once

#include "mm/gfp.h"
#include "mm/kptr.h"

struct machine;
struct page;
struct check;

#define VM_ALLOC 0x02u /* frames of its own: vmalloc */
#define VM_MAP 0x04u /* frames of others: vmap */

struct vm_struct {
	u32 addr; /* linear address of the first byte */
	u32 size; /* bytes, the guard page behind included */
	u32 flags; /* VM_ALLOC or VM_MAP */
	KPTR(u32) pages; /* VM_ALLOC: the frame numbers (ULK: addresses of descriptors) */
	u32 nr_pages;
	KPTR(struct vm_struct) next; /* by address */
};

/*
 * @size bytes, in whole pages, of frames that need not be contiguous: the linear address, or
 * 0: no frames, no room.  vmalloc_32 takes frames of low memory only.
 */
u32 vmalloc(struct machine *m, u32 size);
u32 vmalloc_32(struct machine *m, u32 size);

/* => @addr is what vmalloc returned */
void vfree(struct machine *m, u32 addr);

/* Map @nr frames in this order; they stay their owner's.  The linear address or 0. */
u32 vmap(struct machine *m, const pfn_t *pfns, u32 nr);

/* => @addr is what vmap returned */
void vunmap(struct machine *m, u32 addr);

/* The frame behind an address of the area, by the master tables, or NULL. */
struct page *vmalloc_to_page(const struct machine *m, u32 addr);

/* Where in memory shortage nothing fits: bytes used, guard pages included; the largest hole. */
void get_vmalloc_info(const struct machine *m, u32 *ret_used, u32 *ret_largest);

void vmalloc_validate(struct machine *m, struct check *c);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Noncontiguous memory areas.  ULK ch. 8, "Noncontiguous Memory Area Management".
 *
 *   VMALLOC_START                                                   VMALLOC_END
 *   | area 1 | guard |   hole   | area 2 | guard | area 3 | guard | ...
 *
 * Each area has a struct vm_struct; they are in a list by address, and each ends with a guard
 * page that is never mapped, so that running over the end faults.
 *
 * map_vm_area writes the master kernel page tables only.  A process's directory gets its
 * entry when the kernel, running for it, touches the area first: vmalloc_fault (fault.c).
 * Page tables of this part are never given back, so an entry copied once stays right, though
 * the area may be gone; its pages are then absent in the table that all share.
 *
 * Invariants (vmalloc_validate): the list ascends inside the limits; of each area every page
 * but the guard is mapped in the master tables, to its frames where they are its own; nothing
 * else is mapped there.
 */
#include <assert.h>

#include "mm/check.h"
#include "mm/kernel_layout.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/vmalloc.h"

/* ---- page tables ---- */

static void unmap_vm_area(struct machine *m, u32 addr, u32 end)
{
	struct mm_struct *init_mm = &m->k->init_mm;

	for (u32 at = addr; at < end; at += PAGE_SIZE) {
		void *ptep = pte_lookup(init_mm, at);

		if (ptep)
			set_pte(init_mm, ptep, (pte_t){ 0 });
	}
	flush_tlb_kernel_range(m, addr, end);
}

/* Map the frames from @addr on.  0, or -ENOMEM with what is done left to the caller. */
static int map_vm_area(struct machine *m, u32 addr, const pfn_t *pfns, u32 nr)
{
	for (u32 i = 0; i < nr; i++) {
		void *ptep = pte_alloc_kernel(m, addr + (i << PAGE_SHIFT));

		if (!ptep)
			return -1;
		set_pte(&m->k->init_mm, ptep, mk_pte(pfns[i], page_kernel(m)));
	}
	return 0;
}

struct page *vmalloc_to_page(const struct machine *m, u32 addr)
{
	const void *ptep;
	pte_t e;

	if (addr < vmalloc_start(m) || addr >= vmalloc_end(m))
		return NULL;
	ptep = pte_lookup(&m->k->init_mm, addr);
	e = ptep ? pte_get(m->paging, ptep) : (pte_t){ 0 };
	return e.v & PG_P ? pfn_to_page(m, pte_pfn(e)) : NULL;
}

/* ---- the list of areas ---- */

static struct vm_struct *first_area(const struct machine *m)
{
	return KGET(m->k->vmlist);
}

/* The area behind which @size bytes fit, NULL: before the first; false: nowhere. */
static bool find_hole(const struct machine *m, u32 size, struct vm_struct **ret_prev, u32 *ret_addr)
{
	struct vm_struct *prev = NULL, *next = first_area(m);
	u32 addr = vmalloc_start(m);

	for (; next && next->addr - addr < size; next = KGET(next->next)) {
		addr = next->addr + next->size;
		prev = next;
	}
	if (!next && (addr >= vmalloc_end(m) || vmalloc_end(m) - addr < size))
		return false;
	*ret_prev = prev;
	*ret_addr = addr;
	return true;
}

static void link_area(struct machine *m, struct vm_struct *area, struct vm_struct *prev)
{
	KSET(area->next, prev ? KGET(prev->next) : first_area(m));
	if (prev)
		KSET(prev->next, area);
	else
		KSET(m->k->vmlist, area);
}

/* Reserve linear addresses for @nr pages and the guard, or NULL. */
static struct vm_struct *get_vm_area(struct machine *m, u32 nr, u32 flags)
{
	u64 bytes = ((u64)nr + 1) << PAGE_SHIFT;
	struct vm_struct *area, *prev;
	u32 addr;

	if (bytes > UINT32_MAX || !find_hole(m, (u32)bytes, &prev, &addr))
		return NULL;
	area = kzalloc(m, sizeof(*area), GFP_KERNEL);
	if (!area)
		return NULL;
	area->addr = addr;
	area->size = (u32)bytes;
	area->flags = flags;
	link_area(m, area, prev);
	return area;
}

/* Take the area at @addr out of list and tables; its descriptor is the caller's then. */
static struct vm_struct *remove_vm_area(struct machine *m, u32 addr)
{
	struct vm_struct *prev = NULL, *area = first_area(m);

	for (; area && area->addr != addr; area = KGET(area->next))
		prev = area;
	assert(area);
	if (prev)
		KSET(prev->next, KGET(area->next));
	else
		KSET(m->k->vmlist, KGET(area->next));
	unmap_vm_area(m, addr, addr + area->size);
	return area;
}

/* ---- vmalloc ---- */

/* The array of frame numbers: ULK vmallocs a large one, here it is contiguous. */
static unsigned array_order(u32 nr)
{
	u32 frames = (u32)(PAGE_ALIGN((u64)nr * sizeof(u32)) >> PAGE_SHIFT);

	return frames > 1 ? 32 - (unsigned)__builtin_clz(frames - 1) : 0;
}

static u32 *alloc_array(struct machine *m, u32 nr)
{
	if (nr * sizeof(u32) <= KMALLOC_MAX_SIZE)
		return kzalloc(m, nr * (u32)sizeof(u32), GFP_KERNEL);
	return kva_ptr(m->k, __get_free_pages(m, GFP_KERNEL | __GFP_ZERO, array_order(nr)));
}

static void free_array(struct machine *m, u32 *pages, u32 nr)
{
	if (nr * sizeof(u32) <= KMALLOC_MAX_SIZE)
		kfree(pages);
	else
		free_pages(m, kva_of(pages), array_order(nr));
}

/* The frames of an area, as many as it got. */
static void free_frames(struct machine *m, struct vm_struct *area)
{
	u32 *pages = KGET(area->pages);

	if (!pages)
		return;
	for (u32 i = 0; i < area->nr_pages && pages[i]; i++)
		__free_page(pfn_to_page(m, pages[i]));
	free_array(m, pages, area->nr_pages);
}

static bool alloc_frames(struct machine *m, struct vm_struct *area, u32 nr, gfp_t gfp)
{
	u32 *pages = alloc_array(m, nr);

	if (!pages)
		return false;
	KSET(area->pages, pages);
	area->nr_pages = nr;
	for (u32 i = 0; i < nr; i++) {
		struct page *page = alloc_page(m, gfp);

		if (!page)
			return false;
		pages[i] = page_to_pfn(page);
	}
	return true;
}

static u32 __vmalloc(struct machine *m, u32 size, gfp_t gfp)
{
	u64 nr = PAGE_ALIGN(size) >> PAGE_SHIFT;
	struct vm_struct *area;

	if (!nr || nr > m->k->nr_frames)
		return 0;
	area = get_vm_area(m, (u32)nr, VM_ALLOC);
	if (!area)
		return 0;
	if (!alloc_frames(m, area, (u32)nr, gfp) ||
	    map_vm_area(m, area->addr, KGET(area->pages), (u32)nr)) {
		vfree(m, area->addr);
		return 0;
	}
	return area->addr;
}

u32 vmalloc(struct machine *m, u32 size)
{
	return __vmalloc(m, size, GFP_KERNEL | __GFP_HIGHMEM);
}

u32 vmalloc_32(struct machine *m, u32 size)
{
	return __vmalloc(m, size, GFP_KERNEL);
}

void vfree(struct machine *m, u32 addr)
{
	struct vm_struct *area = remove_vm_area(m, addr);

	free_frames(m, area);
	kfree(area);
}

/* ---- vmap ---- */

u32 vmap(struct machine *m, const pfn_t *pfns, u32 nr)
{
	struct vm_struct *area = nr && nr <= m->k->nr_frames ? get_vm_area(m, nr, VM_MAP) : NULL;

	if (!area)
		return 0;
	if (map_vm_area(m, area->addr, pfns, nr)) {
		vunmap(m, area->addr);
		return 0;
	}
	return area->addr;
}

void vunmap(struct machine *m, u32 addr)
{
	kfree(remove_vm_area(m, addr));
}

/* ---- looking ---- */

void get_vmalloc_info(const struct machine *m, u32 *ret_used, u32 *ret_largest)
{
	u32 at = vmalloc_start(m);

	*ret_used = *ret_largest = 0;
	for (const struct vm_struct *a = first_area(m);; a = KGET(a->next)) {
		u32 hole = (a ? a->addr : vmalloc_end(m)) - at;

		if (hole > *ret_largest)
			*ret_largest = hole;
		if (!a)
			return;
		*ret_used += a->size;
		at = a->addr + a->size;
	}
}

static void validate_frames(const struct machine *m, const struct vm_struct *area, struct check *c)
{
	u32 nr = (area->size >> PAGE_SHIFT) - 1;
	const u32 *pages = KGET(area->pages);

	check_that(c, (area->flags == VM_ALLOC) == !!pages, "vm_struct %08x: flags %x, pages %08x",
		   area->addr, area->flags, area->pages.va);
	for (u32 i = 0; i < nr; i++) {
		struct page *page = vmalloc_to_page(m, area->addr + (i << PAGE_SHIFT));

		check_that(c, page, "vm_struct %08x: page %u is not mapped", area->addr, i);
		if (!page || !pages)
			continue;
		check_that(c, page_to_pfn(page) == pages[i] && page_count(page) == 1,
			   "vm_struct %08x: page %u maps %05x, count %d", area->addr, i,
			   page_to_pfn(page), page_count(page));
	}
	check_that(c, !vmalloc_to_page(m, area->addr + (nr << PAGE_SHIFT)),
		   "vm_struct %08x: its guard page is mapped", area->addr);
}

/* Entries of all tables in the area, by the counts the tables keep. */
static u32 mapped_pages(const struct machine *m)
{
	struct pte_range r = { .end = vmalloc_start(m) };
	u32 used = 0;

	while (pte_range_next(&m->k->init_mm, &r, vmalloc_end(m)))
		used += r.table->private;
	return used;
}

void vmalloc_validate(struct machine *m, struct check *c)
{
	u32 at = vmalloc_start(m), end = vmalloc_end(m), pages = 0;

	for (const struct vm_struct *a = first_area(m); a; a = KGET(a->next)) {
		if (a->addr < at || a->size < 2 * PAGE_SIZE || a->addr > end ||
		    a->size > end - a->addr) {
			check_fail(c, "vm_struct %08x: not in order, or outside", a->addr);
			return;
		}
		validate_frames(m, a, c);
		pages += (a->size >> PAGE_SHIFT) - 1;
		at = a->addr + a->size;
	}
	check_that(c, mapped_pages(m) == pages, "vmalloc area: %u pages are mapped, areas have %u",
		   mapped_pages(m), pages);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a frame to all entries that show it, and how many they are.
 * ULK ch. 17, "Reverse Mapping for Anonymous Pages", "Reverse Mapping for Mapped Pages".
 *
 *	vma --anon_vma_chain--> link --> anon_vma (its own)
 *	    \-----------------> link --> anon_vma (its parent's, where it was forked)
 *
 *	page --mapping--> anon_vma --tree of links--> vma --index--> address --> entry
 *	page --mapping--> address_space --i_mmap----> vma --index--> address --> entry
 *
 * A page's mapping is the anon_vma of the region that first got it.  An anon_vma lives as long
 * as any link names it, so also after the process that made it is gone; a child may take over
 * one that nobody uses any more, so that generations of forks do not make the chain longer.
 *
 * A region is walked from when it has a vm_mm: a new one is linked before it takes its place.
 *
 * Invariants: a region with anon_vma has a link to it; the interval of a link is its region's;
 * page->_mapcount is the number of entries that hold the frame, and the walk finds all of
 * them (check.c).
 */
#include <assert.h>
#include <errno.h>

#include "mm/check.h"
#include "mm/filemap.h"
#include "mm/lru.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/writeback.h"

#include "fault_internal.h"

/* A new anon_vma, of a region forked from one that has @parent (NULL: from none). */
static struct anon_vma *anon_vma_new(struct machine *m, struct anon_vma *parent)
{
	struct anon_vma *av =
		kmem_cache_alloc(kernel_cache(m, CACHE_ANON_VMA), GFP_KERNEL | __GFP_ZERO);

	if (!av)
		return NULL;
	parent = parent ? parent : av;
	KSET(av->parent, parent);
	KSET(av->root, parent == av ? av : KGET(parent->root));
	parent->num_children++;
	return av;
}

static void anon_vma_free(struct anon_vma *av)
{
	kmem_cache_free(kernel_cache(machine_of(av), CACHE_ANON_VMA), av);
}

static bool is_unused(const struct anon_vma *av)
{
	return !av->rb_root.node;
}

/* Nothing was linked to it after all. */
static void anon_vma_drop_new(struct anon_vma *av)
{
	KGET(av->parent)->num_children--;
	anon_vma_free(av);
}

static void link_pages(struct anon_vma_chain *link)
{
	const struct vm_area_struct *vma = KGET(link->vma);

	link->pages.start = vma->vm_pgoff;
	link->pages.last = vma->vm_pgoff + vma_pages(vma) - 1;
	interval_tree_insert(&KGET(link->anon_vma)->rb_root, &link->pages);
}

static void unlink_pages(struct anon_vma_chain *link)
{
	interval_tree_remove(&KGET(link->anon_vma)->rb_root, &link->pages);
}

static bool chain_link(struct vm_area_struct *vma, struct anon_vma *av)
{
	struct machine *m = machine_of(vma);
	struct anon_vma_chain *link =
		kmem_cache_alloc(kernel_cache(m, CACHE_ANON_VMA_CHAIN), GFP_KERNEL);

	if (!link)
		return false;
	KSET(link->vma, vma);
	KSET(link->anon_vma, av);
	list_add(&link->same_vma, &vma->anon_vma_chain);
	link_pages(link);
	return true;
}

static void set_anon_vma(struct vm_area_struct *vma, struct anon_vma *av)
{
	struct anon_vma *old = KGET(vma->anon_vma);

	if (old)
		old->num_active_vmas--;
	if (av)
		av->num_active_vmas++;
	KSET(vma->anon_vma, av);
}

void unlink_anon_vmas(struct vm_area_struct *vma)
{
	struct kmem_cache *cache = kernel_cache(machine_of(vma), CACHE_ANON_VMA_CHAIN);
	struct anon_vma_chain *link;

	set_anon_vma(vma, NULL);
	/* All first leave their trees: a parent may stand before its child in the list. */
	list_for_each_entry(link, &vma->anon_vma_chain, same_vma) {
		struct anon_vma *av = KGET(link->anon_vma);

		unlink_pages(link);
		if (is_unused(av))
			KGET(av->parent)->num_children--;
	}
	while (!list_empty(&vma->anon_vma_chain)) {
		struct anon_vma *av;

		link = list_first_entry(&vma->anon_vma_chain, struct anon_vma_chain, same_vma);
		av = KGET(link->anon_vma);
		list_del(&link->same_vma);
		kmem_cache_free(cache, link);
		if (is_unused(av))
			anon_vma_free(av);
	}
}

void anon_vma_pre_update(struct vm_area_struct *vma)
{
	struct anon_vma_chain *link;

	list_for_each_entry(link, &vma->anon_vma_chain, same_vma)
		unlink_pages(link);
}

void anon_vma_post_update(struct vm_area_struct *vma)
{
	struct anon_vma_chain *link;

	list_for_each_entry(link, &vma->anon_vma_chain, same_vma)
		link_pages(link);
}

bool anon_vma_chain_singular(const struct vm_area_struct *vma)
{
	return !list_empty(&vma->anon_vma_chain) &&
	       vma->anon_vma_chain.next == vma->anon_vma_chain.prev;
}

static bool inherited(const struct vm_area_struct *vma)
{
	return vma && !KNULL(vma->anon_vma) && !anon_vma_chain_singular(vma);
}

bool anon_vma_compatible(const struct vm_area_struct *vma, const struct vm_area_struct *owner,
			 const struct anon_vma *anon_vma)
{
	if (KNULL(vma->anon_vma))
		return !anon_vma || !inherited(owner);
	return anon_vma ? KGET(vma->anon_vma) == anon_vma : !inherited(vma);
}

/* Might @a, right below @b, one day be one region with it, but for the access rights? */
static bool nearly_mergeable(const struct vm_area_struct *a, const struct vm_area_struct *b)
{
	return a->vm_end == b->vm_start && KGET(a->vm_file) == KGET(b->vm_file) &&
	       !((a->vm_flags ^ b->vm_flags) & ~VM_RWX) &&
	       b->vm_pgoff == a->vm_pgoff + vma_pages(a);
}

/* A neighbour's anon_vma, so that the two can still merge later. */
static struct anon_vma *find_mergeable_anon_vma(const struct vm_area_struct *vma)
{
	const struct vm_area_struct *next = KGET(vma->vm_next), *prev = KGET(vma->vm_prev);

	if (next && anon_vma_chain_singular(next) && nearly_mergeable(vma, next))
		return KGET(next->anon_vma);
	if (prev && anon_vma_chain_singular(prev) && nearly_mergeable(prev, vma))
		return KGET(prev->anon_vma);
	return NULL;
}

int anon_vma_prepare(struct vm_area_struct *vma)
{
	struct anon_vma *old, *av;

	if (likely(!KNULL(vma->anon_vma)))
		return 0;
	old = find_mergeable_anon_vma(vma);
	av = old ? old : anon_vma_new(machine_of(vma), NULL);
	if (!av)
		return -ENOMEM;
	if (!chain_link(vma, av)) {
		if (!old)
			anon_vma_drop_new(av);
		return -ENOMEM;
	}
	set_anon_vma(vma, av);
	return 0;
}

/* *ret_reusable (may be NULL): one of them that no region calls its own, with one child. */
static int clone_links(struct vm_area_struct *dst, struct vm_area_struct *src,
		       struct anon_vma **ret_reusable)
{
	struct anon_vma_chain *link;

	list_for_each_entry(link, &src->anon_vma_chain, same_vma) {
		struct anon_vma *av = KGET(link->anon_vma);

		if (!chain_link(dst, av)) {
			unlink_anon_vmas(dst);
			return -ENOMEM;
		}
		if (ret_reusable && !*ret_reusable && !av->num_active_vmas && av->num_children < 2)
			*ret_reusable = av;
	}
	return 0;
}

int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	int error = clone_links(dst, src, NULL);

	if (!error)
		set_anon_vma(dst, KGET(src->anon_vma));
	return error;
}

void anon_vma_hand_over(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct anon_vma *av = KGET(src->anon_vma);

	assert(list_empty(&dst->anon_vma_chain));
	while (!list_empty(&src->anon_vma_chain)) {
		struct anon_vma_chain *link =
			list_first_entry(&src->anon_vma_chain, struct anon_vma_chain, same_vma);

		unlink_pages(link);
		list_del(&link->same_vma);
		KSET(link->vma, dst);
		list_add_tail(&link->same_vma, &dst->anon_vma_chain);
		link_pages(link);
	}
	set_anon_vma(src, NULL);
	set_anon_vma(dst, av);
}

int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma)
{
	struct anon_vma *own = NULL;

	if (KNULL(pvma->anon_vma))
		return 0;
	if (clone_links(vma, pvma, &own))
		return -ENOMEM;
	if (!own) {
		/* Last: pages that the child alone gets are the child's alone. */
		own = anon_vma_new(machine_of(vma), KGET(pvma->anon_vma));
		if (!own || !chain_link(vma, own)) {
			if (own)
				anon_vma_drop_new(own);
			unlink_anon_vmas(vma);
			return -ENOMEM;
		}
	}
	set_anon_vma(vma, own);
	return 0;
}

/* What all links of @av say; once for each, when the first of them is looked at. */
static void links_validate(struct anon_vma *av, struct check *c)
{
	const char *bad = interval_tree_validate(&av->rb_root, NULL);
	struct rb_node *rb = rb_first(&av->rb_root);
	u32 active = 0;

	check_that(c, !bad, "anon_vma %08x: its links: %s", kva_of(av), bad);
	for (; rb && !bad; rb = rb_next(rb)) {
		const struct anon_vma_chain *link = rb_entry(rb, struct anon_vma_chain, pages.rb);

		check_that(c, KGET(link->anon_vma) == av, "anon_vma %08x: a link of another one",
			   kva_of(av));
		active += KGET(KGET(link->vma)->anon_vma) == av;
	}
	check_that(c, active == av->num_active_vmas,
		   "anon_vma %08x: num_active_vmas %u, links have %u", kva_of(av),
		   av->num_active_vmas, active);
}

void anon_vma_validate(struct vm_area_struct *vma, struct check *c)
{
	struct anon_vma *own = KGET(vma->anon_vma);
	struct anon_vma_chain *link;
	bool found = !own;

	list_for_each_entry(link, &vma->anon_vma_chain, same_vma) {
		struct anon_vma *av = KGET(link->anon_vma);

		check_that(c, KGET(link->vma) == vma, "vma %08x: a link of another region",
			   vma->vm_start);
		check_that(c,
			   link->pages.start == vma->vm_pgoff &&
				   link->pages.last == vma->vm_pgoff + vma_pages(vma) - 1,
			   "vma %08x: a link for pages %x to %x", vma->vm_start, link->pages.start,
			   link->pages.last);
		found |= av == own;
		if (rb_first(&av->rb_root) == &link->pages.rb)
			links_validate(av, c);
	}
	check_that(c, found, "vma %08x: no link to its anon_vma", vma->vm_start);
	check_that(c, own || list_empty(&vma->anon_vma_chain), "vma %08x: links but no anon_vma",
		   vma->vm_start);
}

/* ---- counts ---- */

static enum rss_kind rss_kind(const struct page *page)
{
	if (PageAnon(page))
		return MM_ANONPAGES;
	return PageSwapBacked(page) ? MM_SHMEMPAGES : MM_FILEPAGES;
}

/*
 * The anon_vma that a page gets with its first entry.  One that comes back from swap and may be
 * shared is the oldest ancestor's, which all who share it are linked to.
 */
static struct anon_vma *first_anon_vma(const struct page *page, const struct vm_area_struct *vma)
{
	struct anon_vma *av = KGET(vma->anon_vma);

	return PageSwapCache(page) && !PageAnonExclusive(page) ? KGET(av->root) : av;
}

void page_add_anon_rmap(struct page *page, struct vm_area_struct *vma, u32 addr)
{
	struct mm_struct *mm = KGET(vma->vm_mm);

	assert(!KNULL(vma->anon_vma));
	if (page->_mapcount++ == 0) {
		page->mapping = kva_of(first_anon_vma(page, vma)) | PAGE_MAPPING_ANON;
		page->index = linear_page_index(vma, addr);
		SetPageSwapBacked(page);
		mod_vm_stat(machine_of(mm), NR_ANON_PAGES, 1);
	}
	mm->rss_stat[MM_ANONPAGES]++;
	update_hiwater(mm);
	if (unlikely(vma->vm_flags & VM_LOCKED))
		mlock_vma_page(page);
}

void page_add_file_rmap(struct page *page, struct vm_area_struct *vma)
{
	struct mm_struct *mm = KGET(vma->vm_mm);

	if (page->_mapcount++ == 0)
		mod_vm_stat(machine_of(mm), NR_FILE_MAPPED, 1);
	mm->rss_stat[rss_kind(page)]++;
	update_hiwater(mm);
	if (unlikely(vma->vm_flags & VM_LOCKED))
		mlock_vma_page(page);
}

void page_remove_rmap(struct page *page, struct vm_area_struct *vma)
{
	struct mm_struct *mm = KGET(vma->vm_mm);

	assert(page->_mapcount > 0);
	mm->rss_stat[rss_kind(page)]--;
	if (--page->_mapcount == 0)
		mod_vm_stat(machine_of(mm), PageAnon(page) ? NR_ANON_PAGES : NR_FILE_MAPPED, -1);
	if (unlikely(vma->vm_flags & VM_LOCKED))
		munlock_vma_page(page);
}

void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma)
{
	page->mapping = kva_of(KGET(vma->anon_vma)) | PAGE_MAPPING_ANON;
	SetPageAnonExclusive(page);
}

/* ---- the walk ---- */

/* Does @vma show @page?  Then where: vma_address and page_check_address of ULK. */
static bool find_entry(const struct page *page, struct vm_area_struct *vma, struct rmap_entry *ret)
{
	struct mm_struct *mm = KGET(vma->vm_mm);

	if (!mm)
		return false;
	ret->vma = vma;
	ret->addr = vma->vm_start + ((page->index - vma->vm_pgoff) << PAGE_SHIFT);
	ret->ptep = pte_lookup(mm, ret->addr);
	if (!ret->ptep)
		return false;
	ret->pte = pte_get(machine_of(mm)->paging, ret->ptep);
	return pte_present(ret->pte) && pte_pfn(ret->pte) == page_to_pfn(page);
}

static struct rb_root *regions_of(const struct page *page)
{
	if (PageAnon(page)) {
		struct anon_vma *av = kva_ptr(page, page->mapping & ~PAGE_MAPPING_ANON);

		return &av->rb_root;
	}
	return &((struct address_space *)kva_ptr(page, page->mapping))->i_mmap;
}

static struct vm_area_struct *region_at(const struct page *page, struct interval_node *n)
{
	if (PageAnon(page))
		return KGET(container_of(n, struct anon_vma_chain, pages)->vma);
	return container_of(n, struct vm_area_struct, shared);
}

/* Until @max are found. */
static void walk(struct page *page, s32 max, rmap_one fn, void *arg)
{
	u32 index = page->index;
	struct interval_node *n = interval_tree_first(regions_of(page), index, index);

	for (; n && max > 0; n = interval_tree_next(n, index, index)) {
		struct rmap_entry entry;

		if (!find_entry(page, region_at(page, n), &entry))
			continue;
		if (!fn(page, &entry, arg))
			return;
		max--;
	}
}

void rmap_walk(struct page *page, rmap_one fn, void *arg)
{
	/* An anonymous page that nobody maps may name an anon_vma that is gone. */
	if (page_mapcount(page))
		walk(page, page_mapcount(page), fn, arg);
}

void anon_vma_walk(struct vm_area_struct *vma, u32 addr, anon_vma_fn fn, void *arg)
{
	struct anon_vma *root = KGET(KGET(vma->anon_vma)->root);
	u32 index = linear_page_index(vma, addr);
	struct interval_node *n = interval_tree_first(&root->rb_root, index, index);

	for (; n; n = interval_tree_next(n, index, index)) {
		struct vm_area_struct *other =
			KGET(container_of(n, struct anon_vma_chain, pages)->vma);
		u32 at = other->vm_start + ((index - other->vm_pgoff) << PAGE_SHIFT);
		void *ptep = KNULL(other->vm_mm) ? NULL : pte_lookup(KGET(other->vm_mm), at);

		if (ptep)
			fn(other, at, ptep, arg);
	}
}

static bool count_one(struct page *page, const struct rmap_entry *entry, void *arg)
{
	*(s32 *)arg += 1;
	return true;
}

void rmap_validate(struct page *page, struct check *c)
{
	s32 found = 0;

	if (!page_mapcount(page))
		return;
	if (!page->mapping) {
		check_fail(c, "frame %05x: mapped, but nobody's", page_to_pfn(page));
		return;
	}
	walk(page, INT32_MAX, count_one, &found);
	check_that(c, found == page_mapcount(page), "frame %05x: mapcount %d, rmap_walk finds %d",
		   page_to_pfn(page), page_mapcount(page), found);
}

static void replace_entry(const struct rmap_entry *entry, pte_t e)
{
	struct mm_struct *mm = KGET(entry->vma->vm_mm);

	set_pte(mm, entry->ptep, e);
	flush_tlb_page(mm, entry->addr);
}

struct referenced {
	u32 entries;
	u32 vm_flags;
};

static bool referenced_one(struct page *page, const struct rmap_entry *entry, void *arg)
{
	struct referenced *r = arg;

	r->vm_flags |= entry->vma->vm_flags & VM_LOCKED;
	if (!pte_young(entry->pte))
		return true;
	r->entries++;
	r->vm_flags |= entry->vma->vm_flags;
	replace_entry(entry, (pte_t){ entry->pte.v & ~(u64)PG_A });
	return true;
}

u32 page_referenced(struct page *page, u32 *ret_vm_flags)
{
	struct referenced r = { 0 };

	rmap_walk(page, referenced_one, &r);
	*ret_vm_flags = r.vm_flags;
	return r.entries;
}

/* Whether the page's bytes are still wanted when no entry leads to it. */
static bool may_forget(const struct page *page, const struct rmap_entry *entry)
{
	return !PageAnon(page) ||
	       (!PageSwapBacked(page) && !pte_dirty(entry->pte) && !PageDirty(page));
}

/* The entry names the page's slot from now on, and remembers whether it was alone. */
static void swap_out_entry(struct page *page, const struct rmap_entry *entry)
{
	swp_entry_t slot = { page->private };

	swap_duplicate(machine_of(page), slot);
	replace_entry(entry, swp_entry_to_pte(slot, PageAnonExclusive(page)));
	ClearPageAnonExclusive(page);
	KGET(entry->vma->vm_mm)->rss_stat[MM_SWAPENTS]++;
	if (pte_dirty(entry->pte))
		SetPageDirty(page);
}

static bool unmap_one(struct page *page, const struct rmap_entry *entry, void *arg)
{
	bool swap = PageAnon(page) && PageSwapCache(page);

	if (entry->vma->vm_flags & VM_LOCKED || !(swap || may_forget(page, entry)))
		return false;
	if (swap)
		swap_out_entry(page, entry);
	else
		replace_entry(entry, (pte_t){ 0 });
	if (!swap && pte_dirty(entry->pte))
		set_page_dirty(page);
	page_remove_rmap(page, entry->vma);
	put_page(page);
	return true;
}

bool try_to_unmap(struct page *page)
{
	assert(page_count(page) > page_mapcount(page));
	rmap_walk(page, unmap_one, NULL);
	return !page_mapcount(page);
}

static bool mkclean_one(struct page *page, const struct rmap_entry *entry, void *arg)
{
	if (entry->pte.v & (PG_RW | PG_D))
		replace_entry(entry, (pte_t){ entry->pte.v & ~(u64)(PG_RW | PG_D) });
	return true;
}

void page_mkclean(struct page *page)
{
	rmap_walk(page, mkclean_one, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which regions may show an anonymous frame, and how many entries do.
 * ULK ch. 17, "Reverse Mapping for Anonymous Pages".
 *
 *	vma --anon_vma_chain--> link --> anon_vma (its own)
 *	    \-----------------> link --> anon_vma (its parent's, where it was forked)
 *
 * A page's mapping is the anon_vma of the region that first got it.  An anon_vma lives as long
 * as any link names it, so also after the process that made it is gone.
 *
 * Invariants: a region with anon_vma has a link to it; page->_mapcount is the number of
 * entries that hold the frame (check.c).
 */
#include <assert.h>
#include <errno.h>

#include "mm/check.h"
#include "mm/machine.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"

static struct anon_vma *anon_vma_new(struct machine *m)
{
	struct anon_vma *av = kmem_cache_alloc(kernel_cache(m, CACHE_ANON_VMA), GFP_KERNEL);

	if (av)
		INIT_LIST_HEAD(&av->head);
	return av;
}

static void anon_vma_free_unused(struct anon_vma *av)
{
	if (list_empty(&av->head))
		kmem_cache_free(kernel_cache(machine_of(av), CACHE_ANON_VMA), av);
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
	list_add_tail(&link->same_anon_vma, &av->head);
	return true;
}

void unlink_anon_vmas(struct vm_area_struct *vma)
{
	struct kmem_cache *cache = kernel_cache(machine_of(vma), CACHE_ANON_VMA_CHAIN);

	while (!list_empty(&vma->anon_vma_chain)) {
		struct anon_vma_chain *link =
			list_first_entry(&vma->anon_vma_chain, struct anon_vma_chain, same_vma);
		struct anon_vma *av = KGET(link->anon_vma);

		list_del(&link->same_vma);
		list_del(&link->same_anon_vma);
		kmem_cache_free(cache, link);
		anon_vma_free_unused(av);
	}
	KSET(vma->anon_vma, NULL);
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
	struct anon_vma *av;

	if (likely(!KNULL(vma->anon_vma)))
		return 0;
	av = find_mergeable_anon_vma(vma);
	if (!av)
		av = anon_vma_new(machine_of(vma));
	if (!av)
		return -ENOMEM;
	if (!chain_link(vma, av)) {
		anon_vma_free_unused(av);
		return -ENOMEM;
	}
	KSET(vma->anon_vma, av);
	return 0;
}

static int clone_links(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct anon_vma_chain *link;

	list_for_each_entry(link, &src->anon_vma_chain, same_vma) {
		if (!chain_link(dst, KGET(link->anon_vma))) {
			unlink_anon_vmas(dst);
			return -ENOMEM;
		}
	}
	return 0;
}

int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	int error = clone_links(dst, src);

	if (!error)
		KSET(dst->anon_vma, KGET(src->anon_vma));
	return error;
}

int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma)
{
	if (KNULL(pvma->anon_vma))
		return 0;
	if (clone_links(vma, pvma))
		return -ENOMEM;
	/* Its own one last: pages that the child alone gets are the child's alone. */
	struct anon_vma *av = anon_vma_new(machine_of(vma));

	if (!av || !chain_link(vma, av)) {
		if (av)
			anon_vma_free_unused(av);
		unlink_anon_vmas(vma);
		return -ENOMEM;
	}
	KSET(vma->anon_vma, av);
	return 0;
}

void anon_vma_validate(struct vm_area_struct *vma, struct check *c)
{
	struct anon_vma *own = KGET(vma->anon_vma);
	struct anon_vma_chain *link;
	bool found = !own;

	list_for_each_entry(link, &vma->anon_vma_chain, same_vma) {
		check_that(c, KGET(link->vma) == vma, "vma %08x: a link of another region",
			   vma->vm_start);
		found |= KGET(link->anon_vma) == own;
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

void page_add_anon_rmap(struct page *page, struct vm_area_struct *vma, u32 addr)
{
	struct mm_struct *mm = KGET(vma->vm_mm);

	assert(!KNULL(vma->anon_vma));
	if (page->_mapcount++ == 0) {
		page->mapping = kva_of(KGET(vma->anon_vma)) | PAGE_MAPPING_ANON;
		page->index = ((addr - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff;
		SetPageSwapBacked(page);
		mod_vm_stat(machine_of(mm), NR_ANON_PAGES, 1);
	}
	mm->rss_stat[MM_ANONPAGES]++;
	update_hiwater(mm);
}

void page_add_file_rmap(struct page *page, struct mm_struct *mm)
{
	if (page->_mapcount++ == 0)
		mod_vm_stat(machine_of(mm), NR_FILE_MAPPED, 1);
	mm->rss_stat[rss_kind(page)]++;
	update_hiwater(mm);
}

void page_remove_rmap(struct page *page, struct mm_struct *mm)
{
	assert(page->_mapcount > 0);
	mm->rss_stat[rss_kind(page)]--;
	if (--page->_mapcount == 0)
		mod_vm_stat(machine_of(mm), PageAnon(page) ? NR_ANON_PAGES : NR_FILE_MAPPED, -1);
}

static void mkclean_one(struct vm_area_struct *vma, const struct page *page)
{
	struct mm_struct *mm = KGET(vma->vm_mm);
	u32 addr = vma->vm_start + ((page->index - vma->vm_pgoff) << PAGE_SHIFT);
	void *ptep = pte_lookup(mm, addr);
	pte_t e = ptep ? pte_get(machine_of(mm)->paging, ptep) : (pte_t){ 0 };

	if (!pte_present(e) || pte_pfn(e) != page_to_pfn(page) || !(e.v & (PG_RW | PG_D)))
		return;
	e.v &= ~(PG_RW | PG_D);
	set_pte(mm, ptep, e);
	flush_tlb_page(mm, addr);
}

void page_mkclean(struct page *page)
{
	struct address_space *mapping = kva_ptr(page, page->mapping);
	struct interval_node *n;

	n = interval_tree_first(&mapping->i_mmap, page->index, page->index);
	for (; n; n = interval_tree_next(n, page->index, page->index))
		mkclean_one(container_of(n, struct vm_area_struct, shared), page);
}

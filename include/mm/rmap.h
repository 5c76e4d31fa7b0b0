/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a frame to all page table entries that show it.  ULK ch. 17, "Reverse Mapping".
 *
 * A page of a file is found through the file's tree of regions, i_mmap.  An anonymous one
 * through its anon_vma.
 * today: a forked region has an anon_vma of its own and is linked to its ancestors' by
 * struct anon_vma_chain, where 2.6.11 puts parent and child on one list; the links of an
 * anon_vma are an interval tree by page offset, so that a walk costs what it finds.
 */
#pragma once

#include "arch/paging.h"
#include "mm/interval_tree.h"
#include "mm/list.h"
#include "mm/mm_struct.h"

struct anon_vma {
	struct rb_root rb_root; /* anon_vma_chain.pages */
	KPTR(struct anon_vma) root; /* the oldest ancestor, or itself */
	KPTR(struct anon_vma) parent; /* whose region was forked; the root's is itself */
	u32 num_children; /* anon_vmas whose parent this is, the root itself included */
	u32 num_active_vmas; /* regions whose anon_vma this is */
};

struct anon_vma_chain {
	KPTR(struct vm_area_struct) vma;
	KPTR(struct anon_vma) anon_vma;
	struct list_head same_vma;
	struct interval_node pages; /* of the region: vm_pgoff to its last */
};

/* The region is about to get its first private page.  0 or -ENOMEM. */
int anon_vma_prepare(struct vm_area_struct *vma);

/* @dst is a piece of @src (split, move): link it to all of @src's.  0 or -ENOMEM. */
int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src);

/* @dst, which has no anon_vma, gets all links of @src, which then has none. */
void anon_vma_hand_over(struct vm_area_struct *dst, struct vm_area_struct *src);

/* @vma is the child's copy of @pvma: clone, and an anon_vma of its own.  0 or -ENOMEM. */
int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma);

void unlink_anon_vmas(struct vm_area_struct *vma);

/* Start, end or offset of @vma are about to change, have changed: its links' intervals. */
void anon_vma_pre_update(struct vm_area_struct *vma);
void anon_vma_post_update(struct vm_area_struct *vma);

/*
 * May @vma grow over memory whose pages are @anon_vma's, of region @owner (NULL: nobody's yet)?
 * today: what a child inherited with pages joins nothing that has none.
 */
bool anon_vma_compatible(const struct vm_area_struct *vma, const struct vm_area_struct *owner,
			 const struct anon_vma *anon_vma);

/* One link only: not inherited by fork. */
bool anon_vma_chain_singular(const struct vm_area_struct *vma);

/* ---- how many entries lead to a frame ---- */

/*
 * One entry more of @vma leads to @page (at @addr), or one less: mapcount, rss, mlock.
 * => what leads there no more is not in its table any more
 */
void page_add_anon_rmap(struct page *page, struct vm_area_struct *vma, u32 addr);
void page_add_file_rmap(struct page *page, struct vm_area_struct *vma);
void page_remove_rmap(struct page *page, struct vm_area_struct *vma);

/* @page is @vma's alone now: its anon_vma is the region's own. */
void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma);

/* ---- from a frame to its entries ---- */

/* One entry that leads to a page. */
struct rmap_entry {
	struct vm_area_struct *vma;
	u32 addr;
	void *ptep;
	pte_t pte; /* present */
};

/* @arg is the walker's.  false: enough.  May change the entry, not regions or trees. */
typedef bool (*rmap_one)(struct page *page, const struct rmap_entry *entry, void *arg);

/* Call @fn for each entry that leads to @page, until all page_mapcount are found. */
void rmap_walk(struct page *page, rmap_one fn, void *arg);

/* @arg is the walker's.  May change the entry, not regions or trees. */
typedef void (*anon_vma_fn)(struct vm_area_struct *vma, u32 addr, void *ptep, void *arg);

/*
 * Call @fn for all entries that may show or hold in swap what @vma has at @addr: its own, and those
 * of its relations by fork.  => @vma has an anon_vma
 */
void anon_vma_walk(struct vm_area_struct *vma, u32 addr, anon_vma_fn fn, void *arg);

/* Does the walk find exactly page_mapcount entries? */
void rmap_validate(struct page *page, struct check *c);

/*
 * How many entries were used to reach @page since the last time: their Accessed bit is
 * cleared.  *ret_vm_flags: the flags of their regions, or'ed, and VM_LOCKED where any locks it.
 */
u32 page_referenced(struct page *page, u32 *ret_vm_flags);

/*
 * Take @page out of all page tables.  What entries know of its being dirty, the page knows
 * then.  Entries of an anonymous page of the swap cache name its slot instead.  true: no entry
 * is left; false: a region locks it, or it is anonymous, has no slot, and its bytes would be
 * lost (it may go without a trace only after MADV_FREE).
 * => the caller holds a reference that no entry counts
 */
bool try_to_unmap(struct page *page);

/* Make all shared entries that hold @page clean and read-only: the next store faults. */
void page_mkclean(struct page *page);

void anon_vma_validate(struct vm_area_struct *vma, struct check *c);

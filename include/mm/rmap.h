/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anonymous regions and their pages.  ULK ch. 17, "Reverse Mapping for Anonymous Pages".
 * today: a forked region has an anon_vma of its own and is linked to its ancestors' by
 * struct anon_vma_chain, where 2.6.11 puts parent and child on one list.
 */
#pragma once

#include "mm/list.h"
#include "mm/mm_struct.h"

struct anon_vma {
	struct list_head head; /* anon_vma_chain.same_anon_vma */
	s32 refcount; /* regions whose vm->anon_vma it is, and chain links */
};

struct anon_vma_chain {
	KPTR(struct vm_area_struct) vma;
	KPTR(struct anon_vma) anon_vma;
	struct list_head same_vma;
	struct list_head same_anon_vma;
};

/* The region is about to get its first private page.  0 or -ENOMEM. */
int anon_vma_prepare(struct vm_area_struct *vma);

/* @dst is a piece of @src (split, move): link it to all of @src's.  0 or -ENOMEM. */
int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src);

/* @vma is the child's copy of @pvma: clone, and an anon_vma of its own.  0 or -ENOMEM. */
int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma);

void unlink_anon_vmas(struct vm_area_struct *vma);

/* Make all shared entries that hold @page clean and read-only: the next store faults. */
void page_mkclean(struct page *page);

/*
 * May @vma grow over memory whose pages are @anon_vma's, of region @owner (NULL: nobody's yet)?
 * today: what a child inherited with pages joins nothing that has none.
 */
bool anon_vma_compatible(const struct vm_area_struct *vma, const struct vm_area_struct *owner,
			 const struct anon_vma *anon_vma);

/* One link only: not inherited by fork. */
bool anon_vma_chain_singular(const struct vm_area_struct *vma);

void anon_vma_validate(struct vm_area_struct *vma, struct check *c);

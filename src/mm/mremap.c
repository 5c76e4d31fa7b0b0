// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mremap: an interval changes its size or its place.  mremap(2); ULK ch. 9 table 9-1.
 *
 *	not fixed	smaller: munmap of the tail
 *			larger: in place when the room above is free, else moved with maymove
 *	fixed		what is at the new place goes, then the region moves there
 *	dontunmap	the pages move, the old region stays, empty
 *
 * Moving moves entries, not pages; where both places are aligned to a whole page table,
 * it moves the table.
 *
 * Every check that can be made before the target is unmapped is made before.  All that a
 * move takes is had before the first entry moves: the old part is made a region of its own, so
 * that it can be unmapped without a split; then the tables of the new place, then the new region.
 */
#include <errno.h>

#include "mm/lru.h"
#include "mm/machine.h"
#include "mm/pgtable.h"
#include "mm/shm.h"
#include "mm/rmap.h"

struct mremap_request {
	struct task_struct *task;
	struct mm_struct *mm;
	u32 addr, old_len, new_len; /* bytes, whole pages */
	u32 flags;
	u32 new_addr;
};

static bool implies_new_addr(const struct mremap_request *r)
{
	return r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP);
}

/* ---- moving entries ---- */

/* Take the whole table from one directory entry to another, empty one. */
static void move_table(struct mm_struct *mm, u32 from, u32 to)
{
	const struct paging *pg = machine_of(mm)->paging;
	void *src = dir_offset(mm, from), *dst = dir_offset(mm, to);

	pte_put(pg, dst, pte_get(pg, src));
	pte_put(pg, src, (pte_t){ 0 });
}

/* Is there an entry among the @nr at @ptep? */
static bool any_entry(const struct paging *pg, const u8 *ptep, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		if (!pte_none(pte_get(pg, ptep + i * pg->entry_size)))
			return true;
	return false;
}

/* Have the tables that the entries of one run will lie in when they are @shift higher. */
static int reserve_tables(struct mm_struct *mm, const struct pte_range *r, u32 shift)
{
	const struct paging *pg = machine_of(mm)->paging;
	u32 span = 1u << pg->dir_shift, stop;
	const u8 *src = r->ptep;

	for (u32 addr = r->addr; addr < r->end; addr = stop) {
		u32 nr;

		stop = ((addr + shift) | (span - 1)) + 1 - shift;
		if (stop > r->end || stop <= addr)
			stop = r->end;
		nr = (stop - addr) >> PAGE_SHIFT;
		if (any_entry(pg, src, nr) && !pte_alloc(mm, addr + shift))
			return -ENOMEM;
		src += nr * pg->entry_size;
	}
	return 0;
}

/* Can the run's whole table be hung into the directory at @target? */
static bool is_whole_table(struct mm_struct *mm, const struct pte_range *r, u32 target)
{
	const struct paging *pg = machine_of(mm)->paging;
	u32 span = 1u << pg->dir_shift;

	return r->end - r->addr == span && !(target & (span - 1)) &&
	       !(pte_get(pg, dir_offset(mm, target)).v & PG_P);
}

/* All tables that move_page_tables will need.  0, or -ENOMEM and there are none for nothing. */
static int reserve_page_tables(struct mm_struct *mm, u32 from, u32 to, u32 len)
{
	struct pte_range r = { .end = from };
	int error = 0;

	while (!error && pte_range_next(mm, &r, from + len))
		if (!is_whole_table(mm, &r, r.addr + (to - from)))
			error = reserve_tables(mm, &r, to - from);
	if (error)
		free_empty_pgtables(mm, to, to + len);
	return error;
}

/* Entries of one run of a table. => their new tables are there */
static void move_ptes(struct mm_struct *mm, struct pte_range *r, u32 shift)
{
	const struct paging *pg = machine_of(mm)->paging;
	u8 *src = r->ptep;

	for (; r->addr < r->end; r->addr += PAGE_SIZE, src += pg->entry_size) {
		pte_t e = pte_get(pg, src);

		if (pte_none(e))
			continue;
		set_pte(mm, pte_lookup(mm, r->addr + shift), e);
		set_pte(mm, src, (pte_t){ 0 });
	}
}

/* Move all entries of [from, +len) to @to. => reserve_page_tables */
static void move_page_tables(struct mm_struct *mm, u32 from, u32 to, u32 len)
{
	struct pte_range r = { .end = from };

	while (pte_range_next(mm, &r, from + len)) {
		u32 target = r.addr + (to - from);

		if (is_whole_table(mm, &r, target))
			move_table(mm, r.addr, target);
		else
			move_ptes(mm, &r, to - from);
	}
	flush_tlb_range(mm, from, from + len);
	flush_tlb_range(mm, to, to + len);
}

/* ---- moving a region ---- */

/* A region like @vma at another place, joined to its neighbours there where it can be. */
static struct vm_area_struct *copy_vma(struct vm_area_struct *vma, u32 addr, u32 len, pgoff_t pgoff)
{
	struct mm_struct *mm = KGET(vma->vm_mm);
	struct vm_area_struct *prev, *new, *merged;

	/* Nothing was written yet: the pages may as well be those of the new place. */
	if (KNULL(vma->vm_file) && KNULL(vma->anon_vma))
		pgoff = addr >> PAGE_SHIFT;
	new = new_vma(machine_of(mm), addr, addr + len, vma->vm_flags, KGET(vma->vm_file), pgoff);
	if (!new)
		return NULL;
	if (anon_vma_clone(new, vma)) {
		free_vma(new);
		return NULL;
	}
	find_vma_prev(mm, addr, &prev);
	merged = vma_merge_copy(mm, prev, addr, addr + len, vma, pgoff);
	if (!merged) {
		vma_link(mm, new, prev);
		return new;
	}
	/* Pages are about to come that belong to what the joined region may not know. */
	if (KNULL(merged->anon_vma))
		anon_vma_hand_over(merged, new);
	free_vma(new);
	return merged;
}

/* dontunmap: the old region is there as if never touched, and not locked. */
static void leave_old_region(struct mremap_request *r)
{
	struct vm_area_struct *vma = find_vma(r->mm, r->addr);

	if (vma->vm_flags & VM_LOCKED) {
		vma->vm_flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
		r->mm->locked_vm -= vma_pages(vma);
		munlock_vma_pages_range(vma, vma->vm_start, vma->vm_end);
	}
	if (vma->vm_start == r->addr && vma->vm_end == r->addr + r->old_len)
		unlink_anon_vmas(vma);
}

/* Where the part that moves was cut off its region. */
struct cuts {
	bool below, above;
};

/* Undo isolate_old. */
static void join_old(struct mm_struct *mm, struct vm_area_struct *vma, const struct cuts *cuts)
{
	if (cuts->above)
		unsplit_vma(mm, vma);
	if (cuts->below)
		unsplit_vma(mm, KGET(vma->vm_prev));
}

/* Make it a region of its own, *vmap.  0 or -ENOMEM with nothing changed. */
static int isolate_old(struct mremap_request *r, struct vm_area_struct **vmap, struct cuts *ret)
{
	struct vm_area_struct *vma = *vmap;
	u32 end = r->addr + r->old_len;
	bool below = r->addr > vma->vm_start, above = end < vma->vm_end;

	*ret = (struct cuts){ false, false };
	if (below) {
		if (split_vma(r->mm, vma, r->addr, false))
			return -ENOMEM;
		vma = KGET(vma->vm_next);
		ret->below = true;
	}
	if (above && split_vma(r->mm, vma, end, false)) {
		join_old(r->mm, vma, ret);
		return -ENOMEM;
	}
	ret->above = above;
	*vmap = vma;
	return 0;
}

/* Committed_AS: the new length, the old one given back by munmap. */
static int move_account(struct mremap_request *r, u32 vm_flags)
{
	struct machine *m = machine_of(r->mm);
	u32 old_pages = r->old_len >> PAGE_SHIFT, new_pages = r->new_len >> PAGE_SHIFT;
	int error;

	if (!(vm_flags & VM_ACCOUNT))
		return 0;
	if (r->flags & MREMAP_DONTUNMAP)
		return vm_enough_memory(machine_of(r->mm), r->mm, new_pages);
	error = new_pages > old_pages ?
			vm_enough_memory(machine_of(r->mm), r->mm, new_pages - old_pages) :
			0;
	if (!error)
		m->k->total_committed += new_pages > old_pages ? old_pages : new_pages;
	return error;
}

/* The new region, with the pages of the old one. */
static int copy_and_move(struct mremap_request *r, struct vm_area_struct *vma)
{
	pgoff_t pgoff = vma->vm_pgoff + ((r->addr - vma->vm_start) >> PAGE_SHIFT);
	u32 vm_flags = vma->vm_flags;
	int error = reserve_page_tables(r->mm, r->addr, r->new_addr, r->old_len);

	if (error)
		return error;
	if (!copy_vma(vma, r->new_addr, r->new_len, pgoff)) {
		free_empty_pgtables(r->mm, r->new_addr, r->new_addr + r->new_len);
		return -ENOMEM;
	}
	vm_stat_account(r->mm, vm_flags, (s32)(r->new_len >> PAGE_SHIFT));
	move_page_tables(r->mm, r->addr, r->new_addr, r->old_len);
	return 0;
}

/*
 * today: Linux cuts the old place out when the copy is there.  So an anon_vma that the region got
 * by joining the copy, and through it a neighbour, is that of all its parts.
 */
static void share_anon_vma(struct mremap_request *r, const struct cuts *cuts)
{
	struct vm_area_struct *old = find_vma(r->mm, r->addr), *part[3] = { old }, *from = NULL;

	if (cuts->below && old->vm_start == r->addr)
		part[1] = KGET(old->vm_prev);
	if (cuts->above && old->vm_end == r->addr + r->old_len)
		part[2] = KGET(old->vm_next);
	for (unsigned i = 0; i < ARRAY_SIZE(part); i++)
		if (part[i] && !KNULL(part[i]->anon_vma))
			from = part[i];
	for (unsigned i = 0; from && i < ARRAY_SIZE(part); i++)
		if (part[i] && KNULL(part[i]->anon_vma))
			anon_vma_clone(part[i], from); /* or they will not join again */
}

/* Both at once, and the old one gone.  0 or -ENOMEM with nothing changed. */
static int move_isolated(struct mremap_request *r, struct vm_area_struct *vma)
{
	u32 hiwater_vm = r->mm->hiwater_vm;
	struct cuts cuts;
	int error = isolate_old(r, &vma, &cuts);

	if (error)
		return error;
	error = copy_and_move(r, vma);
	if (error) {
		join_old(r->mm, vma, &cuts);
		return error;
	}
	share_anon_vma(r, &cuts);
	do_munmap(r->mm, r->addr, r->old_len);
	/* today: that both were there for a moment is not the peak */
	r->mm->hiwater_vm = hiwater_vm;
	update_hiwater(r->mm);
	return 0;
}

static s64 move_vma(struct mremap_request *r, struct vm_area_struct *vma)
{
	u32 vm_flags = vma->vm_flags;
	int error;

	if (r->mm->map_count + 3 >= sysctl(machine_of(r->mm), SYSCTL_MAX_MAP_COUNT))
		return -ENOMEM;
	error = move_account(r, vm_flags);
	if (error)
		return error;
	if (r->old_len && !(r->flags & MREMAP_DONTUNMAP))
		error = move_isolated(r, vma);
	else
		error = copy_and_move(r, vma);
	if (error) {
		if (vm_flags & VM_ACCOUNT)
			vm_unacct_memory(machine_of(r->mm), r->new_len >> PAGE_SHIFT);
		return error;
	}
	if (r->flags & MREMAP_DONTUNMAP)
		leave_old_region(r);
	if (vma_populates(vm_flags) && r->new_len > r->old_len)
		mm_populate(r->task, r->new_addr + r->old_len, r->new_len - r->old_len, true);
	return r->new_addr;
}

/* ---- growing in place ---- */

static bool vma_expandable(const struct mremap_request *r, const struct vm_area_struct *vma)
{
	u64 end = (u64)r->addr + r->new_len;
	const struct vm_area_struct *next = KGET(vma->vm_next);

	return r->addr + r->old_len == vma->vm_end && end <= TASK_SIZE &&
	       (!next || end <= next->vm_start);
}

static int expand_in_place(struct mremap_request *r, struct vm_area_struct *vma)
{
	u32 old_end = vma->vm_end, grow = r->new_len - r->old_len, vm_flags = vma->vm_flags;
	u32 pages = grow >> PAGE_SHIFT;

	if (vm_flags & VM_ACCOUNT && vm_enough_memory(machine_of(r->mm), r->mm, pages))
		return -ENOMEM;
	/*
	 * As an area that joins below; that it may join what follows, too, is merging's business.
	 */
	if (!vma_merge(r->mm, vma, old_end, old_end + grow, vm_flags, KGET(vma->anon_vma),
		       KGET(vma->vm_file), vma->vm_pgoff + vma_pages(vma)))
		vma_adjust(vma, vma->vm_start, old_end + grow, vma->vm_pgoff);
	vm_stat_account(r->mm, vm_flags, (s32)pages);
	if (vma_populates(vm_flags))
		mm_populate(r->task, old_end, grow, true);
	return 0;
}

/* ---- checks ---- */

static int check_params(const struct mremap_request *r, u32 old_len, u32 new_len)
{
	u64 end = (u64)r->new_addr + r->new_len;

	if (r->flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP))
		return -EINVAL;
	if (implies_new_addr(r) && !(r->flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if (r->flags & MREMAP_DONTUNMAP && PAGE_ALIGN(old_len) != PAGE_ALIGN(new_len))
		return -EINVAL;
	if (r->addr & ~PAGE_MASK || !new_len || PAGE_ALIGN(new_len) > TASK_SIZE)
		return -EINVAL;
	if (!implies_new_addr(r))
		return 0;
	if (r->new_addr & ~PAGE_MASK || end > TASK_SIZE)
		return -EINVAL;
	if ((u64)r->addr + r->old_len > r->new_addr && end > r->addr)
		return -EINVAL;
	return 0;
}

/* Limits for what the region would grow by. */
static int check_grow(const struct mremap_request *r, const struct vm_area_struct *vma)
{
	u32 limit = r->task->rlim[RLIMIT_MEMLOCK];
	u32 pages = (r->new_len - r->old_len) >> PAGE_SHIFT;

	if (r->new_len <= r->old_len)
		return 0;
	if (vma->vm_flags & VM_DONTEXPAND)
		return -EFAULT;
	if (vma->vm_flags & VM_LOCKED && limit != RLIM_INFINITY &&
	    (u64)r->mm->locked_vm + pages > limit >> PAGE_SHIFT)
		return -EAGAIN;
	return may_expand_vm(r->task, vma->vm_flags, pages) ? 0 : -ENOMEM;
}

static int check_vma(const struct mremap_request *r, const struct vm_area_struct *vma)
{
	/* Length 0 asks for a second mapping of the same pages: shared ones. */
	if (!r->old_len && !(vma->vm_flags & (VM_SHARED | VM_MAYSHARE)))
		return -EINVAL;
	if (r->old_len > vma->vm_end - r->addr)
		return -EFAULT;
	return check_grow(r, vma);
}

/* ---- the two kinds of call ---- */

static s64 mremap_at(struct mremap_request *r, struct vm_area_struct *vma)
{
	s64 where;
	int error;

	if (r->new_len == r->old_len)
		return r->addr;
	if (r->new_len < r->old_len) {
		error = do_munmap(r->mm, r->addr + r->new_len, r->old_len - r->new_len);
		return error ? (s64)error : r->addr;
	}
	error = check_vma(r, vma);
	if (error)
		return error;
	if (r->old_len && vma_expandable(r, vma)) {
		error = expand_in_place(r, vma);
		return error ? (s64)error : r->addr;
	}
	if (!(r->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	where = get_unmapped_area(r->task, 0, r->new_len, 0);
	if (where < 0)
		return where;
	r->new_addr = (u32)where;
	return move_vma(r, vma);
}

/* To a place of the caller's: what is there goes first, and the part that is not to move. */
static s64 mremap_to(struct mremap_request *r, struct vm_area_struct *vma)
{
	struct mremap_request shrunk = *r;
	s64 where;
	int error;

	shrunk.old_len = r->old_len < r->new_len ? r->old_len : r->new_len;
	error = check_vma(&shrunk, vma);
	if (!error && r->flags & MREMAP_FIXED)
		error = do_munmap(r->mm, r->new_addr, r->new_len);
	if (!error && r->old_len > r->new_len) {
		error = do_munmap(r->mm, r->addr + r->new_len, r->old_len - r->new_len);
		r->old_len = r->new_len;
	}
	if (error)
		return error;
	vma = find_vma(r->mm, r->addr);
	if (!vma || vma->vm_start > r->addr)
		return -EFAULT; /* a second mapping (old length 0) over the first one */
	if (r->flags & MREMAP_DONTUNMAP &&
	    !may_expand_vm(r->task, vma->vm_flags, r->old_len >> PAGE_SHIFT))
		return -ENOMEM;
	where = get_unmapped_area(r->task, r->new_addr, r->new_len,
				  r->flags & MREMAP_FIXED ? MAP_FIXED : 0);
	if (where < 0)
		return where;
	r->new_addr = (u32)where;
	return move_vma(r, vma);
}

/*
 * A door of its own: where memory ends in the second of several moves, the first is done and the
 * call as a whole could not be done again.  A move can: its limits are looked at before, what was
 * unmapped at the new place stays so, and the rest it does at once or not at all.
 */
static s64 move_at_door(const struct mremap_request *r)
{
	struct machine *m = machine_of(r->mm);
	struct oom_want outer = oom_begin(m);
	s64 where;

	do {
		struct mremap_request again = *r;

		where = mremap_to(&again, find_vma(r->mm, r->addr));
	} while (where == -ENOMEM && out_of_memory(m, r->task));
	oom_end(m, outer);
	return where;
}

/* today: a move of the same size may take several regions along, with the holes between them. */
static s64 move_regions(struct mremap_request *r)
{
	u32 end = r->addr + r->old_len, to = r->new_addr - r->addr;
	struct vm_area_struct *vma = find_vma(r->mm, r->addr);
	u32 at = r->addr;

	while (at < end && vma && vma->vm_start < end) {
		struct mremap_request part = *r;
		s64 moved;

		/* Attaches of System V memory are never one of several. */
		if (vma_is_shm(vma) && (at > r->addr || vma->vm_end < end))
			return -EFAULT;
		part.addr = vma->vm_start > at ? vma->vm_start : at;
		part.old_len = (vma->vm_end < end ? vma->vm_end : end) - part.addr;
		part.new_len = part.old_len;
		part.new_addr = part.addr + to;
		at = part.addr + part.old_len;
		moved = move_at_door(&part);
		if (moved < 0)
			return moved;
		vma = find_vma(r->mm, at);
	}
	return r->new_addr;
}

/* A place of the caller's. */
static s64 mremap_new(struct mremap_request *r)
{
	if (r->mm->map_count + 5 >= sysctl(machine_of(r->mm), SYSCTL_MAX_MAP_COUNT))
		return -ENOMEM;
	if (r->old_len == r->new_len && r->flags & MREMAP_FIXED)
		return move_regions(r);
	return move_at_door(r);
}

s64 sys_mremap(struct task_struct *task, u32 addr, u32 old_len, u32 new_len, u32 flags,
	       u32 new_addr)
{
	struct mremap_request r = {
		.task = task,
		.mm = KGET(task->mm),
		.addr = addr,
		.old_len = (u32)PAGE_ALIGN(old_len),
		.new_len = (u32)PAGE_ALIGN(new_len),
		.flags = flags,
		.new_addr = new_addr,
	};
	struct vm_area_struct *vma;
	int error = check_params(&r, old_len, new_len);

	if (error)
		return error;
	vma = find_vma(r.mm, addr);
	if (!vma || vma->vm_start > addr)
		return -EFAULT;
	return implies_new_addr(&r) ? mremap_new(&r) : mremap_at(&r, vma);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory regions: look-up, linking, splitting, merging.
 * ULK ch. 9, "Memory Region Data Structures" and "Memory Region Handling".
 *
 * A region is on its mm's list and in its tree, both in address order, never overlapping
 * another one.  The tree is augmented: rb_subtree_gap is the largest hole right below any
 * region of the subtree, so that a search for room goes straight to it.
 *
 *	text data heap        | mapped | mapped | <- room                        | stack
 *	              ^ in the tree   ^ no hole      ^ in mm->room, not the tree
 *
 * One large hole is left out: the one below mm->room.  New regions are cut from it one after the
 * other, and as the largest below every node above it would change all of them each time.
 *
 * Invariants (mm_validate): list and tree hold the same map_count regions; gaps are right;
 * the sums total_vm, data_vm, stack_vm, exec_vm, locked_vm are those of the regions.
 */
#include <assert.h>
#include <errno.h>

#include "mm/check.h"
#include "mm/machine.h"
#include "mm/rmap.h"
#include "mm/shm.h"

static struct vm_area_struct *vma_of(struct rb_node *n)
{
	return n ? rb_entry(n, struct vm_area_struct, vm_rb) : NULL;
}

/* today: a region that grows down keeps its neighbour below at a distance. */
u32 vm_start_gap(const struct vm_area_struct *vma)
{
	u32 gap;

	if (likely(!(vma->vm_flags & VM_GROWSDOWN)))
		return vma->vm_start;
	gap = sysctl(machine_of(vma), SYSCTL_STACK_GUARD_GAP) << PAGE_SHIFT;
	return vma->vm_start > gap ? vma->vm_start - gap : 0;
}

/* Bytes of the hole right below @vma. */
static u32 gap_below(const struct vm_area_struct *vma)
{
	const struct vm_area_struct *prev = KGET(vma->vm_prev);

	return vma->vm_start - (prev ? prev->vm_end : 0);
}

static bool is_room(const struct vm_area_struct *vma)
{
	return KGET(vma->vm_mm)->room.va == kva_of(vma);
}

static bool update_gap(struct rb_node *n)
{
	struct vm_area_struct *vma = vma_of(n);
	struct vm_area_struct *left = vma_of(rb_left(n)), *right = vma_of(rb_right(n));
	u32 gap = is_room(vma) ? 0 : gap_below(vma);

	if (left && left->rb_subtree_gap > gap)
		gap = left->rb_subtree_gap;
	if (right && right->rb_subtree_gap > gap)
		gap = right->rb_subtree_gap;
	if (vma->rb_subtree_gap == gap)
		return false;
	vma->rb_subtree_gap = gap;
	return true;
}

/* ---- look-up ---- */

struct vm_area_struct *find_vma_quiet(const struct mm_struct *mm, u32 addr)
{
	struct rb_node *n = rb_root_node(&mm->mm_rb);
	struct vm_area_struct *found = NULL;

	while (n) {
		struct vm_area_struct *vma = vma_of(n);

		if (vma->vm_end > addr) {
			found = vma;
			if (vma->vm_start <= addr)
				break;
			n = rb_left(n);
		} else {
			n = rb_right(n);
		}
	}
	return found;
}

static bool is_in_gap_below(const struct vm_area_struct *vma, u32 addr)
{
	return addr < vma->vm_start && vma->vm_start - addr <= gap_below(vma);
}

struct vm_area_struct *find_vma(struct mm_struct *mm, u32 addr)
{
	struct vm_area_struct *vma = KGET(mm->mmap_cache);

	if (vma && addr < vma->vm_end && (vma->vm_start <= addr || is_in_gap_below(vma, addr)))
		return vma;
	vma = find_vma_quiet(mm, addr);
	if (vma)
		KSET(mm->mmap_cache, vma);
	return vma;
}

static struct vm_area_struct *last_vma(const struct mm_struct *mm)
{
	return vma_of(rb_last(&mm->mm_rb));
}

struct vm_area_struct *find_vma_prev(struct mm_struct *mm, u32 addr,
				     struct vm_area_struct **ret_prev)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	*ret_prev = vma ? KGET(vma->vm_prev) : last_vma(mm);
	return vma;
}

struct vm_area_struct *find_vma_intersection(struct mm_struct *mm, u32 start, u32 end)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	return vma && vma->vm_start < end ? vma : NULL;
}

/* ---- linking ---- */

/* A mapped file, or its shared memory, knows the regions that show it. */
static void link_file(struct vm_area_struct *vma)
{
	struct file *file = KGET(vma->vm_file);

	if (!file)
		return;
	vma->shared.start = vma->vm_pgoff;
	vma->shared.last = vma->vm_pgoff + vma_pages(vma) - 1;
	interval_tree_insert(&file_inode(file)->i_data.i_mmap, &vma->shared);
}

static void unlink_file(struct vm_area_struct *vma)
{
	struct file *file = KGET(vma->vm_file);

	if (file)
		interval_tree_remove(&file_inode(file)->i_data.i_mmap, &vma->shared);
}

static void gap_changed(struct vm_area_struct *vma)
{
	if (vma)
		rb_propagate(&vma->vm_rb, update_gap);
}

static void link_list(struct mm_struct *mm, struct vm_area_struct *vma, struct vm_area_struct *prev,
		      struct vm_area_struct *next)
{
	KSET(vma->vm_prev, prev);
	KSET(vma->vm_next, next);
	if (prev)
		KSET(prev->vm_next, vma);
	else
		KSET(mm->mmap, vma);
	if (next)
		KSET(next->vm_prev, vma);
	else
		mm->highest_vm_end = vma->vm_end;
}

/*
 * The free place of the tree between @prev and @next: right below one of the two, since the
 * one that is higher up has the other in its subtree, at the inner end.
 */
static kva_t *tree_place(struct mm_struct *mm, struct vm_area_struct *prev,
			 struct vm_area_struct *next, struct rb_node **ret_parent)
{
	if (prev && !prev->vm_rb.right) {
		*ret_parent = &prev->vm_rb;
		return &prev->vm_rb.right;
	}
	*ret_parent = next ? &next->vm_rb : NULL;
	return next ? &next->vm_rb.left : &mm->mm_rb.node;
}

void vma_link(struct mm_struct *mm, struct vm_area_struct *vma, struct vm_area_struct *prev)
{
	struct vm_area_struct *next = prev ? KGET(prev->vm_next) : KGET(mm->mmap);
	struct vm_area_struct *room = KGET(mm->room);
	struct rb_node *parent;
	kva_t *link = tree_place(mm, prev, next, &parent);

	assert(!prev || prev->vm_end <= vma->vm_start);
	assert(!next || vma->vm_end <= next->vm_start);
	KSET(vma->vm_mm, mm);
	link_list(mm, vma, prev, next);
	if (!room || gap_below(vma) > gap_below(room))
		KSET(mm->room, vma);
	/* Gaps first, the tree after them, or a rotation would hide a change from its ancestors. */
	gap_changed(next);
	gap_changed(room);
	rb_insert(&mm->mm_rb, &vma->vm_rb, parent, link, update_gap);
	link_file(vma);
	if (vma_is_shm(vma))
		shm_open(vma);
	mm->map_count++;
}

void remove_vm_struct(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct vm_area_struct *prev = KGET(vma->vm_prev), *next = KGET(vma->vm_next);

	if (vma_is_shm(vma))
		shm_close(vma);
	unlink_file(vma);
	if (prev)
		KSET(prev->vm_next, next);
	else
		KSET(mm->mmap, next);
	if (next)
		KSET(next->vm_prev, prev);
	else
		mm->highest_vm_end = prev ? prev->vm_end : 0;
	if (is_room(vma))
		KSET(mm->room, next);
	gap_changed(next);
	rb_erase(&mm->mm_rb, &vma->vm_rb, update_gap);
	if (KGET(mm->mmap_cache) == vma)
		KSET(mm->mmap_cache, NULL);
	mm->map_count--;
}

void free_vma(struct vm_area_struct *vma)
{
	struct machine *m = machine_of(vma);

	unlink_anon_vmas(vma);
	fput(KGET(vma->vm_file));
	kmem_cache_free(kernel_cache(m, CACHE_VM_AREA_STRUCT), vma);
}

struct vm_area_struct *new_vma(struct machine *m, u32 start, u32 end, u32 vm_flags,
			       struct file *file, pgoff_t pgoff)
{
	struct vm_area_struct *vma =
		kmem_cache_alloc(kernel_cache(m, CACHE_VM_AREA_STRUCT), GFP_KERNEL | __GFP_ZERO);

	if (!vma)
		return NULL;
	vma->vm_start = start;
	vma->vm_end = end;
	vma->vm_flags = vm_flags;
	vma->vm_pgoff = pgoff;
	KSET(vma->vm_file, file ? get_file(file) : NULL);
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	return vma;
}

void vma_adjust(struct vm_area_struct *vma, u32 start, u32 end, pgoff_t pgoff)
{
	unlink_file(vma);
	anon_vma_pre_update(vma);
	vma->vm_start = start;
	vma->vm_end = end;
	vma->vm_pgoff = pgoff;
	anon_vma_post_update(vma);
	link_file(vma);
	gap_changed(vma);
	gap_changed(KGET(vma->vm_next));
	if (KNULL(vma->vm_next))
		KGET(vma->vm_mm)->highest_vm_end = end;
}

/* Set an end of the region and keep what its pages are the pages of. */
static void vma_set_start(struct vm_area_struct *vma, u32 start)
{
	/* not of the difference: more than 2 GiB may go */
	pgoff_t pgoff = vma->vm_pgoff + (start >> PAGE_SHIFT) - (vma->vm_start >> PAGE_SHIFT);

	vma_adjust(vma, start, vma->vm_end, pgoff);
}

static void vma_set_end(struct vm_area_struct *vma, u32 end)
{
	vma_adjust(vma, vma->vm_start, end, vma->vm_pgoff);
}

/* ---- splitting ---- */

int split_vma(struct mm_struct *mm, struct vm_area_struct *vma, u32 addr, bool new_below)
{
	struct machine *m = machine_of(mm);
	u32 below = (addr - vma->vm_start) >> PAGE_SHIFT;
	struct vm_area_struct *new;

	assert(vma->vm_start < addr && addr < vma->vm_end);
	if (mm->map_count >= sysctl(m, SYSCTL_MAX_MAP_COUNT))
		return -ENOMEM;
	new = new_vma(m, new_below ? vma->vm_start : addr, new_below ? addr : vma->vm_end,
		      vma->vm_flags, KGET(vma->vm_file), vma->vm_pgoff + (new_below ? 0 : below));
	if (!new)
		return -ENOMEM;
	if (anon_vma_clone(new, vma)) {
		free_vma(new);
		return -ENOMEM;
	}
	if (new_below)
		vma_set_start(vma, addr);
	else
		vma_set_end(vma, addr);
	vma_link(mm, new, new_below ? KGET(vma->vm_prev) : vma);
	return 0;
}

void unsplit_vma(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct vm_area_struct *next = KGET(vma->vm_next);
	u32 end = next->vm_end;

	remove_vm_struct(mm, next);
	free_vma(next);
	vma_adjust(vma, vma->vm_start, end, vma->vm_pgoff);
}

/* ---- merging ---- */

/* What a region would have to be like to join; everything but its place. */
struct vma_likeness {
	u32 vm_flags;
	struct anon_vma *anon_vma;
	struct file *file;
	const struct vm_area_struct *owner; /* whose pages there are or come; NULL: new memory */
	bool no_memory; /* comes back: it could join, but there was no memory for that */
};

static bool can_vma_merge(const struct vm_area_struct *vma, const struct vma_likeness *like)
{
	return vma->vm_flags == like->vm_flags && KGET(vma->vm_file) == like->file &&
	       anon_vma_compatible(vma, like->owner, like->anon_vma);
}

/* Both would join the area; may they be one with each other? */
static bool can_join(const struct vm_area_struct *prev, const struct vm_area_struct *after)
{
	return KNULL(prev->anon_vma) || KNULL(after->anon_vma) ||
	       KGET(prev->anon_vma) == KGET(after->anon_vma);
}

/*
 * @vma is about to take over pages that belong to @from's anon_vma.
 * Returns false when there is no memory for that, which @like tells then.
 */
static bool take_anon_vma(struct vm_area_struct *vma, struct vm_area_struct *from,
			  struct vma_likeness *like)
{
	if (!from || KNULL(from->anon_vma) || !KNULL(vma->anon_vma))
		return true;
	like->no_memory = anon_vma_clone(vma, from) != 0;
	return !like->no_memory;
}

/* today: what counts as an attach of a segment may lose an end to merging, never all of it. */
static bool can_swallow(const struct vm_area_struct *vma)
{
	return !vma_is_shm(vma);
}

static void swallow(struct mm_struct *mm, struct vm_area_struct *vma)
{
	remove_vm_struct(mm, vma);
	free_vma(vma);
}

/*
 * The area is [addr, end); owner, if any, is the region it is a part of now.
 *
 *	prev|area|after         prev and after become one
 *	prev|area               prev grows over the area
 *	     area|after         after grows over the area
 *
 * The owner loses the area: all of it, its head or its tail.
 */
static void owner_loses(struct mm_struct *mm, struct vm_area_struct *owner, u32 addr, u32 end)
{
	if (!owner)
		return;
	if (owner->vm_start == addr && owner->vm_end == end)
		swallow(mm, owner);
	else if (owner->vm_start == addr)
		vma_set_start(owner, end);
	else
		vma_set_end(owner, addr);
}

static struct vm_area_struct *area_owner(struct vm_area_struct *prev, struct vm_area_struct *next,
					 u32 addr, u32 end)
{
	if (prev && prev->vm_end > addr)
		return prev;
	return next && next->vm_start < end ? next : NULL;
}

static struct vm_area_struct *merge(struct mm_struct *mm, struct vm_area_struct *prev, u32 addr,
				    u32 end, struct vma_likeness *like, pgoff_t pgoff)
{
	struct vm_area_struct *next = prev ? KGET(prev->vm_next) : KGET(mm->mmap);
	struct vm_area_struct *owner = area_owner(prev, next, addr, end);
	struct vm_area_struct *after = owner ? KGET(owner->vm_next) : next;
	bool left = prev && prev->vm_end == addr && prev->vm_pgoff + vma_pages(prev) == pgoff &&
		    can_vma_merge(prev, like);
	bool right = after && after->vm_start == end && (!owner || owner->vm_end == end) &&
		     after->vm_pgoff == pgoff + ((end - addr) >> PAGE_SHIFT) &&
		     can_vma_merge(after, like);

	if (owner && owner->vm_start == addr && owner->vm_end == end && !can_swallow(owner))
		return NULL;
	if (left && right && can_join(prev, after) && can_swallow(after)) {
		u32 far = after->vm_end;

		if (!take_anon_vma(prev, owner, like) || !take_anon_vma(prev, after, like))
			return NULL;
		owner_loses(mm, owner, addr, end);
		swallow(mm, after);
		vma_set_end(prev, far);
		return prev;
	}
	if (left) {
		if (!take_anon_vma(prev, owner, like))
			return NULL;
		owner_loses(mm, owner, addr, end);
		vma_set_end(prev, end);
		return prev;
	}
	if (right) {
		if (!take_anon_vma(after, owner, like))
			return NULL;
		owner_loses(mm, owner, addr, end);
		vma_set_start(after, addr);
		return after;
	}
	return NULL;
}

struct vm_area_struct *vma_merge(struct mm_struct *mm, struct vm_area_struct *prev, u32 addr,
				 u32 end, u32 vm_flags, struct anon_vma *anon_vma,
				 struct file *file, pgoff_t pgoff)
{
	struct vm_area_struct *next = prev ? KGET(prev->vm_next) : KGET(mm->mmap);
	struct vma_likeness like = { vm_flags, anon_vma, file, area_owner(prev, next, addr, end),
				     false };

	return merge(mm, prev, addr, end, &like, pgoff);
}

struct vm_area_struct *vma_merge_copy(struct mm_struct *mm, struct vm_area_struct *prev, u32 addr,
				      u32 end, const struct vm_area_struct *source, pgoff_t pgoff)
{
	struct vma_likeness like = { source->vm_flags, KGET(source->anon_vma),
				     KGET(source->vm_file), source, false };

	return merge(mm, prev, addr, end, &like, pgoff);
}

struct vm_area_struct *vma_merge_left(struct vm_area_struct *prev, u32 end, u32 vm_flags,
				      pgoff_t pgoff)
{
	struct vma_likeness like = { .vm_flags = vm_flags };

	if (prev->vm_pgoff + vma_pages(prev) != pgoff || !can_vma_merge(prev, &like))
		return NULL;
	vma_set_end(prev, end);
	return prev;
}

int vma_modify(struct vm_area_struct **vmap, u32 start, u32 end, u32 vm_flags)
{
	struct vm_area_struct *vma = *vmap, *merged;
	struct mm_struct *mm = KGET(vma->vm_mm);
	struct vm_area_struct *prev = start > vma->vm_start ? vma : KGET(vma->vm_prev);
	struct vma_likeness like = { vm_flags, KGET(vma->anon_vma), KGET(vma->vm_file), vma,
				     false };
	int error;

	merged = merge(mm, prev, start, end, &like,
		       vma->vm_pgoff + ((start - vma->vm_start) >> PAGE_SHIFT));
	if (merged) {
		*vmap = merged;
		return 0;
	}
	if (like.no_memory)
		return -ENOMEM;
	if (start > vma->vm_start) {
		error = split_vma(mm, vma, start, true);
		if (error)
			return error;
	}
	if (end < vma->vm_end) {
		error = split_vma(mm, vma, end, false);
		if (error)
			return error;
	}
	vma->vm_flags = vm_flags;
	return 0;
}

/* ---- holes ---- */

/* Is there room for @len bytes right below @vma, at or above @low?  *ret_start: the lowest. */
static bool fits_above(const struct vm_area_struct *vma, u32 low, u32 len, u32 *ret_start)
{
	const struct vm_area_struct *prev = KGET(vma->vm_prev);

	*ret_start = prev && prev->vm_end > low ? prev->vm_end : low;
	return (u64)*ret_start + len <= vma->vm_start;
}

/* The same below @high as well; *ret_start: the highest. */
static bool fits_below(const struct vm_area_struct *vma, u32 low, u32 high, u32 len, u32 *ret_start)
{
	const struct vm_area_struct *prev = KGET(vma->vm_prev);
	u32 start = prev && prev->vm_end > low ? prev->vm_end : low;
	u32 end = vma->vm_start < high ? vma->vm_start : high;

	*ret_start = end - len;
	return end >= len && end - len >= start;
}

static u32 largest_gap(const struct rb_node *n)
{
	return n ? rb_entry(n, const struct vm_area_struct, vm_rb)->rb_subtree_gap : 0;
}

/* The lowest, the highest region of subtree @n with a hole of @len right below it; one has. */
static struct vm_area_struct *first_gap(struct rb_node *n, u32 len)
{
	for (;;) {
		if (largest_gap(rb_left(n)) >= len)
			n = rb_left(n);
		else if (gap_below(vma_of(n)) >= len)
			return vma_of(n);
		else
			n = rb_right(n);
	}
}

static struct vm_area_struct *last_gap(struct rb_node *n, u32 len)
{
	for (;;) {
		if (largest_gap(rb_right(n)) >= len)
			n = rb_right(n);
		else if (gap_below(vma_of(n)) >= len)
			return vma_of(n);
		else
			n = rb_left(n);
	}
}

/*
 * The lowest region of the tree with a hole of @len right below it at or above @low.  One way down
 * towards @low; what lies above it hangs on that way, and the last that has such a hole is the
 * lowest: a region, or a subtree that it is first in.
 */
static struct vm_area_struct *lowest_gap(struct rb_node *n, u32 low, u32 len)
{
	struct vm_area_struct *found = NULL;
	struct rb_node *above = NULL;
	u32 start;

	while (largest_gap(n) >= len) {
		if (vma_of(n)->vm_start < low) {
			n = rb_right(n);
			continue;
		}
		if (fits_above(vma_of(n), low, len, &start)) {
			found = vma_of(n);
			above = NULL;
		} else if (largest_gap(rb_right(n)) >= len) {
			above = rb_right(n);
		}
		n = rb_left(n);
	}
	return above ? first_gap(above, len) : found;
}

/* The highest with such a hole between @low and @high: the same towards @high. */
static struct vm_area_struct *highest_gap(struct rb_node *n, u32 low, u32 high, u32 len)
{
	struct vm_area_struct *found = NULL;
	struct rb_node *below = NULL;
	u32 start;

	while (largest_gap(n) >= len) {
		const struct vm_area_struct *prev = KGET(vma_of(n)->vm_prev);

		if (prev && prev->vm_end >= high) {
			n = rb_left(n);
			continue;
		}
		if (fits_below(vma_of(n), low, high, len, &start)) {
			found = vma_of(n);
			below = NULL;
		} else if (largest_gap(rb_left(n)) >= len) {
			below = rb_left(n);
		}
		n = rb_right(n);
	}
	return below ? last_gap(below, len) : found;
}

s64 lowest_hole(const struct mm_struct *mm, u32 low, u32 high, u32 len,
		struct vm_area_struct **ret_above)
{
	struct vm_area_struct *vma = lowest_gap(rb_root_node(&mm->mm_rb), low, len);
	struct vm_area_struct *room = KGET(mm->room);
	u32 start;

	if (room && (!vma || room->vm_start < vma->vm_start) && fits_above(room, low, len, &start))
		vma = room;
	if (vma)
		fits_above(vma, low, len, &start);
	else
		start = mm->highest_vm_end > low ? mm->highest_vm_end : low;
	*ret_above = vma;
	return (u64)start + len <= high ? (s64)start : -ENOMEM;
}

s64 highest_hole(const struct mm_struct *mm, u32 low, u32 high, u32 len,
		 struct vm_area_struct **ret_above)
{
	struct vm_area_struct *room = KGET(mm->room), *vma;
	u32 start = mm->highest_vm_end > low ? mm->highest_vm_end : low;

	*ret_above = NULL;
	if (high >= len && high - len >= start)
		return high - len;
	vma = highest_gap(rb_root_node(&mm->mm_rb), low, high, len);
	if (room && (!vma || room->vm_start > vma->vm_start) &&
	    fits_below(room, low, high, len, &start))
		vma = room;
	*ret_above = vma;
	return vma && fits_below(vma, low, high, len, &start) ? (s64)start : -ENOMEM;
}

/* ---- checking ---- */

static void vma_validate(struct vm_area_struct *vma, struct vm_area_struct *prev, struct check *c)
{
	check_that(c,
		   vma->vm_start < vma->vm_end && vma->vm_end <= TASK_SIZE &&
			   !((vma->vm_start | vma->vm_end) & ~PAGE_MASK),
		   "vma %08x-%08x: bad bounds", vma->vm_start, vma->vm_end);
	check_that(c, !prev || prev->vm_end <= vma->vm_start, "vma %08x-%08x overlaps %08x-%08x",
		   vma->vm_start, vma->vm_end, prev ? prev->vm_start : 0, prev ? prev->vm_end : 0);
	check_that(c, KGET(vma->vm_prev) == prev, "vma %08x: vm_prev is wrong", vma->vm_start);
	check_that(c, find_vma_quiet(KGET(vma->vm_mm), vma->vm_start) == vma,
		   "vma %08x: on the list, not in the tree", vma->vm_start);
	anon_vma_validate(vma, c);
}

struct vm_sums {
	u32 total, data, stack, exec, locked;
};

static void sums_validate(const struct mm_struct *mm, const struct vm_sums *s, struct check *c)
{
	check_that(c, mm->total_vm == s->total, "mm: total_vm %u, regions have %u pages",
		   mm->total_vm, s->total);
	check_that(c, mm->data_vm == s->data, "mm: data_vm %u, regions have %u", mm->data_vm,
		   s->data);
	check_that(c, mm->stack_vm == s->stack, "mm: stack_vm %u, regions have %u", mm->stack_vm,
		   s->stack);
	check_that(c, mm->exec_vm == s->exec, "mm: exec_vm %u, regions have %u", mm->exec_vm,
		   s->exec);
	check_that(c, mm->locked_vm == s->locked, "mm: locked_vm %u, regions have %u",
		   mm->locked_vm, s->locked);
}

void mm_validate(struct mm_struct *mm, struct check *c)
{
	struct vm_area_struct *prev = NULL, *vma;
	struct vm_sums s = { 0 };
	u32 count = 0, in_tree = 0;
	const char *bad = rb_validate(&mm->mm_rb, update_gap, &in_tree, NULL);
	struct vm_area_struct *room = KGET(mm->room);

	check_that(c, !bad, "mm: region tree: %s", bad);
	check_that(c, !room || find_vma_quiet(mm, room->vm_start) == room, "mm: room is no region");
	for (vma = KGET(mm->mmap); vma; prev = vma, vma = KGET(vma->vm_next)) {
		vma_validate(vma, prev, c);
		s.total += vma_pages(vma);
		s.data += is_data_mapping(vma->vm_flags) ? vma_pages(vma) : 0;
		s.stack += vma->vm_flags & VM_GROWSDOWN ? vma_pages(vma) : 0;
		s.exec += is_exec_mapping(vma->vm_flags) ? vma_pages(vma) : 0;
		s.locked += vma->vm_flags & VM_LOCKED ? vma_pages(vma) : 0;
		if (++count > mm->map_count)
			break;
	}
	check_that(c, count != mm->map_count || mm->highest_vm_end == (prev ? prev->vm_end : 0),
		   "mm: highest_vm_end %08x, the last region has %08x", mm->highest_vm_end,
		   prev ? prev->vm_end : 0);
	check_that(c, count == mm->map_count && in_tree == mm->map_count,
		   "mm: map_count %u, list has %u, tree has %u", mm->map_count, count, in_tree);
	sums_validate(mm, &s, c);
}

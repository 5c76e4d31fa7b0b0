/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmap and munmap: linear address intervals of a process.
 * ULK ch. 9, "Allocating a Linear Address Interval" and "Releasing a Linear Address Interval".
 *
 * do_mmap checks everything before it changes anything; the order of the checks is that
 * of Linux today.  Only MAP_FIXED over existing regions unmaps before the last limit is
 * known, and that limit counts what goes (count_vm_pages_intersect).
 */
#include <assert.h>
#include <errno.h>

#include "mm/machine.h"
#include "mm/filemap.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"

/* ---- accounting ---- */

bool is_data_mapping(u32 vm_flags)
{
	return (vm_flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE;
}

bool is_exec_mapping(u32 vm_flags)
{
	return (vm_flags & (VM_EXEC | VM_WRITE | VM_GROWSDOWN)) == VM_EXEC;
}

void vm_stat_account(struct mm_struct *mm, u32 vm_flags, s32 pages)
{
	mm->total_vm += (u32)pages;
	if (is_exec_mapping(vm_flags))
		mm->exec_vm += (u32)pages;
	else if (vm_flags & VM_GROWSDOWN)
		mm->stack_vm += (u32)pages;
	else if (is_data_mapping(vm_flags))
		mm->data_vm += (u32)pages;
	if (vm_flags & VM_LOCKED)
		mm->locked_vm += (u32)pages;
	update_hiwater(mm);
}

/* Would @pages more stay inside a limit of @bytes? */
static bool below_limit(u32 now, u32 pages, u32 bytes)
{
	return bytes == RLIM_INFINITY || (u64)now + pages <= bytes >> PAGE_SHIFT;
}

bool may_expand_vm(const struct task_struct *task, u32 vm_flags, u32 pages)
{
	const struct mm_struct *mm = KGET(task->mm);

	if (!below_limit(mm->total_vm, pages, task->rlim[RLIMIT_AS]))
		return false;
	/*
	 * today: a limit of 0 on data is no limit (valgrind sets it, to keep the heap from
	 * growing)
	 */
	return !is_data_mapping(vm_flags) || !task->rlim[RLIMIT_DATA] ||
	       below_limit(mm->data_vm, pages, task->rlim[RLIMIT_DATA]);
}

/* Which private memory is promised at once: writable, unless asked not to. */
static bool accountable_mapping(u32 vm_flags)
{
	return (vm_flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE;
}

/* ---- where ---- */

static s64 check_fixed(const struct machine *m, u32 addr, u32 len)
{
	if (len > TASK_SIZE - addr || addr > TASK_SIZE)
		return -ENOMEM;
	if (addr & ~PAGE_MASK)
		return -EINVAL;
	if (addr < sysctl(m, SYSCTL_MMAP_MIN_ADDR))
		return -EPERM;
	return addr;
}

/* today: a hint is rounded down and lifted to the lowest address allowed. */
static u32 round_hint(const struct machine *m, u32 addr)
{
	u32 min = sysctl(m, SYSCTL_MMAP_MIN_ADDR);

	addr &= PAGE_MASK;
	return addr && addr < min ? (u32)PAGE_ALIGN(min) : addr;
}

static bool hint_is_free(struct mm_struct *mm, u32 addr, u32 len)
{
	struct vm_area_struct *vma;

	if (!addr || addr > TASK_SIZE - len)
		return false;
	vma = find_vma_quiet(mm, addr);
	return !vma || addr + len <= vm_start_gap(vma);
}

/*
 * today: Linux looks for a hole first and at the region above it then.  If that grows down and
 * would not keep its distance, the search goes on behind it, or below that distance: what other
 * holes there are within it is passed by.
 */
static bool too_near(const struct vm_area_struct *above, u32 end)
{
	return above && vm_start_gap(above) < end;
}

static s64 bottomup_hole(struct mm_struct *mm, u32 low, u32 high, u32 len,
			 struct vm_area_struct **ret_above)
{
	s64 start = lowest_hole(mm, low, high, len, ret_above);

	while (start >= 0 && too_near(*ret_above, (u32)start + len))
		start = lowest_hole(mm, (*ret_above)->vm_end, high, len, ret_above);
	return start;
}

static s64 topdown_hole(struct mm_struct *mm, u32 low, u32 high, u32 len,
			struct vm_area_struct **ret_above)
{
	s64 start = highest_hole(mm, low, high, len, ret_above);

	while (start >= 0 && too_near(*ret_above, (u32)start + len))
		start = highest_hole(mm, low, vm_start_gap(*ret_above), len, ret_above);
	return start;
}

/* get_unmapped_area; *ret_above: the region above the hole where one was looked for, or NULL. */
static s64 find_place(struct task_struct *task, u32 addr, u32 len, u32 flags,
		      struct vm_area_struct **ret_above)
{
	struct mm_struct *mm = KGET(task->mm);
	struct machine *m = machine_of(mm);
	u32 low = (u32)PAGE_ALIGN(sysctl(m, SYSCTL_MMAP_MIN_ADDR));
	s64 found;

	*ret_above = NULL;
	if (len > TASK_SIZE)
		return -ENOMEM;
	if (flags & MAP_FIXED)
		return check_fixed(m, addr, len);
	addr = round_hint(m, addr);
	if (hint_is_free(mm, addr, len))
		return addr;
	if (mm->layout == LAYOUT_LEGACY)
		return bottomup_hole(mm, mm->mmap_base, TASK_SIZE, len, ret_above);
	low = low > PAGE_SIZE ? low : PAGE_SIZE;
	found = topdown_hole(mm, low, mm->mmap_base, len, ret_above);
	if (found < 0)
		found = bottomup_hole(mm, TASK_UNMAPPED_BASE, TASK_SIZE, len, ret_above);
	return found;
}

s64 get_unmapped_area(struct task_struct *task, u32 addr, u32 len, u32 flags)
{
	struct vm_area_struct *above;

	return find_place(task, addr, len, flags, &above);
}

/* ---- mmap ---- */

/* One mapping on its way. */
struct mmap_request {
	struct task_struct *task;
	struct mm_struct *mm;
	struct file *file; /* a new one for shared anonymous memory */
	u32 addr, len; /* bytes, whole pages */
	u32 vm_flags;
	pgoff_t pgoff;
};

static u32 calc_vm_flags(const struct mm_struct *mm, u32 prot, u32 flags)
{
	u32 vm_flags = prot & VM_RWX;

	if (prot & PROT_READ && mm->read_implies_exec)
		vm_flags |= VM_EXEC;
	vm_flags |= VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | mm->def_flags;
	vm_flags |= flags & MAP_GROWSDOWN ? VM_GROWSDOWN : 0;
	/* today: MAP_DENYWRITE means nothing, and MAP_STACK no huge pages. */
	vm_flags |= flags & MAP_STACK ? VM_NOHUGEPAGE : 0;
	vm_flags |= flags & MAP_LOCKED ? VM_LOCKED : 0;
	return vm_flags;
}

static int check_locked(const struct mmap_request *r, u32 flags)
{
	u32 limit = r->task->rlim[RLIMIT_MEMLOCK];

	if (flags & MAP_LOCKED && limit == 0)
		return -EPERM;
	if (r->vm_flags & VM_LOCKED && !below_limit(r->mm->locked_vm, r->len >> PAGE_SHIFT, limit))
		return -EAGAIN;
	return 0;
}

/* MAP_SHARED, MAP_PRIVATE on a file: what its open mode allows. */
static int check_file(struct mmap_request *r, u32 prot, u32 flags)
{
	u32 type = flags & MAP_TYPE, mode = r->file->f_mode;

	if (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (type == MAP_SHARED_VALIDATE && flags & ~LEGACY_MAP_MASK)
		return -EOPNOTSUPP;
	if (type != MAP_PRIVATE) {
		if (prot & PROT_WRITE && !(mode & FMODE_WRITE))
			return -EACCES;
		if (prot & PROT_WRITE && file_inode(r->file)->i_swapfile)
			return -ETXTBSY;
		r->vm_flags |= VM_SHARED | VM_MAYSHARE;
		if (!(mode & FMODE_WRITE))
			r->vm_flags &= ~(VM_MAYWRITE | VM_SHARED);
	}
	if (!(mode & FMODE_READ))
		return -EACCES;
	return r->vm_flags & VM_GROWSDOWN ? -EINVAL : 0;
}

static int check_anonymous(struct mmap_request *r, u32 flags)
{
	switch (flags & MAP_TYPE) {
	case MAP_SHARED:
		if (r->vm_flags & VM_GROWSDOWN)
			return -EINVAL;
		r->vm_flags |= VM_SHARED | VM_MAYSHARE;
		r->pgoff = 0;
		return 0;
	case MAP_PRIVATE: r->pgoff = r->addr >> PAGE_SHIFT; return 0;
	default: return -EINVAL;
	}
}

/* Pages of [start, end) that are mapped now, in regions that have all of @vm_flags. */
static u32 count_vm_pages_intersect(struct mm_struct *mm, u32 start, u32 end, u32 vm_flags)
{
	struct vm_area_struct *vma = find_vma_quiet(mm, start);
	u32 pages = 0;

	for (; vma && vma->vm_start < end; vma = KGET(vma->vm_next)) {
		u32 from = vma->vm_start > start ? vma->vm_start : start;
		u32 to = vma->vm_end < end ? vma->vm_end : end;

		if ((vma->vm_flags & vm_flags) == vm_flags)
			pages += (to - from) >> PAGE_SHIFT;
	}
	return pages;
}

/* The struct, and for shared anonymous memory the object behind it, before anything changes. */
static struct vm_area_struct *prepare_vma(struct mmap_request *r)
{
	struct machine *m = machine_of(r->mm);
	struct vm_area_struct *vma;
	struct file *shm;

	vma = new_vma(m, r->addr, r->addr + r->len, r->vm_flags, r->file, r->pgoff);
	if (!vma || r->file || !(r->vm_flags & VM_SHARED))
		return vma;
	shm = shmem_zero_setup(machine_of(r->mm), r->mm, r->len, r->vm_flags & VM_NORESERVE);
	if (!shm) {
		free_vma(vma);
		return NULL;
	}
	KSET(vma->vm_file, shm);
	return vma;
}

/* Room in the way goes; then the new region joins its neighbours or stands alone. */
static int place_vma(struct mmap_request *r, struct vm_area_struct *vma)
{
	u32 end = r->addr + r->len;
	struct vm_area_struct *prev, *next = find_vma_prev(r->mm, r->addr, &prev);

	if (next && next->vm_start < end) {
		int error = do_munmap(r->mm, r->addr, r->len);

		if (error)
			return error;
		find_vma_prev(r->mm, r->addr, &prev);
	}
	if (vma_merge(r->mm, prev, r->addr, end, r->vm_flags, NULL, KGET(vma->vm_file), r->pgoff))
		free_vma(vma);
	else
		vma_link(r->mm, vma, prev);
	vm_stat_account(r->mm, r->vm_flags, (s32)(r->len >> PAGE_SHIFT));
	return 0;
}

static bool limits_allow(const struct mmap_request *r)
{
	u32 pages = r->len >> PAGE_SHIFT;

	if (may_expand_vm(r->task, r->vm_flags, pages))
		return true;
	pages -= count_vm_pages_intersect(r->mm, r->addr, r->addr + r->len, 0);
	return may_expand_vm(r->task, r->vm_flags, pages);
}

/* today: what a fixed mapping would replace is cut off before the limits are looked at. */
static void cut_out(const struct mmap_request *r)
{
	u32 end = r->addr + r->len;
	struct vm_area_struct *vma = find_vma_intersection(r->mm, r->addr, end);

	if (vma && vma->vm_start < r->addr && split_vma(r->mm, vma, r->addr, true))
		return;
	vma = find_vma_intersection(r->mm, end - PAGE_SIZE, end);
	if (vma && vma->vm_end > end)
		split_vma(r->mm, vma, end, false);
}

/* today: what a fixed mapping replaces is promised already; only the rest must be there. */
static int charge(const struct mmap_request *r)
{
	struct machine *m = machine_of(r->mm);
	u32 pages = r->len >> PAGE_SHIFT;
	u32 replaced = count_vm_pages_intersect(r->mm, r->addr, r->addr + r->len, VM_ACCOUNT);

	if (pages > replaced && !vm_may_commit(m, r->mm, pages - replaced))
		return -ENOMEM;
	vm_acct_memory(m, pages);
	return 0;
}

static int mmap_region(struct mmap_request *r)
{
	struct machine *m = machine_of(r->mm);
	u32 pages = r->len >> PAGE_SHIFT;
	struct vm_area_struct *vma;
	int error;

	if (!limits_allow(r)) {
		cut_out(r);
		return -ENOMEM;
	}
	if (accountable_mapping(r->vm_flags)) {
		error = charge(r);
		if (error)
			return error;
		r->vm_flags |= VM_ACCOUNT;
	}
	vma = prepare_vma(r);
	error = vma ? place_vma(r, vma) : -ENOMEM;
	if (!error)
		return 0;
	if (vma)
		free_vma(vma);
	if (r->vm_flags & VM_ACCOUNT)
		vm_unacct_memory(m, pages);
	return error;
}

/* The flags of the region, and the checks that depend on the kind of mapping. */
static int mmap_classify(struct mmap_request *r, u32 prot, u32 flags)
{
	struct machine *m = machine_of(r->mm);
	int error;

	r->vm_flags = calc_vm_flags(r->mm, prot, flags);
	error = check_locked(r, flags);
	if (error)
		return error;
	error = r->file ? check_file(r, prot, flags) : check_anonymous(r, flags);
	if (error)
		return error;
	/* Huge pages of their own kind are not set aside: there are none. */
	if (flags & MAP_HUGETLB)
		return -ENOMEM;
	if (flags & MAP_NORESERVE && sysctl(m, SYSCTL_OVERCOMMIT_MEMORY) != OVERCOMMIT_NEVER)
		r->vm_flags |= VM_NORESERVE;
	return 0;
}

s64 do_mmap(struct task_struct *task, struct file *file, u32 addr, u32 len, u32 prot, u32 flags,
	    pgoff_t pgoff)
{
	struct mm_struct *mm = KGET(task->mm);
	struct machine *m = machine_of(mm);
	struct mmap_request r = { task, mm, flags & MAP_ANONYMOUS ? NULL : file, 0, 0, 0, pgoff };
	struct vm_area_struct *above;
	s64 where;
	int error;

	if (!r.file && !(flags & MAP_ANONYMOUS))
		return -EBADF;
	if (!len || (r.file && flags & MAP_HUGETLB))
		return -EINVAL;
	if (PAGE_ALIGN(len) > TASK_SIZE)
		return -ENOMEM;
	r.len = (u32)PAGE_ALIGN(len);
	if (r.file && (u64)pgoff + (r.len >> PAGE_SHIFT) > 1ull << 32)
		return -EOVERFLOW;
	if (mm->map_count > sysctl(m, SYSCTL_MAX_MAP_COUNT))
		return -ENOMEM;
	if (flags & MAP_FIXED_NOREPLACE)
		flags |= MAP_FIXED;
	where = find_place(task, addr, r.len, flags, &above);
	if (where < 0)
		return where;
	if (above) /* what the region's place is looked for by in a moment */
		KSET(mm->mmap_cache, above);
	r.addr = (u32)where;
	if (flags & MAP_FIXED_NOREPLACE && find_vma_intersection(mm, r.addr, r.addr + r.len))
		return -EEXIST;
	error = mmap_classify(&r, prot, flags);
	if (!error)
		error = mmap_region(&r);
	if (error)
		return error;
	if (vma_populates(r.vm_flags) || (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE)
		mm_populate(task, r.addr, r.len, true);
	return r.addr;
}

/* ---- munmap ---- */

/* Take [start, end), a part of @vma at one of its ends or all of it, away. */
static void unmap_part(struct mm_struct *mm, struct vm_area_struct *vma, u32 start, u32 end)
{
	struct machine *m = machine_of(mm);
	u32 pages = (end - start) >> PAGE_SHIFT;

	zap_page_range(vma, start, end);
	if (vma->vm_flags & VM_ACCOUNT)
		vm_unacct_memory(m, pages);
	vm_stat_account(mm, vma->vm_flags, -(s32)pages);
	if (start == vma->vm_start && end == vma->vm_end) {
		remove_vm_struct(mm, vma);
		free_vma(vma);
	} else if (start == vma->vm_start) {
		vma_adjust(vma, end, vma->vm_end, vma->vm_pgoff + pages);
	} else {
		vma_adjust(vma, vma->vm_start, start, vma->vm_pgoff);
	}
}

/*
 * The only step of munmap that can fail comes first: cutting one region in two.  Every other
 * region loses an end or goes as a whole.  ULK's two phases: the regions, then the tables.
 */
int do_munmap(struct mm_struct *mm, u32 start, u32 len)
{
	struct vm_area_struct *vma, *prev, *next;
	u32 end;

	if (start & ~PAGE_MASK || start > TASK_SIZE || len > TASK_SIZE - start || !len)
		return -EINVAL;
	end = start + (u32)PAGE_ALIGN(len);
	vma = find_vma_intersection(mm, start, end);
	if (!vma)
		return 0;
	if (vma->vm_start < start && end < vma->vm_end) {
		int error = split_vma(mm, vma, end, false);

		if (error)
			return error;
	}
	prev = vma->vm_start < start ? vma : KGET(vma->vm_prev);
	for (; vma && vma->vm_start < end; vma = next) {
		next = KGET(vma->vm_next);
		unmap_part(mm, vma, vma->vm_start > start ? vma->vm_start : start,
			   vma->vm_end < end ? vma->vm_end : end);
	}
	next = prev ? KGET(prev->vm_next) : KGET(mm->mmap);
	free_pgtables(mm, start, end, prev ? prev->vm_end : 0, next ? next->vm_start : TASK_SIZE);
	return 0;
}

/* ---- the stack ---- */

/* Is there room, and distance to what can be accessed below? */
static bool stack_gap_allows(const struct vm_area_struct *vma, u32 start)
{
	const struct machine *m = machine_of(vma);
	const struct vm_area_struct *prev = KGET(vma->vm_prev);
	u32 gap = sysctl(m, SYSCTL_STACK_GUARD_GAP) << PAGE_SHIFT;

	if (start < sysctl(m, SYSCTL_MMAP_MIN_ADDR) || (prev && prev->vm_end > start))
		return false;
	return !prev || prev->vm_flags & VM_GROWSDOWN || !(prev->vm_flags & VM_RWX) ||
	       start - prev->vm_end >= gap;
}

/* May the region grow down to @start?  Limits and the guard gap.  0, -ENOMEM. */
int stack_may_grow(const struct task_struct *task, const struct vm_area_struct *vma, u32 start)
{
	const struct machine *m = machine_of(vma);
	u32 grow = (vma->vm_start - start) >> PAGE_SHIFT, limit = task->rlim[RLIMIT_STACK];

	if (!stack_gap_allows(vma, start))
		return -ENOMEM;
	if (limit != RLIM_INFINITY && vma->vm_end - start > limit)
		return -ENOMEM;
	if (vma->vm_flags & VM_LOCKED &&
	    !below_limit(KGET(vma->vm_mm)->locked_vm, grow, task->rlim[RLIMIT_MEMLOCK]))
		return -ENOMEM;
	if (vma->vm_flags & VM_ACCOUNT && !vm_may_commit(m, KGET(vma->vm_mm), grow))
		return -ENOMEM;
	return may_expand_vm(task, vma->vm_flags, grow) ? 0 : -ENOMEM;
}

int expand_stack(struct task_struct *task, struct vm_area_struct *vma, u32 addr)
{
	struct mm_struct *mm = KGET(vma->vm_mm);
	u32 start = addr & PAGE_MASK, grow = (vma->vm_start - start) >> PAGE_SHIFT;
	int error;

	if (addr >= vma->vm_start)
		return 0;
	error = stack_may_grow(task, vma, start);
	/* today: the region needs an anon_vma, whether it is allowed to grow or not. */
	if ((!error || stack_gap_allows(vma, start)) && anon_vma_prepare(vma))
		return -ENOMEM;
	if (!error && vma->vm_flags & VM_ACCOUNT)
		error = vm_enough_memory(machine_of(mm), mm, grow);
	if (error)
		return error;
	vma_adjust(vma, start, vma->vm_end, vma->vm_pgoff - grow);
	vm_stat_account(mm, vma->vm_flags, (s32)grow);
	return 0;
}

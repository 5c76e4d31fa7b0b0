// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Advice about the use of memory.  madvise(2).
 *
 * Advice is one row: which regions refuse it, and what it does to a region's part or to its
 * flags.  The range is done region by region; holes are stepped over and make it ENOMEM in the
 * end, a region that refuses stops it.
 */
#include <errno.h>

#include "mm/filemap.h"
#include "mm/lru.h"
#include "mm/machine.h"
#include "mm/pgtable.h"
#include "mm/vmscan.h"

struct madvise_row {
	u32 set, clear; /* VM_* */
	int (*refuse)(const struct vm_area_struct *vma); /* 0 or -errno */
	int (*act)(struct vm_area_struct *vma, u32 start, u32 end);
	bool known;
};

/* ---- who refuses ---- */

static int not_locked(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_LOCKED ? -EINVAL : 0;
}

static int private_anonymous(const struct vm_area_struct *vma)
{
	return KNULL(vma->vm_file) ? 0 : -EINVAL;
}

static int free_allowed(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_LOCKED ? -EINVAL : private_anonymous(vma);
}

static int remove_allowed(const struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_LOCKED || KNULL(vma->vm_file))
		return -EINVAL;
	return (vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE) ? 0 :
											  -EACCES;
}

/* ---- what is done ---- */

static pgoff_t file_page(const struct vm_area_struct *vma, u32 addr)
{
	return vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
}

/* A page of the file into its cache; of shared memory, into the swap cache.  False: no more. */
static bool willneed_page(struct address_space *mapping, pgoff_t index)
{
	struct page *page;

	if (is_swapped_out(mapping, index)) {
		swp_entry_t entry = shmem_entry(mapping, index);

		return is_poisoned_swp_entry(entry) || swapin_entry(machine_of(mapping), entry);
	}
	/* Shared memory that was never there: reading it would make it. */
	if (mapping->a_ops == AOPS_SHMEM)
		return true;
	if (read_cache_page(mapping, index, &page, NULL))
		return false;
	put_page(page);
	return true;
}

/*
 * Read pages in, the file's and those swapped out; what cannot be read now is read when it is
 * needed.
 */
static int madvise_willneed(struct vm_area_struct *vma, u32 start, u32 end)
{
	struct file *file = KGET(vma->vm_file);
	struct inode *inode = file ? file_inode(file) : NULL;

	swapin_range(vma, start, end);
	for (; inode && start < end; start += PAGE_SIZE) {
		pgoff_t index = file_page(vma, start);

		if (index >= PAGE_ALIGN(inode->i_size) >> PAGE_SHIFT ||
		    !willneed_page(&inode->i_data, index))
			break;
	}
	return 0;
}

static int madvise_dontneed(struct vm_area_struct *vma, u32 start, u32 end)
{
	zap_page_range(vma, start, end);
	return 0;
}

/* The page may be dropped instead of swapped out, until it is written again. */
static void mark_lazyfree(struct mm_struct *mm, const struct pte_walk *w)
{
	struct machine *m = machine_of(mm);
	pte_t e = w->pte;
	struct page *page = pte_present(e) ? vm_normal_page(m, e) : NULL;

	if (pte_is_poisoned(e))
		set_pte(mm, w->ptep, (pte_t){ 0 });
	if (pte_is_swap(e)) {
		set_pte(mm, w->ptep, (pte_t){ 0 });
		mm->rss_stat[MM_SWAPENTS]--;
		free_swap_and_cache(m, pte_to_swp_entry(e));
	}
	if (!page || !PageAnon(page))
		return;
	/* Others' entries say whether they wrote to it; of the page itself it is not known who. */
	if ((PageSwapCache(page) || PageDirty(page)) && page_mapcount(page) != 1)
		return;
	if (PageSwapCache(page) && !try_to_free_swap(page))
		return;
	mark_page_lazyfree(page);
	ClearPageDirty(page);
	e.v &= ~(PG_A | PG_D);
	set_pte(mm, w->ptep, e);
	flush_tlb_page(mm, w->addr);
}

static void mark_old(struct mm_struct *mm, const struct pte_walk *w)
{
	struct machine *m = machine_of(mm);
	pte_t e = w->pte;
	struct page *page = pte_present(e) ? vm_normal_page(m, e) : NULL;

	/* What others use, too, is not this process's to judge. */
	if (!page || page_mapcount(page) != 1)
		return;
	e.v &= ~PG_A;
	set_pte(mm, w->ptep, e);
	flush_tlb_page(mm, w->addr);
	deactivate_page(page);
}

static int madvise_free(struct vm_area_struct *vma, u32 start, u32 end)
{
	struct mm_struct *mm = KGET(vma->vm_mm);

	for_each_pte(mm, start, end, w)
		mark_lazyfree(mm, &w);
	return 0;
}

static int madvise_cold(struct vm_area_struct *vma, u32 start, u32 end)
{
	struct mm_struct *mm = KGET(vma->vm_mm);

	for_each_pte(mm, start, end, w)
		mark_old(mm, &w);
	return 0;
}

static int madvise_pageout(struct vm_area_struct *vma, u32 start, u32 end)
{
	reclaim_range(vma, start, end);
	return 0;
}

static int madvise_remove(struct vm_area_struct *vma, u32 start, u32 end)
{
	struct inode *inode = file_inode(KGET(vma->vm_file));

	return punch_hole(inode, file_page(vma, start), (end - start) >> PAGE_SHIFT);
}

static const struct madvise_row rows[] = {
	[MADV_NORMAL] = { .clear = VM_RAND_READ | VM_SEQ_READ, .known = true },
	[MADV_RANDOM] = { .set = VM_RAND_READ, .clear = VM_SEQ_READ, .known = true },
	[MADV_SEQUENTIAL] = { .set = VM_SEQ_READ, .clear = VM_RAND_READ, .known = true },
	[MADV_WILLNEED] = { .act = madvise_willneed, .known = true },
	[MADV_DONTNEED] = { .refuse = not_locked, .act = madvise_dontneed, .known = true },
	[MADV_FREE] = { .refuse = free_allowed, .act = madvise_free, .known = true },
	[MADV_REMOVE] = { .refuse = remove_allowed, .act = madvise_remove, .known = true },
	[MADV_DONTFORK] = { .set = VM_DONTCOPY, .known = true },
	[MADV_DOFORK] = { .clear = VM_DONTCOPY, .known = true },
	[MADV_DONTDUMP] = { .set = VM_DONTDUMP, .known = true },
	[MADV_DODUMP] = { .clear = VM_DONTDUMP, .known = true },
	[MADV_WIPEONFORK] = { .set = VM_WIPEONFORK, .refuse = private_anonymous, .known = true },
	[MADV_KEEPONFORK] = { .clear = VM_WIPEONFORK, .known = true },
	[MADV_COLD] = { .refuse = not_locked, .act = madvise_cold, .known = true },
	[MADV_PAGEOUT] = { .refuse = not_locked, .act = madvise_pageout, .known = true },
	[MADV_POPULATE_READ] = { .known = true },
	[MADV_POPULATE_WRITE] = { .known = true },
};

/* One region's part.  *vmap is then the region that holds it. */
static int madvise_region(struct vm_area_struct **vmap, u32 start, u32 end,
			  const struct madvise_row *row)
{
	u32 flags = ((*vmap)->vm_flags & ~row->clear) | row->set;
	int error = row->refuse ? row->refuse(*vmap) : 0;

	if (error)
		return error;
	if (row->act)
		return row->act(*vmap, start, end);
	if (flags == (*vmap)->vm_flags)
		return 0;
	return vma_modify(vmap, start, end, flags) ? -EAGAIN : 0;
}

static int madvise_walk(struct mm_struct *mm, u32 start, u64 end, const struct madvise_row *row)
{
	struct vm_area_struct *vma = find_vma(mm, start);
	int hole = 0;

	while (start < end) {
		u32 stop;
		int error;

		if (!vma || vma->vm_start >= end)
			return -ENOMEM;
		if (vma->vm_start > start) {
			hole = -ENOMEM;
			start = vma->vm_start;
		}
		stop = vma->vm_end < end ? vma->vm_end : (u32)end;
		error = madvise_region(&vma, start, stop, row);
		if (error)
			return error;
		start = stop;
		if (vma->vm_end <= start)
			vma = KGET(vma->vm_next);
	}
	return hole;
}

/* Fault in page by page; the first that cannot be had ends it. */
static int madvise_populate(struct task_struct *task, u32 start, u64 end, bool write)
{
	struct mm_struct *mm = KGET(task->mm);

	for (; start < end; start += PAGE_SIZE) {
		struct vm_area_struct *vma = find_vma(mm, start);
		int error;

		if (!vma || vma->vm_start > start)
			return -ENOMEM;
		if (!(vma->vm_flags & (write ? VM_WRITE : VM_READ)))
			return -EINVAL;
		error = fault_in_page(task, vma, start, write);
		if (error)
			return error == -EIO ? -EFAULT : error;
	}
	return 0;
}

int sys_madvise(struct task_struct *task, u32 start, u32 len, u32 advice)
{
	struct mm_struct *mm = KGET(task->mm);
	u64 end = (u64)start + PAGE_ALIGN(len);

	if (advice >= ARRAY_SIZE(rows) || !rows[advice].known || start & ~PAGE_MASK)
		return -EINVAL;
	if (advice == MADV_POPULATE_READ || advice == MADV_POPULATE_WRITE)
		return madvise_populate(task, start, end, advice == MADV_POPULATE_WRITE);
	return madvise_walk(mm, start, end, &rows[advice]);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Swap areas come and go.  ULK ch. 17, "Activating and Deactivating a Swap Area".
 *
 * An area is an ordinary file that begins with mkswap(8)'s header, of one page:
 *
 *	1024	version, last_page, nr_badpages: 32 bits each
 *	1036	uuid and label, 16 bytes each
 *	1536	the numbers of bad pages
 *	4086	SWAPSPACE2
 *
 * While it is in use the file is neither written nor cut short, renamed or removed.
 *
 * swapoff brings all pages back: first nothing goes out to the area any more, then each
 * entry of each process and each shared memory object gets its page; today: where the host cannot
 * read it, a marker.  Where memory fails, the area is in use again, with what is not back yet.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mm/filemap.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/vmalloc.h"
#include "mm/writeback.h"
#include "swap_internal.h"

struct swap_header {
	u8 bootbits[1024];
	u32 version, last_page, nr_badpages;
	u8 sws_uuid[16], sws_volume[16];
	u32 padding[117];
	u32 badpages[1];
};

#define SWAP_MAGIC "SWAPSPACE2"
#define SWAP_MAGIC_LEN 10u

const char *const swap_refusal_words[NR_SWAP_REFUSALS] = {
#define X(id, words) [id] = words,
	SWAP_REFUSALS(X)
#undef X
};

static int refuse(enum swap_refusal why, int error, enum swap_refusal *ret)
{
	*ret = why;
	return error;
}

/* ---- swapon ---- */

/* The area's size in slots, the header's included, or -EINVAL. */
static s64 parse_header(const void *page, u64 size, enum swap_refusal *ret_why)
{
	const struct swap_header *h = page;
	const char *magic = (const char *)page + PAGE_SIZE - SWAP_MAGIC_LEN;
	u32 version = h->version, last = h->last_page, bad = h->nr_badpages;
	u64 slots;

	if (memcmp(magic, SWAP_MAGIC, SWAP_MAGIC_LEN) != 0)
		return refuse(SWAP_NO_SIGNATURE, -EINVAL, ret_why);
	if (__builtin_bswap32(version) == 1) { /* made on a machine of the other byte order */
		version = 1;
		last = __builtin_bswap32(last);
		bad = __builtin_bswap32(bad);
	}
	if (version != 1)
		return refuse(SWAP_WRONG_VERSION, -EINVAL, ret_why);
	if (!last)
		return refuse(SWAP_EMPTY, -EINVAL, ret_why);
	slots = (u64)last + 1;
	if (slots > 1u << SWP_OFFSET_BITS)
		slots = 1u << SWP_OFFSET_BITS;
	if (slots > size >> PAGE_SHIFT)
		return refuse(SWAP_TOO_SHORT, -EINVAL, ret_why);
	if (bad) /* a file system hides the bad blocks of its disk */
		return refuse(SWAP_BAD_PAGES, -EINVAL, ret_why);
	return (s64)slots;
}

/* The header as the file has it now, with what was written to the file put there. */
static s64 read_header(struct inode *inode, enum swap_refusal *ret_why)
{
	struct page *page;
	s64 slots;
	int error = filemap_write(inode);

	if (!error)
		error = read_cache_page(&inode->i_data, 0, &page, NULL);
	if (error)
		return refuse(SWAP_UNREADABLE, error, ret_why);
	slots = parse_header(page_address(page), inode->i_size, ret_why);
	put_page(page);
	return slots;
}

static struct swap_info_struct *alloc_swap_info(struct machine *m)
{
	struct swap_info_struct *si;

	for (u32 type = 0; type < MAX_SWAPFILES; type++) {
		if (swap_info(m, type))
			continue;
		si = kzalloc(m, sizeof(*si), GFP_KERNEL);
		if (si)
			si->type = type;
		return si;
	}
	return NULL;
}

static void clear_map(struct swap_info_struct *si)
{
	for (u32 offset = 0; offset < si->max; offset += PAGE_SIZE / sizeof(struct swap_slot))
		memset(swap_slot(si, offset), 0, PAGE_SIZE);
	swap_slot(si, 0)->count = SWAP_MAP_BAD;
}

/* An area of @slots slots, not known to anybody yet.  0 or -ENOMEM. */
static int new_area(struct machine *m, struct file *file, u32 slots, struct swap_info_struct **ret)
{
	struct swap_info_struct *si = alloc_swap_info(m);

	if (!si)
		return -ENOMEM;
	si->swap_map = vmalloc(m, slots * (u32)sizeof(struct swap_slot));
	if (!si->swap_map) {
		kfree(si);
		return -ENOMEM;
	}
	si->max = slots;
	si->pages = slots - 1;
	si->lowest_bit = si->cluster_next = 1;
	si->highest_bit = slots - 1;
	clear_map(si);
	KSET(si->swap_file, get_file(file));
	*ret = si;
	return 0;
}

static bool all_types_used(const struct machine *m)
{
	for (u32 type = 0; type < MAX_SWAPFILES; type++)
		if (!swap_info(m, type))
			return false;
	return true;
}

/* Checks before the file is read.  0 or -errno. */
static int check_file(struct machine *m, const struct file *file, enum swap_refusal *ret_why)
{
	const struct inode *inode = file_inode(file);

	if (all_types_used(m))
		return refuse(SWAP_TOO_MANY, -EPERM, ret_why);
	if (inode->i_data.a_ops != AOPS_BACKED || !m->ops->swap_rw)
		return refuse(SWAP_NO_FILE, -EINVAL, ret_why);
	if (inode->i_swapfile)
		return refuse(SWAP_BUSY, -EBUSY, ret_why);
	return 0;
}

int sys_swapon(struct machine *m, struct file *file, s32 prio, enum swap_refusal *ret_why)
{
	struct inode *inode = file_inode(file);
	struct swap_info_struct *si;
	int error = check_file(m, file, ret_why);
	s64 slots = error ? error : read_header(inode, ret_why);

	if (slots < 0)
		return (int)slots;
	error = m->ops->swap_activate(m->ops_data, inode->i_handle, (u64)slots << PAGE_SHIFT);
	if (error)
		return refuse(error == -EINVAL ? SWAP_HOLES : SWAP_UNREADABLE, error, ret_why);
	error = new_area(m, file, (u32)slots, &si);
	if (error)
		return refuse(SWAP_NO_MEMORY, error, ret_why);
	/* Its pages are the swap cache's now. */
	inode->i_swapfile = true;
	invalidate_inode_pages(inode);
	si->prio = prio >= 0 ? prio : --m->k->swap.least_priority;
	KSET(m->k->swap.info[si->type], si);
	swap_area_enable(si);
	return 0;
}

/* ---- swapoff: processes ---- */

/* A page that is back, for the entries that hold its slot. */
struct unuse {
	struct page *page; /* NULL: it is lost */
	swp_entry_t entry;
};

/* anon_vma_fn: does @ptep hold the slot?  Then give it the page. */
static void unuse_pte(struct vm_area_struct *vma, u32 addr, void *ptep, void *arg)
{
	const struct unuse *u = arg;
	struct mm_struct *mm = KGET(vma->vm_mm);
	struct machine *m = machine_of(mm);
	pte_t e = pte_get(m->paging, ptep);

	if (!pte_is_swap(e) || pte_to_swp_entry(e).val != u->entry.val)
		return;
	swap_free(m, u->entry);
	mm->rss_stat[MM_SWAPENTS]--;
	if (!u->page) {
		set_pte(mm, ptep, swp_entry_to_pte(make_poisoned_swp_entry(), false));
		return;
	}
	get_page(u->page);
	if (pte_swp_exclusive(e))
		SetPageAnonExclusive(u->page);
	page_add_anon_rmap(u->page, vma, addr);
	set_pte(mm, ptep, mk_pte(page_to_pfn(u->page), vm_page_prot(m, vma->vm_flags) & ~PG_A));
}

/*
 * Bring back the page of the slot that @ptep holds, for all who hold it: a page that kept its slot
 * for others could go out to it again.  0 or -ENOMEM.
 */
static int unuse_slot(struct vm_area_struct *vma, u32 addr, void *ptep)
{
	struct machine *m = machine_of(vma);
	struct unuse u = { .entry = pte_to_swp_entry(pte_get(m->paging, ptep)) };
	bool major;
	int error = read_swap_page(m, u.entry, GFP_SWAPIN_TRY, true, &u.page, &major);

	if (error == -ENOMEM)
		return error;
	if (error)
		u.page = NULL;
	/* One that is nobody else's: the relations, who may be many, need not be asked. */
	if (swap_count(m, u.entry) == 1)
		unuse_pte(vma, addr, ptep, &u);
	else
		anon_vma_walk(vma, addr, unuse_pte, &u);
	if (u.page) {
		try_to_free_swap(u.page);
		put_page(u.page);
	}
	return 0;
}

static int unuse_vma(struct vm_area_struct *vma, u32 type)
{
	for_each_pte(KGET(vma->vm_mm), vma->vm_start, vma->vm_end, w) {
		int error;

		if (!pte_is_swap(w.pte) || swp_type(pte_to_swp_entry(w.pte)) != type)
			continue;
		error = unuse_slot(vma, w.addr, w.ptep);
		if (error)
			return error;
	}
	return 0;
}

static int unuse_mm(struct mm_struct *mm, u32 type)
{
	struct vm_area_struct *vma = KGET(mm->mmap);
	int error = 0;

	if (!mm->rss_stat[MM_SWAPENTS])
		return 0;
	for (; vma && !error; vma = KGET(vma->vm_next))
		if (!KNULL(vma->anon_vma))
			error = unuse_vma(vma, type);
	return error;
}

static int unuse_processes(struct machine *m, u32 type)
{
	struct task_struct *task;
	int error;

	list_for_each_entry(task, &m->k->tasks, tasks) {
		error = KNULL(task->mm) ? 0 : unuse_mm(KGET(task->mm), type);
		if (error)
			return error;
	}
	return 0;
}

/* ---- swapoff: the rest ---- */

/* What no entry holds but the swap cache gives its slot back. */
static void unuse_cache(struct swap_info_struct *si)
{
	for (u32 offset = 1; si->inuse_pages && offset < si->max; offset++) {
		pfn_t frame = swap_slot_frame(swap_slot(si, offset));

		if (frame)
			try_to_free_swap(pfn_to_page(machine_of(si), frame));
	}
}

/*
 * The cache first: mapped pages that need their slot no more would go out to it again, behind
 * the walk through the processes.
 */
static int try_to_unuse(struct swap_info_struct *si)
{
	struct machine *m = machine_of(si);
	int error = 0;

	unuse_cache(si);
	while (si->inuse_pages && !error) {
		u32 before = si->inuse_pages;

		error = unuse_processes(m, si->type);
		if (!error)
			error = shmem_unuse(m, si->type);
		unuse_cache(si);
		if (!error && si->inuse_pages >= before)
			error = -ENOMEM;
	}
	return error;
}

static struct swap_info_struct *area_of(const struct machine *m, const struct inode *inode)
{
	for (u32 type = 0; type < MAX_SWAPFILES; type++) {
		struct swap_info_struct *si = swap_info(m, type);

		if (si && file_inode(KGET(si->swap_file)) == inode)
			return si;
	}
	return NULL;
}

/* today: priorities that the kernel gave stay without gaps. */
static void close_priority_gap(struct machine *m, s32 prio)
{
	struct swap_info_struct *si;

	if (prio >= 0)
		return;
	list_for_each_entry(si, &m->k->swap.areas, list)
		if (si->prio < prio)
			si->prio++;
	m->k->swap.least_priority++;
}

static void free_area(struct swap_info_struct *si)
{
	struct machine *m = machine_of(si);
	struct file *file = KGET(si->swap_file);
	struct inode *inode = file_inode(file);

	assert(!si->inuse_pages);
	close_priority_gap(m, si->prio);
	KSET(m->k->swap.info[si->type], NULL);
	vfree(m, si->swap_map);
	kfree(si);
	inode->i_swapfile = false;
	invalidate_inode_pages(inode);
	fput(file);
}

int sys_swapoff(struct machine *m, const struct file *file, enum swap_refusal *ret_why)
{
	struct swap_info_struct *si = area_of(m, file_inode(file));
	int error;

	if (!si)
		return refuse(SWAP_NOT_IN_USE, -EINVAL, ret_why);
	/* Processes must not have been promised more than what will be left. */
	if (!vm_may_commit(m, NULL, si->pages))
		return refuse(SWAP_PROMISED, -ENOMEM, ret_why);
	swap_area_disable(si);
	error = try_to_unuse(si);
	if (error) {
		swap_area_enable(si);
		return refuse(SWAP_NO_MEMORY, error, ret_why);
	}
	free_area(si);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nothing is lost: every frame in use and every object of the kernel's own caches belongs to
 * somebody.
 *
 * A frame that is not free is marked by its owner (slab, page table, handout, a file, an anonymous
 * page) or is in the list of a noncontiguous area.  An object is found from the processes, the
 * files and the handouts; those that nobody found have leaked.  A file's count is the number of
 * those who refer to it.
 */
#include <stdlib.h>

#include "mm/check.h"
#include "mm/handout.h"
#include "mm/machine.h"
#include "mm/rmap.h"
#include "mm/swap.h"
#include "mm/vmalloc.h"

/* ---- frames ---- */

/* One byte for each frame: it lies in a noncontiguous area, or in the list of one's frames. */
static u8 *frames_of_areas(struct machine *m)
{
	u8 *in_area = calloc(m->k->nr_frames, 1);

	for (const struct vm_struct *a = KGET(m->k->vmlist); in_area && a; a = KGET(a->next)) {
		const u32 *pages = KGET(a->pages);
		u32 bytes = pages ? a->nr_pages * (u32)sizeof(*pages) : 0;
		pfn_t list = pages ? (kva_of(pages) & LOWMEM_MASK) >> PAGE_SHIFT : 0;

		for (u32 i = 0; pages && i < a->nr_pages; i++)
			in_area[pages[i]] = 1;
		for (u32 at = 0; bytes > KMALLOC_MAX_SIZE && at < bytes; at += PAGE_SIZE)
			in_area[list + (at >> PAGE_SHIFT)] = 1;
	}
	return in_area;
}

static bool has_owner(const struct page *page)
{
	return PageReserved(page) || PagePcp(page) || PageSlab(page) || PageTable(page) ||
	       PageHandout(page) || PageSwapCache(page) || page->mapping;
}

static void frames_validate(struct machine *m, struct check *c, const u8 *in_area)
{
	for (const struct zone *z = m->k->zone; z < m->k->zone + MAX_NR_ZONES; z++) {
		pfn_t pfn = z->zone_start_pfn;

		while (pfn < z->frontier) {
			const struct page *page = pfn_to_page(m, pfn);

			check_that(c, PageBuddy(page) || has_owner(page) || in_area[pfn],
				   "frame %05x: flags %08x count %d, but nobody's", pfn,
				   page->flags, page_count(page));
			pfn += PageBuddy(page) && page->private < MAX_ORDER ? 1u << page->private :
									      1;
		}
	}
}

/* ---- references ---- */

/* Kernel addresses that were met, in any order. */
struct met {
	kva_t *va;
	u32 nr, room;
	bool failed; /* the host has no memory */
};

static void meet(struct met *met, kva_t va)
{
	if (!va || met->failed)
		return;
	if (met->nr == met->room) {
		u32 room = met->room ? 2 * met->room : 256;
		kva_t *more = realloc(met->va, room * sizeof(*more));

		met->failed = !more;
		if (!more)
			return;
		met->va = more;
		met->room = room;
	}
	met->va[met->nr++] = va;
}

static int by_value(const void *a, const void *b)
{
	kva_t x = *(const kva_t *)a, y = *(const kva_t *)b;

	return x < y ? -1 : x > y;
}

/* How often the one at *@i is there, which is moved behind these. => sorted */
static u32 next_met(const struct met *met, u32 *i)
{
	u32 first = *i;

	while (*i < met->nr && met->va[*i] == met->va[first])
		++*i;
	return *i - first;
}

/* Sorts them; how many different ones there are. */
static u32 count_met(struct met *met)
{
	u32 n = 0;

	if (met->nr)
		qsort(met->va, met->nr, sizeof(*met->va), by_value);
	for (u32 i = 0; i < met->nr; n++)
		next_met(met, &i);
	return n;
}

/* ---- objects ---- */

struct objects {
	struct machine *m;
	u32 nr[NR_KERNEL_CACHES]; /* found */
	struct met mms, files, anon_vmas;
};

static void meet_region(struct objects *o, const struct vm_area_struct *vma)
{
	const struct anon_vma_chain *link;

	o->nr[CACHE_VM_AREA_STRUCT]++;
	meet(&o->files, vma->vm_file.va);
	list_for_each_entry(link, &vma->anon_vma_chain, same_vma) {
		o->nr[CACHE_ANON_VMA_CHAIN]++;
		meet(&o->anon_vmas, link->anon_vma.va);
	}
}

static void meet_mms(struct objects *o)
{
	o->nr[CACHE_MM_STRUCT] = count_met(&o->mms);
	for (u32 i = 0; i < o->mms.nr; next_met(&o->mms, &i)) {
		const struct mm_struct *mm = kva_ptr(o->m->k, o->mms.va[i]);
		const struct vm_area_struct *vma;

		meet(&o->files, mm->exe_file.va);
		for (vma = KGET(mm->mmap); vma; vma = KGET(vma->vm_next))
			meet_region(o, vma);
	}
}

static void meet_task(struct objects *o, const struct task_struct *task)
{
	const struct files_struct *files = KGET(task->files);

	o->nr[CACHE_TASK_STRUCT]++;
	meet(&o->mms, task->mm.va);
	for (u32 fd = 0; files && fd < NR_OPEN; fd++)
		meet(&o->files, files->fd[fd].va);
}

/* An mm without users lives while a CPU, or a kernel thread that borrowed it, has its tables. */
static void meet_borrowed(struct objects *o)
{
	const struct task_struct *task;

	list_for_each_entry(task, &o->m->k->tasks, tasks)
		if (KNULL(task->mm) && task->active_mm.va != kva_of(&o->m->k->init_mm))
			meet(&o->mms, task->active_mm.va);
	for (unsigned i = 0; i < o->m->nr_cpus; i++)
		if (KGET(o->m->k->active_mm[i]) != &o->m->k->init_mm)
			meet(&o->mms, o->m->k->active_mm[i].va);
}

/* What was handed out may be an object of the kernel's own caches. */
static void meet_handout(struct objects *o, const struct handout *h)
{
	o->nr[CACHE_HANDOUT]++;
	for (unsigned i = 0; i < NR_KERNEL_CACHES; i++)
		o->nr[i] += h->kind == HANDOUT_CACHE && h->cache.va == o->m->k->cache[i].va;
}

static void meet_all(struct objects *o)
{
	struct kernel_data *k = o->m->k;
	const struct task_struct *task;
	const struct inode *inode;

	list_for_each_entry(task, &k->tasks, tasks)
		meet_task(o, task);
	meet_borrowed(o);
	meet_mms(o);
	meet(&o->files, k->init_file.va);
	for (u32 type = 0; type < MAX_SWAPFILES; type++)
		if (!KNULL(k->swap.info[type]))
			meet(&o->files, KGET(k->swap.info[type])->swap_file.va);
	o->nr[CACHE_FILP] = count_met(&o->files);
	o->nr[CACHE_ANON_VMA] = count_met(&o->anon_vmas);
	list_for_each_entry(inode, &k->inodes, i_list) {
		o->nr[CACHE_INODE]++;
		o->nr[CACHE_RADIX_TREE_NODE] += radix_tree_nodes(&inode->i_data.page_tree);
	}
	o->nr[CACHE_RADIX_TREE_NODE] += radix_tree_nodes(&k->pids) +
					radix_tree_nodes(&k->shm_segments) +
					radix_tree_nodes(&k->shm_keys);
	for (struct rb_node *rb = rb_first(&k->handouts); rb; rb = rb_next(rb))
		meet_handout(o, rb_entry(rb, struct handout, rb));
}

static void file_counts_validate(const struct objects *o, struct check *c)
{
	u32 i = 0;

	while (i < o->files.nr) {
		const struct file *file = kva_ptr(o->m->k, o->files.va[i]);
		u32 users = next_met(&o->files, &i);

		check_that(c, file->f_count == (s32)users, "file %08x: f_count %d, %u refer to it",
			   kva_of(file), file->f_count, users);
	}
}

static void objects_validate(const struct objects *o, struct check *c)
{
	for (unsigned i = 0; i < NR_KERNEL_CACHES; i++) {
		const struct kmem_cache *cachep = kernel_cache(o->m, i);
		struct slabinfo info;

		kmem_cache_info(cachep, &info);
		check_that(c, info.active_objs == o->nr[i], "%s: %u objects in use, %u found",
			   cachep->name, info.active_objs, o->nr[i]);
	}
	file_counts_validate(o, c);
}

u32 check_owners(struct machine *m, void (*report)(void *data, const char *line), void *data)
{
	struct check c = { report, data, 0 };
	u8 *in_area = frames_of_areas(m);
	struct objects o = { .m = m };

	meet_all(&o);
	if (in_area && !o.mms.failed && !o.files.failed && !o.anon_vmas.failed) {
		frames_validate(m, &c, in_area);
		objects_validate(&o, &c);
	} else {
		check_fail(&c, "the host has no memory for the check");
	}
	free(in_area);
	free(o.mms.va);
	free(o.files.va);
	free(o.anon_vmas.va);
	return c.failures;
}

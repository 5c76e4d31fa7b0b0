/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System V shared memory.  ULK ch. 19, "IPC Shared Memory".
 *
 *	shmid_kernel --> inode (shmem.c) <-- file <-- region, one file an attach
 *
 * A segment holds one reference on its object; IPC_RMID drops it.  So a removed segment lives
 * until the last file of an attach is closed, and then goes by itself: shm_destroyed.
 * How often it is attached is not stored: it is the number of regions in the object's i_mmap.
 * So a fork attaches, and a split does; merging leaves such regions apart (vma.c).
 *
 * Ids are made of a place and a sequence number, as Linux makes them: places are given out
 * in turn, and a place that comes round again has another sequence number.
 */
#include "mm/shm.h"

#include <errno.h>

#include "mm/check.h"
#include "mm/filemap.h"
#include "mm/lru.h"
#include "mm/machine.h"

#define IPC_PLACES 32768u /* an id is sequence * IPC_PLACES + place */
#define IPC_SEQUENCES 65535u
#define IPC_MIN_CYCLE 64u /* today: so many places are used before one is used again */
#define SHMLBA PAGE_SIZE
#define S_RUGO 0444u
#define S_WUGO 0222u
#define S_XUGO 0111u

/* ---- which segment ---- */

static struct shmid_kernel *shm_at_place(struct machine *m, u32 place)
{
	return radix_tree_lookup(&m->k->shm_segments, place);
}

static struct shmid_kernel *shm_find(struct machine *m, u32 id)
{
	struct shmid_kernel *shp = shm_at_place(m, id % IPC_PLACES);

	return shp && shp->id == id ? shp : NULL;
}

struct shmid_kernel *shm_next(struct machine *m, u32 *place)
{
	void *shp;

	if (!radix_tree_gang_lookup(&m->k->shm_segments, &shp, place, *place + 1, 1))
		return NULL;
	return shp;
}

/* ULK ipcperms: @want as three octal digits; the class of the process decides. */
static bool ipc_allows(const struct task_struct *task, const struct shmid_kernel *shp, u32 want)
{
	u32 granted = shp->mode;

	want = (want >> 6) | (want >> 3) | want;
	if (task->uid == shp->cuid || task->uid == shp->uid)
		granted >>= 6;
	else if (task->gid == shp->cgid || task->gid == shp->gid)
		granted >>= 3;
	return !(want & ~granted & 7);
}

static bool owns(const struct task_struct *task, const struct shmid_kernel *shp)
{
	return task->uid == shp->uid || task->uid == shp->cuid;
}

/* ---- making and ending ---- */

static u32 shm_pages(const struct shmid_kernel *shp)
{
	return (u32)(PAGE_ALIGN(shp->size) >> PAGE_SHIFT);
}

/* The first free place in [@place, @end), or IPC_PLACES. */
static u32 free_place(struct machine *m, u32 place, u32 end)
{
	while (place < end && shm_at_place(m, place))
		place++;
	return place < end ? place : IPC_PLACES;
}

/* The next free place in turn, or IPC_PLACES when there is none. */
static u32 next_place(struct machine *m)
{
	u32 cycle = m->k->shm_used * 3 / 2, place;

	if (m->k->shm_used >= sysctl(m, SYSCTL_SHMMNI))
		return IPC_PLACES;
	cycle = cycle < IPC_MIN_CYCLE ? IPC_MIN_CYCLE : cycle > IPC_PLACES ? IPC_PLACES : cycle;
	place = free_place(m, m->k->shm_used_before ? m->k->shm_last_place + 1 : 0, cycle);
	return place < IPC_PLACES ? place : free_place(m, 0, cycle);
}

/* => mm may be NULL: a kernel thread's */
static struct inode *new_object(struct machine *m, const struct mm_struct *mm, u32 size, u32 flags)
{
	bool noreserve =
		flags & SHM_R_NORESERVE && sysctl(m, SYSCTL_OVERCOMMIT_MEMORY) != OVERCOMMIT_NEVER;
	struct file *file = shmem_zero_setup(m, mm, size, noreserve);
	struct inode *inode;

	if (!file)
		return NULL;
	inode = iget(file_inode(file));
	fput(file);
	return inode;
}

/* Give it a place, and so an id.  0, -ENOSPC, -ENOMEM. */
static int take_place(struct machine *m, struct shmid_kernel *shp)
{
	struct kernel_data *k = m->k;
	u32 place = next_place(m);

	if (place == IPC_PLACES)
		return -ENOSPC;
	if (radix_tree_insert(m, &k->shm_segments, place, shp, GFP_KERNEL))
		return -ENOMEM;
	if (shp->key != IPC_PRIVATE_KEY &&
	    radix_tree_insert(m, &k->shm_keys, shp->key, shp, GFP_KERNEL)) {
		radix_tree_delete(m, &k->shm_segments, place);
		return -ENOMEM;
	}
	if (k->shm_used_before && place <= k->shm_last_place)
		k->shm_sequence = (k->shm_sequence + 1) % IPC_SEQUENCES;
	k->shm_used_before = true;
	k->shm_last_place = place;
	k->shm_used++;
	k->shm_total += shm_pages(shp);
	shp->id = k->shm_sequence * IPC_PLACES + place;
	return 0;
}

static void describe(struct shmid_kernel *shp, const struct task_struct *task, u32 key, u32 size,
		     u32 flags)
{
	shp->key = key;
	shp->mode = flags & 0777;
	shp->uid = shp->cuid = task->uid;
	shp->gid = shp->cgid = task->gid;
	shp->cpid = task->pid;
	shp->ctim = machine_of(task)->k->jiffies;
	shp->size = size;
}

static s64 newseg(struct task_struct *task, u32 key, u32 size, u32 flags)
{
	struct machine *m = machine_of(task);
	u32 pages = (u32)(PAGE_ALIGN(size) >> PAGE_SHIFT);
	struct shmid_kernel *shp;
	struct inode *inode;
	int error;

	if (!size || size > sysctl(m, SYSCTL_SHMMAX))
		return -EINVAL;
	if ((u64)m->k->shm_total + pages > sysctl(m, SYSCTL_SHMALL))
		return -ENOSPC;
	shp = kzalloc(m, sizeof(*shp), GFP_KERNEL);
	inode = shp ? new_object(m, KGET(task->mm), size, flags) : NULL;
	if (!inode) {
		kfree(shp);
		return -ENOMEM;
	}
	describe(shp, task, key, size, flags);
	error = take_place(m, shp);
	if (error) {
		iput(inode);
		kfree(shp);
		return error;
	}
	KSET(shp->inode, inode);
	KSET(inode->i_shm, shp);
	inode->i_shm_key = key;
	inode->i_ino = shp->id;
	return shp->id;
}

s64 sys_shmget(struct task_struct *task, u32 key, u32 size, u32 flags)
{
	struct machine *m = machine_of(task);
	struct shmid_kernel *shp;

	if (key == IPC_PRIVATE_KEY)
		return newseg(task, key, size, flags);
	shp = radix_tree_lookup(&m->k->shm_keys, key);
	if (!shp)
		return flags & SHM_R_CREAT ? newseg(task, key, size, flags) : -ENOENT;
	if ((flags & (SHM_R_CREAT | SHM_R_EXCL)) == (SHM_R_CREAT | SHM_R_EXCL))
		return -EEXIST;
	if (size > shp->size)
		return -EINVAL;
	return ipc_allows(task, shp, flags & 0777) ? (s64)shp->id : -EACCES;
}

/* Nobody finds it by its key any more.  Its object keeps the name. */
static void forget_key(struct machine *m, struct shmid_kernel *shp)
{
	if (shp->key != IPC_PRIVATE_KEY)
		radix_tree_delete(m, &m->k->shm_keys, shp->key);
	shp->key = IPC_PRIVATE_KEY;
}

void shm_destroyed(struct machine *m, struct inode *inode)
{
	struct shmid_kernel *shp = KGET(inode->i_shm);

	forget_key(m, shp);
	m->k->shm_used--;
	m->k->shm_total -= shm_pages(shp);
	radix_tree_delete(m, &m->k->shm_segments, shp->id % IPC_PLACES);
	kfree(shp);
}

/* ---- attaching ---- */

/* A copy that fork may still give up on is nobody's: it leaves no trace. */
static bool is_unfinished(const struct vm_area_struct *vma)
{
	return !KGET(vma->vm_mm)->owner;
}

void shm_open(struct vm_area_struct *vma)
{
	struct shmid_kernel *shp = vma_segment(vma);

	if (is_unfinished(vma))
		return;
	shp->atim = machine_of(vma)->k->jiffies;
	shp->lpid = KGET(vma->vm_mm)->owner;
}

void shm_close(struct vm_area_struct *vma)
{
	struct shmid_kernel *shp = vma_segment(vma);

	if (is_unfinished(vma))
		return;
	shp->dtim = machine_of(vma)->k->jiffies;
	shp->lpid = KGET(vma->vm_mm)->owner;
}

void shm_fork(struct mm_struct *mm)
{
	struct vm_area_struct *vma = machine_of(mm)->k->shm_used ? KGET(mm->mmap) : NULL;

	for (; vma; vma = KGET(vma->vm_next))
		if (vma_is_shm(vma))
			shm_open(vma);
}

/* The address to ask mmap for.  0 or -EINVAL. */
static int attach_address(u32 *addr, u32 flags)
{
	if (*addr & (SHMLBA - 1)) {
		if (!(flags & SHM_A_RND))
			return -EINVAL;
		*addr &= ~(SHMLBA - 1);
		return !*addr && flags & SHM_A_REMAP ? -EINVAL : 0;
	}
	return !*addr && flags & SHM_A_REMAP ? -EINVAL : 0;
}

static s64 map_segment(struct task_struct *task, struct shmid_kernel *shp, u32 addr, u32 flags,
		       bool fixed)
{
	bool readonly = flags & SHM_A_RDONLY;
	u32 prot = PROT_READ | (readonly ? 0 : PROT_WRITE) | (flags & SHM_A_EXEC ? PROT_EXEC : 0);
	struct file *file = file_new(machine_of(task), KGET(shp->inode),
				     readonly ? FMODE_READ : FMODE_READ | FMODE_WRITE, 0);
	s64 at;

	if (!file)
		return -ENOMEM;
	at = do_mmap(task, file, addr, shp->size, prot, MAP_SHARED | (fixed ? MAP_FIXED : 0), 0);
	fput(file);
	return at;
}

s64 sys_shmat(struct task_struct *task, u32 id, u32 addr, u32 flags)
{
	struct machine *m = machine_of(task);
	struct shmid_kernel *shp;
	bool fixed = addr != 0;
	u32 want;
	s64 at;
	int error = attach_address(&addr, flags);

	if (error)
		return error;
	shp = shm_find(m, id);
	if (!shp)
		return -EINVAL;
	want = S_RUGO | (flags & SHM_A_RDONLY ? 0 : S_WUGO) | (flags & SHM_A_EXEC ? S_XUGO : 0);
	if (!ipc_allows(task, shp, want))
		return -EACCES;
	/* Rounded down to 0: mmap will say that this is too low. */
	if (addr && !(flags & SHM_A_REMAP)) {
		u64 end = (u64)addr + PAGE_ALIGN(shp->size);

		if (find_vma_intersection(KGET(task->mm), addr,
					  end > 0xfffff000u ? 0xfffff000u : (u32)end))
			return -EINVAL;
	}
	at = map_segment(task, shp, addr, flags, fixed);
	if (at >= 0)
		shp->lpid = task->pid;
	return at;
}

/* Does @vma show, in its place, a part of a segment attached at @addr? */
static bool shows_segment_at(const struct vm_area_struct *vma, u32 addr)
{
	return vma_is_shm(vma) && vma->vm_start >= addr &&
	       (vma->vm_start - addr) >> PAGE_SHIFT == vma->vm_pgoff;
}

/* What munmap and mprotect left of one attach: it has a file of its own. */
int sys_shmdt(struct task_struct *task, u32 addr)
{
	struct mm_struct *mm = KGET(task->mm);
	struct vm_area_struct *vma, *next;
	struct shmid_kernel *shp = NULL;
	struct file *file = NULL;
	u64 end = TASK_SIZE;

	if (addr & ~PAGE_MASK)
		return -EINVAL;
	for (vma = find_vma(mm, addr); vma && vma->vm_end <= end; vma = next) {
		next = KGET(vma->vm_next);
		if (!shows_segment_at(vma, addr) || (file && KGET(vma->vm_file) != file))
			continue;
		if (!file) {
			file = get_file(KGET(vma->vm_file)); /* or the segment may go too early */
			shp = vma_segment(vma);
			end = (u64)addr + PAGE_ALIGN(shp->size);
		}
		do_munmap(mm, vma->vm_start, vma->vm_end - vma->vm_start);
	}
	if (!file)
		return -EINVAL;
	shp->lpid = task->pid;
	fput(file);
	return 0;
}

/* ---- controlling ---- */

static int shm_remove(struct shmid_kernel *shp)
{
	if (shp->mode & SHM_MODE_DEST)
		return 0;
	shp->mode |= SHM_MODE_DEST;
	forget_key(machine_of(shp), shp);
	iput(KGET(shp->inode)); /* the segment goes now, or with the last attach */
	return 0;
}

/* Pages of all segments that count in @uid's RLIMIT_MEMLOCK. */
static u32 pages_locked_by(struct machine *m, u32 uid)
{
	struct shmid_kernel *shp;
	u32 place = ~0u, pages = 0;

	while ((shp = shm_next(m, &place)))
		if (shp->mode & SHM_MODE_LOCKED && shp->mlock_uid == uid)
			pages += shm_pages(shp);
	return pages;
}

static int shm_lock(struct task_struct *task, struct shmid_kernel *shp)
{
	u32 limit = task->rlim[RLIMIT_MEMLOCK];
	u64 pages = shm_pages(shp);

	if (!limit)
		return -EPERM;
	if (shp->mode & SHM_MODE_LOCKED)
		return 0;
	if (limit != RLIM_INFINITY &&
	    pages + pages_locked_by(machine_of(shp), task->uid) > limit >> PAGE_SHIFT)
		return -ENOMEM;
	shp->mode |= SHM_MODE_LOCKED;
	shp->mlock_uid = task->uid;
	return 0;
}

/* Its pages are for reclaim again.  Locking leaves those that are there until it looks at them. */
static int shm_unlock(struct shmid_kernel *shp)
{
	struct inode *inode = KGET(shp->inode);
	u32 next = 0, index;
	void *page;

	shp->mode &= ~SHM_MODE_LOCKED;
	while (radix_tree_gang_lookup(&inode->i_data.page_tree, &page, &index, next, 1)) {
		if (!radix_is_value(page))
			rescue_page(page);
		next = index + 1;
	}
	return 0;
}

bool shm_is_locked(const struct inode *inode)
{
	const struct shmid_kernel *shp = KGET(inode->i_shm);

	return shp && shp->mode & SHM_MODE_LOCKED;
}

int sys_shmctl(struct task_struct *task, u32 id, enum shm_control control)
{
	struct shmid_kernel *shp = shm_find(machine_of(task), id);

	if (!shp)
		return -EINVAL;
	if (!owns(task, shp))
		return -EPERM;
	switch (control) {
	case SHM_CONTROL_RMID: return shm_remove(shp);
	case SHM_CONTROL_LOCK: return shm_lock(task, shp);
	case SHM_CONTROL_UNLOCK: return shm_unlock(shp);
	}
	return -EINVAL;
}

struct shmid_kernel *sys_shmctl_stat(struct task_struct *task, u32 id, int *ret_error)
{
	struct shmid_kernel *shp = shm_find(machine_of(task), id);

	*ret_error = !shp ? -EINVAL : ipc_allows(task, shp, S_RUGO) ? 0 : -EACCES;
	return *ret_error ? NULL : shp;
}

u32 shm_nattch(const struct shmid_kernel *shp)
{
	struct interval_node *n = interval_tree_first(&KGET(shp->inode)->i_data.i_mmap, 0, ~0u);
	u32 count = 0;

	for (; n; n = interval_tree_next(n, 0, ~0u))
		count++;
	return count;
}

static void segment_validate(struct machine *m, struct shmid_kernel *shp, u32 place,
			     struct check *c)
{
	const struct inode *inode = KGET(shp->inode);
	bool dest = shp->mode & SHM_MODE_DEST;

	check_that(c, shp->id % IPC_PLACES == place, "shm %u: in place %u", shp->id, place);
	check_that(c, KGET(inode->i_shm) == shp, "shm %u: its object is another's", shp->id);
	check_that(c, !dest || shm_nattch(shp), "shm %u: removed, but still there", shp->id);
	check_that(c, !dest || shp->key == IPC_PRIVATE_KEY, "shm %u: removed, but has a key",
		   shp->id);
	check_that(c,
		   shp->key == IPC_PRIVATE_KEY ||
			   radix_tree_lookup(&m->k->shm_keys, shp->key) == shp,
		   "shm %u: not found by its key %08x", shp->id, shp->key);
}

void shm_validate(struct machine *m, struct check *c)
{
	u32 place = ~0u, used = 0, pages = 0, keys = 0, with_key = 0;
	const char *bad = radix_tree_validate(&m->k->shm_keys, &keys);
	struct shmid_kernel *shp;

	check_that(c, !bad, "shm keys: %s", bad);
	while ((shp = shm_next(m, &place))) {
		used++;
		pages += shm_pages(shp);
		with_key += shp->key != IPC_PRIVATE_KEY;
		segment_validate(m, shp, place, c);
	}
	check_that(c, keys == with_key, "%u shm keys, %u segments have one", keys, with_key);
	check_that(c, used == m->k->shm_used, "shm_used %u, found %u", m->k->shm_used, used);
	check_that(c, pages == m->k->shm_total, "shm_total %u pages, found %u", m->k->shm_total,
		   pages);
}

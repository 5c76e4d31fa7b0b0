/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System V shared memory.  ULK ch. 19, "IPC Shared Memory"; shmget(2), shmop(2), shmctl(2).
 */
#pragma once

#include "mm/inode.h"
#include "mm/mm_struct.h"

struct task_struct;

#define IPC_PRIVATE_KEY 0u
#define SHM_R_CREAT 01000u /* IPC_CREAT */
#define SHM_R_EXCL 02000u /* IPC_EXCL */
#define SHM_R_NORESERVE 010000u

#define SHM_A_RDONLY 010000u
#define SHM_A_RND 020000u
#define SHM_A_REMAP 040000u
#define SHM_A_EXEC 0100000u

#define SHM_MODE_DEST 01000u /* goes with its last attach */
#define SHM_MODE_LOCKED 02000u

/* A segment.  The bytes are an unlinked shared memory object: one reference on it is ours. */
struct shmid_kernel {
	u32 id, key;
	u32 mode; /* permission bits, SHM_MODE_* */
	u32 uid, gid, cuid, cgid;
	u32 cpid, lpid; /* who made it, who attached or detached last */
	u64 atim, dtim, ctim; /* jiffies; 0: never */
	u32 size; /* bytes, as asked for */
	u32 mlock_uid; /* whose RLIMIT_MEMLOCK it counts in while locked */
	KPTR(struct inode) inode;
};

/* Does @vma show a segment?  Each that does is one attach. */
static inline bool vma_is_shm(const struct vm_area_struct *vma)
{
	const struct file *file = KGET(vma->vm_file);

	return file && !KNULL(file_inode(file)->i_shm);
}

/* The segment that such a region shows. */
static inline struct shmid_kernel *vma_segment(const struct vm_area_struct *vma)
{
	return KGET(file_inode(KGET(vma->vm_file))->i_shm);
}

/* Such a region comes, by shmat or from another one; it goes.  ULK's vm_ops: open and close. */
void shm_open(struct vm_area_struct *vma);
void shm_close(struct vm_area_struct *vma);

/* A fork has succeeded: all attaches of the copy, by its owner. */
void shm_fork(struct mm_struct *mm);

/* Is the object a segment whose pages are to stay (SHM_LOCK)? */
bool shm_is_locked(const struct inode *inode);

/* The id of the segment with @key, made where @flags say so (mode bits, SHM_R_*); or -errno. */
s64 sys_shmget(struct task_struct *task, u32 key, u32 size, u32 flags);

/* Map a segment: the address, or -errno.  @flags SHM_A_*. */
s64 sys_shmat(struct task_struct *task, u32 id, u32 addr, u32 flags);

/* Unmap the segment attached at @addr.  0 or -EINVAL. */
int sys_shmdt(struct task_struct *task, u32 addr);

/* shmctl(2) IPC_RMID, SHM_LOCK, SHM_UNLOCK. */
enum shm_control { SHM_CONTROL_RMID, SHM_CONTROL_LOCK, SHM_CONTROL_UNLOCK };
int sys_shmctl(struct task_struct *task, u32 id, enum shm_control control);

/* IPC_STAT: the segment, or NULL with *ret_error -EINVAL, -EACCES. */
struct shmid_kernel *sys_shmctl_stat(struct task_struct *task, u32 id, int *ret_error);

/* The segment with the lowest place above @place (~0u at first), for listings; *place is its. */
struct shmid_kernel *shm_next(struct machine *m, u32 *place);

/* Regions that show it.  today: each piece of a split attach counts. */
u32 shm_nattch(const struct shmid_kernel *shp);

/* The last reference on the object of a segment is gone, and so is the segment. */
void shm_destroyed(struct machine *m, struct inode *inode);

void shm_validate(struct machine *m, struct check *c);

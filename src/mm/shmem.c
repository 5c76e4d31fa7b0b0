/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared anonymous memory: files without a name whose pages are nowhere but in RAM.
 * ULK ch. 17 and 19; mmap(2) MAP_SHARED | MAP_ANONYMOUS.
 */
#include "mm/filemap.h"
#include "mm/machine.h"
#include "mm/shm.h"

#define SHMEM_DEV (0u << 20 | 1u) /* 00:01, as maps shows it */
#define SHMEM_MODE 0100777u
#define VM_NORESERVE_HANDLE 1u /* i_handle of an object that is not promised */

static u32 shmem_pages(const struct inode *inode)
{
	return (u32)(PAGE_ALIGN(inode->i_size) >> PAGE_SHIFT);
}

struct file *shmem_zero_setup(struct machine *m, u64 size, bool noreserve)
{
	u32 pages = (u32)(PAGE_ALIGN(size) >> PAGE_SHIFT);
	struct inode *inode;
	struct file *file;

	if (!noreserve && vm_enough_memory(m, pages))
		return NULL;
	inode = inode_new(m, AOPS_SHMEM, SHMEM_DEV, m->k->next_shmem_ino + 1, SHMEM_MODE, size,
			  noreserve ? VM_NORESERVE_HANDLE : 0);
	if (!inode) {
		if (!noreserve)
			vm_unacct_memory(m, pages);
		return NULL;
	}
	file = file_new(m, inode, FMODE_READ | FMODE_WRITE, 0);
	if (file)
		m->k->next_shmem_ino++;
	iput(inode);
	return file;
}

void shmem_evict(struct inode *inode)
{
	if (!KNULL(inode->i_shm))
		shm_destroyed(machine_of(inode), inode);
	if (inode->i_handle != VM_NORESERVE_HANDLE)
		vm_unacct_memory(machine_of(inode), shmem_pages(inode));
}

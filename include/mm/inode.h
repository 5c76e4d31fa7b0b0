/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inodes, their page caches and open files, as far as memory mapping needs them.
 * ULK ch. 12 and 15.  Names and the host's files are src/fs/disk.c's.
 */
#pragma once

#include "mm/list.h"
#include "mm/radix_tree.h"
#include "mm/rbtree.h"

struct machine;
struct inode;
struct shmid_kernel;
struct check;

/* address_space_operations by index: where the pages come from. */
enum aops {
	AOPS_BACKED, /* machine_ops read and write */
	AOPS_SHMEM, /* nowhere: zero until written */
	AOPS_INITRAMFS, /* the built-in init program */
};

/* today: a write-back that failed, for those who had the file open (wb_error.c) */
struct wb_error {
	u32 nr; /* failures that can be told apart: somebody heard of the one before */
	s32 error; /* the last one's -errno */
	bool seen; /* somebody heard of it */
};

struct address_space {
	KPTR(struct inode) host;
	struct radix_tree_root page_tree; /* index -> struct page */
	u32 nrpages;
	u32 nrswapped; /* places of the tree that hold an entry, not a page (shmem.c) */
	u32 nrshadows; /* those that remember a page that was reclaimed (workingset.c) */
	struct rb_root i_mmap; /* interval tree of vm_area_struct.shared over file pages */
	struct wb_error wb_error;
	u8 a_ops; /* enum aops */
};

struct inode {
	struct list_head i_list; /* kernel_data.inodes */
	struct list_head i_lru; /* kernel_data.inode_unused, or alone */
	u64 i_ino;
	u32 i_dev; /* major << 20 | minor, as maps prints them */
	u32 i_mode, i_uid, i_gid;
	s32 i_count;
	s32 i_writecount; /* open for writing; negative: so many programs run from it */
	u64 i_size; /* bytes */
	u32 i_handle; /* machine_ops' name for it */
	u32 ra_next; /* read-ahead: the page that a sequential reader asks for next */
	u32 ra_pages; /* how many were read ahead last */
	bool i_swapfile; /* a swap area in use: nobody else may write it */
	u64 dirtied_when; /* jiffies when it last became dirty */
	u64 wb_retry; /* jiffies when the flusher may try again; 0: it need not wait */
	u32 wb_failures; /* times that it had to wait since all was written */
	KPTR(struct shmid_kernel) i_shm; /* System V shared memory: the segment */
	u32 i_shm_key; /* the key it was made with */
	struct address_space i_data;
};

#define FMODE_READ 1u
#define FMODE_WRITE 2u
#define FMODE_EXEC 4u /* only to open with: for execve, x counts and r does not; reads */

/* An open file.  Each open makes one; a mapping holds a reference. */
struct file {
	s32 f_count;
	u32 f_mode; /* FMODE_* */
	KPTR(struct inode) f_inode;
	u32 f_handle; /* machine_ops' name for the path it was opened by */
	u32 f_wb_err; /* the failed write-back that it knows of */
};

/*
 * A new inode with i_count 1 and an empty page cache, or NULL (ENOMEM).
 */
struct inode *inode_new(struct machine *m, enum aops aops, u32 dev, u64 ino, u32 mode, u64 size,
			u32 handle);

static inline struct inode *iget(struct inode *inode)
{
	inode->i_count++;
	return inode;
}

/*
 * Drop a reference.  The last one frees all its pages, dirty ones too (nobody can ask for them
 * any more), and calls ops->evict.
 * The owner of backed inodes keeps one reference for as long as it wants the cache to live.
 */
void iput(struct inode *inode);

/*
 * The bytes of a program that runs do not change: who opens a file to write or truncates it
 * has write access meanwhile, a running program denies it.  Each: 0, or -ETXTBSY, then nothing is
 * held.  ULK ch. 20, "Executable Formats"; execve(2), open(2).
 */
int get_write_access(struct inode *inode);
void put_write_access(struct inode *inode);
int deny_write_access(struct inode *inode);
void allow_write_access(struct inode *inode);

/*
 * An open file with f_count 1 (takes its own reference on @inode), or NULL (ENOMEM).
 * => with FMODE_WRITE: nobody denies write access
 */
struct file *file_new(struct machine *m, struct inode *inode, u32 mode, u32 handle);

static inline struct file *get_file(struct file *f)
{
	f->f_count++;
	return f;
}

void fput(struct file *f); /* NULL is allowed; the last one calls ops->release */

static inline struct inode *file_inode(const struct file *f)
{
	return KGET(f->f_inode);
}

/* The built-in init program as an open file (named /init, handle 0), or NULL (ENOMEM). */
struct file *initramfs_open(struct machine *m);

/* Its bytes, for a copy of it elsewhere. */
const void *initramfs_image(u32 *ret_size);

/*
 * Is @inode of no use any more: the owner of its cache alone refers to it, and there are no pages?
 * Then reclaim may take it.
 */
void inode_lru_add(struct inode *inode);

/* Let go of up to @nr inodes that are of no use, the longest so first.  Returns how many went. */
u32 prune_icache(struct machine *m, u32 nr);

void inode_validate(struct machine *m, struct check *c);

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Constants of mmap(2) and the flags of regions: the numbers are Linux's for i386.
 * ULK ch. 9, tables 9-5 and 9-6.
 */
#pragma once

#define PROT_READ 0x1u
#define PROT_WRITE 0x2u
#define PROT_EXEC 0x4u
#define PROT_SEM 0x8u
#define PROT_NONE 0x0u
#define PROT_GROWSDOWN 0x01000000u
#define PROT_GROWSUP 0x02000000u

#define MAP_SHARED 0x01u
#define MAP_PRIVATE 0x02u
#define MAP_SHARED_VALIDATE 0x03u
#define MAP_TYPE 0x0fu
#define MAP_FIXED 0x10u
#define MAP_ANONYMOUS 0x20u
#define MAP_GROWSDOWN 0x0100u
#define MAP_DENYWRITE 0x0800u
#define MAP_EXECUTABLE 0x1000u
#define MAP_LOCKED 0x2000u
#define MAP_NORESERVE 0x4000u
#define MAP_POPULATE 0x8000u
#define MAP_NONBLOCK 0x10000u
#define MAP_STACK 0x20000u
#define MAP_HUGETLB 0x40000u
#define MAP_FIXED_NOREPLACE 0x100000u

/*
 * today: what MAP_SHARED_VALIDATE knows: the flags that are older than it (with MAP_32BIT,
 * MAP_ABOVE4G and the sizes of huge pages, which mean nothing here), not MAP_FIXED_NOREPLACE.
 */
#define LEGACY_MAP_MASK 0x7c07f9f3u

#define MREMAP_MAYMOVE 1u
#define MREMAP_FIXED 2u
#define MREMAP_DONTUNMAP 4u

#define MCL_CURRENT 1u
#define MCL_FUTURE 2u
#define MCL_ONFAULT 4u

#define MLOCK_ONFAULT 1u

#define MS_ASYNC 1u
#define MS_INVALIDATE 2u
#define MS_SYNC 4u

/* madvise(2) */
#define MADV_NORMAL 0u
#define MADV_RANDOM 1u
#define MADV_SEQUENTIAL 2u
#define MADV_WILLNEED 3u
#define MADV_DONTNEED 4u
#define MADV_FREE 8u
#define MADV_REMOVE 9u
#define MADV_DONTFORK 10u
#define MADV_DOFORK 11u
#define MADV_DONTDUMP 16u
#define MADV_DODUMP 17u
#define MADV_WIPEONFORK 18u
#define MADV_KEEPONFORK 19u
#define MADV_COLD 20u
#define MADV_PAGEOUT 21u
#define MADV_POPULATE_READ 22u
#define MADV_POPULATE_WRITE 23u

#define VM_READ 0x00000001u
#define VM_WRITE 0x00000002u
#define VM_EXEC 0x00000004u
#define VM_SHARED 0x00000008u
#define VM_MAYREAD 0x00000010u
#define VM_MAYWRITE 0x00000020u
#define VM_MAYEXEC 0x00000040u
#define VM_MAYSHARE 0x00000080u
#define VM_GROWSDOWN 0x00000100u
#define VM_DENYWRITE 0x00000800u
#define VM_LOCKED 0x00002000u
#define VM_SEQ_READ 0x00008000u
#define VM_RAND_READ 0x00010000u
#define VM_DONTCOPY 0x00020000u
#define VM_DONTEXPAND 0x00040000u
#define VM_LOCKONFAULT 0x00080000u
#define VM_ACCOUNT 0x00100000u /* counted in Committed_AS */
#define VM_NORESERVE 0x00200000u
#define VM_WIPEONFORK 0x02000000u
#define VM_DONTDUMP 0x04000000u
#define VM_NOHUGEPAGE 0x40000000u

#define VM_RWX (VM_READ | VM_WRITE | VM_EXEC)

/* sysctl vm/overcommit_memory */
#define OVERCOMMIT_GUESS 0u
#define OVERCOMMIT_ALWAYS 1u
#define OVERCOMMIT_NEVER 2u

#define TASK_UNMAPPED_BASE 0x40000000u /* TASK_SIZE / 3, in whole pages */

#define DEFAULT_MAX_MAP_COUNT 65530u

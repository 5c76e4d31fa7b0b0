/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The limits that bench-core compares with, measured on the host: nanoseconds each.
 * Apart from core.c because the simulated machine's mman.h and the host's name the same things.
 */
#pragma once

#define AREA (48u << 20) /* what the page benchmarks work on */
#define PAGES (AREA / 4096u)
#define MANY_REGIONS 60000u
#define PAIRS 2000u
#define READ_MEBIBYTES 480u
#define EXECS 200u
#define SHM_BYTES (1u << 20)

/* memset of a page: the first in fresh huge pages, or one in memory used before. */
double clear_fresh(void);
double clear_recycled(void);

/* memcpy of a page between two large areas; of 1 MiB into one buffer. */
double copy_page_limit(void);
double copy_mebibyte(void);

/* A step of a random walk through 256 MiB. */
double dependent_load(void);

/* Copying a 4-byte entry and adding 1 to a 32-byte descriptor. */
double copy_count_limit(void);

/* mmap and munmap of a page in this process, which has so many regions more. */
double host_pair_many(void);
double host_pair_few(void);

/* Mapping 1 GiB, touching a page, unmapping. */
double host_map_ram(void);

/* A file of more than AREA bytes, written once, without a name: its fd. */
int host_file(void);

/* Writing and reading AREA bytes of it, 1 MiB at once: a page. */
double host_file_write(void);
double host_file_read(void);

/* The system calls of calls.h, in this process.  host_calls.c */
double host_mremap_page(void);
double host_mincore_page(void);
double host_dontneed_page(void);
double host_mlock_page(void);
double host_munlock_page(void);
double host_exec_program(void);
double host_shmat_pair(void);
double host_truncate_page(void);

/* Reading a page of a mapped file that is in the page cache. */
double host_file_fault(void);

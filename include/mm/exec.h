/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * execve(2) for ELF32 i386 executables.  ULK ch. 20; elf(5).
 */
#pragma once

#include "arch/types.h"

struct task_struct;
struct file;

/*
 * What the simulated processor can do, as CPUID leaf 1 says it in EDX and AT_HWCAP
 * passes it on: FPU PSE TSC MSR PAE CX8 PGE CMOV, an i686.
 */
#define ELF_HWCAP 0x0000a179u
#define ELF_PLATFORM "i686"

/*
 * Replace @task's address space by the program in @file.  @path is what AT_EXECFN and comm
 * show; @argv ends with NULL (argv[0] is not added).  The environment is empty.
 * 0, -ENOEXEC (not an ELF we run), -EACCES (not an ordinary file, no x), -E2BIG, -ENOMEM, -EIO,
 * -EINVAL, -EFAULT, -EEXIST (a segment over the stack), -EPERM (below mmap_min_addr) as Linux
 * gives them.  The interpreter that the program names (PT_INTERP) is looked up below files/
 * with @task's rights: -ENOENT, -EACCES, -ELOOP, -ENOTDIR ... of its path, -EIO (shorter than a
 * header), -ELIBBAD (not an ELF file for i386).
 * On failure the task is as before (nothing is half done), where Linux would have killed
 * it: its errno, and the task lives.
 */
int do_execve(struct task_struct *task, struct file *file, const char *path,
	      const char *const *argv);

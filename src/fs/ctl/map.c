/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls that map memory: mmap, munmap, mprotect, brk, sbrk.  The errno is mm's; here
 * it gets its words.
 */
#include <errno.h>

#include "command.h"

/* ---- mmap ADDR LEN PROT FLAGS [FILE [OFFSET]] ---- */

struct mmap_args {
	u32 addr, len, prot, flags;
	u64 offset;
	struct file *file;
};

static const char *why_invalid(const struct mmap_args *a)
{
	if (a->len == 0)
		return "length is 0";
	if (a->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE) && a->addr & ~PAGE_MASK)
		return "a fixed address must be a multiple of 4096";
	if (a->flags & MAP_HUGETLB)
		return "there are no huge pages";
	if ((a->flags & MAP_TYPE) == MAP_SHARED_VALIDATE)
		return "shared_validate is for files";
	if ((a->flags & MAP_TYPE) != MAP_SHARED && (a->flags & MAP_TYPE) != MAP_PRIVATE)
		return "FLAGS has neither private nor shared";
	if (a->flags & MAP_GROWSDOWN)
		return "growsdown is for private anonymous memory";
	return "not possible for this file";
}

static const char *why_no_memory(const struct ctl_call *call, const struct mmap_args *a)
{
	if (a->flags & MAP_HUGETLB)
		return "there are no huge pages";
	if (PAGE_ALIGN(a->len) > TASK_SIZE)
		return "length is larger than the address space";
	if (a->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE) && a->addr > TASK_SIZE - a->len)
		return "the range ends above 0xc0000000";
	if (call_mm(call)->map_count > sysctl(call->m, SYSCTL_MAX_MAP_COUNT))
		return "max_map_count regions are there already";
	return "no hole is large enough, or a limit is reached, or no memory is left";
}

static const char *why_no_access(const struct mmap_args *a)
{
	return a->file && a->file->f_mode & FMODE_READ ? "the file is not open for writing" :
							 "the file is not open for reading";
}

static int explain_mmap(struct ctl_call *call, const struct mmap_args *a, int error)
{
	switch (error) {
	case -EINVAL: return ctl_fail(call, error, "%s", why_invalid(a));
	case -ENOMEM: return ctl_fail(call, error, "%s", why_no_memory(call, a));
	case -EACCES: return ctl_fail(call, error, "%s", why_no_access(a));
	case -EEXIST: return ctl_fail(call, error, "something is mapped there already");
	default: return error;
	}
}

static s64 map(struct ctl_call *call, const struct mmap_args *a)
{
	if (a->offset & ~PAGE_MASK)
		return ctl_fail(call, -EINVAL, "OFFSET must be a multiple of 4096");
	/* mmap2(2) has 32 bits for the file's page. */
	if (a->file && a->offset >> PAGE_SHIFT > UINT32_MAX)
		return -EOVERFLOW;
	if (!a->file && !(a->flags & MAP_ANONYMOUS))
		return ctl_fail(call, -EBADF, "there is no FILE, and FLAGS is not anonymous");
	return do_mmap(call->task, a->file, a->addr, a->len, a->prot, a->flags,
		       (pgoff_t)(a->offset >> PAGE_SHIFT));
}

static int ctl_mmap(struct ctl_call *call)
{
	const struct ctl_arg *arg = call->arg;
	struct mmap_args a = { arg[0].value, arg[1].value, arg[2].value,
			       arg[3].value, arg[5].wide,  NULL };
	s64 address;
	int error = arg[4].text ? ctl_open_file(call, arg[4].text, 0, &a.file) : 0;

	if (error)
		return error;
	if (a.flags & MAP_ANONYMOUS) {
		fput(a.file);
		a.file = NULL;
	}
	address = map(call, &a);
	if (address < 0)
		explain_mmap(call, &a, (int)address);
	fput(a.file);
	return ctl_reply_address(call, address);
}

/* ---- munmap ADDR LEN ---- */

static int ctl_munmap(struct ctl_call *call)
{
	u32 addr = call->arg[0].value, len = call->arg[1].value;
	int error = do_munmap(call_mm(call), addr, len);

	if (ctl_fail_unaligned(call, error, addr) != -EINVAL)
		return error;
	return ctl_fail(call, error, len ? "the range ends above 0xc0000000" : "length is 0");
}

/* ---- mprotect ADDR LEN PROT ---- */

static int ctl_mprotect(struct ctl_call *call)
{
	u32 addr = call->arg[0].value, prot = call->arg[2].value;
	int error = sys_mprotect(call->task, addr, call->arg[1].value, prot);

	if (ctl_fail_unaligned(call, error, addr) == -EINVAL)
		ctl_fail(call, error, "PROT 0x%x has bits that cannot be", prot);
	return error;
}

/* ---- brk ADDR, sbrk INCREMENT ---- */

/* brk has no errno: that memory ended is seen by the break that stayed. */
static int ctl_brk(struct ctl_call *call)
{
	u32 want = call->arg[0].value, brk;

	do
		brk = sys_brk(call->task, want);
	while (brk != want && out_of_memory(call->m, call->task));
	return ctl_reply_address(call, brk);
}

static int ctl_sbrk(struct ctl_call *call)
{
	return ctl_reply_address(call, sys_sbrk(call->task, (s32)call->arg[0].value));
}

/* clang-format off */
const struct ctl_command ctl_map_commands[] = {
	{ "mmap", "ADDR LEN PROT FLAGS [FILE [OFFSET]]", ctl_mmap,
	  "map a file or zeros -> address",
	  "EOPNOTSUPP shared_validate, and a flag of FLAGS is not known\n"
	  "EBADF no FILE and not anonymous; fd:N is not open\n"
	  "ENOENT no such file\n"
	  "EACCES the file may not be opened, or is not open for what PROT and FLAGS need\n"
	  "ENODEV FILE is a folder\n"
	  "ETXTBSY FILE:rw or FILE:wo is a program that runs; shared, writable, and FILE is a swap"
	  " area in use\n"
	  "EINVAL length 0; fixed and not a multiple of 4096, OFFSET too; neither private nor"
	  " shared; growsdown with shared or a file\n"
	  "ENOMEM no hole; above 0xc0000000; max_map_count, RLIMIT_AS, RLIMIT_DATA; no memory\n"
	  "EOVERFLOW a page of the file is beyond 2^32\n"
	  "EPERM a fixed address below mmap_min_addr; locked, and RLIMIT_MEMLOCK is 0\n"
	  "EEXIST fixed_noreplace, and something is there\n"
	  "EAGAIN locked over RLIMIT_MEMLOCK",
	  map_flag_names },
	{ "munmap", "ADDR LEN", ctl_munmap, "unmap all in the range",
	  "EINVAL not a multiple of 4096; length 0; above 0xc0000000\n"
	  "ENOMEM a region would be split, and max_map_count are there" },
	{ "mprotect", "ADDR LEN PROT", ctl_mprotect, "change what the range allows",
	  "EINVAL not a multiple of 4096; unknown bits in PROT\n"
	  "ENOMEM nothing is mapped in a part of the range (what lies before it is changed),"
	  " or a limit is reached\n"
	  "EACCES the file of a shared mapping is not open for writing" },
	{ "brk", "ADDR", ctl_brk, "move the end of the heap -> the break that now holds", "" },
	{ "sbrk", "INCREMENT", ctl_sbrk,
	  "move the end of the heap by so many bytes -> the old break",
	  "ENOMEM no room, or a limit is reached" },
	{}
};
/* clang-format on */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls about what is mapped already: mremap, madvise, mlock and its family, mincore,
 * msync, remap_file_pages.  The errno is mm's; here it gets its words.
 */
#include <errno.h>

#include "command.h"

/* ---- mremap OLD OLDLEN NEWLEN [FLAGS [NEW]] ---- */

static const char *why_mremap(const struct ctl_arg *arg)
{
	u32 flags = arg[3].value;

	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP) && !(flags & MREMAP_MAYMOVE))
		return "fixed and dontunmap need maymove";
	if (arg[2].value == 0)
		return "NEWLEN is 0";
	if ((arg[0].value | arg[4].value) & ~PAGE_MASK)
		return "an address must be a multiple of 4096";
	return "the new place overlaps the old one or ends above 0xc0000000, or OLDLEN does not "
	       "fit";
}

static int ctl_mremap(struct ctl_call *call)
{
	const struct ctl_arg *arg = call->arg;
	s64 at = sys_mremap(call->task, arg[0].value, arg[1].value, arg[2].value, arg[3].value,
			    arg[4].value);

	if (at == -EINVAL)
		return ctl_fail(call, -EINVAL, "%s", why_mremap(arg));
	return ctl_reply_address(call, at);
}

/* ---- madvise ADDR LEN ADVICE, msync ADDR LEN FLAGS ---- */

static int ctl_madvise(struct ctl_call *call)
{
	u32 addr = call->arg[0].value;
	int error = sys_madvise(call->task, addr, call->arg[1].value, call->arg[2].value);

	return ctl_fail_unaligned(call, error, addr);
}

static int ctl_msync(struct ctl_call *call)
{
	u32 addr = call->arg[0].value;
	int error = sys_msync(call->task, addr, call->arg[1].value, call->arg[2].value);

	return ctl_fail_unaligned(call, error, addr);
}

/* ---- mlock ADDR LEN, mlock2 ADDR LEN [FLAGS], munlock, mlockall FLAGS, munlockall ---- */

static int ctl_mlock(struct ctl_call *call)
{
	return sys_mlock(call->task, call->arg[0].value, call->arg[1].value, call->arg[2].value);
}

static int ctl_munlock(struct ctl_call *call)
{
	return sys_munlock(call->task, call->arg[0].value, call->arg[1].value);
}

static int ctl_mlockall(struct ctl_call *call)
{
	return sys_mlockall(call->task, call->arg[0].value);
}

static int ctl_munlockall(struct ctl_call *call)
{
	return sys_munlockall(call->task);
}

/* ---- mincore ADDR LEN ---- */

static int ctl_mincore(struct ctl_call *call)
{
	u32 addr = call->arg[0].value, len = call->arg[1].value;
	gsize pages = (gsize)(PAGE_ALIGN(len) >> PAGE_SHIFT);
	g_autofree u8 *vec = g_malloc(pages + 1);
	int error = sys_mincore(call->task, addr, len, vec);

	if (error)
		return ctl_fail_unaligned(call, error, addr);
	for (gsize i = 0; i < pages; i++)
		g_string_append_c(call->reply, vec[i] ? '1' : '0');
	return 0;
}

/* ---- remap_file_pages ADDR LEN PROT PGOFF [FLAGS] ---- */

static int ctl_remap_file_pages(struct ctl_call *call)
{
	const struct ctl_arg *arg = call->arg;
	int error = sys_remap_file_pages(call->task, arg[0].value, arg[1].value, arg[2].value,
					 arg[3].value, arg[4].value);

	if (error == -EINVAL)
		ctl_fail(call, error, "not inside one shared region, PROT is not 0, or LEN is 0");
	return error;
}

static const struct ctl_name mremap_names[] = {
	{ "maymove", MREMAP_MAYMOVE },
	{ "fixed", MREMAP_FIXED },
	{ "dontunmap", MREMAP_DONTUNMAP },
	{ NULL, 0 },
};

static const struct ctl_name advice_names[] = {
	{ "normal", MADV_NORMAL },
	{ "random", MADV_RANDOM },
	{ "sequential", MADV_SEQUENTIAL },
	{ "willneed", MADV_WILLNEED },
	{ "dontneed", MADV_DONTNEED },
	{ "free", MADV_FREE },
	{ "remove", MADV_REMOVE },
	{ "dontfork", MADV_DONTFORK },
	{ "dofork", MADV_DOFORK },
	{ "dontdump", MADV_DONTDUMP },
	{ "dodump", MADV_DODUMP },
	{ "wipeonfork", MADV_WIPEONFORK },
	{ "keeponfork", MADV_KEEPONFORK },
	{ "cold", MADV_COLD },
	{ "pageout", MADV_PAGEOUT },
	{ "populate_read", MADV_POPULATE_READ },
	{ "populate_write", MADV_POPULATE_WRITE },
	{ NULL, 0 },
};

static const struct ctl_name msync_names[] = {
	{ "async", MS_ASYNC },
	{ "invalidate", MS_INVALIDATE },
	{ "sync", MS_SYNC },
	{ NULL, 0 },
};

static const struct ctl_name mlock2_names[] = {
	{ "onfault", MLOCK_ONFAULT },
	{ NULL, 0 },
};

static const struct ctl_name mlockall_names[] = {
	{ "current", MCL_CURRENT },
	{ "future", MCL_FUTURE },
	{ "onfault", MCL_ONFAULT },
	{ NULL, 0 },
};

/* clang-format off */
const struct ctl_command ctl_pages_commands[] = {
	{ "mremap", "OLD OLDLEN NEWLEN [FLAGS [NEW]]", ctl_mremap,
	  "change size or place of a mapping -> address",
	  "EINVAL unknown FLAGS; not a multiple of 4096; NEWLEN 0; the places overlap\n"
	  "EFAULT OLD is not mapped, or OLDLEN passes its region\n"
	  "ENOMEM no room (and no maymove), a limit, or no memory\n"
	  "EAGAIN a locked region over RLIMIT_MEMLOCK\n"
	  "EPERM fixed below mmap_min_addr",
	  mremap_names },
	{ "madvise", "ADDR LEN ADVICE", ctl_madvise, "say how the range will be used",
	  "EINVAL unknown ADVICE; not a multiple of 4096; a region in the range refuses it\n"
	  "ENOMEM nothing is mapped in a part of the range\n"
	  "EACCES remove: not a shared writable mapping of a file\n"
	  "ETXTBSY remove: the file is a swap area in use\n"
	  "EFAULT populate: behind the end of the file, or it cannot be read\n"
	  "EHWPOISON populate: a page was lost when its swap area was given up\n"
	  "EAGAIN no memory, or max_map_count regions",
	  advice_names },
	{ "mlock", "ADDR LEN", ctl_mlock, "fault the range in and keep it there",
	  "ENOMEM over RLIMIT_MEMLOCK; a part is not mapped or cannot be read\n"
	  "EAGAIN no memory for a page: those before it are in memory, all are locked\n"
	  "EPERM RLIMIT_MEMLOCK is 0" },
	{ "mlock2", "ADDR LEN [FLAGS]", ctl_mlock, "the same; onfault: keep what is faulted in",
	  "EINVAL unknown FLAGS\n"
	  "ENOMEM over RLIMIT_MEMLOCK; a part is not mapped\n"
	  "EAGAIN no memory for a page: those before it are in memory, all are locked\n"
	  "EPERM RLIMIT_MEMLOCK is 0",
	  mlock2_names },
	{ "munlock", "ADDR LEN", ctl_munlock, "end that",
	  "ENOMEM a part is not mapped" },
	{ "mlockall", "FLAGS", ctl_mlockall, "lock all that is mapped, or will be",
	  "EINVAL neither current nor future; unknown FLAGS\n"
	  "ENOMEM over RLIMIT_MEMLOCK\n"
	  "EPERM RLIMIT_MEMLOCK is 0",
	  mlockall_names },
	{ "munlockall", "", ctl_munlockall, "end all that", "" },
	{ "mincore", "ADDR LEN", ctl_mincore, "which pages are in memory -> 0110...",
	  "EINVAL not a multiple of 4096\n"
	  "ENOMEM nothing is mapped in a part of the range" },
	{ "msync", "ADDR LEN FLAGS", ctl_msync, "write shared file pages to the file",
	  "EINVAL unknown FLAGS; async with sync; not a multiple of 4096\n"
	  "EBUSY invalidate, and a region is locked\n"
	  "EIO the host could not take it\n"
	  "ENOSPC the host is full\n"
	  "ENOMEM nothing is mapped in a part of the range",
	  msync_names },
	{ "remap_file_pages", "ADDR LEN PROT PGOFF [FLAGS]", ctl_remap_file_pages,
	  "show other pages of the file there",
	  "EINVAL not inside one shared region; PROT is not 0; LEN 0\n"
	  "ENOMEM max_map_count regions, or no memory",
	  map_flag_names },
	{}
};
/* clang-format on */

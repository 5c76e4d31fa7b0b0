/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * swapon and swapoff.  swapon(2), swapon(8).
 */
#include <errno.h>

#include "command.h"
#include "mm/swap.h"

static int refused(struct ctl_call *call, int error, enum swap_refusal why)
{
	return ctl_fail(call, error, "%s: %s", shown(call->arg[0].text), swap_refusal_words[why]);
}

static int ctl_swapon(struct ctl_call *call)
{
	s32 prio = call->arg[1].text ? (s32)call->arg[1].value : -1;
	enum swap_refusal why = SWAP_REFUSED_NOT;
	struct file *file;
	int error;

	if (prio < -1 || prio > SWAP_PRIO_MAX)
		return ctl_fail(call, -EINVAL, "PRIO is not in -1 to %u", SWAP_PRIO_MAX);
	error = ctl_open_file(call, call->arg[0].text, FMODE_READ | FMODE_WRITE, &file);
	if (error)
		return error;
	error = sys_swapon(call->m, file, prio, &why);
	fput(file);
	return error ? refused(call, error, why) : 0;
}

static int ctl_swapoff(struct ctl_call *call)
{
	enum swap_refusal why = SWAP_REFUSED_NOT;
	struct file *file;
	int error = ctl_open_file(call, call->arg[0].text, FMODE_READ | FMODE_WRITE, &file);

	if (error)
		return error;
	error = sys_swapoff(call->m, file, &why);
	fput(file);
	return error ? refused(call, error, why) : 0;
}

/* clang-format off */
const struct ctl_command ctl_swap_commands[] = {
	{ "swapon", "FILE [PRIO]", ctl_swapon,
	  "let pages go out to FILE, which mkswap(8) wrote; highest PRIO (0 to 32767) first",
	  "ENOENT no such file\n"
	  "EACCES it may not be read and written\n"
	  "EISDIR it is a folder\n"
	  "ETXTBSY it is a program that runs\n"
	  "EINVAL no header of mkswap; it is wrong, or longer than FILE; FILE has holes\n"
	  "EBUSY it is in use already\n"
	  "EPERM 31 areas are in use\n"
	  "EIO the host cannot read it\n"
	  "ENOMEM no memory for the map of its slots" },
	{ "swapoff", "FILE", ctl_swapoff,
	  "bring all pages back from it; what the host cannot read is lost: EIO for who needs it",
	  "ENOENT no such file\n"
	  "EACCES it may not be read and written\n"
	  "EISDIR it is a folder\n"
	  "ETXTBSY it is a program that runs\n"
	  "EINVAL it is not in use\n"
	  "ENOMEM no memory for what is there: some is back, the rest stays; too much is promised" },
	{}
};
/* clang-format on */

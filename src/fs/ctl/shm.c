/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System V shared memory: shmget shmat shmdt shmctl.
 */
#include <errno.h>

#include "command.h"
#include "mm/shm.h"

static int ctl_shmget(struct ctl_call *call)
{
	const struct ctl_arg *arg = call->arg;
	s64 id = sys_shmget(call->task, arg[0].value, arg[1].value, arg[2].value);

	if (id < 0)
		return (int)id;
	g_string_printf(call->reply, "%u", (u32)id);
	return 0;
}

static int ctl_shmat(struct ctl_call *call)
{
	const struct ctl_arg *arg = call->arg;

	return ctl_reply_address(call,
				 sys_shmat(call->task, arg[0].value, arg[1].value, arg[2].value));
}

static int ctl_shmdt(struct ctl_call *call)
{
	return sys_shmdt(call->task, call->arg[0].value);
}

static int stat_segment(struct ctl_call *call, u32 id)
{
	int error;
	const struct shmid_kernel *s = sys_shmctl_stat(call->task, id, &error);

	if (!s)
		return error;
	g_string_printf(call->reply, "%u", s->id);
	ctl_say(call, "key 0x%08x perms %o size %u nattch %u", s->key, s->mode, s->size,
		shm_nattch(s));
	ctl_say(call, "uid %u gid %u cuid %u cgid %u cpid %u lpid %u", s->uid, s->gid, s->cuid,
		s->cgid, s->cpid, s->lpid);
	ctl_say(call, "atime %llu dtime %llu ctime %llu", (unsigned long long)(s->atim / HZ),
		(unsigned long long)(s->dtim / HZ), (unsigned long long)(s->ctim / HZ));
	return 0;
}

static int ctl_shmctl(struct ctl_call *call)
{
	static const enum shm_control controls[] = { SHM_CONTROL_RMID, SHM_CONTROL_RMID,
						     SHM_CONTROL_LOCK, SHM_CONTROL_UNLOCK };
	u32 id = call->arg[0].value, what = call->arg[1].value;

	/* The alternatives of the signature: rmid, stat, lock, unlock. */
	if (what == 1)
		return stat_segment(call, id);
	return sys_shmctl(call->task, id, controls[what]);
}

static const struct ctl_name shmget_names[] = {
	{ "creat", SHM_R_CREAT },
	{ "excl", SHM_R_EXCL },
	{ "noreserve", SHM_R_NORESERVE },
	{ NULL, NAMES_OCTAL },
};

static const struct ctl_name shmat_names[] = {
	{ "rdonly", SHM_A_RDONLY }, { "rnd", SHM_A_RND }, { "remap", SHM_A_REMAP },
	{ "exec", SHM_A_EXEC },	    { NULL, 0 },
};

/* clang-format off */
const struct ctl_command ctl_shm_commands[] = {
	{ "shmget", "KEY SIZE [FLAGS]", ctl_shmget,
	  "find or make a segment; an octal number in FLAGS is its mode -> id",
	  "ENOENT no segment with this KEY, and no creat\n"
	  "EEXIST creat and excl, and there is one\n"
	  "EINVAL SIZE 0 or above shmmax; larger than the segment\n"
	  "EACCES the mode asks for more than the segment allows\n"
	  "ENOSPC shmmni segments, or shmall pages\n"
	  "ENOMEM no memory",
	  shmget_names, .no_mm = true },
	{ "shmat", "ID ADDR [FLAGS]", ctl_shmat, "map a segment -> address",
	  "EINVAL no such ID; not a multiple of 4096 (and no rnd); something is there (and no remap)\n"
	  "EACCES the mode of the segment forbids it\n"
	  "EPERM below mmap_min_addr\n"
	  "ENOMEM no room, or above 0xc0000000",
	  shmat_names },
	{ "shmdt", "ADDR", ctl_shmdt, "unmap the segment attached there",
	  "EINVAL none is attached at ADDR" },
	{ "shmctl", "ID rmid|stat|lock|unlock", ctl_shmctl, "remove, look at or lock a segment",
	  "EINVAL no such ID\n"
	  "EPERM it is another user's; lock, and RLIMIT_MEMLOCK is 0\n"
	  "ENOMEM lock over RLIMIT_MEMLOCK\n"
	  "EACCES stat: its mode forbids reading",
	  .no_mm = true },
	{}
};
/* clang-format on */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysvipc/shm: a line a segment.  Times are seconds of the machine's own clock.
 */
#include "mm/shm.h"

#include "proc.h"

int proc_sysvipc_shm(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct shmid_kernel *s;
	u32 place = ~0u;

	g_string_append(out, "       key      shmid perms                  size  cpid  lpid nattch"
			     "   uid   gid  cuid  cgid      atime      dtime      ctime"
			     "                   rss                  swap\n");
	while ((s = shm_next(fs->m, &place)))
		g_string_append_printf(
			out,
			"%10d %10u  %4o %21u %5u %5u  %5u %5u %5u %5u %5u"
			" %10llu %10llu %10llu %21llu %21llu\n",
			(s32)s->key, s->id, s->mode, s->size, s->cpid, s->lpid, shm_nattch(s),
			s->uid, s->gid, s->cuid, s->cgid, (unsigned long long)(s->atim / HZ),
			(unsigned long long)(s->dtim / HZ), (unsigned long long)(s->ctim / HZ),
			(unsigned long long)KGET(s->inode)->i_data.nrpages * PAGE_SIZE,
			(unsigned long long)shmem_swapped(&KGET(s->inode)->i_data, 0, ~0u) *
				PAGE_SIZE);
	return 0;
}

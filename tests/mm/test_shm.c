// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System V shared memory in-process: every errno, permissions of other users, ids that come
 * round again, attaches that regions make and end, memory that runs out, and what the
 * checker sees.
 */
#include "mm/shm.h"
#include "space.h"

#define MODE_ALL (SHM_R_CREAT | 0666)
#define STRANGER 4242u

static s64 make(struct space *s, u32 key, u32 mode)
{
	return sys_shmget(s->task, key, PAGES(2), mode);
}

static void be(struct space *s, u32 uid)
{
	s->task->uid = s->task->gid = uid;
}

static struct shmid_kernel *segment(struct space *s, s64 id)
{
	int error;
	struct shmid_kernel *shp = sys_shmctl_stat(s->task, (u32)id, &error);

	ck_assert_ptr_nonnull(shp);
	return shp;
}

static void assert_attached(struct space *s, s64 id, u32 nattch)
{
	ck_assert_uint_eq(shm_nattch(segment(s, id)), nattch);
	test_check(s->m);
}

static u32 attach(struct space *s, s64 id, u32 addr)
{
	ck_assert_int_eq(sys_shmat(s->task, (u32)id, addr, 0), addr);
	return addr;
}

static void remove_segment(struct space *s, s64 id)
{
	ck_assert_int_eq(sys_shmctl(s->task, (u32)id, SHM_CONTROL_RMID), 0);
}

START_TEST(test_shmget_errno)
{
	struct space *s = space_new(128);
	s64 id = make(s, 7, SHM_R_CREAT | 0400);

	ck_assert_int_eq(id, 0);
	ck_assert_int_eq(sys_shmget(s->task, 8, PAGE_SIZE, 0600), -ENOENT);
	ck_assert_int_eq(sys_shmget(s->task, 8, 0, MODE_ALL), -EINVAL);
	ck_assert_int_eq(sys_shmget(s->task, 8, 0xff000000, MODE_ALL), -EINVAL); /* shmmax */
	ck_assert_int_eq(sys_shmget(s->task, 8, PAGES(4096), MODE_ALL), -ENOMEM);
	ck_assert_int_eq(sys_shmget(s->task, 7, PAGES(3), MODE_ALL | SHM_R_EXCL), -EEXIST);
	ck_assert_int_eq(sys_shmget(s->task, 7, PAGES(3), 0600), -EINVAL); /* before EACCES */
	ck_assert_int_eq(sys_shmget(s->task, 7, PAGES(2), 0600), -EACCES);
	ck_assert_int_eq(sys_shmget(s->task, 7, PAGES(2), SHM_R_EXCL | 0400), id);
	ck_assert_int_eq(sys_shmget(s->task, 7, 0, 0), id);
	s->m->k->sysctl[SYSCTL_SHMMNI] = 1;
	ck_assert_int_eq(make(s, IPC_PRIVATE_KEY, MODE_ALL), -ENOSPC);
	s->m->k->sysctl[SYSCTL_SHMMNI] = 2;
	s->m->k->sysctl[SYSCTL_SHMALL] = 3;
	ck_assert_int_eq(make(s, IPC_PRIVATE_KEY, MODE_ALL), -ENOSPC);
	s->m->k->sysctl[SYSCTL_SHMALL] = 4;
	ck_assert_int_eq(make(s, IPC_PRIVATE_KEY, MODE_ALL), 1);
	space_free(s);
}
END_TEST

START_TEST(test_shmat_errno)
{
	struct space *s = space_new(128);
	u32 id = (u32)make(s, 1, MODE_ALL);

	ck_assert_int_eq(sys_shmat(s->task, id, BASE + 1, 0), -EINVAL);
	ck_assert_int_eq(sys_shmat(s->task, id, 0, SHM_A_REMAP), -EINVAL);
	ck_assert_int_eq(sys_shmat(s->task, id, 4095, SHM_A_REMAP | SHM_A_RND), -EINVAL);
	ck_assert_int_eq(sys_shmat(s->task, id + 1, 0, 0), -EINVAL);
	ck_assert_int_eq(sys_shmat(s->task, id + 32768, 0, 0), -EINVAL);
	ck_assert_int_eq(sys_shmat(s->task, ~0u, 0, 0), -EINVAL);
	ck_assert_int_eq(sys_shmat(s->task, id, 0, SHM_A_EXEC), -EACCES);
	ck_assert_int_eq(sys_shmat(s->task, id, 4095, SHM_A_RND), -EPERM);
	ck_assert_int_eq(sys_shmat(s->task, id, TASK_SIZE - PAGE_SIZE, 0), -ENOMEM);
	ck_assert_int_eq(sys_shmat(s->task, id, 0xfffff000, 0), -ENOMEM);
	ck_assert_int_eq(sys_setrlimit(s->task, RLIMIT_AS, PAGE_SIZE), 0);
	ck_assert_int_eq(sys_shmat(s->task, id, 0, 0), -ENOMEM);
	ck_assert_int_eq(sys_setrlimit(s->task, RLIMIT_AS, RLIM_INFINITY), 0);
	assert_attached(s, id, 0);
	attach(s, id, BASE);
	ck_assert_int_eq(sys_shmat(s->task, id, BASE + PAGES(1), 0), -EINVAL);
	ck_assert_int_eq(sys_shmat(s->task, id, BASE + PAGES(1), SHM_A_REMAP), BASE + PAGES(1));
	assert_regions(s, BASE, "W|WW");
	assert_attached(s, id, 2);
	space_free(s);
}
END_TEST

START_TEST(test_shmdt)
{
	struct space *s = space_new(128);
	s64 id = sys_shmget(s->task, 1, PAGES(8), MODE_ALL);

	ck_assert_int_eq(sys_shmdt(s->task, BASE), -EINVAL);
	map_pages(s, BASE, 1, PROT_RW, FIXED_SHARED);
	ck_assert_int_eq(sys_shmdt(s->task, BASE), -EINVAL);
	attach(s, id, BASE + PAGES(1));
	ck_assert_int_eq(sys_shmdt(s->task, BASE + PAGES(1) + 1), -EINVAL);
	ck_assert_int_eq(sys_shmdt(s->task, BASE + PAGES(2)), -EINVAL);
	attach(s, id, BASE + PAGES(9));
	/* Its first page is gone, a piece is read-only, one is gone, one is another mapping. */
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(1), PAGES(1)), 0);
	ck_assert_int_eq(sys_mprotect(s->task, BASE + PAGES(3), PAGES(1), PROT_READ), 0);
	map_pages(s, BASE + PAGES(5), 1, PROT_RW, FIXED_PRIVATE);
	assert_attached(s, id, 5);
	ck_assert_int_eq(sys_shmdt(s->task, BASE + PAGES(1)), 0);
	assert_regions(s, BASE, "W    w   WWWWWWWW");
	assert_attached(s, id, 1);
	space_free(s);
}
END_TEST

/* Pieces count, and merging does not bring them together; their ends may move. */
START_TEST(test_pieces)
{
	struct space *s = space_new(128);
	s64 id = sys_shmget(s->task, 1, PAGES(8), MODE_ALL);
	u32 at = attach(s, id, BASE), away = BASE + PAGES(64);

	ck_assert_int_eq(sys_mprotect(s->task, at + PAGES(2), PAGES(1), PROT_READ), 0);
	assert_attached(s, id, 3);
	ck_assert_int_eq(sys_mprotect(s->task, at + PAGES(2), PAGES(1), PROT_RW), 0);
	assert_attached(s, id, 3);
	ck_assert_int_eq(sys_mprotect(s->task, at + PAGES(2), PAGES(2), PROT_READ), 0);
	ck_assert_int_eq(sys_mprotect(s->task, at + PAGES(3), PAGES(1), PROT_RW), 0);
	assert_attached(s, id, 3);
	ck_assert_int_eq(do_munmap(s->mm, at + PAGES(5), PAGES(1)), 0);
	assert_attached(s, id, 4);
	ck_assert_int_eq(do_munmap(s->mm, at, PAGES(1)), 0);
	assert_attached(s, id, 4);
	ck_assert_int_eq(sys_mremap(s->task, at + PAGES(1), PAGES(1), PAGES(1),
				    MREMAP_MAYMOVE | MREMAP_FIXED, away),
			 away);
	assert_attached(s, id, 4);
	ck_assert_int_eq(sys_mremap(s->task, away, 0, PAGES(2), MREMAP_MAYMOVE | MREMAP_FIXED,
				    away + PAGES(2)),
			 away + PAGES(2));
	assert_attached(s, id, 5);
	ck_assert_int_eq(do_munmap(s->mm, 0, TASK_SIZE), 0);
	assert_attached(s, id, 0);
	space_free(s);
}
END_TEST

/* Who and when: shmat, fork, munmap, shmdt, exit. */
START_TEST(test_who_and_when)
{
	struct space *s = space_new(256);
	struct task_struct *parent = s->task, *child;
	s64 id = make(s, 1, MODE_ALL);
	struct shmid_kernel *shp = segment(s, id);

	ck_assert_uint_eq(shp->cpid, parent->pid);
	ck_assert_uint_eq(shp->lpid, 0);
	ck_assert(!shp->atim && !shp->dtim);
	s->m->k->jiffies = 100;
	attach(s, id, BASE);
	ck_assert(shp->atim == 100 && !shp->dtim);
	ck_assert_uint_eq(shp->lpid, parent->pid);
	s->m->k->jiffies = 200;
	shp->lpid = 0;
	child = space_fork(s);
	ck_assert(shp->atim == 200 && !shp->dtim);
	assert_attached(s, id, 2);
	s->m->k->jiffies = 300;
	space_run(s, child);
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(1)), 0);
	ck_assert_uint_eq(shp->dtim, 0); /* a piece is still there */
	ck_assert_int_eq(do_munmap(s->mm, BASE + PAGES(1), PAGES(1)), 0);
	ck_assert_uint_eq(shp->dtim, 300);
	ck_assert_uint_eq(shp->lpid, child->pid);
	s->m->k->jiffies = 400;
	attach(s, id, BASE);
	shp->lpid = 0;
	space_run(s, parent);
	do_exit(child, 0);
	ck_assert_uint_eq(shp->dtim, 400);
	ck_assert_uint_eq(shp->lpid, 2);
	s->m->k->jiffies = 500;
	ck_assert_int_eq(sys_shmdt(s->task, BASE), 0);
	ck_assert_uint_eq(shp->dtim, 500);
	ck_assert_uint_eq(shp->lpid, parent->pid);
	space_free(s);
}
END_TEST

START_TEST(test_removal)
{
	struct space *s = space_new(128);
	u32 used = test_used_frames(s->m), committed = s->m->k->total_committed;
	s64 id = make(s, 9, MODE_ALL), again;

	attach(s, id, BASE);
	ck_assert_int_eq(store(s, BASE, 'x'), 0);
	remove_segment(s, id);
	remove_segment(s, id);
	ck_assert_uint_eq(segment(s, id)->mode, SHM_MODE_DEST | 0666);
	ck_assert_uint_eq(segment(s, id)->key, IPC_PRIVATE_KEY);
	ck_assert_int_eq(make(s, 9, 0), -ENOENT);
	again = make(s, 9, MODE_ALL);
	ck_assert_int_eq(again, 1);
	attach(s, id, BASE + PAGES(2));
	ck_assert_int_eq(load(s, BASE + PAGES(2)), 'x');
	ck_assert_int_eq(do_munmap(s->mm, BASE, PAGES(2)), 0);
	assert_attached(s, id, 1);
	/* Over its own last attach: it stays. */
	ck_assert_int_eq(sys_shmat(s->task, (u32)id, BASE + PAGES(2), SHM_A_REMAP),
			 BASE + PAGES(2));
	ck_assert_int_eq(load(s, BASE + PAGES(2)), 'x');
	ck_assert_int_eq(sys_shmdt(s->task, BASE + PAGES(2)), 0);
	ck_assert_int_eq(sys_shmctl(s->task, (u32)id, SHM_CONTROL_RMID), -EINVAL);
	remove_segment(s, again);
	ck_assert_int_eq(make(s, 9, 0), -ENOENT);
	ck_assert_uint_eq(s->m->k->total_committed, committed);
	do_munmap(s->mm, 0, TASK_SIZE);
	ck_assert_uint_le(test_used_frames(s->m), used);
	space_free(s);
}
END_TEST

/* The new mapping comes after the old one went, and with it the segment. */
START_TEST(test_remap_of_removed)
{
	struct space *s = space_new(128);
	s64 id = make(s, 0, MODE_ALL);

	attach(s, id, BASE);
	remove_segment(s, id);
	ck_assert_int_eq(sys_remap_file_pages(s->task, BASE, PAGE_SIZE, 0, 1, 0), 0);
	assert_attached(s, id, 2);
	ck_assert_int_eq(sys_remap_file_pages(s->task, BASE, PAGES(2), 0, 0, 0), -EINVAL);
	ck_assert_ptr_null(find_vma(s->mm, BASE));
	ck_assert_int_eq(sys_shmctl(s->task, (u32)id, SHM_CONTROL_RMID), -EINVAL);
	space_free(s);
}
END_TEST

START_TEST(test_committed)
{
	struct space *s = space_new(128);
	u32 committed = s->m->k->total_committed;
	s64 id = make(s, 1, MODE_ALL | SHM_R_NORESERVE), promised;

	ck_assert_uint_eq(s->m->k->total_committed, committed);
	promised = make(s, 2, MODE_ALL);
	ck_assert_uint_eq(s->m->k->total_committed, committed + 2);
	attach(s, promised, BASE);
	ck_assert_uint_eq(s->m->k->total_committed, committed + 2);
	s->m->k->sysctl[SYSCTL_OVERCOMMIT_MEMORY] = OVERCOMMIT_NEVER;
	remove_segment(s, id);
	id = make(s, 3, MODE_ALL | SHM_R_NORESERVE);
	ck_assert_uint_eq(s->m->k->total_committed, committed + 4);
	test_check(s->m);
	space_free(s);
}
END_TEST

START_TEST(test_lock)
{
	struct space *s = space_new(128);
	u32 a = (u32)make(s, 1, MODE_ALL), b = (u32)make(s, 2, MODE_ALL);

	ck_assert_int_eq(sys_setrlimit(s->task, RLIMIT_MEMLOCK, PAGES(3)), 0);
	ck_assert_int_eq(sys_shmctl(s->task, a, SHM_CONTROL_LOCK), 0);
	ck_assert_int_eq(sys_shmctl(s->task, a, SHM_CONTROL_LOCK), 0);
	ck_assert_uint_eq(segment(s, a)->mode, SHM_MODE_LOCKED | 0666);
	ck_assert_int_eq(sys_shmctl(s->task, b, SHM_CONTROL_LOCK), -ENOMEM);
	ck_assert_int_eq(sys_shmctl(s->task, a, SHM_CONTROL_UNLOCK), 0);
	ck_assert_int_eq(sys_shmctl(s->task, a, SHM_CONTROL_UNLOCK), 0);
	ck_assert_int_eq(sys_shmctl(s->task, b, SHM_CONTROL_LOCK), 0);
	ck_assert_int_eq(sys_setrlimit(s->task, RLIMIT_MEMLOCK, 0), 0);
	ck_assert_int_eq(sys_shmctl(s->task, b, SHM_CONTROL_LOCK), -EPERM);
	ck_assert_int_eq(sys_shmctl(s->task, b, SHM_CONTROL_UNLOCK), 0);
	ck_assert_int_eq(sys_shmctl(s->task, 77, SHM_CONTROL_LOCK), -EINVAL);
	ck_assert_int_eq(sys_shmctl(s->task, 77, SHM_CONTROL_UNLOCK), -EINVAL);
	space_free(s);
}
END_TEST

START_TEST(test_permissions)
{
	struct space *s = space_new(128);
	u32 owner = s->task->uid;
	s64 id = make(s, 5, SHM_R_CREAT | 0604);
	int error;

	be(s, STRANGER);
	ck_assert_int_eq(sys_shmget(s->task, 5, 0, 0004), id);
	ck_assert_int_eq(sys_shmget(s->task, 5, 0, 0006), -EACCES);
	ck_assert_int_eq(sys_shmat(s->task, (u32)id, 0, 0), -EACCES);
	ck_assert_int_gt(sys_shmat(s->task, (u32)id, 0, SHM_A_RDONLY), 0);
	ck_assert_int_eq(sys_shmctl(s->task, (u32)id, SHM_CONTROL_RMID), -EPERM);
	ck_assert_int_eq(sys_shmctl(s->task, (u32)id, SHM_CONTROL_LOCK), -EPERM);
	ck_assert_ptr_nonnull(sys_shmctl_stat(s->task, (u32)id, &error));
	ck_assert_ptr_null(sys_shmctl_stat(s->task, (u32)id + 1, &error));
	ck_assert_int_eq(error, -EINVAL);
	s->task->gid = owner; /* the group may do nothing at all */
	ck_assert_ptr_null(sys_shmctl_stat(s->task, (u32)id, &error));
	ck_assert_int_eq(error, -EACCES);
	ck_assert_int_eq(sys_shmat(s->task, (u32)id, 0, SHM_A_RDONLY), -EACCES);
	be(s, owner);
	ck_assert_int_eq(sys_setrlimit(s->task, RLIMIT_MEMLOCK, 0), 0);
	ck_assert_int_eq(sys_shmctl(s->task, (u32)id, SHM_CONTROL_LOCK), -EPERM);
	ck_assert_int_eq(sys_shmctl(s->task, (u32)id, SHM_CONTROL_RMID), 0);
	space_free(s);
}
END_TEST

/* 64 places are used before the first one comes again, with the next sequence number. */
START_TEST(test_ids)
{
	struct space *s = space_new(256);

	for (u32 i = 0; i < 130; i++) {
		s64 id = make(s, IPC_PRIVATE_KEY, MODE_ALL);

		ck_assert_int_eq(id, i / 64 * 32768 + i % 64);
		ck_assert_int_eq(sys_shmctl(s->task, (u32)id, SHM_CONTROL_RMID), 0);
	}
	ck_assert_int_eq(sys_shmctl(s->task, 0, SHM_CONTROL_RMID), -EINVAL);
	s->m->k->shm_sequence = 65534; /* the last one; then they begin anew */
	for (u32 i = 0; i < 63; i++)
		remove_segment(s, make(s, IPC_PRIVATE_KEY, MODE_ALL));
	ck_assert_int_eq(make(s, IPC_PRIVATE_KEY, MODE_ALL), 1);
	space_free(s);
}
END_TEST

/* Whatever allocation fails, nothing is left behind and the reply says so. */
START_TEST(test_no_memory)
{
	bool done = false;

	for (u32 left = 0; !done; left++) {
		struct space *s = space_new(128);
		struct hog hog = hog_all_but(s->m, left);
		s64 id = make(s, 1, MODE_ALL), at = 0;

		if (id >= 0)
			at = sys_shmat(s->task, (u32)id, 0, 0);
		done = id >= 0 && at > 0;
		ck_assert(done || id == -ENOMEM || at == -ENOMEM);
		test_check(s->m);
		hog_free(&hog);
		if (id >= 0)
			ck_assert_int_eq(sys_shmctl(s->task, (u32)id, SHM_CONTROL_RMID), 0);
		space_free(s);
		ck_assert_uint_lt(left, 64);
	}
}
END_TEST

START_TEST(test_validation_sees)
{
	struct space *s = space_new(128);
	s64 id = make(s, 1, MODE_ALL);
	struct shmid_kernel *shp;
	u32 place = ~0u;

	ck_assert_int_eq(id, 0);
	shp = shm_next(s->m, &place);
	switch (_i) {
	case 0: shp->id++; break;
	case 1: s->m->k->shm_used++; break;
	case 2: s->m->k->shm_total--; break;
	case 3: KSET(KGET(shp->inode)->i_shm, NULL); break;
	case 4: shp->key++; break;
	case 5: shp->mode |= SHM_MODE_DEST; break;
	}
	ck_assert_uint_gt(test_check_quiet(s->m), 0);
	space_drop(s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("shm");
	TCase *tc = tcase_create("shm");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, test_shmget_errno);
	tcase_add_test(tc, test_shmat_errno);
	tcase_add_test(tc, test_shmdt);
	tcase_add_test(tc, test_pieces);
	tcase_add_test(tc, test_who_and_when);
	tcase_add_test(tc, test_removal);
	tcase_add_test(tc, test_remap_of_removed);
	tcase_add_test(tc, test_committed);
	tcase_add_test(tc, test_lock);
	tcase_add_test(tc, test_permissions);
	tcase_add_test(tc, test_ids);
	tcase_add_test(tc, test_no_memory);
	tcase_add_loop_test(tc, test_validation_sees, 0, 6);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

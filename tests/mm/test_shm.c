// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System V shared memory in-process: permissions of other users, ids that come round again,
 * memory that runs out, and what the checker sees.
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

	tcase_add_test(tc, test_permissions);
	tcase_add_test(tc, test_ids);
	tcase_add_test(tc, test_no_memory);
	tcase_add_loop_test(tc, test_validation_sees, 0, 4);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

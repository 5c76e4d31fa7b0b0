// SPDX-License-Identifier: GPL-2.0-or-later
/* check finds what nobody owns: a frame, an object, a reference too many. */
#include "fs_world.h"

#include "mm/page_alloc.h"
#include "mm/slab.h"

static const char everything[] = "mmap 0x50000000 64K rw- private,anonymous,fixed,populate\n"
				 "mmap 0x51000000 64K rw- shared,anonymous,fixed,populate\n"
				 "fork\nclone vm\nopen init\nshmget 1 8K creat,0600\nshmat 0 0\n"
				 "store 0x50000000 1\n";

static void says_that(const char *words)
{
	g_autofree char *reply = say(0, "check");

	ck_assert_int_eq(world.error, -EUCLEAN);
	ck_assert_msg(strstr(reply, words), "%s", reply);
}

START_TEST(all_is_owned)
{
	g_free(say(0, "spawn"));
	g_free(say(2, everything));
	ck_assert_int_eq(world.error, 0);
	says(0, "kthread worker", "5");
	says(0, "schedule 3", "ok");
	says(0, "schedule 5", "ok");
	says(3, "exit", "ok");
	number(0, "vmalloc 12K");
	number(0, "kmalloc 100");
	number(0, "alloc_pages 3");
	number(0, "kmem_cache_alloc mm_struct");
	says(0, "check", "ok");
}
END_TEST

START_TEST(lost_frame)
{
	struct page *page = alloc_page(world.fs->m, GFP_KERNEL);

	says_that("but nobody's");
	__free_page(page);
	says(0, "check", "ok");
}
END_TEST

START_TEST(lost_object)
{
	struct kmem_cache *cachep = kernel_cache(world.fs->m, CACHE_VM_AREA_STRUCT);
	void *vma = kmem_cache_alloc(cachep, GFP_KERNEL);

	says_that("vm_area_struct: ");
	kmem_cache_free(cachep, vma);
	says(0, "check", "ok");
}
END_TEST

START_TEST(lost_reference)
{
	struct file *file = get_file(KGET(world.fs->m->k->init_file));

	says_that("f_count");
	fput(file);
	says(0, "check", "ok");
}
END_TEST

int main(void)
{
	TCase *tcase = world_tcase();

	tcase_add_test(tcase, all_is_owned);
	tcase_add_test(tcase, lost_frame);
	tcase_add_test(tcase, lost_object);
	tcase_add_test(tcase, lost_reference);
	return run_suite("ctl_check", tcase);
}

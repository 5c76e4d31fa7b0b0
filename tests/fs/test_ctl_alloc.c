// SPDX-License-Identifier: GPL-2.0-or-later
/* The root ctl: what it hands out, takes back and refuses; check. */
#include "fs_world.h"

static char *line_with(const char *command, const char *arg, const char *rest)
{
	return g_strdup_printf("%s %s%s", command, arg, rest);
}

/* `@give` hands out something, `@take` with it and @rest gives it back, once. */
static void round_trip(const char *give, const char *take, const char *rest)
{
	g_autofree char *it = say(0, give), *line = line_with(take, it, rest);

	ck_assert_msg(!world.error, "%s: %s", give, it);
	world_check();
	says(0, line, "ok");
	fails(0, line, EINVAL);
}

START_TEST(hands_out_and_takes_back)
{
	round_trip("alloc_pages 0", "__free_pages", " 0");
	round_trip("alloc_pages 10 highuser", "__free_pages", " 10");
	round_trip("__get_free_pages 3 kernel,zero", "free_pages", " 3");
	round_trip("__get_dma_pages 1", "free_pages", " 1");
	round_trip("get_zeroed_page", "free_pages", " 0");
	round_trip("kmalloc 100", "kfree", "");
	round_trip("kmalloc 131072 atomic", "kfree", "");
	round_trip("kmalloc 1 dma", "kfree", "");
}
END_TEST

START_TEST(forms_of_replies)
{
	g_autofree char *pfn = say(0, "alloc_pages 0"), *address = say(0, "kmalloc 5");

	ck_assert_uint_eq(strlen(pfn), 7);
	ck_assert(g_str_has_prefix(pfn, "0x"));
	ck_assert_uint_eq(strlen(address), 10);
	ck_assert(g_str_has_prefix(address, "0xc"));
}
END_TEST

static const char *const refused[] = {
	"alloc_pages 11",
	"__get_free_pages 0 highuser",
	"__get_free_pages 32",
	"kmalloc 0",
	"kmalloc 131073",
	"kmalloc 0xffffffff",
	"kmalloc 1 highuser",
	"__free_pages 0 0",
	"__free_pages 0xffffffff 0",
	"__free_pages 1 11",
	"free_pages 0 0",
	"free_pages 0xc0000000 0",
	"free_pages 0xffffffff 0",
	"kfree 0",
	"kfree 0xc0000000",
	"kfree 0xffffffff",
	"kfree 12",
	"kmem_cache_create none 0",
	"kmem_cache_create big 99999999",
	"kmem_cache_create odd 10 3",
	"kmem_cache_create '' 10",
	"kmem_cache_create 'a b' 10",
	"kmem_cache_create 12345678901234567890 10",
	"kmem_cache_alloc nothere",
	"kmem_cache_free nothere 1",
	"kmem_cache_shrink nothere",
	"kmem_cache_destroy nothere",
	"kmem_cache_destroy mm_struct",
	"kmem_cache_destroy size-32",
	"kmem_cache_destroy kmem_cache",
	"kmem_cache_free mm_struct 0xc0000000",
};

START_TEST(refuses)
{
	fails(0, refused[_i], EINVAL);
}
END_TEST

START_TEST(only_as_it_was_handed_out)
{
	g_autofree char *pages = say(0, "__get_free_pages 2"), *object = say(0, "kmalloc 64");
	u32 addr = (u32)strtoul(pages, NULL, 0);
	g_autofree char *other = g_strdup_printf("free_pages 0x%08x 2", addr + PAGE_SIZE);
	g_autofree char *frame =
		g_strdup_printf("__free_pages 0x%05x 2", (addr - PAGE_OFFSET) >> 12);
	g_autofree char *small = line_with("free_pages", pages, " 1");
	g_autofree char *kfree = line_with("kfree", pages, "");
	g_autofree char *as_page = line_with("free_pages", object, " 0");

	fails(0, other, EINVAL);
	fails(0, small, EINVAL);
	fails(0, kfree, EINVAL);
	fails(0, as_page, EINVAL);
	says(0, frame, "ok");
}
END_TEST

START_TEST(caches)
{
	g_autofree char *a = NULL, *b = NULL, *wrong = NULL, *free_a = NULL, *free_b = NULL;

	says(0, "kmem_cache_create pets 40", "ok");
	fails(0, "kmem_cache_create pets 40", EEXIST);
	says(0, "kmem_cache_create big 512 64", "ok");
	a = say(0, "kmem_cache_alloc pets");
	b = say(0, "kmem_cache_alloc big");
	wrong = line_with("kmem_cache_free pets", b, "");
	free_a = line_with("kmem_cache_free pets", a, "");
	free_b = line_with("kmem_cache_free big", b, "");
	ck_assert_uint_eq((u32)strtoul(b, NULL, 0) % 64, 0);
	shows(proc_slabinfo, 0, "pets",
	      "pets                   1     96     40   96    1 : tunables "
	      "  60   30    0 : slabdata      1      1      0");
	fails(0, wrong, EINVAL);
	fails(0, "kmem_cache_destroy pets", EBUSY);
	says(0, free_a, "ok");
	fails(0, free_a, EINVAL);
	says(0, free_b, "ok");
	says(0, "kmem_cache_shrink pets", "ok");
	says(0, "kmem_cache_destroy pets", "ok");
	says(0, "kmem_cache_destroy big", "ok");
	fails(0, "kmem_cache_destroy big", EINVAL);
}
END_TEST

/* Scribbled over and given back, an object of the machine's own caches does no harm. */
START_TEST(kernel_objects)
{
	for (unsigned i = 0; i < 20; i++) {
		g_autofree char *a = say(0, "kmem_cache_alloc vm_area_struct"), *line = NULL;
		u32 addr = (u32)strtoul(a, NULL, 0);

		memset(ram_at(&world.fs->m->ram, addr - PAGE_OFFSET), 0xa5, 88);
		line = line_with("kmem_cache_free vm_area_struct", a, "");
		says(0, line, "ok");
		number(1, "fork");
		world_check();
	}
}
END_TEST

START_TEST(check_finds_what_is_wrong)
{
	struct mm_struct *mm = KGET(find_task_by_pid(world.fs->m, 1)->mm);
	g_autofree char *reply = NULL;

	says(0, "check", "ok");
	mm->map_count++;
	reply = say(0, "check");
	mm->map_count--;
	ck_assert_int_eq(world.error, -EUCLEAN);
	ck_assert(g_str_has_prefix(reply, "EUCLEAN: check: "));
	ck_assert_ptr_nonnull(strstr(reply, " not hold\n\t"));
}
END_TEST

START_TEST(memory_runs_out)
{
	unsigned blocks = 0;
	g_autofree char *reply = NULL;

	do {
		g_free(reply);
		reply = say(0, "alloc_pages 10");
		blocks += !world.error;
	} while (!world.error);
	ck_assert_int_eq(world.error, -ENOMEM);
	ck_assert(g_str_has_prefix(reply, "ENOMEM: alloc_pages: "));
	ck_assert_uint_ge(blocks, 10);
	world_check();
}
END_TEST

int main(void)
{
	TCase *tcase = world_tcase();

	tcase_add_test(tcase, hands_out_and_takes_back);
	tcase_add_test(tcase, forms_of_replies);
	tcase_add_loop_test(tcase, refuses, 0, ARRAY_SIZE(refused));
	tcase_add_test(tcase, only_as_it_was_handed_out);
	tcase_add_test(tcase, caches);
	tcase_add_test(tcase, kernel_objects);
	tcase_add_test(tcase, check_finds_what_is_wrong);
	tcase_add_test(tcase, memory_runs_out);
	return run_suite("ctl_alloc", tcase);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Radix trees: against a sorted array of indices, with tags; sparse ones up to the last
 * index; insertions that find no memory; no node is left over.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mm/filemap.h"
#include "mm/page_alloc.h"
#include "mm/radix_tree.h"
#include "frame_world.h"

/* The root lies in RAM; items are frame 1's bytes, told apart by address. */
struct world {
	struct machine *m;
	struct radix_tree_root *root;
	u8 *items;
};

static struct world world_new(u32 frames)
{
	struct world w = { .m = small_machine(frames) };

	w.root = kzalloc(w.m, sizeof(*w.root), GFP_KERNEL);
	w.items = w.m->ram.base + PAGE_SIZE;
	return w;
}

static u32 nodes(const struct world *w)
{
	struct slabinfo info;

	kmem_cache_info(kernel_cache(w->m, CACHE_RADIX_TREE_NODE), &info);
	return info.active_objs;
}

static void assert_valid(const struct world *w, u32 items)
{
	u32 n;
	const char *wrong = radix_tree_validate(w->root, &n);

	if (wrong)
		ck_abort_msg("%s", wrong);
	ck_assert_uint_eq(n, items);
}

START_TEST(height_follows_the_largest_index)
{
	static const struct {
		u32 index, height, nodes;
	} steps[] = {
		{ 0, 1, 1 },	{ 63, 1, 1 },	     { 64, 2, 3 },   { 4095, 2, 4 },
		{ 4096, 3, 7 }, { 1u << 30, 6, 15 }, { ~0u, 6, 20 },
	};
	struct world w = world_new(256);
	u32 before = nodes(&w);

	for (u32 i = 0; i < ARRAY_SIZE(steps); i++) {
		ck_assert_int_eq(
			radix_tree_insert(w.m, w.root, steps[i].index, w.items + i, GFP_KERNEL), 0);
		ck_assert_uint_eq(w.root->height, steps[i].height);
		ck_assert_uint_eq(nodes(&w) - before, steps[i].nodes);
		assert_valid(&w, i + 1);
	}
	for (u32 i = ARRAY_SIZE(steps); i-- > 0;) {
		ck_assert_uint_eq(w.root->height, steps[i].height);
		ck_assert_ptr_eq(radix_tree_delete(w.m, w.root, steps[i].index), w.items + i);
		assert_valid(&w, i);
	}
	ck_assert_uint_eq(nodes(&w), before);
	ck_assert_uint_eq(w.root->height, 0);
	machine_free(w.m);
}
END_TEST

START_TEST(what_is_not_there)
{
	struct world w = world_new(256);

	ck_assert_ptr_null(radix_tree_lookup(w.root, 0));
	ck_assert_ptr_null(radix_tree_delete(w.m, w.root, ~0u));
	radix_tree_insert(w.m, w.root, 5, w.items, GFP_KERNEL);
	ck_assert_int_eq(radix_tree_insert(w.m, w.root, 5, w.items + 1, GFP_KERNEL), -EEXIST);
	ck_assert_ptr_eq(radix_tree_lookup(w.root, 5), w.items);
	ck_assert_ptr_null(radix_tree_lookup(w.root, 6));
	ck_assert_ptr_null(radix_tree_lookup(w.root, 64 + 5));
	ck_assert_ptr_null(radix_tree_lookup(w.root, ~0u));
	ck_assert_ptr_null(radix_tree_delete(w.m, w.root, 6));
	ck_assert(!radix_tree_tag_get(w.root, 64 + 5, RADIX_TAG_DIRTY));
	assert_valid(&w, 1);
	machine_free(w.m);
}
END_TEST

START_TEST(tags_are_found_from_the_root)
{
	struct world w = world_new(256);
	void *found[8];
	u32 index[8];

	for (u32 i = 0; i < 8; i++)
		radix_tree_insert(w.m, w.root, i * 1000, w.items + i, GFP_KERNEL);
	ck_assert(!radix_tree_tagged(w.root, RADIX_TAG_DIRTY));
	radix_tree_tag_set(w.root, 3000, RADIX_TAG_DIRTY);
	radix_tree_tag_set(w.root, 6000, RADIX_TAG_DIRTY);
	radix_tree_tag_set(w.root, 6000, RADIX_TAG_WRITEBACK);
	assert_valid(&w, 8);
	ck_assert_uint_eq(radix_tree_gang_lookup_tag(w.root, found, index, 0, 8, RADIX_TAG_DIRTY),
			  2);
	ck_assert_uint_eq(index[0], 3000);
	ck_assert_uint_eq(index[1], 6000);
	ck_assert_ptr_eq(found[1], w.items + 6);
	radix_tree_insert(w.m, w.root, ~0u, w.items, GFP_KERNEL); /* tags rise with the tree */
	ck_assert(radix_tree_tagged(w.root, RADIX_TAG_WRITEBACK));
	radix_tree_tag_clear(w.root, 3000, RADIX_TAG_DIRTY);
	radix_tree_delete(w.m, w.root, 6000);
	ck_assert(!radix_tree_tagged(w.root, RADIX_TAG_DIRTY));
	ck_assert(!radix_tree_tagged(w.root, RADIX_TAG_WRITEBACK));
	assert_valid(&w, 8);
	machine_free(w.m);
}
END_TEST

/* With memory for 0 to 5 nodes the first insertion of an index that needs 6 changes nothing. */
START_TEST(insertion_without_memory_changes_nothing)
{
	struct world w = world_new(128);
	struct kmem_cache *cachep = kernel_cache(w.m, CACHE_RADIX_TREE_NODE);
	struct radix_tree_node *node[6];
	u32 before;

	for (u32 i = 0; i < 6; i++)
		node[i] = kmem_cache_alloc(cachep, GFP_KERNEL);
	while (alloc_page(w.m, GFP_KERNEL))
		;
	while (kmem_cache_alloc(cachep, GFP_KERNEL))
		;
	for (u32 left = 0; left < 6; left++) {
		before = nodes(&w);
		ck_assert_int_eq(radix_tree_insert(w.m, w.root, ~0u, w.items, GFP_KERNEL), -ENOMEM);
		ck_assert_uint_eq(nodes(&w), before);
		ck_assert_uint_eq(w.root->height, 0);
		ck_assert_ptr_null(radix_tree_lookup(w.root, ~0u));
		assert_valid(&w, 0);
		allocators_check(w.m);
		kmem_cache_free(cachep, node[left]);
	}
	ck_assert_int_eq(radix_tree_insert(w.m, w.root, ~0u, w.items, GFP_KERNEL), 0);
	ck_assert_int_eq(radix_tree_insert(w.m, w.root, 0, w.items, GFP_KERNEL), -ENOMEM);
	assert_valid(&w, 1);
	machine_free(w.m);
}
END_TEST

static int read_zeros(void *data, u32 handle, u64 pos, void *buf, u32 len)
{
	memset(buf, 0, len);
	return 0;
}

/*
 * A page cache larger than RAM, by turns many pages in one leaf and few: an insertion's
 * nodes are found by reclaim, which frees leaves of the very tree that grows (those that only
 * remember pages).
 */
START_TEST(reclaim_prunes_the_tree_that_grows)
{
	static const struct machine_ops ops = { .read = read_zeros };
	struct rnd r = rnd_start("reclaim_prunes_the_tree_that_grows");
	struct machine_config config = { .ram = 300 * PAGE_SIZE, .pae = test_pae(), .ops = &ops };
	struct machine *m;
	struct inode *inode;

	ck_assert_int_eq(machine_new(&config, &m), 0);
	inode = inode_new(m, AOPS_BACKED, 1, 1, 0100644, 1ull << 40, 1);
	for (u32 i = 0, run = 1; i < 8000; i++) {
		struct page *page;
		u32 items, index = (i / run * 0x10041u & 0xfffffff) + i % run;

		ck_assert_int_eq(read_cache_page(&inode->i_data, index, &page, NULL), 0);
		put_page(page);
		ck_assert_ptr_null(radix_tree_validate(&inode->i_data.page_tree, &items));
		ck_assert_uint_eq(items, inode->i_data.nrpages + inode->i_data.nrshadows);
		if (i % 100 == 0) {
			run = 1u << rnd_below(&r, 7);
			allocators_check(m);
		}
	}
	ck_assert_int_gt(m->k->vm_stat[WORKINGSET_NODERECLAIM], 0);
	allocators_check(m);
	machine_free(m);
}
END_TEST

/* ---- at random ---- */

#define N 400u

struct model {
	u32 index[N]; /* ascending */
	bool in[N], tag[N][RADIX_TAGS];
	u32 nr;
};

static int compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

/* Indices in clusters and alone, the first and the last. */
static void model_init(struct model *t, struct rnd *r, bool dense)
{
	for (u32 i = 0; i < N; i++)
		t->index[i] = dense ? i * 3 : i % 4 ? t->index[i - 1] + 1 : rnd_next(r) & ~7u;
	t->index[0] = 0;
	t->index[N - 1] = ~0u;
	qsort(t->index, N, sizeof(t->index[0]), compare);
}

static void assert_gang(const struct world *w, const struct model *t, u32 first, unsigned max,
			int tag)
{
	void *found[N];
	u32 index[N], n = 0;
	bool right = true;
	unsigned got = tag < 0 ? radix_tree_gang_lookup(w->root, found, index, first, max) :
				 radix_tree_gang_lookup_tag(w->root, found, index, first, max,
							    (enum radix_tag)tag);

	for (u32 i = 0; i < N && n < max; i++) {
		if (!t->in[i] || t->index[i] < first || (tag >= 0 && !t->tag[i][tag]))
			continue;
		right &= n < got && index[n] == t->index[i] && found[n] == w->items + i;
		n++;
	}
	ck_assert(right && n == got);
}

static void model_step(struct world *w, struct model *t, struct rnd *r, u32 i)
{
	enum radix_tag tag = (enum radix_tag)rnd_below(r, RADIX_TAGS);

	if (!t->in[i]) {
		ck_assert_int_eq(
			radix_tree_insert(w->m, w->root, t->index[i], w->items + i, GFP_KERNEL), 0);
		memset(t->tag[i], 0, sizeof(t->tag[i]));
		t->in[i] = true;
		t->nr++;
		return;
	}
	switch (rnd_below(r, 4)) {
	case 0: radix_tree_tag_set(w->root, t->index[i], tag), t->tag[i][tag] = true; break;
	case 1: radix_tree_tag_clear(w->root, t->index[i], tag), t->tag[i][tag] = false; break;
	default:
		ck_assert_ptr_eq(radix_tree_delete(w->m, w->root, t->index[i]), w->items + i);
		t->in[i] = false;
		t->nr--;
	}
}

START_TEST(random_against_an_array)
{
	struct rnd r = rnd_start("random_against_an_array");
	struct world w = world_new(2048);
	struct model *t = calloc(1, sizeof(*t));
	u32 before = nodes(&w);

	model_init(t, &r, _i);
	for (unsigned step = 0; step < 8000; step++) {
		u32 i = rnd_below(&r, step % 2000 < 1000 ? N : 12);

		model_step(&w, t, &r, i);
		ck_assert_ptr_eq(radix_tree_lookup(w.root, t->index[i]),
				 t->in[i] ? w.items + i : NULL);
		for (unsigned tag = 0; tag < RADIX_TAGS; tag++)
			ck_assert(radix_tree_tag_get(w.root, t->index[i], tag) ==
				  (t->in[i] && t->tag[i][tag]));
		if (step % 8)
			continue;
		assert_valid(&w, t->nr);
		assert_gang(&w, t, rnd_below(&r, 2) ? 0 : rnd_next(&r), 1 + rnd_below(&r, N), -1);
		assert_gang(&w, t, 0, 1 + rnd_below(&r, N), (int)rnd_below(&r, RADIX_TAGS));
		assert_gang(&w, t, ~0u, 5, -1);
	}
	for (u32 i = 0; i < N; i++)
		radix_tree_delete(w.m, w.root, t->index[i]);
	assert_valid(&w, 0);
	ck_assert_uint_eq(nodes(&w), before);
	allocators_check(w.m);
	machine_free(w.m);
	free(t);
}
END_TEST

START_TEST(validation_sees)
{
	struct world w = world_new(256);
	struct radix_tree_node *top;

	for (u32 i = 0; i < 100; i++)
		radix_tree_insert(w.m, w.root, i, w.items + i, GFP_KERNEL);
	top = kva_ptr(w.root, w.root->rnode);
	switch (_i) {
	case 0: top->count++; break;
	case 1: top->tags[0][0] = 1; break;
	case 2: w.root->height = 3; break;
	case 3: top->slots[1] = 0; break;
	case 4: w.root->rnode = 0; break;
	case 5: top->slots[1] = 0, top->count = 1; break;
	case 6: top->values++; break;
	}
	ck_assert_ptr_nonnull(radix_tree_validate(w.root, NULL));
	machine_free(w.m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("radix_tree");
	TCase *tc = tcase_create("radix_tree");

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, height_follows_the_largest_index);
	tcase_add_test(tc, what_is_not_there);
	tcase_add_test(tc, tags_are_found_from_the_root);
	tcase_add_test(tc, insertion_without_memory_changes_nothing);
	tcase_add_test(tc, reclaim_prunes_the_tree_that_grows);
	tcase_add_loop_test(tc, random_against_an_array, 0, 2);
	tcase_add_loop_test(tc, validation_sees, 0, 7);
	return run_suite(s);
}

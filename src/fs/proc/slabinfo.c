/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slabinfo, version 2.1: one line for each cache.  slabinfo(5).
 */
#include "proc.h"

static void print_cache(const struct kmem_cache *cachep, GString *out)
{
	const struct array_cache *array = KGET(cachep->array[0]);
	struct slabinfo info;

	kmem_cache_info(cachep, &info);
	g_string_append_printf(out, "%-17.*s %6u %6u %6u %4u %4u : tunables %4u %4u %4u",
			       CACHE_NAMELEN, cachep->name, info.active_objs, info.num_objs,
			       cachep->buffer_size, cachep->num, 1u << cachep->gfporder,
			       array ? array->limit : 0, array ? array->batchcount : 0,
			       KNULL(cachep->shared) ? 0 : SHARED_FACTOR);
	g_string_append_printf(out, " : slabdata %6u %6u %6u\n", info.active_slabs, info.num_slabs,
			       info.shared_avail);
}

int proc_slabinfo(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct kmem_cache *cachep;

	g_string_append(out, "slabinfo - version: 2.1\n"
			     "# name            <active_objs> <num_objs> <objsize> <objperslab>"
			     " <pagesperslab> : tunables <limit> <batchcount> <sharedfactor>"
			     " : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
	list_for_each_entry(cachep, &fs->m->k->cache_chain, next)
		print_cache(cachep, out);
	return 0;
}

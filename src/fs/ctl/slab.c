/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slab caches for the user of the root ctl: caches of one's own, and objects of any
 * cache.  The machine's own caches cannot be destroyed.  ULK ch. 8, "Memory Area Management".
 */
#include <errno.h>
#include <string.h>

#include "alloc.h"

/* Is the cache the machine's own? */
static bool is_kernel_cache(const struct machine *m, const struct kmem_cache *cachep)
{
	if (cachep == &m->k->cache_cache || cachep->is_kmalloc)
		return true;
	for (enum kernel_cache c = 0; c < NR_KERNEL_CACHES; c++)
		if (kernel_cache(m, c) == cachep)
			return true;
	return false;
}

static int no_cache(struct ctl_call *call, const char *name)
{
	struct kmem_cache *cachep;

	ctl_fail(call, -EINVAL, "there is no cache %s\n\tknown:", shown(name));
	list_for_each_entry(cachep, &call->m->k->cache_chain, next)
		g_string_append_printf(call->why, " %.*s", CACHE_NAMELEN, cachep->name);
	return -EINVAL;
}

static bool is_good_name(const char *name)
{
	size_t len = strlen(name);

	for (const char *c = name; *c; c++)
		if (!g_ascii_isgraph(*c) || *c == '#')
			return false;
	return len > 0 && len < CACHE_NAMELEN;
}

static int ctl_kmem_cache_create(struct ctl_call *call)
{
	const struct ctl_arg *arg = call->arg;
	int error = 0;

	if (!is_good_name(arg[0].text))
		return ctl_fail(call, -EINVAL, "NAME must be 1 to %d letters without blanks and #",
				CACHE_NAMELEN - 1);
	if (arg[1].value == 0 || arg[1].value > KMALLOC_MAX_SIZE)
		return ctl_fail(call, -EINVAL, "SIZE must be 1 to %u", KMALLOC_MAX_SIZE);
	kmem_cache_create(call->m, arg[0].text, arg[1].value, arg[2].value, 0, CTOR_NONE, &error);
	if (error == -EINVAL)
		ctl_fail(call, error, "ALIGN must be a power of two up to 4096");
	return error;
}

static int ctl_kmem_cache_alloc(struct ctl_call *call)
{
	struct kmem_cache *cachep = kmem_cache_find(call->m, call->arg[0].text);
	struct handout *h;
	void *p;

	if (!cachep)
		return no_cache(call, call->arg[0].text);
	p = kmem_cache_alloc(cachep, GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	h = hand_out(call, HANDOUT_CACHE, kva_of(p) - PAGE_OFFSET, cachep->objsize);
	if (!h) {
		kmem_cache_free(cachep, p);
		return -ENOMEM;
	}
	KSET(h->cache, cachep);
	g_string_printf(call->reply, "0x%08x", kva_of(p));
	return 0;
}

/* An object goes back as it came: the next one who gets it counts on its constructor. */
static void free_object(struct ctl_call *call, struct kmem_cache *cachep, u64 pa)
{
	void *p = ram_at(&call->m->ram, pa);

	if (cachep->ctor == CTOR_ZERO)
		memset(p, 0, cachep->objsize);
	kmem_cache_free(cachep, p);
}

static int ctl_kmem_cache_free(struct ctl_call *call)
{
	struct kmem_cache *cachep = kmem_cache_find(call->m, call->arg[0].text);
	u64 pa = direct_pa(call, call->arg[1].value);
	struct handout *h;

	if (!cachep)
		return no_cache(call, call->arg[0].text);
	h = handed_out(call, HANDOUT_CACHE, pa, call->arg[1].text);
	if (!h)
		return -EINVAL;
	if (KGET(h->cache) != cachep)
		return ctl_fail(call, -EINVAL, "it was handed out from another cache, %.*s",
				CACHE_NAMELEN, KGET(h->cache)->name);
	handout_remove(call->m, h);
	free_object(call, cachep, pa);
	return 0;
}

static int ctl_kmem_cache_shrink(struct ctl_call *call)
{
	struct kmem_cache *cachep = kmem_cache_find(call->m, call->arg[0].text);

	if (!cachep)
		return no_cache(call, call->arg[0].text);
	kmem_cache_shrink(cachep);
	return 0;
}

static int ctl_kmem_cache_destroy(struct ctl_call *call)
{
	struct kmem_cache *cachep = kmem_cache_find(call->m, call->arg[0].text);

	if (!cachep)
		return no_cache(call, call->arg[0].text);
	if (is_kernel_cache(call->m, cachep))
		return ctl_fail(call, -EINVAL, "%s belongs to the machine",
				shown(call->arg[0].text));
	return kmem_cache_destroy(cachep);
}

/* clang-format off */
const struct ctl_command ctl_slab_commands[] = {
	{ "kmem_cache_create", "NAME SIZE [ALIGN]", ctl_kmem_cache_create,
	  "a cache of equal objects",
	  "EINVAL NAME too long; SIZE 0 or above 131072; ALIGN no power of two up to 4096\n"
	  "EEXIST a cache has this name\n"
	  "ENOMEM no memory is left" },
	{ "kmem_cache_alloc", "NAME", ctl_kmem_cache_alloc,
	  "an object of any cache -> kernel address",
	  "EINVAL no such cache\n"
	  "ENOMEM no memory is left" },
	{ "kmem_cache_free", "NAME ADDR", ctl_kmem_cache_free, "give it back",
	  "EINVAL no such cache; not handed out from it here" },
	{ "kmem_cache_shrink", "NAME", ctl_kmem_cache_shrink, "free its empty slabs",
	  "EINVAL no such cache" },
	{ "kmem_cache_destroy", "NAME", ctl_kmem_cache_destroy, "end a cache that was created here",
	  "EINVAL no such cache; the machine's own\n"
	  "EBUSY objects are in use" },
	{}
};
/* clang-format on */

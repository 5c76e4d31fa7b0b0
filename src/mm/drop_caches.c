/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Caches given up because somebody asked: sys/vm/drop_caches.  today: proc_sys_vm(5).
 */
#include "mm/filemap.h"
#include "mm/lru.h"
#include "mm/machine.h"
#include "mm/vmscan.h"

/* Pages of files that only the cache holds, and that the file has as they are. */
static void drop_pagecache(const struct page_list *list)
{
	struct page *page = page_list_first(list), *next;

	for (; page; page = next) {
		const struct address_space *mapping = kva_ptr(page, page->mapping);

		next = page_list_next(page);
		if (!PageAnon(page) && page_count(page) == 1 && !PageDirty(page) &&
		    mapping->a_ops != AOPS_SHMEM)
			remove_from_page_cache(page);
	}
}

void drop_caches(struct machine *m, u32 what)
{
	if (what & DROP_PAGECACHE) {
		for (unsigned i = 0; i < MAX_NR_ZONES; i++) {
			drop_pagecache(&m->k->zone[i].lru[LRU_INACTIVE_FILE]);
			drop_pagecache(&m->k->zone[i].lru[LRU_ACTIVE_FILE]);
		}
		count_vm_event(m, DROP_PAGECACHE_EVENTS);
	}
	if (what & DROP_SLAB) {
		prune_icache(m, UINT32_MAX);
		workingset_shrink_nodes(m);
		kmem_cache_reap(m);
		count_vm_event(m, DROP_SLAB_EVENTS);
	}
}

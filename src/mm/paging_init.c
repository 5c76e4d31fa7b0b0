/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * swapper_pg_dir: the master kernel page tables.  ULK ch. 2, "Kernel Page Tables".
 *
 * Low memory is mapped from PAGE_OFFSET up, in large pages where a whole one is
 * RAM, with small ones for the rest.  All entries are global and supervisor.  Above lie the
 * vmalloc area and the kernel's windows to high memory (mm/kernel_layout.h): their entries
 * are not global, and the windows' page tables exist from the start.
 */
#include <errno.h>

#include "mm/highmem.h"
#include "mm/kernel_layout.h"
#include "mm/machine.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"

/* The last bytes of low memory, less than a large page: a table of small ones. */
static int map_tail(struct machine *m, paddr_t pa, paddr_t end)
{
	const struct paging *pg = m->paging;
	struct page *table = alloc_page(m, GFP_KERNEL | __GFP_ZERO);
	u64 prot = page_kernel(m) | PG_G;
	u8 *p;

	if (!table)
		return -ENOMEM;
	SetPageTable(table);
	mod_vm_stat(m, NR_PAGETABLE, 1);
	pte_put(pg, dir_offset(&m->k->init_mm, (u32)pa + PAGE_OFFSET),
		mk_pte(page_to_pfn(table), PAGE_KERNEL_TABLE));
	p = page_address(table);
	for (; pa < end; pa += PAGE_SIZE) {
		pte_put(pg, p + pte_index(pg, (u32)pa + PAGE_OFFSET) * pg->entry_size,
			mk_pte((pfn_t)(pa >> PAGE_SHIFT), prot));
		table->private ++;
	}
	return 0;
}

int paging_init(struct machine *m)
{
	struct kernel_data *k = m->k;
	u64 large = 1ull << m->paging->dir_shift, prot = page_kernel(m) | PG_G | PG_PS;
	paddr_t end = (paddr_t)lowmem_end_pfn(m) << PAGE_SHIFT, pa;
	int error;

	k->init_mm.mm_users = k->init_mm.mm_count = 1;
	error = pgd_alloc(m, &k->init_mm);
	if (error)
		return error;
	for (pa = 0; pa + large <= end; pa += large)
		pte_put(m->paging, dir_offset(&k->init_mm, (u32)pa + PAGE_OFFSET),
			mk_pte((pfn_t)(pa >> PAGE_SHIFT), prot));
	error = pa < end ? map_tail(m, pa, end) : 0;
	return error ? error : kmap_init(m);
}

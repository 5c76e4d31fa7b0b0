/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page directories and page tables of processes.  ULK ch. 2, "Paging in Linux";
 * ch. 9, table "protection_map".
 *
 * The only writer of entries.  Invariants (checked in check.c):
 * - page->private of a table's frame is the number of its entries that are not 0;
 * - mm->nr_ptes is the number of tables below TASK_SIZE;
 * - a table or directory that is given back holds only zeros: its frame need not be cleared again;
 * - directory entries from TASK_SIZE up are copies of swapper_pg_dir's; in the vmalloc area
 *   they may still be missing (vmalloc_fault copies them).
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "mm/machine.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"

#define USER_TABLE (PG_P | PG_RW | PG_US)
#define KERNEL_TABLE (PG_P | PG_RW | PG_A)

/* ULK's protection_map without the shared half: index is VM_READ, VM_WRITE, VM_EXEC. */
#define PAGE_NONE PG_PROTNONE
#define PAGE_READONLY (PG_P | PG_US | PG_A)

u64 vm_page_prot(const struct machine *m, u32 vm_flags)
{
	u64 prot;

	if (!(vm_flags & VM_RWX))
		return PAGE_NONE;
	prot = PAGE_READONLY;
	if ((vm_flags & (VM_WRITE | VM_SHARED)) == (VM_WRITE | VM_SHARED))
		prot |= PG_RW;
	if (m->paging->pae && !(vm_flags & VM_EXEC))
		prot |= PG_NX;
	return prot;
}

u64 vma_page_prot(const struct vm_area_struct *vma)
{
	const struct file *file = KGET(vma->vm_file);
	u64 prot = vm_page_prot(machine_of(vma), vma->vm_flags);

	if (file && file_inode(file)->i_data.a_ops != AOPS_SHMEM)
		prot &= ~PG_RW;
	return prot;
}

void *pte_alloc(struct mm_struct *mm, u32 addr)
{
	struct machine *m = machine_of(mm);
	void *dirp = dir_offset(mm, addr);
	pte_t dir = pte_get(m->paging, dirp);
	struct page *table;

	if (likely(dir.v & PG_P))
		return pte_offset(m, dir, addr);
	table = alloc_page(m, GFP_KERNEL | __GFP_HIGHMEM | __GFP_ZERO);
	if (!table)
		return NULL;
	SetPageTable(table);
	table->private = 0;
	mm->nr_ptes++;
	mod_vm_stat(m, NR_PAGETABLE, 1);
	dir = mk_pte(page_to_pfn(table), USER_TABLE);
	pte_put(m->paging, dirp, dir);
	return pte_offset(m, dir, addr);
}

void *pte_alloc_kernel(struct machine *m, u32 addr)
{
	void *dirp = dir_offset(&m->k->init_mm, addr);
	pte_t dir = pte_get(m->paging, dirp);
	struct page *table;

	if (dir.v & PG_P)
		return pte_offset(m, dir, addr);
	table = alloc_page(m, GFP_KERNEL | __GFP_ZERO);
	if (!table)
		return NULL;
	SetPageTable(table);
	table->private = 0;
	mod_vm_stat(m, NR_PAGETABLE, 1);
	dir = mk_pte(page_to_pfn(table), KERNEL_TABLE);
	pte_put(m->paging, dirp, dir);
	return pte_offset(m, dir, addr);
}

void sync_kernel_dir(struct mm_struct *mm, u32 addr)
{
	struct machine *m = machine_of(mm);

	pte_put(m->paging, dir_offset(mm, addr),
		pte_get(m->paging, dir_offset(&m->k->init_mm, addr)));
}

/*
 * The first address of [@addr, @end) that has a page table, or @end or above.  An address space
 * is mostly empty: what has no table costs a look at its directory entry and no more.
 */
static u64 next_table(const struct mm_struct *mm, u64 addr, u64 end)
{
	const struct paging *pg = machine_of(mm)->paging;
	u64 span = 1ull << pg->dir_shift;

	while (addr < end) {
		u32 nr = pg->entries - dir_index(pg, (u32)addr);
		const u8 *p = dir_offset(mm, (u32)addr);

		for (; nr && addr < end; nr--, p += pg->entry_size) {
			if (pte_get(pg, p).v & PG_P)
				return addr;
			addr = (addr | (span - 1)) + 1;
		}
	}
	return addr;
}

bool pte_range_next(const struct mm_struct *mm, struct pte_range *r, u32 end)
{
	const struct machine *m = machine_of(mm);
	u32 span = 1u << m->paging->dir_shift;
	u64 addr = next_table(mm, r->end, end);

	while (addr < end) {
		u64 stop = (addr | (span - 1)) + 1;

		r->addr = (u32)addr;
		r->end = stop < end ? (u32)stop : end;
		r->ptep = pte_lookup(mm, r->addr);
		r->table = pte_table(m, r->ptep);
		if (r->table->private)
			return true;
		addr = next_table(mm, stop, end);
	}
	return false;
}

static void free_table(struct mm_struct *mm, void *dirp)
{
	struct machine *m = machine_of(mm);
	pte_t dir = pte_get(m->paging, dirp);
	struct page *table = pfn_to_page(m, pte_pfn(dir));

	assert(table->private == 0);
	pte_put(m->paging, dirp, (pte_t){ 0 });
	ClearPageTable(table);
	free_zeroed_page(table);
	mm->nr_ptes--;
	mod_vm_stat(m, NR_PAGETABLE, -1);
}

void free_pgtables(struct mm_struct *mm, u32 start, u32 end, u32 floor, u32 ceiling)
{
	const struct paging *pg = machine_of(mm)->paging;
	u64 span = 1ull << pg->dir_shift;
	u64 addr = start & ~(span - 1);

	if (addr < floor)
		addr += span;
	while (mm->nr_ptes) {
		addr = next_table(mm, addr, end);
		if (addr >= end || addr + span > ceiling)
			break;
		free_table(mm, dir_offset(mm, (u32)addr));
		addr += span;
	}
}

void free_empty_pgtables(struct mm_struct *mm, u32 start, u32 end)
{
	const struct machine *m = machine_of(mm);
	u64 span = 1ull << m->paging->dir_shift;

	for (u64 addr = start & ~(span - 1); addr < end; addr += span) {
		void *dirp = dir_offset(mm, (u32)addr);
		pte_t dir = pte_get(m->paging, dirp);

		if (dir.v & PG_P && !pfn_to_page(m, pte_pfn(dir))->private)
			free_table(mm, dirp);
	}
}

/* PAE: the pointer table's frame holds four entries, each a directory of its own frame. */
static int pdpt_fill(struct machine *m, struct page *pdpt)
{
	u8 *p = page_address(pdpt);

	for (unsigned i = 0; i < 4; i++) {
		struct page *dir = alloc_page(m, GFP_KERNEL | __GFP_ZERO);

		if (!dir)
			return -ENOMEM;
		SetPageTable(dir);
		mod_vm_stat(m, NR_PAGETABLE, 1);
		pte_put(m->paging, p + 8 * i, mk_pte(page_to_pfn(dir), PG_P));
	}
	return 0;
}

/* Bytes of the kernel's part of a directory: a quarter, and with PAE all of the last one. */
static size_t kernel_part(const struct paging *pg)
{
	return PAGE_SIZE - dir_index(pg, PAGE_OFFSET) * pg->entry_size;
}

static void copy_kernel_part(struct machine *m, struct mm_struct *mm)
{
	memcpy(dir_offset(mm, PAGE_OFFSET), dir_offset(&m->k->init_mm, PAGE_OFFSET),
	       kernel_part(m->paging));
}

int pgd_alloc(struct machine *m, struct mm_struct *mm)
{
	struct page *page = alloc_page(m, GFP_KERNEL | __GFP_ZERO);

	if (!page)
		return -ENOMEM;
	SetPageTable(page);
	mod_vm_stat(m, NR_PAGETABLE, 1);
	mm->pgd = kva_of(page_address(page));
	if (m->paging->pae && pdpt_fill(m, page)) {
		pgd_free(mm);
		return -ENOMEM;
	}
	if (mm != &m->k->init_mm)
		copy_kernel_part(m, mm);
	return 0;
}

/* => all zero, so that nobody has to clear the frame again */
static void free_directory(struct machine *m, struct page *page)
{
	ClearPageTable(page);
	mod_vm_stat(m, NR_PAGETABLE, -1);
	free_zeroed_page(page);
}

static void free_pdpt_entry(struct machine *m, u8 *p)
{
	pte_t e = pte_get(m->paging, p);

	if (e.v & PG_P)
		free_directory(m, pfn_to_page(m, pte_pfn(e)));
	pte_put(m->paging, p, (pte_t){ 0 });
}

/* The user's part is empty by now; the kernel's goes. */
void pgd_free(struct mm_struct *mm)
{
	struct machine *m = machine_of(mm);
	u8 *p = kva_ptr(mm, mm->pgd);

	if (!m->paging->pae || pte_get(m->paging, p + 8 * 3).v & PG_P)
		memset(dir_offset(mm, PAGE_OFFSET), 0, kernel_part(m->paging));
	for (unsigned i = 0; m->paging->pae && i < 4; i++)
		free_pdpt_entry(m, p + 8 * i);
	free_directory(m, pte_table(m, p));
	mm->pgd = 0;
}

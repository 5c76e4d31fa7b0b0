/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries in words.  Bits are told as the processor reads them, and two letters that only
 * the kernel knows: C, a write would be let through by copying; Z, the zero page.
 */
#include "../disk.h"
#include "entry.h"
#include "mm/pgtable.h"
#include "path.h"

static char letter(bool set, char c)
{
	return set ? c : '-';
}

static bool is_zero_page(const struct machine *m, pte_t e)
{
	return pte_present(e) && pte_pfn(e) == m->k->empty_zero_page;
}

/* Read-only now, but the private region may be written. */
static bool is_cow(pte_t e, const struct vm_area_struct *vma)
{
	return pte_present(e) && !pte_write(e) && vma &&
	       (vma->vm_flags & (VM_SHARED | VM_WRITE)) == VM_WRITE;
}

void entry_flags(const struct machine *m, pte_t e, const struct vm_area_struct *vma, bool large,
		 char ret[ENTRY_FLAGS])
{
	if (!pte_present(e)) {
		memset(ret, '-', ENTRY_FLAGS);
		ret[0] = letter(!pte_none(e), 's');
		return;
	}
	ret[0] = e.v & PG_P ? 'P' : 'p';
	ret[1] = letter(e.v & PG_RW, 'W');
	ret[2] = letter(e.v & PG_US, 'U');
	ret[3] = letter(e.v & PG_A, 'A');
	ret[4] = letter(e.v & PG_D, 'D');
	ret[5] = letter(large, 'S');
	ret[6] = letter(e.v & PG_G, 'G');
	ret[7] = letter(e.v & PG_NX, 'N');
	ret[8] = letter(is_cow(e, vma), 'C');
	ret[9] = letter(vma && is_zero_page(m, e), 'Z');
}

static void file_page(struct aspacefs *fs, const struct vm_area_struct *vma, u32 addr, GString *out)
{
	const struct file *file = KGET(vma->vm_file);
	u64 index = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	bool shmem = file_inode(file)->i_data.a_ops == AOPS_SHMEM;

	g_string_append(out, shmem ? "shmem " : "file ");
	append_path(out, file_path(fs, file), "\n");
	g_string_append_printf(out, index ? "+0x%" G_GINT64_MODIFIER "x" : "+0",
			       index << PAGE_SHIFT);
}

/* The slot's file, how many entries hold it, and the page of the swap cache. */
static void swap_what(struct aspacefs *fs, swp_entry_t slot, GString *out)
{
	const struct swap_info_struct *si = KGET(fs->m->k->swap.info[swp_type(slot)]);
	const struct page *page = lookup_swap_cache(fs->m, slot);

	g_string_append(out, "swap ");
	append_path(out, file_path(fs, KGET(si->swap_file)), "\n");
	g_string_append_printf(out, " count %u", swap_count(fs->m, slot));
	if (page)
		g_string_append_printf(out, " cached %05x", page_to_pfn(page));
}

void entry_what(struct aspacefs *fs, pte_t e, const struct vm_area_struct *vma, u32 addr,
		GString *out)
{
	struct page *page;

	if (pte_is_poisoned(e)) {
		g_string_append(out, "poisoned");
		return;
	}
	if (pte_is_swap(e)) {
		swap_what(fs, pte_to_swp_entry(e), out);
		return;
	}
	page = vm_normal_page(fs->m, e);
	if (!page)
		g_string_append(out, "zero page");
	else if (PageAnon(page) || !vma || KNULL(vma->vm_file))
		g_string_append(out, vma ? "anon" : "no region");
	else
		file_page(fs, vma, addr, out);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/smaps: what each region uses, counted from its page-table entries and the frames behind
 * them.  Rows of things that do not exist here (KSM, huge pages) are 0, as a Linux without
 * them prints.
 *
 * A frame that n entries map counts 1/n of itself in Pss: sums are kept in 2^-PSS_SHIFT
 * bytes, and the row cuts off what is left below a kB.
 */
#include "hex.h"
#include "maps.h"
#include "mm/pgtable.h"
#include "proc.h"
#include "smaps.h"

#define PSS_SHIFT 12
#define ROWS_ROOM 1024
#define VALUE_WIDTH 8
#define LABEL_WIDTH 16

/* ---- counting ---- */

static void count_pss(struct smaps_sums *s, const struct page *page, u64 pss, bool dirty)
{
	s->pss += pss;
	if (PageAnon(page))
		s->pss_anon += pss;
	else if (PageSwapBacked(page))
		s->pss_shmem += pss;
	else
		s->pss_file += pss;
	if (dirty)
		s->pss_dirty += pss;
}

static void count_page(struct smaps_sums *s, const struct page *page, pte_t e)
{
	bool dirty = pte_dirty(e) || PageDirty(page), single = page_mapcount(page) < 2;
	u64 pss = (u64)PAGE_SIZE << PSS_SHIFT;

	s->rss += PAGE_SIZE;
	if (PageAnon(page)) {
		s->anonymous += PAGE_SIZE;
		if (!PageSwapBacked(page) && !dirty)
			s->lazyfree += PAGE_SIZE;
	}
	if (pte_young(e) || PageReferenced(page))
		s->referenced += PAGE_SIZE;
	if (single)
		*(dirty ? &s->private_dirty : &s->private_clean) += PAGE_SIZE;
	else
		*(dirty ? &s->shared_dirty : &s->shared_clean) += PAGE_SIZE;
	count_pss(s, page, single ? pss : pss / (u32)page_mapcount(page), dirty);
}

static void count_entry(struct smaps_sums *s, const struct machine *m, pte_t e)
{
	const struct page *page;

	if (pte_is_swap(e)) {
		s->swap += PAGE_SIZE;
		s->swap_pss += ((u64)PAGE_SIZE << PSS_SHIFT) / swap_count(m, pte_to_swp_entry(e));
	} else if (pte_present(e)) {
		page = vm_normal_page(m, e);
		if (page)
			count_page(s, page, e);
	}
}

/* What the region's shared memory object has in swap: no entry of this process tells. */
static u32 shmem_swapped_pages(const struct vm_area_struct *vma)
{
	const struct file *file = KGET(vma->vm_file);

	return file ? shmem_swapped(&file_inode(file)->i_data, vma->vm_pgoff, vma_pages(vma)) : 0;
}

void smaps_count(struct smaps_sums *s, const struct vm_area_struct *vma)
{
	const struct mm_struct *mm = KGET(vma->vm_mm);
	const struct machine *m = machine_of(mm);
	u64 before = s->pss;

	for_each_pte(mm, vma->vm_start, vma->vm_end, w)
		count_entry(s, m, w.pte);
	s->swap += (u64)shmem_swapped_pages(vma) << PAGE_SHIFT;
	if (vma->vm_flags & VM_LOCKED)
		s->locked += s->pss - before;
}

/* ---- rows ---- */

static char *put_kb(char *p, const char *label, u64 bytes)
{
	char *line = p, digits[20];
	unsigned n = (unsigned)(put_dec(digits, bytes >> 10) - digits);

	p = put_text(p, label);
	p = put_blanks(p, line, LABEL_WIDTH);
	p = put_blanks(p, line, LABEL_WIDTH + (n < VALUE_WIDTH ? VALUE_WIDTH - n : 0));
	memcpy(p, digits, n);
	return put_text(p + n, " kB\n");
}

static char *put_kinds(char *p, const struct smaps_sums *s)
{
	p = put_kb(p, "Shared_Clean:", s->shared_clean);
	p = put_kb(p, "Shared_Dirty:", s->shared_dirty);
	p = put_kb(p, "Private_Clean:", s->private_clean);
	p = put_kb(p, "Private_Dirty:", s->private_dirty);
	p = put_kb(p, "Referenced:", s->referenced);
	p = put_kb(p, "Anonymous:", s->anonymous);
	p = put_kb(p, "KSM:", 0);
	p = put_kb(p, "LazyFree:", s->lazyfree);
	p = put_kb(p, "AnonHugePages:", 0);
	p = put_kb(p, "ShmemPmdMapped:", 0);
	p = put_kb(p, "FilePmdMapped:", 0);
	p = put_kb(p, "Shared_Hugetlb:", 0);
	p = put_kb(p, "Private_Hugetlb:", 0);
	p = put_kb(p, "Swap:", s->swap);
	p = put_kb(p, "SwapPss:", s->swap_pss >> PSS_SHIFT);
	return put_kb(p, "Locked:", s->locked >> PSS_SHIFT);
}

void smaps_print(const struct smaps_sums *s, bool rollup, GString *out)
{
	char rows[ROWS_ROOM], *p = put_kb(rows, "Rss:", s->rss);

	p = put_kb(p, "Pss:", s->pss >> PSS_SHIFT);
	p = put_kb(p, "Pss_Dirty:", s->pss_dirty >> PSS_SHIFT);
	if (rollup) {
		p = put_kb(p, "Pss_Anon:", s->pss_anon >> PSS_SHIFT);
		p = put_kb(p, "Pss_File:", s->pss_file >> PSS_SHIFT);
		p = put_kb(p, "Pss_Shmem:", s->pss_shmem >> PSS_SHIFT);
	}
	p = put_kinds(p, s);
	g_string_append_len(out, rows, p - rows);
}

/* Two letters each, by bit of vm_flags; the order of the line. */
static const char vm_flag_letters[32][3] = {
	[0] = "rd",  [1] = "wr",  [2] = "ex",  [3] = "sh",  [4] = "mr",	 [5] = "mw",  [6] = "me",
	[7] = "ms",  [8] = "gd",  [13] = "lo", [15] = "sr", [16] = "rr", [17] = "dc", [18] = "de",
	[19] = "lf", [20] = "ac", [21] = "nr", [25] = "wf", [26] = "dd", [30] = "nh",
};

static void print_flags(u32 vm_flags, GString *out)
{
	g_string_append(out, "VmFlags: ");
	for (unsigned bit = 0; bit < 32; bit++) {
		if (!(vm_flags >> bit & 1) || !*vm_flag_letters[bit])
			continue;
		g_string_append(out, vm_flag_letters[bit]);
		g_string_append_c(out, ' ');
	}
	g_string_append_c(out, '\n');
}

static void print_region(struct aspacefs *fs, const struct vm_area_struct *vma, GString *out)
{
	struct smaps_sums sums = { 0 };
	char rows[ROWS_ROOM], *p = rows;

	smaps_count(&sums, vma);
	maps_print(fs, vma, out);
	p = put_kb(p, "Size:", vma->vm_end - vma->vm_start);
	p = put_kb(p, "KernelPageSize:", PAGE_SIZE);
	p = put_kb(p, "MMUPageSize:", PAGE_SIZE);
	g_string_append_len(out, rows, p - rows);
	smaps_print(&sums, false, out);
	g_string_append(out, "THPeligible:           0\n");
	print_flags(vma->vm_flags, out);
}

int proc_pid_smaps(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct mm_struct *mm = KGET(task->mm);
	const struct vm_area_struct *vma = mm ? KGET(mm->mmap) : NULL;

	for (; vma; vma = KGET(vma->vm_next))
		print_region(fs, vma, out);
	return 0;
}

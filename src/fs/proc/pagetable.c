/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/pagetable, and the top level's for the kernel: the tables as they lie in RAM.
 *
 *   # cr3=00123000 levels=2 tables=3
 *   # LINEAR   DIR TBL  FRAME    FLAGS       REFS WHAT
 *   08048000   032 072  0012a    P-UA------  2    file /init+0
 *
 * The directory is walked, then the tables it names; a table knows how many of its entries
 * are used, and the walk of it ends with the last one.  Regions are met in the same order.
 */
#include "entry.h"
#include "hex.h"
#include "mm/kernel_layout.h"
#include "mm/pgtable.h"
#include "proc.h"

#define LINE_ROOM 128 /* a line without WHAT */

/* Columns where they do not depend on PAE; it shifts all behind DIR by two. */
enum column {
	COL_DIR = 11,
	COL_TBL = 15,
	COL_FRAME = 20,
	COL_FLAGS = 29,
	COL_REFS = 41,
	COL_WHAT = 46
};

struct walker {
	struct aspacefs *fs;
	const struct machine *m;
	const struct paging *pg;
	const struct mm_struct *mm;
	const struct vm_area_struct *vma; /* the first that ends above the place; NULL: no more */
	GString *out;
	unsigned shift; /* of the columns */
};

/* ---- one line ---- */

/* At least one blank, then up to the column. */
static char *put_column(const struct walker *w, char *p, const char *line, unsigned column)
{
	*p++ = ' ';
	return put_blanks(p, line, column + (column > COL_DIR ? w->shift : 0));
}

static char *put_dir(const struct walker *w, char *p, u32 addr)
{
	u32 dir = dir_index(w->pg, addr);

	if (w->pg->pae) {
		*p++ = (char)('0' + (addr >> 30));
		*p++ = '.';
	}
	return dir > 999 ? put_dec(p, dir) : put_dec_fixed(p, dir, 3);
}

static char *put_index(const struct walker *w, char *p, u32 addr)
{
	u32 index = pte_index(w->pg, addr);

	return index > 999 ? put_dec(p, index) : put_dec_fixed(p, index, 3);
}

/* A swap entry is type:slot (a marker, too); else the frame's number. */
static char *put_frame(char *p, pte_t e)
{
	swp_entry_t slot = pte_to_swp_entry(e);

	if (!pte_present(e)) {
		p = put_dec(p, swp_type(slot));
		*p++ = ':';
		return put_hex_min(p, swp_offset(slot), 5);
	}
	return put_hex_min(p, pte_pfn(e), 5);
}

static char *put_start(const struct walker *w, char *line, u32 addr)
{
	char *p = put_hex(line, addr, 8);

	p = put_column(w, p, line, COL_DIR);
	p = put_dir(w, p, addr);
	return put_column(w, p, line, COL_TBL);
}

static char *put_flags(const struct walker *w, char *p, const char *line, pte_t e,
		       const struct vm_area_struct *vma, bool large)
{
	p = put_column(w, p, line, COL_FRAME);
	p = put_frame(p, e);
	p = put_column(w, p, line, COL_FLAGS);
	entry_flags(w->m, e, vma, large, p);
	return put_column(w, p + ENTRY_FLAGS, line, COL_REFS);
}

/* A directory entry: a large page, or a table that is not shown entry by entry. */
static void print_dir(struct walker *w, u32 addr, pte_t e, bool large, const char *what)
{
	char line[LINE_ROOM], *p = put_start(w, line, addr);

	p = put_text(p, "---");
	p = put_flags(w, p, line, e, NULL, large);
	*p++ = '-';
	p = put_column(w, p, line, COL_WHAT);
	g_string_append_len(w->out, line, p - line);
	g_string_append(w->out, what);
	g_string_append_c(w->out, '\n');
}

static char *put_refs(char *p, const struct page *page)
{
	if (page)
		return put_dec(p, (u32)page_mapcount(page));
	*p++ = '-';
	return p;
}

static void print_entry(struct walker *w, u32 addr, pte_t e, const struct vm_area_struct *vma,
			const char *what)
{
	char line[LINE_ROOM], *p = put_start(w, line, addr);
	struct page *page = pte_present(e) ? vm_normal_page(w->m, e) : NULL;

	p = put_index(w, p, addr);
	p = put_flags(w, p, line, e, vma, false);
	p = put_refs(p, page);
	p = put_column(w, p, line, COL_WHAT);
	g_string_append_len(w->out, line, p - line);
	if (what)
		g_string_append(w->out, what);
	else
		entry_what(w->fs, e, vma, addr, w->out);
	g_string_append_c(w->out, '\n');
}

/* ---- the walk ---- */

/* The region at @addr; addresses ascend from call to call. */
static const struct vm_area_struct *region_at(struct walker *w, u32 addr)
{
	while (w->vma && w->vma->vm_end <= addr)
		w->vma = KGET(w->vma->vm_next);
	return w->vma && w->vma->vm_start <= addr ? w->vma : NULL;
}

static void print_table(struct walker *w, u32 addr, pte_t dir, const char *what)
{
	const u8 *p = ram_at(&w->m->ram, dir.v & PG_FRAME_MASK);
	const struct page *table = pfn_to_page(w->m, pte_pfn(dir));
	u32 left = PageTable(table) ? table->private : w->pg->entries;

	if (!left)
		print_dir(w, addr, dir, false, "empty table");
	for (u32 i = 0; left && i < w->pg->entries;
	     i++, p += w->pg->entry_size, addr += PAGE_SIZE) {
		pte_t e = pte_get(w->pg, p);

		if (pte_none(e))
			continue;
		print_entry(w, addr, e, what ? NULL : region_at(w, addr), what);
		left--;
	}
}

static pte_t dir_entry(const struct walker *w, u32 addr)
{
	return pte_get(w->pg, dir_offset(w->mm, addr));
}

static void print_user(struct walker *w)
{
	for (u32 addr = 0; addr < TASK_SIZE; addr += 1u << w->pg->dir_shift) {
		pte_t dir = dir_entry(w, addr);

		if (dir.v & PG_P)
			print_table(w, addr, dir, NULL);
	}
}

static void print_vmalloc_tables(struct walker *w)
{
	u32 end = vmalloc_end(w->m);

	for (u32 addr = vmalloc_start(w->m); addr < end; addr += 1u << w->pg->dir_shift) {
		pte_t dir = dir_entry(w, addr);

		if (dir.v & PG_P)
			print_dir(w, addr, dir, false, "kernel table");
	}
}

/* What of the kernel's the directory entry at @addr serves. */
static const char *kernel_part(const struct machine *m, u32 addr)
{
	if (addr < high_memory(m))
		return "direct map";
	if (addr < pkmap_base(m))
		return "vmalloc";
	return addr < pkmap_base(m) + (last_pkmap(m) << PAGE_SHIFT) ? "kmap" : "fixmap";
}

static void print_kernel(struct walker *w)
{
	for (u64 addr = PAGE_OFFSET; addr < 1ull << 32; addr += 1u << w->pg->dir_shift) {
		const char *what = kernel_part(w->m, (u32)addr);
		pte_t dir = dir_entry(w, (u32)addr);

		if (!(dir.v & PG_P))
			continue;
		if (dir.v & PG_PS)
			print_dir(w, (u32)addr, dir, true, what);
		else
			print_table(w, (u32)addr, dir, what);
	}
}

static void print_head(struct walker *w, u32 tables)
{
	g_string_append_printf(w->out, "# cr3=%08x levels=%u tables=%u\n", w->mm->pgd - PAGE_OFFSET,
			       w->pg->levels, tables);
	g_string_append_printf(w->out, "# LINEAR   DIR %sTBL  FRAME    FLAGS       REFS WHAT\n",
			       w->shift ? "  " : "");
}

static struct walker walker_of(struct aspacefs *fs, const struct mm_struct *mm, GString *out)
{
	return (struct walker){ .fs = fs,
				.m = fs->m,
				.pg = fs->m->paging,
				.mm = mm,
				.out = out,
				.shift = fs->m->paging->pae ? 2 : 0 };
}

int proc_pid_pagetable(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct mm_struct *mm = KGET(task->mm);
	struct walker w;

	if (!mm)
		return 0;
	w = walker_of(fs, mm, out);
	w.vma = KGET(mm->mmap);
	print_head(&w, mm->nr_ptes);
	print_user(&w);
	print_vmalloc_tables(&w);
	return 0;
}

int proc_pagetable(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	struct walker w = walker_of(fs, &fs->m->k->init_mm, out);
	u32 tables = 0;

	for (u64 addr = PAGE_OFFSET; addr < 1ull << 32; addr += 1u << w.pg->dir_shift)
		tables += (dir_entry(&w, (u32)addr).v & (PG_P | PG_PS)) == PG_P;
	print_head(&w, tables);
	print_kernel(&w);
	return 0;
}

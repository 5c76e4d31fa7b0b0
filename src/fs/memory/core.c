/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PID/core: an ELF32 i386 core file, made when it is opened.  core(5), elf(5).
 *
 *   ELF header | one program header for the notes, one a region | [section 0] | notes
 *   | the regions' bytes, from the next page on
 *
 * An open one is the process at that moment: what was resident, and what a fault would
 * find in its files, is copied; nothing of the process changes.  Pages that are zero are not
 * kept.  Which bytes of a region are there is mm/coredump.h's vma_dump_size.
 */
#include "core.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core_notes.h"
#include "mm/coredump.h"
#include "mm/elf32.h"
#include "mm/pgtable.h"

/* A page of the file that is not zero. */
struct core_page {
	u32 number; /* from the file's start */
	u8 *bytes;
};

struct core_file {
	GByteArray *head; /* all before the regions' bytes, whole pages */
	GArray *pages; /* struct core_page, in order of number */
	u64 size;
};

/* ---- what comes before the bytes ---- */

static void put_header(u32 phnum, u32 shoff, GByteArray *out)
{
	struct elf32_hdr hdr = {
		.e_type = ET_CORE,
		.e_machine = EM_386,
		.e_version = ELF_VERSION,
		.e_phoff = sizeof(hdr),
		.e_ehsize = sizeof(hdr),
		.e_phentsize = sizeof(struct elf32_phdr),
		.e_phnum = (u16)MIN(phnum, PN_XNUM),
	};

	memcpy(hdr.e_ident, ELF_MAGIC, 4);
	hdr.e_ident[4] = ELF_CLASS32;
	hdr.e_ident[5] = ELF_DATA2LSB;
	hdr.e_ident[6] = ELF_VERSION;
	if (phnum >= PN_XNUM) {
		hdr.e_shoff = shoff;
		hdr.e_shentsize = sizeof(struct elf32_shdr);
		hdr.e_shnum = 1;
	}
	g_byte_array_append(out, (const u8 *)&hdr, sizeof(hdr));
}

static u32 segment_flags(u32 vm_flags)
{
	return (vm_flags & VM_READ ? ELF_READ : 0) | (vm_flags & VM_WRITE ? ELF_WRITE : 0) |
	       (vm_flags & VM_EXEC ? ELF_EXEC : 0);
}

static void put_segment(const struct vm_area_struct *vma, u64 *off, GByteArray *out)
{
	struct elf32_phdr phdr = {
		.p_type = PT_LOAD,
		.p_offset = (u32)*off,
		.p_vaddr = vma->vm_start,
		.p_filesz = vma_dump_size(vma),
		.p_memsz = vma->vm_end - vma->vm_start,
		.p_flags = segment_flags(vma->vm_flags),
		.p_align = PAGE_SIZE,
	};

	*off += phdr.p_filesz;
	g_byte_array_append(out, (const u8 *)&phdr, sizeof(phdr));
}

/* More program headers than e_phnum can say: section 0 says it. */
static void put_section(u32 phnum, GByteArray *out)
{
	struct elf32_shdr shdr = { .sh_size = 1, .sh_info = phnum };

	if (phnum >= PN_XNUM)
		g_byte_array_append(out, (const u8 *)&shdr, sizeof(shdr));
}

/* The head; the whole file's size comes back. */
static u64 put_head(struct aspacefs *fs, struct task_struct *task, GByteArray *out)
{
	const struct mm_struct *mm = KGET(task->mm);
	u32 phnum = mm->map_count + 1;
	u32 shoff = (u32)(sizeof(struct elf32_hdr) + phnum * sizeof(struct elf32_phdr));
	u32 notes_off = shoff + (phnum >= PN_XNUM ? (u32)sizeof(struct elf32_shdr) : 0);
	GByteArray *notes = g_byte_array_new();
	struct elf32_phdr note = { .p_type = PT_NOTE, .p_offset = notes_off, .p_align = 4 };
	guint used;
	u64 off;

	core_notes(fs, task, notes);
	note.p_filesz = notes->len;
	off = PAGE_ALIGN(notes_off + notes->len);
	put_header(phnum, shoff, out);
	g_byte_array_append(out, (const u8 *)&note, sizeof(note));
	for (struct vm_area_struct *vma = KGET(mm->mmap); vma; vma = KGET(vma->vm_next))
		put_segment(vma, &off, out);
	put_section(phnum, out);
	g_byte_array_append(out, notes->data, notes->len);
	g_byte_array_free(notes, TRUE);
	used = out->len;
	g_byte_array_set_size(out, (guint)PAGE_ALIGN(used));
	memset(out->data + used, 0, out->len - used);
	return off;
}

/* ---- the bytes ---- */

static bool is_zero(const u8 *page)
{
	return page[0] == 0 && memcmp(page, page + 1, PAGE_SIZE - 1) == 0;
}

static void copy_region(struct core_file *core, const struct vm_area_struct *vma, u32 number)
{
	u32 end = vma->vm_start + vma_dump_size(vma);
	u32 span = 1u << machine_of(vma)->paging->dir_shift;
	u8 buf[PAGE_SIZE];

	for (u32 addr = vma->vm_start; addr < end; addr += PAGE_SIZE) {
		u32 last = (addr | (span - 1)) & PAGE_MASK;

		/* Nothing is there as far as the missing table reaches. */
		if (KNULL(vma->vm_file) && !pte_lookup(KGET(vma->vm_mm), addr)) {
			addr = last;
			continue;
		}
		if (get_dump_page(vma, addr, buf) > 0 && !is_zero(buf)) {
			struct core_page page = {
				.number = number + ((addr - vma->vm_start) >> PAGE_SHIFT),
				.bytes = g_memdup2(buf, PAGE_SIZE),
			};

			g_array_append_val(core->pages, page);
		}
	}
}

int core_open(struct aspacefs *fs, struct task_struct *task, struct core_file **ret)
{
	const struct mm_struct *mm = KGET(task->mm);
	struct core_file *core;
	u64 off;

	if (!mm)
		return -ESRCH;
	core = g_new0(struct core_file, 1);
	core->head = g_byte_array_new();
	core->pages = g_array_new(FALSE, FALSE, sizeof(struct core_page));
	core->size = put_head(fs, task, core->head);
	off = core->head->len;
	for (struct vm_area_struct *vma = KGET(mm->mmap); vma; vma = KGET(vma->vm_next)) {
		copy_region(core, vma, (u32)(off >> PAGE_SHIFT));
		off += vma_dump_size(vma);
	}
	*ret = core;
	return 0;
}

void core_free(struct core_file *core)
{
	if (!core)
		return;
	for (guint i = 0; i < core->pages->len; i++)
		g_free(g_array_index(core->pages, struct core_page, i).bytes);
	g_array_free(core->pages, TRUE);
	g_byte_array_free(core->head, TRUE);
	g_free(core);
}

/* ---- reading ---- */

/* The first kept page with a number >= @number, or NULL. */
static const struct core_page *next_page(const struct core_file *core, u64 number)
{
	guint low = 0, high = core->pages->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (g_array_index(core->pages, struct core_page, middle).number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < core->pages->len ? &g_array_index(core->pages, struct core_page, low) : NULL;
}

/* Up to the end of its page, or of the head. */
static size_t read_part(const struct core_file *core, void *buf, size_t len, u64 off)
{
	const struct core_page *page;
	u32 in = (u32)off & (PAGE_SIZE - 1);

	if (off < core->head->len) {
		len = MIN(len, core->head->len - off);
		memcpy(buf, core->head->data + off, len);
		return len;
	}
	len = MIN(len, PAGE_SIZE - in);
	page = next_page(core, off >> PAGE_SHIFT);
	if (page && page->number == off >> PAGE_SHIFT)
		memcpy(buf, page->bytes + in, len);
	else
		memset(buf, 0, len);
	return len;
}

ssize_t core_read(const struct core_file *core, void *buf, size_t len, u64 off)
{
	size_t done = 0;

	if (off >= core->size)
		return 0;
	len = MIN(len, core->size - off);
	while (done < len)
		done += read_part(core, (u8 *)buf + done, len - done, off + done);
	return (ssize_t)done;
}

/* The first data at or behind @off, core->size when there is none. */
static u64 next_data(const struct core_file *core, u64 off)
{
	const struct core_page *page;

	if (off < core->head->len)
		return off;
	page = next_page(core, off >> PAGE_SHIFT);
	if (!page)
		return core->size;
	return MAX(off, (u64)page->number << PAGE_SHIFT);
}

s64 core_seek(const struct core_file *core, u64 off, int whence)
{
	if (off >= core->size)
		return -ENXIO;
	if (whence == SEEK_DATA) {
		off = next_data(core, off);
		return off < core->size ? (s64)off : -ENXIO;
	}
	while (off < core->size && next_data(core, off) == off)
		off = off < core->head->len ? core->head->len : (off | (PAGE_SIZE - 1)) + 1;
	return (s64)off;
}

static u64 core_size(struct aspacefs *fs, const struct node *node)
{
	GByteArray *head;
	u64 size;

	if (KNULL(node->task->mm))
		return 0;
	head = g_byte_array_new();
	size = put_head(fs, node->task, head);
	g_byte_array_free(head, TRUE);
	return size;
}

/* Not more than the pages that are there: so that cp looks for holes. */
static u64 core_blocks(struct aspacefs *fs, const struct node *node)
{
	const struct mm_struct *mm = KGET(node->task->mm);

	return mm ? (get_mm_rss(mm) + 1ull) * (PAGE_SIZE / 512) : 0;
}

const struct node_bytes core_bytes = { .size = core_size, .blocks = core_blocks };

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a user can read, as lines "PLACE: FACT": every file of the tree (a new one is looked at
 * without being named here), the bytes behind every present entry, every file of files/.
 *
 * Left out is what counts the machine's work or free memory (work_rows): a failed operation may
 * have worked and may leave caches larger.  What must not be lost is holdings_of's.
 */
#include "inject.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "fs/disk_node.h"
#include "fs/memory/memory.h"
#include "fs/node.h"
#include "mm/coredump.h"
#include "mm/filemap.h"
#include "mm/page_alloc.h"
#include "mm/pgtable.h"
#include "mm/slab.h"
#include "mm/swap.h"

/* Files that say what was done, or how much memory is free, not what there is. */
static const char *const work_rows[] = {
	"README",     "ctl",	    "clear_refs", "fault",	"meminfo", "buddyinfo",
	"zoneinfo",   "slabinfo",   "trace",	  "trace_pipe", "vmstat",  "pagetypeinfo",
	"kpagecount", "kpageflags", "cpu",	  "stat",	"uptime",  "loadavg",
	"physmem",    "kmem",	    "memory.svg", "core",
};

/* Files that show frames or kernel addresses. */
static const char *const frame_rows[] = {
	"mm", "pagetable", "pagemap", "pgd", "regs", "explain", "map.svg", "vmallocinfo",
};

/* Files that say what is resident. */
static const char *const residency_rows[] = {
	"smaps", "smaps_rollup", "status", "statm", "oom_score", "swaps", "shm",
};

static bool named(const char *const *names, size_t nr, const char *name)
{
	for (size_t i = 0; i < nr; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

struct looking {
	struct world *w;
	enum detail detail;
	GString *out;
};

/* Lines that only say who was looked up, faulted or mapped for a moment last. */
static bool is_trace_of_work(enum detail detail, const char *line)
{
	if (detail == STATE_CONTENTS && g_str_has_prefix(line, "VmPTE:"))
		return true;
	return g_str_has_prefix(line, "mmap_cache ") || strstr(line, "cr2=") ||
	       g_str_has_suffix(line, " kmap");
}

/* In a line of maps: the host's number of a file, which each world has anew. */
static void hide_inode(char *line)
{
	char *at = strstr(line, " 08:01 ");

	for (at = at ? at + strlen(" 08:01 ") : NULL; at && g_ascii_isdigit(*at); at++)
		*at = '#';
}

static void add_lines(struct looking *l, const char *place, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++)
		if (l->detail == STATE_BYTES && g_str_has_suffix(place, "/maps"))
			hide_inode(*line);
	for (char **line = lines; *line; line++)
		if (**line && !is_trace_of_work(l->detail, *line))
			g_string_append_printf(l->out, "%s: %s\n", place, *line);
}

static u32 hash_of(const void *bytes, size_t len)
{
	const u8 *p = bytes;
	u32 hash = 2166136261u;

	for (size_t i = 0; i + 4 <= len; i += 4)
		hash = (hash ^
			(p[i] | (u32)p[i + 1] << 8 | (u32)p[i + 2] << 16 | (u32)p[i + 3] << 24)) *
		       16777619u;
	for (size_t i = len & ~(size_t)3; i < len; i++)
		hash = (hash ^ p[i]) * 16777619u;
	return hash;
}

/* ---- memory ---- */

/* The bytes of a swapped page: in the cache, or in the area (world.c has one). */
static u32 hash_of_slot(const struct world *w, swp_entry_t entry)
{
	const struct page *page = lookup_swap_cache(w->fs->m, entry);
	off_t at = (off_t)swp_offset(entry) << PAGE_SHIFT;
	u8 bytes[PAGE_SIZE] = { 0 };
	int fd;

	if (page)
		return hash_of(page_address(page), PAGE_SIZE);
	fd = openat(w->fs->disk->root_fd, "swap", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, bytes, PAGE_SIZE, at) != PAGE_SIZE)
		g_error("slot %u cannot be read", swp_offset(entry));
	close(fd);
	return hash_of(bytes, PAGE_SIZE);
}

static void add_page(struct looking *l, u32 pid, struct mm_struct *mm, u32 addr)
{
	const struct machine *m = l->w->fs->m;
	const void *ptep = pte_lookup(mm, addr);
	pte_t e = ptep ? pte_get(m->paging, ptep) : (pte_t){ 0 };

	if (pte_present(e))
		g_string_append_printf(
			l->out, "%u/bytes: %08x %08x\n", pid, addr,
			hash_of(page_address(pfn_to_page(m, pte_pfn(e))), PAGE_SIZE));
	else if (pte_is_poisoned(e))
		g_string_append_printf(l->out, "%u/bytes: %08x lost\n", pid, addr);
	else if (pte_is_swap(e))
		g_string_append_printf(l->out, "%u/bytes: %08x %08x swapped\n", pid, addr,
				       hash_of_slot(l->w, pte_to_swp_entry(e)));
}

/* The same of a region's page that may be anywhere; pages of zeros are as if not there. */
static void add_region(struct looking *l, u32 pid, const struct vm_area_struct *vma)
{
	static const u8 zeros[PAGE_SIZE];
	u8 bytes[PAGE_SIZE];

	for (u32 addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE)
		if (get_dump_page(vma, addr, bytes) == 1 && memcmp(bytes, zeros, PAGE_SIZE) != 0)
			g_string_append_printf(l->out, "%u/bytes: %08x %08x\n", pid, addr,
					       hash_of(bytes, PAGE_SIZE));
}

static void add_regions(struct looking *l, const struct task_struct *task)
{
	const struct mm_struct *mm = KGET(task->mm);
	const struct vm_area_struct *vma = mm ? KGET(mm->mmap) : NULL;

	for (; vma; vma = KGET(vma->vm_next))
		add_region(l, task->pid, vma);
}

static void add_memory(struct looking *l, const struct task_struct *task)
{
	struct mm_struct *mm = KGET(task->mm);
	struct pte_range r = { .end = 0 };

	if (l->detail == STATE_BYTES) {
		add_regions(l, task);
		return;
	}

	while (mm && pte_range_next(mm, &r, TASK_SIZE))
		for (u32 addr = r.addr; addr < r.end; addr += PAGE_SIZE)
			add_page(l, task->pid, mm, addr);
}

/* ---- the tree ---- */

static void add_bytes(struct looking *l, const char *place, const struct node *node, u64 from,
		      u64 to)
{
	g_autofree u8 *buf = g_malloc(to - from);
	ssize_t n = node->row->bytes->read(l->w->fs, node, buf, to - from, from);

	g_string_append_printf(l->out, "%s: %" G_GINT64_MODIFIER "x %zd %08x\n", place, from, n,
			       hash_of(buf, n > 0 ? (size_t)n : 0));
}

/* The entries of PID/pagemap that regions have. */
static void add_pagemap(struct looking *l, const char *place, const struct node *node)
{
	const struct mm_struct *mm = KGET(node->task->mm);
	const struct vm_area_struct *vma;

	for (vma = mm ? KGET(mm->mmap) : NULL; vma; vma = KGET(vma->vm_next))
		add_bytes(l, place, node, (u64)vma->vm_start / PAGE_SIZE * 8,
			  (u64)vma->vm_end / PAGE_SIZE * 8);
}

static void add_folder(struct looking *l, const char *place, const struct node *dir);

static void add_node(struct looking *l, const char *place, const char *name,
		     const struct node *node)
{
	g_autoptr(GString) text = NULL;
	int error;

	if (named(work_rows, G_N_ELEMENTS(work_rows), name) ||
	    (l->detail != STATE_FULL && named(frame_rows, G_N_ELEMENTS(frame_rows), name)) ||
	    (l->detail == STATE_BYTES && named(residency_rows, G_N_ELEMENTS(residency_rows), name)))
		return;
	switch (node->row->kind) {
	case NODE_TEXT:
	case NODE_LINK:
		text = g_string_new(NULL);
		error = node_show(l->w->fs, node, text);
		g_string_append_printf(l->out, "%s: error %d\n", place, error);
		add_lines(l, place, text->str);
		break;
	case NODE_BYTES:
		if (strcmp(name, "pagemap") == 0)
			add_pagemap(l, place, node);
		else if (strcmp(name, "pgd") == 0 && !KNULL(node->task->mm))
			add_bytes(l, place, node, 0, node->row->bytes->size(l->w->fs, node));
		break;
	case NODE_DIR:
	case NODE_PID:
	case NODE_REGIONS: add_folder(l, place, node); break;
	default: break;
	}
}

struct folder {
	struct looking *l;
	const char *place;
	const struct node *dir;
};

static bool add_entry(void *data, const char *name, u64 ino, mode_t mode, u64 next)
{
	const struct folder *f = data;
	g_autofree char *place = g_strdup_printf("%s/%s", f->place, name);
	struct node node;

	if (name[0] == '.')
		return true;
	if (node_lookup(f->l->w->fs, f->dir, name, &node) != 0)
		g_string_append_printf(f->l->out, "%s: not found\n", place);
	else if (node.row->kind != NODE_FILES)
		add_node(f->l, place, name, &node);
	return true;
}

static void add_folder(struct looking *l, const char *place, const struct node *dir)
{
	struct folder f = { l, place, dir };

	g_string_append_printf(l->out, "%s: folder\n", place);
	node_list(l->w->fs, dir, 0, add_entry, &f);
}

/* ---- files/ ---- */

/* What the page cache has is newer than the host's. */
static void overlay(struct inode *inode, u8 *bytes, u64 size)
{
	u32 index = 0, next = 0;
	void *p;

	while (radix_tree_gang_lookup(&inode->i_data.page_tree, &p, &index, next, 1)) {
		u64 at = (u64)index << PAGE_SHIFT;

		next = index + 1;
		if (at < size && !radix_is_value(p))
			memcpy(bytes + at, page_address(p), MIN(PAGE_SIZE, size - at));
	}
}

static struct inode *inode_in_core(const struct world *w, const struct stat *st)
{
	struct disk_inode key = { .host = { st->st_dev, st->st_ino } };
	const struct disk_inode *di = g_hash_table_lookup(w->fs->disk->inodes, &key.host);

	return di ? di->inode : NULL;
}

/* What is in it is where it came from. */
static bool is_swap_file(const char *name)
{
	return strcmp(name, "swap") == 0 || strcmp(name, "room") == 0;
}

static void add_file(struct looking *l, const char *name)
{
	int fd = openat(l->w->fs->disk->root_fd, name, O_RDONLY | O_CLOEXEC);
	g_autofree u8 *bytes = NULL;
	struct inode *inode;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		g_error("files/%s cannot be read", name);
	inode = inode_in_core(l->w, &st);
	if (S_ISREG(st.st_mode)) {
		bytes = g_malloc0((gsize)st.st_size + 1);
		if (pread(fd, bytes, (size_t)st.st_size, 0) != st.st_size)
			g_error("files/%s is cut short", name);
		if (inode)
			overlay(inode, bytes, (u64)st.st_size);
		if (l->detail == STATE_BYTES && is_swap_file(name))
			memset(bytes, 0, (size_t)st.st_size);
	}
	g_string_append_printf(l->out,
			       "files/%s: mode %o links %u size %" G_GINT64_FORMAT
			       " %" G_GINT64_FORMAT " %08x\n",
			       name, st.st_mode, (unsigned)st.st_nlink, (gint64)st.st_size,
			       inode ? (gint64)inode->i_size : (gint64)st.st_size,
			       bytes ? hash_of(bytes, (size_t)st.st_size) : 0);
	close(fd);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_files(struct looking *l)
{
	GDir *dir = g_dir_open(disk_private_dir(l->w->fs->disk), 0, NULL);
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	while ((name = g_dir_read_name(dir)))
		g_ptr_array_add(names, g_strdup(name));
	g_dir_close(dir);
	g_ptr_array_sort(names, by_name);
	for (guint i = 0; i < names->len; i++)
		add_file(l, names->pdata[i]);
	g_ptr_array_unref(names);
}

/* ---- all ---- */

GString *state_of(struct world *w, enum detail detail)
{
	struct looking l = { w, detail, g_string_new(NULL) };
	struct task_struct *task;
	struct node root;

	node_get(w->fs, INO_ROOT, &root);
	add_folder(&l, "", &root);
	list_for_each_entry(task, &w->fs->m->k->tasks, tasks)
		add_memory(&l, task);
	add_files(&l);
	return l.out;
}

static unsigned handles_pinned(const struct disk *disk)
{
	GHashTableIter iter;
	gpointer value;
	unsigned pins = 0;

	g_hash_table_iter_init(&iter, disk->numbers);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		pins += ((const struct disk_inode *)value)->pins;
	return pins;
}

/* Objects of a general cache that are descriptors of other caches' slabs. */
static u32 slab_descriptors_in(const struct kmem_cache *general)
{
	struct machine *m = machine_of(general);
	const struct kmem_cache *cachep;
	u32 n = 0;

	list_for_each_entry(cachep, &m->k->cache_chain, next)
		if (cachep->off_slab &&
		    kmem_find_general_cachep(m, cachep->slab_size, 0) == general)
			n += cachep->nr_slabs;
	return n;
}

/* What files were looked at stays in core. */
static bool is_cache(const struct kmem_cache *cachep)
{
	struct machine *m = machine_of(cachep);

	return cachep == kernel_cache(m, CACHE_RADIX_TREE_NODE) ||
	       cachep == kernel_cache(m, CACHE_INODE);
}

GString *holdings_of(struct world *w)
{
	struct machine *m = w->fs->m;
	GString *out = g_string_new(NULL);
	const struct kmem_cache *cachep;
	struct slabinfo info;

	list_for_each_entry(cachep, &m->k->cache_chain, next) {
		if (is_cache(cachep))
			continue;
		kmem_cache_info(cachep, &info);
		g_string_append_printf(out, "objects of %s: %u\n", cachep->name,
				       info.active_objs - slab_descriptors_in(cachep));
	}
	if (w->kind != WORLD_SHORT) /* there it depends on what was reclaimed */
		g_string_append_printf(out, "frames but for slabs and page cache: %u\n",
				       m->k->nr_frames - nr_free_pages(m) - (u32)nr_slab_pages(m) -
					       (u32)m->k->vm_stat[NR_FILE_PAGES]);
	g_string_append_printf(out, "open files of processes: %u\n",
			       g_hash_table_size(w->fs->disk->f_handles));
	g_string_append_printf(out, "open files: %u\n", handles_pinned(w->fs->disk));
	g_string_append_printf(out, "Committed_AS: %u\n", m->k->total_committed);
	return out;
}

/* ---- differences ---- */

static GHashTable *lines_of(const GString *text)
{
	GHashTable *lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_auto(GStrv) split = g_strsplit(text->str, "\n", -1);

	for (char **line = split; *line; line++)
		g_hash_table_add(lines, g_strdup(*line));
	return lines;
}

/* Lines of @a that @b has not. */
static void only_in(const GString *a, GHashTable *b, const char *mark, unsigned max, GString *out)
{
	g_auto(GStrv) split = g_strsplit(a->str, "\n", -1);

	for (char **line = split; *line && max; line++) {
		if (!g_hash_table_contains(b, *line)) {
			g_string_append_printf(out, "    %s %s\n", mark, *line);
			max--;
		}
	}
}

void state_diff(const GString *old, const GString *new, unsigned max, GString *out)
{
	g_autoptr(GHashTable) before = lines_of(old);
	g_autoptr(GHashTable) after = lines_of(new);

	only_in(old, after, "-", max, out);
	only_in(new, before, "+", max, out);
}

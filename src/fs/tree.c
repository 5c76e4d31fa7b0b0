/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree of files: two tables, and what follows from them.  Read this file first.
 *
 * A file is one row; look-up, listing, attributes and permission come from the row.
 * Beside the rows there are names that come and go: processes at the top, regions in
 * PID/regions, all below files/ (files*.c), and those of a row with node_names (descriptors,
 * mapped files, tunables).
 *
 * Nothing is stored: a node is made from its inode number (inode.c) at each request and
 * says ESTALE when its process is gone.  => the machine's lock is held.
 *
 * Places in a listing: 0 and 1 are . and .., then the rows, and from LIST_NAMES on what
 * comes and goes, by pid or address, so that a listing goes on where it was.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory/core.h"
#include "memory/memory.h"
#include "memory/pagemap.h"
#include "node.h"
#include "proc/links.h"
#include "proc/proc.h"
#include "readme.h"
#include "sysctl.h"

static int self_show(struct aspacefs *fs, struct task_struct *task, GString *out);

/* Kinds of rows.  PRIVATE ones are for the owner (at the top: who mounted) and root. */
/* clang-format off */
#define ROW(n, k, m, ...) { .name = (n), .kind = (k), .mode = (m), __VA_ARGS__ }
#define TEXT(n, f, h) ROW(n, NODE_TEXT, 0444, .show = (f), .help = (h))
#define PRIVATE_TEXT(n, f, h) ROW(n, NODE_TEXT, 0444, .show = (f), .help = (h), .owner_only = true)
#define SECRET_TEXT(n, f, h) ROW(n, NODE_TEXT, 0400, .show = (f), .help = (h), .owner_only = true)
#define STORE(n, m, f, s, h) ROW(n, NODE_TEXT, m, .show = (f), .store = (s), .help = (h))
#define PRIVATE_BYTES(n, m, b, h) \
	ROW(n, NODE_BYTES, m, .bytes = &(b), .help = (h), .owner_only = true)
#define PRIVATE_CTL(h) ROW("ctl", NODE_CTL, 0600, .help = (h), .owner_only = true)
#define LINK(n, f, h) ROW(n, NODE_LINK, 0777, .show = (f), .help = (h))
#define PRIVATE_LINK(n, f, h) ROW(n, NODE_LINK, 0777, .show = (f), .help = (h), .owner_only = true)
#define END { .name = NULL }
/* clang-format on */

static const struct node_row sysvipc_rows[] = {
	TEXT("shm", proc_sysvipc_shm, "segments of System V shared memory, as in proc(5)"),
	END,
};

static const struct node_row sys_rows[] = {
	ROW("kernel", NODE_DIR, 0555, .names = &sysctl_names),
	ROW("vm", NODE_DIR, 0555, .names = &sysctl_names),
	END,
};

const struct node_row root_rows[] = {
	TEXT("README", readme_root_show, "this text"),
	PRIVATE_CTL("commands to the machine, and their replies; begin with: help"),
	ROW("files", NODE_FILES, 0755,
	    .help = "ordinary files and folders: what mmap and exec map"),
	LINK("self", self_show, "link to the process that CPU 0 runs"),
	PRIVATE_BYTES("physmem", 0600, physmem_bytes, "the simulated RAM, by physical address"),
	PRIVATE_BYTES("kmem", 0600, kmem_bytes, "kernel linear addresses, 0xC0000000 and up"),
	TEXT("pagetable", proc_pagetable, "the kernel's page directory, as PID/pagetable"),
	TEXT("meminfo", proc_meminfo, "memory by use, as in proc(5)"),
	TEXT("swaps", proc_swaps, "swap areas and how full they are, as in proc(5)"),
	TEXT("buddyinfo", proc_buddyinfo, "free blocks of each order, as in proc(5)"),
	TEXT("zoneinfo", proc_zoneinfo, "zones and their watermarks, as in proc(5)"),
	TEXT("slabinfo", proc_slabinfo, "slab caches, as in proc(5)"),
	ROW("trace", NODE_TEXT, 0644, .show = proc_trace, .store = proc_trace_store,
	    .truncate = proc_trace_truncate, .owner_only = true,
	    .help = "what the memory manager did: the last 1023 events, OOM kills, as ftrace's"),
	ROW("trace_pipe", NODE_PIPE, 0444, .owner_only = true,
	    .help = "the same as it happens, each event once; a reader waits"),
	TEXT("vmallocinfo", proc_vmallocinfo, "noncontiguous memory areas, as in proc(5)"),
	TEXT("vmstat", proc_vmstat, "event counters, as in proc(5)"),
	TEXT("iomem", proc_iomem, "what is at which physical address, as in proc(5)"),
	TEXT("pagetypeinfo", proc_pagetypeinfo, "free blocks by kind, as in proc(5)"),
	PRIVATE_BYTES("kpagecount", 0400, kpagecount_bytes,
		      "a u64 a frame: how often it is mapped"),
	PRIVATE_BYTES("kpageflags", 0400, kpageflags_bytes, "a u64 a frame: what it is (KPF_*)"),
	PRIVATE_TEXT("memory.svg", memory_svg, "physical memory as a picture, by zone and owner"),
	TEXT("cpu", proc_cpu, "each CPU: what it runs, control registers, its TLB"),
	TEXT("stat", proc_stat, "ticks, processes, boot time, as in proc(5)"),
	TEXT("uptime", proc_uptime, "seconds of the machine's own clock, as in proc(5)"),
	TEXT("loadavg", proc_loadavg, "load and processes, as in proc(5)"),
	TEXT("version", proc_version, "which kernel this is"),
	TEXT("cpuinfo", proc_cpuinfo, "the processors, as in proc(5)"),
	TEXT("mounts", proc_mounts, "what is mounted inside, as in proc(5)"),
	TEXT("filesystems", proc_filesystems, "kinds of file systems, as in proc(5)"),
	ROW("sysvipc", NODE_DIR, 0555, .children = sysvipc_rows,
	    .help = "shm: segments of System V shared memory"),
	ROW("sys", NODE_DIR, 0555, .children = sys_rows,
	    .help = "tunables, as in proc(5): sys/vm, sys/kernel"),
	END,
};

const struct node_row pid_rows[] = {
	TEXT("README", readme_pid_show, "this text"),
	PRIVATE_CTL("commands to the process, and their replies; begin with: help"),
	PRIVATE_TEXT("maps", proc_pid_maps, "the memory regions, as in proc(5)"),
	PRIVATE_TEXT("pagetable", proc_pid_pagetable, "the page tables, a line an entry"),
	PRIVATE_BYTES("pgd", 0400, pgd_bytes, "the page directory as it lies in RAM (PAE: four)"),
	PRIVATE_BYTES("mem", 0600, mem_bytes,
		      "the address space: a read is a load, a write a store"),
	ROW("core", NODE_CORE, 0400, .bytes = &core_bytes, .owner_only = true,
	    .help = "an ELF core file for gdb and readelf, made when opened"),
	ROW("regions", NODE_REGIONS, 0500, .children = region_links, .owner_only = true,
	    .help = "one file a memory region, offset 0 is its start; links heap, stack"),
	PRIVATE_TEXT("map.svg", map_svg, "the address space as a picture"),
	PRIVATE_TEXT("mm", proc_pid_mm, "the memory descriptor, then region by region"),
	PRIVATE_TEXT("regs", proc_pid_regs, "the registers, name=value"),
	PRIVATE_TEXT("fault", proc_pid_fault, "the last page fault and how it was handled"),
	TEXT("status", proc_pid_status, "state and memory use, as in proc(5)"),
	TEXT("statm", proc_pid_statm, "memory use in pages, as in proc(5)"),
	TEXT("stat", proc_pid_stat, "state in one line, as in proc(5)"),
	TEXT("cmdline", proc_pid_cmdline, "the arguments, each ended by a zero byte"),
	PRIVATE_TEXT("smaps", proc_pid_smaps, "maps with what each region uses, as in proc(5)"),
	PRIVATE_TEXT("smaps_rollup", proc_pid_smaps_rollup, "the sums of smaps, as in proc(5)"),
	PRIVATE_BYTES("pagemap", 0400, pagemap_bytes, "a u64 a page: its frame, as in proc(5)"),
	ROW("clear_refs", NODE_TEXT, 0200, .show = proc_pid_clear_refs_show,
	    .store = proc_pid_clear_refs, .owner_only = true,
	    .help = "write 1 to 5: clear Accessed bits, the peak, as in proc(5)"),
	STORE("comm", 0644, proc_pid_comm, proc_pid_comm_store, "the program's name"),
	SECRET_TEXT("environ", proc_pid_environ, "the environment, each ended by a zero byte"),
	SECRET_TEXT("auxv", proc_pid_auxv, "the auxiliary vector, pairs of 32-bit words"),
	TEXT("limits", proc_pid_limits, "resource limits, as in proc(5)"),
	TEXT("oom_score", proc_pid_oom_score, "who dies first when memory ends, as in proc(5)"),
	STORE("oom_score_adj", 0644, proc_pid_oom_score_adj, proc_pid_oom_score_adj_store,
	      "-1000 to 1000, added to it"),
	PRIVATE_LINK("exe", proc_pid_exe, "link to the program's file"),
	PRIVATE_LINK("cwd", proc_pid_root, "link to the current folder: always files/"),
	PRIVATE_LINK("root", proc_pid_root, "link to the root folder: files/"),
	ROW("fd", NODE_DIR, 0500, .names = &fd_names, .owner_only = true,
	    .help = "a link a file that open opened"),
	ROW("map_files", NODE_DIR, 0500, .names = &map_files_names, .owner_only = true,
	    .help = "a link a region with a file, START-END without leading zeros"),
	ROW("task", NODE_DIR, 0555, .names = &task_names,
	    .help = "the threads: the process itself"),
	END,
};

static const struct node_row root_row = {
	.name = "/", .kind = NODE_DIR, .mode = 0555, .children = root_rows
};

static const struct node_row pid_row = {
	.name = "PID", .kind = NODE_PID, .mode = 0555, .children = pid_rows
};

static int self_show(struct aspacefs *fs, struct task_struct *task, GString *out)
{
	const struct task_struct *current = KGET(fs->m->k->current[0]);

	/* The idle process has number 0, and no folder. */
	g_string_append_printf(out, "%u", current ? current->pid : 0);
	return 0;
}

/* ---- rows and their numbers: depth first, 1 is the table's own folder ---- */

static const struct node_row *row_by_number(const struct node_row *row, unsigned *number)
{
	const struct node_row *found;

	if (--*number == 0)
		return row;
	for (const struct node_row *child = row->children; child && child->name; child++) {
		found = row_by_number(child, number);
		if (found)
			return found;
	}
	return NULL;
}

/* Count to @row; 0 when it is not below @from. */
static unsigned number_of_row(const struct node_row *from, const struct node_row *row,
			      unsigned *counted)
{
	++*counted;
	if (from == row)
		return *counted;
	for (const struct node_row *child = from->children; child && child->name; child++)
		if (number_of_row(child, row, counted))
			return *counted;
	return 0;
}

static const struct node_row *parent_row(const struct node_row *from, const struct node_row *row)
{
	const struct node_row *found;

	for (const struct node_row *child = from->children; child && child->name; child++) {
		if (child == row)
			return from;
		found = parent_row(child, row);
		if (found)
			return found;
	}
	return NULL;
}

static u64 row_ino(const struct task_struct *task, const struct node_row *row)
{
	unsigned counted = 0;

	if (row->kind == NODE_FILES)
		return ino_of_files(FILES_ROOT_HANDLE);
	return ino_pack(&(struct ino_parts){
		.tag = INO_TREE,
		.row = (u8)number_of_row(task ? &pid_row : &root_row, row, &counted),
		.pid = task ? task->pid : 0,
		.generation = task ? task->generation & INO_GENERATION_MASK : 0,
	});
}

/* Entry @index of the folder @dir. */
static u64 named_ino(const struct node *dir, u32 index)
{
	unsigned counted = 0;

	return ino_pack(&(struct ino_parts){
		.tag = INO_NAMED,
		.row = (u8)number_of_row(dir->task ? &pid_row : &root_row, dir->row, &counted),
		.pid = dir->task ? dir->task->pid : 0,
		.index = index,
	});
}

static u64 region_ino(const struct task_struct *task, u32 start, u32 end)
{
	return ino_pack(&(struct ino_parts){
		.tag = INO_REGION, .pid = task->pid, .start = start, .end = end });
}

/* ---- from numbers to nodes ---- */

/* The row whose number the parts have: the file's own, of a named entry its folder's. */
static const struct node_row *numbered_row(const struct ino_parts *parts)
{
	unsigned number = parts->pid ? parts->row & ~INO_IN_TASK : parts->row;

	return number ? row_by_number(parts->pid ? &pid_row : &root_row, &number) : NULL;
}

static const struct node_row *row_of_parts(const struct ino_parts *parts)
{
	const struct node_row *row;

	switch (parts->tag) {
	case INO_REGION: return &region_row;
	case INO_TREE: return numbered_row(parts);
	case INO_NAMED:
		row = numbered_row(parts);
		return row && row->names ? row->names->row : NULL;
	default: return NULL;
	}
}

/* Is the entry of a folder's node_names still there? */
static int check_named(struct aspacefs *fs, const struct ino_parts *parts, struct node *node)
{
	const struct node dir = { .row = numbered_row(parts), .task = node->task };
	char name[NODE_NAME_MAX];
	u32 index;

	if (!dir.row->names->next(fs, &dir, parts->index, &index, name) || index != parts->index)
		return -ESTALE;
	node->index = index;
	return 0;
}

const struct node_row *node_row_of(u64 ino)
{
	struct ino_parts parts;

	ino_unpack(ino, &parts);
	return row_of_parts(&parts);
}

int node_get(struct aspacefs *fs, u64 ino, struct node *ret)
{
	struct ino_parts parts;
	struct task_struct *task;

	ino_unpack(ino, &parts);
	*ret = (struct node){
		.row = row_of_parts(&parts), .ino = ino, .start = parts.start, .end = parts.end
	};
	if (!ret->row)
		return -ESTALE;
	task = parts.pid ? find_task_by_pid(fs->m, parts.pid) : NULL;
	if (parts.pid && !task)
		return -ESTALE;
	if (task && parts.tag == INO_TREE &&
	    (task->generation & INO_GENERATION_MASK) != parts.generation)
		return -ESTALE;
	ret->task = task;
	return parts.tag == INO_NAMED ? check_named(fs, &parts, ret) : 0;
}

static void node_of_row(struct node *ret, struct task_struct *task, const struct node_row *row)
{
	*ret = (struct node){ .row = row, .ino = row_ino(task, row), .task = task };
}

/* What tells a file of PID/task/PID from the same in PID. */
static u64 ino_mark(const struct node *dir)
{
	return dir->row->kind == NODE_TASK ? INO_IN_TASK : 0;
}

u64 node_parent(const struct node *node)
{
	const struct node_row *top = node->task ? &pid_row : &root_row, *up;
	struct ino_parts parts;

	if (node->row->kind == NODE_PID || node->row == &root_row)
		return INO_ROOT;
	ino_unpack(node->ino, &parts);
	up = parts.tag == INO_NAMED ? numbered_row(&parts) : parent_row(top, node->row);
	return row_ino(node->task, up ? up : top);
}

/* ---- look-up ---- */

/* A pid as its folder is named: decimal, nothing before it.  0: not one. */
static u32 pid_of_name(const char *name)
{
	u32 pid = 0;

	if (*name == '0')
		return 0;
	for (; *name >= '0' && *name <= '9' && pid < PID_MAX_LIMIT; name++)
		pid = pid * 10 + (u32)(*name - '0');
	return *name ? 0 : pid;
}

static int lookup_process(struct aspacefs *fs, const char *name, struct node *ret)
{
	u32 pid = pid_of_name(name);
	struct task_struct *task = pid ? find_task_by_pid(fs->m, pid) : NULL;

	if (!task)
		return -ENOENT;
	node_of_row(ret, task, &pid_row);
	return 0;
}

static int lookup_region(const struct node *dir, const char *name, struct node *ret)
{
	u32 start, end;
	int error = region_lookup(dir->task, name, &start, &end);

	if (error)
		return error;
	*ret = (struct node){
		.row = &region_row,
		.ino = region_ino(dir->task, start, end),
		.task = dir->task,
		.start = start,
		.end = end,
	};
	return 0;
}

/* Does a link lead somewhere now?  Those of regions come and go. */
static bool link_is_there(struct aspacefs *fs, struct task_struct *task, const struct node_row *row)
{
	GString *target = g_string_new(NULL);
	int error = row->show(fs, task, target);

	g_string_free(target, TRUE);
	return !error;
}

static bool row_is_there(struct aspacefs *fs, const struct node *dir, const struct node_row *row)
{
	if (dir->row->kind == NODE_TASK)
		return row->kind == NODE_TEXT || row->kind == NODE_BYTES;
	return dir->row->kind != NODE_REGIONS || link_is_there(fs, dir->task, row);
}

static int lookup_named(struct aspacefs *fs, const struct node *dir, const char *name,
			struct node *ret)
{
	const struct node_names *names = dir->row->names;
	char found[NODE_NAME_MAX];
	u32 want, index;

	if (!names->find(dir, name, &want) || !names->next(fs, dir, want, &index, found) ||
	    index != want || strcmp(name, found) != 0)
		return -ENOENT;
	*ret = (struct node){
		.row = names->row, .ino = named_ino(dir, index), .task = dir->task, .index = index
	};
	return 0;
}

int node_lookup(struct aspacefs *fs, const struct node *dir, const char *name, struct node *ret)
{
	if (!node_is_dir(dir))
		return -ENOTDIR;
	for (const struct node_row *row = dir->row->children; row && row->name; row++) {
		if (strcmp(row->name, name) != 0)
			continue;
		if (!row_is_there(fs, dir, row))
			return -ENOENT;
		node_of_row(ret, dir->task, row);
		ret->ino |= ino_mark(dir);
		return 0;
	}
	if (dir->row == &root_row)
		return lookup_process(fs, name, ret);
	if (dir->row->kind == NODE_REGIONS)
		return lookup_region(dir, name, ret);
	return dir->row->names ? lookup_named(fs, dir, name, ret) : -ENOENT;
}

/* ---- attributes ---- */

static mode_t kind_type(enum node_kind kind)
{
	switch (kind) {
	case NODE_DIR:
	case NODE_TASK:
	case NODE_PID:
	case NODE_REGIONS:
	case NODE_FILES: return S_IFDIR;
	case NODE_LINK: return S_IFLNK;
	default: return S_IFREG;
	}
}

/* Links to a folder: its name, its own dot, and the .. of each folder in it. */
static nlink_t folder_links(const struct aspacefs *fs, const struct node *node)
{
	nlink_t n = 2;

	if (node->row->kind == NODE_TASK)
		return n;
	if (node->row->names && node->row->names->row->kind == NODE_TASK)
		n++;
	for (const struct node_row *row = node->row->children; row && row->name; row++)
		n += S_ISDIR(kind_type(row->kind));
	return node->row == &root_row ? n + fs->m->k->nr_tasks : n;
}

void node_stat(struct aspacefs *fs, const struct node *node, struct stat *ret)
{
	const struct node_row *row = node->row;
	const struct node_bytes *bytes = row->bytes;
	time_t time = fs->mount_time;

	if (node->task)
		time += (time_t)(node->task->start_time / HZ);
	*ret = (struct stat){
		.st_ino = node->ino,
		.st_mode = kind_type(row->kind) | row->mode,
		.st_nlink = node_is_dir(node) ? folder_links(fs, node) : 1,
		.st_uid = node->task ? node->task->uid : fs->uid,
		.st_gid = node->task ? node->task->gid : fs->gid,
		.st_size = bytes ? (off_t)bytes->size(fs, node) : 0,
		.st_blocks = bytes && bytes->blocks ? (blkcnt_t)bytes->blocks(fs, node) : 0,
		.st_blksize = PAGE_SIZE,
		.st_atim.tv_sec = time,
		.st_mtim.tv_sec = time,
		.st_ctim.tv_sec = time,
	};
	if (bytes && !bytes->blocks)
		ret->st_blocks = (ret->st_size + 511) / 512;
}

#define LONG 86400.0 /* of what never changes */

double node_entry_timeout(const struct node *node)
{
	switch (node->row->kind) {
	case NODE_PID:
	case NODE_TASK:
	case NODE_REGION:
	case NODE_LINK: return 0;
	default: return LONG;
	}
}

double node_attr_timeout(const struct node *node)
{
	switch (node->row->kind) {
	case NODE_TEXT:
	case NODE_CTL:
	case NODE_REGIONS: return LONG;
	default: return 0;
	}
}

/* ---- listing ---- */

#define LIST_ROWS 2ull
#define LIST_NAMES (1ull << 32)

struct listing {
	struct aspacefs *fs;
	const struct node *dir;
	node_fill fill;
	void *data;
};

static bool list_dots(const struct listing *l, u64 from)
{
	if (from < 1 && !l->fill(l->data, ".", l->dir->ino, S_IFDIR, 1))
		return false;
	return from > 1 || l->fill(l->data, "..", node_parent(l->dir), S_IFDIR, LIST_ROWS);
}

static bool list_rows(const struct listing *l, u64 from)
{
	const struct node_row *rows = l->dir->row->children;

	for (u64 i = 0; rows && rows[i].name; i++) {
		if (i + LIST_ROWS < from || !row_is_there(l->fs, l->dir, &rows[i]))
			continue;
		if (!l->fill(l->data, rows[i].name,
			     row_ino(l->dir->task, &rows[i]) | ino_mark(l->dir),
			     kind_type(rows[i].kind), LIST_ROWS + i + 1))
			return false;
	}
	return true;
}

/* Processes with a pid >= @pid. */
static void list_processes(const struct listing *l, u32 pid)
{
	struct task_struct *task;
	char name[16];

	while ((task = next_task_by_pid(l->fs->m, pid))) {
		g_snprintf(name, sizeof(name), "%u", task->pid);
		pid = task->pid + 1;
		if (!l->fill(l->data, name, row_ino(task, &pid_row), S_IFDIR, LIST_NAMES + pid))
			return;
	}
}

/* Regions that end above @addr. */
static void list_regions(const struct listing *l, u32 addr)
{
	u32 start, end;
	char name[18];

	while (region_next(l->dir->task, addr, &start, &end)) {
		region_name(name, start, end);
		if (!l->fill(l->data, name, region_ino(l->dir->task, start, end), S_IFREG,
			     LIST_NAMES + end))
			return;
		addr = end;
	}
}

/* Entries with a number >= @from. */
static void list_named(const struct listing *l, u32 from)
{
	const struct node_names *names = l->dir->row->names;
	char name[NODE_NAME_MAX];
	u32 index;

	while (names->next(l->fs, l->dir, from, &index, name)) {
		from = index + 1;
		if (!l->fill(l->data, name, named_ino(l->dir, index), kind_type(names->row->kind),
			     LIST_NAMES + from))
			return;
	}
}

int node_list(struct aspacefs *fs, const struct node *dir, u64 from, node_fill fill, void *data)
{
	struct listing l = { fs, dir, fill, data };
	u32 name = from > LIST_NAMES ? (u32)(from - LIST_NAMES) : 0;

	if (!node_is_dir(dir))
		return -ENOTDIR;
	if (from < LIST_NAMES && (!list_dots(&l, from) || !list_rows(&l, from)))
		return 0;
	if (dir->row == &root_row)
		list_processes(&l, name);
	else if (dir->row->kind == NODE_REGIONS)
		list_regions(&l, name);
	else if (dir->row->names)
		list_named(&l, name);
	return 0;
}

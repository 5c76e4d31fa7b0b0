/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "space.h"

#include "mm/page_alloc.h"

#define DISK_DEV (8u << 20 | 1u)
#define DISK_MODE 0100644u
#define USER_ID 1000u

/* ---- the disk ---- */

static int disk_read(void *data, u32 handle, u64 pos, void *buf, u32 len)
{
	struct disk_file *f = &((struct space *)data)->file[handle];
	u64 n = pos < f->size ? f->size - pos : 0;

	if (f->broken)
		return -EIO;
	memset(buf, 0, len);
	if (n)
		memcpy(buf, f->bytes + pos, n < len ? n : len);
	return 0;
}

static void disk_resize(struct disk_file *f, u64 size)
{
	f->bytes = realloc(f->bytes, size ? size : 1);
	if (size > f->size)
		memset(f->bytes + f->size, 0, size - f->size);
	f->size = size;
}

static int disk_write(void *data, u32 handle, u64 pos, const void *buf, u32 len)
{
	struct disk_file *f = &((struct space *)data)->file[handle];

	f->writes++;
	if (f->broken || f->refuses)
		return f->refuses ? f->refuses : -EIO;
	if (pos + len > f->size)
		disk_resize(f, pos + len);
	memcpy(f->bytes + pos, buf, len);
	return 0;
}

static int disk_reserve(void *data, u32 handle, u64 pos, u64 len)
{
	struct disk_file *f = &((struct space *)data)->file[handle];

	if (f->broken)
		return -EIO;
	if (f->full)
		return -ENOSPC;
	f->reserved++;
	if (pos + len > f->size)
		disk_resize(f, pos + len);
	return 0;
}

static int disk_fsync(void *data, u32 handle)
{
	((struct space *)data)->file[handle].fsyncs++;
	return 0;
}

static int disk_cut(void *data, u32 handle, u64 size)
{
	disk_resize(&((struct space *)data)->file[handle], size);
	return 0;
}

static int disk_punch(void *data, u32 handle, u64 pos, u64 len)
{
	struct disk_file *f = &((struct space *)data)->file[handle];

	if (f->broken)
		return -EIO;
	if (pos < f->size)
		memset(f->bytes + pos, 0, len < f->size - pos ? len : f->size - pos);
	return 0;
}

static void disk_release(void *data, u32 handle)
{
	((struct space *)data)->file[handle].released++;
}

static int disk_swap_activate(void *data, u32 handle, u64 size)
{
	const struct disk_file *f = &((struct space *)data)->file[handle];

	return f->broken ? -EIO : f->sparse ? -EINVAL : 0;
}

static int disk_swap_rw(void *data, u32 handle, u64 pos, void *const *pages, unsigned nr,
			bool write)
{
	struct disk_file *f = &((struct space *)data)->file[handle];

	if (f->broken || (write && f->full) || pos + PAGES(nr) > f->size)
		return -EIO;
	for (unsigned i = 0; i < nr; i++) {
		u8 *bytes = f->bytes + pos + PAGES(i);

		memcpy(write ? bytes : pages[i], write ? pages[i] : bytes, PAGE_SIZE);
	}
	return 0;
}

static const struct machine_ops disk_ops = {
	.read = disk_read,
	.write = disk_write,
	.reserve = disk_reserve,
	.fsync = disk_fsync,
	.truncate = disk_cut,
	.punch = disk_punch,
	.release = disk_release,
	.swap_activate = disk_swap_activate,
	.swap_rw = disk_swap_rw,
};

void disk_make(struct space *s, unsigned nr, u32 size, const char *letters)
{
	static u64 ino = 100;
	struct disk_file *f = &s->file[nr];

	if (f->inode)
		iput(f->inode);
	disk_resize(f, size);
	for (u32 i = 0; i < size && letters[i >> PAGE_SHIFT]; i++)
		f->bytes[i] = (u8)letters[i >> PAGE_SHIFT];
	f->inode = inode_new(s->m, AOPS_BACKED, DISK_DEV, ino++, DISK_MODE, size, nr);
	ck_assert_ptr_nonnull(f->inode);
}

void disk_truncate(struct space *s, unsigned nr, u32 size)
{
	disk_resize(&s->file[nr], size);
	vmtruncate(s->file[nr].inode, size);
}

/* ---- swap areas ---- */

void disk_mkswap(struct space *s, unsigned nr, u32 slots)
{
	u32 info[] = { 1, slots, 0 }; /* version, last_page, nr_badpages */

	disk_make(s, nr, PAGES(slots + 1), "");
	memset(s->file[nr].bytes, 0, s->file[nr].size);
	memcpy(s->file[nr].bytes + 1024, info, sizeof(info));
	memcpy(s->file[nr].bytes + PAGE_SIZE - 10, "SWAPSPACE2", 10);
}

int space_swapon(struct space *s, unsigned nr, s32 prio)
{
	struct file *file = file_new(s->m, s->file[nr].inode, FMODE_READ | FMODE_WRITE, nr);
	enum swap_refusal why;
	int error = sys_swapon(s->m, file, prio, &why);

	fput(file);
	return error;
}

int space_swapoff(struct space *s, unsigned nr)
{
	struct file *file = file_new(s->m, s->file[nr].inode, FMODE_READ | FMODE_WRITE, nr);
	enum swap_refusal why;
	int error = sys_swapoff(s->m, file, &why);

	fput(file);
	return error;
}

/* ---- the process ---- */

static struct space *space_new_config(struct machine_config *config)
{
	struct space *s = calloc(1, sizeof(*s));

	config->ops = &disk_ops;
	config->ops_data = s;
	ck_assert_int_eq(machine_new(config, &s->m), 0);
	ck_assert_int_eq(start_init(s->m, NULL, NULL, USER_ID, USER_ID), 0);
	space_run(s, find_task_by_pid(s->m, 1));
	ck_assert_int_eq(do_munmap(s->mm, 0, TASK_SIZE), 0);
	return s;
}

struct space *space_new(u64 frames)
{
	return test_pae() ? space_new_pae(frames) : space_new_2level(frames);
}

struct space *space_new_2level(u64 frames)
{
	struct machine_config config = { .ram = frames << PAGE_SHIFT };

	return space_new_config(&config);
}

struct space *space_new_cpus(u64 frames, unsigned cpus)
{
	struct machine_config config = { .ram = frames << PAGE_SHIFT,
					 .pae = test_pae(),
					 .cpus = cpus };

	return space_new_config(&config);
}

struct space *space_new_pae(u64 frames)
{
	struct machine_config config = { .ram = frames << PAGE_SHIFT, .pae = true };

	return space_new_config(&config);
}

struct space *space_new_flex(u64 frames)
{
	struct machine_config config = { .ram = frames << PAGE_SHIFT,
					 .pae = test_pae(),
					 .flex_layout = true };

	return space_new_config(&config);
}

void space_free(struct space *s)
{
	test_check(s->m);
	space_drop(s);
}

void space_drop(struct space *s)
{
	machine_free(s->m);
	for (unsigned i = 0; i < DISK_FILES; i++)
		free(s->file[i].bytes);
	free(s);
}

void space_run(struct space *s, struct task_struct *task)
{
	s->task = task;
	s->mm = KGET(task->mm);
	schedule_task(s->m, 0, task);
}

struct task_struct *space_fork(struct space *s)
{
	struct task_struct *child;

	ck_assert_int_eq(do_fork(s->task, 0, &child), 0);
	return child;
}

/* ---- mappings ---- */

s64 map(struct space *s, u32 addr, u32 len, u32 prot, u32 flags)
{
	return do_mmap(s->task, NULL, addr, len, prot, flags, 0);
}

u32 map_pages(struct space *s, u32 addr, u32 pages, u32 prot, u32 flags)
{
	s64 where = map(s, addr, PAGES(pages), prot, flags);

	ck_assert_int_ge(where, 0);
	return (u32)where;
}

s64 map_file(struct space *s, unsigned nr, u32 mode, u32 addr, u32 len, u32 prot, u32 flags,
	     u64 offset)
{
	struct file *file = file_new(s->m, s->file[nr].inode, mode, nr);
	s64 where;

	if (!file)
		return -ENOMEM;
	where = do_mmap(s->task, file, addr, len, prot, flags, (pgoff_t)(offset >> PAGE_SHIFT));
	fput(file);
	return where;
}

/* ---- accesses ---- */

static int access_byte(struct space *s, u32 addr, u32 *value, enum access access)
{
	return access_word(s->m, s->task, addr, value, 1, access, FAULT_USER | FAULT_NO_ESP);
}

int load(struct space *s, u32 addr)
{
	u32 value;
	int error = access_byte(s, addr, &value, ACCESS_READ);

	return error ? error : (int)value;
}

int store(struct space *s, u32 addr, u8 value)
{
	u32 word = value;

	return access_byte(s, addr, &word, ACCESS_WRITE);
}

int fetch(struct space *s, u32 addr)
{
	u32 word = 0;

	return access_byte(s, addr, &word, ACCESS_FETCH);
}

static u32 touch(struct space *s, u32 addr, u32 pages, enum access access)
{
	u32 faults;

	ck_assert_int_eq(touch_range(s->m, s->task, addr, PAGES(pages), access, &faults), 0);
	return faults;
}

u32 touch_r(struct space *s, u32 addr, u32 pages)
{
	return touch(s, addr, pages, ACCESS_READ);
}

u32 touch_w(struct space *s, u32 addr, u32 pages)
{
	return touch(s, addr, pages, ACCESS_WRITE);
}

/* ---- what the tables hold ---- */

pte_t entry(const struct space *s, u32 addr)
{
	const void *ptep = pte_lookup(s->mm, addr);

	return ptep ? pte_get(s->m->paging, ptep) : (pte_t){ 0 };
}

struct page *frame(const struct space *s, u32 addr)
{
	pte_t e = entry(s, addr);

	return pte_present(e) ? vm_normal_page(s->m, e) : NULL;
}

/* ---- the machine ---- */

static void print_line(void *data, const char *line)
{
	(void)data;
	fprintf(stderr, "check: %s\n", line);
}

void test_check(struct machine *m)
{
	ck_assert_uint_eq(check_machine(m, print_line, NULL), 0);
}

u32 test_check_quiet(struct machine *m)
{
	return check_machine(m, NULL, NULL);
}

u32 test_used_frames(const struct machine *m)
{
	return m->k->nr_frames - nr_free_pages(m) - (u32)nr_slab_pages(m);
}

struct hog hog_all_but(struct machine *m, u32 left)
{
	struct hog h = { calloc(m->k->nr_frames, sizeof(struct page *)), 0 };
	struct page *page;

	while ((page = alloc_page(m, GFP_HIGHUSER)))
		h.pages[h.nr++] = page;
	while (left-- && h.nr)
		__free_page(h.pages[--h.nr]);
	return h;
}

void hog_free(struct hog *h)
{
	while (h->nr)
		__free_page(h->pages[--h->nr]);
	free(h->pages);
}

int run_loop_tests(const char *name, const TTest *const *tests, size_t nr, const TTest *looped,
		   int loops)
{
	Suite *s = suite_create(name);
	TCase *tc = tcase_create(name);

	for (size_t i = 0; i < nr; i++)
		tcase_add_test(tc, tests[i]);
	if (looped)
		tcase_add_loop_test(tc, looped, 0, loops);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	return run_suite(s);
}

int run_tests(const char *name, const TTest *const *tests, size_t nr)
{
	return run_loop_tests(name, tests, nr, NULL, 0);
}

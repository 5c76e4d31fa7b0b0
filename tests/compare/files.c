/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a script, made alike on both sides.
 *
 *   f0  12388 bytes: the last page is not full     ro     16384 bytes, may not be written
 *   f1  20 pages                                   empty  nothing
 *
 * and what a line can do to them:
 *   mkfile NAME LEN [LETTERS [MODE]]   put NAME OFFSET TEXT   cat NAME OFFSET LEN
 *   truncate NAME LEN   unlink NAME
 *
 * The host's lie on tmpfs, where all of a file is in the page cache; here each is read once
 * and kept open, so that it is, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compare.h"
#include "fs/disk.h"
#include "fs/files.h"

struct open_file {
	char *name;
	u64 ino;
	struct files_handle *handle;
};

static struct caller caller_of(const struct sim *sim)
{
	return (struct caller){ sim->fs->uid, sim->fs->gid, 1 };
}

static void open_file_free(gpointer data)
{
	g_free(((struct open_file *)data)->name);
	g_free(data);
}

static GPtrArray *opened(struct sim *sim)
{
	if (!sim->open_files)
		sim->open_files = g_ptr_array_new_with_free_func(open_file_free);
	return sim->open_files;
}

void sim_files_close(struct sim *sim)
{
	GPtrArray *all = sim->open_files;

	for (guint i = 0; all && i < all->len; i++) {
		struct open_file *f = all->pdata[i];

		files_release(sim->fs, f->handle);
		files_forget(sim->fs, f->ino, 1);
	}
	if (all)
		g_ptr_array_free(all, TRUE);
	sim->open_files = NULL;
}

static struct open_file *find(struct sim *sim, const char *name)
{
	GPtrArray *all = opened(sim);

	for (guint i = all->len; i-- > 0;) {
		struct open_file *f = all->pdata[i];

		if (strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}

static void read_all(struct sim *sim, const struct open_file *f)
{
	static char buf[1 << 18];

	files_read(sim->fs, f->handle, buf, sizeof(buf), 0);
}

static int open_in_sim(struct sim *sim, const char *name)
{
	struct caller caller = caller_of(sim);
	struct files_entry entry;
	struct open_file *f;
	int error = files_lookup(sim->fs, &caller, ino_of_files(FILES_ROOT_HANDLE), name, &entry);

	if (error)
		return error;
	f = g_new0(struct open_file, 1);
	f->name = g_strdup(name);
	f->ino = entry.ino;
	caller.uid = 0;
	error = files_open(sim->fs, &caller, f->ino, entry.attr.st_mode & 0200 ? O_RDWR : O_RDONLY,
			   &f->handle);
	if (error) {
		open_file_free(f);
		return error;
	}
	g_ptr_array_add(opened(sim), f);
	read_all(sim, f);
	return 0;
}

static void put_in_sim(struct sim *sim, const char *name, const void *buf, size_t len, u64 off)
{
	struct caller caller = caller_of(sim);
	struct open_file *f = find(sim, name);

	if (f)
		files_write(sim->fs, &caller, f->handle, buf, len, off, false);
}

static void truncate_in_sim(struct sim *sim, const char *name, s64 size)
{
	struct files_change change = { -1, -1, -1, size, { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };
	struct caller caller = caller_of(sim);
	struct open_file *f = find(sim, name);
	struct stat attr;

	if (f)
		files_setattr(sim->fs, &caller, f->ino, f->handle, &change, &attr);
}

/* ---- both sides ---- */

static char *host_path(const struct run *run, const char *name)
{
	return g_build_filename(run->host->dir, name, NULL);
}

static bool write_file(const char *path, const char *bytes, size_t len, mode_t mode, uid_t owner)
{
	int fd;
	bool done;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	done = fd >= 0 && write(fd, bytes, len) == (ssize_t)len && fchmod(fd, mode) == 0 &&
	       fchown(fd, owner, (gid_t)-1) == 0;
	close(fd);
	return done;
}

static bool make(struct run *run, const char *name, u32 len, const char *letters, mode_t mode)
{
	g_autofree char *there = host_path(run, name), *bytes = g_malloc(len + 1);
	g_autofree char *here = g_build_filename(disk_private_dir(run->sim->fs->disk), name, NULL);
	size_t n = strlen(letters);

	for (u32 i = 0; i < len; i++)
		bytes[i] = n ? letters[i / PAGE % n] : '\0';
	return write_file(there, bytes, len, mode, run->host->user) &&
	       write_file(here, bytes, len, mode, geteuid()) && open_in_sim(run->sim, name) == 0;
}

bool files_make(struct run *run)
{
	return make(run, "f0", 3 * PAGE + 100, "abcd", 0666) &&
	       make(run, "f1", 20 * PAGE, "klmnopqrst", 0666) &&
	       make(run, "ro", 4 * PAGE, "wxyz", 0444) && make(run, "empty", 0, "", 0666);
}

void files_unmake(struct run *run)
{
	GPtrArray *all = opened(run->sim);

	for (guint i = 0; i < all->len; i++) {
		g_autofree char *path = host_path(run, ((struct open_file *)all->pdata[i])->name);

		unlink(path);
	}
}

static void show_bytes(char *text, ssize_t len)
{
	for (ssize_t i = 0; i < len; i++)
		if (!text[i])
			text[i] = '0';
	strcpy(text + MAX(len, 0), len > 0 ? "" : "empty");
}

static void cat(struct run *run, const char *name, u32 off, u32 len, struct answer *host,
		struct answer *sim)
{
	g_autofree char *path = host_path(run, name);
	struct open_file *f = find(run->sim, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	len = MIN(len, 4096);
	show_bytes(host->text, pread(fd, host->text, len, off));
	show_bytes(sim->text, f ? files_read(run->sim->fs, f->handle, sim->text, len, off) : 0);
	close(fd);
}

/*
 * tmpfs keeps what was stored behind a file's end when the file grows; a disk's file system
 * clears it, as aspacefs does.
 */
static void clear_tail(int fd, u64 grown_to)
{
	struct stat st;
	off_t in_page;

	if (fstat(fd, &st) != 0 || (u64)st.st_size >= grown_to)
		return;
	in_page = st.st_size % PAGE;
	if (in_page)
		fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, st.st_size,
			  PAGE - in_page);
}

/* The same where [start, end) of region @r is written back. */
static void clear_written(struct run *run, const struct region *r, u64 start, u64 end)
{
	g_autofree char *path = host_path(run, r->name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	u64 from = r->offset + MAX(start, r->start) - r->start;
	u64 to = r->offset + MIN(end, r->end) - r->start;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && from < (u64)st.st_size && to > (u64)st.st_size)
		clear_tail(fd, to);
	close(fd);
}

void files_synced(struct run *run, const struct step *step)
{
	u32 addr = 0, len = 0;
	u64 end;

	number_of(step_word(step, 1), &addr);
	number_of(step_word(step, 2), &len);
	end = ((u64)addr + len + PAGE - 1) / PAGE * PAGE;
	for (guint i = 0; i < run->regions->len; i++) {
		const struct region *r = &g_array_index(run->regions, struct region, i);

		if (r->start < end && r->end > addr && r->rights[3] == 's' && region_of_file(r))
			clear_written(run, r, addr, end);
	}
}

/* What grows is written with zeros, so that the page cache has it on both sides. */
static void resize(struct run *run, const char *name, u32 len)
{
	g_autofree char *path = host_path(run, name), *zeros = g_malloc0(1 << 18);
	struct stat st;

	len = MIN(len, 1 << 18);
	if (stat(path, &st) != 0)
		return;
	if (len <= st.st_size) {
		if (truncate(path, len) == 0)
			truncate_in_sim(run->sim, name, len);
	} else {
		int fd = open(path, O_WRONLY | O_CLOEXEC);

		clear_tail(fd, len);
		if (pwrite(fd, zeros, len - (size_t)st.st_size, st.st_size) > 0)
			put_in_sim(run->sim, name, zeros, len - (size_t)st.st_size,
				   (u64)st.st_size);
		close(fd);
	}
}

static void remove_file(struct run *run, const char *name)
{
	g_autofree char *path = host_path(run, name);
	struct caller caller = caller_of(run->sim);

	unlink(path);
	files_remove(run->sim->fs, &caller, ino_of_files(FILES_ROOT_HANDLE), name, false);
}

/* tmpfs has no page for a hole, a disk's file system reads zeros: write them. */
static void fill_holes(int fd)
{
	static const char zeros[PAGE];
	off_t end = lseek(fd, 0, SEEK_END), at = 0;

	while (at < end && (at = lseek(fd, at, SEEK_HOLE)) >= 0 && at < end)
		if (pwrite(fd, zeros, (size_t)MIN(end - at, (off_t)PAGE), at) <= 0)
			break;
}

/* All pages of all files are in the page cache again. */
void files_fill(struct run *run)
{
	GPtrArray *all = opened(run->sim);

	for (guint i = 0; i < all->len; i++) {
		struct open_file *f = all->pdata[i];
		g_autofree char *path = host_path(run, f->name);
		int fd = open(path, O_RDWR | O_CLOEXEC);

		fill_holes(fd);
		close(fd);
		read_all(run->sim, f);
	}
}

u64 files_end(const struct run *run, const struct region *r)
{
	g_autofree char *path = host_path(run, r->name);
	struct stat st;

	if (!region_of_file(r) || stat(path, &st) != 0 || (u64)st.st_size <= r->offset)
		return r->end;
	return MIN(r->end, r->start + ((u64)st.st_size - r->offset));
}

static void put(struct run *run, const char *name, u32 off, const char *text)
{
	g_autofree char *path = host_path(run, name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	clear_tail(fd, off + strlen(text));
	if (pwrite(fd, text, strlen(text), off) > 0)
		put_in_sim(run->sim, name, text, strlen(text), off);
	close(fd);
	files_fill(run); /* it may have begun behind the end */
}

bool words_of_files(const char *word)
{
	static const char *const words[] = { "mkfile", "cat", "put", "truncate", "unlink", NULL };

	return g_strv_contains(words, word);
}

bool files_step(struct run *run, const struct step *step, struct answer *host, struct answer *sim)
{
	const char *word = step_word(step, 0), *name = step_word(step, 1);
	u32 a = 0, b = 0;

	number_of(step_word(step, 2), &a);
	number_of(step_word(step, 3), &b);
	strcpy(host->text, "ok");
	strcpy(sim->text, "ok");
	if (strcmp(word, "mkfile") == 0)
		make(run, name, a, step_word(step, 3),
		     *step_word(step, 4) ? (mode_t)strtoul(step_word(step, 4), NULL, 8) : 0666);
	else if (strcmp(word, "cat") == 0)
		cat(run, name, a, b, host, sim);
	else if (strcmp(word, "put") == 0)
		put(run, name, a, step_word(step, 3));
	else if (strcmp(word, "truncate") == 0)
		resize(run, name, a);
	else if (strcmp(word, "unlink") == 0)
		remove_file(run, name);
	else
		return false;
	return true;
}

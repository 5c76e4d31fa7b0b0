// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The speed of a mount beside that of a file system that does nothing.
 *
 *	bench-mount ASPACEFS EMPTYFS [WORD]...
 *
 * Starts both programs on temporary folders, measures the same system calls on both in turn,
 * and unmounts.  Then start-up, resident memory, and listing the root with many processes.
 * With words only the lines whose name contains one of them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 101 /* many short ones: requests depend on what the scheduler does */
#include "bench.h"

#define MEBIBYTE (1u << 20)
#define TOUCHED 64u /* MiB */
#define BUFFERS 16u /* MiB that the threads of libfuse hold for requests, at most */
#define CALLS 100u /* in a round */
#define STARTS 15u
#define LISTINGS 31u
#define SMALL 1000u /* processes */
#define LARGE 100000u
#define PATH_LEN 128

/* ---- a mounted file system ---- */

struct fs {
	const char *program;
	const char *options; /* for -o, or NULL */
	char mnt[PATH_LEN];
	pid_t pid;
	int mem; /* 1/mem */
	off_t at; /* resident bytes of it */
};

static const char *path_in(const struct fs *fs, const char *name, char buf[PATH_LEN])
{
	must(snprintf(buf, PATH_LEN, "%s/%s", fs->mnt, name) < PATH_LEN);
	return buf;
}

static void exec_fs(const struct fs *fs)
{
	if (fs->options)
		execl(fs->program, fs->program, "-f", "-o", fs->options, fs->mnt, NULL);
	else
		execl(fs->program, fs->program, "-f", fs->mnt, NULL);
	perror(fs->program);
	_exit(127);
}

/* Start it: nanoseconds until it answers. */
static double fs_start(struct fs *fs, const char *program, const char *options)
{
	double start = now_ns();
	char path[PATH_LEN];
	struct stat st;

	*fs = (struct fs){ .program = program, .options = options, .mem = -1 };
	strcpy(fs->mnt, "/tmp/aspacefs-bench.XXXXXX");
	must(mkdtemp(fs->mnt));
	fs->pid = fork();
	must(fs->pid >= 0);
	if (!fs->pid)
		exec_fs(fs);
	path_in(fs, "1/ctl", path);
	while (stat(path, &st) < 0) {
		must(waitpid(fs->pid, NULL, WNOHANG) == 0);
		must(now_ns() - start < 20e9);
		usleep(100);
	}
	return now_ns() - start;
}

static void fs_stop(struct fs *fs)
{
	if (fs->mem >= 0)
		close(fs->mem);
	kill(fs->pid, SIGTERM);
	must(waitpid(fs->pid, NULL, 0) == fs->pid);
	must(rmdir(fs->mnt) == 0);
}

/* Resident memory of the daemon in MiB. */
static double fs_resident(const struct fs *fs)
{
	char path[PATH_LEN], line[256];
	double kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", fs->pid);
	f = fopen(path, "r");
	must(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "VmRSS:", 6))
			kib = atof(line + 6);
	fclose(f);
	return kib / 1024;
}

/* Write @command to @ctl, read what it says. */
static void say(const struct fs *fs, const char *ctl, const char *command, char *reply, size_t size)
{
	char path[PATH_LEN];
	int fd = open(path_in(fs, ctl, path), O_RDWR);
	ssize_t n;

	must(fd >= 0);
	must(write(fd, command, strlen(command)) == (ssize_t)strlen(command));
	n = read(fd, reply, size - 1);
	must(n > 0);
	reply[n] = 0;
	close(fd);
}

static void fs_open_mem(struct fs *fs)
{
	char path[PATH_LEN];

	fs->mem = open(path_in(fs, "1/mem", path), O_RDWR);
	must(fs->mem >= 0);
}

/* TOUCHED MiB of memory in process 1, resident. */
static void fs_touch(struct fs *fs)
{
	char reply[64], *buf = calloc(1, MEBIBYTE);

	must(buf);
	say(fs, "1/ctl", "mmap 0 64M rw- private,anonymous\n", reply, sizeof(reply));
	fs->at = (off_t)strtoul(reply, NULL, 0);
	must(fs->at);
	for (off_t i = 0; i < TOUCHED; i++)
		must(pwrite(fs->mem, buf, MEBIBYTE, fs->at + i * MEBIBYTE) == MEBIBYTE);
	free(buf);
}

/* ---- system calls ---- */

static char *buffer; /* MEBIBYTE */

/* Each size has its own way through memory, so that not one page is read for ever. */
static double time_io(struct fs *fs, bool write, size_t size, unsigned times)
{
	size_t step = size < 4096 ? 4096 : size;
	double start = now_ns();

	for (unsigned i = 0; i < times; i++) {
		off_t at = fs->at + (off_t)(i * step % (TOUCHED * MEBIBYTE));
		ssize_t n = write ? pwrite(fs->mem, buffer, size, at) :
				    pread(fs->mem, buffer, size, at);

		must(n == (ssize_t)size);
	}
	return (now_ns() - start) / times;
}

static double read_1(struct fs *fs)
{
	return time_io(fs, false, 1, CALLS);
}

static double write_1(struct fs *fs)
{
	return time_io(fs, true, 1, CALLS);
}

static double read_page(struct fs *fs)
{
	return time_io(fs, false, 4096, CALLS);
}

static double write_page(struct fs *fs)
{
	return time_io(fs, true, 4096, CALLS);
}

static double read_large(struct fs *fs)
{
	return time_io(fs, false, MEBIBYTE, 16);
}

static double write_large(struct fs *fs)
{
	return time_io(fs, true, MEBIBYTE, 16);
}

static double ctl_command(struct fs *fs)
{
	static const char command[] = "sbrk 0\n";
	char path[PATH_LEN], reply[64];
	double start = now_ns();

	path_in(fs, "1/ctl", path);
	for (unsigned i = 0; i < CALLS; i++) {
		int fd = open(path, O_RDWR);

		must(fd >= 0);
		must(write(fd, command, sizeof(command) - 1) == sizeof(command) - 1);
		must(read(fd, reply, sizeof(reply)) > 0);
		close(fd);
	}
	return (now_ns() - start) / CALLS;
}

static double read_maps(struct fs *fs)
{
	double start = now_ns();
	char path[PATH_LEN];

	path_in(fs, "1/maps", path);
	for (unsigned i = 0; i < CALLS; i++) {
		int fd = open(path, O_RDONLY);

		must(fd >= 0);
		must(read(fd, buffer, 65536) > 0);
		close(fd);
	}
	return (now_ns() - start) / CALLS;
}

/* clang-format off */
static const struct bench {
	const char *name;
	double (*run)(struct fs *fs);
	double target;
} benches[] = {
	{ "read 1 byte of mem",			read_1,		1.2 },
	{ "write 1 byte of mem",		write_1,	1.2 },
	{ "read 4 KiB of mem",			read_page,	1.2 },
	{ "write 4 KiB of mem",			write_page,	1.2 },
	{ "read 1 MiB of mem",			read_large,	1.5 },
	{ "write 1 MiB of mem",			write_large,	1.5 },
	{ "ctl: open, write, read, close",	ctl_command,	1.2 },
	{ "maps: open, read, close",		read_maps,	1.2 },
};
/* clang-format on */

/* Ours and the empty one, round by round in turn. */
static void run(const struct bench *b, struct fs *ours, struct fs *empty)
{
	struct series a = { 0 }, e = { 0 };

	b->run(ours);
	b->run(empty);
	for (unsigned i = 0; i < ROUNDS; i++) {
		series_add(&a, b->run(ours));
		series_add(&e, b->run(empty));
	}
	print_line(b->name, &a, "empty file system", &e, b->target);
}

/* ---- start and memory ---- */

static void run_start(const char *program, const char *empty_program)
{
	struct series ours = { 0 }, empty = { 0 };
	struct fs fs;

	for (unsigned i = 0; i < STARTS; i++) {
		series_add(&ours, fs_start(&fs, program, "mem=1G"));
		fs_stop(&fs);
		series_add(&empty, fs_start(&fs, empty_program, NULL));
		fs_stop(&fs);
	}
	print_line("start until it answers, mem=1G", &ours, "empty file system", &empty, 0);
	print_value("start until it answers, mem=1G", series_median(&ours) / 1e6, "ms", 50);
}

static void run_memory(const char *program)
{
	double before, after;
	struct fs fs;

	fs_start(&fs, program, "mem=1G");
	before = fs_resident(&fs);
	fs_open_mem(&fs);
	fs_touch(&fs);
	after = fs_resident(&fs);
	fs_stop(&fs);
	print_value("resident after start, mem=1G", before, "MiB", 0);
	print_value("more after touching 64 MiB", after - before, "MiB", TOUCHED + BUFFERS);
}

/* ---- the root with many processes ---- */

/* Children of process 1 until there are @nr processes. */
static void make_processes(const struct fs *fs, unsigned *have, unsigned nr)
{
	static const char line[] = "fork\n";
	char path[PATH_LEN], lines[2500];
	int fd = open(path_in(fs, "1/ctl", path), O_WRONLY);

	must(fd >= 0);
	while (*have < nr) {
		size_t n = 0;

		for (; n + sizeof(line) <= sizeof(lines) && *have < nr; n += sizeof(line) - 1) {
			memcpy(lines + n, line, sizeof(line));
			++*have;
		}
		must(write(fd, lines, n) == (ssize_t)n);
	}
	close(fd);
}

/* Nanoseconds an entry. */
static double list_root(const struct fs *fs, unsigned at_least)
{
	double start = now_ns();
	unsigned nr = 0;
	DIR *dir = opendir(fs->mnt);

	must(dir);
	while (readdir(dir))
		nr++;
	closedir(dir);
	must(nr >= at_least);
	return (now_ns() - start) / nr;
}

static void run_listing(const char *program)
{
	struct series few = { 0 }, many = { 0 };
	unsigned have = 1;
	struct fs fs;

	fs_start(&fs, program, "mem=4G");
	make_processes(&fs, &have, SMALL);
	list_root(&fs, have);
	for (unsigned i = 0; i < LISTINGS; i++)
		series_add(&few, list_root(&fs, have));
	make_processes(&fs, &have, LARGE);
	list_root(&fs, have);
	for (unsigned i = 0; i < LISTINGS; i++)
		series_add(&many, list_root(&fs, have));
	fs_stop(&fs);
	print_line("list /, 100000 processes, an entry", &many, "1000 processes", &few, 1.25);
}

/* ---- the table ---- */

static void run_calls(const char *program, const char *empty_program, char **words)
{
	struct fs ours, empty;

	fs_start(&ours, program, "mem=1G");
	fs_start(&empty, empty_program, NULL);
	fs_open_mem(&ours);
	fs_open_mem(&empty);
	fs_touch(&ours);
	for (unsigned i = 0; i < sizeof(benches) / sizeof(benches[0]); i++)
		if (wanted(benches[i].name, words))
			run(&benches[i], &ours, &empty);
	fs_stop(&empty);
	fs_stop(&ours);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: bench-mount ASPACEFS EMPTYFS [WORD]...\n");
		return 2;
	}
	buffer = calloc(1, MEBIBYTE);
	must(buffer);
	table_head("Through the mount, each call beside a file system that does nothing");
	run_calls(argv[1], argv[2], argv + 3);
	if (wanted("start", argv + 3))
		run_start(argv[1], argv[2]);
	if (wanted("resident", argv + 3))
		run_memory(argv[1]);
	if (wanted("list", argv + 3))
		run_listing(argv[1]);
	free(buffer);
	return 0;
}

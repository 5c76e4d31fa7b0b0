/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: ours here, all else of FUSE for libfuse.
 *
 *   aspacefs [options] [SOURCE] MOUNTPOINT
 *
 * mount(8) gives a SOURCE, the first field of an fstab line: a word, not a path, that is
 * shown as the source of the mount and has no other meaning.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

#define RAM_DEFAULT (1ull << 30)
#define RAM_MIN (16ull << 20)
#define RAM_MAX (4ull << 30)
#define RAM_MAX_PAE (64ull << 30)

void complain(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = g_strdup_vprintf(fmt, args);
	va_end(args);
	fprintf(stderr, "aspacefs: %s\n", g_strchomp(text));
	g_free(text);
}

/* ---- what fuse_opt fills in ---- */

struct raw {
	char *mem, *files, *layout, *cpus, *fsname, *subtype;
	int pae, foreground, debug, single_thread, clone_fd, help, version;
	int max_idle_threads, max_threads;
	char *names[2]; /* SOURCE and MOUNTPOINT, in the order given */
	unsigned nr_names;
};

#define OPTION(words, field)                          \
	{                                             \
		words, offsetof(struct raw, field), 1 \
	}

static const struct fuse_opt specs[] = { OPTION("mem=%s", mem),
					 OPTION("files=%s", files),
					 OPTION("layout=%s", layout),
					 OPTION("cpus=%s", cpus),
					 OPTION("pae", pae),
					 OPTION("fsname=%s", fsname),
					 OPTION("subtype=%s", subtype),
					 OPTION("-f", foreground),
					 OPTION("-d", debug),
					 OPTION("debug", debug),
					 OPTION("-s", single_thread),
					 OPTION("clone_fd", clone_fd),
					 OPTION("-h", help),
					 OPTION("--help", help),
					 OPTION("-V", version),
					 OPTION("--version", version),
					 OPTION("max_idle_threads=%d", max_idle_threads),
					 OPTION("max_threads=%d", max_threads),
					 FUSE_OPT_END };

static int take_name(void *data, const char *arg, int key, struct fuse_args *out)
{
	struct raw *raw = data;

	if (key != FUSE_OPT_KEY_NONOPT)
		return 1; /* libfuse's, or nobody's: it will say so */
	if (raw->nr_names == 2 || (raw->nr_names == 1 && strchr(raw->names[0], '/'))) {
		complain("%s: too many arguments (see --help)", arg);
		return -1;
	}
	raw->names[raw->nr_names++] = g_strdup(arg);
	return 0;
}

static void raw_free(struct raw *raw)
{
	free(raw->mem);
	free(raw->files);
	free(raw->layout);
	free(raw->cpus);
	free(raw->fsname);
	free(raw->subtype);
	g_free(raw->names[0]);
	g_free(raw->names[1]);
}

/* ---- what they mean: 0 or EXIT_USAGE ---- */

/* Bytes, with K, M or G behind; 0: not a size. */
static u64 parse_size(const char *text)
{
	static const char units[] = "KMG";
	const char *unit;
	unsigned shift;
	char *end;
	u64 size;

	errno = 0;
	size = g_ascii_strtoull(text, &end, 0);
	if (errno || end == text || *text == '-' || *text == '+')
		return 0;
	unit = *end ? strchr(units, g_ascii_toupper(*end)) : NULL;
	if (*end && (!unit || end[1]))
		return 0;
	shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	return size <= RAM_MAX_PAE >> shift ? size << shift : 0;
}

/* 32-bit entries reach 4 GiB, those of PAE 36 bits of physical address. */
static int take_mem(struct options *o, const char *text, bool pae)
{
	u64 size = text ? parse_size(text) : RAM_DEFAULT;

	if (size > RAM_MAX && size <= RAM_MAX_PAE && size % PAGE_SIZE == 0 && !pae)
		complain("mem=%s: more than 4G needs -o pae", text);
	else if (size < RAM_MIN || size > RAM_MAX_PAE || size % PAGE_SIZE)
		complain("mem=%s: a size from 16M to %s is needed", text,
			 pae ? "64G" : "4G (with pae 64G)");
	else {
		o->config.ram = size;
		o->config.pae = pae;
		return 0;
	}
	return EXIT_USAGE;
}

static int take_layout(struct options *o, const char *text)
{
	o->config.flex_layout = text && strcmp(text, "flex") == 0;
	if (!text || o->config.flex_layout || strcmp(text, "legacy") == 0)
		return 0;
	complain("layout=%s: legacy or flex is needed", text);
	return EXIT_USAGE;
}

static int take_cpus(struct options *o, const char *text)
{
	char *end;
	u64 cpus = 1;

	if (text) {
		cpus = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : 0;
		cpus = cpus && !*end ? cpus : 0;
	}
	if (!cpus || cpus > NR_CPUS) {
		complain("cpus=%s: a number from 1 to %u is needed", text, NR_CPUS);
		return EXIT_USAGE;
	}
	o->config.cpus = (unsigned)cpus;
	return 0;
}

static int take_mountpoint(struct options *o, const struct raw *raw)
{
	if (raw->nr_names) {
		o->mountpoint = g_strdup(raw->names[raw->nr_names - 1]);
		return 0;
	}
	complain("no mount point given (see --help)");
	return EXIT_USAGE;
}

/* Commas and backslashes are libfuse's own. */
static void add_fuse_option(struct options *o, const char *name, const char *value)
{
	GString *text = g_string_new(name);

	g_string_append_c(text, '=');
	for (; *value; value++) {
		if (*value == ',' || *value == '\\')
			g_string_append_c(text, '\\');
		g_string_append_c(text, *value);
	}
	fuse_opt_insert_arg(&o->fuse, 1, text->str);
	fuse_opt_insert_arg(&o->fuse, 1, "-o");
	g_string_free(text, TRUE);
}

static void add_fuse_names(struct options *o, const struct raw *raw)
{
	const char *source = raw->nr_names == 2 ? raw->names[0] : "aspacefs";

	add_fuse_option(o, "fsname", raw->fsname ? raw->fsname : source);
	add_fuse_option(o, "subtype", raw->subtype ? raw->subtype : "aspacefs");
}

static int take_all(struct options *o, const struct raw *raw)
{
	int status;

	o->foreground = raw->foreground || raw->debug;
	o->single_thread = raw->single_thread;
	o->clone_fd = raw->clone_fd;
	o->max_idle_threads = raw->max_idle_threads;
	o->max_threads = raw->max_threads;
	o->help = raw->help;
	o->version = raw->version;
	if (o->help || o->version)
		return 0;
	o->config.files = g_strdup(raw->files);
	status = take_mem(o, raw->mem, raw->pae);
	if (!status)
		status = take_layout(o, raw->layout);
	if (!status)
		status = take_cpus(o, raw->cpus);
	if (!status)
		status = take_mountpoint(o, raw);
	if (!status)
		add_fuse_names(o, raw);
	if (raw->debug)
		fuse_opt_add_arg(&o->fuse, "-d");
	return status;
}

int options_parse(struct options *o, int argc, char **argv)
{
	struct raw raw = { .max_idle_threads = -1, .max_threads = -1 };
	int status = EXIT_USAGE;

	*o = (struct options){ .fuse = FUSE_ARGS_INIT(argc, argv) };
	if (fuse_opt_parse(&o->fuse, &raw, specs, take_name) == 0)
		status = take_all(o, &raw);
	raw_free(&raw);
	return status;
}

void options_free(struct options *o)
{
	fuse_opt_free_args(&o->fuse);
	g_free((char *)(uintptr_t)o->config.files);
	g_free(o->mountpoint);
}

void options_help(void)
{
	printf("usage: aspacefs [options] MOUNTPOINT\n"
	       "\n"
	       "Process address spaces of a simulated i386 machine, as files.\n"
	       "\n"
	       "    -o mem=SIZE             simulated RAM, 16M to 4G (default 1G; pae: to 64G)\n"
	       "    -o pae                  three levels of page tables with 64-bit entries, NX\n"
	       "    -o cpus=N               processors, 1 to 8 (default 1)\n"
	       "    -o files=DIR            the host folder behind files/ (default: a private\n"
	       "                            one, removed at unmount)\n"
	       "    -o layout=legacy|flex   mmap upwards from 0x40000000 (default), or top-down\n"
	       "    -f                      stay in the foreground\n"
	       "    -d, -o debug            print each request; stays in the foreground\n"
	       "    -s                      one thread\n"
	       "    -h, --help              print this\n"
	       "    -V, --version           print the version\n"
	       "\n"
	       "Unmount with: fusermount3 -u MOUNTPOINT\n"
	       "\n"
	       "Options of FUSE:\n");
	fflush(stdout);
	fuse_lowlevel_help();
}

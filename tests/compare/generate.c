/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seeded scripts.  A line is made from the regions that are there, so that most of it hits
 * something: whole regions, their parts, their ends, what lies beside them; now and then
 * addresses and lengths at the edges.  Each script has a few themes; a generator whose
 * command aspacefs does not know is silent.
 */
#include <stdlib.h>
#include <string.h>

#include "compare.h"

#define LARGEST_TOUCHED (64 * PAGE)
#define SEGMENTS 6 /* of shared memory, that are named */

/* ---- numbers ---- */

static u64 next(struct generator *g)
{
	u64 x = g->state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static u32 below(struct generator *g, u32 n)
{
	return (u32)(next(g) % n);
}

static bool one_in(struct generator *g, u32 n)
{
	return below(g, n) == 0;
}

#define PICK(g, ...)                                                 \
	({                                                           \
		static const char *const words_[] = { __VA_ARGS__ }; \
		words_[below(g, G_N_ELEMENTS(words_))];              \
	})

/* ---- addresses and lengths ---- */

struct range {
	u32 start, len;
};

static u32 few_pages(struct generator *g)
{
	return (1 + below(g, one_in(g, 3) ? 40 : 6)) * PAGE;
}

static const struct region *any_region(struct generator *g, const struct run *run)
{
	return run->regions->len ?
		       &g_array_index(run->regions, struct region, below(g, run->regions->len)) :
		       NULL;
}

static u32 free_address(struct generator *g, const struct run *run)
{
	const struct region *r = any_region(g, run);

	switch (below(g, 4)) {
	case 0: return 0x40000000 + below(g, 64) * PAGE;
	case 1: return run->home.image_end + (1 + below(g, 64)) * PAGE;
	case 2: return r ? r->end + below(g, 4) * PAGE : 0x50000000;
	default: return r ? r->start - (1 + below(g, 4)) * PAGE : 0x50000000;
	}
}

/* Where something is mapped, most of the time. */
static struct range any_range(struct generator *g, const struct run *run)
{
	const struct region *r = any_region(g, run);
	struct range range = { free_address(g, run), few_pages(g) };
	u32 pages, first;

	if (!r || one_in(g, 12))
		return range;
	pages = (r->end - r->start) / PAGE;
	first = below(g, pages);
	range.start = r->start;
	range.len = r->end - r->start;
	switch (below(g, 8)) {
	case 0: break;
	case 1: range.len = (1 + below(g, pages)) * PAGE; break;
	case 2:
		range.start += first * PAGE;
		range.len -= first * PAGE;
		break;
	case 3:
		range.start += first * PAGE;
		range.len = few_pages(g);
		break;
	case 4:
		range.start -= MIN(range.start / PAGE, 1 + below(g, 3)) * PAGE;
		range.len += few_pages(g);
		break;
	default:
		range.start += first * PAGE;
		range.len = (1 + below(g, MIN(pages - first, 8))) * PAGE;
	}
	return range;
}

/* For steps that touch each page of it. */
static struct range small_range(struct generator *g, const struct run *run)
{
	struct range range = any_range(g, run);

	range.len = MIN(range.len, LARGEST_TOUCHED);
	return range;
}

/* A region with such a name (NULL: of any file or shared memory), or part of it; or anything. */
static struct range named_range(struct generator *g, const struct run *run, const char *name)
{
	guint n = run->regions->len, first = n ? below(g, n) : 0;

	for (guint i = 0; i < n; i++) {
		const struct region *r =
			&g_array_index(run->regions, struct region, (first + i) % n);
		struct range range = { r->start, r->end - r->start };
		u32 part;

		if (!region_of_file(r) || (name && !g_str_has_prefix(r->name, name)))
			continue;
		if (one_in(g, 2)) {
			part = below(g, range.len / PAGE) * PAGE;
			range.start += part;
			range.len -= part;
			range.len = (1 + below(g, range.len / PAGE)) * PAGE;
		}
		return range;
	}
	return any_range(g, run);
}

static struct range file_range(struct generator *g, const struct run *run)
{
	return named_range(g, run, NULL);
}

/* Addresses and lengths that are not whole pages, or too large, or nothing. */
static struct range edge_range(struct generator *g, const struct run *run)
{
	static const u32 lengths[] = { 0,	   1,	       4095,	   4097,
				       0x7fffffff, 0x80000000, 0xbfffffff, 0xc0000000,
				       0xc0000001, 0xfffff000, 0xfffff001, 0xffffffff };
	static const u32 starts[] = { 0,	  1,	      0x10000,	  0xbfffe000, 0xbffff000,
				      0xc0000000, 0xc0001000, 0xfffff000, 0xffffffff };
	struct range range = any_range(g, run);

	if (one_in(g, 2))
		range.len = lengths[below(g, G_N_ELEMENTS(lengths))];
	if (one_in(g, 4))
		range.start = starts[below(g, G_N_ELEMENTS(starts))];
	else if (one_in(g, 3))
		range.start += 1 + below(g, PAGE - 1);
	return range;
}

static struct range range_for(struct generator *g, const struct run *run)
{
	return one_in(g, 25) ? edge_range(g, run) : any_range(g, run);
}

/* Not below what the host or aspacefs let a process map. */
static u32 fixed_address(struct generator *g, const struct run *run)
{
	u32 addr = range_for(g, run).start;

	return MAX(addr, 0x10000);
}

/* ---- lines ---- */

typedef char *(*make_fn)(struct generator *g, const struct run *run);

static const char *any_prot(struct generator *g)
{
	return one_in(g, 3) ? PICK(g, "r--", "---", "r-x", "rwx", "-w-", "--x", "-wx") : "rw-";
}

static const char *any_file(struct generator *g)
{
	return PICK(g, "f0", "f1", "f1", "ro", "empty", "f1:ro", "f0:rw", "none");
}

static char *make_mmap(struct generator *g, const struct run *run)
{
	u32 len = one_in(g, 20) ? below(g, 64) << 20 : few_pages(g);
	const char *more = one_in(g, 4) ? PICK(g, ",noreserve", ",growsdown", ",populate",
					       ",locked", ",stack", ",denywrite", ",noreserve") :
					  "";

	if (*more == ',' && (more[1] == 'p' || more[1] == 'l'))
		len = MIN(len, LARGEST_TOUCHED);
	return g_strdup_printf("mmap 0 %u %s %s,anonymous%s", len, any_prot(g),
			       one_in(g, 5) ? "shared" : "private", more);
}

static char *make_mmap_at(struct generator *g, const struct run *run)
{
	struct range range = one_in(g, 2) ? range_for(g, run) :
					    (struct range){ free_address(g, run), few_pages(g) };
	const char *flags = PICK(g, "fixed", "fixed", "fixed", "fixed_noreplace", "private",
				 "growsdown", "growsdown,fixed", "noreserve,fixed");

	if (range.start - PAGE < 0xf000 && strstr(flags, "fixed"))
		range.start += 0x10000;
	return g_strdup_printf("mmap 0x%08x %u %s %s,anonymous,%s", range.start,
			       MIN(range.len, one_in(g, 30) ? 512u << 20 : 1u << 20), any_prot(g),
			       one_in(g, 6) ? "shared" : "private", flags);
}

static char *make_mmap_edge(struct generator *g, const struct run *run)
{
	struct range range = edge_range(g, run);

	if (range.start - PAGE < 0xf000)
		range.start = 0;
	return g_strdup_printf("mmap 0x%08x 0x%x %s %s,anonymous", range.start, range.len,
			       any_prot(g),
			       PICK(g, "private", "shared", "fixed", "private,fixed",
				    "private,shared", "shared,growsdown", "private,noreserve"));
}

static char *make_mmap_file(struct generator *g, const struct run *run)
{
	g_autofree char *where =
		one_in(g, 3) ? g_strdup_printf("0x%08x", any_range(g, run).start) : g_strdup("0");
	bool fixed = *where && where[1] && one_in(g, 2);

	if (fixed && strtoul(where, NULL, 0) < 0x10000)
		fixed = false;
	return g_strdup_printf("mmap %s %u %s %s%s%s %s %u", where, few_pages(g), any_prot(g),
			       one_in(g, 2) ? "private" : "shared", fixed ? ",fixed" : "",
			       one_in(g, 12) ? ",populate" : "", any_file(g),
			       one_in(g, 3) ? below(g, 20) * PAGE : 0);
}

static char *make_munmap(struct generator *g, const struct run *run)
{
	struct range range = range_for(g, run);

	return g_strdup_printf("munmap 0x%08x 0x%x", range.start, range.len);
}

static char *make_mprotect(struct generator *g, const struct run *run)
{
	struct range range = range_for(g, run);

	if (one_in(g, 60))
		return g_strdup_printf("mprotect 0x%08x 0x%x 0x%x", range.start, range.len,
				       1u << below(g, 26));
	return g_strdup_printf("mprotect 0x%08x 0x%x %s", range.start, range.len, any_prot(g));
}

static char *make_mremap(struct generator *g, const struct run *run)
{
	struct range range = range_for(g, run);
	u32 len = range.len;
	const char *flags = PICK(g, "maymove", "maymove", "0", "maymove,fixed", "maymove,fixed",
				 "maymove,dontunmap", "maymove,fixed,dontunmap", "fixed");
	g_autofree char *to = NULL;

	if (!strstr(flags, "dontunmap") || one_in(g, 8)) {
		switch (below(g, 4)) {
		case 0: break;
		case 1: len = few_pages(g); break;
		case 2: len += few_pages(g); break;
		default: len = len > PAGE ? len - PAGE : len + 1;
		}
	}
	if (one_in(g, 40))
		len = edge_range(g, run).len;
	if (one_in(g, 40))
		range.len = 0;
	to = strstr(flags, "fixed") || one_in(g, 8) ?
		     g_strdup_printf(" 0x%08x", fixed_address(g, run)) :
		     g_strdup("");
	return g_strdup_printf("mremap 0x%08x 0x%x 0x%x %s%s", range.start, range.len, len, flags,
			       to);
}

static char *make_brk(struct generator *g, const struct run *run)
{
	u32 base = run->home.image_end;

	if (one_in(g, 30))
		return g_strdup_printf("brk 0x%08x", edge_range(g, run).start);
	return g_strdup_printf("brk 0x%08x", base + below(g, 20 * PAGE));
}

static char *make_sbrk(struct generator *g, const struct run *run)
{
	int by = (int)below(g, 6 * PAGE) - (int)(2 * PAGE);

	return one_in(g, 4) ? g_strdup("sbrk 0") : g_strdup_printf("sbrk %d", by);
}

static char *make_load(struct generator *g, const struct run *run)
{
	struct range range = range_for(g, run);

	return g_strdup_printf("load 0x%08x %s", range.start + below(g, PAGE),
			       PICK(g, "1", "2", "4"));
}

static char *make_store(struct generator *g, const struct run *run)
{
	struct range range = range_for(g, run);
	u32 byte = 1 + below(g, 255);

	return g_strdup_printf("store 0x%08x 0x%02x 1", range.start + below(g, PAGE), byte);
}

static char *make_store_across(struct generator *g, const struct run *run)
{
	struct range range = any_range(g, run);

	return g_strdup_printf("store 0x%08x 0x%08x 4", range.start - below(g, 4), (u32)next(g));
}

static char *make_touch(struct generator *g, const struct run *run)
{
	const struct region *r = one_in(g, 3) ? any_region(g, run) : NULL;
	struct range range = small_range(g, run);
	const char *how = PICK(g, "r", "w", "w", "x");

	if (r)
		range = (struct range){ r->start, MIN(r->end - r->start, LARGEST_TOUCHED) };
	return g_strdup_printf("touch 0x%08x 0x%x %s", range.start, range.len, how);
}

static char *make_fetch(struct generator *g, const struct run *run)
{
	struct range range = range_for(g, run);

	return g_strdup_printf("fetch 0x%08x", range.start / PAGE * PAGE + below(g, PAGE - 15));
}

/* Bytes that count in a limit: all, or what is private and can be written. */
static u32 mapped(const struct run *run, const char *limit)
{
	bool all = strcmp(limit, "as") == 0;
	u32 bytes = all ? 0x30000 : 0x8000; /* about what the agent has */

	for (guint i = 0; i < run->regions->len; i++) {
		const struct region *r = &g_array_index(run->regions, struct region, i);

		if (all || (r->rights[1] == 'w' && r->rights[3] == 'p'))
			bytes += r->end - r->start;
	}
	return bytes;
}

static char *make_setrlimit(struct generator *g, const struct run *run)
{
	const char *which;
	u32 bytes;

	/* A stack without a limit would take over all that is free below it. */
	if (one_in(g, 4))
		return g_strdup_printf("setrlimit stack %s", PICK(g, "64K", "300K", "1M", "8M"));
	which = PICK(g, "as", "data", "memlock", "memlock");
	if (one_in(g, 3))
		return g_strdup_printf("setrlimit %s %s", which,
				       PICK(g, "unlimited", "8M", "0", "unlimited"));
	/* Near to what is there, so that it is met exactly now and then. */
	bytes = below(g, 40) * PAGE + below(g, 2) * 100;
	if (strcmp(which, "memlock"))
		bytes += mapped(run, which);
	return g_strdup_printf("setrlimit %s %u", which, bytes);
}

static char *make_child(const struct run *run, const char *how)
{
	for (unsigned k = 1; k < AGENT_CHANNELS; k++)
		if (!run->alive[k] && !run->parent[k])
			return g_strdup_printf("%s   #%u", how, k);
	return NULL;
}

static char *make_fork(struct generator *g, const struct run *run)
{
	return make_child(run, "fork");
}

static char *make_vfork(struct generator *g, const struct run *run)
{
	return make_child(run, "vfork");
}

static char *make_clone(struct generator *g, const struct run *run)
{
	return make_child(run, "clone vm");
}

static char *make_exit(struct generator *g, const struct run *run)
{
	unsigned living = 0;

	for (unsigned k = 1; k < AGENT_CHANNELS; k++)
		living += run->alive[k];
	return living > 2 ? g_strdup_printf("exit %u", below(g, 256)) : NULL;
}

static char *make_wait(struct generator *g, const struct run *run)
{
	return g_strdup("wait");
}

static char *make_madvise(struct generator *g, const struct run *run)
{
	struct range range = range_for(g, run);
	const char *advice =
		PICK(g, "normal", "random", "sequential", "willneed", "dontneed", "dontneed",
		     "dontneed", "free", "free", "remove", "remove", "dontfork", "dofork",
		     "dontdump", "dodump", "wipeonfork", "keeponfork", "cold", "cold", "pageout");

	if (strcmp(advice, "remove") == 0 && !one_in(g, 3))
		range = file_range(g, run);
	return g_strdup_printf("madvise 0x%08x 0x%x %s", range.start, range.len, advice);
}

static char *make_populate(struct generator *g, const struct run *run)
{
	struct range range = small_range(g, run);

	return g_strdup_printf("madvise 0x%08x 0x%x %s", range.start, range.len,
			       PICK(g, "populate_read", "populate_write"));
}

/* What is not private is unmapped by it, even where there is no swap. */
static char *make_pageout(struct generator *g, const struct run *run)
{
	struct range range = one_in(g, 3) ? small_range(g, run) : file_range(g, run);

	return g_strdup_printf("madvise 0x%08x 0x%x pageout", range.start, range.len);
}

static char *make_mlock(struct generator *g, const struct run *run)
{
	struct range range = one_in(g, 25) ? edge_range(g, run) : small_range(g, run);

	return g_strdup_printf("mlock 0x%08x 0x%x", range.start, range.len);
}

static char *make_mlock2(struct generator *g, const struct run *run)
{
	struct range range = small_range(g, run);

	return g_strdup_printf("mlock2 0x%08x 0x%x %s", range.start, range.len,
			       PICK(g, "onfault", "0", "2"));
}

static char *make_munlock(struct generator *g, const struct run *run)
{
	struct range range = range_for(g, run);

	return g_strdup_printf("munlock 0x%08x 0x%x", range.start, range.len);
}

static char *make_mlockall(struct generator *g, const struct run *run)
{
	return g_strdup_printf("mlockall %s",
			       PICK(g, "current", "future", "current,future", "current,onfault",
				    "future,onfault", "0", "onfault", "8"));
}

static char *make_munlockall(struct generator *g, const struct run *run)
{
	return g_strdup("munlockall");
}

static char *make_mincore(struct generator *g, const struct run *run)
{
	struct range range = one_in(g, 25) ? edge_range(g, run) : small_range(g, run);

	return g_strdup_printf("mincore 0x%08x 0x%x", range.start, range.len);
}

static char *make_msync(struct generator *g, const struct run *run)
{
	struct range range = range_for(g, run);

	return g_strdup_printf(
		"msync 0x%08x 0x%x %s", range.start, range.len,
		PICK(g, "async", "sync", "invalidate", "sync,invalidate", "0", "async,sync", "8"));
}

/* It touches all pages, as long as the range is a good one. */
static char *make_remap(struct generator *g, const struct run *run)
{
	struct range range = one_in(g, 4) ? range_for(g, run) : file_range(g, run);

	if (range.len < ADDRESS_END)
		range.len = MIN(range.len, LARGEST_TOUCHED);
	return g_strdup_printf("remap_file_pages 0x%08x 0x%x %s %u 0", range.start, range.len,
			       one_in(g, 10) ? "rw-" : "0", below(g, 20));
}

static char *make_shmget(struct generator *g, const struct run *run)
{
	if (one_in(g, 3))
		return g_strdup_printf("shmget 0 %u creat,0600", few_pages(g));
	return g_strdup_printf("shmget %u %u %s", 1 + below(g, 2),
			       one_in(g, 5) ? below(g, 3 * PAGE) : few_pages(g),
			       PICK(g, "creat,0600", "creat,0600", "creat,excl,0600", "0600",
				    "0400", "creat,0400", "0666"));
}

static char *make_shmat(struct generator *g, const struct run *run)
{
	g_autofree char *where =
		one_in(g, 3) ? g_strdup_printf("0x%08x", fixed_address(g, run)) : g_strdup("0");

	return g_strdup_printf("shmat %u %s %s", below(g, SEGMENTS), where,
			       PICK(g, "0", "0", "rdonly", "rnd", "remap", "rnd,rdonly"));
}

static char *make_shmdt(struct generator *g, const struct run *run)
{
	struct range range = one_in(g, 5) ? range_for(g, run) : named_range(g, run, "SYSV");

	return g_strdup_printf("shmdt 0x%08x", range.start);
}

static char *make_shmctl(struct generator *g, const struct run *run)
{
	return g_strdup_printf("shmctl %u %s", below(g, SEGMENTS),
			       PICK(g, "rmid", "rmid", "lock", "unlock"));
}

static char *make_truncate(struct generator *g, const struct run *run)
{
	return g_strdup_printf("truncate %s %u", PICK(g, "f0", "f1", "empty"),
			       one_in(g, 2) ? below(g, 24) * PAGE : below(g, 24 * PAGE));
}

static char *make_put(struct generator *g, const struct run *run)
{
	return g_strdup_printf("put %s %u %s", PICK(g, "f0", "f1"), below(g, 3 * PAGE),
			       PICK(g, "one", "three", "seventeen"));
}

static char *make_cat(struct generator *g, const struct run *run)
{
	return g_strdup_printf("cat %s %u %u", PICK(g, "f0", "f1", "empty"), below(g, 20 * PAGE),
			       1 + below(g, 4000));
}

/* ---- which ---- */

enum theme {
	ALWAYS = 0,
	ANONYMOUS = 1 << 0,
	PROTECTIONS = 1 << 1,
	MREMAP = 1 << 2,
	BRK = 1 << 3,
	FILES = 1 << 4,
	FORK = 1 << 5,
	SHM = 1 << 6,
	ADVICE = 1 << 7,
	LOCKS = 1 << 8,
	EDGES = 1 << 9,
	LIMITS = 1 << 10,
	TRUNCATE = 1 << 11,
	SHARED = 1 << 12, /* memory of several processes */
	EXECUTE = 1 << 13,
	NR_THEMES = 14,
};

struct maker {
	const char *command;
	u32 themes;
	u32 weight;
	make_fn make;
};

/* clang-format off */
static const struct maker makers[] = {
	{ "mmap", ALWAYS, 8, make_mmap },
	{ "mmap", ALWAYS, 6, make_mmap_at },
	{ "munmap", ALWAYS, 8, make_munmap },
	{ "load", ALWAYS, 5, make_load },
	{ "store", ALWAYS, 10, make_store },
	{ "store", ALWAYS, 1, make_store_across },
	{ "touch", ALWAYS, 8, make_touch },
	{ "mmap", EDGES, 4, make_mmap_edge },
	{ "mprotect", PROTECTIONS, 16, make_mprotect },
	{ "mprotect", EXECUTE, 4, make_mprotect },
	{ "fetch", EXECUTE, 8, make_fetch },
	{ "mremap", MREMAP, 16, make_mremap },
	{ "brk", BRK, 8, make_brk },
	{ "sbrk", BRK, 6, make_sbrk },
	{ "mmap", FILES, 16, make_mmap_file },
	{ "msync", FILES, 3, make_msync },
	{ "cat", FILES, 2, make_cat },
	{ "put", FILES, 2, make_put },
	{ "truncate", TRUNCATE, 3, make_truncate },
	{ "remap_file_pages", FILES, 3, make_remap },
	{ "fork", FORK, 5, make_fork },
	{ "vfork", SHARED, 1, make_vfork },
	{ "clone", SHARED, 3, make_clone },
	{ "exit", FORK | SHARED, 3, make_exit },
	{ "wait", FORK | SHARED, 3, make_wait },
	{ "madvise", ADVICE, 12, make_madvise },
	{ "madvise", ADVICE, 5, make_populate },
	{ "madvise", ADVICE, 3, make_pageout },
	{ "mincore", ADVICE, 4, make_mincore },
	{ "mlock", LOCKS, 6, make_mlock },
	{ "mlock2", LOCKS, 3, make_mlock2 },
	{ "munlock", LOCKS, 5, make_munlock },
	{ "mlockall", LOCKS, 2, make_mlockall },
	{ "munlockall", LOCKS, 2, make_munlockall },
	{ "setrlimit", LIMITS, 4, make_setrlimit },
	{ "shmget", SHM, 5, make_shmget },
	{ "shmat", SHM, 8, make_shmat },
	{ "shmdt", SHM, 4, make_shmdt },
	{ "shmctl", SHM, 2, make_shmctl },
	{ 0 }
};
/* clang-format on */

void generator_start(struct generator *g, u64 seed)
{
	*g = (struct generator){ .state = seed };
	next(g);
	for (unsigned i = 0; i < 4; i++)
		g->themes |= 1u << below(g, NR_THEMES);
	if (one_in(g, 6))
		g->themes = (1u << NR_THEMES) - 1;
}

static bool is_active(const struct generator *g, const struct run *run, const struct maker *m)
{
	if (m->themes && !(m->themes & g->themes))
		return false;
	return sim_knows(run->sim, m->command) || words_of_files(m->command);
}

static const struct maker *pick_maker(struct generator *g, const struct run *run)
{
	u32 sum = 0, at;
	const struct maker *m;

	for (m = makers; m->command; m++)
		sum += is_active(g, run, m) ? m->weight : 0;
	at = below(g, sum);
	for (m = makers; m->command; m++) {
		if (!is_active(g, run, m))
			continue;
		if (at < m->weight)
			break;
		at -= m->weight;
	}
	return m;
}

/* The line for a process that lives; its regions are run->regions. */
char *generate_line(struct generator *g, const struct run *run, unsigned process)
{
	g_autofree char *line = NULL;

	while (!line)
		line = pick_maker(g, run)->make(g, run);
	return process == 1 ? g_steal_pointer(&line) : g_strdup_printf("%u: %s", process, line);
}

/* Mostly the one that made the last step, else another one that lives. */
unsigned generate_process(struct generator *g, const struct run *run, unsigned last)
{
	unsigned k = last;

	if (run_can(run, last) && !one_in(g, 6))
		return last;
	for (unsigned n = 1 + below(g, AGENT_CHANNELS); n; n--)
		do
			k = k % (AGENT_CHANNELS - 1) + 1;
		while (!run_can(run, k));
	return k;
}

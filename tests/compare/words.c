/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of ctl as a system call of i386.  The names of flags are those of the manual
 * pages; numbers are theirs, too.
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "compare.h"

#define NR_SHMAT 397

struct name {
	const char *word;
	u32 bits;
};

/* clang-format off */
static const struct name map_flags[] = {
	{ "shared", 1 }, { "private", 2 }, { "shared_validate", 3 }, { "fixed", 0x10 },
	{ "anonymous", 0x20 }, { "growsdown", 0x100 }, { "denywrite", 0x800 }, { "locked", 0x2000 },
	{ "noreserve", 0x4000 }, { "populate", 0x8000 }, { "nonblock", 0x10000 },
	{ "stack", 0x20000 }, { "fixed_noreplace", 0x100000 }, {}
};
static const struct name mremap_flags[] = {
	{ "maymove", 1 }, { "fixed", 2 }, { "dontunmap", 4 }, {}
};
static const struct name msync_flags[] = {
	{ "async", 1 }, { "invalidate", 2 }, { "sync", 4 }, {}
};
static const struct name mlock_flags[] = { { "onfault", 1 }, {} };
static const struct name mlockall_flags[] = {
	{ "current", 1 }, { "future", 2 }, { "onfault", 4 }, {}
};
static const struct name advices[] = {
	{ "normal", 0 }, { "random", 1 }, { "sequential", 2 }, { "willneed", 3 },
	{ "dontneed", 4 }, { "free", 8 }, { "remove", 9 }, { "dontfork", 10 }, { "dofork", 11 },
	{ "dontdump", 16 }, { "dodump", 17 }, { "wipeonfork", 18 }, { "keeponfork", 19 },
	{ "cold", 20 }, { "pageout", 21 }, { "populate_read", 22 }, { "populate_write", 23 }, {}
};
static const struct name shm_flags[] = {
	{ "creat", 01000 }, { "excl", 02000 }, { "noreserve", 010000 }, {}
};
static const struct name shmat_flags[] = {
	{ "rdonly", 010000 }, { "rnd", 020000 }, { "remap", 040000 }, { "exec", 0100000 }, {}
};
static const struct name shm_commands[] = { { "rmid", 0 }, { "lock", 11 }, { "unlock", 12 }, {} };
static const struct name limits[] = {
	{ "data", 2 }, { "stack", 3 }, { "memlock", 8 }, { "as", 9 }, {}
};
/* clang-format on */

/* How a word becomes an argument. */
enum kind { END, NUMBER, PAGES, PROT, FLAGS, OPTIONAL };

struct call {
	const char *word;
	u32 nr;
	enum how_shown shown;
	enum kind kind[6];
	const struct name *flags;
};

/* clang-format off */
static const struct call calls[] = {
	{ "munmap", 91, SHOWN_OK, { NUMBER, NUMBER }, NULL },
	{ "mprotect", 125, SHOWN_OK, { NUMBER, NUMBER, PROT }, NULL },
	{ "mremap", 163, SHOWN_ADDRESS, { NUMBER, NUMBER, NUMBER, FLAGS, NUMBER }, mremap_flags },
	{ "brk", 45, SHOWN_ADDRESS, { NUMBER }, NULL },
	{ "msync", 144, SHOWN_OK, { NUMBER, NUMBER, FLAGS }, msync_flags },
	{ "madvise", 219, SHOWN_OK, { NUMBER, NUMBER, FLAGS }, advices },
	{ "mlock", 150, SHOWN_OK, { NUMBER, NUMBER }, NULL },
	{ "mlock2", 376, SHOWN_OK, { NUMBER, NUMBER, FLAGS }, mlock_flags },
	{ "munlock", 151, SHOWN_OK, { NUMBER, NUMBER }, NULL },
	{ "mlockall", 152, SHOWN_OK, { FLAGS }, mlockall_flags },
	{ "munlockall", 153, SHOWN_OK, { END }, NULL },
	{ "remap_file_pages", 257, SHOWN_OK, { NUMBER, NUMBER, PROT, NUMBER, FLAGS }, map_flags },
	{ "shmget", 395, SHOWN_NUMBER, { NUMBER, NUMBER, FLAGS }, shm_flags },
	{ "shmat", NR_SHMAT, SHOWN_ADDRESS, { NUMBER, NUMBER, FLAGS }, shmat_flags },
	{ "shmdt", 398, SHOWN_OK, { NUMBER }, NULL },
	{ "close", 6, SHOWN_OK, { NUMBER }, NULL },
	{}
};
/* clang-format on */

static bool bits_of(const struct name *table, const char *text, u32 *ret)
{
	g_auto(GStrv) words = g_strsplit(text, ",", -1);

	*ret = 0;
	for (char **word = words; *word; word++) {
		const struct name *n = table;
		u32 bits;

		if (g_ascii_isdigit(**word)) {
			if (!number_of(*word, &bits))
				return false;
			*ret |= bits;
			continue;
		}
		while (n->word && strcmp(n->word, *word))
			n++;
		if (!n->word)
			return false;
		*ret |= n->bits;
	}
	return true;
}

static bool prot_of(const char *text, u32 *ret)
{
	if (g_ascii_isdigit(*text))
		return number_of(text, ret);
	*ret = (strchr(text, 'r') ? 1u : 0) | (strchr(text, 'w') ? 2u : 0) |
	       (strchr(text, 'x') ? 4u : 0);
	return *text;
}

static bool one_argument(const struct call *call, enum kind kind, const char *text, u32 *ret)
{
	*ret = 0;
	if (!*text)
		return true;
	switch (kind) {
	case PROT: return prot_of(text, ret);
	case FLAGS: return bits_of(call->flags, text, ret);
	default: return number_of(text, ret);
	}
}

static bool plain(const struct call *call, const struct step *step, struct translated *t)
{
	t->shown = call->shown;
	t->segment_arg = call->nr == NR_SHMAT ? 1 : 0;
	t->request.arg[0] = call->nr;
	for (unsigned i = 0; i < 6 && call->kind[i] != END; i++)
		if (!one_argument(call, call->kind[i], step_word(step, i + 1),
				  &t->request.arg[i + 1]))
			return false;
	return true;
}

/* ---- commands that are not their arguments in a row ---- */

static bool mmap_call(const struct step *step, struct translated *t, int *error)
{
	u32 *a = t->request.arg, offset = 0;

	t->shown = SHOWN_ADDRESS;
	a[0] = 192;
	a[5] = (u32)-1;
	if (!number_of(step_word(step, 1), &a[1]) || !number_of(step_word(step, 2), &a[2]) ||
	    !prot_of(step_word(step, 3), &a[3]) || !bits_of(map_flags, step_word(step, 4), &a[4]))
		return false;
	if (*step_word(step, 6) && !number_of(step_word(step, 6), &offset))
		return false;
	t->file = *step_word(step, 5) ? step_word(step, 5) : NULL;
	t->file_arg = 5;
	a[6] = offset / PAGE;
	if (offset % PAGE)
		*error = EINVAL;
	return true;
}

static bool access_call(const struct step *step, struct translated *t)
{
	bool store = strcmp(step_word(step, 0), "store") == 0;
	const char *bytes = step_word(step, store ? 3 : 2);
	u32 *a = t->request.arg;

	t->request.op = store ? AGENT_STORE : AGENT_LOAD;
	t->shown = store ? SHOWN_OK : SHOWN_VALUE;
	t->request.answer = 4;
	a[1] = 4;
	if (*bytes && !number_of(bytes, &a[1]))
		return false;
	t->bits = a[1];
	return number_of(step_word(step, 1), &a[0]) &&
	       (!store || number_of(step_word(step, 2), &a[2]));
}

static bool touch_call(const struct step *step, struct translated *t)
{
	u32 *a = t->request.arg;

	t->request.op = AGENT_TOUCH;
	t->shown = SHOWN_TOUCHED;
	a[2] = strcmp(step_word(step, 3), "w") == 0 ? TOUCH_WRITE :
	       strcmp(step_word(step, 3), "x") == 0 ? TOUCH_FETCH :
						      TOUCH_READ;
	return number_of(step_word(step, 1), &a[0]) && number_of(step_word(step, 2), &a[1]);
}

static bool fetch_call(const struct step *step, struct translated *t)
{
	t->request.op = AGENT_FETCH;
	t->shown = SHOWN_OK;
	return number_of(step_word(step, 1), &t->request.arg[0]);
}

static bool mincore_call(const struct step *step, struct translated *t)
{
	u32 *a = t->request.arg;

	a[0] = 218;
	t->request.pointers = 1 << 3;
	t->shown = SHOWN_BITS;
	if (!number_of(step_word(step, 1), &a[1]) || !number_of(step_word(step, 2), &a[2]))
		return false;
	t->bits = (u32)(((u64)a[2] + PAGE - 1) / PAGE);
	if (t->bits > AGENT_DATA / 2)
		return false;
	t->request.answer = t->bits;
	return true;
}

static bool setrlimit_call(const struct step *step, struct translated *t)
{
	u32 *limit = (u32 *)t->request.data, *which = &t->request.arg[1];
	struct rlimit hard;

	t->request.arg[0] = 75;
	t->request.pointers = 1 << 2;
	t->data_bytes = 8;
	limit[0] = limit[1] = UINT32_MAX;
	if (!bits_of(limits, step_word(step, 1), which))
		return false;
	/* Only root, and not always, can raise a hard limit: the agent keeps this program's. */
	if (getrlimit(*which, &hard) == 0 && hard.rlim_max < UINT32_MAX)
		limit[1] = (u32)hard.rlim_max;
	return (strcmp(step_word(step, 2), "unlimited") == 0 ||
		number_of(step_word(step, 2), &limit[0]));
}

static bool shmctl_call(const struct step *step, struct translated *t)
{
	t->request.arg[0] = 396;
	t->segment_arg = 1;
	t->request.pointers = 1 << 3;
	return number_of(step_word(step, 1), &t->request.arg[1]) &&
	       bits_of(shm_commands, step_word(step, 2), &t->request.arg[2]);
}

bool words_translate(const struct step *step, struct translated *ret, int *ret_error)
{
	const char *word = step_word(step, 0);

	memset(ret, 0, offsetof(struct translated, request.data));
	memset((char *)ret + offsetof(struct translated, data_bytes), 0,
	       sizeof(*ret) - offsetof(struct translated, data_bytes));
	*ret_error = 0;
	for (const struct call *call = calls; call->word; call++)
		if (strcmp(call->word, word) == 0)
			return plain(call, step, ret);
	if (strcmp(word, "mmap") == 0)
		return mmap_call(step, ret, ret_error);
	if (strcmp(word, "load") == 0 || strcmp(word, "store") == 0)
		return access_call(step, ret);
	if (strcmp(word, "touch") == 0)
		return touch_call(step, ret);
	if (strcmp(word, "fetch") == 0)
		return fetch_call(step, ret);
	if (strcmp(word, "mincore") == 0)
		return mincore_call(step, ret);
	if (strcmp(word, "setrlimit") == 0)
		return setrlimit_call(step, ret);
	return strcmp(word, "shmctl") == 0 && shmctl_call(step, ret);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Signatures at work: missing and extra words, wrong ones of each kind, and hints. */
#include "fs/ctl/signature.h"
#include "fs_world.h"

struct row {
	u32 pid;
	const char *line;
	const char *reply; /* how it begins */
};

/* clang-format off */
static const struct row rows[] = {
	{ 1, "munmap", "EINVAL: munmap: ADDR is missing: munmap ADDR LEN" },
	{ 1, "munmap 0x40000000", "EINVAL: munmap: LEN is missing: munmap ADDR LEN" },
	{ 1, "munmap 1 2 3", "EINVAL: munmap: too many words: munmap ADDR LEN" },
	{ 1, "fork 1", "EINVAL: fork: too many words: fork" },
	{ 1, "load", "EINVAL: load: ADDR is missing: load ADDR [1|2|4]" },
	{ 1, "load 0x08048000 3", "EINVAL: load: 3 is none of 1|2|4" },
	{ 1, "munmap x 4K", "EINVAL: munmap: ADDR: x is not a number" },
	{ 1, "munmap -1 4K", "EINVAL: munmap: ADDR: -1 is negative" },
	{ 1, "munmap 0 0x100000000", "EINVAL: munmap: LEN: 0x100000000 is larger than 0xffffffff" },
	{ 1, "munmap '' 4K", "EINVAL: munmap: ADDR: '' is not a number" },
	{ 1, "mmap 0 4K rwq private,anonymous", "EINVAL: mmap: PROT: rwq is unknown\n\tknown:" },
	{ 1, "mmap 0 4K rw- anonimous",
	  "EINVAL: mmap: FLAGS: anonimous is unknown\n\tknown: private" },
	{ 1, "mmap 0 4K rw- private a 0 9", "EINVAL: mmap: too many words" },
	{ 1, "explain 0 q", "EINVAL: explain: q is none of r|w|x" },
	{ 1, "setrlimit as", "EINVAL: setrlimit: VALUE|unlimited is missing" },
	{ 1, "setrlimit bs 1", "EINVAL: setrlimit: bs is none of as|data|stack|memlock" },
	{ 1, "setrlimit as x", "EINVAL: setrlimit: VALUE: x is not a number" },
	{ 1, "setrlimit as -1", "EINVAL: setrlimit: VALUE -1 is negative" },
	{ 1, "setrlimit as unlimited", "ok" },
	{ 1, "setrlimit as 4294967295", "ok" },
	{ 1, "onfault", "EINVAL: onfault: report|die is missing" },
	{ 1, "onfault bogus", "EINVAL: onfault: bogus is none of report|die" },
	{ 1, "sbrk 4G", "EINVAL: sbrk: INCREMENT: 4G is larger than 0xffffffff" },
	{ 1, "sbrk -3G", "EINVAL: sbrk: INCREMENT: -3G is less than -0x80000000" },
	{ 1, "exec", "EINVAL: exec: FILE is missing" },
	{ 1, "open init bogus", "EINVAL: open: bogus is none of ro|wo|rw" },
	{ 1, "regs eax", "EINVAL: regs: eax is no NAME=VALUE of a register\n\tknown: eip" },
	{ 1, "regs cr3=1", "EINVAL: regs: cr3=1 is no NAME=VALUE" },
	{ 1, "regs eax=x", "EINVAL: regs: eax: x is not a number" },
	{ 1, "regs cs=0x10000", "EINVAL: regs: cs has 16 bits" },
	{ 0, "alloc_pages 0 kernel,nonsense",
	  "EINVAL: alloc_pages: GFP: nonsense is unknown\n\tknown: kernel" },
	{ 0, "alloc_pages -1", "EINVAL: alloc_pages: ORDER: -1 is negative" },
	{ 0, "check 1", "EINVAL: check: too many words: check" },
	{ 0, "kmem_cache_create x", "EINVAL: kmem_cache_create: SIZE is missing" },
};
/* clang-format on */

START_TEST(says_what_is_wrong)
{
	const struct row *row = &rows[_i];
	g_autofree char *reply = say(row->pid, row->line);

	ck_assert_msg(g_str_has_prefix(reply, row->reply), "%s: %s", row->line, reply);
	ck_assert_int_eq(world.error, row->reply[0] == 'E' ? -EINVAL : 0);
}
END_TEST

static void hints(const char *line, const char *hint)
{
	g_autofree char *reply = say(1, line);

	ck_assert_msg(hint ? strstr(reply, hint) != NULL : !strchr(reply, '?'), "%s: %s", line,
		      reply);
}

START_TEST(hint_for_a_missing_0x)
{
	g_autofree char *frame = NULL, *line = NULL, *reply = NULL;

	says(1, "mmap 0x40000000 4K rw- private,anonymous,fixed", "0x40000000");
	hints("load 40000000", " (0x40000000?)");
	hints("store 40000ffc 1", " (0x40000ffc?)");
	hints("load bffff000", " (0xbffff000?)");
	hints("munmap 40000000 4K", " (0x40000000?)");
	hints("load 50000000", NULL);
	hints("load 0x50000000", NULL);
	hints("store 0x50000000 40000000", NULL); /* not an address */
	frame = say(0, "alloc_pages 0");
	ck_assert(!strncmp(frame, "0x", 2));
	line = g_strdup_printf("__free_pages %s 0", frame + 2);
	reply = say(0, line);
	ck_assert_ptr_nonnull(strstr(reply, frame));
	ck_assert_ptr_nonnull(strstr(reply, "?)"));
}
END_TEST

START_TEST(knows_its_kinds)
{
	ck_assert(signature_has("ADDR LEN [FILE [OFFSET]]", "OFFSET"));
	ck_assert(signature_has("[FILE [ARG ...]]", "FILE"));
	ck_assert(!signature_has("ADDR LEN", "PROT"));
	ck_assert(!signature_has("", "FILE"));
}
END_TEST

int main(void)
{
	TCase *tcase = world_tcase();

	tcase_add_loop_test(tcase, says_what_is_wrong, 0, ARRAY_SIZE(rows));
	tcase_add_test(tcase, hint_for_a_missing_0x);
	tcase_add_test(tcase, knows_its_kinds);
	return run_suite("ctl_signature", tcase);
}

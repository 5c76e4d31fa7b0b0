/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of words, one row each, and the two ways through them.
 */
#include <string.h>

#include "mm/gfp.h"
#include "mm/mman.h"
#include "names.h"
#include "number.h"

const struct ctl_name map_flag_names[] = {
	{ "private", MAP_PRIVATE },
	{ "shared", MAP_SHARED },
	{ "shared_validate", MAP_SHARED_VALIDATE },
	{ "fixed", MAP_FIXED },
	{ "fixed_noreplace", MAP_FIXED_NOREPLACE },
	{ "anonymous", MAP_ANONYMOUS },
	{ "growsdown", MAP_GROWSDOWN },
	{ "locked", MAP_LOCKED },
	{ "noreserve", MAP_NORESERVE },
	{ "populate", MAP_POPULATE },
	{ "nonblock", MAP_NONBLOCK },
	{ "stack", MAP_STACK },
	{ "denywrite", MAP_DENYWRITE },
	{ NULL, 0 },
};

const struct ctl_name gfp_names[] = {
	{ "kernel", GFP_KERNEL },
	{ "atomic", GFP_ATOMIC },
	{ "user", GFP_USER },
	{ "highuser", GFP_HIGHUSER },
	{ "dma", __GFP_DMA },
	{ "dma32", 0 }, /* all of Normal lies below 4 GiB */
	{ "zero", __GFP_ZERO },
	{ "nowait", GFP_NOWAIT },
	{ "nofail", __GFP_NOFAIL },
	{ "norepeat", __GFP_NORETRY },
	{ NULL, 0 },
};

const struct ctl_name vm_flag_names[] = {
	{ "read", VM_READ },
	{ "write", VM_WRITE },
	{ "exec", VM_EXEC },
	{ "shared", VM_SHARED },
	{ "mayread", VM_MAYREAD },
	{ "maywrite", VM_MAYWRITE },
	{ "mayexec", VM_MAYEXEC },
	{ "mayshare", VM_MAYSHARE },
	{ "growsdown", VM_GROWSDOWN },
	{ "denywrite", VM_DENYWRITE },
	{ "locked", VM_LOCKED },
	{ "seq_read", VM_SEQ_READ },
	{ "rand_read", VM_RAND_READ },
	{ "dontcopy", VM_DONTCOPY },
	{ "dontexpand", VM_DONTEXPAND },
	{ "lockonfault", VM_LOCKONFAULT },
	{ "account", VM_ACCOUNT },
	{ "noreserve", VM_NORESERVE },
	{ "wipeonfork", VM_WIPEONFORK },
	{ "dontdump", VM_DONTDUMP },
	{ "nohugepage", VM_NOHUGEPAGE },
	{ NULL, 0 },
};

void names_list(const struct ctl_name *table, GString *out)
{
	for (const struct ctl_name *n = table; n->word; n++)
		g_string_append_printf(out, "%s%s", n == table ? "" : " ", n->word);
}

void names_print(const struct ctl_name *table, u32 bits, GString *out)
{
	const char *between = "";

	for (const struct ctl_name *n = table; n->word; n++) {
		if (!n->bits || (bits & n->bits) != n->bits)
			continue;
		g_string_append_printf(out, "%s%s", between, n->word);
		between = " ";
		bits &= ~n->bits;
	}
	if (bits)
		g_string_append_printf(out, "%s0x%x", between, bits);
}

static char *unknown_word(const struct ctl_name *table, const char *word)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "%s is unknown\n\tknown: ", shown(word));
	names_list(table, text);
	g_string_append(text, ", or a number");
	return g_string_free(text, FALSE);
}

/* A number; of a table of modes, an octal one with or without its zero. */
static bool bits_parse(const char *word, bool octal, u32 *ret)
{
	g_autofree char *text = g_strconcat(octal ? "0" : "", word, NULL);

	if (octal && word[strspn(word, "01234567")])
		return number_parse_u32(word, ret) == NULL && word[0] == '0';
	return number_parse_u32(text, ret) == NULL;
}

static bool name_find(const struct ctl_name *table, const char *word, u32 *ret)
{
	const struct ctl_name *n = table;

	for (; n->word; n++) {
		if (strcmp(n->word, word) == 0) {
			*ret = n->bits;
			return true;
		}
	}
	return bits_parse(word, n->bits == NAMES_OCTAL, ret);
}

char *names_parse(const struct ctl_name *table, const char *text, u32 *ret)
{
	char **words = g_strsplit(text, ",", -1);
	u32 bits = 0, one = 0;
	char *wrong = NULL;

	for (char **word = words; *word && !wrong; word++) {
		if (name_find(table, *word, &one))
			bits |= one;
		else
			wrong = unknown_word(table, *word);
	}
	if (!words[0])
		wrong = unknown_word(table, "");
	if (!wrong)
		*ret = bits;
	g_strfreev(words);
	return wrong;
}

char *prot_parse(const char *text, u32 *ret)
{
	static const char letters[] = "rwx";
	u32 bits = 0, next = 0;
	const char *t = text;

	if (g_ascii_isdigit(*t) && !number_parse_u32(t, ret))
		return NULL;
	for (; *t && t - text < 3; t++) {
		const char *letter = strchr(letters + next, *t);

		if (!letter && *t != '-')
			break;
		if (!letter)
			continue;
		bits |= 1u << (letter - letters);
		next = (u32)(letter - letters) + 1;
	}
	if (*t || t == text)
		return g_strdup_printf("%s is unknown\n\tknown: rwx with - for what is missing "
				       "(rw-, r--, ---), or a number",
				       shown(text));
	*ret = bits;
	return NULL;
}

const char *errno_name(int error)
{
	const char *name = strerrorname_np(-error);

	return name ? name : "EIO";
}

const char *shown(const char *word)
{
	static _Thread_local char text[64];
	size_t n = 0;

	for (; word[n] && n < sizeof(text) - 4; n++)
		text[n] = g_ascii_isgraph(word[n]) || word[n] == ' ' ? word[n] : '?';
	strcpy(text + n, word[n] ? "..." : n ? "" : "''");
	return text;
}

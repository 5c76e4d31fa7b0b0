/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reading of signatures, and of words by the kinds they name.
 */
#include <errno.h>
#include <string.h>

#include "mm/handout.h"
#include "number.h"
#include "signature.h"

enum kind {
	KIND_NUMBER,
	KIND_WORD, /* 32 bits of a program, signed or not */
	KIND_OFFSET, /* of a file: arg.wide */
	KIND_ADDRESS,
	KIND_FRAME,
	KIND_PROT,
	KIND_FLAGS,
	KIND_GFP,
	KIND_TEXT
};

struct kind_name {
	const char *name;
	enum kind kind;
};

/* clang-format off */
static const struct kind_name kinds[] = {
	{ "ADDR", KIND_ADDRESS },
	{ "OLD", KIND_ADDRESS },
	{ "NEW", KIND_ADDRESS },
	{ "START", KIND_ADDRESS },
	{ "END", KIND_ADDRESS },
	{ "PFN", KIND_FRAME },
	{ "PROT", KIND_PROT },
	{ "FLAGS", KIND_FLAGS },
	{ "GFP", KIND_GFP },
	{ "INCREMENT", KIND_WORD },
	{ "KEY", KIND_WORD },
	{ "ID", KIND_NUMBER },
	{ "ADVICE", KIND_FLAGS },
	{ "OLDLEN", KIND_NUMBER },
	{ "NEWLEN", KIND_NUMBER },
	{ "PGOFF", KIND_NUMBER },
	{ "LEN", KIND_NUMBER },
	{ "OFFSET", KIND_OFFSET },
	{ "SIZE", KIND_NUMBER },
	{ "ALIGN", KIND_NUMBER },
	{ "ORDER", KIND_NUMBER },
	{ "VALUE", KIND_WORD },
	{ "STATUS", KIND_NUMBER },
	{ "PRIO", KIND_WORD },
	{ "PID", KIND_NUMBER },
	{ "CPU", KIND_NUMBER },
	{ "FD", KIND_NUMBER },
};
/* clang-format on */

/* Any other word in capitals (FILE, ARG, NAME ...) stands for a text. */
static enum kind kind_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return kinds[i].kind;
	return KIND_TEXT;
}

/* One word of a signature. */
struct item {
	char name[40];
	bool optional, repeats;
};

/* The item at *at, which moves behind it; false at the end. */
static bool next_item(const char **at, struct item *item)
{
	static const char between[] = " []";
	size_t len;

	item->optional = false;
	for (; **at && strchr(between, **at); (*at)++)
		item->optional |= **at == '[';
	len = strcspn(*at, between);
	if (!len)
		return false;
	g_assert(len < sizeof(item->name));
	memcpy(item->name, *at, len);
	item->name[len] = '\0';
	*at += len;
	item->repeats = g_str_has_prefix(*at, " ...");
	if (item->repeats)
		*at += 4;
	return true;
}

static int wrong_words(struct ctl_call *call, const char *what)
{
	const struct ctl_command *c = call->command;

	return ctl_fail(call, -EINVAL, "%s: %s%s%s", what, c->word, *c->signature ? " " : "",
			c->signature);
}

static int wrong_word(struct ctl_call *call, const char *name, char *message)
{
	int error = ctl_fail(call, -EINVAL, "%s: %s", name, message);

	g_free(message);
	return error;
}

static char *parse_number(enum kind kind, struct ctl_arg *arg)
{
	bool is_signed = kind == KIND_WORD && *arg->text == '-';
	const char *wrong = kind == KIND_OFFSET ? number_parse_u64(arg->text, &arg->wide) :
			    is_signed		? number_parse_s32(arg->text, (s32 *)&arg->value) :
						  number_parse_u32(arg->text, &arg->value);

	return wrong ? g_strdup_printf("%s %s", shown(arg->text), wrong) : NULL;
}

static int parse_kind(struct ctl_call *call, const char *name, struct ctl_arg *arg)
{
	enum kind kind = kind_of(name);
	char *wrong = NULL;

	switch (kind) {
	case KIND_TEXT: break;
	case KIND_PROT: wrong = prot_parse(arg->text, &arg->value); break;
	case KIND_FLAGS: wrong = names_parse(call->command->names, arg->text, &arg->value); break;
	case KIND_GFP: wrong = names_parse(gfp_names, arg->text, &arg->value); break;
	default: wrong = parse_number(kind, arg);
	}
	return wrong ? wrong_word(call, name, wrong) : 0;
}

/* @choice is "a|b|C": a word of it, or what the kind in capitals allows. */
static int parse_choice(struct ctl_call *call, const char *choice, struct ctl_arg *arg)
{
	char **words = g_strsplit(choice, "|", -1);
	const char *kind = NULL;
	int error = -EINVAL;

	for (u32 i = 0; words[i] && error; i++) {
		if (g_ascii_isupper(*words[i]))
			kind = words[i];
		if (strcmp(words[i], arg->text))
			continue;
		error = 0;
		if (number_parse_u32(words[i], &arg->value))
			arg->value = i;
	}
	if (error && kind)
		error = parse_kind(call, kind, arg);
	else if (error)
		ctl_fail(call, error, "%s is none of %s", shown(arg->text), choice);
	g_strfreev(words);
	return error;
}

static int parse_item(struct ctl_call *call, const struct item *item, struct ctl_arg *arg)
{
	return strchr(item->name, '|') ? parse_choice(call, item->name, arg) :
					 parse_kind(call, item->name, arg);
}

int signature_parse(struct ctl_call *call)
{
	const char *at = call->command->signature;
	char **word = call->words + 1;
	struct ctl_arg *arg = call->arg;
	struct item item;
	int error;

	for (; next_item(&at, &item); arg++) {
		g_assert(arg < call->arg + CTL_ARGS_MAX);
		if (!*word && item.optional)
			return 0;
		if (!*word) {
			g_autofree char *what = g_strdup_printf("%s is missing", item.name);
			return wrong_words(call, what);
		}
		arg->text = *word;
		error = parse_item(call, &item, arg);
		if (error || item.repeats)
			return error;
		word++;
	}
	return *word ? wrong_words(call, "too many words") : 0;
}

static bool is_there(const struct ctl_call *call, enum kind kind, u32 value)
{
	struct vm_area_struct *vma;

	if (kind == KIND_FRAME)
		return handout_find(call->m, (u64)value << PAGE_SHIFT);
	if (!call->task)
		return value >= PAGE_OFFSET && (handout_find(call->m, value - PAGE_OFFSET) ||
						handout_find_linear(call->m, value));
	vma = call_mm(call) ? find_vma_quiet(call_mm(call), value) : NULL;
	return vma && vma->vm_start <= value;
}

bool signature_hint(const struct ctl_call *call, GString *out)
{
	const char *at = call->command->signature;
	char **word = call->words + 1;
	struct item item;

	for (; *word && next_item(&at, &item); word++) {
		enum kind kind = kind_of(item.name);
		u32 value;

		if (kind != KIND_ADDRESS && kind != KIND_FRAME)
			continue;
		if (!number_as_hex(*word, &value) || !is_there(call, kind, value))
			continue;
		g_string_append_printf(out, " (0x%0*x?)", kind == KIND_FRAME ? 5 : 8, value);
		return true;
	}
	return false;
}

bool signature_has(const char *signature, const char *kind)
{
	struct item item;

	while (next_item(&signature, &item))
		if (strcmp(item.name, kind) == 0)
			return true;
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FILE arguments: names below files/, opened anew by each command, and descriptors.
 */
#include <errno.h>
#include <string.h>

#include "../disk.h"
#include "command.h"
#include "number.h"

struct file_mode {
	const char *suffix;
	unsigned mode;
};

static const struct file_mode file_modes[] = {
	{ ":ro", FMODE_READ },
	{ ":wo", FMODE_WRITE },
	{ ":rw", FMODE_READ | FMODE_WRITE },
};

/* @text without its :ro, :wo or :rw, which sets *mode (g_free). */
static char *split_mode(const char *text, unsigned *mode)
{
	for (size_t i = 0; i < ARRAY_SIZE(file_modes); i++) {
		if (!g_str_has_suffix(text, file_modes[i].suffix))
			continue;
		*mode = file_modes[i].mode;
		return g_strndup(text, strlen(text) - strlen(file_modes[i].suffix));
	}
	return g_strdup(text);
}

static int open_descriptor(struct ctl_call *call, const char *text, struct file **ret)
{
	u32 fd;

	if (number_parse_u32(text, &fd))
		return ctl_fail(call, -EINVAL, "FILE: fd:%s is not a number", shown(text));
	*ret = call->task ? fget(call->task, fd) : NULL;
	return *ret ? 0 : ctl_fail(call, -EBADF, "fd:%u is not open", fd);
}

int ctl_open_file(struct ctl_call *call, const char *text, unsigned mode, struct file **ret)
{
	u32 uid = call->task ? call->task->uid : call->caller->uid;
	u32 gid = call->task ? call->task->gid : call->caller->gid;
	g_autofree char *path = NULL;
	int error;

	if (g_str_has_prefix(text, "fd:"))
		return open_descriptor(call, text + 3, ret);
	path = split_mode(text, &mode);
	error = disk_open(call->fs, path, mode, uid, gid, ret);
	return error ? ctl_fail(call, error, "%s: %s", shown(path), g_strerror(-error)) : 0;
}

static char *file_name(struct ctl_call *call, const char *text, const struct file *file)
{
	unsigned mode;

	if (g_str_has_prefix(text, "fd:"))
		return g_strdup(file_path(call->fs, file));
	return split_mode(text, &mode);
}

const char *const *ctl_file_argv(struct ctl_call *call, const struct file *file)
{
	char *name = file_name(call, call->words[1], file);

	g_free(call->words[1]);
	call->words[1] = name;
	call->arg[0].text = name;
	return (const char *const *)call->words + 1;
}

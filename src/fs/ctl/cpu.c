/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a processor does for a program: one access each, in user mode on its CPU, with this
 * process's tables loaded.  And the registers that a stopped program has.
 */
#include <errno.h>
#include <string.h>

#include "../fatal.h"
#include "../proc/regs.h"
#include "command.h"
#include "mm/access.h"
#include "number.h"

/* The reason of a failed access is the fault it ended in.  The process may die of it. */
static int accessed(struct ctl_call *call, int error)
{
	const struct fault_record *r = &call->task->fault;
	const struct fault_branch_name *branch = &fault_branch_names[r->branch];

	if (!error)
		return 0;
	if (r->error == -error)
		ctl_fail(call, error, "0x%08x: %s (%s)", r->address, branch->words, branch->place);
	if (fatal_access(call->fs, call->task, error)) {
		g_string_append(call->why, ", and the process is dead");
		call->task = NULL;
	}
	return error;
}

static int access_one(struct ctl_call *call, u32 *value, u32 bytes, enum access access)
{
	run_task(call->m, call->task);
	return accessed(call, access_word(call->m, call->task, call->arg[0].value, value, bytes,
					  access, FAULT_USER));
}

static u32 size_or(const struct ctl_arg *arg, u32 otherwise)
{
	return arg->text ? arg->value : otherwise;
}

static int ctl_load(struct ctl_call *call)
{
	u32 bytes = size_or(&call->arg[1], 4), value = 0;
	int error = access_one(call, &value, bytes, ACCESS_READ);

	if (!error)
		g_string_printf(call->reply, "0x%0*x", (int)(2 * bytes), value);
	return error;
}

static int ctl_store(struct ctl_call *call)
{
	u32 bytes = size_or(&call->arg[2], 4), value = call->arg[1].value;

	if (!number_fits(value, *call->arg[1].text == '-', bytes))
		return ctl_fail(call, -EINVAL, "VALUE %s has more than %u bytes", call->arg[1].text,
				bytes);
	return access_one(call, &value, bytes, ACCESS_WRITE);
}

static int ctl_fetch(struct ctl_call *call)
{
	u32 value = 0;

	return access_one(call, &value, 1, ACCESS_FETCH);
}

static int ctl_touch(struct ctl_call *call)
{
	static const enum access accesses[] = { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH };
	const struct ctl_arg *arg = call->arg;
	enum access access = arg[2].text ? accesses[arg[2].value] : ACCESS_READ;
	u32 faults;
	int error;

	run_task(call->m, call->task);
	error = touch_range(call->m, call->task, arg[0].value, arg[1].value, access, &faults);
	if (error)
		return accessed(call, error);
	g_string_printf(call->reply, "%u", faults);
	return 0;
}

static int ctl_push(struct ctl_call *call)
{
	run_task(call->m, call->task);
	return accessed(call, push_word(call->m, call->task, call->arg[0].value));
}

static int ctl_pop(struct ctl_call *call)
{
	u32 value;
	int error;

	run_task(call->m, call->task);
	error = accessed(call, pop_word(call->m, call->task, &value));
	if (!error)
		g_string_printf(call->reply, "0x%08x", value);
	return error;
}

/* ---- regs NAME=VALUE ... ---- */

static const struct reg_name *reg_find(const char *name, size_t len)
{
	for (const struct reg_name *reg = reg_names; reg->name; reg++)
		if (strlen(reg->name) == len && memcmp(reg->name, name, len) == 0)
			return reg;
	return NULL;
}

static int no_register(struct ctl_call *call, const char *word)
{
	g_autoptr(GString) known = g_string_new(NULL);

	for (const struct reg_name *reg = reg_names; reg->name; reg++)
		g_string_append_printf(known, " %s", reg->name);
	return ctl_fail(call, -EINVAL, "%s is no NAME=VALUE of a register\n\tknown:%s", shown(word),
			known->str);
}

/* Put the VALUE of @word into @regs. */
static int set_register(struct ctl_call *call, const char *word, struct pt_regs *regs)
{
	const char *equals = strchr(word, '=');
	const struct reg_name *reg = equals ? reg_find(word, (size_t)(equals - word)) : NULL;
	const char *wrong;
	u32 value;

	if (!reg)
		return no_register(call, word);
	wrong = number_parse_u32(equals + 1, &value);
	if (wrong)
		return ctl_fail(call, -EINVAL, "%s: %s %s", reg->name, shown(equals + 1), wrong);
	if (reg->size == 2 && value > 0xffff)
		return ctl_fail(call, -EINVAL, "%s has 16 bits", reg->name);
	reg_set(regs, reg, value);
	return 0;
}

static void print_registers(struct ctl_call *call)
{
	const struct task_struct *task = call->task;

	for (const struct reg_name *reg = reg_names; reg->name; reg++)
		g_string_append_printf(call->reply, "%s=0x%0*x ", reg->name, 2 * reg->size,
				       reg_get(&task->regs, reg));
	g_string_append_printf(call->reply, "cr2=0x%08x cr3=0x%08x", task->cr2, task_cr3(task));
}

/* All of them or, where one word is wrong, none. */
static int ctl_regs(struct ctl_call *call)
{
	struct pt_regs regs = call->task->regs;

	if (!call->words[1])
		print_registers(call);
	for (char **word = call->words + 1; *word; word++) {
		int error = set_register(call, *word, &regs);

		if (error)
			return error;
	}
	call->task->regs = regs;
	return 0;
}

static const char access_errors[] = "EFAULT no region there, or the stack may not grow so far\n"
				    "EACCES the region forbids it\n"
				    "EIO behind the end of the mapped file\n"
				    "ENOMEM no frame is left";

/* clang-format off */
const struct ctl_command ctl_cpu_commands[] = {
	{ "load", "ADDR [1|2|4]", ctl_load, "read so many bytes -> value", access_errors },
	{ "store", "ADDR VALUE [1|2|4]", ctl_store, "write so many bytes", access_errors },
	{ "fetch", "ADDR", ctl_fetch, "fetch an instruction", access_errors },
	{ "touch", "ADDR LEN [r|w|x]", ctl_touch,
	  "access one byte in each page, w stores what is there -> pages faulted", access_errors },
	{ "push", "VALUE", ctl_push, "store below esp", access_errors },
	{ "pop", "", ctl_pop, "load from esp -> value", access_errors },
	{ "regs", "[NAME=VALUE ...]", ctl_regs, "set registers; alone -> all of them",
	  "EINVAL no such register; the value does not fit", .no_mm = true },
	{}
};
/* clang-format on */

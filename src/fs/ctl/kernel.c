/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel does: accesses in kernel mode for a process, noncontiguous memory areas,
 * kernel threads, and who runs.  ULK ch. 8, "Noncontiguous Memory Area Management"; ch. 9,
 * "Page Fault Exception Handler"; ch. 3, "Kernel Threads".
 */
#include <errno.h>
#include <string.h>

#include "../fatal.h"
#include "alloc.h"
#include "mm/uaccess.h"
#include "mm/vmalloc.h"
#include "number.h"

/* ---- accesses ---- */

#define COPY_MAX 16384u /* bytes of one copy: a reply holds two digits for each */

/* The reason of a failed access: its fault, or why there was none.  An oops may be deadly. */
static int kernel_accessed(struct ctl_call *call, int error, u64 jiffies)
{
	const struct fault_record *r = &call->task->fault;
	const struct fault_branch_name *branch = &fault_branch_names[r->branch];
	bool oops = r->branch == FB_OOPS && r->error && r->jiffies == jiffies;

	if (!error)
		return 0;
	if (error == -EPERM)
		return ctl_fail(call, error, "these bytes are not a user's nor handed out");
	if (r->jiffies == jiffies && r->error && r->trail.nr)
		ctl_fail(call, error, "0x%08x: %s (%s)", r->address, branch->words, branch->place);
	else
		ctl_fail(call, error, "the range passes TASK_SIZE or the last address");
	if (oops && fatal_access(call->fs, call->task, error)) {
		g_string_append(call->why, ", and the process is dead");
		call->task = NULL;
	}
	return error;
}

/* SIZE and atomic are both optional: "kload ADDR atomic" leaves SIZE out. */
static int access_words(struct ctl_call *call, unsigned first, u32 *ret_bytes, bool *ret_atomic)
{
	char **word = call->words + first;

	*ret_bytes = 4;
	*ret_atomic = false;
	if (*word && strlen(*word) == 1 && strchr("124", **word))
		*ret_bytes = (u32)(*word++)[0] - '0';
	if (*word && strcmp(*word, "atomic") == 0) {
		*ret_atomic = true;
		word++;
	}
	return *word ? ctl_fail(call, -EINVAL, "%s is none of 1, 2, 4, atomic", shown(*word)) : 0;
}

static int ctl_kload(struct ctl_call *call)
{
	u32 bytes, value = 0;
	bool atomic;
	int error = access_words(call, 2, &bytes, &atomic);

	if (error)
		return error;
	error = kernel_load(call->m, call->task, call->arg[0].value, &value, bytes, atomic);
	if (!error)
		g_string_printf(call->reply, "0x%0*x", (int)(2 * bytes), value);
	return kernel_accessed(call, error, call->m->k->jiffies);
}

static int ctl_kstore(struct ctl_call *call)
{
	const struct ctl_arg *arg = call->arg;
	u32 bytes;
	bool atomic;
	int error = access_words(call, 3, &bytes, &atomic);

	if (error)
		return error;
	if (!number_fits(arg[1].value, *arg[1].text == '-', bytes))
		return ctl_fail(call, -EINVAL, "VALUE %s has more than %u bytes", arg[1].text,
				bytes);
	error = kernel_store(call->m, call->task, arg[0].value, arg[1].value, bytes, atomic);
	return kernel_accessed(call, error, call->m->k->jiffies);
}

/* ---- copies ---- */

static int bytes_left(struct ctl_call *call, u32 left, u32 len)
{
	const struct fault_record *r = &call->task->fault;
	u32 end = call->arg[0].value + len - left;

	if (!left)
		return 0;
	if (!access_ok(call->arg[0].value, len))
		return ctl_fail(call, -EFAULT, "%u of %u bytes left: access_ok: above TASK_SIZE",
				left, len);
	return ctl_fail(call, -EFAULT, "%u of %u bytes left: 0x%08x: %s (%s)", left, len, end,
			fault_branch_names[r->branch].words, fault_branch_names[r->branch].place);
}

static int ctl_copy_from_user(struct ctl_call *call)
{
	u32 from = call->arg[0].value, len = call->arg[1].value, left;
	g_autofree u8 *buf = NULL;

	if (!access_ok(from, len))
		return bytes_left(call, len, len);
	if (len > COPY_MAX)
		return ctl_fail(call, -EINVAL, "LEN is above %u", COPY_MAX);
	buf = g_malloc(len + 1);
	left = copy_from_user(call->m, call->task, buf, from, len);
	for (u32 i = 0; i < len && !left; i++)
		g_string_append_printf(call->reply, "%02x", buf[i]);
	return bytes_left(call, left, len);
}

static int parse_hex(struct ctl_call *call, const char *text, u8 **ret, u32 *ret_len)
{
	const char *digits = g_str_has_prefix(text, "0x") ? text + 2 : text;
	size_t len = strlen(digits);
	u8 *buf;

	if (len % 2 || strspn(digits, "0123456789abcdefABCDEF") != len)
		return ctl_fail(call, -EINVAL, "HEX %s is not two digits for each byte",
				shown(text));
	if (len / 2 > COPY_MAX)
		return ctl_fail(call, -EINVAL, "HEX has more than %u bytes", COPY_MAX);
	buf = g_malloc(len / 2 + 1);
	for (size_t i = 0; i < len / 2; i++)
		buf[i] = (u8)(g_ascii_xdigit_value(digits[2 * i]) << 4 |
			      g_ascii_xdigit_value(digits[2 * i + 1]));
	*ret = buf;
	*ret_len = (u32)(len / 2);
	return 0;
}

static int ctl_copy_to_user(struct ctl_call *call)
{
	g_autofree u8 *buf = NULL;
	u32 len = 0, to = call->arg[0].value;
	int error = parse_hex(call, call->arg[1].text, &buf, &len);

	if (error)
		return error;
	return bytes_left(call, copy_to_user(call->m, call->task, to, buf, len), len);
}

/* ---- vmalloc ---- */

static int give_area(struct ctl_call *call, u32 addr, u64 size, enum handout_kind kind)
{
	if (!addr)
		return -ENOMEM;
	if (!hand_out(call, kind, addr, PAGE_ALIGN(size))) {
		if (kind == HANDOUT_VMALLOC)
			vfree(call->m, addr);
		else
			vunmap(call->m, addr);
		return -ENOMEM;
	}
	g_string_printf(call->reply, "0x%08x", addr);
	return 0;
}

static int ctl_vmalloc(struct ctl_call *call)
{
	u32 size = call->arg[0].value;

	if (!size)
		return ctl_fail(call, -EINVAL, "SIZE is 0");
	return give_area(call, vmalloc(call->m, size), size, HANDOUT_VMALLOC);
}

static int ctl_vmalloc_32(struct ctl_call *call)
{
	u32 size = call->arg[0].value;

	if (!size)
		return ctl_fail(call, -EINVAL, "SIZE is 0");
	return give_area(call, vmalloc_32(call->m, size), size, HANDOUT_VMALLOC);
}

/* Forget the area that begins at ADDR.  0 or -EINVAL. */
static int take_area(struct ctl_call *call, enum handout_kind kind)
{
	u32 addr = call->arg[0].value;
	struct handout *h = handout_find_linear(call->m, addr);

	if (!h || h->kind != kind || h->start != addr)
		return ctl_fail(call, -EINVAL, "%s was not handed out by %s here",
				shown(call->arg[0].text),
				kind == HANDOUT_VMALLOC ? "vmalloc" : "vmap");
	handout_remove(call->m, h);
	return 0;
}

static int ctl_vfree(struct ctl_call *call)
{
	int error = take_area(call, HANDOUT_VMALLOC);

	if (!error)
		vfree(call->m, call->arg[0].value);
	return error;
}

static int ctl_vmap(struct ctl_call *call)
{
	guint nr = g_strv_length(call->words) - 1;
	g_autofree pfn_t *pfns = g_new(pfn_t, nr);

	for (guint i = 0; i < nr; i++) {
		const char *word = call->words[i + 1], *wrong = number_parse_u32(word, &pfns[i]);

		if (wrong)
			return ctl_fail(call, -EINVAL, "PFN: %s %s", shown(word), wrong);
		if (pfns[i] >= call->m->k->nr_frames)
			return ctl_fail(call, -EINVAL, "there is no frame %s", shown(word));
	}
	return give_area(call, vmap(call->m, pfns, nr), (u64)nr << PAGE_SHIFT, HANDOUT_VMAP);
}

static int ctl_vunmap(struct ctl_call *call)
{
	int error = take_area(call, HANDOUT_VMAP);

	if (!error)
		vunmap(call->m, call->arg[0].value);
	return error;
}

/* ---- tasks ---- */

static int ctl_kthread(struct ctl_call *call)
{
	const char *name = call->arg[0].text;
	struct task_struct *task;
	int error;

	if (!*name || strlen(name) >= TASK_COMM_LEN)
		return ctl_fail(call, -EINVAL, "NAME must have 1 to %u characters",
				TASK_COMM_LEN - 1);
	error = kernel_thread(call->m, name, call->caller->uid, call->caller->gid, &task);
	if (!error)
		g_string_printf(call->reply, "%u", task->pid);
	return error;
}

static int ctl_schedule(struct ctl_call *call)
{
	struct task_struct *task = find_task_by_pid(call->m, call->arg[0].value);
	u32 cpu;

	if (!task || task->state == TASK_ZOMBIE)
		return ctl_fail(call, -ESRCH, "no process %s lives", shown(call->arg[0].text));
	cpu = call->arg[1].text ? call->arg[1].value : task->cpu;
	if (cpu >= call->m->nr_cpus)
		return ctl_fail(call, -EINVAL, "there is no CPU %u", cpu);
	schedule_task(call->m, cpu, task);
	call->m->k->root_cpu = cpu;
	return 0;
}

#define KLOAD_ERRORS                                                                         \
	"EFAULT a bad user address, by the exception table; a bad kernel address: an oops\n" \
	"EINVAL the value does not fit; none of 1, 2, 4, atomic"
static const char copy_errors[] = "EFAULT some bytes could not be copied: how many are left\n"
				  "EINVAL more than 16384 bytes; no pairs of hex digits";
static const char vmalloc_errors[] = "EINVAL SIZE is 0\n"
				     "ENOMEM no frames are left, or no room in the vmalloc area";

/* clang-format off */
const struct ctl_command ctl_kernel_commands[] = {
	{ "kload", "ADDR [1|2|4|atomic ...]", ctl_kload,
	  "read in kernel mode; atomic, the last word: it may not sleep -> value",
	  KLOAD_ERRORS, .no_mm = true },
	{ "kstore", "ADDR VALUE [1|2|4|atomic ...]", ctl_kstore,
	  "write in kernel mode; atomic, the last word: it may not sleep",
	  KLOAD_ERRORS "\nEPERM kernel bytes that were not handed out", .no_mm = true },
	{ "copy_from_user", "ADDR LEN", ctl_copy_from_user, "as a system call does -> hex",
	  copy_errors, .no_mm = true },
	{ "copy_to_user", "ADDR HEX", ctl_copy_to_user, "as a system call does", copy_errors,
	  .no_mm = true },
	{}
};

const struct ctl_command ctl_kernel_root_commands[] = {
	{ "vmalloc", "SIZE", ctl_vmalloc, "a noncontiguous memory area -> kernel address",
	  vmalloc_errors },
	{ "vmalloc_32", "SIZE", ctl_vmalloc_32, "the same of low memory -> kernel address",
	  vmalloc_errors },
	{ "vfree", "ADDR", ctl_vfree, "give it back", "EINVAL not handed out by vmalloc here" },
	{ "vmap", "PFN ...", ctl_vmap, "map frames one behind the other -> kernel address",
	  "EINVAL there is no such frame\n"
	  "ENOMEM no memory is left, or no room in the vmalloc area" },
	{ "vunmap", "ADDR", ctl_vunmap, "undo it", "EINVAL not handed out by vmap here" },
	{ "kthread", "NAME", ctl_kthread, "start a kernel thread -> pid",
	  "EINVAL NAME must have 1 to 15 characters\n"
	  "EAGAIN no pid is left\n"
	  "ENOMEM no memory is left" },
	{ "schedule", "PID [CPU]", ctl_schedule,
	  "run it, on CPU from now on: load its CR3, or lend a kernel thread what is loaded",
	  "ESRCH no such process\n"
	  "EINVAL no such CPU" },
	{}
};
/* clang-format on */

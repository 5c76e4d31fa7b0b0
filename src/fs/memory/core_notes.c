/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The notes of a core file, as i386 has them: who the process is and its registers
 * (elf_prstatus, elf_prpsinfo), the auxiliary vector, and which file is mapped where.
 */
#include <errno.h>
#include <string.h>

#include "../disk.h"
#include "../proc/proc.h"
#include "../proc/state.h"
#include "core_notes.h"
#include "mm/coredump.h"
#include "mm/elf32.h"

#define PSARGS 80

/* Registers in the order of struct user_regs_struct. */
struct elf_gregset {
	u32 ebx, ecx, edx, esi, edi, ebp, eax;
	u32 ds, es, fs, gs;
	u32 orig_eax, eip, cs, eflags, esp, ss;
};

struct elf_prstatus {
	u32 si_signo, si_code, si_errno;
	u16 pr_cursig, pad;
	u32 pr_sigpend, pr_sighold;
	u32 pr_pid, pr_ppid, pr_pgrp, pr_sid;
	u32 pr_times[8]; /* user, system, and the children's */
	struct elf_gregset pr_reg;
	u32 pr_fpvalid;
};

struct elf_prpsinfo {
	u8 pr_state, pr_sname, pr_zomb, pr_nice;
	u32 pr_flag;
	u16 pr_uid, pr_gid;
	u32 pr_pid, pr_ppid, pr_pgrp, pr_sid;
	char pr_fname[TASK_COMM_LEN];
	char pr_psargs[PSARGS];
};

_Static_assert(sizeof(struct elf_prstatus) == 144, "as i386 has it");
_Static_assert(sizeof(struct elf_prpsinfo) == 124, "as i386 has it");

static void append_padded(GByteArray *out, const void *bytes, u32 len)
{
	static const u8 zeros[4];

	g_byte_array_append(out, bytes, len);
	g_byte_array_append(out, zeros, -len & 3);
}

static void append_note(GByteArray *out, u32 type, const void *bytes, u32 len)
{
	static const char name[] = "CORE";
	struct elf32_nhdr head = { .n_namesz = sizeof(name), .n_descsz = len, .n_type = type };

	g_byte_array_append(out, (const u8 *)&head, sizeof(head));
	append_padded(out, name, sizeof(name));
	append_padded(out, bytes, len);
}

static void append_prstatus(const struct task_struct *task, GByteArray *out)
{
	const struct pt_regs *r = &task->regs;
	struct elf_prstatus status = {
		.pr_pid = task->pid,
		.pr_ppid = task_ppid(task),
		.pr_reg = { .ebx = r->ebx,
			    .ecx = r->ecx,
			    .edx = r->edx,
			    .esi = r->esi,
			    .edi = r->edi,
			    .ebp = r->ebp,
			    .eax = r->eax,
			    .ds = r->ds,
			    .es = r->es,
			    .fs = r->fs,
			    .gs = r->gs,
			    .orig_eax = ~0u, /* not in a system call */
			    .eip = r->eip,
			    .cs = r->cs,
			    .eflags = r->eflags,
			    .esp = r->esp,
			    .ss = r->ss },
	};

	append_note(out, NT_PRSTATUS, &status, sizeof(status));
}

/*
 * The beginning of the arguments as the process would read them.  PID/cmdline faults in what is
 * swapped out; a core file, whose size is asked for by each ls, leaves it there.
 */
static void read_args(const struct mm_struct *mm, char args[PSARGS])
{
	u32 len = MIN(mm->arg_end - mm->arg_start, PSARGS - 1u), n;
	char page[PAGE_SIZE];

	for (u32 done = 0; done < len; done += n) {
		u32 addr = mm->arg_start + done, in = addr & ~PAGE_MASK;
		const struct vm_area_struct *vma = find_vma_quiet(mm, addr);
		int is_there = vma && vma->vm_start <= addr ?
				       get_dump_page(vma, addr & PAGE_MASK, page) :
				       -EFAULT;

		if (is_there < 0)
			return;
		n = MIN(len - done, (u32)PAGE_SIZE - in);
		for (u32 i = 0; i < n; i++)
			args[done + i] = is_there && page[in + i] ? page[in + i] : ' ';
	}
}

static void append_prpsinfo(const struct task_struct *task, GByteArray *out)
{
	struct elf_prpsinfo info = {
		.pr_state = 0,
		.pr_sname = 'R',
		.pr_flag = task->flags,
		.pr_uid = (u16)task->uid,
		.pr_gid = (u16)task->gid,
		.pr_pid = task->pid,
		.pr_ppid = task_ppid(task),
	};

	memcpy(info.pr_fname, task->comm, sizeof(info.pr_fname));
	read_args(KGET(task->mm), info.pr_psargs);
	append_note(out, NT_PRPSINFO, &info, sizeof(info));
}

static void append_auxv(struct aspacefs *fs, struct task_struct *task, GByteArray *out)
{
	GString *auxv = g_string_new(NULL);

	proc_pid_auxv(fs, task, auxv);
	append_note(out, NT_AUXV, auxv->str, (u32)auxv->len);
	g_string_free(auxv, TRUE);
}

/* Count and page size, start, end and file page of each, then the names. */
static void append_files(struct aspacefs *fs, const struct mm_struct *mm, GByteArray *out)
{
	GByteArray *table = g_byte_array_new(), *names = g_byte_array_new();
	u32 head[2] = { 0, PAGE_SIZE };

	g_byte_array_append(table, (const u8 *)head, sizeof(head));
	for (struct vm_area_struct *vma = KGET(mm->mmap); vma; vma = KGET(vma->vm_next)) {
		u32 place[3] = { vma->vm_start, vma->vm_end, vma->vm_pgoff };
		const char *name;

		if (KNULL(vma->vm_file))
			continue;
		head[0]++;
		name = file_path(fs, KGET(vma->vm_file));
		g_byte_array_append(table, (const u8 *)place, sizeof(place));
		g_byte_array_append(names, (const u8 *)name, (guint)strlen(name) + 1);
	}
	memcpy(table->data, head, sizeof(head));
	g_byte_array_append(table, names->data, names->len);
	append_note(out, NT_FILE, table->data, table->len);
	g_byte_array_free(table, TRUE);
	g_byte_array_free(names, TRUE);
}

void core_notes(struct aspacefs *fs, struct task_struct *task, GByteArray *out)
{
	append_prstatus(task, out);
	append_prpsinfo(task, out);
	append_auxv(fs, task, out);
	append_files(fs, KGET(task->mm), out);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulated side: a whole aspacefs without a mount, through the doors that a mount
 * has: lines to a ctl, and the files of the tree by their names.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare.h"
#include "fs/aspacefs.h"
#include "fs/ctl/ctl.h"
#include "fs/disk.h"
#include "fs/node.h"
#include "fs/proc/proc.h"
#include "mm/check.h"
#include "mm/sysctl.h"

#define SIM_RAM (4ull << 30) /* larger than any one request: none is refused for its size */
#define PRESSED_RAM (32u << 20)
#define PRESSED_FREE 27000u /* kilobytes of it that are not to be used */
#define SWAP_PAGES (64u << 8)

static const struct caller *caller_of(const struct sim *sim)
{
	static struct caller caller;

	caller = (struct caller){ sim->fs->uid, sim->fs->gid, 1 };
	return &caller;
}

static ssize_t say(struct sim *sim, u32 pid, const char *line, char *reply, size_t size)
{
	struct task_struct *task = pid ? find_task_by_pid(sim->fs->m, pid) : NULL;
	struct ctl_file *file;
	ssize_t len;

	if (pid && !task)
		return -ESRCH;
	file = ctl_file_open(sim->fs, task);
	ctl_file_write(file, caller_of(sim), line, strlen(line));
	len = ctl_file_read(file, reply, size - 1, 0);
	ctl_file_release(file, caller_of(sim));
	debug_check_cpus(sim->fs->m);
	reply[len] = '\0';
	return len;
}

void sim_say(struct sim *sim, u32 pid, const char *line, struct answer *ret)
{
	char *end;

	ret->text[0] = '\0';
	say(sim, pid, line, ret->text, sizeof(ret->text));
	end = strchr(ret->text, '\n');
	if (end)
		*end = '\0';
	end = strstr(ret->text, ": ");
	if (*ret->text == 'E' && end)
		*end = '\0';
}

static void learn_commands(struct sim *sim)
{
	static char text[1 << 16];
	g_auto(GStrv) lines = NULL;

	say(sim, 1, "help\n", text, sizeof(text));
	lines = g_strsplit(text, "\n", -1);
	sim->commands = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (char **line = lines; *line; line++) {
		g_strstrip(*line);
		g_hash_table_add(sim->commands, g_strndup(*line, strcspn(*line, " ")));
	}
}

bool sim_knows(struct sim *sim, const char *command)
{
	return g_hash_table_contains(sim->commands, command);
}

static bool copy_agent(struct sim *sim, const char *agent)
{
	g_autofree char *path = g_build_filename(disk_private_dir(sim->fs->disk), "agent", NULL);
	g_autofree char *bytes = NULL;
	gsize len;

	return g_file_get_contents(agent, &bytes, &len, NULL) &&
	       g_file_set_contents_full(path, bytes, (gssize)len, G_FILE_SET_CONTENTS_NONE, 0755,
					NULL);
}

/* As mkswap(8) writes it: version, last page, signature. */
static bool make_swap(struct sim *sim)
{
	static u32 head[PAGE / 4];
	g_autofree char *path = g_build_filename(disk_private_dir(sim->fs->disk), "swap", NULL);
	bool done;
	int fd;

	head[256] = 1;
	head[257] = SWAP_PAGES - 1;
	memcpy((char *)head + PAGE - 10, "SWAPSPACE2", 10);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	done = fd >= 0 && write(fd, head, PAGE) == PAGE &&
	       posix_fallocate(fd, 0, (off_t)SWAP_PAGES * PAGE) == 0;
	close(fd);
	return done;
}

/* Little RAM, most of it kept free; no request is refused for its size. */
static bool press(struct sim *sim)
{
	static struct answer answer;

	if (!make_swap(sim))
		return false;
	sim_say(sim, 0, "swapon swap\n", &answer);
	return strcmp(answer.text, "ok") == 0 &&
	       sysctl_write(sim->fs->m, SYSCTL_MIN_FREE_KBYTES, PRESSED_FREE) == 0 &&
	       sysctl_write(sim->fs->m, SYSCTL_OVERCOMMIT_MEMORY, 1) == 0;
}

int sim_start(struct sim *sim, const char *agent, struct manner manner)
{
	struct aspacefs_config config = { .ram = manner.pressure ? PRESSED_RAM : SIM_RAM,
					  .flex_layout = manner.flex,
					  .pae = manner.pae,
					  .cpus = manner.cpus };
	g_autofree char *what = NULL;
	struct answer pid;
	int error;

	*sim = (struct sim){ 0 };
	error = aspacefs_new(&config, &sim->fs, &what);
	if (error)
		return error;
	if (!copy_agent(sim, agent) || (manner.pressure && !press(sim)))
		return -EIO;
	learn_commands(sim);
	sim_say(sim, 0, "spawn agent\n", &pid);
	sim->pid[1] = (u32)atoi(pid.text);
	if (!sim->pid[1])
		return -ECHILD;
	/* Linux today does not look at esp; an esp of 0 allows all. */
	sim_say(sim, sim->pid[1], "regs esp=0\n", &pid);
	return 0;
}

u64 sim_event(struct sim *sim, enum sim_event event)
{
	return sim->fs->m->k->vm_event[event == SIM_OOM_KILLS ? OOM_KILL : PSWPOUT];
}

void sim_stop(struct sim *sim)
{
	sim_files_close(sim);
	g_clear_pointer(&sim->commands, g_hash_table_destroy);
	aspacefs_free(sim->fs);
	sim->fs = NULL;
}

u32 sim_faults(struct sim *sim, unsigned k)
{
	const struct task_struct *task = find_task_by_pid(sim->fs->m, sim->pid[k]);

	return task ? task->min_flt + task->maj_flt : 0;
}

void sim_touch(struct sim *sim, unsigned k, u32 addr, bool write)
{
	g_autofree char *line = g_strdup_printf("touch 0x%08x 1 %s\n", addr, write ? "w" : "r");
	static struct answer ignored;

	sim_say(sim, sim->pid[k], line, &ignored);
}

/* ---- files of the tree; k 0: the top level ---- */

static bool find(struct sim *sim, unsigned k, const char *name, struct node *ret)
{
	const struct node_row *row = k ? pid_rows : root_rows;

	while (row->name && strcmp(row->name, name))
		row++;
	*ret = (struct node){ .row = row };
	ret->task = k ? find_task_by_pid(sim->fs->m, sim->pid[k]) : NULL;
	return row->name && (!k || ret->task);
}

bool sim_has(struct sim *sim, unsigned k, const char *name)
{
	struct node node;

	return find(sim, k, name, &node);
}

bool sim_text(struct sim *sim, unsigned k, const char *name, GString *out)
{
	struct node node;

	g_string_truncate(out, 0);
	return find(sim, k, name, &node) && node.row->show &&
	       node.row->show(sim->fs, node.task, out) == 0;
}

ssize_t sim_bytes(struct sim *sim, unsigned k, const char *name, void *buf, size_t len, u64 off)
{
	struct node node;

	if (!find(sim, k, name, &node) || !node.row->bytes || !node.row->bytes->read)
		return -ENOENT;
	return node.row->bytes->read(sim->fs, &node, buf, len, off);
}

bool sim_is_locked(struct sim *sim, unsigned k, u32 addr, u32 len)
{
	struct task_struct *task = find_task_by_pid(sim->fs->m, sim->pid[k]);
	struct vm_area_struct *vma = find_vma(KGET(task->mm), addr);

	for (; vma && vma->vm_start < (u64)addr + len; vma = KGET(vma->vm_next))
		if (vma->vm_flags & VM_LOCKED)
			return true;
	return false;
}

void sim_segment(struct sim *sim, u32 id, char ret_text[32])
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_auto(GStrv) lines = NULL;

	*ret_text = '\0';
	proc_sysvipc_shm(sim->fs, NULL, text);
	lines = g_strsplit(text->str, "\n", -1);
	for (char **line = lines; *line; line++) {
		unsigned found, size, attached;

		if (sscanf(*line, "%*d %u %*s %u %*u %*u %u", &found, &size, &attached) == 3 &&
		    found == id)
			snprintf(ret_text, 32, "%u %u", size, attached);
	}
}

static void report(void *data, const char *line)
{
	g_string_append_printf(data, "  check: %s\n", line);
}

bool sim_check(struct sim *sim, GString *out)
{
	return check_machine(sim->fs->m, report, out) == 0;
}

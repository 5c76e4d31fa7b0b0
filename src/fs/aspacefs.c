/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One aspacefs: a machine with process 1 running, its disk, and who may use them.
 */
#include <errno.h>
#include <unistd.h>

#include "aspacefs.h"
#include "ctl/ctl.h"
#include "disk.h"
#include "mm/trace.h"
#include "mm/writeback.h"

/* Process 1 runs files/init of a private folder, else the built-in program of that name. */
static int boot_init(struct aspacefs *fs)
{
	struct file *file;
	int error;

	if (!disk_private_dir(fs->disk))
		return start_init(fs->m, NULL, "/init", fs->uid, fs->gid);
	error = disk_open(fs, "init", FMODE_READ, fs->uid, fs->gid, &file);
	if (error)
		return error;
	error = start_init(fs->m, file, "/init", fs->uid, fs->gid);
	fput(file);
	return error;
}

static int boot(struct aspacefs *fs, const struct aspacefs_config *config, char **ret_what)
{
	struct machine_config machine = {
		.ram = config->ram,
		.pae = config->pae,
		.flex_layout = config->flex_layout,
		.cpus = config->cpus,
		.ops = &disk_machine_ops,
	};
	int error = disk_new(config->files, &fs->disk);

	if (error) {
		*ret_what = config->files ? g_strdup_printf("files=%s", config->files) :
					    g_strdup("cannot make the private folder of files/");
		return error;
	}
	disk_attach(fs->disk, fs);
	machine.ops_data = fs->disk;
	error = machine_new(&machine, &fs->m);
	if (error) {
		*ret_what = g_strdup("cannot make the simulated RAM");
		return error;
	}
	error = boot_init(fs);
	if (error)
		*ret_what = g_strdup("cannot start process 1");
	trace_clear(fs->m); /* what there is to see begins with the mount */
	return error;
}

int aspacefs_new(const struct aspacefs_config *config, struct aspacefs **ret, char **ret_what)
{
	struct aspacefs *fs = g_new0(struct aspacefs, 1);
	int error;

	pthread_mutex_init(&fs->lock, NULL);
	pthread_cond_init(&fs->released, NULL);
	fs->pipe = trace_pipe_new();
	fs->host_sync.fds = g_array_new(FALSE, FALSE, sizeof(int));
	fs->open_files = g_hash_table_new(NULL, NULL);
	fs->open_folders = g_hash_table_new(NULL, NULL);
	fs->uid = getuid();
	fs->gid = getgid();
	fs->mount_time = time(NULL);
	error = boot(fs, config, ret_what);
	if (error) {
		aspacefs_free(fs);
		return error;
	}
	*ret = fs;
	return 0;
}

/* What a program was told is written must be in the host's files; a private folder goes. */
static void write_back(struct aspacefs *fs)
{
	if (!fs->m || disk_private_dir(fs->disk))
		return;
	if (sync_inodes(fs->m) != 0)
		g_printerr("aspacefs: not all of files/ could be written back\n");
	disk_settle(fs->disk);
}

void aspacefs_free(struct aspacefs *fs)
{
	if (!fs)
		return;
	ctl_nodes_free(fs);
	write_back(fs);
	machine_free(fs->m);
	disk_free(fs->disk);
	trace_pipe_free(fs->pipe);
	g_array_free(fs->host_sync.fds, TRUE);
	g_hash_table_destroy(fs->open_files);
	g_hash_table_destroy(fs->open_folders);
	pthread_cond_destroy(&fs->released);
	pthread_mutex_destroy(&fs->lock);
	g_free(fs);
}

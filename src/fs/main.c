/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * aspacefs: mount a simulated machine.
 *
 * The program returns when the mount answers.  The parent checks what can be checked before
 * anything is made, then waits for the child, which makes the machine, mounts, and says so
 * when the kernel's first request has come: until then errors go to stderr and into the exit
 * status (2: the command line, 1: could not mount), and nothing half made is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/fuse_ops.h"
#include "fs/host.h"
#include "fs/options.h"

#ifndef ASPACEFS_VERSION
#define ASPACEFS_VERSION "0.1.0"
#endif

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "RAM holds i386 bytes");

/* ---- before anything is made ---- */

/* Is @path the root of a mount already? */
static bool is_mount(const char *path)
{
	struct statx st;

	return statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_TYPE, &st) == 0 &&
	       st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* What is wrong with the mount point, in words (g_free), or NULL. */
static char *mountpoint_fault(const char *given, const char *path)
{
	struct stat st;
	int error = path && stat(path, &st) == 0 ? 0 : errno;

	if (error == ENOTCONN)
		return g_strdup_printf("a mount whose daemon is gone; end it with: "
				       "fusermount3 -u %s",
				       given);
	if (error)
		return g_strdup(strerror(error));
	if (!S_ISDIR(st.st_mode))
		return g_strdup(strerror(ENOTDIR));
	return is_mount(path) ? g_strdup("something is mounted there already") : NULL;
}

static int check_mountpoint(struct options *o)
{
	char *path = realpath(o->mountpoint, NULL);
	char *fault = mountpoint_fault(o->mountpoint, path);
	int status = EXIT_NOT_MOUNTED;

	if (fault) {
		complain("%s: %s", o->mountpoint, fault);
	} else {
		g_free(o->mountpoint);
		o->mountpoint = g_strdup(path);
		status = 0;
	}
	g_free(fault);
	free(path);
	return status;
}

/* The child runs in the root folder. */
static int check_files(struct options *o)
{
	char *path;

	if (!o->config.files)
		return 0;
	path = realpath(o->config.files, NULL);
	if (!path) {
		complain("files=%s: %s", o->config.files, strerror(errno));
		return EXIT_NOT_MOUNTED;
	}
	g_free((char *)(uintptr_t)o->config.files);
	o->config.files = g_strdup(path);
	free(path);
	return 0;
}

/* libfuse's own complaints, which may come in pieces: each line with our name before it. */
static void log_of_fuse(enum fuse_log_level level, const char *fmt, va_list args)
{
	static GString *line;

	if (level > FUSE_LOG_ERR) {
		vfprintf(stderr, fmt, args);
		return;
	}
	if (!line)
		line = g_string_new(NULL);
	g_string_append_vprintf(line, fmt, args);
	if (!g_str_has_suffix(line->str, "\n"))
		return;
	complain("%s", line->str + (g_str_has_prefix(line->str, "fuse: ") ? strlen("fuse: ") : 0));
	g_string_truncate(line, 0);
}

/* ---- the service ---- */

static int loop(struct fuse_session *session, const struct options *o)
{
	struct fuse_loop_config *config;
	int error;

	if (o->single_thread)
		return fuse_session_loop(session);
	config = fuse_loop_cfg_create();
	fuse_loop_cfg_set_clone_fd(config, o->clone_fd);
	if (o->max_idle_threads >= 0)
		fuse_loop_cfg_set_idle_threads(config, (unsigned)o->max_idle_threads);
	if (o->max_threads > 0)
		fuse_loop_cfg_set_max_threads(config, (unsigned)o->max_threads);
	error = fuse_session_loop_mt(session, config);
	fuse_loop_cfg_destroy(config);
	return error;
}

/* Signals that end the service wait while there is something half made. */
static void hold_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(how, &set, NULL);
}

/* Serve until somebody unmounts, or a signal comes. */
static int mount_and_serve(struct fuse_session *session, const struct options *o)
{
	int status = EXIT_NOT_MOUNTED;

	if (fuse_set_signal_handlers(session) != 0)
		return status;
	hold_signals(SIG_UNBLOCK);
	if (fuse_session_mount(session, o->mountpoint) == 0) {
		loop(session, o);
		fuse_session_unmount(session);
		status = EXIT_MOUNTED;
	}
	fuse_remove_signal_handlers(session);
	return status;
}

/* aspacefs.h's ready: nobody reads our errors from here on. */
static void tell_parent(struct aspacefs *fs)
{
	static const char ready = 0;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDERR_FILENO);
	close(null);
	if (write(fs->ready_fd, &ready, 1) != 1)
		g_debug("the parent is gone");
	close(fs->ready_fd);
}

/* @ready_fd: where to tell that the mount answers; -1: nobody waits. */
static int run(struct options *o, int ready_fd)
{
	struct fuse_session *session;
	struct aspacefs *fs;
	char *what = NULL;
	int error, status = EXIT_USAGE;

	hold_signals(SIG_BLOCK);
	signal(SIGXFSZ, SIG_IGN); /* a file that grows beyond the limit is EFBIG */
	umask(0);
	host_raise_file_limit();
	error = aspacefs_new(&o->config, &fs, &what);
	if (error) {
		complain("%s: %s", what, strerror(-error));
		g_free(what);
		return EXIT_NOT_MOUNTED;
	}
	fs->ready_fd = ready_fd;
	fs->ready = ready_fd >= 0 ? tell_parent : NULL;
	session = fuse_session_new(&o->fuse, &fuse_ops, sizeof(fuse_ops), fs);
	if (session) {
		status = mount_and_serve(session, o);
		fuse_session_destroy(session);
	}
	aspacefs_free(fs);
	return status;
}

/* ---- into the background ---- */

static int run_child(struct options *o, int ready_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	if (chdir("/") != 0)
		return EXIT_NOT_MOUNTED;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	close(null);
	return run(o, ready_fd);
}

/* Wait until the mount answers, or the child is gone: its exit status then. */
static int wait_for_child(pid_t child, int ready_fd)
{
	int status;
	char byte;

	if (read(ready_fd, &byte, 1) == 1)
		return EXIT_MOUNTED;
	if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status)) {
		complain("the mount ended before it answered");
		return EXIT_NOT_MOUNTED;
	}
	return WEXITSTATUS(status) ? WEXITSTATUS(status) : EXIT_NOT_MOUNTED;
}

static int run_in_background(struct options *o)
{
	int ready[2];
	pid_t child;

	if (pipe2(ready, O_CLOEXEC) != 0) {
		complain("pipe: %s", strerror(errno));
		return EXIT_NOT_MOUNTED;
	}
	child = fork();
	if (child == 0) {
		close(ready[0]);
		return run_child(o, ready[1]);
	}
	close(ready[1]);
	if (child > 0)
		return wait_for_child(child, ready[0]);
	complain("fork: %s", strerror(errno));
	return EXIT_NOT_MOUNTED;
}

static int print_and_exit(const struct options *o)
{
	if (o->version)
		printf("aspacefs %s\n", ASPACEFS_VERSION);
	else
		options_help();
	return EXIT_MOUNTED;
}

static int start(struct options *o)
{
	int status = check_mountpoint(o);

	if (!status)
		status = check_files(o);
	if (status)
		return status;
	return o->foreground ? run(o, -1) : run_in_background(o);
}

int main(int argc, char **argv)
{
	struct options o;
	int status;

	fuse_set_log_func(log_of_fuse);
	status = options_parse(&o, argc, argv);
	if (!status)
		status = o.help || o.version ? print_and_exit(&o) : start(&o);
	options_free(&o);
	return status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The judge of exec: what this Linux makes of a 32-bit program before its
 * first instruction.
 *
 *   maps_after_exec [--flex] [--stack FILE] PROGRAM [ARG...]
 *
 * Starts PROGRAM as `setarch linux32 -R -L -3` does (3 GiB of address space,
 * mappings from 0x40000000, nothing random), with an empty environment, stops
 * it at exec and prints /proc/PID/maps without the lines of vdso and vvar.
 * Names of files are replaced by "/" and their last part.  When exec fails it
 * prints "errno N"; when the process dies of it, "killed SIGNAL".
 * --flex leaves out -L: mappings go down from below the stack.
 * --stack also writes the bytes from esp to the end of the stack to FILE.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAYOUT (PER_LINUX32 | ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT | ADDR_LIMIT_3GB)

static _Noreturn void run(char **argv, unsigned long layout, int report)
{
	static char *environment[] = { NULL };
	struct rlimit stack = { 8 << 20, RLIM_INFINITY };

	setrlimit(RLIMIT_STACK, &stack);
	if (personality(layout) == -1 || ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
		_exit(126);
	execve(argv[0], argv, environment);
	dprintf(report, "errno %d\n", errno);
	_exit(127);
}

/* One line of maps, its file name cut down to "/" and the last part. */
static void print_line(char *line)
{
	char *name = strchr(line, '/');
	char *last = name ? strrchr(name, '/') : NULL;

	if (strstr(line, "[vdso]") || strstr(line, "[vvar"))
		return;
	if (last)
		memmove(name, last, strlen(last) + 1);
	fputs(line, stdout);
}

static int print_maps(pid_t pid)
{
	char path[64], line[4096];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	if (!maps) {
		perror(path);
		return 1;
	}
	while (fgets(line, sizeof(line), maps))
		print_line(line);
	fclose(maps);
	return 0;
}

/* Writes the stack from esp upwards, the address of its first byte in front. */
static int save_stack(pid_t pid, const char *file)
{
	char path[64], bytes[65536];
	unsigned long esp = ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user_regs_struct, rsp), 0);
	FILE *out = fopen(file, "w");
	ssize_t n;
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDONLY);
	n = pread(mem, bytes, sizeof(bytes), (off_t)esp);
	if (!out || mem < 0 || n <= 0) {
		perror("stack");
		return 1;
	}
	fprintf(out, "%08lx\n", esp);
	fwrite(bytes, 1, (size_t)n, out);
	close(mem);
	return fclose(out) != 0;
}

int main(int argc, char **argv)
{
	unsigned long layout = LAYOUT;
	const char *stack = NULL;
	int status, result = 0;
	pid_t pid;

	if (argc > 1 && strcmp(argv[1], "--flex") == 0) {
		layout &= ~(unsigned long)ADDR_COMPAT_LAYOUT;
		argv++;
		argc--;
	}
	if (argc > 2 && strcmp(argv[1], "--stack") == 0) {
		stack = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc < 2) {
		fprintf(stderr,
			"Usage: maps_after_exec [--flex] [--stack FILE] PROGRAM [ARG...]\n");
		return 2;
	}
	pid = fork();
	if (pid == 0)
		run(argv + 1, layout, STDOUT_FILENO);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == 127 ? 0 : 1;
	if (WIFSIGNALED(status) || WSTOPSIG(status) != SIGTRAP) {
		printf("killed %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : WSTOPSIG(status));
	} else {
		result = print_maps(pid);
		if (stack)
			result |= save_stack(pid, stack);
	}
	if (!WIFSIGNALED(status)) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	return result;
}

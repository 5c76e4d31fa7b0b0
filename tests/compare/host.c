/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The real side: agents in the layout of a 32-bit kernel, and their files in /proc.
 *
 * Driver and agents share one processor: a message is then a switch, not an interrupt.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare.h"

#define NOBODY 65534u
#define NO_FILE (-2) /* of a descriptor that is opened when first used */
#define PATIENCE 20 /* seconds an agent may take for one step */

static void share_one_processor(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)MAX(sched_getcpu(), 0), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Files on tmpfs: all of a file is in the cache, page by page. */
static char *make_dir(void)
{
	static const char *const places[] = { "/dev/shm", NULL, "/tmp" };
	char *dir = NULL;

	for (unsigned i = 0; i < 3 && !dir; i++) {
		const char *place = places[i] ? places[i] : getenv("TMPDIR");
		g_autofree char *name = g_strdup_printf("%s/aspacefs-compare.XXXXXX", place);

		if (place && mkdtemp(name))
			dir = g_strdup(name);
	}
	if (dir && chmod(dir, 0777) != 0)
		g_clear_pointer(&dir, g_free);
	return dir;
}

static bool find_swap(void)
{
	g_autofree char *text = NULL;

	/* a line for each area behind the title */
	return g_file_get_contents("/proc/swaps", &text, NULL, NULL) && strchr(text, '\n') &&
	       strchr(text, '\n')[1];
}

int host_init(struct host *host, const char *agent)
{
	*host = (struct host){ .agent = open(agent, O_PATH | O_CLOEXEC),
			       .root = geteuid() == 0,
			       .user = geteuid() ? geteuid() : NOBODY,
			       .has_swap = find_swap(),
			       .kpagecount = -1 };
	if (host->agent < 0)
		return -errno;
	host->dir = make_dir();
	if (!host->dir)
		return -errno;
	for (unsigned k = 1; k < AGENT_CHANNELS; k++) {
		struct timeval patience = { PATIENCE, 0 };
		int pair[2];

		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
			return -errno;
		setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		host->driver_fd[k] = pair[0];
		host->agent_fd[k] = fcntl(pair[1], F_DUPFD_CLOEXEC, 2 * AGENT_FD);
		close(pair[1]);
	}
	if (host->root)
		host->kpagecount = open("/proc/kpagecount", O_RDONLY | O_CLOEXEC);
	host->segments = g_array_new(FALSE, FALSE, sizeof(struct segment));
	if (unshare(CLONE_NEWIPC) != 0)
		g_debug("keys of shared memory are those of all processes of this host");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	share_one_processor();
	return 0;
}

void host_done(struct host *host)
{
	for (unsigned k = 1; k < AGENT_CHANNELS; k++) {
		close(host->driver_fd[k]);
		close(host->agent_fd[k]);
	}
	close(host->kpagecount);
	g_array_free(host->segments, TRUE);
	close(host->agent);
	if (host->dir)
		rmdir(host->dir);
	g_clear_pointer(&host->dir, g_free);
}

/* ---- processes ---- */

/* Soft limits; the hard ones are lifted where that is possible. */
static void limit(int which, rlim_t soft)
{
	struct rlimit l = { soft, RLIM_INFINITY };

	if (setrlimit(which, &l) == 0 || getrlimit(which, &l) != 0)
		return;
	l.rlim_cur = MIN(soft, l.rlim_max);
	setrlimit(which, &l);
}

/* In the child: become the agent. */
static void become_agent(struct host *host)
{
	unsigned long layout = PER_LINUX32 | ADDR_NO_RANDOMIZE | ADDR_LIMIT_3GB;
	static char name[] = "agent";
	char *argv[] = { name, NULL }, *envp[] = { NULL };
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	for (int k = 1; k < AGENT_CHANNELS; k++)
		dup2(host->agent_fd[k], AGENT_FD + k);
	dup3(host->agent, AGENT_FD, O_CLOEXEC);
	close_range(3, AGENT_FD - 1, 0);
	close_range(AGENT_FD + AGENT_CHANNELS, ~0u, 0);
	limit(RLIMIT_STACK, 8 << 20);
	limit(RLIMIT_MEMLOCK, 8 << 20);
	limit(RLIMIT_AS, RLIM_INFINITY);
	limit(RLIMIT_DATA, RLIM_INFINITY);
	limit(RLIMIT_CORE, 0);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	umask(0);
	setpgid(0, 0); /* of all agents of this script */
	personality(host->flex ? layout : layout | ADDR_COMPAT_LAYOUT);
	if (chdir(host->dir) == 0 && !(host->root && (setgid(NOBODY) || setuid(host->user))))
		execveat(AGENT_FD, "", argv, envp, AT_EMPTY_PATH);
	host->error = -errno;
	_exit(125);
}

static const struct host_process no_process = { .maps = NO_FILE,
						.pagemap = NO_FILE,
						.mem = NO_FILE };

static void forget(struct host_process *p)
{
	int *fds[] = { &p->maps, &p->pagemap, &p->mem };

	for (unsigned i = 0; i < 3; i++)
		if (*fds[i] >= 0)
			close(*fds[i]);
	*p = no_process;
}

static int hear(struct host *host, unsigned k, u32 bytes, struct agent_reply *reply)
{
	ssize_t want = AGENT_REPLY_HEAD + (ssize_t)bytes;

	if (host->died || recv(host->driver_fd[k], reply, sizeof(*reply), 0) != want) {
		host->died = true;
		return -ESRCH;
	}
	return reply->result;
}

static void say(struct host *host, unsigned k, const struct agent_request *request, u32 data)
{
	if (!host->died &&
	    send(host->driver_fd[k], request, AGENT_REQUEST_HEAD + data, MSG_NOSIGNAL) < 0)
		host->died = true;
}

static int ask(struct host *host, unsigned k, const struct agent_request *request, u32 data,
	       struct agent_reply *reply)
{
	say(host, k, request, data);
	return hear(host, k, request->answer, reply);
}

static int system_call(struct host *host, unsigned k, u32 nr, u32 a, u32 b, u32 c, u32 d)
{
	static struct agent_request request;
	static struct agent_reply reply;

	memset(&request, 0, AGENT_REQUEST_HEAD);
	request.arg[0] = nr;
	request.arg[1] = a;
	request.arg[2] = b;
	request.arg[3] = c;
	request.arg[4] = d;
	return ask(host, k, &request, 0, &reply);
}

/* The kernel's own pages stand where the first mmap would go. */
static void unmap_vdso(struct host *host)
{
	g_autoptr(GString) maps = g_string_new(NULL);
	g_autoptr(GArray) regions = NULL;

	host_text(host, 1, "maps", maps);
	regions = regions_parse(maps->str);
	for (guint i = 0; i < regions->len; i++) {
		const struct region *r = &g_array_index(regions, struct region, i);

		if (g_str_has_prefix(r->name, "[v"))
			system_call(host, 1, 91, r->start, r->end - r->start, 0, 0);
	}
}

/* 0, or why the files of /proc that are compared cannot be read. */
static int look(struct host *host)
{
	u64 entry;
	int error = 0;

	if (host_bytes(host, 1, "pagemap", &entry, 8, 8) < 0 ||
	    (error = (int)host_bytes(host, 1, "mem", &entry, 8, 0x08048000)) < 0)
		return error ? error : -EACCES;
	return host->process[1].maps < 0 ? -EACCES : 0;
}

int host_start(struct host *host, bool flex)
{
	for (unsigned k = 0; k < AGENT_CHANNELS; k++)
		host->process[k] = no_process;
	host->flex = flex;
	host->died = false;
	host->error = 0;
	host->process[1].pid = vfork();
	if (host->process[1].pid == 0)
		become_agent(host);
	if (host->process[1].pid < 0)
		return -errno;
	host->group = host->process[1].pid;
	if (host->error)
		return host->error;
	system_call(host, 1, 20, 0, 0, 0, 0);
	unmap_vdso(host);
	return host->died ? -ECHILD : look(host);
}

void host_stop(struct host *host)
{
	struct agent_reply left;

	if (host->group > 0)
		kill(-host->group, SIGKILL);
	host->group = 0;
	for (unsigned k = 1; k < AGENT_CHANNELS; k++)
		forget(&host->process[k]);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	for (guint i = 0; i < host->segments->len; i++)
		shmctl(g_array_index(host->segments, struct segment, i).host, IPC_RMID, NULL);
	g_array_set_size(host->segments, 0);
	for (unsigned k = 1; host->died && k < AGENT_CHANNELS; k++) {
		while (recv(host->driver_fd[k], &left, sizeof(left), MSG_DONTWAIT) > 0)
			;
		while (recv(host->agent_fd[k], &left, sizeof(left), MSG_DONTWAIT) > 0)
			;
	}
}

/* ---- lies ---- */

/* What to add to an argument, so that the judge has something to find. */
static const struct lie {
	const char *word;
	unsigned arg;
	u32 add;
} lies[] = {
	{ "munmap", 2, -PAGE }, /* a page less */
	{ "mprotect", 3, 1 }, /* other rights */
	{ "store", 2, 1 }, /* another byte */
	{ "madvise", 3, 8 }, /* sequential is dontfork */
	{ "pageout", 3, -1u }, /* is cold */
	{ "fetch", 0, PAGE }, /* from the next page */
	{ "vfork", 1, -(u32)CLONE_VM }, /* in memory of its own */
	{ "clone", 1, -(u32)CLONE_VM },
};

bool lie_is_known(const char *lie)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(lies); i++)
		if (strcmp(lies[i].word, lie) == 0)
			return true;
	return false;
}

static void tell_lie(const char *lie, const struct step *step, struct agent_request *request)
{
	if (strcmp(lie, step_word(step, 0)) && strcmp(lie, step_word(step, 3)))
		return;
	for (unsigned i = 0; i < G_N_ELEMENTS(lies); i++)
		if (strcmp(lies[i].word, lie) == 0)
			request->arg[lies[i].arg] += lies[i].add;
}

/* ---- children ---- */

/* A parent that does not wait answers before its child is asked for anything. */
int host_fork(struct host *host, const struct step *step, unsigned child, u32 flags)
{
	struct agent_request request = { .op = AGENT_FORK, .arg = { child, flags } };
	struct agent_reply reply;
	unsigned parent = step->process;
	int pid;

	if (host->lie)
		tell_lie(host->lie, step, &request);
	say(host, parent, &request, 0);
	if (!(flags & CLONE_VFORK)) {
		pid = hear(host, parent, 0, &reply);
		if (pid < 0)
			return pid;
	}
	pid = hear(host, child, 0, &reply);
	host->process[child].pid = pid;
	if (flags & CLONE_VFORK)
		host->process[parent].waits_for = child;
	return pid;
}

/* It ends; without a parent that lives it is ours to reap. */
static void wait_for_end(pid_t pid, bool orphan)
{
	struct pollfd ended = { .fd = pidfd_open(pid, 0), .events = POLLIN };

	poll(&ended, 1, PATIENCE * 1000);
	close(ended.fd);
	if (orphan)
		waitpid(pid, NULL, 0);
}

/*
 * Returns when the process is a zombie, or gone.  Nobody is asked for anything before: others may
 * share its memory, and what it was sent lies there.
 */
void host_exit(struct host *host, unsigned k, unsigned parent, u32 status)
{
	struct agent_request request = { .op = AGENT_SYSCALL, .arg = { 1, status } };
	pid_t pid = host->process[k].pid;

	say(host, k, &request, 0);
	wait_for_end(pid, !parent);
	if (parent && host->process[parent].waits_for == k) {
		struct agent_reply of_vfork;

		hear(host, parent, 0, &of_vfork);
		host->process[parent].waits_for = 0;
	}
	forget(&host->process[k]);
	host->process[k].pid = parent ? pid : 0; /* a zombie still has it */
}

int host_wait(struct host *host, unsigned parent, pid_t pid, int *ret_status)
{
	struct agent_request request = { .op = AGENT_SYSCALL,
					 .arg = { 114, (u32)pid, 0, WNOHANG, 0 },
					 .pointers = 1 << 2,
					 .answer = 4 };
	static struct agent_reply reply;
	int result = ask(host, parent, &request, 4, &reply);

	memcpy(ret_status, reply.data, 4);
	return result;
}

static const char *errno_text(int error)
{
	const char *name = strerrorname_np(error);

	return error == EOPNOTSUPP ? "EOPNOTSUPP" : name ? name : "EUNKNOWN";
}

static int open_file(struct host *host, unsigned k, const char *name)
{
	static struct agent_request request;
	static struct agent_reply reply;
	static const struct {
		const char *suffix;
		u32 mode;
	} modes[] = { { ":ro", 0 }, { ":wo", 1 }, { ":rw", 2 } };
	g_autofree char *path = g_strdup(*name == '/' ? name + 1 : name);
	u32 mode = 2;
	bool told = false;
	int fd;

	if (g_str_has_prefix(name, "fd:"))
		return atoi(name + 3);
	for (unsigned i = 0; i < 3; i++) {
		if (!g_str_has_suffix(path, modes[i].suffix))
			continue;
		path[strlen(path) - 3] = '\0';
		mode = modes[i].mode;
		told = true;
	}
	memset(&request, 0, AGENT_REQUEST_HEAD);
	g_strlcpy((char *)request.data, path, 256);
	for (;;) {
		request.arg[0] = 5;
		request.arg[1] = 0;
		request.arg[2] = mode | 0100000; /* O_LARGEFILE */
		request.pointers = 1 << 1;
		fd = ask(host, k, &request, 257, &reply);
		if (fd != -EACCES || told || mode == 1)
			return fd == -EISDIR ? -ENODEV : fd;
		mode = mode == 2 ? 0 : 1;
	}
}

static void show(const struct translated *t, const struct agent_reply *r, struct answer *ret)
{
	u32 value = 0;

	ret->faults = r->faults;
	if (r->result < 0 && r->result >= -4095) {
		g_strlcpy(ret->text, errno_text(-r->result), sizeof(ret->text));
		return;
	}
	switch (t->shown) {
	case SHOWN_OK: strcpy(ret->text, "ok"); break;
	case SHOWN_ADDRESS: sprintf(ret->text, "0x%08x", (u32)r->result); break;
	case SHOWN_NUMBER: sprintf(ret->text, "%d", r->result); break;
	case SHOWN_TOUCHED: sprintf(ret->text, "%u", r->faults); break;
	case SHOWN_VALUE:
		memcpy(&value, r->data, 4);
		sprintf(ret->text, "0x%0*x", 2 * (int)t->bits, value);
		break;
	case SHOWN_BITS:
		strcpy(ret->text, "ok");
		if (!t->bits)
			break;
		for (u32 i = 0; i < t->bits; i++)
			ret->text[i] = (char)('0' + (r->data[i] & 1));
		ret->text[t->bits] = '\0';
	}
}

/* ---- segments: a script's ids are those of aspacefs ---- */

void host_add_segment(struct host *host, int id, u32 of_sim)
{
	struct segment s = { id, of_sim };

	g_array_append_val(host->segments, s);
}

bool host_segment(struct host *host, guint n, u32 *ret_id, char ret_text[32])
{
	const struct segment *s = &g_array_index(host->segments, struct segment, n);
	struct shmid_ds ds;

	if (n >= host->segments->len)
		return false;
	*ret_id = s->sim;
	*ret_text = '\0';
	if (shmctl(s->host, IPC_STAT, &ds) == 0)
		snprintf(ret_text, 32, "%zu %lu", ds.shm_segsz, (unsigned long)ds.shm_nattch);
	return true;
}

static int find_segment(const struct host *host, u32 of_sim)
{
	for (guint i = host->segments->len; i-- > 0;) {
		const struct segment *s = &g_array_index(host->segments, struct segment, i);

		if (s->sim == of_sim)
			return s->host;
	}
	return 0x7ffffffe;
}

/* sbrk as the C library makes it of brk. */
static void run_sbrk(struct host *host, const struct step *step, struct answer *ret)
{
	u32 old = (u32)system_call(host, step->process, 45, 0, 0, 0, 0), now, more = 0;

	number_of(step_word(step, 1), &more);
	now = more ? (u32)system_call(host, step->process, 45, old + more, 0, 0, 0) : old;
	if (now == old + more && ((int)more >= 0 ? old + more >= old : old + more < old))
		sprintf(ret->text, "0x%08x", old);
	else
		strcpy(ret->text, "ENOMEM");
}

/* ---- steps ---- */

void host_run(struct host *host, const struct step *step, struct answer *ret)
{
	static struct translated t;
	static struct agent_reply reply;
	int error, fd = -1;

	ret->faults = 0;
	ret->text[0] = '\0';
	if (strcmp(step_word(step, 0), "sbrk") == 0) {
		run_sbrk(host, step, ret);
		return;
	}
	if (!words_translate(step, &t, &error))
		return;
	if (host->lie)
		tell_lie(host->lie, step, &t.request);
	if (t.segment_arg)
		t.request.arg[t.segment_arg] =
			(u32)find_segment(host, t.request.arg[t.segment_arg]);
	if (t.file) {
		fd = open_file(host, step->process, t.file);
		error = fd < 0 ? -fd : error;
		t.request.arg[t.file_arg] = (u32)fd;
	} else if (error && !(t.request.arg[4] & 0x20)) {
		error = EINVAL;
	}
	if (error) {
		g_strlcpy(ret->text, errno_text(error), sizeof(ret->text));
	} else {
		ask(host, step->process, &t.request, t.data_bytes, &reply);
		show(&t, &reply, ret);
	}
	if (fd >= 0 && t.file && !g_str_has_prefix(t.file, "fd:"))
		system_call(host, step->process, 6, (u32)fd, 0, 0, 0);
}

/* ---- /proc ---- */

static int open_proc(const struct host *host, unsigned k, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", host->process[k].pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int kept(struct host *host, unsigned k, const char *name, int *fd)
{
	if (*fd == NO_FILE)
		*fd = open_proc(host, k, name);
	return *fd;
}

void host_text(struct host *host, unsigned k, const char *name, GString *out)
{
	bool maps = strcmp(name, "maps") == 0;
	int fd = maps ? kept(host, k, name, &host->process[k].maps) : open_proc(host, k, name);
	static char buf[1 << 16];
	ssize_t n;

	g_string_truncate(out, 0);
	while ((n = pread(fd, buf, sizeof(buf), (off_t)out->len)) > 0)
		g_string_append_len(out, buf, n);
	if (!maps)
		close(fd);
}

ssize_t host_bytes(struct host *host, unsigned k, const char *name, void *buf, size_t len, u64 off)
{
	struct host_process *p = &host->process[k];
	int fd = !k			  ? host->kpagecount :
		 strcmp(name, "mem") == 0 ? kept(host, k, name, &p->mem) :
					    kept(host, k, name, &p->pagemap);
	ssize_t n = pread(fd, buf, len, (off_t)off);

	return n < 0 ? -errno : n;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent: a 32-bit process that makes the system calls and accesses it is told.
 *
 * It has no library: a page of code, a few pages of data, the stack that exec made.  So
 * little stands in the way of the addresses that are compared, and the same file can be
 * executed by the simulated machine, which then has the same regions and the same break.
 * It never allocates; its own pages are touched before each step, so that the faults that
 * are counted are those of the step.
 */
#include "protocol.h"

typedef uint32_t u32;

#define NR_EXIT 1
#define NR_FORK 2
#define NR_READ 3
#define NR_WRITE 4
#define NR_GETRUSAGE 77
#define NR_RT_SIGACTION 174

#define SIGBUS 7
#define SIGSEGV 11
#define SEGV_ACCERR 2
#define SEGV_PKUERR 4
#define EIO 5
#define EACCES 13
#define EFAULT 14

#define SA_SIGINFO 4u
#define SA_RESTORER 0x04000000u
#define SA_NODEFER 0x40000000u

#define UC_EAX 16 /* words of a struct ucontext */
#define UC_EIP 19

#define RUSAGE_MINFLT 8 /* words of a struct rusage */
#define RUSAGE_MAJFLT 9

#define STACK_KEPT 0x6000u /* bytes below esp that this program may use */

extern char __executable_start[], end[];
void _start(void);
void agent_main(void);
void on_trap(int sig, u32 *info, u32 *context);

static struct agent_request request;
static struct agent_reply reply;
static u32 resume; /* where a faulting access goes on */
static u32 channel = AGENT_FD + 1;
static int has_keys;

static int call6(u32 nr, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f)
{
	u32 args[2] = { nr, f };
	int result;

	__asm__ volatile("push %%ebp\n\t"
			 "mov 4(%%eax), %%ebp\n\t"
			 "mov (%%eax), %%eax\n\t"
			 "int $0x80\n\t"
			 "pop %%ebp"
			 : "=a"(result)
			 : "0"(args), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory");
	return result;
}

#define CALL(nr, a, b, c) call6(nr, (u32)(a), (u32)(b), (u32)(c), 0, 0, 0)

/* ---- accesses that may fault ---- */

__asm__("restore: mov $173, %eax; int $0x80");
extern char restore[];

void on_trap(int sig, u32 *info, u32 *context)
{
	u32 code = info[2];

	context[UC_EAX] = sig == SIGBUS				     ? EIO :
			  code == SEGV_ACCERR || code == SEGV_PKUERR ? EACCES :
								       EFAULT;
	context[UC_EIP] = resume;
}

static void catch_traps(void)
{
	u32 action[5] = { (u32)on_trap, SA_SIGINFO | SA_RESTORER | SA_NODEFER, (u32)restore, 0, 0 };

	call6(NR_RT_SIGACTION, SIGSEGV, (u32)action, 0, 8, 0, 0);
	call6(NR_RT_SIGACTION, SIGBUS, (u32)action, 0, 8, 0, 0);
}

/* 0, or the errno of the access; the instruction is @op with the address in edx. */
#define ACCESS(op, value)                                                   \
	({                                                                  \
		u32 error_;                                                 \
		__asm__ volatile("movl $1f, %2\n\t"                         \
				 "xorl %0, %0\n\t" op "\n"                  \
				 "1:"                                       \
				 : "=&a"(error_), "+c"(value), "=m"(resume) \
				 : "d"(addr)                                \
				 : "memory", "cc");                         \
		error_;                                                     \
	})

static u32 load(u32 addr, u32 bytes, u32 *ret)
{
	u32 value = 0, error;

	if (bytes == 1)
		error = ACCESS("movb (%3), %%cl", value);
	else if (bytes == 2)
		error = ACCESS("movw (%3), %%cx", value);
	else
		error = ACCESS("movl (%3), %%ecx", value);
	*ret = value;
	return error;
}

static u32 store(u32 addr, u32 bytes, u32 value)
{
	if (bytes == 1)
		return ACCESS("movb %%cl, (%3)", value);
	if (bytes == 2)
		return ACCESS("movw %%cx, (%3)", value);
	return ACCESS("movl %%ecx, (%3)", value);
}

/* The bytes of a page are the same afterwards. */
static u32 rewrite(u32 addr)
{
	u32 zero = 0;

	return ACCESS("lock orb %%cl, (%3)", zero);
}

static u32 touch(u32 addr, u32 len, u32 write)
{
	unsigned long long at = addr, stop = at + len;
	u32 ignored, error = 0;

	for (; at < stop && !error; at = (at | 0xfff) + 1) {
		if (at >> 32)
			return EFAULT;
		error = write ? rewrite((u32)at) : load((u32)at, 1, &ignored);
	}
	return error;
}

/* Execute-only pages have a protection key; they can be read by who lifts it. */
static void lift_keys(void)
{
	if (has_keys)
		__asm__ volatile(".byte 0x0f, 0x01, 0xef" : : "a"(0), "c"(0), "d"(0));
}

static void find_keys(void)
{
	u32 a = 7, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	has_keys = c >> 4 & 1;
}

/* ---- the steps ---- */

static u32 faults(void)
{
	u32 usage[18];

	CALL(NR_GETRUSAGE, 0, usage, 0);
	return usage[RUSAGE_MINFLT] + usage[RUSAGE_MAJFLT];
}

/* Own pages: read the code, write the rest. */
static void warm_up(void)
{
	volatile char *p, *data = (volatile char *)((u32)&request & ~0xfffu);
	volatile char here = 0;

	for (p = (volatile char *)__executable_start; p < data; p += 4096)
		(void)*p;
	for (p = data; p < (volatile char *)end; p += 4096)
		*p = *p;
	channel = channel;
	for (p = &here - STACK_KEPT; p < &here; p += 4096)
		*p = *p;
}

static int do_fork(u32 child)
{
	int pid = CALL(NR_FORK, 0, 0, 0);

	if (pid == 0)
		channel = AGENT_FD + child;
	return pid;
}

static int do_step(void)
{
	u32 *a = request.arg;

	lift_keys();
	switch (request.op) {
	case AGENT_SYSCALL: return call6(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
	case AGENT_LOAD: return -(int)load(a[0], a[1], (u32 *)request.data);
	case AGENT_STORE: return -(int)store(a[0], a[1], a[2]);
	case AGENT_TOUCH: return -(int)touch(a[0], a[1], a[2]);
	case AGENT_FORK: return do_fork(a[0]);
	default: CALL(NR_EXIT, 3, 0, 0); return 0;
	}
}

static void answer(void)
{
	u32 i;

	for (i = 0; i < request.answer; i++)
		reply.data[i] = request.data[i];
	CALL(NR_WRITE, channel, &reply, AGENT_REPLY_HEAD + request.answer);
}

void agent_main(void)
{
	find_keys();
	catch_traps();
	while (CALL(NR_READ, channel, &request, sizeof(request)) > 0) {
		u32 before, i;

		for (i = 0; i < 7; i++)
			if (request.pointers >> i & 1)
				request.arg[i] += (u32)request.data;
		warm_up();
		before = faults();
		reply.result = do_step();
		if (request.op == AGENT_FORK && reply.result == 0)
			continue;
		reply.faults = faults() - before;
		answer();
	}
	CALL(NR_EXIT, 0, 0, 0);
}

__asm__(".globl _start\n"
	"_start: xor %ebp, %ebp\n\t"
	"and $-16, %esp\n\t"
	"call agent_main\n\t"
	"hlt");

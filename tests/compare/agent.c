/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent: a 32-bit process that makes the system calls and accesses it is told.
 *
 * It has no library: a page of code, a few pages of data, the stack that exec made.  So
 * little stands in the way of the addresses that are compared, and the same file can be
 * executed by the simulated machine, which then has the same regions and the same break.
 * It never allocates; its own pages are touched before each step, so that the faults that
 * are counted are those of the step.
 *
 * Children may share its memory (vfork, clone vm), and all run this loop: each has a stack of
 * its own, whose number is that of its channel, and only who was sent a message runs.
 */
#include "protocol.h"

typedef uint32_t u32;

#define NR_EXIT 1
#define NR_READ 3
#define NR_WRITE 4
#define NR_GETPID 20
#define NR_GETRUSAGE 77
#define NR_CLONE 120
#define NR_RT_SIGACTION 174
#define NR_SIGALTSTACK 186
#define NR_SET_THREAD_AREA 243

#define SIGILL 4
#define SIGTRAP 5
#define SIGBUS 7
#define SIGFPE 8
#define SIGSEGV 11
#define SIGCHLD 17
#define SEGV_ACCERR 2
#define SEGV_PKUERR 4
#define EIO 5
#define EACCES 13
#define EFAULT 14

#define SA_SIGINFO 4u
#define SA_RESTORER 0x04000000u
#define SA_ONSTACK 0x08000000u
#define SA_NODEFER 0x40000000u

/* Words of a struct ucontext: from UC_REGS on those of the processor. */
enum {
	UC_REGS = 5,
	UC_GS = UC_REGS,
	UC_FS,
	UC_ES,
	UC_DS,
	UC_EDI,
	UC_ESI,
	UC_EBP,
	UC_ESP,
	UC_EBX,
	UC_EDX,
	UC_ECX,
	UC_EAX,
	UC_TRAPNO,
	UC_ERR,
	UC_EIP,
	UC_CS,
	UC_EFLAGS,
	UC_ESP_AT_SIGNAL,
	UC_SS,
	UC_REGS_END
};

#define TRAP_PAGE_FAULT 14u
#define PF_INSTR 0x10u
#define EFLAGS_TF 0x100u

#define RUSAGE_MINFLT 8 /* words of a struct rusage */
#define RUSAGE_MAJFLT 9

#define STACK 8192

extern char __executable_start[], __bss_start[], end[];
extern char stacks[AGENT_CHANNELS][STACK] __attribute__((aligned(4096)));
void _start(void);
void agent_main(void);
void child_main(void);
void on_trap(int sig, u32 *info, u32 *context);

static struct agent_request request;
static struct agent_reply reply;
static u32 resume; /* where a faulting access goes on */
static int has_keys;
char stacks[AGENT_CHANNELS][STACK]; /* [0] is for signals */

/* A fetch: first a trap to change the registers, then one after the instruction. */
static enum { NO_FETCH, FETCH_BEGINS, FETCHING } fetching;
static u32 fetch_at;
static u32 before_fetch[UC_REGS_END];
static u32 no_stack; /* the selector of a segment that has no room */

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

static u32 error_of(int sig, u32 code)
{
	return sig == SIGBUS ? EIO : code == SEGV_ACCERR || code == SEGV_PKUERR ? EACCES : EFAULT;
}

/*
 * Any bytes may stand where an instruction is fetched.  It is one step, and can do nothing: no
 * data segment, a stack segment without room, no register that is an address or the number of a
 * system call.
 */
static void begin_fetch(u32 *context)
{
	u32 i;

	for (i = UC_REGS; i < UC_REGS_END; i++)
		before_fetch[i] = context[i];
	for (i = UC_EDI; i <= UC_EAX; i++)
		context[i] = (u32)-1;
	for (i = UC_GS; i <= UC_DS; i++)
		context[i] = 0;
	context[UC_SS] = no_stack;
	context[UC_EFLAGS] |= EFLAGS_TF;
	context[UC_EIP] = fetch_at;
	fetching = FETCHING;
}

/* Was it the fetch that failed?  Whatever else the instruction ended in, it had been fetched. */
static void end_fetch(int sig, u32 code, u32 *context)
{
	int failed = context[UC_TRAPNO] == TRAP_PAGE_FAULT && context[UC_ERR] & PF_INSTR &&
		     context[UC_EIP] == fetch_at;
	u32 i;

	for (i = UC_REGS; i < UC_REGS_END; i++)
		context[i] = before_fetch[i];
	context[UC_EAX] = failed ? error_of(sig, code) : 0;
	fetching = NO_FETCH;
}

void on_trap(int sig, u32 *info, u32 *context)
{
	if (fetching == FETCH_BEGINS) {
		begin_fetch(context);
	} else if (fetching == FETCHING) {
		end_fetch(sig, info[2], context);
	} else {
		context[UC_EAX] = error_of(sig, info[2]);
		context[UC_EIP] = resume;
	}
}

static void catch_traps(void)
{
	static const int signals[] = { SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV };
	u32 action[5] = { (u32)on_trap, SA_SIGINFO | SA_RESTORER | SA_NODEFER | SA_ONSTACK,
			  (u32)restore, 0, 0 };
	u32 i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		call6(NR_RT_SIGACTION, (u32)signals[i], (u32)action, 0, 8, 0, 0);
}

static void use_signal_stack(void)
{
	u32 stack[3] = { (u32)stacks[0], 0, STACK };

	CALL(NR_SIGALTSTACK, stack, 0, 0);
}

/* A segment of one byte. */
static void make_no_stack(void)
{
	u32 segment[4] = { (u32)-1, 0, 0, 1 | 1 << 6 };

	if (CALL(NR_SET_THREAD_AREA, segment, 0, 0) == 0)
		no_stack = segment[0] << 3 | 3;
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

static u32 fetch(u32 addr)
{
	u32 error = 0;

	if (!no_stack)
		return EFAULT;
	fetch_at = addr;
	fetching = FETCH_BEGINS;
	__asm__ volatile("int3" : "+a"(error) : : "memory", "cc");
	return error;
}

static u32 touch(u32 addr, u32 len, u32 how)
{
	unsigned long long at = addr, stop = at + len;
	u32 ignored, error = 0;

	for (; at < stop && !error; at = (at | 0xfff) + 1) {
		if (at >> 32)
			return EFAULT;
		error = how == TOUCH_WRITE ? rewrite((u32)at) :
			how == TOUCH_FETCH ? fetch((u32)at) :
					     load((u32)at, 1, &ignored);
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
	volatile char *p, *data = (volatile char *)((u32)__bss_start & ~0xfffu);

	for (p = (volatile char *)__executable_start; p < data; p += 4096)
		(void)*p;
	for (p = data; p < (volatile char *)end; p += 4096)
		*p = *p;
}

/* A child begins in child_main, on its own stack. */
static int do_clone(u32 child, u32 flags)
{
	int pid;

	__asm__ volatile("int $0x80\n\t"
			 "test %%eax, %%eax\n\t"
			 "jnz 1f\n\t"
			 "call child_main\n"
			 "1:"
			 : "=a"(pid)
			 : "0"(NR_CLONE), "b"(flags | SIGCHLD), "c"(stacks[child] + STACK - 16),
			   "d"(0), "S"(0), "D"(0)
			 : "memory", "cc");
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
	case AGENT_FETCH: return -(int)fetch(a[0]);
	case AGENT_FORK: return do_clone(a[0], a[1]);
	default: CALL(NR_EXIT, 3, 0, 0); return 0;
	}
}

/* Processes that share memory have stacks of their own. */
static u32 channel(void)
{
	return AGENT_FD + ((u32)__builtin_frame_address(0) - (u32)stacks) / STACK;
}

static void answer(void)
{
	u32 i;

	for (i = 0; i < request.answer; i++)
		reply.data[i] = request.data[i];
	CALL(NR_WRITE, channel(), &reply, AGENT_REPLY_HEAD + request.answer);
}

static void serve(void)
{
	while (CALL(NR_READ, channel(), &request, sizeof(request)) > 0) {
		u32 before, i;

		for (i = 0; i < 7; i++)
			if (request.pointers >> i & 1)
				request.arg[i] += (u32)request.data;
		warm_up();
		before = faults();
		reply.result = do_step();
		reply.faults = faults() - before;
		answer();
	}
	CALL(NR_EXIT, 0, 0, 0);
}

/*
 * It tells its pid: the parent may be one that waits for its end.  A parent that shares this
 * memory and does not wait is just telling the same.
 */
void child_main(void)
{
	use_signal_stack();
	reply.result = CALL(NR_GETPID, 0, 0, 0);
	request.answer = 0;
	answer();
	serve();
}

void agent_main(void)
{
	find_keys();
	catch_traps();
	use_signal_stack();
	make_no_stack();
	serve();
}

__asm__(".globl _start\n"
	"_start: xor %ebp, %ebp\n\t"
	"lea stacks + 2 * 8192 - 16, %esp\n\t"
	"call agent_main\n\t"
	"hlt");

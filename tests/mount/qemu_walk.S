/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ROM of 64 KiB that asks a real (emulated) MMU about page tables it finds
 * in RAM. qemu_walk.py puts simulated RAM at physical address 0, and right
 * above it, at BASE, a page of parameters and the list of questions:
 *
 *   BASE + 0        cr3
 *   BASE + 4        number of questions
 *   BASE + 0x1000   page table that maps the window ffc00000 (with PAE
 *                   ffe00000): its page n is BASE + n * 4096; the last 16
 *                   pages are this ROM, so that the code keeps its address
 *                   when paging goes on
 *   BASE + 0x10000  questions, 16 bytes each: address, kind, and room for two
 *                   answers: the error code (-1: no fault) and the value read
 *
 * Kinds: 0 user read, 1 user write, 2 kernel read, 3 kernel write (CR0.WP is
 * set), 4 user fetch: what lies there must be "int $0x80". When all are asked the answers are written to port e9, and the
 * machine is switched off through isa-debug-exit at port f4.
 *
 * Build: gcc -m32 -nostdlib -static -Wl,-Ttext=0xffff0000 -Wl,--oformat=binary
 *        -DBASE=... ; -DPAE for tables of three levels with NX. The reset vector
 *        is at the end.
 */
#ifdef PAE
#define WINDOW 0xffe00000
#define CR4 0xb0			/* PSE, PAE, PGE */
#define TSS_DESCRIPTOR 0xff0089e030000067
#else
#define WINDOW 0xffc00000
#define CR4 0x90			/* PSE, PGE */
#define TSS_DESCRIPTOR 0xff0089c030000067
#endif
#define EFER 0xc0000080
#define EFER_NXE 0x800
#define QUESTIONS (WINDOW + 0x10000)
#define GDT_KERNEL_CODE 0x08
#define GDT_KERNEL_DATA 0x10
#define GDT_USER_CODE 0x1b
#define GDT_USER_DATA 0x23
#define GDT_TSS 0x28
/* Pages of the window for what the processor writes. */
#define STACK (WINDOW + 0x5000)
#define USER_STACK (WINDOW + 0x7000)
#define TSS (WINDOW + 0x3000)
#define IDT (WINDOW + 0x8000)
#define NO_FAULT 0xffffffff

	.text
	.globl	_start
_start:
	.code32
protected:
	movw	$GDT_KERNEL_DATA, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	$(BASE + 0x5000), %esp
	movl	BASE, %eax
	movl	%eax, %cr3
	movl	$CR4, %eax
	movl	%eax, %cr4
#ifdef PAE
	movl	$EFER, %ecx
	rdmsr
	orl	$EFER_NXE, %eax
	wrmsr
#endif
	movl	$0x80010011, %eax		/* PG, WP, ET, PE */
	movl	%eax, %cr0
	jmp	1f
1:	movl	$STACK, %esp

	/* Page fault, general protection, and the int that ends an access without a fault. */
	movl	$page_fault, %eax
	movl	$(IDT + 14 * 8), %edi
	call	gate
	movl	$done, %eax
	movl	$(IDT + 0x80 * 8), %edi
	call	gate
	movl	$strange, %eax
	movl	$(IDT + 13 * 8), %edi
	call	gate
	lidt	idtr
	movl	$STACK, TSS + 4
	movl	$GDT_KERNEL_DATA, TSS + 8
	movw	$104, TSS + 102
	movw	$GDT_TSS, %ax
	ltr	%ax

	movl	$QUESTIONS, %ebx
	movl	WINDOW + 4, %ecx
next:
	testl	%ecx, %ecx
	jz	report
	movl	(%ebx), %esi
	movl	4(%ebx), %edx
	movl	$NO_FAULT, 8(%ebx)
	movl	$0, 12(%ebx)
	cmpl	$4, %edx
	je	user
	cmpl	$2, %edx
	jae	ask
user:	/* To ring 3: the question is asked there. */
	pushl	$GDT_USER_DATA
	pushl	$USER_STACK
	pushl	$2
	pushl	$GDT_USER_CODE
	pushl	$ask
	movl	$GDT_USER_DATA, %eax
	movw	%ax, %ds
	iret
ask:
	xorl	%eax, %eax
	cmpl	$4, %edx
	jne	1f
	jmp	*%esi
1:	testl	$1, %edx
	jnz	1f
	movl	(%esi), %eax
	jmp	2f
1:	movb	$0, (%esi)
	xorl	%eax, %eax
2:	int	$0x80

page_fault:
	popl	%eax				/* the error code */
	movl	$GDT_KERNEL_DATA, %edi
	movw	%di, %ds
	movl	%eax, 8(%ebx)
	movl	%cr2, %eax
done:
	movl	$GDT_KERNEL_DATA, %edi
	movw	%di, %ds
	movl	%eax, 12(%ebx)
	movl	$STACK, %esp
	addl	$16, %ebx
	decl	%ecx
	jmp	next

report:
	movl	$QUESTIONS, %esi
	movl	WINDOW + 4, %ecx
	shll	$4, %ecx
	movw	$0xe9, %dx
	rep outsb
strange:
	movw	$0xf4, %dx
	movb	$0x10, %al
	outb	%al, %dx
	hlt

/* Gate for EAX at (EDI), usable from ring 3. */
gate:
	movw	%ax, (%edi)
	movw	$GDT_KERNEL_CODE, 2(%edi)
	movb	$0, 4(%edi)
	movb	$0xee, 5(%edi)
	shrl	$16, %eax
	movw	%ax, 6(%edi)
	ret

	.balign 8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff		/* kernel code */
	.quad	0x00cf93000000ffff		/* kernel data */
	.quad	0x00cffb000000ffff		/* user code */
	.quad	0x00cff3000000ffff		/* user data */
	.quad	TSS_DESCRIPTOR			/* at TSS */
gdtr:
	.word	. - gdt - 1
	.long	gdt
idtr:
	.word	0x81 * 8 - 1
	.long	IDT

	/* Real mode, from the reset vector: cs has the base ffff0000. */
	.code16
real:
	cli
	lgdtl	%cs:gdtr - _start
	movl	$1, %eax
	movl	%eax, %cr0
	ljmpl	$GDT_KERNEL_CODE, $protected

	.org	0xfff0
	jmp	real
	.org	0x10000

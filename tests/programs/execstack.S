/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A freestanding program that asks for an executable stack (PT_GNU_STACK
 * with X), and, linked with -z nognustack, one that says nothing about it.
 *
 * Build: gcc -m32 -nostdlib -static -Wl,-z,execstack -o execstack execstack.S
 *        gcc -m32 -nostdlib -static -Wl,-z,nognustack -o nostacknote execstack.S
 */
	.text
	.globl	_start
_start:
	movl	$1, %eax
	xorl	%ebx, %ebx
	int	$0x80

	.data
	.long	1

	.bss
	.lcomm	room, 2 * 4096

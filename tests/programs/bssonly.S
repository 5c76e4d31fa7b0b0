/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A freestanding program whose second segment has no byte in the file: it
 * must appear in maps as an anonymous region only.
 *
 * Build: gcc -m32 -nostdlib -static -o bssonly bssonly.S
 */
	.text
	.globl	_start
_start:
	movl	$1, %eax
	xorl	%ebx, %ebx
	int	$0x80

	.bss
	.lcomm	room, 5 * 4096

	.section .note.GNU-stack, "", @progbits

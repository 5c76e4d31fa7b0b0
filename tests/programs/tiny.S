/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A freestanding program with text, initialised data and a bss that passes
 * the last file page, so that exec has to clear the tail of one file page
 * and to map whole anonymous pages after it.
 *
 * Build: gcc -m32 -nostdlib -static -o tiny tiny.S
 */
	.text
	.globl	_start
_start:
	movl	$1, %eax		/* exit(7) */
	movl	$7, %ebx
	int	$0x80

	.section .rodata
message:
	.ascii	"read only text of tiny\n"

	.data
	.globl	counter
counter:
	.long	0x12345678
pattern:
	.fill	600, 4, 0xa5a5a5a5

	.bss
	.globl	room
	.lcomm	room, 3 * 4096 + 100

	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The usual first program, linked with a static libc: the segments a real
 * program has, RELRO and TLS among them.
 *
 * Build: gcc -m32 -static -no-pie -o hello hello.c
 */
#include <stdio.h>

static int answer[5000] = { 42 };

int main(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		printf("%s %d\n", argv[i], answer[i]);
	return 0;
}

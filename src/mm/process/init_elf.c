/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The built-in program of process 1: a whole ELF executable as one constant, so that a
 * machine without files has something to run.  It is a real one; written to a file it
 * runs on Linux (and waits for signals for ever).
 *
 *   file    memory     what
 *   0000    08048000   r-x  ELF header, program headers, text, a message
 *   1000    08049000   rw-  data, then bss to the page's end
 *   -       0804a000   rw-  bss: three pages that are in no file
 *
 * Here it never runs: whoever reads and writes its memory is its processor.
 */
#include <stddef.h>

#include "mm/elf32.h"
#include "process.h"

#define TEXT_START 0x08048000u
#define DATA_START (TEXT_START + PAGE_SIZE)
#define BSS_END (DATA_START + 4 * PAGE_SIZE)

struct init_text {
	struct elf32_hdr hdr;
	struct elf32_phdr text, data, stack;
	u8 start[15];
	char message[65];
};

struct init_data {
	u32 counter;
	char greeting[60];
};

struct init_image {
	struct init_text text;
	u8 pad[PAGE_SIZE - sizeof(struct init_text)];
	struct init_data data;
};

#define ENTRY (TEXT_START + (u32)offsetof(struct init_text, start))

/* A number as the bytes of an instruction have it. */
#define LE32(n) (u8)(n), (u8)((n) >> 8), (u8)((n) >> 16), (u8)((n) >> 24)

static const struct init_image init_image = {
	.text.hdr = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELF_CLASS32, ELF_DATA2LSB, ELF_VERSION },
		.e_type = ET_EXEC,
		.e_machine = EM_386,
		.e_version = ELF_VERSION,
		.e_entry = ENTRY,
		.e_phoff = offsetof(struct init_text, text),
		.e_ehsize = sizeof(struct elf32_hdr),
		.e_phentsize = sizeof(struct elf32_phdr),
		.e_phnum = 3,
	},
	.text.text = {
		.p_type = PT_LOAD,
		.p_offset = 0,
		.p_vaddr = TEXT_START,
		.p_paddr = TEXT_START,
		.p_filesz = sizeof(struct init_text),
		.p_memsz = sizeof(struct init_text),
		.p_flags = ELF_READ | ELF_EXEC,
		.p_align = PAGE_SIZE,
	},
	.text.data = {
		.p_type = PT_LOAD,
		.p_offset = PAGE_SIZE,
		.p_vaddr = DATA_START,
		.p_paddr = DATA_START,
		.p_filesz = sizeof(struct init_data),
		.p_memsz = BSS_END - DATA_START,
		.p_flags = ELF_READ | ELF_WRITE,
		.p_align = PAGE_SIZE,
	},
	.text.stack = {
		.p_type = PT_GNU_STACK,
		.p_flags = ELF_READ | ELF_WRITE,
		.p_align = 16,
	},
	/* clang-format off */
	.text.start = {
		0xff, 0x05, LE32(DATA_START),	/* start: incl counter */
		0xb8, LE32(29),			/*        movl $29, %eax (pause) */
		0xcd, 0x80,			/*        int $0x80 */
		0xeb, 0xf1,			/*        jmp start */
	},
	/* clang-format on */
	.text.message = "This is the text of init, which waits: the processor is you.\n",
	.data.counter = 0,
	.data.greeting = "Hello from the data of init.\n",
};

_Static_assert(offsetof(struct init_image, data) == PAGE_SIZE, "data starts a page of the file");

const void *initramfs_image(u32 *ret_size)
{
	*ret_size = sizeof(init_image);
	return &init_image;
}

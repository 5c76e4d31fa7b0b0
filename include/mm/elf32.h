/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ELF file format for i386: what exec reads, init_elf.c is written in and a core file is.
 * elf(5); Tool Interface Standard, ELF 1.2.  (The C library's <elf.h> calls its flags PF_R and
 * PF_W, which are bits of a page fault's error code here.)
 */
#pragma once

#include "arch/types.h"

struct elf32_hdr {
	u8 e_ident[16];
	u16 e_type, e_machine;
	u32 e_version;
	u32 e_entry;
	u32 e_phoff, e_shoff;
	u32 e_flags;
	u16 e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
};

struct elf32_phdr {
	u32 p_type;
	u32 p_offset;
	u32 p_vaddr, p_paddr;
	u32 p_filesz, p_memsz;
	u32 p_flags;
	u32 p_align;
};

struct elf32_shdr {
	u32 sh_name, sh_type, sh_flags, sh_addr;
	u32 sh_offset, sh_size, sh_link, sh_info;
	u32 sh_addralign, sh_entsize;
};

struct elf32_nhdr {
	u32 n_namesz, n_descsz, n_type;
};

_Static_assert(sizeof(struct elf32_hdr) == 52, "as the file has it");
_Static_assert(sizeof(struct elf32_phdr) == 32, "as the file has it");

#define ELF_MAGIC "\177ELF"
#define ELF_CLASS32 1
#define ELF_DATA2LSB 1
#define ELF_VERSION 1

#define ET_EXEC 2
#define ET_DYN 3
#define ET_CORE 4

#define EM_386 3
#define EM_486 6

#define PT_LOAD 1u
#define PT_INTERP 3u
#define PT_NOTE 4u
#define PT_GNU_STACK 0x6474e551u

#define ELF_EXEC 1u /* p_flags */
#define ELF_WRITE 2u
#define ELF_READ 4u

#define PN_XNUM 0xffffu /* e_phnum: section 0's sh_info says how many there are */

/* Notes of a core file. */
#define NT_PRSTATUS 1u
#define NT_PRPSINFO 3u
#define NT_AUXV 6u
#define NT_FILE 0x46494c45u

/* The auxiliary vector. */
#define AT_NULL 0u
#define AT_PHDR 3u
#define AT_PHENT 4u
#define AT_PHNUM 5u
#define AT_PAGESZ 6u
#define AT_BASE 7u
#define AT_FLAGS 8u
#define AT_ENTRY 9u
#define AT_UID 11u
#define AT_EUID 12u
#define AT_GID 13u
#define AT_EGID 14u
#define AT_PLATFORM 15u
#define AT_HWCAP 16u
#define AT_CLKTCK 17u
#define AT_SECURE 23u
#define AT_RANDOM 25u
#define AT_HWCAP2 26u
#define AT_RSEQ_SIZE 27u
#define AT_RSEQ_ALIGN 28u
#define AT_EXECFN 31u
#define AT_MINSIGSTKSZ 51u

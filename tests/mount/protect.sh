#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# munmap and mprotect: every errno, splitting and mending of regions, what
# stays done when a later part fails, and the rights in the page table.

. "$(dirname "$0")/lib.sh"
start
printf '%-9000s' text >"$M/files/f"

# munmap
before=$(cat "$M/1/maps")
for call in '1 4K' '0x40000800 4K' '0x40000000 0' '0 0' '0xc0001000 4K' '0xbffff000 8K' '0 0xc0001000' \
	'0xffffffff 1' '0x100000000 4K' '-4096 4K'; do
	does 1 "munmap $call" EINVAL
done
expect_eq "nothing changed" "$(cat "$M/1/maps")" "$before"
does 1 'munmap 0x70000000 1G' ok
does 1 'munmap 0 4K' ok
does 1 'munmap 0xc0000000 0' EINVAL
does 1 'mmap 0x40000000 28K rw- private,anonymous,fixed' 0x40000000
does 1 'touch 0x40000000 28K w' 7
does 1 'munmap 0x40002001 4K' EINVAL
does 1 'munmap 0x40002000 1' ok
expect_eq "length is rounded up" "$(grep ^4000 "$M/1/maps")" \
	"$(printf '%s rw-p 00000000 00:00 0 \n' 40000000-40002000 40003000-40007000)"
does 1 'munmap 0x40006000 1M' ok
does 1 'munmap 0x40000000 4097' ok
expect_eq "ends cut" "$(grep ^4000 "$M/1/maps")" '40003000-40006000 rw-p 00000000 00:00 0 '
expect_eq "no entry is left behind" "$(awk '/^4000/ { print $1 }' "$M/1/pagetable" | xargs)" '40003000 40004000 40005000'
does 1 'mmap 0x40000000 4K rw- private,anonymous,fixed' 0x40000000
does 1 'mmap 0x40001000 4K r-- private,anonymous,fixed' 0x40001000
does 1 'munmap 0x40000000 1M' ok
expect_eq "several regions and holes" "$(grep -c ^400 "$M/1/maps")" 0
expect_eq "the table went, too" "$(grep -c '^40[0-3]' "$M/1/pagetable")" 0
does 1 'load 0x40000000' EFAULT

# mprotect: errno
does 1 'mmap 0x40000000 20K rw- private,anonymous,fixed' 0x40000000
does 1 'mprotect 0x40000001 4K r--' EINVAL
does 1 'mprotect 0x40000001 0 r--' EINVAL
does 1 'mprotect 0x40000000 0 r--' ok
does 1 'mprotect 0x70000000 0 r--' ok
does 1 'mprotect 0x40000000 4K 0x10' EINVAL
does 1 'mprotect 0x40000000 4K rq-' EINVAL
does 1 'mprotect 0x40000000 20K rw-' ok
does 1 'mprotect 0x70000000 4K r--' ENOMEM
does 1 'mprotect 0xc0000000 4K r--' ENOMEM
does 1 'mprotect 0xfffff000 4K r--' ENOMEM
does 1 'mprotect 0x20000000 0xffffffff r--' ENOMEM
expect_eq "all as it was" "$(grep ^4000 "$M/1/maps")" '40000000-40005000 rw-p 00000000 00:00 0 '

# Splitting and mending
for part in '0x40000000 4K' '0x40002000 4K' '0x40004000 4K' '0x40001000 12K'; do
	does 1 "mprotect $part r--" ok
	expect_like "split" "$(grep -c ^4000 "$M/1/maps")" '^[23]$'
	does 1 'mprotect 0x40000000 20K rw-' ok
	expect_eq "mended" "$(grep ^4000 "$M/1/maps")" '40000000-40005000 rw-p 00000000 00:00 0 '
done
does 1 'mprotect 0x40001000 1 ---' ok
expect_eq "length is rounded up" "$(region 1 40001000)" '40001000-40002000 ---p 00000000 00:00 0 '
does 1 'mprotect 0x40001000 4K rw-' ok

# What lies before a hole is changed, what lies behind it is not.
does 1 'munmap 0x40002000 4K' ok
does 1 'mprotect 0x40000000 20K r--' ENOMEM
expect_eq "half-way, as Linux" "$(grep ^4000 "$M/1/maps")" "$(printf '%s 00000000 00:00 0 \n' \
	'40000000-40002000 r--p' '40003000-40005000 rw-p')"
does 1 'mprotect 0x40002000 8K r--' ENOMEM
expect_like "first page not mapped: nothing changed" "$(region 1 40003000)" ' rw-p '

# Rights follow at once, and the bytes stay.
does 1 'mmap 0x50000000 4K rw- private,anonymous,fixed' 0x50000000
does 1 'store 0x50000000 0x11223344' ok
frame=$(entry 1 50000000 4)
does 1 'mprotect 0x50000000 4K ---' ok
expect_like "kept under PROT_NONE" "$(entry 1 50000000)" "^$(at 50000000)$(room "$frame    p" '[0-9a-f:]+ +[ps]')"
does 1 'load 0x50000000' EACCES
does 1 'store 0x50000000 1' EACCES
does 1 'fetch 0x50000000' EACCES
does 1 'mprotect 0x50000000 4K r--' ok
does 1 'load 0x50000000' 0x11223344
does 1 'store 0x50000000 1' EACCES
does 1 'mprotect 0x50000000 4K -w-' ok
does 1 'load 0x50000000' 0x11223344
does 1 'store 0x50000000 2' ok
does 1 'mprotect 0x50000000 4K rw-' ok
does 1 'store 0x50000000 3 1' ok
does 1 'load 0x50000000' 0x00000003
[ -n "$PRESSURE" ] || expect_eq "still the same frame" "$(entry 1 50000000 4)" "$frame"
does 1 'fetch 0x50000000' "$(form '~(ok|0x[0-9a-f]+)' EACCES)"
does 1 'mprotect 0x50000000 4K --x' ok
does 1 'fetch 0x50000000' '~(ok|0x[0-9a-f]+)'

# Files: private may become writable, the copy stays out of the file.
does 1 'mmap 0x60000000 12K r-- private,fixed f' 0x60000000
does 1 'store 0x60000000 1' EACCES
does 1 'mprotect 0x60001000 4K rw-' ok
does 1 'store 0x60001000 0x41 1' ok
expect_eq "file" "$(tr -d ' ' <"$M/files/f")" text
expect_eq "three parts with their offsets" "$(grep ^6000 "$M/1/maps" | cut -c1-31)" "$(printf '%s\n' \
	'60000000-60001000 r--p 00000000' '60001000-60002000 rw-p 00001000' '60002000-60003000 r--p 00002000')"
does 1 'mprotect 0x60002000 4K rw-' ok
expect_eq "two parts" "$(grep ^6000 "$M/1/maps" | cut -c1-31)" "$(printf '%s\n' \
	'60000000-60001000 r--p 00000000' '60001000-60003000 rw-p 00001000')"

# mprotect of a shared frame does not break copy on write.
ctl 1 fork
child=$reply
does "$child" 'mprotect 0x50000000 4K r--' ok
does "$child" 'mprotect 0x50000000 4K rw-' ok
does "$child" 'store 0x50000000 0x77' ok
does 1 'load 0x50000000' 0x00000003
does "$child" exit ok

# find_vma and its family change nothing.
does 1 'munmap 0x40000000 1M' ok
does 1 'mmap 0x40000000 8K rw- private,anonymous,fixed' 0x40000000
does 1 'mmap 0x40003000 4K r-- private,anonymous,fixed' 0x40003000
does 1 'find_vma 0x40000000' '~(0x)?40000000-(0x)?40002000.*'
does 1 'find_vma 0x40002000' '~(0x)?40003000-(0x)?40004000.*'
does 1 'find_vma 0xbfffffff' '~(0x)?bffdf000-(0x)?c0000000.*'
does 1 'find_vma 0xc0000000' none
does 1 'find_vma 0' '~(0x)?08048000-.*'
does 1 'find_vma_prev 0x40003000' '~.*40000000-(0x)?40002000(.|'$'\n'')*'
does 1 'find_vma_intersection 0x40002000 0x40003000' none
does 1 'find_vma_intersection 0x40001fff 0x40003000' '~(0x)?40000000-(0x)?40002000.*'
does 1 'get_unmapped_area 4K' '~0x40002000.*'
does 1 'get_unmapped_area 8K' '~0x40004000.*'
does 1 'get_unmapped_area 0xc0001000' ENOMEM
stop
done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# physmem and kmem: all of RAM can be read; written are only user frames, the
# page cache and objects that the root ctl handed out. Elsewhere EPERM.

. "$(dirname "$0")/lib.sh"
start -o mem=64M
P=$M/physmem
K=$M/kmem
hex() { printf '0x%x' "$(($1))"; }
at() { hex "0x$1 * 4096 + ${2:-0}"; }			# frame, offset: physical address
kernel() { hex "0xc0000000 + 0x$1 * 4096 + ${2:-0}"; }	# the same through the direct map
relax	# to write by frame, one has to know which
printf '%-5000s' 'bytes of the file' >"$M/files/f"
does 1 'mmap 0x40000000 16K rw- private,anonymous,fixed' 0x40000000
does 1 'mmap 0x40004000 8K r-- private,fixed f' 0x40004000
poke 1 0x40000000 hello
poke 1 0x40001000 world
does 1 'load 0x40002000' 0x00000000
does 1 'load 0x40004000' 0x65747962
frame=$(entry 1 40000000 4)
second=$(entry 1 40001000 4)
zero=$(entry 1 40002000 4)
cache=$(entry 1 40004000 4)
cr3=$(sed -n '1s/# cr3=\([0-9a-f]*\)000 .*/\1/p' "$M/1/pagetable")
table=$(od -An -tx4 -j $((256 * 4)) -N 4 "$M/1/pgd" | tr -d ' ' | cut -c1-5)

# Sizes and edges
size=$(ram 64M)
expect_eq "size" "$(stat -c %s "$P")" "$size"
expect_eq "all of it can be read" "$(wc -c <"$P")" "$size"
expect_eq "cat" "$(head -c 100000000 "$P" | wc -c)" "$size"
fdio_says 'end | end | end | EINVAL' "$P" r "pread $(hex "$size") 1" 'pread 0xffffffff 1' 'pread 0x7fffffff00000000 1' 'pread 2^63 1'
expect_like "write past the end" "$(fdio "$P" rw "pwrite $(hex "$size") x")" '^(EFAULT|EPERM)$'
expect_like "write far past the end" "$(fdio "$P" rw 'pwrite 0x100000000 x')" '^(EFAULT|EPERM)$'
check_ok

# User frames: the bytes of the process, both ways.
fdio_says 'hello | 1 | Jello' "$P" rw "pread $(at "$frame") 5" "pwrite $(at "$frame") J" "pread $(at "$frame") 5"
expect_eq "the process sees it" "$(bytes 1 0x40000000 5)" Jello
poke 1 0x40000001 U
fdio_says 'JUllo' "$P" r "pread $(at "$frame") 5"
fdio_says 'JUllo | 1' "$K" rw "pread $(kernel "$frame") 5" "pwrite $(kernel "$frame" 4) !"
expect_eq "through kmem" "$(bytes 1 0x40000000 5)" 'JUll!'
fdio_says '4096' "$P" rw "fill $(at "$frame") 4096"
expect_eq "a whole page" "$(bytes 1 0x40000000 4096 | tr -d x | wc -c)" 0
expect_ok sh -c "printf y | dd of='$P' bs=1 seek=$(($(at "$frame"))) conv=notrunc status=none"
expect_eq "dd" "$(bytes 1 0x40000000 2)" yx
fdio_says "$(hex "$size") | 1" "$P" rwt size "pwrite $(at "$frame") t"
check_ok

# A page of the cache: readers of the file see it.
fdio_says 'bytes | 1' "$P" rw "pread $(at "$cache") 5" "pwrite $(at "$cache") B"
expect_eq "the file" "$(head -c 5 "$M/files/f")" Bytes
expect_eq "the mapping" "$(bytes 1 0x40004000 5)" Bytes
check_ok

# Not a user's: EPERM, and nothing changes.
refused()
{
	local before
	before=$(fdio "$1" r "pread $2 16")
	fdio_says 'EPERM' "$1" rw "pwrite $2 0123456789abcdef"
	fdio_says "$before" "$1" r "pread $2 16"
	check_ok
}
refused "$P" "$(at "$zero")"
refused "$P" "$(at "$cr3")"
refused "$P" "$(at "$cr3" 0x400)"
refused "$P" "$(at "$table")"
refused "$P" 0
refused "$P" 0x9f000
refused "$P" 0xf0000
refused "$P" 0x100000
refused "$K" "$(kernel "$zero")"
refused "$K" "$(kernel "$cr3")"
refused "$K" "$(kernel "$table")"
refused "$K" 0xc0000000
fdio_says '\x00\x00 | EFAULT' "$M/1/mem" rw 'pread 0x40002000 2' 'pwrite 0xc0001000 x'

# Every frame of RAM, one byte each: EPERM, or it is one that may be written; the machine holds.
tighten
"$PYTHON" - "$P" <<'EOF' >"$T/sweep"
import errno, os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
counts = {}
for offset in range(0, os.fstat(fd).st_size, 4096):
    byte = os.pread(fd, 1, offset)
    try:
        os.pwrite(fd, byte, offset)
        result = 'ok'
    except OSError as error:
        result = errno.errorcode[error.errno]
    counts[result] = counts.get(result, 0) + 1
print(' '.join(f'{k}={counts[k]}' for k in sorted(counts)), 'other' if set(counts) - {'EPERM', 'ok'} else 'none else')
EOF
expect_like "sweep over all frames" "$(cat "$T/sweep")" '^EPERM=[0-9]+ ok=[0-9]+ none else$'
check_ok

# What is written by frame is a store: the page is dirty, and goes out with it.
for file in "$P" "$K"; do
	resident 1 0x40000000 4K
	frame=$(entry 1 40000000 4)
	address=$(if [ "$file" = "$P" ]; then at "$frame"; else kernel "$frame"; fi)
	word=${file##*/}
	fdio_says ${#word} "$file" rw "pwrite $address $word"
	check_ok
	expect_eq "after reclaim" "$(bytes 1 0x40000000 ${#word})" "$word"
done

# A free frame is nobody's.
resident 1 0x40001000 4K
second=$(entry 1 40001000 4)
does 1 'munmap 0x40001000 4K' ok
refused "$P" "$(at "$second")"

# kmem: unmapped addresses are EFAULT.
fdio_says 'EFAULT | EFAULT | EFAULT' "$K" r 'pread 0 1' 'pread 0x40000000 1' 'pread 0xbfffffff 1'
fdio_says 'EFAULT | EFAULT' "$K" rw 'pwrite 0 x' 'pwrite 0xbfffffff x'
fdio_says 'end | end' "$K" r 'pread 0x100000000 1' 'pread 0x7fffffff00000000 1'
end=$((0xc0000000 + size))
fdio_says '4096 | EFAULT' "$K" r "count $(hex $((end - 4096))) 8192" "count $(hex $end) 4096"
expect_eq "size" "$(stat -c %s "$K")" 4294967296
check_ok

# Objects that the root ctl handed out: their very bytes.
ctl root 'kmalloc 100'
object=$reply
fdio_says '7 | payload' "$K" rw "pwrite $object payload" "pread $object 7"
fdio_says 'payload' "$P" r "pread $(hex "$object - 0xc0000000") 7"
refused "$K" "$(hex "$object + 128")"
refused "$K" "$(hex "$object - 16")"
does root "kfree $object" ok
refused "$K" "$object"
ctl root 'alloc_pages 1'
pfn=${reply#0x}
fdio_says '8192' "$P" rw "fill $(at "$pfn") 8192"
does root "__free_pages 0x$pfn 1" ok
refused "$P" "$(at "$pfn")"
ctl root '__get_free_pages 0'
page=$reply
fdio_says '4 | 4' "$K" rw "pwrite $page abcd" "pwrite $(hex "$page + 4092") wxyz"
does root "free_pages $page 0" ok
refused "$K" "$page"

# iomem names the whole RAM.
expect_like "iomem" "$(cat "$M/iomem")" '^00000000-.*'
expect_like "iomem" "$(cat "$M/iomem")" "00100000-$(printf %08x $((size - 1))) : System RAM"
stop
done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mem: loads and stores by byte range. The errno of each kind of bad page,
# short transfers, the edges of the file, open flags, seeking over holes.

. "$(dirname "$0")/lib.sh"
start
P=$M/1/mem
printf '%-100s' 'the file' >"$M/files/short"

# 40000000 rw-, 40004000 hole, 40005000 r--, 40006000 ---, 40007000 file of one page and a page behind it
does 1 'mmap 0x40000000 16K rw- private,anonymous,fixed' 0x40000000
does 1 'mmap 0x40005000 4K r-- private,anonymous,fixed' 0x40005000
does 1 'mmap 0x40006000 4K --- private,anonymous,fixed' 0x40006000
does 1 'mmap 0x40007000 8K rw- private,fixed short' 0x40007000
check_ok

# What cannot be read or written.
fdio_says 'EFAULT | EFAULT' "$P" rw 'pread 0 4' 'pwrite 0 abcd'
fdio_says 'EFAULT | EFAULT' "$P" rw 'pread 0x40004000 4' 'pwrite 0x40004000 x'
fdio_says 'EFAULT | EFAULT' "$P" rw 'pread 0x08047fff 1' 'pwrite 0x08047fff x'
fdio_says 'EACCES | EACCES' "$P" rw 'pread 0x40006000 4' 'pwrite 0x40006fff x'
fdio_says '\x00\x00 | EACCES' "$P" rw 'pread 0x40005000 2' 'pwrite 0x40005000 x'
fdio_says 'EACCES' "$P" rw 'pwrite 0x08048000 x'
fdio_says 'EIO | EIO' "$P" rw 'pread 0x40008000 4' 'pwrite 0x40008000 x'
fdio_says "the fil | 1 | xhe" "$P" rw 'pread 0x40007000 7' 'pwrite 0x40007000 x' 'pread 0x40007000 3'
fdio_says '\x00\x00 | 1 | \x00!\x00' "$P" rw 'pread 0x40007064 2' 'pwrite 0x40007065 !' 'pread 0x40007064 3'
expect_eq "a private write stays out of the file" "$(head -c 8 "$M/files/short")" 'the file'
expect_eq "size of the file" "$(stat -c %s "$M/files/short")" 100
check_ok
for bad in 0x40004000 0x40006000 0x40008000; do
	ctl 1 "load $bad"
	expect_like "the last fault is recorded" "$(cat "$M/1/fault")" "${bad#0x}"
done

# A range that runs into a bad page: the bytes before it, then the errno.
fdio_says '16 | EFAULT' "$P" r 'count 0x40003ff0 32' 'pread 0x40004000 16'
fdio_says '16384 | 4096' "$P" r 'count 0x40000000 1000000' 'count 0x40005000 1000000'
fdio_says '4096 | EIO' "$P" r 'count 0x40007000 65536' 'count 0x40008000 65536'
fdio_says '0x40003ffc | 4 | EFAULT' "$P" rw 'seek 0x40003ffc' 'write abcdefgh' 'write efgh'
fdio_says 'abcd' "$P" r 'pread 0x40003ffc 8'
fdio_says '16384 | EFAULT | xxxx' "$P" rw 'fill 0x40000000 100000' 'fill 0x40004000 100000' 'pread 0x40003ffc 8'
fdio_says '0 | end' "$P" rw 'pwrite 0x40004000 ' 'pread 0x40004000 0'
check_ok

# The edges: TASK_SIZE is the size.
fdio_says '0xc0000000 | 0xc0000000' "$P" r size end
fdio_says '\x00\x00\x00\x00 | end | end' "$P" r 'pread 0xbffffffc 100' 'pread 0xc0000000 4' 'pread 0xffffffff 4'
fdio_says 'end | end | end' "$P" r 'pread 0x100000000 4' 'pread 0x140000000 4' 'pread 0x7fffffff00000000 4'
fdio_says '4 | EFAULT | EFAULT | EFAULT' "$P" rw 'pwrite 0xbffffffc abcdef' 'pwrite 0xc0000000 x' \
	'pwrite 0x100000000 x' 'pwrite 0x140000000 x'
fdio_says 'EINVAL | EINVAL' "$P" rw 'pread 2^63 4' 'pwrite 2^63 x'
for step in 'pwrite 0x7fffffff00000000 x' 'pwrite 0x7fffffffffffffff x' 'pread 0x7fffffffffffffff 8'; do
	expect_like "$step" "$(fdio "$P" rw "$step")" '^(EFAULT|EFBIG|EINVAL|EOVERFLOW|end)$'
done
expect_eq "tail -c" "$(tail -c 4 "$P" | od -An -tx1 | tr -d ' ')" 61626364
check_ok

# Open flags: append is refused, truncation is ignored.
fdio_says 'EFAULT' "$P" rwa 'pwrite 0x40000000 x'
fdio_says '0x40000000 | EFAULT' "$P" wa 'seek 0x40000000' 'write x'
expect_errno EFAULT bash -c "printf x >>'$P'"
fdio_says '0xc0000000 | 0xc0000000 | xxxx' "$P" rwt size 'trunc 0' size 'pread 0x40000000 4'
fdio_says '0xc0000000' "$P" rw 'trunc 0x200000000' size
expect_ok dd if=/dev/zero of="$P" bs=1 count=1 seek=$((0x40000000)) status=none
expect_ok dd if=/dev/zero of="$P" bs=4096 count=4 seek=$((0x40000)) status=none
expect_ok truncate -s 0 "$P"
expect_errno EFAULT bash -c ": >'$P'; printf x >'$P'"
expect_eq "size" "$(stat -c '%s %o' "$P")" "$((0xc0000000)) 4096"
check_ok

# SEEK_DATA and SEEK_HOLE step over what cannot be read.
fdio_says '0x8048000 | 0x0' "$P" r 'data 0' 'hole 0'
fdio_says '0x40000000 | 0x40004000 | 0x40005000 | 0x40006000 | 0x40007000 | 0x40008000' "$P" r \
	'data 0x3fffffff' 'hole 0x40000000' 'data 0x40004000' 'hole 0x40005000' 'data 0x40006000' 'hole 0x40007001'
fdio_says '0x40000123 | 0x40004321 | 0xbffdf000 | 0xc0000000' "$P" r \
	'data 0x40000123' 'hole 0x40004321' 'data 0x40008000' 'hole 0xbffdf000'
fdio_says 'ENXIO | ENXIO | ENXIO' "$P" r 'data 0xc0000000' 'hole 0xc0000000' 'data 0x100000000'
fdio_says '0x0 | 0x8048000' "$P" r 'hole 0' 'data 5'
check_ok

# regions/: a window on each region, named as in maps.
R=$M/1/regions
expect_eq "names" "$(find "$R" -type f -printf '%f\n' | sort)" "$(cut -d' ' -f1 "$M/1/maps")"
expect_eq "heap" "$(readlink "$R/heap")" "$(grep '\[heap\]' "$M/1/maps" | cut -d' ' -f1)"
expect_eq "stack" "$(readlink "$R/stack")" bffdf000-c0000000
expect_eq "size" "$(stat -c '%s %o' "$R/40000000-40004000")" '16384 4096'
fdio_says '0x4000 | 4 | abcd | 1 | \x00 | end | end' "$R/40000000-40004000" rw size 'pwrite 0 abcd' 'pread 0 4' \
	'pwrite 0x3fff q' 'pread 16 1' 'pread 0x4000 1' 'pread 0x40000000 4'
fdio_says 'EFAULT | EFAULT | 2' "$R/40000000-40004000" rw 'pwrite 0x4000 x' 'pwrite 2^40 x' 'pwrite 0x3ffe abcd'
fdio_says 'EFAULT' "$R/40005000-40006000" rw 'pwrite 0x1000 x'
fdio_says 'EFAULT' "$R/40000000-40004000" rwa 'pwrite 0 x'
fdio_says '0x4000 | 0x4000 | abcd' "$R/40000000-40004000" rwt size 'trunc 0' size 'pread 0 4'
fdio_says '0x0 | 0x1000 | ENXIO | 0x1000' "$R/40007000-40009000" r 'data 0' 'hole 0' 'data 0x1000' 'hole 0x1000'
fdio_says 'ENXIO | 0x0' "$R/40006000-40007000" r 'data 0' 'hole 0'
expect_ok sh -c "printf x >'$R/heap'"
expect_eq "a byte of the heap" "$(head -c 1 "$R/heap")" x
expect_ok sh -c "printf y >'$R/heap'; printf z | dd of='$R/stack' bs=1 seek=100 status=none"
does 1 'mmap 0x50000000 16K rw- private,anonymous,fixed' 0x50000000
expect_eq "blocks, nothing resident" "$(stat -c %b "$R/50000000-50004000")" 0
does 1 'touch 0x50001000 8K w' 2
expect_eq "blocks of two resident pages" "$(stat -c %b "$R/50000000-50004000")" 16
for name in 40000000-40003000 40000000 4000000-40004000 heap2 40000000-40004000x 040000000-40004000 40004000-40005000; do
	expect_errno ENOENT cat "$R/$name"
done
check_ok

# An open window stays on its range, whatever becomes of the region.
fdio_says '4096 | EFAULT | EFAULT | EACCES | 3 | abc' "$R/50000000-50004000" rw 'count 0 4096' \
	'ctl munmap 0x50000000 16K' 'pread 0 1' 'pwrite 0 x' \
	'ctl mmap 0x50000000 4K --- private,anonymous,fixed' 'pread 0 1' \
	'ctl mprotect 0x50000000 4K rw-' 'pwrite 0 abc' 'pread 0 3'
expect_eq "new names" "$(cd "$R" && echo 5*)" 50000000-50001000
check_ok

# Reads inside a region are full, and see what is in RAM.
does 1 'mmap 0x60000000 8M rw- private,anonymous,fixed' 0x60000000
fdio_says '1048576 | 1048576 | 1048576' "$P" rw 'fill 0x60000100 1048576' 'count 0x60000100 1048576' 'count 0x60400000 1048576'
expect_eq "8 MB by dd" "$(dd if="$P" bs=1M iflag=skip_bytes,count_bytes skip=$((0x60000000)) count=8M status=none | wc -c)" 8388608
expect_eq "cmp" "$(cmp "$R/60000000-60800000" <(dd if="$P" bs=1M iflag=skip_bytes skip=$((0x60000000)) count=8 status=none) && echo same)" same
stop
done_testing

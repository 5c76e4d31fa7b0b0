#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What different files say of one machine adds up, at each point of a life with little RAM: lists,
# flags and counts of frames, page tables, smaps, swaps (sums.py).

. "$(dirname "$0")/lib.sh"
mkswap=$(PATH=$PATH:/usr/sbin:/sbin command -v mkswap) || skip "mkswap is missing"
start -o mem=16M,cpus=2
event() { awk -v n="$1" '$1 == n { print $2 }' "$M/vmstat"; }
adds_up() { expect_eq "$1" "$("$PYTHON" "$HERE/sums.py" "$M")" ""; }
adds() { does "$@"; adds_up "$1: $2"; }

adds_up "at the start"
for area in a b; do
	head -c 24M /dev/zero >"$M/files/$area"
	"$mkswap" "$M/files/$area" >/dev/null 2>&1
done
adds root 'swapon a 1' ok
adds root 'swapon b' ok
adds 1 'mmap 0x40000000 16M rw- private,anonymous,fixed' 0x40000000
ctl root sync
written=$(event nr_vmscan_write) out=$(event pswpout)
adds 1 'touch 0x40000000 16M w' '~[0-9]+'
expect_eq "each page that goes out is written" $(($(event nr_vmscan_write) - written)) $(($(event pswpout) - out))
adds 1 fork 2
adds 2 'touch 0x40000000 4M w' '~[0-9]+'
adds 1 'touch 0x40000000 16M r' '~[0-9]+'
adds 2 'madvise 0x40800000 2M free' ok
adds 2 'touch 0x40c00000 4M r' '~[0-9]+'
does 1 'mlock 0x40000000 2M' ok
adds_up "locked"
does 1 'mmap 0x50000000 6M rw- shared,anonymous,fixed' 0x50000000
does 1 'touch 0x50000000 6M w' '~[0-9]+'
head -c 6M /dev/zero >"$M/files/c"
does 2 'mmap 0x60000000 6M rw- shared,fixed c' 0x60000000
adds 2 'touch 0x60000000 6M w' '~[0-9]+'
adds 2 'clone vm' 3
adds 1 'munlock 0x40000000 2M' ok
adds 2 'mremap 0x40000000 2M 2M fixed,maymove 0x70000000' 0x70000000
adds 1 'munmap 0x40400000 12M' ok
adds 2 exit ok
adds 3 exit ok
adds root 'swapoff a' ok
adds 1 'munmap 0x50000000 6M' ok
adds root 'swapoff b' ok
stop
done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# brk and sbrk: never an errno from brk, byte granularity, shrinking over
# foreign mappings, what the heap runs into, and the [heap] name.

. "$(dirname "$0")/lib.sh"
start -o mem=4G
overcommit
hex() { printf '0x%08x' "$(($1))"; }
maps_hex() { printf '%08x' "$(($1))"; }

# The start: init has one page of heap.
break=$(get 1 'brk 0')
heap=$(grep '\[heap\]' "$M/1/maps")
expect_eq "one page" "$((0x$(cut -c10-17 <<<"$heap") - 0x$(cut -c1-8 <<<"$heap")))" 4096
expect_eq "heap ends at the break" "0x$(cut -c10-17 <<<"$heap")" "$break"
begin=$((break - 4096))
start_brk=$(hex $begin)

# brk never fails: what it cannot do leaves the break.
for address in 0 1 "$(hex $((begin - 1)))" 0x08048000 0xffffffff 0xc0000000 0xbfffffff 0xbffe0000; do
	does 1 "brk $address" "$break"
done
does 1 'brk -1' "~($break|EINVAL: brk: .*)"
does 1 'brk 0x100000000' "~($break|EINVAL: brk: .*)"
does 1 'brk 0x40000000' 0x40000000
does 1 "brk $break" "$break"

# Bytes
does 1 "brk $((break + 1))" "$(hex $((break + 1)))"
expect_eq "one page more" "$(grep '\[heap\]' "$M/1/maps" | cut -c1-17)" "$(maps_hex $begin)-$(maps_hex break+4096)"
does 1 "brk $((break + 4096))" "$(hex $((break + 4096)))"
expect_eq "no page more" "$(grep '\[heap\]' "$M/1/maps" | cut -c1-17)" "$(maps_hex $begin)-$(maps_hex break+4096)"
does 1 'sbrk 0' "$(hex $((break + 4096)))"
does 1 'sbrk 1' "$(hex $((break + 4096)))"
does 1 'sbrk 4095' "$(hex $((break + 4097)))"
does 1 'sbrk -8192' "$(hex $((break + 8192)))"
does 1 'brk 0' "$break"
does 1 'sbrk 2G' 'ENOMEM|EINVAL'
does 1 'sbrk 3G' 'ENOMEM|EINVAL'
does 1 'sbrk -2G' ENOMEM
does 1 'sbrk 0xffffffff' "~(ENOMEM: .*|EINVAL: .*|$break)"
does 1 "brk $break" "$break"

# Shrinking gives frames back and takes foreign mappings along; to the start it is gone.
does 1 'sbrk 64K' "$break"
does 1 "touch $break 64K w" 16
does 1 "store $break 0x1234" ok
does 1 "mmap $((break + 8192)) 4K r-- private,anonymous,fixed" "$(hex $((break + 8192)))"
does 1 "brk $((break + 4096))" "$(hex $((break + 4096)))"
expect_eq "the foreign mapping went" "$(grep -c "^$(maps_hex $((break + 8192)))" "$M/1/maps")" 0
does 1 "load $break" 0x00001234
does 1 "load $((break + 4096))" EFAULT
does 1 "brk $break" "$break"
does 1 'sbrk 4K' "$break"
does 1 "load $break" 0x00000000
does 1 "brk $start_brk" "$start_brk"
expect_eq "no heap" "$(grep -c heap "$M/1/maps")" 0
expect_errno ENOENT cat "$M/1/regions/heap"
does 1 "brk $((begin - 1))" "$start_brk"
does 1 'sbrk -1' ENOMEM
does 1 'sbrk 8K' "$start_brk"

# Growing needs the page above the new end free.
spawn
p=$pid
break=$(get "$p" 'brk 0')
wall=$((break + 16 * 4096))
does "$p" "mmap $wall 4K rw- private,anonymous,fixed" "$(hex $wall)"
does "$p" "brk $wall" "$break"
does "$p" "brk $((wall - 4096))" "$(hex $((wall - 4096)))"
does "$p" "brk $((wall - 4095))" "$(hex $((wall - 4096)))"
does "$p" "munmap $wall 4K" ok
spawn
p=$pid
does "$p" 'brk 0xbfede000' 0xbfede000
does "$p" 'brk 0xbfedf000' 0xbfede000
does "$p" 'brk 0' 0xbfede000

# A hole in the heap: it goes on after it, all parts are [heap].
spawn
p=$pid
break=$(get "$p" 'brk 0')
does "$p" 'sbrk 16K' "$break"
does "$p" "munmap $((break + 4096)) 4K" ok
does "$p" "mprotect $((break + 8192)) 4K r--" ok
expect_eq "three parts" "$(grep -c '\[heap\]' "$M/$p/maps")" 3
does "$p" 'sbrk 4K' "$(hex $((break + 16384)))"
expect_eq "still three" "$(grep -c '\[heap\]' "$M/$p/maps")" 3
does "$p" "munmap $((break - 4096)) 1M" ok
does "$p" 'brk 0' "$(hex $((break + 20480)))"
does "$p" 'sbrk 4K' "$(hex $((break + 20480)))"
expect_eq "the heap goes on where it was" "$(grep '\[heap\]' "$M/$p/maps" | cut -c1-17)" \
	"$(maps_hex $((break + 20480)))-$(maps_hex $((break + 24576)))"

# A mapping right above merges, and the line is [heap].
spawn
p=$pid
break=$(get "$p" 'brk 0')
does "$p" "mmap $break 4K rw- private,anonymous,fixed" "$break"
expect_like "merged" "$(grep -c '\[heap\]' "$M/$p/maps")" '^1$'
expect_like "one line" "$(grep '\[heap\]' "$M/$p/maps")" "-$(maps_hex $((break + 4096))) rw-p"

# Limits
spawn
p=$pid
break=$(get "$p" 'brk 0')
does "$p" 'setrlimit data 1M' ok
does "$p" "brk $((break + 0x200000))" "$break"
does "$p" 'sbrk 2M' ENOMEM
does "$p" 'sbrk 64K' "$break"
break=$(get "$p" 'brk 0')
does "$p" 'setrlimit data unlimited' ok
does "$p" 'setrlimit as 2M' ok
does "$p" 'sbrk 4M' ENOMEM
does "$p" "brk $((break + 0x400000))" "$break"

# A child has the same break, and its own heap.
ctl "$p" fork
child=$reply
does "$child" 'brk 0' "$break"
does "$child" 'sbrk 4K' "$break"
does "$p" 'brk 0' "$break"
stop
done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The number of regions: at most max_map_count + 1 (65531, fewer where RAM is
# too small for so many). What would need one more is ENOMEM and changes nothing, what needs none goes on.

. "$(dirname "$0")/lib.sh"
start -o mem=256M
most=$(room 65531 4001)
[ -z "$PRESSURE" ] || echo $((most - 1)) >"$M/sys/vm/max_map_count"
A='private,anonymous'
spawn
p=$pid
regions() { grep -c . "$M/$p/maps"; }
unchanged() { expect_eq "nothing changed" "$(cksum <"$M/$p/maps")" "$maps"; }

have=$(regions)
for ((i = have; i < most; i++)); do
	printf 'mmap 0x%x 4K r-- private,anonymous,fixed\n' $((0x40000000 + i * 8192))
done >"$T/script"
timeout 60 cat "$T/script" >"$M/$p/ctl"
expect_eq "filling up to the limit" $? 0
expect_eq "regions" "$(regions)" "$most"
check_ok
maps=$(cksum <"$M/$p/maps")
first=$((0x40000000 + have * 8192))
does "$p" "mmap 0 4K rwx $A" ENOMEM
does "$p" "mmap 0xb0000000 4K rwx $A,fixed" ENOMEM
does "$p" "mmap $first 4K rwx $A,fixed" ENOMEM
does "$p" "mmap $((first + 4096)) 4K r-- $A,fixed" ENOMEM
unchanged
does "$p" 'mprotect 0xbfff0000 4K r--' ENOMEM
does "$p" 'munmap 0xbfff0000 4K' ENOMEM
does "$p" 'mprotect 0xbffdf000 4K ---' ENOMEM
unchanged
break=$(get "$p" 'brk 0')
does "$p" 'sbrk 4K' "~($break|ENOMEM: .*)"
does "$p" "brk $break" "$break"
does "$p" "mprotect $first 4K rw-" ok
does "$p" "mprotect $first 4K r--" ok
does "$p" "store 0xbfffff00 1" ok
does "$p" "load $first" 0x00000000
expect_eq "still as many" "$(regions)" "$most"
does "$p" fork '~[0-9]+'
child=$reply
expect_eq "a child has as many" "$(cksum <"$M/$child/maps")" "$(cksum <"$M/$p/maps")"
does "$child" "mmap 0 4K rwx $A" ENOMEM
does "$child" exit ok

# One less, one more.
does "$p" "munmap $first 4K" ok
does "$p" "mmap 0xb0000000 4K rwx $A,fixed" 0xb0000000
does "$p" "mmap 0xb0002000 4K rwx $A,fixed" ENOMEM
does "$p" "munmap $((first + 8192)) 4K" ok
does "$p" 'munmap 0xbfff0000 4K' ENOMEM
does "$p" "munmap $((first + 16384)) 4K" ok
does "$p" 'munmap 0xbfff0000 4K' ok
expect_eq "a split may reach max_map_count, not pass it" "$(regions)" $((most - 1))
expect_eq "find in the last" "$(get "$p" 'find_vma 0xbfff0000')" 0xbfff1000-0xc0000000
does "$p" 'munmap 0 0xc0000000' ok
expect_eq "all at once" "$(regions)" 0
does "$p" "mmap 0 4K rw- $A" 0x40000000
does "$p" exit ok
stop
done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a ctl replies and to whom: through the open file that wrote, through a
# new one, in pieces, again, the last 64 KiB; help; the form of errors.

. "$(dirname "$0")/lib.sh"
start
C=$M/1/ctl
break=$(get 1 'brk 0')

# The same open file: the replies since its last write.
fdio_says "6 | $break\\n | end" "$C" rw 'write brk 0\n' 'read 4096' 'read 4096'
fdio_says '6 | 15 | ok\n | end' "$C" rw 'write brk 0\n' 'write onfault report\n' 'read 99' 'read 99'
fdio_says "12 | $break\\n$break\\n" "$C" rw 'write brk 0\nbrk 0\n' 'read 99'
exec 3<>"$C"; echo 'brk 0' >&3; read -r line <&3; exec 3>&-
expect_eq "read in a shell" "$line" "$break"
exec 3<>"$C"; echo fork >&3; read -r child <&3; echo 'brk 0' >&3; read -r line <&3; exec 3>&-
expect_eq "fork, then brk, through one descriptor" "$child $line" "2 $break"
check_ok

# In pieces, and again; the first read begins at the reply whatever its offset.
fdio_says "6 | ${break:0:3} | ${break:3:4} | ${break:7}\\n | end" "$C" rw \
	'write brk 0\n' 'read 3' 'read 4' 'read 9' 'read 9'
fdio_says "6 | $break\\n | $break\\n | ${break:2}\\n" "$C" rw \
	'write brk 0\n' 'pread 0 99' 'pread 0 99' 'pread 2 99'
fdio_says "6 | ${break:0:4} | ${break:1:2} | end" "$C" rw \
	'write brk 0\n' 'pread 7000 4' 'pread 7001 2' 'pread 8000 9'
fdio_says "0x1388 | 6 | $break\\n | end" "$C" rw 'seek 5000' 'write brk 0\n' 'read 99' 'read 9'

# A new open file: all replies of the one that wrote last.
expect_eq "nothing was said to the root" "$(cat "$M/2/ctl")" ""
exec 3<>"$C" 4<>"$C"
echo 'brk 0' >&3
echo 'onfault report' >&4
expect_eq "4 wrote last" "$(cat "$C")" ok
echo 'onfault report' >&3
expect_eq "3 wrote last, both its replies" "$(cat "$C")" "$break"$'\nok'
read -r line <&4
expect_eq "4 still has its own" "$line" ok
expect_eq "and did not become the last by reading" "$(cat "$C")" "$break"$'\nok'
exec 3>&- 4>&-
expect_eq "also when closed" "$(cat "$C")" "$break"$'\nok'
expect_eq "read twice" "$(cat "$C" "$C")" "$break"$'\nok\n'"$break"$'\nok'
echo check >"$M/ctl"
expect_eq "each ctl has its own" "$(cat "$C" "$M/ctl")" "$break"$'\nok\nok'
expect_errno EINVAL bash -c "echo 'munmap 1 1' >'$C'"
expect_like "the error of a closed file" "$(cat "$C")" '^EINVAL: munmap: '
check_ok

# A reply is there after the process died; a later command is ESRCH.
fdio_says '5 | ok\n | ESRCH | ESRCH: brk: ' "$M/2/ctl" rw 'write exit\n' 'read 99' 'write brk 0\n' 'read 12'
check_ok

# The last 64 KiB.
yes help | head -n 100 >"$T/script"
cat "$T/script" >"$C"
all=$(cat "$C"; echo .)
all=${all%.}
expect_eq "at most 64 KiB" $((${#all} <= 65536 && ${#all} > 60000)) 1
one=$(get 1 help)
expect_eq "and the last of it" "${all: -200}" "$(tail -c 200 <<<"$one")"$'\n'
expect_eq "size read at an offset" "$(tail -c 100 "$C")" "$(tail -c 100 <<<"$one")"
check_ok

# help
process_commands='mmap munmap mprotect brk sbrk open close fork exec exit wait onfault load store
	fetch touch push pop regs translate explain setrlimit help find_vma find_vma_prev
	find_vma_intersection get_unmapped_area'
root_commands='spawn alloc_pages __free_pages __get_free_pages __get_dma_pages get_zeroed_page
	free_pages kmalloc kfree kmem_cache_create kmem_cache_alloc kmem_cache_free
	kmem_cache_shrink kmem_cache_destroy check help'
for where in 1 root; do
	commands=$process_commands
	[ $where = 1 ] || commands=$root_commands
	all=$(get $where help)
	expect_eq "help of $where is one reply" "$(tail -n +2 <<<"$all" | grep -vc $'^\t')" 0
	for command in $commands; do
		expect_like "help of $where names $command" "$all" "(^|[^a-z_])$command([^a-z_]|\$)"
		ctl $where "help $command"
		expect_like "help $command" "$reply" "^$command( |"$'\n'"|:|\$)"
		expect_eq "help $command is one reply" "$(tail -n +2 <<<"$reply" | grep -vc $'^\t')" 0
	done
done
expect_like "words of mmap" "$(get 1 'help mmap')" 'ADDR LEN PROT FLAGS \[FILE \[OFFSET\]\]'
expect_like "errors of mmap" "$(get 1 'help mmap')" 'ENOMEM'
does 1 'help frobnicate' EINVAL
does 1 'help mmap munmap' EINVAL

# Errors: ERRNO: command: why.
does 1 'frobnicate 1 2' EINVAL
expect_like "the known commands are listed" "$reply" 'munmap'
does root 'munmap 0x40000000 4K' EINVAL
does 1 'alloc_pages 0' EINVAL
does 1 'mmap 0 0 rw- private,anonymous' EINVAL
expect_like "why" "$reply" '^EINVAL: mmap: .*length'
for line in munmap 'munmap 0x40000000' 'munmap 1 2 3' 'fork 1' 'brk' 'brk 1 2' 'load' 'load 1 2 3' 'store 1' \
	'mmap 0 4K rw-' 'mmap 0 4K rw- private a 0 9' 'find_vma' 'get_unmapped_area' 'exec' 'setrlimit as' \
	'pop 1' 'push' 'onfault' 'translate' 'explain 0x40000000' 'touch 1' 'open' 'close'; do
	does 1 "$line" EINVAL
done
for line in alloc_pages '__free_pages 1' 'free_pages 1' kmalloc kfree 'check 1' 'kmem_cache_create x' 'kmem_cache_free x'; do
	does root "$line" EINVAL
done

# The hint for an address typed without 0x.
ctl 1 'mmap 0x40000000 4K rw- private,anonymous,fixed'
does 1 'load 40000000' EFAULT
expect_like "hint" "$reply" '\(0x40000000\?\)'
does 1 'store 40000004 1' EFAULT
expect_like "hint" "$reply" '\(0x40000004\?\)'
does 1 'load 50000000' EFAULT
expect_unlike "no hint where nothing is mapped" "$reply" '0x50000000\?'
does 1 'load 0x50000000' EFAULT
expect_unlike "no hint for a hex number" "$reply" '\?\)'
stop
done_testing

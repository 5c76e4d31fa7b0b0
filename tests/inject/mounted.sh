#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A few commands through a real mount, with each of their allocations failing in turn
# (sys/vm/fail_nth): ENOMEM, and the maps of all processes and their bytes as before.

. "$(dirname "$0")/../mount/lib.sh"
start -o mem=64M
[ -e "$M/sys/vm/fail_nth" ] || skip "a build without failure injection"

seen() { cat "$M"/[0-9]*/maps "$M"/[0-9]*/smaps; bytes "$pid" 0x50000000 4096 | cksum; }

# each WHERE LINE: until no request is left that could fail; then it is done.
each()
{
	local n before refused=0
	for ((n = 1; n < 500; n++)); do
		before=$(seen)
		echo $n >"$M/sys/vm/fail_nth"
		ctl "$1" "$2"
		if [ "$(cat "$M/sys/vm/fail_nth")" != 0 ]; then
			echo 0 >"$M/sys/vm/fail_nth"
			expect_unlike "$2 at last" "$reply" "^E"
			[ $refused -gt 0 ] || fail "$2: was never refused"
			check_ok
			return
		fi
		[[ $reply != ENOMEM:* ]] || refused=$((refused + 1))
		expect_like "$2, request $n fails" "$reply" "^(ENOMEM: |0x|ok|[0-9])"
		[[ $reply != ENOMEM:* ]] || expect_eq "$2, request $n: as before" "$(seen)" "$before"
		check_ok
	done
	fail "$2: needs more and more"
}

pid=$(get root spawn)
does "$pid" 'mmap 0x50000000 64K rw- private,anonymous,fixed,populate' 0x50000000
poke "$pid" 0x50000010 bytes
each "$pid" 'fork'
each "$pid" 'mmap 0 64K rw- shared,anonymous'
each "$pid" 'mremap 0x50004000 32K 64K maymove'
each "$pid" 'munmap 0x50001000 4K'
each root 'spawn init a b c'
each root 'vmalloc 64K'
each "$pid" 'exec init'
stop
done_testing

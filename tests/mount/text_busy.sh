#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ETXTBSY, as execve(2) and open(2) tell it: a running program is not written, what is being
# written does not run.  And no false alarm: what was just written and closed runs at once.

. "$(dirname "$0")/lib.sh"

start
F=$M/files
cp "$F/init" "$F/prog"
chmod 755 "$F/prog"
spawn
does "$pid" "exec prog" ok

# A running program cannot be opened for writing, nor truncated; all else goes on.
expect_errno ETXTBSY dd if=/dev/zero "of=$F/prog" bs=1 count=1 conv=notrunc
expect_errno ETXTBSY truncate -s 0 "$F/prog"
expect_errno ETXTBSY cp "$F/init" "$F/prog"
expect_errno ETXTBSY bash -c ": >>'$F/prog'"
does 1 "open prog rw" ETXTBSY
does 1 "mmap 0 4K rw- private prog:rw" ETXTBSY
does 1 "open prog:wo" ETXTBSY
expect_eq "its bytes" "$(cmp "$F/init" "$F/prog" 2>&1)" ""
does 1 "mmap 0x50000000 4K r-- private,fixed prog" 0x50000000
does 1 "munmap 0x50000000 4K" ok
does 1 "mmap 0 4K rw- shared prog" EACCES
expect_ok chmod 700 "$F/prog"
expect_ok mv "$F/prog" "$F/renamed"
expect_ok ln "$F/renamed" "$F/prog"
expect_errno ETXTBSY truncate -s 5 "$F/prog"
rm "$F/renamed"

# Who else runs it counts: a child, its own memory or the same.
does "$pid" fork '~[0-9]+'
child=$reply
does "$pid" "exec init" ok
expect_errno ETXTBSY truncate -s 0 "$F/prog"
does "$child" "clone vm" '~[0-9]+'
thread=$reply
does "$child" exit ok
expect_errno ETXTBSY truncate -s 0 "$F/prog"
does "$thread" exit ok
expect_ok truncate -s 5 "$F/prog"

# A failed exec denies nothing.
does "$pid" "exec prog" "ENOEXEC"
expect_ok cp "$F/init" "$F/prog"

# What is open for writing does not run: by the shell, by a descriptor, by a mapping.
exec {fd}>>"$F/prog"
does "$pid" "exec prog" ETXTBSY
does root "spawn prog" ETXTBSY
exec {fd}>&-
does root "spawn prog" '~[0-9]+'
does "$reply" exit ok
does "$pid" "open prog rw" 3
does "$pid" "exec prog" ETXTBSY
does "$pid" "mmap 0x50000000 4K rw- shared,fixed fd:3" 0x50000000
does "$pid" "close 3" ok
does "$pid" "exec prog" ETXTBSY
does "$pid" "munmap 0x50000000 4K" ok
does "$pid" "exec prog" ok

# The interpreter of a program, too.
if gcc -m32 -nostdlib -fPIE -pie -Wl,--dynamic-linker=/prog2 -Wl,-e,main -x c - -o "$T/dyn" \
	<<<'int main(void) { return 0; }' 2>/dev/null; then
	cp "$T/dyn" "$F/dyn"
	cp "$F/init" "$F/prog2"
	exec {fd}>>"$F/prog2"
	does "$pid" "exec dyn" ETXTBSY
	exec {fd}>&-
	does "$pid" "exec dyn" ok
	expect_ok truncate -s 5 "$F/prog2"
fi

# Written, closed, run: many times, each at once.
for _ in $(seq 60); do
	cp "$F/init" "$F/fresh"
	ctl root "spawn fresh" || fail "spawn of what was just written" "$reply" "a pid"
	ctl "$reply" exit
done
pass
stop
done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Processes that end while their files are open: ESRCH, never another
# process's bytes; names that do not exist; files that cannot be written.

. "$(dirname "$0")/lib.sh"
start
names='maps pagetable pgd mem mm regs fault status statm stat cmdline'
child() { ctl 1 fork; child=$reply; }

# Opened before the end, read after it: a child of process 1 is gone at once.
for name in $names; do
	child
	offset=0
	[ "$name" != mem ] || offset=0x08048000
	fdio_says ESRCH "$M/$child/$name" r 'ctl exit' "pread $offset 4"
	check_ok
done
child
fdio_says 'ESRCH | ESRCH' "$M/$child/mem" rw 'ctl exit' 'pwrite 0x40000000 x' 'data 0'
child
fdio_says 'ESRCH | ESRCH' "$M/$child/regions/stack" rw 'ctl exit' 'pwrite 0 x' 'pread 0 1'
check_ok

# Text that was read before the end stays one moment; anew at offset 0 it is ESRCH.
child
maps=$(head -c 8 "$M/$child/maps")
fdio_says "$maps | ESRCH" "$M/$child/maps" r 'read 8' 'ctl exit' 'pread 0 8'

# A pid that is used again is another process: an old open file must not reach it.
child
exec 6<"$M/$child/mem" 7<"$M/$child/maps" 8<>"$M/$child/ctl"
ctl "$child" exit
for ((i = 0; i < 20; i++)); do ctl 1 fork; echo "$reply" >>"$T/pids"; done
expect_errno ESRCH dd bs=1 count=1 status=none <&6
expect_errno ESRCH cat <&7
expect_errno ESRCH bash -c 'echo fork >&8'
exec 6<&- 7<&- 8<&-
while read -r pid; do ctl "$pid" exit; done <"$T/pids"
check_ok

# The working folder of a shell in a dead process's folder.
child
cd "$M/$child/regions" || exit 1
ctl "$child" exit
expect_errno 'ENOENT|ESRCH|ESTALE' ls "$M/$child/regions"
timeout 10 ls . >/dev/null 2>&1
expect_errno 'ENOENT|ESRCH|ESTALE' cat heap
expect_errno 'ENOENT|ESRCH|ESTALE' cat ../maps
cd / || exit 1
check_ok

# A zombie's folder answers with empty files.
spawn
p=$pid
does "$p" fork '~[0-9]+'
child=$reply
exec 6<"$M/$child/mem"
does "$child" exit ok
expect_errno ESRCH dd bs=1 count=1 status=none <&6
for name in maps cmdline; do expect_eq "zombie's $name" "$(cat "$M/$child/$name")" ""; done
for name in status stat statm; do expect_unlike "zombie's $name" "$(cat "$M/$child/$name")" '^$'; done
expect_like "regions" "$(timeout 10 ls "$M/$child/regions" 2>&1)" '^(.*No such.*)?$'
for name in mem pgd pagetable regs fault mm ctl; do
	timeout 10 head -c 100 "$M/$child/$name" >/dev/null 2>&1
	expect_unlike "no hang at the zombie's $name" $? '^124$'
done
does "$p" "wait $child" "~$child .*"
expect_errno ENOENT cat "$M/$child/stat"
exec 6<&-
does "$p" exit ok

# Names that do not exist.
for name in 0 2 99999 01 1x -1 00 4294967297 nothere 1/nothere 1/maps/x 1/regions/x 1/ctl/x ctl/x; do
	expect_errno 'ENOENT|ENOTDIR' cat "$M/$name"
done
for dir in "$M" "$M/1" "$M/1/regions"; do
	expect_errno 'EACCES|EPERM|EROFS|EOPNOTSUPP|ENOENT' touch "$dir/new"
	expect_errno 'EACCES|EPERM|EROFS|EOPNOTSUPP' mkdir "$dir/newdir"
	expect_errno 'EACCES|EPERM|EROFS|EOPNOTSUPP' ln -s x "$dir/newlink"
done
for name in 1 1/maps 1/mem ctl README 1/regions files; do
	expect_errno 'EACCES|EPERM|EROFS|EOPNOTSUPP|EBUSY' mv -T "$M/$name" "$M/moved"
done
expect_errno 'EACCES|EPERM|EROFS|EOPNOTSUPP' rm -f "$M/1/maps"
expect_errno 'EACCES|EPERM|EROFS|EOPNOTSUPP|ENOTEMPTY' rmdir "$M/1"
expect_ok test -e "$M/1/maps"

# Read-only files.
for name in README meminfo buddyinfo zoneinfo slabinfo vmstat iomem pagetable 1/maps 1/pagetable 1/pgd 1/mm 1/regs \
	1/fault 1/status 1/statm 1/stat 1/cmdline 1/README; do
	before=$(cksum <"$M/$name")
	expect_errno 'EACCES|EPERM' bash -c "echo x >'$M/$name'"
	expect_errno 'EACCES|EPERM' bash -c "echo x >>'$M/$name'"
	expect_errno 'EACCES|EPERM' dd if=/dev/zero of="$M/$name" bs=1 count=1 conv=notrunc status=none
	case $name in vmstat | 1/stat | 1/status) ;; *) expect_eq "$name is unchanged" "$(cksum <"$M/$name")" "$before" ;; esac
	expect_unlike "mode of $name" "$(stat -c %A "$M/$name")" 'w'
done
expect_errno EPERM dd if=/dev/zero of="$M/physmem" bs=4096 count=1 conv=notrunc status=none
check_ok
stop
done_testing

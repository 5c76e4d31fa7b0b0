#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# System V shared memory: ids, attach counts, removal, permissions, limits,
# names in maps, and what fork, exec and exit do to it.

. "$(dirname "$0")/lib.sh"
start -o mem=64M

# row ID: its line of sysvipc/shm as "perms size nattch", or nothing.
row() { awk -v id="$1" '$2 == id { print $3, $4, $7 }' "$M/sysvipc/shm"; }

# Ids are given out in turn, by key found again.
does 1 'shmget 0x1234 8K creat,0600' 0
does 1 'shmget 0x1234 8K' 0
does 1 'shmget 0x1234 4K 0400' 0
does 1 'shmget 0 100 0644' 1
expect_eq "a new segment" "$(row 0)" "600 8192 0"
expect_eq "size as asked for" "$(row 1)" "644 100 0"
does 1 'shmget 0x1234 8K creat,excl,0600' EEXIST
does 1 'shmget 0x1234 12K' EINVAL
does 1 'shmget 0x1234 8K 0700' EACCES
does 1 'shmget 0x4321 8K' ENOENT
does 1 'shmget 0x4321 0 creat' EINVAL
does 1 'shmget 0x4321 0xffffffff creat' EINVAL
does 1 'shmget' EINVAL
does 1 'shmget 1 2 foo' EINVAL
does 1 'shmget 1 2 creat,800' EINVAL
does 1 'shmget 0x1234 8K 400' 0	# octal, with or without its zero
does 1 'shmget -1 8K' ENOENT

# Attach: where it goes, what maps says, whose bytes they are.
does 1 'shmat 0 0' 0x40000000
does 1 'shmat 0 0x30000000 rdonly' 0x30000000
expect_eq "name in maps" "$(sed -n 's/^40000000-40002000 rw-s 00000000 00:01 0 *//p' "$M/1/maps")" \
	"/SYSV00001234 (deleted)"
does 1 'store 0x40000000 0x11223344' ok
does 1 'load 0x30000000' 0x11223344
does 1 'store 0x30000000 1' EACCES
does 1 'mprotect 0x30000000 4K rw-' EACCES
expect_eq "attached twice" "$(row 0)" "600 8192 2"
does 1 'shmat 0 0x30000000' EINVAL
does 1 'shmat 0 0x30000001' EINVAL
does 1 'shmat 0 0x20000fff rnd' 0x20000000
does 1 'shmat 0 0x20000000 remap' 0x20000000
does 1 'shmat 0 0 remap' EINVAL
does 1 'shmat 0 4 rnd' EPERM
does 1 'shmat 0 0xbffff000' EINVAL
does 1 'shmat 0 0 exec' EACCES
does 1 'shmat 99 0' EINVAL

# A piece of an attach still counts; shmdt takes all of it.
does 1 'munmap 0x20000000 4K' ok
expect_eq "a half is attached" "$(row 0)" "600 8192 3"
does 1 'mprotect 0x40001000 4K r--' ok
expect_eq "two pieces count twice" "$(row 0)" "600 8192 4"
does 1 'mprotect 0x40001000 4K rw-' ok
expect_eq "and stay two" "$(row 0)" "600 8192 4"
resident 1 0x40000000 4K
expect_like "WHAT" "$(grep ^40000000 "$M/1/pagetable")" 'shmem /SYSV00001234 \(deleted\)\+0$'
does 1 'shmdt 0x40000000' ok
does 1 'shmdt 0x40000000' EINVAL
does 1 'shmdt 0x40000001' EINVAL
does 1 'shmdt 0x20000000' ok
expect_eq "one is left" "$(row 0)" "600 8192 1"

# fork attaches, exec and exit detach.
does 1 fork 2
expect_eq "parent and child" "$(row 0)" "600 8192 2"
does 2 'load 0x30000000' 0x11223344
does 2 'exec init' ok
expect_eq "exec detaches" "$(row 0)" "600 8192 1"
does 2 'shmat 0 0' 0x40000000
does 2 'store 0x40000004 5' ok
does 1 'load 0x30000004' 0x00000005
does 2 exit ok
expect_eq "exit detaches" "$(row 0)" "600 8192 1"
expect_eq "who made it, who was there last" "$(awk '$2 == 0 { print $5, $6 }' "$M/sysvipc/shm")" "1 2"

# Removed while attached: no key, still there by its id, gone with the last attach.
does 1 'shmctl 0 rmid' ok
expect_eq "marked" "$(row 0)" "1600 8192 1"
does 1 'shmget 0x1234 8K' ENOENT
does 1 'shmat 0 0x50000000' 0x50000000
does 1 'shmctl 0 rmid' ok
does 1 'shmdt 0x50000000' ok
does 1 'load 0x30000000' 0x11223344
does 1 'munmap 0x30000000 8K' ok
expect_eq "gone" "$(row 0)" ""
does 1 'shmctl 0 rmid' EINVAL
does 1 'shmat 0 0' EINVAL

# Data stays without an attach; the other words of shmctl.
does 1 'shmat 1 0' 0x40000000
does 1 'store 0x40000000 7' ok
does 1 'shmdt 0x40000000' ok
does 1 'shmat 1 0' 0x40000000
does 1 'load 0x40000000' 0x00000007
does 1 'shmctl 1 lock' ok
expect_eq "locked" "$(row 1)" "2644 100 1"
does 1 'shmctl 1 unlock' ok
does 1 'setrlimit memlock 1' ok
does 1 'shmctl 1 lock' ENOMEM
does 1 'setrlimit memlock 0' ok
does 1 'shmctl 1 lock' EPERM
does 1 'setrlimit memlock 8M' ok
ctl 1 'shmctl 1 stat'
expect_eq "stat" "${reply%%$'\n'*}" 1
does 1 'shmctl 1 foo' EINVAL
does 1 'shmctl 1 rmid' ok
does 1 'shmdt 0x40000000' ok

# The columns are Linux's.
[ ! -r /proc/sysvipc/shm ] || expect_eq "heading" "$(head -1 "$M/sysvipc/shm")" "$(head -1 /proc/sysvipc/shm)"

# Limits.
echo 1 >"$M/sys/kernel/shmmni"
does 1 'shmget 0 4K creat' 2
does 1 'shmget 0 4K creat' ENOSPC
echo 4096 >"$M/sys/kernel/shmmni"
echo 8192 >"$M/sys/kernel/shmmax"
does 1 'shmget 0 12K creat' EINVAL
echo 3 >"$M/sys/kernel/shmall"
does 1 'shmget 0 8K creat' 3
does 1 'shmget 0 4K creat' ENOSPC
does 1 'shmctl 2 rmid' ok
does 1 'shmctl 3 rmid' ok
expect_eq "none is left" "$(wc -l <"$M/sysvipc/shm")" 1
stop
done_testing

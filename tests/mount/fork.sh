#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fork, exit, wait: what a child inherits, copy on write on both sides and
# over generations, zombies, orphans, the rules of process 1.

. "$(dirname "$0")/lib.sh"
start
state() { sed -n 's/^State:\t\(.\).*/\1/p' "$M/$1/status"; }
ppid() { field "$1/status" PPid; }

# Process 1 reaps its children at once.
does 1 fork 2
expect_eq "parent" "$(ppid 2)" 1
expect_eq "maps are the same" "$(cat "$M/2/maps")" "$(cat "$M/1/maps")"
does 2 exit ok
expect_errno ENOENT cat "$M/2/maps"
expect_eq "no folder" "$(cd "$M" && echo [0-9]*)" 1
does 1 wait 'ECHILD'
does 1 exit EPERM
does 1 'exit 3' EPERM
does 1 'onfault die' EPERM
does 1 'onfault report' ok

# Another's child is a zombie until its parent waits.
does root spawn '~[0-9]+'
p=$reply
expect_eq "spawned by 1" "$(ppid "$p")" 1
does "$p" wait ECHILD
does "$p" fork '~[0-9]+'
c=$reply
does "$p" wait 0
does "$p" "wait $c" 0
does "$p" 'wait 1' ECHILD
does "$p" 'wait 99999' ECHILD
does "$c" 'exit 42' ok
expect_eq "zombie" "$(state "$c")" Z
expect_eq "empty maps" "$(cat "$M/$c/maps")" ""
expect_eq "empty cmdline" "$(cat "$M/$c/cmdline")" ""
expect_eq "regions" "$(ls "$M/$c/regions" 2>/dev/null)" ""
expect_like "stat" "$(cat "$M/$c/stat")" "^$c \(init\) Z $p "
does "$c" 'brk 0' ESRCH
does "$c" fork ESRCH
expect_errno ESRCH dd if="$M/$c/mem" bs=1 count=1 skip=$((0x08048000)) status=none
does "$p" wait "~$c .*42.*"
expect_errno ENOENT cat "$M/$c/status"
does "$p" wait ECHILD

# wait PID takes that one; a killed one says how.
does "$p" fork '~[0-9]+'
a=$reply
does "$p" fork '~[0-9]+'
b=$reply
does "$a" exit ok
does "$b" 'exit 255' ok
does "$p" "wait $b" "~$b .*255.*"
does "$p" "wait $b" ECHILD
does "$p" wait "~$a .*"
does "$p" fork '~[0-9]+'
c=$reply
does "$c" 'onfault die' ok
ctl "$c" 'store 0x90000000 1'
expect_eq "it died of it" "$(state "$c")" Z
check_ok
does "$p" wait "~$c (.|"$'\n'")*(SEGV|11)(.|"$'\n'")*"
does "$p" fork '~[0-9]+'
c=$reply
does "$c" 'exit x' EINVAL
does "$c" 'exit 256' ok
does "$p" wait "~$c .*0.*"

# Orphans go to 1, which takes them when they end.
does "$p" fork '~[0-9]+'
c=$reply
does "$c" fork '~[0-9]+'
g=$reply
does "$c" exit ok
expect_eq "the orphan's parent" "$(ppid "$g")" 1
does "$p" "wait $c" "~$c .*"
does "$p" fork '~[0-9]+'
z=$reply
does "$z" exit ok
does "$p" exit ok
expect_errno ENOENT ls "$M/$p"
expect_errno ENOENT ls "$M/$z"
does "$g" exit ok
expect_errno ENOENT ls "$M/$g"
expect_eq "1 is alone" "$(cd "$M" && echo [0-9]*)" 1

# What is inherited; copy on write on both sides, over three generations.
printf '%-8192s' file >"$M/files/f"
spawn
p=$pid
does "$p" 'mmap 0x40000000 8K rw- private,anonymous,fixed' 0x40000000
does "$p" 'mmap 0x40002000 4K rw- shared,anonymous,fixed' 0x40002000
does "$p" 'mmap 0x40003000 8K rw- private,fixed f' 0x40003000
does "$p" 'mmap 0x40005000 4K r-- private,anonymous,fixed' 0x40005000
does "$p" 'open f' 3
does "$p" 'regs ebx=0x1234' ok
poke "$p" 0x40000000 mother
poke "$p" 0x40002000 shared
poke "$p" 0x40003000 own
does "$p" fork '~[0-9]+'
c=$reply
does "$c" fork '~[0-9]+'
g=$reply
expect_like "registers" "$(grep ^ebx "$M/$g/regs")" '0*1234$'
does "$g" 'mmap 0x50000000 4K r-- private,fixed fd:3' 0x50000000
does "$g" 'close 3' ok
does "$c" 'close 3' ok
expect_eq "anonymous" "$(bytes "$g" 0x40000000 6)" mother
expect_eq "shared" "$(bytes "$g" 0x40002000 6)" shared
expect_eq "private file" "$(bytes "$c" 0x40003000 4)" owne
poke "$g" 0x40000000 grandc
poke "$g" 0x40002000 SHARED
poke "$c" 0x40003000 two
expect_eq "each its own" "$(bytes "$p" 0x40000000 6) $(bytes "$c" 0x40000000 6) $(bytes "$g" 0x40000000 6)" 'mother mother grandc'
expect_eq "shared by all" "$(bytes "$p" 0x40002000 6) $(bytes "$c" 0x40002000 6)" 'SHARED SHARED'
expect_eq "private file" "$(bytes "$p" 0x40003000 3) $(bytes "$c" 0x40003000 3) $(bytes "$g" 0x40003000 3)" 'own two own'
expect_eq "the file itself" "$(head -c 4 "$M/files/f")" file
does "$p" 'touch 0x40000000 4K w' 1
does "$c" 'touch 0x40000000 4K w' 1
resident "$c" 0x40000000 4K w
does "$c" 'touch 0x40000000 4K w' 0
for q in $p $c $g; do resident "$q" 0x40000000 4K; done
expect_eq "three frames" "$(for q in $p $c $g; do entry "$q" 40000000 4; done | sort -u | wc -l)" 3
does "$p" exit ok
expect_eq "bytes outlive the parent" "$(bytes "$g" 0x40002000 6) $(bytes "$c" 0x40000000 6)" 'SHARED mother'
does "$c" exit ok
does "$g" exit ok

# touch counts faults: reads of fresh pages, writes after, both sides after fork.
spawn
p=$pid
does "$p" 'mmap 0x40000000 16K rw- private,anonymous,fixed' 0x40000000
for want in 'r 4' 'r 0' 'w 4' 'w 0'; do
	[ "$want" != 'w 0' ] || resident "$p" 0x40000000 16K w
	does "$p" "touch 0x40000000 16K ${want% *}" "${want#* }"
done
resident "$p" 0x40000000 16K w
does "$p" fork '~[0-9]+'
c=$reply
resident "$c" 0x40000000 16K
does "$c" 'touch 0x40000000 16K r' 0
does "$c" 'touch 0x40000000 16K w' 4
does "$p" 'touch 0x40000000 16K w' 4
stop
done_testing

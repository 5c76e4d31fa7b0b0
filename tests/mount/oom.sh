#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Memory ends and the OOM killer strikes: who is chosen, what oom_score_adj does, the report in
# trace, how the victim ends, that its memory is back and the one who asked goes on; when nobody
# is killed; low memory that ends while high memory is free; overcommit mode 2.

. "$(dirname "$0")/lib.sh"

set_vm() { echo "$2" >"$M/sys/vm/$1"; }
free_kb() { field meminfo MemFree; }
kills() { awk '$1 == "oom_kill" { print $2 }' "$M/vmstat"; }
# The killer's lines in trace, without the stamp.
report() { sed -n 's/^.*: console: //p' "$M/trace"; }
exists() { [ -e "$M/$1" ] && echo yes || echo no; }

# eater NAME SIZE: a process of this name that has written so much at 0x40000000; $pid.
eater()
{
	[ -e "$M/files/$1" ] || cp "$M/files/init" "$M/files/$1"
	ctl root "spawn $1"
	pid=$reply
	ctl "$pid" 'mmap 0x40000000 60M rw- private,anonymous,fixed,noreserve'
	[ "$2" = 0 ] || does "$pid" "touch 0x40000000 $2 w" '~[0-9]+'
}

# ---- the largest dies, the one who asked goes on ----

start -o mem=16M
before=$(free_kb)
eater alpha 8M
alpha=$pid
eater beta 2M
beta=$pid
poke "$beta" 0x40000000 'all of this stays'
expect_eq "the larger has the higher score" $(($(cat "$M/$alpha/oom_score") > $(cat "$M/$beta/oom_score"))) 1
expect_eq "process 1 is never chosen" "$(cat "$M/1/oom_score")" 0
expect_eq "no kill yet" "$(kills)" 0
does "$beta" 'touch 0x40200000 8M w' 2048
expect_eq "alpha is dead" "$(exists $alpha)" no
expect_eq "one kill" "$(kills)" 1
expect_eq "bytes of beta" "$(bytes "$beta" 0x40000000 17)" 'all of this stays'
expect_eq "Rss of beta" $(($(field "$beta/status" VmRSS) >= 10 * 1024)) 1
said=$(report)
expect_like "who asked" "$said" '^beta invoked oom-killer: gfp_mask=0x80d2\(GFP_HIGHUSER\|__GFP_ZERO\), order=0, oom_score_adj=0
CPU: 0 UID: [0-9]+ PID: 3 Comm: beta
Mem-Info:
'
expect_like "the zone" "$said" '
DMA free:[0-9]+kB min:[0-9]+kB low:[0-9]+kB '
expect_like "its blocks" "$said" '
DMA: ([0-9]+\*[0-9]+kB ){11}= [0-9]+kB
'
expect_like "the tasks" "$said" '
\[  pid  \]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
\[      2\] +[0-9]+     2 +[0-9]+ +[0-9]+ +[0-9]+        0             0 alpha
\[      3\] +[0-9]+     3 +[0-9]+ +[0-9]+ +[0-9]+        0             0 beta
'
expect_like "the victim" "$said" '
Out of memory: Killed process 2 \(alpha\) total-vm:[0-9]+kB, anon-rss:8[0-9]{3}kB, file-rss:[0-9]+kB, shmem-rss:0kB, UID:[0-9]+ pgtables:[0-9]+kB oom_score_adj:0$'
ctl "$beta" exit
expect_eq "memory is back" $((before - $(free_kb) < 200)) 1
check_ok

# Of the files of a process that is gone the open ones say ESRCH.
eater alpha 8M
alpha=$pid
exec 5<>"$M/$alpha/ctl" 6<"$M/$alpha/mem"
eater beta 0
does "$pid" 'touch 0x40000000 10M w' 2560
expect_eq "alpha is dead" "$(exists $alpha)" no
expect_errno ESRCH bash -c 'echo brk 0 >&5'
expect_errno ESRCH dd bs=1 count=1 status=none <&6
exec 5>&- 6<&-
ctl "$pid" exit

# ---- how a child ends ----

eater parent 0
parent=$pid
ctl "$parent" fork
child=$reply
does "$child" 'touch 0x40000000 8M w' 2048
free=$(free_kb)
does "$parent" 'touch 0x40000000 9M w' 2304
expect_like "State of the child" "$(grep State "$M/$child/status")" 'Z \(zombie\)'
expect_like "stat of the child" "$(cat "$M/$child/stat")" "^$child \(parent\) Z $parent "
expect_eq "it maps nothing" "$(cat "$M/$child/maps")" ""
expect_eq "its memory is the parent's" $((free - $(free_kb) < 2500)) 1
does "$parent" wait "$child 9 SIGKILL"
expect_eq "gone" "$(exists $child)" no

# clone vm: one memory, all die. vfork: the child's is the parent's.
ctl "$parent" exit
eater sharer 8M
sharer=$pid
does "$sharer" 'clone vm' '~[0-9]+'
thread=$reply
does "$sharer" vfork '~[0-9]+'
vforked=$reply
expect_eq "a vfork child has no score" "$(cat "$M/$vforked/oom_score")" 0
echo 100 >"$M/$thread/oom_score_adj"
expect_eq "one memory, one adj" "$(cat "$M/$sharer/oom_score_adj")" 100
expect_eq "but for vfork's" "$(cat "$M/$vforked/oom_score_adj")" 0
eater beta 0
does "$pid" 'touch 0x40000000 9M w' 2304
for p in $sharer $thread $vforked; do expect_eq "$p is dead" "$(exists "$p")" no; done
ctl "$pid" exit

# ---- the one who asked is chosen ----

eater alpha 2M
alpha=$pid
eater beta 4M
does "$pid" 'touch 0x40400000 40M w' ENOMEM
expect_like "it is told" "$reply" 'the OOM killer chose this process: it is dead$'
expect_eq "and is dead" "$(exists "$pid")" no
eater beta 0
expect_errno ESRCH dd if=/dev/zero of="$M/$pid/mem" bs=1M seek=$((0x40000000)) oflag=seek_bytes conv=notrunc count=40 status=none
expect_eq "by a store through mem, too" "$(exists "$pid")" no
eater beta 0
does "$pid" 'mlock 0x40000000 4M' ok
ctl "$pid" 'setrlimit memlock unlimited'
does "$pid" 'mlock 0x40000000 40M' 'EAGAIN|ENOMEM'
expect_eq "by mlock" "$(exists "$pid")" no
eater beta 4M
does "$pid" fork '~[0-9]+'
child=$reply
does "$pid" 'touch 0x40000000 4M w' 1024	# copies: the child has 4 MiB of its own
does "$pid" 'touch 0x40400000 40M w' ENOMEM
expect_eq "who had the most" "$(exists "$pid")" no
ctl "$child" exit
expect_eq "others live" "$(exists $alpha)" yes
check_ok

# ---- oom_score_adj ----

echo -1000 >"$M/$alpha/oom_score_adj"
expect_eq "score of the protected" "$(cat "$M/$alpha/oom_score")" 0
eater beta 1M
beta=$pid
eater small 64K
small=$pid
echo 1000 >"$M/$small/oom_score_adj"
n=$(kills)
ctl "$alpha" 'touch 0x40000000 60M w'
expect_eq "nobody is left to be killed" "$ctl_error" ENOMEM
expect_eq "first who was offered, then the rest" "$(report | sed -n 's/^Out of memory: Killed process [0-9]* (\([a-z]*\)).*/\1/p' | tail -n 2 | xargs)" 'small beta'
expect_eq "two kills" $(($(kills) - n)) 2
expect_eq "then" "$(report | tail -n 1)" 'Out of memory and no killable processes...'
expect_eq "the protected lives" "$(exists $alpha)" yes
check_ok

# Everything else that asks now is refused, or somebody dies for it: then it is done, once.
for where_line in 'root spawn' '1 fork' 'root alloc_pages 0' 'root kmalloc 2048'; do
	does "${where_line%% *}" "${where_line#* }" ENOMEM
	expect_eq "the protected lives" "$(exists $alpha)" yes
done
expect_errno ENOMEM cat "$M/files/alpha"
n=$(kills)
for where_line in 'root spawn beta' '1 fork' 'root alloc_pages 0' '1 mmap 0 4K rw- private,anonymous,populate'; do
	echo 0 >"$M/$alpha/oom_score_adj"
	does "${where_line%% *}" "${where_line#* }" '~(0x)?[0-9a-f]+'
	said=$reply
	expect_eq "$where_line: alpha died for it" "$(exists $alpha)" no
	case $where_line in
	*spawn*) expect_like "one process" "$(ls "$M" | grep '^[2-9]\|^1.' | xargs)" "^$said\$"; ctl "$said" exit ;;
	*fork) expect_like "one process" "$(ls "$M" | grep '^[2-9]\|^1.' | xargs)" "^$said\$"; ctl "$said" exit ;;
	*alloc_pages*) ctl root "__free_pages $said 0" ;;
	esac
	eater alpha 0
	alpha=$pid
	echo -1000 >"$M/$alpha/oom_score_adj"
	ctl "$alpha" 'touch 0x40000000 60M w'
	expect_eq "all is used again" "$ctl_error" ENOMEM
done
echo 0 >"$M/$alpha/oom_score_adj"
expect_ok cmp "$M/files/alpha" "$M/files/init"
expect_eq "alpha died for a read of files/" "$(exists $alpha)" no
expect_like "nobody's request" "$(report | grep invoked | tail -n 1)" '^aspacefs invoked oom-killer: '
expect_eq "one kill each" $(($(kills) - n)) 5
eater alpha 0
alpha=$pid
echo -1000 >"$M/$alpha/oom_score_adj"
ctl "$alpha" 'touch 0x40000000 60M w'
echo 0 >"$M/$alpha/oom_score_adj"
head -c 300000 /dev/urandom >"$T/random"
expect_ok cp "$T/random" "$M/files/random"
expect_eq "alpha died for a write to files/" "$(exists $alpha)" no
expect_ok cmp "$T/random" "$M/files/random"
rm "$M/files/random"
check_ok

# ---- tunables ----

set_vm panic_on_oom 1
eater alpha 0
does "$pid" 'touch 0x40000000 60M w' ENOMEM
expect_eq "panic_on_oom: nobody is killed" "$(exists "$pid")" yes
expect_eq "what Linux would have done" "$(report | tail -n 1)" \
	'Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled'
set_vm panic_on_oom 0
does "$pid" 'touch 0x40000000 60M w' ENOMEM
expect_eq "it died now" "$(exists "$pid")" no
set_vm oom_kill_allocating_task 1
set_vm oom_dump_tasks 0
eater alpha 9M
alpha=$pid
eater beta 0
does "$pid" 'touch 0x40000000 8M w' ENOMEM
expect_eq "the allocating task" "$(exists "$pid") $(exists $alpha)" 'no yes'
said=$(report | tac | sed '/ invoked oom-killer: /q' | tac)
expect_like "it says so" "$said" '
Out of memory \(oom_kill_allocating_task\): Killed process [0-9]+ \(beta\) '
expect_unlike "no table" "$said" 'pgtables_bytes'
set_vm oom_kill_allocating_task 0
set_vm oom_dump_tasks 1
ctl "$alpha" exit

# Large blocks and requests that give up kill nobody.
eater alpha 9M
n=$(kills)
pages=()
while ctl root 'alloc_pages 0 atomic'; do pages+=("$reply"); done
expect_eq "atomic" "$ctl_error $(kills)" "ENOMEM $n"
does root 'alloc_pages 0 kernel,norepeat' ENOMEM
does root 'alloc_pages 4' ENOMEM
expect_eq "no kill" "$(kills)" "$n"
for page in "${pages[@]}"; do ctl root "__free_pages $page 0"; done
ctl "$pid" exit

# ---- inodes that nobody uses go before somebody is killed ----

mkdir "$M/files/many"
seq 2000 | (cd "$M/files/many" && split -l 1 -a 3)
cat "$M"/files/many/* >/dev/null
inodes() { awk '$1 == "inode_cache" { print $2 }' "$M/slabinfo"; }
expect_eq "they are in memory" $(($(inodes) > 2000)) 1
does 1 'mmap 0x60000000 64M rw- private,anonymous,noreserve,fixed' 0x60000000
does 1 'touch 0x60000000 64M w' ENOMEM
expect_eq "they are not" $(($(inodes) < 10)) 1
does 1 'munmap 0x60000000 64M' ok

# ---- overcommit mode 2: refused at mmap, nobody dies ----

n=$(kills)
set_vm overcommit_memory 2
spawn
limit=$(field meminfo CommitLimit)
does "$pid" "mmap 0 $((limit - $(field meminfo Committed_AS) - 8))K rw- private,anonymous" ENOMEM	# something is kept
set_vm admin_reserve_kbytes 0
set_vm user_reserve_kbytes 0
room=$((limit - $(field meminfo Committed_AS) - 4))	# less than the limit
does "$pid" "mmap 0x40000000 $((room + 4))K rw- private,anonymous,fixed" ENOMEM
does "$pid" "mmap 0x40000000 ${room}K rw- private,anonymous,fixed" 0x40000000
does "$pid" 'mmap 0 4K rw- private,anonymous' ENOMEM
does "$pid" 'sbrk 4K' ENOMEM
does "$pid" fork ENOMEM
does "$pid" "touch 0x40000000 ${room}K w" $((room / 4))
expect_eq "all that was promised was had" "$(kills)" "$n"
does "$pid" exit ok
check_ok
stop

# ---- low memory ends, high memory is free ----

start -o mem=1100M
eater alpha 1M
alpha=$pid
for order in 10 9 8 7 6 5 4 3 2 1 0; do
	for ((i = 0; i < 230; i++)); do echo "alloc_pages $order kernel,norepeat"; done >"$T/script"
	cat "$T/script" >"$M/ctl" 2>"$T/error"
done
expect_eq "LowFree" $(($(field meminfo LowFree) < 8192)) 1
expect_eq "HighFree" $(($(field meminfo HighFree) > 100000)) 1
while ctl root 'kmalloc 4096 kernel,norepeat'; do :; done
expect_eq "kmalloc" "$ctl_error" ENOMEM
check_ok
expect_eq "nobody died yet" "$(exists $alpha) $(kills)" 'yes 0'
does 1 'mmap 0x50000000 4M rw- private,anonymous,fixed' '~0x50000000|ENOMEM.*'
does "$alpha" 'touch 0x40100000 16M w' 4096	# frames of high memory
does root 'kmalloc 4096' '~0xc[0-9a-f]{7}|ENOMEM.*'
expect_eq "alpha's death brought too little low memory, or just enough" "$(exists $alpha) $(kills)" 'no 1'
said=$(report)
expect_like "what was wanted" "$said" '^aspacefs invoked oom-killer: gfp_mask=0xd0\(GFP_KERNEL\), order=0,'
expect_like "Normal is used up" "$said" '
Normal free:[0-9]{1,4}kB '
expect_like "HighMem is not" "$said" '
HighMem free:[0-9]{6}kB '
expect_ok cat "$M/1/maps"
stop
done_testing

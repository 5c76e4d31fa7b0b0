#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reclaim as a user sees it: lists in zoneinfo and meminfo, kswapd between the
# marks, direct reclaim below them, files larger than RAM, what is used stays,
# what is locked stays, the tunables, and low memory that ends before high memory does.

. "$(dirname "$0")/lib.sh"
start -o mem=16M
event() { awk -v n="$1" '$1 == n { print $2 }' "$M/vmstat"; }
zone() { awk -v z="$1" -v n="$2" '/^Node/ { at = $4 == z } at && $1 == n { print $2; exit }' "$M/zoneinfo"; }
zone_free() { awk '/pages free/ { print $3; exit }' "$M/zoneinfo"; }
at_least() { expect_eq "$1 ($2 >= $3)" $(($2 >= $3)) 1; }
at_most() { expect_eq "$1 ($2 <= $3)" $(($2 <= $3)) 1; }

# ---- a file larger than RAM: read, mapped, written ----
seq -w 0 4194303 | head -c 32M >"$T/big"
cp "$T/big" "$M/files/big"
expect_ok cmp "$T/big" "$M/files/big"
at_least "kswapd or the copy itself reclaimed" $(($(event pgsteal_kswapd) + $(event pgsteal_direct))) 4096
expect_eq "stolen is stolen" $(($(event pgsteal_anon) + $(event pgsteal_file))) \
	$(($(event pgsteal_kswapd) + $(event pgsteal_direct)))
at_least "more was looked at than taken" $(($(event pgscan_kswapd) + $(event pgscan_direct))) \
	$(($(event pgsteal_kswapd) + $(event pgsteal_direct)))
does 1 'mmap 0x50000000 32M rw- shared,fixed big' 0x50000000
expect_ok cmp <(dd if="$M/1/mem" bs=1M skip=$((0x500)) count=32 status=none) "$T/big"
does 1 'touch 0x50000000 32M w' '~[0-9]+'
poke 1 0x51000000 reclaimed
does 1 'touch 0x50000000 32M r' '~[0-9]+'
expect_eq "written and read back" "$(bytes 1 0x51000000 9)" reclaimed
ctl root sync
printf reclaimed | dd of="$T/big" bs=1 seek=$((0x1000000)) conv=notrunc status=none
expect_ok cmp "$T/big" "$M/files/big"
check_ok

# ---- the lists ----
expect_eq "Active is both" "$(field meminfo Active)" \
	$(($(field meminfo 'Active(anon)') + $(field meminfo 'Active(file)')))
expect_eq "meminfo and zoneinfo" "$(field meminfo 'Inactive(file)')" $(($(zone DMA nr_zone_inactive_file) * 4))
expect_eq "vmstat too" "$(event nr_inactive_file)" "$(zone DMA nr_zone_inactive_file)"
does 1 'mlock 0x50000000 64K' ok
expect_eq Mlocked "$(field meminfo Mlocked)" 64
expect_eq Unevictable "$(field meminfo Unevictable)" 64
expect_eq "locked pages say so" \
	"$(od -An -tx8 -j $((8 * 0x$(entry 1 50000000 4))) -N8 "$M/kpageflags" | awk '{ print substr($1, length($1) - 4, 1) }')" 4
before=$(awk '/^5000[0-9a-f]000 / { print $4 }' "$M/1/pagetable")
does 1 'touch 0x50000000 32M r' '~[0-9]+'
expect_eq "they stay where they are" "$(awk '/^5000[0-9a-f]000 / { print $4 }' "$M/1/pagetable")" "$before"
does 1 'munlock 0x50000000 64K' ok
expect_eq "Unevictable, after" "$(field meminfo Unevictable)" 0

# ---- kswapd ----
at_least "kswapd ran" "$(event pageoutrun)" 1
ctl root sync
at_least "up to the high mark" "$(zone_free)" "$(awk '$1 == "low" { print $2; exit }' "$M/zoneinfo")"
echo 640 >"$M/sys/vm/min_free_kbytes"
ctl root 'alloc_pages 0'
ctl root "__free_pages $reply 0"
expect_like "the trace tells" "$(cat "$M/trace")" 'mm_vmscan_wakeup_kswapd: nid=0 zid=0 order=0 gfp_flags='
expect_like "and that it ran at the next tick" "$(cat "$M/trace")" \
	'kswapd0-0 .*mm_vmscan_kswapd_wake: nid=0 order=0'
echo 4096 >"$M/sys/vm/min_free_kbytes"
expect_eq "written" "$(cat "$M/sys/vm/min_free_kbytes")" 4096
expect_eq "marks follow" "$(awk '$1 == "min" { print $2; exit }' "$M/zoneinfo")" 1024
does 1 'touch 0x50000000 1M r' '~[0-9]+'
ctl root sync
at_least "and kswapd with them" "$(zone_free)" 1280
echo 512 >"$M/sys/vm/min_free_kbytes"
check_ok

# ---- the same commands, the same result ----
# Marks that are never reached: nothing is left but to reclaim in the allocation.
stall=$(event allocstall_dma)
ctl root 'alloc_pages 9 kernel'
[ -z "$ctl_error" ] && ctl root "__free_pages $reply 9"
at_least "allocations of whole blocks reclaim" "$(event allocstall_dma)" "$stall"

# ---- locked memory that does not fit: EAGAIN, and what was locked is ----
does 1 'setrlimit memlock unlimited' ok
does 1 'mmap 0x70000000 20M rw- private,anonymous,noreserve,fixed' 0x70000000
does 1 'mlock 0x70000000 20M' EAGAIN
expect_like "why" "$reply" '^EAGAIN: mlock: no memory for a page'
expect_eq "all is locked" "$(field 1/status VmLck)" 20480
at_least "what fitted is in memory" "$(field meminfo Mlocked)" 8192
does 1 'munmap 0x70000000 20M' ok
expect_eq "none" "$(field meminfo Mlocked)" 0

# ---- advice ----
does 1 'mmap 0x60000000 1M rw- private,anonymous,fixed' 0x60000000
does 1 'touch 0x60000000 1M w' 256
free=$(event pglazyfree)
does 1 'madvise 0x60000000 1M free' ok
expect_eq pglazyfree $(($(event pglazyfree) - free)) 256
poke 1 0x60005000 kept
does 1 'touch 0x50000000 32M r' '~[0-9]+'
does 1 'touch 0x50000000 32M r' '~[0-9]+'
expect_eq "what was written again is kept" "$(bytes 1 0x60005000 4)" kept
expect_eq "the rest is gone" "$(bytes 1 0x60006000 4 | tr '\0' 0)" 0000
at_least "page by page" $((1024 - $(field 1/smaps_rollup LazyFree))) 512
does 1 'madvise 0x50000000 64K pageout' ok
does 1 'mincore 0x50000000 16K' 0000
check_ok

# ---- tunables ----
expect_eq swappiness "$(cat "$M/sys/vm/swappiness")" 60
expect_errno EINVAL bash -c "echo 201 >$M/sys/vm/swappiness"
expect_eq vfs_cache_pressure "$(cat "$M/sys/vm/vfs_cache_pressure")" 100
for ((i = 0; i < 40; i++)); do echo $i >"$M/files/small$i"; done
ctl root sync
inodes() { awk '$1 == "inode_cache" { print $2 }' "$M/slabinfo"; }
many=$(inodes)
does 1 'munmap 0x50000000 32M' ok
echo 3 >"$M/sys/vm/drop_caches"
at_most "inodes without pages go" "$(inodes)" $((many - 40))
expect_eq "no file is cached but what is mapped" $(($(field meminfo Cached) <= 64)) 1
expect_eq "and they come back" "$(cat "$M/files/small7")" 7
check_ok
stop

# ---- what comes back too soon ----
# A file that was in use once, and one that is read again and again: each fits, both do not.
start -o mem=16M
free=$(field meminfo MemFree)
head -c "$((free / 2))K" /dev/zero >"$M/files/stale"
head -c "$((free * 6 / 10))K" /dev/zero >"$M/files/round"
ctl root sync
echo 3 >"$M/sys/vm/drop_caches"
nodes=$(event workingset_nodes) # /init's, perhaps
expect_eq "nothing came back yet" "$(event workingset_refault_file)" 0
# dd reads in blocks of pages: a page is used once by each pass.
read_through() { dd if="$M/files/$1" of=/dev/null bs=128K status=none; }
read_through stale
read_through stale
for i in 1 2 3 4 5 6; do read_through round; done
at_least "they were missed" "$(event workingset_refault_file)" 100
at_least "and made active" "$(event workingset_activate_file)" 100
at_most "no more than that" "$(event workingset_activate_file)" "$(event workingset_refault_file)"
at_most "restored are those that were active before" "$(event workingset_restore_file)" "$(event workingset_activate_file)"
expect_eq "no memory of a process came back" "$(event workingset_refault_anon) $(event workingset_activate_anon)" '0 0'
before=$(event pgpgin)
read_through round
expect_eq "now all of it is in RAM" "$(event pgpgin)" "$before"
expect_eq "zoneinfo has the rows, too" "$(awk '$1 ~ /^workingset_/ { print $1, $2 }' "$M/zoneinfo")" \
	"$(grep '^workingset_' "$M/vmstat")"
check_ok
read_through stale
at_least "the other comes back" "$(event workingset_restore_file)" 1
rm "$M/files/stale" "$M/files/round"
ctl root sync
at_most "a file that is gone is not remembered" "$(event workingset_nodes)" "$nodes"
check_ok
stop

# Nodes that only remember are bounded: one for each eight frames, however long the file.
start -o mem=16M
truncate -s 3G "$M/files/sparse"
"$PYTHON" - "$M/files/sparse" <<'EOF'
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
for node in range(8192):
    os.pread(fd, 1, node * 64 * 4096)
EOF
at_least "nodes went" "$(event workingset_nodereclaim)" 100
at_most "the others are not many" "$(event workingset_nodes)" $((4096 / 8 + 200))
check_ok
rm "$M/files/sparse"
ctl root sync
at_most "all of them" "$(event workingset_nodes)" 1
stop

# ---- low memory ends, high memory does not ----
start -o mem=1G
p=1
does 1 'mmap 0x50000000 64M rw- private,anonymous,fixed' 0x50000000
does 1 'touch 0x50000000 64M w' 16384
high=$(field meminfo HighFree)
{ for ((i = 0; i < 240; i++)); do echo 'alloc_pages 10 kernel'; done; } >"$T/low"
cp "$T/low" "$M/ctl" 2>/dev/null
mapfile -t blocks < <(grep '^0x' "$M/ctl")
{ for ((i = 0; i < 8000; i++)); do echo 'get_zeroed_page'; done; } >"$T/pages"
cp "$T/pages" "$M/ctl" 2>/dev/null
at_most "low memory is used up" "$(field meminfo LowFree)" 8192
at_least "high memory is not" "$(field meminfo HighFree)" $((high - 4096))
ended=0
for ((i = 0; i < 200; i++)); do
	ctl 1 fork
	[ "$ctl_error" = ENOMEM ] && { ended=1; break; }
	children+=("$reply")
done
expect_eq "the kernel's own objects end" "$ended" 1
expect_eq "a page for a process does not" "$(get 1 'touch 0x50000000 64M r' >/dev/null; echo "${ctl_error:-ok}")" ok
check_ok
for block in "${blocks[@]:0:100}"; do ctl root "__free_pages $block 10"; done
does 1 fork '~[0-9]+'
check_ok
stop
done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Several CPUs: who runs where, each with its own TLB and frame lists; shootdowns and lazy TLB.

. "$(dirname "$0")/lib.sh"
start -o mem=64M,cpus=3

# cpu N NAME: what stands behind NAME in the paragraph of CPU N.
cpu() { awk -v n="$1" -v f="$2" '$1 == "cpu" { at = $2 } at == n && $1 == f { sub(/^[^ ]* /, ""); print }' "$M/cpu"; }
in_tlb() { cpu "$1" tlb | grep -c "^$2 "; }
counted() { awk -v n="nr_tlb_$1" '$1 == n { print $2 }' "$M/vmstat"; }
processor() { cut -d' ' -f39 "$M/$1/stat"; }
mask() { awk '$1 == "cpu_vm_mask" { print $2 }' "$M/$1/mm"; }
traced() { grep -c "\[00$1\].*: tlb_flush: $2\$" "$M/trace"; }

# ---- there are three ----
expect_eq "cpu" "$(grep -c '^cpu ' "$M/cpu")" 3
expect_eq "cpuinfo" "$(awk '/^processor/ { print $3 }' "$M/cpuinfo" | paste -sd' ')" "0 1 2"
expect_eq "stat" "$(awk '/^cpu[0-9]/ { print $1 }' "$M/stat" | paste -sd' ')" "cpu0 cpu1 cpu2"
expect_eq "stat: ticks" "$(awk '/^cpu / { all = $5 } /^cpu[0-9]/ { sum += $5 } END { print all - sum }' "$M/stat")" 0
for zone in $(room 'DMA Normal' "$(zones)"); do
	expect_eq "pagesets of $zone" "$(awk -v z=$zone '/^Node/ { at = $4 } at == z && $1 == "cpu:" { print $2 }' "$M/zoneinfo" |
		paste -sd' ')" "0 1 2"
done
expect_eq "trace" "$(grep -o '#P:.*' "$M/trace")" '#P:3'

# ---- who runs where ----
relax	# what a TLB holds is what was accessed last
spawn; a=$pid
spawn; b=$pid
spawn; c=$pid
expect_eq "each has a CPU" "$(for p in 1 "$a" "$b" "$c"; do processor "$p"; done | paste -sd' ')" "0 1 2 0"
expect_eq "nobody was run yet" "$(cpu 1 current)" "0 (idle)"
expect_eq "idle" "$(cpu 1 tlb_state)" TLBSTATE_LAZY
does "$a" 'touch 0x0804c000 4096 w' ~'[01]'
expect_eq "its CPU" "$(cpu 1 current)" "$a (init)"
expect_eq "CR3" "$(cpu 1 cr3)" "$(sed -n s/cr3=//p "$M/$a/regs")"
expect_eq "its entry" "$(in_tlb 0 0804c000)$(in_tlb 1 0804c000)$(in_tlb 2 0804c000)" 010
expect_eq "who runs on CPU 0" "$(readlink "$M/self")" 1
does "$c" 'load 0x0804c000' ~0x.*
expect_eq "who runs on CPU 0" "$(readlink "$M/self")" "$c"
does root "schedule $c 2" ok
expect_eq "it moved" "$(processor "$c") $(cpu 0 current) $(cpu 2 current)" "2 0 (idle) $c (init)"
does "$c" 'load 0x0804c000' ~0x.*
expect_eq "and stays" "$(cpu 2 current)" "$c (init)"
does root "schedule $c" ok
expect_eq "and stays" "$(processor "$c")" 2
does root "schedule $c 3" EINVAL
does root "schedule $c -1" EINVAL
does root "schedule 99 1" ESRCH
does "$c" exit ok
expect_eq "nobody follows" "$(cpu 2 current)" "0 (idle)"
does root 'schedule 1 1' ok
expect_eq "nobody runs on CPU 0" "$(readlink "$M/self")" 0
expect_ok ls -l "$M"
does root 'schedule 1 0' ok

# ---- two that share an mm ----
does "$a" 'clone vm' ~'[0-9]+'
twin=$reply
does root "schedule $twin 2" ok
does "$a" 'mmap 0x30000000 256K rw- private,anonymous,fixed' 0x30000000
does "$a" 'touch 0x30000000 8K w' 2
does "$twin" 'touch 0x30000000 8K w' 0
expect_eq "cpu_vm_mask" "$(mask "$a") $(mask "$twin")" "0x6 0x6"
expect_eq "both know it" "$(in_tlb 1 30000000)$(in_tlb 2 30000000)" 11
sent=$(counted remote_flush) got=$(counted remote_flush_received)
does "$twin" 'munmap 0x30001000 4K' ok
expect_eq "one page is gone" "$(in_tlb 1 30001000)$(in_tlb 2 30001000)$(in_tlb 1 30000000)$(in_tlb 2 30000000)" 0011
expect_eq "counted" "$(counted remote_flush) $(counted remote_flush_received)" "$((sent + 1)) $((got + 1))"
expect_eq "sent" "$(traced 2 'pages:1 reason:remote ipi send (4)')" 1
expect_eq "handled" "$(traced 1 'pages:1 reason:remote shootdown (1)')" 1
expect_like "whose" "$(grep 'remote ipi send' "$M/trace" | tail -1)" "init-$twin +\[002\]"
expect_like "whose" "$(grep 'remote shootdown' "$M/trace" | tail -1)" "init-$a +\[001\]"
does "$a" 'load 0x30001000' EFAULT
does "$a" 'mprotect 0x30000000 4K r--' ok
does "$twin" 'store 0x30000000 1' EACCES
does "$a" 'mprotect 0x30000000 4K rw-' ok
does "$a" 'store 0x30000000 1' ok
does "$twin" 'store 0x30000000 1' ok
does "$twin" fork ~'[0-9]+'
child=$reply
does "$a" 'store 0x30000000 2' ok	# copies: CPU 2 must forget the old frame
does "$twin" 'load 0x30000000' 0x00000002
does "$child" 'load 0x30000000' 0x00000001
does "$child" exit ok
does "$a" 'touch 0x30002000 248K w' 62
: >"$M/trace"
does "$a" 'munmap 0x30000000 256K' ok
expect_eq "frames, and then their table, are given back when no CPU knows them any more" \
	"$(sed -n 's/.*: mm_page_free: .*/freed/p; s/.*: tlb_flush: .* shootdown .*/flushed/p' "$M/trace" | uniq | xargs)" "flushed freed flushed freed"
expect_eq "all in one" "$(traced 2 'pages:-1 reason:remote shootdown (1)')" 1

# ---- one of them runs no more: no interrupt ----
does root "schedule $b" ok	# on CPU 2
expect_eq "cpu_vm_mask" "$(mask "$a") $(mask "$b")" "0x2 0x4"
sent=$(counted remote_flush)
does "$a" 'mmap 0x30000000 8K rw- private,anonymous,fixed,populate' 0x30000000
does "$a" 'munmap 0x30000000 8K' ok
expect_eq "no interrupt" "$(counted remote_flush)" "$sent"

# ---- lazy TLB ----
does "$a" 'mmap 0x30000000 8K rw- private,anonymous,fixed' 0x30000000
does "$twin" 'touch 0x30000000 8K w' 2
does root 'kthread worker' ~'[0-9]+'
worker=$reply
does root "schedule $worker 2" ok
expect_eq "it borrows" "$(cpu 2 tlb_state) $(cpu 2 active_mm)" "TLBSTATE_LAZY $(cpu 1 active_mm)"
expect_eq "CR3" "$(cpu 2 cr3)" "$(cpu 1 cr3)"
expect_eq "nothing was flushed" "$(in_tlb 2 30000000)" 1
does "$worker" 'kload 0x30000000' 0x00000000	# the tables are there
got=$(counted remote_flush_received)
does "$a" 'munmap 0x30000000 4K' ok
expect_eq "it leaves" "$(cpu 2 active_mm)" "$(cpu 1 active_mm) (left)"
expect_eq "CR3" "$(cpu 2 cr3)" "0x$(sed -n 's/^# cr3=\([0-9a-f]*\).*/\1/p' "$M/pagetable")"
expect_eq "cpu_vm_mask" "$(mask "$a")" 0x2
expect_eq "one interrupt" "$(counted remote_flush_received)" $((got + 1))
does "$worker" 'kload 0x30001000' EFAULT	# and now they are not
does "$a" 'munmap 0x30001000 4K' ok
expect_eq "and no other" "$(counted remote_flush_received)" $((got + 1))
does "$twin" 'load 0x30000000' EFAULT
expect_eq "it is back" "$(cpu 2 active_mm)" "$(cpu 1 active_mm)"
expect_eq "cpu_vm_mask" "$(mask "$a")" 0x6

# ---- each CPU's frames: last in, first out; another's are not touched ----
does root 'schedule 1 0' ok
does root 'alloc_pages 0' ~'0x[0-9a-f]+'
frame=$reply
does root "__free_pages $frame 0" ok
does root "schedule $a" ok	# the root's commands run where that does
does root 'alloc_pages 0' ~'0x[0-9a-f]+'
[ "$reply" != "$frame" ] && pass || fail "another CPU's frame" "$reply" "not $frame"
does root "__free_pages $reply 0" ok
does root 'schedule 1 0' ok
does root 'alloc_pages 0' "$frame"
does root "__free_pages $frame 0" ok
does root 'kmalloc 100' ~'0xc.......'
object=$reply
does root "kfree $object" ok
does root "schedule $a" ok
does root 'kmalloc 100' ~'0xc.......'
[ "$reply" != "$object" ] && pass || fail "another CPU's object" "$reply" "not $object"
does root "kfree $reply" ok
does root 'schedule 1 0' ok
does root 'kmalloc 100' "$object"
does root "kfree $object" ok
expect_eq "slabinfo: tunables" "$(awk '$1 == "size-128" { print $9, $10, $11 }' "$M/slabinfo")" "60 30 8"
for n in $(seq 70); do ctl root 'kmem_cache_alloc filp'; objects="${objects-} $reply"; done
for object in $objects; do ctl root "kmem_cache_free filp $object"; done
expect_like "slabinfo: slabdata" "$(awk '$1 == "filp" { print $16 }' "$M/slabinfo")" '^(30|60)$'
does root 'kmem_cache_shrink filp' ~'.*'
expect_eq "slabinfo: slabdata" "$(awk '$1 == "filp" { print $16 }' "$M/slabinfo")" 0
does "$b" 'mmap 0x30000000 4K rw- private,anonymous,fixed' 0x30000000
does "$b" 'store 0x30000000 1' ok
top=$(zones)
count() { awk -v n="$1" -v z="${top##* }" '/^Node/ { at = $4 } at == z && $1 == "cpu:" { c = $2 } at == z && $1 == "count:" && c == n { print $2 }' "$M/zoneinfo"; }
before="$(count 0) $(count 1) $(count 2)"
does "$b" 'munmap 0x30000000 4K' ok
read -r c0 c1 c2 <<<"$before"
expect_like "the frame and its table" "$(count 0) $(count 1) $(count 2)" "^$c0 $c1 ($((c2 + 1))|$((c2 + 2)))\$"
stop

# ---- memory runs out on one, and what the others keep is not lost ----
start -o mem=16M,cpus=4
echo 1 >"$M/sys/vm/panic_on_oom"	# nobody is killed
# Under pressure what is process 1's may go out, and empty slabs with it.
unused() { awk "/^(MemFree|Cached$(room '' '|AnonPages|SwapCached|Slab|PageTables')):/"' { sum += $2 } END { print sum }' "$M/meminfo"; }
free=$(unused)
spawn; a=$pid
spawn; b=$pid
for p in 1 "$a" "$b"; do
	does "$p" 'mmap 0x30000000 32M rw- private,anonymous,fixed,noreserve' 0x30000000
	ctl "$p" 'touch 0x30000000 32M w'
	check_ok
	does "$p" 'munmap 0x30000000 31M' ok
done
does 1 'munmap 0x30000000 32M' ok
does "$a" exit ok
does "$b" exit ok
expect_eq "free, or page cache" "$(unused)" "$free"
stop

# ---- the same commands, the same bytes ----
run()
{
	start -o mem=16M,cpus=4
	ctl 1 fork fork 'clone vm' 'mmap 0x30000000 64K rw- private,anonymous,fixed'
	for p in 1 2 3 4; do ctl $p 'touch 0xbffff000 4K w' 'touch 0x30000000 64K w'; done
	ctl root 'schedule 4 1' 'kthread k' 'schedule 5 3' 'alloc_pages 2'
	ctl 4 'munmap 0x30000000 32K' fork
	ctl 3 exit
	sum=$(cat "$M/physmem" "$M/cpu" "$M/trace" "$M/zoneinfo" "$M/slabinfo" | cksum)
	check_ok
	stop
}
run
first=$sum
run
expect_eq "twice the same" "$sum" "$first"

# ---- all at once ----
start -o mem=64M,cpus=4
worker()
{
	local i
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		echo 'mmap 0x30000000 64K rw- private,anonymous,fixed' >"$M/$1/ctl"
		echo 'touch 0x30000000 64K w' >"$M/$1/ctl"
		printf 'hello %s' "$1" | dd of="$M/$1/mem" bs=4096 seek=$((0x30000)) conv=notrunc status=none
		head -c 7 "$M/$1/mem" >/dev/null 2>&1
		echo 'munmap 0x30000000 32K' >"$M/$1/ctl"
	done
}
spawn; p1=$pid
spawn; p2=$pid
ctl "$p1" 'clone vm'; p3=$reply
does root "schedule $p3 3" ok
for p in 1 "$p1" "$p2" "$p3"; do worker "$p" 2>/dev/null & done
wait $(jobs -p | grep -v "^$daemon\$")
check_ok
expect_eq "four CPUs are at work" "$(grep -c '^current 0' "$M/cpu")" 0
stop

# ---- eight, with memory that several share, kernel threads that borrow it, and too little RAM ----
start -o mem=16M,cpus=8
[ -n "$PRESSURE" ] || press "$M"
expect_ok "$PYTHON" "$HERE/cpus.py" "$M" 8 8 "${STEPS:-150}" 1
check_ok
expect_eq "eight CPUs" "$(grep -c '^cpu ' "$M/cpu")" 8
stop

done_testing

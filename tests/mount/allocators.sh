#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The allocators through the root ctl: pages of each order and zone, kmalloc,
# caches of one's own; wrong arguments and wrong frees; what buddyinfo,
# slabinfo and meminfo say before and after.

. "$(dirname "$0")/lib.sh"
start -o mem=1G
squeeze
check_ok
relax	# frames are counted
zones=$(zones)
state() { cat "$M/buddyinfo"; grep -E 'MemFree|Slab' "$M/meminfo"; }
# The cache lines of slabinfo without its two lines of title: name, active, all, size.
slabs() { awk 'NR > 2 { print $1, $2, $3, $4 }' "$M/slabinfo"; }
free_kb() { field meminfo MemFree; }
active() { awk -v n="$1" '$1 == n { print $2 }' "$M/slabinfo"; }

expect_like "buddyinfo" "$(head -n 1 "$M/buddyinfo")" '^Node 0, zone      DMA( +[0-9]+){11} ?$'
expect_eq "zones" "$zones" "$(room 'DMA Normal HighMem' "DMA$([ "$(ram 1G)" -le 16777216 ] || echo ' Normal')")"
expect_eq "slabinfo" "$(head -n 1 "$M/slabinfo")" 'slabinfo - version: 2.1'
expect_like "slabinfo" "$(sed -n 2p "$M/slabinfo")" '^# name +<active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>'
expect_like "meminfo" "$(head -n 1 "$M/meminfo")" '^MemTotal: +[0-9]+ kB$'
for zone in $zones; do
	expect_like "zoneinfo" "$(cat "$M/zoneinfo")" "Node 0, zone +$zone"
done
# What buddyinfo counts is what is free, but for the frames in the per-CPU lists.
blocks=$(awk '{ for (i = 5; i <= NF; i++) n += $i * 2 ^ (i - 5) } END { print n * 4 }' "$M/buddyinfo")
expect_eq "buddyinfo against MemFree" "$((blocks <= $(free_kb) && blocks + 3 * 4 * 200 >= $(free_kb)))" 1

# Pages: order 0 to 10
spare=$(get root 'alloc_pages 0')	# fills the per-CPU list once
does root "__free_pages $spare 0" ok
before=$(state)
for order in 0 1 2 3 4 5 6 7 8 9 10; do
	free=$(free_kb)
	does root "alloc_pages $order" '~0x[0-9a-f]{5}'
	pfn=$reply
	expect_eq "aligned to its order" $((pfn % (1 << order))) 0
	expect_eq "MemFree" "$((free - $(free_kb)))" $((4 << order))
	does root "__free_pages $pfn $((order + 1))" EINVAL
	[ $order = 0 ] || does root "__free_pages $pfn $((order - 1))" EINVAL
	[ $order = 0 ] || does root "__free_pages $((pfn + 1)) 0" EINVAL
	does root "__free_pages $pfn $order" ok
	does root "__free_pages $pfn $order" EINVAL
done
expect_eq "all came back" "$(state)" "$before"
for order in 11 12 31 32 64 -1 99999999999 x; do
	does root "alloc_pages $order" 'EINVAL|ENOMEM'
	does root "__get_free_pages $order" 'EINVAL|ENOMEM'
done
for line in '__free_pages 0 0' '__free_pages 0x40000 0' '__free_pages 0xffffffff 0' '__free_pages -1 0' '__free_pages 1 11' \
	'free_pages 0 0' 'free_pages 0xc0000000 0' 'free_pages 0xffffffff 0' 'free_pages 0x40000000 0' \
	'kfree 0' 'kfree 0xc0000000' 'kfree 0xffffffff' 'kfree 12'; do
	does root "$line" EINVAL
done
expect_eq "nothing went wrong" "$(state)" "$before"

# GFP words choose the zone.
zone_of() { local pfn=$(($1)); if [ $pfn -lt 4096 ]; then echo DMA; elif [ $pfn -lt $((896 * 256)) ]; then echo Normal; else echo HighMem; fi; }
for row in 'kernel Normal' 'atomic Normal' 'dma DMA' 'highuser HighMem' 'user Normal' 'kernel,dma DMA' 'kernel,zero Normal' \
	'highuser,zero HighMem' 'nowait Normal' 'kernel,nofail Normal' 'kernel,norepeat Normal'; do
	read -r words zone <<<"$row"
	does root "alloc_pages 2 $words" '~0x[0-9a-f]{5}'
	[[ " $zones " == *" $zone "* ]] || zone=${zones##* }
	expect_eq "zone of $words" "$(zone_of "$reply")" "$zone"
	does root "__free_pages $reply 2" ok
done
does root 'alloc_pages 0 kernel,nonsense' EINVAL
expect_like "the known words are listed" "$reply" 'atomic'
does root '__get_dma_pages 1' '~0xc0[0-9a-f]{6}'
does root "free_pages $reply 1" ok
does root '__get_free_pages 3' '~0x[c-f][0-9a-f]{7}'
address=$reply
does root "free_pages $((address + 4096)) 3" EINVAL
does root "free_pages $address 2" EINVAL
does root "free_pages $address 3" ok
does root "free_pages $address 3" EINVAL
does root 'alloc_pages 0' '~0x[0-9a-f]{5}'
dirty=$reply
dd if=/dev/urandom of="$M/physmem" bs=4096 seek=$((dirty)) count=1 conv=notrunc status=none
does root "__free_pages $dirty 0" ok
does root get_zeroed_page '~0x[c-f][0-9a-f]{7}'
address=$reply
expect_eq "zeroed" "$(dd if="$M/kmem" bs=4096 skip=$((address / 4096)) count=1 status=none | tr -d '\0' | wc -c)" 0
does root "free_pages $address 0" ok
expect_eq "all came back" "$(state)" "$before"

# kmalloc
for size in 1 8 32 33 64 100 128 1000 4096 4097 65536 131072; do
	does root "kmalloc $size" '~0x[c-f][0-9a-f]{7}'
	address=$reply
	does root "kfree $((address + 4))" EINVAL
	does root "kfree $address" ok
	does root "kfree $address" EINVAL
done
for size in 0 -1 5M 4G 0xffffffff 99999999999 x; do
	does root "kmalloc $size" 'EINVAL|ENOMEM'
done
does root 'kmalloc 100 dma' '~0xc0[0-9a-f]{6}'
does root "kfree $reply" ok
does root 'kmalloc 100 atomic' '~0x[c-f][0-9a-f]{7}'
does root "kfree $reply" ok
first=$(get root 'kmalloc 200')
second=$(get root 'kmalloc 200')
expect_eq "two objects" $((first != second && (first - second) % 16 == 0)) 1
expect_eq "slabinfo counts them" $(($(awk '$1 ~ /^(size|kmalloc)-256$/ { print $2; exit }' "$M/slabinfo") >= 2)) 1
does root "kfree $first" ok
does root "kfree $second" ok

# A cache of one's own. Empty slabs may stay in the caches the first time.
for ((i = 0; i < 200; i++)); do ctl root 'kmalloc 100'; objects+=("$reply"); done
for one in "${objects[@]}"; do ctl root "kfree $one"; done
does root 'kmem_cache_create mine 100' ok
does root 'kmem_cache_destroy mine' ok
before=$(state)
caches=$(slabs)
does root 'kmem_cache_create mine 100' ok
does root 'kmem_cache_create mine 100' 'EEXIST|EINVAL'
expect_like "slabinfo" "$(grep '^mine ' "$M/slabinfo")" '^mine +0 +0 +1[0-9]{2} '
does root 'kmem_cache_create aligned 24 64' ok
objects=()
for ((i = 0; i < 200; i++)); do
	ctl root 'kmem_cache_alloc mine'
	objects+=("$reply")
done
expect_eq "all differ" "$(printf '%s\n' "${objects[@]}" | sort -u | wc -l)" 200
expect_eq "active objects" "$(active mine)" 200
check_ok
one=$(get root 'kmem_cache_alloc aligned')
expect_eq "alignment" $((one % 64)) 0
does root "kmem_cache_free mine $one" EINVAL
does root "kfree $one" EINVAL
does root 'kmem_cache_destroy aligned' 'EBUSY|EINVAL'
does root "kmem_cache_free aligned $one" ok
does root "kmem_cache_free aligned $one" EINVAL
does root 'kmem_cache_destroy aligned' ok
does root 'kmem_cache_destroy aligned' 'EINVAL|ENOENT'
for line in 'kmem_cache_alloc nothere' 'kmem_cache_free nothere 1' 'kmem_cache_shrink nothere'; do
	does root "$line" 'EINVAL|ENOENT'
done
for line in 'kmem_cache_create big 99999999' 'kmem_cache_create none 0' 'kmem_cache_create minus -5' \
	'kmem_cache_create odd 10 3' 'kmem_cache_create "" 10' "kmem_cache_free mine 0"; do
	does root "$line" EINVAL
done
does root 'kmem_cache_destroy mm_struct' 'EBUSY|EINVAL|EPERM'
does root 'kmem_cache_shrink mine' '~(ok|[0-9]+)'
for one in "${objects[@]}"; do ctl root "kmem_cache_free mine $one"; done
check_ok
expect_eq "none active" "$(active mine)" 0
does root 'kmem_cache_shrink mine' '~(ok|[0-9]+)'
does root 'kmem_cache_destroy mine' ok
expect_eq "gone" "$(grep -c '^mine ' "$M/slabinfo")" 0
expect_eq "frames came back" "$(state | grep :)" "$(grep : <<<"$before")"
expect_eq "caches came back" "$(slabs)" "$caches"
stop
done_testing

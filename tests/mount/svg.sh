#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# map.svg and memory.svg: pictures that a browser takes, and whose numbers are those of smaps
# and meminfo.

. "$(dirname "$0")/lib.sh"

# words FILE: all texts of the picture, a line each; fails when it is not XML.
words()
{
	"$PYTHON" -c 'import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.tag == "{http://www.w3.org/2000/svg}svg", root.tag
for e in root.iter("{http://www.w3.org/2000/svg}text"): print(e.text)' "$1"
}

# area FILE COLOUR SIDE: how many cells have the colour.
area()
{
	"$PYTHON" -c 'import sys, xml.etree.ElementTree as tree
cells = sum(float(e.get("width")) * float(e.get("height")) / int(sys.argv[3]) ** 2
            for e in tree.parse(sys.argv[1]).getroot().iter("{http://www.w3.org/2000/svg}rect")
            if e.get("fill") == sys.argv[2] and not e.get("stroke"))
print(round(cells))' "$1" "$2" "$3"
}

start
spawn
seq 1 40000 >"$M/files/a<b>&\"c"
does "$pid" 'mmap 0x50000000 256K rw- private,anonymous,fixed' 0x50000000
does "$pid" 'touch 0x50000000 40K w' 10
does "$pid" 'touch 0x50010000 20K r' 5
does "$pid" "mmap 0x51000000 64K r-- private,fixed 'a<b>&\"c'" 0x51000000
does "$pid" 'touch 0x51000000 64K r' '~[0-9]+'
does "$pid" 'mmap 0x52000000 64K rw- shared,anonymous,fixed' 0x52000000
does "$pid" 'touch 0x52000000 12K w' 3
does "$pid" 'mmap 0x60000000 1G rw- private,anonymous,noreserve,fixed' 0x60000000
before=$(cat "$M/vmstat" "$M/$pid/pagetable")
cat "$M/$pid/map.svg" >"$T/map.svg"
cat "$M/memory.svg" >"$T/memory.svg"
expect_eq "looking changes nothing" "$(cat "$M/vmstat" "$M/$pid/pagetable")" "$before"
said=$(words "$T/map.svg")
expect_like "title" "$said" "^Address space of $pid, init"
expect_like "a name" "$said" '51000000-51010000 r--p  /a<b>&"c'
expect_like "a large region" "$said" $'60000000-a0000000 rw-p  \n1 GiB, a cell is 4 MiB'
expect_like "the hole" "$said" $'256 KiB\n16 MiB without a region'
expect_eq "regions" "$(grep -cE '^[0-9a-f]{8}-' <<<"$said")" "$(wc -l <"$M/$pid/maps")"
flags() { awk -v re="$1" '$5 ~ re && $1 !~ /^#/' "$M/$pid/pagetable" | wc -l; }
expect_eq "zero pages" "$(area "$T/map.svg" '#ffd9a8' 10)" $(($(flags 'Z$') + 2))	# and the key's
expect_eq "shared" "$(area "$T/map.svg" '#76b7b2' 10)" $(($(awk '/shmem/' "$M/$pid/pagetable" | wc -l) + 2))
does "$pid" fork '~[0-9]+'
cat "$M/$pid/map.svg" >"$T/map.svg"
expect_eq "copy on write" "$(area "$T/map.svg" '#f28e2b' 10)" $(($(flags 'C-$') + 2))

# Who has which frames.
said=$(words "$T/memory.svg")
of() { grep -A 1 "^$1\$" <<<"$said" | tail -n 1; }
cat "$M/memory.svg" >"$T/memory.svg"
said=$(words "$T/memory.svg")
for zone in $(room 'DMA Normal HighMem' "$(zones)"); do expect_like "zones" "$said" "$zone"; done
expect_eq "anonymous" "$(of anonymous)" $(($(field meminfo AnonPages) / 4))
expect_eq "slabs" "$(of slabs)" $(($(field meminfo Slab) / 4))
expect_eq "page cache" "$(($(of 'page cache') + $(of 'shared memory')))" $(($(field meminfo Cached) / 4))
expect_eq "shared memory" "$(of 'shared memory')" $(($(field meminfo Shmem) / 4))
expect_eq "free" $(($(of free) + $(of 'free, in a per-CPU list'))) $(($(field meminfo MemFree) / 4))
expect_eq "its dots" "$(area "$T/memory.svg" '#4e79a7' 2)" "$(of anonymous)"
does root "alloc_pages 3 kernel" '~0x[0-9a-f]+'
expect_eq "handed out" "$(words "$M/memory.svg" | grep -A 1 '^handed out' | tail -n 1)" 8

# What was read ahead of demand is nobody's yet.
relax
dd if=/dev/zero of="$M/files/swap" bs=1M count=1 status=none
if PATH=$PATH:/usr/sbin:/sbin mkswap "$M/files/swap" >/dev/null 2>&1; then
	does root 'swapon swap' ok
	does "$pid" 'mmap 0x53000000 40K rw- private,anonymous,fixed' 0x53000000
	does "$pid" 'touch 0x53000000 40K w' 10
	does "$pid" 'madvise 0x53000000 40K pageout' ok
	does "$pid" 'madvise 0x53000000 20K willneed' ok
	cat "$M/memory.svg" >"$T/memory.svg"
	said=$(words "$T/memory.svg")
	expect_eq "anonymous" "$(of anonymous)" $(($(field meminfo AnonPages) / 4))
	expect_eq "swap cache" "$(of 'swap cache, mapped by nobody')" $(($(field meminfo SwapCached) / 4))
	expect_eq "swap cache" "$(of 'swap cache, mapped by nobody')" 5
fi

# Many regions, and none.
for i in $(seq 500); do echo "mmap $((0x20000000 + i * 8192)) 4K rw- private,anonymous,fixed"; done |
	cat >"$M/$pid/ctl"
expect_eq "many" "$(words "$M/$pid/map.svg" | grep -c "^4 KiB without a region")" 499
does "$pid" fork '~[0-9]+'
ctl "$reply" exit
expect_like "a zombie's" "$(words "$M/$reply/map.svg" 2>&1)" 'Address space of|No such'
check_ok
stop

# Small and large RAM: the dots are as many as make a picture.
start -o mem=16M
expect_like "16 MiB" "$(words "$M/memory.svg")" "$(($(ram 16M) / 4096)) frames of 4 KiB, a dot is 1 of them"
stop
start -o mem=4G
[ -n "$PRESSURE" ] || expect_like "4 GiB" "$(words "$M/memory.svg")" 'frames of 4 KiB, a dot is [48] of them'
stop
done_testing

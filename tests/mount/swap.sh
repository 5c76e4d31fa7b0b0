#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Swap areas that the real mkswap wrote: headers, priorities, who may not touch
# the file; pages that go out and come back; slots shared after fork, in every
# file that shows them; swapoff; hosts that fail; processes larger than RAM.

. "$(dirname "$0")/lib.sh"
mkswap=$(PATH=$PATH:/usr/sbin:/sbin command -v mkswap) || skip "mkswap is missing"
start -o mem=32M

# make_swap NAME MEGABYTES
make_swap()
{
	dd if=/dev/zero of="$M/files/$1" bs=1M count="$2" status=none
	chmod 600 "$M/files/$1"
	"$mkswap" "$M/files/$1" >/dev/null
}
swaps_row() { awk -v n="/$1" '$1 == n { print $2, $3, $4, $5 }' "$M/swaps"; }
event() { awk -v n="$1" '$1 == n { print $2 }' "$M/vmstat"; }

# ---- headers ----
expect_eq "swaps of a machine without" "$(cat "$M/swaps")" $'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority'
does root 'swapon missing' ENOENT
mkdir "$M/files/folder"
does root 'swapon folder' EISDIR
does root 'swapoff folder' EISDIR
dd if=/dev/zero of="$M/files/zeros" bs=1M count=1 status=none
does root 'swapon zeros' EINVAL
make_swap swap 8
expect_eq "the daemon agrees with libblkid" \
	"$(blkid -p -o value -s TYPE "$M/files/swap" 2>/dev/null || echo swap)" swap
for damage in '1024 \x02' '1028 \x00\x00\x00\x00' '1028 \x00\x08\x00\x00' '1032 \x01' '4090 X'; do
	cp "$M/files/swap" "$M/files/damaged"
	printf "${damage#* }" | dd of="$M/files/damaged" bs=1 seek="${damage%% *}" conv=notrunc status=none
	does root 'swapon damaged' EINVAL
done
expect_like "why" "$reply" 'mkswap'
truncate -s 1M "$M/files/sparse"
"$mkswap" "$M/files/sparse" >/dev/null 2>&1
does root 'swapon sparse' EINVAL
does root 'swapoff swap' EINVAL
does root 'swapon swap 32768' EINVAL
does root 'swapon swap -2' EINVAL
does root 'swapon swap' ok
does root 'swapon swap' EBUSY
expect_eq "its row" "$(swaps_row swap)" "file 8188 0 -2"
expect_eq "columns as Linux's" "$(tail -n 1 "$M/swaps")" \
	"$(printf '%-40sfile\t\t8188\t\t0\t\t-2' /swap)"
make_swap $'b\\ a\t' 1
does root $'swapon "b\\\\ a\t"' ok
expect_eq "escaped as Linux does" "$(tail -n 1 "$M/swaps")" \
	"$(printf '%-40sfile\t\t1020\t\t0\t\t-3' '/b\134\040a\011')"
does root $'swapoff "b\\\\ a\t"' ok
expect_eq SwapTotal "$(field meminfo SwapTotal)" 8188
expect_eq SwapFree "$(field meminfo SwapFree)" 8188

# ---- the file is the machine's ----
expect_errno EPERM rm "$M/files/swap"
expect_errno EPERM mv "$M/files/swap" "$M/files/other"
expect_errno EPERM mv -T "$M/files/zeros" "$M/files/swap"
expect_eq "a write" "$(fdio "$M/files/swap" rw 'pwrite 0 x' 2>&1 | grep -o ETXTBSY)" ETXTBSY
expect_errno ETXTBSY truncate -s 5 "$M/files/swap"
does 1 'mmap 0x50000000 4K rw- shared,fixed swap' ETXTBSY
make_swap mapped 1
does 1 'mmap 0x50000000 8K rw- shared,fixed mapped' 0x50000000
does 1 'load 0x50000ff6' 0x50415753
does root 'swapon mapped' ok
does 1 'store 0x50000000 1' EIO
expect_like "why" "$reply" 'the file takes no stores'
does 1 'store 0x50001000 1' EIO
expect_like "why" "$(cat "$M/1/fault")" 'do_sigbus: the file takes no stores'
does root 'swapoff mapped' ok
does 1 'store 0x50000000 1' ok
does 1 'munmap 0x50000000 8K' ok
does 1 'mmap 0x50000000 4K r-- shared,fixed swap' 0x50000000
does 1 'munmap 0x50000000 4K' ok

# ---- out and back ----
does 1 'mmap 0x40000000 1M rw- private,anonymous,fixed' 0x40000000
seq -f %07g 1 131072 | head -c 1M | dd of="$M/1/mem" bs=64K seek=$((0x40000000)) oflag=seek_bytes conv=notrunc status=none
sum=$(dd if="$M/1/mem" bs=64K skip=$((0x40000000)) iflag=skip_bytes count=16 status=none | cksum)
sum_of() { dd if="$M/$1/mem" bs=64K skip=$((0x40000000)) iflag=skip_bytes count=16 status=none | cksum; }
does 1 'madvise 0x40000000 1M pageout' ok
expect_eq "VmSwap" "$(field 1/status VmSwap)" 1024
expect_eq "SwapFree" "$(field meminfo SwapFree)" $((8188 - 1024))
expect_eq "swaps, used" "$(swaps_row swap)" "file 8188 1024 -2"
expect_eq "pswpout" "$(event pswpout)" 256
expect_eq "smaps" "$(grep -A 22 ^40000000 "$M/1/smaps" | awk '/^(Rss|Swap|SwapPss):/ { print $2 }' | xargs)" "0 1024 1024"
expect_like "pagetable" "$(entry 1 40000000)" '^40000000 +[0-9.]+ +000 +0:00001 +s--------- +- +swap /swap count 1$'
expect_eq "pagemap: swapped, slot 2, area 0" \
	"$(dd if="$M/1/pagemap" bs=8 skip=$((0x40001)) count=1 status=none | od -An -tx8 | tr -d ' ')" 4000000000000040
expect_like "translate" "$(get 1 'translate 0x40002000')" 'slot 0:00003, swap /swap count 1'
expect_like "explain" "$(get 1 'explain 0x40002000 r')" 'swap cache\? *no.*page read from its swap slot'
does 1 'mincore 0x40000000 8K' 00
does 1 'load 0x40002000 1' 0x30
expect_like "fault" "$(cat "$M/1/fault")" 'page read from its swap slot'
expect_like "major" "$(cat "$M/1/fault")" 'major fault'
does 1 'mincore 0x40001000 8K' 11
does 1 'load 0x40003000 1' 0x30
expect_like "fault" "$(cat "$M/1/fault")" 'page of the swap cache'
expect_eq "swap_ra_hit" "$(event swap_ra_hit)" 1
expect_eq "all is there" "$(sum_of 1)" "$sum"
expect_eq "pswpin" "$(event pswpin)" 256

# ---- fork ----
does 1 'madvise 0x40000000 1M pageout' ok
get 1 fork >"$T/child"
child=$(cat "$T/child")
expect_like "one slot, two entries" "$(entry "$child" 40000000)" 'count 2$'
expect_eq "both count it" "$(field 1/status VmSwap) $(field "$child/status" VmSwap)" "1024 1024"
expect_eq "each half" "$(grep -A 22 ^40000000 "$M/1/smaps" | awk '/^SwapPss:/ { print $2 }')" 512
expect_eq "used once" "$(swaps_row swap)" "file 8188 1024 -2"
poke "$child" 0x40000000 "other"
expect_eq "the child's own" "$(bytes "$child" 0x40000000 5)" other
expect_eq "the parent's" "$(sum_of 1)" "$sum"
check_ok
expect_eq "the child's rest" "$(bytes "$child" 0x400ff000 8)" "$(bytes 1 0x400ff000 8)"

# ---- a core file, mremap, mprotect of what is out ----
does 1 'madvise 0x40000000 1M pageout' ok
does 1 'mprotect 0x40000000 1M ---' ok
does 1 'load 0x40000000' EACCES
does 1 'mprotect 0x40000000 1M rw-' ok
does 1 'mremap 0x40000000 1M 1M maymove,fixed 0x60000000' 0x60000000
does 1 'mremap 0x60000000 1M 1M maymove,fixed 0x40000000' 0x40000000
expect_eq "moved there and back" "$(sum_of 1)" "$sum"
does 1 'madvise 0x40000000 1M pageout' ok
does 1 'madvise 0x40000000 4K dontneed' ok
does 1 'load 0x40000000' 0x00000000
does 1 'madvise 0x40000000 512K willneed' ok
expect_eq "in the swap cache" $(($(field meminfo SwapCached) > 0)) 1
does 1 'munmap 0x40000000 1M' ok
does "$child" 'exit' ok
expect_eq "all slots are free" "$(swaps_row swap)" "file 8188 0 -2"
expect_eq "nothing is cached" "$(field meminfo SwapCached)" 0

# ---- shared memory ----
does 1 'shmget 7 256K creat,600' '~[0-9]+'
id=$reply
does 1 "shmat $id 0x40000000" 0x40000000
yes shared | head -c 256K | dd of="$M/1/mem" bs=64K seek=$((0x40000000)) oflag=seek_bytes conv=notrunc status=none
does 1 'madvise 0x40000000 256K pageout' ok
expect_eq "sysvipc/shm: rss, swap" "$(awk -v id="$id" '$2 == id { print $(NF - 1), $NF }' "$M/sysvipc/shm")" "0 262144"
expect_eq "VmSwap does not count it" "$(field 1/status VmSwap)" 0
expect_eq "smaps does" "$(grep -A 22 ^40000000 "$M/1/smaps" | awk '/^Swap:/ { print $2 }')" 256
expect_eq "pagemap: nothing" "$(dd if="$M/1/pagemap" bs=8 skip=$((0x40000)) count=1 status=none | od -An -tx8 | tr -d ' ')" 0000000000000000
expect_eq "its bytes" "$(bytes 1 0x4003fff9 7)" "$(yes shared | head -c 256K | tail -c 7)"
does 1 'shmdt 0x40000000' ok
does 1 "shmctl $id rmid" ok
expect_eq "all slots are free" "$(swaps_row swap)" "file 8188 0 -2"

# ---- several areas; swapoff ----
make_swap high 1
make_swap twin 1
does root 'swapon high 5' ok
does root 'swapon twin 5' ok
does 1 'mmap 0x40000000 4M rw- private,anonymous,fixed' 0x40000000
yes 0123456 | head -c 4M | dd of="$M/1/mem" bs=64K seek=$((0x40000000)) oflag=seek_bytes conv=notrunc status=none
does 1 'madvise 0x40000000 1M pageout' ok
expect_eq "equals take turns" "$(swaps_row high), $(swaps_row twin), $(swaps_row swap)" \
	"file 1020 512 5, file 1020 512 5, file 8188 0 -2"
does 1 'madvise 0x40000000 4M pageout' ok
expect_eq "then the lower one" "$(swaps_row high), $(swaps_row twin), $(swaps_row swap)" \
	"file 1020 1020 5, file 1020 1020 5, file 8188 2056 -2"
get 1 fork >"$T/child"
child=$(cat "$T/child")
does root 'swapoff high' ok
expect_eq "gone" "$(swaps_row high)" ""
does root 'swapoff swap' ok
expect_eq "4 MiB of each" "$(dd if="$M/1/mem" bs=64K skip=$((0x40000000)) iflag=skip_bytes count=64 status=none | cksum)" \
	"$(yes 0123456 | head -c 4M | cksum)"
expect_eq "the child's, too" "$(dd if="$M/$child/mem" bs=64K skip=$((0x40000000)) iflag=skip_bytes count=64 status=none | cksum)" \
	"$(yes 0123456 | head -c 4M | cksum)"
does root 'swapoff twin' ok
does "$child" exit ok
expect_ok rm "$M/files/high" "$M/files/twin"
does 1 'munmap 0x40000000 4M' ok
stop

# ---- a broken device ----
mkdir "$T/disk"
start -o mem=32M -o files="$T/disk"
make_swap swap 4
does root 'swapon swap' ok
does 1 'mmap 0x40000000 1M rw- private,anonymous,fixed' 0x40000000
yes broken | head -c 1M | dd of="$M/1/mem" bs=64K seek=$((0x40000000)) oflag=seek_bytes conv=notrunc status=none
does 1 'madvise 0x40000000 1M pageout' ok
truncate -s 512K "$T/disk/swap"
does 1 'load 0x40000000 1' 0x62
does 1 'load 0x400ff000 1' EIO
expect_like "fault" "$(cat "$M/1/fault")" 'do_sigbus'
expect_like "trace" "$(cat "$M/trace")" 'swap_read_error: type=0'
expect_errno EIO dd if="$M/1/mem" bs=4K skip=$((0x400fe)) count=1 status=none
does 1 'load 0x40001000 1' '~0x..'
does 1 'mmap 0x50000000 64K rw- private,anonymous,fixed' 0x50000000
poke 1 0x50000000 kept
does 1 'madvise 0x50000000 64K pageout' ok
expect_eq "what cannot be written stays" "$(bytes 1 0x50000000 4)" kept
get 1 fork >"$T/child"
ctl "$(cat "$T/child")" 'onfault die' 'load 0x400ff000'
expect_errno ENOENT ls "$M/$(cat "$T/child")"

# ---- given up all the same: what cannot be read is lost ----
does 1 'shmget 7 64K creat,600' '~[0-9]+'
id=$reply
does 1 "shmat $id 0x60000000" 0x60000000
poke 1 0x60000000 shared
truncate -s 4M "$T/disk/swap"
does 1 'madvise 0x60000000 64K pageout' ok
expect_eq "the segment is out" "$(awk -v id="$id" '$2 == id { print $NF }' "$M/sysvipc/shm")" 4096
truncate -s 512K "$T/disk/swap"
get 1 fork >"$T/child"
child=$(cat "$T/child")
does root 'swapoff swap' ok
check_ok
expect_eq "no area is left" "$(wc -l <"$M/swaps")" 1
expect_eq VmSwap "$(field 1/status VmSwap) $(field "$child/status" VmSwap)" "0 0"
does 1 'load 0x40000000 1' 0x62
expect_eq "what was never written stays" "$(bytes 1 0x50000000 4)" kept
for p in 1 "$child"; do
	does "$p" 'load 0x400ff000 1' EIO
	expect_like "fault" "$(cat "$M/$p/fault")" 'do_sigbus: the page was lost with its swap area'
	does "$p" 'store 0x400ff000 1' EIO
	expect_errno EIO dd if="$M/$p/mem" bs=4K skip=$((0x400ff)) count=1 status=none
	does "$p" 'load 0x60000000 1' EIO
	expect_like "fault" "$(cat "$M/$p/fault")" 'do_sigbus: the file or swap area cannot be read'
done
expect_like "pagetable" "$(entry 1 400ff000)" '^400ff000 +[0-9.]+ +255 +31:00002 +s--------- +- +poisoned$'
expect_eq "pagemap: swapped, marker 2 of type 31" \
	"$(dd if="$M/1/pagemap" bs=8 skip=$((0x400ff)) count=1 status=none | od -An -tx8 | tr -d ' ')" 400000000000005f
expect_eq "smaps" "$(grep -A 22 ^40000000 "$M/1/smaps" | awk '/^Swap:/ { print $2 }')" 0
expect_eq "sysvipc/shm" "$(awk -v id="$id" '$2 == id { print $(NF - 1), $NF }' "$M/sysvipc/shm")" "0 0"
expect_like "translate" "$(get 1 'translate 0x400ff000')" 'page +poisoned'
expect_like "explain" "$(get 1 'explain 0x400ff000 r')" 'marker of a lost page\? *yes.*do_sigbus'
expect_like "map.svg" "$(cat "$M/1/map.svg")" '>lost'
does 1 'madvise 0x400ff000 4K populate_read' EHWPOISON
does 1 'madvise 0x60000000 4K populate_read' EFAULT
does 1 'mincore 0x400ff000 4K' 0
does 1 'mremap 0x40000000 1M 1M maymove,fixed 0x70000000' 0x70000000
does 1 'load 0x700ff000 1' EIO
does 1 'madvise 0x700ff000 4K dontneed' ok
does 1 'load 0x700ff000 1' 0x00
expect_like "the core of what is left" "$(head -c 4 "$M/$child/core")" ELF
does "$child" exit ok
does 1 'shmdt 0x60000000' ok
does 1 "shmctl $id rmid" ok
does 1 'munmap 0x70000000 1M' ok
does 1 'munmap 0x50000000 64K' ok
check_ok
stop

# ---- a process of four times the RAM, its child, and an area that goes meanwhile ----
start -o mem=16M
make_swap first 96
make_swap second 160
does root 'swapon first' ok
does root 'swapon second' ok
"$PYTHON" -c 'import sys
for i in range(16384): sys.stdout.buffer.write(b"%08x" % i * 512)' >"$T/pattern"
# all_of PID PATTERN: its 64 MiB are these.
all_of()
{
	dd if="$M/$1/mem" bs=128K skip=$((0x40000000)) iflag=skip_bytes count=512 status=none | cmp - "$2" 2>&1
}
does 1 'mmap 0x40000000 64M rw- private,anonymous,fixed' 0x40000000
expect_ok dd if="$T/pattern" of="$M/1/mem" bs=128K seek=$((0x40000000)) oflag=seek_bytes conv=notrunc status=none
check_ok
expect_eq "every byte is kept" "$(all_of 1 "$T/pattern")" ""
expect_eq "most of it is out" $(($(field 1/status VmSwap) > 48 * 1024)) 1
get 1 fork >"$T/child"
child=$(cat "$T/child")
cp "$T/pattern" "$T/changed"
"$PYTHON" - "$M/$child/mem" "$T/changed" <<'PY'
import os, sys
for name, start in (sys.argv[1], 0x40000000), (sys.argv[2], 0):
    fd = os.open(name, os.O_RDWR)
    for page in range(0, 16384, 3):
        os.pwrite(fd, b"child %d" % page, start + page * 4096 + page % 4000)
PY
check_ok
expect_eq "the parent's bytes" "$(all_of 1 "$T/pattern")" ""
expect_eq "the child's" "$(all_of "$child" "$T/changed")" ""
does root 'swapoff first' ok
expect_eq "swapoff under load" "$(swaps_row first)" ""
expect_eq "the child's" "$(all_of "$child" "$T/changed")" ""
expect_eq "the parent's" "$(all_of 1 "$T/pattern")" ""
does root 'swapoff second' ENOMEM
expect_eq "it goes on" "$(awk 'NR == 2 { print $1 }' "$M/swaps")" /second
expect_eq "the parent's" "$(all_of 1 "$T/pattern")" ""
does "$child" exit ok
expect_eq "the parent's" "$(all_of 1 "$T/pattern")" ""
does 1 'munmap 0x40000000 64M' ok
expect_eq "its slots are free" $(($(awk 'NR == 2 { print $4 }' "$M/swaps") < 128)) 1
does root 'swapoff second' ok
stop
done_testing

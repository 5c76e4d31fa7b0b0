#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# -o pae: entries of 64 bits, no execution, and frames above 4 GiB through every door that has
# a physical address or a frame number.  RAM is large here and the host's memory follows use.

. "$(dirname "$0")/lib.sh"
N=N PAE=1

walk_ok()
{
	local said
	if said=$("$PYTHON" "$HERE/walk.py" check "$M"); then pass; else fail "$1: $said"; fi
	check_ok
}

# resident: kilobytes of the host that the daemon holds.
resident() { sed -n 's/VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(pgrep -P "$daemon")/status"; }

# phys FRAME [COUNT]: the first bytes of a frame, from physmem.
phys() { dd if="$M/physmem" bs=1 skip=$((0x$1 << 12)) count="${2-5}" status=none; }

# word FILE INDEX: a u64 of it in hex.
word() { od -An -v -tx8 -j $(($2 * 8)) -N 8 "$M/$1" | tr -d ' '; }

# ---- the right not to execute ----
start -o pae,mem=64M
does 1 'mmap 0x50000000 8K rw- private,anonymous,fixed' 0x50000000
does 1 'store 0x50000000 1' ok
does 1 'explain 0x50000000 x' '~bad_area: (.|'$'\n'')*error code 0x15(.|'$'\n'')*'
does 1 'fetch 0x50000000' EACCES
expect_like "a page that is there" "$(cat "$M/1/fault")" 'error code: 0x15: an instruction fetch in user mode'
does 1 'explain 0x50001000 x' '~do_anonymous_page: (.|'$'\n'')*error code 0x14(.|'$'\n'')*then: EACCES: the entry forbids it, NX.*'
does 1 'fetch 0x50001000' EACCES
expect_like "a page that was not" "$(cat "$M/1/fault")" 'error code: 0x15: an instruction fetch in user mode'
expect_like "it is now" "$(entry 1 50001000)" 'P-UA---NCZ  -    '
does 1 'touch 0x50000000 4K x' EACCES
does 1 'fetch 0xbffff000' EACCES
does 1 'fetch 0x90000000' EFAULT
does 1 'fetch 0x08048000' ok
does 1 'mprotect 0x50000000 4K rwx' ok
expect_like "N goes with mprotect" "$(entry 1 50000000)" 'PWUAD-----  1    anon'
does 1 'fetch 0x50000000' ok
does 1 'mprotect 0x50000000 4K r--' ok
expect_like "and comes back" "$(entry 1 50000000)" 'P-UAD--N--  1    anon'
does 1 'fetch 0x50000000' EACCES
does 1 'onfault die' EPERM

# The stack: as the program's PT_GNU_STACK says; without one whatever can be read can be executed.
build() { gcc -m32 -nostdlib -static -no-pie -o "$M/files/$1" "$PROGRAMS/execstack.S" "${@:2}" 2>"$T/error"; }
if build plain -Wl,-z,noexecstack && build execstack -Wl,-z,execstack && build nostacknote -Wl,-z,nognustack; then
	for program in plain execstack nostacknote; do
		spawn
		does "$pid" "exec $program" '~(ok|0)'
		stack=EACCES data=EACCES
		[ $program = plain ] || stack=ok
		[ $program != nostacknote ] || data=ok
		does "$pid" 'fetch 0xbffff000' $stack
		does "$pid" "fetch 0x$(awk '/ rw.p .*execstack|nostacknote|plain/ { at = substr($1, 1, 8) } END { print at }' "$M/$pid/maps")" $data
		does "$pid" 'mmap 0x60000000 4K rw- private,anonymous,fixed' 0x60000000
		does "$pid" 'store 0x60000000 1' ok
		does "$pid" 'fetch 0x60000000' $data
	done
fi
# The decision names the whole entry.
does 1 'mmap 0x5f000000 4K rw- private,anonymous,fixed' 0x5f000000
does 1 'touch 0x5f000000 4K w' 1
does 1 fork '~[0-9]+'
does 1 'explain 0x5f000000 w' '~do_wp_page: (.|'$'\n'')*no   entry 0x80000000[0-9a-f]{5}065(.|'$'\n'')*'
does 1 'munmap 0x5f000000 4K' ok
stop

# ---- 64 GiB ----
start -o pae,mem=64G
expect_eq "size of RAM" "$(stat -c %s "$M/physmem")" $((64 << 30))
expect_eq "size of kpagecount" "$(stat -c %s "$M/kpagecount")" $((64 << 30 - 12 + 3))
expect_eq "iomem" "$(grep -c '^00100000-fffffffff : System RAM$' "$M/iomem")" 1
expect_eq "low memory keeps a part" "$(($(field meminfo LowFree) > 300 * 1024))" 1
expect_eq "and its first zone" "$(awk '/zone +DMA/ { dma = 1 } dma && /managed/ { print ($2 > 3900); exit }' "$M/zoneinfo")" 1
echo 2147483647 >"$M/sys/vm/overcommit_ratio"
expect_eq "the largest limit" "$(field meminfo CommitLimit)" $((0xffffffff * 4))
expect_eq "tables and directories" "$(field 1/status VmPTE)" $((4 * ($(sed -n '1s/.*tables=//p' "$M/1/pagetable") + 4)))
expect_eq "the last frame" "$(phys ffffff | tr '\0' 0)" 00000
expect_eq "the last word" "$(word kpageflags $((0xffffff)))" 0000000000000400
check_ok
expect_eq "resident ($(resident) kB)" "$(($(resident) < 64 << 10))" 1
stop

# ---- frames above 4 GiB ----
start -o pae,mem=6G
printf 'alloc_pages 10 highuser\n%.0s' {1..800} >"$M/ctl"
expect_like "the last block" "$(tail -n 1 "$M/ctl")" '^0x1[0-9a-f]{5}$'
ctl 1 'mmap 0x40000000 8M rw- private,anonymous,fixed' 'touch 0x40000000 8M w'
check_ok
frame=$(entry 1 407ff000 4)
expect_like "a user's frame" "$frame" '^1[0-9a-f]{5}$'
expect_like "its line" "$(entry 1 407ff000)" "^$(at 407ff000)$frame   PWUAD--N--  1    anon\$"
walk_ok "a page table above 4 GiB"

# The same bytes by each name.
poke 1 0x407ff000 hello
expect_eq "physmem" "$(phys "$frame")" hello
expect_eq "4 GiB below" "$(phys "${frame#1}" | tr '\0' 0)" 00000
printf J | dd of="$M/physmem" bs=1 seek=$((0x$frame << 12)) conv=notrunc status=none
expect_eq "mem" "$(bytes 1 0x407ff000 5)" Jello
expect_eq "regions" "$(dd if="$M/1/regions/40000000-40800000" bs=1 skip=$((0x7ff000)) count=5 status=none)" Jello
expect_eq "pagemap" "$(word 1/pagemap $((0x407ff)))" "81$(printf %014x 0x$frame)"
expect_eq "kpagecount" "$(word kpagecount $((0x$frame)))" 0000000000000001
expect_like "translate" "$(get 1 'translate 0x407ff123')" "^0x${frame}123"
walk_ok "written through physmem"

# Copy on write, both sides.
does 1 fork 2
expect_eq "shared" "$(entry 2 407ff000 4) $(entry 2 407ff000 6)" "$frame 2"
poke 2 0x407ff000 C
expect_eq "the child's" "$(bytes 2 0x407ff000 5) $(bytes 1 0x407ff000 5)" 'Cello Jello'
expect_like "its own frame" "$(entry 2 407ff000 4)" '^1[0-9a-f]{5}$'
walk_ok "after fork"
does 2 exit ok

# Files: pages of the cache, a tail that is cleared, a store from outside.
printf '%-9000s' text >"$M/files/f"
does 1 'mmap 0x60000000 12K rw- shared,fixed f' 0x60000000
does 1 'load 0x60000000' 0x74786574
does 1 'store 0x60002004 0x41414141' ok
frame=$(entry 1 60002000 4)
expect_like "a frame of the page cache" "$frame" '^1[0-9a-f]{5}$'
expect_eq "read() of it" "$(tail -c +8197 "$M/files/f" | head -c 4)" AAAA
printf X | dd of="$M/physmem" bs=1 seek=$((0x$frame << 12)) conv=notrunc status=none
expect_eq "a byte from outside" "$(tail -c +8193 "$M/files/f" | head -c 1)" X
expect_ok truncate -s 8194 "$M/files/f"
does 1 'load 0x60002004' 0x00000000
expect_eq "the tail in RAM" "$(phys "$frame" 6 | tr '\0' 0)" 'X 0000'
check_ok

# The kernel's mappings: arguments of exec, noncontiguous areas.
spawn
does "$pid" 'exec init one two' '~(ok|0)'
expect_eq "arguments" "$(tr '\0' ' ' <"$M/$pid/cmdline")" 'init one two '
expect_like "the stack's frame" "$(entry "$pid" bffff000 4)" '^1[0-9a-f]{5}$'
ctl root 'vmalloc 8K'
area=$reply
expect_like "its frame" "$(awk -v a="${area#0x}" '$1 == a { print $4 }' "$M/pagetable")" '^1[0-9a-f]{5}$'
does 1 "kstore $area 0x31323334" ok
expect_eq "kmem" "$(dd if="$M/kmem" bs=1 skip=$((area)) count=4 status=none)" 4321
does root "vfree $area" ok
does root 'alloc_pages 0 highuser' '~0x1[0-9a-f]{5}'
handed=${reply#0x}
does root "vmap 0x$handed" '~0x[0-9a-f]{8}'
area=$reply
fdio_says '2 | hi' "$M/physmem" rw "pwrite $((0x$handed << 12)) hi" "pread $((0x$handed << 12)) 2"
expect_eq "through vmap" "$(dd if="$M/kmem" bs=1 skip=$((area)) count=2 status=none)" hi
does root "vunmap $area" ok
does root "__free_pages 0x$handed 0" ok
fdio_says 'EPERM' "$M/physmem" rw "pwrite $((0x$handed << 12)) hi"
does root 'alloc_pages 0 highuser,zero' "0x$handed"
expect_eq "cleared" "$(phys "$handed" 2 | tr '\0' 0)" 00
does root "__free_pages 0x$handed 0" ok
table=$(get 1 'translate 0x407ff000' | sed -n 's/^.table .* at \(0x[0-9a-f]*\): .*/\1/p')
expect_like "an entry above 4 GiB" "$table" '^0x1[0-9a-f]{5}ff8$'
fdio_says 'EPERM' "$M/physmem" rw "pwrite $table x"
does root '__get_free_pages 0 highuser' '~(0x[cdef][0-9a-f]{7}|EINVAL: .*)'

# All of it comes back.
free=$(field meminfo MemFree)
does 1 'munmap 0x40000000 8M' ok
expect_eq "frames and tables" "$(($(field meminfo MemFree) - free >= 8192))" 1
walk_ok "at the end"
expect_eq "resident ($(resident) kB)" "$(($(resident) < 256 << 10))" 1
stop
done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The first minutes of a new user: look, map, read, write, fork, copy on
# write, find the bytes in RAM, unmap, grow the heap.

. "$(dirname "$0")/lib.sh"
start
cd "$T" || exit 1

# Text, data, bss, heap and stack are there from the first look.
maps=$(cat mnt/1/maps)
expect_like "text" "$maps" '08048000-[0-9a-f]{8} r-?.p '
expect_like "some executable region" "$maps" '[0-9a-f]{8}-[0-9a-f]{8} r-xp [0-9a-f]{8} [0-9a-f:]+ [0-9]+ +/init'
expect_like "data" "$maps" ' rw-p [0-9a-f]{8} [0-9a-f:]+ [0-9]+ +/init'
expect_like "bss passes the last file page" "$maps" ' rw-p 00000000 00:00 0 '$'\n'
expect_like "heap" "$maps" ' rw-p 00000000 00:00 0 +\[heap\]'
expect_like "stack" "$maps" 'bffdf000-c0000000 rw-p 00000000 00:00 0 +\[stack\]$'
check_ok

# A mapping is a right to addresses, no frame is given.
free_before=$(field meminfo MemFree)
entries_before=$(grep -c . mnt/1/pagetable)
echo "mmap 0 16K rw- private,anonymous" > mnt/1/ctl
expect_eq "cat ctl" "$(cat mnt/1/ctl)" 0x40000000
expect_eq "entries of the page table" "$(grep -c . mnt/1/pagetable)" "$entries_before"
expect_eq "MemFree" "$(field meminfo MemFree)" "$free_before"
check_ok

# Reading maps the zero page.
dump=$(hexdump -C -s 0x40000000 -n 32 mnt/1/mem)
expect_eq "hexdump" "$dump" "$(printf '%s\n' \
	'40000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|' \
	'*' '40000020')"
line=$(entry 1 40000000)
expect_like "zero page" "$line" "^$(at 40000000)[0-9a-f]{5}    P-UA---${N}CZ  -   "
check_ok

# Writing takes a fresh frame.
printf hello | dd of=mnt/1/mem bs=1 seek=$((0x40000000)) conv=notrunc status=none
expect_eq "dd" $? 0
expect_like "which branch" "$(cat mnt/1/fault)" '40000000'
line=$(awk '/^40000/' mnt/1/pagetable)
expect_like "fresh frame" "$line" "^$(at 40000000)[0-9a-f]{5}    PWUAD--${N}--  1    anon\$"
expect_eq "bytes" "$(bytes 1 0x40000000 5)" hello
frame=$(entry 1 40000000 4)
check_ok

# fork shares the frame, copy on write.  (The child's entry is not accessed yet.)
resident 1 0x40000000 4K w
frame=$(entry 1 40000000 4)
echo fork > mnt/1/ctl
expect_eq "fork" "$(cat mnt/1/ctl)" 2
expect_ok test -d mnt/2
for process in 1 2; do
	line=$(entry $process 40000000)
	expect_like "pagetable of $process" "$line" \
		"^$(at 40000000)$frame    P-U[A-]D--${N}C-  2    anon\$"
done
check_ok

# The child writes and has its own frame, the parent still says hello.
printf J | dd of=mnt/2/mem bs=1 seek=$((0x40000000)) conv=notrunc status=none
expect_eq "child" "$(bytes 2 0x40000000 5)" Jello
expect_eq "parent" "$(bytes 1 0x40000000 5)" hello
resident 1 0x40000000 4K
resident 2 0x40000000 4K w
[ -n "$PRESSURE" ] || expect_eq "frame of the parent" "$(entry 1 40000000 4)" "$frame"
frame=$(entry 1 40000000 4)
expect_unlike "frame of the child" "$(entry 2 40000000 4)" "^$frame\$"
expect_like "child's entry" "$(entry 2 40000000)" "PWUAD--${N}--  1    anon\$"
expect_like "parent's entry" "$(entry 1 40000000)" " P-UA$(room D '[D-]')--${N}$(room C '[C-]')-  1    anon\$"
check_ok

# The same bytes lie in RAM, where the page table says.
for process in 1 2; do resident $process 0x40000000 4K; done
for process in 1 2; do
	FRAME=$(awk '/^40000000/{print $4}' mnt/$process/pagetable)
	said=$(hexdump -C -s $((0x$FRAME * 4096)) -n 16 mnt/physmem)
	want=$([ $process = 1 ] && echo hello || echo Jello)
	expect_like "physmem of process $process" "$said" "\|$want\.{11}\|"
done

# The parent is the last holder now: its write needs no copy.
resident 1 0x40000000 4K
frame=$(entry 1 40000000 4)
poke 1 0x40000000 H
expect_eq "frame is reused" "$(entry 1 40000000 4)" "$frame"
expect_like "and writable" "$(entry 1 40000000)" " PWUAD--${N}--  1    anon\$"
check_ok

# munmap splits the region.
echo "munmap 0x40001000 4K" > mnt/1/ctl
expect_eq "munmap" "$(cat mnt/1/ctl)" ok
expect_eq "split" "$(grep ^400 mnt/1/maps)" \
	"$(printf '%s rw-p 00000000 00:00 0 \n' 40000000-40001000 40002000-40004000)"
check_ok

# Page tables and frames come back.
ctl root sync 2>/dev/null
before=$(cat mnt/buddyinfo; grep -E 'MemFree|PageTables' mnt/meminfo)
ctl 1 'mmap 0x60000000 8M rw- private,anonymous,fixed'
ctl 1 'touch 0x60000000 8M w'
expect_unlike "frames are given" "$(cat mnt/buddyinfo; grep MemFree mnt/meminfo)" "^$before\$"
echo "munmap 0x60000000 8M" > mnt/1/ctl
expect_eq "PageTables came back" "$(field meminfo PageTables)" "$(sed -n 's/PageTables: *\([0-9]*\).*/\1/p' <<<"$before")"
gone=$(($(sed -n 's/MemFree: *\([0-9]*\).*/\1/p' <<<"$before") - $(field meminfo MemFree)))
expect_eq "MemFree came back (a slab page may stay)" "$((gone <= 8))" 1
check_ok

# sbrk gives the old break and the heap grows.
old=$(get 1 'brk 0')
echo "sbrk 8K" > mnt/1/ctl
expect_eq "sbrk" "$(cat mnt/1/ctl)" "$old"
expect_eq "break" "$(get 1 'brk 0')" "$(printf '0x%08x' $((old + 8192)))"
expect_like "heap" "$(cat mnt/1/maps)" "-$(printf '%08x' $((old + 8192))) rw-p .* \[heap\]"
echo check > mnt/ctl
expect_eq "check" "$(cat mnt/ctl)" ok

# A real program.
if gcc -m32 -nostdlib -static -o tiny "$PROGRAMS/tiny.S" 2>/dev/null; then
	cp tiny mnt/files/
	echo "exec tiny a b" > mnt/1/ctl
	expect_eq "exec" $? 0
	expect_like "maps after exec" "$(cat mnt/1/maps)" 'r-xp 00001000 [0-9a-f:]+ [0-9]+ +/tiny'
	expect_eq "cmdline" "$(tr '\0' ' ' <mnt/1/cmdline | sed 's,^/,,')" "tiny a b "
	check_ok
fi

cd / || exit 1
stop
done_testing

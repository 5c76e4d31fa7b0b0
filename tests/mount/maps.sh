#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# maps, byte for byte in Linux's format, and the other texts of a process
# folder: what they say of the same thing, how they are read.

. "$(dirname "$0")/lib.sh"
start
printf x >"$M/files/f"
printf x >"$M/files/$(printf 'a\nb c\\d')"
mkdir "$M/files/dir"
printf x >"$M/files/dir/inner"
long=$(printf 'n%.0s' {1..200})
printf x >"$M/files/$long"
does 1 'mmap 0 8K rw- private,anonymous' 0x40000000
does 1 'mmap 0 4K r-- private f' 0x40002000
does 1 'mmap 0 4K --x private dir/inner 4K' 0x40003000
does 1 'mmap 0 4K rw- shared,anonymous' 0x40004000
does 1 'mmap 0 4K rwx private,anonymous' 0x40005000
does 1 'mmap 0 4K -w- private,anonymous' 0x40006000
does 1 "mmap 0 4K r-- private $long" 0x40007000

# format FILE: the lines that are not as Linux prints them.
format()
{
	local fields='[0-9a-f]{8}-[0-9a-f]{8} [r-][w-][x-][ps] [0-9a-f]{8} [0-9a-f]{2,}:[0-9a-f]{2,} [0-9]+ '
	grep -vE "^$fields( *[/[].*)?\$" "$1"
	grep '[/[]' "$1" | grep -vE '^.{72} [/[]'
	sort -c "$1" 2>&1
}
expect_eq "format" "$(format "$M/1/maps")" ""
expect_eq "anonymous" "$(region 1 40000000)" '40000000-40002000 rw-p 00000000 00:00 0 '
expect_like "file" "$(region 1 40002000)" '^40002000-40003000 r--p 00000000 [0-9a-f:]+ [1-9][0-9]* +/f$'
expect_like "offset" "$(region 1 40003000)" '^40003000-40004000 --xp 00001000 [0-9a-f:]+ [1-9][0-9]* +/dir/inner$'
expect_like "shared" "$(region 1 40004000)" '^40004000-40005000 rw-s 00000000 00:01 [0-9]+ +/dev/zero \(deleted\)$'
expect_eq "rwx" "$(region 1 40005000)" '40005000-40006000 rwxp 00000000 00:00 0 '
expect_eq "-w-" "$(region 1 40006000)" '40006000-40007000 -w-p 00000000 00:00 0 '
expect_like "a long name" "$(region 1 40007000)" " {10,}/$long\$"
inode=$(region 1 40002000 | awk '{ print $5 }')
expect_eq "inode" "$inode" "$(stat -c %i "$M/files/f")"

# A newline in a name is shown as \012 (it cannot be typed in a line of ctl: rename under the mapping).
mv "$M/files/f" "$M/files/$(printf 'new\nline')"
expect_like "newline" "$(region 1 40002000)" ' /new\\012line$'
mv "$M/files/$(printf 'new\nline')" "$M/files/g"
expect_like "renamed" "$(region 1 40002000)" ' /g$'
mv "$M/files/dir" "$M/files/dir2"
expect_like "folder renamed" "$(region 1 40003000)" ' /dir2/inner$'
rm "$M/files/g"
expect_like "removed" "$(region 1 40002000)" ' /g \(deleted\)$'
expect_eq "the bytes stay" "$(bytes 1 0x40002000 1)" x
expect_eq "format" "$(format "$M/1/maps")" ""
check_ok

# Sizes, kinds, reading in pieces, one moment.
for name in maps status stat statm cmdline regs fault mm pagetable README ctl; do
	expect_eq "size of $name" "$(stat -c '%s %F' "$M/1/$name")" "0 regular empty file"
	expect_ok cat "$M/1/$name"
done
expect_eq "size of pgd" "$(stat -c %s "$M/1/pgd")" "$(form 4096 16384)"
expect_eq "size of mem" "$(stat -c %s "$M/1/mem")" $((0xc0000000))
expect_eq "dd bs=1" "$(dd if="$M/1/maps" bs=1 status=none | cksum)" "$(cksum <"$M/1/maps")"
expect_eq "dd bs=7 skip=3" "$(dd if="$M/1/maps" bs=7 skip=3 status=none)" "$(tail -c +22 "$M/1/maps")"
size=$(wc -c <"$M/1/maps")
expect_eq "tail -c" "$(tail -c 20 "$M/1/maps")" "$(tail -c 20 <<<"$(cat "$M/1/maps")" | head -c 19)"
first=$(head -c 17 "$M/1/maps")
fdio_says "$first | end | ${first:5:4}" "$M/1/maps" r 'pread 0 17' "pread $size 10" 'pread 5 4'
fdio_says "$first | ${first:8:9} | 00010000-00011000" "$M/1/maps" r 'read 17' \
	'ctl mmap 0x10000 4K rw- private,anonymous,fixed' 'pread 8 9' 'pread 0 17'
does 1 'munmap 0x10000 4K' ok

# The others agree with maps.
total=0
while IFS='- ' read -r from to _; do
	total=$((total + (0x$to - 0x$from) / 1024))
	expect_like "mm shows $from-$to" "$(cat "$M/1/mm")" "$from.*$to"
done <"$M/1/maps"
expect_eq "VmSize" "$(field 1/status VmSize)" $total
expect_eq "statm size" "$(cut -d' ' -f1 "$M/1/statm")" $((total / 4))
does 1 'mmap 0x50000000 1M rw- private,anonymous,fixed' 0x50000000
anonymous() { echo $(($(field 1/status RssAnon) + $(field 1/status VmSwap))); }
had=$(anonymous)
rss=$(field 1/status VmRSS)
does 1 'touch 0x50000000 1M w' 256
expect_eq "RssAnon and VmSwap follow what was touched" $(($(anonymous) - had)) 1024
resident 1 0x50000000 1M
expect_eq "so does VmRSS, while it is there" $(($(field 1/status VmRSS) - rss)) 1024
expect_eq "statm resident" "$(cut -d' ' -f2 "$M/1/statm")" $(($(field 1/status VmRSS) / 4))
expect_eq "stat has 52 fields" "$(wc -w <"$M/1/stat")" 52
expect_eq "stat: pid (comm) state ppid" "$(cut -d' ' -f1,2,4 "$M/1/stat")" '1 (init) 0'
expect_eq "Name" "$(field 1/status Name)" init
expect_eq "Pid" "$(field 1/status Pid)" 1
expect_like "cmdline" "$(tr '\0' ' ' <"$M/1/cmdline")" '^/?init $'
for name in eip esp eflags eax ebx ecx edx esi edi ebp cr2 cr3; do
	expect_eq "regs has $name" "$(grep -c "^$name=\(0x\)\{0,1\}[0-9a-f]\{8\}" "$M/1/regs")" 1
done
expect_eq "mm names" "$(for w in pgd map_count start_code end_code start_brk brk start_stack total_vm mm_users mm_count; do
	grep -qw $w "$M/1/mm" || echo "$w"; done)" ""
for name in $(cd "$M/1" && ls -A); do
	[ "$name" = README ] || expect_like "README tells of $name" "$(cat "$M/1/README" "$M/README")" "$name"
done
for name in $(cd "$M" && ls -A); do
	case $name in README | [0-9]*) ;; *) expect_like "README tells of $name" "$(cat "$M/README")" "$name" ;; esac
done
check_ok
stop
done_testing

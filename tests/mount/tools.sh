#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tools people reach for, over the whole tree: ls, find, cp, tar, od,
# hexdump, grep -r, awk, tail, wc, stat, diff, file sizes.

. "$(dirname "$0")/lib.sh"
start -o mem=32M
does 1 'mmap 0x40000000 64K rw- private,anonymous,fixed' 0x40000000
poke 1 0x40000000 needle
ctl 1 fork
cd "$M" || exit 1

for name in 1 2 README buddyinfo ctl files iomem kmem meminfo pagetable physmem slabinfo vmstat zoneinfo; do
	expect_like "the top lists $name" "$(echo *)" "(^| )$name( |\$)"
done
for name in README cmdline ctl fault maps mem mm pagetable pgd regions regs stat statm status; do
	expect_like "a process lists $name" "$(cd 1 && echo *)" "(^| )$name( |\$)"
done
expect_like ". and .. come first" "$(find . -maxdepth 0; ls -fa | head -n 2 | xargs)" '\. \.\.'
expect_like "ls -l" "$(ls -l 1)" 'r--------|r--r--r--'
expect_like "ls -l shows the size of mem" "$(ls -l 1/mem)" ' 3221225472 '
expect_eq "links of a folder" "$(stat -c %F 1 1/regions files | sort -u)" directory
expect_eq "owner" "$(stat -c %u 1 1/maps ctl | sort -u)" "$(id -u)"
expect_eq "modes of what is private" "$(stat -c %a ctl 1/ctl 1/mem physmem kmem | cut -c2- | sort -u)" 00
expect_ok find . -xdev -type f -printf ''
expect_eq "find: each inode once" "$(find . -printf '%i\n' | sort | uniq -d | wc -l)" 0
expect_eq "the same inode twice" "$(stat -c %i 1/maps)" "$(stat -c %i 1/maps)"
expect_like "stat -f" "$(stat -f -c %T .)" '^fuse'
expect_ok df .
expect_ok ls -lR .
expect_eq "du" "$(timeout 20 du -s 1 >/dev/null 2>&1; echo $?)" 0
check_ok

# Reading everything there is as text.
while read -r name; do
	expect_ok cat "$name"
	expect_eq "$name by od and by cat" "$(od -An -v -tx1 "$name" | tr -d ' \n' | wc -c)" "$(($(wc -c <"$name") * 2))"
done < <(find . -maxdepth 2 -type f ! -name ctl ! -name trace_pipe ! -name '*mem' ! -path './files/*')
check_ok
expect_eq "grep" "$(grep -c . 1/maps)" "$(awk 'END { print NR }' 1/maps)"
expect_eq "grep -r" "$(timeout 60 grep -rl 'MemTotal' --include=meminfo .)" ./meminfo
expect_eq "grep in a window" "$(grep -c needle 1/regions/40000000-40010000)" 1
expect_eq "strings" "$(grep -ao needle 2/regions/40000000-40010000 | head -n 1)" needle
expect_eq "hexdump" "$(hexdump -s 0x40000000 -n 6 -e '6/1 "%c"' 1/mem)" needle
expect_eq "od -j" "$(od -An -c -j $((0x40000000)) -N 6 1/mem | tr -d ' ')" needle
expect_eq "xxd, if there" "$(command -v xxd >/dev/null && xxd -s 0x40000000 -l 6 -p 1/mem || echo 6e6565646c65)" 6e6565646c65
expect_eq "dd skip_bytes" "$(dd if=1/mem bs=6 iflag=skip_bytes skip=$((0x40000000)) count=1 status=none)" needle
expect_eq "dd skip=pages" "$(dd if=1/mem bs=4096 skip=$((0x40000)) count=1 status=none | head -c 6)" needle
expect_eq "tail -c +" "$(tail -c +$((0x40000001)) 1/mem 2>/dev/null | head -c 6)" needle
expect_eq "tail -c" "$(tail -c 16 physmem | wc -c)" 16
expect_eq "python" "$("$PYTHON" -c 'f = open("1/mem", "rb"); f.seek(0x40000000); print(f.read(6).decode())')" needle
check_ok

# Copies
expect_ok cp 1/maps "$T/maps"
expect_eq "cp of a text" "$(cat "$T/maps")" "$(cat 1/maps)"
expect_ok cp 1/pgd "$T/pgd"
expect_eq "cp of pgd" "$(stat -c %s "$T/pgd")" "$(form 4096 16384)"
expect_ok cp 1/regions/40000000-40010000 "$T/window"
expect_eq "cp of a window" "$(head -c 6 "$T/window") $(stat -c %s "$T/window")" 'needle 65536'
expect_ok cp physmem "$T/ram"
expect_eq "cp of RAM" "$(stat -c %s "$T/ram")" "$(ram 32M)"
expect_ok cmp physmem "$T/ram"
expect_errno EFAULT dd if=kmem of=/dev/null bs=4096 count=1 status=none
expect_eq "diff of parent and child" "$(diff 1/maps 2/maps)" ""
expect_ok sh -c "printf 'moved!' | dd of=1/mem bs=1 seek=$((0x40000000)) status=none"
expect_ok cp "$T/window" 1/regions/40000000-40010000
expect_eq "cp into a window" "$(hexdump -s 0x40000000 -n 6 -e '6/1 "%c"' 1/mem)" needle
check_ok

# tar: of a region, sparse or not; of a process, but for mem, which has holes.
expect_ok tar -cf "$T/t.tar" 1/regions/40000000-40010000 1/pgd 1/ctl
expect_eq "tar keeps the bytes" "$(tar -xOf "$T/t.tar" 1/regions/40000000-40010000 | cmp - "$T/window" && echo same)" same
expect_ok tar -cSf "$T/t.tar" 1/regions/40000000-40010000
expect_eq "tar -S keeps the bytes" "$(tar -xOf "$T/t.tar" 1/regions/40000000-40010000 | cmp - "$T/window" && echo same)" same
timeout 60 tar -cSf "$T/t.tar" --exclude=mem --exclude=kmem --exclude=physmem . 2>"$T/error"
expect_like "tar of the tree ends" $? '^[01]$'
expect_unlike "tar meets no error but files that have holes" "$(grep -v 'changed\|shrank\|unreadable\|socket' "$T/error" | head -n 3)" 'Cannot (open|stat)'
timeout 60 tar -cSf "$T/t.tar" 1/mem 2>/dev/null
expect_unlike "tar -S of mem ends" $? '^124$'
check_ok

# Replacing a file works below files/ only.
echo one >files/x
expect_ok sed -i s/one/two/ files/x
expect_eq "sed -i" "$(cat files/x)" two
timeout 10 sed -i s/a/b/ 1/maps 2>/dev/null
expect_unlike "not here" $? '^(0|124)$'

# Host programs on files/: private mappings and exec work, shared mappings do not.
cat >"$T/try" <<'EOF'
import mmap, sys, os
fd = os.open(sys.argv[1], os.O_RDWR)
print(mmap.mmap(fd, 4, flags=mmap.MAP_PRIVATE)[:3].decode())
try:
    mmap.mmap(fd, 4, flags=mmap.MAP_SHARED)
except OSError as error:
    print(error.errno)
EOF
expect_eq "mmap of the host" "$("$PYTHON" "$T/try" files/x | xargs)" 'two 19'
cp "$(type -P true)" files/true
expect_ok files/true
expect_ok sh -c "printf 'echo run' >files/script; sh files/script"
cd / || exit 1
stop
done_testing

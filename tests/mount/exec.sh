#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# exec of real i386 programs, with this Linux as the judge: maps line for
# line, text and data byte for byte, bss zero, the stack with its arguments
# and auxiliary vector, what a failed exec leaves alone.

. "$(dirname "$0")/lib.sh"
need gcc
need readelf
mkdir "$T/bin"
if ! gcc -o "$T/judge" "$PROGRAMS/maps_after_exec.c" 2>"$T/error"; then skip "gcc: $(cat "$T/error")"; fi
if ! gcc -m32 -nostdlib -static -o "$T/bin/tiny" "$PROGRAMS/tiny.S" 2>"$T/error"; then skip "gcc -m32: $(cat "$T/error")"; fi
build() { gcc -m32 -static -no-pie "$@" 2>/dev/null; }
cd "$T/bin" || exit 1
build -nostdlib -o bssonly "$PROGRAMS/bssonly.S"
build -nostdlib -o execstack -Wl,-z,execstack "$PROGRAMS/execstack.S"
build -nostdlib -o nostacknote "$PROGRAMS/execstack.S" -Wl,-z,nognustack
build -nostdlib -o omagic "$PROGRAMS/tiny.S" -Wl,-N
build -o hello "$PROGRAMS/hello.c"
cp tiny 'a name'
[ -z "${BUSYBOX_I386-}" ] || [ ! -f "$BUSYBOX_I386" ] || install -m 755 "$BUSYBOX_I386" busybox
start

# normal: maps without what differs between two file systems: device and inode.
normal() { sed -E 's/^([^ ]+ [^ ]+ [^ ]+) [0-9a-f:]+ [0-9]+ */\1 /'; }

# loaded PID FILE: the bytes of each PT_LOAD in mem are the file's.
loaded()
{
	local offset address size type _
	while read -r type offset address _ size _; do
		[ "$type" = LOAD ] || continue
		size=$((size))
		[ $size -gt 0 ] || continue
		if cmp -s <(tail -c +$((offset + 1)) "$2" | head -c $size) \
			<(dd if="$M/$1/mem" bs=4096 iflag=skip_bytes,count_bytes skip=$((address)) count=$size status=none); then
			pass
		else
			fail "$2: segment at $address differs from the file"
		fi
	done < <(readelf -lW "$2")
}

ran=0
for program in *; do
	if ! ./../judge "./$program" a 'b c' >"$T/judged" 2>/dev/null || grep -qE '^(errno|killed)' "$T/judged"; then
		printf 'exec: this host cannot run %s (%s)\n' "$program" "$(head -n 1 "$T/judged")"
		continue
	fi
	ran=$((ran + 1))
	cp "$program" "$M/files/$program"
	spawn
	p=$pid
	does "$p" 'mmap 0x60000000 64K rw- private,anonymous,fixed' 0x60000000
	does "$p" 'touch 0x60000000 64K w' 16
	ctl "$p" "exec '$program' a 'b c'"
	expect_eq "exec $program" "$ctl_error" ""
	check_ok
	said=$(diff <(normal <"$T/judged") <(normal <"$M/$p/maps")) || fail "maps of $program (< Linux, > here): $said"
	[ -n "$said" ] || pass
	expect_eq "resident: stack page, and the data page with the start of bss at most" \
		"$(($(cut -d' ' -f2 "$M/$p/statm") <= 3))" 1
	loaded "$p" "./$program"
	entry=$(readelf -hW "./$program" | awk '/Entry point/ { print substr($4, 3) }')
	expect_like "eip" "$(grep ^eip "$M/$p/regs")" "$(printf '%08x' 0x"$entry")"
	expect_eq "cmdline" "$(tr '\0' '|' <"$M/$p/cmdline" | sed 's,^/,,')" "$program|a|b c|"
	expect_like "stat" "$(cat "$M/$p/stat")" "^$p \\(${program:0:15}\\) "
	expect_eq "stack of $program" "$("$PYTHON" "$HERE/stack.py" "$M/$p" "./$program" a 'b c' 2>&1)" ""
	check_ok
	does "$p" exit ok
done
expect_eq "at least one program was judged" $((ran > 0)) 1

# tiny: symbols are where the linker put them, bss is zero up to its end, then nothing.
spawn
p=$pid
does "$p" 'exec tiny' '~(ok|0)'
address() { nm tiny | awk -v n="$1" '$3 == n { print "0x" $1 }'; }
does "$p" "load $(address counter)" 0x12345678
does "$p" "load $(address room)" 0x00000000
does "$p" "touch $(address room) $((3 * 4096 + 100)) w" '~[0-9]+'
does "$p" "load $(($(address room) + 4 * 4096 + 4096))" EFAULT
does "$p" "fetch $(address _start)" '~(ok|0x[0-9a-f]+)'
does "$p" "store $(address _start) 1" EACCES
does "$p" "store $(address counter) 7" ok
expect_eq "the file is untouched" "$(cmp tiny "$M/files/tiny" && echo same)" same
does "$p" 'sbrk 4K' '~0x080[0-9a-f]{5}'
expect_like "heap after bss" "$(cat "$M/$p/maps")" '\[heap\]'
if command -v objdump >/dev/null; then
	dd if="$M/$p/mem" bs=1 skip=$((0x08049000)) count=4096 of=text status=none
	expect_eq "objdump of the bytes in mem" \
		"$(objdump -D -b binary -m i386 --adjust-vma=0x08049000 text | awk -F'\t' '/^ 8049000:|^ 8049005:/ { print $3 }' | xargs)" \
		"$(objdump -d tiny | awk -F'\t' '/^ 8049000:|^ 8049005:/ { print $3 }' | xargs)"
	rm text
fi

# The pid stays, open files stay, limits hold.
does "$p" 'exec init' '~(ok|0)'
expect_like "init again" "$(grep -c ' /init$' "$M/$p/maps")" '^[2-9]$'
does "$p" 'exec nothere' ENOENT
mkdir "$M/files/folder"
does "$p" 'exec folder' EACCES
does "$p" 'exec tiny/x' ENOTDIR
cp tiny "$M/files/noexec"
chmod 644 "$M/files/noexec"
does "$p" 'exec noexec' EACCES
before=$(cat "$M/$p/maps" "$M/$p/pagetable")
printf 'no program' >"$M/files/text"
chmod 755 "$M/files/text"
does "$p" 'exec text' ENOEXEC
expect_eq "a failed exec leaves everything" "$(cat "$M/$p/maps" "$M/$p/pagetable")" "$before"

# Many and long arguments: the stack region is as Linux makes it.
for count in 1000 20000; do
	args=$(printf ' 0123456789abcdef%.0s' $(seq $count))
	ctl "$p" "exec tiny$args"
	expect_eq "exec with $count arguments" "$ctl_error" ""
	# shellcheck disable=SC2086 # words are meant
	"$T/judge" ./tiny $args >"$T/judged"
	expect_eq "stack" "$(grep stack "$M/$p/maps" | cut -c1-17)" "$(grep stack "$T/judged" | cut -c1-17)"
	expect_eq "cmdline" "$(tr '\0' '\n' <"$M/$p/cmdline" | wc -l)" $((count + 1))
	check_ok
done
ctl "$p" "exec tiny $(head -c 200000 /dev/zero | tr '\0' x)"
expect_eq "one argument of 200000 bytes" "$ctl_error" E2BIG
check_ok

# spawn FILE; exec of a parent leaves the child alone.
does root 'spawn tiny one two' '~[0-9]+'
q=$reply
expect_eq "spawn" "$(tr '\0' ' ' <"$M/$q/cmdline" | sed 's,^/,,')" 'tiny one two '
does root 'spawn nothere' ENOENT
does root 'spawn text' ENOEXEC
does root 'spawn init' '~[0-9]+'
does "$q" fork '~[0-9]+'
c=$reply
maps=$(cat "$M/$c/maps")
does "$q" 'exec init' '~(ok|0)'
expect_eq "maps of the child" "$(cat "$M/$c/maps")" "$maps"
does "$c" "load $(address counter)" 0x12345678
cd / || exit 1
stop
done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# exec of real i386 programs, static and dynamic, in both layouts, with this Linux as the judge:
# maps line for line, text and data byte for byte, bss zero, the stack with its arguments
# and auxiliary vector, what a failed exec leaves alone.

. "$(dirname "$0")/lib.sh"
need gcc
need readelf
mkdir "$T/bin"
if ! gcc -o "$T/judge" "$PROGRAMS/maps_after_exec.c" 2>"$T/error"; then skip "gcc: $(cat "$T/error")"; fi
if ! gcc -m32 -nostdlib -static -o "$T/bin/tiny" "$PROGRAMS/tiny.S" 2>"$T/error"; then skip "gcc -m32: $(cat "$T/error")"; fi
build() { gcc -m32 -static -no-pie "$@" 2>/dev/null; }
linker=/lib/ld-linux.so.2
cd "$T/bin" || exit 1
build -nostdlib -o bssonly "$PROGRAMS/bssonly.S"
build -nostdlib -o execstack -Wl,-z,execstack "$PROGRAMS/execstack.S"
build -nostdlib -o nostacknote "$PROGRAMS/execstack.S" -Wl,-z,nognustack
build -nostdlib -o omagic "$PROGRAMS/tiny.S" -Wl,-N
build -o hello "$PROGRAMS/hello.c"
gcc -m32 -static-pie -o static-pie "$PROGRAMS/hello.c" 2>/dev/null
gcc -m32 -pie -fPIE -o dynamic-pie "$PROGRAMS/hello.c" 2>/dev/null
gcc -m32 -pie -fPIE -Wl,-z,max-page-size=0x200000 -o dynamic-pie-2m "$PROGRAMS/hello.c" 2>/dev/null
gcc -m32 -no-pie -fno-pie -o dynamic "$PROGRAMS/hello.c" 2>/dev/null
[ ! -f $linker ] || cp $linker ld-linux.so.2	# it is a program, too
cp tiny 'a name'
[ -z "${BUSYBOX_I386-}" ] || [ ! -f "$BUSYBOX_I386" ] || install -m 755 "$BUSYBOX_I386" busybox

# normal: maps without what differs between two file systems: device, inode and folder.
normal() { sed -E 's/^([^ ]+ [^ ]+ [^ ]+) [0-9a-f:]+ [0-9]+ */\1 /; s,/.*/,/,'; }

# space_of PID: what a failed exec leaves; with little memory pages come and go by themselves.
space_of()
{
	cat "$M/$1/maps"
	[ -n "$PRESSURE" ] || cat "$M/$1/pagetable"
}

# bias PID FILE: where FILE is, less where it says it would be.
bias()
{
	local at want
	at=$(awk -v name="/${2##*/}" 'substr($0, length($0) - length(name) + 1) == name { print substr($1, 1, 8); exit }' "$M/$1/maps")
	want=$(readelf -lW "$2" | awk '$1 == "LOAD" { print $3; exit }')
	printf '%d' $((0x${at:-0} - (want & ~4095)))
}

# loaded PID FILE: the bytes of each PT_LOAD in mem are the file's.
loaded()
{
	local offset address size type bias _
	bias=$(bias "$1" "$2")
	while read -r type offset address _ size _; do
		[ "$type" = LOAD ] || continue
		size=$((size))
		[ $size -gt 0 ] || continue
		if cmp -s <(tail -c +$((offset + 1)) "$2" | head -c $size) \
			<(dd if="$M/$1/mem" bs=4096 iflag=skip_bytes,count_bytes skip=$((address + bias)) count=$size status=none); then
			pass
		else
			fail "$2: segment at $address differs from the file"
		fi
	done < <(readelf -lW "$2")
}

# entry FILE: where its processor begins, by its own addresses.
entry() { readelf -hW "$1" | awk '/Entry point/ { print $4 }'; }

# interpreter FILE: the one that it asks for.
interpreter() { readelf -lW "$1" | sed -n 's/.*program interpreter: \(.*\)]$/\1/p'; }

# judge_program FILE OPTION...: exec it here and there.
judge_program()
{
	local program=$1 first said
	shift
	if ! ../judge "$@" --stack "$T/stack" "./$program" a 'b c' >"$T/judged" 2>/dev/null || grep -qE '^(errno|killed)' "$T/judged"; then
		printf 'exec: this host cannot run %s (%s)\n' "$program" "$(head -n 1 "$T/judged")"
		return
	fi
	ran=$((ran + 1))
	cp "$program" "$M/files/$program"
	spawn
	p=$pid
	does "$p" 'mmap 0x60000000 64K rw- private,anonymous,fixed' 0x60000000
	does "$p" 'touch 0x60000000 64K w' 16
	ctl "$p" "exec './$program' a 'b c'"
	expect_eq "exec $program" "$ctl_error" ""
	check_ok
	said=$(diff <(normal <"$T/judged") <(normal <"$M/$p/maps")) || fail "maps of $program $* (< Linux, > here): $said"
	[ -n "$said" ] || pass
	first=$program
	[ -z "$(interpreter "$program")" ] || first=ld-linux.so.2
	expect_eq "resident: stack page, and the data pages with the start of bss at most" \
		"$(($(cut -d' ' -f2 "$M/$p/statm") <= 3))" 1
	loaded "$p" "./$program"
	[ "$first" = "$program" ] || loaded "$p" "./$first"
	expect_like "eip" "$(grep ^eip "$M/$p/regs")" "$(printf '%08x' $(($(entry "$first") + $(bias "$p" "$first"))))"
	expect_eq "cmdline" "$(tr '\0' '|' <"$M/$p/cmdline" | sed 's,^[./]*,,')" "$program|a|b c|"
	expect_like "stat" "$(cat "$M/$p/stat")" "^$p \\(${program:0:15}\\) "
	expect_eq "stack of $program" "$("$PYTHON" "$HERE/stack.py" --linux "$T/stack" "$M/$p" "./$program" a 'b c' 2>&1)" ""
	check_ok
	does "$p" 'sbrk 4K' '~0x[0-9a-f]{8}'
	expect_eq "one heap" "$(grep -c ' \[heap\]$' "$M/$p/maps")" 1
	does "$p" exit ok
}

# judge_programs OPTION...: all of them, each beside its interpreter.
judge_programs()
{
	local program
	mkdir "$M/files/lib"
	[ ! -f $linker ] || cp $linker "$M/files$linker"
	for program in *; do judge_program "$program" "$@"; done
}

ran=0
start -o layout=flex
judge_programs --flex
stop
start
judge_programs
expect_eq "at least one program was judged" $((ran > 0)) 1

# A dynamic program whose interpreter is not there, closed, or something else.
if [ -f dynamic ] && [ -f $linker ]; then
	spawn
	before=$(space_of "$pid")
	chmod 644 "$M/files$linker"
	does "$pid" 'exec dynamic' EACCES
	chmod 111 "$M/files$linker"
	[ "$(id -u)" != 0 ] || does root 'spawn dynamic' '~[0-9]+'
	mv "$M/files$linker" "$M/files/elsewhere"
	does "$pid" 'exec dynamic' ENOENT
	ln -s ../elsewhere "$M/files$linker"
	chmod 755 "$M/files/elsewhere"
	truncate -s 51 "$M/files/elsewhere"
	does "$pid" 'exec dynamic' EIO
	truncate -s 4K "$M/files/elsewhere"
	printf 'no program' | dd of="$M/files/elsewhere" conv=notrunc status=none
	does "$pid" 'exec dynamic' ELIBBAD
	expect_eq "a failed exec leaves everything" "$(space_of "$pid")" "$before"
	cp $linker "$M/files/elsewhere"
	does "$pid" 'exec dynamic' ok
	expect_eq "maps names the file behind the link" "$(grep -c ' /elsewhere$' "$M/$pid/maps")" 4
	does root 'spawn dynamic' '~[0-9]+'
fi

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
before=$(space_of "$p")
printf 'no program' >"$M/files/text"
chmod 755 "$M/files/text"
does "$p" 'exec text' ENOEXEC
expect_eq "a failed exec leaves everything" "$(space_of "$p")" "$before"

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

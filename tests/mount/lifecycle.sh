#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The daemon itself: returning when the mount answers, -f, two mounts at once,
# signals, bad options, bad mount points, --help and --version.

. "$(dirname "$0")/lib.sh"

# refuses STATUS ARG...: that exit status, one line on stderr, nothing mounted.
refuses()
{
	local want=$1 status lines
	shift
	timeout 20 "$ASPACEFS" "$@" >"$T/out" 2>"$T/error"
	status=$?
	expect_like "exit status of aspacefs $*" $status "^($want)\$"
	lines=$(wc -l <"$T/error")
	expect_eq "lines on stderr of aspacefs $*: $(cat "$T/error")" "$lines" 1
	expect_eq "aspacefs $* mounts nothing" "$(grep -c " $T" /proc/self/mounts)" 0
	for folder in "$M" "$T/other"; do fusermount3 -u "$folder" 2>/dev/null; done
	expect_like "it says who speaks" "$(cat "$T/error")" '^aspacefs: .+'
}

mkdir "$M" "$T/other"
for option in mem=15M mem=1 mem=0 mem=-1 mem= mem=x mem=5G mem=4097M mem=1T mem=99999999999999999999 mem=17179869185G \
	cpus=0 cpus=-1 cpus=x cpus= cpus=9 cpus=1x cpus=4294967297 \
	pae,mem=15M pae,mem=65G mem=64G pae=1 layout=sideways layout= nonsense mem=64M,bogus; do
	refuses 2 -o "$option" "$M"
done
refuses 2 -o mem=5G "$M"
expect_like "it says what is missing" "$(cat "$T/error")" 'mem=5G: .*-o pae'
refuses '1|2' -o files=/nothere "$M"
refuses '1|2' -o "files=$0" "$M"
refuses 2
refuses 2 "$M" "$T/other"
refuses 2 --nonsense "$M"
refuses 2 -Q "$M"
refuses 2 -o
touch "$T/file"
refuses 1 "$T/file"
refuses 1 "$T/nothere"
refuses 1 "$T/file/below"
refuses 1 ''

timeout 20 "$ASPACEFS" --help >"$T/out" 2>&1
expect_eq "--help" $? 0
for word in mem= pae cpus= files= layout= MOUNTPOINT; do expect_like "--help" "$(cat "$T/out")" "$word"; done
timeout 20 "$ASPACEFS" --version >"$T/out" 2>&1
expect_eq "--version" $? 0
expect_like "--version" "$(cat "$T/out")" 'aspacefs.* [0-9]+\.[0-9]+'

# Without -f it returns when the mount answers, and the daemon has let go of the terminal.
for option in mem=16M mem=64M mem=1G mem=4G layout=legacy layout=flex pae mem=16M,pae mem=4G,pae mem=64G,pae; do
	said=$(timeout 20 "$ASPACEFS" -o "$option" "$M" 2>&1)
	expect_eq "aspacefs -o $option" "$?$said" 0
	expect_like "answers at once" "$(head -n 1 "$M/1/maps" 2>&1)" '^08048000-'
	check_ok
	size=$(sed -n 's/MemTotal: *\([0-9]*\).*/\1/p' "$M/meminfo")
	case $option in mem=*)
		wanted=${option#mem=}
		wanted=$(($(numfmt --from=iec "${wanted%,pae}") / 1024))
		expect_eq "RAM of $option" $((size <= wanted && size > wanted * 8 / 10)) 1
		expect_eq "size of physmem" "$(stat -c %s "$M/physmem")" $((wanted * 1024)) ;;
	esac
	expect_ok fusermount3 -u "$M"
	for ((i = 0; i < 100; i++)); do is_mounted "$M" || break; sleep 0.02; done
	expect_eq "folder is empty again" "$(ls -A "$M")" ""
done
expect_like "type of the file system" "$(timeout 20 "$ASPACEFS" -o mem=16M "$M"; grep " $M " /proc/self/mounts)" 'fuse(\.aspacefs)? '
exec 4<"$M/1/maps"
expect_errno EBUSY fusermount3 -u "$M"
exec 4<&-
expect_ok fusermount3 -u "$M"

# Two mounts at once are two machines.
start -o mem=32M
first=$daemon
start_at "$T/second" -o mem=64M
second=$daemon
does 1 'mmap 0 4K rw- private,anonymous' 0x40000000
poke 1 0x40000000 first
ctl "$T/second/1/ctl" 'mmap 0 8K rw- private,anonymous'
expect_eq "the same address in both" "$reply" 0x40000000
printf second | dd of="$T/second/1/mem" bs=1 seek=$((0x40000000)) conv=notrunc status=none
expect_eq "each its own bytes" "$(bytes 1 0x40000000 5)" first
touch "$T/second/files/only-here"
expect_errno ENOENT cat "$M/files/only-here"
check_ok
stop_at "$T/second" "$second"
expect_eq "the other lives on" "$(bytes 1 0x40000000 5)" first
stop_at "$M" "$first"

# The same commands give the same bytes.
for round in a b; do
	start -o mem=32M
	for line in 'mmap 0 64K rw- private,anonymous' 'touch 0x40000000 64K w' fork 'munmap 0x40004000 8K' 'sbrk 8K'; do ctl 1 "$line"; done
	cksum <"$M/physmem" >"$T/$round"
	cat "$M/1/maps" "$M/2/pagetable" "$M/1/stat" "$M/meminfo" "$M/buddyinfo" "$M/slabinfo" | sed 's/[0-9a-f]*:[0-9a-f]* [0-9]* */ /' >>"$T/$round"
	stop
done
expect_eq "two runs" "$(diff "$T/a" "$T/b" | head -n 10)" ""

# Signals unmount cleanly, also with files open and work under way.
for signal in TERM INT HUP; do
	start -o mem=32M
	inner=$(pgrep -P "$daemon" -x "$(basename "$ASPACEFS" | cut -c1-15)" | head -n 1)
	[ "$signal" = INT ] || exec 5<"$M/1/maps"
	ctl 1 fork
	kill "-$signal" "${inner:-$daemon}"
	wait "$daemon"
	status=$?
	expect_like "exit status after SIG$signal" $status '^(0|1|129|130|143)$'
	for ((i = 0; i < 100; i++)); do is_mounted "$M" || break; sleep 0.02; done
	expect_eq "unmounted after SIG$signal" "$(grep -c " $M " /proc/self/mounts)" 0
	expect_eq "folder is usable" "$(ls -A "$M")" ""
	expect_eq "stderr" "$(cat "$(log_of "$M")")" ""
	exec 5<&-
done
expect_eq "no private folder is left" "$(ls -A "$TMPDIR")" ""
# A mount point that is in use by another mount: either stacked as mount(8) does, or refused clearly.
start -o mem=32M
timeout 20 "$ASPACEFS" -o mem=16M "$M" 2>"$T/error"
status=$?
expect_like "mounting on a mount" $status '^[01]$'
[ $status = 0 ] && fusermount3 -u "$M"
check_ok
stop
done_testing

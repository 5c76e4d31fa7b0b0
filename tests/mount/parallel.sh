#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Several people at once: workers that spawn, map, touch, fork and end
# processes, readers that look at all of it meanwhile, clients killed in the
# middle. No hang, no wrong byte, and the check holds at the end.

. "$(dirname "$0")/lib.sh"
start -o mem=256M
head -c 200000 /dev/urandom >"$T/data"
cp "$T/data" "$M/files/data"
rounds=${ROUNDS:-120}

# worker NUMBER: says what went wrong.
worker()
{
	local i p c text
	for ((i = 0; i < rounds; i++)); do
		text=w$1-$i
		ctl root spawn
		p=$reply
		ctl "$p" 'mmap 0x40000000 256K rw- private,anonymous,fixed' || echo "worker $1: mmap: $reply"
		ctl "$p" 'touch 0x40000000 256K w' || echo "worker $1: touch: $reply"
		poke "$p" 0x40000000 "$text"
		ctl "$p" fork || echo "worker $1: fork: $reply"
		c=$reply
		poke "$c" 0x40001000 child
		[ "$(bytes "$c" 0x40000000 ${#text})" = "$text" ] || echo "worker $1: the child $c of $p lost its bytes"
		ctl "$c" exit
		[ "$(bytes "$p" 0x40000000 ${#text})" = "$text" ] || echo "worker $1: $p lost its bytes"
		ctl "$p" 'mmap 0x50000000 200000 r-- private,fixed data' || echo "worker $1: mmap of a file: $reply"
		cmp -s "$T/data" <(dd if="$M/$p/mem" bs=64K iflag=skip_bytes,count_bytes skip=$((0x50000000)) count=200000 status=none) ||
			echo "worker $1: the file's bytes differ"
		ctl "$p" 'munmap 0x40008000 64K'
		ctl "$p" 'exec init' || echo "worker $1: exec: $reply"
		ctl "$p" exit || echo "worker $1: exit: $reply"
	done
}

# reader: looks at everything; processes may be gone when it comes.
reader()
{
	while [ ! -e "$T/stop" ]; do
		cat "$M"/*/{maps,pagetable,status,mm,pgd,stat} "$M"/{meminfo,buddyinfo,slabinfo} >/dev/null 2>&1
		find "$M" -maxdepth 3 >/dev/null 2>&1
		dd if="$M/physmem" of=/dev/null bs=1M count=8 status=none
		echo check >"$M/ctl"
	done
}

# killer: clients that are killed while they read or write.
killer()
{
	local job
	while [ ! -e "$T/stop" ]; do
		cat "$M/physmem" "$M/physmem" >/dev/null 2>&1 &
		job=$!
		sleep 0.05
		kill -KILL $job 2>/dev/null
		wait $job 2>/dev/null
		dd if=/dev/zero of="$M/files/scratch" bs=1M count=4 status=none 2>/dev/null &
		job=$!
		sleep 0.02
		kill -KILL $job 2>/dev/null
		wait $job 2>/dev/null
	done
}

reader &
jobs=($!)
killer 2>/dev/null &
jobs+=($!)
workers=()
for number in 1 2 3; do
	# Each with its own place for messages of ctl.
	# shellcheck disable=SC2030,SC2031 # $T changes for the worker only
	(trap - EXIT; mkdir "$T/own$number"; own=$T/own$number; data=$T/data
	T=$own; ln -s "$data" "$T/data"; worker $number >"$own/said" 2>&1) &
	workers+=($!)
done
for job in "${workers[@]}"; do wait "$job"; done
touch "$T/stop"
for job in "${jobs[@]}"; do wait "$job"; done
for number in 1 2 3; do
	expect_eq "worker $number" "$(head -n 5 "$T/own$number/said")" ""
done
expect_eq "all processes ended" "$(cd "$M" && echo [0-9]*)" 1
expect_ok cmp "$T/data" "$M/files/data"
check_ok
stop
done_testing

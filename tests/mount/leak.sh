#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Nothing leaks: after many processes did what processes do and ended,
# meminfo, slabinfo and buddyinfo are, byte for byte, as at mount.  Under pressure, with the page
# cache dropped and process 1 swapped out: no page, no slot, no object more than before.

. "$(dirname "$0")/lib.sh"
start -o mem=256M
# What is dirty depends on when the flusher ran last: written back first.
# Which page of a file was used twice is remembered.
state()
{
	ctl root sync
	if [ -n "$PRESSURE" ]; then
		echo 3 >"$M/sys/vm/drop_caches"
		squeeze; squeeze; squeeze
		grep -E '^(AnonPages|Mapped|Shmem|Cached|Dirty|SwapFree|PageTables|Committed_AS|VmallocUsed):' "$M/meminfo"
		awk '{ print $1, $2 }' "$M/slabinfo"
		return
	fi
	grep -Ev '^(Ina|A)ctive(:|.file)' "$M/meminfo"
	cat "$M/slabinfo" "$M/buddyinfo"
}
as_before()
{
	expect_eq "$1" "$(diff <(printf '%s\n' "$before") <(state))" ""
	check_ok
}

# life PID: one of everything.
life()
{
	cat >"$M/$1/ctl" <<-'EOF'
	mmap 0x40000000 1M rw- private,anonymous,fixed
	touch 0x40000000 1M w
	mmap 0x50000000 64K rw- shared,anonymous,fixed
	touch 0x50000000 64K w
	mmap 0x60000000 64K rw- private,fixed f
	touch 0x60000000 64K r
	touch 0x60002000 8K w
	munmap 0x40010000 64K
	mprotect 0x40040000 64K r--
	mprotect 0x40080000 64K ---
	sbrk 128K
	open f
	push 1
	EOF
	poke "$1" 0xbff00000 x
	timeout 10 cat "$M/$1/"{maps,pagetable,mm,status,pgd} >/dev/null
}

# Children of process 1, from the state at mount on.
before=$(state)
for ((i = 0; i < 10; i++)); do
	ctl 1 fork
	child=$reply
	ctl "$child" 'mmap 0x40000000 1M rw- private,anonymous,fixed'
	ctl "$child" 'touch 0x40000000 1M w'
	ctl "$child" 'sbrk 64K'
	ctl "$child" fork
	grandchild=$reply
	ctl "$grandchild" 'touch 0x40000000 1M w'
	ctl "$grandchild" exit
	ctl "$child" exit
done
as_before "children of process 1"

# Pages of files stay in the page cache: bring them in, then look.
printf '%-70000s' file >"$M/files/f"
ctl root 'spawn init'
p=$reply
for line in 'exec f' 'exec init' exit; do ctl "$p" "$line"; done
ctl 1 'mmap 0x60000000 72K r-- private,fixed f'
ctl 1 'touch 0x60000000 68K r'
ctl 1 'munmap 0x60000000 72K'
ctl root spawn
ctl "$reply" exit
at_mount=$(state)
before=$at_mount

for ((i = 0; i < 20; i++)); do
	ctl root spawn
	life "$reply"
	ctl "$reply" exit
done
as_before "20 spawned, one after the other"

pids=()
many=$(room 30 8)	# as many as RAM and swap hold
for ((i = 0; i < many; i++)); do ctl root spawn; life "$reply"; pids+=("$reply"); done
check_ok
for ((i = 0; i < many; i += 2)); do ctl "${pids[i]}" exit; done
check_ok
for ((i = many - 1; i > 0; i -= 2)); do ctl "${pids[i]}" exit; done
as_before "$many at once, ended in another order"

# A tree of forks, the root of it ending first.
ctl root spawn
family=("$reply")
life "$reply"
for ((i = 0; i < 5; i++)); do
	for parent in "${family[@]}"; do
		ctl "$parent" fork
		family+=("$reply")
		ctl "$reply" 'touch 0x40000000 256K w'
	done
done
expect_eq "32 of them" "${#family[@]}" 32
check_ok
for one in "${family[@]}"; do ctl "$one" exit; done
expect_eq "all gone" "$(cd "$M" && echo [0-9]*)" 1
as_before "a tree of forks"

# exec over a full address space, a zombie that is waited for, failed commands.
ctl root spawn
p=$reply
for ((i = 0; i < 10; i++)); do
	life "$p"
	ctl "$p" 'exec init'
	ctl "$p" 'exec f'
	ctl "$p" fork
	child=$reply
	life "$child"
	ctl "$child" exit
	ctl "$p" wait
	for line in 'mmap 0 4K rw- private' 'mmap 0 0 r-- private f' 'mprotect 0x90000000 4K r--' 'load 0x90000000' \
		'mmap 0 4K rw- shared_validate,anonymous' 'munmap 1 1' 'sbrk 3G' 'mmap 0 4K r-- private nothere'; do
		ctl "$p" "$line"
	done
done
ctl "$p" exit
as_before "exec, zombies and failures"

# Whatever was left open on the mount.
ctl root spawn
p=$reply
life "$p"
exec 5<"$M/$p/maps" 6<>"$M/$p/mem" 7<>"$M/$p/ctl" 8<"$M/$p/regions/stack"
cat <&5 >/dev/null
ctl "$p" exit
exec 5<&- 6<&- 7<&- 8<&-
as_before "ended with open files"

# Many regions, and their page tables.
ctl root spawn
p=$reply
for ((i = 0; i < 2000; i++)); do printf 'mmap 0x%x 4K r-- private,anonymous,fixed\ntouch 0x%x 4K r\n' $((0x40000000 + i * 0x100000 / 2)) $((0x40000000 + i * 0x100000 / 2)); done >"$T/script"
cat "$T/script" >"$M/$p/ctl"
expect_eq "2000 regions" "$(grep -c ' r--p 00000000 00:00 0 $' "$M/$p/maps")" 2000
check_ok
ctl "$p" 'munmap 0x40000000 0x60000000'
expect_eq "no table is left" "$(grep -c '^[4-9]' "$M/$p/pagetable")" 0
ctl "$p" exit
as_before "many regions"
expect_eq "nobody was killed" "$(awk '$1 == "oom_kill" { print $2 }' "$M/vmstat")" 0
stop
done_testing

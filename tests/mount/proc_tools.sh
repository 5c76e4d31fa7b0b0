#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tools written for /proc, on the mount: links lead somewhere, folders list what is there, and
# the real ps, pmap, free and top read it bound over /proc in a mount namespace.

. "$(dirname "$0")/lib.sh"
start -o mem=64M

cp "$M/files/init" "$M/files/prog"
does 1 fork 2
does 2 'exec prog a b' ok
does 2 'open prog' 3
expect_eq "exe" "$(readlink "$M/2/exe")" ../files/prog
expect_ok cmp "$M/2/exe" "$M/files/prog"
expect_ok cmp "$M/2/fd/3" "$M/files/prog"
expect_eq "root" "$(ls "$M/2/root/")" "$(ls "$M/files")"
for file in "$M"/2/map_files/*; do expect_ok cmp "$file" "$M/files/prog"; done
expect_eq "map_files and maps" "$(ls "$M/2/map_files")" \
	"$(awk '$6 ~ /^\// { print $1 }' "$M/2/maps" | sed 's/^0*//; s/-0*/-/')"
expect_eq "task" "$(ls "$M/2/task")" 2
expect_ok cmp "$M/2/task/2/maps" "$M/2/maps"
expect_eq "comm" "$(cat "$M/2/comm")" prog
expect_ok sh -c "echo other >'$M/2/comm'"
expect_like "status has it" "$(cat "$M/2/status")" 'Name:	other'
expect_eq "auxv ends with AT_NULL" "$(od -An -tu4 -w8 "$M/2/auxv" | tail -n 1 | xargs)" "0 0"
expect_eq "environ" "$(wc -c <"$M/2/environ")" 0
expect_eq "limits" "$(awk '/^Max stack/ { print $4 }' "$M/2/limits")" 8388608
does 2 'setrlimit stack 64K' ok
expect_eq "limits follow" "$(awk '/^Max stack/ { print $4 }' "$M/2/limits")" 65536
expect_eq "cpu" "$(awk '$1 == "current" { print $2 }' "$M/cpu")" "$(readlink "$M/self")"
expect_like "its TLB" "$(cat "$M/cpu")" 'tlb_hits [0-9]+'
expect_like "uptime" "$(cat "$M/uptime")" '^[0-9]+\.[0-9]{2} [0-9]+\.[0-9]{2}$'
expect_like "loadavg" "$(cat "$M/loadavg")" '^0\.00 0\.00 0\.00 [0-9]+/2 2$'

# Rows that this Linux has, too, stand in its order; what it does not know is of an i386.
for name in meminfo vmstat; do
	awk '{ print $1 }' "$M/$name" >"$T/here"
	awk '{ print $1 }' "/proc/$name" >"$T/there"
	expect_eq "order of $name" "$(grep -xFf "$T/there" "$T/here")" "$(grep -xFf "$T/here" "$T/there")"
	expect_eq "names of $name" "$(grep -vxFf "$T/there" "$T/here" | grep -vE '^((High|Low)(Total|Free):|.*_high|nr_tlb_.*)$')" ""
done
awk '/^Node/ { node++ } node == 1 { print $1 }' "$M/zoneinfo" >"$T/here"
awk '/^Node/ { node++ } node == 1 { print $1 }' /proc/zoneinfo >"$T/there"
expect_eq "names of zoneinfo" "$(grep -vxFf "$T/there" "$T/here")" ""
expect_eq "its first rows" "$(head -n 2 "$M/zoneinfo")" "$(head -n 2 /proc/zoneinfo)"

# inside COMMAND...: with the mount as /proc, as process 1 of a PID namespace.
inside() { timeout 20 unshare -rmpf bash -c 'mount --bind "$0" /proc && exec "$@"' "$M" "$@"; }
if inside true 2>/dev/null; then
	expect_like "ps" "$(inside ps -eo pid,ppid,vsz,rss,stat,args)" "2 +1 +$(awk '/VmSize/ { print $2 }' "$M/2/status") "
	expect_like "pmap" "$(inside pmap 2)" "total +$(awk '/VmSize/ { print $2 }' "$M/2/status")K"
	expect_like "pmap -x" "$(inside pmap -x 2)" "total kB +[0-9]+ +$(awk '/VmRSS/ { print $2 }' "$M/2/status") "
	expect_like "pmap -X" "$(inside pmap -X 2)" 'Pss_Dirty'
	expect_like "free" "$(inside free -k)" "Mem: +$(awk '/MemTotal/ { print $2 }' "$M/meminfo") "
	swapped=$(($(field meminfo SwapTotal) - $(field meminfo SwapFree)))
	expect_like "vmstat" "$(inside vmstat)" " +$swapped +$(awk '/MemFree/ { print $2 }' "$M/meminfo") +0 +[0-9]+ "
	expect_like "vmstat -s" "$(inside vmstat -s)" " $(room '[1-9]' '[0-9]')[0-9]* K inactive memory"
	expect_like "vmstat -m" "$(inside vmstat -m)" 'task_struct +2 '
	expect_like "top" "$(inside top -b -n 1)" 'Tasks: +2 total'
	expect_like "uptime" "$(inside uptime)" 'load average: 0.00'
fi
check_ok
stop
done_testing

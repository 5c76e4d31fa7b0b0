#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# sys/: what can be read can be written back, limits hold, values take effect at once.

. "$(dirname "$0")/lib.sh"
start -o mem=64M

printf '#!/bin/bash\necho "$2" >%q/"$1"\n' "$M/sys" >"$T/put"
chmod +x "$T/put"
for name in vm/max_map_count vm/overcommit_memory vm/min_free_kbytes vm/mmap_min_addr kernel/pid_max; do
	value=$(cat "$M/sys/$name")
	expect_like "$name is a number" "$value" '^[0-9]+$'
	expect_ok "$T/put" $name "$value"
	expect_eq "$name again" "$(cat "$M/sys/$name")" "$value"
	for bad in '' x 1x -1 99999999999; do
		expect_errno EINVAL "$T/put" $name "$bad"
	done
	expect_eq "$name as before" "$(cat "$M/sys/$name")" "$value"
done
expect_eq "sizes" "$(stat -c %s "$M"/sys/vm/* | sort -u)" 0
expect_eq "modes" "$(stat -c %a "$M"/sys/vm/* | sort -u)" 644

# Watermarks.
relax
min() { awk '$1 == "min" { n += $2 } END { print n }' "$M/zoneinfo"; }
before=$(min)
expect_ok "$T/put" vm/min_free_kbytes 8192
expect_eq "watermarks rise" $(($(min) > before)) 1
expect_ok "$T/put" vm/min_free_kbytes 0
expect_eq "0 is 0" "$(cat "$M/sys/vm/min_free_kbytes") $(min)" "0 0"
expect_ok "$T/put" vm/min_free_kbytes 8192

# Reserves: a number for each zone, and what lower zones keep follows.
R=$M/sys/vm/lowmem_reserve_ratio
protection() { awk -v z="$1" '/^Node/ { at = $4 == z } at && /protection/' "$M/zoneinfo" | xargs; }
managed() { awk -v z="$1" '/^Node/ { at = $4 == z } at && $1 == "managed" { print $2 }' "$M/zoneinfo"; }
expect_eq "as the host writes it" "$(cat "$R")" $'256\t32\t0'
normal=$(managed Normal)
expect_eq "one frame in 256" "$(protection DMA)" "protection: (0, $((normal / 256)), $((normal / 256)))"
expect_ok "$T/put" vm/lowmem_reserve_ratio '16 8 4'
expect_eq "all of them" "$(xargs <"$R") $(protection DMA)" "16 8 4 protection: (0, $((normal / 16)), $((normal / 16)))"
expect_ok "$T/put" vm/lowmem_reserve_ratio 0
expect_eq "the first; 0 is none" "$(xargs <"$R") $(protection DMA)" '0 8 4 protection: (0, 0, 0)'
expect_ok "$T/put" vm/lowmem_reserve_ratio ' -3	0x20 '
expect_eq "less than 0 is 0" "$(xargs <"$R")" '0 32 4'
for bad in '' x '1 x' '1 2 3 4' '1 2 99999999999' 1,2; do
	expect_errno EINVAL "$T/put" vm/lowmem_reserve_ratio "$bad"
done
expect_eq "bad lines change nothing" "$(xargs <"$R")" '0 32 4'
cat "$R" >"$T/saved"
expect_ok cp "$T/saved" "$R"
expect_eq "what is read can be written" "$(xargs <"$R")" '0 32 4'

tighten

# Layout and overcommit.
expect_ok "$T/put" vm/overcommit_memory 2
does 1 'mmap 0 1G rw- private,anonymous' ENOMEM
commit_limit() { echo $(($(field meminfo CommitLimit) - $(field meminfo SwapTotal))); }
expect_ok "$T/put" vm/overcommit_kbytes 102403
expect_eq "a size instead of a ratio" "$(commit_limit) $(cat "$M/sys/vm/overcommit_ratio")" "102400 0"
expect_ok "$T/put" vm/overcommit_ratio 60
expect_eq "and back" "$(($(commit_limit) > 102400)) $(cat "$M/sys/vm/overcommit_kbytes")" "0 0"
expect_ok "$T/put" vm/overcommit_memory 1
does 1 'mmap 0 1G rw- private,anonymous' 0x40000000
does 1 'munmap 0x40000000 1G' ok
expect_ok "$T/put" vm/mmap_min_addr 4096
does 1 'mmap 0x1000 4K r-- private,anonymous,fixed' 0x00001000

# Clean page cache goes, what is mapped stays.
cached() { awk '/^Cached/ { print $2 }' "$M/meminfo"; }
relax
printf '%100000s' x >"$M/files/f"
sync "$M/files/f"
cat "$M/files/f" >/dev/null
held=$(cached)
expect_eq "cached" $((held >= 100)) 1
expect_ok "$T/put" vm/drop_caches 3
expect_eq "dropped" $(($(cached) <= held - 100)) 1
check_ok
stop
done_testing

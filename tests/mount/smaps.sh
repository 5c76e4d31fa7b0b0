#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# smaps, smaps_rollup and clear_refs on a mount: the sums agree with maps, status, kpagecount
# and the page tables, whatever happens to the pages.

. "$(dirname "$0")/lib.sh"
start -o mem=64M

# row PID START ROW: the number of kB of one row of the region that begins at START.
row() { awk -v s="^$2-" -v r="$3:" '$0 ~ /^[0-9a-f]+-/ { on = $0 ~ s } on && $1 == r { print $2 }' "$M/$1/smaps"; }
# sum PID ROW: of all regions.
sum() { awk -v r="$2:" '$1 == r { n += $2 } END { print n + 0 }' "$M/$1/smaps"; }
rollup() { awk -v r="$2:" '$1 == r { print $2 }' "$M/$1/smaps_rollup"; }
status() { awk -v r="$2:" '$1 == r { print $2 }' "$M/$1/status"; }

agree()
{
	local pid=$1 name
	expect_eq "the regions are those of maps" "$(grep -E '^[0-9a-f]+-' "$M/$pid/smaps")" "$(cat "$M/$pid/maps")"
	expect_eq "Rss and status" "$(sum "$pid" Rss)" "$(status "$pid" VmRSS)"
	expect_eq "Size and status" "$(sum "$pid" Size)" "$(status "$pid" VmSize)"
	expect_eq "Anonymous and status" "$(sum "$pid" Anonymous)" "$(status "$pid" RssAnon)"
	for name in Rss Shared_Clean Shared_Dirty Private_Clean Private_Dirty Referenced Anonymous LazyFree Swap; do
		expect_eq "$name of smaps_rollup" "$(rollup "$pid" $name)" "$(sum "$pid" $name)"
	done
	expect_eq "four kinds make Rss" $(($(sum "$pid" Shared_Clean) + $(sum "$pid" Shared_Dirty) + \
		$(sum "$pid" Private_Clean) + $(sum "$pid" Private_Dirty))) "$(sum "$pid" Rss)"
	expect_eq "Rss and the page tables" "$(awk '!/^#/ && $6 != "-" && $2 < 768 { n += 4 } END { print n + 0 }' \
		"$M/$pid/pagetable")" "$(sum "$pid" Rss)"
}

agree 1
relax	# dirty pages of a file are to wait
printf '%40000s' x >"$M/files/f"
does 1 'mmap 0x40000000 64K rw- private,anonymous,fixed' 0x40000000
does 1 'mmap 0x41000000 64K rw- shared,anonymous,fixed' 0x41000000
does 1 'mmap 0x42000000 64K rw- private,fixed f' 0x42000000
does 1 'touch 0x40000000 16K w' 4
does 1 'touch 0x41000000 16K w' 4
does 1 'touch 0x42000000 4K r' 1
agree 1
expect_eq "private dirty" "$(row 1 40000000 Private_Dirty)" 16
expect_eq "pages not yet written to the file are dirty" "$(row 1 42000000 Private_Dirty)" 40
expect_ok sync "$M/files/f"
expect_eq "now they are clean" "$(row 1 42000000 Private_Dirty) $(row 1 42000000 Private_Clean)" "0 40"
tighten
check_ok
resident 1 0x40000000 16K w
says 1 fork 2
agree 1
agree 2
expect_eq "shared by fork" "$(row 2 40000000 Shared_Dirty) $(row 2 40000000 Pss)" "16 8"
check_ok
resident 1 0x40000000 16K
resident 2 0x40000000 16K
says 2 fork 3
expect_eq "a third each" "$(row 3 40000000 Pss)" 5
check_ok
for pid in 1 2 3; do resident $pid 0x40000000 16K; done
says 3 'store 0x40000000 1 1' ok
agree 3
expect_eq "copied" "$(row 3 40000000 Private_Dirty) $(row 1 40000000 Pss)" "4 5"
check_ok
agree 3

# Accessed bits.
echo 1 >"$M/1/clear_refs"
expect_eq "nothing is referenced" "$(sum 1 Referenced)" 0
says 1 'load 0x40001000 1' '~0x00'
expect_eq "one page is" "$(sum 1 Referenced)" 4
check_ok
for value in 0 6 -1 x ''; do
	expect_errno EINVAL bash -c "echo '$value' >'$M/1/clear_refs'"
done
expect_ok sh -c "echo 4 >'$M/1/clear_refs'"
does 1 'munmap 0x40000000 64K' ok
expect_ok sh -c "echo 5 >'$M/1/clear_refs'"
expect_eq "the peak is now" "$(status 1 VmHWM)" "$(status 1 VmRSS)"
[ "$(id -u)" = 0 ] || expect_errno EACCES cat "$M/1/clear_refs"
stop
done_testing

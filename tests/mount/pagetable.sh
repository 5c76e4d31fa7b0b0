#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pagetable, pgd and physmem say the same: an independent walk of the tables
# in simulated RAM, from the cr3 that pagetable names, finds the same frames
# with the same rights, and each frame is mapped as often as REFS says.

. "$(dirname "$0")/lib.sh"
start -o mem=64M
total=$(ram 64M)
walk_ok()
{
	local said
	if said=$("$PYTHON" "$HERE/walk.py" check "$M"); then pass; else fail "$1: $said"; fi
	check_ok
}

walk_ok "at the start"
expect_eq "header" "$(sed -n 2p "$M/1/pagetable")" "# LINEAR   DIR ${PAE:+  }TBL  FRAME    FLAGS       REFS WHAT"
expect_like "header" "$(sed -n 1p "$M/1/pagetable")" "^# cr3=[0-9a-f]{5}000 levels=$(form 2 3) tables=[0-9]+\$"
cr3=$(sed -n '1s/# cr3=\([0-9a-f]*\).*/\1/p' "$M/1/pagetable")
expect_like "regs" "$(grep ^cr3 "$M/1/regs")" "^cr3=(0x)?$cr3"
frames=$(form $((0x$cr3 >> 12)) \
	"$(od -An -v -tx8 -w8 -j $((0x$cr3)) -N 32 "$M/physmem" | while read -r pointer; do echo $((0x$pointer >> 12)); done)")
expect_eq "directories" "$(wc -w <<<"$frames")" "$(form 1 4)"
expect_eq "pgd" "$(cmp "$M/1/pgd" <(for frame in $frames; do
	dd if="$M/physmem" bs=4096 skip="$frame" count=1 status=none
done) && echo same)" same

# Every kind of entry.
printf '%-20000s' text >"$M/files/f"
does 1 'mmap 0x40000000 64K rw- private,anonymous,fixed' 0x40000000
does 1 'mmap 0x403ff000 8K rw- private,anonymous,fixed' 0x403ff000
does 1 'mmap 0x50000000 64K r-x private,fixed f' 0x50000000
does 1 'mmap 0x60000000 64K rw- private,fixed f' 0x60000000
does 1 'mmap 0x70000000 16K rw- shared,anonymous,fixed' 0x70000000
does 1 'mmap 0xb0000000 4M r-- private,anonymous,fixed' 0xb0000000
walk_ok "nothing touched"
does 1 'touch 0x40000000 32K r' 8
walk_ok "zero pages"
expect_like "zero page" "$(entry 1 40000000)" "^$(at 40000000)[0-9a-f]{5}    P-UA---${N}CZ  -   "
does 1 'touch 0xb0000000 4K r' 1
expect_like "zero page of a read-only region" "$(entry 1 b0000000)" "^$(at b0000000)[0-9a-f]{5}    P-UA---${N}-Z  -   "
does 1 'touch 0x40004000 32K w' 8
does 1 'touch 0x403ff000 8K w' 2
resident 1 0x403ff000 8K w
expect_like "the last of a table" "$(entry 1 403ff000)" "^$(at 403ff000)[0-9a-f]{5}    PWUAD--${N}--  1    anon\$"
expect_like "the first of the next" "$(entry 1 40400000)" "^$(at 40400000)[0-9a-f]{5}    PWUAD--${N}--  1    anon\$"
walk_ok "written pages"
says 1 'load 0x50000000' 0x74786574
expect_like "a page of a file" "$(entry 1 50000000)" "^$(at 50000000)[0-9a-f]{5}    P-UA------  1    file /f\+0\$"
says 1 'load 0x60001000' 0x20202020
expect_like "copy on write" "$(entry 1 60001000)" "^$(at 60001000)[0-9a-f]{5}    P-UA---${N}C-  [12]    file /f\+(0x)?1(000)?\$"
says 1 'store 0x60001000 1' ok
expect_like "a private copy" "$(entry 1 60001000)" "^$(at 60001000)[0-9a-f]{5}    PWUAD--${N}--  1    anon\$"
does 1 'touch 0x70000000 8K w' 2
resident 1 0x70000000 8K w
expect_like "shared anonymous" "$(entry 1 70000000)" "^$(at 70000000)[0-9a-f]{5}    PWUAD--${N}--  1    "
resident 1 0x40004000 4K
says 1 'mprotect 0x40004000 4K ---' ok
expect_like "PROT_NONE" "$(entry 1 40004000 5)" '^p'
walk_ok "all kinds"

# Children
for child in 2 3 4; do
	does 1 fork $child
	walk_ok "fork $child"
done
for child in 1 2 3 4; do resident $child 0x40005000 4K; done
expect_like "four share" "$(entry 3 40005000)" "^$(at 40005000)[0-9a-f]{5}    P-U[A-]$(room D "[D-]")--${N}C-  4    anon\$"
does 3 'touch 0x40005000 4K w' 1
does 3 'touch 0x70000000 16K w' 4
walk_ok "one wrote"
does 2 'munmap 0x40000000 8M' ok
does 4 'mprotect 0x40000000 64K r--' ok
walk_ok "one unmapped, one protected"
does 3 exit ok
walk_ok "one ended"
resident 4 0x40005000 8K
does 4 'touch 0x40005000 8K r' 0
does 1 'touch 0x40005000 32K w' '~[0-9]+'
walk_ok "the first wrote"

# A and D are set by the access, not by the mapping; a table goes with its last entry.
does 1 'mmap 0x80000000 12K rw- private,anonymous,fixed' 0x80000000
does 1 'touch 0x80000000 4K w' 1
does 1 'munmap 0x80000000 12K' ok
expect_eq "no table is left" "$(grep -c '^80[0-3]' "$M/1/pagetable")" 0
size=$(form 4 8)
expect_eq "nor a directory entry" "$(od -An -tx1 -j "$(form 2048 8192)" -N "$size" "$M/1/pgd" | tr -d ' 0')" ""
walk_ok "after munmap"

# The kernel's directory: the direct map in large pages, global, not the user's; the same in each process.
direct=$(entry . c0000000)
expect_like "direct map" "$direct" "^c0000000   $(form 768 3.000) ---  00000    PW-.{2}SG${N}--  -? *"
expect_eq "every large page of RAM" "$(awk '/^c/ && $3 == "---" && $5 ~ /S/' "$M/pagetable" | wc -l)" \
	$((total >> $(form 22 21)))
expect_eq "kernel half of the directory" \
	"$(tail -c "$(form 1024 4096)" "$M/1/pgd" | head -c $((total >> $(form 20 18))) | cksum)" \
	"$(tail -c "$(form 1024 4096)" "$M/2/pgd" | head -c $((total >> $(form 20 18))) | cksum)"
expect_eq "bytes through kmem" "$(cmp <(tail -c +$((0xc0000000 + 1)) "$M/kmem" | head -c "$total") "$M/physmem" && echo same)" same

# translate goes the same way.
resident 1 0x40005000 4K
frame=$(entry 1 40005000 4)
expect_like "translate" "$(get 1 'translate 0x40005123')" "$frame"
expect_like "translate nothing" "$(get 1 'translate 0x90000000')" 'not present|no |none|not '
check_ok
stop
done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pagemap, kpagecount and kpageflags on a mount: the words agree with pagetable, offsets
# and sizes are Linux's.

. "$(dirname "$0")/lib.sh"
start -o mem=64M

# word FILE INDEX: 16 hex digits.
word() { dd if="$M/$1" bs=8 skip="$2" count=1 2>/dev/null | od -An -tx8 | tr -d ' \n'; }
page() { word "$1/pagemap" $(($2 >> 12)); }
frame() { awk -v a="$(printf %08x "$2")" '$1 == a { print $4 }' "$M/$1/pagetable"; }

does 1 'mmap 0x40000000 64K rw- private,anonymous,fixed' 0x40000000
expect_eq "size" "$(stat -c %s "$M/1/pagemap")" $((0xc0000000 / 4096 * 8))
expect_eq "size of kpagecount" "$(stat -c %s "$M/kpagecount")" $(($(ram 64M) / 4096 * 8))
expect_eq "never touched" "$(page 1 0x40000000)" 0000000000000000
does 1 'touch 0x40000000 4K r' 1
does 1 'touch 0x40001000 4K w' 1
resident 1 0x40001000 4K w
expect_eq "the zero page" "$(page 1 0x40000000)" "80000000000$(frame 1 0x40000000)"
expect_eq "a written page" "$(page 1 0x40001000)" "81000000000$(frame 1 0x40001000)"
pfn=$((0x$(frame 1 0x40001000)))
expect_eq "mapped once" "$(word kpagecount $pfn)" 0000000000000001
expect_eq "MMAP, ANON, SWAPBACKED" $((0x$(word kpageflags $pfn) & 0x5c00)) $((0x5800))
says 1 fork 2
expect_eq "shared by fork" "$(page 1 0x40001000)" "$(page 2 0x40001000)"
expect_eq "not exclusive" "$(page 1 0x40001000)" "80000000000$(frame 1 0x40001000)"
expect_eq "mapped twice" "$(word kpagecount $pfn)" 0000000000000002
check_ok

# All words against all lines.
lines() { awk '!/^#/ && $1 < "c0000000" { print $1, $4 }' "$M/$1/pagetable"; }
words()
{
	python3 - "$M/$1/pagemap" <<'END'
import array, sys
words = array.array('Q', open(sys.argv[1], 'rb').read())
for i, w in enumerate(words):
    if w >> 62 & 1:
        print('%08x %d:%05x' % (i << 12, w & 31, w >> 5 & (1 << 50) - 1))
    elif w:
        print('%08x %05x' % (i << 12, w & (1 << 55) - 1))
END
}
for p in 1 2; do expect_eq "pagemap and pagetable of $p" "$(words $p)" "$(lines $p)"; done

# Any bytes.
expect_eq "tail" "$(tail -c 13 "$M/1/pagemap" | od -An -tx1)" "$(cat "$M/1/pagemap" | tail -c 13 | od -An -tx1)"
expect_eq "by sevens" "$(dd if="$M/kpageflags" bs=7 status=none | cksum)" "$(cksum <"$M/kpageflags")"
expect_eq "at the end" "$(dd if="$M/1/pagemap" bs=8 skip=786432 status=none | wc -c)" 0
expect_eq "the last one" "$(dd if="$M/1/pagemap" bs=8 skip=786431 status=none | wc -c)" 8
expect_eq "modes" "$(stat -c %a "$M/1/pagemap" "$M/kpagecount" "$M/kpageflags" | sort -u)" 400
does 2 exit ok
check_ok
stop
done_testing

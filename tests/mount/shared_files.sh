#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Shared mappings of files, read() and write(), exec and private mappings meet in one page
# cache: each sees at once what another wrote.  Truncation takes pages from all of them.

. "$(dirname "$0")/lib.sh"
start
F=$M/files
cd "$F" || exit 1

printf '%-8192s' first >f
does 1 'mmap 0x50000000 8K rw- shared,fixed f' 0x50000000
does 1 'mmap 0x60000000 8K rw- private,fixed f' 0x60000000
does 1 fork '~[0-9]+'
child=$reply
does "$child" 'mmap 0x70000000 4K rw- shared,fixed f 4096' 0x70000000
expect_like "maps" "$(region 1 50000000)" '^50000000-50002000 rw-s 00000000 08:01 [0-9]+ +/f$'

# A store is seen by all.
poke 1 0x50000000 STORE
expect_eq "by cat" "$(head -c 5 f)" STORE
expect_eq "by a private mapping" "$(bytes 1 0x60000000 5)" STORE
expect_eq "by the child" "$(bytes "$child" 0x50000000 5)" STORE
poke "$child" 0x70000000 child
expect_eq "at another address" "$(bytes 1 0x50001000 5) $(bytes 1 0x60001000 5)" 'child child'
resident 1 0x50001000 4K
resident "$child" 0x70000000 4K
expect_eq "one frame" "$(entry 1 50001000 4)" "$(entry "$child" 70000000 4)"

# So is a write; a private copy is not changed.
poke 1 0x60000000 own
printf WRITE | dd of=f conv=notrunc status=none
expect_eq "by mem" "$(bytes 1 0x50000000 5) $(bytes "$child" 0x50000000 5)" 'WRITE WRITE'
expect_eq "not by the copy" "$(bytes 1 0x60000000 5)" ownRE
printf '%-8192s' copied >"$T/g"
expect_ok cp "$T/g" f
expect_eq "cp over it" "$(bytes 1 0x50000000 6) $(bytes 1 0x60001000 1)" 'copied  '
does 1 'madvise 0x60000000 4K dontneed' ok
expect_eq "the copy goes: the file again" "$(bytes 1 0x60000000 6)" copied
expect_ok cp f f2
expect_ok cmp f2 "$T/g"

# physmem writes the file.
says 1 'load 0x50000000 1' 0x63
frame=$((16#$(entry 1 50000000 4)))
printf K | dd of="$M/physmem" bs=1 seek=$((frame * 4096)) conv=notrunc status=none
expect_eq "through physmem" "$(head -c 6 f)" Kopied

# Truncated: gone from every mapping at once.
poke 1 0x60001000 private
does 1 'load 0x50001000' '~0x.*'
expect_ok truncate -s 100 f
does 1 'load 0x50001000' EIO
does 1 'store 0x50001000 1' EIO
does "$child" 'load 0x70000000' EIO
does 1 'load 0x60001000' EIO
does 1 'store 0x60001000 1' EIO
expect_eq "maps stay" "$(grep -c ' /f$' "$M/1/maps")" 2
does 1 'load 0x50000064' 0x00000000
expect_eq "the first page stays" "$(bytes 1 0x50000000 6)" Kopied
relax	# the page is not to go: the disk has nothing behind the end
poke 1 0x50000064 behind
expect_eq "behind the end: in memory only" "$(bytes 1 0x50000064 6) $(wc -c <f)" 'behind 100'
tighten
expect_ok truncate -s 8192 f
does 1 'load 0x50000064' 0x00000000
does 1 'load 0x50001000' 0x00000000
does 1 'load 0x60001000' 0x00000000
does 1 'store 0x50001ffc 0x31323334' ok
expect_eq "grown" "$(tail -c 4 f)" 4321

# Holes
does 1 'madvise 0x50001000 4K remove' ok
expect_eq "removed" "$(tail -c 4 f | od -An -tx1 | xargs)" '00 00 00 00'
does 1 'madvise 0x60000000 4K remove' EACCES
does 1 'mmap 0x51000000 4K r-- shared,fixed f:ro' 0x51000000
does 1 'madvise 0x51000000 4K remove' EACCES
does 1 'store 0x51000000 1' EACCES
does 1 'mprotect 0x51000000 4K rw-' EACCES

# Unlinked, and a new file of that name.
rm f
printf new >f
expect_eq "the old bytes stay" "$(bytes 1 0x50000000 6)" Kopied
poke 1 0x50000000 OLD
expect_eq "two files" "$(cat f) $(bytes "$child" 0x50000000 3)" 'new OLD'
expect_like "maps" "$(region 1 50000000)" ' /f \(deleted\)$'
ctl "$child" exit
does 1 'munmap 0x50000000 0x20000000' ok

# exec reads what was written just now, also through a mapping.
expect_ok cp init prog
does 1 'mmap 0x50000000 8K rw- shared,fixed prog' 0x50000000
poke 1 0x50000000 XELF
does 1 fork '~[0-9]+'
child=$reply
does "$child" 'exec prog' ETXTBSY
does 1 'munmap 0x50000000 8K' ok
does "$child" 'munmap 0x50000000 8K' ok
does "$child" 'exec prog' ENOEXEC
printf '\177' | dd of=prog conv=notrunc status=none
does "$child" 'exec prog' ok
ctl "$child" exit
check_ok

# Between mappings of one process; counts.
printf '%-65536s' x >many
does 1 'mmap 0x50100000 64K rw- shared,fixed many' 0x50100000
does 1 'mmap 0x50200000 64K rw- shared,fixed many' 0x50200000
does 1 'touch 0x50100000 64K w' 16
does 1 'touch 0x50200000 64K r' '~[0-9]+'
resident 1 0x50100000 64K
resident 1 0x50200000 64K
expect_eq "mapped twice" "$(entry 1 50100000 6) $(entry 1 50200000 6)" '2 2'
does root sync ok
expect_eq "clean" "$(field meminfo Dirty)" 0
does 1 'touch 0x50200000 64K w' 16
resident 1 0x50200000 64K w
expect_eq "each page is noticed once" "$(field meminfo Dirty)" 64
cd / || exit 1
stop
done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Writing to a ctl: lines, words, quotes, comments, numbers, several lines in
# a write, the failing line in the middle, fragments without a newline.

. "$(dirname "$0")/lib.sh"
start
C=$M/1/ctl
break=$(get 1 'brk 0')

# Words are split as a shell does.
printf x >"$M/files/two words"
printf x >"$M/files/it's"
does 1 'mmap "0" '\''4096'\'' r"w"- private,anonymous' 0x40000000
does 1 $'  munmap\t0x40000000  \t 4096  ' ok
does 1 'mmap 0 4096 r-- private "two words"' 0x40000000
does 1 'mmap 0 4096 r-- private two\ words' 0x40001000
does 1 "mmap 0 4096 r-- private it\\'s" 0x40002000
does 1 "mmap 0 4096 r-- private \"it's\"" 0x40003000
expect_like "name in maps" "$(region 1 40000000)" ' {10,}/two words$'
does 1 'munmap 0x40000000 16K' ok
does 1 'brk "0' EINVAL
does 1 "brk '0" EINVAL
does 1 'brk 0"' EINVAL
does 1 'brk 0 # and a comment' "$break"
does 1 'brk 0 #' "$break"
does 1 'brk 0#' EINVAL
does 1 'brk "#"' EINVAL
does 1 'brk \#' EINVAL
does 1 'brk ""' EINVAL
ctl 1 '# only a comment'
expect_eq "a comment says nothing" "$reply$ctl_error" ""
ctl 1 ''
expect_eq "an empty line says nothing" "$reply$ctl_error" ""
ctl 1 $'   \t '
expect_eq "blanks say nothing" "$reply$ctl_error" ""

# Numbers are C integers with K, M or G.
for number in 4096 0x1000 010000 4K 0x4K 04K; do
	does 1 "mmap 0x10000000 $number rw- private,anonymous,fixed" 0x10000000
	expect_like "$number" "$(cat "$M/1/maps")" "10000000-10001000|10000000-10004000"
	does 1 'munmap 0x10000000 1M' ok
done
does 1 'mmap 0 1M --- private,anonymous' 0x40000000
expect_like "1M" "$(cat "$M/1/maps")" '40000000-40100000 ---p'
does 1 'munmap 0x40000000 1M' ok
does 1 'mmap 0 1G --- private,anonymous' 0x40000000
expect_like "1G" "$(cat "$M/1/maps")" '40000000-80000000 ---p'
does 1 'munmap 0x40000000 1G' ok
for number in x 0x 08 1e3 4KK 4k4 K 1.5 0b1 +-1 '"4 096"' --1 99999999999999999999999 0xfffffffffffffffff; do
	does 1 "mmap 0 $number rw- private,anonymous" EINVAL
done

# PROT may be short; FLAGS are words or the bits themselves.
does 1 'mmap 0 4K rw private,anonymous' 0x40000000
does 1 'mmap 0 4K r private,anonymous' 0x40001000
does 1 'mmap 0 4K --x private,anonymous' 0x40002000
does 1 'mmap 0 4K rw- 0x22' 0x40003000
does 1 'mmap 0 4K rw- 34' 0x40004000
expect_eq "maps" "$(grep ^4000 "$M/1/maps")" "$(printf '%s 00000000 00:00 0 \n' \
	'40000000-40001000 rw-p' '40001000-40002000 r--p' '40002000-40003000 --xp' '40003000-40005000 rw-p')"
for prot in rwq wr xr rr rwx- RW -- ''; do
	ctl 1 "mmap 0 4K '$prot' private,anonymous"
	expect_like "PROT '$prot'" "$reply" '^(EINVAL: mmap: |0x)'
done
does 1 'mmap 0 4K rwq private,anonymous' EINVAL
does 1 'mmap 0 4K rw- private,anonimous' EINVAL
expect_like "the known flags are listed" "$reply" 'fixed_noreplace.*|noreserve'
does 1 'munmap 0x40000000 1M' ok

# Several lines in a write; offsets do not matter; >> works.
printf 'mmap 0 4K rw- private,anonymous\n# next\n\nmmap 0 4K r-- private,anonymous\nmunmap 0x40000000 8K\n' >"$T/script"
cat "$T/script" >"$C"
expect_eq "three replies" "$(cat "$C")" $'0x40000000\n0x40001000\nok'
check_ok
fdio_says "6 | $break\\n | 6 | $break\\n" "$C" rw 'pwrite 0 brk 0\n' 'read 99' 'pwrite 123456789 brk 0\n' 'read 99'
fdio_says "6 | $break\\n" "$C" rwa 'write brk 0\n' 'read 99'
expect_ok sh -c "echo 'brk 0' >>'$C'"
expect_ok sh -c "echo 'brk 0' >'$C'"
fdio_says "6 | $break\\n" "$C" rwt 'write brk 0\n' 'pread 0 99'

# The lines before a failing one stay done, the write returns their bytes.
fdio_says "32 | EINVAL | 0x40000000\\nEINVAL: munmap" "$C" rw \
	'write mmap 0 4K rw- private,anonymous\nmunmap 1 4K\nbrk 0\n' 'write munmap 1 4K\nbrk 0\n' 'read 25'
expect_eq "the first was done" "$(region 1 40000000)" '40000000-40001000 rw-p 00000000 00:00 0 '
does 1 'munmap 0x40000000 4K' ok
printf 'mmap 0 4K rw- private,anonymous\nmunmap 1 4K\nmmap 0 4K rw- private,anonymous\n' >"$T/script"
expect_errno EINVAL bash -c "cat '$T/script' >'$C'"
expect_like "replies" "$(cat "$C")" $'^0x40000000\nEINVAL: munmap: [^\n]+(\n\t[^\n]*)*$'
expect_eq "the third was not" "$(grep -c ^4000 "$M/1/maps")" 1
does 1 'munmap 0x40000000 4K' ok
fdio_says 'EINVAL | EINVAL: munmap: ' "$C" rw 'write munmap 1 4K\nbrk 0\n' 'read 16'
fdio_says "EINVAL | 6 | $break\\n" "$C" rw 'write munmap 1 4K\n' 'write brk 0\n' 'read 99'
check_ok

# A fragment runs at once ...
fdio_says "31 | 0x40000000\\n" "$C" rw 'write mmap 0 4K rw- private,anonymous' 'read 99'
does 1 'munmap 0x40000000 4K' ok
printf 'brk 0\nmmap 0 4K rw- private,anonymous' >"$T/script"
cat "$T/script" >"$C"
expect_eq "a fragment behind a line" "$(cat "$C")" "$break"$'\n0x40000000'
does 1 'munmap 0x40000000 4K' ok

# ... but waits for the rest when the write has 4096 bytes or more.
comment() { printf '#%*s\n' $(($1 - 2)) '' | tr ' ' c; }
map='mmap 0x50000000 4K rw- private,anonymous,fixed'
for size in 4096 8192; do
	{ comment $((size - 30)); printf %s "${map:0:30}"; } >"$T/head"
	expect_eq "size of the head" "$(stat -c %s "$T/head")" $size
	exec {fd}>"$C"
	dd if="$T/head" bs=64K status=none >&"$fd"
	expect_eq "waits" "$(region 1 50000000)" ""
	printf '%s\n' "${map:30}" >&"$fd"
	expect_eq "runs when whole" "$(region 1 50000000)" '50000000-50001000 rw-p 00000000 00:00 0 '
	exec {fd}>&-
	does 1 'munmap 0x50000000 4K' ok
done
{ comment $((4096 - ${#map})); printf %s "$map"; } >"$T/head"
expect_eq "size of the head" "$(stat -c %s "$T/head")" 4096
cat "$T/head" >"$C"
for ((i = 0; i < 50; i++)); do
	[ -z "$(region 1 50000000)" ] || break
	sleep 0.02
done
expect_eq "runs at the close" "$(region 1 50000000)" '50000000-50001000 rw-p 00000000 00:00 0 '
does 1 'munmap 0x50000000 4K' ok
{ comment $((4095 - ${#map})); printf %s "$map"; } >"$T/head"
exec {fd}>"$C"
dd if="$T/head" bs=64K status=none >&"$fd"
expect_eq "4095 bytes: at once" "$(region 1 50000000)" '50000000-50001000 rw-p 00000000 00:00 0 '
exec {fd}>&-
check_ok

# Long scripts, long lines, bytes that are no text.
yes 'brk 0' | head -n 20000 >"$T/script"
expect_ok sh -c "cat '$T/script' >'$C'"
expect_ok sh -c "dd if='$T/script' of='$C' bs=1000000 status=none conv=notrunc"
fdio_says "120000 | $break" "$C" rw "send $T/script" 'read 10'
expect_errno 'EINVAL|E2BIG|ENAMETOOLONG' sh -c "{ printf 'brk '; head -c 100000 /dev/zero | tr '\\0' 1; echo; } | dd of='$C' bs=200000 iflag=fullblock status=none conv=notrunc"
fdio_says 'EINVAL' "$C" rw 'write br\x00k 0\n'
fdio_says 'EINVAL' "$C" rw 'write \xff\xfe\x80\n'
head -c 3000 /dev/urandom | tr '\n' x >"$T/noise"
timeout 10 dd if="$T/noise" of="$C" bs=4000 status=none conv=notrunc 2>/dev/null
check_ok
stop
done_testing

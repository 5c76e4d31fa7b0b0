#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# fallocate(1) on files/: room and length, holes, what is not supported; what mappings see of it.
# (tests/fsx does the same at random places.)

. "$(dirname "$0")/lib.sh"
F=$M/files
D=$T/disk
mkdir "$D"
start -o "files=$D"

blocks() { stat -c %b "$1"; }
bytes() { dd if="$1" bs=1 skip="$2" count="$3" status=none | tr '\0' .; }

expect_ok fallocate -l 64K "$F/room"
expect_eq "a new file has length and blocks" "$(stat -c %s "$F/room" "$D/room" | xargs) $(($(blocks "$D/room") >= 128))" '65536 65536 1'
printf hello >"$F/f"
expect_ok fallocate -o 3 -l 9 "$F/f"
expect_eq "longer, with zeros" "$(bytes "$F/f" 0 20)" 'hello.......'
expect_ok fallocate -l 4 "$F/f"
expect_eq "never shorter" "$(stat -c %s "$F/f")" 12

# Holes.
tr '\0' x </dev/zero | head -c 16384 >"$F/h"
cp "$F/h" "$T/h"
does 1 'mmap 0x50000000 16K rw- shared,fixed h' 0x50000000
does 1 'touch 0x50000000 16K' '~^[1-4]$'
for hole in '100 50' '4000 200' '4096 4096' '1000 11000' '8192 100000' '20000 1'; do
	set -- $hole
	expect_ok fallocate -p -o "$1" -l "$2" "$F/h"
	fallocate -p -o "$1" -l "$2" "$T/h"
	expect_ok cmp "$F/h" "$T/h"
	expect_ok cmp <(dd if="$M/1/mem" bs=4096 skip=$((0x50000)) count=4 status=none) "$T/h"
	check_ok
done
expect_ok sync "$F/h"
expect_ok cmp "$D/h" "$T/h"
expect_eq "whole pages have no blocks" "$(($(blocks "$D/h") <= 16))" 1

# What cannot be.
expect_like "room behind the end" "$(fallocate -n -l 1M "$F/f" 2>&1)" 'unsupported|not supported'
expect_errno EOPNOTSUPP fallocate -z -l 4 "$F/f"
expect_errno EOPNOTSUPP fallocate -c -l 4K "$F/h"
expect_errno EOPNOTSUPP fallocate -l 4K "$M/1/mem"
expect_errno EFBIG fallocate -l 16T "$F/f"
expect_eq "and nothing happened" "$(stat -c %s "$F/f")" 12

# As people make swap files.
expect_ok fallocate -l 1M "$F/swap"
chmod 600 "$F/swap"
expect_ok mkswap "$F/swap"
does root 'swapon swap' ok
expect_errno ETXTBSY fallocate -l 2M "$F/swap"
expect_errno ETXTBSY fallocate -p -l 4K "$F/swap"
does root 'swapoff swap' ok
expect_ok fallocate -l 2M "$F/swap"
check_ok
stop
done_testing

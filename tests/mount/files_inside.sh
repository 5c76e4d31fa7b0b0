#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# -o files=. with the mount point inside that folder: looking at it through
# files/ is an error, never a deadlock.

. "$(dirname "$0")/lib.sh"
mkdir "$T/home"
cd "$T/home" || exit 1
echo text >file
mkdir mnt
start_at "$T/home/mnt" -o "files=."
M=$T/home/mnt
quick() { timeout 10 "$@"; expect_unlike "hangs: $*" $? '^(124|137)$'; }

expect_eq "a file beside the mount" "$(timeout 10 cat mnt/files/file)" text
quick ls mnt/files >"$T/out"
expect_eq "names" "$(xargs <"$T/out")" 'file mnt'
quick ls -l mnt/files >/dev/null 2>&1
quick stat mnt/files/mnt >/dev/null 2>&1
quick ls mnt/files/mnt >/dev/null 2>&1
quick cat mnt/files/mnt/1/maps >/dev/null 2>&1
quick find mnt/files >/dev/null 2>&1
quick touch mnt/files/mnt/x 2>/dev/null
quick rmdir mnt/files/mnt 2>/dev/null
quick mv mnt/files/mnt mnt/files/moved 2>/dev/null
expect_errno 'EXDEV|EBUSY|ENOENT|ELOOP|EACCES' timeout 10 cat mnt/files/mnt/1/maps
for line in 'mmap 0 4K r-- private mnt/1/maps' 'exec mnt/files/file' 'open mnt/ctl' 'mmap 0 4K r-- private mnt'; do
	timeout 10 sh -c "echo '$line' >mnt/1/ctl" 2>/dev/null
	expect_unlike "hangs: $line" $? '^(124|137)$'
	expect_like "$line" "$(cat mnt/1/ctl)" '^E[A-Z]+: '
done
check_ok
does 1 'mmap 0 4K r-- private file' 0x40000000
expect_eq "still there" "$(bytes 1 0x40000000 4)" text
cd / || exit 1
stop
done_testing

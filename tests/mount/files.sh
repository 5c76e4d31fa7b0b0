#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# files/: ordinary files and folders. Create, write, read, rename, remove,
# truncate, links, odd names; the host folder behind it with -o files=DIR; a
# mapping sees what a write wrote.

. "$(dirname "$0")/lib.sh"
start
F=$M/files
cd "$F" || exit 1
expect_eq "the private folder holds init" "$(ls -A -I .swap)" init
expect_like "which is a real program" "$(head -c 20 init | od -An -tx1 | xargs)" '^7f 45 4c 46 01 01 01 .* 02 00 03 00$'

# Files
expect_ok sh -c 'echo hello >a'
expect_eq "read" "$(cat a)" hello
expect_ok sh -c 'echo more >>a'
expect_eq "append" "$(cat a)" $'hello\nmore'
expect_ok sh -c 'printf J | dd of=a bs=1 conv=notrunc status=none'
expect_eq "in place" "$(head -n 1 a)" Jello
expect_eq "size" "$(stat -c '%s %F' a)" '11 regular file'
expect_ok truncate -s 3 a
expect_eq "truncate" "$(cat a)" Jel
expect_ok truncate -s 5000 a
expect_eq "grown with zeros" "$(tail -c +4 a | tr -d '\0' | wc -c) $(wc -c <a)" '0 5000'
expect_ok sh -c ': >a'
expect_eq "emptied" "$(stat -c %s a)" 0
expect_ok dd if=/dev/zero of=sparse bs=1 count=1 seek=1000000 status=none
expect_eq "sparse" "$(wc -c <sparse)" 1000001
expect_ok cp a b
expect_ok mv b c
expect_errno ENOENT cat b
expect_ok mv c a
expect_ok rm a sparse
expect_errno ENOENT cat a
expect_errno ENOENT rm a
expect_ok sh -c 'echo x >m; chmod 640 m'
expect_eq "mode" "$(stat -c %a m)" 640
expect_ok touch -d '2001-02-03 04:05:06 UTC' m
expect_eq "time" "$(stat -c %Y m)" 981173106
expect_ok sed -i s/x/y/ m
expect_eq "sed -i" "$(cat m)" y
expect_ok rm m
check_ok

# 5 MB there and back, in odd pieces too
head -c 5242881 /dev/urandom >"$T/big"
expect_ok cp "$T/big" big
expect_ok cmp "$T/big" big
expect_ok dd if="$T/big" of=big2 bs=12345 status=none
expect_ok cmp "$T/big" big2
expect_eq "a piece" "$(dd if=big bs=777 skip=100 count=50 status=none | cksum)" "$(dd if="$T/big" bs=777 skip=100 count=50 status=none | cksum)"
expect_eq "the end" "$(tail -c 100 big | cksum)" "$(tail -c 100 "$T/big" | cksum)"
fdio_says '5 | end | end' big r 'count 5242876 100' 'pread 5242881 5' 'pread 2^40 5'
does 1 'mmap 0x50000000 5242881 r-- private,fixed big' 0x50000000
expect_eq "through a mapping" "$(cmp <(dd if="$M/1/mem" bs=1M iflag=skip_bytes,count_bytes skip=$((0x50000000)) count=5242881 status=none) "$T/big" && echo same)" same
does 1 'munmap 0x50000000 6M' ok
expect_ok rm big big2
check_ok

# Folders
expect_ok mkdir -p d/e/f
expect_ok sh -c 'echo deep >d/e/f/g'
expect_eq "nested" "$(cat d/e/f/g)" deep
expect_eq "find" "$(find d | sort | xargs)" 'd d/e d/e/f d/e/f/g'
expect_errno ENOTEMPTY rmdir d
expect_errno EEXIST mkdir d
expect_errno ENOTDIR cat d/e/f/g/h
expect_errno EISDIR bash -c 'cat d/e >/dev/null'
expect_errno ENOENT mkdir nothere/d
expect_ok mv d/e d2
expect_eq "moved" "$(cat d2/f/g)" deep
expect_ok sh -c 'echo x >file; mkdir -p empty'
expect_errno 'EISDIR|ENOTDIR|EEXIST' "$PYTHON" -c 'import os; os.rename("file", "d2")'
expect_errno ENOTDIR "$PYTHON" -c 'import os; os.rename("d2", "file")'
expect_errno EINVAL "$PYTHON" -c 'import os; os.rename("d2", "d2/f/x")'
expect_ok "$PYTHON" -c 'import os; os.rename("d2", "empty")'
expect_errno 'EXDEV|EPERM|EACCES|EROFS' "$PYTHON" -c 'import os; os.rename("file", "../moved")'
expect_ok rm -r d empty file
expect_eq "a folder of 2000" "$(mkdir many && cd many && seq 2000 | xargs touch && ls | wc -l)" 2000
expect_eq "all differ" "$(find many -type f | sort -u | wc -l)" 2000
expect_ok rm -r many
expect_eq "dots" "$(find . -maxdepth 0 -name . | wc -l) $(ls -a | head -n 2 | xargs)" '1 . ..'
check_ok

# Links are as the host folder has them, but lead out of it nowhere.
expect_ok sh -c 'echo target >t'
if ln -s t link 2>"$T/error"; then
	expect_eq "symlink" "$(readlink link) $(cat link)" 't target'
	does 1 'mmap 0 4K r-- private link' '~0x[0-9a-f]+|E[A-Z]+: .*'
	ln -s ../../../../../../../../etc/passwd out
	ctl 1 'mmap 0 4K r-- private out'
	expect_unlike "mmap does not follow a link out of the folder" "$reply" '^0x'
	ctl 1 'exec out'
	expect_unlike "nor does exec" "$ctl_error" '^$'
	ctl 1 'munmap 0x40000000 1M'
	rm -f link out
fi
for name in '../../etc/passwd' '/etc/passwd' '..' '.' './t/..' '../ctl' '../1/mem' 't/../../1/mem'; do
	ctl 1 "mmap 0 4K r-- private $name"
	expect_unlike "mmap of $name" "$reply" '^0x'
	check_ok
done
if ln t hard 2>/dev/null; then expect_eq "hard link" "$(cat hard) $(stat -c %h t)" 'target 2'; rm hard; fi
expect_errno 'EPERM|EACCES|EOPNOTSUPP|EINVAL' mknod device b 1 1

# Odd names
for name in 'a b' $'new\nline' "quote'd" '"double"' 'back\slash' '-rf' '#hash' 'ümlaut' '*' "$(printf 'n%.0s' {1..255})" ' ' '...' $'\x01' $'\xff'; do
	expect_ok sh -c 'echo "$1" >"./$1"' sh "$name"
	expect_eq "content of $name" "$(cat "./$name")" "$name"
	expect_ok rm "./$name"
done
expect_errno ENAMETOOLONG touch "$(printf 'n%.0s' {1..256})"
check_ok

# write() and a private mapping; truncate under it.
printf '%-8192s' one >w
does 1 'mmap 0x40000000 8K rw- private,fixed w' 0x40000000
expect_eq "mapped" "$(bytes 1 0x40000000 3)" one
printf two | dd of=w bs=1 conv=notrunc status=none
expect_eq "a page not written sees the file's write" "$(bytes 1 0x40000000 3)" two
poke 1 0x40000000 own
printf six | dd of=w bs=1 conv=notrunc status=none
expect_eq "a written one does not" "$(bytes 1 0x40000000 3)" own
poke 1 0x40001000 own
expect_ok truncate -s 100 w
does 1 'load 0x40001000' EIO
expect_eq "the private copy of the last page stays" "$(bytes 1 0x40000000 3)" own
expect_ok truncate -s 8192 w
does 1 'load 0x40001000' 0x00000000
rm w
expect_eq "removed, mapping stays" "$(bytes 1 0x40000000 3)" own
expect_like "maps" "$(region 1 40000000)" ' /w \(deleted\)$'
does 1 'munmap 0x40000000 8K' ok
fdio_says '4 | data | 1 | Data' gone rwc 'write data' 'pread 0 4' "run rm '$F/gone'" 'pwrite 0 D' 'pread 0 4'
expect_errno ENOENT cat gone
check_ok
cd / || exit 1
stop

# A folder of the user: nothing is created in it, what is written there is there afterwards.
mkdir "$T/disk"
echo before >"$T/disk/old"
start -o "files=$T/disk"
expect_eq "what was there" "$(cat "$F/old")" before
expect_eq "nothing was created" "$(ls -A -I .swap "$F" "$T/disk" | sort -u | grep -v :)" "$(printf '\nold')"
echo after >"$F/new"
mkdir "$F/folder"
echo changed >"$F/old"
echo late >"$T/disk/from-outside"
expect_eq "made behind the mount" "$(cat "$F/from-outside")" late
does 1 'mmap 0 4K r-- private from-outside' 0x40000000
expect_like "maps of init" "$(grep -c ' /init$' "$M/1/maps")" '^[2-9]$'
stop
expect_eq "afterwards" "$(cd "$T/disk" && cat new old from-outside; ls)" $'after\nchanged\nlate\nfolder\nfrom-outside\nnew\nold'
start
expect_eq "a new private folder" "$(ls -A -I .swap "$F")" init
# The host's own processes: a private mapping and execve read the bytes, a shared mapping would
# have pages of its own.
printf 'as the host maps it' >"$M/files/w"
expect_eq "the host's mmap" "$("$PYTHON" - "$M/files/w" <<'END'
import errno, mmap, sys
with open(sys.argv[1], 'r+b') as f:
    print(mmap.mmap(f.fileno(), 0, mmap.MAP_PRIVATE)[:11].decode())
    try:
        print(mmap.mmap(f.fileno(), 0, mmap.MAP_SHARED)[:11])
    except OSError as e:
        print(errno.errorcode[e.errno])
END
)" $'as the host\nENODEV'
cp "$(type -P true)" "$M/files/true"
expect_ok "$M/files/true"
stop
expect_eq "removed at unmount" "$(ls -A "$TMPDIR")" ""
done_testing

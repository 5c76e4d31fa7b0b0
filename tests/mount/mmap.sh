#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mmap: every errno and the order of the checks, where a mapping goes,
# limits, and what of it maps shows.

. "$(dirname "$0")/lib.sh"
A='rw- private,anonymous'
head -c 10000 /dev/zero >"$T/f"
start
cp "$T/f" "$M/files/f"
mkdir "$M/files/folder"
cp "$T/f" "$M/files/readonly"
chmod 444 "$M/files/readonly"

# errno
does 1 "mmap 0 0 $A" EINVAL
does 1 "mmap 0 0xc0001000 $A" ENOMEM
does 1 "mmap 0 0xfffff001 $A" ENOMEM
does 1 "mmap 0 0xffffffff $A" ENOMEM
does 1 'mmap 0 4K rw- private' EBADF
does 1 'mmap 0 4K r-- private nothere' ENOENT
does 1 'mmap 0 4K r-- private folder/nothere' ENOENT
does 1 'mmap 0 4K r-- private f/below' ENOTDIR
does 1 'mmap 0 4K r-- private folder' ENODEV
does 1 'mmap 0 4K r-- private f 1' EINVAL
does 1 'mmap 0 4K r-- private f 4095' EINVAL
does 1 'mmap 0 4K r-- private fd:9' EBADF
does 1 'mmap 0 4K rw- anonymous' EINVAL
does 1 'mmap 0 4K rw- shared_validate,anonymous' EINVAL
does 1 'mmap 0 4K rw- 0x23' EINVAL
does 1 "mmap 0 4K $A,growsdown,shared" EINVAL
does 1 'mmap 0 4K rw- shared,anonymous,growsdown' EINVAL
does 1 'mmap 0 4K r-- private,growsdown f' EINVAL
does 1 "mmap 0x40000001 4K $A,fixed" EINVAL
does 1 "mmap 0x40000800 4K $A,fixed_noreplace" EINVAL
does 1 "mmap 0xbffff000 8K $A,fixed" ENOMEM
does 1 "mmap 0xc0000000 4K $A,fixed" ENOMEM
does 1 "mmap 0xfffff000 4K $A,fixed" ENOMEM
does 1 "mmap 0x100000000 4K $A,fixed" 'EINVAL|ENOMEM'
does 1 "mmap 0 4K $A,fixed" EPERM
does 1 "mmap 0xf000 4K $A,fixed" EPERM
does 1 "mmap 0x08048000 4K $A,fixed_noreplace" EEXIST
does 1 "mmap 0x08048000 4K $A,fixed,fixed_noreplace" EEXIST
does 1 'mmap 0 4K rw- private,anonymous f 0 9' EINVAL
expect_eq "none of these changed anything" "$(grep -c '^[4-9]' "$M/1/maps")" 0

# Which of two errors
does 1 'mmap 0 0 rw- private nothere' ENOENT
does 1 'mmap 0 0 rw- private' EBADF
does 1 'mmap 1 0 rw- anonymous,fixed' EINVAL
does 1 'mmap 1 0xffffffff rw- anonymous,fixed' ENOMEM
does 1 'mmap 0xbffff001 8K rw- anonymous,fixed' ENOMEM
does 1 'mmap 0x08048000 4K rw- anonymous,fixed_noreplace' EEXIST
does 1 'mmap 0 4K rw- anonymous,fixed' EPERM
check_ok

# What succeeds though it looks odd
does 1 "mmap 0x10000 4K $A,fixed" 0x00010000
does 1 'munmap 0x10000 4K' ok
does 1 'mmap 0 1 rw- private,anonymous' 0x40000000
does 1 'mmap 0 4097 rw- private,anonymous' 0x40001000
expect_eq "rounded up and merged" "$(region 1 40000000)" '40000000-40003000 rw-p 00000000 00:00 0 '
does 1 'mmap 0 4K r-- private f 1M' 0x40003000
does 1 'load 0x40003000' EIO
does 1 'mmap 0 4K r-x private,anonymous f 8K' 0x40004000
expect_eq "anonymous wins over the file" "$(region 1 40004000)" '40004000-40005000 r-xp 00000000 00:00 0 '
does 1 'mmap 0 4K rw- private readonly' 0x40005000
does 1 'mmap 0 4K rw- 0x10000022' 0x40006000
does 1 'mmap 0xbffff000 4K rw- private,anonymous,fixed' 0xbffff000
does 1 'munmap 0 0xc0000000' ok
expect_eq "an empty address space" "$(cat "$M/1/maps")" ""
does 1 'brk 0' '~0x[0-9a-f]{8}'

# Where mappings go
spawn
p=$pid
does "$p" "mmap 0x5000 4K $A" 0x00010000
does "$p" "mmap 0xfff 4K $A" 0x40000000
does "$p" "mmap 0x50000abc 4K $A" 0x50000000
does "$p" "mmap 0x50000000 4K $A" 0x40001000
does "$p" "mmap 0xbffff000 8K $A" 0x40002000
does "$p" "munmap 0x40001000 4K" ok
does "$p" "mmap 0 8K $A" 0x40004000
does "$p" "mmap 0 4K $A" 0x40001000
does "$p" "get_unmapped_area 4K" '~0x40006000.*'
does "$p" "mmap 0 0x80000000 $A,noreserve" ENOMEM
does "$p" "mmap 0x80000000 4K $A,fixed,growsdown" 0x80000000
does "$p" "mmap 0x7ffff000 4K $A" 0x40006000
does "$p" "mmap 0x7fefe000 4K $A" 0x7fefe000
does "$p" "mmap 0x7ffff000 4K $A,fixed_noreplace" 0x7ffff000
check_ok

# fixed cuts what is there
spawn
p=$pid
does "$p" "mmap 0x40000000 20K $A,fixed" 0x40000000
does "$p" "touch 0x40000000 20K w" 5
does "$p" 'mmap 0x40001000 8K r-- private,fixed f 4096' 0x40001000
expect_eq "cut at both ends" "$(grep -c ^4000 "$M/$p/maps")" 3
expect_like "file" "$(region "$p" 40001000)" '^40001000-40003000 r--p 00001000 [0-9a-f]{2,}:[0-9a-f]{2,} [0-9]+ +/f$'
does "$p" 'mmap 0x40002000 4K --- private,anonymous,fixed' 0x40002000
expect_like "file" "$(region "$p" 40001000)" '^40001000-40002000 r--p 00001000 '

# Merging
spawn
p=$pid
does "$p" "mmap 0x40000000 4K $A,fixed" 0x40000000
does "$p" "mmap 0x40002000 4K $A,fixed" 0x40002000
does "$p" "mmap 0x40001000 4K $A,fixed" 0x40001000
expect_eq "three in one" "$(grep ^400 "$M/$p/maps")" '40000000-40003000 rw-p 00000000 00:00 0 '
does "$p" "mmap 0x40003000 4K $A,noreserve,fixed" 0x40003000
does "$p" 'mmap 0x40004000 4K r-- private,fixed f' 0x40004000
does "$p" 'mmap 0x40005000 4K r-- private,fixed f 4096' 0x40005000
does "$p" 'mmap 0x40006000 4K rw- shared,anonymous,fixed' 0x40006000
does "$p" 'mmap 0x40007000 4K rw- shared,anonymous,fixed' 0x40007000
expect_eq "noreserve, two opens, two shared" "$(grep ^400 "$M/$p/maps" | cut -c1-8)" \
	"$(printf '%s\n' 40000000 40003000 40004000 40005000 40006000 40007000)"
expect_like "shared anonymous" "$(region "$p" 40006000)" \
	'^40006000-40007000 rw-s 00000000 00:01 [0-9]+ +/dev/zero \(deleted\)$'
does "$p" 'open f' 3
does "$p" 'mmap 0x40010000 4K r-- private,fixed fd:3' 0x40010000
does "$p" 'mmap 0x40011000 4K r-- private,fixed fd:3 4096' 0x40011000
expect_like "one open file merges" "$(region "$p" 40010000)" '^40010000-40012000 r--p 00000000 '
does "$p" 'close 3' ok
does "$p" 'close 3' EBADF
does "$p" 'mmap 0 4K r-- private fd:3' EBADF

# Limits
spawn
p=$pid
does "$p" 'setrlimit as 16M' ok
does "$p" "mmap 0 16M $A" ENOMEM
does "$p" "mmap 0x50000000 8M $A,fixed" 0x50000000
does "$p" "mmap 0x50000000 8M $A,fixed" 0x50000000
does "$p" 'setrlimit as unlimited' ok
does "$p" 'setrlimit data 9M' ok
does "$p" "mmap 0 2M $A" ENOMEM
does "$p" 'mmap 0 2M r-- private,anonymous' 0x40000000
does "$p" 'mmap 0 2M rw- shared,anonymous' 0x40200000
does "$p" 'mprotect 0x40000000 2M rw-' ENOMEM
does "$p" 'setrlimit bogus 1' EINVAL
does "$p" 'setrlimit as x' EINVAL
does "$p" 'exit' ok
stop

# Top-down
start -o layout=flex
does 1 "mmap 0 4K $A" 0xb7fff000
does 1 "mmap 0 8K r-- private,anonymous" 0xb7ffd000
does 1 'munmap 0xb7fff000 4K' ok
does 1 "mmap 0 4K $A" 0xb7fff000
stop
done_testing

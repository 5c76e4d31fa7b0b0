#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The stack: what grows it and what does not, the rule of 32 bytes below esp,
# RLIMIT_STACK, the guard gap, push and pop.

. "$(dirname "$0")/lib.sh"
start
overcommit
S=$M/1/mem
esp_of() { sed -n 's/^esp=\(0x\)\{0,1\}\([0-9a-f]*\).*/0x\2/p' "$M/$1/regs"; }
hex() { printf '0x%08x' "$(($1))"; }
stack_of() { grep '\[stack\]' "$M/$1/maps" | cut -c1-17; }

expect_eq "after exec" "$(stack_of 1)" bffdf000-c0000000
esp=$(esp_of 1)
expect_eq "esp is 16-byte aligned and in the top page" $((esp % 16 == 0 && esp >= 0xbffff000 && esp < 0xc0000000)) 1

# push and pop
does 1 'push 0x1234' ok
expect_eq "esp" "$(esp_of 1)" "$(hex $((esp - 4)))"
does 1 'push 0xffffffff' ok
does 1 pop 0xffffffff
does 1 pop 0x00001234
expect_eq "esp is back" "$(esp_of 1)" "$esp"

# load and store: at most 32 bytes below esp may grow the stack.
does 1 'regs esp=0xbffdf000' ok
does 1 'store 0xbffdefdc 1' EFAULT
does 1 'load 0xbffdefdc' EFAULT
expect_eq "not grown" "$(stack_of 1)" bffdf000-c0000000
does 1 'store 0xbffdefe0 1' ok
expect_eq "grown by a page" "$(stack_of 1)" bffde000-c0000000
does 1 'regs esp=0xbffde000' ok
does 1 'push 7' ok
expect_eq "push grows" "$(stack_of 1)" bffdd000-c0000000
expect_eq "only that page is given" "$(awk '/^bffdd|^bffde/' "$M/1/pagetable" | wc -l)" 2
expect_like "the branch" "$(cat "$M/1/fault")" 'bffddffc'
does 1 'regs esp=0x20000000' ok
does 1 'load 0xbff00000' 0x00000000
expect_eq "above esp anything grows" "$(stack_of 1)" bff00000-c0000000
check_ok

# mem does not look at esp.
does 1 'regs esp=0xbffff000' ok
fdio_says '\x00 | 1' "$S" rw 'pread 0xbfe80010 1' 'pwrite 0xbfe70fff x'
expect_eq "grown by mem" "$(stack_of 1)" bfe70000-c0000000
check_ok

# RLIMIT_STACK: 8M
fdio_says 'EFAULT | \x00 | EFAULT' "$S" r 'pread 0xbf7fffff 1' 'pread 0xbf800000 1' 'pread 0xbf7fffff 1'
expect_eq "8M" "$(stack_of 1)" bf800000-c0000000
does 1 'setrlimit stack 9M' ok
fdio_says '\x00 | EFAULT' "$S" r 'pread 0xbf700000 1' 'pread 0xbf6fffff 1'
does 1 'setrlimit stack 64K' ok
fdio_says 'EFAULT | \x00' "$S" r 'pread 0xbf6fffff 1' 'pread 0xbf700000 1'
does 1 'setrlimit stack unlimited' ok
fdio_says '\x00' "$S" r 'pread 0xb0000000 1'
expect_eq "unlimited" "$(stack_of 1)" b0000000-c0000000
check_ok

# The guard gap: 256 pages to an accessible region below, none to a --- one.
spawn
p=$pid
does "$p" 'mmap 0xbfe00000 4K rw- private,anonymous,fixed' 0xbfe00000
fdio_says 'EFAULT | \x00 | EFAULT' "$M/$p/mem" r 'pread 0xbff00fff 1' 'pread 0xbff01000 1' 'pread 0xbff00fff 1'
does "$p" 'mprotect 0xbfe00000 4K ---' ok
fdio_says '\x00 | \x00 | EACCES' "$M/$p/mem" r 'pread 0xbff00fff 1' 'pread 0xbfe01000 1' 'pread 0xbfe00fff 1'
check_ok

# Other growsdown regions, and parts of the stack.
spawn
p=$pid
does "$p" 'regs esp=0x10000000' ok
does "$p" 'mmap 0x60000000 8K rw- private,anonymous,growsdown,fixed' 0x60000000
does "$p" 'store 0x5fffe000 1' ok
expect_eq "grows too" "$(cut -c1-17 "$M/$p/maps" | grep 60002000)" 5fffe000-60002000
does "$p" 'mmap 0x70000000 4K --- private,anonymous,growsdown,fixed' 0x70000000
does "$p" 'store 0x6ffff000 1' EACCES
expect_eq "grows, then is refused" "$(cut -c1-17 "$M/$p/maps" | grep 70001000)" 6ffff000-70001000
does "$p" 'mmap 0x78000000 4K r-- private,anonymous,growsdown,fixed' 0x78000000
does "$p" 'store 0x77fff000 1' EACCES
expect_eq "r-- too" "$(cut -c1-17 "$M/$p/maps" | grep 78001000)" 77fff000-78001000
does "$p" 'munmap 0xbffdf000 64K' ok
does "$p" 'load 0xbffee000' 0x00000000
expect_eq "grows again from the cut" "$(stack_of "$p")" bffee000-c0000000
does "$p" 'munmap 0xbfff0000 64K' ok
does "$p" 'load 0xbffed000' 0x00000000
expect_eq "the rest loses the name" "$(grep -c '\[stack\]' "$M/$p/maps")" 0
does "$p" 'mmap 0xbfff0000 64K --- private,anonymous,fixed' 0xbfff0000
expect_like "what holds start_stack has it" "$(region "$p" bfff0000)" '---p .* \[stack\]$'
does "$p" exit ok
stop
done_testing

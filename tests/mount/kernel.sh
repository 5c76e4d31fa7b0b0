#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernel's side: noncontiguous areas, vmalloc_fault, the exception table and oopses, kernel
# mappings of high memory, kernel threads on borrowed tables.

. "$(dirname "$0")/lib.sh"
PRESSURE='' start -o mem=1G	# with high memory: it has the addresses that these areas have

# fault PID NAME: what stands behind "NAME:" in its fault file.
fault() { sed -n "s/^$2: *//p" "$M/$1/fault"; }
step() { grep -q "$2 *$3" "$M/$1/fault" && pass || fail "fault of $1" "$(cat "$M/$1/fault")" "$2 $3"; }
number() { awk -v n="$2" '$1 == n { print $2 }' "$M/$1/mm"; }

# ---- the areas ----
spawn	# a process made later would have the entry from the start
does root 'vmalloc 10000' 0xf8800000
does root 'vmalloc 1' 0xf8804000
does root 'vmalloc_32 8K' 0xf8806000
want='0xf8800000-0xf8804000   16384 pages=3 vmalloc
0xf8804000-0xf8806000    8192 pages=1 vmalloc
0xf8806000-0xf8809000   12288 pages=2 vmalloc'
expect_eq "vmallocinfo" "$(cat "$M/vmallocinfo")" "$want"
expect_eq "meminfo: what the areas take" "$(field meminfo VmallocUsed)" \
	$(($(awk '{ n += $2 } END { print n }' "$M/vmallocinfo") / 1024))
expect_eq "meminfo: the whole, the largest hole" \
	"$(($(field meminfo VmallocTotal) - $(field meminfo VmallocUsed) - $(field meminfo VmallocChunk)))" 0
expect_eq "pages in the master tables" "$(grep -c ' vmalloc$' "$M/pagetable")" 6
does root 'vmalloc 0' EINVAL
does root 'vmalloc 200M' ENOMEM
does root 'vmalloc 0xffffffff' ENOMEM
does root 'vmalloc_32 3G' ENOMEM
does root 'vmalloc' EINVAL
does root 'vfree 0xf8804000' ok
does root 'vfree 0xf8804000' EINVAL
does root 'vfree 0xf8801000' EINVAL
does root 'vunmap 0xf8800000' EINVAL
does root 'vfree f8800000' EINVAL
expect_like "the hint" "$reply" '\(0xf8800000\?\)'
does root 'vmalloc 4K' 0xf8804000
does root 'vfree 0xf8804000' ok

# ---- vmalloc_fault ----
expect_eq "no entry yet" "$(grep -c '^f8800000' "$M/1/pagetable")" 0
does 1 'kload 0xf8800000' 0x00000000
expect_like "its fault" "$(fault 1 branch)" '^vmalloc_fault: '
step 1 "do the kernel's tables map it?" yes
expect_eq "the entry" "$(grep -c '^f8800000 .*kernel table$' "$M/1/pagetable")" 1
expect_eq "no entry of another" "$(grep -c '^f8800000' "$M/$pid/pagetable")" 0
does "$pid" 'kstore 0xf8802ffe 0x1234 2' ok
expect_like "its fault" "$(fault "$pid" branch)" '^vmalloc_fault: '
does 1 'kload 0xf8802ffe 2' 0x1234
fdio_says '4\x12 | 3 | EFAULT' "$M/kmem" rw 'pread 0xf8802ffe 2' 'pwrite 0xf8800010 abc' 'pread 0xf8803000 1'
does 1 'kload 0xf8800010' 0x00636261
does 1 'load 0xf8800000' EFAULT
does root 'vfree 0xf8806000' ok
does root 'vfree 0xf8800000' ok
expect_eq "vmallocinfo" "$(cat "$M/vmallocinfo")" ""
expect_eq "the directory entry stays" "$(grep -c '^f8800000' "$M/1/pagetable")" 1
does 1 'kload 0xf8800000' EFAULT
expect_like "after vfree" "$reply" 'oops'
expect_errno EFAULT dd if="$M/kmem" of=/dev/null bs=1 count=1 skip=$((0xf8800000))

# ---- vmap: one frame twice, and a user's frame ----
does 1 'mmap 0x40000000 16K rw- private,anonymous,fixed' 0x40000000
poke 1 0x40000000 hello
frame=$(entry 1 40000000 4)
does root "vmap 0x$frame 0x$frame" 0xf8800000
does 1 'kload 0xf8801000' 0x6c6c6568
does 1 'kstore 0xf8801000 0x4a 1' ok
expect_eq "the process sees it" "$(bytes 1 0x40000000 5)" Jello
expect_eq "vmallocinfo" "$(cat "$M/vmallocinfo")" "0xf8800000-0xf8803000   12288 vmap"
does root 'vfree 0xf8800000' EINVAL
does root 'vmap 0xffffff' EINVAL
does root 'vmap 1 x' EINVAL
does root 'vmap' EINVAL
does root 'vmap 0' 0xf8803000
does 1 'kstore 0xf8803000 1' EPERM
does root 'vunmap 0xf8803000' ok
does root 'vunmap 0xf8800000' ok
does root 'vunmap 0xf8800000' EINVAL

# ---- high memory: exec's arguments were written through permanent mappings ----
expect_like "kmaps" "$(grep -c ' kmap$' "$M/pagetable")" '^[1-9]'
line=$(awk '/ kmap$/ { print; exit }' "$M/pagetable")
# shellcheck disable=SC2086
set -- $line
expect_eq "kmem and physmem agree" "$(dd if="$M/kmem" bs=4096 skip=$((0x$1 / 4096)) count=1 status=none | cksum)" \
	"$(dd if="$M/physmem" bs=4096 skip=$((0x$4)) count=1 status=none | cksum)"

stop

start -o mem=1G
spawn
does 1 'mmap 0x40000000 16K rw- private,anonymous,fixed' 0x40000000
poke 1 0x40000000 Jello

# ---- the exception table, and bugs ----
does 1 'kload 0x40000000 1' 0x4a
does 1 'kload 0x40001000' 0x00000000
does 1 'kload 0x40002000 atomic' EFAULT
step 1 'in_atomic(), or no mm?' yes
expect_like "atomic" "$(fault 1 branch)" '^no_context: exception table'
resident 1 0x40000000 4K
does 1 'kload 0x40000000 1 atomic' 0x4a
does 1 'kstore 0x40002000 7 1' ok
does 1 'kstore 0x40003000 7 1 atomic' EFAULT
does 1 'kload 0x30000000' EFAULT
expect_like "fixup" "$reply" 'exception table'
expect_eq "result" "$(fault 1 result)" EFAULT
says 1 'kload 0xf8000000' EFAULT
expect_like "a hole of the kernel's" "$reply" 'oops'
expect_like "recorded" "$(fault 1 branch)" '^no_context: kernel oops'
expect_like "traced" "$(tail -1 "$M/trace")" ' init-1 .*: oops: address=0xf8000000 ip=0x[0-9a-f]+ error_code=0x0$'
expect_like "traced" "$(tail -2 "$M/trace")" ': page_fault_kernel: address=0xf8000000 '
check_ok
says 1 'load 0x30000000' EFAULT
expect_like "traced" "$(tail -1 "$M/trace")" ': page_fault_user: address=0x30000000 .* error_code=0x4$'
check_ok
does 1 'kstore 0xc0000000 1' EPERM
does 1 'kstore 0xc0100000 1 4 atomic' EPERM
does 1 'kload 0xfffffffe' EFAULT
does 1 'kload 0xbffffffe' EFAULT
does 1 'kload 0x40000000 3' EINVAL
does 1 'kload 0x40000000 atomic 4' EINVAL
does 1 'kstore 0x40000000 256 1' EINVAL
does 1 'kload' EINVAL
does 1 'mmap 0x50000000 4K r-- private,anonymous,fixed' 0x50000000
does 1 'kload 0x50000000' 0x00000000
does 1 'kstore 0x50000000 1' EFAULT
does 1 'load 0x40000000 1' 0x4a	# and the daemon lives

# A store of the kernel honours CR0.WP: copy on write.
ctl 1 fork
child=$reply
resident 1 0x40000000 4K
does 1 'kstore 0x40000000 0x4b 1' ok
expect_like "copied" "$(fault 1 branch)" '^do_wp_page: '
does "$child" 'load 0x40000000 1' 0x4a

# An oops kills who asked for it.
does "$child" 'onfault die' ok
does "$child" 'kload 0x30000000' EFAULT
does "$child" 'kload 0xff000000' EFAULT
expect_like "dead" "$reply" 'the process is dead'

# ---- copies ----
does 1 'copy_to_user 0x40000ffe 0x01020304' ok
does 1 'copy_from_user 0x40000ffc 8' 0000010203040000
does 1 'copy_from_user 0x40000000 0' ok
does 1 'copy_from_user 0x40003ffc 12' EFAULT
expect_like "left" "$reply" '8 of 12 bytes left: 0x40004000'
does 1 'copy_to_user 0x40003fff 0102030405' EFAULT
expect_like "left" "$reply" '4 of 5 bytes left'
does 1 'load 0x40003fff 1' 0x01
does 1 'copy_from_user 0xbfffffff 2' EFAULT
expect_like "access_ok" "$reply" '2 of 2 bytes left: access_ok'
does 1 'copy_from_user 0xc0000000 4' EFAULT
does 1 'copy_to_user 0xfffffffe 01020304' EFAULT
does 1 'copy_from_user 0x40000000 0xffffffff' EFAULT
does 1 'copy_from_user 0x40000000 16385' EINVAL
does 1 'copy_to_user 0x40000000 123' EINVAL
does 1 'copy_to_user 0x40000000 xy' EINVAL

# ---- kernel threads ----
does root 'kthread kflushd' '~[0-9]+'
thread=$reply
expect_eq "name" "$(sed -n 's/^Name:\t//p' "$M/$thread/status")" kflushd
expect_eq "no memory" "$(grep -c '^Vm' "$M/$thread/status")" 0
expect_eq "maps" "$(cat "$M/$thread/maps")$(cat "$M/$thread/cmdline")$(cat "$M/$thread/pagetable")" ""
does root 'schedule 1' ok
does root "schedule $thread" ok
expect_eq "self" "$(readlink "$M/self")" "$thread"
expect_eq "active_mm" "$(number "$thread" pgd)" "$(number 1 pgd)"
expect_eq "mm_count" "$(number 1 mm_count)" 2
expect_eq "mm_users" "$(number 1 mm_users)" 1
does "$thread" 'kload 0xc0000000 1' '~0x[0-9a-f]+'
does "$thread" 'kload 0x30000000' EFAULT
step "$thread" 'in_atomic(), or no mm?' yes
does "$thread" 'kload 0xff000000' EFAULT
does "$thread" 'load 0x40000000' EINVAL
does "$thread" 'mmap 0 4K rw- private,anonymous' EINVAL
expect_like "why" "$reply" 'mmap: a kernel thread has no address space'
does "$thread" 'fork' EINVAL
expect_like "why" "$reply" 'fork: a kernel thread runs no program'
does "$thread" 'clone vm' EINVAL
expect_like "why" "$reply" 'clone: a kernel thread runs no program'
does "$thread" 'exec init' EINVAL
expect_like "why" "$reply" 'exec: a kernel thread stays one'
does "$thread" 'explain 0x30000000 w' '~no_context: exception table: EFAULT.*'
expect_like "in kernel mode" "$reply" 'a write in kernel mode'
expect_like "without memory" "$reply" 'in_atomic\(\), or no mm\? *yes'
does "$thread" 'explain 0xff000000 r' '~no_context: kernel oops.*'
does "$thread" 'explain 0xc0000000 w' 'no fault: the page tables allow it'
if [ -z "$PRESSURE" ]; then # there is memory for an area whose directory entry no process has yet
	does root 'vmalloc 16M' '~0x[0-9a-f]+'
	area=$reply
	does "$thread" "explain $((area + 0xfff000)) x" '~vmalloc_fault: .*'
	does root "vfree $area" ok
fi
does "$thread" 'translate 0x30000000' '~none.*'
does "$thread" 'translate 0xc0001000' '~0x00001000.*'
expect_like "the tables it was lent" "$reply" "cr3 +$(sed -n 's/cr3=//p' "$M/1/regs")"
does "$thread" 'open init ro' 3
does "$thread" 'close 3' ok
does "$thread" 'kill 9' ok
does "$thread" 'wait' ECHILD
does "$thread" 'setrlimit memlock 4K' ok
does "$thread" 'shmget 0 8K 0600' '~[0-9]+'
does "$thread" "shmctl $reply rmid" ok
does "$thread" 'help kload' '~kload .*'
expect_errno ESRCH dd if="$M/$thread/mem" of=/dev/null bs=1 count=1 skip=$((0x40000000))
does root "schedule $pid" ok
does root "schedule $thread" ok
does "$pid" 'exit' ok
expect_eq "the borrower keeps the descriptor" "$(number "$thread" mm_users) $(number "$thread" mm_count)" "0 1"
does root "schedule 1" ok
expect_eq "given back" "$(number "$thread" active_mm)" 0x00000000
does root "schedule $thread" ok
does "$thread" 'exit' ok
expect_eq "gone" "$(readlink "$M/self") $([ -e "$M/$thread" ] || echo gone)" "1 gone"
does root 'kthread 0123456789abcdef' EINVAL
does root "kthread ''" EINVAL
does root 'kthread' EINVAL
does root 'schedule 77' ESRCH
does root 'schedule 1 8' EINVAL
does root 'schedule x' EINVAL
stop
done_testing

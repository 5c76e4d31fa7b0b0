#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A machine of 16 MiB: RAM runs out in the middle of touch, fork, exec, mmap,
# spawn and of the allocators. ENOMEM each time, since nobody is killed (of
# that oom.sh tells), the check holds, and all of it is there again when the
# processes have ended.

. "$(dirname "$0")/lib.sh"
start -o mem=16M
echo 1 >"$M/sys/vm/panic_on_oom"
cp "$M/files/init" "$M/files/program"
free_kb() { field meminfo MemFree; }
spawn
ctl "$pid" 'exec program'
ctl "$pid" exit
before=$(free_kb)
as_before()
{
	check_ok
	local gone=$((before - $(free_kb)))
	expect_eq "$1: MemFree is back (a slab may stay)" $((gone <= 64 && gone >= -64)) 1
}

# One process touches all there is.
spawn
p=$pid
does "$p" 'mmap 0x40000000 64M rw- private,anonymous,noreserve,fixed' '~0x40000000|ENOMEM.*'
[ "$reply" = 0x40000000 ] || does "$p" 'mmap 0x40000000 15M rw- private,anonymous,fixed' '~0x40000000|ENOMEM.*'
does "$p" 'touch 0x40000000 64M w' 'ENOMEM|EFAULT'
expect_eq "little is left" $(($(free_kb) < $(room 2048 tight[$M]+2048))) 1
expect_errno ENOMEM dd if=/dev/zero of="$M/$p/mem" bs=64K seek=$((0x40000000 + (40 << 20))) oflag=seek_bytes conv=notrunc status=none
expect_like "reading what is there goes on" "$(fdio "$M/$p/mem" r 'pread 0x40000000 2')" "$(room '^\\x' '^(\\x|ENOMEM)')"
check_ok

# Everything else, now: an errno or a success, never a hang or a lost frame.
for where_line in "$p fork" "$p exec program" "root spawn" "$p sbrk 1M" "$p mmap 0 4K rw- private,anonymous" "$p mprotect 0x40001000 4K r--" \
	"$p munmap 0x40003000 4K" "1 fork" "1 exec program" "root alloc_pages 0" "root alloc_pages 5" "root kmalloc 100000" \
	"root kmem_cache_create late 100" "root get_zeroed_page" "1 touch 0xbf900000 4K w" "1 push 1" "$p explain 0x43ff0000 w" \
	"$p translate 0x43ff0000" "$p setrlimit as 1G"; do
	ctl "${where_line%% *}" "${where_line#* }"
	expect_like "$where_line" "${ctl_error:-ok}" '^(ok|ENOMEM|EFAULT|EINVAL)$'
	case "$where_line,$ctl_error" in
	*fork,|*spawn,) ctl "$reply" exit ;;
	*alloc_pages\ *,) order=${where_line##* }; ctl root "__free_pages $reply $order" ;;
	*kmalloc*,) ctl root "kfree $reply" ;;
	*zeroed*,) ctl root "free_pages $reply 0" ;;
	*cache_create*,) ctl root 'kmem_cache_destroy late' ;;
	esac
	check_ok
done
for name in maps pagetable status pgd mm stat; do expect_ok cat "$M/$p/$name"; done
[ -n "$PRESSURE" ] || expect_ok sh -c "head -c 300000 /dev/urandom >'$M/files/random'" 2>/dev/null
ctl "$p" exit
rm -f "$M/files/random"
as_before "touch"

# fork while little is left: each child writes what it shares until one cannot.
spawn
p=$pid
does "$p" 'mmap 0x40000000 4M rw- private,anonymous,fixed' 0x40000000
does "$p" 'touch 0x40000000 4M w' 1024
children=()
refused=0
for ((i = 0; i < $(room 200 500) && refused == 0; i++)); do
	ctl "$p" fork
	if [ -n "$ctl_error" ]; then
		expect_eq "fork" "$ctl_error" ENOMEM
		refused=1
	else
		children+=("$reply")
		ctl "$reply" "touch $((0x40000000 + i * 65536 % 0x400000)) 64K w"
		expect_like "touch" "${ctl_error:-ok}" '^(ok|ENOMEM)$'
	fi
	check_ok
done
expect_eq "RAM ran out" $refused 1
expect_eq "the parent's bytes" "$(entry "$p" 40000000 | wc -l)" 1
for child in "${children[@]}"; do ctl "$child" exit; done
check_ok
ctl "$p" exit
as_before "fork"

# spawn until it fails; then a process folder each, all readable.
spawned=()
while ctl root 'spawn program'; do
	spawned+=("$reply")
	[ ${#spawned[@]} -lt 3000 ] || break
done
expect_eq "spawn" "$ctl_error" ENOMEM
check_ok
expect_ok cat "$M/${spawned[-1]}/maps"
for p in "${spawned[@]}"; do ctl "$p" exit; done
as_before "spawn"

# Regions until the descriptors do not fit.
spawn
p=$pid
for ((i = 0; i < 30000; i++)); do printf 'mmap 0x%x 4K r-%s private,anonymous,fixed\n' $((0x40000000 + i * 8192)) -; done >"$T/script"
timeout 100 cat "$T/script" >"$M/$p/ctl" 2>"$T/error"
regions=$(grep -c . "$M/$p/maps")
expect_eq "thousands" $((regions > 1000)) 1
[ "$regions" -ge 30000 ] || expect_eq "then ENOMEM" "$(errno_of "$(cat "$T/error")")" ENOMEM
check_ok
ctl "$p" 'munmap 0x40000000 1G'
check_ok
ctl "$p" exit
check_ok

# The allocators until nothing is left.
pages=()
while ctl root 'alloc_pages 3'; do pages+=("$reply"); done
expect_eq "alloc_pages" "$ctl_error" ENOMEM
check_ok
ctl root 'kmalloc 65536'
[ -z "$ctl_error" ] || expect_eq "kmalloc" "$ctl_error" ENOMEM
[ -n "$ctl_error" ] || ctl root "kfree $reply"
for page in "${pages[@]}"; do ctl root "__free_pages $page 3"; done
check_ok
does root 'alloc_pages 9' '~0x[0-9a-f]{5}'
does root "__free_pages $reply 9" ok
stop
done_testing

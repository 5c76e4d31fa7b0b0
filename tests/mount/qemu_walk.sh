#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The page tables satisfy a real MMU: QEMU's processor, given physmem and cr3,
# comes to the same frames with the same rights and error codes as pagetable
# says (qemu_walk.py, qemu_walk.S).

. "$(dirname "$0")/lib.sh"
need qemu-system-x86_64
need gcc
build()
{
	gcc -m32 -nostdlib -static -no-pie -Wl,-Ttext=0xffff0000 -Wl,--oformat=binary -Wl,--build-id=none \
		-DBASE="$2" ${PAE:+-DPAE} -o "$1" "$HERE/qemu_walk.S" 2>"$T/error" || skip "gcc -m32: $(cat "$T/error")"
}
build "$T/rom" $((32 << 20))
if said=$("$PYTHON" "$HERE/qemu_walk.py" "$T/rom" --self-test ${PAE:+pae} 2>&1); then pass; else fail "self-test: $said"; fi

build "$T/rom" "$(ram 32M)"
start -o mem=32M
printf '%-20000s' text >"$M/files/f"

# judged PID WHAT
judged()
{
	local cr3 said
	cat "$M/$1/pagetable" >"$T/listing"
	cat "$M/physmem" >"$T/ram"
	cr3=$(sed -n '1s/# cr3=\([0-9a-f]*\) .*/\1/p' "$T/listing")
	if said=$("$PYTHON" "$HERE/qemu_walk.py" "$T/rom" "$T/ram" "$cr3" "$T/listing" 2>&1); then
		pass
	else
		fail "$2: $said"
	fi
	check_ok
}

cat >"$M/1/ctl" <<'EOF'
touch 0x08048000 4K r
mmap 0x40000000 64K rw- private,anonymous,fixed
touch 0x40000000 16K r
touch 0x40002000 32K w
mprotect 0x40004000 4K r--
mprotect 0x40005000 4K ---
mmap 0x403fe000 16K rw- private,anonymous,fixed
touch 0x403fe000 16K w
mmap 0x50000000 16K r-x private,fixed f
mmap 0x60000000 16K rw- private,fixed f
touch 0x50000000 16K r
touch 0x60000000 8K r
touch 0x60001000 8K w
mmap 0x70000000 16K rw- shared,anonymous,fixed
touch 0x70000000 8K r
touch 0x70001000 8K w
mmap 0x10000 4K rw- private,anonymous,fixed
touch 0x10000 4K w
sbrk 16K
push 1
EOF
expect_eq "the script ran" "$(grep -c '^E' "$M/1/ctl")" 0
judged 1 "one of each"
resident 1 0x40002000 8K w
does 1 fork 2
resident 1 0x40002000 8K
judged 1 "parent after fork"
resident 2 0x40002000 8K
judged 2 "child after fork"
does 2 'touch 0x40002000 8K w' 2
does 2 'munmap 0x40400000 4K' ok
does 2 'mprotect 0x60000000 16K r--' ok
judged 1 "parent, the child wrote"
resident 2 0x40002000 8K w
judged 2 "child that wrote"
does 1 'munmap 0x50000000 512M' ok
does 1 'mmap 0x50000000 64K rw- private,anonymous,fixed' 0x50000000
does 1 'touch 0x50000000 64K r' 16
resident 1 0x50000000 64K
judged 1 "tables made again"
does 1 'exec init' '~(ok|0)'
resident 1 0xbffff000 4K
judged 1 "after exec"
stop

# Tables and pages above 4 GiB.  Where QEMU has no RAM, from 3 GiB to 4, all is only given out.
if [ -n "$PAE" ]; then
	build "$T/rom" $((2 << 30))
	PRESSURE='' start -o mem=6G
	{ printf 'alloc_pages 10 highuser\n%.0s' {1..800}; printf 'alloc_pages 0 highuser\n%.0s' {1..1100}; } >"$M/ctl"
	expect_like "the last" "$(tail -n 1 "$M/ctl")" '^0x1[0-9a-f]{5}$'
	does 1 'mmap 0x40000000 32K rw- private,anonymous,fixed' 0x40000000
	does 1 'touch 0x40000000 16K w' 4
	does 1 'mprotect 0x40001000 4K r-x' ok
	does 1 fork 2
	does 2 'touch 0x40000000 4K w' 1
	does 2 'mprotect 0x40002000 4K rwx' ok
	for pid in 1 2; do
		expect_like "a frame" "$(entry $pid 40000000 4)" '^1[0-9a-f]{5}$'
		cat "$M/$pid/pagetable" >"$T/listing"
		cr3=$(sed -n '1s/# cr3=\([0-9a-f]*\) .*/\1/p' "$T/listing")
		said=$("$PYTHON" "$HERE/qemu_walk.py" "$T/rom" "$M/physmem" "$cr3" "$T/listing" "$M/kpageflags" 2>&1)
		expect_eq "process $pid: $said" $? 0
	done
	stop
fi
done_testing

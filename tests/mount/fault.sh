#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The fault file, explain and fetch: the address, the bits of the error code,
# which way do_page_fault went; an explanation changes nothing.

. "$(dirname "$0")/lib.sh"
start
printf '%-100s' file >"$M/files/f"
does 1 'mmap 0x40000000 16K rw- private,anonymous,fixed' 0x40000000
does 1 'mmap 0x40004000 4K r-- private,anonymous,fixed' 0x40004000
does 1 'mmap 0x40005000 4K --- private,anonymous,fixed' 0x40005000
does 1 'mmap 0x40006000 8K r-- private,fixed f' 0x40006000
cr2() { sed -n 's/^cr2=\(0x\)\{0,1\}\([0-9a-f]*\).*/\2/p' "$M/1/regs"; }

# command, its errno or "-", the faulting address, the error code
while IFS=';' read -r command want address code; do
	ctl 1 "$command"
	if [ "$want" = - ]; then
		expect_eq "$command" "$ctl_error" ""
	else
		expect_eq "$command" "$ctl_error" "$want"
	fi
	fault=$(cat "$M/1/fault")
	expect_like "$command: address" "$fault" "(0x)?$address"
	expect_like "$command: error code $code" "$fault" "(^|[^0-9a-z])(0x0*|0*)$code([^0-9a-f]|\$)"
	expect_eq "$command: cr2" "$(cr2)" "$address"
	check_ok
done <<'EOF'
load 0x90000123;EFAULT;90000123;4
store 0x90000124 1;EFAULT;90000124;6
load 0x40000010;-;40000010;4
store 0x40000010 1;-;40000010;7
store 0x40001010 1;-;40001010;6
load 0x40004000;-;40004000;4
store 0x40004008 1;EACCES;40004008;7
load 0x40005008;EACCES;40005008;4
store 0x40005008 1;EACCES;40005008;6
load 0x40007000;EIO;40007000;4
load 0xc0001000;EFAULT;c0001000;5
store 0xc0001000 1;EFAULT;c0001000;7
EOF

# Nothing new without a fault.
resident 1 0x40000000 4K w
fault=$(cat "$M/1/fault")
says 1 'load 0x40000010' 0x00000001
says 1 'store 0x40000010 2' ok
expect_eq "no fault, no news" "$(cat "$M/1/fault")" "$fault"
check_ok

# Widths, ends of pages, values.
does 1 'store 0x40000000 0x11223344' ok
does 1 'load 0x40000000' 0x11223344
does 1 'load 0x40000000 4' 0x11223344
does 1 'load 0x40000000 2' 0x3344
does 1 'load 0x40000001 1' 0x33
does 1 'store 0x40000000 0xff 1' ok
does 1 'store 0x40000002 0xabcd 2' ok
does 1 'load 0x40000000' 0xabcd33ff
does 1 'store 0x40000ffe 0x01020304' ok
does 1 'load 0x40000ffe' 0x01020304
does 1 'load 0x40001000 2' 0x0102
does 1 'store 0x40003ffe 0x55667788' 'EACCES|EFAULT'
does 1 'load 0x40003ffe 2' 0x0000
does 1 'store 0x40000000 -1' ok
does 1 'load 0x40000000' 0xffffffff
for line in 'load 0x40000000 3' 'load 0x40000000 8' 'load 0x40000000 0' 'store 0x40000000 1 3' 'load 0x100000000' \
	'store 0x40000000 0x100000000' 'store 0x40000000 256 1' 'store 0x40000000 x' 'touch 0x40000000 4K q' 'fetch'; do
	does 1 "$line" 'EINVAL|EFAULT|ERANGE'
done
does 1 'touch 0x40000000 0 r' '~(0|EINVAL: touch: .*)'
does 1 'touch 0x40002000 8K w' '~[12]'
does 1 'touch 0x40003000 8K w' EACCES
does 1 'touch 0x8fff0000 1M r' EFAULT

# fetch: without NX whatever can be read can be run; NX sets I/D in the error code.
does 1 'fetch 0x08048000' '~(ok|0x[0-9a-f]+)'
resident 1 0x40000000 4K
does 1 'fetch 0x40000000' "$(form '~(ok|0x[0-9a-f]+)' EACCES)"
[ -z "$PAE" ] || expect_like "an instruction of a data page" "$(cat "$M/1/fault")" 'error code: 0x15: .*instruction'
does 1 'fetch 0x40005000' EACCES
does 1 'fetch 0x90000000' EFAULT
does 1 'fetch 0xc0000000' EFAULT

# explain says what would happen, and changes nothing.
does 1 'mmap 0x60000000 8K rw- private,anonymous,fixed' 0x60000000
before=$(cat "$M/1/pagetable" "$M/1/fault" "$M/1/maps" "$M/1/regs" "$M/1/statm"; grep MemFree "$M/meminfo")
for line in '0x60000000 r' '0x60000000 w' '0x60001fff x' '0x90000000 r' '0x40004000 w' '0x40005000 r' '0x40007000 r' \
	'0xbffd0000 w' '0xc0000000 r' '0x08048000 x' '0xffffffff w'; do
	ctl 1 "explain $line"
	expect_eq "explain $line" "$ctl_error" ""
	expect_like "explain $line" "$reply" '.'
done
expect_eq "nothing changed" "$(cat "$M/1/pagetable" "$M/1/fault" "$M/1/maps" "$M/1/regs" "$M/1/statm"; grep MemFree "$M/meminfo")" "$before"
check_ok
does 1 'explain 0x60000000 q' EINVAL
does 1 'explain 0x60000000' EINVAL
for address in 0x40000000 0x60000000 0x90000000 0xc0000000 0xffffffff; do
	ctl 1 "translate $address"
	expect_eq "translate $address" "$ctl_error" ""
done

# onfault die: the access ends the process.
does 1 fork 2
does 2 'onfault bogus' EINVAL
does 2 'onfault die' ok
does 2 'load 0x60000000' 0x00000000
ctl 2 'load 0x90000000'
expect_like "an errno for the one who asked" "$ctl_error" '^(EFAULT|ESRCH)$'
expect_errno ENOENT cat "$M/2/maps"
check_ok
stop
done_testing

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Looking changes nothing: whatever is listed, asked for its size or read, no page comes or goes,
# no counter moves, no bit of an entry.  Most pages of the process are swapped out meanwhile.
# Not so with mem, regions/ and files/, which are accesses, and cmdline and environ, which fault
# in what they read, as on Linux.

. "$(dirname "$0")/lib.sh"
start -o mem=64M
mkswap=$(PATH=$PATH:/usr/sbin:/sbin command -v mkswap) || skip "mkswap is missing"
head -c 1M /dev/zero >"$M/files/area"
"$mkswap" "$M/files/area" >/dev/null 2>&1
does root 'swapon area' ok

spawn
printf '%-9000s' file >"$M/files/f"
does "$pid" 'mmap 0x50000000 64K rw- private,anonymous,fixed' 0x50000000
does "$pid" 'mmap 0x51000000 12K rw- shared,fixed f' 0x51000000
does "$pid" 'mmap 0x52000000 8K rw- shared,anonymous,fixed' 0x52000000
does "$pid" 'mmap 0x53000000 12K rw- private,fixed f' 0x53000000
for range in '0x50000000 16K' '0x51000000 8K' '0x52000000 8K' '0x53000000 4K'; do
	does "$pid" "touch $range w" '~[0-9]+'
done
does "$pid" 'open f' 3
does "$pid" fork '~[0-9]+'
does "$pid" 'munmap 0x50004000 4K' ok
for range in '0x50000000 8K' '0x51000000 4K' '0x52000000 4K' '0x53000000 4K' '0xbffff000 4K'; do
	does "$pid" "madvise $range pageout" ok
done
squeeze

state() { cat "$M"/{vmstat,meminfo,buddyinfo,slabinfo,zoneinfo,swaps,cpu,trace,uptime} "$M"/[0-9]*/{pagetable,stat,fault,mm}; }
before=$(state)

# looks WHAT COMMAND...
looks()
{
	local what=$1 after
	shift
	"$@" >/dev/null 2>&1
	after=$(state)
	expect_eq "$what changes nothing" "$(diff <(printf '%s\n' "$before") <(printf '%s\n' "$after") | head -n 10)" ""
	before=$after
}

cd "$M" || exit 1
looks "ls -laR" ls -laR .
looks "find" find . -printf '%i %s %b %l\n'
looks "du" du -a .
looks "df" df .
looks "readlink" readlink -f self "$pid"/{exe,cwd,root} "$pid"/fd/3 "$pid"/map_files/*
for file in $(find . -type f ! -path './files/*' ! -name ctl ! -name trace_pipe ! -name cmdline ! -name environ \
	! -name mem ! -name physmem ! -name kmem ! -path '*/regions/*' ! -path '*/map_files/*'); do
	looks "$file" cat "$file"
done
looks physmem cat physmem
looks kmem dd if=kmem bs=64K skip=$((0xc0000000 >> 16)) count=256
looks "SEEK_DATA and SEEK_HOLE" "$PYTHON" - "$pid" <<'END'
import os, sys
os.chdir(sys.argv[1])
for name in ['mem'] + ['regions/' + name for name in os.listdir('regions')]:
    fd, offset = os.open(name, os.O_RDONLY), 0
    try:
        while True:
            offset = os.lseek(fd, os.lseek(fd, offset, os.SEEK_DATA), os.SEEK_HOLE)
    except OSError:
        os.close(fd)
END
cd / || exit 1
check_ok
stop
done_testing

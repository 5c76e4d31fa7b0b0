#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The way of written bytes to the host's files: when they go (flusher, sync, fsync, msync,
# unmount, signals), that all of them go, and what is said where they cannot.

. "$(dirname "$0")/lib.sh"
F=$M/files
D=$T/disk
mkdir "$D"
host() { cat "$D/$1" 2>/dev/null | tr '\0' .; }
dirty() { field meminfo Dirty; }
ticks() { for ((i = 0; i < $1; i++)); do echo help; done >"$M/ctl"; }
set_vm() { echo "$2" >"$M/sys/vm/$1"; }

# ---- when ----

start -o "files=$D"
relax	# when pages go of which nobody wants the frames
expect_eq "defaults" "$(cat "$M"/sys/vm/dirty_{ratio,background_ratio,expire_centisecs,writeback_centisecs} | xargs)" '20 10 3000 500'
printf hello >"$F/a"
expect_eq "written, not yet on the host" "$(host a) $(dirty)" '..... 4'
expect_eq "but seen at once, with its size" "$(cat "$F/a") $(stat -c %s "$F/a" "$D/a" | xargs)" 'hello 5 5'
does root sync ok
expect_eq "sync" "$(host a) $(dirty)" 'hello 0'
printf world >"$F/a"
expect_ok sync "$F/a"
expect_eq "fsync" "$(host a) $(dirty)" 'world 0'
does 1 'mmap 0x50000000 8K rw- shared,fixed a' 0x50000000
does 1 'store 0x50000000 0x57 1' ok
expect_eq "a store waits" "$(host a) $(dirty)" 'world 4'
expect_eq "clean entries are read-only" "$(entry 1 50000000 5 | cut -c 2)" W
does 1 'msync 0x50000000 4K async' ok
expect_eq "msync async starts nothing" "$(host a)" world
does 1 'msync 0x50000000 4K sync' ok
expect_eq "msync sync" "$(host a) $(dirty)" 'World 0'
expect_eq "and the entry is clean" "$(entry 1 50000000 5 | cut -c 2,5)" --
does 1 'store 0x50000001 0x4f 1' ok
expect_eq "so that the next store is noticed" "$(dirty) $(cat "$F/a")" '4 WOrld'
does 1 'munmap 0x50000000 8K' ok
expect_eq "also after the mapping is gone" "$(host a) $(dirty)" 'World 4'
does root sync ok
expect_eq "then written" "$(host a)" WOrld

# By the machine's clock: what is older than expire goes when the period ends.
set_vm dirty_expire_centisecs 100
set_vm dirty_writeback_centisecs 50
printf later >"$F/a"
ticks 40
expect_eq "young" "$(host a)" .....
ticks 120
expect_eq "old" "$(host a) $(dirty)" 'later 0'
set_vm dirty_writeback_centisecs 0
printf never >"$F/a"
ticks 300
expect_eq "no flusher" "$(host a)" .....
does root sync ok

# By amount: above background_ratio until below it.
set_vm dirty_background_ratio 0
printf now >"$F/a"
ticks 1
expect_eq "nothing may stay dirty" "$(host a) $(dirty)" 'now 0'
set_vm dirty_background_ratio 10
tighten
check_ok
stop

# ---- times ----

start -o "files=$D"
printf x >"$F/t"
touch -d '2001-02-03 04:05:06.5 UTC' "$F/t"
times() { stat -c '%.9Y %.9Z' "$1"; }
before=$(times "$F/t")
expect_like "touch after write" "$before" '^981173106[.]500000000 '
does root sync ok
expect_eq "written back, the times are those of the write" "$(times "$F/t")" "$before"
expect_like "on the host too" "$(times "$D/t")" '^981173106[.]500000000 '
expect_eq "and the bytes are there" "$(host t)" x
touch "$T/stamp"
sleep 0.02
printf y >"$F/t"
expect_eq "a write is newer" "$(find "$F/t" -newer "$T/stamp" | wc -l)" 1
does root sync ok
touch -d '2001-02-03 04:05:06 UTC' "$F/t"
does 1 'mmap 0x50000000 4K rw- shared,fixed t' 0x50000000
does 1 'load 0x50000000 1' 0x79
expect_eq "a load is none" "$(stat -c %Y "$F/t")" 981173106
does 1 'store 0x50000000 0x7a 1' ok
expect_eq "a store is one" "$(find "$F/t" -newer "$T/stamp" | wc -l)" 1
printf 'b: a\n\tcp a b\n' >"$F/Makefile"
if command -v make >/dev/null; then
	printf 1 >"$F/a"
	expect_ok make -s -C "$F"
	does root sync ok
	expect_like "make: nothing to do after the write-back" "$(make -C "$F")" 'up to date'
	sleep 0.02
	printf 2 >"$F/a"
	expect_ok make -s -C "$F"
	expect_eq "make: a new a" "$(cat "$F/b")" 2
fi
chmod 4755 "$F/t"
does root sync ok
expect_eq "mode" "$(stat -c %a "$F/t")" 4755

# ---- changed on the host meanwhile ----

printf 'one two three' >"$F/h"
does root sync ok
does 1 'mmap 0x50000000 8K rw- shared,fixed h' 0x50000000
does 1 'load 0x50000000 1' 0x6f
sleep 0.02
printf 'ONE TWO THREE' >"$D/h"
expect_eq "seen" "$(cat "$F/h")" 'ONE TWO THREE'
expect_eq "also by a mapping" "$(bytes 1 0x50000000 3)" ONE
head -c 8192 /dev/zero | tr '\0' x >"$D/h"
expect_eq "longer" "$(cat "$F/h" | cksum)" "$(cksum <"$D/h")"
printf dirty | dd of="$F/h" conv=notrunc status=none
sleep 0.02
printf HOST | dd of="$D/h" bs=1 seek=4096 conv=notrunc status=none
expect_eq "what is dirty is younger, the rest is the host's" \
	"$(head -c 6 "$F/h") $(tail -c +4097 "$F/h" | head -c 5)" 'dirtyx HOSTx'
does root sync ok
expect_eq "and both are there" "$(head -c 6 "$D/h") $(tail -c +4097 "$D/h" | head -c 5)" 'dirtyx HOSTx'
printf again | dd of="$F/h" conv=notrunc status=none
: >"$D/h"
expect_eq "emptied under what is dirty" "$(stat -c %s "$F/h")" 0
does 1 'load 0x50000000' EIO
does root sync ok
printf gone >"$F/g"
rm "$D/g"
expect_errno ENOENT cat "$F/g"
does root sync ok

# ---- names of dirty files ----

printf one >"$F/n1"
expect_ok mv "$F/n1" "$F/n2"
does root sync ok
expect_eq "renamed" "$(host n2)" one
printf two >"$F/n3"
expect_ok mv "$F/n3" "$F/n2"
does root sync ok
expect_eq "over another" "$(host n2)" two
before=$(dirty)
head -c 100000 /dev/zero >"$F/n4"
rm "$F/n4"
expect_eq "removed: nothing to write" "$(dirty)" "$before"
expect_ok sh -c 'cd "$1" && for i in $(seq 400); do echo $i >many$i; done' sh "$F"
check_ok
expect_ok rm "$D/many7"
does root sync ok
expect_eq "more dirty files than stay open" "$(cat "$D"/many* | awk '{ n += $1 } END { print n }')" $((400 * 401 / 2 - 7))
check_ok

# ---- sparse and large ----

expect_ok "$PYTHON" - "$F/big" "$D/big" "$M/ctl" <<'EOF'
import os, sys
f = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
far = 5 << 30
os.pwrite(f, b'far', far)
os.pwrite(f, b'near', 8192)
assert os.pread(f, 3, far) == b'far'
assert os.pread(f, 10, far - 5) == bytes(5) + b'far'
assert os.stat(sys.argv[1]).st_blocks < 1000, 'sparse'
assert os.lseek(f, 0, os.SEEK_DATA) == 8192
assert os.lseek(f, 8192, os.SEEK_HOLE) == 12288
assert os.lseek(f, 12288, os.SEEK_DATA) == far & ~4095
os.fsync(f)
h = os.open(sys.argv[2], os.O_RDONLY)
assert os.pread(h, 10, far) == b'far' and os.pread(h, 4, 8192) == b'near'
os.ftruncate(f, (4 << 30) + 1)
os.pwrite(f, b'!', 4 << 30)
assert os.pread(f, 9, 4 << 30) == b'!'
os.ftruncate(f, far)
assert os.pread(f, 9, far - 3) == bytes(3) and os.fstat(f).st_size == far
try:
    os.pwrite(f, b'x', 1 << 44)
    raise SystemExit('no EFBIG')
except OSError as e:
    assert e.errno in (27, 22), e
EOF
rm -f "$F/big"
check_ok
printf ab >"$F/app"
(printf 1 >&3; printf xy >>"$F/app"; printf 2 >&3) 3>>"$F/app"
expect_eq "O_APPEND" "$(cat "$F/app")" ab1xy2
stop
expect_eq "after the unmount" "$(host app) $(host n2)" 'ab1xy2 two'

# ---- a copy larger than RAM, with every byte right ----

head -c 40M /dev/urandom >"$T/large"
for how in unmount TERM INT; do
	start -o "mem=16M,files=$D"
	expect_ok cp "$T/large" "$F/large"
	expect_ok cmp "$T/large" "$F/large"
	dd if="$T/large" of="$F/large" bs=3333 count=300 seek=7 conv=notrunc status=none
	dd if="$T/large" of="$T/want" bs=1M status=none
	dd if="$T/large" of="$T/want" bs=3333 count=300 seek=7 conv=notrunc status=none
	printf last >"$F/last"
	check_ok
	if [ "$how" = unmount ]; then
		stop
	else
		kill "-$how" "$(pgrep -P "$daemon")"
		wait "$daemon"
		expect_eq "the daemon said" "$(cat "$(log_of "$M")")" ""
	fi
	expect_ok cmp "$T/want" "$D/large"
	expect_eq "$how loses nothing" "$(host last)" last
	rm -f "$D/large" "$D/last"
done

# ---- no room ----

mkdir "$T/small"
if mount -t tmpfs -o size=1M tmpfs "$T/small" 2>/dev/null; then
	PRESSURE='' start -o "files=$T/small"	# no room for swap either
	expect_errno ENOSPC dd if=/dev/zero of="$F/f" bs=1M count=2
	size=$(stat -c %s "$F/f")
	expect_eq "as much as there is room for, and the host agrees" \
		"$([ "$size" -gt 900000 ] && stat -c %s "$T/small/f")" "$size"
	fdio_says ENOSPC "$F/g" rwc 'write x'
	expect_eq "nothing of it" "$(stat -c %s "$F/g")" 0
	does root sync ok
	expect_ok truncate -s 2M "$F/sparse"
	does 1 'mmap 0x50000000 2M rw- shared,fixed sparse' 0x50000000
	does 1 'load 0x50001000' 0x00000000
	does 1 'store 0x50001000 1' EIO
	expect_like "why" "$(cat "$M/1/fault")" 'do_sigbus: the file takes no stores'
	rm "$F/f"
	does 1 'store 0x50001000 1' ok
	does root sync ok
	# Blocks that went behind our back, and nothing is left: the write-back has no room.
	printf kept >"$F/s"
	does root sync ok
	printf more | dd of="$F/s" conv=notrunc status=none
	: >"$T/small/s"
	truncate -s 4 "$T/small/s"
	dd if=/dev/zero of="$T/small/fill" bs=4K 2>/dev/null
	does root sync ENOSPC
	expect_eq "dirty all the same" "$(dirty) $(cat "$F/s")" '4 more'
	rm "$T/small/fill"
	does root sync ok
	expect_eq "and then written" "$(cat "$T/small/s")" more
	check_ok
	stop
	umount "$T/small"
fi

# ---- a disk that refuses to be written ----

# host_limit BYTES: no write of the daemon goes beyond; -1: any does.
host_limit() { "$PYTHON" -c 'import resource, sys
resource.prlimit(int(sys.argv[1]), resource.RLIMIT_FSIZE, (int(sys.argv[2]), -1))' "$(pgrep -P "$daemon")" "$1"; }
start -o "files=$D"
relax	# how often a disk is asked that refuses
printf before >"$F/r"
does root sync ok
set_vm dirty_background_ratio 0
exec 4>>"$F/r"
host_limit 0
printf after1 | dd of="$F/r" conv=notrunc status=none
ticks 1
expect_eq "refused: dirty, and here as written" "$(host r) $(dirty) $(cat "$F/r")" 'before 4 after1'
host_limit -1
ticks 90
expect_eq "not asked again at each tick" "$(host r)" before
ticks 10
expect_eq "but after a second" "$(host r) $(dirty)" 'after1 0'
"$PYTHON" - "$F/r" <<'EOF' >"$T/said"
import errno, os, sys
def fsync(fd):
    try:
        os.fsync(fd)
        return 'ok'
    except OSError as e:
        return errno.errorcode[e.errno]
late = os.open(sys.argv[1], os.O_RDWR)
print(fsync(4), fsync(4), fsync(late), fsync(late), fsync(os.open(sys.argv[1], os.O_RDONLY)))
EOF
exec 4>&-
expect_eq "each open file hears of it once; one that came after somebody knew, never" "$(cat "$T/said")" \
	'EFBIG ok EFBIG ok ok'
set_vm dirty_background_ratio 10
does 1 'mmap 0x50000000 4K rw- shared,fixed r' 0x50000000
does 1 'store 0x50000000 0x41 1' ok
host_limit 0
does root sync EFBIG
fdio_says EFBIG "$F/r" rw sync
host_limit -1
does root sync ok
does 1 'msync 0x50000000 4K sync' EFBIG
does 1 'msync 0x50000000 4K sync' ok
expect_eq "nothing is lost" "$(host r)" After1

# A script that is copied into ctl waits for the disk as one that is written: nothing stays open.
printf 'msync 0x50000000 4K sync\n' >"$F/script"
opened() { find "/proc/$(pgrep -P "$daemon")/fd" -lname "*/r" | wc -l; }
before=$(opened)
"$PYTHON" -c 'import os, sys
script, ctl = os.open(sys.argv[1], os.O_RDONLY), os.open(sys.argv[2], os.O_WRONLY)
assert os.copy_file_range(script, ctl, 100) == 25' "$F/script" "$M/1/ctl"
expect_eq "copied into ctl" "$(cat "$M/1/ctl") $(opened)" "ok $before"
check_ok
stop

# Too much is dirty for one that refuses: then who writes more is told.
printf '' >"$D/wide"
truncate -s 40M "$D/wide"
fallocate -l 40M "$D/wide" 2>/dev/null || dd if=/dev/zero of="$D/wide" bs=1M count=40 status=none
start -o "mem=64M,files=$D"
threshold() { awk '$1 == "nr_dirty_threshold" { print 4 * $2 }' "$M/vmstat"; }
host_limit 0
expect_errno EFBIG dd if=/dev/zero of="$F/wide" bs=1M count=40 conv=notrunc
expect_eq "dirty up to the limit, and a page" "$(($(dirty) > $(room 4000 0) && $(dirty) <= $(threshold) + 4))" 1
check_ok
host_limit -1
ticks 100
expect_ok dd if=/dev/zero of="$F/wide" bs=1M count=40 conv=notrunc
expect_eq "one long write stays below it" "$(($(dirty) <= $(threshold)))" 1
background=$(awk '$1 == "nr_dirty_background_threshold" { print 4 * $2 }' "$M/vmstat")
expect_eq "10 of 100 and 20" "$(($(threshold) / 2 - background <= 4))" 1
ticks 1
expect_eq "the flusher's limit" "$(($(dirty) <= background + 4))" 1
check_ok
stop

# ---- a disk that is another aspacefs, and one that cannot be asked for room, nor punched ----

# writes_through DISK ANSWER: what is written below files/ comes to DISK; ANSWER is that to a hole.
writes_through()
{
	start -o "mem=16M,files=$1"
	head -c 3000000 /dev/urandom >"$T/inner"
	expect_ok cp "$T/inner" "$F/f"
	expect_ok cmp "$T/inner" "$F/f"
	printf end | dd of="$F/f" bs=1 seek=3500001 conv=notrunc status=none
	truncate -s 3500001 "$T/inner"
	printf end >>"$T/inner"
	expect_ok truncate -s 4000000 "$F/g"
	printf middle | dd of="$F/g" bs=1 seek=2000000 conv=notrunc status=none
	expect_eq "a hole and bytes" "$(stat -c %s "$F/g") $(tr -d '\0' <"$F/g")" '4000000 middle'
	does 1 'mmap 0x50000000 8K rw- shared,fixed g' 0x50000000
	does 1 'store 0x50000000 1' ok
	does 1 'madvise 0x50000000 4K remove' "$2"
	check_ok
	stop
	expect_ok cmp "$T/inner" "$1/f"
}

start_at "$T/outer" -o mem=16M
outer=$daemon
mkdir "$T/outer/files/disk"
writes_through "$T/outer/files/disk" ok
stop_at "$T/outer" "$outer"

mkdir "$T/ramfs"
if mount -t ramfs ramfs "$T/ramfs" 2>/dev/null; then
	writes_through "$T/ramfs" EOPNOTSUPP
	umount "$T/ramfs"
fi
done_testing

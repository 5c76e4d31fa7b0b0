#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# trace and trace_pipe: events in order, as ftrace's text; each event of the pipe once; a reader
# waits in no thread of the daemon and is interrupted at once.

. "$(dirname "$0")/lib.sh"

events() { sed -n 's/^.*\.\.\.\.\. *[0-9.]*: //p' "$@"; }

# The pipe is released some time after its reader ended.
pipe_free() { for _ in $(seq 100); do { : <"$M/trace_pipe"; } 2>/dev/null && return; sleep 0.02; done; fail "the pipe stays busy"; }

start
spawn
does "$pid" 'mmap 0x50000000 64K rw- private,anonymous,fixed' 0x50000000
expect_ok sh -c "echo >>'$M/trace'"
expect_eq "written to" $(($(events "$M/trace" | wc -l) > 0)) 1
: >"$M/trace"
expect_eq "forgotten" "$(events "$M/trace")" ""

# A page that comes and goes.
says "$pid" 'store 0x50000000 1' ok
frame=$(entry "$pid" 50000000 4)
said=$(events "$M/trace" | grep -v tlb_flush)
expect_like "the fault" "$said" '^page_fault_user: address=0x50000000 ip=0x8048094 error_code=0x6'
expect_like "its frame" "$said" "mm_page_alloc: page=0x[0-9a-f]+ pfn=0x${frame#"${frame%%[!0]*}"} order=0 migratetype=0 gfp_flags=GFP_HIGHUSER"
check_ok
echo >"$M/trace"
resident "$pid" 0x50000000 4K
frame=$(entry "$pid" 50000000 4)
does "$pid" 'munmap 0x50000000 64K' ok
expect_like "freed" "$(events "$M/trace")" "mm_page_free: page=0x[0-9a-f]+ pfn=0x${frame#"${frame%%[!0]*}"} order=0"

# The page cache.
echo >"$M/trace"
seq 1 2000 >"$M/files/f"
ino=$(printf %x "$(stat -c %i "$M/files/f")")
said=$(events "$M/trace" | grep filemap_add)
expect_like "into the cache" "$said" '^mm_filemap_add_to_page_cache: dev [0-9]+:[0-9]+ ino [0-9a-f]+ pfn=0x[0-9a-f]+ ofs=0 order=0'
expect_like "the third page" "$said" ' ofs=8192 order=0'
does "$pid" 'mmap 0x50000000 4K r-- private,fixed f' 0x50000000
expect_like "its number in maps" "$said" " ino $(printf %x "$(region "$pid" 50000000 | awk '{ print $5 }')") "
does "$pid" 'munmap 0x50000000 4K' ok
truncate -s 0 "$M/files/f"
expect_eq "out of the cache" "$(events "$M/trace" | grep -c filemap_delete)" 3
does root 'alloc_pages 3 atomic,zero' '~0x.*'
expect_like "flags by name" "$(events "$M/trace")" 'order=3 migratetype=0 gfp_flags=GFP_ATOMIC\|__GFP_ZERO'

# The pipe takes events out of trace, each once, and waits for more.
relax	# reclaim has events, too
echo >"$M/trace"
does "$pid" 'load 0x60000000' EFAULT
exec {fd}<"$M/trace_pipe"
expect_errno EBUSY cat "$M/trace_pipe"
timeout 20 head -n 3 <&"$fd" >"$T/pipe" 2>/dev/null &
reader=$!
for _ in $(seq 100); do [ -s "$T/pipe" ] && break; sleep 0.02; done
sleep 0.2
expect_ok kill -0 $reader
expect_eq "gone from trace" "$(events "$M/trace")" ""
check_ok	# nobody is held up by who waits
does "$pid" 'load 0x61000000' EFAULT
does "$pid" 'load 0x62000000' EFAULT
wait $reader
expect_eq "each once, in order" "$(events "$T/pipe" | sed 's/ ip.*//' | xargs)" \
	"page_fault_user: address=0x60000000 page_fault_user: address=0x61000000 page_fault_user: address=0x62000000"
exec {fd}<&-
pipe_free

# Byte by byte, not waiting, interrupted, lost.
"$PYTHON" - "$M" "$pid" <<'END' >"$T/python" 2>&1
import errno, os, signal, sys, time
mount, pid = sys.argv[1:]
def ctl(line):
    fd = os.open(f'{mount}/{pid}/ctl', os.O_WRONLY)
    try: os.write(fd, line.encode() + b'\n')
    except OSError: pass
    os.close(fd)
def clear():
    with open(f'{mount}/trace', 'w') as f: f.write('0')
clear()
fd = os.open(f'{mount}/trace_pipe', os.O_RDONLY | os.O_NONBLOCK)
try: os.read(fd, 100)
except BlockingIOError: print('EAGAIN')
ctl('load 0x60000000')
line = b''
while not line.endswith(b'\n'):
    part = os.read(fd, 1)
    assert len(part) == 1
    line += part
print(line.split(b': ')[1].decode())
try: os.lseek(fd, 0, os.SEEK_SET)
except OSError as e: print(errno.errorcode[e.errno])
ctl('touch 0xbffdf000 120K w')
for i in range(1100): ctl('load 0x60000000')
text = b''
try:
    while True: text += os.read(fd, 100000)
except BlockingIOError: pass
lines = text.decode().split('\n')
print(lines[0].split(' ')[0], lines[0].split(' ')[1], lines[0].split(' ')[3], len(lines) - 2)
os.set_blocking(fd, True)
class Alarm(Exception): pass
def ring(*_): raise Alarm
signal.signal(signal.SIGALRM, ring)
signal.setitimer(signal.ITIMER_REAL, 0.2)
start = time.monotonic()
try: os.read(fd, 100)
except Alarm: print('interrupted', time.monotonic() - start < 5)
ctl('load 0x63000000')
print('goes on', b'0x63000000' in os.read(fd, 1000))
END
expect_eq "steps" "$(xargs <"$T/python")" \
	"EAGAIN page_fault_user ESPIPE CPU:0 [LOST EVENTS] 1023 interrupted True goes on True"
pipe_free

# A reader that is killed, one that waits at the unmount.
timeout -s KILL 0.3 cat "$M/trace_pipe" >"$T/pipe" 2>/dev/null &
wait $! 2>/dev/null
pipe_free
cat "$M/trace_pipe" >"$T/pipe" 2>&1 &
reader=$!
sleep 0.3
expect_errno EBUSY fusermount3 -u "$M"
tally "$M"
expect_ok fusermount3 -u -z "$M"
kill $reader
wait $reader
wait "$daemon"
expect_eq "exit status of the daemon" $? 0
done_testing

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Random file operations compared with plain buffers in memory.

    fsx.py MOUNT HOSTDIR SECONDS [SEED [STEPS]]

A file is read, written, appended to, truncated, allocated and punched, through files/ and through the mem
of two processes that map it: process 1 shared and private, a child of it shared too.  Beside
it stands what Linux would say: the file's bytes, and the private copies by page.  Now and then
the machine writes back, drops its cache, and the host's own file must be the same.

Prints the seed; the same seed and number of steps make the same operations.  Exit 1: they
differ, with the last steps.
"""
import ctypes
import errno
import os
import random
import sys
import time

PAGE = 4096
PAGES = 48
LIMIT = PAGES * PAGE
SHARED, PRIVATE = 0x50000000, 0x60000000
PUNCH_HOLE = 3  # FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
libc = ctypes.CDLL(None, use_errno=True)
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]


class Different(Exception):
    pass


class World:
    def __init__(self, mount, host, rng):
        self.mount, self.rng, self.log = mount, rng, []
        self.file = os.open(mount + '/files/fsx', os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        self.append = os.open(mount + '/files/fsx', os.O_WRONLY | os.O_APPEND)
        self.host = host + '/fsx'
        self.data = bytearray()
        self.tail = bytes(PAGE)  # of the last page, behind the end: stores through mappings;
        # zero again once the page was written back
        self.copies = {}  # page -> bytes of process 1's private copy
        self.ctl(0, 'sync')
        self.child = int(self.ctl(1, 'fork'))
        self.ctl(1, f'mmap {SHARED} {LIMIT} rw- shared,fixed fsx')
        self.ctl(1, f'mmap {PRIVATE} {LIMIT} rw- private,fixed fsx')
        self.ctl(self.child, f'mmap {SHARED} {LIMIT} rw- shared,fixed fsx')
        self.mem = {pid: os.open(f'{mount}/{pid}/mem', os.O_RDWR) for pid in (1, self.child)}

    def ctl(self, pid, line):
        path = f'{self.mount}/{pid}/ctl' if pid else f'{self.mount}/ctl'
        fd = os.open(path, os.O_RDWR)
        try:
            try:
                os.write(fd, line.encode() + b'\n')
            except OSError as error:
                raise Different(f'{line}: {os.read(fd, 4096).decode()}') from error
            return os.read(fd, 65536).decode().strip()
        finally:
            os.close(fd)

    # ---- what must be there ----

    def in_memory(self, at, n):
        """Bytes of a mapping: the file's, then the rest of its last page."""
        end = -len(self.data) % PAGE
        return (bytes(self.data) + self.tail[PAGE - end:] if end else bytes(self.data))[at:at + n]

    def same_page_cache(self, what, got, want, at):
        """As same, but behind the file's end zeros will do: a store may be from before the
        last write-back, or after it."""
        inside = max(0, len(self.data) - at)
        behind = bytes(a and b for a, b in zip(got[inside:], want[inside:]))
        self.same(what, got, want[:inside] + behind)
        if len(got) != len(want):
            raise Different(f'{what}: {len(got)} bytes, wanted {len(want)}')

    def mapped_end(self):
        return -(-len(self.data) // PAGE) * PAGE

    def in_private(self, at, n):
        out = bytearray()
        while n > 0 and at < self.mapped_end():
            page, off = divmod(at, PAGE)
            part = min(n, PAGE - off)
            whole = self.copies.get(page) or self.in_memory(page * PAGE, PAGE)
            out += whole[off:off + part]
            at, n = at + part, n - part
        return bytes(out)

    def same(self, what, got, want):
        if got != want:
            at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b),
                      min(len(got), len(want)))
            raise Different(f'{what}: {len(got)} bytes, wanted {len(want)}; from byte {at} '
                            f'{bytes(got[at:at + 8]).hex()}, wanted {bytes(want[at:at + 8]).hex()}')

    def resize(self, size):
        """The file's end moves: what was behind it is zero."""
        old_end = self.mapped_end()
        if size < len(self.data):
            del self.data[size:]
            for page in [p for p in self.copies if p * PAGE >= self.mapped_end()]:
                del self.copies[page]
        else:
            self.data += bytes(size - len(self.data))
        self.tail = bytes(PAGE)
        return old_end

    def place(self):
        at = self.rng.randrange(LIMIT)
        n = self.rng.choice((1, 7, 100, PAGE, 3 * PAGE, self.rng.randrange(1, 40000)))
        if self.rng.random() < 0.2:
            at &= -PAGE
        return at, min(n, LIMIT - at)

    def bytes_of(self, n):
        return self.rng.randbytes(n)

    # ---- one operation each ----

    def read(self):
        at, n = self.place()
        self.log.append(f'read {at:#x} {n}')
        self.same('read', os.pread(self.file, n, at), bytes(self.data[at:at + n]))

    def write(self):
        at, n = self.place()
        new = self.bytes_of(n)
        self.log.append(f'write {at:#x} {n}')
        if os.pwrite(self.file, new, at) != n:
            raise Different('a short write')
        if at + n > len(self.data):
            self.resize(at + n)
        self.data[at:at + n] = new

    def append_some(self):
        n = min(self.rng.randrange(1, 9000), LIMIT - len(self.data))
        new = self.bytes_of(n)
        self.log.append(f'append {n}')
        if n:
            os.write(self.append, new)
            self.resize(len(self.data) + n)
            self.data[-n:] = new

    def truncate(self):
        size = self.rng.randrange(LIMIT)
        if self.rng.random() < 0.3:
            size &= -PAGE
        self.log.append(f'truncate {size:#x}')
        os.ftruncate(self.file, size)
        self.resize(size)

    def remove(self):
        first = self.rng.randrange(PAGES)
        n = self.rng.randrange(1, min(8, PAGES - first) + 1)
        at, end = first * PAGE, (first + n) * PAGE
        self.log.append(f'remove {at:#x} {n} pages')
        self.ctl(1, f'madvise {SHARED + at} {n * PAGE} remove')
        if at < len(self.data) < end:
            self.tail = bytes(PAGE)
        stop = min(end, len(self.data))
        if at < stop:
            self.data[at:stop] = bytes(stop - at)

    def fallocate(self, mode, at, n):
        if libc.fallocate(self.file, mode, at, n):
            raise Different(f'fallocate {mode}: {os.strerror(ctypes.get_errno())}')

    def allocate(self):
        at, n = self.place()
        self.log.append(f'allocate {at:#x} {n}')
        self.fallocate(0, at, n)
        if at + n > len(self.data):
            self.resize(at + n)

    def punch(self):
        at, n = self.place()
        self.log.append(f'punch {at:#x} {n}')
        self.fallocate(PUNCH_HOLE, at, n)
        stop = min(at + n, len(self.data))
        if at < stop:
            self.data[at:stop] = bytes(stop - at)
        if at < len(self.data) <= at + n:
            self.tail = bytes(PAGE)

    def mapped_read(self):
        pid, (at, n) = self.rng.choice((1, self.child)), self.place()
        self.log.append(f'{pid} mapped read {at:#x} {n}')
        self.mem_read('shared', pid, SHARED, at, n, self.in_memory(at, n))

    def private_read(self):
        at, n = self.place()
        self.log.append(f'private read {at:#x} {n}')
        self.mem_read('private', 1, PRIVATE, at, n, self.in_private(at, n))

    def mem_read(self, what, pid, base, at, n, want):
        try:
            got = os.pread(self.mem[pid], n, base + at)
        except OSError as error:
            if want or error.errno != errno.EIO:
                raise Different(f'{what}: {error}') from error
            return
        if what == 'private' and (at + len(want) - 1) // PAGE in self.copies:
            self.same(what, got, want)
        else:
            self.same_page_cache(what, got, want, at)

    def mem_write(self, what, pid, addr, new, room):
        try:
            n = os.pwrite(self.mem[pid], new, addr)
        except OSError as error:
            if room > 0 or error.errno != errno.EIO:
                raise Different(f'{what}: {error}') from error
            return 0
        if n != min(len(new), room):
            raise Different(f'{what}: wrote {n} of {len(new)}, there is room for {room}')
        return n

    def mapped_write(self):
        pid, (at, n) = self.rng.choice((1, self.child)), self.place()
        new = self.bytes_of(n)
        self.log.append(f'{pid} mapped write {at:#x} {n}')
        n = self.mem_write('shared', pid, SHARED + at, new, self.mapped_end() - at)
        inside = max(0, min(n, len(self.data) - at))
        self.data[at:at + inside] = new[:inside]
        if n > inside:
            off = (at + inside) % PAGE
            rest = new[inside:n]
            self.tail = self.tail[:off] + rest + self.tail[off + len(rest):]

    def private_write(self):
        at, n = self.place()
        new = self.bytes_of(n)
        self.log.append(f'private write {at:#x} {n}')
        n = self.mem_write('private', 1, PRIVATE + at, new, self.mapped_end() - at)
        done = 0
        while done < n:
            page, off = divmod(at + done, PAGE)
            part = min(n - done, PAGE - off)
            old = self.copies.get(page) or self.in_memory(page * PAGE, PAGE)
            if page not in self.copies and (page + 1) * PAGE > len(self.data):
                old = self.observed(page, old, off, off + part)
            self.copies[page] = old[:off] + new[done:done + part] + old[off + part:]
            done += part

    def observed(self, page, old, start, end):
        """What the new copy of the last page took over, which may be zeros behind the end."""
        got = os.pread(self.mem[1], PAGE, PRIVATE + page * PAGE)
        at = page * PAGE
        for a, b in ((0, start), (end, PAGE)):
            self.same_page_cache('private copy', got[a:b], old[a:b], at + a)
        return got

    def forget(self):
        at, n = self.rng.randrange(PAGES), self.rng.randrange(1, 5)
        n = min(n, PAGES - at)
        self.log.append(f'dontneed {at} {n}')
        self.ctl(1, f'madvise {PRIVATE + at * PAGE} {n * PAGE} dontneed')
        for page in range(at, at + n):
            self.copies.pop(page, None)

    def write_back(self):
        how = self.rng.choice(('fsync', 'sync', 'msync', 'pageout'))
        self.log.append(how)
        if how == 'fsync':
            os.fsync(self.file)
        elif how == 'sync':
            self.ctl(0, 'sync')
        elif how == 'msync':
            self.ctl(1, f'msync {SHARED} {LIMIT} sync')
        else:
            self.ctl(self.child, f'madvise {SHARED} {LIMIT} pageout')
            return
        with open(self.host, 'rb') as host:
            self.same("the host's file", host.read(), bytes(self.data))

    def size(self):
        self.log.append('size')
        if os.fstat(self.file).st_size != len(self.data):
            raise Different(f'size {os.fstat(self.file).st_size}, wanted {len(self.data)}')

    def step(self):
        operations = {self.read: 5, self.write: 6, self.append_some: 1, self.truncate: 2,
                      self.remove: 1, self.allocate: 1, self.punch: 1, self.mapped_read: 5, self.mapped_write: 6,
                      self.private_read: 3, self.private_write: 2, self.forget: 1,
                      self.write_back: 1, self.size: 1}
        self.rng.choices(list(operations), list(operations.values()))[0]()

    def check(self):
        self.same('the whole file', os.pread(self.file, LIMIT + 1, 0), bytes(self.data))
        if self.ctl(0, 'check') != 'ok':
            raise Different('check')


def main():
    mount, host, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else int(time.time())
    steps = int(sys.argv[5]) if len(sys.argv) > 5 else sys.maxsize
    end, done = time.monotonic() + seconds, 0
    print(f'fsx: seed {seed}', flush=True)
    world = World(mount, host, random.Random(seed))
    try:
        while done < steps and time.monotonic() < end:
            world.step()
            done += 1
            if done % 50 == 0:
                world.check()
        world.check()
    except (Different, OSError) as error:
        print(f'fsx: seed {seed}: step {done}: {error}')
        print('\n'.join(world.log[-25:]))
        return 1
    print(f'fsx: {done} steps')
    return 0


if __name__ == '__main__':
    sys.exit(main())

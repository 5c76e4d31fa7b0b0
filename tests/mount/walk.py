#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An independent reader of i386 page tables.

    walk.py check MOUNT       walks every process's tables in physmem from the cr3 of its
                              pagetable file and compares frames, rights and counts
    walk.py list MOUNT PID    what the walk finds, one line per present entry

The walk is written from the Intel manual, volume 3, "32-bit paging": a page
directory and page tables of 1024 entries of four bytes, PS for 4 MiB pages,
rights are the AND of both levels.  It prints a line for each difference and
ends with status 1 if there was one.
"""
import collections
import os
import re
import struct
import sys

P, W, U, A, D, S, G = 1, 2, 4, 0x20, 0x40, 0x80, 0x100
LINE = re.compile(r'([0-9a-f]{8})   (\d{3,4}) +(\d{3,4}|---) +([0-9a-f]{5}|-----|\d+:\d+) +'
                  r'([Pps-][W-][U-][A-][D-][S-][G-][N-][C-][Z-])  (\d+|-) +(\S.*)')
HEAD = re.compile(r'# cr3=([0-9a-f]{8}) levels=2 tables=(\d+)')

Entry = collections.namedtuple('Entry', 'linear dir tbl frame flags refs what')


def parse(path):
    """The entries of a pagetable file, cr3, the number of tables, and complaints."""
    entries, wrong, cr3, tables = [], [], None, None
    with open(path, encoding='ascii') as file:
        lines = file.read().split('\n')
    for number, line in enumerate(lines[:-1], 1):
        head, match = HEAD.fullmatch(line), LINE.fullmatch(line)
        if number == 1 and head:
            cr3, tables = int(head[1], 16), int(head[2])
        elif number == 2 and re.fullmatch(r'# LINEAR +DIR TBL +FRAME +FLAGS +REFS WHAT', line):
            pass
        elif match:
            entries.append(Entry(*match.groups()))
        else:
            wrong.append(f'{path}:{number}: not in the format: {line!r}')
    linear = [e.linear for e in entries]
    if linear != sorted(linear):
        wrong.append(f'{path}: not in address order')
    return entries, cr3, tables, wrong


def letters(entry):
    return ''.join(letter if entry & bit else '-'
                   for letter, bit in zip('PWUADSG', (P, W, U, A, D, S, G)))


class Memory:
    def __init__(self, path):
        self.fd = os.open(path, os.O_RDONLY)
        self.cache = {}

    def table(self, frame):
        if frame not in self.cache:
            data = os.pread(self.fd, 4096, frame << 12)
            self.cache[frame] = struct.unpack('<1024I', data)
        return self.cache[frame]


def walk(memory, cr3, first, last):
    """Yields linear, dir, tbl, frame, letters for each present entry of [first, last) in the
    directory; tbl is None for a large page and for a table that holds nothing."""
    for d in range(first, last):
        pde = memory.table(cr3 >> 12)[d]
        if not pde & P:
            continue
        if pde & S:
            yield d << 22, d, None, pde >> 12 & ~0x3ff, letters(pde), pde
            continue
        table = memory.table(pde >> 12)
        if not any(table):
            yield d << 22, d, None, pde >> 12, 'empty', pde
        for t, pte in enumerate(table):
            if pte & P:
                yield d << 22 | t << 12, d, t, pte >> 12, letters(pte & ~S), pde


def check_process(memory, path, first, last, counts):
    entries, cr3, tables, wrong = parse(path)
    if cr3 is None:
        return wrong + [f'{path}: no header'], set()
    seen = {}
    frames = {cr3 >> 12}
    for linear, d, t, frame, flags, pde in walk(memory, cr3, first, last):
        if not pde & S:
            frames.add(pde >> 12)
        if flags == 'empty':
            flags = letters(pde)
        elif not pde & S and not pde & W and 'W' in flags:
            wrong.append(f'{path}: {linear:08x}: writable, but its directory entry is not')
        if d < 768 and not pde & U:
            wrong.append(f'{path}: {linear:08x}: directory entry is not a user one')
        seen[f'{linear:08x}'] = (f'{d:03d}', '---' if t is None else f'{t:03d}', frame, flags)
    listed = {}
    for e in entries:
        if not first << 22 <= int(e.linear, 16) < last << 22:
            continue
        if e.flags[0] in 'Pp' and 'Z' not in e.flags and e.tbl != '---':
            counts[e.frame].append((path, e.linear, e.refs))
        if e.flags[0] != 'P':
            continue
        where = (e.dir, e.tbl, int(e.frame, 16), e.flags[:7])
        # The frame of an empty table may be left out of its line.
        if e.what == 'empty table':
            where = seen.get(e.linear, where) if e.tbl == '---' else where
        listed[e.linear] = where
    for linear in sorted(set(seen) | set(listed)):
        if seen.get(linear) != listed.get(linear):
            wrong.append(f'{path}: {linear}: in RAM {seen.get(linear)}, in the file {listed.get(linear)}')
    user = [s for s in seen.values() if int(s[0]) < 768]
    used = {s[0] for s in user}
    if first == 0 and last == 768 and tables is not None and tables < len(used):
        wrong.append(f'{path}: tables={tables}, but {len(used)} are used')
    return wrong, frames


def check(mount):
    memory = Memory(os.path.join(mount, 'physmem'))
    counts = collections.defaultdict(list)
    wrong, tables = [], {}
    for name in sorted(filter(str.isdigit, os.listdir(mount)), key=int):
        path = os.path.join(mount, name, 'pagetable')
        complaints, frames = check_process(memory, path, 0, 768, counts)
        wrong += complaints
        for frame in frames:
            if frame in tables:
                wrong.append(f'{path}: table {frame:05x} is also one of {tables[frame]}')
            tables[frame] = path
        with open(os.path.join(mount, name, 'pgd'), 'rb') as file:
            pgd = file.read()
        _, cr3, _, _ = parse(path)
        if pgd != struct.pack('<1024I', *memory.table(cr3 >> 12)):
            wrong.append(f'{name}/pgd is not what lies at cr3')
    for frame, uses in counts.items():
        if int(frame, 16) in tables:
            wrong.append(f'frame {frame} is mapped and a page table')
        for path, linear, refs in uses:
            if refs != str(len(uses)):
                wrong.append(f'{path}: {linear}: REFS {refs}, but {len(uses)} entries map {frame}')
    complaints, _ = check_process(memory, os.path.join(mount, 'pagetable'), 768, 1024,
                                  collections.defaultdict(list))
    return wrong + complaints


def main(command, mount, pid=None):
    if command == 'check':
        wrong = check(mount)
        print('\n'.join(wrong[:40]))
        return 1 if wrong else 0
    memory = Memory(os.path.join(mount, 'physmem'))
    _, cr3, _, _ = parse(os.path.join(mount, pid, 'pagetable'))
    for linear, d, t, frame, flags, _ in walk(memory, cr3, 0, 1024):
        print(f'{linear:08x} {d} {t} {frame:05x} {flags}')
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An independent reader of i386 page tables.

    walk.py check MOUNT       walks every process's tables in physmem from the cr3 of its
                              pagetable file and compares frames, rights and counts;
                              of swapped pages how many entries hold the slot
    walk.py list MOUNT PID    what the walk finds, one line per present entry

The walk is written from the Intel manual, volume 3, "32-bit paging": a page
directory and page tables of 1024 entries of four bytes, PS for 4 MiB pages;
and "PAE paging": four pointers at cr3, to directories with page tables of 512
entries of eight bytes, PS for 2 MiB pages, bit 63 for no execution. Rights are
the AND of the levels below the pointers, no execution the OR. It prints a line
for each difference and ends with status 1 if there was one.
"""
import collections
import os
import re
import struct
import sys

P, W, U, A, D, S, G, N = 1, 2, 4, 0x20, 0x40, 0x80, 0x100, 1 << 63
LINE = re.compile(r'([0-9a-f]{8})   ((?:[0-3]\.)?\d{3,4}) +(\d{3,4}|---) +([0-9a-f]{5,6}|-----|\d+:[0-9a-f]+) +'
                  r'([Pps-][W-][U-][A-][D-][S-][G-][N-][C-][Z-])  (\d+|-) +(\S.*)')
HEAD = re.compile(r'# cr3=([0-9a-f]{8}) levels=([23]) tables=(\d+)')
SLOT = re.compile(r'swap /.* count (\d+)')
KERNEL = 0xc0000000

Entry = collections.namedtuple('Entry', 'linear dir tbl frame flags refs what')
# How a linear address is cut up, and where an entry has its frame.
Form = collections.namedtuple('Form', 'levels entries dir_shift code address')
TWO = Form(2, 1024, 22, 'I', 0xfffff000)
PAE = Form(3, 512, 21, 'Q', 0xffffff000)
POINTER_ZERO = 0x1e6 | ~0xfffffffff     # bits that a pointer must not have
Listing = collections.namedtuple('Listing', 'entries form cr3 tables wrong')


def parse(path):
    """The entries of a pagetable file, its form, cr3, the number of tables, and complaints."""
    entries, wrong, form, cr3, tables = [], [], TWO, None, None
    with open(path, encoding='ascii') as file:
        lines = file.read().split('\n')
    for number, line in enumerate(lines[:-1], 1):
        head, match = HEAD.fullmatch(line), LINE.fullmatch(line)
        if number == 1 and head:
            cr3, tables = int(head[1], 16), int(head[3])
            form = PAE if head[2] == '3' else TWO
        elif number == 2 and re.fullmatch(r'# LINEAR +DIR +TBL +FRAME +FLAGS +REFS WHAT', line):
            pass
        elif match and ('.' in match[2]) == (form is PAE):
            entries.append(Entry(*match.groups()))
        else:
            wrong.append(f'{path}:{number}: not in the format: {line!r}')
    linear = [e.linear for e in entries]
    if linear != sorted(linear):
        wrong.append(f'{path}: not in address order')
    return Listing(entries, form, cr3, tables, wrong)


def letters(entry):
    return ''.join(letter if entry & bit else '-'
                   for letter, bit in zip('PWUADSGN', (P, W, U, A, D, S, G, N)))


class Memory:
    def __init__(self, path):
        self.fd = os.open(path, os.O_RDONLY)
        self.cache = {}

    def bytes(self, address, count):
        return os.pread(self.fd, count, address)

    def table(self, form, frame):
        if frame not in self.cache:
            self.cache[frame] = struct.unpack(f'<{form.entries}{form.code}', self.bytes(frame << 12, 4096))
        return self.cache[frame]


def directories(memory, form, cr3):
    """The frames of the page directories; one for each GiB with PAE."""
    if form is TWO:
        return [cr3 >> 12]
    pointers = struct.unpack('<4Q', memory.bytes(cr3, 32))
    return [e >> 12 if e & P and not e & POINTER_ZERO else None for e in pointers]


def walk(memory, form, cr3, first, last):
    """Yields linear, dir, tbl, frame, letters, directory entry for each present entry of addresses
    [first, last); tbl is None for a large page and for a table that holds nothing."""
    large = (1 << form.dir_shift) - 1 >> 12
    for number, directory in enumerate(directories(memory, form, cr3)):
        if directory is None:
            continue
        for d, pde in enumerate(memory.table(form, directory)):
            linear = number << 30 | d << form.dir_shift
            name = f'{number}.{d:03d}' if form is PAE else f'{d:03d}'
            if not pde & P or not first <= linear < last:
                continue
            frame = (pde & form.address) >> 12
            if pde & S:
                yield linear, name, None, frame & ~large, letters(pde), pde
                continue
            table = memory.table(form, frame)
            if not any(table):
                yield linear, name, None, frame, 'empty', pde
            for t, pte in enumerate(table):
                if pte & P:
                    yield linear | t << 12, name, t, (pte & form.address) >> 12, letters(pte & ~S), pde


def check_process(memory, path, first, last, counts, slots):
    entries, form, cr3, tables, wrong = parse(path)
    if cr3 is None:
        return wrong + [f'{path}: no header'], set()
    seen = {}
    frames = set(directories(memory, form, cr3)) | {cr3 >> 12}
    if None in frames:
        return wrong + [f'{path}: a pointer at cr3 is not present or has a reserved bit'], set()
    for linear, d, t, frame, flags, pde in walk(memory, form, cr3, first, last):
        if not pde & S:
            frames.add((pde & form.address) >> 12)
        if flags == 'empty':
            flags = letters(pde)
        elif not pde & S and (not pde & W and 'W' in flags or pde & N):
            wrong.append(f'{path}: {linear:08x}: its directory entry takes rights from it')
        if linear < KERNEL and not pde & U:
            wrong.append(f'{path}: {linear:08x}: directory entry is not a user one')
        seen[f'{linear:08x}'] = (d, '---' if t is None else f'{t:03d}', frame, flags)
    listed = {}
    for e in entries:
        if not first <= int(e.linear, 16) < last:
            continue
        if e.flags[0] == 's':
            slots[e.frame].append((path, e.linear, SLOT.match(e.what)))
        elif e.flags[0] in 'Pp' and 'Z' not in e.flags and e.tbl != '---':
            counts[e.frame].append((path, e.linear, e.refs))
        if e.flags[0] != 'P':
            continue
        where = (e.dir, e.tbl, int(e.frame, 16), e.flags[:8])
        # The frame of an empty table may be left out of its line.
        if e.what == 'empty table':
            where = seen.get(e.linear, where) if e.tbl == '---' else where
        listed[e.linear] = where
    for linear in sorted(set(seen) | set(listed)):
        if seen.get(linear) != listed.get(linear):
            wrong.append(f'{path}: {linear}: in RAM {seen.get(linear)}, in the file {listed.get(linear)}')
    used = {s[0] for linear, s in seen.items() if int(linear, 16) < KERNEL}
    if first == 0 and last == KERNEL and tables is not None and tables < len(used):
        wrong.append(f'{path}: tables={tables}, but {len(used)} are used')
    return wrong, frames


def check(mount):
    memory = Memory(os.path.join(mount, 'physmem'))
    counts, slots = collections.defaultdict(list), collections.defaultdict(list)
    wrong, tables = [], {}
    for name in sorted(filter(str.isdigit, os.listdir(mount)), key=int):
        path = os.path.join(mount, name, 'pagetable')
        complaints, frames = check_process(memory, path, 0, KERNEL, counts, slots)
        wrong += complaints
        for frame in frames:
            if frame in tables:
                wrong.append(f'{path}: table {frame:05x} is also one of {tables[frame]}')
            tables[frame] = path
        with open(os.path.join(mount, name, 'pgd'), 'rb') as file:
            pgd = file.read()
        listing = parse(path)
        if pgd != b''.join(memory.bytes(frame << 12, 4096)
                           for frame in directories(memory, listing.form, listing.cr3)):
            wrong.append(f'{name}/pgd is not what lies at cr3')
    for frame, uses in counts.items():
        if int(frame, 16) in tables:
            wrong.append(f'frame {frame} is mapped and a page table')
        for path, linear, refs in uses:
            if refs != str(len(uses)):
                wrong.append(f'{path}: {linear}: REFS {refs}, but {len(uses)} entries map {frame}')
    for slot, uses in slots.items():
        for path, linear, what in uses:
            if not what or what[1] != str(len(uses)):
                wrong.append(f'{path}: {linear}: {what and what[0]}, but {len(uses)} entries hold {slot}')
    complaints, _ = check_process(memory, os.path.join(mount, 'pagetable'), KERNEL, 1 << 32,
                                  collections.defaultdict(list), collections.defaultdict(list))
    return wrong + complaints


def main(command, mount, pid=None):
    if command == 'check':
        wrong = check(mount)
        print('\n'.join(wrong[:40]))
        return 1 if wrong else 0
    memory = Memory(os.path.join(mount, 'physmem'))
    listing = parse(os.path.join(mount, pid, 'pagetable'))
    for linear, d, t, frame, flags, _ in walk(memory, listing.form, listing.cr3, 0, 1 << 32):
        print(f'{linear:08x} {d} {t} {frame:05x} {flags}')
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))

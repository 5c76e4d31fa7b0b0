#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets an emulated processor walk the page tables of a simulated process.

    qemu_walk.py ROM RAM CR3 LISTING     ROM is qemu_walk.S, RAM a copy of physmem, LISTING its
                                         pagetable file
    qemu_walk.py ROM --self-test [pae]   the same on tables made by hand

QEMU's software MMU gets RAM at physical address 0 and the cr3. In the copy
each mapped frame is stamped with its own number, so that reading a linear
address tells which frame the MMU came to. Asked are user reads, writes and
fetches and kernel reads and writes of every page of the listing, of the pages
around them, and of the direct map; the answers are compared with the columns
FRAME and FLAGS. The form of the tables is the listing's; ROM is built for it.
"""
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import walk  # noqa: E402  (after the path is set)

QUESTIONS = 0x10000
NO_FAULT = 0xffffffff
KINDS = ('user read', 'user write', 'kernel read', 'kernel write', 'user fetch')
FETCH = 4
CODE = 0x400  # in each stamped page: where a fetch finds "int $0x80"
LOW, HIGH = 0xa0000, 0x100000  # no RAM between: a PC's hole


class Copy(walk.Memory):
    """A copy of RAM, for walk.py."""
    def __init__(self, ram):  # pylint: disable=super-init-not-called
        self.ram, self.cache = ram, {}

    def bytes(self, address, count):
        return bytes(self.ram[address:address + count])


def ask(rom, ram, form, cr3, questions):
    """RAM with the window added; returns (error code, value) for each question."""
    base = len(ram)
    window = bytearray(QUESTIONS)
    struct.pack_into('<II', window, 0, cr3, len(questions))
    ptes = [base + (n << 12) | 7 for n in range(form.entries - 16)]
    ptes += [0xffff0000 + (n << 12) | 7 for n in range(16)]
    struct.pack_into(f'<{form.entries}{form.code}', window, 0x1000, *ptes)
    for address, kind in questions:
        window += struct.pack('<4I', address, kind, 0, 0)
    ram = bytearray(ram)
    # The last entry of the last directory is the window's.
    last = (walk.directories(Copy(ram), form, cr3)[-1] << 12) + 4096 - 4096 // form.entries
    struct.pack_into('<' + form.code, ram, last, base + 0x1000 | 7)
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for name, start, data in (('low', 0, ram[:LOW]), ('high', HIGH, ram[HIGH:] + window)):
            path = os.path.join(folder, name)
            with open(path, 'wb') as file:
                file.write(data)
            parts += ['-device', f'loader,file={path},addr={start:#x},force-raw=on']
        out = os.path.join(folder, 'out')
        size = (base >> 20) + 8
        done = subprocess.run(
            ['timeout', '60', 'qemu-system-i386', '-accel', 'tcg', '-M', 'pc', '-cpu', 'max', '-m', f'{size}M', '-nodefaults',
             '-display', 'none', '-no-reboot', '-bios', rom, '-debugcon', 'file:' + out,
             '-device', 'isa-debug-exit,iobase=0xf4,iosize=1'] + parts, check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        with open(out, 'rb') as file:
            answers = file.read()
    if len(answers) != 16 * len(questions):
        sys.exit(f'qemu gave {len(answers) // 16} answers to {len(questions)} questions, '
                 f'status {done.returncode}: {done.stderr.decode()}')
    return [struct.unpack_from('<II', answers, n * 16 + 8) for n in range(len(questions))]


def expected(form, entry, kind):
    """Error code of the access by the columns of a pagetable line (None: nothing mapped)."""
    write, user, fetch = kind & 1, kind < 2 or kind == FETCH, kind == FETCH
    code = (2 if write else 0) | (4 if user else 0) | (0x10 if fetch and form is walk.PAE else 0)
    if entry is None or entry.flags[0] != 'P' or entry.what == 'empty table':
        return code
    if (user and entry.flags[2] != 'U') or (write and entry.flags[1] != 'W') or \
            (fetch and entry.flags[7] == 'N'):
        return code | 1
    return NO_FAULT


def compare(rom, ram, form, cr3, entries):
    ram = bytearray(ram)
    pages = {int(e.linear, 16): e for e in entries}
    for e in entries:
        frame = int(e.frame, 16) if e.flags[0] == 'P' and e.tbl != '---' else 0
        if frame and not LOW <= frame << 12 < HIGH:
            ram[frame << 12:(frame + 1) << 12] = struct.pack('<I', frame) * 1024
            ram[(frame << 12) + CODE:(frame << 12) + CODE + 2] = b'\xcd\x80'
    addresses = set()
    for page in pages:
        addresses |= {page, page + 0xffc, page - 4096, page + 4096}
    addresses |= {0, 0xbffff000, 0xc0000000, 0xc0001000, 0xbffffffc}
    # Writes and fetches go to the middle of the page, away from the words that are read.
    place = lambda a, kind: a & ~0xfff | CODE if kind == FETCH else a ^ 0x800 if kind & 1 else a
    questions = [(place(a, kind), kind) for a in sorted(addresses) for kind in range(5)
                 if 0 <= a < 0xc0000000 or kind < 3]
    wrong = []
    for (address, kind), (code, value) in zip(questions, ask(rom, ram, form, cr3, questions)):
        entry = pages.get(address & ~0xfff)
        if address >= 0xc0000000:
            # The direct map: the user may not, the kernel may.
            if kind < 2 and code not in (5 | kind << 1, 4 | kind << 1):
                wrong.append(f'{address:08x}: {KINDS[kind]}: error code {code:#x}')
            if address < 0xc0000000 + len(ram) and kind == 2 and code == NO_FAULT and \
                    value != struct.unpack_from('<I', ram, address - 0xc0000000)[0] and address < 0xc00a0000:
                wrong.append(f'{address:08x}: the direct map leads elsewhere')
            if address in (0xc0000000, 0xc0001000) and kind == 2 and code != NO_FAULT:
                wrong.append(f'{address:08x}: {KINDS[kind]}: error code {code:#x}')
            continue
        want = expected(form, entry, kind)
        if code != want:
            wrong.append(f'{address:08x}: {KINDS[kind]}: the processor says error code {code:#x}, '
                         f'the listing {want:#x}: {entry and entry.flags}')
        elif code == NO_FAULT and kind in (0, 2) and value != int(entry.frame, 16):
            wrong.append(f'{address:08x}: {KINDS[kind]}: frame {value:05x}, the listing says {entry.frame}')
    mapped = sum(1 for e in pages.values() if e.flags[0] == 'P')
    print(f'{len(questions)} questions about {mapped} entries, {len(wrong)} wrong')
    print('\n'.join(wrong[:30]))
    return 1 if wrong or not mapped else 0


def hand_made(form):
    """Tables with each right and each hole, and the listing of them."""
    ram = bytearray(32 << 20)
    cr3, size = 0x200000, struct.calcsize(form.code)
    put = lambda table, n, value: struct.pack_into('<' + form.code, ram, table + size * n, value)
    pointers = {0: 0x204000, 1: 0x205000, 2: 0x206000, 3: 0x207000} if form is walk.PAE else {}
    for n, directory in pointers.items():
        put(cr3, n, directory | 1)
    put_dir = lambda linear, value: put(
        pointers.get(linear >> 30, cr3), (linear >> form.dir_shift) % form.entries, value)
    put_page = lambda table, linear, value: put(table, (linear >> 12) % form.entries, value)
    put_dir(0x40000000, 0x201000 | 7)
    put_dir(0x08048000, 0x202000 | 5)  # a directory entry without W
    put_dir(0x40400000, 0x203000 | 3)  # and one without U
    put_dir(0xc0000000, 0x183)
    put_page(0x202000, 0x08048000, 0x310000 | 7)
    put_page(0x203000, 0x40400000, 0x311000 | 7)
    entry = lambda linear, frame, flags: walk.Entry(
        f'{linear:08x}', '', '', f'{frame:05x}', f'{flags:-<10}', '1', 'anon')
    good = [entry(0x08048000, 0x310, 'P-U'), entry(0x40400000, 0x311, 'PW-')]
    kinds = [(7, 'PWU'), (5, 'P-U'), (3, 'PW-'), (1, 'P--'), (0, None), (6, None)]
    if form is walk.PAE:
        kinds += [(walk.N | 7, 'PWU----N'), (walk.N | 5, 'P-U----N'), (walk.N | 3, 'PW-----N')]
    for n, (bits, flags) in enumerate(kinds):
        linear = 0x40000000 + (n << 12)
        put_page(0x201000, linear, 0x300000 + (n << 12) | bits)
        if flags:
            good.append(entry(linear, 0x300 + n, flags))
    return ram, cr3, good


def self_test(rom, form):
    """A true listing must be found true, and one that lies must be found out."""
    ram, cr3, good = hand_made(form)
    if compare(rom, ram, form, cr3, good):
        return 1
    lies = [('40000000', {'frame': '00301'}), ('40001000', {'flags': 'PWU-------'}),
            ('40002000', {'flags': 'PWU-------'}), ('40003000', {'flags': '-' * 10})]
    if form is walk.PAE:
        lies += [('40000000', {'flags': 'PWU----N--'}), ('40006000', {'flags': 'PWU-------'})]
    for linear, lie in lies:
        if not compare(rom, ram, form, cr3, [e._replace(**lie) if e.linear == linear else e for e in good]):
            print(f'a lie was not found out: {linear} {lie}')
            return 1
    return 0


def main(rom, ram, cr3=None, listing=None):
    if ram == '--self-test':
        return self_test(rom, walk.PAE if cr3 == 'pae' else walk.TWO)
    with open(ram, 'rb') as file:
        data = file.read()
    entries, form, header, _, wrong = walk.parse(listing)
    if wrong or header != int(cr3, 16):
        print('\n'.join(wrong), f'cr3 {header}')
        return 1
    return compare(rom, data, form, header, [e for e in entries if int(e.linear, 16) < 0xc0000000])


sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets an emulated processor walk the page tables of a simulated process.

    qemu_walk.py ROM RAM CR3 LISTING     ROM is qemu_walk.S, RAM a copy of physmem, LISTING its
                                         pagetable file
    qemu_walk.py ROM --self-test         the same on tables made by hand

QEMU's software MMU gets RAM at physical address 0 and the cr3. In the copy
each mapped frame is stamped with its own number, so that reading a linear
address tells which frame the MMU came to. Asked are user and kernel reads and
writes of every page of the listing, of the pages around them, and of the
direct map; the answers are compared with the columns FRAME and FLAGS.
"""
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import walk  # noqa: E402  (after the path is set)

WINDOW = 1023  # directory entry of the window, see qemu_walk.S
QUESTIONS = 0x10000
NO_FAULT = 0xffffffff
KINDS = ('user read', 'user write', 'kernel read', 'kernel write')
LOW, HIGH = 0xa0000, 0x100000  # no RAM between: a PC's hole


def ask(rom, ram, cr3, questions):
    """RAM with the window added; returns (error code, value) for each question."""
    base = len(ram)
    window = bytearray(QUESTIONS)
    struct.pack_into('<II', window, 0, cr3, len(questions))
    ptes = [base + (n << 12) | 7 for n in range(1008)] + [0xffff0000 + (n << 12) | 7 for n in range(16)]
    struct.pack_into('<1024I', window, 0x1000, *ptes)
    for address, kind in questions:
        window += struct.pack('<4I', address, kind, 0, 0)
    ram = bytearray(ram)
    struct.pack_into('<I', ram, cr3 + WINDOW * 4, base + 0x1000 | 7)
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
            ['timeout', '60', 'qemu-system-i386', '-accel', 'tcg', '-M', 'pc', '-m', f'{size}M', '-nodefaults',
             '-display', 'none', '-no-reboot', '-bios', rom, '-debugcon', 'file:' + out,
             '-device', 'isa-debug-exit,iobase=0xf4,iosize=1'] + parts, check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        with open(out, 'rb') as file:
            answers = file.read()
    if len(answers) != 16 * len(questions):
        sys.exit(f'qemu gave {len(answers) // 16} answers to {len(questions)} questions, '
                 f'status {done.returncode}: {done.stderr.decode()}')
    return [struct.unpack_from('<II', answers, n * 16 + 8) for n in range(len(questions))]


def expected(entry, kind):
    """Error code of the access by the columns of a pagetable line (None: nothing mapped)."""
    write, user = kind & 1, kind < 2
    code = (2 if write else 0) | (4 if user else 0)
    if entry is None or entry.flags[0] != 'P' or entry.what == 'empty table':
        return code
    if (user and entry.flags[2] != 'U') or (write and entry.flags[1] != 'W'):
        return code | 1
    return NO_FAULT


def compare(rom, ram, cr3, entries):
    ram = bytearray(ram)
    pages = {int(e.linear, 16): e for e in entries}
    for e in entries:
        frame = int(e.frame, 16) if e.flags[0] == 'P' and e.tbl != '---' else 0
        if frame and not LOW <= frame << 12 < HIGH:
            for word in range(0, 4096, 4):
                struct.pack_into('<I', ram, (frame << 12) + word, frame)
    addresses = set()
    for page in pages:
        addresses |= {page, page + 0xffc, page - 4096, page + 4096}
    addresses |= {0, 0xbffff000, 0xc0000000, 0xc0001000, 0xbffffffc}
    # A write goes to the middle of the page, away from the words that are read.
    questions = [(a ^ 0x800 if kind & 1 else a, kind) for a in sorted(addresses) for kind in range(4)
                 if 0 <= a < 0xc0000000 or kind < 3]
    wrong = []
    for (address, kind), (code, value) in zip(questions, ask(rom, ram, cr3, questions)):
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
        if code != expected(entry, kind):
            wrong.append(f'{address:08x}: {KINDS[kind]}: the processor says error code {code:#x}, '
                         f'the listing {expected(entry, kind):#x}: {entry and entry.flags}')
        elif code == NO_FAULT and not kind & 1 and value != int(entry.frame, 16):
            wrong.append(f'{address:08x}: {KINDS[kind]}: frame {value:05x}, the listing says {entry.frame}')
    mapped = sum(1 for e in pages.values() if e.flags[0] == 'P')
    print(f'{len(questions)} questions about {mapped} entries, {len(wrong)} wrong')
    print('\n'.join(wrong[:30]))
    return 1 if wrong or not mapped else 0


def self_test(rom):
    """Tables made by hand: each right and each hole, and a listing that lies must be found out."""
    ram = bytearray(32 << 20)
    put = lambda table, n, value: struct.pack_into('<I', ram, table + 4 * n, value)
    cr3, table, low = 0x200000, 0x201000, 0x202000
    put(cr3, 256, table | 7)
    put(cr3, 32, low | 5)      # a directory entry without W
    put(cr3, 257, 0x203000 | 3)  # and one without U
    put(cr3, 768, 0x183)
    for n, bits in enumerate((7, 5, 3, 1, 0, 6)):
        put(table, n, 0x300000 + (n << 12) | bits)
    put(low, 72, 0x310000 | 7)
    put(0x203000, 0, 0x311000 | 7)
    entry = lambda linear, frame, flags: walk.Entry(
        f'{linear:08x}', '', '', f'{frame:05x}', flags + '-------', '1', 'anon')
    good = [entry(0x40000000, 0x300, 'PWU'), entry(0x40001000, 0x301, 'P-U'), entry(0x40002000, 0x302, 'PW-'),
            entry(0x40003000, 0x303, 'P--'), entry(0x08048000, 0x310, 'P-U'), entry(0x40400000, 0x311, 'PW-')]
    if compare(rom, ram, cr3, good):
        return 1
    for n, lie in ((0, entry(0x40000000, 0x301, 'PWU')), (1, entry(0x40001000, 0x301, 'PWU')),
                   (2, entry(0x40002000, 0x302, 'PWU')), (3, entry(0x40003000, 0x303, '---'))):
        if not compare(rom, ram, cr3, good[:n] + [lie] + good[n + 1:]):
            print('a lie was not found out')
            return 1
    return 0


def main(rom, ram, cr3=None, listing=None):
    if ram == '--self-test':
        return self_test(rom)
    with open(ram, 'rb') as file:
        data = file.read()
    entries, header, _, wrong = walk.parse(listing)
    if wrong or header != int(cr3, 16):
        print('\n'.join(wrong), f'cr3 {header}')
        return 1
    return compare(rom, data, header, [e for e in entries if int(e.linear, 16) < 0xc0000000])


sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets an emulated processor walk the page tables of a simulated process.

    qemu_walk.py ROM RAM CR3 LISTING [FLAGS]   ROM is qemu_walk.S, RAM physmem or a copy, LISTING its
                                               pagetable file; of a large RAM FLAGS, its kpageflags
    qemu_walk.py ROM --self-test [pae]         the same on tables made by hand

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
BASE_OF_LARGE = 2 << 30
KPF_USED = 1 << 26 | 1 << 11 | 1 << 24  # page tables, mapped frames, the zero page


class Ram(walk.Memory):
    """RAM by frame: those that hold something."""
    def __init__(self, size):  # pylint: disable=super-init-not-called
        self.size, self.frames, self.cache = size, {}, {}
        # Where the questions are: right above, or in the middle of what is only given out.
        self.base = size if size < BASE_OF_LARGE else BASE_OF_LARGE

    def page(self, frame):
        return self.frames.setdefault(frame, bytearray(4096))

    def bytes(self, address, count):
        return bytes(self.page(address >> 12)[address & 4095:(address & 4095) + count])

    def put(self, address, code, *values):
        struct.pack_into('<' + code, self.page(address >> 12), address & 4095, *values)

    def copy(self):
        other = Ram(self.size)
        other.frames = {frame: bytearray(data) for frame, data in self.frames.items()}
        return other

    def runs(self):
        """(address, bytes) of frames that follow each other."""
        frames = sorted(frame for frame in self.frames if not LOW <= frame << 12 < HIGH)
        while frames:
            count = 1
            while count < len(frames) and frames[count] == frames[0] + count:
                count += 1
            yield frames[0] << 12, b''.join(self.frames[frame] for frame in frames[:count])
            del frames[:count]


def read_ram(path, flags):
    """A copy of physmem; with the kpageflags of a large RAM, the frames of tables and users."""
    ram = Ram(os.path.getsize(path))
    used = range(ram.size >> 12)
    if flags:
        with open(flags, 'rb') as file:
            words = struct.iter_unpack('<Q', file.read())
            used = [frame for frame, (word,) in enumerate(words) if word & KPF_USED or frame < 2]
    with open(path, 'rb') as file:
        for frame in used:
            data = os.pread(file.fileno(), 4096, frame << 12)
            if data.strip(b'\0'):
                ram.frames[frame] = bytearray(data)
    return ram


def ask(rom, ram, form, cr3, questions):
    """RAM with the window added; returns (error code, value) for each question."""
    ram, base = ram.copy(), ram.base
    ram.put(base, 'II', cr3, len(questions))
    ptes = [base + (n << 12) | 7 for n in range(form.entries - 16)]
    ptes += [0xffff0000 + (n << 12) | 7 for n in range(16)]
    ram.put(base + 0x1000, f'{form.entries}{form.code}', *ptes)
    for n, (address, kind) in enumerate(questions):
        ram.put(base + QUESTIONS + n * 16, '4I', address, kind, 0, 0)
    for page in range(2, QUESTIONS >> 12):
        ram.page((base >> 12) + page)
    # The last entry of the last directory is the window's.
    last = (walk.directories(ram, form, cr3)[-1] << 12) + 4096 - 4096 // form.entries
    ram.put(last, form.code, base + 0x1000 | 7)
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for address, data in ram.runs():
            path = os.path.join(folder, f'{address:x}')
            with open(path, 'wb') as file:
                file.write(data)
            parts += ['-device', f'loader,file={path},addr={address:#x},force-raw=on']
        out = os.path.join(folder, 'out')
        size = (ram.size >> 20) + 8
        # Not qemu-system-i386, which cuts the addresses of tables to 32 bits.
        done = subprocess.run(
            ['timeout', '60', 'qemu-system-x86_64', '-accel', 'tcg', '-M', 'pc,memory-backend=ram', '-cpu', 'max',
             '-m', f'{size}M', '-object', f'memory-backend-ram,id=ram,size={size}M,reserve=off', '-nodefaults',
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
    ram = ram.copy()
    pages = {int(e.linear, 16): e for e in entries}
    for e in entries:
        frame = int(e.frame, 16) if e.flags[0] == 'P' and e.tbl != '---' else 0
        if frame and not LOW <= frame << 12 < HIGH:
            ram.put(frame << 12, '1024I', *[frame] * 1024)
            ram.put((frame << 12) + CODE, 'BB', 0xcd, 0x80)
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
            if kind == 2 and code == NO_FAULT and address < 0xc00a0000 and \
                    value != struct.unpack('<I', ram.bytes(address - 0xc0000000, 4))[0]:
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
    ram = Ram(32 << 20)
    cr3, size = 0x200000, struct.calcsize(form.code)
    put = lambda table, n, value: ram.put(table + size * n, form.code, value)
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


def main(rom, ram, cr3=None, listing=None, flags=None):
    if ram == '--self-test':
        return self_test(rom, walk.PAE if cr3 == 'pae' else walk.TWO)
    entries, form, header, _, wrong = walk.parse(listing)
    if wrong or header != int(cr3, 16):
        print('\n'.join(wrong), f'cr3 {header}')
        return 1
    return compare(rom, read_ram(ram, flags), form, header, [e for e in entries if int(e.linear, 16) < 0xc0000000])


sys.exit(main(*sys.argv[1:]))

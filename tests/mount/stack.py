#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the stack of a process just after exec, as its program would.

    stack.py [--linux FILE] MOUNT/PID PROGRAM [ARG...]

Checks argc, argv, an empty environment and the auxiliary vector against the
ELF header of PROGRAM and the names in maps; with --linux also against the
stack that maps_after_exec saved: all but what names the processor and vdso.
Prints what is wrong; status 1 then.
"""
import os
import re
import struct
import sys

PHDR, PHENT, PHNUM, PAGESZ, BASE, FLAGS, ENTRY = 3, 4, 5, 6, 7, 8, 9
UID, EUID, GID, EGID, PLATFORM, CLKTCK, SECURE, RANDOM, EXECFN = 11, 12, 13, 14, 15, 17, 23, 25, 31
TOP = 0xC0000000


def auxv_of(data):
    """The auxiliary vector of a stack, but for SYSINFO, SYSINFO_EHDR, MINSIGSTKSZ and HWCAP*."""
    words = struct.unpack_from(f'<{len(data) // 4}I', data)
    at = 1 + words[0] + 2
    pairs = []
    while words[at]:
        if words[at] not in (32, 33, 51, 16, 26):
            pairs.append((words[at], words[at + 1]))
        at += 2
    return pairs


def differences(saved, esp, data):
    """What the stack that Linux made has otherwise."""
    address, judged = saved.split(b'\n', 1)
    if int(address, 16) != esp:
        return [f'esp: {esp:#x}, Linux has {address.decode()}']
    pointers = 4 + 4 * data[0] + 8
    platform = dict(auxv_of(data))[PLATFORM] - esp
    return [f'{what}: {here!r}, Linux has {there!r}' for what, here, there in (
        ('argc and argv', data[:pointers], judged[:pointers]),
        ('auxv', auxv_of(data), auxv_of(judged)),
        ('strings', data[platform:], judged[platform:])) if here != there]


def mapped_at(folder, name):
    """The first address at which maps shows a file of that name, or 0."""
    with open(os.path.join(folder, 'maps'), encoding='utf-8') as file:
        for line in file:
            if line.rstrip('\n').endswith('/' + name):
                return int(line[:8], 16)
    return 0


def main(linux, folder, program, *args):
    wrong = []
    with open(os.path.join(folder, 'regs'), encoding='ascii') as file:
        esp = int(re.search(r'^esp=(?:0x)?([0-9a-f]+)', file.read(), re.M)[1], 16)
    mem = os.open(os.path.join(folder, 'mem'), os.O_RDONLY)
    data = os.pread(mem, TOP - esp, esp)

    def word(address):
        return struct.unpack_from('<I', data, address - esp)[0]

    def string(address):
        if not esp <= address < TOP:
            return f'(bad pointer {address:#x})'
        return data[address - esp:data.index(b'\0', address - esp)].decode()

    def want(what, got, expected):
        if got != expected:
            wrong.append(f'{what}: {got!r}, wanted {expected!r}')

    with open(program, 'rb') as file:
        header = file.read(52)
        entry, phoff = struct.unpack_from('<II', header, 24)
        phnum, = struct.unpack_from('<H', header, 44)
        file.seek(phoff)
        segments = [struct.unpack('<8I', file.read(32)) for _ in range(phnum)]
    # phdr is seen where the segment that holds e_phoff is mapped.
    first = [s[2] & -4096 for s in segments if s[0] == 1][:1]
    bias = mapped_at(folder, os.path.basename(program)) - first[0] if first else 0
    interpreted = any(s[0] == 3 for s in segments)
    base = mapped_at(folder, 'ld-linux.so.2') if interpreted else 0
    phdr = [bias + s[2] + phoff - s[1] for s in segments
            if s[0] == 1 and s[1] <= phoff < s[1] + s[4]]

    want('length of the stack', len(data), TOP - esp)
    want('esp modulo 16', esp % 16, 0)
    want('argc', word(esp), 1 + len(args))
    argv = [string(word(esp + 4 + 4 * n)) for n in range(word(esp))]
    want('argv[0]', argv[0], program)
    want('argv', tuple(argv[1:]), args)
    at = esp + 4 + 4 * word(esp)
    want('end of argv', word(at), 0)
    want('environment', word(at + 4), 0)
    at += 8
    auxv = {}
    while word(at):
        auxv[word(at)] = word(at + 4)
        at += 8
    if phdr:
        want('AT_PHDR', auxv.get(PHDR), phdr[0])
    for name, key, expected in (('PHENT', PHENT, 32), ('PHNUM', PHNUM, phnum), ('PAGESZ', PAGESZ, 4096),
                                ('BASE', BASE, base), ('FLAGS', FLAGS, 0),
                                ('ENTRY', ENTRY, bias + entry),
                                ('CLKTCK', CLKTCK, 100), ('SECURE', SECURE, 0), ('UID', UID, os.getuid()),
                                ('EUID', EUID, os.getuid()), ('GID', GID, os.getgid()),
                                ('EGID', EGID, os.getgid())):
        want('AT_' + name, auxv.get(key), expected)
    want('AT_PLATFORM', string(auxv.get(PLATFORM, 0)), 'i686')
    want('AT_EXECFN', string(auxv.get(EXECFN, 0)), program)
    if not esp < auxv.get(RANDOM, 0) <= TOP - 16:
        wrong.append('AT_RANDOM is not on the stack')
    want('last word', data[-4:], bytes(4))
    if linux:
        with open(linux, 'rb') as file:
            wrong += differences(file.read(), esp, data)
    print('; '.join(wrong))
    return 1 if wrong else 0


words = sys.argv[1:]
judge = words[1] if words[:1] == ['--linux'] else None
sys.exit(main(judge, *words[2 if judge else 0:]))

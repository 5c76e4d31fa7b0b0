#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes ELF files that lie, and a list of what Linux says about each.

    make_bad_elf.py DIR

Every file is one change to a small correct program of two segments.  The
list DIR/LIST has one line per file: its name and the expectation, which is
    NAME errno  the errno of execve
    late        exec passes the point of no return, then fails: Linux kills
                the process; here exec gives an errno and the process lives
    runs        Linux starts it: its maps are the judge's business
    either      Linux starts it; refusing it is fine, too
All were seen on Linux 6.18 with maps_after_exec, run by an ordinary user,
except the files named here-...: Linux would run them (x86-64), or they name
a path below files/.
"""
import os
import struct
import sys

EHDR = '<16sHHIIIIIHHHHHH'
PHDR = '<8I'
PT_LOAD, PT_INTERP = 1, 3
R, W, X = 4, 2, 1
PAGE = 4096
TASK_SIZE = 0xC0000000


def header(**change):
    h = dict(ident=b'\x7fELF\1\1\1' + bytes(9), type=2, machine=3, version=1, entry=0x08048100,
             phoff=52, shoff=0, flags=0, ehsize=52, phentsize=32, phnum=2, shentsize=40,
             shnum=0, shstrndx=0)
    h.update(change)
    return struct.pack(EHDR, *h.values())


def load(offset, vaddr, filesz, memsz, flags, align=PAGE, kind=PT_LOAD):
    return struct.pack(PHDR, kind, offset, vaddr, vaddr, filesz, memsz, flags, align)


def interp(offset, size):
    return load(offset, 0, size, size, R, align=1, kind=PT_INTERP)


TEXT = load(0, 0x08048000, 0x200, 0x200, R | X)
DATA = load(0x1000, 0x0804a000, 0x300, 0x3000, R | W)
STACK = load(0, 0, 0, 0, R | W, kind=0x6474e551)


def image(*segments, size=0x1400, **change):
    """A file: headers, then bytes that differ from page to page."""
    change.setdefault('phnum', len(segments))
    head = header(**change) + b''.join(segments)
    body = bytes((n >> 12) * 16 + n % 13 for n in range(size))
    return (head + body[len(head):])[:size]


def asking(path):
    """The good program, but started by the interpreter at path."""
    name = path.encode() + b'\0'
    file = image(TEXT, DATA, interp(0x180, len(name)))
    return file[:0x180] + name + file[0x180 + len(name):]


GOOD = image(TEXT, DATA, STACK)

FILES = [
    # what the header says of itself
    ('good', 'runs', GOOD),
    ('empty', 'ENOEXEC', b''),
    ('one-byte', 'ENOEXEC', b'\x7f'),
    ('text-file', 'ENOEXEC', b'just words\n' * 20),
    ('bad-magic', 'ENOEXEC', b'\x7fELG' + GOOD[4:]),
    ('cut-in-header', 'ENOEXEC', GOOD[:40]),
    ('cut-before-phdrs', 'ENOEXEC', GOOD[:52]),
    ('cut-in-phdrs', 'ENOEXEC', GOOD[:80]),
    ('machine-sparc', 'ENOEXEC', image(TEXT, DATA, machine=2)),
    ('machine-arm', 'ENOEXEC', image(TEXT, DATA, machine=40)),
    ('type-rel', 'ENOEXEC', image(TEXT, DATA, type=1)),
    ('type-core', 'ENOEXEC', image(TEXT, DATA, type=4)),
    ('type-none', 'ENOEXEC', image(TEXT, DATA, type=0)),
    ('phentsize-0', 'ENOEXEC', image(TEXT, DATA, phentsize=0)),
    ('phentsize-31', 'ENOEXEC', image(TEXT, DATA, phentsize=31)),
    ('phentsize-56', 'ENOEXEC', image(TEXT, DATA, phentsize=56)),
    ('phnum-0', 'ENOEXEC', image(TEXT, DATA, phnum=0)),
    ('phnum-2049', 'ENOEXEC', image(TEXT, DATA, phnum=2049)),
    ('phnum-65535', 'ENOEXEC', image(TEXT, DATA, phnum=65535)),
    ('phnum-past-eof', 'ENOEXEC', image(TEXT, DATA, phnum=2000)),
    ('phoff-past-eof', 'ENOEXEC', image(TEXT, DATA, phoff=0x10000)),
    ('phoff-huge', 'ENOEXEC', image(TEXT, DATA, phoff=0xfffffff0)),
    ('phoff-2g', 'ENOEXEC', image(TEXT, DATA, phoff=0x80000000)),
    # segments
    ('vaddr-not-congruent', 'late', image(TEXT, load(0x1000, 0x0804a010, 0x300, 0x300, R | W))),
    ('vaddr-task-size', 'late', image(TEXT, load(0x1000, TASK_SIZE, 0x300, 0x300, R | W))),
    ('vaddr-kernel', 'late', image(TEXT, load(0x1000, 0xfffff000, 0x300, 0x300, R | W))),
    ('vaddr-0', 'late', image(TEXT, load(0x1000, 0, 0x300, 0x300, R | W))),
    ('crosses-task-size', 'late',
     image(TEXT, load(0x1000, TASK_SIZE - PAGE, 0x300, 0x3000, R | W))),
    ('memsz-below-filesz', 'late', image(TEXT, load(0x1000, 0x0804a000, 0x300, 0x100, R | W))),
    ('memsz-huge', 'late', image(TEXT, load(0x1000, 0x0804a000, 0x300, 0xfffff000, R | W))),
    ('memsz-task-size', 'late', image(TEXT, load(0x1000, 0x0804a000, 0x300, TASK_SIZE, R | W))),
    ('memsz-wraps', 'late', image(TEXT, load(0x1000, 0x0804a000, 0x300, 0xffffffff, R | W))),
    ('filesz-past-eof', 'runs', image(TEXT, load(0x1000, 0x0804a000, 0x9000, 0x9000, R | W))),
    ('filesz-huge', 'late',
     image(TEXT, load(0x1000, 0x0804a000, 0xfffff000, 0xfffff000, R | W))),
    ('offset-past-eof', 'runs', image(TEXT, load(0x9000, 0x0804a000, 0x300, 0x300, R | W))),
    ('bss-tail-past-eof', 'late', image(TEXT, load(0x9000, 0x0804a000, 0x300, 0x3000, R | W))),
    ('overlap-exact', 'runs', image(TEXT, load(0x1000, 0x08048000, 0x300, 0x300, R | W))),
    ('overlap-partly', 'runs',
     image(load(0, 0x08048000, 0x1300, 0x1300, R | X),
           load(0x1000, 0x08049000, 0x300, 0x3000, R | W))),
    ('overlap-bss', 'runs',
     image(load(0, 0x08048000, 0x200, 0x5000, R | W),
           load(0x1000, 0x0804a000, 0x300, 0x300, R | W))),
    ('unordered', 'runs', image(DATA, TEXT)),
    ('same-page', 'runs',
     image(load(0, 0x08048000, 0x200, 0x200, R | X),
           load(0x200, 0x08048200, 0x200, 0x200, R | W))),
    ('over-the-stack', 'either',
     image(TEXT, load(0x1000, TASK_SIZE - PAGE, 0x300, 0x300, R | W))),
    ('no-load', 'runs', image(STACK)),
    ('empty-load', 'runs', image(TEXT, load(0x1000, 0x0804a000, 0, 0, R | W))),
    ('no-rights', 'runs', image(TEXT, load(0x1000, 0x0804a000, 0x300, 0x300, 0))),
    ('read-only-bss', 'runs', image(TEXT, load(0x1000, 0x0804a000, 0x300, 0x3000, R))),
    ('align-0', 'runs', image(TEXT, load(0x1000, 0x0804a000, 0x300, 0x300, R | W, align=0))),
    ('align-3', 'runs', image(TEXT, load(0x1000, 0x0804a000, 0x300, 0x300, R | W, align=3))),
    ('entry-nowhere', 'runs', image(TEXT, DATA, entry=0x70000000)),
    ('entry-kernel', 'late', image(TEXT, DATA, entry=0xfffffff0)),
    ('phdrs-over-header', 'runs', image(TEXT, DATA, phoff=0, phnum=1)),
    # interpreters that are not there, and strange ones
    ('interp-missing', 'ENOENT', image(TEXT, DATA, interp(0x180, 13))[:0x180] +
     b'/nothere/ld.\0' + GOOD[0x18d:]),
    ('interp-empty', 'ENOEXEC', image(TEXT, DATA, interp(0x180, 0))),
    ('interp-one-byte', 'ENOEXEC', image(TEXT, DATA, interp(0x180, 1))),
    ('interp-unterminated', 'ENOEXEC', image(TEXT, DATA, interp(0x181, 8))),
    ('interp-long', 'ENOEXEC', image(TEXT, DATA, interp(0x180, 4097))),
    ('interp-past-eof', 'EIO', image(TEXT, DATA, interp(0x9000, 10))),
    ('here-interp-empty', 'EIO', asking('/empty')),
    ('here-interp-short', 'EIO', asking('/cut-in-header')),
    ('here-interp-cut', 'ELIBBAD', asking('/cut-in-phdrs')),
    ('here-interp-text', 'ELIBBAD', asking('/text-file')),
    ('here-interp-arm', 'ELIBBAD', asking('/machine-arm')),
    ('here-interp-slash', 'ENOTDIR', asking('/good/')),
    ('here-interp-folder', 'EACCES', asking('/')),
    ('here-interp-itself', 'runs', asking('here-interp-itself')),
    ('here-interp-late', 'late', asking('/memsz-below-filesz')),
    ('here-x86-64', 'ENOEXEC',
     image(TEXT, DATA, ident=b'\x7fELF\2\1\1' + bytes(9), machine=62, phentsize=56)),
]


def main(folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'LIST'), 'w', encoding='utf-8') as listing:
        for name, expected, content in FILES:
            path = os.path.join(folder, name)
            with open(path, 'wb') as file:
                file.write(content)
            os.chmod(path, 0o755)
            listing.write(f'{name} {expected}\n')


if len(sys.argv) != 2:
    sys.exit(__doc__)
main(sys.argv[1])

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""System calls on one open file, one line of result each.

    fdio.py FILE FLAGS STEP...

FLAGS: r w rw, with a (O_APPEND), t (O_TRUNC), c (O_CREAT) behind.
Steps:  write TEXT      the count         (escapes as in Python: \\n \\x00)
        send OTHER      write of the content of another file
        pwrite OFF TEXT
        fill OFF N      pwrite of N bytes x
        read N          the bytes, as Python prints them without b''
        pread OFF N
        count OFF N     how many bytes pread gives
        seek OFF        lseek SEEK_SET
        data OFF, hole OFF, end   the offset
        trunc N, size, blocks, sync
        ctl LINE        writes LINE to the ctl beside the file (../ctl for regions/), prints nothing
        run COMMAND     a shell command, prints nothing
Numbers may be written 2^63; a failed call prints the name of its errno, an offset is printed in hex.
"""
import errno
import os
import subprocess
import sys


def number(word):
    value = 2 ** int(word[2:]) if word.startswith('2^') else int(word, 0)
    return value - 2 ** 64 if value >= 2 ** 63 else value


def text(word):
    return word.encode().decode('unicode_escape').encode('latin-1')


def show(data):
    return ascii(data)[2:-1] if data else 'end'


def content(path):
    with open(path, 'rb') as file:
        return file.read()


def control(path, line):
    while True:
        path = os.path.dirname(path)
        if os.path.exists(os.path.join(path, 'ctl')):
            break
    fd = os.open(os.path.join(path, 'ctl'), os.O_WRONLY)
    os.write(fd, line.encode() + b'\n')
    os.close(fd)


def step(fd, path, words):
    name, _, rest = words.partition(' ')
    first, _, second = rest.partition(' ')
    calls = {
        'write': lambda: os.write(fd, text(rest)),
        'send': lambda: os.write(fd, content(rest)),
        'pwrite': lambda: os.pwrite(fd, text(second), number(first)),
        'fill': lambda: os.pwrite(fd, b'x' * number(second), number(first)),
        'read': lambda: show(os.read(fd, number(first))),
        'pread': lambda: show(os.pread(fd, number(second), number(first))),
        'count': lambda: len(os.pread(fd, number(second), number(first))),
        'seek': lambda: hex(os.lseek(fd, number(first), os.SEEK_SET)),
        'data': lambda: hex(os.lseek(fd, number(first), os.SEEK_DATA)),
        'hole': lambda: hex(os.lseek(fd, number(first), os.SEEK_HOLE)),
        'end': lambda: hex(os.lseek(fd, 0, os.SEEK_END)),
        'trunc': lambda: os.ftruncate(fd, number(first)),
        'size': lambda: hex(os.fstat(fd).st_size),
        'blocks': lambda: os.fstat(fd).st_blocks,
        'sync': lambda: os.fsync(fd),
        'ctl': lambda: control(path, rest),
        'run': lambda: subprocess.run(rest, shell=True, check=False) and None,
    }
    try:
        result = calls[name]()
    except OSError as error:
        result = errno.errorcode[error.errno]
    if result is not None:
        print(result, flush=True)


def main(path, flags, *steps):
    mode = os.O_RDWR if 'rw' in flags else os.O_WRONLY if 'w' in flags else os.O_RDONLY
    for letter, flag in (('a', os.O_APPEND), ('t', os.O_TRUNC), ('c', os.O_CREAT)):
        mode |= flag if letter in flags else 0
    try:
        fd = os.open(path, mode, 0o644)
    except OSError as error:
        print('open', errno.errorcode[error.errno])
        return
    for words in steps:
        step(fd, path, words)


main(*sys.argv[1:])

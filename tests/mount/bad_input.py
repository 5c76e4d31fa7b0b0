#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every ctl command with missing, extra, huge, negative, unaligned and nonsense words.

    bad_input.py MOUNT [SEED [ROUNDS]]

Whatever is written: no hang, one reply a command, and where the write fails
the reply starts with that errno and the command's name, and the check holds.
Prints the seed and what went wrong; status 1 then.
"""
import errno
import os
import random
import re
import signal
import sys

WORDS = ['0', '1', '-1', '3', '4095', '4096', '4097', '8K', '1M', '3G', '5G', '0x7fffffff', '0x80000000',
         '0x08048000', '0x40000000', '40000000', '0x40000001', '0xbffff000', '0xc0000000', '0xc0001000',
         '0xffffefff', '0xfffff000', '0xffffffff', '0x100000000', '9223372036854775807',
         '9223372036854775808', '18446744073709551615', '18446744073709551616', '-9223372036854775809',
         '9' * 60, '0x', '08', '1e3', '.5', 'K', '--', '-', '""', '"a b"', "'", '"', '\\', '#', 'x', 'rw-',
         '---', 'rwxrwx', 'private', 'private,anonymous', 'private,anonymous,fixed', ',', 'private,,fixed',
         'shared', 'init', 'nothere', '..', '/', '../ctl', 'fd:0', 'fd:3', 'fd:-1', 'fd:99999999999',
         'init:ro', 'init:wo', 'init:zz', ':', 'as', 'data', 'stack', 'unlimited', 'die', 'report', 'r', 'w',
         'eip=0', 'esp=0xffffffff', 'esp=', '=', 'bogus=1', 'cr3=0', 'eflags=-1', 'kernel', 'atomic,dma',
         'highuser,dma', 'mm_struct', 'ü', '%s%n', 'A' * 300, 'A' * 5000, '$(id)', '*', '~', ';', '|']
PROCESS = ('mmap munmap mprotect brk sbrk open close fork exec exit wait onfault load store fetch touch push '
           'pop regs translate explain setrlimit help find_vma find_vma_prev find_vma_intersection '
           'get_unmapped_area nonsense').split()
ROOT = ('spawn alloc_pages __free_pages __get_free_pages __get_dma_pages get_zeroed_page free_pages kmalloc '
        'kfree kmem_cache_create kmem_cache_alloc kmem_cache_free kmem_cache_shrink kmem_cache_destroy check '
        'help nonsense').split()
GIVES_BACK = {'alloc_pages': '__free_pages {} {}', '__get_free_pages': 'free_pages {} {}',
              '__get_dma_pages': 'free_pages {} {}', 'get_zeroed_page': 'free_pages {} 0',
              'kmalloc': 'kfree {}'}
USUAL = {'mmap': ['0x40000000', '8K', 'rw-', 'private,anonymous', 'init', '0'],
         'munmap': ['0x40000000', '4K'], 'mprotect': ['0x40000000', '4K', 'r--'],
         'load': ['0x40000000', '4'], 'store': ['0x40000000', '1', '4'], 'touch': ['0x40000000', '8K', 'w'],
         'setrlimit': ['as', 'unlimited'], 'explain': ['0x40000000', 'w'], 'exec': ['init', 'a'],
         'kmem_cache_create': ['mine', '100', '8'], 'kmem_cache_alloc': ['mine'],
         '__free_pages': ['100', '0'], 'find_vma_intersection': ['0', '0xc0000000']}

wrong = []


class Ctl:
    def __init__(self, mount):
        self.mount = mount
        self.pid = None

    def path(self, where):
        return os.path.join(self.mount, 'ctl') if where == 'root' else os.path.join(self.mount, where, 'ctl')

    def say(self, where, line):
        """Writes one line.  Returns the errno's name or None, and the reply."""
        data = line.encode('utf-8', 'surrogateescape') + b'\n'
        signal.alarm(20)
        try:
            fd = os.open(self.path(where), os.O_RDWR)
        except OSError as error:
            signal.alarm(0)
            return errno.errorcode[error.errno], None
        failed = None
        try:
            while data:
                data = data[os.write(fd, data):]
        except OSError as error:
            failed = errno.errorcode[error.errno]
        try:
            reply = b''
            while True:
                part = os.read(fd, 1 << 17)
                if not part:
                    break
                reply += part
        except OSError as error:
            reply = b'read: ' + errno.errorcode[error.errno].encode()
        os.close(fd)
        signal.alarm(0)
        return failed, reply.decode('utf-8', 'backslashreplace')

    def process(self):
        """A fresh process, when the last one is gone."""
        if self.pid is None or not os.path.exists(os.path.join(self.mount, self.pid, 'ctl')) or \
                self.say(self.pid, 'brk 0')[0]:
            self.pid = self.say('root', 'spawn')[1].strip()
            self.say(self.pid, 'mmap 0x40000000 64K rw- private,anonymous,fixed')
        return self.pid

    def forget_children(self):
        for name in os.listdir(self.mount):
            if name.isdigit() and name not in ('1', self.pid):
                self.say(name, 'exit')
        if self.pid:
            while self.say(self.pid, 'wait')[0] is None:
                pass


def judge(where, line, failed, reply):
    def complain(why):
        wrong.append(f'{where}: {line[:120]!r}: {why}: {failed} {reply[:200]!r}')

    if reply is None:
        complain('ctl cannot be opened')
        return
    lines = reply.split('\n')
    if failed:
        word = line.split()[0] if line.split() else ''
        match = re.match(r'([A-Z0-9]+): ([^ ]+): .', reply)
        if not match:
            complain('not of the form ERRNO: command: why')
        elif match[1] != failed:
            complain('the reply names another errno')
        elif re.fullmatch('[a-z_]+', word) and match[2] != word:
            complain('the reply names another command')
    elif not reply:
        if line.strip() and not line.lstrip().startswith('#'):
            complain('no reply')
    elif re.match(r'E[A-Z0-9]+: ', reply):
        complain('an error, but the write was fine')
    if reply and lines[-1] != '':
        complain('the reply does not end with a newline')
    if any(extra and not extra.startswith('\t') for extra in lines[1:]):
        complain('more than one reply')


def lines_of(word, rounds, dice):
    usual = USUAL.get(word, [])
    yield word
    for value in WORDS:
        yield f'{word} {value}'
    for place in range(len(usual)):
        yield ' '.join([word] + usual[:place])
        for value in WORDS:
            yield ' '.join([word] + usual[:place] + [value] + usual[place + 1:])
    yield ' '.join([word] + usual + ['extra'] * 5)
    for _ in range(rounds):
        yield ' '.join([word] + dice.choices(WORDS, k=dice.randint(1, 8)))


def main(mount, seed='1', rounds='40'):
    dice = random.Random(int(seed))
    ctl = Ctl(mount)
    count = 0

    def hang(signum, frame):
        print(f'seed {seed}: hangs: {where} {line!r}')
        os._exit(1)

    signal.signal(signal.SIGALRM, hang)
    for kind, commands in (('process', PROCESS), ('root', ROOT)):
        for word in commands:
            for line in lines_of(word, int(rounds), dice):
                where = 'root' if kind == 'root' else ctl.process()
                failed, reply = ctl.say(where, line)
                judge(where, line, failed, reply)
                if not failed and word in GIVES_BACK and reply:
                    order = line.split()[1] if len(line.split()) > 1 else '0'
                    ctl.say('root', GIVES_BACK[word].format(reply.strip(), order))
                if word in ('fork', 'spawn', 'exit', 'exec'):
                    ctl.forget_children()
                said = ctl.say('root', 'check')
                if said != (None, 'ok\n'):
                    wrong.append(f'check after {where}: {line[:120]!r}: {said}')
                count += 1
                if len(wrong) > 30:
                    break
    print(f'seed {seed}: {count} lines, {len(wrong)} wrong')
    print('\n'.join(wrong[:40]))
    return 1 if wrong or count < 1000 else 0


sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Parallel clients of processes on several CPUs, some of which share their memory.

    cpus.py MOUNT CPUS CLIENTS STEPS SEED

Random commands; most answers depend on who came first. What is asked: the daemon answers, the check holds, now and then
and at the end (and a debug build looks for stale TLB entries after each request).
"""
import os
import random
import sys
import threading

MOUNT, CPUS, CLIENTS, STEPS, SEED = sys.argv[1], *map(int, sys.argv[2:6])
PROCESSES = 14
pids, lock, wrong = [1], threading.Lock(), []


def say(where, line):
    """The reply to a line, which may be an error; nothing when the process is gone."""
    try:
        fd = os.open(f'{MOUNT}/{where}', os.O_RDWR)
    except OSError:
        return ''
    try:
        try:
            os.write(fd, line.encode() + b'\n')
        except OSError:
            pass
        return os.read(fd, 1 << 16).decode().strip()
    except OSError:
        return ''
    finally:
        os.close(fd)


def check():
    reply = say('ctl', 'check')
    if reply != 'ok':
        wrong.append(reply or 'no answer')


def use_mem(r, pid, at):
    """write and read of mem, as far as it is mapped"""
    try:
        with open(f'{MOUNT}/{pid}/mem', 'r+b', buffering=0) as mem:
            for work in (lambda: mem.write(bytes(r.randrange(1, 20000))), lambda: mem.read(r.randrange(1, 100000))):
                mem.seek(at)
                try:
                    work()
                except OSError:
                    pass
    except OSError:
        pass


def child(r, pid):
    reply = say(f'{pid}/ctl', r.choice(['fork', 'clone vm', 'clone vm'])) if len(pids) < PROCESSES else ''
    if reply.isdigit():
        with lock:
            pids.append(int(reply))


def end(pid):
    with lock:
        if pid == 1 or len(pids) < 5 or pid not in pids:
            return
        pids.remove(pid)
    say(f'{pid}/ctl', 'exit')


def borrow(r, n):
    """a kernel thread on the tables of whoever ran before, for a while or for long"""
    thread = say('ctl', f'kthread k{n}')
    say('ctl', f'schedule {thread} {r.randrange(CPUS)}')
    say(f'{thread}/ctl', 'kload 0xc0000000 4')
    if r.random() < .8:
        say(f'{thread}/ctl', 'exit')


def kernel_area(r, pid):
    area = say('ctl', f'vmalloc {r.randrange(1, 60) * 4096}')
    say(f'{pid}/ctl', f'kload {area} 4')
    say(f'{pid}/ctl', f'kstore {area} 7 4')
    say('ctl', f'vfree {area}')


def look(pid):
    for name in ('cpu', 'trace', f'{pid}/smaps', f'{pid}/pagetable', f'{pid}/cmdline', f'{pid}/environ'):
        try:
            with open(f'{MOUNT}/{name}', 'rb') as file:
                file.read()
        except OSError:
            pass


def step(r, n, pid):
    at, size = 0x40000000 + r.randrange(64) * 4096, r.randrange(1, 48) * 4096
    lines = [
        f'mmap {at:#x} {size} {r.choice(["rw-", "rwx", "r--"])} {r.choice(["private", "shared"])},anonymous,fixed',
        f'munmap {at:#x} {size}', f'touch {at:#x} {size} r', f'touch {at:#x} {size} w', f'touch {at:#x} {size} w',
        f'mprotect {at:#x} {size} {r.choice(["rw-", "r--", "---"])}',
        f'madvise {at:#x} {size} {r.choice(["pageout", "cold", "dontneed", "free"])}',
        f'mremap {at:#x} {size} {size} maymove,fixed {0x48000000 + r.randrange(64) * 4096:#x}',
        f'mlock {at:#x} {min(size, 16384)}', 'munlockall', 'exec init',
    ]
    what = r.randrange(24)
    if what < 13:
        say(f'{pid}/ctl', lines[r.choices(range(len(lines)), [4, 2, 3, 3, 3, 2, 2, 2, 1, 1, .2])[0]])
    elif what < 16:
        child(r, pid)
    elif what < 17:
        end(pid)
    elif what < 20:
        say('ctl', f'schedule {pid} {r.randrange(CPUS)}')
    else:
        (lambda: borrow(r, n), lambda: kernel_area(r, pid), lambda: use_mem(r, pid, at), lambda: look(pid))[what - 20]()
    if n % 50 == 0:
        check()


def client(number):
    r = random.Random(SEED * 100 + number)
    for n in range(STEPS):
        with lock:
            pid = r.choice(pids)
        step(r, n, pid)


clients = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
for one in clients:
    one.start()
for one in clients:
    one.join()
check()
sys.exit('\n'.join(wrong[:5]) if wrong else 0)

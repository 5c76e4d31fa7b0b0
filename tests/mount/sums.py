#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the numbers of a machine's files agree with each other?

    sums.py MOUNT

meminfo, vmstat, zoneinfo and swaps against each other, against the flags and counts of every
frame, and against the page tables, smaps and status of every process.  Prints what does not agree;
status 1 then.  Nothing may run on the mount meanwhile.
"""
import os
import re
import struct
import sys

LISTS = 'inactive_anon', 'active_anon', 'inactive_file', 'active_file', 'unevictable'
LRU, ACTIVE, SLAB, ANON, SWAPCACHE, SWAPBACKED, UNEVICTABLE, ZERO = 5, 6, 7, 12, 13, 14, 18, 24


class Sums:
    def __init__(self, mount):
        self.mount = mount
        self.wrong = []
        self.meminfo = self.rows('meminfo')
        self.vmstat = self.rows('vmstat')

    def rows(self, name):
        """NAME: NUMBER, one a line; of equal names the sum."""
        rows = {}
        with open(os.path.join(self.mount, name), encoding='utf-8') as file:
            for line in file:
                row = re.match(r'\s*(?:pages )?(\S+?):?\s+(\d+)(?: kB)?$', line)
                if row:
                    rows[row[1]] = rows.get(row[1], 0) + int(row[2])
        return rows

    def words(self, name):
        with open(os.path.join(self.mount, name), 'rb') as file:
            data = file.read()
        return struct.unpack(f'<{len(data) // 8}Q', data)

    def same(self, what, one, other):
        if one != other:
            self.wrong.append(f'{what}: {one} and {other}')

    def check_machine(self):
        zones, vmstat, meminfo = self.rows('zoneinfo'), self.vmstat, self.meminfo
        for name in LISTS:
            self.same(f'{name} of zones and vmstat', zones['nr_zone_' + name], vmstat['nr_' + name])
        self.same('buddies', zones['free'], zones['nr_free_pages'])
        self.same('free: buddies and lists of CPUs', zones['free'] + zones['count'], vmstat['nr_free_pages'])
        self.same('MemTotal', 4 * zones['managed'], meminfo['MemTotal'])
        self.same('High and Low', meminfo['HighTotal'] + meminfo['LowTotal'], meminfo['MemTotal'])
        self.same('free High and Low', meminfo['HighFree'] + meminfo['LowFree'], meminfo['MemFree'])
        self.same('Slab', meminfo['SReclaimable'] + meminfo['SUnreclaim'], meminfo['Slab'])
        for name in 'Active', 'Inactive':
            self.same(name, meminfo[f'{name}(anon)'] + meminfo[f'{name}(file)'], meminfo[name])
        for row, name in (('MemFree', 'free_pages'), ('SwapCached', 'swapcached'), ('Dirty', 'dirty'),
                          ('AnonPages', 'anon_pages'), ('Mapped', 'mapped'), ('Shmem', 'shmem'),
                          ('PageTables', 'page_table_pages'), ('Mlocked', 'mlock'),
                          ('SReclaimable', 'slab_reclaimable'), ('Unevictable', 'unevictable')):
            self.same(row, meminfo[row], 4 * vmstat['nr_' + name])
        self.same('Cached', meminfo['Cached'], 4 * (vmstat['nr_file_pages'] - vmstat['nr_swapcached']))
        for event in 'scan', 'steal':
            self.same('pg' + event, vmstat[f'pg{event}_kswapd'] + vmstat[f'pg{event}_direct'],
                      vmstat[f'pg{event}_anon'] + vmstat[f'pg{event}_file'])

    def check_frames(self):
        """Flags against lists."""
        flags, vmstat = self.words('kpageflags'), self.vmstat

        def having(*bits):
            mask = sum(1 << bit for bit in bits)
            return sum(word & mask == mask for word in flags)

        self.same('LRU', having(LRU), sum(vmstat['nr_' + name] for name in LISTS))
        self.same('ACTIVE', having(LRU, ACTIVE), vmstat['nr_active_anon'] + vmstat['nr_active_file'])
        self.same('UNEVICTABLE', having(UNEVICTABLE), vmstat['nr_unevictable'])
        self.same('SWAPCACHE', having(SWAPCACHE), vmstat['nr_swapcached'])
        self.same('SWAPBACKED', having(LRU, SWAPBACKED) - having(UNEVICTABLE, SWAPBACKED),
                  vmstat['nr_active_anon'] + vmstat['nr_inactive_anon'])
        self.same('SLAB', having(SLAB), vmstat['nr_slab_reclaimable'] + vmstat['nr_slab_unreclaimable'])
        return flags

    def check_swaps(self, slots):
        with open(os.path.join(self.mount, 'swaps'), encoding='utf-8') as file:
            areas = [line.split() for line in file][1:]
        used = sum(int(area[3]) for area in areas)
        self.same('SwapTotal', sum(int(area[2]) for area in areas), self.meminfo['SwapTotal'])
        self.same('Used', used, self.meminfo['SwapTotal'] - self.meminfo['SwapFree'])
        if 4 * slots > used:
            self.wrong.append(f'page tables hold {slots} slots, swaps has {used} kB')

    def check_process(self, pid, entries):
        """Its page tables, smaps and status.  Adds to @entries: frame or slot -> how many."""
        with open(os.path.join(self.mount, pid, 'smaps'), encoding='utf-8') as file:
            smaps = [line.split() for line in file]
        with open(os.path.join(self.mount, pid, 'pagetable'), encoding='utf-8') as file:
            lines = [line.split() for line in file if line[0] != '#']
        swapped = present = 0
        for _, _, table, frame, flags, _, *what in lines:
            if table == '---' or flags[9] == 'Z' or what == ['poisoned']:
                continue
            swapped += flags[0] == 's'
            present += flags[0] != 's'
            entries[frame] = entries.get(frame, 0) + 1
        status = self.rows(pid + '/status')
        sums = {name: sum(int(row[1]) for row in smaps if row[0] == name + ':') for name in ('Rss', 'Swap')}
        self.same(f'{pid}: VmSwap and slots', status.get('VmSwap', 0), 4 * swapped)
        self.same(f'{pid}: VmRSS and entries', status.get('VmRSS', 0), 4 * present)
        self.same(f'{pid}: Rss of smaps', sums['Rss'], 4 * present)
        if sums['Swap'] < 4 * swapped:
            self.wrong.append(f'{pid}: Swap of smaps: {sums["Swap"]} kB, page tables hold {swapped} slots')

    def check(self):
        self.check_machine()
        flags, counts, entries, tables = self.check_frames(), self.words('kpagecount'), {}, set()
        for pid in filter(str.isdigit, os.listdir(self.mount)):
            with open(os.path.join(self.mount, pid, 'pagetable'), encoding='utf-8') as file:
                head = file.readline()
            if head not in tables:  # several may share them
                tables.add(head)
                self.check_process(pid, entries)
        self.check_swaps(sum(':' in slot for slot in entries))
        frames = {int(frame, 16): count for frame, count in entries.items() if ':' not in frame}
        for frame, count in enumerate(counts):
            if not flags[frame] >> ZERO & 1:
                self.same(f'kpagecount of {frame:05x} and entries', count, frames.get(frame, 0))
        mapped = {kind: sum(bool(count) and flags[frame] >> ANON & 1 == kind
                            for frame, count in enumerate(counts)) for kind in (0, 1)}
        self.same('nr_anon_pages and mapped frames', self.vmstat['nr_anon_pages'], mapped[1])
        self.same('nr_mapped and mapped frames', self.vmstat['nr_mapped'], mapped[0])
        return self.wrong


if __name__ == '__main__':
    found = Sums(sys.argv[1]).check()
    print('\n'.join(found))
    sys.exit(bool(found))

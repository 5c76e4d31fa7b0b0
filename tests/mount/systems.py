#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the tables and blocks of docs/systems.md.

    systems.py DOC rows TESTS       the rows' names, with their options; complains about rows without a block, blocks
                                    without a row, tests that are not below the folder TESTS
    systems.py DOC run ROW FOLDER [pae]   types the block's lines in FOLDER, a mount, and compares

In a block "# ROW [OPTIONS]" begins a row; a line after "$ " is typed; what follows is what it must print. There "..." stands for
anything in a line, a line "..." for any lines. Lines behind "pae: " hold on machines with PAE, in place of as many lines above them.
"""
import os
import re
import subprocess
import sys

MARK = '\001'
PAE = 'pae: '


def lines_of(name, pae):
    """The page's (number, line) in one form of paging."""
    lines, others = [], []
    with open(name, encoding='utf-8') as doc:
        for number, line in enumerate(doc.read().split('\n'), 1):
            if line.startswith(PAE):
                others.append((number, line[len(PAE):]))
                continue
            if others and pae:
                lines[-len(others):] = others
            others = []
            lines.append((number, line))
    return lines


def read(name, pae=False):
    """The tests each row names, each row's list of (number, command, expected lines), its options."""
    tests, blocks, options = {}, {}, {}
    row = inside = None     # the list that grows
    for number, line in lines_of(name, pae):
        cells = re.match(r'\| ([A-G]\d+) \|.*\| ([^|]*) \|$', line)
        title = re.match(r'# ([A-G]\d+)( -o \S+)?$', line)
        if line.startswith('```'):
            inside, row = line == '```sh', None
        elif inside and title:
            row = blocks.setdefault(title.group(1), [])
            options[title.group(1)] = title.group(2) or ''
        elif inside and line.startswith('$ '):
            row.append((number, line[2:], []))
        elif inside:
            row[-1][2].append(line)
        elif cells:
            tests[cells.group(1)] = re.findall(r'[\w/.]+', cells.group(2))
    return tests, blocks, options


def rows(name, folder):
    tests, blocks, options = read(name)
    wrong = [f'{row}: no block' for row in tests if not any(o for _, _, o in blocks.get(row, []))]
    wrong += [f'{row}: no row in a table' for row in blocks if row not in tests]
    for row, files in tests.items():
        wrong += [f'{row}: no test is named'] * (not files)
        wrong += [f'{row}: there is no tests/{one}' for one in files
                  if not os.path.isfile(os.path.join(folder, one))]
    print('\n'.join(row + options[row] for row in tests if row in blocks))
    if wrong:
        sys.exit('\n'.join(wrong))


def pattern(lines):
    """A regular expression for the whole output."""
    text = ''
    for line in lines:
        if line == '...':
            text += '(?:.*\n)*?'
        else:
            text += '.*'.join(re.escape(part.rstrip() if part == line else part)
                              for part in line.split('...')) + ' *\n'
    return text


def run(name, row, folder, form=''):
    block = read(name, form == 'pae')[1][row]
    script = ''.join(f"{command}\nprintf '\\001\\n'\n" for _, command, _ in block)
    done = subprocess.run(['bash'], input=script.encode(), cwd=folder, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    output = done.stdout.decode('utf-8', 'replace').replace('\r', '\n').split(MARK + '\n')
    wrong = 0
    for (number, command, want), got in zip(block, output + ['the shell ended'] * len(block)):
        if not re.fullmatch(pattern(want), got):
            print(f'{os.path.basename(name)}:{number}: {row}: {command}')
            print('     got    ' + got.rstrip('\n').replace('\n', '\n            '))
            print('     wanted ' + '\n            '.join(want))
            wrong = 1
    sys.exit(wrong)


if sys.argv[2] == 'rows':
    rows(sys.argv[1], sys.argv[3])
else:
    run(sys.argv[1], *sys.argv[3:])

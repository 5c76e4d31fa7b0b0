#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# exec of ELF files that lie: cut off, overlapping, wrong sizes, wrong
# machine. What Linux refuses is refused with its errno, what it runs gets
# the maps it gets there; the process and the machine survive all of them.

. "$(dirname "$0")/lib.sh"
"$PYTHON" "$PROGRAMS/make_bad_elf.py" "$T/bad" || skip "make_bad_elf.py"
judge=
kernel=$(uname -r | awk -F. '{ print $1 * 1000 + $2 }')
if [ "$kernel" -ge 6012 ] && gcc -o "$T/judge" "$PROGRAMS/maps_after_exec.c" 2>/dev/null; then
	judge=1
fi
start
normal() { sed -E 's/^([^ ]+ [^ ]+ [^ ]+) [0-9a-f:]+ [0-9]+ */\1 /'; }
spawn
p=$pid
while read -r name want; do
	cp "$T/bad/$name" "$M/files/$name"
	before=$(cat "$M/$p/maps" "$M/$p/cmdline" | tr '\0' ' ')
	ctl "$p" "exec $name"
	[ "$want" != either ] || want=$([ -z "$ctl_error" ] && echo runs || echo refused)
	case $want in
	runs)
		expect_eq "exec $name" "$ctl_error" ""
		check_ok
		if [ -n "$judge" ] && "$T/judge" "$T/bad/$name" >"$T/judged" && ! grep -qE '^(errno|killed)' "$T/judged"; then
			said=$(diff <(normal <"$T/judged") <(normal <"$M/$p/maps")) ||
				fail "maps of $name (< Linux, > here): $said"
			[ -n "$said" ] || pass
		fi
		;;
	late | refused) expect_like "exec $name" "$ctl_error" '^(ENOEXEC|EINVAL|ENOMEM|EFAULT|EIO|ENOENT|EPERM|EACCES|ELIBBAD)$' ;;
	*) expect_eq "exec $name" "$ctl_error" "$want" ;;
	esac
	if [ "$want" != runs ]; then
		expect_like "reply to exec $name" "$reply" '^E[A-Z0-9]+: exec: .+'
		expect_eq "exec $name left the process alone" "$(cat "$M/$p/maps" "$M/$p/cmdline" | tr '\0' ' ')" "$before"
	fi
	check_ok
	# It still does what it is told.
	ctl "$p" 'mmap 0x70000000 4K rw- private,anonymous,fixed'
	ctl "$p" 'store 0x70000000 1'
	expect_eq "alive after $name" "$ctl_error" ""
	ctl root "spawn $name"
	[ -n "$ctl_error" ] || ctl "$reply" exit
	check_ok
done <"$T/bad/LIST"

# Random damage to the headers of a good file: an errno or a run, never more.
"$PYTHON" - "$T/bad/good" "$M/files" <<'EOF'
import os, random, sys
random.seed(20)
good = open(sys.argv[1], 'rb').read()
for n in range(150):
    data = bytearray(good)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(16, 148)
        data[at] = random.choice((0, 1, 0x7f, 0x80, 0xff, random.randrange(256)))
    path = os.path.join(sys.argv[2], f'damaged{n}')
    with open(path, 'wb') as file:
        file.write(data)
    os.chmod(path, 0o755)
EOF
for ((i = 0; i < 150; i++)); do
	ctl "$p" "exec damaged$i"
	expect_like "exec damaged$i: ${ctl_error:-ran}" "${ctl_error:-ok}" '^(ok|E[A-Z0-9]+)$'
	check_ok
done
spawn
ctl "$p" exit
check_ok
stop
done_testing

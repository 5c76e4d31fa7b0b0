#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# aspacefs-compare as a user runs it: on the scripts beside this file, installed
# elsewhere and by a relative path, and on a kernel that does something wrongly.
#
# COMPARE is the program, SRCDIR the sources; ASPACEFS_TEST_PAE=1: three levels of page tables.

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0
pae=(${ASPACEFS_TEST_PAE:+--pae})

fail()
{
	printf 'FAIL: %s\n' "$*"
	failed=1
}

printf 'mmap 0 4K rw- private,anonymous\n' >"$scratch/short"
"$COMPARE" "$scratch/short" >"$scratch/out" 2>&1
case $? in
0) ;;
77) cat "$scratch/out"; exit 77 ;;
*) fail "$(cat "$scratch/out")" ;;
esac

for script in "$SRCDIR"/tests/compare/scripts/*; do
	"$COMPARE" "${pae[@]}" "$script" >"$scratch/out" 2>&1 ||
		fail "${script##*/}: $(cat "$scratch/out")"
done

# Moved as a whole, and by a relative path.
mkdir -p "$scratch/usr/bin" "$scratch/usr/libexec/aspacefs"
cp "$COMPARE" "$scratch/usr/bin"
cp "${COMPARE%/*}/compare-agent" "$scratch/usr/libexec/aspacefs"
chmod 755 "$scratch"
(cd "$scratch/usr" && bin/aspacefs-compare ../short) >"$scratch/out" 2>&1 ||
	[ "$LIBEXEC_IS_USUAL" != true ] || fail "installed: $(cat "$scratch/out")"

# What is done wrongly is found, and shrunk to a few lines with both answers.
for lie in munmap mprotect store madvise pageout fetch vfork clone; do
	"$COMPARE" "${pae[@]}" --steps 20000 --lie $lie >"$scratch/out" 2>&1
	[ $? = 1 ] || fail "$lie: not found"
	lines=$(sed -n '/^script of seed/,/# <-$/p' "$scratch/out" | grep -vc '^script\|^#')
	[ "$lines" -le 6 ] || fail "$lie: $lines lines: $(cat "$scratch/out")"
	grep -q Linux "$scratch/out" || fail "$lie: no answer of Linux"
	grep -q aspacefs "$scratch/out" ||
		fail "$lie: no answer of aspacefs"
done

# Bad usage and a script that is not there.
"$COMPARE" >/dev/null 2>&1
[ $? = 2 ] || fail "no argument"
"$COMPARE" --lie sleep --steps 1 >/dev/null 2>&1
[ $? = 2 ] || fail "an unknown lie"
"$COMPARE" "$scratch/none" >/dev/null 2>&1
[ $? = 2 ] || fail "a script that is not there"
"$COMPARE" --agent /dev/null "$scratch/short" >"$scratch/out" 2>&1
[ $? = 77 ] || fail "an agent that cannot run: $(cat "$scratch/out")"

exit $failed

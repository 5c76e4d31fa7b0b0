#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every row of docs/systems.md: its lines are typed on a fresh mount and print what stands below
# them; the tests it names are there. systems.py reads the page. ROWS="A1 B3": these alone.
# With PAE those are left out that print what two levels of 32-bit entries look like.

. "$(dirname "$0")/lib.sh"
DOC=$HERE/../../docs/systems.md
expect_eq "the tables" "$("$PYTHON" "$HERE/systems.py" "$DOC" rows "$HERE/.." 2>&1 >"$T/rows")" ""
two_levels=' A1 A2 A3 A4 A6 B7 E2 E5 F5 F6 '
for row in ${ROWS:-$(cut -d' ' -f1 "$T/rows")}; do
	[ -z "$PAE" ] || [ "${two_levels/ $row /}" = "$two_levels" ] || continue
	read -ra options < <(sed -n "s/^$row //p" "$T/rows")
	start -o mem=1G "${options[@]}"
	expect_eq "row $row" "$("$PYTHON" "$HERE/systems.py" "$DOC" run "$row" "$M" 2>&1)" ""
	check_ok
	stop
done
done_testing

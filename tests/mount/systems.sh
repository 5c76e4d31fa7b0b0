#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every row of docs/systems.md: its lines are typed on a fresh mount and print what stands below
# them; the tests it names are there. systems.py reads the page. ROWS="A1 B3": these alone.

. "$(dirname "$0")/lib.sh"
DOC=$HERE/../../docs/systems.md
expect_eq "the tables" "$("$PYTHON" "$HERE/systems.py" "$DOC" rows "$HERE/.." 2>&1 >"$T/rows")" ""
for row in ${ROWS:-$(cut -d' ' -f1 "$T/rows")}; do
	read -ra options < <(sed -n "s/^$row //p" "$T/rows")
	start -o mem=1G "${options[@]}"
	expect_eq "row $row" "$("$PYTHON" "$HERE/systems.py" "$DOC" run "$row" "$M" ${PAE:+pae} 2>&1)" ""
	check_ok
	stop
done
done_testing
